/* tests/unit/test_policy_hours.c - slots, open or closed, and the next opening as people say it. */
#include "policy/hours.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

static const struct {
    const char *text;
    int err, from, to;
} slots[] = {
    {"", -EINVAL, 0, 0},
    {"08:00", -EINVAL, 0, 0},
    {"-", -EINVAL, 0, 0},
    {"08:00-", -EINVAL, 0, 0},
    {"08:00-08:00", -EINVAL, 0, 0},
    {"08:00-25:00", -EINVAL, 0, 0},
    {"08:00-24:01", -EINVAL, 0, 0},
    {"24:00-08:00", -EINVAL, 0, 0},
    {"08:60-09:00", -EINVAL, 0, 0},
    {"08:0-09:00", -EINVAL, 0, 0},
    {"8-17", -EINVAL, 0, 0},
    {"008:00-09:00", -EINVAL, 0, 0},
    {"08:00 - 17:30", -EINVAL, 0, 0},
    {"08:00-17:30-", -EINVAL, 0, 0},
    {"-8:00-17:30", -EINVAL, 0, 0},
    {"08:00-17:30", 0, 480, 1050},
    {"8:00-17:30", 0, 480, 1050},
    {"22:00-02:00", 0, 1320, 1560},
    {"00:00-24:00", 0, 0, 1440},
    {"22:00-24:00", 0, 1320, 1440},
    {"22:00-00:00", 0, 1320, 1440},
    {"23:59-23:58", 0, 1439, 2878},
};

#define LONDON "GMT0BST,M3.5.0/1,M10.5.0"
#define SHOP "08:00-17:30"

/* 2026-11-23 is a Monday. Hours: one slot for each weekday from Monday, NULL closed. */
static const struct row {
    const char *name, *zone;
    const char *slot[7];
    const char *now;
    bool open;
    const char *next, *text; /* NULL: none in 8 days */
} rows[] = {
    {"never open", "UTC0", {0}, "2026-11-23T09:00:00Z", false, NULL, NULL},
    {"just before opening",
     "UTC0",
     {SHOP},
     "2026-11-23T07:59:59Z",
     false,
     "2026-11-23T08:00:00Z",
     "08:00 today"},
    {"opening",
     "UTC0",
     {SHOP, SHOP},
     "2026-11-23T08:00:00Z",
     true,
     "2026-11-24T08:00:00Z",
     "08:00 tomorrow"},
    {"last minute",
     "UTC0",
     {SHOP, SHOP},
     "2026-11-23T17:29:59Z",
     true,
     "2026-11-24T08:00:00Z",
     "08:00 tomorrow"},
    {"closing",
     "UTC0",
     {SHOP, SHOP},
     "2026-11-23T17:30:00Z",
     false,
     "2026-11-24T08:00:00Z",
     "08:00 tomorrow"},
    {"weekend ahead",
     "UTC0",
     {SHOP, SHOP, SHOP, SHOP, SHOP},
     "2026-11-27T18:00:00Z",
     false,
     "2026-11-30T08:00:00Z",
     "Monday 08:00"},
    {"once a week",
     "UTC0",
     {SHOP},
     "2026-11-23T18:00:00Z",
     false,
     "2026-11-30T08:00:00Z",
     "next Monday 08:00"},
    {"once a week, a minute late",
     "UTC0",
     {SHOP},
     "2026-11-23T08:00:00Z",
     true,
     "2026-11-30T08:00:00Z",
     "next Monday 08:00"},
    {"across midnight, before it",
     "UTC0",
     {"22:00-02:00"},
     "2026-11-23T23:59:00Z",
     true,
     "2026-11-30T22:00:00Z",
     "next Monday 22:00"},
    {"across midnight, after it",
     "UTC0",
     {"22:00-02:00"},
     "2026-11-24T01:59:00Z",
     true,
     "2026-11-30T22:00:00Z",
     "Monday 22:00"},
    {"across midnight, over",
     "UTC0",
     {"22:00-02:00"},
     "2026-11-24T02:00:00Z",
     false,
     "2026-11-30T22:00:00Z",
     "Monday 22:00"},
    {"Sunday night into Monday",
     "UTC0",
     {0, 0, 0, 0, 0, 0, "22:00-02:00"},
     "2026-11-23T01:00:00Z",
     true,
     "2026-11-29T22:00:00Z",
     "Sunday 22:00"},
    {"day and night",
     "UTC0",
     {"00:00-24:00", "00:00-24:00"},
     "2026-11-23T23:59:59Z",
     true,
     "2026-11-24T00:00:00Z",
     "00:00 tomorrow"},
    {"summer in London",
     LONDON,
     {SHOP},
     "2026-07-06T07:00:00Z",
     true,
     "2026-07-13T07:00:00Z",
     "next Monday 08:00"},
    {"the clocks go back tonight",
     LONDON,
     {0, 0, 0, 0, 0, 0, "08:00-12:00"},
     "2026-10-24T20:00:00Z",
     false,
     "2026-10-25T08:00:00Z",
     "08:00 tomorrow"},
    {"opening in the hour that is skipped",
     LONDON,
     {0, 0, 0, 0, 0, 0, "01:30-12:00"},
     "2026-03-29T00:30:00Z",
     false,
     "2026-03-29T01:30:00Z",
     "02:30 today"},
    {"a business far east, its own tomorrow",
     "<+13>-13",
     {0, SHOP},
     "2026-11-23T10:00:00Z",
     false,
     "2026-11-23T19:00:00Z",
     "08:00 tomorrow"},
    {"two hours past its midnight",
     "EST5EDT,M3.2.0,M11.1.0",
     {SHOP},
     "2026-11-23T07:00:00Z",
     false,
     "2026-11-23T13:00:00Z",
     "08:00 today"},
};

