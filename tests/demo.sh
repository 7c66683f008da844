#!/bin/sh
# tests/demo.sh - see it work without a modem: installs what is missing, builds, runs `textback demo`.
# Arguments go to the demo, such as --keep.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tests/packages.sh"

packages_for_build
packages_install
if [ ! -f "$root/build/build.ninja" ]; then
    said=$(meson setup "$root/build" "$root" 2>&1) || {
        echo "$said" >&2
        exit 1
    }
fi
echo "Building ..."
ninja -C "$root/build" --quiet textback
exec "$root/build/textback" demo "$@"
