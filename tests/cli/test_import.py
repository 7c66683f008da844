#!/usr/bin/env python3
"""History from another box: what export wrote, import takes over, once and whole.

usage: test_import.py TEXTBACK FIXTURE
"""

import json
import os
import random
import sys
import time

from desk import Desk, done, ok

SEED = int(os.environ.get("TEXTBACK_SEED", "1"))
CALL = {"id": 1, "line": "main", "thread": 1, "number": "+447700900001", "withheld": False,
        "started_at": "2026-11-01T09:00:00Z", "ended_at": "2026-11-01T09:00:20Z", "rings": 4, "outcome": "missed",
        "decision": "text", "reason": None}
TEXT = {"id": 1, "line": "main", "thread": 1, "number": "+447700900001", "direction": "out", "text": "Hi", "parts": 1,
        "cause": "missed_call", "state": "sent", "created_at": "2026-11-01T09:00:21Z", "call": 1}
NOTE = {"id": 1, "thread": 1, "at": "2026-11-01T10:00:00Z", "text": "x"}
SALT = "$5$rounds=10000$abcdefgh"
FORGOTTEN = {"salt": SALT, "hash": SALT + "$" + "x" * 43, "doubtful": False, "skipped": False, "blocked": False,
             "at": "2026-11-01T10:00:00Z"}
BAD = [  # a document, and what is wrong with it
    ("", "1: the end is missing"),
    ("[]", "1: expected a document of textback export"),
    ("{\"v\":1}\n x", "2: expected nothing more"),
    ("{\"v\":1,\n\"calls\":[1]}", "2: expected an object or the end of the list"),
    ("{\"v\":1,\n\"calls\":[{\"id\":1]}", "2: calls: not JSON"),
    ("{\"v\":1,\n\n\"cals\":[{}]}", "3: \"cals\" is no table of textback export"),
    ("{\"v\":1,\"rules\":[{}]}", "1: \"rules\" is no table of textback export"),
    ("{v:1}", "1: expected the name of a table in quotes"),
    ({"calls": [CALL, {**CALL, "rings": -1}]}, "3: calls: \"rings\" is \"-1\", expected a whole number from 0"),
    ({"calls": [{**CALL, "rings": "4"}]}, "2: calls: \"rings\" is \"4\", expected a whole number from 0"),
    ({"calls": [{**CALL, "withheld": 0}]}, "2: calls: \"withheld\" is \"0\", expected true or false"),
    ({"calls": [{**CALL, "line": None}]}, "2: calls: \"line\" is missing, expected a text"),
    ({"calls": [{**CALL, "outcome": "miss"}]},
     "2: calls: \"outcome\" is \"miss\", expected one of ringing|missed|answered|answered_elsewhere|rejected"),
    ({"calls": [{**CALL, "started_at": "yesterday"}]},
     "2: calls: \"started_at\" is \"yesterday\", expected a time such as 2026-11-23T14:27:46Z"),
    ({"calls": [{**CALL, "number": "9" * 81}]},
     f"2: calls: \"number\" is \"{'9' * 60}\", expected a number or name of up to 80 octets"),
    ({"messages": [{**TEXT, "direction": "in"}]},
     "2: messages: \"direction\" is \"in\", \"cause\" \"missed_call\" and \"state\" \"sent\": they do not fit"),
    ({"messages": [{**TEXT, "parts": 0}]}, "2: messages: \"parts\" is \"0\", expected a whole number from 1"),
    ({"notes": [NOTE]}, "2: notes: \"thread\" is \"1\", of which nothing came before"),
    ({"calls": [CALL], "results": [{**NOTE, "result": "won", "amount": 5}]},
     "3: results: \"amount\" and \"currency\" come together"),
    ({"forgotten": [{**FORGOTTEN, "hash": "xy"}]}, "2: forgotten: \"salt\" or \"hash\" is not as export writes it"),
    ({"forgotten": [{**FORGOTTEN, "salt": "$5$rounds=999999999$a", "hash": "$5$rounds=999999999$a$" + "x" * 43}]},
     "2: forgotten: \"salt\" or \"hash\" is not as export writes it"),
    ({"forgotten": [{**FORGOTTEN, "salt": f"{SALT}{n}", "hash": f"{SALT}{n}$" + "x" * 43} for n in range(17)]},
     "18: forgotten: \"salt\" is one too many, expected at most 16 in all"),
    ({"threads": [{"id": 1, "number": "+447700900001", "state": "open", "unread": 0, "blocked": False,
                   "name": "x" * 201}]}, "2: threads: \"name\" has over 200 octets"),
]


