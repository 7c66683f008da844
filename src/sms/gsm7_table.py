#!/usr/bin/env python3
"""Writes the GSM 7 bit tables as C from data/tables/gsm0338.tsv. Usage: gsm7_table.py TSV OUTPUT"""
import sys

LANGUAGES = 14
ESCAPE = 0x1B


def read(path):
    """Returns {table: {septet: code point}} without the escape, which the decoder handles itself."""
    tables = {}
    with open(path, encoding="utf-8") as rows:
        next(rows)
        for row in rows:
            table, code, unicode = row.split("\t")[:3]
            septet, point = int(code, 16), int(unicode.removeprefix("U+"), 16)
            assert septet < 0x80 and 0 < point < 0x10000, row
            if septet != ESCAPE:
                assert septet not in tables.setdefault(table, {}), row
                tables[table][septet] = point
    return tables


def c_array(name, tables, prefix, default):
    """One row of 128 code points a language, 0 where the table has none; a language without a table has the default."""
    lines = [f"static const uint16_t {name}[{LANGUAGES}][128] = {{"]
    for language in range(LANGUAGES):
        table = tables.get(f"{prefix}-{language}", tables[default])
        cells = ", ".join(f"[0x{septet:02X}] = 0x{table[septet]:04X}" for septet in sorted(table))
        lines.append(f"    [{language}] = {{{cells}}},")
    return lines + ["};", ""]


def main():
    tables = read(sys.argv[1])
    assert len(tables["default"]) == 127
    lines = ["/* Generated from data/tables/gsm0338.tsv: code points by language and septet, 0 for none. */"]
    lines += c_array("gsm7_locking", tables, "locking", "default")
    lines += c_array("gsm7_single", tables, "single", "ext")
    with open(sys.argv[2], "w", encoding="utf-8") as output:
        output.write("\n".join(lines))


main()
