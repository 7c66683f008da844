#!/usr/bin/env python3
"""Figures, copies, evidence, and what must not be kept.

usage: test_keep.py TEXTBACK FIXTURE
"""

import contextlib
import csv
import html.parser
import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time

from desk import CONFIG, TEXTBACK, Desk, done, ok, skip

MISTAKES = [
    (["stats", "--since", "tomorow"], 2, None),
    (["stats", "--last", "7"], 2, 'textback stats: --last: not a duration: "7" (such as 2h, 7d)\n'),
    (["stats", "--since", "2999-01-01"], 2, 'textback stats: --since: still to come: "2999-01-01"\n'),
    (["roi", "--since", "2999-01-01"], 2, 'textback roi: --since: still to come: "2999-01-01"\n'),
    (["report", "--since", "2026-02-01", "--until", "2026-01-01"], 2, "textback report: --until is before --since\n"),
    (["calls", "--since", "2d", "--until", "3d"], 2, "textback calls: --until is before --since\n"),
    (["export", "cals"], 2, 'textback export: no such table: "cals" (see textback export --help)\n'),
    (["export", "rules"], 2, None),
    (["export", "--csv"], 2, "textback export: --csv needs the name of a table\n"),
    (["export", "calls", "x"], 2, None),
    (["audit"], 2, "textback audit: PERSON is missing (see textback audit --help)\n"),
    (["audit", "99"], 5, 'textback audit: no such thread: "99"\n'),
    (["forget", "1"], 4, "textback forget: nothing was removed (--yes removes it)\n"),
    (["forget", "99", "-y"], 5, 'textback forget: no such thread: "99"\n'),
    (["backup"], 2, "textback backup: FILE is missing (see textback backup --help)\n"),
    (["backup", ""], 2, "textback backup: the name of the file is empty\n"),
    (["backup", "t.db"], 1, "textback backup: t.db: File exists\n"),
    (["backup", "no/where.db"], 1, "textback backup: no/where.db: No such file or directory\n"),
    (["db"], 2, "textback db: check or prune is missing (see textback db --help)\n"),
    (["db", "chekc"], 2, 'textback db: unknown word: "chekc" (did you mean check?)\n'),
]


def test_mistakes():
    with Desk() as desk:
        before = desk.run("events").stdout
        for arguments, status, message in MISTAKES:
            desk.expect(" ".join(arguments), arguments, status, message)
        ok(desk.run("events").stdout == before, "no mistake has changed anything")


def test_stats():
    with Desk() as desk:
        desk.run("won", "1", "450")
        stats = desk.json("stats")
        got = [stats[key] for key in ("calls", "missed", "withheld", "texted", "delivered", "replied", "texts_in", "won")]
        ok(got == [5, 4, 1, 1, 1, 1, 2, 1], "the counts", stats)
        ok(stats["not_texted"] == {"cooldown": 1, "short_code": 1, "withheld": 1}, "why not", stats)
        ok((stats["to_text_median_s"], stats["to_text_p95_s"]) == (15, 15), "how long it took", stats)
        ok(stats["sums"] == [{"currency": "GBP", "jobs": 1, "amount": 45000}], "the sum", stats)
        ok(sum(map(sum, stats["calls_by_weekday_and_hour"])) == 5, "each call is in the grid", stats)
        ok(desk.json("stats", "--until", "3h")["calls"] == 0, "before there was nothing")
        for columns in 40, 80, 200:
            wide = [line for line in desk.terminal(columns, "stats").split("\r\n") if len(line) > columns]
            ok(not wide, f"fits {columns} columns", *wide)
        ok("GBP 450.00 of 1 job" in desk.run("stats").stdout.decode(), "the screen has the sum")


ALL = "--since", "7d", "--until", "2099-01-01"


