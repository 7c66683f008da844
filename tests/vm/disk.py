"""tests/vm/disk.py - a disk as power cuts leave it: an ext4 file system, and behind it a place where others write what
they know.

QEMU's blklogwrites keeps each write and each flush in the order in which the guest asked for them. What was written
before a flush has survived a cut after it; of what came since, anything may have.
"""

import os
import struct
import subprocess

from image import Missing, run

MIB = 1 << 20
FILES_SIZE = 24 * MIB # of the file system
RECORD_AT = FILES_SIZE # of the modem (modemsim --record)
MARKS_AT = FILES_SIZE + MIB // 2 # of the guest's shell
SIZE = FILES_SIZE + MIB
SECTOR = 512
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4
# How much survives of what is not certain: nothing, a random half of the writes, a random half of their sectors.
MODES = ("none", "writes", "sectors")


def tool(name):
    for folder in ("/usr/sbin", "/sbin", "/usr/bin"):
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    raise Missing(f"{name} is missing (package e2fsprogs)")


def make(path):
    """Makes an empty disk."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        os.remove(path)
    with open(path, "wb") as file:
        file.truncate(SIZE)
    run(tool("mke2fs"), "-q", "-F", "-t", "ext4", "-b", "4096", "-J", "size=4", "-E", "lazy_itable_init=0,root_owner=100:100",
        path, str(FILES_SIZE // 1024) + "k")


def device(path, log=None):
    """QEMU's arguments for it; with a log of what is written to it."""
    if not log:
        backend = ["-blockdev", f"driver=file,node-name=disk,filename={path}"]
    else:
        with open(log, "wb") as file:
            file.truncate(1024 * MIB)
        backend = ["-blockdev", f"driver=file,node-name=files,filename={path}",
                   "-blockdev", f"driver=file,node-name=log,filename={log}",
                   "-blockdev", f"driver=blklogwrites,node-name=disk,file=files,log=log,log-sector-size={SECTOR},"
                                "log-super-update-interval=1"]
    return [*backend, "-device", "virtio-blk-pci,drive=disk"]


def entries(log):
    """Yields (octet, data, flags) of each entry of a log."""
    with open(log, "rb") as file:
        magic, _, count, size = struct.unpack("<QQQI", file.read(28))
        assert (magic, size) == (MAGIC, SECTOR), "a log of blklogwrites"
        at = size
        for _ in range(count):
            file.seek(at)
            sector, sectors, flags, _ = struct.unpack("<QQQQ", file.read(32))
            at += size
            data = b""
            if sectors and not flags & DISCARD:
                file.seek(at)
                data = file.read(sectors * size)
                at += len(data)
            yield sector * size, data, flags


class Medium:
    """What is certainly on the disk, and what may be."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.durable = bytearray(file.read(FILES_SIZE))
        self.volatile = []

    def take(self, octet, data, flags):
        if flags & FLUSH:
            for write in self.volatile:
                self._put(self.durable, *write)
            self.volatile = []
        if data and octet < FILES_SIZE:
            if flags & FUA:
                self._put(self.durable, octet, data)
            else:
                self.volatile.append((octet, data))

    @staticmethod
    def _put(disk, octet, data):
        disk[octet:octet + len(data)] = data

    def cut(self, path, chance, how):
        """Writes what a cut leaves; `how` is one of MODES."""
        disk = bytearray(self.durable)
        for octet, data in self.volatile if how != "none" else []:
            piece = len(data) if how == "writes" else SECTOR
            for at in range(0, len(data), piece):
                if chance.random() < 0.5:
                    self._put(disk, octet + at, data[at:at + piece])
        with open(path, "wb") as file:
            file.write(disk)


def rescue(path, folder, names):
    """Repairs the file system as a start does, and copies those files that are there out of it. Returns what is wrong."""
    checked = subprocess.run([tool("e2fsck"), "-fy", path], capture_output=True, text=True, check=False)
    if checked.returncode not in (0, 1):
        return [f"e2fsck: exit {checked.returncode}: {checked.stdout.strip()[-300:]}"]
    commands = "".join(f"dump /{name} {os.path.join(folder, name)}\n" for name in names)
    subprocess.run([tool("debugfs"), "-f", "-", path], input=commands, capture_output=True, text=True, check=True)
    return []
