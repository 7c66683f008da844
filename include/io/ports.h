/* include/io/ports.h - the serial ports of USB devices and the devices that they are of, as sysfs
 * tells. Names such as ttyUSB2 change from plug to plug; vendor, product, serial and interface
 * number do not. The built-in ports (ttyS0, ttyAMA0) are none of these: nothing tells what is
 * behind them, it may be a login or a machine, and what is written there to find out may be taken
 * for a command. `root` is what the paths /sys and /dev begin with: "" but for tests. */
#pragma once
#include "modem/family.h"
#include <stdbool.h>
#include <stddef.h>

#define PORTS_MAX 48
#define PORT_PATH_SIZE 128
#define PORT_DEVICE_SIZE 64
#define PORT_SERIAL_SIZE 64

struct port_info {
    char path[PORT_PATH_SIZE];     /* "/dev/ttyUSB2" */
    char device[PORT_DEVICE_SIZE]; /* where it is plugged in, "1-1.3" */
    char serial[PORT_SERIAL_SIZE]; /* of the USB device, "" none */
    struct family_port usb;
    enum family_rank rank;
};

/* Lists the ports that a modem may be behind, those to be asked first first; a console is none.
 * Returns how many, at most `cap`. */
size_t ports_list(const char *root, struct port_info *ret, size_t cap);

/* Tells of one port. Returns 0, or -ENOENT where it is none of USB (built in, a pty, a socket).
 * `path` is no link. */
int ports_find(const char *root, const char *path, struct port_info *ret);

/* Looks for a modem that shows no port. Returns whether there is one, what it is, and what it
 * lacks: "12d1:1446, Huawei before mode switch, shows no port; install usb-modeswitch". */
#define PORTS_ODD_SIZE 220
bool ports_without(const char *root, char ret_what[PORTS_ODD_SIZE]);

/* Has the kernel let go of the USB device `device` ("1-1.3") and take it again: as good as a replug
 * for all but the power. Needs root, or write permission on its `authorized`. Returns 0 or -errno:
 * -ENOENT (no such device any more), -EACCES. */
int ports_reauthorise(const char *root, const char *device);
