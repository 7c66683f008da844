#!/usr/bin/env python3
"""A web form becomes a thread and a text: what is taken, what is refused and how, and who is not texted.

usage: test_lead.py TEXTBACK FIXTURE
"""

import json
import os
import sqlite3
import subprocess

from desk import TEXTBACK, Desk, done, ok

ADD = ["lead", "add"]
NUMBER = "+447700900700"
LEAD = {"number": "07700 900700", "name": "Ann O'Brien", "message": "My boiler leaks.\nCan you come?", "consent": "yes",
        "consent_text": "Text me about my enquiry", "consented_at": "2026-11-24T10:00:00Z",
        "source": "https://brightwater.example/contact"}
LINES = "phone=07700 900700\r\nname = Ann\n\nmessage= 1 + 1 = 2 \nconsent=YES"
WANTED = ("(expected number, name, message, consent, consent_text, consented_at, source)")

# Standard input, and the one line that is said; nothing is kept then.
MISTAKES = [
    ("", "the lead is empty: expected a JSON object, or key=value lines"),
    (" \r\n", "the lead is empty: expected a JSON object, or key=value lines"),
    ("hello", 'line 1 has no "=": expected key=value lines, or a JSON object'),
    ("number=1\nhello\n", 'line 2 has no "=": expected key=value lines, or a JSON object'),
    ("[1]", "the lead is not one JSON object"),
    ('"number=1"', "the lead is not one JSON object"),
    ('{"number":', "the lead is not one JSON object"),
    ('{"number":"1"} {}', "the lead is not one JSON object"),
    ("{" * 3000, "the lead is not one JSON object"),
    ("{}", "number is missing: whom to text"),
    ("\ufeff{}", "number is missing: whom to text"),
    ("\ufeffnumber=\n", "number is missing: whom to text"),
    ({**LEAD, "number": None}, "number is missing: whom to text"),
    ({**LEAD, "message": " \n"}, "message is missing: what they wrote"),
    ({**LEAD, "number": "no"}, None),
    ({**LEAD, "number": "0770090070"},
     'number: "0770090070" has too few digits, expected a telephone number such as +447700900123'),
    ({**LEAD, "number": 447700900700}, "number is a number, expected text in quotes"),
    ({**LEAD, "message": {"a": {}}}, "message is an object, expected text in quotes"),
    ({**LEAD, "message": ["a"]}, "message is a list, expected text in quotes"),
    ({**LEAD, "message": True}, "message is true or false, expected text in quotes"),
    ({**LEAD, "mesage": "x"}, 'no such field: "mesage" (did you mean message?)'),
    ({**LEAD, "\x1b[31m": "x"}, f'no such field: "<1B>[31m" {WANTED}'),
    ({**LEAD, "email": "x"}, f'no such field: "email" {WANTED}'),
    ({**LEAD, "phone": "1"}, "number is there twice"),
    ("consent=no\nconsent=yes\n", "consent is there twice"),
    ({**LEAD, "message": "a\0b"}, "the lead holds a NUL"),
    ({**LEAD, "message": "a\x07b"}, "message holds the control character U+0007"),
    ({**LEAD, "name": "a\nb"}, "name holds the control character U+000A"),
    ({**LEAD, "message": "x" * 8001}, "message is 8001 octets long, expected at most 8000"),
    ({**LEAD, "name": "x" * 201}, "name is 201 octets long, expected at most 200"),
    ({**LEAD, "consent": "x" * 21}, "consent is 21 octets long, expected at most 20"),
    ({**LEAD, "consented_at": "today"}, 'consented_at: not a time: "today", expected such as 2026-11-30T16:05:00Z'),
    (b"number=\xff", "the lead is not UTF-8 at octet 7"),
    (b"number=1\0", "the lead holds a NUL"),
    (b"\0" * 40000, "the lead holds a NUL"),
]


def test_name():
    """Who they say they are is shown where nobody here has named them."""
    with Desk() as desk:
        desk.run(*ADD, stdin=json.dumps(LEAD))
        thread = desk.json("thread", NUMBER, "--peek")["thread"]
        ok((thread["name"], thread["says"]) == (None, "Ann O'Brien"), "JSON keeps the two apart", thread)
        for words in ["inbox"], ["status"], ["thread", NUMBER, "--peek"], ["contact", "show", NUMBER]:
            ok("~Ann O'Brien" in desk.run(*words).stdout.decode(), f"{words[0]} shows it")
        ok("~Ann O'Brien" in desk.terminal(40, "inbox"), "a telephone shows it")
        desk.run("contact", "set", NUMBER, "Ann")
        ok("~" not in desk.run("inbox").stdout.decode() and desk.json("thread", NUMBER, "--peek")["thread"]["says"] is None,
           "a contact's name comes first")


def add(desk, lead, *options, **env):
    """Returns the exit status, the JSON document or None, and standard error."""
    lead = lead if isinstance(lead, (str, bytes)) else json.dumps(lead)
    run = subprocess.run([TEXTBACK, *ADD, "--json", *options], input=lead if isinstance(lead, bytes) else lead.encode(),
                         capture_output=True, timeout=20, cwd=desk.path, env={**desk.env, **env}, check=False)
    return run.returncode, json.loads(run.stdout) if run.stdout else None, run.stderr.decode()


