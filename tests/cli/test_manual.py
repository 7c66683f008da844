#!/usr/bin/env python3
"""The manual is true: each `$ textback ...` of textback-tutorial(7), run in order on the first call of a new box,
prints what the page shows; and so do those of textback(1) that EXAMPLES names, on a few days of calls.

usage: test_manual.py TEXTBACK FIXTURE CLOCK [--show]

With --show it prints what the commands print now, to be put into the pages.
"""

import os
import re
import shlex
import subprocess
import sys

from desk import CONFIG, FIXTURE, Desk, done, ok

CLOCK = os.path.abspath(sys.argv[3])
NOW = "1795444568"  # 2026-11-23T14:36:08Z, a Monday
EXAMPLES = ("why", "optout", "simulate", "hours", "template")  # the subsections of textback(1)
HOURS = """hours: {mon: ["08:00-17:30"], tue: ["08:00-17:30"], wed: ["08:00-17:30"]}
holidays: [{date: 12-25, name: Christmas}]
templates: {repeat: "It\u2019s {business} again \U0001F600, 20% off", first: "Sorry, we missed you."}
text: {max_parts: 2}
"""
# What a new configuration in textback(1) changes.
NEW = """reply: {delay: 0s, cooldown: 2h, countries: [own, IE]}
limits: {auto_per_person_30d: 2}
"""


def examples(page, sections=None):
    """The commands of a page, each with the lines that follow it; of all its sections, or of these."""
    with open(f"man/{page}", encoding="utf-8") as file:
        text = file.read()
    if sections:
        text = "".join(part for part in re.split(r"^\.Ss ", text, flags=re.MULTILINE)
                       if part.split("\n")[0] in sections)
    for block in re.findall(r"^\.Bd -literal$\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command.replace("\\e", "\\"), output.replace("\\e", "\\").replace("\\&", "")


def check(desk, pairs, least, name):
    env = {"LD_PRELOAD": CLOCK, "TEXTBACK_TEST_CLOCK": NOW, "COLUMNS": "80",
           "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    count = 0
    for command, expected in pairs:
        run = desk.run(*shlex.split(command)[1:], **env)
        shown = run.stdout.decode()
        count += 1
        if "--show" in sys.argv:
            print(f"$ {command}\n{shown}", end="")
        else:
            ok(shown == expected, command, shown, run.stderr.decode())
    ok(count >= least, f"{name} has examples")


def main():
    with Desk(filled=False) as desk:
        subprocess.run([FIXTURE, desk.db(), NOW, "first"], check=True)
        check(desk, examples("textback-tutorial.7"), 9, "textback-tutorial(7)")
    with Desk(filled=False) as desk:
        subprocess.run([FIXTURE, desk.db(), NOW, "past"], check=True)
        config = CONFIG % (desk.path, desk.path)
        desk.file("new.yaml", config.replace('"+447700900123"', '"+447700900123", own_numbers: ["07700 900444"]') + NEW)
        desk.file("config.yaml", config + HOURS)
        desk.file("left.csv", "Name,Number\nJo,07700 900555\n,+447700900556\n")
        check(desk, examples("textback.1", EXAMPLES), len(EXAMPLES), "textback(1)")
    done()


main()
