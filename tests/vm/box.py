"""tests/vm/box.py - the box that answers the phone: a guest with the daemon in it, as its own user, and modems."""

import json
import os
import shlex
import signal
import sys

from guest import Guest
from image import Missing
from qemu import Trouble

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "..", "pty"), os.path.join(HERE, "..", "checks")]
from bench import Wire
from tap import done, result

CONFIG = """version: 1
business: {name: "Brightwater Plumbing", country: GB}
lines:
LINES
reply: {delay: 0s, max_age: 24h, quiet: {from: off}}
limits: {per_minute: 1000, per_hour: 1000, per_day: 1000, people_per_month: 1000, pace: 0s}
breaker: {burst: off}
store: {path: /run/textback/textback.db}
control: {socket: /run/textback/control.sock}
"""
READY_S = 40
SIM7600 = "1e0e:9001"
ANN, BOB = "+447700900321", "+447700900322"


class Modem(Wire):
    """A SIM7600 in the guest: three USB ports, and the simulated modem behind the one that tells of calls."""

    def __init__(self, box, name, udc, ports=("-", "-", "pty")):
        self.box, self.name, self.udc = box, name, udc
        reports, commands = box.guest.streams[name]
        box.out(f"exec 4<>/run/ports/{name}; modemsim --trace --link /run/{name}.pty <&4 >&4 2>/run/{name}.trace & true")
        super().__init__(reports, commands)
        box.until("the simulated modem", lambda: self.take("port "))
        self.be_quick()
        ptys = " ".join(port.replace("pty", f"/run/{name}.pty") for port in ports)
        box.out(f"usb make {name} {SIM7600} {name.upper()} {ptys}")

    def tell(self, command):
        self.box.out(f"usb tell {self.name} {command}")

    def pdus(self):
        """How often a text was handed over, Ctrl-Z at its end."""
        return int(self.box.out(f"grep -c 'x1A' /run/{self.name}.trace || true"))

    def plug(self):
        """Plugs it in; waits until the kernel has made its last port."""
        if self.count("unplugged") > self.count("replugged"):
            self.cmd("replug")
            self.box.until("power", lambda: self.take("replugged"))
        before = set(self.box.ttys())
        self.box.out(f"usb plug {self.name} {self.udc}")
        self.box.until("three new ports", lambda: len(set(self.box.ttys()) - before) == 3)

    def unplug(self):
        """Takes port and power away."""
        self.box.out(f"usb unplug {self.name}")
        self.cmd("unplug")
        self.box.until("no power", lambda: self.take("unplugged"))


