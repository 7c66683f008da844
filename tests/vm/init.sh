#!/bin/busybox sh
# tests/vm/init.sh - the guest's first process: mounts, loads the drivers, and then runs what guest.py asks for. A request
# is a line of shell; the answer is a line `STATUS UPTIME OUTPUT`, the output in base64.
/bin/busybox --install -s /bin
export PATH=/bin
mkdir -p /proc /sys /dev/pts /run /tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts

# load NAME: the modules of that name in image.py. `disk` waits for a guest that has one.
load()
{
    while read -r module options; do
        # shellcheck disable=SC2086 # options are words
        insmod "/modules/$module.ko" $options || return
    done <"/modules/$1"
}

load usb
mount -t configfs configfs /sys/kernel/config
mdev -s
mdev -d # the group dialout may use what is plugged in, as on a real machine

# Each port of the host is a name in /run/ports.
mkdir -p /run/ports
for port in /sys/class/virtio-ports/*; do
    read -r name <"$port/name" && ln -s "/dev/${port##*/}" "/run/ports/$name"
done

exec 3<>/run/ports/agent
echo "0 0 $(echo ready | base64)" >&3
while IFS= read -r request <&3; do
    (eval "$request") </dev/null >/run/said 2>&1 3>&-
    status=$?
    read -r uptime _ </proc/uptime
    echo "$status $uptime $(base64 -w 0 /run/said)" >&3
done
poweroff -f
