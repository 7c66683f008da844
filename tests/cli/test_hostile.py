"""tests/cli/test_hostile.py - every command over a database in which every name, text, note and caller id wants to do
harm (escape sequences, CSV formulas, HTML, shell, broken UTF-8), and over databases that are damaged."""

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess

import desk
from desk import ok, Desk

EVIL = ["\x1b]0;owned\x07\x1b[2J", "\x9b31m\x85", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "<script>alert(1)</script>&\"'",
        "$(touch owned)`touch owned`;touch owned|", "\u202ereversed\u2066\u200b", "'; DROP TABLE message;--",
        "line\r\nline\x00\x08\x7f", "%n%s%x\\", "+1-2\tTAB", "\ufeff\ue000\U000e0041"]

# Columns whose words are the program's own.
OWN = {"state", "direction", "cause", "outcome", "decision", "source", "rule", "reason", "type", "key", "currency", "pdu",
       "config", "facts", "data", "number", "sha256"}

ADDRESS = "+447700900201"  # somebody in every filled database
READS = [
    ["calls"], ["calls", "--missed"], ["why", "c1"], ["why", "c2"], ["inbox", "--all"], ["inbox", "--unread"],
    ["thread", "1", "--peek"], ["thread", "2", "--peek"], ["thread", "3", "--peek"], ["thread", "4", "--peek"],
    ["search", "line"], ["search", "touch"], ["search", "name:cmd"], ["contact", "list"], ["contact", "export"],
    ["queue", "list"], ["optout", "list"], ["skip", "list"], ["status"], ["stats"], ["roi"],
    ["report", "--html"], ["audit", "1"], ["audit", "4"], ["export"], ["export", "messages", "--csv"], ["events"], ["hours"],
    ["template", "list"], ["template", "lint"], ["db", "check"], ["simulate"], ["follow-up", "list"],
    ["completion", "bash"],
    ["doctor"], ["modem", "list"], ["check"], ["lead", "--help"], ["block", "list"], ["forget", "1", "-n"],
]
# Others write, wait for a modem, or read no database.
OTHERS = {"label", "note", "run", "demo", "setup", "send", "reply", "done", "reopen", "snooze", "won", "lost", "unblock", "pause", "resume",
          "away", "back", "import", "backup", "pdu"}

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def poison(path):
    """Puts something hostile into each text that came from outside."""
    db = sqlite3.connect(path)
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE"
                                           " 'CREATE VIRTUAL%' AND sql NOT LIKE '%WITHOUT ROWID%' AND name NOT LIKE '%words%' AND name NOT LIKE 'sqlite%'")]
    count = 0
    for table in tables:
        for column in db.execute(f"PRAGMA table_info({table})").fetchall():
            name, kind = column[1], column[2]
            if kind != "TEXT" or name in OWN or table == "line":
                continue
            for rowid, in db.execute(f"SELECT rowid FROM {table} WHERE {name} IS NOT NULL").fetchall():
                try:
                    db.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (EVIL[count % len(EVIL)], rowid))
                    count += 1
                except sqlite3.IntegrityError:
                    pass
    for number, (rowid,) in enumerate(db.execute("SELECT id FROM contact ORDER BY id DESC LIMIT 4").fetchall()):
        db.execute("UPDATE contact SET number = ? WHERE id = ?", (EVIL[number], rowid))
    db.commit()
    db.close()
    return count


def judge_table(desk_, arguments):
    """Data for other programs are exact, unless somebody looks at them."""
    shown = desk_.terminal(80, *arguments)
    bad = FORBIDDEN.search(shown.replace("\r\r\n", "\n").replace("\r\n", "\n"))
    ok(len(shown) > 100 and not bad, f"{' '.join(arguments)}: harmless on a terminal", bad, shown[:300])


def judge(desk_, arguments):
    if "--csv" in arguments or arguments == ["contact", "export"]:
        judge_table(desk_, arguments)
        return
    run = desk_.run(*arguments)
    name = " ".join(arguments)
    shown = run.stdout.decode("utf-8", "surrogateescape") + run.stderr.decode("utf-8", "surrogateescape")
    bad = FORBIDDEN.search(shown.replace("\r\n", "\n"))
    ok(run.returncode >= 0 and not bad and not any("\udc80" <= c <= "\udcff" for c in shown), f"{name}: harmless",
       run.returncode, bad, shown[:300])


