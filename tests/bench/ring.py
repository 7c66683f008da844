#!/usr/bin/env python3
"""What a missed call costs the daemon, from the first ring to the delivered text: with an empty database, and with the
history that history.py has made. Run by hand:

usage: ring.py TEXTBACK MODEMSIM [HISTORY.DB]

The exit status is 1 where history makes a call dearer by more than half, or the start three times as dear.
"""

import os
import shutil
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pty"))
from bench import Bench

CALLS = 40


def cpu_ms(pid):
    """User and system time of a process, by the scheduler's own count."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e6


def written(pid):
    with open(f"/proc/{pid}/io", encoding="ascii") as file:
        return int(dict(line.split(": ") for line in file)["write_bytes"])


def measure(textback, modemsim, history):
    """Milliseconds of CPU to start; of CPU, and bytes written, for one call; the median time from its end to AT+CMGS."""
    bench = Bench(textback, modemsim)
    try:
        if history:
            shutil.copy(history, bench.path("textback.db"))
        with open(bench.config, "a", encoding="utf-8") as file:
            file.write("breaker: {burst: off}\n")
        with open(bench.config, encoding="utf-8") as file:
            text = file.read().replace("per_minute: 60", "per_minute: 1000, per_hour: 1000, per_day: 1000, "
                                       "people_per_month: 100000")
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(text)
        bench.start(ready=False)
        bench.modem.expect("ready", 120.0)
        started = cpu_ms(bench.daemon.pid)
        waits = []
        for n in range(CALLS + 1):
            if n == 1:  # the first one warms up
                cpu, octets = cpu_ms(bench.daemon.pid), written(bench.daemon.pid)
            number = f"+447700900{n + 300}"
            bench.modem.cmd(f"call {number} rings 2")
            waits.append(int(bench.modem.expect("sending after", 20.0).split()[2]))
            bench.until("the report", lambda: bench.rows(
                f"SELECT 1 FROM v_messages WHERE number = '{number}' AND state = 'delivered'"), 20.0)
        cpu, octets = cpu_ms(bench.daemon.pid) - cpu, written(bench.daemon.pid) - octets
        return started, cpu / CALLS, octets / CALLS, sorted(waits)[len(waits) // 2]
    finally:
        bench.close()


def main():
    textback, modemsim = (os.path.abspath(path) for path in sys.argv[1:3])
    costs, starts = [], []
    for history in [None] + sys.argv[3:4]:
        started, cpu, octets, wait = measure(textback, modemsim, history)
        print(f"{'with a history' if history else 'empty':14}  {cpu:5.2f} ms of CPU and {octets / 1024:4.0f} KiB written a call,"
              f" text {wait} ms after it; {started:.0f} ms of CPU to start", flush=True)
        costs.append(cpu)
        starts.append(started)
    sys.exit(costs[-1] > 1.5 * costs[0] or starts[-1] > 3 * starts[0])


main()
