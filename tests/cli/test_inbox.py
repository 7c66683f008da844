#!/usr/bin/env python3
"""A conversation until the job is booked: done, later, notes, labels, results, and what waits to be sent.

usage: test_inbox.py TEXTBACK FIXTURE
"""

import fcntl
import json
import sqlite3
import sys
import termios
import time

from desk import FIXTURE, PATIENCE, Desk, done, next_line, ok

MISTAKES = [
    (["done"], 2, "textback done: PERSON is missing (see textback done --help)\n"),
    (["done", "1", "99"], 5, 'textback done: no such thread: "99"\n'),
    (["reopen", "Nobody"], 5, 'textback reopen: no such person: "Nobody"\n'),
    (["snooze", "1"], 2, "textback snooze: TIME is missing (see textback snooze --help)\n"),
    (["snooze", "1", "tomorow"], 2, 'textback snooze: TIME: not a time: "tomorow" (did you mean tomorrow?)\n'),
    (["snooze", "1", "25:00"], 2, None),
    (["snooze", "1", "fri 8:61"], 2, None),
    (["snooze", "1", "2020-01-01"], 2, 'textback snooze: TIME: already past: "2020-01-01"\n'),
    (["snooze", "1", "0s"], 2, 'textback snooze: TIME: already past: "0s"\n'),
    (["note", "1", ""], 2, "textback note: the note is empty\n"),
    (["note", "1", " \n"], 2, "textback note: the note holds nothing but blanks\n"),
    (["note", "1", b"\xff"], 2, "textback note: the note is not UTF-8\n"),
    (["note", "1", "x" * 10001], 4, "textback note: the note is too long: over 10000 octets\n"),
    (["note", "99", "x"], 5, 'textback note: no such thread: "99"\n'),
    (["label", "1"], 2, "textback label: LABEL is missing (see textback label --help)\n"),
    (["label", "1", "two words"], 2, 'textback label: not a label: "two words" (one word, at most 40 octets)\n'),
    (["label", "1", "x" * 41], 2, None),
    (["label", "1", "\x1b[31m"], 2, None),
    (["label", "1", "ok", ""], 2, None),
    (["won"], 2, "textback won: PERSON is missing (see textback won --help)\n"),
    (["won", "1", "much"], 2, 'textback won: not an amount in GBP: "much" (such as 1200 or 450.50)\n'),
    (["won", "1", "1,200"], 2, 'textback won: not an amount in GBP: "1,200" (such as 1200 or 450.50)\n'),
    (["won", "1", "€450"], 2, 'textback won: not an amount in GBP: "€450" (such as 1200 or 450.50)\n'),
    (["won", "1", "£"], 2, None),
    (["won", "1", "1.234"], 2, None),
    (["won", "1", "1."], 2, None),
    (["won", "1", "-5"], 2, None),
    (["won", "1", "9999999999999"], 2, 'textback won: not an amount in GBP: "9999999999999" is too much\n'),
    (["won", "1", "5", "--currency", "pounds"], 2, None),
    (["won", "1", "5.5", "--currency", "JPY"], 2, None),
    (["won", "1", "5", "--why", b"\xff"], 2, "textback won: the reason is not UTF-8\n"),
    (["lost", "1", "--why", "x" * 10001], 4, "textback lost: the reason is too long: over 10000 octets\n"),
    (["contact", "set", "1", "  "], 2, "textback contact: the name holds nothing but blanks\n"),
    (["lost", "1", "450"], 2, 'textback lost: one argument too many: "450"\n'),
    (["lost", "1", "--currency", "EUR"], 2, None),
    (["queue", "hold"], 2, "textback queue: MESSAGE is missing (see textback queue --help)\n"),
    (["queue", "hold", "m1"], 4, "textback queue: cannot hold m1: it is delivered\n"),
    (["queue", "hold", "m5", "m99"], 5, 'textback queue: no such text: "m99"\n'),
    (["queue", "release"], 4,
     "textback queue: no modem has another SIM than before; to release a text that is held, name it\n"),
    (["queue", "release", "m5"], 4, "textback queue: cannot release m5: it is queued\n"),
    (["queue", "retry", "m5"], 4, "textback queue: cannot retry m5: it is queued\n"),
    (["queue", "retry", "m2"], 4, "textback queue: cannot retry m2: it is received\n"),
    (["send", "1", "hi", "--at", "tomorow"], 2,
     'textback send: --at: not a time: "tomorow" (did you mean tomorrow?)\n'),
    (["send", "1", "hi", "--at", "2020-01-01 12:00"], 2, None),
]


