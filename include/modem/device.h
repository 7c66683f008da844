/* include/modem/device.h - which modem a line is to have, as its configuration says:
 * "auto", a path, "usb:VID:PID", "usb:VID:PID:SERIAL", or "imei:" and 14 to 16 digits. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define DEVICE_SERIAL_SIZE 64
#define DEVICE_IMEI_SIZE 17

enum device_kind { DEVICE_AUTO, DEVICE_PATH, DEVICE_USB, DEVICE_IMEI };

struct device_wish {
    enum device_kind kind;
    uint16_t vid, pid;               /* USB */
    char serial[DEVICE_SERIAL_SIZE]; /* USB; "" any */
    char imei[DEVICE_IMEI_SIZE];     /* IMEI */
};

/* Reads what was configured. Returns 0 or -EINVAL. */
int device_parse(const char *text, struct device_wish *ret);

/* Returns whether two IMEIs are of the same modem: they may differ in what follows their 14 digits
 * (a check digit, the version of the software: 3GPP TS 23.003 6.2). */
bool device_same_imei(const char *a, const char *b);
