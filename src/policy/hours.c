/* src/policy/hours.c - hours are compared on the local clock, minute by minute of a day; only
 * openings, which are told to people and waited for, become instants. */
#include "policy/hours.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAY_MIN 1440
#define DAY_S 86400

/* Reads "08:00" or "8:00", up to 24:00. */
static bool read_clock(const char *s, size_t len, int64_t *ret_min)
{
    const char *colon = memchr(s, ':', len);
    int64_t hour, minute;

    if (!colon || s + len - colon != 3 || colon - s > 2 ||
        text_to_i64(s, (size_t)(colon - s), 0, 24, &hour) != 0 ||
        text_to_i64(colon + 1, 2, 0, 59, &minute) != 0)
        return false;
    *ret_min = hour * 60 + minute;
    return *ret_min <= DAY_MIN;
}

int hours_parse_slot(const char *text, struct hours_slot *ret_slot)
{
    const char *dash = strchr(text, '-');
    int64_t from, to;

    if (!dash || !read_clock(text, (size_t)(dash - text), &from) ||
        !read_clock(dash + 1, strlen(dash + 1), &to) || from == to || from == DAY_MIN)
        return -EINVAL;
    if (to < from)
        to += DAY_MIN;
    *ret_slot = (struct hours_slot){.from_min = (int16_t)from, .to_min = (int16_t)to};
    return 0;
}

int hours_add(struct hours *h, int weekday, struct hours_slot slot)
{
    assert(weekday >= 0 && weekday <= 6);
    assert(slot.from_min >= 0 && slot.from_min < slot.to_min);
    assert(slot.from_min < DAY_MIN && slot.to_min <= 2 * DAY_MIN);

    size_t *count = &h->count[weekday];
    for (size_t i = 0; i < *count; i++) {
        const struct hours_slot *other = &h->slot[weekday][i];
        if (slot.from_min < other->to_min && other->from_min < slot.to_min)
            return -EEXIST;
    }
    if (*count == HOURS_SLOT_MAX)
        return -ENOSPC;
    h->slot[weekday][(*count)++] = slot;
    return 0;
}

/* Returns whether a slot that begins on `weekday` covers the minute, counted from that day's
 * midnight. */
static bool day_covers(const struct hours *h, int weekday, int minute)
{
    assert(h->count[weekday] <= HOURS_SLOT_MAX);
    for (size_t i = 0; i < h->count[weekday]; i++) {
        const struct hours_slot *slot = &h->slot[weekday][i];
        if (minute >= slot->from_min && minute < slot->to_min)
            return true;
    }
    return false;
}

int hours_parse_date(const char *text, struct holiday *ret_holiday)
{
    size_t len = strlen(text);
    const char *day = text + (len == 10 ? 5 : 0); /* "12-25" */
    int64_t year = 0, month, date;

    if ((len != 10 && len != 5) || day[2] != '-' || (len == 10 && text[4] != '-') ||
        (len == 10 && text_to_i64(text, 4, 1, 9999, &year) != 0) ||
        text_to_i64(day, 2, 1, 12, &month) != 0 || text_to_i64(day + 3, 2, 1, 31, &date) != 0)
        return -EINVAL;
    struct civil c = {.year = year != 0 ? (int32_t)year : 2024, /* a leap year */
                      .month = (int8_t)month,
                      .day = (int8_t)date};
    if (!civil_valid(&c))
        return -EINVAL;
    ret_holiday->year = (int32_t)year;
    ret_holiday->month = c.month;
    ret_holiday->day = c.day;
    return 0;
}

static const struct holiday *holiday_on(const struct hours *h, const struct civil *date)
{
    assert(h->holiday_count <= HOURS_HOLIDAY_MAX);
    for (size_t i = 0; i < h->holiday_count; i++) {
        const struct holiday *day = &h->holiday[i];
        if (day->month == date->month && day->day == date->day &&
            (day->year == 0 || day->year == date->year))
            return day;
    }
    return NULL;
}

const struct holiday *hours_holiday(const struct hours *h, const struct zone *z, struct wall t)
{
    struct civil date = zone_civil(z, t);
    return holiday_on(h, &date);
}

/* Returns the local midnight that begins the day of `t`, as seconds on a clock that knows no zone.
 */
static int64_t local_midnight_s(const struct zone *z, struct wall t)
{
    struct civil c = zone_civil(z, t);
    c.hour = c.minute = c.second = 0;
    return civil_wall(&c).s;
}

bool hours_open(const struct hours *h, const struct zone *z, struct wall now)
{
    struct civil today = zone_civil(z, now);
    struct civil yesterday = wall_civil((struct wall){local_midnight_s(z, now) - DAY_S});
    int minute = today.hour * 60 + today.minute;
    return (!holiday_on(h, &today) && day_covers(h, today.weekday, minute)) ||
           (!holiday_on(h, &yesterday) && day_covers(h, yesterday.weekday, minute + DAY_MIN));
}

bool hours_next_open(const struct hours *h, const struct zone *z, struct wall now,
                     struct wall *ret_open)
{
    int64_t today_s = local_midnight_s(z, now);
    struct wall first = {INT64_MAX};

    for (int day = 0; day <= HOURS_NEXT_DAYS && first.s == INT64_MAX; day++) {
        struct civil date = wall_civil((struct wall){today_s + (int64_t)day * DAY_S});
        if (holiday_on(h, &date))
            continue;
        for (size_t i = 0; i < h->count[date.weekday]; i++) {
            struct civil c = date;
            c.hour = (int8_t)(h->slot[date.weekday][i].from_min / 60);
            c.minute = (int8_t)(h->slot[date.weekday][i].from_min % 60);
            struct wall open = zone_wall(z, &c);
            if (open.s > now.s && open.s < first.s)
                first = open;
        }
    }
    if (first.s == INT64_MAX)
        return false;
    *ret_open = first;
    return true;
}

void hours_clock_text(const struct zone *z, struct wall t, char ret_text[HOURS_CLOCK_SIZE])
{
    struct civil c = zone_civil(z, t);
    int n = snprintf(ret_text, HOURS_CLOCK_SIZE, "%02d:%02d", c.hour, c.minute);
    assert(n > 0 && n < HOURS_CLOCK_SIZE);
}

void hours_next_open_text(const struct zone *z, struct wall now, struct wall open,
                          char ret_text[HOURS_NEXT_OPEN_SIZE])
{
    static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int64_t days = (local_midnight_s(z, open) - local_midnight_s(z, now)) / DAY_S;
    struct civil date = zone_civil(z, open);
    char clock[HOURS_CLOCK_SIZE];
    struct text t;

    assert(open.s >= now.s);
    hours_clock_text(z, open, clock);
    text_init(&t, ret_text, HOURS_NEXT_OPEN_SIZE);
    if (days == 0)
        text_addf(&t, "%s today", clock);
    else if (days == 1)
        text_addf(&t, "%s tomorrow", clock);
    else if (days <= 8)
        text_addf(&t, "%s%s %s", days >= 7 ? "next " : "", weekdays[date.weekday], clock);
    else
        text_addf(&t, "%d %s %s", date.day, months[date.month - 1], clock);
    assert(text_ok(&t));
}
