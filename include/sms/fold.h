/* include/sms/fold.h - replacements for characters that the GSM 7 bit alphabet lacks: typographic
 * quotes, dashes, spaces, ligatures, accents (data/tables/fold.tsv). */
#pragma once
#include <stdint.h>

/* Returns what stands in for a code point, UTF-8 within the GSM 7 bit alphabet, "" where it is left
 * out, or NULL where nothing can stand in for it. Static. */
const char *fold_find(uint32_t code);
