#include "modem/device.h"
#include "base/octets.h"
#include "base/text.h"
#include <errno.h>
#include <string.h>

#define IMEI_DIGITS 14

/* Reads the four hex digits of a USB id. */
static bool read_id(const char *text, uint16_t *ret)
{
    uint8_t octets[2];
    if (octets_from_hex(text, strnlen(text, 4), octets, sizeof(octets), NULL) != 2)
        return false;
    *ret = (uint16_t)(octets[0] << 8 | octets[1]);
    return true;
}

/* Reads VID:PID or VID:PID:SERIAL. */
static int parse_usb(const char *text, struct device_wish *ret)
{
    if (!read_id(text, &ret->vid) || text[4] != ':' || !read_id(text + 5, &ret->pid))
        return -EINVAL;
    if (text[9] == '\0')
        return 0;
    if (text[9] != ':' || text[10] == '\0')
        return -EINVAL;
    return text_copy(ret->serial, sizeof(ret->serial), text + 10) ? -EINVAL : 0;
}

int device_parse(const char *text, struct device_wish *ret)
{
    struct device_wish wish = {.kind = DEVICE_AUTO};
    int err = 0;
    if (text[0] == '/') {
        wish.kind = DEVICE_PATH;
    } else if (strncmp(text, "usb:", 4) == 0) {
        wish.kind = DEVICE_USB;
        err = parse_usb(text + 4, &wish);
    } else if (strncmp(text, "imei:", 5) == 0) {
        size_t digits = strspn(text + 5, "0123456789");
        wish.kind = DEVICE_IMEI;
        if (digits < IMEI_DIGITS || text[5 + digits] != '\0' ||
            text_copy(wish.imei, sizeof(wish.imei), text + 5))
            err = -EINVAL;
    } else if (strcmp(text, "auto") != 0) {
        err = -EINVAL;
    }
    if (!err)
        *ret = wish;
    return err;
}

bool device_same_imei(const char *a, const char *b)
{
    return strnlen(a, IMEI_DIGITS) == IMEI_DIGITS && strncmp(a, b, IMEI_DIGITS) == 0;
}
