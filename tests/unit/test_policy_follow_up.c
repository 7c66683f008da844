/* tests/unit/test_policy_follow_up.c - the next open morning: windows, days, holidays, quiet hours
 * and both changes of the clock. */
#include "policy/config.h"
#include "policy/follow_up.h"
#include "tap.h"
#include <string.h>

#define LONDON "GMT0BST,M3.5.0/1,M10.5.0"
#define NONE NULL
#define HOUR_MS INT64_C(3600000)

/* In London, 2026: 23 November is a Monday, summer is 29 March 01:00Z to 25 October 01:00Z. */
static const struct row {
    const char *name;
    const char *sent, *due; /* NONE: never */
    const char *window;     /* NULL: 09:00-20:00 */
    const char *days;       /* "1100000" from Monday; NULL: as it is by default */
    const char *holiday, *quiet;
    int64_t after_h; /* 0: none given */
} rows[] = {
    {"in the afternoon: the next morning", .sent = "2026-11-23T15:00:00Z",
     .due = "2026-11-24T09:00:00Z"},
    {"in the morning: not the same day", .sent = "2026-11-23T09:00:01Z",
     .due = "2026-11-24T09:00:00Z"},
    {"late at night: four hours are over by nine", .sent = "2026-11-23T02:00:00Z",
     .due = "2026-11-23T09:00:00Z"},
    {"four hours to the second", .sent = "2026-11-23T05:00:00Z", .due = "2026-11-23T09:00:00Z"},
    {"a second less", .sent = "2026-11-23T05:00:01Z", .due = "2026-11-24T09:00:00Z"},
    {"Friday: Saturday", .sent = "2026-11-27T15:00:00Z", .due = "2026-11-28T09:00:00Z"},
    {"Saturday: no Sunday", .sent = "2026-11-28T15:00:00Z", .due = "2026-11-30T09:00:00Z"},
    {"on Sunday itself", .sent = "2026-11-29T10:00:00Z", .due = "2026-11-30T09:00:00Z"},
    {"only Tuesdays", .sent = "2026-11-24T15:00:00Z", .due = "2026-12-01T09:00:00Z",
     .days = "0100000"},
    {"a holiday", .sent = "2026-12-24T15:00:00Z", .due = "2026-12-26T09:00:00Z",
     .holiday = "12-25"},
    {"a holiday, and a Sunday after it", .sent = "2026-12-25T15:00:00Z",
     .due = "2026-12-28T09:00:00Z", .holiday = "12-26"},
    {"three days", .sent = "2026-11-23T15:00:00Z", .due = "2026-11-27T09:00:00Z", .after_h = 72},
    {"on no day", .sent = "2026-11-23T15:00:00Z", .due = NONE, .days = "0000000"},
    {"longer than days are looked at", .sent = "2026-11-23T15:00:00Z",
     .due = "2027-02-22T09:00:00Z", .after_h = 90 * 24},
    {"another window", .sent = "2026-11-23T15:00:00Z", .due = "2026-11-24T10:30:00Z",
     .window = "10:30-11:00"},
    {"a window that is all day", .sent = "2026-11-23T15:00:00Z", .due = "2026-11-24T08:00:00Z",
     .window = "00:00-24:00"},
    {"quiet until ten", .sent = "2026-11-23T15:00:00Z", .due = "2026-11-24T10:00:00Z",
     .quiet = "21:00-10:00"},
    {"quiet all through the window", .sent = "2026-11-23T15:00:00Z", .due = NONE,
     .quiet = "08:00-20:00"},
    {"summer", .sent = "2026-07-01T15:00:00Z", .due = "2026-07-02T08:00:00Z"},
    {"the night that is an hour shorter", .sent = "2026-03-28T15:00:00Z",
     .due = "2026-03-29T08:00:00Z", .days = "1111111"},
    {"four hours through it", .sent = "2026-03-29T00:30:00Z", .due = "2026-03-29T04:30:00Z",
     .window = "05:30-20:00", .days = "1111111", .quiet = "off"},
    {"an opening that the spring skips", .sent = "2026-03-28T12:00:00Z",
     .due = "2026-03-29T01:30:00Z", .window = "01:30-20:00", .days = "1111111", .quiet = "off"},
    {"the night that is an hour longer", .sent = "2026-10-24T15:00:00Z",
     .due = "2026-10-25T09:00:00Z", .days = "1111111"},
    {"four hours through it: enough", .sent = "2026-10-25T00:30:00Z", .due = "2026-10-25T05:00:00Z",
     .window = "05:00-20:00", .days = "1111111", .quiet = "off"},
    {"an opening that comes twice: the first", .sent = "2026-10-24T15:00:00Z",
     .due = "2026-10-25T00:30:00Z", .window = "01:30-20:00", .days = "1111111", .quiet = "off"},
};

static void read_quiet(struct quiet *quiet, const char *text)
{
    struct hours_slot slot = {-1, -1};
    if (strcmp(text, "off") != 0 && hours_parse_slot(text, &slot) != 0)
        tap_ok(false, "quiet %s", text);
    quiet->from_min = slot.from_min;
    quiet->to_min = slot.to_min % 1440;
}

