/* include/base/text.h - bounded strings: text is added to a buffer that the caller owns, never past
 * its end, and the caller asks once at the end whether all of it fitted; and numbers read from
 * text. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *buf;  /* borrowed, always NUL-terminated */
    size_t cap; /* octets in `buf`, >= 1 */
    size_t len; /* without the NUL */
    bool cut;   /* something did not fit: sticky, and nothing is added any more */
};

/* Starts an empty string in `buf`. */
void text_init(struct text *t, char *buf, size_t cap);

/* Each adds whole or not at all and then sets `cut`. */
void text_add(struct text *t, const char *s);
void text_add_span(struct text *t, const char *s, size_t len);
void text_add_char(struct text *t, char c);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool text_ok(const struct text *t)
{
    return !t->cut;
}

/* Copies the NUL-terminated `s` into `buf`. Returns 0, or -EMSGSIZE and "" in `buf` where it does
 * not fit. */
int text_copy(char *buf, size_t cap, const char *s);

/* Reads a whole span as a decimal integer ("-" allowed where min < 0, no blanks, no "+").
 * Returns 0, -EINVAL (not a number) or -ERANGE (outside min..max). */
int text_to_i64(const char *s, size_t len, int64_t min, int64_t max, int64_t *ret_value);
