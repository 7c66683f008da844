#include "sms/grapheme.h"
#include <stddef.h>

#define ZERO_WIDTH_JOINER 0x200D
#define SYLLABLE_FIRST 0xAC00 /* of Korean, one for each leading consonant, vowel and ending */
#define SYLLABLE_LAST 0xD7A3
#define SYLLABLE_ENDINGS 28 /* the first of these has none */

enum kind {
    OTHER,
    EXTEND,
    PREPEND,
    JOINER,
    FLAG_LETTER,
    LEADING, /* Korean letters, and syllables without an ending and with one */
    VOWEL,
    ENDING,
    OPEN_SYLLABLE,
    CLOSED_SYLLABLE,
};

#include "grapheme_table.h"

static bool within(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

static enum kind kind_listed(uint32_t code)
{
    size_t low = 0, high = sizeof(ranges) / sizeof(ranges[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (within(code, ranges[middle].first, ranges[middle].last))
            return (enum kind)ranges[middle].kind;
        if (ranges[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    return OTHER;
}

static enum kind kind_of(uint32_t code)
{
    if (code == ZERO_WIDTH_JOINER)
        return JOINER;
    if (within(code, 0x1F1E6, 0x1F1FF))
        return FLAG_LETTER;
    if (within(code, SYLLABLE_FIRST, SYLLABLE_LAST))
        return (code - SYLLABLE_FIRST) % SYLLABLE_ENDINGS == 0 ? OPEN_SYLLABLE : CLOSED_SYLLABLE;
    if (within(code, 0x1100, 0x115F) || within(code, 0xA960, 0xA97C))
        return LEADING;
    if (within(code, 0x1160, 0x11A7) || within(code, 0xD7B0, 0xD7C6))
        return VOWEL;
    if (within(code, 0x11A8, 0x11FF) || within(code, 0xD7CB, 0xD7FB))
        return ENDING;
    return kind_listed(code);
}

/* GB6 to GB8. */
static bool same_syllable(enum kind before, enum kind after)
{
    if (before == LEADING)
        return after == LEADING || after == VOWEL || after == OPEN_SYLLABLE ||
               after == CLOSED_SYLLABLE;
    if (before == OPEN_SYLLABLE || before == VOWEL)
        return after == VOWEL || after == ENDING;
    return (before == CLOSED_SYLLABLE || before == ENDING) && after == ENDING;
}

bool grapheme_border(struct grapheme *g, uint32_t code)
{
    enum kind before = kind_of(g->before), after = kind_of(code);
    bool inside_flag = after == FLAG_LETTER && g->flag_may_end;        /* GB12, GB13 */
    bool inside = inside_flag || after == EXTEND || after == JOINER || /* GB9, GB9a */
                  before == JOINER || before == PREPEND ||             /* GB11, GB9b */
                  (g->before == '\r' && code == '\n') ||               /* GB3 */
                  same_syllable(before, after);
    *g = (struct grapheme){.before = code, .flag_may_end = after == FLAG_LETTER && !inside_flag};
    return !inside;
}
