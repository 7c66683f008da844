/* tests/unit/test_sms_gsm7.c - every row of data/tables/gsm0338.tsv both ways, escapes, and septets
 * in octets. */
#include "base/utf8.h"
#include "sms/gsm7.h"
#include "tap.h"
#include <string.h>

#define TABLE "data/tables/gsm0338.tsv"
#define ESCAPE 0x1B

struct table_row {
    char table[16];
    uint8_t septet;
    uint32_t code;
};

static bool is_shifted(const struct table_row *row)
{
    return strcmp(row->table, "ext") == 0 || strncmp(row->table, "single-", 7) == 0;
}

static bool decodes(const struct table_row *row)
{
    uint8_t language = 0;
    sscanf(row->table, "%*[a-z]-%hhu", &language);
    uint8_t septets[] = {ESCAPE, row->septet};
    char expected[UTF8_MAX], got[2 * GSM7_UTF8_MAX];
    size_t expected_len = utf8_encode(row->code, expected);
    size_t len = is_shifted(row) ? gsm7_decode(septets, 2, 0, language, got, sizeof(got))
                                 : gsm7_decode(septets + 1, 1, language, 0, got, sizeof(got));
    return len == expected_len && memcmp(got, expected, len) == 0;
}

static bool encodes(const struct table_row *row)
{
    uint8_t septets[2];
    size_t count = gsm7_encode(row->code, septets);
    if (is_shifted(row))
        return count == 2 && septets[0] == ESCAPE && septets[1] == row->septet;
    return count == 1 && septets[0] == row->septet;
}

static void test_tables(void)
{
    FILE *file = fopen(TABLE, "r");
    char line[128];
    size_t rows = 0, decoded = 0, own = 0, encoded = 0;
    while (file && fgets(line, sizeof(line), file)) {
        struct table_row row;
        unsigned septet, code;
        if (sscanf(line, "%15s 0x%x U+%x", row.table, &septet, &code) != 3)
            continue;
        row.septet = (uint8_t)septet;
        row.code = code;
        rows++;
        /* The row of the escape itself means that a further character comes. */
        decoded += decodes(&row) || (septet == ESCAPE && !is_shifted(&row));
        if (strchr(row.table, '-') || septet == ESCAPE)
            continue;
        own++;
        encoded += encodes(&row);
    }
    if (file)
        fclose(file);
    if (!tap_ok(rows == 2458 && decoded == rows, TABLE ": every row decodes"))
        tap_diag("%zu of %zu", decoded, rows);
    if (!tap_ok(own == 127 + 10 && encoded == own, TABLE ": default and extension encode"))
        tap_diag("%zu of %zu", encoded, own);
}

static const struct decode_row {
    const char *name, *septets;
    size_t count;
    uint8_t locking, single;
    const char *text;
} decode_rows[] = {
    {"nothing", "", 0, 0, 0, ""},
    {"escape at the end", "A\x1b", 2, 0, 0, "A"},
    {"escape twice is a space",
     "\x1b\x1b"
     "A",
     3, 0, 0, " A"},
    {"escape and a code without a row",
     "\x1b"
     "A",
     2, 0, 0, "A"},
    {"escape and the reserved CR", "\x1b\r", 2, 0, 0, "\r"},
    {"unassigned in a locking table is a space", "\x0e", 1, 4, 0, " "},
    {"no table of that number", "\x1b\x65\x09", 3, 200, 200, "€Ç"},
    {"no Spanish locking table", "\x5d", 1, 2, 0, "Ñ"},
    {"Spanish single shift", "\x1b\x09", 2, 0, 2, "ç"},
    {"locking and single", "\x1b\x1c", 2, 13, 13, "۰"},
};

static void test_decode(void)
{
    for (size_t i = 0; i < sizeof(decode_rows) / sizeof(decode_rows[0]); i++) {
        const struct decode_row *row = &decode_rows[i];
        char got[64];
        size_t len = gsm7_decode((const uint8_t *)row->septets, row->count, row->locking,
                                 row->single, got, sizeof(got));
        if (!tap_ok(len == strlen(row->text) && memcmp(got, row->text, len) == 0, "%s", row->name))
            tap_diag("got %.*s", (int)len, got);
    }
}

static void test_encode_refuses(void)
{
    static const uint32_t none[] = {0, 0x1B, '`', '\t', 0xE7, 0x2019, 0x1F600};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        uint8_t septets[2];
        tap_ok(gsm7_encode(none[i], septets) == 0, "U+%04X has no septet", (unsigned)none[i]);
    }
}

/* Every length at every shift, with what stands before and after kept. */
static void test_pack(void)
{
    bool ok = true;
    for (size_t skip = 0; skip < 57; skip += 7) {
        for (size_t count = 0; count <= 40; count++) {
            uint8_t septets[40], back[40], octets[64];
            size_t end = (skip + 7 * count + 7) / 8;
            for (size_t i = 0; i < count; i++)
                septets[i] = (uint8_t)(0x7F - 3 * i) & 0x7F;
            memset(octets, 0, sizeof(octets));
            memset(octets, 0xA5, skip / 8);
            octets[end] = 0xA5;
            gsm7_pack(septets, count, skip, octets);
            gsm7_unpack(octets, skip, back, count);
            ok = ok && memcmp(back, septets, count) == 0 && octets[end] == 0xA5;
            ok = ok && (skip < 8 || octets[0] == 0xA5);
        }
    }
    tap_ok(ok, "septets pack and unpack at every shift");
    uint8_t octets[7] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    gsm7_pack((const uint8_t *)"Call us", 7, 0, octets);
    tap_ok(memcmp(octets, "\xC3\x30\x9B\x0D\xAA\xCF\x01", 7) == 0, "spare bits are zero");
}

int main(void)
{
    test_decode();
    test_encode_refuses();
    test_pack();
    test_tables();
    return tap_done();
}
