#include "cli/cards.h"
#include "cli/alloc.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX 100 /* columns of CSV; those after them are not looked at */

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
        }
    }
}

/* Cuts one record off `*text`. Returns how many fields it has, -1 at the end. */
static int csv_record(char **text, int *line, char *fields[FIELDS_MAX])
{
    char *from = *text, *to = from;
    int count = 0;
    if (!*from)
        return -1;
    for (bool more = true; more;) {
        bool quoted = *from == '"';
        from += quoted;
        char *start = to;
        while (*from && (quoted || (*from != ',' && *from != '\n' && *from != '\r'))) {
            if (quoted && *from == '"' && from[1] != '"') {
                quoted = false;
                from++;
                continue;
            }
            from += quoted && *from == '"';
            *line += *from == '\n';
            *to++ = *from++;
        }
        more = *from == ',';
        if (*from == '\r')
            from++;
        if (*from == '\n')
            ++*line;
        from += *from != '\0';
        *to++ = '\0'; /* never ahead of `from`: each field ends with a separator */
        if (count < FIELDS_MAX)
            fields[count++] = start;
    }
    *text = from;
    return count;
}

/* Returns the first column whose title begins with one of the words, -1 none. */
static int column(char **fields, int count, const char *const *words)
{
    for (; *words; words++) {
        for (int i = 0; i < count; i++) {
            if (strncasecmp(fields[i], *words, strlen(*words)) == 0)
                return i;
        }
    }
    return -1;
}

static const char *read_csv(struct cards *c, char *text)
{
    static const char *const name_words[] = {"name", "full name", "display name", "first name",
                                             NULL};
    static const char *const number_words[] = {
        "number", "phone 1 - value", "phone", "mobile", "telephone", "tel", NULL};
    static const char *const label_words[] = {"labels", "label", "group", "categories", NULL};
    char *fields[FIELDS_MAX];
    int line = 1, start = 1;
    int count = csv_record(&text, &line, fields);
    int name = column(fields, count < 0 ? 0 : count, name_words);
    int number = column(fields, count < 0 ? 0 : count, number_words);
    int labels = column(fields, count < 0 ? 0 : count, label_words);
    if (name < 0 || number < 0)
        return "neither vCards nor CSV with the columns name and number";
    for (; start = line, (count = csv_record(&text, &line, fields)) >= 0;) {
        if (count > name && count > number)
            add(c, start, fields[name], fields[number],
                labels >= 0 && labels < count ? fields[labels] : "");
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
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", stdout);
        else if (*text != '\r')
            printf("%s%c", strchr(",;\\", *text) ? "\\" : "", *text);
    }
}

void cards_print_field(const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++)
        printf("%s%c", *text == '"' ? "\"" : "", *text);
    putchar('"');
}
