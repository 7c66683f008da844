#!/usr/bin/env python3
"""The screens as they were when somebody last looked at them: at 80 and 200 columns, with colour and without, where
the locale has UTF-8 and where it has not. They are kept in tests/cli/golden, an escape written as \\e.

usage: test_golden.py TEXTBACK FIXTURE CLOCK [--bless]

Look at the difference first; then `python3 tests/cli/test_golden.py build/textback build/tests/cli/cli_fixture
build/tests/cli/libclock.so --bless` keeps the screens as they are now.
"""

import difflib
import os
import subprocess
import sys

from desk import FIXTURE, Desk, done, ok

CLOCK = os.path.abspath(sys.argv[3])
NOW = "1795444568"  # 2026-11-23T14:36:08Z
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
SCREENS = ["status", "inbox", "inbox --all", "thread 1 --peek", "thread 4 --peek", "calls", "calls --missed", "why c1",
           "why c3", "queue", "search boil*", "search is:open", "contact", "label", "optout", "contact show 1"]


def screens(desk, columns, colour, locale):
    shown = []
    env = {"LANG": locale, "LD_PRELOAD": CLOCK, "TEXTBACK_TEST_CLOCK": NOW}
    if not colour:
        env["NO_COLOR"] = "1"
    for screen in SCREENS:
        output = desk.terminal(columns, *screen.split(), **env)
        shown.append(f"$ textback {screen}\n" + output.replace("\r\n", "\n").replace("\x1b", "\\e"))
    return "\n".join(shown)


def main():
    with Desk(filled=False) as desk:
        desk.env["ASAN_OPTIONS"] = "verify_asan_link_order=0:detect_leaks=0"
        subprocess.run([FIXTURE, desk.db(), NOW], check=True)
        clock = {"LD_PRELOAD": CLOCK, "TEXTBACK_TEST_CLOCK": NOW}
        desk.run("note", "1", "Key under the mat 🔑", **clock)
        desk.run("label", "1", "urgent", "boiler", **clock)
        desk.run("contact", "set", "6", "渡辺 健太 & Söhne", **clock)
        desk.run("queue", "hold", "m5", **clock)
        for columns in 80, 200:
            for colour in True, False:
                for locale in "C.UTF-8", "C":
                    name = f"{columns}-{'colour' if colour else 'plain'}-{'utf8' if locale != 'C' else 'c'}.txt"
                    path = os.path.join(GOLDEN, name)
                    now = screens(desk, columns, colour, locale)
                    if "--bless" in sys.argv:
                        os.makedirs(GOLDEN, exist_ok=True)
                        with open(path, "w", encoding="utf-8") as file:
                            file.write(now)
                    with open(path, encoding="utf-8") as file:
                        kept = file.read()
                    difference = difflib.unified_diff(kept.splitlines(), now.splitlines(), name, "now", lineterm="")
                    ok(now == kept, name, *list(difference)[:40])
    done()


main()
