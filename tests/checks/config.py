#!/usr/bin/env python3
"""The configurations that we hand out are valid: config.example.yaml, and each one that README shows.

usage: config.py TEXTBACK (run in the source root)
"""

import re
import subprocess
import sys
import tempfile

import tap


def problems(textback, path):
    run = subprocess.run([textback, "check", path], capture_output=True, text=True)
    return [run.stdout + run.stderr or f"exit status {run.returncode}"] if run.returncode else []


def main():
    textback = sys.argv[1]
    tap.result(problems(textback, "config.example.yaml"), "config.example.yaml")
    with open("README.md", encoding="utf-8") as file:
        shown = re.findall(r"^```yaml\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    tap.result([] if shown else ["README.md shows no configuration"], "README shows a configuration")
    for number, text in enumerate(shown, 1):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            tap.result(problems(textback, file.name), f"README: configuration {number}")
    tap.done()


if __name__ == "__main__":
    main()
