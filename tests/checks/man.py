#!/usr/bin/env python3
"""The manual: mandoc finds nothing to say, and textback(1) and each command's --help name the same options.

usage: man.py TEXTBACK (run in the source root)
"""

import os
import re
import shutil
import subprocess
import sys

import tap

INSTALLED = re.compile(r"referenced manual not found|mandoc\.db")  # says what this machine has, not what is wrong
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


def lint(page):
    run = subprocess.run(["mandoc", "-Tlint", page], capture_output=True, text=True)
    return [line for line in (run.stdout + run.stderr).splitlines() if not INSTALLED.search(line)]


def help_of(textback, *command):
    run = subprocess.run([textback, *command, "--help"], capture_output=True, text=True)
    return run.stdout if run.returncode == 0 else ""


def commands_of(text):
    """The commands that `textback --help` lists: the first word of each indented line."""
    return sorted(set(re.findall(r"^  ([a-z][a-z-]*)\b", text, re.MULTILINE)))


def sections(page):
    """Returns {subsection title: its mdoc lines}; what stands before the first `.Ss` of a section is its `.Sh`."""
    found, title = {}, ""
    with open(page, encoding="utf-8") as lines:
        for line in lines:
            head = re.match(r"\.(?:Sh|Ss) (.*)", line)
            if head:
                title = head[1].strip()
            found.setdefault(title, []).append(line)
    return {title: "".join(lines) for title, lines in found.items()}


def options_of_mdoc(text):
    """`.It Fl n , Fl -dry-run` names -n and --dry-run."""
    text = text.replace("\\-", "-").replace("Fl Fl ", "Fl -")
    return {"-" + name for name in re.findall(r"\bFl (\S+)", text)}


def check_command(command, told, manual, told_once):
    if not told:
        return [f"textback {command} --help fails"]
    if manual is None:
        return [f"textback(1) has no subsection {command}"]
    told, written = told - told_once, options_of_mdoc(manual) - told_once
    return [f"{option}: only in --help" for option in sorted(told - written)] + [
        f"{option}: only in textback(1)" for option in sorted(written - told)
    ]


def typed_as_shown(text):
    """In what is shown as typed a backslash is \\e: mdoc takes \\n for a register, and prints 0 or nothing."""
    blocks = re.findall(r"^\.Bd -literal$\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL)
    return [f"not \\e: {line}" for block in blocks for line in block.splitlines() if re.search(r"\\(?![e&(\[-])", line)]


def forms_apart(text):
    """Outside of SYNOPSIS a second `.Nm` goes on in the line of the first, unless `.br` ends that."""
    found = []
    for title, head in re.findall(r"^\.Ss (.*)\n((?:\..*\n)+)", text, re.MULTILINE):
        forms = re.split(r"^\.Nm$\n", re.split(r"^\.(?:Pp|Bl|Bd)", head, flags=re.MULTILINE)[0], flags=re.MULTILINE)
        if any(not form.endswith(".br\n") for form in forms[1:-1]):
            found.append(f"{title}: a form that does not begin its own line")
    return found


def check_pages():
    for page in sorted(os.listdir("man")):
        with open(os.path.join("man", page), encoding="utf-8") as file:
            text = file.read()
        tap.result(typed_as_shown(text) + forms_apart(text), f"{page}: as it is shown")
        if shutil.which("mandoc"):
            tap.result(lint(os.path.join("man", page)), f"{page}: mandoc")
        else:
            tap.skip(f"{page}: mandoc", "no mandoc here")


def check_options(textback):
    general = help_of(textback)
    commands = commands_of(general)
    tap.result([] if commands else ["none found"], "textback --help lists commands")
    manual = {title.split()[0]: text for title, text in sections("man/textback.1").items() if title}
    told = {command: set(OPTION.findall(help_of(textback, command))) for command in commands}
    everywhere = set.intersection(*told.values()) if told else set()
    shared = options_of_mdoc(manual.get("OPTIONS", ""))
    problems = [f"{option}: of every command, not in OPTIONS" for option in sorted(everywhere - shared)]
    problems += [f"{option}: not in textback --help" for option in sorted(shared - set(OPTION.findall(general)))]
    tap.result(problems, "options of every command")
    # OPTIONS tells the short forms of --dry-run and --yes once.
    told_once = everywhere | {option for option in shared if not option.startswith("--")}
    for command in commands:
        problems = check_command(command, told[command], manual.get(command), told_once)
        tap.result(problems, f"options of {command}")
    strangers = [title for title in manual if title.islower() and title not in commands]
    tap.result(strangers, "textback(1) describes no other commands")


def main():
    check_pages()
    check_options(sys.argv[1])
    tap.done()


if __name__ == "__main__":
    main()
