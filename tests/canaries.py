#!/usr/bin/env python3
"""Plants known defects, one at a time, and lets the simulator look for each: a promise that no
defect can break is not proved.

    canaries.py [--seeds N] [--shrink NAME] BUILD [NAME ...]

Each defect is a change of source text, compiled and linked before the libraries in BUILD. A seed
counts only where the program without it keeps its promises. For the defect of --shrink, simulate
--shrink has to make the run shorter that found it."""
import argparse
import functools
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DAYS = "10"
PATIENCE = float(os.environ.get("TEXTBACK_PATIENCE", "1"))  # see tests/pty/bench.py

# name, [(file, what is there once, what stands there instead)]
CANARIES = [
    # P1: no missed call is lost
    ("P1-not-settled-after-restart", [("src/service/service.c", "err = service_calls_settle(s, now);", "err = 0;")]),
    ("P1-stored-when-it-is-over", [("src/service/calls.c", "return call->id != 0 && (call->row == 0 ||",
                                    "return call->id != 0 && ((call->row == 0 && call->ended) ||")]),
    ("P1-not-synced", [("src/store/store.c", "PRAGMA synchronous = FULL;", "PRAGMA synchronous = NORMAL;")]),
    ("P1-queue-slept-over", [("src/service/sending.c", "wait_ms = (due.s - now.wall.s) * 1000;",
                              "wait_ms = (due.s - now.wall.s) * 1000000;")]),
    ("P1-card-misread", [("src/service/card.c", "if (is == 0 || s->card_reads >= CARD_READS)", "if (true)")]),
    ("P1-store-given-up", [("src/service/service.c", "    s->retry = MONO_NEVER;\n    s->trouble[0]",
                            "    s->retry = mono_after(now.mono, INT64_C(86400000));\n    s->trouble[0]")]),
    ("P1-hidden-and-known-caller-are-one", [("src/modem/call_lines.c", "return ringing->withheld && s->number[0];", "return false;")]),
    # P2: never twice
    ("P2-cooldown-short", [("src/policy/rules.c", "return age_s < window_ms / 1000;",
                            "return age_s < window_ms / 1200;")]),
    ("P2-report-ignored", [("src/service/texts.c", ".number = recipient.number,\n                                         .mr = pdu->mr",
                            ".number = \"\",\n                                         .mr = pdu->mr")]),
    ("P2-reports-of-other-texts", [("src/store/outbox_fate.c", "at - REPORT_SOON_S", "at - REPORT_DAYS_S")]),
    ("P2-unknown-sent-for-ever", [("src/store/outbox_fate.c", "iif(mr IS NULL AND NOT resent, ?2, NULL)",
                                   "iif(mr IS NULL, ?2, NULL)")]),
    ("P2-sent-again-at-once", [("src/service/service.c", "{now.wall.s + SERVICE_REPORT_WAIT_S}", "{now.wall.s + 1}")]),
    ("P2-call-ends-a-text", [("src/at/result.c", '{"NO CARRIER", AT_ERROR_PLAIN, true}',
                              '{"NO CARRIER", AT_ERROR_PLAIN, false}')]),
    ("P2-confirmed-again", [("src/service/keywords.c", "|| is_recent(now, person->last_confirmation))", "|| false)")]),
    ("P2-any-report-is-ours", [("src/store/outbox_fate.c", ': sql(s, "SELECT id FROM part WHERE contact = ? AND line = ? AND mr = ?"',
                                ': sql(s, "SELECT id FROM part WHERE contact = ? AND line = ? AND mr >= ? - 256"')]),
    # P3: no incoming text is lost, none doubled
    ("P3-deleted-before-stored", [("src/service/texts.c", "s->list_again = true; /* it is safe",
                                   "modem_ack(&s->modem, now.mono, &event->receipt); /* it is safe")]),
    ("P3-doubles-not-known", [("src/store/inbox.c", " AND scts = ? AND pdu IN (?, ?)", " AND scts = ? + 1 AND pdu IN (?, ?)")]),
    ("P3-senders-mixed", [("src/store/inbox.c", "WHERE line = ?3 AND sender = ?4 AND ref", "WHERE line = ?3 AND ?4 <> '' AND ref")]),
    ("P3-news-missed-while-sending", [("src/modem/receive.c", '    } else if (strncmp(line, "+CMTI:", 6) == 0',
                                       '    } else if ((m->send_phase == SEND_IDLE && strncmp(line, "+CMTI:", 6) == 0)'),
                                      ("src/modem/receive.c", "#define LIST_MS (5 * 60000)", "#define LIST_MS (500 * 60000)")]),
    # P4: nothing waits for ever
    ("P4-ladder-of-one-step", [("src/modem/recovery.c", "(enum modem_rung)(l->rung + 1);", "RUNG_WAIT;")]),
    ("P4-silent-sim-for-ever", [("src/modem/setup.c", "card_unanswered(m, now);", "setup_go(m, now, STEP_PIN_TRIES);")]),
    ("P4-command-without-a-deadline", [("src/at/engine.c", "at->deadline = mono_after(now, c->payload_timeout_ms);",
                                        "at->deadline = MONO_NEVER;")]),
    ("P4-wrong-pin-tried-again", [("src/service/card.c", "fate != PIN_TRIED);", "true);")]),
    # P5: opt-out wins
    ("P5-stop-not-stored", [("src/service/keywords.c", "int changed = optout_add(s->store, number, \"text\", now.wall);",
                             "int changed = 1;")]),
    ("P5-not-asked", [("src/policy/rules.c", "return q->facts->opted_out || q->facts->opt_out_doubtful;", "return false;"),
                      ("src/store/outbox_take.c", "if (c->opted_out && c->urgency != URGENCY_OPT_OUT)", "if (false)")]),
    ("P5-asked-once", [("src/store/people.c", "err = person_changed(s, number, URGENCY_MANUAL, \"opted out\", at);", "err = 0;"),
                       ("src/store/outbox_take.c", "if (c->opted_out && c->urgency != URGENCY_OPT_OUT)", "if (false)")]),
    ("P5-blocked-too-late", [("src/store/outbox_take.c", "    if (c->blocked)\n", "    if (false)\n"),
                             ("src/policy/rules.c", "return q->facts->blocked;", "return false;")]),
    # P6: bounded cost
    ("P6-no-cap-an-hour", [("src/store/limits.c", '{limits->per_hour, HOUR_S, "limits.per_hour"}',
                            '{limits->per_hour + 100, HOUR_S, "limits.per_hour"}')]),
    ("P6-no-cap-a-person", [("src/policy/rules.c", "facts->auto_texts >= limits->auto_per_person", "false")]),
    ("P6-too-old-and-sent", [("src/store/outbox_take.c", "AND m.expires < ?\"", "AND m.expires < ? - 90000\"")]),
    ("P6-night-ignored", [("src/policy/decide.c", "return due.s >= forbidden_from(q).s && quiet_at", "return false && quiet_at"),
                          ("src/store/outbox_take.c", "AND m.expires < ?\"", "AND m.expires < ? - 5000\"")]),
    # P7: every decision has a reason
    ("P7-no-reason", [("src/service/calls.c", "decider = &rules[decision.decider];", "decider = NULL;")]),
    # P8: outside bytes are only data
    ("P8-caller-id-as-it-comes", [("src/service/service.c", "        size_t used = utf8_decode(from, len, &code);\n        used += used == 0;\n        text_add_span(&t, octets, utf8_encode(code, octets));",
                                   "        size_t used = 1;\n        (void)code, octets[0] = *from;\n        text_add_span(&t, octets, 1);")]),
    # P9: time is never trusted blindly
    ("P9-step-ignored", [("src/service/service.c", "if (step_s > CLOCK_STEP_S || step_s < -CLOCK_STEP_S) {", "if (false) {")]),
    ("P9-hours-of-a-wrong-clock", [("src/policy/decide.c", "return facts->wall_known && wall_plausible(facts->now);", "return true;")]),
    ("P9-wrong-times-stay", [("src/store/clock.c", "if (err >= 0 && (!known || wall_plausible(", "if (err >= 0 && (known && wall_plausible(")]),
    ("P9-wrong-times-stay-at-a-start", [("src/store/clock.c", "if (err >= 0 && implausible > 0)", "if (false)")]),
]


