/* tests/unit/test_base_nearest.c - rows of two words and how far they are apart. */
#include "base/nearest.h"
#include "tap.h"

static const struct row {
    const char *a, *b;
    size_t distance;
} rows[] = {
    {"", "", 0},
    {"", "abc", 3},
    {"delay", "delay", 0},
    {"dealy", "delay", 1},
    {"delays", "delay", 1},
    {"daily", "delay", 3},
    {"cooldwn", "cooldown", 1},
    {"12345678901234567890123456789012", "1234567890123456789012345678901", 1},
    {"123456789012345678901234567890123", "a", NEAREST_WORD_MAX},
};

int main(void)
{
    static const char *const words[] = {"list", "lint", "render", NULL};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        tap_ok(nearest_distance(row->a, row->b) == row->distance, "\"%s\" to \"%s\"", row->a,
               row->b);
        tap_ok(nearest_distance(row->b, row->a) == row->distance, "\"%s\" to \"%s\"", row->b,
               row->a);
    }
    tap_ok(nearest_limit("") == 1, "at least one step");
    tap_ok(nearest_limit("cooldown") == 2, "a step for each three octets");
    tap_ok(nearest_word("lnit", words) == words[1], "the nearest word");
    tap_ok(nearest_word("lixt", words) == words[0], "of two as near the first");
    tap_ok(nearest_word("rendering", words) == NULL, "none is near");
    return tap_done();
}
