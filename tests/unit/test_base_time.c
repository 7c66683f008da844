/* tests/unit/test_base_time.c - the calendar, RFC 3339 and durations. */
#include "base/time.h"
#include "tap.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct {
    const char *text;
    int err;
    int64_t s;
} walls[] = {
    {"", -EINVAL, 0},
    {"2026-11-23", -EINVAL, 0},
    {"2026-11-23T14:27:46", -EINVAL, 0},
    {"2026-11-23T14:27:46Zx", -EINVAL, 0},
    {"2026-11-23T14:27:46+0200", -EINVAL, 0},
    {"2026-11-23T14:27:46.Z", -EINVAL, 0},
    {"2026-11-23T14:27:46.x", -EINVAL, 0},
    {"2026-11-23T14:27:46.:Z", -EINVAL, 0},
    {"2026-11-23T14:27:46.+02:00", -EINVAL, 0},
    {"2026-11-23T14:27:46.1:Z", -EINVAL, 0},
    {"2026-11-23T14:27:46+x2:00", -EINVAL, 0},
    {"2026-11-23T14:27:46+02:x0", -EINVAL, 0},
    {"2026/11-23T14:27:46Z", -EINVAL, 0},
    {"2026-x1-23T14:27:46Z", -EINVAL, 0},
    {"2026-11/23T14:27:46Z", -EINVAL, 0},
    {"2026-11-x3T14:27:46Z", -EINVAL, 0},
    {"2026-11-23T14/27:46Z", -EINVAL, 0},
    {"2026-11-23T14:x7:46Z", -EINVAL, 0},
    {"2026-11-23T14:27/46Z", -EINVAL, 0},
    {"2026-11-23T14:27:x6Z", -EINVAL, 0},
    {"2026-02-29T00:00:00Z", -EINVAL, 0},
    {"2026-13-01T00:00:00Z", -EINVAL, 0},
    {"2026-00-01T00:00:00Z", -EINVAL, 0},
    {"2026-04-31T00:00:00Z", -EINVAL, 0},
    {"2026-01-00T00:00:00Z", -EINVAL, 0},
    {"2026-01-01T24:00:00Z", -EINVAL, 0},
    {"2026-01-01T00:60:00Z", -EINVAL, 0},
    {"2026-01-01T00:00:61Z", -EINVAL, 0},
    {"0000-01-01T00:00:00Z", -EINVAL, 0},
    {"-026-01-01T00:00:00Z", -EINVAL, 0},
    {"+026-01-01T00:00:00Z", -EINVAL, 0},
    {"1970-01-01T00:00:00Z", 0, 0},
    {"1970-01-01 00:00:00z", 0, 0},
    {"1969-12-31T23:59:59Z", 0, -1},
    {"2024-02-29T12:00:00Z", 0, 1709208000},
    {"2000-02-29T00:00:00Z", 0, 951782400},
    {"2026-11-23T14:27:46Z", 0, 1795444066},
    {"2026-11-23T14:27:46.123456Z", 0, 1795444066},
    {"2026-11-23T16:27:46+02:00", 0, 1795444066},
    {"2026-11-23T16:27:46.5+02:00", 0, 1795444066},
    {"2016-12-31T23:59:60Z", 0, 1483228800},
    {"2026-11-23T08:57:46-05:30", 0, 1795444066},
    {"2026-01-01T00:00:00Z", 0, WALL_PLAUSIBLE_S},
    {"0001-01-01T00:00:00Z", 0, INT64_C(-62135596800)},
    {"9999-12-31T23:59:59Z", 0, INT64_C(253402300799)},
};

