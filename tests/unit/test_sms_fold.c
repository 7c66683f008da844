/* tests/unit/test_sms_fold.c - what folds, what must not, and that every line of
 * data/tables/fold.tsv is found. */
#include "sms/fold.h"
#include "tap.h"
#include <string.h>

#define TABLE "data/tables/fold.tsv"

static const struct row {
    uint32_t code;
    const char *text;
} rows[] = {
    {0, NULL},        {'A', NULL}, /* needs none */
    {0xE9, NULL},                  /* é: neither */
    {0xBD, NULL},                  /* 1½ would become 11/2 */
    {0xB2, NULL},                  /* 10² would become 102 */
    {0x0301, NULL},                /* the n of an año would lose its tilde */
    {0x0436, NULL},                /* another script */
    {0x1F600, NULL},               /* no words for it */
    {0x10FFFF, NULL}, {'`', "'"},   {'\t', " "},     {0x2019, "'"}, {0x2026, "..."},
    {0x00A0, " "},    {0x200B, ""}, {0x202E, NULL},  {0x202C, ""},  {0xFE0F, ""},
    {0xE7, "c"},      {0x151, "ö"}, {0xFB03, "ffi"}, {0xFEFF, ""},
};

static const struct pair_row {
    const char *name;
    uint32_t letter, mark;
    const char *text;
} pair_rows[] = {
    {"x and an acute accent are no one character", 'x', 0x0301, NULL},
    {"a letter and a letter", 'n', 'n', NULL},
    {"Cyrillic", 0x0438, 0x0306, NULL},
    {"n and tilde, which the alphabet has", 'n', 0x0303, "ñ"},
    {"A and ring", 'A', 0x030A, "Å"},
    {"a and acute accent, which it lacks", 'a', 0x0301, "a"},
    {"o and double acute", 'o', 0x030B, "ö"},
};

static void test_pairs(void)
{
    for (size_t i = 0; i < sizeof(pair_rows) / sizeof(pair_rows[0]); i++) {
        const struct pair_row *row = &pair_rows[i];
        const char *text = fold_find_pair(row->letter, row->mark);
        tap_ok(row->text ? text && strcmp(text, row->text) == 0 : !text, "%s", row->name);
    }
}

int main(void)
{
    test_pairs();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *text = fold_find(rows[i].code);
        bool ok = rows[i].text ? text && strcmp(text, rows[i].text) == 0 : !text;
        tap_ok(ok, "U+%04X", (unsigned)rows[i].code);
    }
    FILE *file = fopen(TABLE, "r");
    char line[160];
    size_t lines = 0, found = 0;
    while (file && fgets(line, sizeof(line), file)) {
        unsigned code;
        if (sscanf(line, "U+%x", &code) == 1) {
            lines++;
            found += fold_find(code) != NULL;
        }
    }
    if (file)
        fclose(file);
    if (!tap_ok(lines > 200 && found == lines, TABLE ": every line is found"))
        tap_diag("%zu of %zu", found, lines);
    return tap_done();
}