def types(desk):
    return [json.loads(line)["type"] for line in desk.run("events").stdout.splitlines()]


def test_mistakes():
    with Desk() as desk:
        before = desk.run("events").stdout
        for arguments, status, message in MISTAKES:
            name = ascii(" ".join(str(argument)[:40] for argument in arguments))
            run = desk.expect(name, arguments, status, message)
            if b"\x1b" in run.stderr:
                ok(False, f"{name}: an escape sequence comes through")
        ok(desk.run("events").stdout == before, "no mistake has changed anything")


def test_done():
    ann = "Ann Baker (07700 900321)"
    with Desk() as desk:
        before = types(desk)
        desk.expect("done, dry", ["done", "1", "-n"], 0, "", f"{ann} would be done\n")
        ok(types(desk) == before, "a dry run does nothing")
        desk.expect("done", ["done", "1"], 0, "", f"{ann} done\n")
        ok(types(desk)[len(before):] == ["thread.done"], "with its event")
        thread = desk.json("thread", "1", "--peek")["thread"]
        ok((thread["state"], thread["unread"], thread["waiting_since"]) == ("done", 0, None), "nobody waits", thread)
        ok(1 not in [row["id"] for row in desk.json("inbox")["threads"]], "it is out of the inbox")
        ok(1 in [row["id"] for row in desk.json("inbox", "--all")["threads"]], "and among all")
        desk.expect("done again", ["done", "1"], 0, "", f"{ann} was done already\n")
        desk.expect("reopen", ["reopen", "1"], 0, "", f"{ann} open again\n")
        thread = desk.json("thread", "1", "--peek")["thread"]
        ok(thread["state"] == "open" and thread["waiting_since"], "who waited waits again", thread)
        threads = json.loads(desk.run("done", "1", "2", "--json").stdout)["threads"]
        ok([(row["id"], row["state"]) for row in threads] == [(1, "done"), (2, "done")], "several, JSON", threads)
        desk.more()
        thread = desk.json("thread", "1", "--peek")["thread"]
        ok((thread["state"], thread["unread"]) == ("open", 1) and thread["waiting_since"], "a text opens it", thread)


def test_snooze():
    with Desk() as desk:
        run = desk.expect("snooze", ["snooze", "1", f"{2 * PATIENCE:.0f}s", "--json"], 0, "")
        thread = json.loads(run.stdout)["thread"]
        ok(thread["state"] == "snoozed" and thread["snoozed_until"], "until then", thread)
        ok(1 not in [row["id"] for row in desk.json("inbox")["threads"]], "it is out of the inbox")
        ok("snoozed until" in desk.run("thread", "1", "--peek").stdout.decode(), "the thread says so")
        time.sleep(2.1 * PATIENCE)
        ok(1 in [row["id"] for row in desk.json("inbox")["threads"]], "it comes back by itself")
        ok(types(desk)[-2:] == ["thread.snoozed", "thread.open"], "with its event", types(desk)[-3:])
        desk.expect("snooze for days", ["snooze", "1", "fri 8:30"], 0, "")
        desk.more()
        thread = desk.json("thread", "1", "--peek")["thread"]
        ok((thread["state"], thread["snoozed_until"]) == ("open", None), "a text brings it back", thread)


