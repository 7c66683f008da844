#!/usr/bin/env python3
"""Commands beside others that write, and readers that do not read.

usage: test_race.py TEXTBACK FIXTURE CLOCK BETWEEN
"""

import contextlib
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import time

from desk import PATIENCE, TEXTBACK, Desk, done, ok

BETWEEN = os.path.abspath(sys.argv[4])
SANITIZED = {"ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
LEAD = '{"number": "+447700900700", "message": "Boiler leaks", "consent": "yes"}'

PRINTS = [  # what they print in a transaction, or did once
    (["queue", "cancel", "m5"], ""), (["queue", "hold", "m5"], ""), (["queue", "cancel", "m99"], ""),
    (["done", "1", "2"], ""), (["done", "1", "99"], ""), (["reopen", "1"], ""),
    (["follow-up", "cancel", "1"], ""), (["follow-up", "cancel", "2"], ""),
    (["lead", "add"], LEAD), (["lead", "add"], '{"number": "+447700900701", "message": "Boiler leaks"}'),
    (["send", "2", "On our way"], ""), (["send", "2", "x" * 161], ""), (["reply", "2", "On our way"], ""),
    (["contact", "merge", "1", "2"], ""), (["contact", "merge", "1", "99"], ""), (["contact", "split", "1"], ""),
    (["won", "1", "250"], ""), (["pause", "2h"], ""), (["skip", "add", "1"], ""), (["optout", "add", "1"], ""), (["block", "1"], ""),
]


def stuck_pipe():
    """The two ends of a pipe that takes nothing more."""
    reads, writes = os.pipe()
    fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writes, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writes, b"x" * 4096)
    os.set_blocking(writes, True)
    return reads, writes


