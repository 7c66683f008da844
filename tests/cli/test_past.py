#!/usr/bin/env python3
"""Past calls decided once more, under the same configuration and under others; the database stays as it is.

usage: test_past.py TEXTBACK FIXTURE CLOCK
"""

import json
import os
import sqlite3
import subprocess
import sys

from desk import CONFIG, FIXTURE, Desk, done, ok

NOW = 1795444568  # 2026-11-23T14:36:08Z, a Monday
CLOCK = {"LD_PRELOAD": os.path.abspath(sys.argv[3]), "TEXTBACK_TEST_CLOCK": str(NOW),
         "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
TEXT = ("text", "text")
HOUR = 3600


class Past(Desk):
    """The days of `fixture PATH NOW past`."""

    def __init__(self):
        super().__init__(filled=False)
        subprocess.run([FIXTURE, self.db(), str(NOW), "past"], check=True)

    def sql(self, statement):
        with sqlite3.connect(self.db()) as db:
            db.execute(statement)

    def dump(self):
        with sqlite3.connect(self.db()) as db:
            return list(db.iterdump())

    def simulate(self, reply, *arguments, more=""):
        """What would differ with `reply` in the configuration: {call: (was, would)}, and the summary."""
        config = self.file("new.yaml", CONFIG % (self.path, self.path) + f"reply: {{{reply}}}\n{more}")
        run = self.run("simulate", "-c", config, "--json", *arguments, **CLOCK)
        if run.returncode:
            return run.stderr.decode(), {}
        document = json.loads(run.stdout)
        calls = {}
        for step in document["calls"]:
            was, would = step["was"], step["would"]
            calls[f"c{step['call']['id']}"] = (was["reason"] or "text", would["reason"] or "text")
        return calls, document["summary"]

    def differs(self, name, reply, wanted, *arguments, more=""):
        calls, summary = self.simulate(reply, *arguments, more=more)
        ok(calls == wanted, name, calls, summary)
        return summary


def test_same():
    with Past() as desk:
        before = desk.dump()
        summary = desk.differs("the same configuration: nothing differs", "delay: 0s", {})
        ok((summary["calls"], summary["texts"], summary["texts_would"], summary["unknown"]) == (8, 3, 3, 0),
           "and all are counted", summary)
        ok(desk.dump() == before, "the database is as it was")


def test_rules():
    with Past() as desk:
        desk.differs("no cooldown", "delay: 0s, cooldown: off",
                     {"c2": ("cooldown", "text"), "c8": ("cooldown", "caps")})
        desk.differs("what is texted now counts for what comes later", "delay: 0s, cooldown: off",
                     {"c2": ("cooldown", "text"), "c7": ("text", "caps"), "c8": ("cooldown", "caps")},
                     more="limits: {auto_per_person_30d: 2}\n")
        desk.differs("and so does what is not", "delay: 0s, cooldown: 4d",
                     {"c7": ("text", "cooldown")})
        desk.differs("people", "delay: 0s, countries: [all]",
                     {"c3": ("country", "text"), "c5": ("text", "caps")}, more="limits: {people_per_month: 2}\n")
        summary = desk.differs("observe", "delay: 0s, mode: observe",
                               {"c1": ("text", "observe"), "c2": ("cooldown", "observe"), "c5": ("text", "observe"),
                                "c7": ("text", "observe"), "c8": ("cooldown", "observe")})
        ok((summary["more"], summary["fewer"], summary["other_reason"]) == (0, 3, 2), "counted by kind", summary)
        ok({"calls": 3, "was": "text", "would": "observe"} in summary["changes"], "and by reason", summary)
        summary = desk.differs("other words", "delay: 0s", {"c1": TEXT, "c5": TEXT},
                               more='templates: {first: "{business} here. What is it?"}\n')
        ok(summary["other_body"] == 2 and summary["other_time"] == 0, "are counted apart", summary)
        summary = desk.differs("another time", "delay: 30s", {"c1": TEXT, "c5": TEXT, "c7": TEXT})
        ok(summary["other_body"] == 0 and summary["other_time"] == 3, "is counted apart", summary)
        template = "templates: {first: \"%s\"}\n" % ("{business} " * 90)
        ok("templates.first" in desk.simulate("delay: 0s", more=template)[0], "a configuration that is wrong says so")


def test_span():
    with Past() as desk:
        desk.differs("what was said before the span holds", "delay: 0s, cooldown: 4d",
                     {"c7": ("text", "cooldown")}, "--since", "mon")
        summary = desk.differs("until", "delay: 0s, cooldown: off", {"c2": ("cooldown", "text")}, "--until", "mon")
        ok(summary["calls"] == 4, "and no more is counted", summary)
        summary = desk.differs("--last", "delay: 0s", {}, "--last", "1h")
        ok(summary["calls"] == 1, "counts what is in it", summary)
        calls, summary = desk.simulate("delay: 0s, mode: observe", "--limit", "1")
        ok(list(calls) == ["c1"] and summary["fewer"] == 3, "--limit shows fewer, and counts all", calls, summary)
        config = desk.file("new.yaml", CONFIG % (desk.path, desk.path) + "reply: {delay: 0s, mode: observe}\n")
        run = desk.run("simulate", "-c", config, "--limit", "1", **CLOCK)
        ok(run.stderr.decode() == "textback simulate: 4 more calls are not shown (--limit)\n" and not run.returncode,
           "and says so", run.stderr)


def add_call(desk, ago, outcome):
    desk.sql("INSERT INTO call (line, contact, withheld, started, ended, rings, outcome, decision, reason)"
             f" VALUES (1, 1, 0, {NOW - ago}, {NOW - ago + 60}, 2, '{outcome}', 'no_text', 'answered')")


def add_text(desk, contact, ago, cause):
    way, state = ("in", "received") if cause == "received" else ("out", "sent")
    sent = "NULL" if way == "in" else NOW - ago
    desk.sql("INSERT INTO message (line, contact, direction, text, cause, urgency, state, parts, created, changed, due,"
             f" sent) VALUES (1, {contact}, '{way}', 'x', '{cause}', 1, '{state}', 1, {NOW - ago}, {NOW - ago},"
             f" {NOW - ago}, {sent})")


def test_delay():
    """A longer delay is also a longer time for something to come before."""
    first = 76 * HOUR
    with Past() as desk:
        add_call(desk, first - 120, "answered")
        calls, _ = desk.simulate("delay: 5m")
        ok(calls["c1"] == ("text", "cancelled"), "they got through meanwhile", calls)
        ok(calls["c2"] == ("cooldown", "text"), "so the next call gets the text", calls)
        ok(desk.simulate("delay: 10s")[0]["c1"] == TEXT, "not in so short a delay")
    with Past() as desk:
        add_text(desk, 1, first - 120, "manual")
        ok(desk.simulate("delay: 5m")[0]["c1"] == ("text", "cancelled"), "you texted meanwhile")
    with Past() as desk:
        add_text(desk, 1, first - 120, "received")
        ok(desk.simulate("delay: 5m")[0]["c1"] == TEXT, "what answers our text did not come first")
    with Past() as desk:
        add_text(desk, 2, 50 * HOUR - 120, "received")  # from Ireland, who was not texted
        countries = "countries: [own, IE]"
        calls, _ = desk.simulate(f"delay: 5m, {countries}")
        ok(calls["c3"] == ("country", "cancelled"), "they texted meanwhile", calls)
        ok(desk.simulate(f"delay: 0s, {countries}")[0]["c3"] == ("country", "text"), "without a delay they did not")


def test_fate():
    with Past() as desk:
        desk.sql(f"UPDATE message SET state = 'cancelled', sent = NULL, changed = {NOW - 76 * HOUR + 60},"
                 " error = 'done' WHERE id = 1")
        ok("c1" not in desk.simulate("delay: 0s")[0], "what was withdrawn is withdrawn again")
    with Past() as desk:
        desk.sql(f"UPDATE message SET state = 'cancelled', sent = NULL, due = {NOW - 76 * HOUR + 300},"
                 f" changed = {NOW - 76 * HOUR + 200}, error = 'done' WHERE id = 1")
        ok(desk.simulate("delay: 0s")[0]["c1"] == ("cancelled", "text"), "unless it would have left before")
    with Past() as desk:
        desk.sql("UPDATE call SET facts = NULL WHERE id = 2")
        desk.sql("UPDATE call SET facts = '{\"answered\":7}' WHERE id = 8")
        calls, summary = desk.simulate("delay: 0s, cooldown: off")
        ok(not {"c2", "c8"} & set(calls) and summary["unknown"] == 2, "without facts: left as they were", calls)
    with Past() as desk:
        desk.sql("UPDATE call SET facts = json_set(facts, '$.stopped_until', '2026-11-30T00:00:00Z'),"
                 " decision = 'no_text', reason = 'loop_breaker' WHERE id = 4")
        ok("c4" not in desk.simulate("delay: 0s, landlines: try")[0], "a burst is as it was")
        calls, _ = desk.simulate("delay: 0s, landlines: try", more="breaker: {burst: off}\n")
        ok(calls["c4"] == ("loop_breaker", "text"), "unless the breaker is off", calls)


def test_mistakes():
    with Past() as desk:
        desk.expect("an argument too many", ["simulate", "x"], 2, 'textback simulate: one argument too many: "x"\n')
        desk.expect("a limit", ["simulate", "--limit", "0"], 2)
        desk.expect("a time", ["simulate", "--since", "soonish"], 2)
        desk.expect("a configuration", ["simulate", "-c", desk.file("bad.yaml", "x: 1\n")], 7)
        desk.expect("no such database", ["simulate", "-d", desk.path + "/none.db"], 8)
    with Desk(filled=False) as desk:
        subprocess.run([FIXTURE, desk.db(), str(NOW), "first"], check=True)
        run = desk.run("simulate", "--last", "7d", **CLOCK)
        ok(run.stdout.decode() == "1 call: 1 text, would be 1 (0 more, 0 fewer)\n"
           "1 left as they were: what they were decided on was not kept\n", "a history without facts", run)
        desk.expect("no calls", ["simulate", "--until", "2020-01-01", "--since", "2019-01-01"], 0,
                    "textback simulate: no calls\n", "")


for test in test_same, test_rules, test_span, test_delay, test_fate, test_mistakes:
    test()
done()
