/* tests/unit/test_modem_device.c - what may stand for a modem in the configuration. */
#include "modem/device.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

static const struct row {
    const char *text;
    int err;
    struct device_wish wish;
} rows[] = {
    {"", -EINVAL, {0}},
    {"Auto", -EINVAL, {0}},
    {"ttyUSB0", -EINVAL, {0}},
    {"auto ", -EINVAL, {0}},
    {"usb:", -EINVAL, {0}},
    {"usb:12d1", -EINVAL, {0}},
    {"usb:12d1:", -EINVAL, {0}},
    {"usb:12d1:150", -EINVAL, {0}},
    {"usb:12d1:15067", -EINVAL, {0}},
    {"usb:12d1:1506:", -EINVAL, {0}},
    {"usb:12x1:1506", -EINVAL, {0}},
    {"usb:2d1:1506:a", -EINVAL, {0}},
    {"usb:12d1:1506:"
     "0123456789012345678901234567890123456789012345678901234567890123",
     -EINVAL,
     {0}},
    {"imei:", -EINVAL, {0}},
    {"imei:8612345678901", -EINVAL, {0}},
    {"imei:86123456789012345", -EINVAL, {0}},
    {"imei:861234567890123x", -EINVAL, {0}},
    {"auto", 0, {.kind = DEVICE_AUTO}},
    {"/dev/ttyUSB0", 0, {.kind = DEVICE_PATH}},
    {"usb:12D1:1506", 0, {.kind = DEVICE_USB, .vid = 0x12d1, .pid = 0x1506}},
    {"usb:1e0e:9001:a:b", 0, {.kind = DEVICE_USB, .vid = 0x1e0e, .pid = 0x9001, .serial = "a:b"}},
    {"imei:86123456789012", 0, {.kind = DEVICE_IMEI, .imei = "86123456789012"}},
    {"imei:8612345678901234", 0, {.kind = DEVICE_IMEI, .imei = "8612345678901234"}},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct device_wish wish = {.kind = DEVICE_IMEI, .imei = "kept"};
        int err = device_parse(row->text, &wish);
        bool same = wish.kind == row->wish.kind && wish.vid == row->wish.vid &&
                    wish.pid == row->wish.pid && strcmp(wish.serial, row->wish.serial) == 0 &&
                    strcmp(wish.imei, row->wish.imei) == 0;
        tap_ok(err == row->err && (err ? strcmp(wish.imei, "kept") == 0 : same), "\"%s\"",
               row->text);
    }
    tap_ok(!device_same_imei("", ""), "no IMEI is like no other");
    tap_ok(!device_same_imei("8612345678901", "8612345678901"), "nor is a short one");
    tap_ok(!device_same_imei("861234567890123", "861234567890223"), "another modem");
    tap_ok(device_same_imei("861234567890123", "8612345678901201"), "the same, IMEI and IMEISV");
    return tap_done();
}
