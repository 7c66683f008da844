"""tests/pty/test_doctor.py TEXTBACK MODEMSIM - each single fault is found by its check, with what mends it; and the
modem is asked while the daemon works, and without it."""

import json
import os
import pwd
import shutil
import signal
import stat
import sys
from concurrent.futures import ThreadPoolExecutor

from machine import Machine, Trouble

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:3]]
OK, WARN, FAIL, SKIP = "ok", "warn", "fail", "skip"

MODEM_FAULTS = [  # what is wrong, the modem's answers, the check, its result, exit status, what mends it
    ("a SIM that wants its PIN", ['reply +CPIN? "+CPIN: SIM PIN"'], "SIM", FAIL, 6, "lines[].pin"),
    ("a blocked SIM", ['reply +CPIN? "+CPIN: SIM PUK"'], "SIM", FAIL, 6, "PUK"),
    ("no SIM", ["sim missing"], "SIM", FAIL, 6, "put the SIM in"),
    ("a modem locked to a network", ['reply +CPIN? "+CPIN: PH-NET PIN"'], "SIM", FAIL, 6, "unlocked"),
    ("few tries for the PIN", ['reply +SPIC "+SPIC: 1,10,3,10"'], "PIN tries", WARN, 9, "enter its PIN once"),
    ("no SMSC", ['reply +CSCA? "+CSCA: \\"\\",129"'], "SMSC", FAIL, 6, "lines[].smsc"),
    ("no network", ["network off"], "network", FAIL, 6, "AT+COPS=0"),
    ("no network and no signal", ["network off", 'reply +CSQ "+CSQ: 99,99"'], "network", FAIL, 6, "antenna"),
    ("a SIM that the network refuses", ['reply +CREG? "+CREG: 0,3"', 'reply +CEREG? "+CEREG: 0,3"'],
     "network", FAIL, 6, "ask the operator"),
    ("a weak signal", ['reply +CSQ "+CSQ: 2,99"'], "network", WARN, 9, "antenna"),
    ("LTE without voice", ['reply +CREG? "+CREG: 0,2"'], "voice", WARN, 9, "AT+CEMODE=1"),
    ("all calls diverted", ['reply +CCFC=0,2 "+CCFC: 1,1,\\"+447700900999\\",145"'], "diverts", FAIL, 6,
     "textback modem at --force AT+CCFC=0,0"),
    ("unanswered calls diverted", [f'reply +CCFC={n},2 "+CCFC: {int(n == 2)},1"' for n in range(4)], "diverts",
     WARN, 9, "textback modem at --force AT+CCFC=2,0"),
    ("no caller id", ['reply +CLIP? "+CLIP: 1,0"'], "caller id", FAIL, 6, "ask the operator for caller id"),
    ("full places", ['reply +CPMS? "+CPMS: \\"SM\\",20,20,\\"SM\\",20,20,\\"SM\\",20,20"'], "storage", WARN, 9,
     "textback run"),
    ("a modem that is silent about something", ['reply +CLIP? "ERROR"'], "caller id", SKIP, 0, None),
]


def start(**options):
    machine = Machine(*PROGRAMS, **options)
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": (2, "ff 00 00")})
    return machine


def doctor(machine):
    """{check: its JSON} and the exit status, but for what depends on the machine that tests: its clock."""
    run = machine.run("doctor", "--json")
    report = json.loads(run.stdout)
    found = {check["name"]: check for check in report["checks"]}
    del found["clock"]
    return found, run.returncode


def expect(machine, name, level, status, mend):
    found, code = doctor(machine)
    check = found[name]
    mended = check["mend"] is None if mend is None else mend in (check["mend"] or "")
    if check["result"] != level or not mended:
        raise Trouble(f"{check}")
    if status and code != status:
        raise Trouble(f"exit {code}, not {status}")
    for other in found.values():
        if other["result"] in (WARN, FAIL) and not other["mend"]:
            raise Trouble(f"without what mends it: {other}")
    return found


def modem_fault(commands, name, level, status, mend):
    machine = start()
    yield machine
    machine.modem.cmd(*commands)
    found = expect(machine, name, level, status, mend)
    bad = [n for n, check in found.items() if check["result"] == FAIL and n != name]
    if bad and name not in ("SIM", "network"):
        raise Trouble(f"blamed as well: {bad}")


