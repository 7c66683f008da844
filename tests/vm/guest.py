"""tests/vm/guest.py - a small Linux in QEMU with this machine's programs: boots in seconds, runs lines of shell.

Its clock is its own: with -icount it advances with the instructions the guest runs, so that a busy host makes the test
slow, and the guest no slower as far as it can tell. What must happen in time is timed by that clock.
"""

import base64
import os
import shlex
import time

import image
from qemu import Qemu, Trouble

REQUEST_S = 300 # of the host, also for the boot: far more than a busy one needs
LOOK_US = 250000 # a look costs a fifth of that
# QEMU 7.2 with -icount may sleep without having set the timer at which a sleeping guest goes on. Each second it tries to
# reach a socket that is not there, and then it sets that timer.
AWAKE = ["-chardev", "socket,id=awake,path=/nonexistent/awake,reconnect=1"]
SHIFT = 2 # 4 ns an instruction: about a small Pi, and what QEMU manages on an idle host


class Guest:
    """`programs` of this machine go to /bin; `ports` are names of byte streams between host and guest: /run/ports/NAME
    there, here streams[NAME], to read and to write; `arguments` are QEMU's. A disk is /dev/vda after `load disk`, and
    end() is a power cut to it. With `saved` it does not boot: it goes on from the moment that another one, with the same
    devices, was saved."""

    def __init__(self, name, programs, ports=(), arguments=(), memory_mb=256, saved=None, shift=SHIFT):
        self.uptime = 0.0
        self.stem = os.path.join(image.CACHE, name)
        machine = image.machine_of(programs[0])
        kernel = image.make_initrd(self.stem + ".cpio", programs, machine)
        self.streams = {}
        names = ["agent", *ports]
        devices = ["-icount", f"shift={shift}", *AWAKE, "-device", "virtio-serial-pci"]
        for port in names:
            path = f"{self.stem}.{port}"
            if os.path.exists(path):
                os.remove(path)
            devices += ["-chardev", f"socket,id={port},path={path},server=on,wait=off",
                        "-device", f"virtserialport,chardev={port},name={port}"]
        if saved:
            devices += ["-incoming", f"exec:cat {shlex.quote(saved)}"]
        self.qemu = Qemu(self.stem, kernel, self.stem + ".cpio", "", memory_mb, [*devices, *arguments], machine)
        try:
            for port in names:
                connection = self.qemu.connect(port)
                connection.settimeout(REQUEST_S if port == "agent" else None)
                self.streams[port] = [connection.makefile(mode, encoding="utf-8", errors="replace", newline="\n")
                                      for mode in "rw"]
            if saved:
                self._go_on()
            else:
                self._answer("boot")
        except BaseException:
            self.end()
            raise

    def _wait_for(self, question, *states):
        end = time.monotonic() + REQUEST_S
        while self.qemu.command(question).get("status") not in states:
            if time.monotonic() > end:
                raise Trouble(f"QEMU: {question} is not {states[0]}")
            time.sleep(0.05)

    def _go_on(self):
        self._wait_for("query-status", "paused")
        self.qemu.command("cont")
        self.out(f"date -s @{int(time.time())}") # its clock stood still

    def save(self, path):
        """Writes down this moment of the guest, which ends with it."""
        self.qemu.command("stop")
        self.qemu.command("migrate", uri=f"exec:cat >{shlex.quote(path)}")
        self._wait_for("query-migrate", "completed")
        self.end()

    def _answer(self, what):
        try:
            status, uptime, said = (self.streams["agent"][0].readline().rstrip("\n") + "  ").split(" ")[:3]
        except (OSError, ValueError):
            raise Trouble(f"the guest does not answer: {what}") from None
        if not status:
            raise Trouble(f"the guest has ended: {what}")
        self.uptime = float(uptime)
        return int(status), base64.b64decode(said).decode("utf-8", "replace")

    def run(self, line):
        """Runs a line of shell. Returns its status and what it said."""
        assert "\n" not in line
        self.streams["agent"][1].write(line + "\n")
        self.streams["agent"][1].flush()
        return self._answer(line)

    def out(self, line):
        """Runs a line of shell that must succeed. Returns what it said."""
        status, said = self.run(line)
        if status:
            raise Trouble(f"{line}: exit {status}: {said.strip()[-300:]}")
        return said

    def timed(self, line):
        """Runs a line of shell that must succeed. Returns what it said, and the seconds it took by the guest's clock."""
        said = self.out(f"read before _ </proc/uptime; {line} && read after _ </proc/uptime && echo $before $after")
        said, _, times = said.rstrip().rpartition("\n")
        before, after = times.split()
        return said, float(after) - float(before)

    def write(self, path, text):
        """Writes a small file."""
        text = text.replace("\\", "\\\\").replace("\n", "\\n")
        self.out(f"printf %b {shlex.quote(text)} >{path}")

    def until(self, what, holds, within=10):
        """Asks again and again, for so many seconds of the guest. Returns what holds() gave once it is true."""
        end = None
        while True:
            value = holds()
            if value:
                return value
            end = end or self.uptime + within
            if self.uptime > end:
                raise Trouble(f"not within {within} s: {what}")
            self.run(f"usleep {LOOK_US}")

    def end(self):
        self.qemu.end() # their readers come to the end of the streams
