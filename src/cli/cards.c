#include "cli/cards.h"
#include "cli/alloc.h"
#include "cli/csv.h"
#include "cli/output.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct cards {
    struct card *cards;
    size_t count, cap, next;
    int without;  /* people without a number */
    char **names; /* put together here */
    size_t name_count, name_cap;
};

static const char *keep_name(struct cards *c, const char *const *parts, size_t count)
{
    size_t len = 1, used = 0;
    for (size_t i = 0; i < count; i++)
        len += strlen(parts[i]) + 1;
    char *name = cli_alloc(len, 1);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(name + used, len - used, "%s%s",
                                 used > 0 && parts[i][0] ? " " : "", parts[i]);
    c->names = cli_grow(c->names, &c->name_cap, c->name_count + 1, sizeof(*c->names));
    c->names[c->name_count++] = name;
    return name;
}

static void add(struct cards *c, const struct card *card)
{
    c->cards = cli_grow(c->cards, &c->cap, c->count + 1, sizeof(*c->cards));
    c->cards[c->count++] = *card;
}

/* Where the value of a line of a vCard begins; NULL in a line that is none. */
static char *value_of(char *line)
{
    for (bool quoted = false; *line; line++) {
        quoted ^= *line == '"';
        if (!quoted && *line == ':')
            return line + 1;
    }
    return NULL;
}

/* Whether the parameters of a line, all before its value, name `word`. */
static bool has_parameter(const char *line, const char *value, const char *word)
{
    const char *at = strcasestr(line, word);
    return at && at < value;
}

/* Cuts the next logical line off `*text`: a line that begins with a blank goes on the one before
 * (RFC 6350 3.2), and so does what follows a quoted-printable line that ends with = (vCard 2.1).
 * Returns it, NULL at the end; `*line` is where it begins. */
static char *unfold(char **text, int *line, int *next_line)
{
    char *start = *text, *to = start, *from = start;
    if (!*from)
        return NULL;
    *line = *next_line;
    for (;;) {
        while (*from && *from != '\n' && *from != '\r')
            *to++ = *from++;
        char *end = to;
        if (*from == '\r')
            from++;
        if (*from == '\n')
            from++;
        (*next_line)++;
        if (end > start && end[-1] == '=' && *from) {
            char last = *end;
            *end = '\0';
            char *value = value_of(start);
            bool goes_on = value && has_parameter(start, value, "QUOTED-PRINTABLE");
            *end = last;
            if (goes_on) {
                to--;
                continue;
            }
        }
        if (*from != ' ' && *from != '\t')
            break;
        from++;
    }
    *text = from;
    *to = '\0';
    return start;
}

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0'
           : c >= 'A' && c <= 'F'    ? c - 'A' + 10
           : c >= 'a' && c <= 'f'    ? c - 'a' + 10
                                     : -1;
}