def test_others():
    """Web forms and follow-ups count, and what comes in a form is no text."""
    with Desk() as desk:
        before = desk.json("stats")
        keys = ["leads", "leads_texted", "leads_replied", "follow_ups", "follow_ups_replied"]
        ok([before[key] for key in keys] == [0] * 5 and before["leads_not_texted"] == {}, "none", before)
        shown = desk.run("stats").stdout + desk.run("report", "--html").stdout
        ok(b"eb forms" not in shown and b"ollow-ups" not in shown, "what is not there is not shown")
        for number, consent in ("700", "yes"), ("701", "yes"), ("702", "no"):
            desk.run("lead", "add", stdin=f"number=07700900{number}\nmessage=Hello\nconsent={consent}\n")
        db = sqlite3.connect(desk.db())
        db.execute("UPDATE message SET state = 'sent', sent = created WHERE cause = 'lead'")
        db.execute("UPDATE part SET state = 'sent', next = NULL WHERE state = 'queued'")
        for after, direction, cause, state, sent in (0, "out", "follow_up", "sent", 1), (1, "in", "received", "received", None), \
                (2, "out", "follow_up", "sent", 1):
            db.execute("INSERT INTO message (line, contact, direction, text, cause, urgency, state, parts, created, changed,"
                       " sent) SELECT line, contact, ?2, 'Hm', ?3, 4, ?4, 1, created + ?1, created, (created + ?1) * ?5"
                       " FROM message WHERE cause = 'lead' LIMIT 1", (after, direction, cause, state, sent))
        db.commit()
        db.close()
        desk.run("won", "+447700900700", "80")
        desk.run("won", "+447700900702", "90")  # was not texted: it does not count
        stats = desk.json("stats", *ALL)
        got = [stats[key] for key in keys + ["texts_in"]]
        ok(got == [3, 2, 1, 2, 1, before["texts_in"] + 1], "the counts", stats)
        ok(stats["leads_not_texted"] == {"consent": 1}, "why not", stats)
        shown = desk.run("stats", *ALL).stdout.decode()
        ok("web forms                   3\n  texted                    2   66 %\n" in shown and
           "  not texted\n    no consent              1\n" in shown and "follow-ups                  2\n" in shown,
           "the screen", shown)
        page = desk.run("report", "--html", *ALL).stdout.decode()
        ok("Web forms<td class=\"n\">3" in page and "Follow-ups<td class=\"n\">2" in page, "the page", page)
        roi = desk.json("roi", *ALL)
        ok([roi[key] for key in ("leads", "leads_texted", "follow_ups", "told")] == [3, 2, 2, 8000], "roi", roi)
        shown = desk.run("roi", *ALL).stdout.decode()
        ok("3 web forms, 2 texted, 1 replied\n2 follow-ups, 1 replied\n\n"
           "         GBP 80.00  1 job won after a text\n" in shown, "roi's screen", shown)


def test_roi():
    with Desk() as desk:
        desk.expect("a wrong figure", ["roi", "--job", "much"], 2, 'textback roi: --job: not an amount in GBP: "much"\n')
        desk.expect("a wrong share", ["roi", "--anyway", "101"], 2,
                    'textback roi: --anyway: not a number from 0 to 100: "101"\n')
        desk.run("won", "1", "450")
        desk.run("won", "1")
        desk.run("won", "1", "9", "--currency", "EUR")
        desk.run("won", "2", "999")  # was never texted: it does not count
        roi = desk.json("roi", "--job", "100", "--cost", "20", "--anyway", "10")
        got = [roi[key] for key in ("won_with_sum", "won_without_sum", "won_in_other_currency", "told", "assumed",
                                    "anyway", "cost", "result")]
        ok(got == [1, 1, 1, 45000, 10000, 5500, 2000, 47500], "the sum", roi)
        shown = desk.run("roi", "--cost", "500").stdout.decode()
        ok("+         GBP 0.00  1 without a sum (--job says what one is worth)" in shown, "one without a sum", shown)
        ok("=       -GBP 50.00  what the texts brought" in shown, "a loss is shown as one", shown)