def rows(desk, query):
    with sqlite3.connect(desk.db()) as db:
        return db.execute(query).fetchall()


def test_mistakes():
    with Desk() as desk:
        before = rows(desk, "SELECT max(id) FROM event")
        for lead, message in MISTAKES:
            status, document, said = add(desk, lead)
            good = status == 2 and document is None and said.count("\n") == 1 and "\x1b" not in said
            ok(good and (message is None or said == f"textback lead: {message}\n"), f"mistake: {ascii(lead)[:60]}",
               status, said)
        status, document, said = add(desk, "x" * 32769)
        ok((status, said) == (2, "textback lead: the lead is too long: over 32768 octets\n"), "over 32 KiB", said)
        desk.expect("no word", ["lead"], 2, 'textback lead: add is missing (see textback lead --help)\n')
        desk.expect("another word", ["lead", "ad"], 2, 'textback lead: unknown word: "ad" (did you mean add?)\n')
        desk.expect("one word too many", ["lead", "add", "x"], 2, 'textback lead: one argument too many: "x"\n')
        ok(rows(desk, "SELECT max(id) FROM event") == before, "no mistake has changed anything")


def test_texted():
    with Desk() as desk:
        status, document, said = add(desk, LEAD)
        lead, text = document["lead"], document["message"]
        ok(status == 0 and "the daemon is not running" in said, "taken while the daemon is down", said)
        ok((lead["decision"], lead["reason"], lead["message"]) == ("text", None, text["id"]), "decided", document)
        ok([lead[key] for key in ("number", "name", "text", "consent", "consent_text", "consented_at", "source")] ==
           [NUMBER, LEAD["name"], LEAD["message"], True, LEAD["consent_text"], LEAD["consented_at"], LEAD["source"]],
           "as it was written", lead)
        ok(text["cause"] == "lead" and text["state"] == "queued" and text["text"] ==
           "Hi Ann O'Brien, this is Brightwater Plumbing. Thanks for your message, we will answer here. "
           "Anything to add? Just reply. STOP to opt out.", "templates.lead, with the opt-out line", text)
        ok([rule["name"] for rule in document["rules"]][:2] == ["consent", "answered"] and
           not any(rule["result"] == "stop" for rule in document["rules"]), "each rule", document["rules"])
        thread = desk.json("thread", NUMBER, "--peek")
        items = thread["items"]
        ok(thread["thread"]["waiting_since"] and thread["thread"]["unread"] == 1, "somebody waits", thread["thread"])
        ok([(i["direction"], i["cause"], i["lead"]) for i in items] ==
           [("in", "received", lead["id"]), ("out", "lead", None)], "in the thread", items)
        shown = desk.run("thread", NUMBER, "--peek").stdout.decode()
        ok("  form  My boiler leaks.\n" in shown and
           f"l{lead['id']}, web form of Ann O'Brien, agreed to be texted" in shown, "and shown there", shown)
        audit = json.loads(desk.run("audit", NUMBER).stdout)["leads"]
        ok(len(audit) == 1 and audit[0]["consent"] is True and audit[0]["consent_text"] == LEAD["consent_text"] and
           audit[0]["consented_at"] == LEAD["consented_at"] and audit[0]["source"] == LEAD["source"] and
           len(audit[0]["rules"]) == len(document["rules"]), "the consent is evidence", audit)
        why = desk.json("why", f"l{lead['id']}")
        ok(why["rules"] == document["rules"] and why["facts"]["about"] == "lead" and why["lead"] == lead, "why", why)
        desk.expect("why, no such lead", ["why", "l99"], 5, 'textback why: no such web form: "l99"\n')
        found = desk.run("search", "boiler").stdout.decode()
        ok("boiler leaks" in found, "found by its words", found)

        events = rows(desk, "SELECT max(id) FROM event")
        status, document, said = add(desk, LEAD)
        ok((status, document["again"], document["lead"]["id"]) == (0, True, lead["id"]), "the same again is one lead", said)
        ok(rows(desk, "SELECT max(id) FROM event") == events, "nothing is done for it")
        status, document, said = add(desk, {**LEAD, "message": "Hello?"})
        ok((status, document["lead"]["reason"]) == (4, "cooldown") and said.endswith(" ago (cooldown)\n"),
           "another one soon is kept, not texted", said)
        ok(len(desk.json("thread", NUMBER, "--peek")["items"]) == 3, "in the same thread")
        desk.expect("forgotten with the person", ["forget", NUMBER, "--yes"], 0)
        ok(rows(desk, "SELECT count(*) FROM lead") == rows(desk, "SELECT count(*) FROM lead_rule") == [(0,)],
           "with all that was kept")