static void test_row(const struct row *row)
{
    struct hours h = {0};
    struct zone z;
    struct wall now, next = {0};
    char text[HOURS_NEXT_OPEN_SIZE] = "", found[TIME_RFC3339_SIZE] = "";
    bool ok = zone_parse(&z, row->zone) == 0 && wall_parse(row->now, &now) == 0;

    for (int day = 0; day < 7; day++) {
        struct hours_slot slot;
        if (row->slot[day])
            ok =
                ok && hours_parse_slot(row->slot[day], &slot) == 0 && hours_add(&h, day, slot) == 0;
    }
    ok = ok && hours_open(&h, &z, now) == row->open;
    bool some = hours_next_open(&h, &z, now, &next);
    ok = ok && some == (row->next != NULL);
    if (some) {
        wall_rfc3339(next, found);
        hours_next_open_text(&z, now, next, text);
    }
    if (some && row->next)
        ok = ok && strcmp(found, row->next) == 0 && strcmp(text, row->text) == 0;
    if (!tap_ok(ok, "%s", row->name))
        tap_diag("next: %s, %s", found, text);
}

static void test_add(void)
{
    struct hours h = {0};
    struct hours_slot slot = {480, 720};

    tap_ok(hours_add(&h, 2, slot) == 0, "a slot");
    tap_ok(hours_add(&h, 2, slot) == -EEXIST, "the same again");
    tap_ok(hours_add(&h, 2, (struct hours_slot){719, 721}) == -EEXIST, "overlap at the end");
    tap_ok(hours_add(&h, 2, (struct hours_slot){400, 481}) == -EEXIST, "overlap at the beginning");
    tap_ok(hours_add(&h, 2, (struct hours_slot){400, 900}) == -EEXIST, "one around it");
    tap_ok(hours_add(&h, 2, (struct hours_slot){720, 800}) == 0, "right behind it");
    tap_ok(hours_add(&h, 2, (struct hours_slot){800, 900}) == 0, "a third");
    tap_ok(hours_add(&h, 2, (struct hours_slot){1400, 1500}) == 0, "a fourth, past midnight");
    tap_ok(hours_add(&h, 2, (struct hours_slot){950, 960}) == -ENOSPC, "no fifth");
    tap_ok(hours_add(&h, 3, slot) == 0, "another day has its own");
}

static void test_two_slots(void)
{
    struct hours h = {0};
    struct zone utc = {0};
    struct wall now, open = {0};

    hours_add(&h, 0, (struct hours_slot){840, 1080});
    hours_add(&h, 0, (struct hours_slot){480, 720});
    wall_parse("2026-11-23T06:00:00Z", &now);
    tap_ok(hours_next_open(&h, &utc, now, &open) && open.s == now.s + 2 * 3600,
           "two slots a day, the first one first");
    wall_parse("2026-11-23T13:00:00Z", &now);
    tap_ok(hours_next_open(&h, &utc, now, &open) && open.s == now.s + 3600, "then the second");
    h = (struct hours){0};
    hours_add(&h, 0, (struct hours_slot){480, 720});
    hours_add(&h, 0, (struct hours_slot){840, 1080});
    wall_parse("2026-11-23T06:00:00Z", &now);
    tap_ok(hours_next_open(&h, &utc, now, &open) && open.s == now.s + 2 * 3600,
           "in whatever order they are told");
}

