#!/usr/bin/env python3
"""How large the program is, how soon it is ready, and how much memory it holds, with the example configuration.

usage: footprint.py [--guest] TEXTBACK READY [RUNS]    prints the figures; exit 1 where one is over its budget

READY is tests/bench/ready of the same build. With --guest both run in a guest of tests/vm, which the arm64 programs of
`sh tests/arm.sh arm64` need. There the files are in memory, and 2 ns of the clock pass with each instruction: the cores
of a Pi 3 (1.2 GHz) would need 2.4 cycles for one.

size:        with every command and its help, the numbering plans and the schema; built as the package is (-Oz, LTO).
             The budget is missed: it would cost a quarter of the commands, and what a Pi is short of is memory.
first start: from fork() to READY=1, the tables are made, which happens once; the median of RUNS (default 11) with a new
             database each.
ready after: the same with a database that is there, as at each later start.
PSS:         proportional set size of /proc/PID/smaps_rollup, 2 s after the last start, no modem plugged in.
"""

import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "vm"))
from guest import Guest
from image import machine_of

BUDGETS = {"stripped size": (500.0, "KB"), "first start": (50.0, "ms"), "ready after": (50.0, "ms"), "PSS": (6.0, "MB")}
STRIP = {"amd64": "x86_64-linux-gnu-strip", "arm64": "aarch64-linux-gnu-strip"}
SETTLED_S = 2
SHIFT = 1 # 2 ns an instruction


def stripped_size(program):
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run([STRIP[machine_of(program).architecture], "-o", copy.name, program], check=True)
        return os.path.getsize(copy.name) / 1024


def example(folder):
    """The example configuration with the places of its files in `folder`."""
    with open(os.path.join(HERE, "..", "..", "config.example.yaml"), encoding="utf-8") as file:
        return file.read().replace("/var/lib/textback", folder).replace("/run/textback", folder)


def start(shell, folder, program, ready, settled_s=0):
    """Returns how many ms it took to be ready, and the KB held."""
    said = shell(f"{ready} {settled_s} {program} run -c {folder}/config.yaml 2>{folder}/log || {{ cat {folder}/log; false; }}")
    ms, kb = said.split()
    return float(ms), int(kb)


def measure(shell, folder, program, ready, runs):
    first, later = [], []
    for _ in range(runs):
        shell(f"rm -f {folder}/textback.db*")
        first.append(start(shell, folder, program, ready)[0])
        later.append(start(shell, folder, program, ready)[0])
    held = start(shell, folder, program, ready, SETTLED_S)[1]
    return {"first start": statistics.median(first), "ready after": statistics.median(later), "PSS": held / 1024}


def here(program, ready, runs):
    def shell(line):
        done = subprocess.run(["sh", "-c", line], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            sys.exit(f"footprint.py: {done.stdout.strip()}")
        return done.stdout

    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/config.yaml", "w", encoding="utf-8") as file:
            file.write(example(folder))
        return measure(shell, folder, os.path.abspath(program), os.path.abspath(ready), runs)


def in_guest(program, ready, runs):
    guest = Guest("footprint", [program, ready], shift=SHIFT)
    try:
        guest.out("mkdir -p /run/textback")
        guest.write("/run/textback/config.yaml", example("/run/textback"))
        return measure(guest.out, "/run/textback", "/bin/" + os.path.basename(program), "/bin/" + os.path.basename(ready), runs)
    finally:
        guest.end()


def main():
    operands = [word for word in sys.argv[1:] if word != "--guest"]
    if len(operands) not in (2, 3):
        sys.exit(__doc__)
    program, ready = operands[:2]
    where = in_guest if "--guest" in sys.argv else here
    figures = {"stripped size": stripped_size(program), **where(program, ready, int((operands[2:] or ["11"])[0]))}
    for name, value in figures.items():
        budget, unit = BUDGETS[name]
        print(f"{name:14} {value:7.1f} {unit}, of {budget:.0f} {unit}{'   OVER' if value > budget else ''}")
    sys.exit(any(value > BUDGETS[name][0] for name, value in figures.items()))


main()