def test_notes():
    with Desk() as desk:
        desk.expect("note", ["note", "1", "Key under the mat"], 0, "", "noted for Ann Baker (07700 900321)\n")
        desk.expect("note from standard input", ["note", "1", "-"], 0, "", stdin="two\nlines \x1b[2J\n")
        items = desk.json("thread", "1", "--peek")["items"]
        ok([item["text"] for item in items if item["kind"] == "note"] == ["Key under the mat", "two\nlines \x1b[2J"],
           "they are in the thread", items)
        shown = desk.run("thread", "1", "--peek").stdout.decode()
        ok("note  Key under the mat" in shown and "\x1b" not in shown, "shown, and harmless", shown)
        desk.expect("label", ["label", "1", "urgent", "quote"], 0, "", "Ann Baker (07700 900321): 2 labels added\n")
        desk.expect("label twice", ["label", "1", "urgent"], 0, "", "Ann Baker (07700 900321): 0 labels added\n")
        ok(desk.json("thread", "1", "--peek")["thread"]["labels"] == ["quote", "urgent"], "in the JSON")
        ok(desk.json("label")["labels"] == [{"name": "quote", "threads": 1}, {"name": "urgent", "threads": 1}], "listed")
        desk.expect("label --remove", ["label", "1", "quote", "--remove"], 0, "",
                    "Ann Baker (07700 900321): 1 label removed\n")
        ok(desk.json("thread", "1", "--peek")["thread"]["labels"] == ["urgent"], "taken off")
        ok(types(desk)[-3:] == ["thread.label", "thread.label", "thread.unlabel"], "each with its event")


def test_results():
    with Desk() as desk:
        desk.expect("won, dry", ["won", "1", "450", "-n"], 0, "", "Ann Baker (07700 900321): job would be won, GBP 450.00\n")
        desk.expect("won", ["won", "1", "450,5"], 0, "", "Ann Baker (07700 900321): job won, GBP 450.50\n")
        event = json.loads(desk.run("events").stdout.splitlines()[-1])
        ok((event["type"], event["data"]["amount"], event["data"]["currency"]) == ("thread.won", 45050, "GBP"),
           "with its event", event)
        ok(desk.json("thread", "1", "--peek")["thread"]["state"] == "done", "it is done")
        desk.expect("yen have no decimals", ["won", "1", "9000", "--currency", "JPY"], 0, "",
                    "Ann Baker (07700 900321): job won, JPY 9000\n")
        desk.expect("without a sum", ["won", "1"], 0, "", "Ann Baker (07700 900321): job won\n")
        desk.expect("lost", ["lost", "2", "--why", "too dear"], 0, "")
        desk.expect("undo", ["lost", "2", "--undo"], 0, "")
        desk.expect("nothing to undo", ["lost", "2", "--undo"], 0, "", "07700 900999: nothing to take back\n")


