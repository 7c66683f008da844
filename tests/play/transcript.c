#include "play/transcript.h"
#include "tap.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void add_bytes(struct item *item, const char *bytes, size_t len)
{
    item->text = realloc(item->text, item->len + len + 1);
    assert(item->text);
    memcpy(item->text + item->len, bytes, len);
    item->len += len;
    item->text[item->len] = '\0';
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *found = strchr(digits, c | 0x20);
    return c != '\0' && found ? (int)(found - digits) : -1;
}

/* Writes the bytes of a raw line, `s` beginning after the opening quote. Returns their number, or
 * -1. */
static int unescape(const char *s, char *ret_bytes)
{
    int n = 0;

    for (; *s && *s != '"'; s++) {
        if (*s != '\\') {
            ret_bytes[n++] = *s;
            continue;
        }
        s++;
        if (*s == 'x' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
            ret_bytes[n++] = (char)(hex_digit(s[1]) * 16 + hex_digit(s[2]));
            s += 2;
        } else if (*s == 'r' || *s == 'n' || *s == 't' || *s == '0') {
            ret_bytes[n++] = "\r\n\t\0"[strchr("rnt0", *s) - "rnt0"];
        } else if (*s == '\\' || *s == '"') {
            ret_bytes[n++] = *s;
        } else {
            return -1;
        }
    }
    return *s == '"' ? n : -1;
}

/* ^Z and ^[ stand for their octets. */
static char *command_pattern(const char *s)
{
    char *pattern = malloc(strlen(s) + 1), *out = pattern;

    assert(pattern);
    for (; *s; s++) {
        if (s[0] == '^' && (s[1] == 'Z' || s[1] == '[')) {
            *out++ = s[1] == 'Z' ? '\x1a' : '\x1b';
            s++;
        } else {
            *out++ = *s;
        }
    }
    *out = '\0';
    return pattern;
}

static struct item *add_item(struct transcript *s, enum item_kind kind, int64_t at_ms)
{
    struct item *item;

    assert(s->count < TRANSCRIPT_ITEMS_MAX);
    item = &s->item[s->count++];
    *item = (struct item){.kind = kind, .at_ms = at_ms};
    add_bytes(item, "", 0);
    if (at_ms > s->end_ms)
        s->end_ms = at_ms;
    return item;
}

static bool read_modem_line(struct transcript *s, const char *line, int64_t at_ms,
                            struct item *answer)
{
    struct item *item = answer ? answer : add_item(s, ITEM_BYTES, at_ms);
    char bytes[TRANSCRIPT_LINE_SIZE];
    int n;

    if (strncmp(line, "<raw \"", 6) == 0) {
        n = unescape(line + 6, bytes);
        if (n < 0)
            return false;
        add_bytes(item, bytes, (size_t)n);
        return true;
    }
    if (strncmp(line, "< ", 2) != 0)
        return false;
    add_bytes(item, "\r\n", 2);
    add_bytes(item, line + 2, strlen(line + 2));
    add_bytes(item, "\r\n", 2);
    return true;
}

static void read_comment(struct transcript *s, const char *line)
{
    if (strncmp(line, "# send: ", 8) == 0)
        snprintf(s->send, sizeof(s->send), "%.900s", line + 8);
    if (strncmp(line, "# report: ", 10) == 0)
        snprintf(s->report, sizeof(s->report), "%.900s", line + 10);
}

/* Reads one line; `*answer` is the answer that is open. Returns whether it is sound. */
static bool read_line(struct transcript *s, const char *line, int64_t *at_ms, struct item **answer)
{
    double seconds;
    char more;

    switch (line[0]) {
    case '\0':
        return true;
    case '#':
        read_comment(s, line);
        return true;
    case '@':
        if (sscanf(line, "@ %lf %c", &seconds, &more) != 1 || seconds < 0)
            return false;
        *at_ms = (int64_t)(seconds * 1000 + 0.5);
        *answer = NULL;
        return true;
    case '<':
        return read_modem_line(s, line, *at_ms, *answer);
    case '>':
        *answer = add_item(s, ITEM_ANSWER, *at_ms);
        (*answer)->command = command_pattern(line + 2);
        if (s->count == 1)
            s->from_command = strcmp((*answer)->command, "AT+CLCC") != 0;
        s->lists_calls = s->lists_calls || strcmp((*answer)->command, "AT+CLCC") == 0;
        return line[1] == ' ';
    case '=':
        *answer = NULL;
        add_bytes(add_item(s, ITEM_VERDICT, *at_ms), line + 2, strlen(line + 2));
        return line[1] == ' ';
    default:
        return false;
    }
}

bool transcript_read(struct transcript *s, const char *path)
{
    char line[TRANSCRIPT_LINE_SIZE];
    struct item *answer = NULL;
    int64_t at_ms = 0;
    bool ok = true;
    FILE *file = fopen(path, "r");

    *s = (struct transcript){.path = path};
    if (!file)
        return false;
    while (ok && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        ok = read_line(s, line, &at_ms, &answer);
        if (!ok)
            tap_diag("%s: not a line of a transcript: %s", path, line);
    }
    fclose(file);
    return ok && s->count > 0;
}

void transcript_free(struct transcript *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->item[i].text);
        free(s->item[i].command);
    }
}
