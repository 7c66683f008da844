#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The errno of store.h for an SQLite result code, and the words for people. `os` is the errno
 * beneath, or 0. */
static int classify(int rc, int os, const char **ret_words)
{
    static const struct {
        int rc, err;
        const char *words;
    } map[] = {
        {SQLITE_FULL, ENOSPC, "disk full"},
        {SQLITE_NOMEM, EIO, "out of memory"},
        {SQLITE_BUSY, EBUSY, "busy: another program holds the database"},
        {SQLITE_LOCKED, EBUSY, "busy: another statement holds the database"},
        {SQLITE_READONLY, EROFS, "cannot be written: file or medium is read-only"},
        {SQLITE_CORRUPT, EUCLEAN, "damaged"},
        {SQLITE_NOTADB, EUCLEAN, "not a textback database"},
        {SQLITE_MISMATCH, EPROTO, "written by a newer textback"},
        {SQLITE_PERM, EACCES, "no permission"},
        {SQLITE_AUTH, EACCES, "no permission"},
    };
    static const struct {
        int os, err;
        const char *words;
    } os_map[] = {
        {ENOSPC, ENOSPC, "disk full"},
        {EDQUOT, ENOSPC, "disk quota used up"},
        {EFBIG, ENOSPC, "file may not grow"},
        {EROFS, EROFS, "cannot be written: file or medium is read-only"},
        {EACCES, EACCES, "no permission"},
        {EPERM, EACCES, "no permission"},
        {ENOENT, EIO, "no such file or directory"}, /* not -ENOENT: a row may be there */
        {ENOTDIR, EIO, "no such file or directory"},
        {EISDIR, EUCLEAN, "a directory, not a database"},
    };
    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
        if (map[i].rc == (rc & 0xff)) {
            *ret_words = map[i].words;
            return -map[i].err;
        }
    }
    for (size_t i = 0; os != 0 && i < sizeof(os_map) / sizeof(os_map[0]); i++) {
        if (os_map[i].os == os) {
            *ret_words = os_map[i].words;
            return -os_map[i].err;
        }
    }
    *ret_words = NULL;
    return -EIO;
}

int store_fail(struct store *s, int rc)
{
    const char *words;
    if (rc == SQLITE_IOERR_NOMEM)
        rc = SQLITE_NOMEM; /* errno has nothing to do with it */
    int base = rc & 0xff, os = 0;
    if (base == SQLITE_IOERR || base == SQLITE_CANTOPEN) {
        int last = errno; /* SQLite keeps none of its own for a failure at the end of a statement */
        os = sqlite3_system_errno(s->db);
        if (os == 0)
            os = last;
    }
    int err = classify(rc, os, &words);
    if (rc == SQLITE_CONSTRAINT_UNIQUE)
        err = -EEXIST;
    if (words)
        snprintf(s->error, sizeof(s->error), "%s: %s", s->path, words);
    else
        snprintf(s->error, sizeof(s->error), "%s: %s (%d)%s%s", s->path, sqlite3_errmsg(s->db),
                 sqlite3_extended_errcode(s->db), os ? ": " : "", os ? strerror(os) : "");
    return err;
}

struct sql sql(struct store *s, const char *text)
{
    struct sql q = {.s = s};
    size_t i = 0;
    while (i < s->cached && s->cache[i].text != text)
        i++;
    if (i == s->cached) {
        assert(i < SQL_CACHE_MAX);
        int rc = sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &q.stmt, NULL);
        if (rc != SQLITE_OK) {
            q.err = store_fail(s, rc);
            return q;
        }
        s->cache[i].text = text;
        s->cache[i].stmt = q.stmt;
        s->cached++;
    }
    q.stmt = s->cache[i].stmt;
    assert(!sqlite3_stmt_busy(q.stmt));
    return q;
}

static void bound(struct sql *q, int rc)
{
    if (rc != SQLITE_OK)
        q->err = store_fail(q->s, rc);
}

void sql_i64(struct sql *q, int64_t value)
{
    if (q->err == 0)
        bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void sql_text(struct sql *q, const char *value)
{
    if (q->err == 0)
        bound(q, sqlite3_bind_text(q->stmt, ++q->bound, value, -1, SQLITE_STATIC));
}

void sql_wall(struct sql *q, struct wall t)
{
    if (q->err != 0)
        return;
    if (t.s == 0)
        bound(q, sqlite3_bind_null(q->stmt, ++q->bound));
    else
        bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, t.s));
}

/* Returns 1 with a row, 0 at the end, or the error. */
static int step(struct sql *q)
{
    if (q->err != 0)
        return q->err;
    assert(q->bound == sqlite3_bind_parameter_count(q->stmt));
    errno = 0; /* for store_fail() */
    int rc = sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : store_fail(q->s, rc);
}

/* Lets go of the snapshot and of the borrowed parameters. */
static void finish(struct sql *q)
{
    if (!q->stmt)
        return;
    sqlite3_reset(q->stmt);
    sqlite3_clear_bindings(q->stmt);
}

