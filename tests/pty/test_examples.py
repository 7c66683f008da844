"""tests/pty/test_examples.py TEXTBACK MODEMSIM - the examples of data/examples with the programs they are for: a broker
and a sendmail of Debian, a missed call at one end and a reader at the other."""

import email
import email.policy
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

from bench import Bench, Trouble

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result, skip

TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
EXAMPLES = os.path.abspath("data/examples")
CALLER = "+447700900321"
EVIL = 'It\'s $(touch ran) "; touch ran\r\nBcc: all@example.com\r\n.\r\n'

HOST = "127.0.0.1"  # a bare machine cannot look localhost up


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Example:
    """A bench whose textback, the sendmail and the examples are found first on the PATH."""

    def __init__(self, mailer=None):
        self.bench = Bench(TEXTBACK, MODEMSIM)
        self.started = []
        self.log = open(self.bench.path("log"), "ab")
        os.mkdir(self.bench.path("bin"))
        os.symlink(TEXTBACK, self.bench.path("bin/textback"))
        if mailer:
            os.symlink(mailer, self.bench.path("bin/sendmail"))
        self.env = {**os.environ, "HOME": self.bench.directory, "TEXTBACK_CONFIG": self.bench.config,
                    "PATH": f"{self.bench.path('bin')}:{EXAMPLES}:{os.environ['PATH']}:/usr/sbin"}

    def start(self, *command, **more):
        process = subprocess.Popen(command, env=self.env, cwd=self.bench.directory, stdin=subprocess.DEVNULL,
                                   start_new_session=True, **{"stdout": self.log, "stderr": self.log, **more})
        self.started.append(process)
        return process

    def stop(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.started.remove(process)

    def close(self):
        for process in list(self.started):
            self.stop(process)
        self.log.close()
        self.bench.close()


class Reader:
    """What is published for the box, as [topic, event]."""

    def __init__(self, example, port):
        self.got = []
        self.process = example.start("mosquitto_sub", "-h", HOST, "-p", port, "-t", "textback/shop/#", "-T",
                                     "textback/shop/reply", "-F", "%t %p",
                                     stdout=subprocess.PIPE)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            topic, payload = line.split(b" ", 1)
            self.got.append((topic.decode(), json.loads(payload)))

    def find(self, topic):
        return [event for name, event in self.got if name == "textback/shop/" + topic]


def broker(example, port):
    config = example.bench.path("broker.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = example.start("mosquitto", "-c", config)

    def is_there():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", int(port))) == 0
    example.bench.until("the broker", is_there)
    return process


def publish(example, port, *what):
    subprocess.run(["mosquitto_pub", "-h", HOST, "-p", port, "-q", "2", "-t", "textback/shop/reply", *what], env=example.env,
                   check=True)


def last_taken(bench):
    with open(bench.path("mqtt.last"), encoding="ascii") as file:
        return int(file.read())


def mqtt(example):
    bench, port = example.bench, str(free_port())
    running = broker(example, port)
    reader = Reader(example, port)
    to_broker = ["each-event", "mqtt.last", "mqtt-publish", "shop", "-h", HOST, "-p", port]
    publisher = example.start(*to_broker)
    bench.start()
    bench.modem.cmd(f"call {CALLER} rings 2")
    missed = bench.until("a missed call on the broker", lambda: reader.find("call.missed"))
    assert missed[0]["data"]["number"] == CALLER, missed
    bench.modem.expect(f"sent {CALLER} ")

    publish(example, port, "-r", "-m", json.dumps({"to": CALLER, "text": "retained"}))
    example.start("mqtt-replies", "shop", "-h", HOST, "-p", port)
    bench.until("mqtt-replies listens",
                lambda: publish(example, port, "-m", "?") or "mqtt-replies: not a reply" in bench.log())
    for bad in ("", "no JSON", "[]", '{"to": 1, "text": "x"}', '{"to": "nobody", "text": "x"}',
                '{"to": "-d", "text": "x"}', '{"to": "1", "text": "\\u0000"}'):
        publish(example, port, "-m", bad)
    for name, bad in (("binary", b'\xff\xfe{"to"'), ("deep", b"[" * 200000)):
        with open(bench.path(name), "wb") as file:
            file.write(bad)
        publish(example, port, "-f", bench.path(name))
    publish(example, port, "-m", json.dumps({"to": CALLER, "text": "-5 degrees; $(touch ran)\n\"Bring a coat\""}))
    sent = bench.modem.expect(f"sent {CALLER} ")
    assert "-5 degrees; $(touch ran)" in sent and "Bring a coat" in sent, sent
    assert bench.rows("SELECT count(*) FROM message WHERE cause = 'manual'") == [(1,)], "only the good one is a text"
    assert not os.path.exists(bench.path("ran")), "a shell has run"

    bench.until("the report", lambda: reader.find("message.delivered")[1:])
    bench.until("all taken", lambda: last_taken(bench) == bench.rows("SELECT max(id) FROM event")[0][0])
    example.stop(publisher)
    example.stop(reader.process)
    example.stop(running)
    bench.modem.cmd("call +447700900322 rings 2")
    bench.modem.expect("sent +447700900322 ")
    assert len(reader.find("call.missed")) == 1, "nobody could tell"
    example.start(*to_broker)
    bench.until("each-event waits for the broker", lambda: "was not taken" in bench.log())
    broker(example, port)
    later = Reader(example, port)
    bench.until("what happened while the broker was away", lambda: later.find("call.missed"), within=10)
    ids = [event["id"] for _, event in reader.got + later.got]
    assert ids == list(range(ids[0], ids[-1] + 1)), f"each once, in order: {ids}"



class Letters(socketserver.StreamRequestHandler):
    """A mail server that takes everything. RFC 5321, no more than a sendmail needs."""

    got = []

    def handle(self):
        self.say(b"220 here")
        to = []
        for line in self.rfile:
            word = line.strip().upper()
            if word.startswith(b"RCPT TO:"):
                to.append(line[8:].strip().decode())
            if word == b"DATA":
                self.say(b"354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                letter = b"".join(part[1:] if part.startswith(b".") else part for part in lines)
                self.got.append((to, email.message_from_bytes(letter, policy=email.policy.default)))
            self.say(b"221 bye" if word == b"QUIT" else b"250 fine")

    def say(self, line):
        self.wfile.write(line + b"\r\n")


def mail(example):
    bench = example.bench
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Letters) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        account = bench.path(".msmtprc")
        with open(account, "w", encoding="ascii") as file:
            file.write(f"account default\nhost 127.0.0.1\nport {server.server_address[1]}\nfrom box@example.com\n")
        os.chmod(account, 0o600)
        bench.start()
        example.start("each-event", "mail.last", "mail-text", "office@example.com")
        for text in "The tap drips \U0001F4A7", EVIL:
            encoded = "".join(f"\\x{octet:02X}" for octet in text.encode())
            bench.modem.cmd(f'text {CALLER} "{encoded}"')
        bench.until("two letters", lambda: len(Letters.got) == 2, within=10)
        server.shutdown()
    for (to, letter), text in zip(Letters.got, ("The tap drips \U0001F4A7", EVIL)):
        assert to == ["<office@example.com>"], to
        assert letter["Subject"] == f"Text from {CALLER}" and letter["Bcc"] is None, letter
        body = letter.get_content()
        assert body.split("-- ")[0].split() == text.split(), body
        assert "textback reply 1 " in body, body
    assert not os.path.exists(bench.path("ran")), "a shell has run"


def lighttpd(example, port, pages):
    config = example.bench.path("lighttpd.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(f"""server.document-root = "{pages}"
server.bind = "127.0.0.1"
server.port = {port}
server.modules = ("mod_setenv", "mod_cgi")
mimetype.assign = (".html" => "text/html; charset=utf-8")
cgi.assign = (".cgi" => "{sys.executable}")
setenv.add-environment = ("TEXTBACK" => "{TEXTBACK} -c {example.bench.config}")
""")
    example.start("lighttpd", "-D", "-f", config)


def busybox(example, port, pages):
    example.env["TEXTBACK"] = f"{TEXTBACK} -c {example.bench.config}"
    example.start("busybox", "httpd", "-f", "-p", f"127.0.0.1:{port}", "-h", pages)


def post(port, fields, **more):
    """Returns the status and the page."""
    body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(f"http://{HOST}:{port}/cgi-bin/web-form.cgi", body, **more)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def web_form(example, server):
    bench, port = example.bench, free_port()
    pages = bench.path("pages")
    os.makedirs(pages + "/cgi-bin")
    shutil.copy(EXAMPLES + "/web-form.html", pages)
    shutil.copy(EXAMPLES + "/web-form.cgi", pages + "/cgi-bin")
    with open(EXAMPLES + "/web-form.html", encoding="utf-8") as file:
        consent = file.read().split('value="yes"> ')[1].split("</label>")[0]
    server(example, port, pages)

    def is_there():
        with socket.socket() as s:
            return s.connect_ex((HOST, port)) == 0
    bench.until("the web server", is_there)
    bench.start()
    form = {"number": "07700 900321", "name": "Ann Baker", "message": "The tap drips \U0001F4A7", "consent": "yes",
            "website": ""}
    status, page = post(port, form)
    assert status == 200 and "we have your message" in page, (status, page, bench.log())
    sent = bench.modem.expect(f"sent {CALLER} ")
    assert "Hi Ann Baker, this is" in sent, sent
    lead = bench.rows("SELECT consent, consent_text, source FROM lead")
    assert lead == [(1, consent, "web form, from 127.0.0.1")], lead

    assert post(port, form)[0] == 200, "the same again"
    assert post(port, {**form, "message": "http://spam", "website": "http://spam"})[0] == 200, "a program fills in all"
    assert len(bench.rows("SELECT 1 FROM lead")) == 1, "and neither is kept"
    for bad in ({**form, "number": "077"}, {**form, "message": " "}, b"message=%FF", b"no form", b"a=1&" * 100,
                b"x" * 20001):
        status, page = post(port, bad)
        assert status == 400, (bad, status, page)
    refused = post(port, {**form, "number": "07700 900322", "message": EVIL, "consent": "no", "consent_text": "all"})
    assert refused[0] == 200, refused
    assert bench.rows("SELECT consent, consent_text, reason FROM lead WHERE id = 2") == [(0, consent, "consent")]
    text = bench.rows("SELECT text FROM message WHERE id = (SELECT message FROM lead WHERE id = 2)")[0][0]
    assert text.split() == EVIL.split(), text
    assert bench.rows("SELECT count(*) FROM message WHERE cause = 'lead'") == [(1,)], "one text"
    assert not os.path.exists(bench.path("ran")), "a shell has run"


def web_form_lighttpd(example):
    web_form(example, lighttpd)


def web_form_busybox(example):
    web_form(example, busybox)


TESTS = [
    ("web form: from lighttpd to a text, and nothing else gets through", web_form_lighttpd, ["lighttpd"]),
    ("web form: the same with busybox httpd", web_form_busybox, ["busybox"]),
    ("MQTT: a missed call appears on the broker, a reply published there reaches the caller", mqtt,
     ["mosquitto", "mosquitto_pub", "mosquitto_sub"]),
    ("mail: a text from a customer reaches the office", mail, ["msmtp"]),
]


def main():
    path = os.environ["PATH"] + ":/usr/sbin"
    for name, test, programs in TESTS:
        found = [shutil.which(program, path=path) for program in programs]
        if None in found:
            skip(name, f"no {programs[found.index(None)]} here")
            continue
        example = Example(mailer=found[0] if test is mail else None)
        problems = []
        try:
            test(example)
        except (AssertionError, Trouble, LookupError, ValueError, OSError, subprocess.SubprocessError) as e:
            problems = [f"{type(e).__name__}: {e}", *example.bench.log().splitlines()[-8:]]
        finally:
            example.close()
        result(problems, name)
    done()


main()
