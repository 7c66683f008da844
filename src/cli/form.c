#include "cli/form.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/alloc.h"
#include "cli/query.h"
#include "cli/read.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum field {
    FIELD_NUMBER,
    FIELD_NAME,
    FIELD_MESSAGE,
    FIELD_CONSENT,
    FIELD_CONSENT_TEXT,
    FIELD_CONSENTED_AT,
    FIELD_SOURCE,
    FIELD_COUNT,
};

static const struct {
    const char *name;
    size_t max; /* octets */
    bool lines; /* may have several */
} fields[FIELD_COUNT] = {
    [FIELD_NUMBER] = {"number", 60, false},
    [FIELD_NAME] = {"name", 200, false},
    [FIELD_MESSAGE] = {"message", 8000, true},
    [FIELD_CONSENT] = {"consent", 20, false},
    [FIELD_CONSENT_TEXT] = {"consent_text", 2000, true},
    [FIELD_CONSENTED_AT] = {"consented_at", 40, false},
    [FIELD_SOURCE] = {"source", 500, false},
};
static_assert(sizeof(((struct form *)0)->fields) / sizeof(char *) >= FIELD_COUNT, "room for each");

#define FIELD_NAMES "number, name, message, consent, consent_text, consented_at, source"

/* Returns FIELD_COUNT for a name that there is not. */
static enum field field_named(const char *name, size_t len)
{
    enum field field = 0;
    if (len == strlen("phone") && memcmp(name, "phone", len) == 0)
        return FIELD_NUMBER;
    while (field < FIELD_COUNT &&
           (strlen(fields[field].name) != len || memcmp(fields[field].name, name, len) != 0))
        field++;
    return field;
}

static int unknown_field(const struct cli *cli, const char *name)
{
    const char *names[FIELD_COUNT + 2] = {"phone"};
    char suggestion[CLI_SUGGESTION_MAX];
    for (enum field field = 0; field < FIELD_COUNT; field++)
        names[field + 1] = fields[field].name;
    names[FIELD_COUNT + 1] = NULL;
    cli_suggest(name, names, suggestion);
    return cli_fail(cli, CLI_USAGE, "no such field: \"%.40s\"%s", name,
                    suggestion[0] ? suggestion : " (expected " FIELD_NAMES ")");
}

/* A line of its own ends with LF; blanks at both ends mean nothing. In place. */
static void trim(char *value)
{
    size_t len = 0, start = strspn(value, " \t\r\n");
    for (const char *c = value + start; *c; c++)
        if (*c != '\r' || c[1] != '\n')
            value[len++] = *c;
    while (len > 0 && strchr(" \t\r\n", value[len - 1]))
        len--;
    value[len] = '\0';
}

/* Returns the first code point that a field may not hold, 0 for none. */
static uint32_t find_control(const char *value, bool lines)
{
    uint32_t code;
    for (size_t i = 0, n, len = strlen(value); i < len; i += n) {
        n = utf8_decode(value + i, len - i, &code);
        if (n == 0)
            return UTF8_REPLACEMENT;
        if ((code < 0x20 && !(lines && (code == '\n' || code == '\t'))) ||
            (code >= 0x7F && code < 0xA0))
            return code;
    }
    return 0;
}

/* Takes a copy of `len` octets of `value`. */
static int put(const struct cli *cli, struct form *f, enum field field, const char *value,
               size_t len)
{
    const char *name = fields[field].name;
    if (f->fields[field])
        return cli_fail(cli, CLI_USAGE, "%s is there twice", name);
    char *copy = cli_alloc(len + 1, 1);
    memcpy(copy, value, len);
    f->fields[field] = copy;
    trim(copy);
    if (strlen(copy) > fields[field].max)
        return cli_fail(cli, CLI_USAGE, "%s is %zu octets long, expected at most %zu", name,
                        strlen(copy), fields[field].max);
    uint32_t control = find_control(copy, fields[field].lines);
    if (control == UTF8_REPLACEMENT)
        return cli_fail(cli, CLI_USAGE, "%s is not UTF-8", name);
    if (control)
        return cli_fail(cli, CLI_USAGE, "%s holds the control character U+%04" PRIX32, name,
                        control);
    return CLI_DONE;
}

