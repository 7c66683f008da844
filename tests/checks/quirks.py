#!/usr/bin/env python3
"""What departs from the standard names the transcript that shows it, and each transcript says what it is.

usage: quirks.py (run in the source root)
"""

import glob
import os
import re

import tap

TRANSCRIPTS = {os.path.basename(path)[:-4]: path for path in glob.glob("tests/transcripts/*.txt")}
TABLES = {  # files, and the tables in them of which each row names a transcript
    "src/modem/quirks.c": ["call_lines", "boot_lines", "poll_haters"],
    "src/modem/call_lines.c": ["lines"],
}
NAME = re.compile(r"(?<![\w/-])[a-z0-9]+(?:-[a-z0-9]+){2,}(?![\w/-])")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
REPORT = re.compile(r"\([A-Z][^()]*\)|\([a-z-]+ \d+\)")  # (ModemManager), (python-gsmmodem 12)
HEADER = ("family", "source", "evidence", "what happened", "expected")


def comments(path):
    with open(path, encoding="utf-8") as file:
        return COMMENT.findall(file.read())


def rows(path, table):
    """The rows of a table: a string or a brace that begins one, up to the next one."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = re.search(r"\b%s\[\] = \{\n(.*?)\n *\};" % table, text, re.S) or \
        re.search(r"\} %s\[\] = \{\n(.*?)\n *\};" % table, text, re.S)
    return re.split(r"\n(?=\s*[{\"])", found.group(1)) if found else []


def reasons(path, table):
    """Yields the rows that name neither a transcript nor the report that shows it."""
    shown = False
    for row in rows(path, table):
        comment = " ".join(COMMENT.findall(row))
        if comment.startswith("/* the same"):
            named = shown
        else:
            named = any(name in TRANSCRIPTS for name in NAME.findall(comment)) or REPORT.search(comment)
        if not named:
            yield f"{path}: {table}: {row.strip()}"
        shown = named


def absent(path, table):
    """Yields the rows whose line is in none of the transcripts that they name."""
    texts = []
    for row in rows(path, table):
        comment = " ".join(COMMENT.findall(row))
        if not comment.startswith("/* the same"):
            texts = [open(TRANSCRIPTS[name], encoding="utf-8").read() for name in NAME.findall(comment) if name in TRANSCRIPTS]
        line = re.search(r'"(.*?)"', row).group(1)
        if not any(line in text for text in texts):
            yield f"{path}: {table}: {line}: not in its transcript"


def main():
    for path, tables in TABLES.items():
        for table in tables:
            found = rows(path, table)
            tap.result([] if found else ["no such table"], f"{path}: {table} has rows")
            tap.result(list(reasons(path, table)), f"{path}: each of {table} names what shows it")
    for path, table in (("src/modem/quirks.c", "boot_lines"), ("src/modem/call_lines.c", "lines")):
        tap.result(list(absent(path, table)), f"{path}: each line of {table} is in its transcript")
    sources = glob.glob("src/modem/*.[ch]") + glob.glob("src/at/*.[ch]") + glob.glob("include/modem/*.h")
    missing = [f"{path}: {name}" for path in sorted(sources) for comment in comments(path)
               for name in NAME.findall(comment) if name not in TRANSCRIPTS]
    tap.result(missing, "each transcript that is named is there")
    silent = []
    for name, path in sorted(TRANSCRIPTS.items()):
        with open(path, encoding="utf-8") as file:
            said = {line[2:].split(":")[0] for line in file if line.startswith("# ") and ":" in line}
        silent += [f"{path}: no {key}" for key in HEADER if key not in said]
    tap.result(silent, "each transcript says of which modem it is, what shows it, and what follows")
    tap.done()


main()
