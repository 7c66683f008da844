#include "sms/segment.h"
#include "base/utf8.h"
#include "sms/grapheme.h"
#include "sms/gsm7.h"
#include <assert.h>

#define UD_OCTETS 140

size_t segment_capacity(enum dcs_alphabet a, uint8_t concat_bits)
{
    assert(concat_bits == 0 || concat_bits == 8 || concat_bits == 16);
    size_t header = concat_bits == 0 ? 0 : concat_bits == 8 ? 6 : 7;
    switch (a) {
    case DCS_ALPHABET_GSM7:
        return (UD_OCTETS - header) * 8 / 7;
    case DCS_ALPHABET_8BIT:
        return UD_OCTETS - header;
    case DCS_ALPHABET_UCS2:
        return (UD_OCTETS - header) / 2;
    }
    assert(false);
    return 0;
}

/* Reads what must stay together at `s`; returns its octets. */
static size_t next_character(const char *s, size_t len, enum dcs_alphabet a, uint32_t *ret_code,
                             size_t *ret_units)
{
    if (a == DCS_ALPHABET_8BIT) {
        *ret_code = 0;
        *ret_units = 1;
        return 1;
    }
    uint8_t septets[2];
    size_t n = utf8_decode(s, len, ret_code);
    assert(n > 0);
    *ret_units = a == DCS_ALPHABET_GSM7 ? gsm7_encode(*ret_code, septets)
                 : *ret_code >= 0x10000 ? 2
                                        : 1;
    assert(*ret_units > 0);
    return n;
}

size_t segment_units(const char *text, size_t len, enum dcs_alphabet a)
{
    size_t units = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t cost;
        at += next_character(text + at, len - at, a, &code, &cost);
        units += cost;
    }
    return units;
}

/* Returns the end of the part that begins at `begin`. */
static size_t part_end(const char *text, size_t begin, size_t len, enum dcs_alphabet a,
                       size_t capacity)
{
    size_t units = 0, border = begin;
    struct grapheme grapheme = {0};
    for (size_t at = begin; at < len;) {
        uint32_t code;
        size_t cost;
        size_t n = next_character(text + at, len - at, a, &code, &cost);
        if (grapheme_border(&grapheme, code))
            border = at;
        if (units + cost > capacity)
            return border > begin ? border : at;
        units += cost;
        at += n;
    }
    return len;
}

size_t segment_text(const char *text, size_t len, enum dcs_alphabet a, uint8_t concat_bits,
                    size_t ret_end[SEGMENT_PARTS_MAX])
{
    assert(concat_bits > 0);
    ret_end[0] = part_end(text, 0, len, a, segment_capacity(a, 0));
    if (ret_end[0] == len)
        return 1;
    size_t capacity = segment_capacity(a, concat_bits);
    for (size_t at = 0, count = 0; count < SEGMENT_PARTS_MAX; count++) {
        at = part_end(text, at, len, a, capacity);
        ret_end[count] = at;
        if (at == len)
            return count + 1;
    }
    return 0;
}
