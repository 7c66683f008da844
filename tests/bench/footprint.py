#!/usr/bin/env python3
"""How large the program is, how soon it is ready, and how much memory it holds, with the example configuration.

usage: footprint.py TEXTBACK [RUNS]    prints the figures; exit 1 where one is over its budget

size:  with every command and its help, the numbering plans and the schema; built as the package is (-Oz, LTO).
ready: from exec to READY=1, the median of RUNS starts (default 11) with a new database each.
PSS:   proportional set size of /proc/PID/smaps_rollup, 2 s after the last start, no modem plugged in.
"""

import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BUDGETS = {"stripped size": (500.0, "KB"), "ready after": (50.0, "ms"), "PSS": (6.0, "MB")}
SETTLED_S = 2


def stripped_size(program, folder):
    copy = os.path.join(folder, "stripped")
    subprocess.run(["strip", "-o", copy, program], check=True)
    return os.path.getsize(copy) / 1024


def write_config(folder):
    """The example configuration with the places of its files in `folder`."""
    with open("config.example.yaml", encoding="utf-8") as file:
        text = file.read()
    text = text.replace("/var/lib/textback", folder).replace("/run/textback", folder)
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def start(program, folder, config, notify):
    """Returns the daemon and how many ms it took to be ready."""
    for name in os.listdir(folder):
        if name.startswith("textback.db"):
            os.remove(os.path.join(folder, name))
    environment = dict(os.environ, NOTIFY_SOCKET=notify.getsockname())
    began = time.monotonic()
    log = os.path.join(folder, "log")
    with open(log, "wb") as stderr:
        daemon = subprocess.Popen([program, "run", "-c", config], env=environment, stderr=stderr)
    try:
        while b"READY=1" not in notify.recv(4096):
            pass
    except TimeoutError:
        daemon.kill()
        with open(log, encoding="utf-8") as said:
            sys.exit(f"footprint.py: not ready: {said.read()}")
    return daemon, (time.monotonic() - began) * 1000


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.MULTILINE)[1]) / 1024


def measure(program, runs, folder):
    config = write_config(folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(os.path.join(folder, "notify"))
        notify.settimeout(10)
        took = []
        for run in range(runs):
            daemon, ms = start(program, folder, config, notify)
            took.append(ms)
            if run == runs - 1:
                time.sleep(SETTLED_S)
                held = pss(daemon.pid)
            daemon.terminate()
            daemon.wait(timeout=10)
    return {"stripped size": stripped_size(program, folder), "ready after": statistics.median(took), "PSS": held}


def main():
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 11
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(sys.argv[1], runs, folder)
    over = False
    for name, value in figures.items():
        budget, unit = BUDGETS[name]
        over = over or value > budget
        print(f"{name:14} {value:7.1f} {unit}, of {budget:.0f} {unit}{'   OVER' if value > budget else ''}")
    sys.exit(over)


main()
