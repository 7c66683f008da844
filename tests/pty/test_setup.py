"""tests/pty/test_setup.py TEXTBACK MODEMSIM - the guided first run, its answers from a file, up to the test call."""

import ctypes
import os
import resource
import stat
import struct
import subprocess
import sys
import threading

from machine import Machine, Trouble

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:3]]
NAME = 'Bright"water \\ & Söhne: #1'


class Setup:
    """A machine with a modem, and setup on it."""

    def __init__(self, plugged=True):
        self.machine = Machine(*PROGRAMS)
        self.config = self.machine.path("new/config.yaml")
        if plugged:
            self.machine.plugs.plug("1-1", "1e0e:9001", {"ttyUSB1": (2, "ff 00 00")})

    def run(self, *answers, options=(), ring=None, **more):
        process = subprocess.Popen(
            [PROGRAMS[0], "-c", self.config, "setup", *options], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **self.machine.env}, **more)
        timer = threading.Timer(60, process.kill)
        timer.start()
        process.stdin.write("".join(answer + "\n" for answer in answers))
        process.stdin.close()
        said = ""
        for line in process.stdout:
            said += line
            if ring and line.startswith("Now ring"):
                ring(process)
                if process.poll() is not None:
                    break
        timer.cancel()
        return process.wait(), said

    def expect(self, got, status, *expected):
        missing = [e for e in expected if e not in got[1]]
        if got[0] != status or missing:
            raise Trouble(f"exit {got[0]}, not said: {missing}; said: {got[1]}")


class Gone:
    """What is removed from a directory, or gets another name."""

    def __init__(self, path):
        libc = ctypes.CDLL(None)
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        libc.inotify_add_watch(self.fd, path.encode(), 0x40 | 0x200)  # IN_MOVED_FROM | IN_DELETE

    def names(self):
        names, at, events = [], 0, os.read(self.fd, 65536)
        os.close(self.fd)
        while at < len(events):
            length = struct.unpack("iIII", events[at:at + 16])[3]
            names.append(events[at + 16:at + 16 + length].rstrip(b"\0").decode())
            at += 16 + length
        return names


def no_answers(setup):
    setup.expect(setup.run(), 1, "stopped: nothing was written")
    if os.path.exists(setup.config):
        raise Trouble("something was written")


def no_modem(setup):
    setup.expect(setup.run("", "go", "N", "GB", "07700 900123", "", "always", "", "", options=["--yes"]), 0,
                 "None was found", "Written to", f"textback -c {setup.config} run")


def two_modems(setup):
    """Both are told, which one is set up, and how the other is."""
    setup.machine.another("ttyUSB4", "861200000000025")
    setup.machine.plugs.plug("1-2", "1e0e:9001", {"ttyUSB4": (2, "ff 00 00")})
    got = setup.run("N", "GB", "07700 900123", "", "always", "", "", "n")
    setup.expect(got, 0, "IMEI 861200000000017, at", "IMEI 861200000000025, at", "This sets up the first.",
                 'device: "imei:861200000000025"; see textback-config(5)')
    with open(setup.config, encoding="utf-8") as file:
        if 'device: "imei:861200000000017"' not in file.read():
            raise Trouble("not the first")