/* An escaped NUL would end the text there. */
static bool has_nul(const char *json)
{
    for (const char *at = json; (at = strstr(at, "\\u0000")); at += 6) {
        size_t slashes = 0;
        while (at - slashes > json && at[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return true;
    }
    return false;
}

/* What people call the types of SQLite's json functions. */
static const char *type_words(const char *type)
{
    if (strcmp(type, "object") == 0)
        return "an object";
    if (strcmp(type, "array") == 0)
        return "a list";
    return "a number";
}

static int put_json_field(const struct cli *cli, struct form *f, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const char *type = (const char *)sqlite3_column_text(row, 1);
    const char *value = (const char *)sqlite3_column_text(row, 2);
    if (!name || !type || (!value && sqlite3_column_type(row, 2) != SQLITE_NULL))
        return cli_fail(cli, CLI_FAILED, "out of memory");
    enum field field = field_named(name, strlen(name));
    bool truth = strcmp(type, "true") == 0 || strcmp(type, "false") == 0;
    if (field == FIELD_COUNT)
        return unknown_field(cli, name);
    if (strcmp(type, "null") == 0)
        return put(cli, f, field, "", 0);
    if (truth && field == FIELD_CONSENT)
        return put(cli, f, field, type, strlen(type));
    if (strcmp(type, "text") != 0)
        return cli_fail(cli, CLI_USAGE, "%s is %s, expected text in quotes", fields[field].name,
                        truth ? "true or false" : type_words(type));
    return put(cli, f, field, value, strlen(value));
}

static int read_json(const struct cli *cli, struct form *f)
{
    static const char query[] = "SELECT key, type, atom FROM json_each(iif(json_valid(?1)"
                                " AND json_type(?1) = 'object', ?1, '{\"\":0}'))";
    int code = CLI_DONE;
    if (has_nul(f->input))
        return cli_fail(cli, CLI_USAGE, "the lead holds a NUL");
    sqlite3_stmt *row = query_json(f->input, query);
    int rc = SQLITE_NOMEM;
    while (row && code == CLI_DONE && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        const unsigned char *key = sqlite3_column_text(row, 0);
        if (key && !key[0])
            code = cli_fail(cli, CLI_USAGE, "the lead is not one JSON object");
        else
            code = put_json_field(cli, f, row);
    }
    if (code == CLI_DONE && rc != SQLITE_DONE) /* a field may be missing */
        code = cli_fail(cli, CLI_FAILED, "out of memory");
    query_end(row);
    return code;
}

static int read_lines(const struct cli *cli, struct form *f)
{
    int code = CLI_DONE, number = 1;
    for (char *line = f->input; *line && code == CLI_DONE; number++) {
        size_t len = strcspn(line, "\n");
        char *next = line + len + (line[len] == '\n');
        line[len] = '\0';
        char *equals = strchr(line, '=');
        if (equals) {
            *equals = '\0';
            trim(line);
            enum field field = field_named(line, strlen(line));
            code = field == FIELD_COUNT ? unknown_field(cli, line)
                                        : put(cli, f, field, equals + 1, strlen(equals + 1));
        } else if (line[strspn(line, " \t\r")]) {
            code = cli_fail(cli, CLI_USAGE,
                            "line %d has no \"=\": expected key=value lines, or a JSON object",
                            number);
        }
        line = next;
    }
    return code;
}

static const char *value_of(const struct form *f, enum field field)
{
    return f->fields[field] ? f->fields[field] : "";
}

static int check(const struct cli *cli, struct form *f)
{
    const char *number = value_of(f, FIELD_NUMBER), *at = value_of(f, FIELD_CONSENTED_AT);
    f->lead = (struct lead_form){
        .number = f->number,
        .name = value_of(f, FIELD_NAME),
        .text = value_of(f, FIELD_MESSAGE),
        .consent_said = value_of(f, FIELD_CONSENT),
        .consent_text = value_of(f, FIELD_CONSENT_TEXT),
        .source = value_of(f, FIELD_SOURCE),
    };
    if (!number[0])
        return cli_fail(cli, CLI_USAGE, "number is missing: whom to text");
    if (!f->lead.text[0])
        return cli_fail(cli, CLI_USAGE, "message is missing: what they wrote");
    enum e164_err err = e164_parse(number, strlen(number), cli->config->policy.region, f->number);
    if (err != E164_OK)
        return cli_fail(cli, CLI_USAGE,
                        "number: \"%s\" %s, expected a telephone number such as +447700900123",
                        number, e164_err_str(err));
    if (at[0] && wall_parse(at, &f->lead.consented))
        return cli_fail(cli, CLI_USAGE,
                        "consented_at: not a time: \"%s\", expected such as 2026-11-30T16:05:00Z",
                        at);
    return CLI_DONE;
}

int form_read(const struct cli *cli, struct form *ret)
{
    *ret = (struct form){0};
    int code = read_stdin(cli, "lead", FORM_INPUT_MAX, &ret->input);
    if (code) /* refused would mean that it is kept */
        return code == CLI_REFUSED ? CLI_USAGE : code;
    if (strncmp(ret->input, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        memmove(ret->input, ret->input + 3, strlen(ret->input + 3) + 1);
    size_t len = strlen(ret->input), valid = utf8_valid_prefix(ret->input, len);
    const char *first = ret->input + strspn(ret->input, " \t\r\n");
    if (valid < len)
        return cli_fail(cli, CLI_USAGE, "the lead is not UTF-8 at octet %zu", valid);
    if (!*first)
        return cli_fail(cli, CLI_USAGE,
                        "the lead is empty: expected a JSON object, or key=value lines");
    code = strchr("{[\"", *first) ? read_json(cli, ret) : read_lines(cli, ret);
    return code ? code : check(cli, ret);
}

void form_free(struct form *f)
{
    for (enum field field = 0; field < FIELD_COUNT; field++)
        free(f->fields[field]);
    free(f->input);
}
