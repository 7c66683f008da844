#!/usr/bin/env python3
"""Makes the steps of the schema: schema_table.py schema_1.sql schema_2.sql ... schema_table.h

Comments are left out, so that no file carries them, and each line becomes one of C."""
import re
import sys


def lines(name):
    with open(name, encoding="ascii") as f:
        for line in f:
            line = re.sub(r"\s*--.*", "", line).rstrip()
            if line:
                yield line


def main():
    *steps, table = sys.argv[1:]
    with open(table, "w", encoding="ascii") as out:
        for name in steps:
            for line in lines(name):
                text = line.replace("\\", "\\\\").replace('"', '\\"')
                out.write(f'    "{text}\\n"\n')
            out.write("    ,\n")


main()