def test_queue():
    down = "textback send: queued; the daemon is not running (start it with: textback run)\n"
    with Desk() as desk:
        desk.expect("hold, dry", ["queue", "hold", "m5", "-n"], 0, "", "m5 would be held\n")
        desk.expect("hold", ["queue", "hold", "m5"], 0, "", "m5 held\n")
        ok(desk.json("queue")["messages"][0]["held"], "the queue tells")
        desk.expect("hold twice", ["queue", "hold", "m5"], 4, "textback queue: cannot hold m5: it is held\n")
        desk.expect("release", ["queue", "release", "m5"], 0, "", "m5 released\n")
        ok(not desk.json("queue")["messages"][0]["held"], "it waits again")
        with sqlite3.connect(desk.db()) as db:  # as the daemon notes another SIM
            db.execute("INSERT INTO setting VALUES ('card.main', 1), ('card_new.main', 2)")
        desk.expect("release for another SIM, dry", ["queue", "release", "-n"], 0, "",
                    "texts with the new SIM would be released\n")
        desk.expect("release for another SIM", ["queue", "release"], 0, "", "texts with the new SIM released\n")
        desk.expect("once", ["queue", "release"], 4, None)
        desk.expect("retry what failed", ["queue", "retry", "m4"], 0, "", "m4 queued again\n")
        messages = desk.json("queue")["messages"]
        ok([(row["id"], row["state"], row["error"]) for row in messages] == [(4, "queued", None), (5, "queued", None)],
           "it is in the queue", messages)
        desk.run("queue", "cancel", "m4", "m5")
        desk.expect("retry what was cancelled", ["queue", "retry", "m5"], 0)
        desk.run("optout", "add", "07700900556")
        desk.expect("but not to who opted out", ["queue", "retry", "m5"], 4, "textback queue: m5: they opted out, or are blocked\n")
        run = desk.expect("send later", ["send", "1", "hi", "--at", "tomorrow"], 0, down)
        ok(run.stdout.decode().startswith("m6 waiting for Ann Baker (07700 900321) at "), "it says when", run.stdout)
        run = desk.expect("an editor", ["send", "1", "draft", "--edit", "--json"], 0, down,
                          EDITOR="sed -i -e s/draft/ready/")
        ok(json.loads(run.stdout)["message"]["text"] == "ready", "changes the text", run.stdout)
        editor = desk.file("editor", f"sleep 1.1; {FIXTURE} {desk.db()} $(date +%s) follow; sleep 1.1; echo Ready > $1\n")
        desk.expect("an editor that takes long", ["reply", "1", "--edit"], 0, EDITOR=f"sh {editor}")
        items = desk.json("thread", "1", "--peek")["items"]
        ok([item.get("text") for item in items][-2:] == ["And bring a new valve", "Ready"], "what came meanwhile was before", items)
        desk.expect("an editor that fails", ["send", "1", "x", "--edit"], 1, "textback send: the editor failed: false\n",
                    EDITOR="false")
        desk.expect("an empty text", ["send", "1", "--edit"], 2, "textback send: the text is empty\n", EDITOR="true")


SEARCHES = [  # query, [kind and id of what is found]
    (["boiler"], [("text", 2)]),
    (["BOILER leaking"], [("text", 2)]),
    (["leaking", "boiler"], [("text", 2)]),
    (['"boiler leaking"'], []),
    (['"is leaking"'], [("text", 2)]),
    (["boil*"], [("text", 2)]),
    (["boil"], []),
    (["ann"], [("name", 1)]),
    (["mat"], [("note", 1)]),
    (["jose"], [("name", 2)]),
    (["on our way from:555"], [("text", 4)]),
    (["on our way from:ann"], []),
    (["is:out way"], [("text", 4)]),
    (["is:in way"], []),
    (["boiler since:90m"], []),
    (["boiler since:2h until:90m"], [("text", 2)]),
    (["label:urgent"], [("name", 1)]),
    (["label:urg"], []),
    (["is:blocked"], [("name", 7)]),
    (['from:"Ann Baker"'], [("name", 1)]),
    (["is:won"], [("name", 1)]),
    (["is:lost"], []),
    (["drop table"], [("text", 3)]),
    (["'; DROP TABLE contact;--"], []),
    (["AND"], []),
    (["NEAR(a b) OR * ^ -"], []),
    (['"'], []),
    (["http://x"], []),
]


