#!/usr/bin/env python3
"""Follow-ups that are planned: listed, shown where somebody looks, and taken back; and why one that is queued waits.

usage: test_follow_up.py TEXTBACK FIXTURE CLOCK
"""

import calendar
import json
import os
import sqlite3
import sys
import time

from desk import Desk, answering, done, ok

ANN = "Ann Baker (07700 900321)"
DUE = int(time.time()) // 60 * 60 + 3 * 86400


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def execute(desk, statement, *values):
    with sqlite3.connect(desk.db()) as db:
        return db.execute(statement, values).fetchall()


def plan(desk, message=1, due=DUE):
    """What the daemon writes when a text has left."""
    execute(desk, "INSERT INTO follow_up (line, contact, message, nudge, due)"
                  " SELECT line, contact, id, 0, ? FROM message WHERE id = ?", due, message)


def test_none():
    with Desk() as desk:
        desk.expect("none, and why", ["follow-up"], 0, "textback follow-up: no follow-up is planned: "
                                                       "follow_up.enabled is false\n", "")
        ok(desk.json("follow-up") == {"v": 1, "follow_ups": []}, "none, JSON")
        ok("planned" not in desk.run("status").stdout.decode(), "status says nothing")
        ok(desk.json("status")["follow_ups"] == {"planned": 0, "next_at": None}, "status, JSON")
        with open(desk.path + "/config.yaml", "a", encoding="utf-8") as file:
            file.write("follow_up: {enabled: true}\n")
        desk.expect("none", ["follow-up", "list"], 0, "textback follow-up: no follow-up is planned\n", "")
        desk.expect("another word", ["follow-up", "cancle"], 2,
                    'textback follow-up: unknown word: "cancle" (did you mean cancel?)\n')
        desk.expect("nobody named", ["follow-up", "cancel"], 2,
                    "textback follow-up: PERSON is missing (see textback follow-up --help)\n")
        desk.expect("nobody known", ["follow-up", "cancel", "Nobody"], 5,
                    'textback follow-up: no such person: "Nobody"\n')
        desk.expect("nothing planned", ["follow-up", "cancel", "ann baker"], 4,
                    f"textback follow-up: no follow-up is planned for {ANN}\n")


def test_planned():
    with Desk() as desk:
        plan(desk)
        planned = desk.json("follow-up")["follow_ups"]
        ok(planned == [{"id": 1, "line": "main", "thread": 1, "number": "+447700900321", "name": "Ann Baker", "after": 1,
                        "nudge": 1, "due_at": rfc3339(DUE), "message": None, "reason": None}], "JSON", planned)
        shown = desk.run("follow-up").stdout.decode()
        ok(ANN in shown and "m1" in shown and time.strftime("%H:%M", time.gmtime(DUE)) in shown, "the list", shown)
        ok(", follow-up " in desk.run("thread", "1", "--peek").stdout.decode().splitlines()[0], "thread shows it")
        ok(desk.json("thread", "1", "--peek")["thread"]["follow_up_at"] == rfc3339(DUE), "thread, JSON")
        ok("planned  1 follow-up, the next " in desk.run("status").stdout.decode(), "status")
        call = execute(desk, "SELECT call FROM message WHERE id = 1")[0][0]
        ok("\nfollow-up planned for " in desk.run("why", f"c{call}").stdout.decode(), "why")
        ok(desk.json("why", f"c{call}")["follow_up"] == planned[0], "why, JSON")
        ok(desk.json("why", "c3")["follow_up"] is None, "of another call there is none")

        before = execute(desk, "SELECT max(id) FROM event")
        desk.expect("cancel, dry", ["follow-up", "cancel", "1", "-n"], 0, "",
                    f"the follow-up to {ANN} would be cancelled\n")
        desk.expect("all or none", ["follow-up", "cancel", "1", "Nobody"], 5)
        ok(len(desk.json("follow-up")["follow_ups"]) == 1 and execute(desk, "SELECT max(id) FROM event") == before,
           "nothing was done")
        run = desk.json("follow-up", "cancel", "ann baker", "-n")
        ok(run["dry_run"] and run["follow_ups"][0]["reason"] == "cancelled by hand", "dry, JSON", run)
        desk.expect("cancel", ["follow-up", "cancel", "1"], 0, "", f"the follow-up to {ANN} cancelled\n")
        ok(desk.json("follow-up")["follow_ups"] == [], "gone")
        ok("\nno follow-up: cancelled by hand\n" in desk.run("why", f"c{call}").stdout.decode(), "why not")
        event = json.loads(desk.run("events").stdout.splitlines()[-1])
        ok(event["type"] == "follow_up.cancelled" and event["data"]["reason"] == "cancelled by hand", "the event", event)
        audit = json.loads(desk.run("audit", "1").stdout)["follow_ups"]
        ok(audit == [{"id": 1, "thread": 1, "after": 1, "nudge": 1, "due_at": None, "message": None,
                      "reason": "cancelled by hand"}], "audit", audit)