def no_config():
    machine = start()
    yield machine
    os.unlink(machine.config)
    run = machine.run("doctor", "--json")
    check = json.loads(run.stdout)["checks"][0]
    if run.returncode != 7 or check["result"] != FAIL or check["mend"] != "textback setup":
        raise Trouble(f"{run}")


def bad_config():
    machine = start()
    yield machine
    with open(machine.config, "a", encoding="utf-8") as file:
        file.write("hourss: 1\n")
    run = machine.run("doctor")
    if run.returncode != 7 or b"did you mean" not in run.stdout or b"textback check" not in run.stdout:
        raise Trouble(f"{run}")


def damaged_database():
    machine = start()
    yield machine
    with open(machine.path("textback.db"), "wb") as file:
        file.write(b"no database at all " * 100)
    expect(machine, "database", FAIL, 8, "backup")


def open_database():
    machine = start()
    yield machine
    machine.start_machine()
    machine.ready()
    os.chmod(machine.path("textback.db"), 0o644)
    expect(machine, "database", WARN, 9, "chmod 0600 ")
    machine.stop()
    if stat.S_IMODE(os.stat(machine.path("textback.db")).st_mode) != 0o644:
        raise Trouble("the doctor mends nothing itself")


def nothing_plugged_in():
    machine = start()
    yield machine
    machine.plugs.unplug("1-1", "ttyUSB1")
    found = expect(machine, "port", FAIL, 6, "plug the modem in")
    if any(found[name]["result"] != SKIP for name in ("AT", "SIM", "storage")):
        raise Trouble(f"judged without a modem: {found}")


def nothing_plugged_in_for_the_daemon():
    machine = start()
    yield machine
    machine.plugs.unplug("1-1", "ttyUSB1")
    machine.start_machine()
    machine.cause("none is plugged in")
    expect(machine, "port", FAIL, 6, "plug the modem in")


def disk_only():
    machine = start()
    yield machine
    machine.plugs.unplug("1-1", "ttyUSB1")
    machine.plugs.plug("1-1", "12d1:1446", {})
    expect(machine, "port", FAIL, 6, "sudo apt install usb-modeswitch")


def not_permitted():
    """A port of others: the command that permits it names the user."""
    machine = start()
    yield machine
    me = os.geteuid()
    somebody = {"user": 65534, "group": 65534, "extra_groups": []} if me == 0 else {}
    os.chmod(os.path.realpath(machine.plugs.dev("ttyUSB1")), 0o600 if me == 0 else 0)
    for path in machine.directory, machine.config:
        os.chmod(path, 0o755)
    machine.textback = shutil.copy(machine.textback, machine.directory)  # where somebody may reach it
    run = machine.run("doctor", "--json", **somebody)
    port = next(check for check in json.loads(run.stdout)["checks"] if check["name"] == "port")
    user = pwd.getpwuid(65534 if me == 0 else me).pw_name
    if not port["mend"].startswith(f"sudo adduser {user} dialout"):
        raise Trouble(f"{port}")


def silent_modem():
    machine = start()
    yield machine
    machine.modem.cmd("mute")
    expect(machine, "port", FAIL, 6, "unplug the modem")


def held_by_modemmanager():
    machine = start()
    yield machine
    os.makedirs(machine.plugs.path("proc/812"))
    with open(machine.plugs.path("proc/812/comm"), "w", encoding="utf-8") as file:
        file.write("ModemManager\n")
    expect(machine, "ModemManager", WARN, 9, "sudo systemctl disable --now ModemManager")


def no_service_unit():
    machine = start()
    yield machine
    os.makedirs(machine.plugs.path("run/systemd/system"))
    expect(machine, "service unit", WARN, 9, "sudo systemctl enable --now textback")


