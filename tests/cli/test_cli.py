#!/usr/bin/env python3
"""The commands as people and scripts meet them: output, messages, exit status, JSON keys.

usage: test_cli.py TEXTBACK FIXTURE

Each test works on a database that FIXTURE filled, in a directory of its own; no daemon runs.
"""

import contextlib
import json
import os
import pwd
import resource
import signal
import sqlite3
import subprocess
import time

from desk import CONFIG, FIXTURE, PATIENCE, TEXTBACK, Desk, answering, done, next_line, ok, skip

HOSTILE_NUMBER = "\x1b]0;%n'\"\r<b>"
HOSTILE_TEXT = "\x1b[2J\x07'; DROP TABLE message;--\r\n%n%s \"\\ \u202eend"

MISTAKES = [
    (["statsu"], 2, 'textback: unknown command: "statsu" (did you mean status?)\n'),
    (["frobnicate"], 2, 'textback: unknown command: "frobnicate" (textback --help lists them)\n'),
    (["\x1b[31mrun"], 2, None),
    (["-x"], 2, "textback: unknown option: -x\n"),
    (["calls", "--mised"], 2, "textback calls: unknown option: --mised (did you mean --missed?)\n"),
    (["calls", "--frobnicate"], 2, "textback calls: unknown option: --frobnicate (see textback calls --help)\n"),
    (["calls", "--missed=3"], 2, "textback calls: --missed takes no value\n"),
    (["calls", "--quiet=3"], 2, "textback calls: --quiet takes no value\n"),
    (["calls", "--json", "-xq"], 2, "textback calls: unknown option: -x (an argument with a - goes behind --)\n"),
    (["calls", "-n"], 2, "textback calls: unknown option: -n (an argument with a - goes behind --)\n"),
    (["send", "1", "-5 degrees"], 2,
     "textback send: unknown option: -5 (an argument with a - goes behind --)\n"),
    (["send", "1", "a\x1b[2Jb"], 2, "textback send: the text holds the control character U+001B at octet 1\n"),
    (["send", "1", "a\u0085b"], 2, "textback send: the text holds the control character U+0085 at octet 1\n"),
    (["send", "1", "hi", "--max-parts", "300"], 2,
     'textback send: --max-parts: "300" is not a number from 1 to 255\n'),
    (["resume", "1"], 2, None),
    (["pause", "0s"], 2, 'textback pause: too short: "0s" (at least 1s; textback resume ends a pause)\n'),
    (["calls", "--since"], 2, "textback calls: --since needs a value\n"),
    (["calls", "--since", "yesterdya"], 2,
     'textback calls: --since: not a time: "yesterdya" (did you mean yesterday?)\n'),
    (["calls", "--since", "31-12"], 2, None),
    (["calls", "--until", "2026-02-30"], 2, None),
    (["calls", "--last", "7"], 2, 'textback calls: --last: not a duration: "7" (such as 2h, 7d)\n'),
    (["calls", "--last", "7d", "--since", "mon"], 2, "textback calls: --last excludes --since and --until\n"),
    (["calls", "--limit", "0"], 2, 'textback calls: --limit: "0" is not a number from 1 to 10000\n'),
    (["calls", "x"], 2, 'textback calls: one argument too many: "x"\n'),
    (["why"], 2, "textback why: CALL is missing (see textback why --help)\n"),
    (["why", "c99"], 5, 'textback why: no such call: "c99"\n'),
    (["why", "m1"], 5, 'textback why: no such call: "m1"\n'),
    (["thread"], 2, "textback thread: PERSON is missing (see textback thread --help)\n"),
    (["thread", "99"], 5, 'textback thread: no such thread: "99"\n'),
    (["thread", "c99"], 5, 'textback thread: no such call: "c99"\n'),
    (["thread", "c2"], 5, "textback thread: call c2 came without a number\n"),
    (["thread", "m99"], 5, 'textback thread: no such message: "m99"\n'),
    (["thread", "Nobody"], 5, 'textback thread: no such person: "Nobody"\n'),
    (["thread", "07700 900111"], 5, "textback thread: +447700900111 never called or texted\n"),
    (["thread", "'; DROP TABLE contact;--"], 5, None),
    (["send"], 2, "textback send: PERSON is missing (see textback send --help)\n"),
    (["send", "1"], 2, "textback send: TEXT is missing (see textback send --help)\n"),
    (["send", "1", "on", "my", "way"], 2,
     'textback send: one argument too many: "my" (a text of several words goes in quotes)\n'),
    (["send", "+44", "hi"], 5, 'textback send: not a number in GB: "+44" has too few digits\n'),
    (["send", "07", "hi"], 5, 'textback send: not a number in GB: "07" has too few digits\n'),
    (["send", "0770", "hi"], 5, 'textback send: not a number in GB: "0770" has too few digits\n'),
    (["send", "0770090099", "hi"], 5, 'textback send: not a number in GB: "0770090099" has too few digits\n'),
    (["send", "123456789", "hi"], 5, 'textback send: no such thread: "123456789"\n'),
    (["send", "01", "hi"], 5, None),
    (["thread", "t99"], 5, 'textback thread: no such thread: "t99"\n'),
    (["send", "sc:07", "hi"], 5, 'textback send: no such short code: "sc:07"\n'),
    (["thread", "sc:60777"], 5, 'textback thread: no such short code: "sc:60777"\n'),
    (["send", "999", "help"], 5, 'textback send: no such thread: "999"\n'),
    (["send", "1", ""], 2, "textback send: the text is empty\n"),
    (["send", "1", "  \n "], 2, "textback send: the text holds nothing but blanks\n"),
    (["reply", "1", "\u00a0\u200b\u3000"], 2, "textback reply: the text holds nothing but blanks\n"),
    (["send", "1", "x" * 161], 4,
     "textback send: the text needs 2 parts, text.max_parts allows 1 (--max-parts 2 sends it)\n"),
    (["send", "07700900777", "hi"], 4, "textback send: +447700900777 opted out: not texted\n"),
    (["send", "07700900888", "hi"], 4,
     "textback send: +447700900888 is blocked: not texted (textback unblock +447700900888)\n"),
    (["send", "07700900123", "hi"], 4, "textback send: +447700900123 is your own number\n"),
    (["send", "1", "hi", "--wait=soon"], 2, 'textback send: --wait: not a duration: "soon" (such as 30s, 2m)\n'),
    (["send", "1", "hi", "--max-parts", "256"], 2, None),
    (["send", "4", "hi"], 4, None),
    (["reply", "07700 900111", "hi"], 5, "textback reply: +447700900111 never called or texted\n"),
    (["queue", "zebra"], 2, 'textback queue: unknown word: "zebra" (list, cancel, hold, release, retry)\n'),
    (["modem", "lst"], 2, 'textback modem: unknown word: "lst" (did you mean list?)\n'),
    (["queue", "cancle", "m5"], 2, 'textback queue: unknown word: "cancle" (did you mean cancel?)\n'),
    (["queue", "cancel"], 2, "textback queue: MESSAGE is missing (see textback queue --help)\n"),
    (["queue", "cancel", "m99"], 5, 'textback queue: no such text: "m99"\n'),
    (["queue", "cancel", "m1"], 4, "textback queue: too late: m1 is delivered\n"),
    (["optout", "remove", "07700900777"], 4, None),
    (["optout", "ad", "07700900777"], 2, 'textback optout: unknown word: "ad" (did you mean add?)\n'),
    (["block", "Nobody"], 5, 'textback block: no such person: "Nobody"\n'),
    (["pause", "soon"], 2, 'textback pause: not a duration: "soon" (such as 30m, 2h, 1d)\n'),
    (["events", "--after", "-1"], 2, 'textback events: --after: not the id of an event: "-1"\n'),
    (["events", "--follow", "--until", "now"], 2, "textback events: --follow excludes --until\n"),
    (["pdu"], 2, "textback pdu: decode or encode is missing (see textback pdu --help)\n"),
    (["pdu", "decode", "0791zz"], 1, "textback pdu: octet 2: a character that is no hex digit\n"),
    (["pdu", "decode", "0791447758010050000"], 1, "textback pdu: octet 9: an odd number of hex digits\n"),
    (["pdu", "decode", "07914477"], 1, "textback pdu: octet 4: ends too early\n"),
    (["pdu", "decode", "0C914477"], 1, "textback pdu: octet 0: the SMSC field is longer than it can be\n"),
    (["pdu", "encode", "Ann", "hi"], 2, 'textback pdu: not a number to send to: "Ann" (digits, * and #, with + in '
     "front where it is international)\n"),
    (["pdu", "encode", "abc", "hi"], 2, 'textback pdu: not a number to send to: "abc" (digits, * and #, with + in '
     "front where it is international)\n"),
    (["check", "nowhere.yaml"], 7, "nowhere.yaml: no such file\n"),
    (["-d", "nowhere.db", "calls"], 8, "textback calls: no database at nowhere.db yet: `textback run` makes it\n"),
    (["-d", "config.yaml", "calls"], 8, None),
    (["-d", "/", "calls"], 8, None),
    (["-c", "nowhere.yaml", "calls"], 7, "textback calls: nowhere.yaml: no such file\n"),
    (["thread", "07700900777"], 5, "textback thread: +447700900777 never called or texted, and opted out\n"),
    (["status"], 3, "textback status: the daemon is not running (start it with: textback run)\n"),
]


