/* tests/unit/test_base_octets.c - reading and writing to the end and past it, and hex. */
#include "base/octets.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

static void test_reader(void)
{
    static const uint8_t octets[] = {1, 2, 3};
    struct octets_reader r = octets_reader(octets, sizeof(octets));
    tap_ok(octets_u8(&r) == 1 && !octets_span(&r, 3) && !octets_ok(&r), "a span past the end");
    tap_ok(octets_u8(&r) == 0 && !octets_span(&r, 0) && r.at == 1, "nothing is read after that");
    r = octets_reader(octets, sizeof(octets));
    tap_ok(octets_span(&r, SIZE_MAX) == NULL && r.at == 0, "a span of SIZE_MAX");
    r = octets_reader(octets, sizeof(octets));
    const uint8_t *span = octets_span(&r, 3);
    tap_ok(span == octets && octets_left(&r) == 0 && octets_ok(&r), "to the very end");
    tap_ok(octets_u8(&r) == 0 && !octets_ok(&r), "one octet past the end");
    r = octets_reader(NULL, 0);
    tap_ok(octets_left(&r) == 0 && octets_u8(&r) == 0 && !octets_ok(&r), "no octets");
}

static void test_writer(void)
{
    uint8_t octets[4] = {9, 9, 9, 9};
    struct octets_writer w = octets_writer(octets, 3);
    octets_put(&w, 1);
    octets_put_span(&w, (const uint8_t *)"\2\3\4", 3);
    tap_ok(!octets_written(&w) && w.len == 1 && octets[1] == 9, "a span that does not fit");
    octets_put(&w, 2);
    tap_ok(w.len == 1, "nothing is written after that");
    w = octets_writer(octets, 3);
    octets_put_span(&w, (const uint8_t *)"\1\2\3", 3);
    tap_ok(octets_written(&w) && octets[2] == 3 && octets[3] == 9, "to the very end");
}

static const struct row {
    const char *name, *hex;
    size_t len, cap;
    int count;
    size_t at;
    const char *upper;
} rows[] = {
    {"odd", "012", 3, 8, -EINVAL, 3, NULL},
    {"no digit", "01g2", 4, 8, -EINVAL, 2, NULL},
    {"blank", "01 2", 4, 8, -EINVAL, 2, NULL},
    {"NUL inside",
     "01\0"
     "2",
     4, 8, -EINVAL, 2, NULL},
    {"no digit before the odd end", "0-1", 3, 8, -EINVAL, 1, NULL},
    {"one too many", "010203", 6, 2, -EMSGSIZE, SIZE_MAX, NULL},
    {"nothing", "", 0, 0, 0, SIZE_MAX, ""},
    {"exactly", "0102", 4, 2, 2, SIZE_MAX, "0102"},
    {"either case", "aBcDeF09", 8, 8, 4, SIZE_MAX, "ABCDEF09"},
};

static void test_hex(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        uint8_t octets[8];
        char hex[17] = "";
        size_t at = SIZE_MAX;
        int count = octets_from_hex(row->hex, row->len, octets, row->cap, &at);
        if (count >= 0)
            octets_to_hex(octets, (size_t)count, hex);
        tap_ok(count == row->count && at == row->at &&
                   (!row->upper || strcmp(hex, row->upper) == 0),
               "hex: %s", row->name);
    }
}

static void test_long_hex(void)
{
    static char hex[2 * (INT16_MAX + 1)];
    static uint8_t octets[INT16_MAX + 1];

    memset(hex, '0', sizeof(hex));
    tap_ok(octets_from_hex(hex, sizeof(hex), octets, sizeof(octets), NULL) == -EMSGSIZE &&
               octets_from_hex(hex, sizeof(hex) - 2, octets, sizeof(octets), NULL) == INT16_MAX,
           "hex: as much as can be counted");
}

int main(void)
{
    test_long_hex();
    test_reader();
    test_writer();
    test_hex();
    return tap_done();
}
