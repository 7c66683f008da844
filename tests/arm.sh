#!/bin/sh
# tests/arm.sh [arm64|armhf [MESON-TEST-OPTION...]] - builds for a Raspberry Pi and runs the tests as its programs, under
# qemu-user: all but the checks of the tree; those in a guest only for arm64. Without an argument both; options such as
# `--suite unit` choose tests. Many minutes, and not part of the gate. Needs root, to install the cross compiler and once
# to tell the kernel of qemu-user. Ends with `N passed, N failed, N skipped`.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
cd "$source" || exit 1
. "$source/tests/packages.sh"

# What the program and its tests are linked with.
LIBRARIES="libc6 libcrypt1 libcrypt-dev libgcc-s1 libjansson4 libjansson-dev libserialport0 libserialport-dev libsqlite3-0
    libsqlite3-dev libyaml-0-2 libyaml-dev"

# about ARCHITECTURE: what the others call it.
about()
{
    case $1 in
    arm64) triplet=aarch64-linux-gnu emulator=qemu-aarch64 loader=lib/ld-linux-aarch64.so.1 ;;
    armhf) triplet=arm-linux-gnueabihf emulator=qemu-arm loader=lib/ld-linux-armhf.so.3 ;;
    *) echo "arm.sh: arm64 or armhf, not \"$1\"" >&2 && exit 2 ;;
    esac
    work=$source/.build/$1 root=$source/.build/$1/root
}

# apt_of ARCHITECTURE ARGUMENT...: apt with lists of its own, so that this machine's stay as they are.
apt_of()
{
    apt=$source/.build/$1/apt architecture=$1
    shift
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    apt-get -q -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
        -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" -o APT::Sandbox::User=root \
        -o Acquire::Check-Date=false "$@"
}

# make_root ARCHITECTURE: its libraries, unpacked.
make_root()
{
    [ -e "$root/complete" ] && return
    rm -rf "$root" "$work/debs"
    mkdir -p "$root" "$work/debs"
    # A failing update is no reason to stop: one of many sources may be away, and the list is often good enough.
    # shellcheck disable=SC2086 # packages are words
    {
        apt_of "$1" update
        cd "$work/debs" && apt_of "$1" download $LIBRARIES
        cd "$source" || return
    } >"$work/apt.txt" 2>&1
    [ -n "$(find "$work/debs" -name '*.deb')" ] || { tail -n 5 "$work/apt.txt"; return 1; }
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$root" || return
    done
    # Links from / mean this root; where they led nowhere, a static library would be taken.
    find "$root" -type l -lname '/*' | while read -r link; do
        ln -sf "$root$(readlink "$link")" "$link"
    done
    touch "$root/complete"
}

# teach_kernel: a program of the architecture starts like any other, as after an installation of qemu-user-static with
# systemd running.
teach_kernel()
{
    formats=/proc/sys/fs/binfmt_misc
    [ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats || return
    [ -e "$formats/$emulator" ] || cat "/usr/lib/binfmt.d/$emulator.conf" >$formats/register
}

# Where the libraries are, for the linker and for programs that are started from anywhere.
write_paths()
{
    libraries="$root/lib/$triplet:$root/usr/lib/$triplet"
    run_path="-Wl,--disable-new-dtags,-rpath=$libraries -Wl,--dynamic-linker=$root/$loader"
    cat >"$work/paths.ini" <<END
[constants]
root = '$root'
[built-in options]
c_link_args = ['-L$root/usr/lib/$triplet', '$(echo "$run_path" | sed "s/ /', '/")']
END
}

# run_tests ARCHITECTURE: its result is what summary.py finds in the build.
run_tests()
{
    about "$1"
    echo "== $1"
    packages_command "$triplet-gcc" "gcc-$triplet libc6-dev-$1-cross"
    packages_command "$emulator-static" qemu-user-static
    [ "$1" = armhf ] || packages_command qemu-system-aarch64 qemu-system-arm
    packages_install && make_root "$1" && teach_kernel && write_paths || return
    build=$work/build
    rm -f "$build/meson-logs/testlog.json"
    if [ ! -f "$build/build.ninja" ]; then
        meson setup "$build" --cross-file "data/cross/$1.ini" --cross-file "$work/paths.ini" >"$work/setup.txt" 2>&1 ||
            { tail -n 20 "$work/setup.txt"; return 1; }
    fi
    ninja -C "$build" --quiet || return
    # shellcheck disable=SC2086 # options are words
    TEXTBACK_PATIENCE=20 CC=$triplet-gcc LDFLAGS="-L$root/usr/lib/$triplet $run_path" meson test -C "$build" --no-rebuild \
        --no-suite checks --timeout-multiplier 20 $options >"$work/test.txt" 2>&1
}

packages_for_build
builds=
architectures=${1:-arm64 armhf}
[ $# -eq 0 ] || shift
options=$* # such as --suite unit
for architecture in $architectures; do
    run_tests "$architecture"
    builds="$builds .build/$architecture/build"
done
# shellcheck disable=SC2086 # folders are words
exec python3 tests/summary.py $builds