def test_last_word():
    """The opposite of a result takes its place, and is not one more, until they call again."""
    with Desk() as desk:
        def counts():
            stats = desk.json("stats")
            return stats["won"], stats["lost"], stats["sums"], desk.json("roi")["told"]

        def pounds(amount):
            return [{"currency": "GBP", "jobs": 1, "amount": amount}]

        who = "Ann Baker (07700 900321): job "
        for amount in "£450", "450 £", "GBP 450", "450GBP", "£450.00":
            desk.expect(amount, ["won", "1", amount, "-n"], 0, "", who + "would be won, GBP 450.00\n")
        desk.expect("euros", ["won", "1", "450,5 €", "--currency", "EUR", "-n"], 0, "", who + "would be won, EUR 450.50\n")
        desk.run("won", "1", "450")
        desk.expect("lost, dry", ["lost", "1", "-n"], 0, "", who + "would be lost (no longer won, GBP 450.00)\n")
        desk.expect("lost after all", ["lost", "1"], 0, "", who + "lost (no longer won, GBP 450.00)\n")
        ok(counts() == (0, 1, [], 0), "the last word counts", counts())
        ok("0 won, 1 lost" in desk.run("contact", "show", "1").stdout.decode(), "show has it")
        desk.run("lost", "1", "--undo")
        ok(counts() == (1, 0, pounds(45000), 45000), "taken back, the one before counts again", counts())
        desk.run("lost", "1")
        desk.expect("won after all", ["won", "1", "500"], 0, "", who + "won, GBP 500.00 (no longer lost)\n")
        desk.expect("another job", ["won", "1"], 0, "", who + "won\n")
        ok(counts()[:2] == (2, 0), "a second job is one more", counts())
        desk.run("won", "1", "--undo")
        db = sqlite3.connect(desk.db())
        db.execute("UPDATE result SET at = at - 6000")
        db.commit()
        db.close()
        desk.expect("they called since", ["lost", "1"], 0, "", who + "lost\n")
        ok(counts() == (1, 1, pounds(50000), 50000), "which was about another job", counts())