def test_mistakes():
    with Desk() as desk:
        for arguments, status, message in MISTAKES:
            name = ascii(" ".join(argument[:40] for argument in arguments))
            run = desk.expect(name, arguments, status, message)
            if "\x1b" in run.stderr.decode():
                ok(False, f"{name}: an escape sequence comes through")
        ok(desk.run().returncode == 2, "no command at all")


def test_configuration():
    with Desk(filled=False) as desk:
        desk.expect("no configuration", ["calls"], 7, TEXTBACK_CONFIG="", HOME="/nonexistent")
        bad = desk.file("bad.yaml", CONFIG.replace("country: GB", "country: GB, cuontry: GB") % ("/x", "/x"))
        run = desk.expect("a wrong key", ["check", bad], 7, stdout="")
        ok(run.stderr.decode().startswith(f"{bad}:2:"), "the place of the mistake comes first", run.stderr)
        run = desk.expect("a wrong key, JSON", ["check", bad, "--json"], 7)
        ok(json.loads(run.stdout)["error"].startswith(f"{bad}:2:"), "the mistake is in the JSON", run.stdout)
        with Desk() as other:
            run = desk.expect("a wrong key, and a database", ["-c", bad, "-d", other.db(), "calls"], 0)
            ok(b"goes on without it" in run.stderr and b"c1" in run.stdout, "is read without it", run)
        run = desk.expect("a wrong key, and none", ["-c", bad, "calls"], 7)
        ok(b"(textback calls -d DATABASE works without it)" in run.stderr, "says how", run.stderr)
        me = pwd.getpwuid(os.geteuid()).pw_name
        far = desk.file("far.yaml", CONFIG % (desk.path + "/no/such", desk.path))
        desk.expect("to send before the first run", ["-c", far, "send", "07700900111", "hi"], 8,
                    f"textback send: no database at {desk.path}/no/such/t.db yet: `textback run` makes it\n")
        run = desk.expect("to run where the directory cannot be made", ["-c", far, "run"], 1)
        ok(f"sudo install -d -m 0700 -o {me} {desk.path}/no/such)" in run.stderr.decode(), "how to mend it", run)
        far = desk.file("far.yaml", CONFIG % (desk.path + "/new", desk.path + "/no/such"))
        run = desk.expect("to run where the socket cannot be made", ["-c", far, "run"], 1)
        ok(f"sudo install -d -m 0755 -o {me} {desk.path}/no/such)" in run.stderr.decode(), "how to mend it", run)
        ok(os.stat(desk.path + "/new").st_mode & 0o777 == 0o700, "the directory of the database is made")
        long = desk.file("long.yaml", CONFIG % ("/x", "/x") + 'templates: {first: "%s"}\n' % ("long " * 40))
        run = desk.expect("a template of two parts", ["check", long], 7)
        ok(b"templates.first" in run.stderr, "is named", run.stderr)
        os.mkfifo(desk.path + "/fifo")
        fifo = desk.file("fifo.yaml", CONFIG % (desk.path, desk.path) + f'log: {{trace: "{desk.path}/fifo"}}\n')
        desk.expect("a trace that is no file", ["check", "-q", fifo], 9,
                    f"textback check: log.trace: {desk.path}/fifo: no trace: it is no regular file\n")
        run = desk.expect("a good configuration", ["check"], 0, "")
        ok(run.stdout.decode().startswith(f"{desk.path}/config.yaml: OK\n"), "it says OK", run.stdout)
        desk.expect("quiet is quiet", ["check", "-q"], 0, "", "")
        run = desk.expect("the defaults", ["check", "--show-defaults"], 0, "")
        ok(b"cooldown" in run.stdout, "they name the keys", run.stdout[:200])
        desk.expect("no database yet", ["calls"], 8,
                    f"textback calls: no database at {desk.db()} yet: `textback run` makes it\n")
        desk.expect("a dry run makes no database", ["block", "07700900001", "-n"], 8)
        ok(not os.path.exists(desk.db()), "none was made")


KEYS = {
    "call": "id line number name withheld certain started_at ended_at rings outcome decision reason message "
            "thread message_state message_error",
    "message": "id line thread call number name direction text cause state parts resent created_at due_at sent_at "
               "delivered_at error held owner lead",
    "thread": "id number name state unread waiting_since opted_out blocked labels calls messages last_at last_text snoozed_until "
              "numbers follow_up_at says",
    "rule": "name result detail",
    "opt_out": "number name at source",
    "event": "v id at type data",
    "queue": "waiting failed unknown",
    "today": "calls missed texted replied",
    "status": "v running lines queue today paused stopped_until muted limits waiting follow_ups owner",
    "decoded": "v type smsc number number_type scts pid dcs alphabet class concat ports text data_hex "
               "shown compressed header_malformed lang_locking lang_single replace_type for_machine mwi",
    "encoded": "v alphabet parts replaced needs_ucs2",
}


