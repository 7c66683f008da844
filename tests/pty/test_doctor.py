"""tests/pty/test_doctor.py TEXTBACK MODEMSIM FAULTS - each single fault is found by its check, with what mends it; and the
modem is asked while the daemon works, and without it."""

import contextlib
import fcntl
import json
import os
import pwd
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from machine import Machine, Trouble

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:3]]
FAULTS = os.path.abspath(sys.argv[3])
OK, WARN, FAIL, SKIP = "ok", "warn", "fail", "skip"

MODEM_FAULTS = [  # what is wrong, the modem's answers, the check, its result, exit status, what mends it
    ("a SIM that wants its PIN", ['reply +CPIN? "+CPIN: SIM PIN"'], "SIM", FAIL, 6, "lines[].pin"),
    ("a blocked SIM", ['reply +CPIN? "+CPIN: SIM PUK"'], "SIM", FAIL, 6, "PUK"),
    ("no SIM", ["sim missing"], "SIM", FAIL, 6, "put the SIM in"),
    ("a SIM that fails", ['reply +CPIN? "+CPIN: SIM FAILURE"'], "SIM", FAIL, 6, "take the SIM out"),
    ("a modem locked to a network", ['reply +CPIN? "+CPIN: PH-NET PIN"'], "SIM", FAIL, 6, "unlocked"),
    ("few tries for the PIN", ['reply +SPIC "+SPIC: 1,10,3,10"'], "PIN tries", WARN, 9, "enter its PIN once"),
    ("no tries for the PIN", ['reply +SPIC "+SPIC: 0,10,3,10"'], "PIN tries", WARN, 9, "enter its PUK once"),
    ("no SMSC", ['reply +CSCA? "+CSCA: \\"\\",129"'], "SMSC", FAIL, 6, "lines[].smsc"),
    ("no network", ["network off"], "network", FAIL, 6, "AT+COPS=0"),
    ("no network and no signal", ["network off", 'reply +CSQ "+CSQ: 99,99"'], "network", FAIL, 6, "antenna"),
    ("a SIM that the network refuses", ['reply +CREG? "+CREG: 0,3"', 'reply +CEREG? "+CEREG: 0,3"'],
     "network", FAIL, 6, "ask the operator"),
    ("a SIM for emergency calls only", ['reply +CREG? "+CREG: 0,8"', 'reply +CEREG? "+CEREG: 0,11"'],
     "network", FAIL, 6, "active and paid"),
    ("a weak signal", ['reply +CSQ "+CSQ: 2,99"'], "network", WARN, 9, "antenna"),
    ("LTE without voice", ['reply +CREG? "+CREG: 0,2"'], "voice", WARN, 9, "AT+CEMODE=1"),
    ("LTE with voice", ['reply +CREG? "+CREG: 0,2"', 'reply +CIREG? "+CIREG: 1,1,4"'], "voice", OK, 0, None),
    ("registered for texts only", ['reply +CREG? "+CREG: 0,6"'], "voice", WARN, 9, "AT+CEMODE=1"),
    ("all calls diverted", ['reply +CCFC=0,2 "+CCFC: 1,1,\\"+447700900999\\",145"'], "diverts", FAIL, 6,
     "textback modem at --force AT+CCFC=0,0"),
    ("unanswered calls diverted", [f'reply +CCFC={n},2 "+CCFC: {int(n == 2)},1"' for n in range(4)], "diverts",
     WARN, 9, "textback modem at --force AT+CCFC=2,0"),
    ("calls diverted while there is no network",
     ['reply +CCFC=0,2 "+CCFC: 0,7"', 'reply +CCFC=3,2 "+CCFC: 1,1"'], "diverts", WARN, 9, "AT+CCFC=3,0"),
    ("calls diverted while it is busy", ['reply +CCFC=1,2 "+CCFC: 1,1"'], "diverts", WARN, 9, "AT+CCFC=1,0"),
    ("faxes diverted", ['reply +CCFC=0,2 "+CCFC: 1,4"'], "diverts", OK, 0, None),
    ("no caller id", ['reply +CLIP? "+CLIP: 1,0"'], "caller id", FAIL, 6, "ask the operator for caller id"),
    ("full places", ['reply +CPMS? "+CPMS: \\"SM\\",20,20,\\"SM\\",20,20,\\"SM\\",20,20"'], "storage", WARN, 9,
     "textback run"),
    ("a modem that is silent about something", ['reply +CLIP? "ERROR"'], "caller id", SKIP, 0, None),
]


