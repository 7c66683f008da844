#!/usr/bin/env python3
"""Counts the results of test programs from their TAP and says what failed.

usage: summary.py BUILD-DIRECTORY...

Every `ok` and `not ok` line counts. A program that crashed, ran out of time, broke its plan or printed no
result counts as one more failure, whatever it printed before. The last line is the sum of all directories.
"""

import json
import os
import re
import sys

RESULT = re.compile(r"(ok|not ok)\b")
PLAN = re.compile(r"1\.\.(\d+)\s*(# *SKIP.*)?$", re.IGNORECASE)
SKIP = re.compile(r"# *SKIP\b *(.*)", re.IGNORECASE)
SEED = re.compile(r"# seed \d+", re.MULTILINE)
DETAIL_LINES = 30


def read_tap(text):
    """Returns (passed, failed, skipped, details, problem) of what one program printed."""
    passed, failed, skipped, details, plan, problem = 0, 0, [], [], None, None
    in_failure = False
    for line in text.splitlines():
        result, plan_line = RESULT.match(line), PLAN.match(line)
        if result:
            skip = SKIP.search(line)
            in_failure = result[1] == "not ok"
            if in_failure:
                failed += 1
                details.append(line)
            elif skip:
                skipped.append(line)
            else:
                passed += 1
        elif plan_line:
            plan = int(plan_line[1])
            if plan_line[2]: # the whole program: one skipped result
                plan = 1
                skipped.append(line)
        elif line.startswith("Bail out!"):
            problem = line
        elif in_failure and line.startswith("#"):
            details.append(line)
    results = passed + failed + len(skipped)
    if problem is None and results == 0:
        problem = "printed no result"
    elif problem is None and plan is None:
        problem = "printed no plan: it may have stopped early"
    elif problem is None and plan != results:
        problem = f"planned {plan} results and printed {results}"
    return passed, failed, skipped, details, problem


def read_program(record):
    """Returns (passed, failed, skipped, details) of one record of meson's test log."""
    passed, failed, skipped, details, problem = read_tap(record.get("stdout") or "")
    status = record["returncode"]
    if record["result"] == "TIMEOUT":
        problem = "ran out of time"
    elif status < 0:
        problem = f"was killed by signal {-status}"
    elif status != 0 and failed == 0:
        problem = f"exit status {status}"
    if problem:
        failed += 1
        details.append(f"not ok - {record['name']}: {problem}")
    if failed:
        details += (record.get("stderr") or "").splitlines()[-DETAIL_LINES:]
    return passed, failed, skipped, details


def read_directory(directory):
    """Prints the summary of one build; returns (passed, failed, skipped) counts."""
    log = os.path.join(directory, "meson-logs", "testlog.json")
    passed, failed, skipped, programs = 0, 0, 0, 0
    try:
        with open(log, encoding="utf-8", errors="replace") as lines:
            records = [json.loads(line) for line in lines]
    except OSError:
        records = []
    for record in sorted(records, key=lambda record: record["name"]):
        p, f, s, details = read_program(record)
        programs, passed, failed, skipped = programs + 1, passed + p, failed + f, skipped + len(s)
        if f:
            print(f"-- {directory}: {record['name']}")
            print("\n".join("   " + line for line in details))
        for line in s + SEED.findall(record.get("stdout") or ""):
            print(f"-- {directory}: {record['name']}: {line}")
    if programs == 0:
        print(f"-- {directory}: no test ran: the build failed, or it found none")
        failed += 1
    print(f"{directory}: {passed} passed, {failed} failed, {skipped} skipped in {programs} programs")
    return passed, failed, skipped


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    passed, failed, skipped = map(sum, zip(*map(read_directory, sys.argv[1:])))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed != 0 or passed == 0)


if __name__ == "__main__":
    main()
