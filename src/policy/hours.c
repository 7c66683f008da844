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
#define NEXT_DAYS 8

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

bool hours_open(const struct hours *h, const struct zone *z, struct wall now)
{
    struct civil local = zone_civil(z, now);
    int minute = local.hour * 60 + local.minute;
    return day_covers(h, local.weekday, minute) ||
           day_covers(h, (local.weekday + 6) % 7, minute + DAY_MIN);
}

/* Returns the local midnight that begins the day of `t`, as seconds on a clock that knows no zone.
 */
static int64_t local_midnight_s(const struct zone *z, struct wall t)
{
    struct civil c = zone_civil(z, t);
    c.hour = c.minute = c.second = 0;
    return civil_wall(&c).s;
}

bool hours_next_open(const struct hours *h, const struct zone *z, struct wall now,
                     struct wall *ret_open)
{
    int64_t today_s = local_midnight_s(z, now);
    struct wall first = {INT64_MAX};

    for (int day = 0; day <= NEXT_DAYS; day++) {
        struct civil date = wall_civil((struct wall){today_s + (int64_t)day * DAY_S});
        for (size_t i = 0; i < h->count[date.weekday]; i++) {
            struct civil c = date;
            c.hour = (int8_t)(h->slot[date.weekday][i].from_min / 60);
            c.minute = (int8_t)(h->slot[date.weekday][i].from_min % 60);
            struct wall open = zone_wall(z, &c);
            if (open.s > now.s && open.s < first.s)
                first = open;
        }
    }
    if (first.s == INT64_MAX || first.s - now.s > INT64_C(1) * NEXT_DAYS * DAY_S)
        return false;
    *ret_open = first;
    return true;
}

void hours_clock_text(const struct zone *z, struct wall t, char ret_text[HOURS_CLOCK_SIZE])
{
    struct civil c = zone_civil(z, t);
    int n = snprintf(ret_text, HOURS_CLOCK_SIZE, "%d:%02d", c.hour, c.minute);
    assert(n > 0 && n < HOURS_CLOCK_SIZE);
}

void hours_next_open_text(const struct zone *z, struct wall now, struct wall open,
                          char ret_text[HOURS_NEXT_OPEN_SIZE])
{
    static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
    int64_t days = (local_midnight_s(z, open) - local_midnight_s(z, now)) / DAY_S;
    const char *weekday = weekdays[zone_civil(z, open).weekday];
    char clock[HOURS_CLOCK_SIZE];
    struct text t;

    assert(open.s >= now.s && open.s - now.s <= INT64_C(1) * NEXT_DAYS * DAY_S);
    hours_clock_text(z, open, clock);
    text_init(&t, ret_text, HOURS_NEXT_OPEN_SIZE);
    if (days == 0)
        text_addf(&t, "%s today", clock);
    else if (days == 1)
        text_addf(&t, "%s tomorrow", clock);
    else
        text_addf(&t, "%s%s %s", days >= 7 ? "next " : "", weekday, clock);
    assert(text_ok(&t));
}
