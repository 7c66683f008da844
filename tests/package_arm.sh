#!/bin/sh
# tests/package_arm.sh [DIRECTORY] - builds the Debian packages for a Raspberry Pi, arm64 and armhf, into DIRECTORY (default
# .build/package_arm), in a Debian 12 of its own that has the cross compilers, and says what is in them: the machine of
# the program and its size. Prints TAP. Needs root and debootstrap; TEXTBACK_FRESH=PATH names a fresh Debian 12 that is
# there (it is copied). The tests of these builds are tests/arm.sh's.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$source/.build/package_arm}
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 1
. "$source/tests/package/steps.sh"

make_root()
{
    leave_root
    [ -e "$root/complete" ] && mount -t proc proc "$root/proc" && return
    rm -rf "$root"
    make_fresh && inside sh -c 'dpkg --add-architecture arm64 && dpkg --add-architecture armhf &&
        apt-get -o Acquire::Check-Date=false update &&
        apt-get install -y --no-install-recommends build-essential crossbuild-essential-arm64 crossbuild-essential-armhf' &&
        touch "$root/complete"
}

# build ARCHITECTURE
build()
{
    inside sh -c "cd /build/textback && apt-get build-dep -y --no-install-recommends -a $1 -P cross,nocheck . &&
        DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage -b -us -uc -a $1 --build-profiles=cross,nocheck" &&
        cp "$root"/build/textback_*_"$1".deb "$work/"
}

# holds ARCHITECTURE MACHINE: the program in the package is for this machine, and all that is made beside it is there.
holds()
{
    rm -rf "$work/${1:?}" && dpkg-deb -x "$work"/textback_*_"$1".deb "$work/$1" &&
        readelf -h "$work/$1/usr/bin/textback" | grep "Machine:.*$2" &&
        [ -s "$work/$1/usr/share/bash-completion/completions/textback" ] && [ -s "$work/$1/lib/udev/rules.d/70-textback.rules" ] &&
        echo "# $1: $(stat -c %s "$work/$1/usr/bin/textback") octets" >&3
}

trap leave_root EXIT
exec 3>&1
rm -rf "$work"/textback_*.deb "$root/build"
result "a Debian with cross compilers" make_root
result "the source" copy_source "$root/build/textback"
result "a package for arm64" build arm64
result "its program" holds arm64 AArch64
result "a package for armhf" build armhf
result "its program" holds armhf ARM
finish
