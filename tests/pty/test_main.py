"""tests/pty/test_main.py TEXTBACK MODEMSIM - the whole job on a pty, as a customer and an owner see it."""

import os
import signal
import sys
import time

from bench import Bench, Trouble

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
HOSTILE = "\x1b[31mred\x07 \"it's\" %n%s\r'); DROP TABLE message;--\u202e \\x"


def quoted(text):
    """The text as a word of the simulator's script."""
    plain = text.encode()
    return '"' + "".join(chr(c) if 0x20 <= c < 0x7F and c not in b'"\\' else f"\\x{c:02X}"
                         for c in plain) + '"'


def call(bench, number, how="rings 2"):
    """A missed call that is texted. Returns the milliseconds from its end to AT+CMGS."""
    bench.modem.cmd(f'call {number} {how}')
    bench.modem.expect("ended")
    after = int(bench.modem.expect("sending after").split()[2])
    bench.modem.expect(f"sent {number} ")
    return after


def texts_of(bench, person):
    items = bench.json("thread", person, "--peek")["items"]
    return [i["text"] for i in items if i["kind"] == "message" and i["direction"] == "in"]


def is_ready(bench):
    status = bench.json("status")
    return bool(status["lines"]) and status["running"] and status["lines"][0]["state"] == "ready"


def missed_call(bench):
    after = call(bench, "+447700900321")
    print(f"# {after} ms from NO CARRIER to AT+CMGS")
    row = bench.json("calls")["calls"][0]
    assert (row["number"], row["outcome"], row["decision"]) == ("+447700900321", "missed", "text"), row
    assert after < 1000, f"{after} ms"


def silent_end(bench):
    bench.modem.cmd("set ring 1")
    after = call(bench, "+447700900322", "rings 3 end silent")
    bench.modem.cmd("set ring 0.2")
    print(f"# {after} ms from the silent end, half way to the next RING, to AT+CMGS")
    assert after < 500 + 1500, f"{after} ms"


def answer_in_parts(bench):
    text = "The tap drips, and there is water under the sink too \U0001F4A7 " + "please come " * 8
    bench.modem.cmd(f"text +447700900321 {quoted(text)} reversed twice")
    bench.until("the whole text in the thread", lambda: texts_of(bench, "+447700900321"))
    bench.modem.cmd("wait idle", "say emptied")
    bench.modem.expect("say emptied")
    assert texts_of(bench, "+447700900321") == [text], texts_of(bench, "+447700900321")


def answered_call(bench):
    before = bench.modem.count("sent")
    bench.modem.cmd("set ring 1", "call +447700900323 rings 0", "pause 1.3", "answer", "pause 4",
                    "hangup", "set ring 0.2")
    bench.modem.expect("ended", 10)
    row = bench.until("an outcome", lambda: [
        c for c in bench.json("calls")["calls"]
        if c["number"] == "+447700900323" and c["decision"] != "pending"])[0]
    assert row["outcome"] == "answered" and bench.modem.count("sent") == before, row


def opt_out(bench):
    before = bench.modem.count("sent")
    bench.modem.cmd('text +447700900322 "Stop"')
    bench.modem.expect("sent +447700900322 ")
    bench.modem.cmd("call +447700900322 rings 2")
    bench.modem.expect("ended")
    row = bench.until("a decision", lambda: [
        c for c in bench.json("calls")["calls"]
        if c["number"] == "+447700900322" and c["decision"] == "no_text"])[0]
    time.sleep(0.3)
    assert "opt" in row["reason"] and bench.modem.count("sent") == before + 1, row


def hostile_text(bench):
    bench.modem.cmd(f"text +447700900324 {quoted(HOSTILE)}")
    bench.until("the text", lambda: bench.run("thread", "+447700900324", "--peek").returncode == 0)
    assert texts_of(bench, "+447700900324") == [HOSTILE], texts_of(bench, "+447700900324")
    for screen in (["thread", "+447700900324", "--peek"], ["inbox"], ["events"]):
        shown = bench.run(*screen).stdout.decode()
        assert not set(shown) & set("\x1b\x07\r\u202e"), (screen, shown)