static struct policy_config make_config(const struct row *row)
{
    struct policy_config c;
    policy_config_init(&c);
    bool ok = zone_parse(&c.zone, LONDON) == 0;
    c.follow_up.enabled = true;
    if (row->window)
        ok = ok && hours_parse_slot(row->window, &c.follow_up.window) == 0;
    for (int day = 0; row->days && day < 7; day++)
        c.follow_up.days[day] = row->days[day] == '1';
    if (row->holiday)
        ok = ok && hours_parse_date(row->holiday, &c.hours.holiday[c.hours.holiday_count++]) == 0;
    if (row->quiet)
        read_quiet(&c.quiet, row->quiet);
    if (row->after_h) {
        c.follow_up.after_ms[0] = row->after_h * HOUR_MS;
        c.follow_up.after_count = 1;
    }
    if (!ok)
        tap_ok(false, "the row \"%s\" can be read", row->name);
    return c;
}

static void test_due(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_config c = make_config(&rows[i]);
        char text[TIME_RFC3339_SIZE] = "never";
        struct wall sent = {0}, due, end;
        bool ok = wall_parse(rows[i].sent, &sent) == 0;
        if (follow_up_due(&c, 0, sent, &due)) {
            wall_rfc3339(due, text);
            ok = ok && follow_up_open(&c, due, &end) && end.s > due.s;
        }
        if (!tap_ok(ok && strcmp(text, rows[i].due ? rows[i].due : "never") == 0, "%s",
                    rows[i].name))
            tap_diag("%s", text);
    }
}

static void test_open(void)
{
    static const struct {
        const char *name, *at, *end; /* NONE: closed */
        const char *window, *quiet;
    } cases[] = {
        {"as it opens", .at = "2026-11-23T09:00:00Z", .end = "2026-11-23T20:00:00Z"},
        {"a second before", .at = "2026-11-23T08:59:59Z", .end = NONE},
        {"the last second", .at = "2026-11-23T19:59:59Z", .end = "2026-11-23T20:00:00Z"},
        {"as it closes", .at = "2026-11-23T20:00:00Z", .end = NONE},
        {"on Sunday", .at = "2026-11-22T12:00:00Z", .end = NONE},
        {"until quiet hours begin", .at = "2026-11-23T12:00:00Z", .end = "2026-11-23T18:00:00Z",
         .quiet = "18:00-08:00"},
        {"in quiet hours", .at = "2026-11-23T19:00:00Z", .end = NONE, .quiet = "18:00-08:00"},
        {"until midnight", .at = "2026-11-23T12:00:00Z", .end = "2026-11-24T00:00:00Z",
         .window = "09:00-24:00", .quiet = "off"},
        {"in summer", .at = "2026-07-01T18:59:59Z", .end = "2026-07-01T19:00:00Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct row row = {
            .name = cases[i].name, .window = cases[i].window, .quiet = cases[i].quiet};
        struct policy_config c = make_config(&row);
        char text[TIME_RFC3339_SIZE] = "closed";
        struct wall at = {0}, end;
        bool ok = wall_parse(cases[i].at, &at) == 0;
        if (follow_up_open(&c, at, &end))
            wall_rfc3339(end, text);
        if (!tap_ok(ok && strcmp(text, cases[i].end ? cases[i].end : "closed") == 0, "%s",
                    cases[i].name))
            tap_diag("%s", text);
    }
}

static void test_next(void)
{
    static const struct {
        const char *name, *from, *next; /* NONE: never */
        const char *window, *quiet;
    } cases[] = {
        {"while it is open", .from = "2026-11-23T12:00:00Z", .next = "2026-11-23T12:00:00Z"},
        {"before it opens", .from = "2026-11-23T03:00:00Z", .next = "2026-11-23T09:00:00Z"},
        {"as it closes", .from = "2026-11-23T20:00:00Z", .next = "2026-11-24T09:00:00Z"},
        {"over Sunday", .from = "2026-11-28T20:00:00Z", .next = "2026-11-30T09:00:00Z"},
        {"quiet at noon: the same day", .from = "2026-11-23T12:30:00Z",
         .next = "2026-11-23T14:00:00Z", .quiet = "12:00-14:00"},
        {"quiet until it closes: the next day", .from = "2026-11-23T19:00:00Z",
         .next = "2026-11-24T09:00:00Z", .quiet = "18:00-08:00"},
        {"always quiet", .from = "2026-11-23T12:00:00Z", .next = NONE, .quiet = "08:00-20:00"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct row row = {
            .name = cases[i].name, .window = cases[i].window, .quiet = cases[i].quiet};
        struct policy_config c = make_config(&row);
        char text[TIME_RFC3339_SIZE] = "never";
        struct wall from = {0}, next;
        bool ok = wall_parse(cases[i].from, &from) == 0;
        if (follow_up_next(&c, from, &next))
            wall_rfc3339(next, text);
        if (!tap_ok(ok && strcmp(text, cases[i].next ? cases[i].next : "never") == 0, "%s",
                    cases[i].name))
            tap_diag("%s", text);
    }
}

static void test_count(void)
{
    struct policy_config c = make_config(&rows[0]);
    struct wall sent = {WALL_PLAUSIBLE_S}, due;
    tap_ok(follow_up_due(&c, 0, sent, &due) && !follow_up_due(&c, 1, sent, &due), "one by default");
    c.follow_up.after_count = 2;
    c.follow_up.after_ms[0] = c.follow_up.after_ms[1] = 4 * HOUR_MS;
    tap_ok(follow_up_due(&c, 1, sent, &due) && !follow_up_due(&c, 2, sent, &due), "two");
    c.follow_up.enabled = false;
    tap_ok(!follow_up_due(&c, 0, sent, &due), "none where they are off");
}

int main(void)
{
    test_due();
    test_open();
    test_next();
    test_count();
    return tap_done();
}
