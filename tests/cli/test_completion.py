#!/usr/bin/env python3
"""What the shell offers after a tab.

usage: test_completion.py TEXTBACK FIXTURE
"""

import os
import shutil
import subprocess

from desk import TEXTBACK, Desk, done, ok

ROWS = [  # what is typed, some of what is offered, whether that is all
    ([""], ["inbox", "thread", "completion"], False),
    (["inb"], ["inbox"], True),
    (["xyz"], [], True),
    (["inbox", "--"], ["--all", "--follow", "--json", "--help"], False),
    (["thread", "an"], ["Ann Baker"], True),
    (["thread", "1"], ["1"], False),
    (["send", ""], ["1", "Ann Baker"], False),
    (["why", "c5"], ["c5"], True),
    (["queue", "c"], ["cancel"], True),
    (["queue", "cancel", ""], ["m5"], True),
    (["optout", "remove", "Ann"], ["Ann Baker"], True),
    (["nonsense", ""], [], True),
    (["calls", ""], [], True),
]


def offered(desk, words):
    lines = desk.run("completion", "words", "--", *words).stdout.decode().splitlines()
    return [line.split("\t")[0] for line in lines]


def in_bash(desk, words):
    """What bash makes of it, with the real script."""
    quoted = " ".join("'" + word + "'" for word in words)
    script = (f"source <(textback completion bash); COMP_WORDS=(textback {quoted}); COMP_CWORD={len(words)}; "
              "_textback; printf '%s\\n' \"${COMPREPLY[@]}\"")
    env = {**desk.env, "PATH": os.path.dirname(TEXTBACK) + ":" + desk.env["PATH"]}
    return subprocess.run(["bash", "-c", script], capture_output=True, env=env).stdout.decode().splitlines()


with Desk() as desk:
    desk.expect("no shell", ["completion"], 2, "textback completion: SHELL is missing (see textback completion --help)\n")
    desk.expect("an unknown shell", ["completion", "bsh"], 2,
                'textback completion: unknown shell: "bsh" (did you mean bash?)\n')
    desk.expect("nothing to complete", ["completion", "words"], 2)
    for words, some, all_of_it in ROWS:
        got = offered(desk, words)
        good = got == some if all_of_it else set(some) <= set(got)
        ok(good, f"textback {' '.join(words)}", got)
    ok(not any("\x1b" in word for word in offered(desk, ["thread", ""])), "no escape sequence is offered")
    ok(in_bash(desk, ["thread", "an"]) == ["Ann\\ Baker"], "bash quotes a name", in_bash(desk, ["thread", "an"]))
    for shell in "bash", "zsh", "fish":
        script = desk.expect(f"the script for {shell}", ["completion", shell], 0, "").stdout
        if shutil.which(shell):
            run = subprocess.run([shell, "-n"], input=script, capture_output=True)
            ok(run.returncode == 0, f"{shell} reads it", run.stderr)
done()
