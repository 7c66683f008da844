/* include/policy/keyword.h - the words that opt a person out of texts and in again.  They count
 * only as the whole message: "can you stop by at 5" is no opt-out.  The words are data:
 * data/opt-out. */
#pragma once
#include <stddef.h>

#define KEYWORD_EXTRA_MAX 16
#define KEYWORD_SIZE 33 /* octets of an extra word with its NUL */

enum keyword {
    KEYWORD_NONE,
    KEYWORD_STOP,
    KEYWORD_START, /* takes an opt-out back */
};

/* The owner's own opt-out words, UTF-8, in any case. All zero is none. */
struct keyword_list {
    char word[KEYWORD_EXTRA_MAX][KEYWORD_SIZE];
    size_t count;
};

/* Returns what the whole message says once case, accents, punctuation, quotes, emoji and one
 * courtesy word (please, thanks, now, all) are taken off, and a word that is repeated counts once.
 * `extra` may be NULL; a built-in word wins. Any bytes are safe; invalid UTF-8 counts as
 * punctuation. */
enum keyword keyword_match(const char *utf8, const struct keyword_list *extra);
