#!/usr/bin/env python3
"""Makes what `textback completion` prints: completion_table.py SHELL FILE ... completion_table.h"""
import sys


def main():
    *pairs, table = sys.argv[1:]
    with open(table, "w", encoding="ascii") as out:
        for shell, name in zip(pairs[::2], pairs[1::2]):
            out.write(f'    {{"{shell}",\n')
            with open(name, encoding="ascii") as script:
                for line in script:
                    text = line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"')
                    out.write(f'     "{text}\\n"\n')
            out.write("    },\n")


main()
