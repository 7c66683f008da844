#!/usr/bin/env python3
"""No call of a function that overruns, keeps hidden state, hides errors or blocks.

usage: banned.py BUILD-DIRECTORY (run in the source root)

Reads the undefined symbols of every archive and program of the build, and the source as well, since a compiler
may replace a call (atoi becomes strtol).
"""

import os
import re
import subprocess
import sys

import tap

BANNED = "strcpy strcat sprintf strtok atoi localtime gmtime sleep".split()
CALL = re.compile(r"\b(" + "|".join(BANNED) + r")\s*\(")
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def sources():
    for top in ("include", "src", "tests"):
        for folder, _, files in os.walk(top):
            yield from (os.path.join(folder, file) for file in sorted(files) if file.endswith((".c", ".h")))


def calls_in(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # Blanked, not removed, so that the line numbers stay right.
    code = COMMENT_OR_STRING.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for found in CALL.finditer(code):
        yield f"{path}:{code.count(chr(10), 0, found.start()) + 1}: {found[1]}()"


def symbols_in(binary):
    listing = subprocess.run(["nm", "-u", binary], check=True, capture_output=True, text=True).stdout
    for name in sorted(set(re.findall(r"\bU (\w+)", listing))):
        checked = re.fullmatch(r"__(\w+)_chk", name)
        if (checked[1] if checked else name) in BANNED:
            yield f"{binary}: {name}()"


def main():
    directory = sys.argv[1]
    source = os.path.join(directory, "src")
    binaries = [os.path.join(source, name) for name in sorted(os.listdir(source)) if name.endswith(".a")]
    binaries += [path for name in ("textback", "libmodemsim.a") if os.path.exists(path := os.path.join(directory, name))]
    for binary in binaries:
        tap.result(list(symbols_in(binary)), f"{os.path.relpath(binary, directory)}: symbols")
    tap.result([call for path in sources() for call in calls_in(path)], "source: calls")
    tap.done()


if __name__ == "__main__":
    main()