def judge_json(desk_, arguments):
    if "--csv" in arguments or "--help" in arguments or arguments == ["contact", "export"]:
        return
    run = desk_.run(*arguments, "--json")
    name = " ".join(arguments) + " --json"
    if run.returncode == 2:
        return
    text = run.stdout.decode("utf-8", "surrogateescape")
    try:
        for document in [text] if arguments != ["events"] else text.splitlines():
            if document.strip():
                json.loads(document)
        good = run.returncode >= 0 and not FORBIDDEN.search(text)
    except ValueError as error:
        good, text = False, f"{error}: {text[:300]}"
    ok(good, f"{name}: JSON", text[:300])


def hostile():
    with Desk() as d:
        ok(poison(d.db()) >= 15, "the database is full of it")
        words = re.findall(r"^  ([a-z-]+)  +[a-z]", d.run("--help").stdout.decode().split("Options")[0], re.M)
        known = {arguments[0] for arguments in READS} | OTHERS
        ok(set(words) <= known, "every command is known here", set(words) - known)
        for arguments in READS:
            judge(d, arguments)
            judge_json(d, arguments)
        for what in (["contact", "export"], ["export", "messages", "--csv"]):
            shown = d.run(*what).stdout.decode("utf-8", "replace")
            cells = re.findall(r'(?:^|,)"?([=@+\t-][^",\n]*)', shown, re.M)
            ok(not [c for c in cells if not re.fullmatch(r"\+?[0-9]+|-", c)], f"{' '.join(what)}: no formula", cells[:5])
        page = d.run("report", "--html").stdout.decode()
        ok("</html>" in page and "<script>alert" not in page, "report --html: no script of others")
        ok(not os.path.exists(os.path.join(d.path, "owned")), "no shell was reached")


def damage(path, seed):
    """Changes some octets of some pages, or cuts the file."""
    draw = random.Random(seed)
    with open(path, "r+b") as f:
        data = bytearray(f.read())
        if draw.random() < 0.15:
            data = data[:draw.randrange(len(data))]
        for _ in range(draw.choice([1, 4, 40])):
            at = draw.randrange(max(len(data), 1))
            length = draw.choice([1, 1, 2, 16, 512])
            data[at:at + length] = bytes(draw.choice([0, 255, draw.randrange(256)]) for _ in range(len(data[at:at + length])))
        f.seek(0)
        f.truncate()
        f.write(data)


def damaged():
    first = int(os.environ.get("TEXTBACK_SEED", "1"))
    print(f"# damaged databases from seed {first} (TEXTBACK_SEED)")
    draw = random.Random(first)
    with Desk() as d:
        db = sqlite3.connect(d.db())
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        whole = d.file("whole", "")
        shutil.copy(d.db(), whole)
        reads = [r for r in READS if r[0] not in ("doctor", "modem", "completion", "check", "lead", "hours") and
                 "--csv" not in r and r != ["contact", "export"]]
        for seed in range(first, first + 60):
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(d.db() + suffix):
                    os.remove(d.db() + suffix)
            shutil.copy(whole, d.db())
            damage(d.db(), seed)
            bad = []
            for arguments in draw.sample(reads, 4) + [["send", ADDRESS, "hello"], ["db", "check"]]:
                try:
                    run = d.run(*arguments)
                except subprocess.TimeoutExpired:
                    bad.append((arguments, "hangs"))
                    continue
                shown = (run.stdout + run.stderr).decode("utf-8", "surrogateescape")
                if run.returncode not in (0, 1, 3, 4, 5, 8, 9) or FORBIDDEN.search(shown.replace("\r\n", "\n")):
                    bad.append((arguments, run.returncode, shown[-300:]))
            ok(not bad, f"seed {seed}: a damaged database", *bad)


hostile()
damaged()
print(f"1..{desk.count}")
raise SystemExit(desk.failed != 0)