static void test_dates(void)
{
    static const struct {
        const char *text;
        int err, year, month, day;
    } dates[] = {
        {"", -EINVAL, 0, 0, 0},           {"25-12", -EINVAL, 0, 0, 0},
        {"12-32", -EINVAL, 0, 0, 0},      {"2026-2-29", -EINVAL, 0, 0, 0},
        {"2026-02-29", -EINVAL, 0, 0, 0}, {"2026/12/25", -EINVAL, 0, 0, 0},
        {"2026/12-25", -EINVAL, 0, 0, 0}, {"2o26-12-25", -EINVAL, 0, 0, 0},
        {"0000-12-25", -EINVAL, 0, 0, 0}, {"2026-12-25 ", -EINVAL, 0, 0, 0},
        {"2026-12-25", 0, 2026, 12, 25},  {"02-29", 0, 0, 2, 29},
    };
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        struct holiday day = {0};
        int err = hours_parse_date(dates[i].text, &day);
        tap_ok(err == dates[i].err && day.year == dates[i].year && day.month == dates[i].month &&
                   day.day == dates[i].day,
               "date \"%s\"", dates[i].text);
    }
}

/* Open from Monday to Friday and in the night to Saturday; closed over Christmas 2026 (a Friday)
 * and on every New Year's Day. */
static void test_holidays(void)
{
    static const struct {
        const char *now;
        bool open;
        const char *holiday, *text;
    } rows_of_days[] = {
        {"2026-12-24T12:00:00Z", true, NULL, "Monday 08:00"},
        {"2026-12-25T12:00:00Z", false, "Christmas", "Monday 08:00"},
        {"2026-12-26T00:30:00Z", false, NULL, "Monday 08:00"}, /* the night began on a holiday */
        {"2026-12-19T00:30:00Z", true, NULL, "Monday 08:00"},
        {"2026-12-31T23:59:59Z", false, NULL, "Monday 08:00"},
        {"2027-01-01T12:00:00Z", false, "New Year", "Monday 08:00"},
        {"2027-12-25T00:30:00Z", true, NULL, "Monday 08:00"},
        {"2028-01-01T12:00:00Z", false, "New Year", "Monday 08:00"},
    };
    struct hours h = {0};
    struct zone utc = {0};
    struct hours_slot day = {480, 1050}, night = {1320, 1560};
    for (int weekday = 0; weekday < 5; weekday++)
        hours_add(&h, weekday, day);
    hours_add(&h, 4, night);
    h.holiday[h.holiday_count++] = (struct holiday){2026, 12, 25, "Christmas"};
    h.holiday[h.holiday_count++] = (struct holiday){0, 1, 1, "New Year"};
    for (size_t i = 0; i < sizeof(rows_of_days) / sizeof(rows_of_days[0]); i++) {
        char text[HOURS_NEXT_OPEN_SIZE] = "";
        struct wall now, open;
        wall_parse(rows_of_days[i].now, &now);
        const struct holiday *holiday = hours_holiday(&h, &utc, now);
        if (hours_next_open(&h, &utc, now, &open))
            hours_next_open_text(&utc, now, open, text);
        bool same = holiday && rows_of_days[i].holiday
                        ? strcmp(holiday->name, rows_of_days[i].holiday) == 0
                        : !holiday && !rows_of_days[i].holiday;
        if (!tap_ok(same && hours_open(&h, &utc, now) == rows_of_days[i].open &&
                        strcmp(text, rows_of_days[i].text) == 0,
                    "holidays: %s", rows_of_days[i].now))
            tap_diag("%s", text);
    }
    struct wall now, open;
    char text[HOURS_NEXT_OPEN_SIZE] = "";
    wall_parse("2026-12-25T12:00:00Z", &now);
    for (int i = 0; i < 62; i++) {
        if (i == 10 && hours_next_open(&h, &utc, now, &open))
            hours_next_open_text(&utc, now, open, text);
        struct wall t = {INT64_C(1798200000) + i * 86400};
        struct civil c = wall_civil(t);
        h.holiday[2 + i] = (struct holiday){c.year, c.month, c.day, "Long holiday"};
        h.holiday_count = (size_t)(3 + i);
    }
    tap_ok(strcmp(text, "4 January 08:00") == 0, "after long holidays: %s", text);
    tap_ok(!hours_next_open(&h, &utc, now, &open), "holidays without an end in sight");
}

int main(void)
{
    test_dates();
    test_two_slots();
    test_holidays();
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        struct hours_slot slot = {0};
        int err = hours_parse_slot(slots[i].text, &slot);
        tap_ok(err == slots[i].err && slot.from_min == slots[i].from && slot.to_min == slots[i].to,
               "slot \"%s\"", slots[i].text);
    }
    test_add();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        test_row(&rows[i]);
    return tap_done();
}
