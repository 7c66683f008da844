/* tests/unit/test_sms_ucs2.c - surrogates whole, halved and reversed; every code point there and
 * back. */
#include "base/octets.h"
#include "base/utf8.h"
#include "sms/ucs2.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *name, *hex, *text;
    size_t head, tail;
} rows[] = {
    {"half a pair at the end", "0041D83D", "A\uFFFD", 0, 2},
    {"half a pair and an odd octet", "0041D83DDE", "A\uFFFD", 0, 3},
    {"half a pair at the beginning", "DE010041",
     "\uFFFD"
     "A",
     2, 0},
    {"two first halves", "D83DD83DDE01", "\uFFFD😁", 0, 0},
    {"a pair in the wrong order", "DE01D83D", "\uFFFD\uFFFD", 2, 2},
    {"an odd octet", "004100", "A", 0, 1},
    {"one octet", "D8", "", 0, 1},
    {"nothing", "", "", 0, 0},
    {"plain", "00410436", "Aж", 0, 0},
    {"a pair", "D83DDE01", "😁", 0, 0},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        uint8_t octets[16];
        char text[32];
        size_t len = (size_t)octets_from_hex(row->hex, strlen(row->hex), octets, 16, NULL);
        size_t text_len = ucs2_decode(octets, len, text, sizeof(text));
        tap_ok(text_len == strlen(row->text) && memcmp(text, row->text, text_len) == 0 &&
                   ucs2_head(octets, len) == row->head && ucs2_tail(octets, len) == row->tail,
               "%s", row->name);
    }
    bool ok = true;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        uint8_t octets[4];
        char text[6], expected[UTF8_MAX];
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        size_t len = ucs2_decode(octets, ucs2_encode(code, octets), text, sizeof(text));
        ok = ok && len == utf8_encode(code, expected) && memcmp(text, expected, len) == 0;
    }
    tap_ok(ok, "every code point there and back");
    return tap_done();
}
