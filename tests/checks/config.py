#!/usr/bin/env python3
"""The configurations that we hand out are valid: config.example.yaml, and each one that README shows. Every key is in
the example and in textback-config(5), once.

usage: config.py TEXTBACK (run in the source root)
"""

import re
import subprocess
import sys
import tempfile

import tap


def problems(textback, path):
    run = subprocess.run([textback, "check", path], capture_output=True, text=True)
    return [run.stdout + run.stderr or f"exit status {run.returncode}"] if run.returncode else []


def keys_of(text):
    """The keys of block YAML as they are nested, "reply.quiet.from"; what is in {} counts as a value."""
    found, above = [], []
    for indent, dash, key in re.findall(r"^( *)(- )?(\w+):", text, re.MULTILINE):
        depth = len(indent) + len(dash)
        above = [(at, name) for at, name in above if at < depth] + [(depth, key)]
        found.append(".".join(name for _, name in above))
    return found


def keys_of_manual(text):
    """The same of a page: a subsection is a key with others below it, and a list in a list as well."""
    found, section, above = [], [], []
    for line in text.partition(".Sh KEYS")[2].partition("\n.Sh ")[0].splitlines():
        item = re.match(r"\.It Ic (\w+) ?:", line)
        if line.startswith(".Ss "):
            section = [line[4:]]
        elif line.startswith(".Bl"):
            above.append("")
        elif line.startswith(".El"):
            above.pop()
        elif item:
            above[-1] = item[1]
            names = section + above if above != section else above
            found.append(".".join(names))
    return found


def differences(name, found, wanted):
    """Sections, which have no line of their own in the page, are not missed."""
    missing = [key for key in wanted if key not in found and not any(other.startswith(key + ".") for other in wanted)]
    said = [f"{name} has no {key}" for key in missing]
    said += [f"{name} has a strange {key}" for key in found if key not in wanted]
    return said + [f"{name} has {key} twice" for key in sorted(set(found)) if found.count(key) > 1]


def check_keys(textback):
    run = subprocess.run([textback, "check", "--show-defaults"], capture_output=True, text=True)
    keys = keys_of(run.stdout)
    tap.result([] if len(keys) > 50 else [run.stderr], "check --show-defaults shows keys")
    with open("config.example.yaml", encoding="utf-8") as file:
        tap.result(differences("config.example.yaml", keys_of(file.read()), keys), "config.example.yaml has every key")
    with open("man/textback-config.5", encoding="utf-8") as file:
        told = keys_of_manual(file.read())
    tap.result(differences("textback-config(5)", told, keys), "textback-config(5) has every key")


def main():
    textback = sys.argv[1]
    check_keys(textback)
    tap.result(problems(textback, "config.example.yaml"), "config.example.yaml")
    with open("README.md", encoding="utf-8") as file:
        shown = re.findall(r"^```yaml\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    tap.result([] if shown else ["README.md shows no configuration"], "README shows a configuration")
    for number, text in enumerate(shown, 1):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            tap.result(problems(textback, file.name), f"README: configuration {number}")
    tap.done()


if __name__ == "__main__":
    main()