static const struct {
    const char *text;
    int err;
    int64_t ms;
} durations[] = {
    {"", -EINVAL, 0},     {"5", -EINVAL, 0},      {"s", -EINVAL, 0},
    {"-5s", -EINVAL, 0},  {"+5s", -EINVAL, 0},    {" 5s", -EINVAL, 0},
    {"5 s", -EINVAL, 0},  {"1h30m", -EINVAL, 0},  {"5S", -EINVAL, 0},
    {"5ms", -EINVAL, 0},  {"36526d", -ERANGE, 0}, {"99999999999999999999s", -ERANGE, 0},
    {"0s", 0, 0},         {"15s", 0, 15000},      {"10m", 0, 600000},
    {"24h", 0, 86400000}, {"30d", 0, 2592000000}, {"36525d", 0, INT64_C(3155760000000)},
};

static void test_parse(void)
{
    for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
        struct wall t = {77};
        int err = wall_parse(walls[i].text, &t);
        if (!tap_ok(err == walls[i].err && t.s == (err ? 77 : walls[i].s), "instant \"%s\"",
                    walls[i].text))
            tap_diag("%d, %" PRId64, err, t.s);
    }
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        int64_t ms = 77;
        int err = duration_parse(durations[i].text, &ms);
        if (!tap_ok(err == durations[i].err && ms == (err ? 77 : durations[i].ms),
                    "duration \"%s\"", durations[i].text))
            tap_diag("%d, %" PRId64, err, ms);
    }
}

/* Walks through the days of 800 years, which is every case of the Gregorian calendar twice. */
static void test_calendar(void)
{
    struct civil expect = {.year = 1600, .month = 1, .day = 1, .hour = 23, .weekday = 5};
    struct wall t = civil_wall(&expect);
    bool same = true, back = true;

    for (int i = 0; i < 2 * 146097 && same && back; i++, t.s += 86400) {
        struct civil c = wall_civil(t);
        same = c.year == expect.year && c.month == expect.month && c.day == expect.day &&
               c.hour == 23 && c.minute == 0 && c.second == 0 && c.weekday == expect.weekday;
        back = civil_wall(&expect).s == t.s;
        expect.weekday = (int8_t)((expect.weekday + 1) % 7);
        expect.day++;
        if (!civil_valid(&expect)) {
            expect.day = 1;
            expect.month++;
        }
        if (!civil_valid(&expect)) {
            expect.month = 1;
            expect.year++;
        }
    }
    tap_ok(same, "every day of 800 years follows the one before");
    tap_ok(back, "and is found again by its date");
    tap_ok(wall_civil((struct wall){INT64_MAX}).year == 9999 &&
               wall_civil((struct wall){INT64_MIN}).year == 1,
           "instants outside the calendar are its ends");
}

static void test_valid(void)
{
    static const struct civil no_times[] = {
        {.year = 10000, .month = 1, .day = 1},
        {.year = 2026, .month = 1, .day = 1, .hour = -1},
        {.year = 2026, .month = 1, .day = 1, .minute = -1},
        {.year = 2026, .month = 1, .day = 1, .minute = 60},
        {.year = 2026, .month = 1, .day = 1, .second = -1},
        {.year = 2026, .month = 1, .day = 1, .second = 61},
    };
    bool refused = true;

    for (size_t i = 0; i < sizeof(no_times) / sizeof(no_times[0]); i++)
        refused = refused && !civil_valid(&no_times[i]);
    tap_ok(refused, "times that there are not");
}

int main(void)
{
    char text[TIME_RFC3339_SIZE];

    test_parse();
    test_valid();
    test_calendar();
    wall_rfc3339((struct wall){1795444066}, text);
    tap_ok(strcmp(text, "2026-11-23T14:27:46Z") == 0, "an instant in RFC 3339");
    wall_rfc3339((struct wall){INT64_C(-62135596800)}, text);
    tap_ok(strcmp(text, "0001-01-01T00:00:00Z") == 0, "the year has four digits");
    tap_ok(mono_after((struct mono){5}, 7).ms == 12, "a deadline");
    tap_ok(mono_after((struct mono){5}, INT64_MAX).ms == MONO_NEVER.ms, "a deadline past the end");
    tap_ok(mono_after(MONO_NEVER, 0).ms == MONO_NEVER.ms, "never stays never");
    return tap_done();
}
