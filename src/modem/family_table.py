#!/usr/bin/env python3
"""Writes the table of USB modems as C from data/tables/families.tsv, in order of vendor and product.
Usage: family_table.py FAMILIES_TSV OUTPUT"""
import re
import sys

NOTES = re.compile(r"second AT port on ([\d, ]+)|leave ([\d, ]+) alone")


def bits(text):
    return sum(1 << int(number) for number in re.findall(r"\d+", text or ""))


def port(text):
    """Returns the C members that say which port it is."""
    if text == "none":
        return ".kind = PORT_NONE"
    if text == "network":
        return ".kind = PORT_NETWORK"
    if text == "chip":
        return ".kind = PORT_CHIP"
    if text == "unknown":
        return ".kind = PORT_UNKNOWN"
    if text.startswith("#"):
        return f".kind = PORT_ORDER, .port = {int(text[1:])}"
    if text.startswith("class "):
        _, subclasses, protocol = text.removeprefix("class ").split("/")
        mask = sum(1 << int(s, 16) for s in subclasses.split("|"))
        return f".kind = PORT_CLASS, .port = {int(protocol, 16)}, .subclasses = 0x{mask:x}"
    return f".kind = PORT_INTERFACE, .port = {int(text)}"


def main():
    lines = {}
    with open(sys.argv[1], encoding="utf-8") as rows:
        for row in rows:
            if row.startswith(("#", "family\t")):
                continue
            family, ids, where, _ = row.rstrip("\n").split("\t")
            second = avoid = 0
            for found in NOTES.finditer(family):
                second |= bits(found[1])
                avoid |= bits(found[2])
            name = re.sub(r"\s*[:(].*", "", family).replace('"', "'")
            for pair in ids.split(", "):
                vid, pid = pair.split(":")
                key = (int(vid, 16), -1 if pid == "*" else int(pid, 16))
                lines.setdefault(key, []).append(
                    f'    {{"{name}", {"FAMILY_ANY" if key[1] < 0 else f"0x{key[1]:04x}"}, 0x{key[0]:04x}, '
                    f'{port(where)}, .second = 0x{second:x}, .avoid = 0x{avoid:x}}},')
    with open(sys.argv[2], "w", encoding="utf-8") as output:
        print("/* Generated from data/tables/families.tsv. */", file=output)
        print("static const struct family families[] = {", file=output)
        for key in sorted(lines):
            print("\n".join(lines[key]), file=output)
        print("};", file=output)


main()
