/* src/base/time.c - the calendar by Howard Hinnant's days_from_civil: years that begin in March put
 * the leap day last, so one formula holds for every month. */
#include "base/time.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define YEAR_MIN 1
#define YEAR_MAX 9999
#define WALL_MIN_S INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define WALL_MAX_S INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DURATION_MAX_MS (INT64_C(36525) * DAY_S * 1000)

struct mono mono_after(struct mono t, int64_t ms)
{
    assert(ms >= 0);
    if (t.ms > INT64_MAX - ms)
        return MONO_NEVER;
    return (struct mono){t.ms + ms};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t y = year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct civil wall_civil(struct wall t)
{
    int64_t s = t.s < WALL_MIN_S ? WALL_MIN_S : t.s > WALL_MAX_S ? WALL_MAX_S : t.s;
    int64_t days = floor_div(s, DAY_S);
    int64_t second_of_day = s - days * DAY_S;
    int64_t z = days + 719468; /* days since 0000-03-01 */
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;

    return (struct civil){
        .year = (int32_t)(year_of_era + era * 400 + (month <= 2)),
        .month = (int8_t)month,
        .day = (int8_t)(day_of_year - (153 * march_month + 2) / 5 + 1),
        .hour = (int8_t)(second_of_day / 3600),
        .minute = (int8_t)(second_of_day / 60 % 60),
        .second = (int8_t)(second_of_day % 60),
        .weekday = (int8_t)(days + 3 - floor_div(days + 3, 7) * 7), /* 1970-01-01 was a Thursday */
    };
}

static int days_in_month(int32_t year, int8_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool civil_valid(const struct civil *c)
{
    return c->year >= YEAR_MIN && c->year <= YEAR_MAX && c->month >= 1 && c->month <= 12 &&
           c->day >= 1 && c->day <= days_in_month(c->year, c->month) && c->hour >= 0 &&
           c->hour <= 23 && c->minute >= 0 && c->minute <= 59 && c->second >= 0 && c->second <= 60;
}

struct wall civil_wall(const struct civil *c)
{
    assert(civil_valid(c));
    int64_t days = days_from_civil(c->year, c->month, c->day);
    return (struct wall){days * DAY_S + c->hour * 3600 + c->minute * 60 + c->second};
}

void wall_rfc3339(struct wall t, char ret_text[TIME_RFC3339_SIZE])
{
    struct civil c = wall_civil(t);
    int n = snprintf(ret_text, TIME_RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)c.year,
                     c.month, c.day, c.hour, c.minute, c.second);
    assert(n == 20);
}

/* Reads exactly `digits` digits at *at and moves behind them. */
static bool take_number(const char **at, size_t digits, int64_t max, int64_t *ret_value)
{
    for (size_t i = 0; i < digits; i++) /* also finds the end of the string */
        if ((*at)[i] < '0' || (*at)[i] > '9')
            return false;
    if (text_to_i64(*at, digits, 0, max, ret_value) != 0)
        return false;
    *at += digits;
    return true;
}

static bool take_char(const char **at, char upper, char lower)
{
    if (**at != upper && **at != lower)
        return false;
    ++*at;
    return true;
}

/* Reads "Z", "+02:00" or "-02:00". */
static bool take_zone(const char **at, int64_t *ret_offset_s)
{
    int64_t hours, minutes, sign = **at == '-' ? -1 : 1;

    *ret_offset_s = 0;
    if (take_char(at, 'Z', 'z'))
        return true;
    if (!take_char(at, '+', '-') || !take_number(at, 2, 23, &hours) || !take_char(at, ':', ':') ||
        !take_number(at, 2, 59, &minutes))
        return false;
    *ret_offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static void skip_fraction(const char **at)
{
    if (**at != '.' || (*at)[1] < '0' || (*at)[1] > '9')
        return;
    do
        ++*at;
    while (**at >= '0' && **at <= '9');
}

int wall_parse(const char *text, struct wall *ret_wall)
{
    int64_t year, month, day, hour, minute, second, offset_s;
    const char *at = text;

    if (!take_number(&at, 4, YEAR_MAX, &year) || !take_char(&at, '-', '-') ||
        !take_number(&at, 2, 12, &month) || !take_char(&at, '-', '-') ||
        !take_number(&at, 2, 31, &day) || !(take_char(&at, 'T', 't') || take_char(&at, ' ', ' ')) ||
        !take_number(&at, 2, 23, &hour) || !take_char(&at, ':', ':') ||
        !take_number(&at, 2, 59, &minute) || !take_char(&at, ':', ':') ||
        !take_number(&at, 2, 60, &second))
        return -EINVAL;
    skip_fraction(&at);
    if (!take_zone(&at, &offset_s) || *at != '\0')
        return -EINVAL;

    struct civil c = {
        .year = (int32_t)year,
        .month = (int8_t)month,
        .day = (int8_t)day,
        .hour = (int8_t)hour,
        .minute = (int8_t)minute,
        .second = (int8_t)second,
    };
    if (!civil_valid(&c))
        return -EINVAL;
    *ret_wall = (struct wall){civil_wall(&c).s - offset_s};
    return 0;
}

int duration_parse(const char *text, int64_t *ret_ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', INT64_C(1000) * DAY_S}};
    size_t len = strlen(text);
    int64_t value;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (len < 2 || text[len - 1] != units[i].unit)
            continue;
        int err = text_to_i64(text, len - 1, 0, DURATION_MAX_MS / units[i].ms, &value);
        if (err != 0)
            return err;
        *ret_ms = value * units[i].ms;
        return 0;
    }
    return -EINVAL;
}
