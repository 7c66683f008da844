#!/usr/bin/env python3
"""One person with two numbers: one conversation, with all that hangs on it.

usage: test_joined.py TEXTBACK FIXTURE
"""

import json
import os

from desk import Desk, done, ok

ANN, OTHER = "+447700900321", "+447700900556"  # threads 1 and 6


def thread(desk, word):
    return desk.json("thread", word, "--peek")


def inbox(desk):
    return {row["id"]: row for row in desk.json("inbox")["threads"]}


MISTAKES = [
    (["contact", "merge", "1"], 2, "textback contact: OTHER is missing (see textback contact --help)\n"),
    (["contact", "merge", "1", "99"], 5, 'textback contact: no such thread: "99"\n'),
    (["contact", "split", "07700900000"], 5, "textback contact: +447700900000 never called or texted\n"),
    (["contact", "split"], 2, "textback contact: NUMBER is missing (see textback contact --help)\n"),
]


def test_merge():
    with Desk() as desk:
        for arguments, status, message in MISTAKES:
            desk.expect(" ".join(arguments), arguments, status, message)
        desk.expect("nothing to split", ["contact", "split", "1"], 0, "", "07700 900321 is with no other number\n")
        desk.run("note", "6", "ring twice")
        desk.run("label", "6", "bath")
        first, second = thread(desk, "1"), thread(desk, "6")
        before = desk.run("export").stdout
        desk.expect("a dry run", ["contact", "merge", "Ann Baker", "6", "-n"], 0, "",
                    "07700 900556 would be with Ann Baker (07700 900321), thread 1\n")
        ok(desk.run("export").stdout == before, "changes nothing")
        desk.expect("merge", ["contact", "merge", "Ann Baker", "6"], 0, "",
                    "07700 900556 is with Ann Baker (07700 900321), thread 1\n")
        desk.expect("again", ["contact", "merge", "1", "6"], 0, "",
                    "07700 900556 is already with Ann Baker (07700 900321), thread 1\n")
        both = thread(desk, "1")
        ok(thread(desk, "6") == both == thread(desk, OTHER) == thread(desk, "Ann Baker"), "however it is asked for")
        items = sorted((item.get("at") or item.get("created_at") or item["started_at"], item["kind"], item["id"])
                       for part in (first, second) for item in part["items"])
        ok(sorted((item.get("at") or item.get("created_at") or item["started_at"], item["kind"], item["id"])
                  for item in both["items"]) == items, "all items, in order", both["items"])
        shown = both["thread"]
        ok((shown["id"], shown["numbers"], shown["labels"]) == (1, [ANN, OTHER], ["bath"]), "what it is", shown)
        ok(shown["calls"] == first["thread"]["calls"] + second["thread"]["calls"] and
           shown["messages"] == first["thread"]["messages"] + second["thread"]["messages"], "how much", shown)
        ok(6 not in inbox(desk) and 1 in inbox(desk), "one row of the inbox", inbox(desk))
        ok(b"also 07700 900556" in desk.run("thread", "1", "--peek").stdout, "the screen tells of both numbers")
        ok([row["thread"] for row in desk.json("search", "twice")["results"]] == [1], "its notes are found there")
        ok([row["thread"] for row in desk.json("search", "See you at")["results"]] == [1], "and its texts")
        names = [(row["number"], row["name"]) for row in desk.json("contact")["contacts"] if row["name"] == "Ann Baker"]
        ok(names == [(ANN, "Ann Baker"), (OTHER, "Ann Baker")], "both have the name", names)
        desk.expect("a number may be chosen", ["send", OTHER, "Hello"], 0)
        sent = desk.json("queue")["messages"]
        ok([row["number"] for row in sent if row["text"] == "Hello"] == [OTHER], "it goes there", sent)
        reply = json.loads(desk.run("reply", "Ann Baker", "Hello again", "--json").stdout)["message"]
        ok((reply["number"], reply["thread"]) == (OTHER, 1), "and the next, to where the last one went", reply)
        desk.expect("it is sound", ["db", "check"], 0, "", "the database is sound\n")