def compile_object(build, source, target, room):
    includes = ["include", "src", "src/" + room]
    command = [os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O1", "-w", "-c", source, "-o", target]
    command += ["-I" + os.path.join(ROOT, i) for i in includes]
    command += ["-I" + d for d in glob.glob(os.path.join(build, "src/*/")) + glob.glob(os.path.join(build, "src/*.p"))]
    subprocess.run(command, check=True)


def plant(work, build, changes):
    """Returns the objects of the changed files."""
    texts = {}
    for path, old, new in changes:
        if path not in texts:
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                texts[path] = f.read()
        if texts[path].count(old) != 1:
            raise LookupError(f"{path}: {texts[path].count(old)} times: {old}")
        texts[path] = texts[path].replace(old, new)
    objects = []
    for path, text in texts.items():
        source = os.path.join(work, os.path.basename(path))
        with open(source, "w", encoding="utf-8") as f:
            f.write(text)
        objects.append(source[:-2] + ".o")
        compile_object(build, source, objects[-1], path.split("/")[1])
    return objects


def simulate(program, *args):
    """Returns the exit status and what was printed."""
    run = subprocess.run([program, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         timeout=120 * PATIENCE, check=False)
    return run.returncode, run.stdout.decode("utf-8", "replace")


def play(program, seed):
    """Returns what is broken, "" for nothing."""
    status, printed = simulate(program, "--seed", str(seed), "--days", DAYS)
    if status == 0:
        return ""
    said = re.search(r"broken: (.*)|Assertion .*", printed)
    return said.group(0) if said else f"exit {status}"


def shrink(program, seed):
    """Returns the command that plays a shorter run, which breaks the same promise."""
    _, printed = simulate(program, "--seed", str(seed), "--days", DAYS, "--shrink")
    promises = re.findall(r"broken: (P\d)", printed)
    commands = re.findall(r"# again: simulate (.*)", printed)
    if len(commands) != 2:
        raise LookupError(f"{len(commands)} commands are printed: {printed}")
    again = re.findall(r"broken: (P\d)", simulate(program, *commands[1].split())[1])
    days, faults = zip(*[re.search(r"--days (\d+) --faults (.*)", c).groups() for c in commands])
    if not int(days[1]) < int(days[0]) or not len(faults[1]) < len(faults[0]) or promises + again != 3 * promises[:1]:
        raise LookupError(f"{promises}, with {commands}, and then {again}")
    return commands[1]


def hunt(program, is_clean, seeds):
    """Returns how many seeds it took and what was found, or None."""
    for seed in range(1, seeds + 1):
        said = play(program, seed)
        if said and is_clean(seed):
            return seed, said
    return None


def link(program, objects, archives):
    subprocess.run([os.environ.get("CC", "cc"), "-o", program] + objects + ["-Wl,--start-group"] + archives
                   + ["-Wl,--end-group", "-lsqlite3", "-lcrypt"] + os.environ.get("LDFLAGS", "").split(), check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=25)
    parser.add_argument("--shrink", metavar="NAME", choices=[c[0] for c in CANARIES])
    args = parser.parse_args()
    chosen = [c for c in CANARIES if not args.names or c[0] in args.names]
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        own = glob.glob(os.path.join(args.build, "tests/simulate.p/*.o"))
        archives = glob.glob(os.path.join(args.build, "src/*.a")) + glob.glob(os.path.join(args.build, "src/*/*.a"))
        archives.append(os.path.join(args.build, "libmodemsim.a"))
        program, healthy = os.path.join(work, "canary"), os.path.join(args.build, "tests/simulate")
        is_clean = functools.cache(lambda seed: not play(healthy, seed))
        for number, (name, changes) in enumerate(chosen, 1):
            try:
                objects = plant(work, args.build, changes)
                link(program, own + objects, archives)
                found = hunt(program, is_clean, args.seeds)
                if found and name == args.shrink:
                    found = found[0], shrink(program, found[0])
            except (LookupError, subprocess.SubprocessError) as error:
                found = None
                print(f"# {error}")
            failed += not found
            print(f"{'ok' if found else 'not ok'} {number} - {name}"
                  + (f", seed {found[0]}: {found[1]}" if found else ""), flush=True)
    print(f"1..{len(chosen)}")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
