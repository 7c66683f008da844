#!/usr/bin/env python3
"""`meson install` puts everything in its place below DESTDIR, and `ninja uninstall` takes all of it away again; the
unit is a careful one, and the rules for udev say of each modem what its table says.

usage: test_install.py BUILD-ROOT PREFIX (run in the source root)
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests/checks")
import tap  # noqa: E402, the path comes first

EXPOSURE_MAX = 1.5  # as systemd-analyze security counts it, 0 to 10
PLACES = """
bin/textback
lib/systemd/system/textback.service
lib/sysusers.d/textback.conf
lib/tmpfiles.d/textback.conf
lib/udev/rules.d/70-textback.rules
share/bash-completion/completions/textback
share/doc/textback/config.example.yaml
share/doc/textback/examples/each-event
share/fish/vendor_completions.d/textback.fish
share/textback/opt-out/en.txt
share/zsh/site-functions/_textback
""".split()


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def files_below(folder):
    return {os.path.join(where, name) for where, _, names in os.walk(folder) for name in names}


def check_places(build, destination, prefix):
    said = run("meson", "install", "-C", build, "--no-rebuild", "--destdir", destination)
    tap.result([] if said.returncode == 0 else [said.stdout[-500:] + said.stderr], "meson install")
    if said.returncode != 0:
        tap.done()
    root = destination + prefix
    pages = [f"share/man/man{name[-1]}/{name}" for name in os.listdir("man")]
    tap.result([path for path in PLACES + pages if not os.path.isfile(os.path.join(root, path))], "everything is in its place")
    strangers = [path for path in files_below(destination) if not path.startswith(root + "/")]
    tap.result(strangers, "nothing is outside the prefix")
    kept = os.path.join(destination, "var/lib/textback/textback.db")
    os.makedirs(os.path.dirname(kept))
    with open(kept, "w", encoding="ascii"):
        pass
    return kept


def check_unit(unit, prefix, folder):
    with open(unit, encoding="utf-8") as file:
        text = file.read()
    start = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)
    tap.result([] if start[1] == prefix + "/bin/textback" else [start[0]], "the unit starts the program of this prefix")
    stays = re.search(r"^RestartPreventExitStatus=(.*)", text, re.MULTILINE)
    tap.result([] if stays and stays[1].split() == ["2", "7", "8"] and "\nRestart=on-failure\n" in text else [stays],
               "the unit: what stays wrong does not start it again")
    here = os.path.join(folder, "textback.service")
    with open(here, "w", encoding="utf-8") as file:
        file.write(text.replace(start[1], shutil.which("true")))
    if not shutil.which("systemd-analyze"):
        tap.skip("the unit: systemd-analyze", "no systemd-analyze here")
        return
    said = run("systemd-analyze", "verify", "--man=no", here)
    tap.result([line for line in said.stderr.splitlines() if "textback.service" in line], "the unit: no mistakes")
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", here)
    level = re.search(r"exposure level for .*: ([\d.]+)", said.stdout)
    exposed = [said.stdout + said.stderr] if not level or float(level[1]) > EXPOSURE_MAX else []
    tap.result(exposed, f"the unit: exposure {level[1] if level else '?'}, at most {EXPOSURE_MAX}")


def check_udev_table(rules):
    """Each vendor and product of the table has its rule, adapters and what has no port have none."""
    with open(rules, encoding="utf-8") as file:
        text = file.read()
    named = {}
    for vendor, products in re.findall(r'^ATTRS{idVendor}=="(\w+)", ATTRS{idProduct}=="([\w|]+)", ENV', text, re.MULTILINE):
        named.setdefault(vendor, set()).update(products.split("|"))
    problems = []
    with open("data/tables/families.tsv", encoding="utf-8") as rows:
        for row in (row for row in rows if not row.startswith(("#", "family\t"))):
            family, ids, port, _ = row.split("\t")
            for vendor, product in (pair.split(":") for pair in ids.split(", ")):
                there = product in named.get(vendor, ())
                if product != "*" and there != (port not in ("none", "network", "chip")):
                    problems.append(f"{family} ({vendor}:{product}, {port}): {'has a' if there else 'no'} rule")
    tap.result(problems, "udev: the modems of the table, and no others")
    gone = set(re.findall(r'GOTO="(\w+)"', text)) - set(re.findall(r'LABEL="(\w+)"', text))
    tap.result(sorted(gone), "udev: every GOTO has its LABEL")


def check_uninstall(build, destination, kept):
    said = run("ninja", "-C", build, "uninstall", env=dict(os.environ, DESTDIR=destination))
    left = sorted(files_below(destination) - {kept})
    tap.result(left + ([] if said.returncode == 0 else [said.stdout[-500:]]), "uninstall leaves only data")
    tap.result([] if os.path.exists(kept) else [kept], "and leaves that")


def main():
    build, prefix = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        destination = os.path.join(folder, "root")
        kept = check_places(build, destination, prefix)
        check_unit(os.path.join(destination + prefix, "lib/systemd/system/textback.service"), prefix, folder)
        check_udev_table(glob.glob(destination + prefix + "/lib/udev/rules.d/*.rules")[0])
        check_uninstall(build, destination, kept)
    tap.done()


if __name__ == "__main__":
    main()
