#include "cli/csv.h"
#include "cli/output.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void csv_init(struct csv *c, char *text)
{
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        text += 3;
    const char *first = text + strcspn(text, ",;\t\r\n");
    char separator = *first == ';' || *first == '\t' ? *first : ',';
    *c = (struct csv){.at = text, .separator = separator, .line = 1, .begin = text};
}

/* "+44 7700 900321", "-3.5" */
static bool is_number(const char *text)
{
    text += *text == '+' || *text == '-';
    return *text && text[strspn(text, "0123456789 .()")] == '\0';
}

static bool is_formula(const char *text)
{
    return *text && strchr("=+-@\t\r", *text) && !is_number(text);
}

/* Moves the field that begins at c->at to `*to`, without its quotes; ends where it ends. */
static void take_field(struct csv *c, char **to)
{
    bool quoted = *c->at == '"';
    c->at += quoted;
    while (*c->at && (quoted || (*c->at != c->separator && *c->at != '\r' && *c->at != '\n'))) {
        if (quoted && *c->at == '"' && c->at[1] != '"') {
            quoted = false;
            c->at++;
            continue;
        }
        c->at += quoted && *c->at == '"';
        if (*c->at == '\n') {
            c->line++;
            c->begin = c->at + 1;
        }
        *(*to)++ = *c->at++;
    }
    c->open = c->open || quoted;
}

int csv_next(struct csv *c, struct csv_field fields[CSV_FIELDS_MAX])
{
    char *to = c->at;
    int count = 0;
    if (!*c->at)
        return -1;
    for (bool more = true; more;) {
        struct csv_field field = {to, c->line, (int)(c->at - c->begin) + 1};
        take_field(c, &to);
        more = *c->at == c->separator;
        if (*c->at == '\r' && c->at[1] == '\n')
            c->at++;
        if (*c->at == '\n' || *c->at == '\r') {
            c->line++;
            c->begin = c->at + 1;
        }
        c->at += *c->at != '\0';
        *to++ = '\0'; /* never ahead of c->at: each field ends with a separator */
        if (field.text[0] == '\'' && is_formula(field.text + 1))
            field.text++;
        if (count < CSV_FIELDS_MAX)
            fields[count++] = field;
    }
    return count;
}

int csv_find(const struct csv_field *fields, int count, const char *const *words)
{
    for (; *words; words++) {
        for (int i = 0; i < count; i++) {
            if (strncasecmp(fields[i].text, *words, strlen(*words)) == 0)
                return i;
        }
    }
    return -1;
}

static void print_field(const char *text)
{
    bool formula = is_formula(text);
    if (!formula && !text[strcspn(text, ",\"\r\n")]) {
        fputs(text, stdout);
        return;
    }
    fputs(formula ? "\"'" : "\"", stdout);
    for (; *text; text++)
        printf("%s%c", *text == '"' ? "\"" : "", *text);
    putchar('"');
}

void csv_print(const char *text)
{
    char *data = output_data(text);
    print_field(data);
    free(data);
}
