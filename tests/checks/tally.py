#!/usr/bin/env python3
"""summary.py counts right: nothing that went wrong may pass as a success.

usage: tally.py (run in the source root)
"""

import sys

import tap

sys.path.insert(0, "tests")
import summary  # noqa: E402, the path comes first

ROWS = [  # name, what the program printed, its exit status, result; passed, failed and skipped results
    ("crash after a good line", "ok 1 - a\n", -11, "ERROR", (1, 1, 0)),
    ("crash before any line", "", -6, "ERROR", (0, 1, 0)),
    ("crash after the plan", "1..1\nok 1 - a\n", -11, "ERROR", (1, 1, 0)),
    ("exit status without a failed line", "ok 1 - a\n1..1\n", 1, "ERROR", (1, 1, 0)),
    ("fewer results than planned", "1..3\nok 1 - a\n", 0, "ERROR", (1, 1, 0)),
    ("more results than planned", "1..1\nok 1 - a\nok 2 - b\n", 0, "ERROR", (2, 1, 0)),
    ("no plan", "ok 1 - a\n", 0, "ERROR", (1, 1, 0)),
    ("no output", "", 0, "SKIP", (0, 1, 0)),
    ("an empty plan", "1..0\n", 0, "SKIP", (0, 1, 0)),
    ("time ran out", "ok 1 - a\n", -15, "TIMEOUT", (1, 1, 0)),
    ("bail out", "ok 1 - a\nBail out! no disk\n", 0, "ERROR", (1, 1, 0)),
    ("failed line, exit status 0", "ok 1 - a\nnot ok 2 - b\n1..2\n", 0, "FAIL", (1, 1, 0)),
    ("failed line, exit status 1", "not ok 1 - b\n1..1\n", 1, "FAIL", (0, 1, 0)),
    ("a skipped line", "ok 1 - a # SKIP no cake\nok 2 - b\n1..2\n", 0, "OK", (1, 0, 1)),
    ("a skipped program", "1..0 # SKIP no cake\n", 0, "SKIP", (0, 0, 1)),
    ("no dash, no number, comments", "# about\nok\nok 2 b\n# done\n1..2\n", 0, "OK", (2, 0, 0)),
    ("plan first", "1..2\nok 1 - a\nok 2 - b\n", 0, "OK", (2, 0, 0)),
]


def main():
    for name, stdout, returncode, result, expected in ROWS:
        record = {"name": name, "stdout": stdout, "returncode": returncode, "result": result}
        passed, failed, skipped, _ = summary.read_program(record)
        counted = (passed, failed, len(skipped))
        tap.result([] if counted == expected else [f"counted {counted}, expected {expected}"], name)
    tap.done()


if __name__ == "__main__":
    main()
