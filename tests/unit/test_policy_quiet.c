/* tests/unit/test_policy_quiet.c - quiet hours, across midnight and through both changes of the
 * clock.
 */
#include "policy/quiet.h"
#include "tap.h"
#include <string.h>

#define LONDON "GMT0BST,M3.5.0/1,M10.5.0"
#define NEVER NULL

static const struct {
    const char *name, *zone;
    int32_t from, to;
    const char *now;
    bool quiet;
    const char *begin, *end;
} rows[] = {
    {"off", "UTC0", -1, 480, "2026-11-23T23:00:00Z", false, NEVER, "2026-11-23T23:00:00Z"},
    {"without an end", "UTC0", 1260, -1, "2026-11-23T23:00:00Z", false, NEVER,
     "2026-11-23T23:00:00Z"},
    {"from is to", "UTC0", 480, 480, "2026-11-23T08:00:00Z", false, NEVER, "2026-11-23T08:00:00Z"},
    {"before", "UTC0", 1260, 480, "2026-11-23T20:59:59Z", false, "2026-11-23T21:00:00Z",
     "2026-11-23T20:59:59Z"},
    {"begins", "UTC0", 1260, 480, "2026-11-23T21:00:00Z", true, "2026-11-23T21:00:00Z",
     "2026-11-24T08:00:00Z"},
    {"last second of the day", "UTC0", 1260, 480, "2026-11-23T23:59:59Z", true,
     "2026-11-23T23:59:59Z", "2026-11-24T08:00:00Z"},
    {"after midnight", "UTC0", 1260, 480, "2026-11-24T00:00:00Z", true, "2026-11-24T00:00:00Z",
     "2026-11-24T08:00:00Z"},
    {"ends", "UTC0", 1260, 480, "2026-11-24T08:00:00Z", false, "2026-11-24T21:00:00Z",
     "2026-11-24T08:00:00Z"},
    {"within a day", "UTC0", 720, 780, "2026-11-24T12:30:00Z", true, "2026-11-24T12:30:00Z",
     "2026-11-24T13:00:00Z"},
    {"before it", "UTC0", 720, 780, "2026-11-24T11:59:59Z", false, "2026-11-24T12:00:00Z",
     "2026-11-24T11:59:59Z"},
    {"after it", "UTC0", 720, 780, "2026-11-24T13:00:00Z", false, "2026-11-25T12:00:00Z",
     "2026-11-24T13:00:00Z"},
    {"summer time", LONDON, 1260, 480, "2026-07-01T20:00:00Z", true, "2026-07-01T20:00:00Z",
     "2026-07-02T07:00:00Z"},
    {"the night an hour shorter", LONDON, 1260, 480, "2026-03-28T21:00:00Z", true,
     "2026-03-28T21:00:00Z", "2026-03-29T07:00:00Z"},
    {"the night an hour longer", LONDON, 1260, 480, "2026-10-24T20:00:00Z", true,
     "2026-10-24T20:00:00Z", "2026-10-25T08:00:00Z"},
    {"an end that the spring skips", LONDON, 1260, 90, "2026-03-28T23:00:00Z", true,
     "2026-03-28T23:00:00Z", "2026-03-29T01:30:00Z"},
    {"an hour that comes twice is quiet twice", LONDON, 60, 120, "2026-10-25T01:30:00Z", true,
     "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct quiet q = {.from_min = rows[i].from, .to_min = rows[i].to};
        char begin[TIME_RFC3339_SIZE] = "", end[TIME_RFC3339_SIZE];
        struct zone z = {0};
        struct wall now = {0};
        bool ok = zone_parse(&z, rows[i].zone) == 0 && wall_parse(rows[i].now, &now) == 0;
        struct wall from = quiet_begin(&q, &z, now);
        if (from.s != INT64_MAX)
            wall_rfc3339(from, begin);
        wall_rfc3339(quiet_end(&q, &z, now), end);
        ok = ok && quiet_at(&q, &z, now) == rows[i].quiet && strcmp(end, rows[i].end) == 0 &&
             strcmp(begin, rows[i].begin ? rows[i].begin : "") == 0;
        if (!tap_ok(ok, "%s", rows[i].name))
            tap_diag("begins %s, ends %s", begin, end);
    }
    return tap_done();
}
