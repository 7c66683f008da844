#!/usr/bin/env python3
"""The lists of numbers, skip and optout: all of a file comes in, or nothing of it; what goes out comes in again.

usage: test_numbers.py TEXTBACK FIXTURE
"""

import csv
import io
import os
import sqlite3
import time

from desk import Desk, done, ok


def numbers(desk, command="skip"):
    return [row["number"] for row in desk.json(command)[{"skip": "skipped", "optout": "opt_outs"}[command]]]


def events(desk):
    with sqlite3.connect(desk.db()) as db:
        return db.execute("SELECT count(*) FROM event").fetchone()[0]


def test_files():
    good = (
        ("a plain list", "07700900001\n+44 7700 900002\n", ["+447700900001", "+447700900002"]),
        ("comments, blanks and empty lines", "# family\n\n  07700900001  \n\t# Jo\n\n", ["+447700900001"]),
        ("CR LF and no end", "07700900001\r\n07700900002", ["+447700900001", "+447700900002"]),
        ("CR alone", "07700900001\r07700900002\r", ["+447700900001", "+447700900002"]),
        ("a byte order mark", "\ufeff07700900001\n", ["+447700900001"]),
        ("CSV", 'Name,Phone\n"Ng, Eve",07700900001\n\n,07700900002\n', ["+447700900001", "+447700900002"]),
        ("CSV with a byte order mark", "\ufeffNumber\n07700900001\n", ["+447700900001"]),
        ("an apostrophe that a spreadsheet wanted", "number\n'+44 7700 900001x\n", None),
        ("twice the same", "07700900001\n+447700900001\n", ["+447700900001"]),
        ("a short code", "60777\nsc:888\n", ["60777", "888"]),
        ("nothing", "", []),
        ("a title alone", "number,name\n", []),
    )
    for name, text, wanted in good:
        with Desk() as desk:
            run = desk.run("skip", "import", stdin=text)
            if wanted is None:
                ok(run.returncode == 1, name, run)
                continue
            ok(run.returncode == 0 and numbers(desk) == wanted, f"{name}: read", run, numbers(desk))


def test_wrong():
    wrong = (
        ("a word", "07700900001\nJo Baker\n", ['standard input:2:1: "Jo Baker" '
                                                "has characters that no telephone number has"]),
        ("every row that is wrong", "12\n07700900001\n  0\n", ['standard input:1:1: "12" has too few digits',
                                                                'standard input:3:3: "0" has too few digits']),
        ("in its column", 'name,number\n"a,\nb",07700900001\nJo,7\n', ['standard input:4:4: "7" has too few digits']),
        ("a row without it", "name,number\nJo\n", ['standard input:2:1: "Jo" is the last field: the number is missing']),
        ("a quote", 'number\n07700900001\n"07700900002\n',
         ['standard input:3:1: "07700900002" has a quote that is not closed']),
        ("escapes", "\x1b[2J\n", ['standard input:1:1: "<1B>[2J" has characters that no telephone number has']),
    )
    for name, text, errors in wrong:
        with Desk() as desk:
            before = events(desk)
            run = desk.run("optout", "import", "-", stdin=text)
            count = len(errors)
            expected = [f"textback optout: {error}" for error in errors]
            expected.append(f"textback optout: standard input: {count} of its rows cannot be used: nothing was changed")
            ok(run.returncode == 1 and run.stderr.decode().splitlines() == expected, f"{name}: told", run.stderr.decode())
            ok(numbers(desk, "optout") == ["+447700900777"] and events(desk) == before, f"{name}: nothing has changed")
    with Desk() as desk:
        run = desk.run("skip", "import", stdin="x\n" * 50)
        told = run.stderr.decode().splitlines()
        ok(len(told) == 22 and told[-2].endswith("and 30 more"), "not more than twenty are told", told)
        desk.expect("no such file", ["skip", "import", "none.txt"], 1,
                    "textback skip: none.txt: No such file or directory\n")
        desk.expect("a directory", ["skip", "import", "."], 1)
        desk.expect("a NUL", ["skip", "import"], 2, "textback skip: the list holds a NUL\n", stdin="1\0")
        desk.expect("too much", ["skip", "import"], 4, None, stdin="#" * (4 << 20) + "\n\n")
        desk.expect("two files", ["skip", "import", "a", "b"], 2)
        desk.expect("export takes none", ["skip", "export", "a"], 2)


