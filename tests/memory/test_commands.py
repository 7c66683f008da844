"""tests/memory/test_commands.py TEXTBACK FIXTURE NOMEM - commands whose allocations fail, one or all from one on: what
they print then is what they always print, or it is one line that says so and exit status 1; what they write is all
there, with the exit status that they always have, or not at all. TEXTBACK_STRIDE=1 takes each allocation of SQLite, for an hour."""

import contextlib
import os
import sqlite3
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from desk import Desk, done, ok  # noqa: E402
from tap import emulated  # noqa: E402

NOMEM = os.path.abspath(sys.argv[3])
WORDS = ("emory", "out of memory")
READS = [["inbox"], ["thread", "1", "--peek"], ["export", "--json"], ["export", "messages", "--csv"], ["search", "boiler"], ["status"]]
WRITES = [(["send", "+447700900391", "We come at nine."], "", "message"),
          (["skip", "import"], "number\n+447700900391\n+447700900392\n", "skip"),
          (["contact", "import"], "name,number,labels\nAnn,+447700900391,a\nBob,+447700900392,\n", "contact"),
          (["lead", "add"], '{"number":"+447700900391","message":"My boiler leaks","consent":true}', "lead")]


def problem(line):
    """What is wrong with what a failing command says."""
    return None if line.count("\n") == 1 and any(word in line for word in WORDS) else line


class Memory:
    def __init__(self, desk, arguments, who, stdin=""):
        self.desk, self.arguments, self.who, self.stdin = desk, arguments, who, stdin
        self.file = os.path.join(desk.path, "count")
        self.asan = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
                     "LSAN_OPTIONS": "suppressions=" + desk.file("lost", "leak:libyaml\n")}

    def run(self, at, more=False):
        preload = " ".join(filter(None, [NOMEM, LIBASAN]))
        env = {"LD_PRELOAD": preload, "NOMEM_AT": str(at), "NOMEM_WHO": self.who, "LANG": "C", **self.asan}
        if more:
            env["NOMEM_MORE"] = "1"
        if at == 0:
            env["NOMEM_COUNT"] = self.file
        return self.desk.run(*self.arguments, stdin=self.stdin, **env)

    def count(self):
        run = self.run(0)
        with open(self.file, encoding="ascii") as f:
            return run, int(f.read())


def asan_library():
    """What has to be loaded after the module into a sanitised program, "" into another; ldd knows this machine's only."""
    if emulated(sys.argv[1]):
        return ""
    needed = subprocess.run(["ldd", os.path.abspath(sys.argv[1])], capture_output=True, text=True, check=True).stdout
    return next((line.split()[2] for line in needed.splitlines() if "libasan" in line), "")


LIBASAN = asan_library()
STRIDE = int(os.environ.get("TEXTBACK_STRIDE", "4001" if LIBASAN else "1009"))


def points(who, total, arguments):
    """Which allocations fail: some of all, and most of those that read a web form before the database is opened."""
    step = STRIDE if who == "sqlite" else min(STRIDE, 61 if LIBASAN else 13)
    if who == "sqlite" and arguments[:2] == ["export", "--json"] and not LIBASAN and not emulated(sys.argv[1]):
        step = min(STRIDE, 97) # of JSON in JSON, where SQLite does not tell
    first = range(1, min(total, 400), min(STRIDE, 31 if LIBASAN else 7)) if who == "sqlite" and arguments[0] == "lead" else []
    return sorted({*first, *range(1, total + 1, step)})


def reads(desk, arguments):
    bad, runs = [], 0
    for who in ("others", "sqlite"):
        memory = Memory(desk, arguments, who)
        good, total = memory.count()
        for at in points(who, total, arguments):
            for more in (False, True):
                run = memory.run(at, more)
                runs += 1
                err = run.stderr.decode()
                same = run.returncode == good.returncode and run.stdout == good.stdout
                if not same and (run.returncode != 1 or problem(err)):
                    bad.append((who, at, more, run.returncode, err[-200:]))
    ok(not bad and runs > 8, f"{' '.join(arguments)}: {runs} runs", *bad[:5])


def rows(desk, table):
    with contextlib.closing(sqlite3.connect(desk.db())) as db:
        sound = db.execute("PRAGMA integrity_check").fetchone()[0]
        return sound, db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def restore(desk, octets):
    for end in ("-wal", "-shm"):
        if os.path.exists(desk.db() + end):
            os.remove(desk.db() + end)
    with open(desk.db(), "wb") as f:
        f.write(octets)


def writes(desk, arguments, stdin, table):
    with contextlib.closing(sqlite3.connect(desk.db())) as db: # left open, it would not see the files of restore()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(desk.db(), "rb") as f:
        octets = f.read()
    before, bad, runs = rows(desk, table)[1], [], 0
    for who in ("others", "sqlite"):
        memory = Memory(desk, arguments, who, stdin)
        good, total = memory.count()
        after = rows(desk, table)[1]
        for at in points(who, total, arguments):
            restore(desk, octets)
            run = memory.run(at, at % 2 == 0)
            runs += 1
            sound, count = rows(desk, table)
            err = run.stderr.decode()
            told = run.returncode == good.returncode or (run.returncode == 1 and not problem(err.splitlines(True)[-1]))
            whole = (count == after) == (run.returncode == good.returncode) # who tries again what failed does nothing twice
            if not told or not whole or sound != "ok" or count not in (before, after):
                bad.append((who, at, run.returncode, count, sound, err[-200:]))
        restore(desk, octets)
    ok(not bad and runs > 4 and after > before, f"{arguments[0]} {arguments[1]}: {runs} runs", before, after, good.returncode, good.stderr, *bad[:5])


def daemon(desk):
    """The service manager starts it again after exit status 1, and never after 7, a mistake in the configuration."""
    bad = []
    for at in (150, 200, 250): # of its configuration: what comes before is the loader's, and may fail
        run = Memory(desk, ["run"], "others").run(at)
        if run.returncode != 1 or b"Cannot allocate memory" not in run.stderr:
            bad.append((at, run.returncode, run.stderr[-200:]))
    ok(not bad, "run: exit status 1", *bad)


with Desk() as d:
    daemon(d)
    for words in READS + [["check"]]:
        reads(d, words)
    for words, given, changed in WRITES:
        writes(d, words, given, changed)
    history = d.run("export", "--json").stdout.decode()
with Desk(filled=False) as d:
    d.run("skip", "add", "+447700900322")
    writes(d, ["import", "-"], history, "call")
done()
