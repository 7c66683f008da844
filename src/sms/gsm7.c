#include "sms/gsm7.h"
#include "base/utf8.h"
#include "gsm7_table.h"
#include <assert.h>
#include <string.h>

#define ESCAPE 0x1B

static_assert(sizeof(gsm7_locking) / sizeof(gsm7_locking[0]) == GSM7_LANGUAGE_MAX + 1,
              "a locking table for each language");
static_assert(sizeof(gsm7_single) / sizeof(gsm7_single[0]) == GSM7_LANGUAGE_MAX + 1,
              "a single shift table for each language");

size_t gsm7_encode(uint32_t code, uint8_t ret_septets[2])
{
    if (code == 0) /* marks the empty cells */
        return 0;
    if (code < 0x80 &&
        gsm7_locking[0][code] == code) { /* most letters stand where ASCII has them */
        ret_septets[0] = (uint8_t)code;
        return 1;
    }
    for (uint8_t septet = 0; septet < 0x80; septet++) {
        if (gsm7_locking[0][septet] == code) {
            ret_septets[0] = septet;
            return 1;
        }
    }
    for (uint8_t septet = 0; septet < 0x80; septet++) {
        if (gsm7_single[0][septet] == code) {
            ret_septets[0] = ESCAPE;
            ret_septets[1] = septet;
            return 2;
        }
    }
    return 0;
}

size_t gsm7_decode(const uint8_t *septets, size_t count, uint8_t locking, uint8_t single, char *buf,
                   size_t cap)
{
    assert(cap / GSM7_UTF8_MAX >= count);
    const uint16_t *plain = gsm7_locking[locking <= GSM7_LANGUAGE_MAX ? locking : 0];
    const uint16_t *shifted = gsm7_single[single <= GSM7_LANGUAGE_MAX ? single : 0];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        assert(septets[i] < 0x80);
        uint16_t code = plain[septets[i]];
        if (septets[i] == ESCAPE) {
            if (++i == count) /* cut inside an escape pair */
                break;
            code = shifted[septets[i]];
            if (code == 0)
                code = plain[septets[i]];
        }
        /* An unassigned code, and an escape after an escape, show as a space. */
        len += utf8_encode(code > 0 ? code : ' ', buf + len);
    }
    assert(len <= cap);
    return len;
}

void gsm7_pack(const uint8_t *septets, size_t count, size_t skip_bits, uint8_t *octets)
{
    size_t end = skip_bits + 7 * count;
    size_t first = (skip_bits + 7) / 8;
    memset(octets + first, 0, (end + 7) / 8 - first);
    for (size_t i = 0; i < count; i++) {
        size_t bit = skip_bits + 7 * i;
        unsigned shifted = (unsigned)septets[i] << bit % 8;
        octets[bit / 8] |= (uint8_t)(shifted & 0xFF);
        if (bit % 8 > 1)
            octets[bit / 8 + 1] |= (uint8_t)(shifted >> 8);
    }
}

void gsm7_unpack(const uint8_t *octets, size_t skip_bits, uint8_t *ret_septets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t bit = skip_bits + 7 * i;
        unsigned pair = octets[bit / 8];
        if (bit % 8 > 1)
            pair |= (unsigned)octets[bit / 8 + 1] << 8;
        ret_septets[i] = pair >> bit % 8 & 0x7F;
    }
}
