#include "cli/cli.h"
#include "cli/output.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1784122200) /* Wednesday, 2026-07-15T13:30:00Z */
#define HOUR 3600
#define DAY (24 * HOUR)

static struct output out;

static void test_width(void)
{
    static const struct row {
        const char *name, *text;
        int width;
        size_t fit; /* octets that fit into 4 columns */
    } rows[] = {
        {"half a character", "ab\xE2\x82", 4, 4},
        {"a wide one does not fit by half", "abc\xE6\x97\xA5", 5, 3},
        {"East Asian", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 6, 6},
        {"emoji", "\xF0\x9F\x94\xA7\xF0\x9F\x94\xA7\xF0\x9F\x94\xA7", 6, 8},
        {"a combining mark takes none", "ae\xCC\x81iou", 5, 6},
        {"nothing", "", 0, 0},
        {"ASCII", "abcdef", 6, 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int width, cut;
        width = output_width(&out, rows[i].text, strlen(rows[i].text));
        size_t fit = output_fit(&out, rows[i].text, 4, &cut);
        if (!tap_ok(width == rows[i].width && fit == rows[i].fit && cut <= 4, "width: %s",
                    rows[i].name))
            tap_diag("width %d, fit %zu in %d columns", width, fit, cut);
    }
}

static void test_times(void)
{
    static const struct row {
        int64_t away_s;
        const char *text;
    } rows[] = {
        {-NOW, ""}, /* never */
        {-400 * DAY, "10 Jun 2025"},
        {-30 * DAY, "15 Jun 13:30"},
        {-7 * DAY, "8 Jul 13:30"},
        {-6 * DAY, "Thu 13:30"},
        {-13 * HOUR - 30 * 60, "00:00"},
        {-13 * HOUR - 30 * 60 - 1, "Tue 23:59"},
        {0, "13:30"},
        {DAY, "Thu 13:30"},
        {365 * DAY, "15 Jul 2027"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[OUTPUT_TIME_SIZE];
        output_time(&out, (struct wall){NOW + rows[i].away_s}, text);
        if (!tap_ok(strcmp(text, rows[i].text) == 0, "time %zu: %s", i, rows[i].text))
            tap_diag("got %s", text);
    }
}

/* London on Monday, 00:30 after the Sunday of 23 hours. */
static void test_midnights(void)
{
    static const struct row {
        int days_ago;
        const char *wall;
    } rows[] = {
        {0, "2026-03-29T23:00:00Z"},
        {1, "2026-03-29T00:00:00Z"},
        {2, "2026-03-28T00:00:00Z"},
    };
    struct output london = out;
    struct wall now;
    char got[TIME_RFC3339_SIZE];
    tap_ok(zone_parse(&london.zone, "GMT0BST,M3.5.0/1,M10.5.0") == 0, "the zone of London");
    tap_ok(wall_parse("2026-03-30T00:30:00+01:00", &now) == 0, "a Monday");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wall_rfc3339(output_midnight(&london, now, rows[i].days_ago), got);
        if (!tap_ok(strcmp(got, rows[i].wall) == 0, "midnight %d days ago", rows[i].days_ago))
            tap_diag("got %s", got);
    }
}

static void test_durations(void)
{
    static const struct row {
        int64_t s;
        const char *text;
    } rows[] = {
        {-5, "0 s"},
        {0, "0 s"},
        {59, "59 s"},
        {60, "1 min"},
        {3599, "59 min"},
        {3600, "1 h 00 min"},
        {47 * HOUR, "47 h 00 min"},
        {48 * HOUR, "2 days"},
        {400 * DAY, "400 days"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[OUTPUT_TIME_SIZE];
        output_duration(rows[i].s, text);
        if (!tap_ok(strcmp(text, rows[i].text) == 0, "duration: %s", rows[i].text))
            tap_diag("got %s", text);
    }
}

static void test_printable(void)
{
    static const struct row {
        const char *name, *text, *printable;
    } rows[] = {
        {"escape sequence", "\x1B[31mred", "<1B>[31mred"},
        {"text turned round",
         "\xE2\x80\xAE"
         "abc",
         "<202E>abc"},
        {"not UTF-8", "a\xFF", "a\xEF\xBF\xBD"},
        {"only controls", "\x01\x02\x7F", "<01><02><7F>"},
        {"format", "%n%s", "%n%s"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *got = output_printable(rows[i].text, false);
        if (!tap_ok(strcmp(got, rows[i].printable) == 0, "printable: %s", rows[i].name))
            tap_diag("got %s", got);
        free(got);
    }
}

static void test_suggestions(void)
{
    static const char *const words[] = {"status", "send", "calls", "check", NULL};
    static const struct row {
        const char *word, *suggestion;
    } rows[] = {
        {"", ""},
        {"frobnicate", ""},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
        {"sned", " (did you mean send?)"},  /* swapped */
        {"call", " (did you mean calls?)"}, /* one missing */
        {"chekc", " (did you mean check?)"},
        {"statuss", " (did you mean status?)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char got[CLI_SUGGESTION_MAX];
        cli_suggest(rows[i].word, words, got);
        if (!tap_ok(strcmp(got, rows[i].suggestion) == 0, "suggestion for \"%.20s\"", rows[i].word))
            tap_diag("got %s", got);
    }
}

int main(void)
{
    output_init(&out);
    out.now.wall.s = NOW;
    out.zone = (struct zone){0};
    test_width();
    test_times();
    test_midnights();
    test_durations();
    test_printable();
    test_suggestions();
    output_free(&out);
    return tap_done();
}
