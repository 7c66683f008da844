"""tests/pty/test_demo.py TEXTBACK MODEMSIM - the demo leaves nothing behind however it ends, and the simulator tells
what is wrong with a script."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
PATIENCE = float(os.environ.get("TEXTBACK_PATIENCE", "1")) # see bench.py
CONVERSATION = "Sorry we missed your call", "under the sink too \U0001F4A7 Could somebody come"

SCRIPTS = [  # what is wrong, the script, the exit status, what is said
    ("an unknown command", "frobnicate\n", 2, ":1: frobnicate: expected a command"),
    ("a call without a number", "# first\n\ncall\n", 2, ":3: call: expected a number, or withheld"),
    ("a text that does not end", 'text +447700900321 "Hi\n', 2, ":1: text: expected a closing quote"),
    ("a strange escape", 'say "\\q"\n', 2, "after a backslash"),
    ("a hang-up without a call", "hangup\n", 2, ":1: hangup: expected a call"),
    ("a time that is none", "pause soon\n", 2, ":1: pause: expected seconds"),
    ("four digits of a second", "pause 0.0001\n", 2, ":1: pause: expected seconds"),
    ("a sender that is too long", 'text ABCDEFGHIJKL "Hi"\n', 2, ":1: text: expected a number or a name"),
    ("a host that does not come", "wait open 0.05\n", 1, ":1: waited in vain"),
    ("too many words", "say 1 2 3 4 5 6 7 8 9 10 11 12 13\n", 2, ":1: say: expected fewer words"),
    ("nothing wrong, no newline at the end", "pause 0.001\nsay done", 0, ""),
    ("quit", "quit\nfrobnicate\n", 0, ""),
]


def check_script(script, status, said):
    with tempfile.NamedTemporaryFile("w", suffix=".script") as f:
        f.write(script)
        f.flush()
        run = subprocess.run([MODEMSIM, "--script", f.name], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=10, check=False)
    if run.returncode != status or said not in run.stderr or bool(said) != bool(run.stderr):
        return [run.returncode, run.stderr]
    return []


def check_typed():
    """A mistyped line on standard input is told, and the next one is taken."""
    run = subprocess.run([MODEMSIM], input="frobnicate\nsay typed\nquit\n", capture_output=True, text=True, timeout=10,
                         check=False)
    if run.returncode != 0 or "stdin:1: frobnicate: expected a command" not in run.stderr or "typed" not in run.stdout:
        return [run.returncode, run.stdout, run.stderr]
    return []


def demo(action, status, *expected, options=()):
    """Runs the demo; action(process) may disturb it, and returns what it has read. Returns what is wrong."""
    with tempfile.TemporaryDirectory(prefix="textback-pty-") as directory:
        began = time.monotonic()
        with subprocess.Popen([TEXTBACK, "demo", *options], stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "TMPDIR": directory}) as process:
            output = (action(process) or "") + process.stdout.read()
        problems = [f"not said: {e}" for e in expected if e not in output]
        if process.returncode != status:
            problems.append(f"exit {process.returncode}")
        if time.monotonic() - began > 15 * PATIENCE:
            problems.append(f"over {15 * PATIENCE} s")
        time.sleep(0.2)
        if os.listdir(directory):
            problems.append(f"left behind: {os.listdir(directory)}")
        return problems + (output.splitlines() if problems else [])


def nothing(_):
    pass


def interrupt(seconds):
    def act(process):
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
    return act


def mistype(process):
    """What the demo says last is how to end it."""
    process.stdin.write("frobnicate\n")
    process.stdin.flush()
    said = []
    while "Ctrl-C" not in "".join(said) and (line := process.stdout.readline()):
        said.append(line)
    process.send_signal(signal.SIGINT)
    return "".join(said)


def kill_daemon(process):
    time.sleep(1.5)
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as children:
        os.kill(int(children.read()), signal.SIGKILL)


DEMOS = [
    ("a demo whose daemon dies", demo, (kill_daemon, 1, "the daemon has ended")),
    ("a demo that is interrupted", demo, (interrupt(1), 1, "interrupted")),
    ("a demo", demo, (nothing, 0, *CONVERSATION)),
]


def main():
    for name, script, status, said in SCRIPTS:
        result(check_script(script, status, said), f"script: {name}")
    result(check_typed(), "typed: a mistake is told and skipped")
    with ThreadPoolExecutor() as pool:
        kept = pool.submit(demo, mistype, 0, *CONVERSATION, "inbox", "demo: frobnicate: expected a command",
                           options=["--keep"])
        ends = [(name, pool.submit(run, *args)) for name, run, args in DEMOS]
        for name, end in ends:
            result(end.result(), name)
        result(kept.result(), "a demo that is kept, told a mistake, until Ctrl-C")
    done()


main()
