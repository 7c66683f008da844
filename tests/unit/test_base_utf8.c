/* tests/unit/test_base_utf8.c - octets that are no UTF-8, every code point there and back, and what
 * a terminal gets. */
#include "base/utf8.h"
#include "tap.h"
#include <string.h>

static const struct decode_row {
    const char *name, *octets;
    size_t len, valid;
} decode_rows[] = {
    {"a continuation alone", "\x80", 1, 0},
    {"overlong slash", "\xC0\xAF", 2, 0},
    {"overlong in three", "\xE0\x9F\xBF", 3, 0},
    {"overlong in four", "\xF0\x8F\xBF\xBF", 4, 0},
    {"a surrogate", "\xED\xA0\x80", 3, 0},
    {"over U+10FFFF", "\xF4\x90\x80\x80", 4, 0},
    {"five octets", "\xF8\x88\x80\x80\x80", 5, 0},
    {"cut short", "A\xE2\x82", 3, 1},
    {"broken off by a letter",
     "A\xE2\x82"
     "A",
     4, 1},
    {"Latin 1", "caf\xE9", 4, 3},
    {"nothing", "", 0, 0},
    {"NUL inside", "A\0B", 3, 3},
    {"all lengths", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 10, 10},
};

static void test_decode(void)
{
    for (size_t i = 0; i < sizeof(decode_rows) / sizeof(decode_rows[0]); i++) {
        const struct decode_row *row = &decode_rows[i];
        tap_ok(utf8_valid_prefix(row->octets, row->len) == row->valid, "%s", row->name);
    }
    bool ok = true;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char octets[UTF8_MAX];
        uint32_t back = 0;
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        size_t len = utf8_encode(code, octets);
        ok = ok && utf8_decode(octets, len, &back) == len;
        ok = ok && back == (surrogate ? UTF8_REPLACEMENT : code);
        ok = ok && (len == 1 || utf8_decode(octets, len - 1, &back) == 0);
    }
    tap_ok(ok, "every code point there and back, and none cut short");
    char octets[UTF8_MAX];
    tap_ok(utf8_encode(0x110000, octets) == 3 && memcmp(octets, "\uFFFD", 3) == 0,
           "what is no code point is replaced");
}

static const struct printable_row {
    const char *name, *octets;
    size_t len;
    bool keep_newlines;
    size_t cap;
    const char *shown;
} printable_rows[] = {
    {"escape sequence", "\x1b[2Jx", 5, true, 64, "<1B>[2Jx"},
    {"C1 control",
     "\xC2\x9B"
     "2J",
     4, true, 64, "<9B>2J"},
    {"DEL, NUL, BEL", "\x7f\0\a", 3, true, 64, "<7F><00><07>"},
    {"right to left override", "a\u202Egpj", 7, true, 64, "a<202E>gpj"},
    {"isolates and marks", "\u2066\u200E\u061C", 8, true, 64, "<2066><200E><61C>"},
    {"line separator", "\u2028", 3, true, 64, "<2028>"},
    {"not UTF-8", "a\xFF\xE2\x82", 4, true, 64, "a\uFFFD\uFFFD\uFFFD"},
    {"carriage return alone", "a\rb", 3, true, 64, "a<0D>b"},
    {"carriage return at the end", "a\r\n", 2, true, 64, "a<0D>"},
    {"newlines go", "a\r\nb\n", 5, false, 64, "a<0D><0A>b<0A>"},
    {"newlines stay", "a\r\nb\n", 5, true, 64, "a\nb\n"},
    {"tab", "a\tb", 3, true, 64, "a<09>b"},
    {"no room", "a", 1, true, 1, ""},
    {"cut at a whole character", "ab€", 5, true, 5, "ab"},
    {"cut before a control", "ab\x1b", 3, true, 6, "ab"},
    {"room to spare for one", "ab\x1b", 3, true, 7, "ab<1B>"},
    {"emoji of several code points", "👩‍🔧 ok", 14, true, 64, "👩‍🔧 ok"},
};

static void test_printable(void)
{
    for (size_t i = 0; i < sizeof(printable_rows) / sizeof(printable_rows[0]); i++) {
        const struct printable_row *row = &printable_rows[i];
        char buf[64];
        size_t len = utf8_printable(row->octets, row->len, row->keep_newlines, buf, row->cap);
        if (!tap_ok(len == strlen(row->shown) && strcmp(buf, row->shown) == 0, "shown: %s",
                    row->name))
            tap_diag("got %s", buf);
    }
}

int main(void)
{
    test_decode();
    test_printable();
    return tap_done();
}
