/* include/numbering/pattern.h - a small matcher for the patterns of the numbering plans: POSIX
 * extended regular expressions over digits, of which the plans use digits, [0-9] classes, groups,
 * |, ?, $, and {n} or {n,m} after one digit or class; `?` after a group.  The generator of the
 * table refuses any other pattern, so here they are trusted (asserted).  Of several ways to match
 * the first counts, as libphonenumber has it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define PATTERN_GROUP_MAX 9   /* $1..$9: later groups are not remembered */
#define PATTERN_REPEAT_MAX 17 /* in {n,m}: no number is longer */

struct pattern_group {
    size_t start, len;
    bool set; /* took part in the match */
};

struct pattern_match {
    size_t len;                                        /* digits that matched, from the first */
    struct pattern_group group[PATTERN_GROUP_MAX + 1]; /* [1] is $1; [0] is unused */
};

/* Returns whether the pattern matches the beginning of `digits` (it may match nothing), and how
 * far. */
bool pattern_prefix(const char *pattern, const char *digits, struct pattern_match *ret_match);

/* Returns whether the pattern matches all of `digits`; the empty pattern matches no number. */
bool pattern_whole(const char *pattern, const char *digits);

/* Returns whether the pattern matches some number of `len` digits whose first `known` ones are
 * those of `digits`. */
bool pattern_begun(const char *pattern, const char *digits, size_t known, size_t len);
