#!/usr/bin/env python3
"""tests/released/make.py - a database as a released version leaves it, as SQL text: a day in which everything happens
that its tables can hold, played by that version's own program and the simulated modem.

usage: make.py BUILD >tests/released/N.sql (BUILD: where the released version was built; some minutes)
"""

import os
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pty"))
from bench import Bench

CALLERS = [f"+4477009003{n:02}" for n in range(40)]
LONG = "The tap in the kitchen drips, the one upstairs does not close, and the boiler makes a noise like a kettle. " * 3


def deliver(number, stamp, text, pid=0, part=None):
    """A received text (3GPP TS 23.040 9.2.2.1) in UCS-2; `part` is (reference, total, number)."""
    digits = number[1:]
    header = bytes([5, 0, 3, *part]) if part else b""
    swapped = "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))
    body = header + text.encode("utf-16-be")
    return (f"00{0x44 if part else 0x04:02X}{len(digits):02X}91{swapped}{pid:02X}08{stamp}{len(body):02X}"
            + body.hex().upper())


def stamp():
    return "".join(pair[::-1] for pair in time.strftime("%y %m %d %H %M %S", time.gmtime()).split()) + "00"


class Day(Bench):
    def write_config(self, reply="", line=""):
        super().write_config(reply)
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text.replace('modem"}', 'modem"' + line + "}"))

    def newest(self):
        return "m%d" % self.rows("SELECT max(id) FROM message")[0]

    def ask(self, *args):
        run = self.run(*args)
        if run.returncode != 0:
            raise SystemExit(f"{args}: {run.stderr.decode()}")

    def missed(self, number, rings=2):
        """A call that nobody takes, and the text that follows, where one does."""
        calls = self.rows("SELECT count(*) FROM call")[0][0]
        self.modem.cmd(f"call {number} rings {rings}")
        self.until("the call decided", lambda: self.rows(
            f"SELECT 1 FROM call WHERE id > {calls} AND decision <> 'pending'"), 15)

    def text(self, number, words):
        texts = self.rows("SELECT count(*) FROM message WHERE direction = 'in'")[0][0]
        self.modem.cmd(f'text {number} "{words}"')
        self.until("the text", lambda: self.rows("SELECT count(*) FROM message WHERE direction = 'in'")[0][0] > texts)

    def state(self, number, state):
        self.until(f"{number} {state}", lambda: self.rows(
            f"SELECT 1 FROM message m JOIN contact c ON c.id = m.contact WHERE number = '{number}' AND m.state = '{state}'"),
            150)

    def again(self, reply, line=""):
        """A new start, after an end that nobody saw coming."""
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()
        self.write_config(reply, line)
        self.modem.lines.clear()
        self.modem.seen = 0
        self.start()