def test_search():
    with Desk() as desk:
        desk.run("note", "1", "Key under the mat")
        desk.run("contact", "set", "2", "José")
        desk.run("label", "1", "urgent")
        desk.run("won", "1")
        for query, found in SEARCHES:
            run = desk.run("search", *query, "--json")
            results = json.loads(run.stdout or "{}").get("results", run.stderr)
            ok([(row["kind"], row["id"]) for row in results] == found, f"search {ascii(query)}", results)
        desk.expect("nothing", ["search", "zebra"], 0, "textback search: nothing found\n", "")
        desk.expect("no query", ["search"], 2, "textback search: QUERY is missing (see textback search --help)\n")
        desk.expect("an empty query", ["search", "is:open", ""], 2, "textback search: the query is empty\n")
        desk.expect("blanks", ["search", " "], 2, "textback search: the query holds nothing but blanks\n")
        desk.expect("an empty from:", ["search", 'from:""'], 2, "textback search: from: the value is empty\n")
        desk.expect("a wrong is:", ["search", "is:unraed"], 2,
                    'textback search: is: unknown: "unraed" (did you mean unread?)\n')
        desk.expect("a wrong since:", ["search", "since:tomorow"], 2, 'textback search: since: not a time: "tomorow"\n')
        desk.expect("is:in alone", ["search", "is:in"], 2, "textback search: is:in and is:out need a word to look for\n")
        desk.more()
        ok(b"valve" in desk.run("search", "valve").stdout, "a text that came since is found")
        desk.run("contact", "set", "2", "Maria")
        ok(desk.json("search", "jose")["results"] == [], "a name that is gone is not found")
        ok(len(desk.json("search", "maria")["results"]) == 1, "the new one is")
        ok(b"\x1b" not in desk.run("search", "drop").stdout, "what is shown is harmless")


VCARDS = """BEGIN:VCARD\r
VERSION:3.0\r
FN:Carol\\, the\r
  plumber\r
TEL;TYPE=CELL:07700 900444\r
item1.TEL;TYPE="x:y":+44 7700 900445\r
CATEGORIES:trade,two words\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:4.0\r
FN:\r
TEL;VALUE=uri:tel:+447700900446\r
END:VCARD\r
BEGIN:VCARD\r
FN:Dan\r
TEL:12\r
END:VCARD\r
"""


def test_contacts():
    with Desk() as desk:
        desk.expect("an unknown word", ["contact", "lst"], 2, 'textback contact: unknown word: "lst" (did you mean list?)\n')
        desk.expect("a long name", ["contact", "set", "1", "x" * 201], 2,
                    "textback contact: the name is too long: over 200 octets\n")
        desk.expect("a name that is not UTF-8", ["contact", "set", "1", b"\xff"], 2,
                    "textback contact: the name is not UTF-8\n")
        desk.expect("neither vCards nor CSV", ["contact", "import"], 1, None, "", stdin="hello\n")
        desk.expect("nothing at all", ["contact", "import"], 1, None, "")
        desk.expect("set", ["contact", "set", "07700900444", "Bob \x1b[31m"], 0, "", "07700 900444 is Bob <1B>[31m\n")
        ok([row["name"] for row in desk.json("contact")["contacts"]] == ["Ann Baker", "Bob \x1b[31m"], "listed, by name")
        ok("+447700900444" not in [row["number"] for row in desk.json("inbox")["threads"]], "it is not in the inbox")
        before = desk.run("events").stdout
        run = desk.run("contact", "import", "-n", stdin=VCARDS)
        ok(run.returncode == 9 and desk.run("events").stdout == before, "a dry run imports nothing", run)
        run = desk.run("contact", "import", stdin=VCARDS)
        ok(run.returncode == 9 and run.stdout == b"2 named, 0 known already, 2 skipped\n", "import vCards", run)
        ok(run.stderr.decode().splitlines()[0] == 'textback contact: standard input:12:19: "+447700900446" has no name',
           "with lines", run)
        rows = {row["number"]: (row["name"], row["labels"]) for row in desk.json("contact")["contacts"]}
        ok(rows["+447700900444"] == rows["+447700900445"] == ("Carol, the plumber", ["trade", "two-words"]), "both", rows)
        for options in [], ["--vcard3"], ["--csv"]:
            exported = desk.run("contact", "export", *options).stdout.decode()
            with Desk(filled=False) as other:
                run = other.run("contact", "import", stdin=exported)
                again = {row["number"]: (row["name"], row["labels"]) for row in other.json("contact")["contacts"]}
                ok(run.returncode == 0 and again == rows, f"export {options} and import again", run, exported)
        csv = 'Number,Name\n"07700 900447","Eve ""E"" Ng,\nHull"\n07700900448\n,x\n'
        run = desk.run("contact", "import", stdin="\ufeff" + csv)
        ok(run.stdout == b"1 named, 0 known already, 1 skipped, 1 without a number\n", "CSV with quotes", run)
        ok(desk.json("contact", "show", "07700900447")["thread"]["name"] == 'Eve "E" Ng,\nHull', "exactly")
        for place, cut in ("2:5", 'Eve,"07700900449\nAnn,07700900450\n'), ("3:1", 'Eve,07700900449\n"Ann,07700900450\n'):
            desk.expect("CSV with a quote that is not closed", ["contact", "import"], 1,
                        f"textback contact: standard input:{place}: a quote that is not closed before the end\n", "",
                        stdin="name,number\n" + cut)
        desk.expect("nobody of it is named", ["contact", "show", "07700900449"], 5, None)
        desk.expect("take a name away", ["contact", "set", "1", ""], 0, "", "07700 900321 is without a name\n")