class Box:
    """A guest; `lines` are those of the configuration."""

    def __init__(self, name, programs, lines=("{name: main, number: \"+447700900123\"}",), modems=(), arguments=(),
                 saved=None):
        self.pid = 0
        self.guest = Guest(name, [*programs, os.path.join(HERE, "usb.sh")], modems, arguments, saved=saved)
        self.out, self.run, self.until = self.guest.out, self.guest.run, self.guest.until
        self.out("mkdir -p /run/textback; chown textback:textback /run/textback")
        self.configure(lines)

    def configure(self, lines):
        text = CONFIG.replace("LINES", "\n".join(f"  - {line}" for line in lines))
        self.guest.write("/etc/textback.yaml", text)

    def ttys(self):
        return self.run("cd /dev; ls -d ttyUSB* 2>/dev/null")[1].split()

    def start(self, user="textback", preload=""):
        command = shlex.quote(f"LD_PRELOAD={preload} exec textback -c /etc/textback.yaml run")
        self.out("rm -f /run/status; (sh -c " +
                 shlex.quote(f"echo $$ >/run/pid; exec su -s /bin/sh {user} -c {command}") +
                 " >>/run/log 2>&1; echo $? >/run/status) & true")
        self.until("the daemon", lambda: self.command("status")[0] == 0)
        self.pid = int(self.out("cat /run/pid"))

    def stop(self):
        """Returns the exit status and the seconds it took."""
        ended = "tries=600; until [ -s /run/status ] || [ $tries = 0 ]; do usleep 100000; tries=$((tries - 1)); done"
        said, seconds = self.guest.timed(f"kill -TERM {self.pid}; {ended}; cat /run/status")
        self.pid = 0
        return int(said), seconds

    def command(self, *words):
        return self.run("textback -c /etc/textback.yaml " + " ".join(shlex.quote(word) for word in words))

    def json(self, *words):
        status, said = self.command(*words, "--json")
        if status:
            raise Trouble(f"textback {words[0]}: exit {status}: {said.strip()}")
        return json.loads(said)

    def line(self, name="main"):
        return next(line for line in self.json("status")["lines"] if line["name"] == name)

    def ready(self, name="main", device=None):
        """Waits until a line is ready, at the port `device` where one is named. Returns the seconds it took."""
        began = self.guest.uptime

        def holds():
            line = self.line(name)
            return line["state"] == "ready" and (not device or line["device"] == device)

        self.until(f"{name} ready{' at ' + device if device else ''}", holds, READY_S)
        return self.guest.uptime - began

    def cause(self, text, name="main", within=READY_S):
        return self.until(f"the cause {text!r}", lambda: text in self.line(name)["cause"], within)

    def expect(self, modem, begin, within=20):
        return self.until(f"the modem's {begin!r}", lambda: modem.take(begin), within)

    def call(self, modem, number):
        """A call that is missed and texted."""
        modem.cmd(f"call {number} rings 2")
        self.expect(modem, f"sent {number} ")

    def texts_from(self, person):
        status, said = self.command("thread", person, "--peek", "--json")
        items = json.loads(said)["items"] if status == 0 else []
        return [i["text"] for i in items if i["kind"] == "message" and i["direction"] == "in"]

    def message(self, text):
        """The last text to Ann that says so."""
        items = self.json("thread", ANN, "--peek")["items"]
        return [i for i in items if i["kind"] == "message" and i["text"].startswith(text)][-1]

    def cpu_ms(self):
        """What the daemon has used so far."""
        fields = self.out(f"cat /proc/{self.pid}/stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 10

    def cpu_percent(self, seconds=11):
        before, began = self.cpu_ms(), self.guest.uptime
        self.out(f"sleep {seconds}")
        return (self.cpu_ms() - before) / 10 / (self.guest.uptime - began)

    def last_words(self):
        """What helps to understand a failure; the whole of it stays in .build/vm."""
        words = []
        try:
            for name, what in (("daemon", "cat /run/log"), ("kernel", "dmesg"), ("gadget", "cat /run/*.said")):
                said = self.run(what)[1]
                with open(f"{self.guest.stem}.{name}.log", "w", encoding="utf-8") as file:
                    file.write(said)
                words += [f"-- {name}", *said.splitlines()[-25:]]
        except Trouble as trouble:
            words.append(str(trouble))
        return words + ["-- console", *self.guest.qemu.tail(8)]

    def end(self):
        self.guest.end()


def play(make, claims):
    """Runs the claims one after the other on the box that make() gives; each is one line of TAP."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside")) # and QEMU with it
    try:
        box = make()
    except Missing as missing:
        print(f"1..0 # SKIP {missing}")
        return
    except Trouble as trouble:
        result([trouble], "the guest boots")
        done()
    try:
        for claim in claims: # the first that fails ends it: the next would only run out of time as well
            try:
                said = claim(box)
                found = []
            except (Trouble, AssertionError, LookupError, ValueError) as error:
                said, found = None, [f"{type(error).__name__}: {error}", *box.last_words()]
            result(found, claim.__doc__.strip())
            if said:
                print(f"# {said}")
            sys.stdout.flush()
            if found:
                break
    finally:
        box.end()
    done()