def wrong_answers(setup):
    """Each is asked again, with what was expected; nothing of them is in the file."""
    got = setup.run("x" * 1001, "", "N\x07", NAME, "XX", "gb", "12", "hello", "020 7946 0018", "no",
                    "07700 900123", "twin", "forwarded", "2",
                    "0s", "monday", "mon 25:00-26:00", "mon-fri", "mon, tue 08:00-12:00", "mon 08:00-12:00 11:00-13:00",
                    "mon 01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00 09:00-10:00",
                    "mon-fri 08:00-12:00 13:00-17:30, sat 09:00-12:00", "Hi {who}", "Hi {name|there}, {business} here!",
                    "me", "07700 900123", "07700 900900", "n")
    setup.expect(got, 0, "longer than 1000 octets", "control character", "is not a country", "the number of a landline",
                 "expected a telephone number",
                 "expected one of primary|forwarded|shared", "Expected such as",
                 "**004*+447700900123#", "no telephone number has", "the number of the SIM, expected another phone",
                 f"textback -c {setup.config} run")
    check = subprocess.run([PROGRAMS[0], "check", setup.config], capture_output=True, text=True, check=False)
    if check.returncode != 0 or NAME not in check.stdout:
        raise Trouble(f"{check}")
    with open(setup.config, encoding="utf-8") as file:
        written = file.read()
    if 'mode: "forwarded"\n    hang_up_after: "0s"\n' not in written:
        raise Trouble("what a ring means is not written")
    if 'hours:\n  mon: ["08:00-12:00", "13:00-17:30"]\n' not in written or '  sat: ["09:00-12:00"]\ntemplates:' not in written:
        raise Trouble("the hours are not written")
    if 'owner:\n  numbers: "07700 900900"\n' not in written:
        raise Trouble("the owner's phone is not written")


def whole(setup):
    """To the end: the call, the text; then again, over what is there."""
    answers = [NAME, "GB", "07700 900123", "", "always", "", "", "yes"]

    def ring(_):
        setup.machine.modem.cmd("call +447700900321 rings 2")
    setup.expect(setup.run(*answers, ring=ring), 0, "modemsim, IMEI 861200000000017", "It rings.", "Missed",
                 "The text has left.", "All works")
    if stat.S_IMODE(os.stat(setup.config).st_mode) != 0o640:
        raise Trouble("not of mode 0640")
    setup.machine.modem.expect("sent +447700900321")
    setup.expect(setup.run("no"), 1, "stays as it is")
    gone = Gone(os.path.dirname(setup.config))
    setup.expect(setup.run("Other", *answers[1:7], "no", options=["--yes"]), 0, "Written to")
    if "config.yaml" in gone.names():
        raise Trouble("for a moment there was none")
    with open(setup.config + ".old", encoding="utf-8") as old, open(setup.config, encoding="utf-8") as new:
        if "Bright" not in old.read() or "Other" not in new.read():
            raise Trouble("the old one is not kept")


def cut_off(setup):
    """Whoever is cut off in the middle of the test leaves no daemon behind that has the modem."""
    def kill(process):
        process.kill()
        process.wait()
    setup.run("N", "GB", "07700 900123", "", "always", "", "", "yes", ring=kill)
    status = [PROGRAMS[0], "-c", setup.config, "status"]
    setup.machine.until("an end of the daemon", lambda: subprocess.run(status, capture_output=True, check=False).returncode == 3)


def no_port(setup):
    """A stick without a port is named, with what it lacks."""
    setup.machine.plugs.plug("1-2", "12d1:14dc", {})
    setup.expect(setup.run(""), 1,
                 "12d1:14dc, Huawei E3372 in HiLink mode, never shows a port; it needs stick firmware.")


def no_room(setup):
    """Only a part of the file goes onto the disk: the old one stays, and nothing is left of the new one."""
    os.makedirs(os.path.dirname(setup.config))
    with open(setup.config, "w", encoding="utf-8") as file:
        file.write("of before\n")
    setup.expect(
        setup.run("N", "GB", "07700 900123", "", "always", "", "", options=["--yes"], restore_signals=False,
                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))),  # Python ignores SIGXFSZ
        1, "config.yaml: File too large")
    with open(setup.config, encoding="utf-8") as file:
        if file.read() != "of before\n" or os.listdir(os.path.dirname(setup.config)) != ["config.yaml"]:
            raise Trouble("not as before")


