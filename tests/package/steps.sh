# tests/package/steps.sh - what package.sh and package_arm.sh share: steps told as TAP, and a Debian 12 of their own in `root`.
# Sourced by both, after they have set `source` and `work`.
# shellcheck shell=sh
: "${source:?}" "${work:?}"

fresh=${TEXTBACK_FRESH:-$work/fresh}
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

finish()
{
    echo "1..$count"
    [ "$failed" -eq 0 ]
    exit
}

# copy_source DIRECTORY: the files that git knows or would add, with debian/ where dpkg wants it.
copy_source()
{
    rm -rf "$1" && mkdir -p "$1" || return
    (cd "$source" && git ls-files -z --cached --others --exclude-standard |
        tar --null --files-from=- --ignore-failed-read -c) | tar -x -C "$1" &&
        cp -r "$1/data/debian" "$1/debian"
}

# make_fresh: copies the fresh Debian, which is made once.
make_fresh()
{
    if [ ! -d "$fresh" ]; then
        debootstrap --variant=minbase bookworm "$fresh.part" && mv "$fresh.part" "$fresh" || return
    fi
    cp -a "$fresh" "$root" && cp /etc/resolv.conf "$root/etc/resolv.conf" && mount -t proc proc "$root/proc"
}

leave_root()
{
    mountpoint -q "$root/dev/pts" && umount "$root/dev/pts"
    mountpoint -q "$root/proc" && umount "$root/proc"
    :
}

# inside COMMAND...: runs in that Debian.
inside()
{
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}
