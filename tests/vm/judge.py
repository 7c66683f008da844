"""tests/vm/judge.py - what must hold of a database after a power cut, and after the next start: the promises P1 (calls), P2
(texts never twice) and P3 (texts that came in), against what the modem knows (heard.py)."""

import os
import sqlite3
from collections import Counter

from heard import pdu_party

FILES = ("textback.db", "textback.db-wal")
CALLS = "SELECT ifnull(p.number, ''), c.outcome, c.decision FROM call c LEFT JOIN contact p ON p.id = c.contact"
TEXTS = ("SELECT p.number, m.direction, m.text, m.state, m.resent FROM message m JOIN contact p ON p.id = m.contact"
         " ORDER BY m.id")
PARTS = "SELECT pdu, state, ifnull(mr, -1) FROM part"
CAME = "SELECT sender, count(*) FROM inbound_part GROUP BY sender"
LEFT = ("sending", "sent", "delivered", "unknown") # the state of a text that may have left


class Rows:
    """What a database holds; `damage` is what SQLite says of it."""

    def __init__(self, folder):
        path = os.path.join(folder, FILES[0])
        self.calls, self.texts, self.parts, self.came, self.damage = [], [], [], {}, []
        if not os.path.exists(path):
            return
        db = sqlite3.connect(path)
        try:
            self.damage = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            self.damage += [f"a dangling reference: {row}" for row in db.execute("PRAGMA foreign_key_check")]
            if db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'call'").fetchone()[0]:
                self.calls, self.texts = db.execute(CALLS).fetchall(), db.execute(TEXTS).fetchall()
                self.parts, self.came = db.execute(PARTS).fetchall(), dict(db.execute(CAME).fetchall())
        except sqlite3.DatabaseError as error:
            self.damage.append(str(error))
        finally:
            db.close()

    def texts_of(self, direction):
        return Counter(number for number, way, *_ in self.texts if way == direction)


def missing(wanted, there, what):
    return [f"{what} {number or 'withheld'}: {count} and here {there[number]}"
            for number, count in wanted.items() if there[number] < count]


def after_cut(rows, heard, texts):
    """Returns what the daemon had told the modem, or somebody, and does not know any more."""
    wrong = rows.damage + heard.wrong
    wrong += missing(Counter(heard.known_calls()), Counter(number for number, *_ in rows.calls), "P1: calls of")
    states = {pdu: (state, reference) for pdu, state, reference in rows.parts}
    for number, pdu in heard.handed:
        state, _ = states.get(pdu, ("gone", -1))
        if state not in LEFT:
            wrong.append(f"P2: the modem has a text to {number}, it is {state} here")
    delivered = {(number, reference) for number, reference in heard.reports}
    for number, pdu in heard.handed:
        state, reference = states.get(pdu, ("gone", -1))
        if (number, reference) in delivered and state != "delivered":
            wrong.append(f"P2: the report of a text to {number} was taken, it is {state} here")
    came = Counter(pdu_party(pdu)[1] for pdu in set(heard.deleted))
    wrong += missing(came, Counter(rows.came), "P3: parts from")
    wrong += missing({number: 1 for number in heard.promised}, rows.texts_of("out"), "queued texts to")
    return wrong + twice(rows, texts)


def twice(rows, texts):
    """Returns what is there more than once, or is not what it was."""
    wrong = [f"P2: {count} texts to {number}" for number, count in rows.texts_of("out").items() if count > 1]
    wrong += [f"P3: {count} texts from {number}" for number, count in rows.texts_of("in").items() if count > 1]
    return wrong + [f"P3: from {number}: {text!r}" for number, way, text, *_ in rows.texts
                    if way == "in" and text != texts.get(number)]


def after_start(before, rows, heard, sent, texts):
    """Returns what is wrong once the next run of the daemon has nothing left to do: `before` is what the cut left, `sent`
    the numbers that it has texted."""
    wrong = rows.damage + twice(rows, texts)
    for number, outcome, decision in rows.calls:
        if outcome == "ringing" or decision == "pending":
            wrong.append(f"P1: the call of {number or 'somebody'} is {outcome}, {decision}")
    if len(rows.calls) != len(before.calls):
        wrong.append(f"P1: {len(before.calls)} calls before, {len(rows.calls)} now")
    times = Counter([number for number, _ in heard.handed] + sent)
    doubtful = {number for number, way, _, state, _ in rows.texts if way == "out" and state == "unknown"}
    for number, way, _, state, resent in rows.texts:
        if way == "out" and times[number] != 1 and not (times[number] == 0 and number in doubtful):
            wrong.append(f"P2: a text to {number} ({state}, resent {resent}) was handed over {times[number]} times")
    answered = rows.texts_of("out")
    wrong += [f"P1: nobody has texted {number}" for number, *_ in rows.calls if number and not answered[number]]
    there = rows.texts_of("in")
    wrong += [f"P3: the text from {number} did not come in" for number in whole_texts(heard) if not there[number]]
    return wrong


def whole_texts(heard):
    """Those of which the modem has told each part: the daemon took them, or they are still in the SIM."""
    pdus = {}
    for pdu in {*heard.deleted, *heard.stored.values()}:
        kind, number, _ = pdu_party(pdu)
        if kind == 0:
            pdus.setdefault(number, set()).add(pdu)
    return [number for number, parts in pdus.items() if len(parts) >= parts_of(next(iter(parts)))]


def parts_of(pdu):
    """Of how many parts the text of a DELIVER consists, by its concatenation element (3GPP TS 23.040 9.2.3.24.1, .8)."""
    octets = bytes.fromhex(pdu)
    at = 1 + octets[0]
    if not octets[at] & 0x40: # no user data header
        return 1
    at += 1 + 2 + (octets[at + 1] + 1) // 2 + 2 + 7 + 1 # to the header behind TP-UDL
    return octets[at + 5] if octets[at + 1] == 8 else octets[at + 4]
