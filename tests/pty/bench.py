"""tests/pty/bench.py - the real binary and the simulated modem, side by side in a temporary directory."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, emulated, result, skip

# How much longer than on an idle machine all may take: tests/arm.sh has an emulated processor.
PATIENCE = float(os.environ.get("TEXTBACK_PATIENCE", "1"))
CONFIG = """\
version: 1
business: {{name: "Brightwater Plumbing", country: GB}}
lines:
  - {{name: main, number: "+447700900123", device: "{device}"}}
reply: {{delay: 0s, quiet: {{from: off}}{reply}}}
limits: {{per_minute: 60, pace: 0s}}
store: {{path: "{directory}/textback.db"}}
control: {{socket: "{directory}/control.sock"}}
"""


class Trouble(Exception):
    """Something did not happen; the message says what."""


class Wire:
    """The simulated modem at the other end of two streams; cmd() drives it, expect() reads what it reports."""

    def __init__(self, reports, commands):
        self.reports = reports
        self.commands = commands
        self.lines = []
        self.seen = 0
        self.news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.reports:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()

    def cmd(self, *commands):
        for command in commands:
            self.commands.write(command + "\n")
        self.commands.flush()

    def be_quick(self):
        self.cmd("set ring 0.2", "set send 0.03", "set report 0.05")

    def take(self, begin):
        """Returns the next report that begins so, or None where there is none yet; those before it are passed over."""
        with self.news:
            while self.seen < len(self.lines):
                self.seen += 1
                if self.lines[self.seen - 1].startswith(begin):
                    return self.lines[self.seen - 1]
        return None

    def expect(self, begin, within=5.0, until=None):
        """Returns the next report that begins so, or None as soon as until() holds."""
        end = time.monotonic() + within * PATIENCE
        with self.news:
            while True:
                line = self.take(begin)
                if line or (until and until()):
                    return line
                left = end - time.monotonic()
                if left <= 0:
                    raise Trouble(f"no {begin!r} within {within} s; last: {self.lines[-8:]}")
                self.news.wait(min(left, 0.05) if until else left)

    def count(self, begin):
        with self.news:
            return sum(line.startswith(begin) for line in self.lines)


class Modem(Wire):
    """The simulated modem as a process, its port at `link`."""

    def __init__(self, program, link):
        self.process = subprocess.Popen(
            [program, "--link", link], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        super().__init__(self.process.stdout, self.process.stdin)
        self.expect("port ")
        self.be_quick()

    def close(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()


class Bench:
    """A directory with a configuration, the modem, and the daemon when it runs."""

    def __init__(self, textback, modemsim, reply="", device=None, modem=True):
        self.textback = textback
        self.directory = tempfile.mkdtemp(prefix="textback-pty-")
        self.config = self.path("config.yaml")
        self.device = device or self.path("modem")
        self.write_config(reply)
        self.modem = Modem(modemsim, self.path("modem")) if modem else None
        self.daemon = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def write_config(self, reply=""):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(directory=self.directory, device=self.device, reply=reply))

    def start(self, ready=True, env=None):
        with open(self.path("log"), "ab") as log:
            self.daemon = subprocess.Popen(
                [self.textback, "-c", self.config, "run"], stderr=log, stdout=log,
                stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        if ready:
            self.modem.expect("ready")

    def stop(self):
        """Returns the exit status and the seconds it took."""
        began = time.monotonic()
        self.daemon.send_signal(signal.SIGTERM)
        try:
            status = self.daemon.wait(10)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            status = self.daemon.wait()
        self.daemon = None
        return status, time.monotonic() - began

    def log(self):
        if not os.path.exists(self.path("log")):
            return ""
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def run(self, *args, timeout=10, **more):
        return subprocess.run(
            [self.textback, "-c", self.config, *args], capture_output=True, timeout=timeout * PATIENCE,
            stdin=subprocess.DEVNULL, check=False, **more)

    def json(self, *args):
        return json.loads(self.run(*args, "--json").stdout)

    def until(self, what, holds, within=5.0):
        """Asks again and again; returns what holds() gave once it is true."""
        end = time.monotonic() + within * PATIENCE
        while True:
            value = holds()
            if value:
                return value
            if time.monotonic() > end:
                raise Trouble(f"not within {within} s: {what}")
            time.sleep(0.02)

    def rows(self, query):
        with sqlite3.connect(f"file:{self.path('textback.db')}?mode=ro", uri=True) as db:
            return db.execute(query).fetchall()

    def close(self):
        if self.daemon:
            self.daemon.kill()
            self.daemon.wait()
        self.modem.close()
        shutil.rmtree(self.directory)


def play(tests, textback, modemsim):
    """Runs each test, (name, function), on a bench of its own. One that returns something says why it cannot be run here."""
    for name, test in tests:
        bench, problems, why = Bench(textback, modemsim), [], None
        try:
            why = test(bench)
        except (AssertionError, Trouble, LookupError, ValueError, OSError, subprocess.SubprocessError) as e:
            problems = [f"{type(e).__name__}: {e}", *bench.log().splitlines()[-8:], *bench.modem.lines[-6:]]
        finally:
            bench.close()
        if why:
            skip(name, why)
        else:
            result(problems, name)
    done()
