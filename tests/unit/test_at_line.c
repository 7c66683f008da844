/* tests/unit/test_at_line.c - bytes in, lines out; each row whole and after a line that was cut. */
#include "at/line.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *name;
    const char *bytes;
    size_t len;        /* 0: up to the NUL */
    const char *lines; /* joined with '|', a prompt is PROMPT */
    bool prompt;
} rows[] = {
    {"nothing", "", 0, "", false},
    {"empty lines are nothing", "\r\n\r\n\r\r\n\n", 0, "", false},
    {"no end, no line", "\r\nRING", 0, "", false},
    {"CR LF", "\r\nOK\r\n", 0, "OK", false},
    {"CR CR LF", "\r\r\n+CRING: VOICE\r\r\n", 0, "+CRING: VOICE", false},
    {"LF only", "\nNO CARRIER\n", 0, "NO CARRIER", false},
    {"CR only", "OK\rERROR\r", 0, "OK|ERROR", false},
    {"NULs before a line", "\0\0\r\nRDY\r\n", 9, "RDY", false},
    {"a NUL inside a line", "\r\nRI\0NG\r\n", 9, "RING", false},
    {"control octets at the ends", "9C931\x1a\r\n\x1b\x7f\r\n\x1a+CSQ\r\n", 0, "9C931|+CSQ", false},
    {"control octets inside", "+CLIP: \"\x1b[2J\x07\",129\r\n", 0, "+CLIP: \"\x1b[2J\x07\",129",
     false},
    {"blanks at the ends", "  ^SLCC: \r\n", 0, "^SLCC:", false},
    {"octets over 127 stay", "AT\xff\xe5\r", 0, "AT\xff\xe5", false},
    {"prompt not wanted", "\r\n> \r\n", 0, ">", false},
    {"prompt", "\r\n> ", 0, "PROMPT", true},
    {"prompt without a blank", "AT+CMGS=26\r\r\n>\r\n\r", 0, "AT+CMGS=26|PROMPT", true},
    {"no prompt inside a line", "a > b\r\n", 0, "a > b", true},
};

static bool run(struct at_line *l, const struct row *row)
{
    char got[256] = "";
    size_t len = row->len ? row->len : strlen(row->bytes);

    for (size_t i = 0; i < len; i++) {
        enum at_line_kind kind = at_line_feed(l, (uint8_t)row->bytes[i], row->prompt);
        if (kind == AT_LINE_NONE)
            continue;
        size_t end = strlen(got);
        snprintf(got + end, sizeof(got) - end, "%s%.60s", end > 0 ? "|" : "",
                 kind == AT_LINE_PROMPT ? "PROMPT" : l->text);
    }
    if (strcmp(got, row->lines) != 0)
        tap_diag("got %s", got);
    return strcmp(got, row->lines) == 0;
}

static void feed_many(struct at_line *l, size_t count)
{
    for (size_t i = 0; i < count; i++)
        at_line_feed(l, 'x', false);
}

int main(void)
{
    struct at_line l;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        at_line_init(&l);
        tap_ok(run(&l, &rows[i]), "%s", rows[i].name);
        at_line_init(&l);
        feed_many(&l, AT_LINE_MAX + 5);
        at_line_feed(&l, '\n', false);
        tap_ok(run(&l, &rows[i]) && l.cut_lines == 1, "%s, after a line that was cut",
               rows[i].name);
    }
    at_line_init(&l);
    feed_many(&l, AT_LINE_MAX);
    tap_ok(at_line_feed(&l, '\r', false) == AT_LINE_TEXT && l.len == AT_LINE_MAX &&
               l.cut_lines == 0,
           "the longest line is whole");
    feed_many(&l, AT_LINE_MAX + 1);
    tap_ok(at_line_feed(&l, '\r', false) == AT_LINE_TEXT && l.len == AT_LINE_MAX &&
               l.cut_lines == 1,
           "one more octet is dropped and counted");
    return tap_done();
}
