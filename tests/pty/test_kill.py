"""tests/pty/test_kill.py TEXTBACK MODEMSIM KILLAT - SIGKILL before and after each step of a call, its text and the
answer: after a restart there is one text for the call, and the answer once."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from bench import Bench, Trouble

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result, skip

TEXTBACK, MODEMSIM, KILLAT = (os.path.abspath(p) for p in sys.argv[1:4])
CALLER = "+447700900321"
ANSWER = "The tap drips, and there is water under the sink too " + "please come soon " * 8 + "!"
LATER_S = 900  # a text of unknown fate is sent once more by then
TOGETHER = 6   # runs; most of their time is waiting


class Run:
    """One life of a call; the daemon dies at `step` (0: never) and is started again."""

    def __init__(self, step, after):
        self.bench = Bench(TEXTBACK, MODEMSIM)
        self.armed = self.bench.path("armed")
        self.env = {"LD_PRELOAD": KILLAT, "KILLAT_ARMED": self.armed, "KILLAT_STEP": str(step),
                    "KILLAT_AFTER": str(int(after))}
        self.died = False
        self.steps = 0
        self.marks = 0

    def dead(self):
        return not self.died and self.bench.daemon.poll() is not None

    def revive(self, ready=True):
        """Starts the daemon again where it has died."""
        if self.dead():
            self.died = True
            self.bench.start(ready)

    def start_later(self):
        self.bench.stop()
        self.bench.start(env={"LD_PRELOAD": KILLAT, "KILLAT_AHEAD_S": str(LATER_S)})

    def settle(self):
        """Until nothing is on its way, the daemon dying or not."""
        modem = self.bench.modem
        while True:
            self.marks += 1
            modem.cmd("pause 0.2", "wait idle 20", f'say "idle {self.marks}"')
            if modem.expect(f"say idle {self.marks}", 20, until=self.dead):
                return
            self.revive()

    def call(self):
        """A missed call, and its text."""
        b = self.bench
        with open(self.armed, "wb"):
            b.modem.cmd(f"call {CALLER} rings 0")
        b.until("a call or an end", lambda: self.dead() or self.calls())
        self.revive(ready=False)
        b.until("a call", self.calls)
        b.modem.cmd("hangup")
        b.until("a text or an end", lambda: self.dead() or self.died or b.modem.count("sent "))
        self.revive()
        self.settle()

    def calls(self):
        return self.bench.rows("SELECT * FROM call")

    def live(self):
        b = self.bench
        b.start(env=self.env)
        self.call()
        if self.died:
            self.start_later()
            b.until("a text", lambda: b.modem.count("sent "))
            self.settle()
        b.modem.cmd(f'text {CALLER} "{ANSWER}"')
        self.settle()
        self.steps = os.path.getsize(self.armed)
        self.start_later()
        self.settle()

    def problems(self):
        b = self.bench
        sent = [line for line in b.modem.lines if line.startswith("sent ")]
        items = b.json("thread", CALLER, "--peek")["items"]
        came = [i["text"] for i in items if i["kind"] == "message" and i["direction"] == "in"]
        open_calls = [i for i in items if i["kind"] == "call"
                      and (i["outcome"] == "ringing" or i["decision"] == "pending")]
        found = []
        if len(sent) != 1:
            found.append(f"{len(sent)} texts: {sent}")
        if came != [ANSWER]:
            found.append(f"{len(came)} answers: {came}")
        if open_calls:
            found.append(f"calls left open: {open_calls}")
        return found


def play(step, after):
    """Returns what is wrong, whether the daemon died, and how many steps there were."""
    run = Run(step, after)
    try:
        run.live()
        found = run.problems()
    except (Trouble, LookupError, ValueError) as e:
        found = [f"{type(e).__name__}: {e}"]
    finally:
        if "found" in locals() and found:
            found += run.bench.log().splitlines()[-25:] + run.bench.modem.lines[-12:]
        run.bench.close()
    return found, run.died, run.steps


def main():
    if "__asan" in os.popen(f"nm -D {TEXTBACK} 2>/dev/null").read():
        skip("SIGKILL at every step", "a sanitised program cannot be preloaded")
        done()
    found, _, steps = play(0, False)
    result(found, f"a life without SIGKILL, {steps} steps")
    rounds = [(step, after) for step in range(1, steps + 2) for after in (False, True)]
    with ThreadPoolExecutor(TOGETHER) as pool:
        for (step, after), (found, died, _) in zip(rounds, pool.map(lambda r: play(*r), rounds)):
            where = f"{'after' if after else 'before'} step {step}"
            result(found, f"killed {where}" if died else f"there is no {where.split(' ', 1)[1]}")
    done()


main()
