# tests/packages.sh - installs with apt what is missing. Sourced by demo.sh and run.sh.

packages_missing=

# packages_command COMMAND PACKAGE / packages_library PKG-CONFIG-NAME PACKAGE: notes PACKAGE where it is missing.
packages_command()
{
    command -v "$1" >/dev/null 2>&1 || packages_missing="$packages_missing $2"
}

packages_library()
{
    pkg-config --exists "$1" 2>/dev/null || packages_missing="$packages_missing $2"
}

# What a build needs.
packages_for_build()
{
    packages_command cc gcc
    packages_command meson meson
    packages_command ninja ninja-build
    packages_command pkg-config pkg-config
    packages_command python3 python3
    [ -e /usr/include/stdlib.h ] || packages_missing="$packages_missing libc6-dev"
    packages_library libserialport libserialport-dev
    packages_library sqlite3 libsqlite3-dev
    packages_library yaml-0.1 libyaml-dev
    packages_library jansson libjansson-dev
}

# What the whole gate needs on top.
packages_for_tests()
{
    packages_command gcc gcc
    packages_command clang clang
    packages_command clang-format clang-format
    packages_command mandoc mandoc
    packages_command objdump binutils
}

# What the codec and the numbering plans are compared with, and what the examples, the completions and the report are
# for: without it those tests are skipped.
packages_for_comparison()
{
    [ -x /usr/sbin/mosquitto ] || packages_missing="$packages_missing mosquitto"
    packages_command mosquitto_pub mosquitto-clients
    [ -x /usr/sbin/lighttpd ] || packages_missing="$packages_missing lighttpd"
    packages_command busybox busybox
    packages_command strace strace
    packages_command msmtp msmtp
    packages_command zsh zsh
    packages_command fish fish
    packages_command chromium chromium
    packages_command pdftotext poppler-utils
    packages_command qemu-system-x86_64 qemu-system-x86
    [ -x /usr/sbin/mke2fs ] || [ -x /sbin/mke2fs ] || packages_missing="$packages_missing e2fsprogs"
    packages_library gammu libgammu-dev
    [ -d /usr/lib/python3/dist-packages/phonenumbers ] || packages_missing="$packages_missing python3-phonenumbers"
    packages_library libosmogsm libosmocore-dev
}

# Installs the noted packages. Returns 1 with the command to type where that is not possible.
packages_install()
{
    [ -n "$packages_missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "These Debian packages, or their like, are missing:$packages_missing" >&2
        return 1
    fi
    packages_root=
    if [ "$(id -u)" -ne 0 ]; then
        packages_root="sudo"
        if [ -n "${CI:-}" ] || [ ! -t 0 ]; then
            packages_root="sudo -n" # nobody is there to type a password
        fi
        echo "To build and test textback these packages are missing:$packages_missing"
        echo "Installing them needs root, so sudo will run apt-get."
    fi
    echo "Installing with apt:$packages_missing"
    packages_log=$(mktemp)
    # A failing update is no reason to stop: one of many sources may be away, and the list is often good enough.
    # shellcheck disable=SC2086 # the lists are words
    if {
        $packages_root apt-get update
        $packages_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            -o DPkg::Lock::Timeout=300 $packages_missing
    } >"$packages_log" 2>&1; then
        rm -f "$packages_log"
        packages_missing=
        return 0
    fi
    tail -n 15 "$packages_log" >&2
    rm -f "$packages_log"
    echo "Could not install. As root: apt-get update && apt-get install$packages_missing" >&2
    return 1
}
