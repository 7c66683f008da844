/* src/store/import_parts.h - what the files of the import share, and the fields of a row, checked.
 */
#pragma once
#include "db.h"
#include "store/import.h"

enum field_kind {
    FIELD_ID,     /* a whole number from 1 */
    FIELD_COUNT,  /* the same from 0 */
    FIELD_TEXT,   /* any text */
    FIELD_NUMBER, /* of a person: 1 to STORE_NUMBER_MAX octets */
    FIELD_TIME,   /* RFC 3339; `i64` is seconds */
    FIELD_WORD,   /* one of `words`, such as "in|out" */
    FIELD_BOOL,
    FIELD_LIST, /* an array, as JSON */
};

struct field {
    const char *key;
    enum field_kind kind;
    bool optional; /* may be null or absent */
    const char *words;
};

struct value {
    bool there;
    const char *text; /* NULL for numbers and truth */
    int64_t i64;
};

#define FIELDS_MAX 16
#define IMPORT_ERROR_MAX 256

struct row {
    struct value of[FIELDS_MAX]; /* in the order of the fields */
    struct store_rows *rows;     /* behind the texts */
};

/* Reads the fields of an object; keys that are not asked for are ignored. Returns 0 (free with
 * store_rows_free(ret->rows)), -EINVAL and in `error` what is wrong, or an error of store.h. */
int row_read(struct store *s, const char *json, const struct field *fields, size_t count,
             struct row *ret, char error[IMPORT_ERROR_MAX]);

struct import {
    struct store *s;
    struct wall at;
    int64_t first_call, first_text, first_thread; /* ids from here on are new */
    bool empty;                                   /* there was no history: ids are kept */
    struct row row;
    char error[IMPORT_ERROR_MAX];
};

/* Ids of the file, and what they are here. */
enum import_map { IMPORT_CALL, IMPORT_THREAD, IMPORT_TEXT };

int import_read(struct import *i, const char *json, const struct field *fields, size_t count);
static inline const struct value *value(const struct import *i, int field)
{
    return &i->row.of[field];
}
/* -ENOENT where the file has not told of it. */
int import_recall(struct import *i, enum import_map kind, int64_t theirs, int64_t *ret);
/* The thread of a number; made where there is none. `theirs` 0: the file has no id for it. */
int import_thread(struct import *i, const char *number, int64_t theirs, int64_t at, int64_t *ret);

/* import_people.c: each takes over one object of its table. */
int import_take_thread(struct import *i, const char *json);
int import_take_note(struct import *i, const char *json);
int import_take_result(struct import *i, const char *json);
int import_take_lead(struct import *i, const char *json);
int import_take_number(struct import *i, enum dump_table table, const char *json);
int import_take_forgotten(struct import *i, const char *json);
/* Works out what the inbox shows of the threads that have something new. */
int import_settle(struct import *i);
