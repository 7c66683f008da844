/* include/sms/grapheme.h - what is seen as one character (UAX #29): a letter and its marks, an
 * emoji sequence, a flag, a Korean syllable. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* What was read so far; all zero at the start of a text. */
struct grapheme {
    uint32_t before;   /* 0 for nothing */
    bool flag_may_end; /* `before` is the first of the two letters of a flag */
};

/* Takes the next code point. Returns whether a text may be cut before it. Stricter than UAX #29 in
 * that nothing is cut after a zero width joiner (there only between pictures, GB11). */
bool grapheme_border(struct grapheme *g, uint32_t code);
