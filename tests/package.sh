#!/bin/sh
# tests/package.sh [DIRECTORY] - builds the Debian package into DIRECTORY (default .build/package) and tries it: lintian,
# then in a fresh Debian 12 the installation, the demo, an upgrade, removal and purge. Prints TAP. Needs root and
# debootstrap, which makes the fresh Debian once; TEXTBACK_FRESH=PATH names one that is there (it is copied).
# tests/package/boot.py DIRECTORY boots what this leaves there.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$source/.build/package}
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 1
. "$source/tests/package/steps.sh"

build_package()
{
    rm -f "$work"/textback_* "$work"/textback-dbgsym_*
    copy_source "$work/textback" &&
        (cd "$work/textback" && DEB_BUILD_OPTIONS="parallel=2 ${DEB_BUILD_OPTIONS:-}" dpkg-buildpackage -b -us -uc)
}

# next_package: the same with a higher version and another file to fill in, to upgrade to.
next_package()
{
    rm -rf "$work/next"
    dpkg-deb -R "$package" "$work/next" &&
        sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control" &&
        echo "# of the next version" >>"$work/next/usr/share/textback/config.yaml" &&
        dpkg-deb --root-owner-group -b "$work/next" "$work/next.deb"
}

make_root()
{
    make_fresh && cp "$package" "$root/tmp/textback.deb" && cp "$work/next.deb" "$root/tmp/next.deb" &&
        mount -t devpts devpts "$root/dev/pts"
}

# udev_does VENDOR PRODUCT CLASS LINKS: a port with these ids gets these links in /dev/textback and no others; its
# device, unless there are none, is taken from ModemManager and can be reset by the service.
udev_does()
{
    did=$(unshare -m sh "$source/tests/package/udev.sh" "$root" "$1" "$2" "$3") || return
    echo "$did"
    links=$(echo "$did" | grep -o '/dev/textback/[^ ]*' | sort | tr '\n' ' ')
    [ "$links" = "$4" ] || return
    [ -n "$4" ] && wanted=3 || wanted=0 # ModemManager off, group and mode of `authorized`
    [ "$(echo "$did" | grep -c -e '^ID_MM_DEVICE_IGNORE=1' -e '^run=.*/authorized')" -eq "$wanted" ]
}

apt_install()
{
    # Old packages of a mirror that lags are as good here.
    inside apt-get -o Acquire::Check-Date=false update &&
        inside apt-get install -y --no-install-recommends /tmp/textback.deb udev
}

is_inside()
{
    inside sh -c "$1"
}

# exits STATUS COMMAND: in the fresh Debian.
exits()
{
    inside sh -c "$2"
    [ $? -eq "$1" ]
}

write_config()
{
    printf '%s\n' 'version: 1' 'business: {name: Test, country: GB}' 'lines: [{number: "+447700900123"}]' \
        >"$root/etc/textback/config.yaml"
}

result "dpkg-buildpackage" build_package
package=$(echo "$work"/textback_*.deb)
[ -f "$package" ] || finish
if command -v lintian >/dev/null; then
    result "lintian finds nothing" lintian --allow-root --fail-on error,warning "$work"/textback_*.changes
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "ok $((count += 1)) - in a fresh Debian # SKIP not root"
    finish
fi

result "a package to upgrade to" next_package
leave_root
rm -rf "$root"
trap leave_root EXIT
result "a fresh Debian" make_root
result "installs" apt_install
result "the user of the service may open serial ports" is_inside 'id -nG textback | grep -qw dialout'
result "the database is for that user only" is_inside 'test "$(stat -c %a:%U /var/lib/textback)" = 700:textback'
result "the configuration is not for everybody" \
    is_inside 'test "$(stat -c %a:%U:%G /etc/textback/config.yaml)" = 640:root:textback'
result "what root writes beside it the service can read" is_inside 'umask 077 && echo fine >/etc/textback/new &&
    chmod 0640 /etc/textback/new && runuser -u textback -- cat /etc/textback/new && rm /etc/textback/new'
result "nothing is enabled before it is configured" \
    is_inside '! test -e /etc/systemd/system/multi-user.target.wants/textback.service'
result "the shells find their completions" is_inside 'cd /usr/share && test -s bash-completion/completions/textback &&
    test -s zsh/vendor-completions/_textback && test -s fish/vendor_completions.d/textback.fish'
result "systemd understands the unit" is_inside 'SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no textback.service 2>&1 |
    { ! grep textback; }'
result "udev: a modem by its interface" udev_does 2c7c 0125 ff0000 "/dev/textback/1-1 /dev/textback/1-1-if02 "
result "udev: a modem by its class" udev_does 12d1 1c05 ff0202 "/dev/textback/1-1 /dev/textback/1-1-if02 "
result "udev: its class counts more than its product" \
    udev_does 12d1 140c ff0202 "/dev/textback/1-1 /dev/textback/1-1-if02 "
result "udev: its product, where it has no such class" \
    udev_does 12d1 1001 ffffff "/dev/textback/1-1 /dev/textback/1-1-if02 "
result "udev: an E3372 with stick firmware" udev_does 12d1 1506 ff0202 "/dev/textback/1-1 /dev/textback/1-1-if02 "
result "udev: another port of it" udev_does 12d1 1c05 ff0201 "/dev/textback/1-1-if02 "
result "udev: no modem of that maker" udev_does 12d1 107e 080650 ""
result "udev: a serial adapter" udev_does 1a86 7523 ff0102 ""
result "check: says what is to be filled in" exits 7 'textback check'
cp "$source/data/debian/tests/demo" "$root/tmp/demo"
result "its own test: the example is right, and the demo runs" is_inside 'sh /tmp/demo'

write_config
result "check: a configuration" is_inside 'runuser -u textback -- textback check'
result "a database that root makes is the service's" is_inside 'textback send 07700900322 "From root." &&
    test "$(stat -c %U /var/lib/textback/textback.db)" = textback && runuser -u textback -- textback queue'
result "what root alone can read, the doctor mends" is_inside 'chmod 0600 /etc/textback/config.yaml &&
    runuser -u textback -- textback queue 2>&1 | grep -q "sudo textback doctor" &&
    textback doctor | grep -A1 "^warn *config" | grep -q "chmod 0640" && chmod 0640 /etc/textback/config.yaml'
result "a text waits" is_inside 'runuser -u textback -- textback send 07700900321 "We will be there at three."'
result "upgrade" is_inside 'dpkg -i /tmp/next.deb'
result "the text still waits" is_inside 'textback queue --json | grep -q "at three"'
result "the settings stay" is_inside 'grep -q "name: Test" /etc/textback/config.yaml'
result "remove" is_inside 'apt-get remove -y textback'
result "remove leaves what is the owner's" \
    is_inside 'test -e /var/lib/textback/textback.db && test -e /etc/textback/config.yaml && ! test -e /usr/bin/textback'
result "and it is there again after an installation" \
    is_inside 'dpkg -i /tmp/textback.deb && textback queue --json | grep -q "at three"'
result "purge" is_inside 'apt-get purge -y textback'
result "purge leaves nothing" is_inside '! find / -xdev -name "*textback*" ! -path "/tmp/*" ! -path "/var/log/*" \
    ! -path "/var/lib/systemd/*" ! -path "/run/*" | grep .'
finish
