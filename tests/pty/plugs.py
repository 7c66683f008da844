"""tests/pty/plugs.py - a directory with /sys and /dev of a machine, and what is plugged in."""

import os
import shutil


class Plugs:
    """TEXTBACK_ROOT of the programs under test: USB modems whose ports are links to pseudo terminals."""

    def __init__(self, root):
        self.root = root
        for folder in ("dev", "sys/class/tty", "sys/bus/usb/devices", "sys/devices"):
            os.makedirs(os.path.join(root, folder))

    def path(self, *names):
        return os.path.join(self.root, *names)

    def dev(self, tty):
        return self.path("dev", tty)

    def _put(self, *names, content):
        path = self.path(*names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content + "\n")

    def plug(self, device, usb_id, ports, serial=None):
        """`ports`: {name of the tty: (interface number, "class subclass protocol" in hex)}."""
        vid, pid = usb_id.split(":")
        for where in (("sys", "devices", device), ("sys", "bus", "usb", "devices", device)):
            self._put(*where, "idVendor", content=vid)
            self._put(*where, "idProduct", content=pid)
        self._put("sys", "bus", "usb", "devices", device, "authorized", content="1")
        if serial:
            self._put("sys", "devices", device, "serial", content=serial)
        for tty, (number, classes) in ports.items():
            interface = ("sys", "devices", device, f"{device}:1.{number}")
            self._put(*interface, "bInterfaceNumber", content=f"{number:02x}")
            names = "bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"
            for name, value in zip(names, classes.split()):
                self._put(*interface, name, content=value)
            os.makedirs(self.path("sys/class/tty", tty))
            os.symlink(self.path(*interface), self.path("sys/class/tty", tty, "device"))

    def unplug(self, device, *ttys):
        for tty in ttys:
            shutil.rmtree(self.path("sys/class/tty", tty))
        shutil.rmtree(self.path("sys/devices", device))
        shutil.rmtree(self.path("sys/bus/usb/devices", device))
