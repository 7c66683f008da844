#!/usr/bin/env python3
"""The data that this tree holds a copy of is still what its originals in ../shared say, where those are.

usage: copies.py (run in the source root)
"""

import filecmp
import os

import tap

ORIGINALS = "../shared"
COPIES = {  # folder of the originals: the folders here that hold copies, by the same names
    "modems/transcripts": ["tests/transcripts"],
    "vectors": ["tests/vectors", "data/tables"],
}


def differences(original, folders):
    """Yields what is missing and what differs; more files here than there are no difference."""
    for name in sorted(os.listdir(original)):
        copies = [path for folder in folders if os.path.exists(path := os.path.join(folder, name))]
        if not copies and not name.endswith(".md"):
            yield f"{os.path.join(original, name)}: no copy in {' or '.join(folders)}"
        for copy in copies:
            if not filecmp.cmp(os.path.join(original, name), copy, shallow=False):
                yield f"{copy} differs from {os.path.join(original, name)}"


def main():
    for folder, copies in COPIES.items():
        original = os.path.join(ORIGINALS, folder)
        name = f"copies of {folder}"
        if os.path.isdir(original):
            tap.result(list(differences(original, copies)), name)
        else:
            tap.skip(name, f"no {original} here")
    tap.done()


if __name__ == "__main__":
    main()
