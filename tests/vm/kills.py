"""tests/vm/kills.py - guests that are killed, one after the other, at one disk: the modem is of this machine, and goes on."""

import os
import shutil
import subprocess
import tempfile
import time

import disk
import judge
from box import Wire
from heard import TRACE, Heard
from image import CACHE, machine_of
from powered import DISK, PORT, Powered
from qemu import Trouble
from town import Town

PATIENCE_S = 300 # of this machine, which may be busy
PAUSE_S = 0.03
# What happens last in a life, and the sign at which it ends.
ENDS = [("call", "< +CLIP"), ("text", "< +CMGR"), ("call", r"> \x1A"), ("text", "> AT+CMGD"), ("text", "< +CMTI")]


class Modem(Wire):
    """Its reports and its trace are one stream, in order."""

    def __init__(self, program, link):
        self.process = subprocess.Popen([program, "--link", link, "--trace"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        super().__init__(self.process.stdout, self.process.stdin)
        self.expect("port ")
        self.cmd("set ring 0.2", "set send 0.2", "set report 0.05")

    def wait(self, sign, after):
        """Waits for it after the first `after` lines. What is heard may come octet by octet, each a line of the trace."""
        end = time.monotonic() + PATIENCE_S
        way, octets = sign.split(" ")
        with self.news:
            while octets not in "".join(found[2] for found in map(TRACE.match, self.lines[after:])
                                        if found and found[1] == way):
                if time.monotonic() > end:
                    raise Trouble(f"the modem never said {sign}: {self.lines[-8:]}")
                self.news.wait(1)

    def say(self, word):
        self.cmd(f"say {word}")
        self.expect(f"say {word}", PATIENCE_S)

    def heard(self):
        heard = Heard()
        for line in self.lines:
            if line == "closed":
                heard.cut()
            elif TRACE.match(line):
                heard.trace(line)
        return heard

    def close(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()


def life(box, modem, town, end, chance):
    """Calls and texts, until the power goes."""
    modem.cmd(*town.round(), *town.round())
    modem.say("noon")
    what, sign = end
    told = len(modem.lines)
    modem.cmd(town.first_call() if what == "call" else town.text())
    modem.wait(sign, told)
    time.sleep(chance.uniform(0, PAUSE_S)) # anywhere in what follows
    box.end()
    modem.expect("closed", PATIENCE_S)
    modem.cmd("pause 2") # nobody calls while nobody is there
    modem.say("dawn")


def last_life(box, modem):
    """Returns what the commands say is wrong, once nothing is left to do."""
    modem.cmd(f"wait idle {PATIENCE_S}")
    modem.say("night")
    box.until("an empty queue", lambda: not [m for m in box.json("queue")["messages"] if m["state"] == "queued"], PATIENCE_S)
    modem.cmd(f"wait idle {PATIENCE_S}")
    modem.say("late")
    wrong = [f"textback db check: {problem}" for problem in box.json("db", "check")["problems"]]
    box.stop()
    box.out("umount /run/textback")
    box.end()
    return wrong


def kill(programs, count, chance):
    """Returns (what is wrong in the end, what the modem knows)."""
    town = Town(chance)
    link = os.path.join(CACHE, "power.port")
    device = "/dev/" + machine_of(programs[0]).uart
    disk.make(DISK)
    modem = Modem(programs[1], link)
    wrong = []
    try:
        for number in range(count + 1):
            box = Powered(programs, device, port=["-chardev", f"serial,id=port,path={os.path.realpath(link)}", *PORT])
            try:
                box.start()
                box.ready(device=device)
                if number < count:
                    life(box, modem, town, ENDS[number % len(ENDS)], chance)
                else:
                    wrong += last_life(box, modem)
            except (Trouble, AssertionError):
                print("\n".join("# " + line for line in box.last_words()))
                raise
            finally:
                box.end()
    finally:
        modem.close()
    with tempfile.TemporaryDirectory() as folder:
        image = shutil.copy(DISK, folder)
        wrong += disk.rescue(image, folder, judge.FILES)
        rows, heard = judge.Rows(folder), modem.heard()
    wrong += judge.after_cut(rows, heard, town.texts) + judge.after_start(rows, rows, heard, [], town.texts)
    return wrong, heard
