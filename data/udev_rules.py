#!/usr/bin/env python3
"""Writes the rules for udev(7) from data/tables/families.tsv: who may use a modem, and what its ports are called.
Usage: udev_rules.py FAMILIES_TSV OUTPUT"""

import re
import sys

HEAD = """\
# Modems of textback(1), generated from its table of modems. A file of the same name in /etc/udev/rules.d
# replaces this one, an empty one switches it off.
#
# - ModemManager leaves these modems alone: two programs at one modem take each other's answers.
# - A port has a name that tells the modem by the USB socket it is plugged into, so that sticks of one make
#   are told apart: /dev/textback/SOCKET-ifNN for interface NN, and /dev/textback/SOCKET for the one that
#   reports calls, where that is known. (/dev/serial/by-id tells a modem by its serial number instead.)
# - The ports belong to the group dialout.
# - The group textback may have the kernel let go of a modem and take it again, the last resort when it hangs.
#
# Serial adapters are not touched: anything may be behind them.
ACTION=="remove", GOTO="textback_end"
SUBSYSTEM!="usb|tty", GOTO="textback_end"

"""

TAIL = """
ENV{TEXTBACK_MODEM}!="?*", GOTO="textback_end"
ENV{ID_MM_DEVICE_IGNORE}="1"
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", TEST=="authorized", \\
  RUN+="/bin/chgrp textback $sys$devpath/authorized", RUN+="/bin/chmod g+w $sys$devpath/authorized"
SUBSYSTEM!="tty", GOTO="textback_end"
GROUP="dialout", MODE="0660"
ENV{ID_USB_INTERFACE_NUM}=="?*", SYMLINK+="textback/$env{TEXTBACK_MODEM}-if$env{ID_USB_INTERFACE_NUM}"

"""

END = """
LABEL="textback_end"
"""


def read_modems(path):
    """Returns {(vendor, product): the ports that its rows name}, without adapters and what has no port."""
    modems = {}
    with open(path, encoding="utf-8") as rows:
        for row in rows:
            if row.startswith(("#", "family\t")):
                continue
            _, ids, port, _ = row.rstrip("\n").split("\t")
            if port not in ("none", "network", "chip"):
                for pair in ids.split(", "):
                    modems.setdefault(tuple(pair.split(":")), set()).add(port)
    return modems


def by_vendor(pairs):
    """Yields a vendor and its products as udev matches them, "0121|0125"."""
    for vendor in sorted({vendor for vendor, _ in pairs}):
        yield vendor, "|".join(sorted(product for of, product in pairs if of == vendor and product != "*"))


def modem_rules(modems):
    """A rule a vendor, which keeps the name of the USB device; all products of a vendor need a telling interface."""
    for vendor, products in by_vendor(modems):
        yield f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{products}", ENV{{TEXTBACK_MODEM}}="$id"'
        for port in modems.get((vendor, "*"), ()):
            subclasses = re.fullmatch(r"class ff/([\d|]+)/\d\d", port)[1].split("|")
            shapes = "|".join(f"*:ff{subclass}*" for subclass in subclasses)
            yield (
                f'ATTRS{{idVendor}}=="{vendor}", ENV{{ID_USB_INTERFACES}}=="{shapes}", ENV{{TEXTBACK_MODEM}}="$id"'
            )


def class_ports(modems, vendor):
    """How udev sees the interfaces that report calls, where the vendor's are told by class; none else."""
    for port in modems.get((vendor, "*"), ()):
        subclasses, protocol = port.removeprefix("class ff/").split("/")
        return subclasses, protocol, "|".join(f"*:ff{subclass}{protocol}:*" for subclass in subclasses.split("|"))
    return None


def port_rules(modems):
    """A rule for the products of a vendor whose rows agree on one interface; what a device says of its interfaces by class
    counts more than a number."""
    known = {}
    for pair, ports in modems.items():
        numbers = {port for port in ports if not port.startswith("class ")}
        if len(numbers) == 1 and (port := min(numbers)).isdigit():
            known.setdefault(port, []).append(pair)
    for port in sorted(known, key=int):
        for vendor, products in by_vendor(known[port]):
            told = class_ports(modems, vendor)
            unless = f'ENV{{ID_USB_INTERFACES}}!="{told[2]}", ' if told else ""
            yield (
                f'ENV{{ID_VENDOR_ID}}=="{vendor}", ENV{{ID_MODEL_ID}}=="{products}", {unless}'
                f'ENV{{ID_USB_INTERFACE_NUM}}=="{int(port):02x}", SYMLINK+="textback/$env{{TEXTBACK_MODEM}}"'
            )


def class_rules(modems):
    """A rule for a vendor whose ports are told by class."""
    for vendor in sorted(vendor for vendor, product in modems if product == "*"):
        subclasses, protocol, _ = class_ports(modems, vendor)
        yield (
            f'ENV{{ID_VENDOR_ID}}=="{vendor}", ATTRS{{bInterfaceClass}}=="ff", '
            f'ATTRS{{bInterfaceSubClass}}=="{subclasses}", ATTRS{{bInterfaceProtocol}}=="{protocol}", '
            f'SYMLINK+="textback/$env{{TEXTBACK_MODEM}}"'
        )


def main():
    modems = read_modems(sys.argv[1])
    with open(sys.argv[2], "w", encoding="utf-8") as output:
        output.write(HEAD)
        output.write("".join(rule + "\n" for rule in modem_rules(modems)))
        output.write(TAIL)
        output.write("".join(rule + "\n" for rule in (*port_rules(modems), *class_rules(modems))))
        output.write(END)


main()
