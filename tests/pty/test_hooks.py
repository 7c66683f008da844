"""tests/pty/test_hooks.py TEXTBACK MODEMSIM - hooks.on_event of the real daemon: programs that work, hang, are missing,
flood, and a thousand events at once, while calls are texted as ever."""

import json
import os
import resource
import signal
import sqlite3
import sys

from bench import Bench, Trouble, emulated

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
callers = iter(range(900300, 900400))

RECORD = """#!/bin/sh
# Keeps what it is given, and when it began and ended.
echo begin >>$1/turns
read -r line
printf '%s\\n' "$line" >>$1/events
echo end >>$1/turns
"""
HANG = "#!/bin/sh\nexec tail -f /dev/null\n"
FLOOD = "#!/bin/sh\nwhile :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done\n"


class Hooked(Bench):
    """A bench whose events go to a program."""

    def __init__(self, script=RECORD, path=None, **keys):
        super().__init__(TEXTBACK, MODEMSIM)
        program = path or self.path("hook")
        if not path:
            with open(program, "w", encoding="utf-8") as f:
                f.write(script)
            os.chmod(program, 0o755)
        more = "".join(f", {key}: {value}" for key, value in keys.items())
        self.plain = open(self.config, encoding="utf-8").read()
        self.hooked = self.plain + f"hooks: {{on_event: [{program}, {self.directory}]{more}}}\n"
        self.configure(self.hooked)

    def configure(self, text):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    def given(self):
        if not os.path.exists(self.path("events")):
            return []
        return [json.loads(line) for line in open(self.path("events"), encoding="utf-8")]

    def events(self):
        return [json.loads(line) for line in self.run("events").stdout.splitlines()]

    def all_given(self, within=20.0, stopped=False):
        """Everything that happened was given once; in which order they end is their own business. A stop may end a program
        that has just read what it was given: it is given that again."""
        def same():
            given = sorted(self.given(), key=lambda event: event["id"])
            seen = [event for at, event in enumerate(given) if not stopped or event not in given[:at]]
            return seen == self.events() and given
        return self.until("each event was given once", same, within)

    def call(self):
        """A missed call gets its text, hooks or not."""
        number = f"+447700{next(callers)}"
        self.modem.cmd(f"call {number} rings 2")
        self.modem.expect("sent ", 5.0)
        self.until("the text is sent", lambda: self.rows(
            f"SELECT 1 FROM v_messages WHERE number = '{number}' AND sent_at IS NOT NULL"))

    def crowd(self, count):
        """So many events at once, written by somebody else."""
        with sqlite3.connect(self.path("textback.db")) as db:
            db.executemany("INSERT INTO event (at, type, data) VALUES (1795000000, 'alarm', json_object('n', ?))",
                           [(i,) for i in range(count)])
        self.run("pause", "1m")
        self.run("resume")


def works(bench):
    bench.start()
    bench.call()
    bench.all_given()
    types = {event["type"] for event in bench.given()}
    assert {"call.ringing", "call.missed", "decision", "message.queued", "message.sent"} <= types, types


def restart(bench):
    """After a stop the events go on where they were."""
    bench.start()
    bench.call()
    bench.all_given()
    bench.stop()
    bench.run("note", "1", "while the daemon is down")
    bench.start()
    bench.all_given(stopped=True)


def off_and_on(bench):
    """What happened while hooks were off is not given later."""
    bench.start()
    bench.call()
    bench.all_given()
    for text in bench.plain, bench.hooked:
        bench.configure(text)
        reads = bench.log().count("configuration read again")
        bench.daemon.send_signal(signal.SIGHUP)
        bench.until("it is read", lambda: bench.log().count("configuration read again") > reads)
        if text == bench.plain:
            bench.run("note", "1", "nobody is told")
    bench.run("note", "1", "told again")
    notes = []
    bench.until("the next one is given",
                lambda: notes.extend(e for e in bench.given() if e["type"] == "thread.note") or notes)
    assert len(notes) == 1, notes


def thousand(bench):
    bench.start()
    bench.crowd(1000)
    bench.call()
    bench.all_given(within=60.0)
    running = most = 0
    for line in open(bench.path("turns"), encoding="ascii"):
        running += 1 if line == "begin\n" else -1
        most = max(most, running)
    assert 1 < most <= 3, f"{most} at once"


def hangs(bench):
    bench.start()
    bench.call()
    bench.until("they are killed", lambda: "not done after 1000 ms: killed" in bench.log())
    bench.call()
    status, seconds = bench.stop()
    assert status == 0 and seconds < 4, (status, seconds)


def fails(what):
    def test(bench):
        bench.start()
        bench.call()
        bench.until("it is told", lambda: what in bench.log())
        bench.call()
        lines = [line for line in bench.log().splitlines() if "hooks:" in line]
        assert len(lines) == 1, lines
        assert bench.json("status")["running"]
    return test


def no_descriptors(bench):
    """What cannot be started is given later."""
    bench.start()
    bench.call()
    bench.all_given()
    pid = bench.daemon.pid
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), hard))
    bench.call()
    bench.until("it is told", lambda: "Too many open files" in bench.log())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
    bench.all_given()


def being_written(bench):
    """A new version is just copied to its place."""
    bench.start()
    bench.call()
    bench.all_given()
    with open(bench.path("hook"), "ab"):
        bench.call()
        bench.until("it is told", lambda: "Text file busy" in bench.log())
    bench.all_given()


TESTS = [
    ("each event is given once, as events prints it", works, {}),
    ("over a restart, too", restart, {}),
    ("off and on", off_and_on, {}),
    ("a thousand events, three at once", thousand, {"max_running": 3}),
    ("no descriptor is left for one", no_descriptors, {}),
    ("one that is being written", being_written, {}),
    ("one that hangs", hangs, {"script": HANG, "timeout": "1s"}),
    ("one that floods", fails("it prints too much"), {"script": FLOOD}),
    ("one that dies", fails("signal 9"), {"script": "#!/bin/sh\nkill -9 $$\n"}),
    # Under qemu-user, where vfork() is fork(), it is the child alone that finds out.
    ("one that is missing", fails("/no/such: " + ("exit status 127" if emulated(TEXTBACK) else "No such file or directory")),
     {"path": "/no/such"}),
]


def main():
    for name, test, options in TESTS:
        bench = Hooked(**options)
        problems = []
        try:
            test(bench)
        except (AssertionError, Trouble, LookupError, ValueError) as e:
            problems = [f"{type(e).__name__}: {e}", *bench.log().splitlines()[-6:]]
        finally:
            bench.close()
        result(problems, name)
    done()


main()
