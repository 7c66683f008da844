/* include/base/time.h - two clocks that the compiler keeps apart, and the calendar of one of them.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mono {
    int64_t ms; /* CLOCK_BOOTTIME, never steps: every timer, timeout and gap */
};

struct wall {
    int64_t s; /* UTC since 1970, steps when a Pi without a clock battery hears the time */
};

/* One instant on both clocks, read once a turn and passed down. */
struct now {
    struct mono mono;
    struct wall wall;
};

/* The deadline of something that waits for nothing. */
#define MONO_NEVER ((struct mono){INT64_MAX})

/* A wall clock before this instant, 2026-01-01T00:00:00Z, cannot be right: the program is younger.
 */
#define WALL_PLAUSIBLE_S INT64_C(1767225600)

#define TIME_RFC3339_SIZE 26 /* "2026-11-23T14:27:46+00:00" and NUL */

/* A broken-down time; whose it is (UTC, a zone's) the context says. */
struct civil {
    int32_t year; /* 1..9999 */
    int8_t month; /* 1..12 */
    int8_t day;   /* 1..31 */
    int8_t hour;  /* 0..23 */
    int8_t minute;
    int8_t second;  /* 0..60 */
    int8_t weekday; /* 0 Monday .. 6 Sunday; ignored by civil_wall() */
};

static inline bool wall_plausible(struct wall t)
{
    return t.s >= WALL_PLAUSIBLE_S;
}

static inline struct mono mono_min(struct mono a, struct mono b)
{
    return a.ms < b.ms ? a : b;
}

/* Returns `t` plus `ms` (>= 0), MONO_NEVER where that would pass the end of time. */
struct mono mono_after(struct mono t, int64_t ms);

/* UTC calendar of `t` (proleptic Gregorian), and back. civil_wall() wants fields in range
 * (asserted). */
struct civil wall_civil(struct wall t);
struct wall civil_wall(const struct civil *c);

/* Returns whether the fields name an instant that exists (29 February only in leap years). */
bool civil_valid(const struct civil *c);

/* Writes "2026-11-23T14:27:46Z" (RFC 3339, UTC). */
void wall_rfc3339(struct wall t, char ret_text[TIME_RFC3339_SIZE]);

/* Reads RFC 3339 with Z or a numeric offset. Returns 0 or -EINVAL. */
int wall_parse(const char *text, struct wall *ret_wall);

/* Reads a duration such as "15s", "10m", "24h", "30d" (one unit, no sign). Returns 0, -EINVAL, or
 * -ERANGE over 100 years. */
int duration_parse(const char *text, int64_t *ret_ms);