class Page(html.parser.HTMLParser):
    """All tags of a page, and the attributes that lead elsewhere."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.tags += [name for name, value in attrs if value and "//" in value]


def test_report():
    with Desk() as desk:
        plain, stats = desk.expect("plain", ["report", "--last", "7d"], 0, ""), desk.run("stats", "--last", "7d")
        ok(plain.stdout.splitlines()[1:] == stats.stdout.splitlines()[1:], "without a form it is as stats", plain.stdout)
        desk.expect("one form", ["report", "--html", "--json"], 2, "textback report: --html and --json: one of them\n")
        evil = desk.file("evil.yaml", CONFIG.replace("Brightwater Plumbing", "<script>&amp;") % (desk.path, desk.path))
        run = desk.expect("report", ["-c", evil, "report", "--html"], 0, "")
        page = Page()
        page.feed(run.stdout.decode())
        ok({"svg", "rect", "table", "title"} <= set(page.tags), "it has charts", set(page.tags))
        ok(not {"script", "link", "img", "src", "href"} & set(page.tags), "it needs nothing else", set(page.tags))
        ok(page.tags.count("rect") == 6 + 7 * 24, "a bar for each step, a square for each hour", page.tags.count("rect"))


def test_report_file():
    """A page is there whole or not at all, and nobody else reads it unless they could."""
    with Desk() as desk:
        def look(name):
            with open(os.path.join(desk.path, name), encoding="utf-8") as file:
                return file.read(), os.stat(file.fileno()).st_mode & 0o777

        desk.expect("to a file", ["report", "--html", "page.html"], 0, "", "written to page.html\n")
        text, mode = look("page.html")
        ok(text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n") and mode == 0o600, "a page of one's own", oct(mode))
        os.chmod(os.path.join(desk.path, "page.html"), 0o644)
        os.symlink("page.html", os.path.join(desk.path, "link.html"))
        desk.expect("through a link", ["report", "--last", "7d", "--html=link.html", "-q"], 0, "", "")
        ok(os.path.islink(os.path.join(desk.path, "link.html")) and look("page.html")[1] == 0o644, "links and modes stay")
        desk.expect("no directory", ["report", "--html", "no/page.html"], 1, "textback report: no/page.html: No such file or directory\n")
        desk.expect("a full disk", ["report", "--html", "/dev/full"], 1, "textback report: /dev/full: No space left on device\n")
        os.symlink("/dev/fd/1", os.path.join(desk.path, "out"))
        for name, words in ("-", ["--html", "-"]), ("no name", ["--html"]), ("a pipe", ["--html", "out"]):
            run = desk.expect(f"{name} is standard output", ["report", *words], 0, "")
            ok(run.stdout.startswith(b"<!DOCTYPE") and run.stdout.endswith(b"</html>\n"), f"{name}: the page alone", run.stdout[-80:])
        ok(os.path.islink(os.path.join(desk.path, "out")), "a pipe's name stays")
        ok(sorted(os.listdir(desk.path)) == ["config.yaml", "link.html", "out", "page.html", "t.db"], "nothing else is left",
           os.listdir(desk.path))
        shown = desk.terminal(80, "report", "--html")
        ok(shown == "textback report: a page is nothing for a terminal: --html FILE\r\n", "not on a terminal", shown)


def test_export():
    with Desk() as desk:
        everything = desk.json("export")
        ok([len(everything[name]) for name in ("calls", "messages", "threads", "opt_outs")] == [5, 5, 7, 1], "all",
           {name: len(rows) for name, rows in everything.items() if name != "v"})
        ok(everything["calls"][4]["number"] == "\x1b]0;%n'\"\r<b>", "exactly", everything["calls"])
        rows = list(csv.DictReader(io.StringIO(desk.run("export", "messages", "--csv").stdout.decode(), newline="")))
        ok([row["text"] for row in rows] == [row["text"] for row in everything["messages"]], "CSV has the same", rows)
        ok(list(desk.json("export", "notes")) == ["v", "notes"], "one table")
        audit = desk.json("audit", "1")
        ok([row["id"] for row in audit["calls"]] == [1, 3] and len(audit["rules"]) == 4, "an audit has their calls", audit)
        ok({event["data"].get("thread", 1) for event in audit["events"]} == {1}, "and only their events", audit)
        db = sqlite3.connect(desk.db())
        db.executemany("INSERT INTO opt_out VALUES (?, 'text', 1)", ((f"+4477{n:08d}",) for n in range(4000)))
        db.commit()
        db.close()
        ok(len(desk.json("export", "opt_outs")["opt_outs"]) == 4001, "a long list of numbers comes whole")


def test_damaged_text():
    """Octets that a disk made up: what is printed for programs is UTF-8 and JSON all the same."""
    with Desk() as desk:
        call = desk.json("calls")["calls"][-1]["id"]
        with contextlib.closing(sqlite3.connect(desk.db(), isolation_level=None)) as db:
            db.execute("UPDATE message SET text = CAST(x'61ff622cc3' AS TEXT) WHERE id = 2")
            db.execute("UPDATE contact SET name = CAST(x'41ff' AS TEXT) WHERE id = 1")
            db.execute("UPDATE opt_out SET source = CAST(x'ff' AS TEXT)")
            db.execute("INSERT INTO label (contact, name) VALUES (1, CAST(x'ff62' AS TEXT))")
            db.execute("UPDATE event SET data = CAST(x'7b2261223a22ff227d' AS TEXT) WHERE id = 3")
            db.execute("UPDATE event SET data = '{\"a\":' WHERE id = 4")
            db.execute("UPDATE call SET facts = '{\"a\"' WHERE id = ?", (call,))
        for arguments in (["export"], ["export", "messages", "--csv"], ["export", "opt_outs", "--csv"], ["audit", "1"], ["events"],
                          ["contact", "export", "--csv"], ["contact", "export"], ["optout", "export"], ["why", f"c{call}", "--json"],
                          ["thread", "1", "--peek", "--json"]):
            run = desk.run(*arguments)
            good = run.returncode == 0
            try:
                shown = run.stdout.decode()
                if shown.startswith("{"):
                    good = good and [json.loads(line) for line in (shown.splitlines() if arguments == ["events"] else [shown])]
            except ValueError as error:
                good = False
                print("#", error)
            ok(good and run.stdout, " ".join(arguments), run)
        events = desk.json("export", "events")["events"]
        ok([event["data"] for event in events[2:4]] == [{"a": "\ufffd"}, None], "what can be read", events[2:4])
        rows = list(csv.DictReader(io.StringIO(desk.run("export", "messages", "--csv").stdout.decode(), newline="")))
        ok(rows[1]["text"] == "a\ufffdb,\ufffd", "in its place", rows[1])


def test_forget():
    secret = b"boiler"
    with Desk() as desk:
        desk.run("note", "1", "the boiler is old")
        desk.run("search", "boiler")
        desk.run("optout", "add", "2")
        desk.expect("forget, dry", ["forget", "1", "-n"], 0, "",
                    "Ann Baker (07700 900321) would be forgotten: 2 calls, 2 texts\n")
        held = sqlite3.connect(desk.db())  # so that the log is not removed with the last connection
        held.execute("SELECT count(*) FROM call").fetchall()
        files = [desk.db(), desk.db() + "-wal"]
        ok(any(secret in open(path, "rb").read() for path in files), "it is there before")
        desk.expect("forget", ["forget", "1", "-y"], 0, "", "Ann Baker (07700 900321) forgotten\n")
        for path in files:
            data = open(path, "rb").read() if os.path.exists(path) else b""
            for what in secret, b"Ann Baker", b"+447700900321", b"leaking":
                ok(what not in data, f"no {what} in {os.path.basename(path)}")
        ok(held.execute("SELECT count(*) FROM text_words WHERE text_words MATCH 'boiler'").fetchone() == (0,),
           "nor in the index")
        held.close()
        ok(json.loads(desk.run("events").stdout.splitlines()[-1])["type"] == "forgotten", "with an event")
        desk.expect("it is sound", ["db", "check"], 0, "", "the database is sound\n")
        desk.expect("forget who opted out", ["forget", "2", "-y"], 0)
        listed = desk.json("optout")
        ok([row["number"] for row in listed["opt_outs"]] == ["+447700900777"] and listed["forgotten"] == 1,
           "their number is not on the list", listed)


READER = """
import sqlite3, sys
db = sqlite3.connect("t.db", isolation_level=None)
db.execute("BEGIN")
db.execute("SELECT count(*) FROM call").fetchall()
print("reads", flush=True)
sys.stdin.readline()
db.execute("COMMIT")
print("has read", flush=True)
sys.stdin.readline()
"""


def test_forget_read():
    """What somebody still reads cannot be wiped: it is told, and wiped afterwards."""
    with Desk() as desk:
        reader = subprocess.Popen([sys.executable, "-c", READER], cwd=desk.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        reader.stdout.readline()
        run = desk.run("forget", "1", "-y")
        ok(run.returncode == 8 and run.stderr.decode() ==
           f"textback forget: another program reads the database as it was: what was removed stays in {desk.db()}-wal until "
           "textback db prune wipes it\ntextback forget: all the same they are forgotten\n", "somebody reads", run)
        desk.expect("they are forgotten", ["forget", "1", "-n"], 5)
        reader.stdin.write(b"\n")
        reader.stdout.readline()
        desk.expect("prune", ["db", "prune"], 0, "")
        files = b"".join(open(path, "rb").read() for path in (desk.db(), desk.db() + "-wal"))
        ok(b"leaking" not in files and b"Ann Baker" not in files and b"+447700900321" not in files, "nothing is left")
        reader.communicate()


def gone(desk, *words):
    """None of the words is in the files of the database, as text or as the digits of a PDU."""
    files = [path for path in (desk.db(), desk.db() + "-wal") if os.path.exists(path)]
    data = b"".join(open(path, "rb").read() for path in files)
    for word in words:
        swapped = "".join(b + a for a, b in zip(word[1::2], word[2::2])) if word[0] == "+" else word
        left = [form for form in (word, swapped) if form.encode() in data]
        ok(not left, f"no {word} in the files", left)


def test_forget_lists():
    """Whoever must not be texted is not texted after all else is forgotten."""
    number = "+447700900321"
    with Desk() as desk:
        held = sqlite3.connect(desk.db())
        held.execute("SELECT count(*) FROM call").fetchall()
        desk.run("contact", "set", "1", "Wolfgang Amadeus")  # what was there before must go, too
        desk.run("contact", "set", "1", "Ann Baker")
        for words in ("optout", "add"), ("skip", "add"), ("block",):
            ok(desk.run(*words, number).returncode == 0, " ".join(words))
        ok(desk.run("done", "1").returncode == 0, "done")
        desk.expect("forget them", ["forget", "1", "-y"], 0)
        gone(desk, number, "Wolfgang", "Ann Baker", "leaking")
        lists = desk.json("optout")["opt_outs"], desk.json("skip")
        ok(number not in str(lists), "on no list", lists)
        desk.expect("a command that names the number", ["send", number, "Hello"], 4)
        desk.expect("they are a new thread", ["forget", number, "-n"], 5)
        held.execute("INSERT INTO contact (number, last_at) VALUES ('+447700900322', 0)")
        held.commit()
        desk.expect("somebody else is not concerned", ["send", "+447700900322", "Hello"], 0)
        desk.expect("a name for the number", ["contact", "set", number, "Ann"], 0)
        ok(number in str(desk.json("optout")["opt_outs"]), "it is on the list again")
        ok(number in str(desk.json("skip")), "and on the skip list")
        ok(desk.json("contact", "show", number)["thread"]["blocked"], "and blocked")
        ok(desk.json("optout")["forgotten"] == 0, "and no hash is left")
        desk.expect("once more", ["forget", number, "-y"], 0)
        gone(desk, number)
        desk.expect("they asked to be texted again", ["optout", "remove", number, "-y"], 0)
        desk.expect("but they are blocked", ["send", number, "Hello"], 4)
        desk.expect("and then not", ["unblock", number], 0)
        desk.expect("so they are texted", ["send", number, "Hello"], 0)
        desk.expect("it is sound", ["db", "check"], 0, "", "the database is sound\n")
        held.close()


def test_backup():
    with Desk() as desk:
        desk.expect("backup", ["backup", "copy.db"], 0, "", "copied to copy.db\n")
        path = os.path.join(desk.path, "copy.db")
        ok(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "nobody else can read it")
        ok(desk.run("-d", "copy.db", "export").stdout == desk.run("export").stdout, "it holds the same")
        ok(desk.json("db", "check") == {"v": 1, "problems": []}, "db check, JSON")
        with open(desk.db(), "r+b") as file:
            file.seek(4096 * 3)
            file.write(b"\xa5" * 4096)
        run = desk.run("db", "check")
        ok(run.returncode == 8, "damage is found", run)
    with Desk() as desk:
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        closed = os.path.join(desk.path, "closed")
        os.mkdir(closed, 0o555)
        os.chmod(desk.path, 0o777)
        for name in "t.db", "config.yaml":
            os.chmod(os.path.join(desk.path, name), 0o666)
        try:
            run = subprocess.run([TEXTBACK, "backup", f"{closed}/copy.db"], capture_output=True, check=False, cwd="/",
                                 env={**desk.env, "TEXTBACK_CONFIG": os.path.join(desk.path, "config.yaml")}, **other)
        except PermissionError as e:
            skip("a copy where one may not write", e)
            return
        told = f"textback backup: {closed}/copy.db: Permission denied (sudo textback backup writes anywhere)\n"
        ok(run.returncode == 1 and run.stderr.decode() == told, "a copy where one may not write", run)


def commands_of_page(*words):
    """Those examples of the page that have one of these words, without what is the service's."""
    with open("man/textback.1", encoding="utf-8") as page:
        text = page.read()
    section = text[text.index(".Ss backup"):text.index(".Ss db")]
    examples = "".join(part.split(".Ed")[0] for part in section.split(".Bd -literal -offset indent\n")[1:])
    lines = examples.replace("sudo ", "").replace("/var/lib/textback/", "").splitlines()
    return [line for line in lines if line.split()[0] in words]


