#!/usr/bin/env python3
"""The data that this tree holds a copy of is still what its originals beside the tree say, where those are.

usage: copies.py (run in the source root)
"""

import os

import tap

ORIGINALS = "../shared"
COPIES = {  # folder of the originals: the folders here that hold copies, by the same names
    "modems/transcripts": ["tests/transcripts"],
    "vectors": ["tests/vectors", "data/tables"],
}


DEPARTURES = {  # rows, by their first column, that differ on purpose; the copy says why
    "numbering-plans.tsv": {"AR", "BR"},
}


def rows(path):
    """The lines of a file but the comments that a table of ours may begin with."""
    with open(path, encoding="utf-8") as lines:
        return [line for line in lines if not (path.endswith(".tsv") and line.startswith("#"))]


def differences(original, folders):
    """Yields what is missing and what differs; more files here than there are no difference."""
    for name in sorted(name for name in os.listdir(original) if not name.endswith(".md")):
        source = os.path.join(original, name)
        copies = [path for folder in folders if os.path.exists(path := os.path.join(folder, name))]
        if not copies:
            yield f"{source}: no copy in {' or '.join(folders)}"
        for copy in copies:
            changed = set(rows(source)) ^ set(rows(copy))
            strange = {line.split("\t")[0].strip() for line in changed} - DEPARTURES.get(name, set())
            if strange:
                yield f"{copy} differs from {source}: {', '.join(sorted(strange))[:200]}"


def main():
    for folder, copies in COPIES.items():
        original = os.path.join(ORIGINALS, folder)
        name = f"copies of {folder}"
        if os.path.isdir(original):
            tap.result(list(differences(original, copies)), name)
        else:
            tap.skip(name, "no upstream copies here")
    tap.done()


if __name__ == "__main__":
    main()
