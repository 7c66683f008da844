#!/usr/bin/env python3
"""Makes the table of numbering plans: plan_table.py numbering-plans.tsv plan_table.h

Refuses what numbering/plan.h and numbering/pattern.h do not promise."""
import collections
import re
import sys

PATTERNS = ("idd", "strip", "mobile", "fixed", "premium", "shared_cost")
KINDS = ("mobile", "fixed", "premium", "shared_cost")
TEXTS = ("idd", "strip", "transform", "mobile", "fixed", "premium", "shared_cost")
TEXT_SIZE = 1536  # PLAN_TEXT_SIZE
REPEAT_MAX = 17
ATOM = re.compile(r"(?:[0-9]|\[(?:[0-9](?:-[0-9])?)+\])(?:\?|\{([0-9]+)(?:,([0-9]+))?\})?")


def check_pattern(where, pattern):
    """Accepts the patterns that src/numbering/pattern.c reads."""
    at, depth = 0, 0
    while at < len(pattern):
        atom = ATOM.match(pattern, at)
        if atom:
            least, most = int(atom[1] or 1), int(atom[2] or atom[1] or 1)
            if not least <= most <= REPEAT_MAX:
                sys.exit(f"{where}: repeated too often: {atom[0]}")
            at = atom.end()
        elif pattern[at] == ")":
            depth -= 1
            at += 2 if pattern[at + 1 : at + 2] == "?" else 1
        elif pattern[at] in "(|$":
            depth += pattern[at] == "("
            at += 1
        else:
            sys.exit(f"{where}: not in the language of pattern.h: {pattern[at:]}")
        if depth < 0:
            sys.exit(f"{where}: unbalanced: {pattern}")
    if depth:
        sys.exit(f"{where}: unbalanced: {pattern}")


def first_digits(pattern, at=0):
    """The digits with which the branches from `at` on can begin, whether one of them may be empty, and where they end."""
    digits, empty = set(), False
    while True:
        begun = False
        while at < len(pattern) and pattern[at] not in "|)":
            atom = ATOM.match(pattern, at)
            if atom:
                found = {digit for digit in "0123456789" if re.match(re.split(r"[{?]", atom[0])[0], digit)}
                optional, at = atom[0].endswith("?") or atom[1] == "0", atom.end()
            elif pattern[at] == "(":
                found, optional, at = first_digits(pattern, at + 1)
                at += 1
                if pattern[at : at + 1] == "?":
                    optional, at = True, at + 1
            else:
                found, optional, at = set(), True, at + 1
            if not begun:
                digits |= found
            begun = begun or not optional
        empty = empty or not begun
        if pattern[at : at + 1] != "|":
            return digits, empty, at
        at += 1


def read_plans(path):
    with open(path, encoding="ascii") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    plans = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    for plan in plans:
        for column in PATTERNS:
            check_pattern(f"{plan['region']} {column}", plan[column])
        for column in ("calling_code", "trunk"):
            if not re.fullmatch("[0-9]*", plan[column]):
                sys.exit(f"{plan['region']}: {column}: {plan[column]}")
        if not re.fullmatch(r"([0-9]|\$[0-9])*", plan["transform"]):
            sys.exit(f"{plan['region']}: transform: {plan['transform']}")
    return sorted(plans, key=lambda p: (p["calling_code"], p["main"] != "1", p["region"]))


def pack(texts):
    """Byte pair encoding: the most frequent pair gets an octet that no text has, again and again. The texts, each ended
    by a NUL, and what each octet stands for."""
    packed = "\0".join(texts) + "\0"
    pairs = {}
    for octet in sorted(set(map(chr, range(1, 256))) - set(packed)):
        counts = collections.Counter(map("".join, zip(packed, packed[1:])))
        pair, count = max(((p, n) for p, n in counts.items() if "\0" not in p), key=lambda item: (item[1], item[0]))
        if count < 3:
            break
        packed = packed.replace(pair, octet)
        pairs[octet] = pair
    return packed, pairs


def c_string(octets):
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):03o}" for c in octets) + '"'


def c_row(plan, places):
    lengths = sum(1 << int(n) for n in plan["lengths"].split(","))
    fields = [f'"{plan[column]}"' for column in ("region", "calling_code")]
    fields += [str(plan["main"] == "1").lower(), f'"{plan["trunk"]}"', f"0x{lengths:x}"]
    fields += [str(places[plan[column]]) for column in TEXTS if column not in KINDS]
    for column in KINDS:
        digits, empty, _ = first_digits(plan[column])
        if empty and plan[column]:
            sys.exit(f"{plan['region']} {column}: matches no digits at all")
        fields.append(f"{{{places[plan[column]]}, 0x{sum(1 << int(digit) for digit in digits):x}}}")
    return "    {" + ", ".join(fields) + "},\n"


def main():
    source, target = sys.argv[1:]
    plans = read_plans(source)
    texts = sorted({plan[column] for plan in plans for column in TEXTS})
    if max(map(len, texts)) >= TEXT_SIZE:
        sys.exit(f"a pattern of {max(map(len, texts))} characters: PLAN_TEXT_SIZE is too small")
    packed, pairs = pack(texts)
    places, place = {}, 0
    for text, octets in zip(texts, packed.split("\0")):
        places[text] = place
        place += len(octets) + 1
    with open(target, "w", encoding="ascii") as out:
        out.write("/* Generated by plan_table.py: facts from libphonenumber, Copyright (C) 2009-2026\n")
        out.write(" * The Libphonenumber Authors, Apache License 2.0. */\n")
        out.write("static const unsigned char plan_pairs[256][2] = {\n")
        out.writelines(f"    [{ord(octet)}] = {{{ord(pair[0])}, {ord(pair[1])}}},\n" for octet, pair in pairs.items())
        out.write("};\nstatic const unsigned char plan_texts[] =\n")
        out.writelines(f"    {c_string(packed[i:i + 25])}\n" for i in range(0, len(packed), 25))
        out.write(";\nstatic const struct plan plans[] = {\n")
        out.writelines(c_row(plan, places) for plan in plans)
        out.write("};\n")


main()