def killed_while_writing(desk):
    """A database as somebody leaves it who is killed: with a write-ahead log beside it."""
    program = "import os, sqlite3; db = sqlite3.connect('t.db'); db.execute('PRAGMA wal_autocheckpoint = 0');" \
              "db.execute('DELETE FROM note'); db.execute(\"INSERT INTO note VALUES (7, 1, 'after the copy', 0)\");" \
              "db.commit(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", program], cwd=desk.path, check=False)
    return os.path.getsize(desk.db() + "-wal") > 0


def test_restore():
    """As the page has it, with a write-ahead log that belongs to what is replaced."""
    with Desk() as desk:
        desk.run("note", "1", "before the copy")
        before = desk.run("export").stdout
        desk.expect("a copy to go back to", ["backup", "COPY"], 0)
        ok(killed_while_writing(desk), "somebody was killed while writing")
        steps = [step.replace("textback.db", "t.db").replace("-o textback -g textback ", "")
                 for step in commands_of_page("rm", "install")]
        ok(len(steps) == 2, "the page has the steps", steps)
        for step in steps:
            subprocess.run(step, shell=True, cwd=desk.path, check=True)
        ok(desk.run("export").stdout == before, "back to the copy, nothing of later is left")
        desk.expect("and it is sound", ["db", "check"], 0)
        ok(stat.S_IMODE(os.stat(desk.db()).st_mode) == 0o600, "nobody else can read it")


