#!/usr/bin/env python3
"""Our numbering against libphonenumber: its own example numbers and random ones, of all regions.

usage: test_numbers.py NUMBERS [SEED]

NUMBERS answers as tests/differential/numbers.c tells.  Debian's libphonenumber may be years older than
our table, so a disagreement counts by region and by what both say; those in KNOWN have their reason.
"""

import random
import re
import subprocess
import sys

try:
    import phonenumbers
    from phonenumbers import PhoneNumberType as Type
except ImportError:
    print("1..0 # SKIP not installed: python3-phonenumbers")
    sys.exit(0)

RANDOM_PER_REGION = 150
KINDS = {
    Type.MOBILE: "mobile",
    Type.FIXED_LINE: "fixed",
    Type.FIXED_LINE_OR_MOBILE: "either",
    Type.PREMIUM_RATE: "premium",
    Type.SHARED_COST: "shared",
}
CHANGED = "the country has changed its plan since Debian's libphonenumber"
READING = {  # regions whose examples we read differently: why
    "HR": CHANGED,
    "KI": "five digits without a country are a short code to us",
    "NG": CHANGED,
    "UZ": CHANGED,
}
KNOWN = [  # regions, what libphonenumber says, what we say: why
    ({"BJ"}, {"fixed", "mobile"}, {"unknown"}, CHANGED),  # ten digits that begin with 01, since 2024
    ({"BR"}, {"premium"}, {"unknown"}, CHANGED),
    ({"DK"}, {"either"}, {"mobile", "fixed", "unknown"}, CHANGED),
    ({"AU", "IL"}, {"mobile"}, {"unknown"}, CHANGED),
    ({"GD"}, {"fixed"}, {"mobile"}, CHANGED),
    ({"HR"}, {"premium"}, {"unknown"}, CHANGED),
    ({"IN"}, {"fixed"}, {"either", "mobile"}, CHANGED),
    ({"NG"}, {"fixed"}, {"unknown"}, CHANGED),  # ten digits, since 2023
    ({"UZ"}, {"mobile"}, {"fixed", "unknown"}, CHANGED),
    ({"EH"}, {"fixed"}, {"fixed"}, "Western Sahara has Morocco's plan, and the ranges of both are one"),
]
count = failed = 0


def ok(good, name, details=()):
    global count, failed
    count += 1
    failed += not good
    print("ok" if good else "not ok", count, "-", name)
    for detail in details if not good else ():
        print("#", detail)


def kind(number):
    """What libphonenumber says, in our words; what we do not tell apart is unknown."""
    return KINDS.get(phonenumbers.number_type(number), "unknown")


def e164(number):
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def examples():
    """Pairs (region, number) of each kind that has an example."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for type_ in Type.values():
            number = phonenumbers.example_number_for_type(region, type_)
            if number:
                yield region, number


def shuffled(rng, number):
    """The same beginning of a number, with other digits behind it."""
    national = phonenumbers.national_significant_number(number)
    keep = rng.randrange(1, len(national))
    digits = national[:keep] + "".join(rng.choice("0123456789") for _ in national[keep:])
    return phonenumbers.parse(f"+{number.country_code}{digits}", None)


def random_numbers(rng, all_examples):
    by_region = {}
    for region, number in all_examples:
        by_region.setdefault(region, []).append(number)
    for region, numbers in by_region.items():
        for _ in range(RANDOM_PER_REGION):
            number = shuffled(rng, rng.choice(numbers))
            if phonenumbers.is_valid_number(number):
                yield region, number


def ask(program, lines):
    run = subprocess.run([program], input="".join(f"{line}\n" for line in lines), capture_output=True, text=True,
                         check=True)
    return [line.split(" ") for line in run.stdout.splitlines()]


def national(number):
    """As it is dialled inside its country, digits only."""
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"[^0-9]", "", text)


def check_reading(program, all_examples):
    """Each example written in international and national form is the same number."""
    lines, wanted = [], []
    for region, number in all_examples:
        if kind(number) == "unknown":
            continue  # services that ring nobody
        for text in (e164(number), phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
                     national(number)):
            lines.append(f"{region} {text}")
            wanted.append(e164(number))
    wrong = {}
    for line, want, got in zip(lines, wanted, ask(program, lines)):
        region = line.split(" ")[0]
        if got[0] != want and region not in READING:
            wrong.setdefault(region, f"{line}: {got[0]}, not {want}")
    ok(not wrong, f"{len(lines)} examples are read as libphonenumber reads them", wrong.values())


def check_kinds(program, pairs, name):
    answers = ask(program, [f"{region} {e164(number)}" for region, number in pairs])
    differ = {}
    for (region, number), (_, our_kind, our_region) in zip(pairs, answers):
        theirs = (kind(number), phonenumbers.region_code_for_number(number) or "-")
        if theirs[0] == "unknown" or theirs == (our_kind, our_region):
            continue  # free phone, personal, VoIP and the like: we do not tell them apart
        key = (theirs[1], theirs[0], our_kind, our_region)
        differ.setdefault(key, []).append(e164(number))
    unexplained = {key: numbers for key, numbers in differ.items() if not explained(key)}
    explained_count = sum(len(numbers) for numbers in differ.values()) - sum(map(len, unexplained.values()))
    ok(not unexplained, f"{len(pairs)} {name}: {explained_count} disagree for a known reason",
       [f"{region}: {theirs}, we say {ours} {our_region}: {len(numbers)} such as {numbers[0]}"
        for (region, theirs, ours, our_region), numbers in sorted(unexplained.items())])


def explained(key):
    region, theirs, ours, our_region = key
    return (our_region in (region, "-") or region == "EH") and any(
        region in regions and theirs in told and ours in said for regions, told, said, _ in KNOWN)


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"# seed {seed}, libphonenumber {phonenumbers.__version__}")
    rng = random.Random(seed)
    all_examples = list(examples())
    check_reading(program, all_examples)
    check_kinds(program, all_examples, "examples")
    check_kinds(program, list(random_numbers(rng, all_examples)), "random numbers")
    print(f"1..{count}")
    return failed != 0


sys.exit(main())