def all_well():
    """With the daemon, between whose commands it asks; and a call comes in meanwhile."""
    machine = start()
    yield machine
    for n in range(4):
        machine.modem.cmd(f'reply +CCFC={n},2 "+CCFC: 0,7"')
    machine.modem.cmd('reply +SPIC "+SPIC: 3,10,3,10"')
    machine.start_machine()
    machine.ready()
    machine.modem.cmd("call +447700900321 rings 2")
    found, code = doctor(machine)
    if any(check["result"] != OK for check in found.values()) or code not in (0, 9):
        raise Trouble(f"{[c for c in found.values() if c['result'] != OK]}, exit {code}")
    machine.modem.expect("sent ")


def modem_commands():
    """Queries through the daemon and without it, nothing else unless forced, and what goes wrong."""
    machine = start()
    yield machine
    rows = [
        (("modem", "at", "AT+CFUN=0"), 2, b"", b"is not a query"),
        (("modem", "at", "AT+CSQ;+CFUN=0"), 2, b"", b"is not a query"),
        (("modem", "at"), 2, b"", b"COMMAND is missing"),
        (("modem", "att", "AT"), 2, b"", b'"att" (did you mean at?)'),
        (("modem", "at", "AT", "second"), 5, b"", b'no such line: "second"'),
        (("modem", "trace"), 7, b"", b"set log.trace"),
        (("modem", "ussd", "*1;ATD"), 2, b"", b"not a code"),
        (("modem", "at", "AT+NIX?"), 6, b"ERROR", b""),
        (("modem", "at", "AT+CSQ"), 0, b"+CSQ: 21,99\nOK\n", b""),
        (("modem", "at", "AT+CSQ", "--json"), 0, b'{"v":1,"lines":["+CSQ: 21,99"],"result":"OK"}\n', b""),
        (("modem", "at", "AT+CREG=2", "--force"), 0, b"OK\n", b""),
        (("modem", "info"), 0, b"861200000000017", b""),
    ]
    for when in "without the daemon", "with the daemon":
        for arguments, status, out, err in rows:
            run = machine.run(*arguments)
            if run.returncode != status or out not in run.stdout or err not in run.stderr:
                raise Trouble(f"{when}: {run}")
        if not machine.daemon:
            run = machine.run("modem", "list", "--json")
            port = json.loads(run.stdout)["ports"][0]
            if port["imei"] != "861200000000017" or port["usb"] != "1e0e:9001" or port["interface"] != 2:
                raise Trouble(f"{run}")
            machine.start_machine()
            machine.ready()
    run = machine.run("modem", "list")
    if b"has it open" not in run.stdout:
        raise Trouble(f"{run}")


def traced():
    """Off unless configured; then only for its owner, and switched by a reload."""
    machine = start()
    yield machine
    machine.start_machine()
    machine.ready()
    path = machine.path("trace")
    with open(machine.config, "a", encoding="utf-8") as file:
        file.write(f'log: {{trace: "{path}"}}\n')
    if os.path.exists(path):
        raise Trouble("traced without being asked to")
    machine.daemon.send_signal(signal.SIGHUP)
    machine.until("a trace", lambda: os.path.exists(path))
    machine.run("modem", "at", "AT+CSQ")
    text = machine.run("modem", "trace").stdout.decode("ascii")
    if 'main > "AT+CSQ\\r"' not in text or "main < " not in text or "+CSQ: 21,99" not in text:
        raise Trouble(text)
    if stat.S_IMODE(os.stat(path).st_mode) != 0o600:
        raise Trouble("others may read it")


CASES = [no_config, bad_config, damaged_database, open_database, nothing_plugged_in,
         nothing_plugged_in_for_the_daemon, disk_only, not_permitted, silent_modem,
         held_by_modemmanager, no_service_unit, modem_commands, traced, all_well]


def play(case, arguments):
    steps = case(*arguments)
    machine = next(steps)
    try:
        for _ in steps:
            pass
        found = []
    except (Trouble, LookupError, ValueError) as e:
        found = [f"{type(e).__name__}: {e}"] + machine.log().splitlines()[-20:]
    finally:
        machine.close()
    return found


def main():
    cases = [(name, modem_fault, row) for name, *row in MODEM_FAULTS]
    cases += [(case.__name__.replace("_", " "), case, ()) for case in CASES]
    with ThreadPoolExecutor(4) as pool:
        for (name, *_), found in zip(cases, pool.map(lambda c: play(*c[1:]), cases)):
            result(found, name)
    done()


main()
