"""tests/vm/test_swap.py TEXTBACK MODEMSIM GADGET - two modems at QEMU's USB serial adapters, two lines: their names swap, and
each line keeps its own modem."""

import os
import sys

from box import ANN, BOB, Box, play
from bench import Modem
from image import CACHE

TEXTBACK, MODEMSIM = (os.path.abspath(path) for path in sys.argv[1:3])
IMEI = {"a": "861200000000017", "b": "861200000000025"}
NUMBER = {"a": "+447700900123", "b": "+447700900124"}


def lines(device):
    return [f'{{name: {name}, number: "{NUMBER[name]}", device: "{device(name)}"}}' for name in "ab"]


def make():
    """The modems are of this machine; their ports are those of the adapters."""
    modems = {name: Modem(MODEMSIM, os.path.join(CACHE, f"swap.port-{name}")) for name in "ab"}
    arguments = ["-device", "qemu-xhci,id=usb"]
    for name, modem in modems.items():
        modem.cmd(f'reply +CGSN "{IMEI[name]}"')
        port = os.path.realpath(os.path.join(CACHE, f"swap.port-{name}"))
        arguments += ["-chardev", f"serial,id=port-{name},path={port}"]
    box = Box("swap", [TEXTBACK, MODEMSIM], lines(lambda name: f"usb:0403:6001:TB{name.upper()}"), arguments=arguments)
    box.modems = modems
    return box


def plug(box, name):
    """Plugs a modem in; returns the port it became."""
    before = set(box.ttys())
    box.guest.qemu.command("device_add", driver="usb-serial", id=name, bus="usb.0", chardev=f"port-{name}",
                           serial=f"TB{name.upper()}", **{"always-plugged": True})
    box.until("a new port", lambda: set(box.ttys()) - before)
    return "/dev/" + (set(box.ttys()) - before).pop()


def unplug(box, name):
    box.guest.qemu.command("device_del", until="DEVICE_DELETED", id=name)


def both_ready(box, ports):
    for name in "ab":
        box.ready(name, ports[name])
    imeis = {name: box.line(name)["imei"] for name in "ab"}
    assert imeis == IMEI, imeis


def swap(box, ports):
    """Takes both out, and puts them in the other way round."""
    order = sorted("ab", key=ports.get)
    for name in order:
        unplug(box, name)
    box.until("no port", lambda: not box.ttys())
    swapped = {name: plug(box, name) for name in reversed(order)}
    assert [swapped[name] for name in "ab"] == [ports[name] for name in "ba"], f"{ports}, then {swapped}"
    return swapped


def call_each(box):
    for name, number in (("a", ANN), ("b", BOB)):
        box.modems[name].cmd(f"call {number} rings 2")
        box.expect(box.modems[name], f"sent {number} ")
    seen = {call["number"]: call["line"] for call in box.json("calls", "--last", "1h")["calls"]}
    assert (seen[ANN], seen[BOB]) == ("a", "b"), seen


def by_serial(box):
    """usb:VID:PID:SERIAL: two lines find their modems"""
    box.start()
    box.ports = {name: plug(box, name) for name in "ba"}
    both_ready(box, box.ports)


def serial_swapped(box):
    """unplugged, and back under each other's names: each line has its own modem again"""
    box.ports = swap(box, box.ports)
    both_ready(box, box.ports)
    return str(box.ports)


def called(box):
    """and a call is texted by the line that was called"""
    call_each(box)


def by_imei(box):
    """imei: two lines find their modems"""
    box.stop()
    box.configure(lines(lambda name: f"imei:{IMEI[name]}"))
    box.start()
    both_ready(box, box.ports)


def imei_swapped(box):
    """the names swapped while it runs: each line has its own modem again"""
    box.ports = swap(box, box.ports)
    both_ready(box, box.ports)
    return str(box.ports)


play(make, [by_serial, serial_swapped, called, by_imei, imei_swapped])
