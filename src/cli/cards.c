#include "cli/cards.h"
#include "cli/alloc.h"
#include "cli/csv.h"
#include "cli/output.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct cards {
    struct card *cards;
    size_t count, cap, next;
};

static void add(struct cards *c, int line, const char *name, const char *number, const char *labels)
{
    c->cards = cli_grow(c->cards, &c->cap, c->count + 1, sizeof(*c->cards));
    c->cards[c->count++] =
        (struct card){.line = line, .name = name, .number = number, .labels = labels};
}

/* Cuts the next logical line off `*text`: a line that begins with a blank goes on the one before
 * (RFC 6350 3.2). Returns it, NULL at the end; `*line` is where it begins. */
static char *unfold(char **text, int *line, int *next_line)
{
    char *start = *text, *to = start, *from = start;
    if (!*from)
        return NULL;
    *line = *next_line;
    for (;;) {
        while (*from && *from != '\n' && *from != '\r')
            *to++ = *from++;
        if (*from == '\r')
            from++;
        if (*from == '\n')
            from++;
        (*next_line)++;
        if (*from != ' ' && *from != '\t')
            break;
        from++;
    }
    *text = from;
    *to = '\0';
    return start;
}

/* Undoes \n \, \; \\ in place. */
static void unescape(char *value)
{
    char *to = value;
    for (const char *from = value; *from; from++) {
        if (*from == '\\' && from[1]) {
            from++;
            *to++ = *from == 'n' || *from == 'N' ? ' ' : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/* "item1.TEL;TYPE=CELL:+44..." is the property TEL. Returns its value, NULL where it is another. */
static char *property(char *line, const char *name)
{
    size_t len = strlen(name);
    char *dot = line + strcspn(line, ".:;");
    if (*dot == '.')
        line = dot + 1;
    if (strncasecmp(line, name, len) || (line[len] != ':' && line[len] != ';'))
        return NULL;
    char *colon = line + len;
    for (bool quoted = false; *colon && (quoted || *colon != ':'); colon++)
        quoted ^= *colon == '"';
    return *colon ? colon + 1 : NULL;
}

#define NUMBERS_MAX 20 /* of one card */

static void read_vcard(struct cards *c, char *text)
{
    int line = 0, next_line = 1, lines[NUMBERS_MAX];
    const char *numbers[NUMBERS_MAX], *name = "", *labels = "";
    size_t count = 0;
    for (char *l; (l = unfold(&text, &line, &next_line));) {
        char *value;
        if (strcasecmp(l, "BEGIN:VCARD") == 0) {
            name = labels = "";
            count = 0;
        } else if ((value = property(l, "FN"))) {
            unescape(value);
            name = value;
        } else if ((value = property(l, "CATEGORIES"))) {
            unescape(value);
            labels = value;
        } else if ((value = property(l, "TEL")) && count < NUMBERS_MAX) {
            unescape(value);
            lines[count] = line;
            numbers[count++] = strncasecmp(value, "tel:", 4) == 0 ? value + 4 : value;
        } else if (strcasecmp(l, "END:VCARD") == 0) {
            for (size_t i = 0; i < count; i++)
                add(c, lines[i], name, numbers[i], labels);
            count = 0;
        }
    }
}

static const char *read_csv(struct cards *c, char *text)
{
    static const char *const name_words[] = {"name", "full name", "display name", "first name",
                                             NULL};
    static const char *const number_words[] = {
        "number", "phone 1 - value", "phone", "mobile", "telephone", "tel", NULL};
    static const char *const label_words[] = {"labels", "label", "group", "categories", NULL};
    struct csv_field fields[CSV_FIELDS_MAX];
    struct csv csv;
    csv_init(&csv, text);
    int count = csv_next(&csv, fields);
    int name = csv_find(fields, count, name_words);
    int number = csv_find(fields, count, number_words);
    int labels = csv_find(fields, count, label_words);
    if (name < 0 || number < 0)
        return "neither vCards nor CSV with the columns name and number";
    while ((count = csv_next(&csv, fields)) >= 0) {
        if (csv.open) /* whoever came after it would be a part of a name */
            return "a quote that is not closed before the end";
        if (count > name && count > number)
            add(c, fields[0].line, fields[name].text, fields[number].text,
                labels >= 0 && labels < count ? fields[labels].text : "");
    }
    return NULL;
}

struct cards *cards_read(char *text, const char **ret_error)
{
    struct cards *c = cli_alloc(1, sizeof(*c));
    const char *error = NULL;
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        text += 3;
    if (strncasecmp(text, "BEGIN:VCARD", 11) == 0)
        read_vcard(c, text);
    else
        error = read_csv(c, text);
    if (!error)
        return c;
    cards_free(c);
    *ret_error = error;
    return NULL;
}

void cards_free(struct cards *c)
{
    if (!c)
        return;
    free(c->cards);
    free(c);
}

const struct card *cards_next(struct cards *c)
{
    return c->next < c->count ? &c->cards[c->next++] : NULL;
}

void cards_print_value(const char *text)
{
    char *printable = isatty(STDOUT_FILENO) ? output_printable(text, true) : NULL;
    for (const char *c = printable ? printable : text; *c; c++) {
        if (*c == '\n')
            fputs("\\n", stdout);
        else if (*c != '\r')
            printf("%s%c", strchr(",;\\", *c) ? "\\" : "", *c);
    }
    free(printable);
}
