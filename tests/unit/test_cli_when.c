#include "cli/when.h"
#include "tap.h"
#include <string.h>

/* It is Wednesday, 2026-07-15T13:30:00Z, 14:30 by the clocks of London. */
#define NOW INT64_C(1784122200)

static const struct row {
    const char *text;
    const char *wall; /* NULL: not a time */
} rows[] = {
    {"", NULL},
    {"7", NULL},
    {"-2h", NULL},
    {"2 h", NULL},
    {"tomorrow", NULL},
    {"mo", NULL},
    {"mondayy", NULL},
    {"24:00", NULL},
    {"12:60", NULL},
    {"9:00", NULL},
    {"14:30:00", NULL},
    {"2026-02-30", NULL},
    {"2026-13-01", NULL},
    {"2026-7-1", NULL},
    {"2026-07-01 ", NULL},
    {"2026-07-01 25:00", NULL},
    {"2026-07-01x12:00", NULL},
    {"0000-01-01", NULL},
    {"\x1B[31m", NULL},
    {"2h", "2026-07-15T11:30:00Z"},
    {"7d", "2026-07-08T13:30:00Z"},
    {"90s", "2026-07-15T13:28:30Z"},
    {"now", "2026-07-15T13:30:00Z"},
    {"today", "2026-07-14T23:00:00Z"},
    {"Yesterday", "2026-07-13T23:00:00Z"},
    {"wed", "2026-07-14T23:00:00Z"},
    {"thu", "2026-07-08T23:00:00Z"},
    {"Tuesday", "2026-07-13T23:00:00Z"},
    {"14:30", "2026-07-15T13:30:00Z"},
    {"2026-01-15", "2026-01-15T00:00:00Z"}, /* winter: London keeps UTC */
    {"2026-07-01 08:15", "2026-07-01T07:15:00Z"},
    {"2026-07-01T08:15", "2026-07-01T07:15:00Z"},
    {"2026-07-01T08:15:00+02:00", "2026-07-01T06:15:00Z"},
};

int main(void)
{
    struct output out = {.now.wall = {NOW}};
    if (zone_parse(&out.zone, "GMT0BST,M3.5.0/1,M10.5.0"))
        return 1;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char got[TIME_RFC3339_SIZE] = "";
        struct wall t;
        int err = when_parse(&out, rows[i].text, &t);
        if (err == 0)
            wall_rfc3339(t, got);
        bool good = rows[i].wall ? strcmp(got, rows[i].wall) == 0 : err != 0;
        if (!tap_ok(good, "time %zu: %s", i, rows[i].text[0] == '\x1B' ? "escape" : rows[i].text))
            tap_diag("got %s", got);
    }
    return tap_done();
}