def play(day):
    modem, c = day.modem, CALLERS
    day.start()
    day.missed(c[0])
    day.state(c[0], "delivered")
    day.text(c[0], LONG + "\N{WRENCH}")
    day.missed(c[0])  # in a conversation: no text
    day.missed("withheld")
    for times in 1, 2:
        modem.cmd(f"call {c[1]} rings 0", "pause 1", "answer", "pause 1", "hangup", "wait idle")
        day.until("answered", lambda: len(day.rows("SELECT 1 FROM call WHERE outcome = 'answered'")) == times, 15)
    for number in c[2:5]:  # of one of them somebody else at the shop will know
        day.missed(number)
        day.state(number, "delivered")
    day.text(c[2], "STOP")
    day.text(c[3], "could you perhaps stop texting me")
    modem.cmd("set report off")
    day.missed(c[5])
    day.state(c[5], "sent")
    modem.cmd("set report 0.05", "fail cms 1")
    day.ask("send", c[6], "This number does not exist")
    day.state(c[6], "failed")
    day.ask("contact", "set", c[0], "Ann Müller")
    day.ask("contact", "set", c[7], "Bob")
    day.ask("note", c[0], "Key is under the flower pot")
    day.ask("label", c[0], "boiler", "urgent")
    day.ask("won", c[0], "450.50", "--why", "new boiler")
    day.ask("lost", c[4], "--why", "too far")
    day.ask("search", "kettle")  # the texts up to here are indexed, the rest is not
    day.ask("note", c[0], "Wants a receipt")
    day.ask("contact", "set", c[0], "Ann Miller")
    day.ask("skip", "add", c[8])
    day.ask("block", c[9])
    day.ask("optout", "add", c[10])
    day.text(c[11], "Is it you who mends boilers?")
    day.ask("snooze", c[11], "2h")
    day.text(c[12], "Thanks!")
    day.ask("done", c[12])
    for _ in range(3):  # the same words thrice: a robot
        day.text(c[13], "I am driving and will answer later.")
    at = stamp()
    modem.cmd("pdu " + deliver(c[14], at, "Parcel 1 of 2 is on its way", 0x41))
    modem.cmd("pdu " + deliver(c[15], at, "The first half of what I wanted to say, ", part=(7, 2, 1)))
    modem.cmd("pdu " + deliver(c[16], at, "whole, ", part=(8, 2, 1)), "pdu " + deliver(c[16], at, "now", part=(8, 2, 2)))
    modem.cmd("pdu 0004")  # makes no sense
    day.until("the parts", lambda: len(day.rows("SELECT 1 FROM long_text")) >= 3)
    day.until("idle", lambda: not day.rows("SELECT 1 FROM part WHERE next IS NOT NULL"), 60)

    # Next: texts that did not arrive.
    modem.cmd("set report off", "fail silent times 1")
    day.ask("send", c[17], "Did this arrive?")
    day.state(c[17], "sending")
    day.again(", max_age: 1m", ", hang_up_after: 0s")
    day.state(c[17], "unknown")
    day.missed(c[18])
    day.until("rejected", lambda: day.rows("SELECT 1 FROM call WHERE outcome = 'rejected'"))
    day.state(c[18], "sent")
    modem.cmd("fail cms 42 times 2")  # congestion: tried again in 30 s, and in 2 min
    day.missed(c[19])
    day.ask("send", c[20], "Cancelled, then")
    day.ask("queue", "cancel", day.newest())
    day.state(c[19], "expired")

    # Last: the power fails while somebody calls, a text leaves and others wait.
    day.again(", max_age: 30m")
    modem.cmd("fail silent times 1")
    day.ask("send", c[21], "On its way when the power failed")
    day.state(c[21], "sending")
    day.ask("send", c[22], "In the queue since before the upgrade")
    day.ask("send", c[23], "On hold")
    day.ask("queue", "hold", day.newest())
    day.ask("send", c[24], LONG + "And that is all.", "--max-parts", "5")
    day.ask("send", c[25], "We are on our way", "--at", "2h")
    day.ask("pause", "1h")
    modem.cmd(f"call {c[26]} rings 0")
    day.until("a call that rings", lambda: day.rows("SELECT 1 FROM call WHERE outcome = 'ringing'"))
    day.daemon.send_signal(signal.SIGKILL)
    day.daemon.wait()
    day.daemon = None


def dump(db):
    """Statements that make the same tables and rows again; the tables behind an FTS5 table come with it."""
    things = db.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY rowid").fetchall()
    virtual = [name for kind, name, sql in things if sql.startswith("CREATE VIRTUAL")]
    for pragma in "application_id", "user_version":
        yield f"PRAGMA {pragma} = {db.execute(f'PRAGMA {pragma}').fetchone()[0]}"
    yield "BEGIN"
    for kind, name, sql in things:
        behind = any(name.startswith(whole + "_") for whole in virtual)
        if kind != "table" or name == "sqlite_sequence":
            continue
        yield f"DELETE FROM {name}" if behind else sql
    for kind, name, sql in things:
        if kind == "table" and name not in virtual:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
            quoted = " || ',' || ".join(f"quote({column})" for column in columns)
            for (values,) in db.execute(f"SELECT {quoted} FROM {name}"):
                yield f"INSERT INTO {name} VALUES ({values})"
    yield from (sql for kind, _, sql in things if kind != "table")
    yield "COMMIT"


def main():
    build = sys.argv[1]
    day = Day(os.path.join(build, "textback"), os.path.join(build, "tests", "modemsim"))
    try:
        play(day)
        with sqlite3.connect(day.path("textback.db")) as db:
            # No modem of the simulator's kind tells of this outcome.
            db.execute("UPDATE call SET outcome = 'answered_elsewhere' WHERE id IN (SELECT max(id) FROM call"
                       " WHERE outcome = 'answered')")
            db.commit()
            for statement in dump(db):
                print(statement + ";")
    finally:
        day.close()


if __name__ == "__main__":
    main()
