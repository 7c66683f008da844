#!/usr/bin/env python3
"""Takes the form web-form.html, as a CGI program of any web server, and hands it to `textback lead add`.

The web server's user may run that and nothing else of textback's.  On Debian, in /etc/sudoers.d/textback-form:

    www-data ALL=(textback) NOPASSWD: /usr/bin/textback lead add

So who breaks into the web server can have people texted, up to your limits, but read nothing.  TEXTBACK in the
environment, which the server sets and no visitor can, is another command than the one below.  Change CONSENT here and in
the page alike.
"""

import html
import json
import os
import subprocess
import sys
from urllib.parse import parse_qs

CONSENT = "Brightwater Plumbing may text me about this message."
COMMAND = os.environ.get("TEXTBACK", "/usr/bin/sudo -n -u textback /usr/bin/textback").split()
OCTETS_MAX = 20000
KEPT = (0, 4)  # with a text, and without
FAULTY = 2


def answer(status, words):
    print(f"Status: {status}\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r")
    print(f"<!DOCTYPE html><meta charset=utf-8><title>{html.escape(words)}</title><p>{html.escape(words)}")


def read_form():
    """Returns the fields, each once; ValueError for anything else than our form."""
    length = int(os.environ.get("CONTENT_LENGTH") or 0)
    if os.environ.get("REQUEST_METHOD") != "POST" or not 0 < length <= OCTETS_MAX:
        raise ValueError("no form")
    body = sys.stdin.buffer.read(length).decode("ascii")
    fields = parse_qs(body, keep_blank_values=True, errors="strict", max_num_fields=10)
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def add_lead(form):
    """Returns the exit status of `textback lead add`; nothing of the form is ever an argument."""
    lead = {name: form.get(name, "") for name in ("number", "name", "message")}
    lead["consent"] = "yes" if form.get("consent") == "yes" else "no"
    lead["consent_text"] = CONSENT
    lead["source"] = f"web form, from {os.environ.get('REMOTE_ADDR', 'somewhere')}"
    run = subprocess.run([*COMMAND, "lead", "add"], input=json.dumps(lead).encode(), stdout=subprocess.DEVNULL, check=False)
    return run.returncode


def main():
    try:
        form = read_form()
    except ValueError:
        return answer("400 Bad Request", "This is no form of ours.")
    if form.get("website"):
        return answer("200 OK", "Thank you.")  # a program: it need not know
    status = add_lead(form)
    if status in KEPT:
        return answer("200 OK", "Thank you, we have your message.")
    if status == FAULTY:
        return answer("400 Bad Request", "Please go back and look at the number and the message once more.")
    return answer("500 Internal Server Error", "That went wrong here. Please call us.")


main()