def has_keys(kind, value, *before):
    wanted = [*before, *KEYS[kind].split()]
    ok(list(value) == wanted, f"the keys of a {kind}", f"got {list(value)}", f"want {wanted}")


def test_json():
    with Desk() as desk:
        calls = desk.json("calls")
        ok(calls["v"] == 1 and [call["id"] for call in calls["calls"]] == [5, 4, 3, 2, 1], "calls, newest first")
        has_keys("call", calls["calls"][0])
        ok(calls["calls"][0]["number"] == HOSTILE_NUMBER, "a hostile caller id is exact", calls["calls"][0])
        ok(calls["calls"][3]["number"] is None and calls["calls"][3]["withheld"], "a withheld number")
        ok([call["id"] for call in desk.json("calls", "--missed", "--limit", "2")["calls"]] == [5, 3], "calls --missed")
        ok([call["id"] for call in desk.json("calls", "--last", "75m")["calls"]] == [5, 4], "calls --last")
        ok([call["id"] for call in desk.json("calls", "--until", "85m")["calls"]] == [2, 1], "calls --until")
        why = desk.json("why", "c3")
        has_keys("rule", why["rules"][0])
        ok([rule["result"] for rule in why["rules"]] == ["pass", "stop"] and why["call"]["id"] == 3, "why", why)
        inbox = desk.json("inbox")["threads"]
        has_keys("thread", inbox[0])
        ok(inbox[0]["name"] == "Ann Baker" and inbox[0]["unread"] == 1, "who waits longest is first", inbox)
        evil = [thread for thread in inbox if thread["number"].startswith("EVIL")][0]
        ok(evil["waiting_since"] is None, "a name cannot be answered: it does not wait", evil)
        ok({thread["name"] for thread in desk.json("inbox", "--unread")["threads"]} == {"Ann Baker", None}, "--unread")
        thread = desk.json("thread", "EVIL\x1b[0m", "--peek")
        ok([item["text"] for item in thread["items"]] == [HOSTILE_TEXT], "a hostile text is exact", thread)
        thread = desk.json("thread", "ann baker", "--peek")
        ok([item["kind"] for item in thread["items"]] == ["call", "message", "message", "call"], "a thread", thread)
        has_keys("call", thread["items"][0], "kind")
        has_keys("message", thread["items"][1], "kind")
        ok(desk.json("thread", "c1", "--peek") == thread == desk.json("thread", "m1", "--peek"), "by call and text")
        ok(thread["thread"]["unread"] == 1, "--peek leaves it unread")
        desk.run("thread", "1")
        ok(desk.json("thread", "1")["thread"]["unread"] == 0, "looking makes it read")
        has_keys("opt_out", desk.json("optout")["opt_outs"][0])
        queue = desk.json("queue")["messages"]
        ok([message["id"] for message in queue] == [5], "the queue", queue)
        status = desk.json("status")
        has_keys("status", status)
        has_keys("queue", status["queue"])
        has_keys("today", status["today"])
        ok([(line["name"], line["state"]) for line in status["lines"]] == [("shop", "stopped"), ("main", "stopped")],
           "the lines are named without a daemon, too", status)
        has_keys("thread", status["waiting"][0])
        ok([thread["name"] for thread in status["waiting"]][0] == "Ann Baker", "who waits", status)
        ok(status["queue"] == {"waiting": 1, "failed": 1, "unknown": 0} and not status["running"], "status", status)


def test_limits():
    """What the caps have used, and who is muted, for machines."""
    with Desk() as desk:
        with sqlite3.connect(desk.db()) as db:
            now = desk.now
            line = db.execute("SELECT id FROM line WHERE name = 'main'").fetchone()[0]
            db.execute("DELETE FROM departure")
            db.executemany("INSERT INTO departure (line, message, automatic, at) VALUES (?, 1, 1, ?)",
                           [(line, now - ago) for ago in (5, 30, 200, 4000, 90000)])
            db.execute("INSERT INTO mute VALUES ('+447700900321', ?), ('+447700900322', ?)", (now + 900, now - 9))
        config = desk.file("limits.yaml", CONFIG % (desk.path, desk.path) + "limits: {per_minute: 2, pace: 0s}\n")
        status = desk.json("status", "-c", config)
        ok([(row["number"], row["name"]) for row in status["muted"]] == [("+447700900321", "Ann Baker")],
           "status: who is muted", status["muted"])
        lines = {row["name"]: row for row in status["limits"]["lines"]}
        used = [lines["main"][cap]["used"] for cap in ("per_minute", "per_hour", "per_day")]
        ok(used == [2, 3, 4] and lines["main"]["per_minute"]["most"] == 2, "status: what is used of the caps", lines)
        ok(lines["main"]["waits_for"] == "limits.per_minute" and lines["main"]["open_at"], "status: what it waits for",
           lines)
        ok(lines["shop"]["per_day"] == {"used": 0, "most": 100} and lines["shop"]["open_at"] is None,
           "status: a line that sent nothing", lines)
        ok(status["limits"]["people_per_month"]["most"] == 250, "status: people", status["limits"])


def test_fate():
    """What became of a call's text is told with the call."""
    fates = (("delivered", None, "texted: m1 ✓✓ delivered", "m1 ✓✓ delivered"),
             ("cancelled", "opted out", "not texted: m1 cancelled, opted out", "m1 cancelled: opted out"),
             ("expired", "too old to be sent", "not texted: m1 expired, too old", "m1 expired: too old"),
             ("failed", "no credit", "not texted: m1 ✗ failed, no credit", "m1 ✗ failed: no credit"),
             ("unknown", "no answer", "perhaps texted: m1 ? unknown, no answer", "m1 ? unknown: no answer"),
             ("waiting", None, "to be texted: m1 waiting", "m1 waiting"))
    with Desk() as desk:
        for state, error, why, calls in fates:
            db = sqlite3.connect(desk.db())
            db.execute("UPDATE message SET state = ?, error = ? WHERE id = 1", (state, error))
            db.commit()
            db.close()
            call = desk.json("why", "c1")["call"]
            ok((call["message_state"], call["message_error"]) == (state, error), f"why --json: {state}", call)
            ok(why in desk.run("why", "c1").stdout.decode(), f"why: {state}", desk.run("why", "c1").stdout)
            ok(calls in desk.run("calls").stdout.decode(), f"calls: {state}", desk.run("calls").stdout)


POLICY_CONFIG = CONFIG + """hours: {mon: ["08:00-17:30"], tue: ["08:00-17:30"], wed: ["08:00-17:30"]}
holidays: [{date: 12-25, name: Christmas}]
text: {max_parts: 2}
templates: {repeat: "It\u2019s us again \U0001F600, 20%% off", first: "{business} \u2019ere. What is it?"}
"""


