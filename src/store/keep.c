#include "store/keep.h"
#include "db.h"
#include "schema.h"
#include "store/joined.h"
#include "store/search.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BATCH 20000 /* texts that are indexed at once */

/* Copies and closes. Returns an SQLite result code. */
static int copy_to(struct store *s, sqlite3 *to)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", s->db, "main");
    if (!copy)
        return sqlite3_errcode(to);
    int rc = sqlite3_backup_step(copy, -1); /* one snapshot */
    int end = sqlite3_backup_finish(copy);
    return rc == SQLITE_DONE ? end : rc;
}

static bool is_sound(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    bool sound = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
                 sqlite3_step(stmt) == SQLITE_ROW;
    const char *said = sound ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    sound = said && strcmp(said, "ok") == 0;
    sqlite3_finalize(stmt);
    return sound;
}

int keep_backup(struct store *s, const char *path)
{
    sqlite3 *to = NULL;
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        int err = -errno;
        snprintf(s->error, sizeof(s->error), "%s: %s", path, strerror(-err));
        return err;
    }
    close(fd);
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = copy_to(s, to);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL); /* one file */
    if (rc == SQLITE_OK && !is_sound(to))
        rc = SQLITE_CORRUPT;
    int err = rc == SQLITE_OK ? 0 : store_fail(s, rc);
    sqlite3_close(to);
    if (err < 0)
        unlink(path);
    return err;
}

int keep_check(struct store *s, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT integrity_check FROM pragma_integrity_check(100)"
                          " WHERE integrity_check <> 'ok' UNION ALL SELECT 'row ' || rowid ||"
                          " ' of ' || \"table\" || ' belongs to a row of ' || parent || ' that is"
                          " not there' FROM pragma_foreign_key_check");
    return sql_rows(&q, ret);
}

int keep_problem_next(struct store_rows *r, const char **ret)
{
    sqlite3_value **row = rows_next(r);
    if (row)
        *ret = col_text(row[0]);
    return row != NULL;
}

/* Runs each statement with `id` as its only parameter. */
static int run_all(struct store *s, const char *const *statements, size_t count, int64_t id)
{
    int err = 0;
    for (size_t i = 0; err >= 0 && i < count; i++) {
        struct sql q = sql(s, statements[i]);
        sql_i64(&q, id);
        err = sql_run(&q);
    }
    return err < 0 ? err : 0;
}

static int check_at_rest(struct store *s, int64_t thread)
{
    int64_t busy = 0;
    struct sql q = sql(s, "SELECT EXISTS (SELECT 1 FROM message WHERE contact = ?1"
                          " AND state = 'sending') OR EXISTS (SELECT 1 FROM call"
                          " WHERE contact = ?1 AND (outcome = 'ringing' OR decision = 'pending'))"
                          " FROM contact WHERE id = ?1");
    sql_i64(&q, thread);
    int err = sql_get_i64(&q, &busy);
    return err == 0 && busy ? -EAGAIN : err;
}

static int delete_person(struct store *s, int64_t thread)
{
    static const char *const statements[] = {
        "DELETE FROM event WHERE contact = ?",
        ("DELETE FROM event WHERE (contact IS NULL OR type IN ('contact.merged','contact.split'))"
         " AND instr(data, (SELECT '\"' || number || '\"' FROM contact WHERE id = ?)) > 0"),
        "DELETE FROM inbound_part WHERE sender = (SELECT number FROM contact WHERE id = ?)",
        "DELETE FROM long_text WHERE sender = (SELECT number FROM contact WHERE id = ?)",
        "DELETE FROM undeliverable WHERE contact = ?",
        "DELETE FROM opt_out WHERE number = (SELECT number FROM contact WHERE id = ?)",
        "DELETE FROM skip WHERE number = (SELECT number FROM contact WHERE id = ?)",
        "DELETE FROM doubt WHERE number = (SELECT number FROM contact WHERE id = ?)",
        "DELETE FROM mute WHERE number = (SELECT number FROM contact WHERE id = ?)",
        "DELETE FROM message WHERE contact = ?",
        "DELETE FROM call WHERE contact = ?",
        "DELETE FROM note WHERE contact = ?",
        "DELETE FROM contact WHERE id = ?",
    };
    return run_all(s, statements, sizeof(statements) / sizeof(statements[0]), thread);
}

/* The index of words has to know them before it can drop them. */
static int refresh_words(struct store *s)
{
    int count;
    while ((count = search_refresh(s, BATCH)) >= BATCH)
        ;
    return count < 0 ? count : 0;
}

