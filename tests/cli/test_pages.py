#!/usr/bin/env python3
"""textback-tutorial(7) is true: each `$ textback ...` in it is run, in order, on the first call of a new box, and
prints what the page shows.

usage: test_tutorial.py TEXTBACK FIXTURE CLOCK [--show]

With --show it prints what the commands print now, to be put into the page.
"""

import os
import re
import shlex
import subprocess
import sys

from desk import FIXTURE, Desk, done, ok

CLOCK = os.path.abspath(sys.argv[3])
NOW = "1795444568"  # 2026-11-23T14:36:08Z


def examples():
    """The commands of the page, each with the lines that follow it."""
    with open("man/textback-tutorial.7", encoding="utf-8") as file:
        blocks = re.findall(r"^\.Bd -literal$\n(.*?)^\.Ed$", file.read(), re.MULTILINE | re.DOTALL)
    for block in blocks:
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command.replace("\\e", "\\"), output.replace("\\e", "\\").replace("\\&", "")


def main():
    with Desk(filled=False) as desk:
        subprocess.run([FIXTURE, desk.db(), NOW, "first"], check=True)
        env = {"LD_PRELOAD": CLOCK, "TEXTBACK_TEST_CLOCK": NOW, "COLUMNS": "78",
               "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        count = 0
        for command, expected in examples():
            shown = desk.run(*shlex.split(command)[1:], **env).stdout.decode()
            count += 1
            if "--show" in sys.argv:
                print(f"$ {command}\n{shown}", end="")
            else:
                ok(shown == expected, command, shown)
        ok(count > 8, "the page has examples")
    done()


main()
