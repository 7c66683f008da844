#!/usr/bin/env python3
"""textback-doctor(7) has every line that the doctor can say.

usage: doctor.py (run in the source root)
"""

import re
import shutil
import subprocess

import tap

PAGE = "man/textback-doctor.7"
SAID = {  # where it is said: what a text that is said stands in or behind
    "src/cli/checks.c": r"check_say\(r, \w+,|\? ",
    "src/cli/checks_modem.c": r"check_say\(r, [^\"]*?,|\{\"[^\"]*\",|\"AT\+CCFC=\d,0\",|\? |snprintf\([^\"]*",
    "src/daemon/find.c": r"snprintf\([^\"]*|[?:] |note_trouble\([^\"]*",
    "src/io/ports.c": r"[?:] ",
    "src/io/serial.c": r"what = |snprintf\(ret_error, \w+,",
    "src/store/sql.c": r"\{\w+, \w+, ",
    "src/store/store.c": r"snprintf\(ret_error, \w+,",
}
TEXT = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
# How a field of printf(3) is written, and what is told in words of the page's own.
FIELD = re.compile(r"%[-+ 0#]*[\d*]*(?:\.[\d*]*)?[hlzjt]*[a-zA-Z%]")
UNTOLD = {
    "sudo systemctl start textback",
    "out of memory",
    "disk quota used up",
    "file may not grow",
    "no such file or directory",
    "busy: another statement holds the database",
}


def said(path, before):
    """Yields the fixed words of each text."""
    with open(path, encoding="utf-8") as file:
        source = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
    source = re.sub(r'%\w*"\s*PRI\w+\s*"', "%d", source)
    for found in re.finditer(rf"(?=(?:{before})\s*{TEXT})", source):
        text = re.sub(r'"\s*"', "", found[1].strip()).strip('"')
        for words in FIELD.split(text):
            words = words.strip(" :;,()")
            if " " in words and words not in UNTOLD:
                yield words


def main():
    if not shutil.which("mandoc"):
        tap.skip(PAGE, "no mandoc here")
        tap.done()
        return
    page = subprocess.run(["mandoc", "-Tutf8", "-O", "width=1000", PAGE], capture_output=True, text=True).stdout
    page = " ".join(re.sub(".\b", "", page).split())
    for path, before in SAID.items():
        texts = sorted(set(said(path, before)))
        tap.result([f'not in {PAGE}: "{words}"' for words in texts if words not in page] or
                   ([] if texts else ["says nothing"]), f"{path}: what is said, {len(texts)} texts")
    tap.done()


if __name__ == "__main__":
    main()