def state(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def wait_stuck(process):
    """Until it waits for the reader, or has ended."""
    looks, until = 0, time.monotonic() + 10 * PATIENCE
    while looks < 3 and process.poll() is None and time.monotonic() < until:
        looks = looks + 1 if state(process) == "S" else 0
        time.sleep(0.01)


def test_slow_reader():
    """Nobody who reads slowly keeps others from writing."""
    with Desk() as desk, contextlib.closing(sqlite3.connect(desk.db(), timeout=2 * PATIENCE, isolation_level=None)) as db:
        db.execute("INSERT INTO follow_up (line, contact, message, nudge, due) VALUES (1, 1, 1, 0, ?)", (desk.now + 9000,))
        for arguments, stdin in PRINTS:
            for more in ["-n"], ["--json", "-n"]:
                reads, writes = stuck_pipe()
                process = subprocess.Popen([TEXTBACK, *arguments, *more], stdin=subprocess.PIPE, stdout=writes, stderr=writes, cwd=desk.path,
                                           env={**desk.env, "LD_PRELOAD": BETWEEN, "TEXTBACK_TEST_BARE": "1", **SANITIZED})
                os.close(writes)
                process.stdin.write(stdin.encode())
                process.stdin.close()
                wait_stuck(process)
                waits, err = process.poll() is None, None
                try:
                    db.execute("BEGIN IMMEDIATE")
                    db.execute("ROLLBACK")
                except sqlite3.OperationalError as error:
                    err = error
                os.close(reads)
                process.wait()
                ok(waits and not err, f"{' '.join(arguments)[:30]} {' '.join(more)}", err or "it did not print")


def between(desk, before, command, *arguments, status=0, stdin=""):
    """Runs a command, and another one just before the statement that holds `before`."""
    env = {"LD_PRELOAD": BETWEEN, "TEXTBACK_TEST_BEFORE": before, "TEXTBACK_TEST_DO": f"'{TEXTBACK}' {command} >>done 2>&1", **SANITIZED}
    run = desk.run(*arguments, stdin=stdin, **env)
    ok(run.returncode == status and os.path.exists(os.path.join(desk.path, "done")), f"{' '.join(arguments)}, and {command} meanwhile", run)
    return run


def test_one_moment():
    """Lists of one command are of one moment: who goes from one to the other is in one of them."""
    with Desk() as desk, contextlib.closing(sqlite3.connect(desk.db(), isolation_level=None)) as db:
        db.execute("UPDATE part SET state = 'failed', next = NULL WHERE message = 5")
        db.execute("UPDATE message SET state = 'failed', changed = ? WHERE id = 5", (desk.now,))
        shown = json.loads(between(desk, "m.state = 'failed'", "queue retry m5", "queue", "--json").stdout)
        ids = [[row["id"] for row in shown[key]] for key in ("messages", "failed")]
        ok(sum(5 in part for part in ids) == 1, "a text that is tried again", ids)
        ok(5 in [row["id"] for row in desk.json("queue")["messages"]], "it is by now")
        db.execute("INSERT INTO doubt (number, at) VALUES ('+447700900556', 1)")
        shown = json.loads(between(desk, "FROM doubt", "optout add 6", "optout", "--json").stdout)
        numbers = [[row["number"] for row in shown[key]] for key in ("opt_outs", "doubtful")]
        ok(sum("+447700900556" in part for part in numbers) == 1, "somebody of whom it is sure now", numbers)


def test_joined_meanwhile():
    """What is done to somebody who is joined to another thread meanwhile is done to that."""
    merge, begin = "contact merge 1 6", "BEGIN IMMEDIATE"
    for arguments, query in ((["label", "6", "bath"], "SELECT contact FROM label WHERE name = 'bath'"),
                             (["snooze", "6", "2h"], "SELECT id FROM contact WHERE snoozed_until > 0"),
                             (["done", "6"], "SELECT id FROM contact WHERE state = 'done' AND id IN (1, 6) ORDER BY id LIMIT 1"),
                             (["note", "6", "ring twice"], "SELECT contact FROM note"), (["won", "6", "250"], "SELECT contact FROM result")):
        with Desk() as desk, contextlib.closing(sqlite3.connect(desk.db(), isolation_level=None)) as db:
            run = between(desk, begin, merge, *arguments)
            rows = db.execute(query).fetchall()
            ok(rows == [(1,)] and b"Ann Baker (07700 900321)" in run.stdout, f"{arguments[0]}: the thread that they are in", run.stdout, rows)


def asked(desk, meanwhile, *arguments):
    """Says yes to what a command asks, after something else."""
    keyboard, terminal = os.openpty()
    process = subprocess.Popen([TEXTBACK, *arguments], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=desk.path, env=desk.env)
    os.close(terminal)
    question = b""
    while not question.endswith(b"[y/N] ") and (got := os.read(process.stderr.fileno(), 100)):
        question += got
    if meanwhile:
        meanwhile()
    os.write(keyboard, b"y\n")
    said = process.communicate()[1].decode()
    os.close(keyboard)
    return process.returncode, said


def test_stop_meanwhile():
    """Who texts STOP while somebody is asked about an older one stays on the list."""
    with Desk() as desk:
        desk.run("optout", "add", "1")
        for comes in True, False:
            status, said = asked(desk, desk.more if comes else None, "optout", "remove", "1")
            numbers = [row["number"] for row in desk.json("optout")["opt_outs"]]
            if comes:
                ok(status == 4 and "+447700900321 has written meanwhile: nothing was changed" in said, "refused", status, said)
                ok("+447700900321" in numbers, "still on the list", numbers)
            else:
                ok(status == 0 and "+447700900321" not in numbers, "asked again, they are taken off", status, said)


def test_forget_meanwhile():
    """Who is joined to somebody while it asks takes nobody along."""
    for word, other in ("6", "1"), ("1", "6"):
        with Desk() as desk:
            desk.run("note", other, "ring twice")
            status, said = asked(desk, lambda: desk.run("contact", "merge", "1", "6"), "forget", word)
            ok(status == 4 and "was joined or split meanwhile: nothing was removed" in said, f"{word}: refused", status, said)
            ok(desk.json("thread", "1", "--peek")["thread"]["numbers"] == ["+447700900321", "+447700900556"], "both are there")
            ok(asked(desk, None, "forget", word)[0] == 0 and desk.run("thread", "1", "--peek").returncode == 5, "asked again, both go")


for test in (test_slow_reader, test_one_moment, test_joined_meanwhile, test_stop_meanwhile,
             test_forget_meanwhile):
    test()
done()