/* Undoes quoted-printable in place (RFC 2045 6.7); a line end becomes a blank. */
static void unquote(char *value)
{
    char *to = value;
    for (const char *from = value; *from; from++) {
        int high = *from == '=' ? hex(from[1]) : -1, low = high >= 0 ? hex(from[2]) : -1;
        char c = *from;
        if (low >= 0) {
            c = (char)(high * 16 + low);
            from += 2;
        }
        if (c != '\r')
            *to++ = c == '\n' || c == '\0' ? ' ' : c;
    }
    *to = '\0';
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

/* Cuts the next component off a value with several; "" at the end. */
static char *component(char **value)
{
    char *start = *value, *end = start;
    while (*end && *end != ';')
        end += *end == '\\' && end[1] ? 2 : 1;
    *value = end + (*end == ';');
    *end = '\0';
    unescape(start);
    return start;
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
    char *value = value_of(line);
    if (value && has_parameter(line, value, "QUOTED-PRINTABLE"))
        unquote(value);
    return value;
}

#define NUMBERS_MAX 20 /* of one card */

struct vcard {
    bool open;
    int line;                           /* of its BEGIN */
    const char *full, *parts, *company; /* names: FN, N and ORG */
    struct card numbers[NUMBERS_MAX];
    size_t count;
    const char *labels;
};

static void take_tel(struct vcard *v, char *line, char *value, int at)
{
    int column = (int)(value - line) + 1;
    if (has_parameter(line, value, "FAX") || has_parameter(line, value, "PAGER") ||
        v->count == NUMBERS_MAX)
        return;
    unescape(value);
    if (strncasecmp(value, "tel:", 4) == 0) {
        value += 4;
        column += 4;
        value[strcspn(value, ";")] = '\0'; /* ;ext=12 */
    }
    v->numbers[v->count++] = (struct card){.line = at, .column = column, .number = value};
}

static void take_property(struct cards *c, struct vcard *v, char *line, int at)
{
    char *value;
    if ((value = property(line, "FN"))) {
        unescape(value);
        v->full = value;
    } else if ((value = property(line, "N"))) { /* family; given; additional */
        const char *family = component(&value), *given = component(&value);
        const char *parts[] = {given, component(&value), family};
        v->parts = keep_name(c, parts, 3);
    } else if ((value = property(line, "ORG"))) {
        v->company = component(&value);
    } else if ((value = property(line, "CATEGORIES"))) {
        unescape(value);
        v->labels = value;
    } else if ((value = property(line, "TEL"))) {
        take_tel(v, line, value, at);
    }
}

static void end_card(struct cards *c, struct vcard *v)
{
    const char *name = v->full[0] ? v->full : v->parts[0] ? v->parts : v->company;
    for (size_t i = 0; i < v->count; i++) {
        v->numbers[i].name = name;
        v->numbers[i].labels = v->labels;
        add(c, &v->numbers[i]);
    }
    c->without += v->count == 0 && name[0];
}

static void read_vcards(struct cards *c, char *text, struct cards_error *error)
{
    const struct vcard none = {.full = "", .parts = "", .company = "", .labels = ""};
    struct vcard v = none;
    int line = 0, next_line = 1;
    for (char *l; (l = unfold(&text, &line, &next_line));) {
        if (strcasecmp(l, "BEGIN:VCARD") == 0) {
            if (v.open)
                break;
            v = none;
            v.open = true;
            v.line = line;
        } else if (strcasecmp(l, "END:VCARD") == 0) {
            if (v.open)
                end_card(c, &v);
            v.open = false;
        } else if (v.open) {
            take_property(c, &v, l, line);
        }
    }
    if (v.open) /* the file may be cut off: who else is missing? */
        *error = (struct cards_error){v.line, 1, "a vCard without its END:VCARD"};
}

/* What the columns of a CSV file are, of those whom people export from. */
struct columns {
    int full, first, middle, last, company, labels; /* -1: there is none */
    int phones[CSV_FIELDS_MAX], phone_count;
};

static int find_title(const struct csv_field *fields, int count, const char *const *titles)
{
    for (; *titles; titles++) {
        for (int i = 0; i < count; i++)
            if (strcasecmp(fields[i].text, *titles) == 0)
                return i;
    }
    return -1;
}

/* "Mobile Phone", "Phone 1 - Value", but not "Phone 1 - Label", nor "Phonetic First Name". */
static bool is_phone_title(const char *title)
{
    static const char *const is[] = {"phone", "mobil", "telefon", "cell", NULL};
    static const char *const is_not[] = {"phonetic", "label", "type", "fax", "pager", "tty", NULL};
    for (const char *const *word = is_not; *word; word++)
        if (strcasestr(title, *word))
            return false;
    for (const char *const *word = is; *word; word++)
        if (strcasestr(title, *word))
            return true;
    return strcasecmp(title, "number") == 0 || strcasecmp(title, "tel") == 0;
}

static bool read_titles(struct columns *ret, const struct csv_field *fields, int count)
{
    static const char *const full[] = {"name", "full name", "display name", NULL};
    static const char *const first[] = {"first name", "given name", NULL};
    static const char *const middle[] = {"middle name", "additional name", NULL};
    static const char *const last[] = {"last name", "family name", NULL};
    static const char *const company[] = {"organization name", "organization 1 - name", "company",
                                          NULL};
    static const char *const labels[] = {"labels", "label",      "group membership",
                                         "group",  "categories", NULL};
    *ret = (struct columns){
        .full = find_title(fields, count, full),
        .first = find_title(fields, count, first),
        .middle = find_title(fields, count, middle),
        .last = find_title(fields, count, last),
        .company = find_title(fields, count, company),
        .labels = find_title(fields, count, labels),
    };
    for (int i = 0; i < count; i++)
        if (is_phone_title(fields[i].text))
            ret->phones[ret->phone_count++] = i;
    return ret->phone_count > 0 && (ret->full >= 0 || ret->first >= 0 || ret->last >= 0);
}

static const char *text_at(const struct csv_field *fields, int count, int column)
{
    return column >= 0 && column < count ? fields[column].text : "";
}

/* Google writes several values into one field, " ::: " between them. Cuts the next one off. */
static const char *next_value(char **rest)
{
    char *start = *rest + strspn(*rest, " "), *end = strstr(start, ":::");
    *rest = end ? end + 3 : start + strlen(start);
    if (!end)
        return start;
    while (end > start && end[-1] == ' ')
        end--;
    *end = '\0';
    return start;
}

static void take_row(struct cards *c, const struct columns *t, const struct csv_field *fields,
                     int count)
{
    const char *parts[] = {text_at(fields, count, t->first), text_at(fields, count, t->middle),
                           text_at(fields, count, t->last)};
    struct card card = {.name = text_at(fields, count, t->full),
                        .labels = text_at(fields, count, t->labels)};
    size_t before = c->count;
    if (!card.name[0])
        card.name = keep_name(c, parts, 3);
    if (!card.name[0])
        card.name = text_at(fields, count, t->company);
    for (int i = 0; i < t->phone_count && t->phones[i] < count; i++) {
        const struct csv_field *field = &fields[t->phones[i]];
        for (char *rest = field->text; *rest;) {
            card.number = next_value(&rest);
            card.line = field->line;
            card.column = field->column + (int)(card.number - field->text);
            if (card.number[0])
                add(c, &card);
        }
    }
    c->without += c->count == before && card.name[0];
}

static void read_csv(struct cards *c, char *text, struct cards_error *error)
{
    struct csv_field fields[CSV_FIELDS_MAX];
    struct columns titles;
    struct csv csv;
    csv_init(&csv, text);
    int count = csv_next(&csv, fields);
    if (count < 0 || !read_titles(&titles, fields, count)) {
        *error = (struct cards_error){
            1, 1, "neither vCards nor CSV with columns such as name and number"};
        return;
    }
    while ((count = csv_next(&csv, fields)) >= 0) {
        if (csv.open) { /* whoever came after it would be a part of a name */
            *error = (struct cards_error){fields[count - 1].line, fields[count - 1].column,
                                          "a quote that is not closed before the end"};
            return;
        }
        take_row(c, &titles, fields, count);
    }
}

struct cards *cards_read(char *text, struct cards_error *ret_error)
{
    struct cards *c = cli_alloc(1, sizeof(*c));
    struct cards_error error = {0};
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        text += 3;
    if (strncasecmp(text, "BEGIN:VCARD", 11) == 0)
        read_vcards(c, text, &error);
    else
        read_csv(c, text, &error);
    if (!error.why)
        return c;
    cards_free(c);
    *ret_error = error;
    return NULL;
}

void cards_free(struct cards *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->name_count; i++)
        free(c->names[i]);
    free(c->names);
    free(c->cards);
    free(c);
}

const struct card *cards_next(struct cards *c)
{
    return c->next < c->count ? &c->cards[c->next++] : NULL;
}

int cards_without(const struct cards *c)
{
    return c->without;
}

void cards_print_value(const char *text)
{
    char *data = output_data(text);
    for (const char *c = data; *c; c++) {
        if (*c == '\n')
            fputs("\\n", stdout);
        else if (*c != '\r')
            printf("%s%c", strchr(",;\\", *c) ? "\\" : "", *c);
    }
    free(data);
}