def start(**options):
    machine = Machine(*PROGRAMS, **options)
    machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": (2, "ff 00 00")})
    return machine


def reconfigure(machine, old, new):
    with open(machine.config, encoding="utf-8") as file:
        text = file.read()
    with open(machine.config, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


def doctor(machine, **env):
    """{check: its JSON} and the exit status; the machine is well but for what `env` says."""
    well = {"LD_PRELOAD": FAULTS, "TEXTBACK_TEST_SYNC": "1", "ASAN_OPTIONS": "verify_asan_link_order=0"}
    machine.env = {**machine.env, **well, **env}
    run = machine.run("doctor", "--json")
    for name in {*well, *env}:
        del machine.env[name]
    report = json.loads(run.stdout)
    return {check["name"]: check for check in report["checks"]}, run.returncode


def expect(machine, name, level, status, mend, **env):
    found, code = doctor(machine, **env)
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
    if name == "SIM":
        needing = "SMSC", "network", "voice", "diverts", "caller id", "storage"
        bad += [n for n in needing if found[n]["result"] != SKIP]
    if bad and name != "network":
        raise Trouble(f"blamed as well: {bad}")


def sim_for_the_daemon():
    """Which waits for the PIN, and has told the modem nothing yet: that is not to be mended."""
    machine = start()
    yield machine
    machine.modem.cmd("sim pin")
    machine.start_machine()
    machine.cause("SIM needs its PIN")
    found = expect(machine, "SIM", FAIL, 6, "lines[].pin")
    if found["caller id"]["result"] != SKIP:
        raise Trouble(f"{found['caller id']}")


def wrong_pin():
    """It is set: the daemon has to enter it, and where that has, it is to be corrected."""
    machine = start()
    yield machine
    reconfigure(machine, "{name: main,", '{name: main, pin: "0000",')
    machine.modem.cmd("sim pin")
    expect(machine, "SIM", FAIL, 6, "textback run")
    machine.start_machine()
    machine.cause("tried before")
    expect(machine, "SIM", FAIL, 6, "correct lines[].pin")


def owned_by_another():
    """As what root has copied to the daemon's directory is."""
    machine = start()
    yield machine
    if os.geteuid() != 0:
        return
    machine.start_machine()
    machine.ready()
    os.chown(machine.directory, 65534, 65534)
    expect(machine, "database", WARN, 9, "sudo chown --reference=")
    os.chown(machine.directory, 0, 65534)
    os.chmod(machine.config, 0o640)
    expect(machine, "config", WARN, 9, "sudo chgrp --reference=")
    os.chown(machine.config, 0, 65534)
    expect(machine, "config", OK, 0, None)
    os.chmod(machine.config, 0o600)
    expect(machine, "config", WARN, 9, "sudo chmod 0640")


def newer_database():
    machine = start()
    yield machine
    machine.start_machine()
    machine.ready()
    machine.stop()
    with contextlib.closing(sqlite3.connect(machine.path("textback.db"))) as db:
        db.execute("PRAGMA user_version = 999")
    expect(machine, "database", FAIL, 8, "install the newer textback again")


def no_config():
    machine = start()
    yield machine
    os.unlink(machine.config)
    run = machine.run("doctor", "--json")
    check = json.loads(run.stdout)["checks"][0]
    if run.returncode != 7 or check["result"] != FAIL or not check["mend"].endswith("textback setup"):
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


def network_card_only():
    """A HiLink stick: no package helps."""
    machine = start()
    yield machine
    machine.plugs.unplug("1-1", "ttyUSB1")
    machine.plugs.plug("1-1", "12d1:14dc", {})
    expect(machine, "port", FAIL, 6, "stick firmware")
    machine.start_machine()
    machine.cause("12d1:14dc, Huawei E3372 in HiLink mode, never shows a port")
    expect(machine, "port", FAIL, 6, "stick firmware")


def another_modem():
    """One that is not meant: its port is not at fault."""
    machine = start()
    yield machine
    reconfigure(machine, '"auto"', '"imei:861200000000099"')
    expect(machine, "port", FAIL, 6, "lines[].device")


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
    machine.modem.cmd("reply +CMEE=1 silent")
    found = expect(machine, "port", FAIL, 6, "unplug the modem")
    if "ttyUSB1: no answer" not in found["port"]["detail"]:
        raise Trouble(f"{found['port']}")
    machine.modem.cmd("mute")
    expect(machine, "port", FAIL, 6, "unplug the modem")


def held_by_modemmanager():
    machine = start()
    yield machine
    os.makedirs(machine.plugs.path("proc/812"))
    with open(machine.plugs.path("proc/812/comm"), "w", encoding="utf-8") as file:
        file.write("ModemManager\n")
    expect(machine, "ModemManager", WARN, 9, "sudo systemctl disable --now ModemManager")


def service_unit():
    """Not enabled, enabled without a daemon, and with it; and no systemd at all."""
    machine = start()
    yield machine
    expect(machine, "service unit", WARN, 9, "textback run")
    os.makedirs(machine.plugs.path("run/systemd/system"))
    expect(machine, "service unit", WARN, 9, "sudo systemctl enable --now textback")
    if b"textback run" not in machine.run("status").stderr:
        raise Trouble("not installed, but to be started by systemd")
    os.makedirs(machine.plugs.path("lib/systemd/system"))
    with open(machine.plugs.path("lib/systemd/system/textback.service"), "w", encoding="utf-8"):
        pass
    if b"sudo systemctl enable --now textback" not in machine.run("status").stderr:
        raise Trouble("installed, but to be started by hand")
    wants = machine.plugs.path("etc/systemd/system/multi-user.target.wants")
    os.makedirs(wants)
    os.symlink("/lib/systemd/system/textback.service", os.path.join(wants, "textback.service"))
    expect(machine, "service unit", WARN, 9, "sudo systemctl start textback")
    said = machine.run("status").stderr + machine.run("calls").stderr
    if said.count(b"sudo systemctl start textback") != 2:
        raise Trouble(f"{said}")
    machine.start_machine()
    expect(machine, "service unit", OK, 0, None)


def clock():
    """Before this program was made, and not synchronised."""
    machine = start()
    yield machine
    expect(machine, "clock", FAIL, 1, "sudo timedatectl set-ntp true", TEXTBACK_TEST_CLOCK="1000000000")
    expect(machine, "clock", WARN, 9, "sudo timedatectl set-ntp true", TEXTBACK_TEST_SYNC="0")
    expect(machine, "clock", OK, 0, None)


def full_disk():
    machine = start()
    yield machine
    expect(machine, "database", WARN, 9, "textback run")  # none is there yet
    machine.start_machine()
    machine.ready()
    expect(machine, "database", WARN, 9, "journalctl --vacuum-size", TEXTBACK_TEST_FULL="1")
    expect(machine, "database", OK, 0, None)


def templates():
    """What the configuration refuses, and what depends on who calls, or costs more."""
    machine = start()
    yield machine
    with open(machine.config, encoding="utf-8") as file:
        config = file.read()
    for text, name, level, status, mend in (
            ("We call you back. " * 12, "config", FAIL, 7, "textback check"),
            ("Hi {name|you}! " + "We call you back. " * 7, "templates", WARN, 9, "textback template lint"),
            ("Hi {name|you} \U0001f600", "templates", WARN, 9, "textback template lint"),
            ("Hi {name|you}", "templates", OK, 0, None)):
        with open(machine.config, "w", encoding="utf-8") as file:
            file.write(config + f'templates: {{first: "{text}"}}\n')
        expect(machine, name, level, status, mend)


def hook():
    """The program for events: missing, no program, and there."""
    machine = start()
    yield machine
    with open(machine.config, encoding="utf-8") as file:
        config = file.read()
    scripts = {"good": "#! /bin/sh -e\ntrue\n", "of_windows": "#!/bin/sh\r\ntrue\r\n", "lost": "#!/no/python3\n", "plain": "true\n",
               "empty": ""}
    for name, text in scripts.items():
        with open(machine.path(name), "w", encoding="ascii", newline="") as file:
            file.write(text)
        os.chmod(machine.path(name), 0o755)
    bad = ["/no/such", "/etc/passwd", machine.directory, *(machine.path(name) for name in scripts if name != "good")]
    for program, level, status, mend in (*((path, WARN, 9, "hooks.on_event") for path in bad),
                                         (machine.path("good"), OK, 0, None), ("/bin/true", OK, 0, None)):
        with open(machine.config, "w", encoding="utf-8") as file:
            file.write(config + f"hooks: {{on_event: [{program}]}}\n")
        expect(machine, "hook", level, status, mend)


def held_by_another():
    """By a program that is no ModemManager: it is named."""
    machine = start()
    yield machine
    fd = os.open(machine.plugs.dev("ttyUSB1"), os.O_RDWR | os.O_NOCTTY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        found = expect(machine, "port", FAIL, 6, "end that program")
    finally:
        os.close(fd)
    if f"(process {os.getpid()})" not in found["port"]["detail"]:
        raise Trouble(f"{found['port']}")


def silent_for_the_daemon():
    """The daemon has the port, and the modem says nothing on it."""
    machine = start()
    yield machine
    machine.start_machine()
    machine.ready()
    machine.modem.cmd("mute")
    expect(machine, "AT", FAIL, 6, "unplug the modem")


def asked_by_several():
    """The daemon puts one command at a time: each waits for its turn."""
    machine = start()
    yield machine
    machine.start_machine()
    machine.ready()
    asking = [subprocess.Popen([machine.textback, "-c", machine.config, "modem", "at", "AT+CSQ"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env={**os.environ, **machine.env}) for _ in range(12)]
    said = [process.communicate()[0] for process in asking]
    if any(process.returncode for process in asking):
        raise Trouble(f"{said}")


def forgotten_for_the_daemon():
    """What the daemon has set, and the modem shows as not set."""
    machine = start()
    yield machine
    machine.start_machine()
    machine.ready()
    machine.modem.cmd('reply +CLIP? "+CLIP: 0,1"',
                      'reply +CPMS? "+CPMS: \\"SM\\",19,20,\\"SM\\",19,20,\\"SM\\",19,20"')
    expect(machine, "caller id", WARN, 9, "textback modem at --force AT+CLIP=1")
    expect(machine, "storage", WARN, 9, "sudo systemctl restart textback")


def unreadable_config():
    """Somebody else's configuration, and database."""
    machine = start()
    yield machine
    if os.geteuid() != 0:
        return  # there is nobody to be
    machine.start_machine()
    machine.ready()
    machine.textback = shutil.copy(machine.textback, machine.directory)
    os.chmod(machine.directory, 0o755)
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    for path, check in ((machine.path("textback.db"), "database"), (machine.config, "config")):
        os.chmod(machine.config, 0o644)
        os.chmod(path, 0o600)
        run = machine.run("doctor", "--json", **nobody)
        found = {c["name"]: c for c in json.loads(run.stdout)["checks"]}[check]
        if found["result"] != FAIL or found["mend"] != "sudo textback doctor":
            raise Trouble(f"{found}")


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


def settings_are_no_calls():
    """What a query tells of caller id and call waiting begins like the line that tells of a call."""
    machine = start()
    yield machine
    machine.modem.cmd('reply +CLIP=? "+CLIP: (0,1)"', 'reply +CCWA? "+CCWA: 0"')
    machine.start_machine()
    machine.ready()
    doctor(machine)
    for command in "AT+CLIP=?", "AT+CCWA?":
        if machine.run("modem", "at", command).returncode != 0:
            raise Trouble(command)
    machine.modem.cmd("call +447700900321 rings 2")
    machine.modem.expect("sent ")
    calls = machine.json("calls")["calls"]
    if [call["number"] for call in calls] != ["+447700900321"]:
        raise Trouble(f"{calls}")


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


CASES = [sim_for_the_daemon, wrong_pin, owned_by_another, newer_database, no_config, bad_config, damaged_database, open_database,
         nothing_plugged_in, nothing_plugged_in_for_the_daemon, disk_only, network_card_only, another_modem,
         not_permitted, silent_modem, held_by_modemmanager, held_by_another, silent_for_the_daemon,
         asked_by_several, forgotten_for_the_daemon, service_unit, clock, full_disk, templates, hook, unreadable_config, modem_commands,
         settings_are_no_calls, traced, all_well]


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
