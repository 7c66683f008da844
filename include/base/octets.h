/* include/base/octets.h - bounded reader and writer of octets: the first step past the end makes
 * the object not ok, all further steps do nothing, and the caller asks once at the end. And hex. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct octets_reader {
    const uint8_t *octets; /* borrowed */
    size_t len;
    size_t at;   /* <= len; stays where the failing read began */
    bool failed; /* sticky */
};

struct octets_writer {
    uint8_t *octets; /* borrowed */
    size_t cap;
    size_t len;  /* <= cap */
    bool failed; /* sticky */
};

struct octets_reader octets_reader(const uint8_t *octets, size_t len);
struct octets_writer octets_writer(uint8_t *octets, size_t cap);

/* Returns the next octet, 0 past the end. */
uint8_t octets_u8(struct octets_reader *r);

/* Returns `count` octets as a span into the input, NULL (and not ok) where fewer are left. */
const uint8_t *octets_span(struct octets_reader *r, size_t count);

static inline size_t octets_left(const struct octets_reader *r)
{
    return r->len - r->at;
}

static inline bool octets_ok(const struct octets_reader *r)
{
    return !r->failed;
}

/* Each adds whole or not at all. */
void octets_put(struct octets_writer *w, uint8_t octet);
void octets_put_span(struct octets_writer *w, const uint8_t *octets, size_t count);

static inline bool octets_written(const struct octets_writer *w)
{
    return !w->failed;
}

/* Reads `len` hex digits of either case. Returns the number of octets, or -EINVAL (a character that
 * is no digit, or an odd number of them: `ret_at`, unless NULL, tells the first bad digit, `len`
 * for the odd number) or -EMSGSIZE (more than `cap` octets). */
int octets_from_hex(const char *hex, size_t len, uint8_t *ret_octets, size_t cap, size_t *ret_at);

/* Writes 2 * len upper case digits and a NUL. */
void octets_to_hex(const uint8_t *octets, size_t len, char *ret_hex);
