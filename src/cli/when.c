#include "cli/when.h"
#include "base/text.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

/* Reads exactly `len` digits at `*text` and steps over them. Returns -1 where they are not there.
 */
static int digits(const char **text, size_t len)
{
    int value = 0;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)(*text)[i]))
            return -1;
        value = value * 10 + ((*text)[i] - '0');
    }
    *text += len;
    return value;
}

static bool take(const char **text, char c)
{
    bool there = **text == c;
    *text += there;
    return there;
}

/* "14:30", to the end of the text. */
static bool clock_time(const char *text, struct civil *c)
{
    int hour = digits(&text, 2);
    bool colon = take(&text, ':');
    int minute = colon ? digits(&text, 2) : -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || *text)
        return false;
    c->hour = (int8_t)hour;
    c->minute = (int8_t)minute;
    c->second = 0;
    return true;
}

/* "2026-11-23", and "2026-11-23 14:30" or with a T. */
static bool calendar_time(const char *text, struct civil *c)
{
    int year = digits(&text, 4);
    bool dash = take(&text, '-');
    int month = dash ? digits(&text, 2) : -1;
    dash = take(&text, '-');
    int day = dash ? digits(&text, 2) : -1;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *c = (struct civil){.year = year, .month = (int8_t)month, .day = (int8_t)day};
    if (!civil_valid(c))
        return false;
    return !*text || ((take(&text, ' ') || take(&text, 'T')) && clock_time(text, c));
}

int when_parse(const struct output *out, const char *text, struct wall *ret)
{
    struct civil c = zone_civil(&out->zone, out->now.wall);
    int weekday = c.weekday;
    int64_t ms;
    if (duration_parse(text, &ms) == 0)
        *ret = (struct wall){out->now.wall.s - ms / 1000};
    else if (wall_parse(text, ret) == 0)
        return 0;
    else if (clock_time(text, &c) || calendar_time(text, &c))
        *ret = zone_wall(&out->zone, &c);
    else if (strcasecmp(text, "now") == 0)
        *ret = out->now.wall;
    else if (strcasecmp(text, "today") == 0)
        *ret = output_midnight(out, out->now.wall, 0);
    else if (strcasecmp(text, "yesterday") == 0)
        *ret = output_midnight(out, out->now.wall, 1);
    else {
        for (int day = 0; day < 7; day++) {
            if (strlen(text) >= 3 && strncasecmp(text, weekdays[day], strlen(text)) == 0) {
                *ret = output_midnight(out, out->now.wall, (weekday - day + 7) % 7);
                return 0;
            }
        }
        return -EINVAL;
    }
    return 0;
}

#define MORNING 8 /* the hour of a day alone */
#define DAY_S INT64_C(86400)

/* "8:30" or "14:30". */
static bool short_clock_time(const char *text, struct civil *c)
{
    char padded[8];
    if (isdigit((unsigned char)text[0]) && text[1] == ':' && strlen(text) == 4) {
        snprintf(padded, sizeof(padded), "0%s", text);
        text = padded;
    }
    return clock_time(text, c);
}

/* How many days ahead the word before `len` names: tomorrow 1, the next such weekday 1..7; -1:
 * none.
 */
static int days_ahead(const char *word, size_t len, int today)
{
    if (len == 5 && strncasecmp(word, "today", len) == 0)
        return 0;
    if (len == 8 && strncasecmp(word, "tomorrow", len) == 0)
        return 1;
    for (int day = 0; day < 7; day++) {
        if (len >= 3 && len <= strlen(weekdays[day]) && strncasecmp(word, weekdays[day], len) == 0)
            return (day - today + 6) % 7 + 1;
    }
    return -1;
}

static int parse_future(const struct output *out, const char *text, struct wall *ret)
{
    struct wall now = out->now.wall;
    struct civil c = zone_civil(&out->zone, now);
    int64_t ms;
    if (duration_parse(text, &ms) == 0) {
        ret->s = now.s + ms / 1000;
        return 0;
    }
    if (wall_parse(text, ret) == 0)
        return 0;
    if (short_clock_time(text, &c)) {
        *ret = zone_wall(&out->zone, &c);
        if (ret->s > now.s)
            return 0;
        c = zone_civil(&out->zone, (struct wall){now.s + DAY_S});
        short_clock_time(text, &c);
        *ret = zone_wall(&out->zone, &c);
        return 0;
    }
    if (calendar_time(text, &c)) {
        if (strlen(text) == strlen("2026-11-23"))
            c.hour = MORNING;
        *ret = zone_wall(&out->zone, &c);
        return 0;
    }
    size_t len = strcspn(text, " ");
    int days = days_ahead(text, len, c.weekday);
    if (days < 0)
        return -EINVAL;
    c = zone_civil(&out->zone, output_midnight(out, now, -days));
    c.hour = MORNING;
    if (text[len] && !short_clock_time(text + len + 1, &c))
        return -EINVAL;
    *ret = zone_wall(&out->zone, &c);
    return 0;
}

int when_future(const struct cli *cli, const char *name, const char *text, struct wall *ret)
{
    static const char *const words[] = {"tomorrow", "monday", "tuesday",  "wednesday", "thursday",
                                        "friday",   "today",  "saturday", "sunday",    NULL};
    char suggestion[CLI_SUGGESTION_MAX];
    if (parse_future(&cli->out, text, ret)) {
        cli_suggest(text, words, suggestion);
        return cli_fail(cli, CLI_USAGE, "%s: not a time: \"%s\"%s", name, text,
                        suggestion[0] ? suggestion
                                      : " (such as 2h, 16:00, tomorrow, \"fri 8:30\")");
    }
    if (ret->s <= cli->out.now.wall.s)
        return cli_fail(cli, CLI_USAGE, "%s: already past: \"%s\"", name, text);
    return CLI_DONE;
}

static int parse_option(const struct cli *cli, const char *option, const char *text,
                        struct wall *ret)
{
    static const char *const words[] = {"now",      "today",     "yesterday", "monday",
                                        "tuesday",  "wednesday", "thursday",  "friday",
                                        "saturday", "sunday",    NULL};
    char suggestion[CLI_SUGGESTION_MAX];
    if (!text || when_parse(&cli->out, text, ret) == 0)
        return CLI_DONE;
    cli_suggest(text, words, suggestion);
    return cli_fail(cli, CLI_USAGE, "%s: not a time: \"%s\"%s", option, text,
                    suggestion[0] ? suggestion
                                  : " (such as 7d, 2h, today, mon, 14:30, 2026-11-23)");
}

int when_span(const struct cli *cli, const struct when_span *span, struct wall *ret_since,
              struct wall *ret_until)
{
    int64_t ms;
    *ret_since = *ret_until = (struct wall){0};
    if (span->last && (span->since || span->until))
        return cli_fail(cli, CLI_USAGE, "--last excludes --since and --until");
    int code = parse_option(cli, "--since", span->since, ret_since);
    if (code == CLI_DONE)
        code = parse_option(cli, "--until", span->until, ret_until);
    if (code == CLI_DONE && span->since && span->until && ret_until->s < ret_since->s)
        return cli_fail(cli, CLI_USAGE, "--until is before --since");
    if (code || !span->last)
        return code;
    if (duration_parse(span->last, &ms))
        return cli_fail(cli, CLI_USAGE, "--last: not a duration: \"%s\" (such as 2h, 7d)",
                        span->last);
    ret_since->s = cli->out.now.wall.s - ms / 1000;
    return CLI_DONE;
}
