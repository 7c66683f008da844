"""tests/vm/town.py - who calls and who texts, for the simulated modem: each person does one thing, so that what became of
it shows."""

LONG = " The tap in the kitchen drips, day and night, and by now the bucket under it is full every morning. Please come soon."


class Town:
    """`texts` is {sender: what must be read}."""

    def __init__(self, chance):
        self.chance = chance
        self.callers, self.texts, self.people = [], {}, 0

    def person(self):
        self.people += 1
        assert self.people < 1000, "an invented number for each"
        return f"+447700900{self.people:03}"

    def first_call(self):
        """Of somebody new, who gets a text."""
        self.callers.append(self.person())
        return f"call {self.callers[-1]} rings 2"

    def call(self):
        """Mostly somebody new; the same person once more; or somebody who hides the number."""
        kind = self.chance.random()
        if kind < 0.08:
            number = "withheld"
        elif kind < 0.2 and self.callers:
            number = self.chance.choice(self.callers)
        else:
            number = self.person()
            self.callers.append(number)
        return f"call {number} rings {self.chance.randint(1, 3)}"

    def text(self):
        """A short one, or a long one in any order; the network may repeat it."""
        sender = self.person()
        text = f"Text {self.people}."
        if self.chance.random() < 0.3:
            text += self.chance.randint(2, 3) * LONG
        self.texts[sender] = text
        how = [word for word in ("twice", "reversed") if self.chance.random() < 0.2]
        return " ".join(["text", sender, f'"{text}"', *how])

    def round(self):
        return [self.call(), f"pause {self.chance.uniform(0, 0.3):.3f}", self.text(),
                f"pause {self.chance.uniform(0.7, 0.9):.3f}"]

    def script(self, rounds):
        """Commands for so many rounds of calls and texts, some at once, some with nothing else going on."""
        lines = ["set ring 0.2", "set send 0.03", "set report 0.05", "wait ready 600"]
        for _ in range(rounds):
            lines += self.round()
            if self.chance.random() < 0.3:
                lines.append("wait idle 600")
        return lines + ["wait idle 600", "say evening"]
