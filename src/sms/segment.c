#include "sms/segment.h"
#include "base/utf8.h"
#include "sms/gsm7.h"
#include <assert.h>
#include <stdbool.h>

#define UD_OCTETS 140
#define ZERO_WIDTH_JOINER 0x200D

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

static bool is_flag_letter(uint32_t code)
{
    return code >= 0x1F1E6 && code <= 0x1F1FF;
}

/* Marks, joiners, variation selectors and skin tones belong to what stands before them. The scripts
 * that only UCS-2 carries have more of these than are listed: their borders are then merely as good
 * as any. */
static bool is_extension(uint32_t code)
{
    return (code >= 0x0300 && code <= 0x036F) || (code >= 0x20D0 && code <= 0x20FF) ||
           (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0x1F3FB && code <= 0x1F3FF) ||
           (code >= 0xE0020 && code <= 0xE007F) || code == ZERO_WIDTH_JOINER;
}

static bool may_break(uint32_t before, uint32_t after, size_t flag_letters)
{
    if (is_extension(after) || before == ZERO_WIDTH_JOINER)
        return false;
    return !(is_flag_letter(after) && flag_letters % 2 == 1);
}

/* Returns the end of the part that begins at `begin`. */
static size_t part_end(const char *text, size_t begin, size_t len, enum dcs_alphabet a,
                       size_t capacity)
{
    size_t units = 0, border = begin, flag_letters = 0;
    uint32_t before = 0;
    for (size_t at = begin; at < len;) {
        uint32_t code;
        size_t cost;
        size_t n = next_character(text + at, len - at, a, &code, &cost);
        if (may_break(before, code, flag_letters))
            border = at;
        if (units + cost > capacity)
            return border > begin ? border : at;
        flag_letters = is_flag_letter(code) ? flag_letters + 1 : 0;
        before = code;
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
