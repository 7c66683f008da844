"""tests/checks/tap.py - TAP for the checks: one result() a line, done() at the end."""

import sys

_count = 0
_failed = 0


def result(problems, name):
    """Prints one result: it is fine where the list `problems` is empty, else each is shown."""
    global _count, _failed
    _count += 1
    _failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {_count} - {name}")
    for problem in problems:
        for line in str(problem).splitlines():
            print(f"# {line}")


def skip(name, reason):
    """Prints a result that was not obtained."""
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {reason}")


def emulated(program):
    """Whether it is of another processor than this Python, so that qemu-user runs it."""
    with open(program, "rb") as ours, open(sys.executable, "rb") as host:
        return ours.read(20)[18:] != host.read(20)[18:]


def done():
    """Prints the plan and exits; a check that looked at nothing fails."""
    print(f"1..{_count}")
    sys.exit(_failed != 0 or _count == 0)
