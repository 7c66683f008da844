/* tests/unit/test_base_zone.c - zones by their rules: good and bad strings, the hours around both
 * changes, and every hour of two years against the C library. */
#include "base/zone.h"
#include "tap.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const bad[] = {
    "",
    "GMT",
    "GM0",
    "0",
    ":Europe/London",
    "Europe/London",
    "UTC25",
    "UTC0:60",
    "UTC0:00:60",
    "UTC0:00:",
    "UT[0",
    "UT{0",
    "GMT0BST-1M3.5.0/1,M10.5.0",
    "GMT0BST,x3.5.0,M10.5.0",
    "GMT0BST,M3x5.0,M10.5.0",
    "GMT0BST,M3.5.0/1;M10.5.0",
    "UTC0x",
    "UTC0BST",
    "GMT0BST,M3.5.0",
    "GMT0BST,M3.5.0/1,M10.5.0x",
    "GMT0BST,M13.5.0/1,M10.5.0",
    "GMT0BST,M3.6.0/1,M10.5.0",
    "GMT0BST,M3.5.7/1,M10.5.0",
    "GMT0BST,M3.5/1,M10.5.0",
    "GMT0BST,J0,J365",
    "GMT0BST,0,366",
    "GMT0BST,M3.5.0/168,M10.5.0",
    "GMT0BS,M3.5.0/1,M10.5.0",
    "<+03-3",
    "<+3>-3",
    "<+03>",
    "GMT99999999999999999999",
};

/* Today's rules of these places, from their TZif files; then forms that no place uses now. */
static const char *const good[] = {
    "UTC0",
    "GMT0BST,M3.5.0/1,M10.5.0",
    "IST-1GMT0,M10.5.0,M3.5.0/1",
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "EST5EDT,M3.2.0,M11.1.0",
    "NST3:30NDT,M3.2.0,M11.1.0",
    "<+03>-3",
    "<-03>3",
    "<+0545>-5:45",
    "AEST-10AEDT,M10.1.0,M4.1.0/3",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "<-04>4<-03>,M9.1.6/24,M4.1.6/24",
    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "EET-2EEST,M3.4.4/50,M10.4.4/50",
    "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
    "<+14>-14",
    "<AAA>5BBB,J59/2,J300/2",
    "AAA5BBB,J60/2,J300/2",
    "AAA5BBB,59/2,299/2:30:15",
    "AAA-3:15:30BBB-4,M2.5.1,M12.4.6/23",
};

static void test_against_libc(const char *posix_tz)
{
    struct zone z;
    bool same = zone_parse(&z, posix_tz) == 0;
    int64_t from = INT64_C(1704067200), to = INT64_C(1767225600); /* 2024, a leap year, and 2025 */

    setenv("TZ", posix_tz, 1);
    tzset();
    for (int64_t s = from; s < to && same; s += 3600) {
        time_t t = (time_t)s;
        struct tm tm;
        localtime_r(&t, &tm);
        struct civil c = zone_civil(&z, (struct wall){s});
        same = c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday &&
               c.hour == tm.tm_hour && c.minute == tm.tm_min && c.second == tm.tm_sec &&
               c.weekday == (tm.tm_wday + 6) % 7;
        if (!same)
            tap_diag("at %" PRId64 ": %02d:%02d, libc %02d:%02d", s, c.hour, c.minute, tm.tm_hour,
                     tm.tm_min);
        struct wall back = zone_wall(&z, &c);
        struct civil again = zone_civil(&z, back);
        if (same && (back.s > s || memcmp(&again, &c, sizeof(c)) != 0)) {
            tap_diag("not back at %" PRId64 ", but at %" PRId64, s, back.s);
            same = false;
        }
    }
    tap_ok(same, "%s: two years as the C library has them, and back", posix_tz);
}

static const struct {
    const char *tz, *local, *utc, *why;
} changes[] = {
    {"GMT0BST,M3.5.0/1,M10.5.0", "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z", "before spring"},
    {"GMT0BST,M3.5.0/1,M10.5.0", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z", "in the gap"},
    {"GMT0BST,M3.5.0/1,M10.5.0", "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z", "after the gap"},
    {"GMT0BST,M3.5.0/1,M10.5.0", "2026-10-25T00:59:00Z", "2026-10-24T23:59:00Z", "before autumn"},
    {"GMT0BST,M3.5.0/1,M10.5.0", "2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z", "repeated: first"},
    {"GMT0BST,M3.5.0/1,M10.5.0", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z", "after autumn"},
    {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z", "gap, west"},
    {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z", "repeated, west"},
    {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-10-04T02:30:00Z", "2026-10-03T16:30:00Z", "gap, south"},
    {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", "2025-12-31T13:00:00Z", "new year"},
    {"<+14>-14", "2026-01-01T00:00:00Z", "2025-12-31T10:00:00Z", "far east"},
};

int main(void)
{
    struct zone z, zero = {0};
    struct wall local, utc;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        tap_ok(zone_parse(&z, bad[i]) == -EINVAL, "refused: \"%s\"", bad[i]);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        test_against_libc(good[i]);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        bool read = zone_parse(&z, changes[i].tz) == 0 &&
                    wall_parse(changes[i].local, &local) == 0 &&
                    wall_parse(changes[i].utc, &utc) == 0;
        struct civil c = wall_civil(local);
        tap_ok(read && zone_wall(&z, &c).s == utc.s, "%s, %s", changes[i].local, changes[i].why);
    }
    tap_ok(zone_parse(&z, "EST5EDT4,0/0,J365/25") == 0 &&
               zone_offset_s(&z, (struct wall){1798779600 - 1}) == -14400 &&
               zone_offset_s(&z, (struct wall){1798779600}) == -14400 &&
               zone_offset_s(&z, (struct wall){1798779600 + 7200}) == -14400,
           "summer all year");
    tap_ok(zone_parse(&z, "XXX3EDT4,0/0,J365/23") == 0 &&
               zone_offset_s(&z, (struct wall){1798772400 - 1}) == -14400 &&
               zone_offset_s(&z, (struct wall){1798772400}) == -14400 &&
               zone_offset_s(&z, (struct wall){1798772400 + 7200}) == -14400,
           "summer all year, as zic writes it");
    tap_ok(zone_parse(&z, "AAA3BBB2,J365/24,0/1") == 0 &&
               zone_offset_s(&z, (struct wall){1798772400}) == -7200 &&
               zone_offset_s(&z, (struct wall){1798772400 + 180 * 86400}) == -7200,
           "summer that begins when it ends, at new year");
    tap_ok(zone_offset_s(&z, (struct wall){1798772400 - 1}) == -7200,
           "and lasts until the next one begins");
    tap_ok(zone_parse(&z, "GMT0BST,M3.5.0/1,M10.5.0") == 0 &&
               zone_offset_s(&z, (struct wall){INT64_C(-62135596800)}) == 0 &&
               zone_offset_s(&z, (struct wall){INT64_C(-62135596800) + 180 * 86400}) == 3600 &&
               zone_offset_s(&z, (struct wall){INT64_C(253402300799)}) == 0 &&
               zone_offset_s(&z, (struct wall){INT64_C(253402300799) - 180 * 86400}) == 3600,
           "the first and the last year of the calendar");
    tap_ok(zone_offset_s(&zero, (struct wall){0}) == 0, "all zero is UTC");
    return tap_done();
}
