"""tests/pty/test_reload.py - a configuration of two lines that is read again: what takes effect, and what is told.
Arguments: textback, modemsim."""

import functools
import json
import os
import signal
import stat
import sys
import time

from bench import Modem, play

TEXTBACK, MODEMSIM = map(os.path.abspath, sys.argv[1:3])
CALLER = "+447700900310"


class Lines:
    """What the configuration has, and the second modem."""

    def __init__(self, bench):
        self.bench = bench
        self.second = Modem(MODEMSIM, bench.path("modem2"))
        self.main = {"name": "main", "number": "+447700900123", "device": bench.path("modem")}
        self.shop = {"name": "shop", "number": "+447700900124", "device": bench.path("modem2")}
        self.lines = [self.main, self.shop]
        self.store = "textback.db"
        self.control = {"socket": bench.path("control.sock")}
        self.log = {}

        self.limits = {"per_minute": 60, "pace": "0s"}

    def write(self):
        config = {"version": 1, "business": {"name": "Brightwater Plumbing", "country": "GB"}, "lines": self.lines,
                  "reply": {"delay": "0s", "quiet": {"from": "off"}}, "limits": self.limits,
                  "store": {"path": self.bench.path(self.store)}, "control": self.control, "log": self.log}
        with open(self.bench.config, "w", encoding="utf-8") as f:
            json.dump(config, f)

    def reload(self):
        """Returns what the daemon says of it."""
        self.write()
        before = len(self.bench.log())
        self.bench.daemon.send_signal(signal.SIGHUP)
        return self.bench.until("a reload", lambda: "configuration read again" in self.bench.log()[before:] and
                                self.bench.log()[before:])

    def ready(self):
        states = lambda: [line["state"] for line in self.bench.json("status")["lines"]]
        self.bench.until("all lines", lambda: states() == ["ready"] * len(self.lines), 15)

    def start(self):
        self.write()
        self.bench.start(ready=False)
        self.bench.until("status", lambda: self.bench.run("status").returncode == 0)
        self.ready()

    def close(self):
        self.second.close()


def on_lines(test):
    @functools.wraps(test)
    def run(bench):
        lines = Lines(bench)
        try:
            lines.start()
            test(bench, lines)
        finally:
            lines.close()
    return run


@on_lines
def renamed(bench, lines):
    """What was queued for a line that is no more says so, and can be taken back."""
    lines.second.cmd('text +447700900303 "Are you there?"')
    bench.until("the text", lambda: b"Are you there?" in bench.run("inbox").stdout)
    lines.second.cmd("unplug")
    bench.until("absent", lambda: b"absent" in bench.run("status").stdout)
    bench.run("reply", "+447700900303", "We are.")
    assert b"line shop is not ready" in bench.run("queue").stdout
    lines.shop["name"] = "workshop"
    lines.write()
    assert b"line shop is not ready" in bench.run("queue").stdout  # the daemon still has it
    assert "shop: not in the configuration: texts queued for it wait" in lines.reload()
    lines.second.cmd("replug")
    lines.ready()
    assert b"m2    the configuration has no line shop (textback queue cancel m2)" in bench.run("queue").stdout
    assert bench.run("queue", "cancel", "m2").returncode == 0
    assert "texts queued" not in lines.reload()
    bench.run("reply", "+447700900303", "We are here.")
    bench.modem.expect('sent +447700900303 mr=1 "We are here."')  # the first line that there is


@on_lines
def socket_mode(bench, lines):
    """Who may reach the daemon is changed at once."""
    mode = lambda: stat.S_IMODE(os.stat(bench.path("control.sock")).st_mode)
    assert mode() == 0o660, mode()
    lines.control["mode"] = "0600"
    lines.reload()
    assert mode() == 0o600, mode()