def test_effect():
    with Desk() as desk:
        path = desk.file("list.txt", "07700900556\n07700900777\n")
        before = events(desk)
        desk.expect("a dry run", ["optout", "import", path, "-n"], 0, "", "1 would be opted out, 1 already\n")
        ok(events(desk) == before and numbers(desk, "optout") == ["+447700900777"], "changes nothing")
        desk.expect("import", ["optout", "import", path], 0, "", "1 opted out, 1 already\n")
        ok(numbers(desk, "optout") == ["+447700900556", "+447700900777"], "they are on the list")
        states = [message["state"] for message in desk.json("thread", "07700900556", "--peek")["items"]]
        ok(states == ["cancelled"], "and what waited for them is cancelled", states)
        result = desk.json("optout", "import", path)
        ok(result == {"v": 1, "added": 0, "known": 2, "dry_run": False}, "JSON", result)
        desk.expect("they are not texted", ["send", "07700900556", "hi"], 4)
        for end in "", "-wal", "-shm":
            if os.path.exists(desk.db() + end):
                os.unlink(desk.db() + end)
        desk.expect("into a new database", ["optout", "import", path], 0, "", "2 opted out, 0 already\n")


def test_beside_the_daemon():
    """Somebody who writes meanwhile, as the daemon does when a call comes, gets in between two rows of a long list."""
    many = [f"+447911{n:06}" for n in range(60000)]  # several times what is written at once on a fast machine
    with Desk() as desk:
        path = desk.file("list.txt", "".join(f"{number}\n" for number in many))
        wrong = desk.file("wrong.txt", "".join(f"{number}\n" for number in many) + "x\n")
        run = desk.run("skip", "import", wrong)
        ok(run.returncode == 1 and numbers(desk) == [], "a long list whose last row is wrong: nothing", run)
        between = set()
        with sqlite3.connect(desk.db(), timeout=0, isolation_level=None) as db:
            process = desk.start("skip", "import", path)
            while process.poll() is None:
                try:
                    db.execute("BEGIN IMMEDIATE")
                    between.add(db.execute("SELECT count(*) FROM skip").fetchone()[0])
                    db.execute("ROLLBACK")
                except sqlite3.OperationalError:
                    pass  # it is writing
                time.sleep(0.001)
        out = process.communicate()[0]
        ok(process.returncode == 0 and between - {0, len(many)}, "another program writes between two rows", out, between)
        ok(numbers(desk) == sorted(many), "all are on the list")
        desk.expect("a dry run counts each once", ["optout", "import", desk.file("twice.txt", "\n".join(many[:5000] * 2)), "-n"],
                    0, "", "5000 would be opted out, 5000 already\n")
        ok(numbers(desk, "optout") == ["+447700900777"], "and changes nothing")


def test_round_trip():
    with Desk() as desk:
        desk.run("contact", "set", "07700900001", "=HYPERLINK(\"http://x\")")
        desk.run("skip", "import", stdin="07700900001\n60777\n+353861234567\n")
        out = desk.run("skip", "export").stdout.decode()
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        ok([row["number"] for row in rows] == ["+353861234567", "+447700900001", "60777"], "export", out)
        ok(rows[1]["name"] == "'=HYPERLINK(\"http://x\")", "a name is no formula", out)
        ok(all(row["since"].endswith("Z") for row in rows), "since when", out)
        for row in rows:
            desk.run("skip", "remove", row["number"])
        ok(numbers(desk) == [], "all are taken off")
        desk.expect("and come in again", ["skip", "import"], 0, "", "3 skipped, 0 already\n", stdin=out)
        out = desk.run("optout", "export").stdout.decode()
        ok(out.startswith("number,name,since,by\r\n+447700900777,,") and out.endswith(",text\r\n"), "optout export", out)


for test in test_files, test_wrong, test_effect, test_beside_the_daemon, test_round_trip:
    test()
done()
