#!/bin/sh
# tests/coverage.sh - which lines and branches of the pure rooms the tests run, together: a build of its own in
# .build/coverage, then every test that runs them, then a line for each room, and below it what is left with its source
# line (package gcovr, half an hour on two cores; `tests/coverage.sh FILE` writes what is left to FILE).
#
# Not counted as branches: assertions, which only a mistake of ours takes. What is left is explained by its kind:
# - `case X_COUNT:` and what follows a switch over a whole enum: no value goes there, the compiler checks that none is
#   forgotten, and an assertion or "unknown" stands for a value that memory was damaged to.
# - "no room" of a bounded string, list or queue that is as long as its longest content: the size is the proof, the
#   check stays for who changes it.
# - conditions that are stated again where they are relied on (a range that the caller has looked at).
# - several conditions in one line, of which the last cannot decide alone.
# - a form of a line that no modem we know of says, such as +CCWA without a class: no row is invented for it.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build="$root/.build/coverage"
cd "$root"
command -v /usr/bin/gcovr >/dev/null || {
    echo "coverage.sh: gcovr is missing (apt-get install gcovr)" >&2
    exit 1
}
[ -f "$build/build.ninja" ] || CC=gcc meson setup "$build" -Db_coverage=true -Doptimization=0 -Dwerror=false
ninja -C "$build" --quiet
find "$build" -name '*.gcda' -delete
export GCOV_ERROR_FILE=/dev/null # a test as another user may not write its figures, and is not told so
meson test -C "$build" --no-rebuild --quiet --timeout-multiplier 10 --suite unit --suite transcripts --suite fuzz \
    --suite sim --suite cli --suite pty || echo "coverage.sh: a test failed: the figures are too low" >&2
/usr/bin/gcovr --root . --object-directory "$build" --filter 'src/(base|numbering|sms|at|policy|modem)/' \
    --exclude-branches-by-pattern '.*assert\(.*' --json "$build/coverage.json"
exec python3 tests/coverage.py "$build/coverage.json" "$@"
