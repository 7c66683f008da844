#!/usr/bin/env python3
"""An inbox that stays on the screen, in a real terminal (tmux): a text that comes in is shown at once, and the screen
stays whole when the terminal changes its size.

usage: test_session.py TEXTBACK FIXTURE
"""

import os
import shutil
import subprocess
import sys
import time

from desk import TEXTBACK, Desk, done, ok

LIMIT_S = 0.2


class Terminal:
    def __init__(self, desk, columns, lines):
        self.socket = os.path.join(desk.path, "tmux")
        self.env = {**desk.env, "TERM": "xterm", "NO_COLOR": "1"}
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines),
                  f"'{TEXTBACK}' inbox --follow")

    def tmux(self, *arguments):
        run = subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True, env=self.env, timeout=10)
        return run.stdout.decode()

    def until(self, words, seconds=5.0):
        """Waits for words on the screen; returns how long that took, and the screen."""
        begin = time.monotonic()
        while True:
            screen = self.tmux("capture-pane", "-p")
            took = time.monotonic() - begin
            if words in screen or took > seconds:
                return took, screen


def main():
    if not shutil.which("tmux"):
        print("1..0 # SKIP no tmux here")
        sys.exit(0)
    with Desk() as desk:
        terminal = Terminal(desk, 80, 24)
        _, screen = terminal.until("the daemon is not running") # the last line of it
        ok("My boiler" in screen and "the daemon is not running" in screen, "the inbox is shown", screen)
        desk.more()
        took, screen = terminal.until("And bring")
        ok(took < LIMIT_S, "a text that comes in is shown at once", f"after {took:.3f} s", screen)
        ok(screen.count("WAITS") == 1 and screen.count("Ann Baker") == 1, "in its place", screen)
        for columns, lines in (60, 10), (120, 30):
            terminal.tmux("resize-window", "-x", str(columns), "-y", str(lines))
            time.sleep(0.3)
            _, screen = terminal.until("And bring")
            wide = [line for line in screen.splitlines() if len(line) > columns]
            ok(screen.count("WAITS") == (columns >= 80) and screen.count("And bring") == 1 and not wide,
               f"whole at {columns} columns and {lines} lines", screen)
        terminal.tmux("send-keys", "C-c")
        time.sleep(0.2)
        ok("Ann" not in terminal.tmux("capture-pane", "-p"), "Ctrl-C ends it")
        terminal.tmux("kill-server")
    done()


main()
