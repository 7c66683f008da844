#include "sms/address.h"
#include "base/text.h"
#include "base/utf8.h"
#include "sms/gsm7.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define DIGIT_OCTETS_MAX (ADDRESS_DIGITS_MAX / 2)
#define LETTERS_MAX 11 /* septets in ten octets */

#define FILLER 15

static const char digits[] = "0123456789*#abc"; /* 9.1.2.3 */

static_assert(sizeof(digits) - 1 == FILLER, "a character for each other value");

static void read_digits(const uint8_t *octets, size_t count, struct address *ret)
{
    struct text t;
    text_init(&t, ret->text, sizeof(ret->text));
    for (size_t i = 0; i < count; i++) {
        unsigned digit = i % 2 ? octets[i / 2] >> 4 : octets[i / 2] & 15;
        if (digit == FILLER)
            continue;
        if (ret->type == ADDRESS_INTERNATIONAL && t.len == 0)
            text_add_char(&t, '+');
        text_add_char(&t, digits[digit]);
    }
    assert(text_ok(&t));
}

static void read_letters(const uint8_t *octets, size_t semi_octets, struct address *ret)
{
    static_assert(ADDRESS_TEXT_MAX >= LETTERS_MAX * GSM7_UTF8_MAX, "room for the longest name");
    uint8_t septets[LETTERS_MAX];
    size_t count = semi_octets * 4 / 7;
    gsm7_unpack(octets, 0, septets, count);
    /* Seven letters are often announced as 14 semi-octets, which leaves room for an eighth: it is
     * filling, not @. */
    if (count > 0 && semi_octets * 4 % 7 == 0 && septets[count - 1] == 0)
        count--;
    size_t len = gsm7_decode(septets, count, 0, 0, ret->text, ADDRESS_TEXT_MAX);
    ret->text[len] = '\0';
}

static void read_value(struct octets_reader *r, size_t semi_octets, struct address *ret)
{
    uint8_t toa = octets_u8(r);
    const uint8_t *octets = octets_span(r, (semi_octets + 1) / 2);
    *ret = (struct address){.type = (enum address_type)(toa >> 4 & 7)};
    if (!octets)
        return;
    if (ret->type == ADDRESS_ALPHANUMERIC)
        read_letters(octets, semi_octets, ret);
    else
        read_digits(octets, semi_octets, ret);
}

void address_read(struct octets_reader *r, struct address *ret)
{
    size_t semi_octets = octets_u8(r);
    if (semi_octets > ADDRESS_DIGITS_MAX)
        r->failed = true;
    read_value(r, semi_octets, ret);
}

void address_read_smsc(struct octets_reader *r, struct address *ret)
{
    *ret = (struct address){.type = ADDRESS_UNKNOWN};
    size_t octets = octets_u8(r);
    if (octets > ADDRESS_SMSC_OCTETS_MAX)
        r->failed = true;
    if (octets > 0)
        read_value(r, 2 * (octets - 1), ret);
}

int address_parse(const char *text, struct address *ret)
{
    bool international = text[0] == '+';
    size_t len = strlen(text);
    size_t count = strspn(text + international, digits);
    if (count == 0 || count > ADDRESS_DIGITS_MAX || count + international != len)
        return -EINVAL;
    ret->type = international ? ADDRESS_INTERNATIONAL : ADDRESS_UNKNOWN;
    return text_copy(ret->text, sizeof(ret->text), text);
}

/* Fills `ret` and returns the count of semi-octets. */
static size_t pack_value(const struct address *a, uint8_t ret[DIGIT_OCTETS_MAX])
{
    if (a->type == ADDRESS_ALPHANUMERIC) {
        uint8_t septets[LETTERS_MAX + 1];
        size_t count = 0, len = strlen(a->text);
        for (size_t at = 0; at < len;) {
            uint32_t code;
            size_t n = utf8_decode(a->text + at, len - at, &code);
            assert(n > 0);
            assert(count < LETTERS_MAX);
            size_t added = gsm7_encode(code, septets + count);
            assert(added > 0);
            count += added;
            at += n;
        }
        assert(count <= LETTERS_MAX);
        gsm7_pack(septets, count, 0, ret);
        return (count * 7 + 3) / 4;
    }
    const char *text = a->text + (a->text[0] == '+');
    size_t count = strlen(text);
    assert(count <= ADDRESS_DIGITS_MAX);
    memset(ret, 0xFF, DIGIT_OCTETS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *digit = strchr(digits, text[i]);
        assert(digit);
        unsigned value = (unsigned)(digit - digits);
        ret[i / 2] = (uint8_t)(i % 2 ? (ret[i / 2] & 0x0F) | value << 4 : 0xF0 | value);
    }
    return count;
}

static uint8_t type_octet(const struct address *a)
{
    /* The numbering plan is ISDN/telephone (1) for numbers and unknown (0) for names. */
    return (uint8_t)(0x80 | (unsigned)a->type << 4 | (a->type != ADDRESS_ALPHANUMERIC));
}

void address_write(struct octets_writer *w, const struct address *a)
{
    uint8_t value[DIGIT_OCTETS_MAX];
    size_t semi_octets = pack_value(a, value);
    octets_put(w, (uint8_t)semi_octets);
    octets_put(w, type_octet(a));
    octets_put_span(w, value, (semi_octets + 1) / 2);
}

void address_write_smsc(struct octets_writer *w, const struct address *a)
{
    uint8_t value[DIGIT_OCTETS_MAX];
    size_t octets = (pack_value(a, value) + 1) / 2;
    if (octets == 0) {
        octets_put(w, 0);
        return;
    }
    octets_put(w, (uint8_t)(1 + octets));
    octets_put(w, type_octet(a));
    octets_put_span(w, value, octets);
}

const char *address_type_name(enum address_type t)
{
    static const char *const names[] = {"unknown",    "international", "national",    "network",
                                        "subscriber", "alphanumeric",  "abbreviated", "reserved"};
    assert((size_t)t < sizeof(names) / sizeof(names[0]));
    return names[t];
}