def test_forms():
    with Desk() as desk:
        status, document, _ = add(desk, LINES)
        ok(status == 0 and (document["lead"]["name"], document["lead"]["text"]) == ("Ann", "1 + 1 = 2"), "key=value lines",
           document)
    for said, agreed in (("yes", True), ("on", True), ("1", True), ("TRUE", True), (True, True), ("no", False), ("", False),
                         (None, False), (False, False), ("maybe", False), ("yes?", False), ("off", False)):
        with Desk() as desk:
            status, document, error = add(desk, {**LEAD, "consent": said})
            lead = document["lead"]
            good = (status, lead["consent"], lead["reason"]) == ((0, True, None) if agreed else (4, False, "consent"))
            ok(good and (agreed or document["message"] is None), f"consent: {said!r}", document, error)
    with Desk() as desk:
        status, document, error = add(desk, {k: v for k, v in LEAD.items() if k != "consent"})
        ok((status, error) == (4, f"textback lead: l{document['lead']['id']} kept, not texted: "
                                  "the form says nothing of consent (consent)\n"), "no field of consent", error)
        ok(desk.json("inbox")["threads"] and desk.json("thread", NUMBER, "--peek")["thread"]["waiting_since"],
           "and yet somebody waits")
        status, document, error = add(desk, {**LEAD, "message": "Now I have ticked it"})
        ok(status == 0, "a form without consent is no conversation: the next one is texted", error)
    for name in ("WIN at http://evil.example", "x" * 31, "evil.example", "Ann\u202eekaB"):
        with Desk() as desk:
            status, document, error = add(desk, {**LEAD, "name": name})
            ok(status == 0 and document["message"]["text"].startswith("Hi there, this is ") and
               document["lead"]["name"] == name, f"not repeated in a text: {name!a}", document, error)
    with Desk() as desk:
        status, document, error = add(desk, {**LEAD, "name": "\u5f20\u4f1f"})
        ok(status == 0 and document["message"]["text"].startswith("Hi there, "), "a name that makes it too long", error)


def test_rules():
    def refused(name, rule, lead=None, *before, **config):
        with Desk() as desk:
            for command in before:
                desk.run(*command)
            if config:
                with open(desk.path + "/config.yaml", "a", encoding="utf-8") as file:
                    file.write(config["text"])
            status, document, error = add(desk, lead or LEAD)
            ok(status == 4 and document["lead"]["reason"] == rule and document["message"] is None, name, document, error)
            ok(len(rows(desk, "SELECT 1 FROM lead")) == 1, f"{name}: kept")

    refused("opted out", "opted_out", None, ["optout", "add", NUMBER])
    refused("blocked", "blocked", None, ["block", NUMBER])
    refused("on the skip list", "skip_list", None, ["skip", "add", NUMBER])
    refused("another country", "country", {**LEAD, "number": "+33612345678"})
    refused("premium", "premium", {**LEAD, "number": "09011234567"})
    refused("a landline", "landline", {**LEAD, "number": "02079460000"})
    refused("paused", "paused", None, ["pause"])
    refused("observe", "observe", text="reply: {mode: observe}\n")
    refused("the line's own number", "own_number", {**LEAD, "number": "+447700900123"})
    refused("enough for the month", "caps", text="limits: {people_per_month: 1}\n")
    refused("asks for no texts", "opted_out", {**LEAD, "message": "Please stop texting me"})
    with Desk() as desk:
        add(desk, {**LEAD, "message": "STOP"})
        ok(json.loads(desk.run("audit", NUMBER).stdout)["opt_outs"][0]["source"] == "web form", "and is opted out by it")
    with Desk() as desk:
        desk.run("contact", "set", NUMBER, "Annie")
        status, document, error = add(desk, LEAD)
        ok(status == 0 and document["message"]["text"].startswith("Hi Annie, "), "the name that we know them by", error)


def test_dry_run():
    with Desk() as desk:
        before = rows(desk, "SELECT max(id) FROM event")
        status, document, said = add(desk, LEAD, "-n")
        ok(status == 0 and document["dry_run"] and document["lead"]["id"] is None and said == "", "dry run", said, document)
        desk.expect("dry, for people", [*ADD, "-n"], 0, "",
                    "would be kept, and a text queued for Ann (07700 900700)\n", stdin=LINES)
        desk.expect("dry, no consent", [*ADD, "-n"], 4,
                    "textback lead: would be kept, and not texted: they did not agree to be texted (consent)\n", "",
                    stdin=LINES.replace("YES", "NO"))
        ok(rows(desk, "SELECT max(id) FROM event") == before, "nothing was done")


def test_twice_at_once():
    with Desk() as desk:
        runs = [subprocess.Popen([TEXTBACK, *ADD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 cwd=desk.path, env=desk.env) for _ in range(4)]
        for run in runs:
            os.write(run.stdin.fileno(), json.dumps(LEAD).encode())
            run.stdin.close()
        statuses = [run.wait(20) for run in runs]
        for run in runs:
            run.stdout.close()
            run.stderr.close()
        ok(statuses == [0, 0, 0, 0] and rows(desk, "SELECT count(*) FROM message WHERE cause = 'lead'") == [(1,)],
           "four at once are one lead and one text", statuses)


test_mistakes()
test_texted()
test_name()
test_forms()
test_rules()
test_dry_run()
test_twice_at_once()
done()