def test_policy():
    with Desk() as desk:
        desk.expect("skip: nobody", ["skip"], 0, "textback skip: nobody is skipped\n", "")
        desk.expect("skip: a slip", ["skip", "ad", "1"], 2, 'textback skip: unknown word: "ad" (did you mean add?)\n')
        desk.expect("skip: whom?", ["skip", "add"], 2, "textback skip: PERSON is missing (see textback skip --help)\n")
        desk.expect("skip: a dry run", ["skip", "add", "07700900555", "-n"], 0, "", "+447700900555 would be skipped\n")
        desk.expect("skip: add", ["skip", "add", "07700900555"], 0, "", "+447700900555 skipped\n")
        desk.expect("skip: again", ["skip", "add", "07700900555"], 0, "", "+447700900555 was skipped already\n")
        skipped = desk.json("skip")["skipped"]
        ok([list(row) for row in skipped] == [["number", "name", "at"]], "skip: JSON", skipped)
        desk.expect("a skipped person is texted by hand", ["send", "07700900555", "hi"], 0)
        desk.expect("skip: remove", ["skip", "remove", "07700900555"], 0, "", "+447700900555 taken off the skip list\n")
        desk.expect("skip: twice", ["skip", "remove", "07700900555"], 0, "", "+447700900555 was not skipped\n")
        desk.expect("away: how long?", ["away", "soon"], 2,
                    'textback away: not a duration: "soon" (such as 30m, 2h, 3d)\n')
        ok("always open (no hours are set)" in desk.run("hours").stdout.decode(), "hours: none are set")
        desk.expect("hours: a slip", ["hours", "25:00"], 2)
        config = desk.file("policy.yaml", POLICY_CONFIG % (desk.path, desk.path))
        hours = desk.json("-c", config, "hours", "2027-12-25")
        ok(hours["template"] == "holiday" and hours["holiday"] == "Christmas" and not hours["open"]
           and "closed for Christmas until Monday 08:00" in hours["text"], "hours: a holiday", hours)
        hours = desk.json("-c", config, "hours", "2026-12-01 17:29")
        ok(hours["open"] and hours["next_open_at"] == "2026-12-02T08:00:00Z", "hours: open", hours)
        desk.expect("away", ["away", "400d"], 0)
        ok(desk.json("-c", config, "hours", "2026-12-01 12:00")["template"] == "away", "hours: away")
        desk.expect("back", ["back"], 0, "", "back\n")
        ok(desk.json("-c", config, "hours", "2026-12-01 12:00")["template"] == "first", "hours: back")
        desk.expect("pause", ["pause"], 0)
        ok(desk.json("-c", config, "hours")["reason"] == "paused", "hours: paused")
        desk.expect("template: a slip", ["template", "render", "clsed"], 5,
                    'textback template: no such template: "clsed" (did you mean closed?)\n')
        desk.expect("template: --for", ["template", "lint", "--for", "1"], 2, "textback template: --for is for render\n")
        run = desk.run("-c", config, "template", "lint")
        findings = [line.split(None, 1) for line in run.stdout.decode().splitlines()[1:]]
        ok(run.returncode == 9 and [name for name, _ in findings] == ["first"] + 3 * ["repeat"], "template: lint", run)
        ok(desk.json("-c", config, "template", "lint")["findings"][0] ==
           {"name": "first", "finding": 'U+2019 is sent as "\'"'}, "template: lint, what is folded")
        desk.expect("template: nothing odd", ["template", "lint"], 0, "", "nothing is odd about the 10 templates\n")
        for_ann = desk.json("template", "render", "known", "--for", "ann baker")
        ok(for_ann["text"].startswith("Hi Ann Baker,") and "STOP" not in for_ann["text"], "template: for Ann", for_ann)
        stranger = desk.json("template", "render", "known", "--for", "07700900111")
        ok(stranger["text"].startswith("Hi there,") and "STOP" in stranger["text"], "template: for a stranger", stranger)
        ok(len(desk.json("template")["templates"]) == 10, "template: list")
        ok(desk.json("optout")["doubtful"] == [], "nobody is doubtful")


def test_events():
    with Desk() as desk:
        events = [json.loads(line) for line in desk.run("events").stdout.splitlines()]
        has_keys("event", events[0])
        ids = [event["id"] for event in events]
        ok(len(ids) > 20 and ids == sorted(ids), "events in order", ids)
        after = [json.loads(line)["id"] for line in desk.run("events", "--after", str(ids[-3])).stdout.splitlines()]
        ok(after == ids[-2:], "events --after", after)
        recent = [json.loads(line)["type"] for line in desk.run("events", "--last", "25m").stdout.splitlines()]
        ok(recent == ["opt_out"], "events --last", recent)
        for kind in "call", "message":
            for event in [event for event in events if event["type"].split(".")[0] == kind][:3]:
                has_keys(kind, event["data"])
        received = [event for event in events if event["type"] == "message.received"]
        ok(received[1]["data"]["text"] == HOSTILE_TEXT, "a hostile text is exact", received)
        ok("\u202e" not in desk.run("events").stdout.decode(), "and no control gets through")


def test_send():
    down = "textback send: queued; the daemon is not running (start it with: textback run)\n"
    with Desk() as desk:
        desk.expect("send", ["send", "07700 900111", "it’s on"], 0, down,
                    "m6 queued for 07700 900111: 1 part, GSM 7-bit, some characters replaced\n")
        run = desk.expect("send, JSON", ["send", "Ann Baker", "ok \U0001f527", "--json"], 0, down)
        message = json.loads(run.stdout)["message"]
        has_keys("message", message)
        ok((message["line"], message["text"], message["state"], message["number"]) ==
           ("main", "ok \U0001f527", "queued", "+447700900321"), "from the line they know", message)
        ok(desk.json("queue")["messages"][1]["line"] == "shop", "a stranger is texted from the first line")
        desk.expect("two parts, allowed", ["send", "1", "x" * 161, "--max-parts", "2"], 0, down,
                    "m8 queued for Ann Baker (07700 900321): 2 parts, GSM 7-bit\n")
        desk.expect("a short code", ["send", "60777", "GAS"], 0, down, "m9 queued for 60777: 1 part, GSM 7-bit\n")
        desk.expect("from standard input", ["reply", "c1", "-"], 0, None,
                    "m10 queued for Ann Baker (07700 900321): 1 part, GSM 7-bit\n", stdin="two\nlines\n")
        ok(desk.json("queue")["messages"][-1]["text"] == "two\nlines", "without the last line end")
        desk.expect("a text that looks like an option", ["send", "1", "--", "--all"], 0, down)
        desk.expect("quiet", ["send", "1", "hi", "-q"], 0, "", "")
        before = desk.json("queue")
        for arguments in ["send", "1", "hi", "-n"], ["reply", "1", "hi", "-n"]:
            dry = desk.json(*arguments)
            has_keys("message", dry["message"])
            ok((dry["dry_run"], dry["message"]["id"], dry["message"]["text"]) == (True, None, "hi"), "dry, JSON", dry)
        desk.expect("dry run", ["send", "1", "hi", "-n"], 0, "",
                    "would be queued for Ann Baker (07700 900321): 1 part, GSM 7-bit\n")
        ok(desk.json("queue") == before, "a dry run queues nothing")
        desk.expect("--wait runs out of time", ["send", "1", "hi", "--wait=1s", "-q"], 10,
                    "textback send: m13 is still queued\n")
        desk.expect("over the longest", ["send", "1", "-"], 4, None, "", stdin="x" * 90000)


