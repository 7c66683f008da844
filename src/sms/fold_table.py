#!/usr/bin/env python3
"""Writes the fold table as C from data/tables/fold.tsv, checked against the GSM alphabet, and what becomes of a letter
and a mark that together are one of these characters or one of the alphabet (canonical decompositions, which never change).
Usage: fold_table.py FOLD_TSV GSM0338_TSV OUTPUT"""
import sys
import unicodedata

TEXT_SIZE = 6  # octets of a replacement, and its NUL
WORDS = {"SP": " ", "LF": "\n", "NONE": ""}


def alphabet(path):
    with open(path, encoding="utf-8") as rows:
        cells = [row.split("\t") for row in rows]
    return {chr(int(c[2].removeprefix("U+"), 16)) for c in cells if c[0] in ("default", "ext") and c[1] != "0x1B"}


def pairs(known, fold):
    """Returns {(letter, mark): text}."""
    texts = {ord(c): c for c in known} | fold
    decomposed = {point: unicodedata.decomposition(chr(point)).split() for point in texts}
    return {(int(parts[0], 16), int(parts[1], 16)): texts[point]
            for point, parts in decomposed.items() if len(parts) == 2 and not parts[0].startswith("<")}


def c_string(text):
    assert len(text.encode()) < TEXT_SIZE, text
    return '"' + "".join(f"\\{octet:03o}" for octet in text.encode()) + '"'


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
             "static const struct {", "    uint16_t code;", f"    char text[{TEXT_SIZE}];", "} fold_table[] = {"]
    for point in sorted(fold):
        lines.append(f"    {{0x{point:04X}, {c_string(fold[point])}}},")
    lines += ["};", "static const struct {", "    uint16_t letter, mark;", f"    char text[{TEXT_SIZE}];", "} fold_pairs[] = {"]
    for (letter, mark), text in sorted(pairs(known, fold).items()):
        lines.append(f"    {{0x{letter:04X}, 0x{mark:04X}, {c_string(text)}}},")
    with open(sys.argv[3], "w", encoding="utf-8") as output:
        output.write("\n".join(lines + ["};", ""]))


main()
