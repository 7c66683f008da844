"""tests/coverage.py COVERAGE.JSON [FILE] - what gcovr has counted, a line for each room; and what is left, to FILE or
stdout. See tests/coverage.sh."""

import json
import sys


def counted(path):
    """Room, place, source line, whether it ran, and how many of its branches were taken, of how many."""
    with open(path, encoding="utf-8") as f:
        files = json.load(f)["files"]
    for file in files:
        with open(file["file"], encoding="utf-8") as f:
            source = f.read().splitlines()
        for line in file["lines"]:
            text = source[line["line_number"] - 1].strip()
            branches = [] if "assert(" in text else [b["count"] > 0 for b in line.get("branches", [])]
            if not line.get("gcovr/noncode") and not line.get("gcovr/excluded") and "assert(false" not in text:
                yield (file["file"].split("/")[1], f"{file['file']}:{line['line_number']}", text, line["count"] > 0,
                       sum(branches), len(branches))


def main():
    rooms, left = {}, []
    for room, place, text, ran, taken, all_branches in counted(sys.argv[1]):
        sums = rooms.setdefault(room, [0, 0, 0, 0])
        for i, value in enumerate((ran, 1, taken, all_branches)):
            sums[i] += value
        if not ran or taken < all_branches:
            left.append(f"{place}: {'ran' if ran else 'never ran'}, {taken} of {all_branches} branches: {text}")
    rooms["all"] = [sum(column) for column in zip(*rooms.values())]
    for room, (ran, lines, taken, branches) in rooms.items():
        print(f"{room:10} {ran} of {lines} lines ({100 * ran / lines:.1f} %), "
              f"{taken} of {branches} branches ({100 * taken / max(branches, 1):.1f} %)")
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as f:
            f.write("\n".join(left) + "\n")
    else:
        print("\n".join(left))


main()
