"""tests/pty/test_private.py TEXTBACK MODEMSIM - what is written is nobody else's business, from the moment it is made
and whatever the umask; the control socket knows who asks; a hook gets nothing of the daemon."""

import glob
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys

from bench import play


TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
SANITISED = b"__asan" in subprocess.run(["nm", "-D", TEXTBACK], capture_output=True, check=False).stdout
CALLER = "+447700900321"
NOBODY = 65534
HOOK = """#!/bin/sh
[ -e $1/given ] && exit # one is enough
exec >$1/fds
ls -l /proc/$$/fd
exec >$1/environment
env
exec >$1/given
exec grep Sig /proc/self/status
"""


def configure(bench, old, new):
    with open(bench.config, encoding="utf-8") as f:
        text = f.read()
    assert old in text, text
    with open(bench.config, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))


def call(bench):
    bench.modem.cmd(f"call {CALLER} rings 2")
    bench.modem.expect(f"sent {CALLER} ")


def exposed(trace):
    """The system calls that make something which others may look into, as the program asked for it: the umask of this
    test takes nothing away."""
    bad, modes = [], {}
    for line in trace.splitlines():
        made = re.search(r'open(?:at)?\([^"]*"([^"]*)", [^,]*O_CREAT[^,]*, (0\d+)\) += +\d', line)
        if made and int(made.group(2), 8) & 0o077:
            bad.append(line)
        changed = re.search(r"fchmod\((\d+), (0\d+)\)", line)
        if changed:
            modes[changed.group(1)] = int(changed.group(2), 8)
        bound = re.search(r'bind\((\d+), \{sa_family=AF_UNIX, sun_path="', line)
        if bound and modes.get(bound.group(1), 0o777) & 0o077:
            bad.append(line)
    return bad


def strace(bench, *command, name="strace"):
    return ["strace", "-f", "-qq", "-s", "200", "-o", bench.path(name), "-e",
            "trace=open,openat,creat,fchmod,chmod,bind", TEXTBACK, "-c", bench.config, *command]


def files(umask):
    def test(bench):
        if SANITISED or not shutil.which("strace"):
            return "a sanitised program cannot be traced" if SANITISED else "no strace here (package strace)"
        if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode != 0:
            return "nothing can be traced here"
        configure(bench, "control: {socket", f"log: {{trace: \"{bench.path('trace')}\"}}\ncontrol: {{mode: \"0600\", socket")
        bench.daemon = subprocess.Popen(strace(bench, "run"), stderr=subprocess.DEVNULL, preexec_fn=lambda: os.umask(umask))
        bench.modem.expect("ready", 20)
        call(bench)
        for command in (["backup", bench.path("copy")], ["note", CALLER, "A note."], ["send", CALLER, "Hello."]):
            run = subprocess.run(strace(bench, *command, name="strace." + command[0]), check=False, capture_output=True,
                                 preexec_fn=lambda: os.umask(umask))
            assert run.returncode == 0, run
        present = {os.path.basename(path) for path in glob.glob(bench.path("*"))}
        assert {"textback.db", "textback.db-wal", "textback.db-shm", "textback.db-daemon", "trace", "control.sock",
                "copy"} <= present, present
        for path in glob.glob(bench.path("textback*")) + [bench.path(p) for p in ("trace", "control.sock", "copy")]:
            mode = stat.S_IMODE(os.stat(path).st_mode)
            assert mode == 0o600, (path, oct(mode))
        children = subprocess.run(["pgrep", "-P", str(bench.daemon.pid)], capture_output=True, check=True).stdout
        os.kill(int(children), signal.SIGTERM)
        bench.daemon.wait(20)
        bench.daemon = None
        made = 0
        for path in glob.glob(bench.path("strace*")):
            with open(path, encoding="utf-8", errors="replace") as f:
                trace = f.read()
            made += trace.count("O_CREAT")
            assert not exposed(trace), exposed(trace)
        assert made > 5, made
        return None
    return test