GOOGLE = """First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Name Suffix,Organization Name,Labels,\
E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value
Ann,M,Baker,,,,,Trade ::: * myContacts,a@example.com,Mobile,07700 900449 ::: 07700 900450,Work,+44 20 7946 0959
,,,,,,Acme Ltd,* myContacts,,Work,+44 20 7946 0960,,
Only,Mail,,,,,,,b@example.com,,,,
"""
BOOKS = [  # as they come from telephones and web mail: names by number, labels, what is said
    ("Android, vCard 2.1",
     "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=96;Ay=C5=9Fe;;;\r\n"
     "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ay=C5=9Fe =C3=96z=\r\nt=C3=BCrk\r\nTEL;CELL;PREF:07700-900-444\r\n"
     "TEL;HOME;FAX:02079460000\r\nPHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSk\r\n TEL:07700900999\r\n\r\nEND:VCARD\r\n",
     {"+447700900444": "Ayşe Öztürk"}, "1 named, 0 known already, 0 skipped\n", ""),
    ("iCloud, vCard 3.0",
     "BEGIN:VCARD\r\nVERSION:3.0\r\nN:O'Neil;Sinéad;;;\r\nTEL;type=CELL;type=VOICE;type=pref:+44\u00a07700\u00a0900445\r\n"
     "item1.TEL:\u202a07700 900446\u202c\r\nitem1.X-ABLabel:_$!<Other>!$_\r\nNOTE:long\\nnote \r\n TEL:07700900888\r\n"
     "END:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nN:;;;;\r\nFN:\r\nORG:Acme\\, Ltd;\r\nTEL;type=MAIN:020 7946 0958\r\n"
     "END:VCARD\r\nBEGIN:VCARD\r\nFN:Only Mail\r\nEMAIL:b@example.com\r\nEND:VCARD\r\n",
     {"+447700900445": "Sinéad O'Neil", "+447700900446": "Sinéad O'Neil", "+442079460958": "Acme, Ltd"},
     "3 named, 0 known already, 0 skipped, 1 without a number\n", ""),
    ("vCard 4.0",
     '\ufeffBEGIN:VCARD\nVERSION:4.0\nFN:Zoë Kraus\\; Sons\nTEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+44-7700-900-447;ext=12\n'
     "TEL:+999\nEND:VCARD\n",
     {"+447700900447": "Zoë Kraus; Sons"}, "1 named, 0 known already, 1 skipped\n",
     'textback contact: standard input:5:5: "+999" is in no numbering plan\n'),
    ("Google", GOOGLE, {"+447700900449": "Ann M Baker", "+447700900450": "Ann M Baker", "+442079460959": "Ann M Baker",
                        "+442079460960": "Acme Ltd"}, "4 named, 0 known already, 0 skipped, 1 without a number\n", ""),
    ("Outlook", '"Title","First Name","Last Name","Company","Business Fax","Business Phone","Mobile Phone","Account"\r\n'
                '"Dr","Eve","Ng","","020 7946 0001","020 7946 0961","0770090045","1234567"\r\n',
     {"+442079460961": "Eve Ng"}, "1 named, 0 known already, 1 skipped\n",
     'textback contact: standard input:2:52: "0770090045" has too few digits\n'),
    ("a spreadsheet with semicolons", "Name;Telefon\nÅsa;07700900453\n", {"+447700900453": "Åsa"},
     "1 named, 0 known already, 0 skipped\n", ""),
    ("a file that was cut off", "BEGIN:VCARD\nFN:A\nTEL:07700900455\nEND:VCARD\nBEGIN:VCARD\nFN:B\nTEL:0770", {}, "",
     "textback contact: standard input:5:1: a vCard without its END:VCARD\n"),
]


