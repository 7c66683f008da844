"""tests/vm/heard.py - what the simulated modem knows, read from its trace: which calls, texts and reports the daemon must
have stored by now, since it has gone on or has said so."""

import re

CTRL_Z, ESC = "\x1a", "\x1b"
TRACE = re.compile(r'[0-9.]+ ([<>]) "(.*)"', re.DOTALL)


def unescape(text):
    return re.sub(r"\\x([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)


def pdu_party(pdu):
    """Returns (TP-MTI, number, octet before it) of a PDU with its SMSC: 3GPP TS 23.040 9.2.2."""
    octets = bytes.fromhex(pdu)
    at = 1 + octets[0]
    kind = octets[at] & 3
    at += 1 if kind == 0 else 2 # a SUBMIT and a STATUS-REPORT have TP-MR there
    digits = "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in octets[at + 2:at + 2 + (octets[at] + 1) // 2])
    return kind, "+" + digits[:octets[at]], octets[at - 1]


class Call:
    def __init__(self, number):
        self.number = number
        self.commands = 0 # of the daemon since it was told the number

    def known(self):
        """The first command may have been under way; before the second one the daemon has read, and stored."""
        return self.commands >= 2


class Heard:
    """`calls` were told; `handed` are (number, PDU) of texts that the modem took; `deleted` are PDUs that the daemon took
    from the SIM, `stored` those that it has read and left there; `reports` are (number, TP-MR) that it has deleted or
    acknowledged; `promised` are numbers to whom a command has said that a text is queued."""

    def __init__(self):
        self.calls, self.handed, self.deleted, self.reports, self.promised, self.wrong = [], [], [], [], [], []
        self.stored = {}
        self._call = None
        self._told, self._said = "", "" # the line that is not complete yet, each way
        self._index = None # of the PDU that comes next: a slot, or "direct"
        self._asked = None
        self._direct = None

    def trace(self, line):
        """Takes a line of the trace."""
        found = TRACE.match(line)
        assert found, f"a line of the trace: {line!r}"
        if found[1] == "<":
            self._tell(unescape(found[2]))
        else:
            self._hear(unescape(found[2]))

    def cut(self):
        """The daemon is gone; what it may not have read, it has not."""
        self.calls = [call for call in self.calls if call.known()]
        self._call, self._direct, self._index = None, None, None
        self._told = self._said = ""

    def _tell(self, octets):
        *lines, self._told = (self._told + octets).split("\r\n")
        for line in lines:
            if self._index is not None and re.fullmatch("[0-9A-F]{20,}", line):
                self._told_pdu(line)
            elif line.startswith("+CLIP:"):
                number = line.split('"')[1]
                if not self._call or self._call.number != number:
                    self._call = Call(number)
                    self.calls.append(self._call)
            elif line == "NO CARRIER":
                self._call = None
            elif line.startswith("+CMGL:"):
                self._index = int(line[6:].split(",")[0])
            elif line.startswith("+CMGR:"):
                self._index = self._asked
            elif line.startswith("+CDS:"):
                self._index = "direct"

    def _told_pdu(self, pdu):
        if self._index == "direct":
            self._direct = pdu
        else:
            self.stored[self._index] = pdu
        self._index = None

    def _hear(self, octets):
        self._said += octets.replace(ESC, "")
        while found := re.search("[\r\x1a]", self._said):
            line, self._said = self._said[:found.start()].strip(), self._said[found.end():]
            for call in self.calls:
                call.commands += 1
            if found[0] == CTRL_Z:
                self.handed.append((pdu_party(line)[1], line))
            elif line.startswith("AT+CMGR="):
                self._asked = int(line[8:])
            elif line.startswith("AT+CMGD="):
                self._take(self.stored.pop(int(line[8:]), None), line)
            elif line.startswith("AT+CNMA") and self._direct:
                self._take(self._direct, line)
                self._direct = None

    def _take(self, pdu, line):
        if not pdu:
            self.wrong.append(f"{line}: nobody has read that")
            return
        kind, number, reference = pdu_party(pdu)
        if kind == 0:
            self.deleted.append(pdu)
        elif (number, reference) not in self.reports:
            self.reports.append((number, reference))

    def __str__(self):
        return (f"{len(self.known_calls())} calls, {len(self.handed)} texts out, {len(self.reports)} reports, "
                f"{len(self.deleted)} parts of texts in, {len(self.promised)} texts of commands")

    def known_calls(self):
        return [call.number for call in self.calls if call.known()]

    def size(self):
        """How much there is to check."""
        return len(self.known_calls()) + len(self.handed) + len(self.deleted) + len(self.reports) + len(self.promised)
