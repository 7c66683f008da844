#!/usr/bin/env python3
"""Each room uses the rooms below it and no others; the pure rooms ask nothing of the system.

usage: layers.py BUILD-DIRECTORY (run in the source root)

Judges what each room's archive leaves undefined, the writable data of pure rooms, and every #include.
"""

import os
import re
import subprocess
import sys

import tap

# The rooms that a room names itself; those below these are allowed with them.
USES = {
    "base": [],
    "numbering": ["base"],
    "sms": ["base"],
    "at": ["base"],
    "policy": ["numbering"],
    "modem": ["at", "sms"],
    "store": ["base"],
    "service": ["modem", "policy", "store"],
    "io": ["modem", "policy"],
    "daemon": ["service", "io"],
    "cli": ["daemon", "service", "store", "policy", "sms", "io", "modemsim"],
}
PURE = ["base", "numbering", "sms", "at", "policy", "modem"]

PURE_LIBC = set(
    "memchr memcmp memcpy memmem memmove memrchr memset "
    "strcasecmp strchr strcmp strcspn strlen strncasecmp strncmp strnlen strpbrk strrchr strspn strstr "
    "snprintf vsnprintf __assert_fail".split()
)
# What compilers add themselves: 64-bit arithmetic on 32-bit machines, guards, sanitizers, coverage.
COMPILER = re.compile(
    r"__aeabi_|__u?(div|mod|divmod)[dt]i\d|__stack_chk_|_GLOBAL_OFFSET_TABLE_|_?__(asan|ubsan|gcov|llvm|sanitizer)_|bcmp$"
)

PURE_INCLUDES = set(
    "assert.h errno.h inttypes.h limits.h stdarg.h stdbool.h stddef.h stdint.h stdio.h string.h".split()
)
LIBRARY_INCLUDES = {  # header of a library: the rooms that may name it
    "crypt.h": ["store"],
    "sqlite3.h": ["store", "cli"],
    "libserialport.h": ["io"],
    "yaml.h": ["io"],
}
# These hear the time from their caller, and service reaches the system only through the store.
VIRTUAL_TIME_INCLUDES = {
    # a file of mode 0600, and a lock beside it
    "store": PURE_INCLUDES | {"fcntl.h", "stdlib.h", "sys/file.h", "sys/stat.h", "unistd.h"},
    "service": PURE_INCLUDES | {"stdlib.h"},
}
CLOCKS = {"clock_gettime", "gettimeofday", "time", "timespec_get"}


def below(room):
    rooms = set()
    for used in USES.get(room, []):
        rooms |= {used} | below(used)
    return rooms


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(archive, option):
    """Returns the names of one archive's undefined (-u) or defined (-U is newer: --defined-only) symbols."""
    names = set()
    for line in run("nm", "-g", option, "--format=posix", archive).splitlines():
        fields = line.split()
        if len(fields) >= 2 and not line.endswith(":"):
            names.add(fields[0].split("@")[0])
    return names


def plain(name):
    """Maps the checked variant of a function to its name: __memcpy_chk is memcpy."""
    checked = re.fullmatch(r"__(\w+)_chk", name)
    return checked[1] if checked else name


def check_symbols(archives):
    defined = {room: symbols(archive, "--defined-only") for room, archive in archives.items()}
    for room, archive in archives.items():
        problems = []
        for name in sorted(symbols(archive, "-u") - defined[room]):
            owner = next((other for other, names in defined.items() if name in names), None)
            if owner:
                if owner not in below(room):
                    problems.append(f"{name}() is of {owner}, which is not below {room}")
            elif room in PURE and plain(name) not in PURE_LIBC and not COMPILER.match(name):
                problems.append(f"{name}() is not for a pure room")
            elif room in VIRTUAL_TIME_INCLUDES and name in CLOCKS:
                problems.append(f"{name}() is not for a room on virtual time")
        tap.result(problems, f"{room}: symbols")


def check_globals(archives):
    for room in PURE:
        if room not in archives:
            continue
        problems = []
        for line in run("objdump", "-t", archives[room]).splitlines():
            found = re.search(r"\sO?\s+(\.t?data|\.t?bss)(?!\.rel\.ro)(\S*)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$", line)
            if found and int(found[3], 16) and not COMPILER.match(found[4]):
                problems.append(f"{found[4]} in {found[1]}{found[2]} is writable")
        tap.result(problems, f"{room}: no writable globals")


def include_problem(room, name):
    """Returns what is wrong with `#include` of `name` ("base/text.h" or <stdio.h>), or None."""
    if name[0] == '"':
        other = name[1:-1].split("/")[0] if "/" in name else room
        return None if other == room or other in below(room) else f"{other} is not below {room}"
    header = name[1:-1]
    if header in LIBRARY_INCLUDES:
        return None if room in LIBRARY_INCLUDES[header] else "is not for this room"
    if room in PURE and header not in PURE_INCLUDES:
        return "is not for a pure room"
    if header not in VIRTUAL_TIME_INCLUDES.get(room, {header}):
        return "is not for a room on virtual time"
    return None


def check_includes():
    for room in USES:
        problems = []
        for top in ("include", "src"):
            for folder, _, files in os.walk(os.path.join(top, room)):
                for path in sorted(os.path.join(folder, file) for file in files if file.endswith((".c", ".h"))):
                    with open(path, encoding="utf-8") as lines:
                        for number, line in enumerate(lines, 1):
                            found = re.match(r'\s*#\s*include\s+(".*?"|<.*?>)', line)
                            problem = found and include_problem(room, found[1])
                            if problem:
                                problems.append(f"{path}:{number}: {found[1]} {problem}")
        tap.result(problems, f"{room}: includes")


def main():
    directory = sys.argv[1]
    archives = {room: os.path.join(directory, "src", f"lib{room}.a") for room in USES}
    missing = [archive for archive in archives.values() if not os.path.exists(archive)]
    tap.result(missing, "every room has its archive")
    archives = {room: archive for room, archive in archives.items() if archive not in missing}
    check_symbols(archives)
    check_globals(archives)
    check_includes()
    tap.done()


if __name__ == "__main__":
    main()
