/* include/sms/fold.h - replacements for characters that the GSM 7 bit alphabet lacks: typographic
 * quotes, dashes, spaces, ligatures, accents (data/tables/fold.tsv). */
#pragma once
#include <stdint.h>

/* Returns what stands in for a code point, UTF-8 within the GSM 7 bit alphabet, "" where it is left
 * out, or NULL where nothing can stand in for it. Static. */
const char *fold_find(uint32_t code);

/* The same for a letter and the combining mark after it that together are one character: U+006E
 * U+0303 is an n with tilde, which the alphabet has. */
const char *fold_find_pair(uint32_t letter, uint32_t mark);
