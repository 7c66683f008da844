#!/usr/bin/env python3
"""Plants known defects, one at a time, and lets the simulator look for each: a promise that no
defect can break is not proved.

    canaries.py [--seeds N] BUILD [NAME ...]

Each defect is a change of source text, compiled and linked before the libraries in BUILD."""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DAYS = "10"

# name, [(file, what is there once, what stands there instead)]
CANARIES = [
    ("P1-not-settled-after-restart", [("src/service/service.c", "err = service_calls_settle(s, now);", "err = 0;")]),
    ("P1-queue-slept-over", [("src/service/sending.c", "wait_ms = (due.s - now.wall.s) * 1000;",
                              "wait_ms = (due.s - now.wall.s) * 1000000;")]),
    ("P1-card-misread", [("src/service/card.c", "is != 0 && s->card_doubt != is;", "false;")]),
    ("P1-store-given-up", [("src/service/service.c", "    s->retry = MONO_NEVER;\n    s->trouble[0]",
                            "    s->retry = mono_after(now.mono, INT64_C(86400000));\n    s->trouble[0]")]),
    ("P2-cooldown-short", [("src/policy/rules.c", "return age_s < window_ms / 1000;",
                            "return age_s < window_ms / 1200;")]),
    ("P2-report-ignored", [("src/service/texts.c", "outbox_report(s->store, s->line, recipient.number, pdu->mr,",
                            "outbox_report(s->store, s->line, \"\", pdu->mr,")]),
    ("P3-deleted-before-stored", [("src/service/texts.c", "s->list_again = true; /* it is safe",
                                   "modem_ack(&s->modem, now.mono, &event->receipt); /* it is safe")]),
    ("P3-doubles-not-known", [("src/store/inbox.c", " AND scts = ? AND pdu = ?", " AND scts = ? + 1 AND pdu = ?")]),
    ("P4-ladder-of-one-step", [("src/modem/recovery.c", "(enum modem_rung)(l->rung + 1);", "RUNG_WAIT;")]),
    ("P4-silent-sim-for-ever", [("src/modem/setup.c", "card_unanswered(m, now);", "setup_go(m, now, STEP_PIN_TRIES);")]),
    ("P5-stop-not-stored", [("src/service/keywords.c", "int changed = optout_add(s->store, number, \"text\", now.wall);",
                             "int changed = 1;")]),
    ("P5-not-asked", [("src/policy/rules.c", "return q->facts->opted_out || q->facts->opt_out_doubtful;", "return false;"),
                      ("src/store/outbox_take.c", "if (c->opted_out && c->urgency != URGENCY_OPT_OUT)", "if (false)")]),
    ("P7-no-reason", [("src/service/calls.c", "decider = &rules[decision.decider];", "decider = NULL;")]),
]


def compile_object(build, source, target, room):
    includes = ["include", "tests", "src", "src/" + room, "tests/sim"]
    command = [os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O1", "-w", "-c", source, "-o", target]
    command += ["-I" + os.path.join(ROOT, i) for i in includes]
    command += ["-I" + d for d in glob.glob(os.path.join(build, "src/*/")) + glob.glob(os.path.join(build, "src/*.p"))]
    subprocess.run(command, check=True)


def plant(work, build, changes):
    """Returns the objects of the changed files."""
    objects = []
    for path, old, new in changes:
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            text = f.read()
        if text.count(old) != 1:
            raise LookupError(f"{path}: {text.count(old)} times: {old}")
        source = os.path.join(work, os.path.basename(path))
        with open(source, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))
        objects.append(source[:-2] + ".o")
        compile_object(build, source, objects[-1], path.split("/")[1])
    return objects


def hunt(program, seeds):
    """Returns how many seeds it took and what was found, or None."""
    for seed in range(1, seeds + 1):
        run = subprocess.run([program, "--seed", str(seed), "--days", DAYS], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=120, check=False)
        if run.returncode != 0:
            said = re.search(r"broken: (.*)|Assertion .*", run.stdout.decode("utf-8", "replace"))
            return seed, said.group(0) if said else f"exit {run.returncode}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=25)
    args = parser.parse_args()
    chosen = [c for c in CANARIES if not args.names or c[0] in args.names]
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        own = []
        for source in ["simulate.c", "sim/disk.c", "sim/truth.c", "sim/world.c"]:
            own.append(os.path.join(work, "own_" + os.path.basename(source)[:-2] + ".o"))
            compile_object(args.build, os.path.join(ROOT, "tests", source), own[-1], "base")
        archives = glob.glob(os.path.join(args.build, "src/*.a")) + glob.glob(os.path.join(args.build, "src/*/*.a"))
        archives.append(os.path.join(args.build, "libmodemsim.a"))
        program = os.path.join(work, "canary")
        for number, (name, changes) in enumerate(chosen, 1):
            try:
                objects = plant(work, args.build, changes)
                subprocess.run([os.environ.get("CC", "cc"), "-o", program] + own + objects
                               + ["-Wl,--start-group"] + archives + ["-Wl,--end-group", "-lsqlite3"], check=True)
                found = hunt(program, args.seeds)
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
