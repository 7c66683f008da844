/* include/at/args.h - the fields of an information response or URC, and the sets of a test
 * command's answer (V.250 5.7.2, 5.7.3.1). Modems leave quotes out, forget one, and put blanks
 * anywhere. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_ARGS_MAX 16  /* further fields are ignored */
#define AT_GROUPS_MAX 8 /* as are further groups */

struct at_field {
    const char *s; /* borrowed from the line, without quotes; never NULL */
    size_t len;
    bool quoted;
};

struct at_args {
    size_t count; /* 0 for an empty text */
    struct at_field field[AT_ARGS_MAX];
};

/* Splits at commas. `text` begins after "+NAME:"; a NUL ends it. */
void at_args_parse(const char *text, struct at_args *ret);

/* Returns field `i`, an empty unquoted one where there is none. */
struct at_field at_args_get(const struct at_args *a, size_t i);

/* Reads field `i` as a number in min..max, quoted or not. Returns false where it is none. */
bool at_args_number(const struct at_args *a, size_t i, int64_t min, int64_t max, int64_t *ret);

/* Copies field `i`. Returns false, and "" in `buf`, where it does not fit. */
bool at_args_copy(const struct at_args *a, size_t i, char *buf, size_t cap);

/* The innermost groups in parentheses of the answer to a test command: of (0-3),(0,1),(2) there are
 * three; the malformed (("SM","BM"),("SM")) has two. */
struct at_groups {
    size_t count;
    struct at_field group[AT_GROUPS_MAX];
};
void at_groups_parse(const char *text, struct at_groups *ret);

/* Returns whether the group holds `value` as a number or inside a range, or "word" (quotes
 * optional). */
bool at_group_has_number(const struct at_field *group, int64_t value);
bool at_group_has_word(const struct at_field *group, const char *word);