/* Pages that are free hold what was in them: all are taken once, and come back empty. */
static int wipe_free_pages(struct store *s)
{
    int rc = sqlite3_exec(
        s->db,
        "CREATE TABLE wipe (x BLOB);"
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        "  WHERE i <= (SELECT freelist_count FROM pragma_freelist_count) / 64)"
        " INSERT INTO wipe SELECT zeroblob(64 * (SELECT page_size FROM pragma_page_size)) FROM n;"
        "DROP TABLE wipe",
        NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(s, rc);
}

int keep_empty_log(struct store *s)
{
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(s, rc);
}

/* All numbers of a person, those that were joined first. */
static int forget_numbers(struct store *s, int64_t thread, struct wall at)
{
    struct store_rows *rows;
    struct number_row number;
    int err = thread_numbers(s, thread, &rows);
    if (err < 0)
        return err;
    rows_reverse(rows);
    while (err == 0 && thread_number_next(rows, &number) > 0) {
        err = check_at_rest(s, number.contact);
        if (err == 0)
            err = forgotten_add(s, number.contact, at);
        if (err == 0)
            err = delete_person(s, number.contact);
    }
    store_rows_free(rows);
    return err;
}

int keep_forget(struct store *s, int64_t thread, struct wall at)
{
    int err = refresh_words(s);
    if (err == 0 && sqlite3_exec(s->db, "PRAGMA secure_delete = ON", NULL, NULL, NULL))
        err = store_fail(s, SQLITE_ERROR);
    if (err == 0)
        err = store_begin(s);
    if (err < 0)
        return err;
    err = thread_of(s, thread, &thread);
    if (err == 0)
        err = wipe_free_pages(s);
    if (err == 0)
        err = forget_numbers(s, thread, at);
    if (err == 0)
        err = search_refresh(s, INT_MAX);
    if (err >= 0)
        err = search_scrub(s);
    if (err == 0)
        err = event_add(s, at, "forgotten", "{}");
    if (err == 0)
        err = store_commit(s);
    store_rollback(s);
    if (err != 0)
        return err;
    err = keep_empty_log(s);
    return err == -EBUSY ? 1 : err;
}

int keep_prune(struct store *s, struct wall before, int limit)
{
    /* The oldest have the lowest ids, and stand at the ends of the order of the inbox: those who
     * wait first, the others by last_at. So only those are looked at. */
#define OLD_CONTACT                                               \
    " WHERE (" SCHEMA_INBOX_ORDER " > -?1 OR " SCHEMA_INBOX_ORDER \
    " < ?1 - 4611686018427387904) AND last_at < ?1"
    static const char *const statements[] = {
        "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created < ?1"
        " AND state NOT IN ('waiting','queued','sending') ORDER BY created LIMIT ?2)",
        "DELETE FROM call WHERE id IN (SELECT id FROM call c WHERE started < ?1"
        " AND outcome <> 'ringing' AND decision <> 'pending'"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE call = c.id) ORDER BY started LIMIT ?2)",
        "DELETE FROM inbound_part WHERE id IN (SELECT id FROM inbound_part WHERE received < ?1"
        " AND id <= (SELECT min(id) FROM inbound_part) + ?2)",
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ?1"
        " AND id <= (SELECT min(id) FROM event) + ?2)",
        "UPDATE contact SET last_text = NULL WHERE id IN (SELECT id FROM contact" OLD_CONTACT
        " AND last_text IS NOT NULL LIMIT ?2)",
        "DELETE FROM contact WHERE id IN (SELECT id FROM contact c" OLD_CONTACT
        " AND name IS NULL AND NOT blocked"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE contact = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM call WHERE contact = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM event WHERE contact = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM note WHERE contact = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM result WHERE contact = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM joined WHERE thread = c.id) LIMIT ?2)",
    };
    int count = 0;
    int err = store_begin(s);
    for (size_t i = 0; err >= 0 && i < sizeof(statements) / sizeof(statements[0]); i++) {
        struct sql q = sql(s, statements[i]);
        sql_i64(&q, before.s);
        sql_i64(&q, limit);
        err = sql_run(&q);
        count += err > 0 ? err : 0;
    }
    if (err >= 0)
        err = search_refresh(s, limit); /* the index of words drops them, too */
    if (err >= 0)
        err = store_commit(s);
    store_rollback(s);
    return err < 0 ? err : count;
}