def test_digits():
    with Desk() as desk:
        db = sqlite3.connect(desk.db())
        db.execute("INSERT INTO contact (id, number, last_at) VALUES (60777, '+447700900444', 1)")
        db.commit()
        db.close()
        desk.expect("a thread or a short code?", ["send", "60777", "GAS"], 2,
                    'textback send: "60777" is a thread, and may be a short code: say t60777 or sc:60777\n')
        desk.expect("the thread", ["send", "t60777", "hi", "-n"], 0, "",
                    "would be queued for 07700 900444: 1 part, GSM 7-bit\n")
        desk.expect("the short code", ["send", "sc:60777", "hi", "-n"], 0, "",
                    "would be queued for 60777: 1 part, GSM 7-bit\n")
        ok(desk.json("thread", "60777")["thread"]["id"] == 60777, "nobody but the thread can be shown")
        ok(desk.json("thread", "t1", "--peek") == desk.json("thread", "1", "--peek"), "t1 is 1")


def change(number, key, value, changed, dry_run=False):
    return {"v": 1, "number": number, key: value, "changed": changed, "dry_run": dry_run}


CHANGES_JSON = [
    (["block", "07700900005", "-n"], change("+447700900005", "blocked", True, True, True)),
    (["block", "07700900888"], change("+447700900888", "blocked", True, False)),
    (["unblock", "07700900005"], change("+447700900005", "blocked", False, False)),
    (["optout", "add", "07700900777"], change("+447700900777", "opted_out", True, False)),
    (["optout", "remove", "07700900777", "-n"], change("+447700900777", "opted_out", False, True, True)),
    (["skip", "add", "07700900005", "-n"], change("+447700900005", "skipped", True, True, True)),
    (["pause", "-n"], {"v": 1, "paused": {"until": None, "hard": False}, "changed": True, "dry_run": True}),
    (["resume"], {"v": 1, "paused": None, "changed": False, "dry_run": False}),
]


def test_changes():
    with Desk() as desk:
        for arguments, wanted in CHANGES_JSON:
            ok(desk.json(*arguments) == wanted, f"{' '.join(arguments)} --json", desk.json(*arguments), wanted)
        for arguments, state in (["cancel", "m5", "-n"], "cancelled"), (["cancel", "m5"], "cancelled"), (["retry", "m5"],
                                                                                                       "queued"):
            done_json = desk.json("queue", *arguments)
            has_keys("message", done_json["messages"][0])
            ok((done_json["dry_run"], done_json["messages"][0]["state"]) == ("-n" in arguments, state), "JSON", done_json)
        desk.expect("cancel, dry", ["queue", "cancel", "m5", "-n"], 0, "", "m5 would be cancelled\n")
        desk.expect("cancel", ["queue", "cancel", "m5"], 0, "", "m5 cancelled\n")
        queue = desk.run("queue").stdout.decode()
        ok("m4    number not in use (cause 1)" in queue and queue.count("\n") == 5, "then only what failed is listed", queue)
        ok([message["id"] for message in desk.json("queue")["failed"]] == [4], "and so in JSON")
        run = desk.run("status").stdout.decode()
        ok("failed   m4  07700 900555  number not in use (cause 1)\n" in run, "status names it", run)
        desk.expect("opt out", ["optout", "add", "1"], 0, "", "+447700900321 opted out\n")
        desk.expect("twice", ["optout", "add", "1"], 0, "", "+447700900321 was opted out already\n")
        desk.expect("opt in", ["optout", "remove", "1", "-y"], 0, "", "+447700900321 taken off the list\n")
        desk.expect("block", ["block", "07700900002"], 0, "", "+447700900002 blocked\n")
        desk.run("send", "07700900003", "hi", "-q")
        desk.run("block", "07700900003")
        blocked = desk.json("thread", "07700900003")["items"][-1]
        ok((blocked["state"], blocked["error"]) == ("cancelled", "blocked"), "what waits by hand is cancelled", blocked)
        desk.expect("blocked, once more", ["queue", "retry", f"m{blocked['id']}"], 4,
                    f"textback queue: m{blocked['id']}: they opted out, or are blocked\n")
        desk.expect("unblock, dry", ["unblock", "07700900002", "-n"], 0, "", "+447700900002 would be unblocked\n")
        desk.expect("unblock", ["unblock", "07700900002"], 0, "", "+447700900002 unblocked\n")
        desk.expect("unblock twice", ["unblock", "07700900002"], 0, "", "+447700900002 was not blocked\n")
        desk.expect("pause, dry", ["pause", "2h", "-n"], 0, "")
        ok(desk.json("status")["paused"] is None, "a dry run does not pause")
        desk.expect("pause", ["pause", "--hard"], 0, "", "all texts paused until `textback resume`\n")
        ok(desk.json("status")["paused"] == {"until": None, "hard": True}, "status tells")
        desk.expect("send while all is paused", ["send", "2", "hi"], 0,
                    "textback send: queued; all texts are paused (textback resume)\n")
        queue = desk.run("queue").stdout.decode()
        ok("all texts are paused (textback resume)" in queue, "the queue says why", queue)
        desk.expect("pause for a time", ["pause", "2h"], 0, "")
        ok(desk.json("status")["paused"]["until"] is not None, "status tells until when")
        desk.expect("resume, dry", ["resume", "-n"], 0, "", "texts would be sent again\n")
        desk.expect("resume", ["resume"], 0, "", "texts are sent again\n")
        desk.expect("resume twice", ["resume"], 0, "", "nothing was paused\n")
        desk.expect("pause, dry", ["pause", "-n"], 0, "", "automatic texts would be paused until `textback resume`\n")
        ok(desk.json("status")["paused"] is None, "and that it is over")