def test_life():
    """What comes in on the number that was joined belongs to the thread."""
    with Desk() as desk:
        alone = thread(desk, "1")["thread"]
        desk.expect("merge the other way", ["contact", "merge", "6", "1"], 0)
        ok(alone["waiting_since"] and inbox(desk)[6]["waiting_since"] is None,
           "who waited has an answer: a later text to the other number", inbox(desk))
        desk.run("done", "6")
        ok(6 not in inbox(desk), "done")
        desk.more()
        row = inbox(desk).get(6, {})
        ok(row.get("unread") == 1 and row.get("waiting_since") and 1 not in inbox(desk), "a text opens it", row)
        event = [json.loads(line) for line in desk.run("events").stdout.splitlines()][-1]
        ok((event["type"], event["data"]["thread"], event["data"]["number"]) == ("message.received", 6, ANN),
           "followers hear of the thread", event)
        desk.run("thread", "6")
        ok(inbox(desk)[6]["unread"] == 0, "reading it marks it read")
        desk.run("send", OTHER, "On our way")
        ok(inbox(desk)[6]["waiting_since"] is None, "an answer on either number is one", inbox(desk))
        desk.expect("a third number", ["contact", "merge", "4", "6"], 0)
        ok(thread(desk, ANN)["thread"]["id"] == 4 and len(thread(desk, "1")["thread"]["numbers"]) == 3, "all are one")
        desk.expect("split", ["contact", "split", ANN], 0, "", "07700 900321 is a thread of its own, thread 1\n")
        after = thread(desk, "1")["thread"]
        ok((after["calls"], after["messages"], after["numbers"]) == (alone["calls"], alone["messages"] + 1, [ANN]),
           "it has what is its own", after)
        total = [thread(desk, word)["thread"] for word in ("4", "6")]
        ok(total[0] == total[1] and len(total[0]["numbers"]) == 2, "the others stay together", total)


def test_names():
    """A split gives back the names from before the merge, and no name is on two people."""
    with Desk() as desk:
        def names():
            return {row["number"]: row["name"] for row in desk.json("contact")["contacts"]}

        desk.run("contact", "merge", "1", "6")
        shown = desk.run("contact", "show", "1").stdout.decode()
        ok("also 07700 900556\n" in shown, "show has all numbers", shown)
        desk.run("contact", "split", OTHER)
        ok(names() == {ANN: "Ann Baker"}, "who had no name has none", names())
        desk.run("contact", "set", "6", "Bea")
        desk.run("contact", "merge", "1", "6")
        desk.run("contact", "split", OTHER)
        ok(names() == {ANN: "Ann Baker", OTHER: "Bea"}, "who had one has it", names())
        desk.run("contact", "set", "1", "")
        desk.run("contact", "merge", "1", "6")
        ok(names() == {ANN: "Bea", OTHER: "Bea"}, "together they have the one", names())
        desk.run("contact", "split", OTHER)
        ok(names() == {OTHER: "Bea"}, "and it goes with its number", names())
        desk.run("contact", "set", "6", "Zebedee Quill")
        desk.run("contact", "merge", "1", "6")
        desk.run("contact", "split", OTHER)
        desk.expect("forget the other", ["forget", "6", "-y"], 0)
        data = b"".join(open(path, "rb").read() for path in (desk.db(), desk.db() + "-wal") if os.path.exists(path))
        ok(OTHER.encode() not in data and b"Zebedee" not in data, "of whom nothing is left")


def test_forget():
    with Desk() as desk:
        desk.run("contact", "merge", "1", "6")
        desk.run("optout", "add", OTHER)
        desk.expect("forget", ["forget", "Ann Baker", "-y"], 0)
        data = b"".join(open(path, "rb").read() for path in (desk.db(), desk.db() + "-wal") if os.path.exists(path))
        ok(ANN.encode() not in data and OTHER.encode() not in data, "no number is left")
        ok(desk.run("send", OTHER, "Hello").returncode == 4, "and the opt-out counts")


def test_audit():
    with Desk() as desk:
        desk.run("contact", "merge", "1", "6")
        audit = desk.json("audit", "1")
        ok({row["number"] for row in audit["threads"]} == {ANN, OTHER}, "both numbers", audit["threads"])
        ok({row["number"] for row in audit["messages"]} == {ANN, OTHER}, "the texts of both", audit["messages"])


for test in test_merge, test_names, test_life, test_forget, test_audit:
    test()
done()
