#!/usr/bin/env python3
"""Writes the fold table as C from data/tables/fold.tsv, checked against the GSM alphabet.
Usage: fold_table.py FOLD_TSV GSM0338_TSV OUTPUT"""
import sys

WORDS = {"SP": " ", "LF": "\n", "NONE": ""}


def alphabet(path):
    with open(path, encoding="utf-8") as rows:
        cells = [row.split("\t") for row in rows]
    return {chr(int(c[2].removeprefix("U+"), 16)) for c in cells if c[0] in ("default", "ext") and c[1] != "0x1B"}


def main():
    known = alphabet(sys.argv[2])
    fold = {}
    with open(sys.argv[1], encoding="utf-8") as rows:
        for row in rows:
            if row.startswith("#"):
                continue
            code, text = row.rstrip("\n").split("\t")[:2]
            point, text = int(code.removeprefix("U+"), 16), WORDS.get(text, text)
            assert chr(point) not in known, f"needs no replacement: {row}"
            assert set(text) <= known, f"not in the alphabet: {row}"
            assert point not in fold, f"twice: {row}"
            fold[point] = text
    lines = ["/* Generated from data/tables/fold.tsv, in order of code point. */",
             "static const struct {", "    uint32_t code;", "    const char *text;", "} fold_table[] = {"]
    for point in sorted(fold):
        octets = "".join(f"\\{octet:03o}" for octet in fold[point].encode())
        lines.append(f'    {{0x{point:04X}, "{octets}"}},')
    with open(sys.argv[3], "w", encoding="utf-8") as output:
        output.write("\n".join(lines + ["};", ""]))


main()
