#include "sms/ucs2.h"
#include "base/utf8.h"
#include <assert.h>
#include <stdbool.h>

static uint32_t unit_at(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 8 | octets[1];
}

static bool is_high(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

static void unit_put(uint32_t unit, uint8_t *octets)
{
    octets[0] = (uint8_t)(unit >> 8);
    octets[1] = (uint8_t)(unit & 0xFF);
}

size_t ucs2_encode(uint32_t code, uint8_t ret_octets[4])
{
    assert(code <= 0x10FFFF);
    assert(!is_high(code) && !is_low(code));
    if (code < 0x10000) {
        unit_put(code, ret_octets);
        return 2;
    }
    code -= 0x10000;
    unit_put(0xD800 | code >> 10, ret_octets);
    unit_put(0xDC00 | (code & 0x3FF), ret_octets + 2);
    return 4;
}

size_t ucs2_decode(const uint8_t *octets, size_t len, char *buf, size_t cap)
{
    assert(cap / 3 >= len / 2);
    size_t out = 0;
    for (size_t i = 0; i + 2 <= len; i += 2) {
        uint32_t code = unit_at(octets + i);
        if (is_high(code) && i + 4 <= len && is_low(unit_at(octets + i + 2))) {
            i += 2;
            code = 0x10000 + ((code & 0x3FF) << 10 | (unit_at(octets + i) & 0x3FF));
        }
        out += utf8_encode(code, buf + out); /* which makes U+FFFD of half a pair */
    }
    assert(out <= cap);
    return out;
}

size_t ucs2_tail(const uint8_t *octets, size_t len)
{
    size_t odd = len % 2;
    size_t even = len - odd;
    if (even >= 2 && is_high(unit_at(octets + even - 2)))
        return odd + 2;
    return odd;
}

size_t ucs2_head(const uint8_t *octets, size_t len)
{
    return len >= 2 && is_low(unit_at(octets)) ? 2 : 0;
}