def test_move():
    """To another card, as the page has it: what a killed daemon had not put into its database comes along."""
    with Desk() as desk, tempfile.TemporaryDirectory() as card:
        ok(killed_while_writing(desk), "somebody was killed while writing")
        here = {"etc/textback": "config.yaml", "var/lib/textback": "t.db t.db-wal t.db-shm"}
        old, new = os.path.join(card, "old"), os.path.join(card, "new")
        for folder, names in here.items():
            os.makedirs(os.path.join(old, folder))
            for name in names.split():
                shutil.copy2(os.path.join(desk.path, name), os.path.join(old, folder, name))
        os.makedirs(new)
        pack, unpack = commands_of_page("tar")
        for step, root in (pack, old), (unpack, new):
            subprocess.run(step.replace("-C /", f"-C {root}"), shell=True, cwd=card, check=True)
        moved = desk.run("-d", os.path.join(new, "var/lib/textback/t.db"), "-c",
                         os.path.join(new, "etc/textback/config.yaml"), "export")
        ok(b"after the copy" in moved.stdout and moved.stdout == desk.run("export").stdout, "all of it has moved", moved)


def test_newer():
    """After a downgrade: the database is left alone."""
    with Desk() as desk:
        db = sqlite3.connect(desk.db())
        db.execute("PRAGMA user_version = 99")
        db.close()
        told = f"{desk.db()}: written by a newer textback\n"
        for command in "inbox", "run", "backup":
            run = desk.run(*[command, "copy.db"][:2 if command == "backup" else 1])
            ok(run.returncode == 8 and told in run.stderr.decode(), f"{command}, the database of a newer version", run)
        ok(not os.path.exists(os.path.join(desk.path, "copy.db")), "no copy was begun")
        doctor = desk.run("doctor").stdout.decode()
        ok("-> install the newer textback again" in doctor, "doctor says what mends it", doctor)
        with open(desk.db(), "wb") as file:
            file.write(b"no database " * 1000)
        desk.expect("run, a file that is damaged", ["run"], 8)


