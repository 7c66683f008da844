#!/usr/bin/env python3
"""A seed is the same run each time, bit for bit, whatever was played before it in the same process.

usage: again.py SIMULATE
"""

import re
import subprocess
import sys

SEED = "82187" # the disk fails in it

def digests(*args):
    """Returns what each seed came to."""
    run = subprocess.run([sys.argv[1], "--days", "8", *args], stdout=subprocess.PIPE, check=False)
    return dict(re.findall(r"seed (\d+): .* digest ([0-9a-f]+)", run.stdout.decode("utf-8", "replace")))


def main():
    alone, again, after = digests("--seed", SEED), digests("--seed", SEED), digests("--seed", str(int(SEED) - 1), "--seeds", "2")
    print("1..3")
    print("ok 1" if len(alone) == 1 and len(after) == 2 else "not ok 1", "- a digest of each")
    print("ok 2" if alone == again else "not ok 2", "- the same run once more")
    print("ok 3" if alone.get(SEED) == after.get(SEED) else "not ok 3", "- and after others")


main()
