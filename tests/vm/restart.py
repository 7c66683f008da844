"""tests/vm/restart.py - the next start after a power cut, on this machine: with the database that it left, and with a SIM
that holds what it held."""

import os
import shutil
import tempfile

import judge
from box import CONFIG
from powered import LINE

from bench import Bench # found through box

START_S = 120 # of this machine, which may be busy
TO_DO = ("SELECT (SELECT count(*) FROM message WHERE state IN ('queued', 'sending'))"
         " + (SELECT count(*) FROM call WHERE decision = 'pending')")


class Restart(Bench):
    def __init__(self, textback, modemsim, folder, pdus):
        super().__init__(textback, modemsim)
        for name in judge.FILES:
            if os.path.exists(os.path.join(folder, name)):
                shutil.copy(os.path.join(folder, name), self.directory)
        text = CONFIG.replace("LINES", "  - " + LINE.replace("DEVICE", self.device))
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text.replace("/run/textback", self.directory))
        self.modem.cmd(*(f"pdu {pdu}" for pdu in pdus))

    def is_idle(self):
        """Waits until the modem has nothing left to do."""
        self.modem.cmd(f"wait idle {START_S}", "say idle")
        return self.modem.expect("say idle", within=START_S)

    def go_on(self):
        """Runs until nothing is left to do. Returns what the commands and the daemon say is wrong."""
        self.start(ready=False)
        self.modem.expect("ready", within=START_S)
        self.until("all to be decided and sent", lambda: self.is_idle() and self.rows(TO_DO) == [(0,)], within=START_S)
        wrong = [f"textback db check: {problem}" for problem in self.json("db", "check")["problems"]]
        wrong += [f"textback calls: {call}" for call in self.json("calls", "--limit", "10000")["calls"]
                  if call["outcome"] == "ringing" or call["decision"] not in ("text", "no_text")]
        wrong += [f"textback queue: {text}" for text in self.json("queue")["messages"] if text["state"] == "queued"]
        status, _ = self.stop()
        return wrong + ([f"the daemon ended with {status}"] if status else [])

    def texted(self):
        return [line.split()[1] for line in self.modem.lines if line.startswith("sent ")]


def examine(programs, folder, heard, texts):
    """Returns what is wrong with the database in `folder`, and with what the next start makes of it."""
    with tempfile.TemporaryDirectory() as copy: # the start must find what the cut left, not what a look has made of it
        before = judge.Rows(shutil.copytree(folder, copy, dirs_exist_ok=True))
    wrong = judge.after_cut(before, heard, texts)
    if wrong:
        return wrong
    restart = Restart(programs[0], programs[1], folder, heard.stored.values())
    try:
        wrong = restart.go_on()
        return wrong + judge.after_start(before, judge.Rows(restart.directory), heard, restart.texted(), texts)
    except Exception as error: # whatever it is, it is this image that shows it
        return [f"{type(error).__name__}: {error}", *restart.log().splitlines()[-5:]]
    finally:
        restart.close()
