/* tests/unit/test_sms_grapheme.c - where what is seen as one character ends: a row shows each cut
 * as a '|'. */
#include "base/utf8.h"
#include "sms/grapheme.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *name, *cut;
} rows[] = {
    {"nothing", ""},
    {"letters", "a|b|c"},
    {"mark at the beginning", "\u0301|a"},
    {"joiner at the end", "a\u200d"},
    {"marks pile up", "e\u0301\u0323|e"},
    {"CR LF, and LF CR", "\r\n|\n|\r|a"},
    {"skin tone", "👍🏽|👍"},
    {"family", "👨‍👩‍👧|👨‍👩‍👧"},
    {"rainbow flag", "🏳️‍🌈|x"},
    {"keycaps", "1️⃣|2️⃣"},
    {"flags", "🇬🇧|🇩🇪|🇫"},
    {"a flag after a lone letter", "🇬|a|🇩🇪"},
    {"flag of tags", "🏴\U000E0067\U000E0062\U000E007F|a"},
    {"Hindi", "क्|षि"},
    {"Tamil vowel sign", "கொ|க"},
    {"Thai", "ก่|า"},
    {"Arabic number sign", "\u0600\u0661|\u0662"},
    {"Korean syllables", "한|국"},
    {"Korean letters", "\u1112\u1161\u11ab|\u1100\u116e\u11a8"},
    {"Korean vowels together, and no more", "\u1112\u1161\u1175|a"},
    {"an open syllable closes", "가\u11a8|가"},
    {"a closed one takes no vowel", "각\u11a8|\u1161"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *cut = rows[i].cut;
        struct grapheme g = {0};
        bool ok = true, expected = true;
        for (size_t at = 0; at < strlen(cut);) {
            uint32_t code;
            size_t n = utf8_decode(cut + at, strlen(cut) - at, &code);
            at += n;
            if (code == '|') {
                expected = true;
                continue;
            }
            bool border = grapheme_border(&g, code);
            ok = ok && (border == expected || at == n); /* nothing stands before the first */
            expected = false;
        }
        tap_ok(ok, "%s", rows[i].name);
    }
    return tap_done();
}
