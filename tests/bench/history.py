#!/usr/bin/env python3
"""The history of a very busy business: 300,000 calls, 1,000,000 texts and 100,000 threads in a database, and what the first
screens cost then. Run by hand, it takes some minutes:

usage: history.py TEXTBACK DIRECTORY [THREADS]

The database is made in DIRECTORY where it is not there yet. A command that needs more than its milliseconds of CPU
makes the exit status 1.
"""

import os
import random
import resource
import sqlite3
import subprocess
import sys
import time

DAY = 86400
PLAUSIBLE = 1767312000  # the day after WALL_PLAUSIBLE_S: what is older, the daemon takes for a wrong clock
BUDGETS = [  # milliseconds of CPU
    (50, ["inbox", "--limit", "50"]),
    (50, ["inbox", "--unread", "--limit", "50"]),
    (50, ["thread", "77", "--peek", "--limit", "50"]),
    (50, ["calls", "--limit", "50"]),
    (50, ["calls", "--missed", "--limit", "50"]),
    (50, ["why", "c777"]),
    (50, ["search", "boiler leak", "--limit", "50"]),
    (50, ["search", "zebra", "--limit", "50"]),
    (50, ["search", "label:urgent", "--limit", "50"]),
    (50, ["status"]),
    (50, ["queue"]),
    (50, ["send", "77", "on our way", "-n"]),
    (50, ["completion", "words", "--", "thread", ""]),
    (200, ["stats", "--last", "30d"]),
]
WORDS = ("the boiler is leak leaking water pipe kitchen bath can you come today tomorrow morning please price quote "
         "urgent thanks ok yes no heating cold tap drain blocked smell street house number call me back").split()


def fill(path, threads):
    rng = random.Random(6)
    now = int(time.time())
    span = min(365 * DAY, now - PLAUSIBLE)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("DELETE FROM event")
    db.execute("DELETE FROM contact")  # the one that made the database
    db.execute("INSERT INTO line (id, name) VALUES (1, 'main') ON CONFLICT DO NOTHING")
    db.executemany(
        "INSERT INTO contact (id, number, name, state, last_at, unread, calls, messages, waiting_since, last_text)"
        " VALUES (?, ?, ?, ?, ?, ?, 3, 10, ?, 'see you')",
        ((n, f"+4477{n:08d}", f"Person {n}" if n % 3 == 0 else None, "open" if n % 50 == 0 else "done",
          now - n * span // threads, n % 100 == 0, now - n * span // threads if n % 500 == 0 else None) for n in range(1, threads + 1)))
    db.executemany("INSERT INTO label (contact, name) VALUES (?, 'urgent')", ((n,) for n in range(1, threads, 1000)))
    calls = threads * 3
    db.executemany(
        "INSERT INTO call (id, line, contact, withheld, started, ended, rings, outcome, decision, reason)"
        " VALUES (?, 1, ?, 0, ?, ?, 4, 'missed', ?, ?)",
        ((n, rng.randrange(threads) + 1, now - span + n * span // calls, now - span + n * span // calls + 20,
          "text" if n % 3 == 0 else "no_text", None if n % 3 == 0 else "cooldown") for n in range(1, calls + 1)))
    db.executemany("INSERT INTO decision (call, seq, rule, stop) VALUES (?, ?, ?, ?)",
                   ((n, k, rule, 0) for n in range(1, calls + 1) for k, rule in enumerate(("answered", "cooldown"), 1)))
    texts = threads * 10
    rows = []
    for n in range(1, texts + 1):
        at = now - span + n * span // texts
        of_call = n * 3 // 10 if n % 10 == 0 and n * 3 // 10 % 3 == 0 else None
        incoming = not of_call and n % 2 == 0
        cause = "received" if incoming else "missed_call" if of_call else "manual"
        rows.append((n, rng.randrange(threads) + 1, of_call, "in" if incoming else "out",
                     " ".join(rng.choices(WORDS, k=8)), cause, {"received": 3, "manual": 1}.get(cause, 2),
                     "received" if incoming else "delivered", at, at, None if incoming else at + 15))
        if len(rows) == 50000:
            db.executemany("INSERT INTO message (id, line, contact, call, direction, text, cause, urgency, state, parts,"
                           " created, changed, sent) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)", rows)
            rows.clear()
    db.executemany("INSERT INTO message (id, line, contact, call, direction, text, cause, urgency, state, parts,"
                   " created, changed, sent) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)", rows)
    db.executemany("INSERT INTO event (at, type, contact, data) VALUES (?, 'message.sent', ?, '{}')",
                   ((now - span + n * span // (threads * 5), rng.randrange(threads) + 1) for n in range(threads * 5)))
    db.commit()
    db.close()


def cpu_ms(textback, config, arguments):
    """The best of three: what the command needs, not what else the machine does."""
    best = None
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([textback, "-c", config, *arguments], capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        ms = 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        best = ms if best is None else min(best, ms)
    return best


def main():
    textback, directory = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(directory, exist_ok=True)
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    path, config = os.path.join(directory, "history.db"), os.path.join(directory, "history.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f'business: {{name: Bench, country: GB}}\nlines: [{{number: "+447700900123", device: /dev/null}}]\n'
                   f'store: {{path: "{path}"}}\ncontrol: {{socket: "{directory}/sock"}}\n')
    if not os.path.exists(path):
        subprocess.run([textback, "-c", config, "contact", "set", "+447911123456", "x"], check=True)
        fill(path, threads)
        started = time.time()
        subprocess.run([textback, "-c", config, "search", "zebra"], capture_output=True, check=True)
        print(f"the first search took in {threads * 10} texts in {time.time() - started:.1f} s")
    slow = 0
    for budget, arguments in BUDGETS:
        ms = cpu_ms(textback, config, arguments)
        slow += ms > budget
        print(f"{'ok' if ms <= budget else 'SLOW'} {ms:6.1f} of {budget} ms  {' '.join(arguments)}", flush=True)
    sys.exit(slow > 0)


main()
