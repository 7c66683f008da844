"""tests/vm/test_modem.py TEXTBACK MODEMSIM GADGET - a modem at real ports of the driver `option`: found, unplugged in the
worst moments, back under other names."""

import os
import sys

from box import ANN, BOB, Box, Modem, play
from image import CACHE, machine_of

PROGRAMS = [os.path.abspath(path) for path in sys.argv[1:4]]
LATER = "We come at three."


def uart_said(box):
    with open(box.guest.qemu.socket(box.uart), "rb") as file:
        return file.read()


def make():
    # A port with nobody behind it; what is written to it comes here.
    uart = machine_of(PROGRAMS[0]).uart
    path = os.path.join(CACHE, f"modem.{uart}")
    box = Box("modem", PROGRAMS, modems=["m0"],
              arguments=["-chardev", f"file,id=uart,path={path}", "-device", "pci-serial,chardev=uart"])
    box.uart = uart
    box.modem = Modem(box, "m0", "dummy_udc.0")
    return box


def no_built_in_port(box):
    """without a modem, auto asks no built-in port: it hears nothing"""
    box.out(f"printf here >/dev/{box.uart}")
    assert uart_said(box) == b"here", "this test would not see what is written"
    box.start()
    box.cause("none is plugged in")
    box.out("sleep 3")
    assert uart_said(box) == b"here", uart_said(box)


def found(box):
    """device: auto finds the port that tells of calls, among three"""
    box.modem.plug()
    return f"ready after {box.ready(device='/dev/ttyUSB2'):.1f} s"


def call(box):
    """a missed call is texted"""
    box.call(box.modem, ANN)


def answer(box):
    """and the answer comes in"""
    box.modem.cmd(f'text {ANN} "The tap drips."')
    box.until("the text", lambda: box.texts_from(ANN) == ["The tap drips."])


def same_name(box):
    """unplugged while idle and back under the same name: ready, and what came meanwhile is there, once"""
    box.modem.unplug()
    box.cause("none is plugged in")
    box.modem.cmd(f'text {ANN} "Are you there?"')
    box.modem.plug()
    took = box.ready(device="/dev/ttyUSB2")
    box.until("the text", lambda: "Are you there?" in box.texts_from(ANN))
    assert box.texts_from(ANN) == ["The tap drips.", "Are you there?"], box.texts_from(ANN)
    return f"ready after {took:.1f} s"


def another_name(box):
    """back under another name, as somebody holds the dead port: ready there"""
    box.out("sleep 1000 </dev/ttyUSB2 & echo $! >/run/holder")
    box.modem.unplug()
    box.modem.plug()
    took = box.ready(device="/dev/ttyUSB3")
    box.out("kill $(cat /run/holder)")
    box.call(box.modem, BOB)
    return f"ready after {took:.1f} s"


def queued(box):
    """a text that is queued while the modem is away is sent when it is back"""
    box.modem.unplug()
    box.command("send", BOB, LATER)
    box.modem.plug()
    box.expect(box.modem, f"sent {BOB} ", within=40)


def times_sent(box, text):
    return sum(line.startswith("sent ") and text in line for line in box.modem.lines)


def hand_over(box, text):
    """Queues a text; returns when the modem has it, and the result is still to come."""
    before = box.modem.pdus()
    box.command("send", ANN, text)
    box.until("Ctrl-Z", lambda: box.modem.pdus() > before)


def mid_text(box):
    """unplugged between Ctrl-Z and the result, the text lost: its fate is unknown, and sent again it arrives once"""
    box.modem.cmd("set send 20")
    hand_over(box, "First.")
    box.modem.unplug()
    assert times_sent(box, "First.") == 0, box.modem.lines[-12:]
    box.modem.be_quick()
    box.modem.plug()
    box.ready()
    message = box.message("First.")
    assert message["state"] == "unknown", message
    box.command("queue", "retry", f"m{message['id']}")
    box.until("the report", lambda: box.message("First.")["state"] == "delivered")
    assert times_sent(box, "First.") == 1, box.modem.lines


def mid_text_sent(box):
    """unplugged between Ctrl-Z and the result, the text on its way: its report settles it, and it is not sent again"""
    box.modem.cmd("set report 4", "fail silent")
    hand_over(box, "Second.")
    box.until("the text at its person", lambda: times_sent(box, "Second."))
    box.modem.unplug()
    box.modem.plug()
    box.ready()
    box.until("the report", lambda: box.message("Second.")["state"] == "delivered")
    box.modem.be_quick()


def mid_call(box):
    """unplugged while it rings: the call is in the list, and is texted"""
    box.modem.cmd("set ring 1", "call +447700900333 rings 0")
    box.until("the call", lambda: any(c["number"] == "+447700900333" for c in box.json("calls")["calls"]))
    box.modem.unplug()
    box.modem.plug()
    box.expect(box.modem, "sent +447700900333 ", within=40)
    calls = [c for c in box.json("calls")["calls"] if c["number"] == "+447700900333"]
    assert [c["outcome"] for c in calls] == ["missed"], calls


def refused(box):
    """a port that stalls the control lines (EPIPE) is not the modem's, and nothing worse"""
    box.modem.unplug()
    box.modem.tell("refuse 2")
    box.modem.plug()
    box.cause("/dev/ttyUSB2: the port refuses control lines; it is not the modem's AT port")
    box.modem.unplug()
    box.modem.tell("accept 2")
    box.modem.plug()
    box.ready()


def gone_while_asked(box):
    """a port that goes while it is asked"""
    box.modem.unplug()
    box.modem.tell("stall")
    box.modem.plug()
    box.until("the question", lambda: "ttyUSB" in box.run(f"ls -l /proc/{box.pid}/fd")[1])
    box.modem.unplug()
    box.modem.tell("go")
    box.cause("none is plugged in")
    box.modem.plug()
    box.ready()


def not_permitted(box):
    """no permission: the cause says what mends it"""
    box.stop()
    box.out("rm -rf /run/textback/*; chown stranger /run/textback")
    box.start("stranger")
    box.cause("not permitted: sudo adduser stranger dialout")


def quiet(box):
    """in all of this each text was sent once, and nothing was written to the built-in port"""
    assert [times_sent(box, text) for text in ("First.", "Second.", LATER)] == [1, 1, 1], box.modem.lines
    assert uart_said(box) == b"here", uart_said(box)


play(make, [no_built_in_port, found, call, answer, same_name, another_name, queued, mid_text, mid_text_sent, mid_call,
            refused, gone_while_asked, not_permitted, quiet])
