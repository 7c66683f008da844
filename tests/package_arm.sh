#!/bin/sh
# tests/package_arm.sh [DIRECTORY] - builds the Debian packages for a Raspberry Pi, arm64 and armhf, into DIRECTORY (default
# .build/package_arm), in a Debian 12 of its own that has the cross compilers, and says what is in them: the machine of
# the program and its size. Prints TAP. Needs root and debootstrap; TEXTBACK_FRESH=PATH names a fresh Debian 12 that is
# there (it is copied). The tests of these builds are tests/arm.sh's.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$source/.build/package_arm}
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 1
root=$work/root
count=0 failed=0

# result NAME COMMAND...: one line of TAP; what the command said is shown where it failed.
result()
{
    name=$1 count=$((count + 1))
    shift
    if "$@" >"$work/said.txt" 2>&1; then
        echo "ok $count - $name"
    else
        failed=$((failed + 1))
        echo "not ok $count - $name"
        tail -n 15 "$work/said.txt" | sed 's/^/# /'
    fi
}

inside()
{
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$root" sh -c "$1"
}

leave_root()
{
    mountpoint -q "$root/proc" && umount "$root/proc"
    :
}

make_root()
{
    [ -e "$root/complete" ] && mount -t proc proc "$root/proc" && return
    rm -rf "$root"
    if [ -n "${TEXTBACK_FRESH:-}" ]; then
        cp -a "$TEXTBACK_FRESH" "$root"
    else
        debootstrap --variant=minbase bookworm "$root"
    fi || return
    cp /etc/resolv.conf "$root/etc/resolv.conf" && mount -t proc proc "$root/proc" &&
        inside 'dpkg --add-architecture arm64 && dpkg --add-architecture armhf &&
            apt-get -o Acquire::Check-Date=false update &&
            apt-get install -y --no-install-recommends build-essential crossbuild-essential-arm64 crossbuild-essential-armhf' &&
        touch "$root/complete"
}

# Of the files that git knows or would add, with debian/ where dpkg wants it.
copy_source()
{
    rm -rf "$root/build" && mkdir -p "$root/build/textback" || return
    (cd "$source" && git ls-files -z --cached --others --exclude-standard |
        tar --null --files-from=- --ignore-failed-read -c) | tar -x -C "$root/build/textback" &&
        cp -r "$root/build/textback/data/debian" "$root/build/textback/debian"
}

# build ARCHITECTURE
build()
{
    inside "cd /build/textback && apt-get build-dep -y --no-install-recommends -a $1 -P cross,nocheck . &&
        DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage -b -us -uc -a $1 --build-profiles=cross,nocheck" &&
        cp "$root"/build/textback_*_"$1".deb "$work/"
}

# holds ARCHITECTURE MACHINE: the program in the package is for this machine.
holds()
{
    rm -rf "$work/$1" && dpkg-deb -x "$work"/textback_*_"$1".deb "$work/$1" &&
        readelf -h "$work/$1/usr/bin/textback" | grep "Machine:.*$2" &&
        echo "# $1: $(stat -c %s "$work/$1/usr/bin/textback") octets" >&3
}

trap leave_root EXIT
exec 3>&1
rm -f "$work"/textback_*.deb
result "a Debian with cross compilers" make_root
result "the source" copy_source
result "a package for arm64" build arm64
result "its program" holds arm64 AArch64
result "a package for armhf" build armhf
result "its program" holds armhf ARM
echo "1..$count"
[ "$failed" -eq 0 ]
