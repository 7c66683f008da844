#include "base/octets.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

struct octets_reader octets_reader(const uint8_t *octets, size_t len)
{
    assert(octets || len == 0);
    return (struct octets_reader){.octets = octets, .len = len};
}

struct octets_writer octets_writer(uint8_t *octets, size_t cap)
{
    assert(octets || cap == 0);
    return (struct octets_writer){.octets = octets, .cap = cap};
}

const uint8_t *octets_span(struct octets_reader *r, size_t count)
{
    assert(r->at <= r->len);
    if (r->failed || count > r->len - r->at) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *span = r->octets + r->at;
    r->at += count;
    return span;
}

uint8_t octets_u8(struct octets_reader *r)
{
    const uint8_t *octet = octets_span(r, 1);
    return octet ? *octet : 0;
}

void octets_put_span(struct octets_writer *w, const uint8_t *octets, size_t count)
{
    assert(octets || count == 0);
    assert(w->len <= w->cap);
    if (w->failed || count > w->cap - w->len) {
        w->failed = true;
        return;
    }
    if (count > 0)
        memcpy(w->octets + w->len, octets, count);
    w->len += count;
}

void octets_put(struct octets_writer *w, uint8_t octet)
{
    octets_put_span(w, &octet, 1);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

int octets_from_hex(const char *hex, size_t len, uint8_t *ret_octets, size_t cap, size_t *ret_at)
{
    assert(hex || len == 0);
    for (size_t i = 0; i < len; i++) {
        if (hex_value(hex[i]) < 0) {
            if (ret_at)
                *ret_at = i;
            return -EINVAL;
        }
    }
    if (len % 2 != 0) {
        if (ret_at)
            *ret_at = len;
        return -EINVAL;
    }
    if (len / 2 > cap || len / 2 > INT16_MAX)
        return -EMSGSIZE;
    for (size_t i = 0; i < len / 2; i++)
        ret_octets[i] = (uint8_t)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
    return (int)(len / 2);
}

void octets_to_hex(const uint8_t *octets, size_t len, char *ret_hex)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        ret_hex[2 * i] = digits[octets[i] >> 4];
        ret_hex[2 * i + 1] = digits[octets[i] & 15];
    }
    ret_hex[2 * len] = '\0';
}