@on_lines
def places(bench, lines):
    """The database and the socket stay where they are: each is told, whenever it is not what is open."""
    lines.store = "other.db"
    for _ in range(2):
        said = lines.reload()
        assert f"store.path takes effect after a restart; commands use {bench.path('other.db')} already" in said, said
        assert "control.socket" not in said, said
    lines.store = "textback.db"
    lines.control["socket"] = bench.path("other.sock")
    said = lines.reload()
    assert "control.socket takes effect" in said and "store.path" not in said, said
    lines.control["socket"] = bench.path("control.sock")
    assert "restart" not in lines.reload(), bench.log()
    assert bench.run("status").returncode == 0


@on_lines
def moved(bench, lines):
    """A line goes on while others come and go around it: a call that rings there stays one call."""
    bench.modem.cmd(f"call {CALLER} rings 100")
    bench.until("ringing", lambda: f"call from {CALLER}" in bench.log())
    lines.lines = [lines.shop, lines.main]
    said = lines.reload()
    assert "closed" not in said, said
    assert [line["name"] for line in bench.json("status")["lines"]] == ["shop", "main"]
    lines.lines = [lines.main]
    said = lines.reload()
    assert "shop: closed" in said and "main: closed" not in said, said
    lines.lines = [{"name": "new", "number": "+447700900125", "device": bench.path("none")}, lines.main, lines.shop]
    said = lines.reload()
    assert "closed" not in said, said
    bench.modem.cmd("hangup")
    bench.modem.expect(f"sent {CALLER} ")
    calls = bench.json("calls")["calls"]
    assert [(call["number"], call["outcome"], call["certain"]) for call in calls] == [(CALLER, "missed", True)], calls
    lines.second.cmd("call +447700900311 rings 2")
    lines.second.expect("sent +447700900311 ", 15)


@on_lines
def set_up_anew(bench, lines):
    """What only the set-up of a modem tells it is told to it at once; the other line goes on."""
    def trace():
        with open(bench.path("trace"), encoding="utf-8") as f:
            return f.read()
    lines.log["trace"] = bench.path("trace")
    assert "closed" not in lines.reload()
    for key, value, told in (("smsc", "+447785016005", 'AT+CSCA="+447785016005"'), ("init", ["AT+XYZ=1"], "AT+XYZ=1"),
                             ("delivery_reports", False, "AT+CNMI=2,1,0,0,0"), ("ring_gap", "30s", "AT+CNMI")):
        before = len(trace())
        lines.main[key] = value
        said = lines.reload()
        assert "main: closed, its part of the configuration has changed" in said and "shop: closed" not in said, said
        bench.until(told, lambda: told.replace('"', "\\x22") in trace()[before:])
        lines.ready()


@on_lines
def limits(bench, lines):
    """A cap is of one line, and a wider one lets go at once what the line had waiting."""
    lines.limits["per_hour"] = 1
    lines.reload()
    for caller in CALLER, "+447700900311":
        bench.modem.cmd(f"call {caller} rings 2")
        bench.modem.expect("ended")
    bench.until("a reason", lambda: b"limits.per_hour, until" in bench.run("queue").stdout)
    lines.second.cmd("call +447700900312 rings 2")
    lines.second.expect("sent +447700900312 ")
    time.sleep(6)  # until it is known for how long there is nothing to do
    lines.limits["per_hour"] = 30
    lines.reload()
    bench.modem.expect("sent +447700900311 ", 3)


@on_lines
def one_port(bench, lines):
    """Two names of one port: the second line is told what to do about it, and nobody is told to end the daemon."""
    os.symlink(bench.path("modem"), bench.path("alias"))
    lines.shop["device"] = bench.path("alias")
    lines.reload()
    bench.until("a cause", lambda: b"has it open" in bench.run("status").stdout)
    doctor = bench.run("doctor", timeout=60).stdout.decode()
    assert "-> give each line a lines[].device of its own" in doctor, doctor


CASES = [renamed, socket_mode, places, moved, set_up_anew, limits, one_port]


def main():
    play([(case.__name__.replace("_", " "), case) for case in CASES], TEXTBACK, MODEMSIM)


main()
