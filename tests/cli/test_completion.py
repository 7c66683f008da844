#!/usr/bin/env python3
"""What the shell offers after a tab.

usage: test_completion.py TEXTBACK FIXTURE
"""

import os
import pty
import re
import select
import shutil
import signal
import subprocess

from desk import TEXTBACK, Desk, done, ok, skip

ROWS = [  # what is typed, some of what is offered, whether that is all
    ([""], ["inbox", "thread", "completion"], False),
    (["export", "ev"], ["events"], True),
    (["template", "lint", ""], [], True),
    (["inb"], ["inbox"], True),
    (["xyz"], [], True),
    (["inbox", "--"], ["--all", "--follow", "--json", "--help"], False),
    (["thread", "an"], ["Ann Baker"], True),
    (["thread", "1"], ["1"], False),
    (["thread", "t1"], ["t1"], True),
    (["send", ""], ["1", "Ann Baker"], False),
    (["template", "render", "fir"], ["first"], True),
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


def words_of(desk, command):
    """The words that its usage begins with: "list" of `contact [list]`, four of `queue cancel|hold|release|retry`."""
    usage = desk.run(command, "--help").stdout.decode().split("\n\n")[0]
    found = re.findall(rf"textback\s+{command}\s+\[?([a-z][a-z_|\s]*)", usage)
    return {word for words in found for word in re.sub(r"\|\s+", "|", words).split()[0].split("|")}


def in_bash(desk, words):
    """What bash makes of it, with the real script."""
    quoted = " ".join("'" + word + "'" for word in words)
    script = (f"source <(textback completion bash); COMP_WORDS=(textback {quoted}); COMP_CWORD={len(words)}; "
              "_textback; printf '%s\\n' \"${COMPREPLY[@]}\"")
    env = {**desk.env, "PATH": os.path.dirname(TEXTBACK) + ":" + desk.env["PATH"]}
    return subprocess.run(["bash", "-c", script], capture_output=True, env=env).stdout.decode().splitlines()


def environment(desk):
    return {**desk.env, "PATH": os.path.dirname(TEXTBACK) + ":" + desk.env["PATH"], "TERM": "dumb"}


def in_fish(desk, line):
    script = f"textback completion fish | source; complete -C '{line}'"
    run = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, env=environment(desk), timeout=20)
    return [offer.split("\t")[0] for offer in run.stdout.decode().splitlines()]


class Zsh:
    """An interactive zsh: what stands on its command line after a tab."""

    def __init__(self, desk, setup):
        self.out = os.path.join(desk.path, "line")
        if not os.path.exists(self.out):
            os.mkfifo(self.out)
        self.reader = os.open(self.out, os.O_RDWR)  # with a writer of our own it never ends
        script = (f"{setup}\nunsetopt beep\nshow() {{ print -r -- \"$BUFFER\" >{self.out}; BUFFER=; }}\n"
                  "zle -N show\nbindkey '^G' show\nPS1='> '\n")
        desk.file(".zshrc", script)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(desk.path)
            os.execvpe("zsh", ["zsh", "-i"], {**environment(desk), "ZDOTDIR": desk.path})

    def after_tab(self, line):
        os.write(self.terminal, line.encode() + b"\t\x07")
        while True:  # what it draws has to go somewhere
            ready = select.select([self.reader, self.terminal], [], [], 20)[0]
            if self.reader in ready:
                return os.read(self.reader, 4096).decode().rstrip("\n")
            if not ready or not os.read(self.terminal, 4096):
                return "nothing within 20 s"

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
        os.close(self.reader)


def test_zsh(desk):
    """Sourced, as --help has it, and as a file of $fpath, as it is installed."""
    functions = os.path.join(desk.path, "functions")
    os.mkdir(functions)
    with open(os.path.join(functions, "_textback"), "wb") as file:
        file.write(desk.run("completion", "zsh").stdout)
    start = "autoload -Uz compinit; compinit -u -D"
    for how, setup in (("sourced", f"{start}; source <(textback completion zsh)"),
                       ("installed", f"fpath=({functions} $fpath); {start}")):
        zsh = Zsh(desk, setup)
        for line, wanted in (("textback inb", "textback inbox "), ("textback thread an", "textback thread Ann\\ Baker "),
                             ("textback thread t1", "textback thread t1 "),
                             ("textback queue can", "textback queue cancel "),
                             ("textback inbox --fol", "textback inbox --follow ")):
            got = zsh.after_tab(line)
            ok(got == wanted, f"zsh, {how}: {line}", got)
        zsh.close()


with Desk() as desk:
    desk.expect("no shell", ["completion"], 2, "textback completion: SHELL is missing (see textback completion --help)\n")
    desk.expect("an unknown shell", ["completion", "bsh"], 2,
                'textback completion: unknown shell: "bsh" (did you mean bash?)\n')
    run = desk.expect("a shell and more", ["completion", "bash", "zsh"], 2, 'textback completion: one argument too many: "zsh"\n')
    ok(run.stdout == b"", "and no script", run.stdout)
    desk.expect("nothing to complete", ["completion", "words"], 2)
    for words, some, all_of_it in ROWS:
        got = offered(desk, words)
        good = got == some if all_of_it else set(some) <= set(got)
        ok(good, f"textback {' '.join(words)}", got)
    for command in offered(desk, [""]):
        missing = words_of(desk, command) - set(offered(desk, [command, ""])) - {"words"}
        ok(not missing, f"the words of {command}", missing)
    ok(not any("\x1b" in word for word in offered(desk, ["thread", ""])), "no escape sequence is offered")
    ok(in_bash(desk, ["thread", "an"]) == ["Ann\\ Baker"], "bash quotes a name", in_bash(desk, ["thread", "an"]))
    if shutil.which("zsh"):
        test_zsh(desk)
    else:
        skip("zsh completes", "no zsh here")
    if shutil.which("fish"):
        for line, wanted in (("textback inb", ["inbox"]), ("textback thread an", ["Ann Baker"]),
                             ("textback template render fir", ["first"]),
                             ("textback inbox --fol", ["--follow"])):
            got = in_fish(desk, line)
            ok(got == wanted, f"fish: {line}", got)
        ok("completion" in in_fish(desk, "textback "), "fish: textback and a blank", in_fish(desk, "textback "))
    else:
        skip("fish completes", "no fish here")
    for shell in "bash", "zsh", "fish":
        script = desk.expect(f"the script for {shell}", ["completion", shell], 0, "").stdout
        if shutil.which(shell):
            run = subprocess.run([shell, "-n"], input=script, capture_output=True)
            ok(run.returncode == 0, f"{shell} reads it", run.stderr)
done()
