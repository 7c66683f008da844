/* src/base/zone.c - the reader is a span of text that shrinks; the offset at an instant is that of
 * the last change before it, looked up among the changes of three years, so that no rule near New
 * Year needs care. */
#include "base/zone.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define DAY_S 86400
#define OFFSET_HOURS_MAX 24 /* POSIX.1 8.3 */
#define RULE_HOURS_MAX 167  /* RFC 8536 3.3.1 */
#define DEFAULT_RULE_TIME_S (2 * 3600)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take_char(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool take_number(const char **at, int64_t min, int64_t max, int64_t *ret_value)
{
    size_t len = 0;
    while (is_digit((*at)[len]))
        len++;
    if (text_to_i64(*at, len, min, max, ret_value) != 0)
        return false;
    *at += len;
    return true;
}

/* Reads [+|-]hh[:mm[:ss]]. */
static bool take_time(const char **at, int64_t hours_max, int32_t *ret_s)
{
    int64_t hours, minutes = 0, seconds = 0;
    bool negative = take_char(at, '-');

    if (!negative)
        take_char(at, '+');
    if (!take_number(at, 0, hours_max, &hours))
        return false;
    if (take_char(at, ':')) {
        if (!take_number(at, 0, 59, &minutes))
            return false;
        if (take_char(at, ':') && !take_number(at, 0, 59, &seconds))
            return false;
    }
    int64_t s = hours * 3600 + minutes * 60 + seconds;
    *ret_s = (int32_t)(negative ? -s : s);
    return true;
}

/* Skips a zone name, which nobody is shown. */
static bool take_name(const char **at)
{
    const char *s = *at;
    size_t len = 0;

    if (take_char(&s, '<')) {
        while (is_letter(s[len]) || is_digit(s[len]) || s[len] == '+' || s[len] == '-')
            len++;
        if (len < 3 || s[len] != '>')
            return false;
        *at = s + len + 1;
        return true;
    }
    while (is_letter(s[len]))
        len++;
    *at = s + len;
    return len >= 3;
}

/* Reads Mm.w.d, Jn or n, each with an optional /time. */
static bool take_rule(const char **at, struct zone_rule *ret_rule)
{
    struct zone_rule rule = {.time_s = DEFAULT_RULE_TIME_S};
    int64_t month, week, weekday, day;

    if (take_char(at, 'M')) {
        if (!take_number(at, 1, 12, &month) || !take_char(at, '.') ||
            !take_number(at, 1, 5, &week) || !take_char(at, '.') ||
            !take_number(at, 0, 6, &weekday))
            return false;
        rule.kind = ZONE_RULE_MONTH;
        rule.month = (int8_t)month;
        rule.week = (int8_t)week;
        rule.weekday = (int8_t)weekday;
    } else {
        bool julian = take_char(at, 'J');
        if (!take_number(at, julian ? 1 : 0, 365, &day))
            return false;
        rule.kind = julian ? ZONE_RULE_JULIAN : ZONE_RULE_DAY;
        rule.day = (int16_t)day;
    }
    if (take_char(at, '/') && !take_time(at, RULE_HOURS_MAX, &rule.time_s))
        return false;
    *ret_rule = rule;
    return true;
}

int zone_parse(struct zone *ret_zone, const char *posix_tz)
{
    struct zone z = {0};
    const char *at = posix_tz;
    int32_t west_s; /* POSIX counts west of Greenwich */

    if (!take_name(&at) || !take_time(&at, OFFSET_HOURS_MAX, &west_s))
        return -EINVAL;
    z.standard_s = -west_s;
    if (*at != '\0') {
        if (!take_name(&at))
            return -EINVAL;
        z.summer_s = z.standard_s + 3600;
        if (*at != ',') {
            if (!take_time(&at, OFFSET_HOURS_MAX, &west_s))
                return -EINVAL;
            z.summer_s = -west_s;
        }
        if (!take_char(&at, ',') || !take_rule(&at, &z.to_summer) || !take_char(&at, ',') ||
            !take_rule(&at, &z.to_standard) || *at != '\0')
            return -EINVAL;
        z.has_summer = true;
    }
    *ret_zone = z;
    return 0;
}

static struct wall day_of(int32_t year, int8_t month, int8_t day)
{
    struct civil c = {.year = year, .month = month, .day = day};
    return civil_wall(&c);
}

/* Returns when the rule strikes in that year, on a clock that knows no zone. */
static int64_t rule_local_s(const struct zone_rule *rule, int32_t year)
{
    const struct civil leap_day = {.year = year, .month = 2, .day = 29};
    int64_t day_s = 0;

    switch (rule->kind) {
    case ZONE_RULE_MONTH: {
        struct wall first = day_of(year, rule->month, 1);
        int sunday_first = (wall_civil(first).weekday + 1) % 7;
        int8_t day = (int8_t)(1 + (rule->weekday - sunday_first + 7) % 7 + 7 * (rule->week - 1));
        while (!civil_valid(&(struct civil){.year = year, .month = rule->month, .day = day}))
            day = (int8_t)(day - 7); /* week 5 is the last there is */
        day_s = day_of(year, rule->month, day).s;
        break;
    }
    case ZONE_RULE_JULIAN:
        day_s = day_of(year, 1, 1).s + INT64_C(1) * DAY_S * (rule->day - 1);
        if (rule->day >= 60 && civil_valid(&leap_day))
            day_s += DAY_S;
        break;
    case ZONE_RULE_DAY:
        day_s = day_of(year, 1, 1).s + INT64_C(1) * DAY_S * rule->day;
        break;
    }
    return day_s + rule->time_s;
}

int32_t zone_offset_s(const struct zone *z, struct wall t)
{
    assert(z->standard_s >= -(OFFSET_HOURS_MAX + 1) * 3600);
    assert(z->standard_s <= (OFFSET_HOURS_MAX + 1) * 3600);
    if (!z->has_summer)
        return z->standard_s;

    int32_t this_year = wall_civil(t).year, offset_s = z->standard_s;
    int32_t first = this_year > 2 ? this_year - 2 : 1; /* one that began a year before, all year */
    int32_t last = this_year < 9999 ? this_year + 1 : this_year;
    int64_t latest = INT64_MIN;

    for (int32_t year = first; year <= last; year++) {
        int64_t standard_at = rule_local_s(&z->to_standard, year) - z->summer_s;
        int64_t summer_at = rule_local_s(&z->to_summer, year) - z->standard_s;
        if (standard_at <= t.s && standard_at > latest) {
            latest = standard_at;
            offset_s = z->standard_s;
        }
        if (summer_at <= t.s &&
            summer_at >= latest) { /* a tie is summer all year: RFC 8536 3.3.1 */
            latest = summer_at;
            offset_s = z->summer_s;
        }
    }
    return offset_s;
}

struct civil zone_civil(const struct zone *z, struct wall t)
{
    return wall_civil((struct wall){t.s + zone_offset_s(z, t)});
}

struct wall zone_wall(const struct zone *z, const struct civil *local)
{
    int64_t local_s = civil_wall(local).s;

    /* The offset that was in force before any change of that day: right unless a change came before
     * `local`. */
    int32_t before_s = zone_offset_s(z, (struct wall){local_s - 2 * DAY_S});
    int32_t after_s = zone_offset_s(z, (struct wall){local_s + 2 * DAY_S});
    struct wall early = {local_s - before_s}, late = {local_s - after_s};
    if (zone_offset_s(z, early) == before_s)
        return early;
    return zone_offset_s(z, late) == after_s ? late : early;
}
