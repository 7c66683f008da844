"""tests/pty/test_limits.py TEXTBACK MODEMSIM - the real daemon and commands where the machine has no room: no
descriptors, no memory, no larger files, a full disk. It keeps listening, says what is wrong, and goes on when there is
room again; nothing is lost and nobody is texted twice."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time

from bench import emulated, play


TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
SANITISED = b"__asan" in subprocess.run(["nm", "-D", TEXTBACK], capture_output=True, check=False).stdout
UNLIMITED = ("a sanitised program needs all addresses" if SANITISED else
             "qemu-user itself does not get by with so little" if emulated(TEXTBACK) else None)
callers = iter(range(900300, 900400))


def limit(which, value, process=0):
    """Limits a process; the hard limit stays, so that it can be lifted again."""
    resource.prlimit(process, which, (value, resource.prlimit(process, which)[1]))


def lift(which, process):
    hard = resource.prlimit(process, which)[1]
    resource.prlimit(process, which, (hard, hard))


def call(bench):
    number = f"+447700{next(callers)}"
    bench.modem.cmd(f"call {number} rings 2")
    bench.modem.expect("ended")
    return number


def texted(bench, number):
    bench.modem.expect(f"sent {number} ", 40)
    bench.until("the text is sent", lambda: bench.rows(
        f"SELECT 1 FROM v_messages WHERE number = '{number}' AND direction = 'out' AND sent_at IS NOT NULL"))


def received(bench, number, text):
    bench.until("the text is kept", lambda: bench.rows(
        f"SELECT 1 FROM v_messages WHERE number = '{number}' AND text = '{text}'"), 40)
    bench.modem.cmd("wait idle 20", "say emptied")
    bench.modem.expect("say emptied", 25)


def once(bench):
    """No caller twice, and the file is sound."""
    sent = [line.split()[1] for line in bench.modem.lines if line.startswith("sent ")]
    assert len(sent) == len(set(sent)), sent
    check = bench.run("db", "check")
    assert check.returncode == 0, check
    assert bench.stop()[0] == 0


def processor_s(bench):
    """What the daemon has used of the processor."""
    with open(f"/proc/{bench.daemon.pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def few_descriptors_at_start(bench):
    """With too few it says so, and ends with 1 (the service manager tries again) or waits; with some more it works."""
    seen = set()
    for count in (4, 6, 7, 8, 9, 10, 11, 12, 14, 20):
        known = len(bench.log())
        with open(bench.path("log"), "ab") as log:
            run = subprocess.Popen([TEXTBACK, "-c", bench.config, "run"], stderr=log, preexec_fn=lambda: limit(
                resource.RLIMIT_NOFILE, count))

        def outcome():
            if run.poll() is not None:
                return "ends"
            if bench.modem.take("ready"):
                return "works"
            return "waits" if re.search("main: .*Too many open files", bench.log()[known:]) else None

        how = bench.until(f"an outcome with {count} descriptors", outcome, 20)
        seen.add(how)
        if how != "ends":
            run.send_signal(signal.SIGTERM)
        status = run.wait(20)
        said = bench.log()[known:]
        assert status == 0 if how != "ends" else status in (1, 8, 127) and said.strip(), (count, how, status, said)
    assert {"ends", "works"} <= seen, seen


def no_descriptor_is_left(bench):
    """Clients come, and there is no descriptor for one: the daemon neither spins nor goes deaf, and calls are texted."""
    bench.start()
    used = len(os.listdir(f"/proc/{bench.daemon.pid}/fd"))
    limit(resource.RLIMIT_NOFILE, used + 3, bench.daemon.pid)
    clients = []
    for _ in range(8):
        client = socket.socket(socket.AF_UNIX)
        client.connect(bench.path("control.sock"))
        clients.append(client)
    before, began = processor_s(bench), time.monotonic()
    texted(bench, call(bench))
    assert processor_s(bench) - before < 0.2 + 0.3 * (time.monotonic() - began), "it spins"
    late = socket.socket(socket.AF_UNIX)
    late.settimeout(10)
    late.connect(bench.path("control.sock"))
    late.sendall(b"wake\n")
    assert late.recv(10) == b"ok\n", "the newest client is not served"
    for client in clients + [late]:
        client.close()
    limit(resource.RLIMIT_NOFILE, used, bench.daemon.pid)
    with socket.socket(socket.AF_UNIX) as nobody: # not even one: sent away, and the loop sleeps again
        nobody.settimeout(10)
        nobody.connect(bench.path("control.sock"))
        assert nobody.recv(10) == b"", "who cannot be served waits for ever"
    lift(resource.RLIMIT_NOFILE, bench.daemon.pid)
    bench.until("a status", lambda: bench.json("status")["running"])
    once(bench)


def no_memory_for_a_while(bench):
    """Whatever fails meanwhile is done later, or it ends and is started again."""
    if UNLIMITED:
        return UNLIMITED
    bench.start()
    with open(f"/proc/{bench.daemon.pid}/statm", encoding="ascii") as f:
        limit(resource.RLIMIT_AS, int(f.read().split()[0]) * os.sysconf("SC_PAGE_SIZE"), bench.daemon.pid)
    number = call(bench)
    bench.modem.cmd(f'text {number} "Are you there?"')
    bench.run("inbox")
    lift(resource.RLIMIT_AS, bench.daemon.pid)
    assert bench.daemon.poll() is None, bench.log()[-500:]
    received(bench, number, "Are you there?")
    once(bench)


def commands_without_memory(bench):
    """A command says that there is no memory, or it works."""
    if UNLIMITED:
        return UNLIMITED
    bench.start()
    seen = set()
    for kilobytes in range(6000, 24000, 1500):
        run = bench.run("inbox", "--all", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (kilobytes * 1024, kilobytes * 1024)))
        told = run.returncode == 1 and b"emory" in run.stderr
        loader = run.returncode == 127 or b"shared librar" in run.stderr or run.returncode == -11  # before main()
        assert told or loader or run.returncode == 0, (kilobytes, run)
        seen.add(run.returncode)
    assert 0 in seen and len(seen) > 1, seen
    once(bench)


def files_may_not_grow(bench):
    """A limit on the size of files, as `ulimit -f` sets it, is an error of the disk and no end of the program."""
    bench.start()
    texted(bench, call(bench))
    limit(resource.RLIMIT_FSIZE, 4096, bench.daemon.pid)
    number = call(bench)
    bench.modem.cmd(f'text {number} "Are you there?"')
    bench.until("a complaint", lambda: "may not grow" in bench.log(), 20)
    shown = bench.run("send", "+447700900399", "We come at nine.", preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (4096, 4096)))
    assert shown.returncode == 1 and b"may not grow" in shown.stderr, shown
    assert bench.daemon.poll() is None
    lift(resource.RLIMIT_FSIZE, bench.daemon.pid)
    received(bench, number, "Are you there?")
    once(bench)


def full_disk(bench):
    """A file system of its own for the database, full to the last octet."""
    disk = bench.path("disk")
    os.mkdir(disk)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", disk], check=False,
                                           stderr=subprocess.DEVNULL).returncode != 0:
        return "only root may mount a small file system"
    try:
        with open(bench.config, encoding="utf-8") as f:
            config = f.read()
        with open(bench.config, "w", encoding="utf-8") as f:
            f.write(config.replace(bench.path("textback.db"), disk + "/textback.db"))
        os.symlink(disk + "/textback.db", bench.path("textback.db"))
        bench.start()
        texted(bench, call(bench))
        filler = open(disk + "/filler", "wb", buffering=0)
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
        number = call(bench)
        bench.modem.cmd(f'text {number} "Are you there?"')
        bench.until("a complaint", lambda: "disk full" in bench.log(), 20)
        shown = bench.run("send", "+447700900399", "We come at nine.")
        assert shown.returncode == 1 and b"disk full" in shown.stderr, shown
        assert bench.run("inbox").returncode == 0
        assert "disk full" in bench.json("status")["lines"][0]["cause"], bench.json("status")
        backup = bench.run("backup", disk + "/copy")
        assert backup.returncode == 1 and not os.path.exists(disk + "/copy"), backup
        os.remove(disk + "/filler")
        filler.close()
        received(bench, number, "Are you there?")
        texted(bench, call(bench))
        once(bench)
    finally:
        if bench.daemon:
            bench.daemon.kill()
            bench.daemon.wait()
            bench.daemon = None
        subprocess.run(["umount", "-l", disk], check=True)
    return None


TESTS = [
    ("few descriptors at the start", few_descriptors_at_start),
    ("no descriptor is left", no_descriptor_is_left),
    ("no memory for a while", no_memory_for_a_while),
    ("commands without memory", commands_without_memory),
    ("files may not grow", files_may_not_grow),
    ("a full disk", full_disk),
]

play(TESTS, TEXTBACK, MODEMSIM)
