"""tests/pty/machine.py - the real binary on a machine into which modems are plugged."""

import os
import pty
import tty

from bench import Bench, Modem, Trouble
from plugs import Plugs


class Machine(Bench):
    """A bench whose modem's port is one of a machine's; the daemon has to find it."""

    def __init__(self, textback, modemsim, tty_name="ttyUSB1", device="auto", lines=None):
        super().__init__(textback, modemsim, device=device, modem=False)
        self.modemsim = modemsim
        self.plugs = Plugs(self.path("root"))
        self.env = {"TEXTBACK_ROOT": self.plugs.root}
        self.others = []
        if lines:
            with open(self.config, encoding="utf-8") as file:
                text = file.read()
            with open(self.config, "w", encoding="utf-8") as file:
                file.write(text.replace(text[text.index("  - {name"):text.index("reply:")], lines))
        self.modem = Modem(self.modemsim, self.plugs.dev(tty_name))

    def run(self, *args, **more):
        return super().run(*args, env={**os.environ, **self.env}, timeout=60, **more)

    def silent(self, name):
        """A port that nobody answers at."""
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.symlink(os.ttyname(slave), self.plugs.dev(name))
        self.others.append((master, slave))
        return master

    def unplug_silent(self, master):
        pair = next(p for p in self.others if not isinstance(p, Modem) and p[0] == master)
        self.others.remove(pair)
        for fd in pair:
            os.close(fd)

    def another(self, name, imei):
        modem = Modem(self.modemsim, self.plugs.dev(name))
        modem.cmd(f'reply +CGSN "{imei}"')
        self.others.append(modem)
        return modem

    def start_machine(self):
        self.start(ready=False, env=self.env)
        self.until("the daemon", lambda: self.run("status").returncode == 0)

    def lines(self):
        return {line["name"]: line for line in self.json("status")["lines"]}

    def ready(self, line="main", within=15):
        return self.until(f"{line} ready", lambda: self.daemon.poll() is None and
                          self.lines()[line]["state"] == "ready" and self.lines()[line], within)

    def cause(self, text, line="main"):
        return self.until(text, lambda: text in self.lines()[line]["cause"])

    def found_at(self, name, line="main"):
        got = self.ready(line)["device"]
        if got != self.plugs.dev(name):
            raise Trouble(f"{got}, not {name}")

    def close(self):
        for other in self.others:
            if isinstance(other, Modem):
                other.close()
            else:
                for fd in other:
                    os.close(fd)
        super().close()
