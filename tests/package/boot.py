#!/usr/bin/env python3
"""The service under a real systemd: boots the Debian that tests/package.sh left, with a simulated modem at its USB.

usage: boot.py DIRECTORY MODEMSIM      DIRECTORY as given to package.sh, MODEMSIM as built (build/tests/modemsim)

Needs root, qemu-system-x86_64 and mke2fs, and some minutes: the guest is emulated, which works everywhere.
Prints the guest's TAP.
"""

import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "vm"))
from qemu import Qemu, Trouble, unpack_kernel

TIME_LIMIT_S = 3600  # it took ten minutes beside other work
UNIT = """[Service]
ExecStart=/bin/sh /guest.sh
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
"""
WATCHDOG = "[Service]\nWatchdogSec=5s\n"  # the minute of the real one is long to wait for


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def inside(root, *command, check=True):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["chroot", root, *command], env=environment, check=check, **quiet)


def make_bootable(root):
    """Puts a kernel and an init into the Debian."""
    packages = ["linux-image-amd64", "initramfs-tools", "systemd-sysv", "udev", "kmod"]
    subprocess.run(["mount", "-t", "proc", "proc", root + "/proc"], check=True)
    try:
        inside(root, "apt-get", "install", "-y", "--no-install-recommends", *packages)
    finally:
        subprocess.run(["umount", root + "/proc"], check=True)


def make_disk(work):
    root, disk = os.path.join(work, "boot-root"), os.path.join(work, "disk.img")
    if not os.path.isdir(root):
        subprocess.run(["cp", "-a", os.path.join(work, "root"), root], check=True)
        make_bootable(root)
    for name in ("textback.deb", "next.deb"):
        shutil.copy(os.path.join(work, "root/tmp", name), os.path.join(root, name))  # a boot empties /tmp
    inside(root, "dpkg", "--purge", "textback", check=False)
    inside(root, "apt-get", "install", "-y", "--no-install-recommends", "/textback.deb")
    shutil.copy(os.path.join(HERE, "guest.sh"), os.path.join(root, "guest.sh"))
    write(root, "etc/systemd/system/guest.service", UNIT)
    write(root, "etc/systemd/system/textback.service.d/watchdog.conf", WATCHDOG)
    wanted = os.path.join(root, "etc/systemd/system/multi-user.target.wants/guest.service")
    if not os.path.islink(wanted):
        os.symlink("/etc/systemd/system/guest.service", wanted)
    if os.path.exists(disk):
        os.remove(disk)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, disk, "2G"], check=True)
    return root, disk


def boot(work, root, disk, port):
    names = sorted(os.listdir(os.path.join(root, "boot")))
    packed, initrd = (next(n for n in reversed(names) if n.startswith(s)) for s in ("vmlinuz", "initrd"))
    kernel = os.path.join(work, "vmlinux")
    unpack_kernel(os.path.join(root, "boot", packed), kernel)
    return Qemu(
        os.path.join(work, "boot"), kernel, os.path.join(root, "boot", initrd),
        "root=/dev/vda rw systemd.show_status=no systemd.mask=serial-getty@ttyS0.service", 512,
        ["-drive", f"if=none,id=d0,file={disk},format=raw,cache=unsafe", "-device", "virtio-blk-pci,drive=d0",
         "-device", "qemu-xhci,id=usb", "-chardev", f"serial,id=m0,path={port}"])


def follow(guest, modem):
    """Prints the TAP of the guest, plugs the modem in where it says PLUG (a serial adapter with the simulated modem behind
    it), and rings it where it says CALL. Returns whether all was well."""
    fine = done = False
    for line in guest.console(TIME_LIMIT_S):
        if line.startswith("PLUG"):
            guest.command("device_add", driver="usb-serial", id="modem", chardev="m0", **{"always-plugged": True})
        elif line.startswith("CALL"):
            modem.stdin.write("call +447700900321 rings 3\n")
            modem.stdin.flush()
        elif line.startswith(("ok ", "not ok ", "# ", "1..")):
            print(line, flush=True)
            fine = (fine or line.startswith("ok 1 ")) and not line.startswith("not ok")
        done = done or line == "DONE"
    return fine and done


def main():
    work, program = os.path.abspath(sys.argv[1]), sys.argv[2]
    root, disk = make_disk(work)
    modem = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = modem.stdout.readline().split()[1]
    guest = boot(work, root, disk, port)
    began = time.monotonic()
    try:
        fine = follow(guest, modem)
    except Trouble as trouble:
        print(f"not ok - {trouble}", *(f"# {line}" for line in guest.tail()), sep="\n")
        fine = False
    guest.end()
    modem.terminate()
    print(f"# {time.monotonic() - began:.0f} s in the guest")
    sys.exit(not fine)


main()
