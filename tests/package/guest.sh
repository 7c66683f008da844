#!/bin/sh
# tests/package/guest.sh - what boot.py runs in the booted Debian, as a service: TAP on the console. PLUG asks the host
# to plug the modem in, CALL to have it rung.
count=0
exec 3>&1

result()
{
    name=$1 count=$((count + 1))
    shift
    if "$@" >/run/said.txt 2>&1; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        { tail -n 5 /run/said.txt; systemctl status --no-pager -n 8 textback.service; } 2>&1 | sed 's/^/# /'
    fi
}

# within SECONDS COMMAND...: tries until it is so.
within()
{
    left=$(($1 * 5))
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return
        sleep 0.2
    done
}

# shown PROPERTY VALUE
shown()
{
    [ "$(systemctl show -P "$1" textback.service)" = "$2" ] || {
        systemctl show -P "$1" textback.service
        return 1
    }
}

# line_is STATE: of the modem, as the daemon tells.
line_is()
{
    textback status --json | tee /run/said.txt | grep -q "\"state\":\"$1\""
}

# message_is STATE
message_is()
{
    textback thread 1 --peek --json | tee /run/said.txt | grep -Eq "\"state\":\"($1)\""
}

stays_failed()
{
    systemctl start textback.service
    sleep 8 # longer than RestartSec
    shown ActiveState failed && shown ExecMainStatus 7 && shown NRestarts 0
}

# restarted TIMES: a new process, and ready, after so many restarts.
restarted()
{
    shown NRestarts "$1" && shown ActiveState active && line_is ready
}

# From nothing, as somebody does who begins: with a call that is missed at its end.
setup_by_root()
{
    rm -f /var/lib/textback/textback.db* /etc/textback/config.yaml
    printf '%s\n' Test GB '07700 900123' '' always '' '' yes | textback setup >/run/setup.txt 2>&1 &
    setup=$!
    within 120 grep "Now ring" /run/setup.txt && echo CALL >&3
    wait "$setup" || {
        cat /run/setup.txt
        return 1
    }
}

write_config()
{
    printf '%s\n' 'version: 1' 'business: {name: Test, country: GB}' 'lines: [{number: "+447700900123"}]' \
        >/etc/textback/config.yaml
}

result "a bad configuration fails once, and is not tried again" stays_failed
write_config
result "starts without a modem" systemctl enable --now textback.service
result "and says that there is none" line_is absent
result "runs as its own user" [ "$(stat -c %U "/proc/$(systemctl show -P MainPID textback.service)")" = textback ]
echo PLUG
result "a modem that is plugged in later is found" within 30 line_is ready
systemctl kill -s KILL textback.service
result "SIGKILL: it is back, with its modem" within 30 restarted 1
systemctl kill -s STOP textback.service
result "a hang is noticed by the watchdog" within 60 restarted 2
systemctl stop textback.service
result "a text waits while it is down" runuser -u textback -- textback send 07700900321 "We come at three."
result "upgrade" dpkg -i /next.deb
result "the upgrade starts nothing that was stopped" shown ActiveState inactive
systemctl start textback.service
result "the text is sent by the new version" within 60 message_is "sent|delivered"
before=$(systemctl show -P MainPID textback.service)
echo 'nonsense: 1' >>/etc/textback/config.yaml
systemctl reload textback.service
result "a bad configuration at reload is told" \
    within 10 sh -c 'journalctl -u textback.service | grep "old configuration stays"'
write_config
result "and changes nothing" \
    sh -c "[ $before = \$(systemctl show -P MainPID textback.service) ] && textback status | grep ready"
result "upgrade while it runs" dpkg -i /textback.deb
result "that restarts it" sh -c "! [ $before = \$(systemctl show -P MainPID textback.service) ]"
result "and it is ready again" within 30 line_is ready
result "16 MB were enough" [ "$(cat /sys/fs/cgroup/system.slice/textback.service/memory.peak)" -lt 16777216 ]
result "stops within five seconds" timeout 6 systemctl stop textback.service
result "setup by root, to the test call" setup_by_root
result "the service starts with what that left" systemctl start textback.service
result "and is ready" within 60 line_is ready
result "with the call" sh -c "textback calls --json | grep 447700900321"
echo "1..$count"
echo DONE
sync
systemctl poweroff --force --force
