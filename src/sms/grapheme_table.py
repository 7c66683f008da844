#!/usr/bin/env python3
"""Writes the ranges of data/tables/graphemes.tsv as C. Usage: grapheme_table.py TSV OUTPUT"""
import sys

KINDS = {"extend": "EXTEND", "prepend": "PREPEND"}


def main():
    lines = ["/* Generated from data/tables/graphemes.tsv, in order of code point. */",
             "static const struct {", "    uint32_t first, last : 24, kind : 8;", "} ranges[] = {"]
    end = 0
    with open(sys.argv[1], encoding="utf-8") as rows:
        for row in rows:
            if row.startswith("#"):
                continue
            first, last, kind = row.rstrip("\n").split("\t")
            first, last = int(first.removeprefix("U+"), 16), int(last.removeprefix("U+"), 16)
            assert end < first <= last, f"out of order: {row}"
            end = last
            lines.append(f"    {{0x{first:04X}, 0x{last:04X}, {KINDS[kind]}}},")
    with open(sys.argv[2], "w", encoding="utf-8") as output:
        output.write("\n".join(lines + ["};", ""]))


main()
