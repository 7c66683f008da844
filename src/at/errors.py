"""Turns data/tables/cms-cme-errors.tsv into the rows of a C table: errors.py TABLE > OUTPUT"""
import csv
import sys

last = 0x7FFFFFFF
rows = []
with open(sys.argv[1], encoding="utf-8", newline="") as table:
    for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
        code = row["code"]
        if code.endswith("+"):
            first, end = int(code[:-1]), last
        else:
            first, _, end = code.partition("-")
            first, end = int(first), int(end or first)
        meaning = row["meaning"].replace("\\", "\\\\").replace('"', '\\"')
        rows.append((row["kind"], first, end, row["retry"].upper(), meaning))

for kind, first, end, retry, meaning in sorted(rows):
    print(f'    {{AT_ERROR_{kind}, {first}, {end}, AT_CLASS_{retry}, "{meaning}"}},')
