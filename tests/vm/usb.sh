#!/bin/busybox sh
# tests/vm/usb.sh - USB modems in the guest (gadget.c): make, then plug and unplug as often as wanted.
#
#   usb make NAME VID:PID SERIAL PTY|-...   what it is; a port for each PTY
#   usb plug NAME UDC                       dummy_udc.0 or dummy_udc.1
#   usb unplug NAME
#   usb tell NAME COMMAND...                to its gadget; returns when it has obeyed
set -e
folder=/sys/kernel/config/usb_gadget/$2

# told NAME WORDS: waits until the gadget has said so.
told()
{
    left=500
    until [ "$(tail -n 1 "/run/$1.said")" = "$2" ]; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || { cat "/run/$1.said"; exit 1; }
        usleep 10000
    done
}

make()
{
    name=$1 id=$2 serial=$3
    shift 3
    mkdir "$folder" "$folder/strings/0x409" "$folder/configs/c.1" "$folder/functions/ffs.$name" "/run/$name"
    echo "0x${id%:*}" >"$folder/idVendor"
    echo "0x${id#*:}" >"$folder/idProduct"
    echo textback >"$folder/strings/0x409/manufacturer"
    echo modem >"$folder/strings/0x409/product"
    echo "$serial" >"$folder/strings/0x409/serialnumber"
    ln -s "$folder/functions/ffs.$name" "$folder/configs/c.1/"
    mount -t functionfs "$name" "/run/$name"
    mkfifo "/run/$name.tell"
    gadget "/run/$name" "$@" <>"/run/$name.tell" >"/run/$name.said" 2>&1 &
    told "$name" described
}

command=$1
shift
case $command in
make) make "$@" ;;
plug) echo "$2" >"$folder/UDC" ;;
unplug) echo "" >"$folder/UDC" ;;
tell)
    name=$1
    shift
    echo "$*" >"/run/$name.tell"
    told "$name" "$*"
    ;;
esac