def test_pdu():
    with Desk(filled=False) as desk:
        pdu = "07919730071111F1000B919746121611F100088111800212222318041F04400438043204350442002C0020043C043804400021"
        decoded = desk.json("pdu", "decode", pdu)
        has_keys("decoded", decoded)
        ok(decoded["text"] == "Привет, мир!" and decoded["scts"] == "2018-11-08T20:21:22+08:00", "a text", decoded)
        ok(desk.json("pdu", "decode", "--no-smsc", pdu[16:])["number"] == "+79642161111", "--no-smsc")
        report = desk.json("pdu", "decode", "0006D60B911326880736F4111011719551401110117195714000")
        ok((report["type"], report["mr"], report["outcome"]) == ("status_report", 214, "delivered"), "a report", report)
        cut = desk.run("pdu", "decode", pdu[:40], "--json")
        ok(cut.returncode == 1 and list(json.loads(cut.stdout)) == ["v", "error", "at_octet"], "a PDU cut short", cut)
        whole = [n for n in range(0, len(pdu), 2) if desk.run("pdu", "decode", pdu[:n]).returncode != 1]
        ok(not whole, "cut at every octet it is never whole", whole)
        cut = desk.json("pdu", "decode", pdu[:-2])
        ok(cut == {"v": 1, "error": "the user data ends before TP-UDL says", "at_octet": 50}, "cut at the end", cut)
        cut = desk.run("pdu", "decode", pdu[:-2])
        ok("Привет, мир" in cut.stdout.decode(), "what there is of it is shown", cut)
        for before in "", "+CMT: ,44\r\n", '\r\n+CMGR: 0,,44\r\n', "+CMGL: 1,0,,44\n":
            desk.expect(f"pdu decode - after {before!r}", ["pdu", "decode", "-", "-q"], 0, "", stdin=before + pdu + "\r\n")
        encoded = desk.json("pdu", "encode", "+447700900123", "it’s")
        has_keys("encoded", encoded)
        ok(encoded["replaced"] == [{"from": "U+2019", "to": "'"}], "what was replaced is told", encoded)
        ok(desk.json("pdu", "decode", encoded["parts"][0]["pdu"])["text"] == "it's", "there and back")


def test_screens():
    with Desk() as desk:
        for columns in 40, 80, 200:
            for arguments in ["calls"], ["inbox"], ["queue"], ["thread", "1", "--peek"], ["thread", "4", "--peek"]:
                name = f"{' '.join(arguments)} at {columns} columns"
                shown = desk.terminal(columns, *arguments, NO_COLOR="1")
                wide = [line for line in shown.split("\r\n") if len(line) > columns]
                ok(shown and not wide, f"{name} fits", *wide)
                bad = [c for c in shown if (ord(c) < 32 and c not in "\r\n") or 0x7F <= ord(c) < 0xA0 or c == "\u202e"]
                ok(not bad, f"{name} is harmless", bad, shown)
        desk.run("contact", "set", "1", "Maximiliana 渡辺 und Söhne " * 6)
        desk.run("contact", "set", "07700900555", "Bartholomew " * 16)
        desk.run("label", "1", "渡辺健太郎", "株式会社", "東京水道", "渋谷区", "営業所")
        for columns in 40, 80:
            for arguments in (["thread", "1", "--peek"], ["why", "c1"], ["contact", "show", "1"], ["status"]):
                shown = desk.terminal(columns, *arguments, NO_COLOR="1")
                wide = [line for line in shown.split("\r\n") if len(line) + sum(ord(c) > 0x3000 for c in line) > columns]
                ok("und Söhne" in shown and not [line for line in wide if not line.startswith("textback status:")],
                   f"{' '.join(arguments)} with a long name fits {columns} columns", *wide)
        ok("textback run" in desk.terminal(40, "queue").replace("\r\n", " "), "a reason is not cut off on a telephone")
        desk.run("contact", "set", "07700900555", "")
        desk.run("contact", "set", "1", "Ann Baker")
        phone = [line.rstrip() for line in desk.terminal(40, "inbox", NO_COLOR="1").splitlines()]
        ok(phone[0].startswith("1 Ann Baker") and phone[0].endswith("min") and phone[1].startswith("  My boiler"),
           "two lines for each on a telephone", *phone)
        ok("…" in desk.terminal(70, "calls") and "…" not in desk.run("calls").stdout.decode(),
           "only a terminal sees less than all")
        ok("\x1b[" in desk.terminal(80, "calls") and b"\x1b" not in desk.run("calls").stdout,
           "only a terminal sees colours")
        for columns in 40, 60:
            for arguments in ["calls"], ["queue"], ["inbox"], ["thread", "07700900555", "--peek"]:
                shown = desk.run(*arguments, COLUMNS=str(columns)).stdout.decode()
                wide = [line for line in shown.splitlines() if len(line) > columns]
                ok(shown and not wide, f"{' '.join(arguments)} piped with COLUMNS={columns} fits", *wide)
        ok("✓✓ delivered" in desk.terminal(80, "thread", "1", "--peek"), "ticks in a UTF-8 locale")
        shown = desk.terminal(80, "thread", "1", "--peek", LANG="C")
        ok("✓" not in shown and "delivered" in shown, "words elsewhere", shown)
        ok("\x1b[2J" not in desk.run("thread", "4", "--peek").stdout.decode(), "a pipe gets no escape sequence")
        for pager in "nonsense -x", "/no/such/pager":
            shown = desk.terminal(80, "calls", PAGER=pager)
            ok("07700 900321" in shown, f"PAGER={pager}: it is shown without one", shown)
        shown = desk.terminal(80, "thread", "1", PAGER="(no-such-pager)")
        ok(desk.json("thread", "1", "--peek")["thread"]["unread"] == 1, "what was not shown was not read", shown)
        shown = desk.terminal(80, "thread", "1", PAGER="false")
        ok("textback thread: the pager failed (exit status 1): false" in shown, "a pager that fails is told", shown)
        ok(desk.json("thread", "1", "--peek")["thread"]["unread"] == 1, "and nothing was read", shown)
        shown = desk.terminal(80, "thread", "1", PAGER=f"cat; {FIXTURE} {desk.db()} {desk.now} follow")
        ok("valve" not in shown and desk.json("thread", "1", "--peek")["thread"]["unread"] == 2,
           "a text that comes while others are read is not read", shown)
        shown = desk.terminal(80, "calls", PAGER="kill -9 $$")
        ok("textback calls: the pager failed (exit status 137)" in shown, "one that is killed, too", shown)
        desk.terminal(80, "thread", "1", PAGER="head -1")
        ok(desk.json("thread", "1", "--peek")["thread"]["unread"] == 0, "a pager left early will do")
        ok("07700 900321" in desk.terminal(80, "calls", PAGER="tr 0-9 a-j").replace("ahhaa jaadcb", "07700 900321"),
           "long lists go through the pager")


def test_permission():
    """What is the service's alone is told as such, with the command that may."""
    with Desk() as desk:
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        os.chmod(desk.path, 0o755)
        closed = os.path.join(desk.path, "closed")
        os.mkdir(closed, 0)
        for name, path, status, env in (
                ("a closed directory", f"{closed}/config.yaml", 7, {"TEXTBACK_CONFIG": f"{closed}/config.yaml"}),
                ("a closed database", desk.db(), 8, {}),
                ("a closed configuration", os.path.join(desk.path, "config.yaml"), 7, {})):
            if not env:
                os.chmod(path, 0)
            try:
                run = subprocess.run([TEXTBACK, "inbox"], capture_output=True, env={**desk.env, **env}, cwd="/", **other)
            except PermissionError as e:
                skip(name, e)
                continue
            said = "no permission" if path == desk.db() else "Permission denied"
            told = (f"textback inbox: {path}: {said}"
                    " (beside the service: sudo -u textback textback inbox)\n")
            ok(run.returncode == status and run.stderr.decode() == told, name, run)
            if path == desk.db():
                os.chmod(path, 0o644)
        os.chmod(closed, 0o700)


