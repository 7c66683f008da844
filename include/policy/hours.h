/* include/policy/hours.h - opening hours by the week, and holidays, in the business's own time
 * zone. */
#pragma once
#include "base/time.h"
#include "base/zone.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOURS_SLOT_MAX 4        /* a day */
#define HOURS_NEXT_OPEN_SIZE 32 /* "next Wednesday 8:00" and NUL */
#define HOURS_NEXT_DAYS 60      /* how far ahead an opening is looked for */
#define HOURS_HOLIDAY_MAX 64
#define HOURS_HOLIDAY_NAME_SIZE 33
#define HOURS_CLOCK_SIZE 6 /* "14:05" and NUL */

/* Open from `from_min` until just before `to_min`, minutes after local midnight. */
struct hours_slot {
    int16_t from_min; /* 0..1439 */
    int16_t to_min;   /* from_min + 1 .. 2880: past 1440 it is open until the next day */
};

/* A day on which no slot begins. */
struct holiday {
    int32_t year; /* 0: every year */
    int8_t month, day;
    char name[HOURS_HOLIDAY_NAME_SIZE]; /* UTF-8 */
};

/* All zero is never open. */
struct hours {
    struct hours_slot slot[7][HOURS_SLOT_MAX]; /* 0 Monday .. 6 Sunday: the day a slot begins */
    size_t count[7];
    struct holiday holiday[HOURS_HOLIDAY_MAX];
    size_t holiday_count;
};

/* Reads "08:00-17:30", "22:00-02:00" (across midnight) or "00:00-24:00". Returns 0 or -EINVAL. */
int hours_parse_slot(const char *text, struct hours_slot *ret_slot);

/* Adds a slot to a weekday (0 Monday .. 6 Sunday). Returns 0, -ENOSPC over HOURS_SLOT_MAX, or
 * -EEXIST where it overlaps another slot of that day. */
int hours_add(struct hours *h, int weekday, struct hours_slot slot);

/* Reads "2026-12-25", or "12-25" for every year; the name is left alone. Returns 0 or -EINVAL. */
int hours_parse_date(const char *text, struct holiday *ret_holiday);

/* Returns the holiday of the local day of `t`, or NULL. */
const struct holiday *hours_holiday(const struct hours *h, const struct zone *z, struct wall t);

bool hours_open(const struct hours *h, const struct zone *z, struct wall now);

/* Finds the first opening after `now`, HOURS_NEXT_DAYS ahead at most. Returns false where there is
 * none. */
bool hours_next_open(const struct hours *h, const struct zone *z, struct wall now,
                     struct wall *ret_open);

/* Writes when that is, as people say it: "13:00 today", "8:00 tomorrow", "Monday 8:00", "next
 * Monday 8:00" (a week from now), "5 January 8:00" (later). Wants `open` after `now` (asserted). */
void hours_next_open_text(const struct zone *z, struct wall now, struct wall open,
                          char ret_text[HOURS_NEXT_OPEN_SIZE]);

/* The longest text that hours_next_open_text() writes. */
#define HOURS_NEXT_OPEN_LONGEST "next Wednesday 23:59"

/* Writes the local time of day: "8:05". */
void hours_clock_text(const struct zone *z, struct wall t, char ret_text[HOURS_CLOCK_SIZE]);