def hostile_caller(bench):
    """What is no number is kept as it came: the call counts, and nobody is texted."""
    before = len(bench.json("calls")["calls"])
    caller = "+44" + chr(27) + "[31m'%n--;DROP TABLE call"
    bench.modem.cmd(f"call {quoted(caller)} rings 2")
    bench.modem.expect("ended")
    row = bench.until("a decision", lambda: [
        c for c in bench.json("calls")["calls"][:1] if c["decision"] == "no_text"])[0]
    assert len(bench.json("calls")["calls"]) == before + 1, row
    assert row["number"] == caller and row["reason"] == "short_code", row
    assert b"\x1b" not in bench.run("calls").stdout + bench.log().encode()
    assert is_ready(bench)


def hostile_sender(bench):
    sender = "';--%n<b>\"&"
    bench.modem.cmd(f'text {quoted(sender)} "Your code is 1234"')
    threads = bench.until("the thread", lambda: [
        t for t in bench.json("inbox", "--all")["threads"] if t["number"] == sender])
    assert threads[0]["last_text"] == "Your code is 1234", threads
    assert is_ready(bench)


def bad_reload(bench):
    with open(bench.config, "a", encoding="utf-8") as f:
        f.write("nonsense: true\n")
    bench.daemon.send_signal(signal.SIGHUP)
    bench.until("a complaint", lambda: "old configuration stays" in bench.log())
    bench.write_config()
    assert "config.yaml:9:1" in bench.log(), bench.log()[-300:]
    call(bench, "+447700900325")


def reconfigure(bench, old, new):
    with open(bench.config, encoding="utf-8") as f:
        text = f.read()
    assert old in text, text
    with open(bench.config, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))
    bench.daemon.send_signal(signal.SIGHUP)


def limited(bench):
    """A cap holds a text back and says so; a wider one lets it go, and that is a burst."""
    before = bench.modem.count("sent")
    reconfigure(bench, "pace: 0s}", "pace: 0s, per_hour: 1}\nbreaker: {burst: 2_in_1h}")
    bench.modem.cmd("call +447700900330 rings 2")
    bench.modem.expect("ended")
    bench.until("a reason", lambda: b"limits.per_hour, until" in bench.run("queue").stdout)
    assert bench.modem.count("sent") == before, bench.run("queue").stdout
    reconfigure(bench, "per_hour: 1}", "per_hour: 60}")
    bench.modem.expect("sent +447700900330 ")
    bench.until("an alarm", lambda: b'"alarm":"burst"' in bench.run("events").stdout)
    assert b"breaker.burst" in bench.run("status").stdout and "a burst" in bench.log()
    assert bench.json("status")["stopped_until"]
    bench.modem.cmd("call +447700900331 rings 2")
    bench.until("a decision", lambda: bench.json("calls")["calls"][0]["reason"] == "loop_breaker")
    assert bench.json("resume")["changed"] and not bench.json("status")["stopped_until"]
    bench.write_config()
    bench.daemon.send_signal(signal.SIGHUP)


def robot(bench):
    """The same text again and again ends what is automatic to its sender."""
    for _ in range(3):
        bench.modem.cmd('text +447700900332 "I am a robot"')
    bench.until("a mute", lambda: b"breaker.identical" in bench.run("status").stdout)
    assert '"alarm":"identical","number":"+447700900332"' in bench.run("events").stdout.decode()


def unplug(bench):
    bench.modem.cmd("unplug")
    bench.until("a status that knows", lambda: not is_ready(bench))
    bench.modem.cmd('text +447700900326 "Are you there?"', "replug")
    bench.until("ready", lambda: is_ready(bench), 15)
    bench.until("the text", lambda: texts_of(bench, "+447700900326") if bench.run(
        "thread", "+447700900326", "--peek").returncode == 0 else None)
    call(bench, "+447700900327")


def reboot(bench):
    bench.modem.cmd("call +447700900328 rings 0", "pause 0.5", "reboot")
    bench.modem.expect("sent +447700900328 ", 15)
    row = bench.json("calls")["calls"][0]
    assert row["outcome"] == "missed", row


def second_daemon(bench):
    second = bench.run("run")
    assert second.returncode == 1 and b"another daemon" in second.stderr, second