def document(tables):
    """As export writes it: each object on a line of its own."""
    if isinstance(tables, str):
        return tables
    parts = [f'"{name}":[' + ",".join("\n" + json.dumps(row) for row in rows) + "]" for name, rows in tables.items()]
    return '{"v":1,' + ",".join(parts) + "}\n"


def exported(desk):
    return json.loads(desk.run("export").stdout)


def without_events(export):
    """Nor the rules of leads."""
    leads = [{**lead, "rules": []} for lead in export["leads"]]
    return {name: rows for name, rows in {**export, "leads": leads}.items() if name != "events"}


def fill(desk):
    """Something in each table."""
    for words in (["note", "1", "ring after five"], ["won", "1", "450"], ["lost", "3", "--why", "too far"], ["label", "1", "boiler"],
                  ["snooze", "5", "tomorrow"], ["skip", "add", "6"], ["block", "7"], ["reopen", "1"],
                  ["contact", "set", "07700900123", "Nobody Yet"], ["optout", "add", "07700900333"],
                  ["contact", "merge", "3", "4"], ["contact", "set", "07700900334", "Bob"], ["optout", "add", "07700900334"], ["forget", "Bob", "-y"]):
        ok(desk.run(*words).returncode == 0, "fill: " + " ".join(words))
    lead = desk.run("lead", "add", stdin="number=07700900335\nmessage=A new bath\nconsent=yes\nconsent_text=You may text me\n")
    ok(lead.returncode == 0, "fill: lead add", lead)


def test_round_trip():
    with Desk() as old, Desk(filled=False) as new:
        fill(old)
        text = old.run("export").stdout.decode()
        before = exported(old)
        ok(all(before[name] for name in before if name not in ("doubtful", "follow_ups")), "something in each table",
           {name: len(rows) for name, rows in before.items() if name != "v"})
        dry = new.expect("no database yet", ["import", "-", "-n"], 8, stdin=text)
        ok(not os.path.exists(new.db()), "and none is made", dry.stderr)
        taken = json.loads(new.expect("import", ["import", "-", "--json"], 0, "", stdin=text).stdout)
        counts = {name: len(rows) for name, rows in before.items() if name not in ("v", "events")}
        ok({name: taken["taken"][name] for name in counts} == counts, "all is taken over", taken, counts)
        after = exported(new)
        waiting = [row for row in before["messages"] if row["state"] in ("queued", "waiting", "sending")]
        for row in waiting:
            row.update(state="cancelled", error="not sent before the history was exported")
        ok(waiting and without_events(before) == without_events(after), "it is all the same, but what waited is not sent",
           *[f"{name}\n{before[name]}\n{after[name]}" for name in before
             if name != "events" and before[name] != after[name]])
        ok(new.json("queue")["messages"] == [], "nothing is queued")
        for screen in ("calls",), ("stats",), ("search", "boiler"):
            was, is_now = old.run(*screen).stdout.decode(), new.run(*screen).stdout.decode()
            ok(was == is_now, f"the same screen: {' '.join(screen)}", was, is_now)
        again = json.loads(new.run("import", "-", "--json", stdin=text).stdout)
        ok(not any(again["taken"].values()), "a second time there is nothing new", again)
        ok(without_events(exported(new)) == without_events(after), "and nothing has changed")
        new.expect("it is sound", ["db", "check"], 0, "", "the database is sound\n")
        refused = new.run("send", "07700900334", "Hello")
        ok(refused.returncode == 4, "who was forgotten there has opted out here", refused)