def test_daemon():
    hostile = {"name": "\x1b[31m", "state": "ready", "cause": "\x9b2J", "operator": "%n\r", "device": "/dev/x",
               "model": "'", "imei": "1", "registered": True, "signal_dbm": -83, "heard_ms": 4}
    with Desk() as desk:
        for name, answer, status in (
            ("no JSON", "nonsense", 3),
            ("a wrong kind of JSON", "[1]", 3),
            ("half of it", '{"v":1,"lines":[', 3),
            ("an error", "error: the status is too long", 3),
            ("no lines", '{"v":1}', 0),
            ("hostile strings", json.dumps({"v": 1, "running": True, "lines": [hostile]}), 0),
        ):
            server = answering(desk, answer)
            message = "" if status == 0 else "textback status: the daemon does not answer\n"
            run = desk.expect(f"the daemon answers with {name}", ["status"], status, message)
            server.join()
            ok(not set(run.stdout.decode()) & set("\x1b\x9b\r"), "harmless", run.stdout)
        server = answering(desk, json.dumps({"v": 1, "running": True, "lines": [hostile]}))
        status = desk.json("status")
        server.join()
        ok(status["lines"] == [hostile] and status["running"], "its lines are in the JSON as they are", status)


def test_waits():
    """Why a text waits, as the daemon tells it."""
    searching = {"name": "main", "state": "registering", "cause": "denied\x1b[2J"}
    with Desk() as desk:
        ok("the daemon is not running" in desk.run("queue").stdout.decode(), "the daemon is down")
        for lines, why in ([searching], "line main is not ready: registering, denied"), ([{"name": "main"}], ""):
            server = answering(desk, json.dumps({"v": 1, "lines": lines}))
            queue = desk.run("queue").stdout.decode()
            server.join()
            ok(why in queue and "\x1b" not in queue and "not running" not in queue, f"why: {why}", queue)
        for heard, ready in (2000, "ready"), (45000, "ready"), (45000, "setup"):
            server = answering(desk, json.dumps({"v": 1, "lines": [{"name": "main", "state": ready, "heard_ms": heard}]}))
            queue = desk.run("queue").stdout.decode()
            server.join()
            told = "m5    its modem has been silent for 45 s\n" in queue
            ok(told == (heard == 45000 and ready == "ready"), f"nothing else holds it up: {heard} ms, {ready}", queue)
        desk.run("send", "2", "After it")
        with sqlite3.connect(desk.db()) as db:
            db.execute("UPDATE part SET state = 'sending', next = NULL WHERE message = 5")
            db.execute("UPDATE message SET state = 'sending' WHERE id = 5")
        for heard, first in (2000, ""), (45000, "; its modem has been silent for 45 s"):
            server = answering(desk, json.dumps({"v": 1, "lines": [{"name": "main", "state": "ready", "heard_ms": heard}]}))
            queue = desk.run("queue").stdout.decode()
            server.join()
            ok(f"m6    m5 is being sent first{first}\n" in queue, "another text is being sent", queue)
            ok(("m5    its modem has been silent for 45 s" in queue) == bool(first), "which takes long", queue)
        at = desk.now // 86400 * 86400 + 2 * 86400 + 5 * 3600  # in two days, at five
        when = time.strftime("%a 05:00", time.gmtime(at))
        for name, text, part, why in (
                ("refused, and tried again", "'queued', error = 'congestion'", at, f"congestion; tried again at {when}"),
                ("later", "'waiting', due = %d" % at, at, f"not due until {when}"),
                ("with an end", "'waiting', due = %d, expires = %d" % (at, at), at, f"not due until {when}; expires {when}"),
                ("sent again", "'unknown', error = 'no answer', expires = NULL", at,
                 f"no answer; sent again at {when} unless a report comes"),
                ("too old for that", "'unknown', error = 'no answer', expires = %d" % (at - 1), at, "no answer"),
                ("once is enough", "'unknown', error = 'no answer', expires = NULL", None, "no answer")):
            with sqlite3.connect(desk.db()) as db:
                db.execute("UPDATE message SET error = NULL, changed = ?, state = %s WHERE id = 5" % text, (desk.now,))
                db.execute("UPDATE part SET state = iif(?1, 'queued', 'unknown'), next = ?1 WHERE message = 5", (part,))
            ok(f"m5    {why}\n" in desk.run("queue").stdout.decode(), name, desk.run("queue").stdout)
        with sqlite3.connect(desk.db()) as db:
            db.execute("UPDATE message SET error = NULL, state = 'queued', expires = NULL, cause = 'lead' WHERE id = 5")
            db.execute("UPDATE part SET next = 0 WHERE message = 5")
        desk.run("pause", f"{at - desk.now}s")
        why = f"m5    automatic texts are paused until {when} (textback resume)\n"
        ok(why in desk.run("queue").stdout.decode(), "until a pause ends", desk.run("queue").stdout)


def test_follow():
    with Desk() as desk:
        last = desk.run("events").stdout.splitlines()[-1]
        events = desk.start("events", "--follow", "--after", str(json.loads(last)["id"]))
        thread = desk.start("thread", "2", "--follow", "--json")
        down = "the daemon is not running (start it with: textback run)\n"
        ok(next_line(events.stderr) == "textback events: " + down, "events says that the daemon is down")
        ok(next_line(thread.stderr) == "textback thread: " + down, "thread says so too")
        ok(json.loads(next_line(thread.stdout))["kind"] == "call", "what is there comes first")
        desk.run("send", "2", "coming")
        line = next_line(events.stdout)
        ok(line and json.loads(line)["type"] == "message.queued", "a new event comes at once", line)
        line = next_line(thread.stdout)
        ok(line and json.loads(line)["text"] == "coming", "so does a new text", line)
        desk.run("queue", "cancel", "m6")
        line = next_line(thread.stdout)
        ok(line and json.loads(line)["state"] == "cancelled", "and what becomes of it", line)
        with sqlite3.connect(desk.db()) as db:
            db.execute("UPDATE message SET text = text || ' and the rest' WHERE id = 6")
        line = next_line(thread.stdout)
        ok(line and json.loads(line)["text"] == "coming and the rest", "and a text that is repaired", line)
        desk.run("block", "07700900004")
        ok(next_line(thread.stdout, 0.3) == "", "nothing is shown twice")
        for process in events, thread:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=5)
            ok(process.returncode == 0, "SIGINT ends it cleanly", process.returncode)
        with contextlib.closing(sqlite3.connect(desk.db())) as db:
            thread = desk.start("thread", "2", "--follow", "--json", "--limit", "1")
            next_line(thread.stderr)
            db.executemany("INSERT INTO note (contact, text, at) VALUES (2, ?, ?)", ((f"{n}", desk.now) for n in range(60)))
            db.commit()
            lines = [next_line(thread.stdout, 2) for _ in range(61)]
            thread.send_signal(signal.SIGINT)
            rest = thread.communicate(timeout=5)[0]
            ok([line and json.loads(line).get("text") for line in lines[1:]] == [f"{n}" for n in range(60)] and rest == b"",
               "many at once, and nothing older than what was shown", lines, rest)
        for arguments in ["thread", "1", "--follow"], ["send", "2", "coming", "--wait"]:
            process = desk.start(*arguments)
            next_line(process.stderr)
            desk.run("forget", arguments[1], "--yes")
            said = process.communicate(timeout=20 * PATIENCE)[1].decode()
            ok(process.returncode == 5 and said == f"textback {arguments[0]}: it has been removed by another command meanwhile\n",
               f"{' '.join(arguments)}: they are forgotten", process.returncode, said)


