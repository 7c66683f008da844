"""tests/cli/desk.py - for the tests of commands: TAP, and a directory with a filled database and the commands run
there.  The importing program was called with TEXTBACK and FIXTURE."""

import fcntl
import json
import os
import pty
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

TEXTBACK, FIXTURE = (os.path.abspath(path) for path in sys.argv[1:3])

PATIENCE = float(os.environ.get("TEXTBACK_PATIENCE", "1"))  # see tests/pty/bench.py
CONFIG = """version: 1
business: {name: "Brightwater Plumbing", country: GB, timezone: UTC}
lines:
  - {name: shop, number: "+447700900124", device: /dev/zero}
  - {name: main, number: "+447700900123", device: /dev/null}
store: {path: "%s/t.db"}
control: {socket: "%s/sock"}
"""

count = failed = 0


def ok(good, name, *details):
    global count, failed
    count += 1
    failed += not good
    print("ok" if good else "not ok", count, "-", name, flush=True)
    for detail in details if not good else ():
        for line in str(detail).splitlines():
            print("#", ascii(line))


def skip(name, reason):
    global count
    count += 1
    print("ok", count, "-", name, "# SKIP", reason, flush=True)


class Desk:
    """A directory with a configuration and a filled database, and the commands run there."""

    def __init__(self, filled=True):
        self.path = tempfile.mkdtemp(prefix="textback-cli-")
        self.now = int(time.time())
        self.env = {"PATH": os.environ["PATH"], "HOME": self.path, "LANG": "C.UTF-8"}
        self.env["TEXTBACK_CONFIG"] = self.file("config.yaml", CONFIG % (self.path, self.path))
        if filled:
            subprocess.run([FIXTURE, self.db(), str(self.now)], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def db(self):
        return os.path.join(self.path, "t.db")

    def file(self, name, content):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as to:
            to.write(content)
        return path

    def run(self, *arguments, stdin="", **env):
        return subprocess.run([TEXTBACK, *arguments], input=stdin.encode(), capture_output=True, timeout=20 * PATIENCE,
                              cwd=self.path, env={**self.env, **env})

    def start(self, *arguments):
        return subprocess.Popen([TEXTBACK, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                cwd=self.path, env=self.env)

    def more(self):
        """One more text from Ann comes in."""
        subprocess.run([FIXTURE, self.db(), str(int(time.time())), "follow"], check=True)

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)

    def terminal(self, columns, *arguments, **env):
        """What a terminal of this width gets to see."""
        pid, fd = pty.fork()
        if pid == 0:
            os.read(0, 1)
            os.chdir(self.path)
            os.execve(TEXTBACK, [TEXTBACK, *arguments], {**self.env, "TERM": "xterm", "PAGER": "cat", **env})
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.write(fd, b"\n")
        shown = b""
        while True:
            try:
                shown += os.read(fd, 4096)
            except OSError:
                break
            if not shown:
                break
        os.waitpid(pid, 0)
        os.close(fd)
        return shown.decode().lstrip("\r\n")

    def expect(self, name, arguments, status, stderr=None, stdout=None, **more):
        run = self.run(*arguments, **more)
        out, err = run.stdout.decode(), run.stderr.decode()
        good = run.returncode == status
        good = good and (stderr is None or err == stderr) and (stdout is None or out == stdout)
        good = good and (status == 0 or stderr == "" or err.count("\n") == 1)
        ok(good, name, f"status {run.returncode}, wanted {status}", f"stdout {out!r}", f"stderr {err!r}")
        return run


def answering(desk, answer):
    """A daemon that gives this one answer, once."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.join(desk.path, "sock"))
    listener.listen()

    def serve():
        client = listener.accept()[0]
        client.recv(100)
        client.sendall(answer.encode() + b"\n")
        client.close()
        listener.close()
        os.unlink(os.path.join(desk.path, "sock"))

    server = threading.Thread(target=serve)
    server.start()
    return server


def next_line(pipe, seconds=5):
    """The next line of a running command, "" where none comes in time."""
    return pipe.readline().decode() if select.select([pipe], [], [], seconds * PATIENCE)[0] else ""


def done():
    """Prints the plan and exits."""
    print(f"1..{count}")
    sys.exit(failed != 0)
