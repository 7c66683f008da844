#!/bin/sh
# tests/package/udev.sh ROOT VENDOR PRODUCT CLASS - what udev in ROOT would do with port ttyUSB2, interface 2 of a USB
# device 1-1 with these ids and this class of the interface ("ff0202"): its links and properties, and what it would
# run for the device. Works on a sysfs of its own; run it as root in a mount namespace (unshare -m).
set -eu
root=$1 vendor=$2 product=$3 class=$4
device=/sys/devices/pci0/usb1/1-1
tty=$device/1-1:1.2/ttyUSB2/tty/ttyUSB2

mount -t tmpfs sys "$root/sys"
mount -t tmpfs dev "$root/dev"
mkdir -p "$root$tty" "$root/sys/class/tty" "$root/sys/bus/usb/devices" "$root/sys/bus/usb-serial" "$root/dev"
cd "$root$device"
ln -s ../../../../bus/usb subsystem
ln -s ../../../../../bus/usb 1-1:1.2/subsystem
ln -s ../../../../../../bus/usb-serial 1-1:1.2/ttyUSB2/subsystem
ln -s ../../../../../../../../class/tty "$root$tty/subsystem"
ln -s "../../../../devices/pci0/usb1/1-1" "$root/sys/bus/usb/devices/1-1"
echo "$vendor" >idVendor
echo "$product" >idProduct
echo 1 >authorized
echo DEVTYPE=usb_device >uevent
echo DEVTYPE=usb_interface >1-1:1.2/uevent
echo 02 >1-1:1.2/bInterfaceNumber
echo "$class" | cut -c 1-2 >1-1:1.2/bInterfaceClass
echo "$class" | cut -c 3-4 >1-1:1.2/bInterfaceSubClass
echo "$class" | cut -c 5-6 >1-1:1.2/bInterfaceProtocol
printf 'MAJOR=188\nMINOR=2\nDEVNAME=ttyUSB2\n' >"$root$tty/uevent"
python3 - "$class" >descriptors <<'PYTHON'
import sys
of_device = "120100020000004000000000000000000001" # USB 2.0, 9.6.1
of_interface = "09040200" + "02" + sys.argv[1] + "00" # 9.6.5, and an endpoint
sys.stdout.buffer.write(bytes.fromhex(of_device + of_interface + "07058102000200"))
PYTHON
for path in "$tty" "$device"; do
    SYSTEMD_DEVICE_VERIFY_SYSFS=0 chroot "$root" udevadm test --action=add "$path" 2>/dev/null
done | grep -E '^(DEVLINKS|ID_MM_DEVICE_IGNORE|run)' | sed "s/^run: '\(.*\)'/run=\1/" | sort -u