def test_streams():
    with Desk() as desk:
        with open("/dev/full", "wb") as full:
            run = subprocess.run([TEXTBACK, "calls"], stdout=full, stderr=subprocess.PIPE, env=desk.env)
        ok(run.returncode == 1 and run.stderr == b"textback calls: standard output: No space left on device\n",
           "a full disk is told", run)
        closed = subprocess.run(f"'{TEXTBACK}' calls >&-", shell=True, capture_output=True, env=desk.env)
        ok(closed.returncode == 1, "so is a closed output", closed)
        for arguments in ["--help"], ["-V"], ["calls", "--help"], ["optout", "-h"]:
            desk.expect(" ".join(arguments), arguments, 0, "")
        general = desk.run("--help").stdout.decode()
        ok(general.startswith("usage: textback COMMAND"), "--help shows the usage")
        for command in [line.split()[0] for line in general.splitlines() if line[:2] == "  " and line[2].isalpha()]:
            for columns in 80, 40:
                shown = desk.run(command, "--help", COLUMNS=str(columns)).stdout.decode()
                wide = [line for line in shown.splitlines() if len(line) > columns]
                ok(shown and not wide, f"{command} --help fits {columns} columns", *wide)


LEAD = '{"number": "+447700900700", "message": "Boiler leaks", "consent": "yes"}'
NO_CONSENT = '{"number": "+447700900701", "message": "Boiler leaks"}'
CHANGES = [  # in this order; what each says where it cannot print
    (["send", "2", "On our way"], "", 0, "m6 is queued"),
    (["send", "2", "On our way", "--json"], "", 0, "m7 is queued"),
    (["reply", "1", "On our way", "--wait=1s"], "", 10, "m8 is queued"),
    (["lead", "add"], LEAD, 0, "l1 is kept, m10 is queued"),
    (["lead", "add", "--json"], NO_CONSENT, 4, "l2 is kept"),
    (["queue", "hold", "m5"], "", 0, None), (["queue", "release", "m5", "--json"], "", 0, None), (["queue", "cancel", "m5"], "", 0, None),
    (["note", "1", "Key under the mat"], "", 0, None), (["note", "1", "Twice", "--json"], "", 0, None),
    (["label", "1", "boiler"], "", 0, None), (["won", "1", "250"], "", 0, None), (["lost", "1", "--json"], "", 0, None),
    (["done", "1"], "", 0, None), (["reopen", "1", "--json"], "", 0, None), (["snooze", "1", "2h"], "", 0, None),
    (["contact", "set", "1", "Ann"], "", 0, None), (["contact", "merge", "1", "2"], "", 0, None), (["contact", "split", "+447700900999"], "", 0, None),
    (["contact", "import"], "number,name\n+447700900392,Bob\n", 0, None), (["contact", "import"], "number,name\n0800,Bob\n", 9, None),
    (["block", "2"], "", 0, None), (["unblock", "2", "--json"], "", 0, None), (["skip", "add", "2"], "", 0, None),
    (["skip", "remove", "2"], "", 0, None), (["skip", "import"], "+447700900393\n", 0, None), (["optout", "add", "2"], "", 0, None),
    (["optout", "remove", "2", "--yes"], "", 0, None), (["pause", "2h"], "", 0, None), (["resume", "--json"], "", 0, None),
    (["away", "2h"], "", 0, None), (["back"], "", 0, None), (["backup", "copy.db"], "", 0, "the copy is made"), (["db", "prune"], "", 0, None),
    (["forget", "1", "--yes"], "", 0, None),
]


def test_not_done():
    """What a full disk has kept from being done is not told as done."""
    with Desk() as desk, contextlib.closing(sqlite3.connect(desk.db())) as db:
        failed = 0
        db.execute("SELECT count(*) FROM call").fetchall()  # so that what all share is there, and need not grow
        for arguments, stdin, *_ in CHANGES:
            run = subprocess.run([TEXTBACK, *arguments], input=stdin.encode(), capture_output=True, cwd=desk.path, env=desk.env,
                                 restore_signals=False,  # Python ignores SIGXFSZ
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
            failed += run.returncode == 1
            ok(run.returncode in (0, 4, 5, 9) or run.stdout == b"", f"{' '.join(arguments)}: not done", run)
        ok(failed > 20, "most of them", failed)


def lost(desk, arguments, stdin):
    """Runs a command whose output goes to a full disk."""
    with open("/dev/full", "wb") as full:
        return subprocess.run([TEXTBACK, *arguments], input=stdin.encode(), stdout=full, stderr=subprocess.PIPE, cwd=desk.path, env=desk.env)


def test_lost():
    """What is done is not told as a failure because it cannot be printed."""
    with Desk() as desk:
        for arguments, stdin, status, what in CHANGES:
            run = lost(desk, arguments, stdin)
            told = run.stderr.decode().splitlines()[-1]
            ok(run.returncode == status and ": standard output: " in told and told.endswith("; " + (what or "it is done")),
               f"{' '.join(arguments)}: done, and not printed", run)
        for arguments in ["send", "2", "hi", "--dry-run"], ["note", "99", "hi"], ["pause", "-n"], ["forget", "2", "-n"]:
            run = lost(desk, arguments, "")
            ok(run.returncode in (1, 5) and b"done" not in run.stderr, f"{' '.join(arguments)}: nothing was done", run)
    with Desk() as desk:
        run = subprocess.run(f"'{TEXTBACK}' send 2 hi >&-", shell=True, capture_output=True, env=desk.env)
        ok(run.returncode == 0 and b"is queued" in run.stderr, "a closed output", run)
        run = desk.start("send", "2", "hi")
        run.stdout.close()
        ok(run.wait() == 0, "nobody reads it", run.returncode)
        run.stderr.close()
        waiting = desk.start("send", "2", "hi", "--wait=60s")
        said = next_line(waiting.stderr)
        waiting.send_signal(signal.SIGTERM)
        rest = waiting.communicate()[1].decode()
        ok(waiting.returncode == 10 and "stopped; m" in rest, "a wait that is stopped", said, rest, waiting.returncode)


for test in (test_mistakes, test_digits, test_configuration, test_json, test_limits, test_fate, test_events, test_policy, test_send, test_changes,
             test_pdu, test_screens, test_permission, test_daemon, test_waits, test_follow, test_streams, test_lost, test_not_done):
    test()
done()
