/* include/base/zone.h - a time zone by its rules: the POSIX TZ string (POSIX.1 8.3) that closes
 * each TZif file (RFC 8536 3.3), such as "GMT0BST,M3.5.0/1,M10.5.0".  Only today's rules: good for
 * now and for the hours of a shop, not for the year 1950.  Pure: the caller reads the file. */
#pragma once
#include "base/time.h"
#include <stdbool.h>
#include <stdint.h>

enum zone_rule_kind {
    ZONE_RULE_MONTH,  /* Mm.w.d: the w-th weekday d of month m, w 5 the last */
    ZONE_RULE_JULIAN, /* Jn: day 1..365, 29 February never counted */
    ZONE_RULE_DAY,    /* n: day 0..365, 29 February counted */
};

/* When one of the two yearly changes happens. */
struct zone_rule {
    enum zone_rule_kind kind;
    int16_t day;    /* JULIAN 1..365, DAY 0..365 */
    int8_t month;   /* MONTH 1..12 */
    int8_t week;    /* MONTH 1..5 */
    int8_t weekday; /* MONTH 0 Sunday .. 6 Saturday, as POSIX counts */
    int32_t time_s; /* local time of that day before the change, -167 h..167 h */
};

/* All zero is UTC. */
struct zone {
    int32_t standard_s; /* seconds east of UTC */
    int32_t summer_s;   /* meaningful with `has_summer` */
    bool has_summer;
    struct zone_rule to_summer, to_standard;
};

/* Reads "STDoffset[DST[offset],start[/time],end[/time]]": names of three letters or more, or <+03>.
 * A summer time without rules is refused, as what it means is the system's choice. Returns 0 or
 * -EINVAL. */
int zone_parse(struct zone *ret_zone, const char *posix_tz);

/* Returns the seconds east of UTC in force at `t`. */
int32_t zone_offset_s(const struct zone *z, struct wall t);

/* Returns what a clock on the wall of this zone shows at `t`. */
struct civil zone_civil(const struct zone *z, struct wall t);

/* Returns the instant at which the clock shows `local` (fields in range, asserted). A time that the
 * spring change skips counts as if the change had not come yet (02:30 is 03:30); of a time that the
 * autumn change repeats it is the first. */
struct wall zone_wall(const struct zone *z, const struct civil *local);
