"""tests/vm/test_stall.py TEXTBACK MODEMSIM GADGET - a modem that takes nothing any more, output pending: what depends on the
loop goes on, and what the daemon costs while it waits."""

import os
import sys

from box import ANN, Box, Modem, play

PROGRAMS = [os.path.abspath(path) for path in sys.argv[1:4]]
ANSWER_S = 1
STOP_S = 5
CPU_PERCENT = 1
LOST = "lost /dev/ttyUSB2: the modem does not answer"


def make():
    box = Box("stall", PROGRAMS, modems=["m0"])
    box.modem = Modem(box, "m0", "dummy_udc.0")
    return box


def answers(box, until, within=60):
    """Asks for the status until something holds. Returns how long the slowest answer took."""
    slowest = 0

    def ask():
        nonlocal slowest
        said, seconds = box.guest.timed("textback -c /etc/textback.yaml status --json")
        assert '"running":true' in said, said
        slowest = max(slowest, seconds)
        return until()

    box.until("the end of the stall", ask, within)
    assert slowest < ANSWER_S, f"an answer took {slowest:.2f} s"
    return slowest


def given_up(box):
    return box.run(f"grep '{LOST}' /run/log")[0] == 0


def settle(box):
    """Waits until what belongs to the start is over: a second without a byte."""
    size = f"wc -c </run/{box.modem.name}.trace"
    box.until("silence", lambda: box.out(f"{size}; sleep 1; {size}").split()[0] == box.out(size).strip())


def cheap(box):
    percent = box.cpu_percent()
    assert percent < CPU_PERCENT, f"{percent:.2f} %"
    return f"{percent:.2f} % CPU"


def absent(box):
    """no modem: the daemon waits with less than 1 % CPU"""
    box.start()
    box.cause("none is plugged in")
    return cheap(box)


def idle(box):
    """a ready modem: less than 1 % CPU"""
    box.modem.plug()
    box.ready()
    settle(box)
    return cheap(box)


def stalled(box):
    """stalled with a text to send: status answers within a second, while the port is given up and asked again"""
    box.modem.tell("stall")
    box.command("send", ANN, "We come at three.")
    slowest = answers(box, lambda: given_up(box))
    slowest = max(slowest, answers(box, lambda: "does not answer to AT" in box.line()["cause"]))
    return f"slowest answer {slowest:.2f} s"


def stalled_cheap(box):
    """still stalled: less than 1 % CPU"""
    return cheap(box)


def reads_again(box):
    """it reads again: ready, and the text is sent once"""
    box.modem.tell("go")
    took = box.ready()
    box.expect(box.modem, f"sent {ANN} ", 60)
    assert box.modem.count("sent ") == 1, box.modem.lines[-8:]
    return f"ready after {took:.1f} s"


def stopped(box):
    """stalled again, with more to write than it takes: SIGTERM ends the daemon within five seconds"""
    settle(box)
    box.modem.tell("stall")
    box.command("send", ANN, "At four, sorry.")
    box.until("the stall is noticed", lambda: box.line()["state"] != "ready", 60)
    status, seconds = box.stop()
    assert status == 0 and seconds < STOP_S, f"exit {status} after {seconds:.2f} s"
    return f"{seconds:.2f} s"


def replugged(box):
    """started with it, and replugged: ready, and that text is sent once as well"""
    box.start()
    box.modem.unplug()
    box.modem.tell("go")
    box.modem.plug()
    took = box.ready()
    box.expect(box.modem, f"sent {ANN} ", 60)
    assert box.modem.count("sent ") == 2, box.modem.lines[-8:]
    return f"ready after {took:.1f} s"


play(make, [absent, idle, stalled, stalled_cheap, reads_again, stopped, replugged])