def not_filled_in(setup):
    """What a package brings is replaced with a mere Enter."""
    os.makedirs(os.path.dirname(setup.config))
    with open(setup.config, "w", encoding="utf-8") as file:
        file.write('business: {name: "", country: ""}\nlines: [{number: ""}]\n')
    setup.expect(setup.run("", "N", "GB", "07700 900123", "", "always", "", "", "no"), 0, "not complete", "Written to")


def beside_the_daemon(setup):
    """Which has the modem, and would keep what it has read: nothing is asked."""
    setup.config = setup.machine.config
    setup.machine.start_machine()
    setup.machine.ready()
    setup.expect(setup.run(options=["--yes"]), 1, "stop it, then again: sudo systemctl stop textback")


def pin(setup):
    setup.machine.modem.cmd("sim pin")
    setup.expect(setup.run("N", "GB", "07700 900123", "12", "1234", "", "always", "", "", "no"), 0, "wants a PIN",
                 "PIN of the SIM", "Written to")
    with open(setup.config, encoding="utf-8") as file:
        if 'pin: "1234"' not in file.read():
            raise Trouble("the PIN is not written")


def long_texts(setup):
    """A name that makes the texts longer is told at once, and is kept where the parts are paid for."""
    setup.expect(setup.run("A" * 64, "no", "Сантехник", "yes", "GB", "07700 900123", "", "always", "Ж" * 450, "",
                           "Hi {business}!" + "x" * 200, "yes", "", "no"), 0,
                 'With that the text "closed" takes 2 parts, and each is paid for.',
                 'With that the text "first" takes 2 parts', 'takes 8 parts', 'With that the text "first" takes 4 parts')
    with open(setup.config, encoding="utf-8") as file:
        written = file.read()
    if 'name: "Сантехник"\n' not in written or "text:\n  max_parts: 4\n" not in written or "AA" in written or "ЖЖ" in written:
        raise Trouble(f"not written: {written}")
    check = subprocess.run([PROGRAMS[0], "check", setup.config], capture_output=True, text=True, check=False)
    if check.returncode != 0:
        raise Trouble(f"{check}")


def no_place(setup):
    """Where the file cannot be written nothing is asked, and a directory is not taken for a file of before."""
    directory = os.path.dirname(setup.config)
    os.makedirs(setup.config)
    setup.expect(setup.run(options=["--yes"]), 2, "config.yaml: not a regular file")
    os.rmdir(setup.config)
    os.rmdir(directory)
    with open(directory, "w", encoding="utf-8"):
        pass
    got = setup.run()
    setup.expect(got, 1, "config.yaml: Not a directory")
    if "Looking" in got[1]:
        raise Trouble("the modem was looked for")


def not_root(setup):
    """Who forgets sudo is told before anything is asked whose file this will be."""
    setup.machine.env = {"HOME": "/proc/home", "TEXTBACK_CONFIG": ""}
    other = {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}
    try:
        run = subprocess.run([PROGRAMS[0], "setup"], capture_output=True, text=True, check=False,
                             env={**os.environ, **setup.machine.env}, **other)
    except PermissionError:
        return  # the binary is where only root gets
    said = run.stdout + run.stderr
    setup.expect((run.returncode, said), 1, "makes /proc/home/.config/textback/config.yaml, for a daemon that you run",
                 "The service reads /etc/textback/config.yaml: sudo textback setup")


CASES = [(no_answers, True), (no_modem, False), (no_port, False), (no_place, False), (not_root, False), (no_room, True),
         (two_modems, True), (wrong_answers, True), (long_texts, True), (pin, True), (whole, True), (cut_off, True), (not_filled_in, True),
         (beside_the_daemon, True)]


def play(case, plugged):
    setup = Setup(plugged)
    try:
        case(setup)
        return []
    except (Trouble, OSError, LookupError, ValueError) as e:
        return [f"{type(e).__name__}: {e}"]
    finally:
        setup.machine.close()


def main():
    for case, plugged in CASES:
        result(play(case, plugged), case.__name__.replace("_", " "))
    done()


main()