ASK = """
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
for request in sys.argv[2:]:
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    try:
        s.connect(sys.argv[1])
        s.sendall(request.encode() + b"\\n")
        print(s.recv(9000).decode().strip())
    except OSError as e:
        print(type(e).__name__)
"""


def ask_as_nobody(bench, *requests):
    return subprocess.run([shutil.which("python3", path="/usr/bin:/bin"), "-c", ASK, bench.path("control.sock"), *requests],
                          capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()


def ask(bench, request):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(bench.path("control.sock"))
        s.sendall(request.encode() + b"\n")
        return s.recv(9000).decode().strip()


def peers(bench):
    """Others may look where the mode of the socket lets them, and never spend money."""
    if os.geteuid() != 0 or not shutil.which("python3", path="/usr/bin:/bin"):
        return "only root can ask as somebody else"
    os.chmod(bench.directory, 0o711)
    configure(bench, "control: {socket", "control: {mode: \"0666\", socket")
    bench.start()
    status, wake, query, tell, hidden = ask_as_nobody(
        bench, "status", "wake", "ask main AT+CSQ", "tell main AT+CFUN=1", "ask main ATD123;")
    assert json.loads(status)["running"] and wake == "ok" and json.loads(query)["result"] == "OK", (status, wake, query, tell)
    assert tell == "error: only root and the daemon's user may do that", tell
    assert hidden == "error: not a query", hidden
    answer = ask(bench, "tell main AT+CMEE=2")
    assert json.loads(answer)["v"] == 1, answer # what the modem said to it
    bench.stop()
    configure(bench, '"0666"', '"0600"')
    bench.start()
    refused = ask_as_nobody(bench, "status")
    assert refused == ["PermissionError"], refused
    return None


def hook(bench):
    """It has its input, its output, no signal that is blocked or ignored, and nothing that is the daemon's."""
    with open(bench.path("hook"), "w", encoding="utf-8") as f:
        f.write(HOOK)
    os.chmod(bench.path("hook"), 0o755)
    configure(bench, "control:", f"hooks: {{on_event: [{bench.path('hook')}, {bench.directory}], max_running: 1}}\ncontrol:")
    bench.start(env={"NOTIFY_SOCKET": bench.path("none"), "WATCHDOG_USEC": "60000000", "LISTEN_FDS": "1"})
    call(bench)
    bench.until("the hook", lambda: os.path.exists(bench.path("given")) and os.path.getsize(bench.path("given")), 20)
    bench.stop()
    with open(bench.path("fds"), encoding="utf-8") as f:
        open_files = [tuple(re.search(r"(\d+) -> (.*)$", line).groups()) for line in f if "->" in line]
    others = [(fd, target) for fd, target in open_files if int(fd) > 2 and target != bench.path("hook")]
    assert {fd for fd, _ in open_files} >= {"0", "1", "2"} and not others, open_files
    with open(bench.path("given"), encoding="utf-8") as f:
        signals = dict(line.split()[:2] for line in f)
    own = 15 << 31 # the C library's 32 and 33, and qemu-user's 34 and 35
    assert int(signals["SigBlk:"], 16) == 0 and int(signals["SigIgn:"], 16) & ~own == 0, signals
    with open(bench.path("environment"), encoding="utf-8") as f:
        environment = dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)
    assert environment["TEXTBACK_CONFIG"] == bench.config, environment
    private = [name for name in environment if re.match("NOTIFY_SOCKET|WATCHDOG_|LISTEN_", name)]
    assert not private and "PATH" in environment, private


TESTS = [
    ("files are made for their owner alone, umask 0000", files(0)),
    ("files are made for their owner alone, umask 0077", files(0o077)),
    ("the control socket knows who asks", peers),
    ("a hook inherits nothing", hook),
]

play(TESTS, TEXTBACK, MODEMSIM)
