"""tests/pty/test_find.py TEXTBACK MODEMSIM - the modem is found among the ports, kept, and found again."""

import fcntl
import os
import pty
import sys
import tty
from concurrent.futures import ThreadPoolExecutor

from bench import Bench, Modem, Trouble
from plugs import Plugs

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
SIM7600 = {"ttyUSB0": (0, "ff ff ff"), "ttyUSB1": (2, "ff 00 00"), "ttyUSB2": (3, "ff 00 00")}
IMEI_B = "861200000000025"


class Machine(Bench):
    """A bench whose modem's port is one of a machine's; the daemon has to find it."""

    def __init__(self, tty_name="ttyUSB1", device="auto", lines=None):
        super().__init__(TEXTBACK, MODEMSIM, device=device, modem=False)
        self.plugs = Plugs(self.path("root"))
        self.env = {"TEXTBACK_ROOT": self.plugs.root}
        self.others = []
        if lines:
            with open(self.config, encoding="utf-8") as file:
                text = file.read()
            with open(self.config, "w", encoding="utf-8") as file:
                file.write(text.replace(text[text.index("  - {name"):text.index("reply:")], lines))
        self.modem = Modem(MODEMSIM, self.plugs.dev(tty_name))

    def silent(self, name):
        """A port that nobody answers at."""
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.symlink(os.ttyname(slave), self.plugs.dev(name))
        self.others.append((master, slave))
        return master

    def another(self, name, imei):
        modem = Modem(MODEMSIM, self.plugs.dev(name))
        modem.cmd(f'reply +CGSN "{imei}"')
        self.others.append(modem)
        return modem

    def start_machine(self):
        self.start(ready=False, env=self.env)
        self.until("the daemon", lambda: self.run("status").returncode == 0)

    def lines(self):
        return {line["name"]: line for line in self.json("status")["lines"]}

    def ready(self, line="main", within=15):
        return self.until(f"{line} ready", lambda: self.daemon.poll() is None and
                          self.lines()[line]["state"] == "ready" and self.lines()[line], within)

    def cause(self, text, line="main"):
        return self.until(text, lambda: text in self.lines()[line]["cause"])

    def found_at(self, name, line="main"):
        got = self.ready(line)["device"]
        if got != self.plugs.dev(name):
            raise Trouble(f"{got}, not {name}")

    def close(self):
        for other in self.others:
            if isinstance(other, Modem):
                other.close()
            else:
                for fd in other:
                    os.close(fd)
        super().close()


def nothing_plugged_in():
    machine = Machine()
    yield machine
    machine.start_machine()
    machine.cause("no modem found: none is plugged in")
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    machine.found_at("ttyUSB1")


def disk_only():
    machine = Machine()
    yield machine
    machine.plugs.plug("1-1", "12d1:1446", {})
    machine.start_machine()
    machine.cause("12d1:1446, Huawei before mode switch, shows no port; install usb-modeswitch")


def right_port():
    """The port with URCs answers late and by another name; the others must not be opened before."""
    machine = Machine()
    yield machine
    before = machine.silent("ttyUSB0")
    machine.silent("ttyUSB2")
    machine.plugs.plug("1-1", "1e0e:9001", SIM7600)
    machine.start_machine()
    machine.found_at("ttyUSB1")
    os.set_blocking(before, False)
    try:
        raise Trouble(f"asked: {os.read(before, 100)}")
    except BlockingIOError:
        pass
    machine.modem.cmd("call +447700900321 rings 2")
    machine.modem.expect("sent ")


def poor_port_only():
    """Only a port without URCs answers: nothing is better than a line that looks well and hears no call."""
    machine = Machine("ttyUSB0")
    yield machine
    machine.silent("ttyUSB1")
    machine.plugs.plug("1-1", "1e0e:9001", {t: SIM7600[t] for t in ("ttyUSB0", "ttyUSB1")})
    machine.start_machine()
    machine.until("a cause", lambda: "ttyUSB1 does not answer to AT" in machine.lines()["main"]["cause"], 15)


def held_by_another():
    machine = Machine()
    yield machine
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    fd = os.open(machine.plugs.dev("ttyUSB1"), os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        machine.start_machine()
        machine.cause(f"(process {os.getpid()}) has it open")
    finally:
        os.close(fd)
    machine.found_at("ttyUSB1")


def by_imei():
    machine = Machine("ttyUSB4", device=f"imei:{IMEI_B}")
    yield machine
    machine.another("ttyUSB1", IMEI_B)
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB4": (2, "ff 00 00")})
    machine.plugs.plug("1-2", "1e0e:9001", {"ttyUSB1": (2, "ff 00 00")})
    machine.start_machine()
    machine.found_at("ttyUSB1")


def by_usb_serial():
    machine = Machine("ttyUSB4", device="usb:0403:6001:TB2")
    yield machine
    machine.plugs.plug("1-1", "0403:6001", {"ttyUSB1": (0, "ff ff ff")}, "TB1")
    machine.plugs.plug("1-2", "0403:6001", {"ttyUSB4": (0, "ff ff ff")}, "TB2")
    machine.start_machine()
    machine.found_at("ttyUSB4")


def another_name():
    """Unplugged, and back as another port; meanwhile a stranger is there, which must not be taken."""
    machine = Machine()
    yield machine
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    machine.start_machine()
    machine.ready()
    machine.modem.close()
    machine.plugs.unplug("1-1", "ttyUSB1")
    stranger = machine.another("ttyUSB1", IMEI_B)
    machine.plugs.plug("1-2", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    machine.until("a cause", lambda: "is not the modem of this line" in machine.lines()["main"]["cause"])
    machine.modem = Modem(MODEMSIM, machine.plugs.dev("ttyUSB5"))
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB5": SIM7600["ttyUSB1"]})
    machine.found_at("ttyUSB5")
    machine.modem.cmd("call +447700900321 rings 2")
    machine.modem.expect("sent ")
    if stranger.count("ready"):
        raise Trouble("the stranger was set up")


def swapped():
    """Two modems keep their lines when their names are swapped, also over a restart."""
    machine = Machine(lines='  - {name: a, number: "+447700900123"}\n'
                            '  - {name: b, number: "+447700900124"}\n')
    yield machine
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    machine.start_machine()
    machine.found_at("ttyUSB1", "a")
    machine.another("ttyUSB2", IMEI_B)
    machine.plugs.plug("1-2", "1e0e:9001", {"ttyUSB2": SIM7600["ttyUSB1"]})
    machine.found_at("ttyUSB2", "b")
    machine.stop()
    for tty_name, other in (("ttyUSB1", "x"), ("ttyUSB2", "ttyUSB1"), ("x", "ttyUSB2")):
        os.rename(machine.plugs.dev(tty_name), machine.plugs.dev(other))
    machine.start_machine()
    machine.found_at("ttyUSB2", "a")
    machine.found_at("ttyUSB1", "b")


CASES = [nothing_plugged_in, disk_only, poor_port_only, held_by_another, right_port, by_imei, by_usb_serial,
         another_name, swapped]


def play(case):
    steps = case()
    machine = next(steps)
    try:
        for _ in steps:
            pass
        found = []
    except (Trouble, LookupError, ValueError) as e:
        found = [f"{type(e).__name__}: {e}"] + machine.log().splitlines()[-20:]
    finally:
        machine.close()
    return found


def main():
    with ThreadPoolExecutor(4) as pool:
        for case, found in zip(CASES, pool.map(play, CASES)):
            result(found, case.__name__.replace("_", " "))
    done()


main()
