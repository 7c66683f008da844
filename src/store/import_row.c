/* The fields of one exported object. */
#include "base/text.h"
#include "import_parts.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Returns whether `word` is one of `words`. */
static bool is_among(const char *word, const char *words)
{
    size_t len = strlen(word);
    for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, word, len) == 0 && (at[len] == '|' || at[len] == '\0') && len > 0)
            return true;
    return false;
}

/* What a field expects, for people. */
static const char *expected(enum field_kind kind)
{
    switch (kind) {
    case FIELD_ID:
        return "a whole number from 1";
    case FIELD_COUNT:
        return "a whole number from 0";
    case FIELD_TEXT:
        return "a text";
    case FIELD_NUMBER:
        return "a number or name of up to 80 octets";
    case FIELD_TIME:
        return "a time such as 2026-11-23T14:27:46Z";
    case FIELD_WORD:
        return "one of ";
    case FIELD_BOOL:
        return "true or false";
    case FIELD_LIST:
        return "a list";
    }
    return "?";
}

/* Puts one value into its place. Returns whether it is what the field expects. */
static bool take(const struct field *field, const char *type, sqlite3_value *value,
                 struct value *ret)
{
    /* Made from a number, it may lack the memory. */
    const char *text = sqlite3_value_type(value) == SQLITE_TEXT ? col_text(value) : NULL;
    struct wall time;
    *ret = (struct value){.there = true, .i64 = col_i64(value)};
    switch (field->kind) {
    case FIELD_ID:
        return strcmp(type, "integer") == 0 && ret->i64 >= 1;
    case FIELD_COUNT:
        return strcmp(type, "integer") == 0 && ret->i64 >= 0;
    case FIELD_BOOL:
        ret->i64 = strcmp(type, "true") == 0;
        return ret->i64 || strcmp(type, "false") == 0;
    case FIELD_LIST:
        ret->text = text;
        return strcmp(type, "array") == 0;
    case FIELD_TEXT:
    case FIELD_NUMBER:
    case FIELD_TIME:
    case FIELD_WORD:
        break;
    }
    ret->text = text;
    if (strcmp(type, "text") != 0 || !text)
        return false;
    if (field->kind == FIELD_TIME) {
        bool good = wall_parse(text, &time) == 0 && time.s > 0;
        ret->i64 = good ? time.s : 0;
        return good;
    }
    if (field->kind == FIELD_NUMBER)
        return text[0] && strlen(text) <= STORE_NUMBER_MAX;
    return field->kind == FIELD_TEXT || is_among(text, field->words);
}

static int refuse(const struct field *field, const char *shown, char error[IMPORT_ERROR_MAX])
{
    struct text t;
    text_init(&t, error, IMPORT_ERROR_MAX);
    text_addf(&t, "\"%s\" is ", field->key);
    if (shown)
        text_addf(&t, "\"%.60s\"", shown); /* cut short; the command makes it printable */
    else
        text_add(&t, "missing");
    text_addf(&t, ", expected %s", expected(field->kind));
    if (field->words)
        text_add(&t, field->words);
    return -EINVAL;
}

/* Returns 0, -EINVAL where it is no JSON, or an error of store.h. */
static int check_json(struct store *s, const char *json)
{
    int64_t valid = 0;
    struct sql q = sql(s, "SELECT json_valid(?)");
    sql_text(&q, json);
    int err = sql_get_i64(&q, &valid);
    if (err < 0 || valid)
        return err;
    q = sql(s, "SELECT json(?)"); /* "not valid" is also what a lack of memory is called there */
    sql_text(&q, json);
    err = sql_get_i64(&q, &valid);
    return err < 0 && sqlite3_errcode(s->db) == SQLITE_ERROR ? -EINVAL : err;
}

int row_read(struct store *s, const char *json, const struct field *fields, size_t count,
             struct row *ret, char error[IMPORT_ERROR_MAX])
{
    sqlite3_value **column;
    assert(count <= FIELDS_MAX);
    *ret = (struct row){.rows = NULL};
    int err = check_json(s, json);
    if (err == -EINVAL)
        snprintf(error, IMPORT_ERROR_MAX, "not JSON");
    if (err < 0)
        return err;
    struct sql q = sql(s, "SELECT key, type, value FROM json_each(?) WHERE type <> 'null'");
    sql_text(&q, json);
    err = sql_rows(&q, &ret->rows);
    while (err == 0 && (column = rows_next(ret->rows)) != NULL) {
        size_t n = 0;
        while (n < count && strcmp(fields[n].key, col_text(column[0])) != 0)
            n++;
        if (n < count && !take(&fields[n], col_text(column[1]), column[2], &ret->of[n]))
            err = refuse(&fields[n], col_text(column[2]), error);
    }
    for (size_t n = 0; err == 0 && n < count; n++)
        if (!ret->of[n].there && !fields[n].optional)
            err = refuse(&fields[n], NULL, error);
    if (err < 0) {
        store_rows_free(ret->rows);
        ret->rows = NULL;
    }
    return err;
}
