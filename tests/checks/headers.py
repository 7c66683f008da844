#!/usr/bin/env python3
"""Each header compiles alone with both compilers, says what it is in its first line, and is included once.

usage: headers.py (run in the source root)
"""

import os
import shutil
import subprocess

import tap

FLAGS = "-x c -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-function -Werror -fsyntax-only -I include -I tests".split()


def headers():
    for top in ("include", "src", "tests"):
        for folder, _, files in os.walk(top):
            yield from (os.path.join(folder, file) for file in sorted(files) if file.endswith(".h"))


def compile_alone(compiler, path):
    """Returns what `compiler` says against a file that holds nothing but this #include."""
    include = f'#include "{os.path.abspath(path)}"\n'
    run = subprocess.run([compiler, *FLAGS, "-"], input=include, capture_output=True, text=True)
    return [run.stderr] if run.returncode else []


def form(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if not text.startswith(f"/* {path} - "):
        yield f"{path}:1: does not begin `/* {path} - what it is`"
    if "\n#pragma once\n" not in text:
        yield f"{path}: no #pragma once"


def main():
    paths = sorted(headers())
    tap.result([problem for path in paths for problem in form(path)], "headers say what they are")
    for compiler in ("gcc", "clang"):
        name = f"headers compile alone with {compiler}"
        if shutil.which(compiler):
            tap.result([problem for path in paths for problem in compile_alone(compiler, path)], name)
        else:
            tap.skip(name, f"no {compiler} here")
    tap.done()


if __name__ == "__main__":
    main()