def test_held():
    """Another program holds the whole database: nobody waits for it longer than 5 s."""
    with Desk() as desk, contextlib.closing(sqlite3.connect(desk.db(), isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        daemon = desk.start("run")
        desk.expect("held", ["calls"], 8, f"textback calls: {desk.db()}: busy: another program holds the database\n")
        ok(4 < time.monotonic() - begun < 15, "not for ever", time.monotonic() - begun)
        said = daemon.communicate()[1]
        ok(daemon.returncode == 1 and b"busy" in said, "and the service manager starts the daemon again", daemon.returncode, said)


def test_prune():
    with Desk() as desk:
        desk.run("search", "boiler")
        desk.expect("nothing is old", ["db", "prune"], 0)
        ok(len(desk.json("export")["calls"]) == 5, "so all is there")
        db = sqlite3.connect(desk.db())
        for column in "call.started", "message.created", "event.at", "contact.last_at", "inbound_part.received":
            table, name = column.split(".")
            db.execute(f"UPDATE {table} SET {name} = {name} - 401 * 86400")
        db.commit()
        db.close()
        desk.run("note", "3", "keep this")
        desk.expect("prune, dry", ["db", "prune", "-n"], 0)
        ok(len(desk.json("export")["calls"]) == 5, "a dry run removes nothing")
        desk.expect("prune", ["db", "prune"], 0)
        left = desk.json("export")
        ok([left["calls"], [row["id"] for row in left["messages"]]] == [[], [5]], "only what waits is left", left)
        ok({row["id"] for row in left["threads"]} == {1, 3, 6, 7}, "and who has a name, a note, a text or a block", left)
        ok(desk.json("search", "boiler")["results"] == [], "nothing is found any more")
        desk.expect("it is sound", ["db", "check"], 0)
        forever = desk.file("keep.yaml", CONFIG.replace("/t.db\"}", "/t.db\", keep: off}") % (desk.path, desk.path))
        desk.expect("store.keep: off", ["-c", forever, "db", "prune"], 0, "", "store.keep is off: everything is kept\n")


for test in test_mistakes, test_stats, test_others, test_roi, test_last_word, test_report, test_report_file, test_export, test_damaged_text, test_forget, test_forget_lists, test_forget_read, \
        test_backup, test_restore, test_move, test_newer, test_held, test_prune:
    test()
done()
