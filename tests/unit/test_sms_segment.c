/* tests/unit/test_sms_segment.c - where texts are cut. A row says the text in runs: `count` times
 * `unit`. */
#include "sms/segment.h"
#include "tap.h"
#include <string.h>

#define FAMILY "👨‍👩‍👧"

static const struct row {
    const char *name;
    enum dcs_alphabet alphabet;
    uint8_t bits;
    struct {
        size_t count;
        const char *unit;
    } runs[4];
    size_t parts;
    size_t first_end; /* in octets */
} rows[] = {
    {"nothing is one part", DCS_ALPHABET_GSM7, 16, {{0}}, 1, 0},
    {"over 255 parts", DCS_ALPHABET_GSM7, 16, {{255 * 152 + 1, "a"}}, 0, 0},
    {"255 parts", DCS_ALPHABET_GSM7, 16, {{255 * 152, "a"}}, 255, 152},
    {"over 255 parts of 8 bit reference", DCS_ALPHABET_GSM7, 8, {{255 * 153 + 1, "a"}}, 0, 0},
    {"160 septets", DCS_ALPHABET_GSM7, 16, {{160, "a"}}, 1, 160},
    {"161 septets", DCS_ALPHABET_GSM7, 16, {{161, "a"}}, 2, 152},
    {"161 septets, 8-bit reference", DCS_ALPHABET_GSM7, 8, {{161, "a"}}, 2, 153},
    {"escape pair on the border", DCS_ALPHABET_GSM7, 16, {{151, "a"}, {5, "€"}}, 2, 151},
    {"escape pair before the border", DCS_ALPHABET_GSM7, 16, {{150, "a"}, {6, "€"}}, 2, 153},
    {"159 and an escape pair", DCS_ALPHABET_GSM7, 16, {{159, "a"}, {1, "€"}}, 2, 152},
    {"70 units", DCS_ALPHABET_UCS2, 16, {{70, "ж"}}, 1, 140},
    {"71 units", DCS_ALPHABET_UCS2, 16, {{71, "ж"}}, 2, 132},
    {"surrogate pair on the border", DCS_ALPHABET_UCS2, 16, {{65, "ж"}, {5, "😀"}}, 2, 130},
    {"a letter and its accent", DCS_ALPHABET_UCS2, 16, {{65, "ж"}, {5, "e\u0301"}}, 2, 130},
    {"a family stays together", DCS_ALPHABET_UCS2, 16, {{60, "ж"}, {2, FAMILY}}, 2, 120},
    {"a skin tone stays with its hand",
     DCS_ALPHABET_UCS2,
     16,
     {{64, "ж"}, {2, "👍🏽"}},
     2,
     128},
    {"a flag is two letters", DCS_ALPHABET_UCS2, 16, {{60, "ж"}, {4, "🇬🇧"}}, 2, 60 * 2 + 8},
    {"marks without end are cut", DCS_ALPHABET_UCS2, 16, {{1, "e"}, {80, "\u0301"}}, 2, 131},
    {"140 octets", DCS_ALPHABET_8BIT, 16, {{140, "\xff"}}, 1, 140},
    {"141 octets", DCS_ALPHABET_8BIT, 16, {{141, "\xff"}}, 2, 133},
};

int main(void)
{
    static char text[64 * 1024];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        size_t len = 0, end[SEGMENT_PARTS_MAX] = {0};
        for (size_t r = 0; r < 4; r++) {
            for (size_t k = 0; k < row->runs[r].count; k++) {
                memcpy(text + len, row->runs[r].unit, strlen(row->runs[r].unit));
                len += strlen(row->runs[r].unit);
            }
        }
        size_t parts = segment_text(text, len, row->alphabet, row->bits, end);
        bool ok = parts == row->parts;
        if (parts > 0)
            ok = ok && end[0] == row->first_end && end[parts - 1] == len;
        if (!tap_ok(ok, "%s", row->name))
            tap_diag("%zu parts, the first ends at %zu", parts, end[0]);
    }
    return tap_done();
}
