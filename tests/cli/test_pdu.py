#!/usr/bin/env python3
"""Decodes every line of tests/vectors with `textback pdu decode` and encodes texts; prints TAP.
Usage: test_pdu.py TEXTBACK (in the source root)"""

import json
import os
import subprocess
import sys

TEXTBACK = os.path.abspath(sys.argv[1])
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
count = failed = 0


def ok(good, name, *details):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        for detail in details:
            print("#", str(detail).replace("\n", "\n# "))


def pdu(*arguments):
    """Returns (exit status, document or None, stderr)."""
    run = subprocess.run([TEXTBACK, "pdu", "--json", *arguments], capture_output=True, timeout=20, env=ENVIRONMENT)
    return run.returncode, json.loads(run.stdout) if run.stdout else None, run.stderr.decode()


def vectors(name):
    with open(f"tests/vectors/sms-{name}.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def decode(vector):
    options = [] if vector["smsc_present"] else ["--no-smsc"]
    given = vector["pdu"] if vector["pdu"] is not None else vector["pdu_text"]
    return pdu("decode", *options, "--", given)


def same(document, key, *wanted):
    return [] if document[key] in wanted else [f"{key} is {document[key]!r}, wanted {wanted}"]


def differences_of_deliver(vector, document):
    udh = vector["udh"] or {}
    ports = udh.get("ports")
    concat = udh.get("concat")
    return [
        *same(document, "v", 1),
        *same(document, "type", "deliver"),
        *same(document, "smsc", vector["smsc"]),
        *same(document, "number", vector["from"], *vector.get("from_accept", [])),
        *same(document, "number_type", vector["from_type"]),
        *same(document, "scts", vector["scts"]),
        *same(document, "pid", vector["pid"]),
        *same(document, "dcs", vector["dcs"]),
        *same(document, "alphabet", vector["alphabet"]),
        *same(document, "class", vector["class"]),
        *same(document, "concat", concat),
        *same(document, "ports", ports and {"dst": ports["dst"], "src": ports["src"]}),
        *same(document, "text", vector["text"]),
        *same(document, "data_hex", vector["data_hex"] or None),
        *same(document, "compressed", bool(vector.get("compressed"))),
        *same(document, "lang_locking", udh.get("lang_locking") or 0),
        *same(document, "lang_single", udh.get("lang_single") or 0),
        *same(document, "header_malformed", bool(udh.get("malformed"))),
    ]


def differences_of_report(vector, document):
    return [
        *same(document, "v", 1),
        *same(document, "type", "status_report"),
        *same(document, "smsc", vector["smsc"]),
        *same(document, "number", vector["to"]),
        *same(document, "number_type", vector["to_type"]),
        *same(document, "scts", vector["scts"]),
        *same(document, "discharge_at", vector["discharge"]),
        *same(document, "mr", vector["tp_mr"]),
        *same(document, "status", vector["status"]),
        *same(document, "outcome", vector["class"]),
        *same(document, "final", vector["final"]),
    ]


def is_error(status, document, given):
    """Exit 1 and the octet, which is within what was given or right behind it."""
    return (status == 1 and list(document) == ["v", "error", "at_octet"] and document["error"]
            and 0 <= document["at_octet"] <= (len(given) + 1) // 2)


def test_decode(name, differences):
    valid = 0
    for vector in vectors(name):
        status, document, stderr = decode(vector)
        given = vector["pdu"] if vector["pdu"] is not None else vector["pdu_text"]
        if vector["valid"]:
            valid += 1
            wrong = differences(vector, document) if status == 0 else [f"exit status {status}", document]
            ok(not wrong and not stderr, f"{name}: {vector['name']}", *wrong, stderr)
        elif status == 0 and document["type"] == "submit": # no message to us, and shown as what it is
            ok("wrong-type" in vector["tags"], f"{name}: {vector['name']} is one of our own", document)
        elif vector["expect"] == "reject" or status != 0:
            ok(is_error(status, document, given) and not stderr, f"{name}: {vector['name']} is refused", status, document)
        else:
            ok(document["text"] is None or document["text"] == vector.get("degrade_text", document["text"]),
               f"{name}: {vector['name']} shows what there is", document)
    return valid


def test_submit():
    checked = 0
    for vector in vectors("submit"):
        for one in vector["pdus"] or []:
            status, document, stderr = pdu("decode", one)
            asked = bool(vector["options"].get("status_report_request"))
            wrong = [*same(document, "type", "submit"), *same(document, "number", vector["to"]),
                     *same(document, "alphabet", vector["alphabet"]), *same(document, "report", asked)]
            ok(status == 0 and not wrong and not stderr, f"submit: {vector['name']}", *wrong, stderr)
            checked += 1
    return checked


# text, mode, alphabet, units and units left of each part, replaced, needs_ucs2
ENCODED = [
    ("hello", "fold", "gsm7", [(5, 155)], [], []),
    ("a" * 159, "fold", "gsm7", [(159, 1)], [], []),
    ("a" * 160, "fold", "gsm7", [(160, 0)], [], []),
    ("a" * 161, "fold", "gsm7", [(152, 0), (9, 143)], [], []),
    ("a" * 151 + "€" * 5, "fold", "gsm7", [(151, 1), (10, 142)], [], []),
    ("ж" * 70, "fold", "ucs2", [(70, 0)], [], [("U+0436", None, 0)]),
    ("ж" * 71, "fold", "ucs2", [(66, 0), (5, 61)], [], [("U+0436", None, 0)]),
    ("it’s", "fold", "gsm7", [(4, 156)], [("U+2019", "'")], []),
    ("it’s", "allow", "ucs2", [(4, 66)], [], [("U+2019", "'", 2)]),
    ("it’s 😀😀 ok…", "fold", "ucs2", [(13, 57)], [], [("U+2019", "'", 2), ("U+1F600", None, 7), ("U+2026", "...", 18)]),
]


def test_encode():
    for text, mode, alphabet, units, replaced, needs in ENCODED:
        status, document, stderr = pdu("encode", "--unicode", mode, "+447700900123", text)
        parts = document["parts"] if status == 0 else []
        got = [(part["units"], part["units_left"]) for part in parts]
        name = f"encode: {len(text)} of {ascii(text[:12])}, {mode}"
        ok(status == 0 and document["alphabet"] == alphabet and got == units, name, document, stderr)
        ok(document["replaced"] == [dict(zip(("from", "to"), row)) for row in replaced], "what is replaced", document)
        ok(document["needs_ucs2"] == [dict(zip(("from", "to", "at_octet"), row)) for row in needs], "what needs UCS-2",
           document)
        back = [pdu("decode", part["pdu"])[1] for part in parts]
        ok([one["text"] for one in back] == [part["text"] for part in parts] and
           all(part["tpdu_octets"] == len(part["pdu"]) // 2 - 1 for part in parts), "and back", back)
    status, _, stderr = pdu("encode", "--unicode", "refuse", "+447700900123", "hi 😀")
    ok(status == 2 and "U+1F600 at octet 3" in stderr, "a refused character is named", stderr)
    status, _, stderr = pdu("encode", "+447700900123", b"caf\xe9")
    ok(status == 2 and "is not UTF-8: octet 3" in stderr, "the octet that is not UTF-8", stderr)
    status, _, stderr = pdu("encode", "--unicode", "fodl", "+447700900123", "hi")
    ok(status == 2 and "did you mean fold?" in stderr, "an unknown mode", stderr)


ok(test_decode("deliver", differences_of_deliver) == 152, "152 valid messages")
ok(test_decode("status-report", differences_of_report) == 29, "29 valid reports")
ok(test_submit() == 56, "56 PDUs to send")
test_encode()
print(f"1..{count}")
sys.exit(failed != 0)
