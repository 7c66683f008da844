"""tests/pty/test_owner.py TEXTBACK MODEMSIM - the owner by text, as the owner sees it: the real daemon with a PIN,
a reload that lists the phone, a kill, and what commands and files show of it all."""

import os
import signal
import sys

from bench import Bench, Trouble

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checks"))
from tap import done, result

TEXTBACK, MODEMSIM = (os.path.abspath(p) for p in sys.argv[1:3])
OWNER, ANN = "+447700900900", "+447700900321"
SECTION = 'owner: {numbers: ["07700 900900"], urgent_words: [leak], relay: true, pin: "2468"}\n'


def text(bench, number, words):
    bench.modem.cmd(f'text {number} "{words}"')


def sent(bench, number, *words):
    line = bench.modem.expect(f"sent {number} ")
    missing = [w for w in words if w not in line]
    if missing:
        raise Trouble(f"{missing} not in {line!r}")


def listed_by_a_reload(bench):
    """What was there before is not told."""
    text(bench, ANN, "Nobody is told of this leak")
    bench.until("the text is here", lambda: bench.rows("SELECT count(*) FROM message") == [(1,)])
    with open(bench.config, "a", encoding="utf-8") as file:
        file.write(SECTION)
    bench.daemon.send_signal(signal.SIGHUP)
    bench.until("the phone is known", lambda: bench.rows("SELECT count(*) FROM owner") == [(1,)])


def relayed(bench):
    text(bench, ANN, "A leak in the kitchen!")
    sent(bench, OWNER, "URGENT #1 07700 900321: A leak in the kitchen!")


def answered(bench):
    text(bench, OWNER, "2468 1 On my way")
    sent(bench, ANN, '"On my way"')
    item = bench.json("thread", ANN, "--peek")["items"][-1]
    assert (item["text"], item["owner"], item["cause"]) == ("On my way", OWNER, "manual"), item
    assert b", by your phone" in bench.run("thread", ANN, "--peek").stdout


def no_customer(bench):
    """The owner's phone is in no inbox, and waits for nothing."""
    threads = bench.json("inbox")["threads"]
    assert [t["number"] for t in threads] == [ANN], threads
    assert threads[0]["unread"] == 0 and threads[0]["waiting_since"] is None, threads


def wrong_pin(bench):
    text(bench, OWNER, "1111 pause")
    sent(bench, OWNER, "that was not the PIN: nothing was done")
    assert bench.json("status")["paused"] is None


def once_though_killed(bench):
    """The order is done with the text; after a kill the modem gives the text again."""
    before = bench.modem.count(f"sent {ANN} ")
    text(bench, OWNER, "2468 1 Five minutes")
    bench.until("it is stored", lambda: bench.rows("SELECT count(*) FROM message WHERE owner IS NOT NULL") == [(2,)])
    bench.daemon.kill()
    bench.daemon.wait()
    bench.start()
    bench.until("it is sent", lambda: bench.rows("SELECT count(*) FROM message WHERE owner IS NOT NULL"
                                                 " AND state IN ('sent', 'delivered', 'unknown')") == [(2,)], 10)
    assert bench.rows("SELECT count(*) FROM message WHERE owner IS NOT NULL") == [(2,)]
    assert bench.modem.count(f"sent {ANN} ") <= before + 1


def stops(bench):
    text(bench, OWNER, "STOP")
    sent(bench, OWNER, "no more texts")
    text(bench, ANN, "Are you there?")
    bench.until("it is here", lambda: bench.rows("SELECT count(*) FROM message WHERE text = 'Are you there?'") == [(1,)])
    text(bench, OWNER, "2468 1 Yes")
    sent(bench, ANN, '"Yes"')
    assert not bench.rows("SELECT 1 FROM message WHERE cause = 'relay' AND text LIKE '%there?%'"), "told after STOP"


def pin_is_nowhere(bench):
    bench.stop()
    for name in os.listdir(bench.directory):
        path = bench.path(name)
        if os.path.isfile(path) and name != "config.yaml":
            with open(path, "rb") as file:
                assert b"2468" not in file.read(), name
    pdus = [row[0] for row in bench.rows(f"SELECT pdu FROM inbound_part WHERE sender = '{OWNER}'")]
    assert len(pdus) > 3 and all(pdu.startswith("sealed ") for pdu in pdus), pdus


def pending_is_shown(bench):
    """A text to the owner that waits: status tells."""
    run = bench.run("status")
    assert run.returncode == 3, run
    assert bench.json("status")["owner"] == {"waiting": 0, "troubles": []}, run.stdout


CASES = [listed_by_a_reload, relayed, answered, no_customer, wrong_pin, once_though_killed, stops, pin_is_nowhere,
         pending_is_shown]


def main():
    bench = Bench(TEXTBACK, MODEMSIM)
    try:
        bench.start()
        for case in CASES:
            try:
                case(bench)
                problems = []
            except (AssertionError, Trouble) as error:
                problems = [f"{type(error).__name__}: {error}", *bench.log().splitlines()[-8:]]
            result(problems, case.__name__.replace("_", " "))
    finally:
        bench.close()
    done()


if __name__ == "__main__":
    main()
