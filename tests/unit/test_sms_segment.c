/* tests/unit/test_sms_segment.c - where texts are cut. A row says the text in runs: `count` times
 * `unit`. */
#include "sms/segment.h"
#include "tap.h"
#include <string.h>

#define FAMILY "👨‍👩‍👧"
#define SCOTLAND "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"

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
    {"159 septets, 8-bit reference", DCS_ALPHABET_GSM7, 8, {{159, "a"}}, 1, 159},
    {"159 septets, 16-bit reference", DCS_ALPHABET_GSM7, 16, {{159, "a"}}, 1, 159},
    {"160 septets, 8-bit reference", DCS_ALPHABET_GSM7, 8, {{160, "a"}}, 1, 160},
    {"160 septets, 16-bit reference", DCS_ALPHABET_GSM7, 16, {{160, "a"}}, 1, 160},
    {"161 septets, 8-bit reference", DCS_ALPHABET_GSM7, 8, {{161, "a"}}, 2, 153},
    {"161 septets, 16-bit reference", DCS_ALPHABET_GSM7, 16, {{161, "a"}}, 2, 152},
    {"305 septets in parts of 153", DCS_ALPHABET_GSM7, 8, {{305, "a"}}, 2, 153},
    {"306 septets in parts of 153", DCS_ALPHABET_GSM7, 8, {{306, "a"}}, 2, 153},
    {"307 septets in parts of 153", DCS_ALPHABET_GSM7, 8, {{307, "a"}}, 3, 153},
    {"303 septets in parts of 152", DCS_ALPHABET_GSM7, 16, {{303, "a"}}, 2, 152},
    {"304 septets in parts of 152", DCS_ALPHABET_GSM7, 16, {{304, "a"}}, 2, 152},
    {"305 septets in parts of 152", DCS_ALPHABET_GSM7, 16, {{305, "a"}}, 3, 152},
    {"escape pair on the border", DCS_ALPHABET_GSM7, 16, {{151, "a"}, {5, "€"}}, 2, 151},
    {"escape pair before the border", DCS_ALPHABET_GSM7, 16, {{150, "a"}, {6, "€"}}, 2, 153},
    {"159 and an escape pair", DCS_ALPHABET_GSM7, 16, {{159, "a"}, {1, "€"}}, 2, 152},
    {"69 units, 8-bit reference", DCS_ALPHABET_UCS2, 8, {{69, "ж"}}, 1, 69 * 2},
    {"69 units, 16-bit reference", DCS_ALPHABET_UCS2, 16, {{69, "ж"}}, 1, 69 * 2},
    {"70 units, 8-bit reference", DCS_ALPHABET_UCS2, 8, {{70, "ж"}}, 1, 70 * 2},
    {"70 units, 16-bit reference", DCS_ALPHABET_UCS2, 16, {{70, "ж"}}, 1, 70 * 2},
    {"71 units, 8-bit reference", DCS_ALPHABET_UCS2, 8, {{71, "ж"}}, 2, 67 * 2},
    {"71 units, 16-bit reference", DCS_ALPHABET_UCS2, 16, {{71, "ж"}}, 2, 66 * 2},
    {"133 units in parts of 67", DCS_ALPHABET_UCS2, 8, {{133, "ж"}}, 2, 67 * 2},
    {"134 units in parts of 67", DCS_ALPHABET_UCS2, 8, {{134, "ж"}}, 2, 67 * 2},
    {"135 units in parts of 67", DCS_ALPHABET_UCS2, 8, {{135, "ж"}}, 3, 67 * 2},
    {"131 units in parts of 66", DCS_ALPHABET_UCS2, 16, {{131, "ж"}}, 2, 66 * 2},
    {"132 units in parts of 66", DCS_ALPHABET_UCS2, 16, {{132, "ж"}}, 2, 66 * 2},
    {"133 units in parts of 66", DCS_ALPHABET_UCS2, 16, {{133, "ж"}}, 3, 66 * 2},
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
    {"a flag of tags stays together", DCS_ALPHABET_UCS2, 16, {{60, "ж"}, {1, SCOTLAND}}, 2, 120},
    {"a heart and its variation selector",
     DCS_ALPHABET_UCS2,
     16,
     {{65, "ж"}, {5, "❤️"}},
     2,
     130},
    {"a keycap is one", DCS_ALPHABET_UCS2, 16, {{64, "ж"}, {3, "1️⃣"}}, 2, 128},
    {"a Hindi letter and its vowel sign", DCS_ALPHABET_UCS2, 16, {{65, "ж"}, {6, "कि"}}, 2, 130},
    {"a Thai letter and its tone", DCS_ALPHABET_UCS2, 16, {{65, "ж"}, {6, "ก่"}}, 2, 130},
    {"a Hebrew letter and its point",
     DCS_ALPHABET_UCS2,
     16,
     {{65, "ж"}, {6, "\u05d1\u05bc"}},
     2,
     130},
    {"a Korean syllable of letters",
     DCS_ALPHABET_UCS2,
     16,
     {{65, "ж"}, {6, "\u1100\u1161"}},
     2,
     130},
    {"CR LF", DCS_ALPHABET_GSM7, 16, {{151, "a"}, {6, "\r\n"}}, 2, 151},
    {"marks without end are cut", DCS_ALPHABET_UCS2, 16, {{1, "e"}, {80, "\u0301"}}, 2, 131},
    {"139 octets, 8-bit reference", DCS_ALPHABET_8BIT, 8, {{139, "\xff"}}, 1, 139},
    {"139 octets, 16-bit reference", DCS_ALPHABET_8BIT, 16, {{139, "\xff"}}, 1, 139},
    {"140 octets, 8-bit reference", DCS_ALPHABET_8BIT, 8, {{140, "\xff"}}, 1, 140},
    {"140 octets, 16-bit reference", DCS_ALPHABET_8BIT, 16, {{140, "\xff"}}, 1, 140},
    {"141 octets, 8-bit reference", DCS_ALPHABET_8BIT, 8, {{141, "\xff"}}, 2, 134},
    {"141 octets, 16-bit reference", DCS_ALPHABET_8BIT, 16, {{141, "\xff"}}, 2, 133},
    {"267 octets in parts of 134", DCS_ALPHABET_8BIT, 8, {{267, "\xff"}}, 2, 134},
    {"268 octets in parts of 134", DCS_ALPHABET_8BIT, 8, {{268, "\xff"}}, 2, 134},
    {"269 octets in parts of 134", DCS_ALPHABET_8BIT, 8, {{269, "\xff"}}, 3, 134},
    {"265 octets in parts of 133", DCS_ALPHABET_8BIT, 16, {{265, "\xff"}}, 2, 133},
    {"266 octets in parts of 133", DCS_ALPHABET_8BIT, 16, {{266, "\xff"}}, 2, 133},
    {"267 octets in parts of 133", DCS_ALPHABET_8BIT, 16, {{267, "\xff"}}, 3, 133},
};

static const struct {
    const char *name;
    enum dcs_alphabet alphabet;
    const char *text;
    size_t units;
} unit_rows[] = {
    {"nothing", DCS_ALPHABET_GSM7, "", 0},
    {"septets", DCS_ALPHABET_GSM7, "hi @ é", 6},
    {"an escape pair is two septets", DCS_ALPHABET_GSM7, "5 €^", 6},
    {"octets", DCS_ALPHABET_8BIT, "\xff\xc3\xa9", 3},
    {"units of UCS-2", DCS_ALPHABET_UCS2, "жe\u0301€", 4},
    {"a surrogate pair is two units", DCS_ALPHABET_UCS2, "a😀", 3},
};

static void test_units(void)
{
    for (size_t i = 0; i < sizeof(unit_rows) / sizeof(unit_rows[0]); i++) {
        size_t units =
            segment_units(unit_rows[i].text, strlen(unit_rows[i].text), unit_rows[i].alphabet);
        if (!tap_ok(units == unit_rows[i].units, "units: %s", unit_rows[i].name))
            tap_diag("%zu", units);
    }
}

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
    test_units();
    return tap_done();
}
