#!/bin/sh
# tests/fuzz/run.sh NAME [LIBFUZZER-OPTION...] - searches for inputs that break tests/fuzz/fuzz_NAME.c
# with clang's libFuzzer (package libclang-rt-14-dev) under sanitizers, for ten minutes unless told otherwise.
# `tests/fuzz/run.sh deliver -runs=10000000 -max_total_time=0` tries ten million inputs.
# A finding is left in .build/fuzz; it becomes a file in tests/fuzz/corpus/NAME before it is fixed.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build="$root/.build/fuzz"
if [ $# -eq 0 ] || [ ! -f "$root/tests/fuzz/fuzz_$1.c" ]; then
    sed -n 's/^# //p' "$0" >&2
    exit 2
fi
name=$1
shift

if [ ! -f "$build/build.ninja" ]; then
    CC=clang meson setup "$build" "$root" -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args="-fsanitize=fuzzer-no-link -fno-sanitize-recover=all"
fi
ninja -C "$build" "tests/fuzz/fuzz_$name"
mkdir -p "$build/found/$name"
cd "$build"
exec "tests/fuzz/fuzz_$name" -max_total_time=600 -print_final_stats=1 "$@" \
    "$build/found/$name" "$root/tests/fuzz/corpus/$name"
