"""tests/pty/test_find.py TEXTBACK MODEMSIM - the modem is found among the ports, kept, and found again."""

import fcntl
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from bench import Modem, Trouble
from machine import Machine

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
SIM7600 = {"ttyUSB0": (0, "ff ff ff"), "ttyUSB1": (2, "ff 00 00"), "ttyUSB2": (3, "ff 00 00")}
IMEI_B = "861200000000025"


def nothing_plugged_in():
    machine = Machine(TEXTBACK, MODEMSIM)
    yield machine
    machine.start_machine()
    machine.cause("no modem found: none is plugged in")
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    machine.found_at("ttyUSB1")


def opened(machine, within):
    """Read from the log: a command would wake the daemon."""
    began = time.monotonic()
    while "opened" not in machine.log():
        if time.monotonic() - began > within:
            raise Trouble(f"not opened within {within} s")
        time.sleep(0.05)


def tried_again():
    """Nothing tells of the port but the next try."""
    machine = Machine(TEXTBACK, MODEMSIM)
    yield machine
    machine.start_machine()
    time.sleep(0.5)
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    opened(machine, 3)


def plugged_late():
    """Looked for once in a while only by now: a port that comes, or gets its permissions, is tried at once."""
    machine = Machine(TEXTBACK, MODEMSIM, "later")
    yield machine
    machine.start_machine()
    time.sleep(4.5)  # the next try would be at 9 s
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    os.rename(machine.plugs.dev("later"), machine.plugs.dev("ttyUSB1"))
    opened(machine, 2)


def disk_only():
    machine = Machine(TEXTBACK, MODEMSIM)
    yield machine
    machine.plugs.plug("1-1", "12d1:1446", {})
    machine.start_machine()
    machine.cause("12d1:1446, Huawei before mode switch, shows no port; install usb-modeswitch")


def right_port():
    """The port with URCs answers late and by another name; the others must not be opened before."""
    machine = Machine(TEXTBACK, MODEMSIM)
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
    machine = Machine(TEXTBACK, MODEMSIM, "ttyUSB0")
    yield machine
    machine.silent("ttyUSB1")
    machine.plugs.plug("1-1", "1e0e:9001", {t: SIM7600[t] for t in ("ttyUSB0", "ttyUSB1")})
    machine.start_machine()
    machine.until("a cause", lambda: "ttyUSB1 does not answer to AT" in machine.lines()["main"]["cause"], 15)


def held_by_another():
    machine = Machine(TEXTBACK, MODEMSIM)
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


def gone_while_asked():
    """A port that goes away in the middle of its answer; and the end of the daemon in the middle of a search."""
    machine = Machine(TEXTBACK, MODEMSIM)
    yield machine
    master = machine.silent("ttyUSB0")
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB0": (2, "ff 00 00")})
    machine.plugs.plug("1-2", "0403:6001", {"ttyUSB1": (0, "ff ff ff")})
    machine.start_machine()
    os.read(master, 2)
    os.write(master, b"\r\nO")
    machine.unplug_silent(master)
    machine.found_at("ttyUSB1")
    machine.modem.cmd("mute", "unplug")
    machine.plugs.unplug("1-2", "ttyUSB1")
    machine.plugs.unplug("1-1", "ttyUSB0")
    machine.silent("ttyUSB3")
    machine.plugs.plug("1-3", "1e0e:9001", {"ttyUSB3": (2, "ff 00 00")})
    machine.until("a search", lambda: b"" != os.read(machine.others[-1][0], 1))
    status, seconds = machine.stop()
    if status or seconds > 1:
        raise Trouble(f"ended with {status} after {seconds} s")


def by_imei():
    machine = Machine(TEXTBACK, MODEMSIM, "ttyUSB4", device=f"imei:{IMEI_B}")
    yield machine
    machine.another("ttyUSB1", IMEI_B)
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB4": (2, "ff 00 00")})
    machine.plugs.plug("1-2", "1e0e:9001", {"ttyUSB1": (2, "ff 00 00")})
    machine.start_machine()
    machine.found_at("ttyUSB1")


def by_usb_serial():
    machine = Machine(TEXTBACK, MODEMSIM, "ttyUSB4", device="usb:0403:6001:TB2")
    yield machine
    machine.plugs.plug("1-1", "0403:6001", {"ttyUSB1": (0, "ff ff ff")}, "TB1")
    machine.plugs.plug("1-2", "0403:6001", {"ttyUSB4": (0, "ff ff ff")}, "TB2")
    machine.start_machine()
    machine.found_at("ttyUSB4")


def another_name():
    """Unplugged, and back as another port; meanwhile a stranger is there, which must not be taken."""
    machine = Machine(TEXTBACK, MODEMSIM)
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
    machine = Machine(TEXTBACK, MODEMSIM, lines='  - {name: a, number: "+447700900123"}\n'
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


def four_lines():
    """Each line gets a modem of its own, and all four ring at once."""
    names = "abcd"
    machine = Machine(TEXTBACK, MODEMSIM, "ttyUSB1", lines="".join(
        f'  - {{name: {name}, number: "+44770090012{i}"}}\n' for i, name in enumerate(names)))
    yield machine
    modems = [machine.modem] + [machine.another(f"ttyUSB{i}", f"8612000000001{i}5") for i in (2, 3, 4)]
    for i in (1, 2, 3, 4):
        machine.plugs.plug(f"1-{i}", "1e0e:9001", {f"ttyUSB{i}": (2, "ff 00 00")})
    machine.start_machine()
    lines = [machine.ready(name, 60) for name in names]
    if len({line["device"] for line in lines}) != 4 or len({line["imei"] for line in lines}) != 4:
        raise Trouble(f"{lines}")
    for i, modem in enumerate(modems):
        modem.cmd(f"call +44770090033{i} rings 2")
    for i, modem in enumerate(modems):
        modem.expect(f"sent +44770090033{i}", 30)


def brought_back():
    """A modem that goes silent: status and events tell what is done about it, and since when."""
    machine = Machine(TEXTBACK, MODEMSIM)
    yield machine
    with open(machine.config, encoding="utf-8") as file:
        text = file.read()
    with open(machine.config, "w", encoding="utf-8") as file:
        file.write(text.replace("- {name: main,", "- {name: main, heartbeat: 5s,"))
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": SIM7600["ttyUSB1"]})
    machine.start_machine()
    well = machine.ready()
    if well["recovery"] is not None or not well["since"]:
        raise Trouble(f"{well}")
    machine.modem.cmd("mute")
    down = machine.until("a step", lambda: machine.lines()["main"]["recovery"] and machine.lines()["main"], 30)
    if down["recovery"]["step"] != "ESC and AT" or down["recovery"]["cause"] != "the modem does not answer":
        raise Trouble(f"{down}")
    if b"the modem does not answer: ESC and AT  (since " not in machine.run("status").stdout:
        raise Trouble(f"{machine.run('status')}")
    machine.modem.cmd("unmute")
    machine.ready(within=30)
    if b'"cause":"the modem does not answer","step":"ESC and AT"' not in machine.run("events").stdout:
        raise Trouble(f"{machine.run('events')}")


CASES = [four_lines, brought_back, plugged_late, tried_again, nothing_plugged_in, disk_only, poor_port_only, held_by_another, gone_while_asked, right_port, by_imei,
         by_usb_serial, another_name, swapped]


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
