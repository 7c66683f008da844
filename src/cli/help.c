#include "cli/help.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

#define LINE_MAX_OCTETS 2048
#define CONTINUES 8 /* so many blanks begin a line that belongs to the one before */

/* One line of the text with those that belong to it. */
struct logical {
    char octets[LINE_MAX_OCTETS];
    struct text text;
    size_t last; /* octets of its last line */
    bool paragraph;
};

static void begin(struct logical *l)
{
    text_init(&l->text, l->octets, sizeof(l->octets));
    l->last = 0;
    l->paragraph = false;
}

/* Returns the column where a line of a list tells what its first words are for; 0 where it is none.
 */
static size_t told_at(const char *line)
{
    size_t start = strspn(line, " "), word = strcspn(line + start, " ");
    const char *gap = start > 0 ? strstr(line + start, "  ") : line + word;
    if (!gap || strncmp(gap, "  ", 2) != 0 || gap[-1] == '.')
        return 0;
    return (size_t)(gap - line) + strspn(gap, " ");
}

/* Returns the column of the lines that a line is folded into, but for the first. */
static size_t hanging(const char *line, size_t columns)
{
    size_t start = strspn(line, " "), told = told_at(line);
    if (strncmp(line, "usage: ", 7) == 0)
        return strlen("usage: textback ");
    if (told > 0 && told < columns / 2)
        return told;
    return start > 0 ? start + 4 : 0;
}

/* Returns how much of `s` goes onto a screen line of `room` columns: up to its last blank behind
 * `indent`, else its last comma. */
static size_t fold(const char *s, size_t room, size_t indent)
{
    size_t len = strlen(s);
    if (len <= room)
        return len;
    for (size_t i = room; i > indent; i--)
        if (s[i] == ' ')
            return i;
    for (size_t i = room; i > 0; i--)
        if (s[i - 1] == ',')
            return i;
    return room;
}

static void flush(struct logical *l, size_t columns)
{
    const char *s = l->octets;
    size_t indent = hanging(s, columns), room = columns;
    for (; l->last > 0 && *s; room = columns - indent) {
        size_t len = fold(s, room, room == columns ? indent : 0);
        printf("%.*s\n", (int)len, s);
        s += len;
        s += strspn(s, " ");
        if (*s)
            printf("%*s", (int)indent, "");
    }
    begin(l);
}

static bool belongs(const struct logical *l, const char *line, size_t len)
{
    size_t start = strspn(line, " ");
    if (l->last == 0)
        return false;
    if (start > 0 && (start >= CONTINUES || start == told_at(l->octets)))
        return line[start] != '-';
    return l->paragraph && start == 0 && l->last >= HELP_JOINS && line[0] != '{' &&
           told_at(line) == 0 && len > 0;
}

void help_print(const struct output *out, const char *usage)
{
    size_t columns =
        out->width > 0 && out->width < HELP_COLUMNS ? (size_t)out->width : HELP_COLUMNS;
    struct logical l;
    begin(&l);
    for (const char *end; *usage; usage = end + (*end == '\n')) {
        end = strchrnul(usage, '\n');
        size_t len = (size_t)(end - usage), start = 0;
        if (belongs(&l, usage, len)) {
            start = strspn(usage, " ");
            text_add_char(&l.text, ' ');
        } else {
            flush(&l, columns);
            l.paragraph = usage[0] != ' ' && usage[0] != '{' && told_at(usage) == 0 &&
                          strncmp(usage, "usage:", 6) != 0;
        }
        if (len == 0)
            putchar('\n');
        text_add_span(&l.text, usage + start, len - start);
        l.last = len;
    }
    flush(&l, columns);
}