int sql_run(struct sql *q)
{
    int err = step(q);
    assert(err <= 0); /* a statement that returns rows is not run this way */
    finish(q);
    return err < 0 ? err : sqlite3_changes(q->s->db);
}

int sql_get_i64(struct sql *q, int64_t *ret)
{
    int err = step(q);
    if (err > 0)
        *ret = sqlite3_column_int64(q->stmt, 0);
    finish(q);
    if (err < 0)
        return err;
    return err > 0 ? 0 : -ENOENT;
}

static int rows_add(struct store_rows *r, sqlite3_stmt *stmt, size_t *cap)
{
    if (r->count == *cap) {
        size_t grown = *cap == 0 ? 8 : *cap * 2;
        void *p = reallocarray(r->values, grown * r->columns, sizeof(r->values[0]));
        if (!p)
            return SQLITE_NOMEM;
        r->values = p;
        *cap = grown;
    }
    sqlite3_value **row = &r->values[r->count * r->columns];
    memset(row, 0, r->columns * sizeof(row[0]));
    r->count++;
    for (size_t i = 0; i < r->columns; i++) {
        row[i] = sqlite3_value_dup(sqlite3_column_value(stmt, (int)i));
        if (!row[i])
            return SQLITE_NOMEM;
    }
    return SQLITE_OK;
}

int sql_rows(struct sql *q, struct store_rows **ret)
{
    size_t cap = 0;
    int err = q->err;
    struct store_rows *r = calloc(1, sizeof(*r));
    if (!r)
        err = store_fail(q->s, SQLITE_NOMEM);
    if (err != 0)
        goto out;
    r->s = q->s;
    r->columns = (size_t)sqlite3_column_count(q->stmt);
    while ((err = step(q)) > 0) {
        int rc = rows_add(r, q->stmt, &cap);
        if (rc != SQLITE_OK) {
            err = store_fail(q->s, rc);
            break;
        }
    }
out:
    finish(q);
    if (err < 0)
        store_rows_free(r);
    else
        *ret = r;
    return err;
}

static int numbers_grow(struct sql *q, size_t columns, int64_t **numbers, size_t *cap)
{
    size_t grown = *cap == 0 ? 64 : *cap * 2;
    void *p = reallocarray(*numbers, grown * columns, sizeof(**numbers));
    if (!p)
        return store_fail(q->s, SQLITE_NOMEM);
    *numbers = p;
    *cap = grown;
    return 0;
}

int sql_numbers(struct sql *q, size_t columns, int64_t **ret, size_t *ret_rows)
{
    int64_t *numbers = NULL;
    size_t rows = 0, cap = 0;
    assert(!q->stmt || (size_t)sqlite3_column_count(q->stmt) == columns);
    int err = numbers_grow(q, columns, &numbers, &cap);
    while (err == 0 && (err = step(q)) > 0) {
        for (size_t i = 0; i < columns; i++)
            numbers[rows * columns + i] = sqlite3_column_int64(q->stmt, (int)i);
        err = ++rows == cap ? numbers_grow(q, columns, &numbers, &cap) : 0;
    }
    finish(q);
    if (err < 0) {
        free(numbers);
        return err;
    }
    *ret = numbers;
    *ret_rows = rows;
    return 0;
}

int sql_keep(struct sql *q, sqlite3_value ***ret_columns)
{
    struct store_rows *r = NULL;
    int err = sql_rows(q, &r);
    if (err < 0)
        return err;
    store_rows_free(q->s->kept);
    q->s->kept = r;
    sqlite3_value **row = rows_next(r);
    if (!row)
        return -ENOENT;
    *ret_columns = row;
    return 0;
}

sqlite3_value **rows_next(struct store_rows *r)
{
    return r->next < r->count ? &r->values[r->next++ * r->columns] : NULL;
}

void rows_reverse(struct store_rows *r)
{
    assert(r->next == 0);
    for (size_t low = 0, high = r->count; low + 1 < high; low++) {
        high--;
        for (size_t i = 0; i < r->columns; i++) {
            sqlite3_value **a = &r->values[low * r->columns + i];
            sqlite3_value **b = &r->values[high * r->columns + i];
            sqlite3_value *swap = *a;
            *a = *b;
            *b = swap;
        }
    }
}

void store_rows_free(struct store_rows *r)
{
    if (!r)
        return;
    store_rows_free(r->other);
    for (size_t i = 0; i < r->count * r->columns; i++)
        sqlite3_value_free(r->values[i]);
    free(r->values);
    free(r);
}

int64_t col_i64(sqlite3_value *v)
{
    return sqlite3_value_int64(v);
}

struct wall col_wall(sqlite3_value *v)
{
    return (struct wall){sqlite3_value_int64(v)};
}

const char *col_text(sqlite3_value *v)
{
    return (const char *)sqlite3_value_text(v);
}

int col_word(sqlite3_value *v, const char *const *names, size_t count)
{
    const char *word = col_text(v);
    for (size_t i = 0; word && i < count; i++)
        if (strcmp(names[i], word) == 0)
            return (int)i;
    return -1;
}
