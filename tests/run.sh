#!/bin/sh
# tests/run.sh - the whole gate: installs what is missing, builds with gcc and clang and under sanitizers, runs every test
# in the first build and in the others what finds more there, and ends with `N passed, N failed, N skipped`.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
. "$root/tests/packages.sh"

packages_for_build
packages_for_tests
packages_install || exit 1
packages_for_comparison
packages_install || packages_missing=

# A stop at the first undefined behaviour, with the line; a leak is an error as well.
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1

# Tests of real ports and of whole commands wait a lot: one more than there are cores to run them keeps those busy.
MESON_TESTTHREADS=$(($(nproc) + 1))
export MESON_TESTTHREADS

# build DIRECTORY COMPILER TEST-OPTIONS [SETUP-OPTION...]: its result is what summary.py finds in DIRECTORY.
build()
{
    directory=$1 compiler=$2 test_options=$3
    shift 3
    echo "== $directory ($compiler)"
    rm -f "$directory/meson-logs/testlog.json"
    if [ ! -f "$directory/build.ninja" ]; then
        mkdir -p "$directory"
        CC=$compiler meson setup "$directory" "$@" >"$directory/setup.txt" 2>&1 || {
            tail -n 20 "$directory/setup.txt"
            return
        }
    fi
    ninja -C "$directory" --quiet || return
    # shellcheck disable=SC2086 # options are words
    meson test -C "$directory" --no-rebuild $test_options >"$directory/test.txt" 2>&1
}

build build gcc ""
build .build/clang clang "--suite unit --suite fuzz --suite transcripts --suite cli"
build .build/sanitised gcc "--no-suite checks --no-suite vm --no-suite differential --no-suite long --timeout-multiplier 4" \
    -Db_sanitize=address,undefined -Dc_args=-fno-sanitize-recover=all -Doptimization=1 -Dwerror=false

exec python3 tests/summary.py build .build/clang .build/sanitised
