/* include/base/nearest.h - which known word did somebody mean? */
#pragma once
#include <stddef.h>

#define NEAREST_WORD_MAX 32 /* octets; a longer word is like none */

/* Returns how many octets must be put in, taken out, replaced or swapped with their neighbour to
 * make `b` of `a`; NEAREST_WORD_MAX where one of them is longer than that. */
size_t nearest_distance(const char *a, const char *b);

/* Returns up to which distance a word may be taken for a slip of `known`: one step for each three
 * octets, and at least one. */
size_t nearest_limit(const char *known);

/* Returns which of `words` (ends with NULL) `word` is a slip of, NULL where it is of none. */
const char *nearest_word(const char *word, const char *const *words);
