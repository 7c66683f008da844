"""tests/vm/qemu.py - one QEMU: started, its console kept and waited for, its devices plugged, ended by its process id."""

import json
import lzma
import os
import queue
import socket
import subprocess
import threading
import time
from typing import NamedTuple

TAIL_LINES = 30


class Machine(NamedTuple):
    """A kind of computer: Debian's name of it, and how QEMU makes one. `uart` is what a pci-serial becomes."""

    architecture: str
    program: str
    package: str
    arguments: tuple
    console: str
    uart: str


AMD64 = Machine("amd64", "qemu-system-x86_64", "qemu-system-x86", ("-M", "q35", "-cpu", "max"), "ttyS0", "ttyS1")
ARM64 = Machine("arm64", "qemu-system-aarch64", "qemu-system-arm", ("-M", "virt", "-cpu", "cortex-a53"), "ttyAMA0", "ttyS0")


class Trouble(Exception):
    """Something did not happen; the message says what."""


def unpack_kernel(vmlinuz, vmlinux):
    """Writes the kernel that is packed in `vmlinuz`: QEMU starts that in half the time."""
    with open(vmlinuz, "rb") as file:
        image = file.read()
    start = image.index(b"\xfd7zXZ\0")
    with open(vmlinux + ".part", "wb") as file:
        file.write(lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(image[start:]))
    os.replace(vmlinux + ".part", vmlinux)


class Qemu:
    """`stem` begins the names of what it leaves: STEM.log, and its sockets while it runs."""

    def __init__(self, stem, kernel, initrd, append, memory_mb=256, arguments=(), machine=AMD64):
        self.stem = stem
        self.lines = queue.Queue()
        self.qmp = None
        self.log = open(stem + ".log", "w", encoding="utf-8")
        if os.path.exists(self.socket("qmp")):
            os.remove(self.socket("qmp"))
        self.process = subprocess.Popen(
            [machine.program, *machine.arguments, "-smp", "1", "-m", str(memory_mb), "-nodefaults", "-no-user-config",
             "-display", "none", "-no-reboot", "-serial", "stdio", "-kernel", kernel, "-initrd", initrd,
             "-append", f"console={machine.console} quiet loglevel=4 panic=-1 mitigations=off cryptomgr.notests {append}",
             "-qmp", f"unix:{self.socket('qmp')},server=on,wait=off", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        threading.Thread(target=self._read_console, daemon=True).start()

    def socket(self, name):
        return f"{self.stem}.{name}"

    def _read_console(self):
        for line in self.process.stdout:
            self.log.write(line)
            self.log.flush()
            self.lines.put(line.strip())
        self.lines.put(None)

    def console(self, within):
        """Yields the lines of the console until it ends; all of it must happen `within` so many seconds."""
        end = time.monotonic() + within
        while True:
            try:
                line = self.lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise Trouble(f"the guest did not end within {within} s") from None
            if line is None:
                return
            yield line

    def connect(self, name, within=30):
        """Returns the host's end of a socket of QEMU's, which appears a moment after its start."""
        end = time.monotonic() + within
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self.socket(name))
                return connection
            except OSError as error:
                connection.close()
                if time.monotonic() > end or self.process.poll() is not None:
                    raise Trouble(f"QEMU has no {name} ({error}): {self.tail(3)}") from None
                time.sleep(0.02)

    def command(self, name, until=None, within=30, **arguments):
        """Asks QEMU's monitor for something, and waits for the event `until` where one is named. Returns the answer."""
        if self.qmp is None:
            connection = self.connect("qmp")
            connection.settimeout(within)
            self.qmp = connection.makefile("rw", encoding="utf-8")
            self.qmp.readline()
            self.command("qmp_capabilities")
        self.qmp.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.qmp.flush()
        said = None
        while said is None or until:
            answer = json.loads(self.qmp.readline())
            if "error" in answer:
                raise Trouble(f"QEMU: {name}: {answer['error']['desc']}")
            said = answer.get("return", said)
            if until and answer.get("event") == until:
                until = None
        return said

    def tail(self, count=TAIL_LINES):
        self.log.flush()
        with open(self.stem + ".log", encoding="utf-8") as file:
            return file.read().splitlines()[-count:]

    def end(self):
        self.process.kill()
        self.process.wait()
        if self.qmp:
            self.qmp.close()
        self.log.close()