def stop(bench):
    status, seconds = bench.stop()
    print(f"# {seconds * 1000:.0f} ms to stop")
    assert status == 0 and seconds < 5, status


def stop_twice(bench):
    """Asked again and again, also to read the configuration anew, it stops as if asked once: the text in flight is
    finished first."""
    bench.start()
    bench.modem.cmd("set send 1")
    bench.run("send", "+447700900330", "In flight.")
    bench.until("a text in flight", lambda: bench.rows("SELECT 1 FROM message WHERE state = 'sending'"))
    bench.daemon.send_signal(signal.SIGTERM)
    bench.until("a stop", lambda: bench.log().count("SIGTERM: stopping") == 2)
    reconfigure(bench, "device:", "baud: 9600, device:")
    bench.daemon.send_signal(signal.SIGINT)
    assert bench.daemon.wait(10) == 0, bench.daemon.returncode
    states = {row["number"]: row["state"] for row in bench.json("export", "messages")["messages"]}
    assert states["+447700900330"] in ("sent", "delivered"), states
    bench.write_config()
    bench.modem.be_quick()
    bench.start()
    for what in signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCONT:  # so that all wait at once
        bench.daemon.send_signal(what)
    assert bench.daemon.wait(10) == 0, bench.daemon.returncode
    assert bench.log().endswith("stopped\n"), bench.log()[-300:]


def send_while_stopped(bench):
    sent = bench.run("send", "+447700900329", "We come at nine.")
    assert sent.returncode == 0 and b"not running" in sent.stdout + sent.stderr, sent
    assert bench.run("status").returncode == 3
    bench.start()
    line = bench.modem.expect("sent +447700900329 ")
    assert line.endswith('"We come at nine."'), line


def nothing_twice(bench):
    """Over all of the above: each automatic text once."""
    sent = [line.split('"', 1)[0].split()[1] for line in bench.modem.lines
            if line.startswith("sent") and "Sorry we missed your call" in line]
    assert len(sent) == len(set(sent)), sent


def bad_port(device, expected):
    def test(bench):
        other = Bench(TEXTBACK, MODEMSIM, device=device or bench.device)
        try:
            other.start(ready=False)
            other.until(f"{expected!r} in the log", lambda: expected in other.log())
            assert other.json("status")["lines"][0]["state"] != "ready"
            status, _ = other.stop()
            assert status == 0
        finally:
            other.close()
    return test


TESTS = [
    ("a missed call becomes a text", missed_call),
    ("an end without NO CARRIER is noticed", silent_end),
    ("an answer in two parts, in the wrong order and doubled, is one text", answer_in_parts),
    ("an answered call is left alone", answered_call),
    ("STOP is confirmed once, and obeyed", opt_out),
    ("a hostile text is kept exactly and shown harmlessly", hostile_text),
    ("a hostile caller id is kept exactly and shown harmlessly", hostile_caller),
    ("a hostile sender is kept exactly", hostile_sender),
    ("SIGHUP with a bad file keeps the old configuration", bad_reload),
    ("a cap holds a text back, a burst stops what is automatic", limited),
    ("a robot is muted", robot),
    ("unplugged and plugged in: what came meanwhile is read", unplug),
    ("the modem restarts while it rings: the call is missed", reboot),
    ("a second daemon is refused", second_daemon),
    ("a port that does not exist", bad_port("/dev/textback-none", "/dev/textback-none")),
    ("a port that is no modem", bad_port("/dev/null", "/dev/null")),
    ("a port that is locked", bad_port(None, "has it open")),
    ("SIGTERM stops it", stop),
    ("signals that come while it stops change nothing", stop_twice),
    ("a text queued while it was stopped goes out", send_while_stopped),
    ("no caller was texted twice", nothing_twice),
]


def main():
    bench = Bench(TEXTBACK, MODEMSIM)
    try:
        bench.start()
        for name, test in TESTS:
            problems = []
            try:
                test(bench)
            except (AssertionError, Trouble, LookupError, ValueError) as e:
                problems = [f"{type(e).__name__}: {e}", *bench.log().splitlines()[-6:]]
            result(problems, name)
    finally:
        bench.close()
    done()


main()
