#!/usr/bin/env python3
"""The form of the source: .clang-format, functions that fit a screen, and nothing left for later.

usage: form.py (run in the source root)
"""

import fnmatch
import os
import re
import shutil
import subprocess

import tap

FUNCTION_LINES_MAX = 70
CLANG_FORMAT_VERSION = "14"  # Debian 12's; others break lines in other places
TOP_LEVEL = "src include config.example.yaml tests man meson.build meson_options.txt README.md LICENSE data build".split()
LEFT_FOR_LATER = re.compile(r"\b(TO" "DO|FIX" "ME|X" "XX)\b")
SKIPPED_FOLDERS = {"corpus", "transcripts", "vectors", "__pycache__"}  # data, not ours to word


def files(*suffixes):
    for top in ("include", "src", "tests", "man", "data"):
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(suffixes))


def lines_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def clang_format(paths):
    name = ".clang-format"
    if not shutil.which("clang-format"):
        return tap.skip(name, "no clang-format here")
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True).stdout
    if not re.search(rf"version {CLANG_FORMAT_VERSION}\.", version):
        return tap.skip(name, f"not clang-format {CLANG_FORMAT_VERSION}: {version.strip()}")
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths], capture_output=True, text=True)
    strays = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error: ", run.stderr, re.MULTILINE)))
    return tap.result([f"clang-format -i {path}" for path in strays], name)


def long_functions(path):
    """A function runs from its head, the last line with a word in the first column, to its "}" there."""
    head = start = 0
    for number, line in enumerate(lines_of(path), 1):
        if re.match(r"[A-Za-z_]", line):
            head = number
        elif line == "{":
            start = head
        elif line == "}" and start:
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield f"{path}:{start}: a function of {number - start + 1} lines"
            start = 0


def left_for_later(path):
    for number, line in enumerate(lines_of(path), 1):
        if LEFT_FOR_LATER.search(line):
            yield f"{path}:{number}: {line.strip()}"


def tour_problems():
    """README's tour has an item a room, `src/ROOM/`: it names each file (`cmd_*` names several), and none that is gone."""
    with open("README.md", encoding="utf-8") as file:
        tour = dict(re.findall(r"^- `src/(\w+)/`(.*(?:\n  .*)*)", file.read(), re.MULTILINE))
    for room in sorted(name for name in os.listdir("src") if os.path.isdir(os.path.join("src", name))):
        told = set(re.findall(r"`([\w*]+)`", tour.get(room, "")))
        here = {name[:-2] for name in os.listdir(os.path.join("src", room)) if name.endswith(".c")}
        for stem in sorted(here):
            if not any(fnmatch.fnmatchcase(stem, name) for name in told):
                yield f"src/{room}/{stem}.c is not in README's tour"
        for name in sorted(told):
            if not fnmatch.filter(here, name):
                yield f"README's tour names src/{room}/{name}.c, which is not there"


def unlisted_tests():
    with open("tests/unit/meson.build", encoding="utf-8") as file:
        listed = set(re.findall(r"^  '(\w+)',$", file.read(), re.MULTILINE))
    here = {name[len("test_") : -len(".c")] for name in os.listdir("tests/unit") if fnmatch.fnmatch(name, "test_*.c")}
    return [f"tests/unit/test_{name}.c is not in tests/unit/meson.build" for name in sorted(here - listed)]


def main():
    sources = sorted(files(".c", ".h"))
    clang_format(sources)
    tap.result([found for path in sources for found in long_functions(path)], "functions fit a screen")
    tap.result([found for path in sorted(files("")) for found in left_for_later(path)], "nothing left for later")
    tap.result(list(tour_problems()), "README's tour names each source file")
    tap.result(unlisted_tests(), "every unit test is run")
    strangers = [name for name in sorted(os.listdir(".")) if name[0] != "." and name not in TOP_LEVEL]
    tap.result(strangers, "the top level holds what belongs there")
    tap.done()


if __name__ == "__main__":
    main()