def test_taken_back():
    for name, command, reason in (
            ("you text", ["reply", "1", "On our way"], "you texted first"),
            ("done", ["done", "1"], "done"),
            ("won", ["won", "1"], "done"),
            ("snoozed", ["snooze", "1", "2h"], "snoozed"),
            ("blocked", ["block", "1"], "blocked"),
            ("skipped", ["skip", "add", "1"], "on the skip list"),
            ("opted out", ["optout", "add", "1"], "opted out")):
        with Desk() as desk:
            plan(desk)
            desk.expect(name, command, 0)
            left = execute(desk, "SELECT due, reason FROM follow_up")
            ok(left == [(None, reason)], f"{name}: taken back", left)
    with Desk() as desk:
        plan(desk)
        desk.expect("a pause", ["pause"], 0)
        desk.expect("a note", ["note", "1", "called the supplier"], 0)
        ok(len(desk.json("follow-up")["follow_ups"]) == 1, "are no signs of life")
        desk.expect("forget", ["forget", "1", "--yes"], 0)
        ok(execute(desk, "SELECT count(*) FROM follow_up") == [(0,)], "forgotten with the person")


def test_queued():
    """Queued, and held up: `why` and `queue` say by what, and until when."""
    ready = json.dumps({"v": 1, "lines": [{"name": "main", "state": "ready"}]})
    with Desk() as desk:
        with open(desk.path + "/config.yaml", "a", encoding="utf-8") as file:
            file.write("follow_up: {enabled: true, days: [mon, thu]}\nlimits: {per_hour: 1}\n")
        plan(desk)
        call = execute(desk, "SELECT call FROM message WHERE id = 1")[0][0]
        desk.run("queue", "cancel", "m5")
        desk.run("send", "1", "?")
        execute(desk, "UPDATE message SET cause = 'follow_up', urgency = 5, created = 0, due = 0, expires = ? WHERE id = 6",
                calendar.timegm((2027, 1, 7, 20, 0, 0)))  # a Thursday
        execute(desk, "UPDATE part SET urgency = 5, next = 0 WHERE message = 6")
        execute(desk, "UPDATE follow_up SET due = NULL, text = 6")

        def waits(name, day, hour, why, year=2027):
            now = calendar.timegm((year, 1, day, hour, 0, 0))
            env = {"LD_PRELOAD": os.path.abspath(sys.argv[3]), "TEXTBACK_TEST_CLOCK": str(now),
                   "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
            for command, want in (["why", f"c{call}"], f"\nfollow-up: m6 queued\nm6 waits: {why}\n"), (["queue"], f"m6    {why}\n"):
                server = answering(desk, ready)
                shown = desk.run(*command, **env).stdout.decode()
                server.join()
                ok(want in shown, f"{name}: {command[0]}", shown)

        waits("a night before it", 5, 23, "follow_up.window opens Thu 09:00; expires Thu 20:00")
        waits("in the morning", 7, 8, "follow_up.window opens 09:00; expires 20:00")
        execute(desk, "INSERT INTO departure (line, message, automatic, at) SELECT line, 5, 1, ? FROM message WHERE id = 6",
                calendar.timegm((2027, 1, 7, 8, 30, 0)))
        waits("in the window, a limit", 7, 9, "limits.per_hour, until 09:30; expires 20:00")
        waits("on Friday", 8, 9, "follow_up.window opens Mon 09:00; expires Thu 20:00")
        waits("a box without a clock", 5, 9, "the clock is not set; expires 7 Jan 2027", 1970)


test_none()
test_planned()
test_taken_back()
test_queued()
done()