def test_merge():
    """Into a database with a history of its own."""
    with Desk() as desk:
        before = exported(desk)
        own = document({"calls": [{**CALL, "number": "+447700900321", "thread": 77},
                                  {**CALL, "id": 2, "thread": 78}], "messages": [TEXT, {**TEXT, "id": 9, "thread": 78,
                                                                                        "call": 2}]})
        desk.expect("import", ["import", "-"], 0, "", "2 calls, 2 texts, 0 threads, 0 notes, 0 results, 0 opt-outs; "
                    "0 here already\n", stdin=own)
        after = exported(desk)
        ok(after["calls"][:len(before["calls"])] == before["calls"], "what was there is as it was")
        ann = [row for row in after["threads"] if row["number"] == "+447700900321"]
        ok(len(ann) == 1 and ann[0]["id"] == 1 and ann[0]["calls"] == 3 and ann[0]["name"] == "Ann Baker",
           "a number that is known has its thread", ann)
        calls = [row for row in after["calls"] if row["id"] > len(before["calls"])]
        ok(len(calls) == 2 and calls[0]["thread"] == 1, "new calls have new ids", calls)
        texts = {row["text"]: row for row in after["messages"]}
        ok(texts["Hi"]["call"] == calls[1]["id"], "texts know their calls", texts["Hi"])
        desk.expect("a name that is here stays", ["import", "-"], 0, stdin=document({"threads": [
            {"id": 5, "number": "+447700900321", "name": "Somebody", "state": "done", "unread": 3, "blocked": False}]}))
        ok(exported(desk)["threads"][0] == after["threads"][0], "and so does how far it got")
        opted = desk.run("import", "-", stdin=document({"opt_outs": [
            {"number": "+447700900321", "source": "text", "at": "2026-11-01T09:00:00Z"}]}))
        ok(desk.run("send", "1", "Hello").returncode == 4, "an opt-out there counts here", opted)


def test_mistakes():
    with Desk() as desk:
        before = desk.run("export").stdout
        desk.expect("no file", ["import"], 2, "textback import: FILE is missing (see textback import --help)\n")
        desk.expect("what stays behind is told", ["import", "-", "-n"], 0,
                    "textback import: not taken over: 1 events, 2 follow-ups, which are of the other box\n",
                    stdin=document({"events": [{"id": 1}], "follow_ups": [{"id": 1}, {"id": 2}]}))
        desk.expect("a missing file", ["import", "no.json"], 1, "textback import: no.json: No such file or directory\n")
        for tables, message in BAD:
            desk.file("bad.json", document(tables))
            desk.expect(message, ["import", "bad.json"], 1, f"textback import: bad.json:{message}\n", "")
        text = document({"calls": [CALL], "messages": [TEXT]})
        cuts = [at for at in range(len(text) - 2) if desk.run("import", "-", stdin=text[:at]).returncode != 1]
        ok(not cuts, "a document that is cut short", cuts)
        ok(desk.run("export").stdout == before, "no mistake has changed anything")
        desk.expect("a dry run", ["import", "-", "-n"], 0, "", "would take over 1 calls, 1 texts, 0 threads, 0 notes, "
                    "0 results, 0 opt-outs; 0 here already\n", stdin=text)
        ok(desk.run("export").stdout == before, "changes nothing")


def test_noise():
    """Whatever stands in the file: it is taken or refused with one line, and the database stays sound."""
    rng = random.Random(SEED)
    print(f"# TEXTBACK_SEED={SEED}")
    text = document({"calls": [CALL], "messages": [TEXT], "notes": [NOTE], "forgotten": [FORGOTTEN]})
    with Desk() as desk:
        wrong = []
        for _ in range(200):
            noise = list(text)
            for _ in range(rng.randrange(1, 6)):
                at = rng.randrange(len(noise))
                noise[at:at + rng.randrange(3)] = rng.choice(['"', "{", "}", "[", "]", "\\", ",", "\x1b", "é", "9" * 30, ""])
            run = desk.run("import", "-", stdin="".join(noise))
            if run.returncode not in (0, 1) or run.stderr.count(b"\n") != run.returncode or b"\x1b" in run.stderr:
                wrong.append(("".join(noise), run))
        ok(not wrong, "noise", *wrong[:3])
        desk.expect("it is sound", ["db", "check"], 0)


def test_daemon():
    with Desk() as desk:
        daemon = desk.start("run")
        end = time.monotonic() + 10
        while not os.path.exists(os.path.join(desk.path, "sock")) and time.monotonic() < end:
            time.sleep(0.01)
        desk.expect("not beside the daemon", ["import", "-"], 8, "textback import: the daemon works on the database: "
                    "stop it first (sudo systemctl stop textback)\n", stdin=document({"calls": [CALL]}))
        daemon.terminate()
        daemon.wait(10)


for test in test_round_trip, test_merge, test_mistakes, test_noise, test_daemon:
    test()
done()