def test_books():
    for name, book, names, out, err in BOOKS:
        with Desk(filled=False) as desk:
            path = desk.file("book", book)
            status = 1 if not out else 9 if err else 0
            desk.expect(name, ["contact", "import"], status, err, out, stdin=book)
            got = {row["number"]: row["name"] for row in desk.json("contact")["contacts"]}
            ok(got == names, f"{name}: the names", got)
            desk.expect(f"{name}: from a file", ["contact", "import", path, "-n", "-q"], status,
                        err.replace("standard input", path) if status == 1 else "")
    with Desk(filled=False) as desk:
        desk.run("contact", "import", stdin=GOOGLE)
        ok(desk.json("contact")["contacts"][1]["labels"] == ["Trade"], "labels, without what all have", desk.json("contact"))
        ok(json.loads(desk.run("contact", "import", "-n", "--json", stdin=GOOGLE).stdout) ==
           {"v": 1, "named": 0, "known": 4, "skipped": 0, "without_number": 1, "dry_run": True}, "JSON")
        book = desk.file("book", "name,number\n" + "Nobody,0800\n" * 1000)
        paged = desk.start("contact", "import", book)
        fcntl.fcntl(paged.stderr, fcntl.F_SETPIPE_SZ, 4096)
        while int.from_bytes(fcntl.ioctl(paged.stderr, termios.FIONREAD, bytes(4)), sys.byteorder) < 3900 and paged.poll() is None:
            time.sleep(0.01)
        desk.expect("while somebody reads what is skipped", ["note", "1", "others go on"], 0)
        ok(paged.communicate()[1].count(b"0800") == 1000, "all of it is told")
        with open(desk.path + "/wide", "wb") as file:
            file.write("name,number\n".encode("utf-16"))
        desk.expect("UTF-16", ["contact", "import", "wide"], 2, "textback contact: the address book is UTF-16: save it as UTF-8\n")


def test_follow():
    with Desk() as desk:
        inbox = desk.start("inbox", "--follow", "--json")
        ok(next_line(inbox.stderr).endswith("(start it with: textback run)\n"), "it says that the daemon is down")
        first = [json.loads(next_line(inbox.stdout))["id"] for _ in desk.json("inbox")["threads"]]
        ok(first == [row["id"] for row in desk.json("inbox")["threads"]], "what is there comes first", first)
        desk.more()
        line = next_line(inbox.stdout)
        ok(line and json.loads(line)["last_text"] == "And bring a new valve", "then what changes", line)
        desk.run("snooze", "1", f"{3 * PATIENCE:.0f}s")  # long enough for a busy machine to see it gone
        ok(next_line(inbox.stdout, 0.3) == "", "what leaves the inbox is no line")
        line = next_line(inbox.stdout, 15)
        ok(line and json.loads(line)["id"] == 1, "what comes back is one", line)
        inbox.terminate()
        inbox.communicate(timeout=5)
        ok(inbox.returncode == 0, "SIGTERM ends it cleanly", inbox.returncode)


for test in test_search, test_contacts, test_books, test_follow, test_mistakes, test_done, test_snooze, test_notes, test_results, test_queue:
    test()
done()
