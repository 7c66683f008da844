"""tests/vm/powered.py - a box with its database on a disk, and a log of what is written to that disk while people call and
text."""

import os
import shutil

import disk
from box import HERE, Box
from guest import Guest
from heard import Heard
from image import CACHE
from qemu import Trouble

LINE = '{name: main, number: "+447700900000", device: "DEVICE"}'
DISK, LOG, START = (os.path.join(CACHE, "power." + name) for name in ("disk", "log.disk", "start"))
MOUNT = "load disk && mount -t ext4 /dev/vda /run/textback"
PORT = ["-device", "pci-serial,chardev=port"]
NO_PORT = ["-chardev", "null,id=port", *PORT] # with nobody behind it
DAY_S = 3600 # of the guest, at most
CARELESS = "careless"


def boot(programs):
    """Boots a guest once, for all those that go on from there."""
    disk.make(DISK)
    files = [*programs, os.path.join(HERE, "usb.sh")]
    Guest("power", files, (), [*disk.device(DISK), *NO_PORT]).save(START)


class Powered(Box):
    """A box that has just started; end() is a power cut to it."""

    def __init__(self, programs, device, log=None, port=()):
        super().__init__("power", programs, [LINE.replace("DEVICE", device)],
                         arguments=[*disk.device(DISK, log), *(port or NO_PORT)], saved=START)
        self.out(MOUNT)


def mark(words):
    """The shell's way to say something in the log of the disk."""
    return f"echo {words} | dd of=/dev/vda bs=512 conv=sync seek={disk.MARKS_AT // disk.SECTOR} oflag=direct 2>/dev/null"


def live(box, script, by_hand, preload=""):
    """A daemon, and a modem with its people, until all of it is over; meanwhile a command texts those of `by_hand`."""
    box.guest.write("/run/script", "\n".join(script) + "\n")
    box.out("rm -f /run/modem /run/more; mkfifo /run/more; exec 4<>/run/more; modemsim --link /run/modem --script /run/script"
            f" --record /dev/vda@{disk.RECORD_AT} <&4 >/run/modem.said 2>&1 & echo $! >/run/modem.pid")
    box.until("the modem", lambda: box.run("chown textback /run/modem")[0] == 0)
    box.start(preload=preload)
    sends = [f"textback -c /etc/textback.yaml send {number} by-hand >/dev/null && {mark('queued ' + number)}"
             for number in by_hand]
    box.out(f"({'; usleep 900000; '.join(sends) or 'true'}) & true")
    evening = "grep -q evening /run/modem.said || { sleep 2; false; }"
    box.until("the evening", lambda: box.run(evening)[0] == 0, DAY_S)
    box.stop()
    box.out("kill $(cat /run/modem.pid)")


def scripts(towns, rounds):
    """Returns whom a command texts, what happens meanwhile, and what happens when the store is careless."""
    by_hand = [towns[False].person() for _ in range(rounds // 4)]
    return by_hand, towns[False].script(rounds), towns[True].script(max(4, rounds // 4))


def record(programs, by_hand, script, careless_script):
    """Lives once as it should be, and once with a store that does not sync, and logs the disk."""
    disk.make(DISK)
    shutil.copy(DISK, DISK + ".before")
    box = Powered(programs, "/run/modem", LOG)
    try:
        live(box, script, by_hand)
        box.out(f"{mark(CARELESS)}; rm /run/textback/textback.db*; sync")
        live(box, careless_script, [], "/bin/" + os.path.basename(programs[2]))
    except (Trouble, AssertionError):
        print("\n".join("# " + line for line in box.last_words()))
        raise
    finally:
        box.end()


def history():
    """Yields (entry of the log, what was known before it, whether the store was careless)."""
    heard, careless = Heard(), False
    for entry in disk.entries(LOG):
        yield entry, heard, careless
        octet, data, _ = entry
        line = data.rstrip(b"\0").decode("ascii").rstrip("\n") if octet >= disk.FILES_SIZE else ""
        if line == CARELESS:
            heard, careless = Heard(), True
        elif line.startswith("queued "):
            heard.promised.append(line.removeprefix("queued "))
        elif line:
            heard.trace(line)
