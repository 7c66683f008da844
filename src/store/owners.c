#include "store/owners.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAY_S (24 * 60 * 60)
#define OWNERS_MAX 16
#define LINES_MAX 4

/* The thread of a phone that is the owner's from now on, or not any more. */
static int number_changed(struct store *s, const char *number)
{
    int64_t contact;
    struct sql q = sql(s, "UPDATE contact SET state = 'done', unread = 0 WHERE number = ?"
                          " AND " SCHEMA_OWNER);
    sql_text(&q, number);
    int err = sql_run(&q);
    if (err >= 0)
        err = contact_find(s, number, &contact);
    if (err == -ENOENT)
        return 0;
    return err < 0 ? err : contact_refresh(s, contact);
}

static int add_numbers(struct store *s, const char *const *numbers, size_t count)
{
    int changed = 0;
    for (size_t i = 0; i < count; i++) {
        struct sql q = sql(s, "INSERT INTO owner (number) VALUES (?) ON CONFLICT DO NOTHING");
        sql_text(&q, numbers[i]);
        int err = sql_run(&q);
        if (err > 0) {
            changed++;
            err = number_changed(s, numbers[i]);
        }
        if (err < 0)
            return err;
    }
    return changed;
}

static bool holds(const char *const *numbers, size_t count, const char *number)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(numbers[i], number) == 0)
            return true;
    return false;
}

static int drop_number(struct store *s, const char *number)
{
    struct sql q = sql(s, "DELETE FROM owner WHERE number = ?");
    sql_text(&q, number);
    int err = sql_run(&q);
    return err < 0 ? err : number_changed(s, number);
}

static int drop_others(struct store *s, const char *const *numbers, size_t count)
{
    struct store_rows *rows = NULL;
    sqlite3_value **row;
    int changed = 0;
    struct sql q = sql(s, "SELECT number FROM owner ORDER BY number");
    int err = sql_rows(&q, &rows);
    while (err == 0 && (row = rows_next(rows)) != NULL) {
        if (holds(numbers, count, col_text(row[0])))
            continue;
        err = drop_number(s, col_text(row[0]));
        changed++;
    }
    store_rows_free(rows);
    return err < 0 ? err : changed;
}

/* Nothing is written where all is as it was: it is asked at each start. */
static int differs(struct store *s, const char *const *numbers, size_t count)
{
    int64_t known = 0;
    struct sql q = sql(s, "SELECT count(*) FROM owner");
    int err = sql_get_i64(&q, &known);
    for (size_t i = 0; err == 0 && known == (int64_t)count && i < count; i++) {
        int64_t there;
        q = sql(s, "SELECT 1 FROM owner WHERE number = ?");
        sql_text(&q, numbers[i]);
        err = sql_get_i64(&q, &there);
    }
    if (err == -ENOENT)
        return 1;
    return err < 0 ? err : known != (int64_t)count;
}

int owners_set(struct store *s, const char *const *numbers, size_t count)
{
    assert(count <= OWNERS_MAX);
    struct scope t;
    int err = differs(s, numbers, count);
    if (err <= 0)
        return err;
    err = scope_open(&t, s);
    if (err == 0)
        err = drop_others(s, numbers, count);
    if (err >= 0)
        err = add_numbers(s, numbers, count);
    err = scope_close(&t, err);
    return err < 0 ? err : 1;
}

int owners_pending(struct store *s, const char *number, int *ret_count)
{
    int64_t count;
    struct sql q = sql(s, "SELECT count(*) FROM (SELECT 1 FROM part WHERE contact ="
                          " (SELECT id FROM contact WHERE number = ?1) AND next IS NOT NULL"
                          " AND urgency >= ?2 GROUP BY urgency, message)");
    sql_text(&q, number);
    sql_i64(&q, URGENCY_OWNER);
    int err = sql_get_i64(&q, &count);
    if (err == 0)
        *ret_count = (int)count;
    return err;
}

int owners_waiting(struct store *s, int *ret_count)
{
    int64_t count;
    struct sql q = sql(s, "SELECT count(*) FROM message WHERE " SCHEMA_UNFINISHED
                          " AND state <> 'unknown' AND urgency >= ?");
    sql_i64(&q, URGENCY_OWNER);
    int err = sql_get_i64(&q, &count);
    if (err == 0)
        *ret_count = (int)count;
    return err;
}

int owners_pin(struct store *s, const char *number, bool right, struct wall at, int *ret_wrong)
{
    int64_t wrong;
    struct sql q = sql(s, "SELECT iif(wrong_at BETWEEN ?2 - ?3 AND ?2, wrong, 0) FROM owner"
                          " WHERE number = ?1");
    sql_text(&q, number);
    sql_i64(&q, at.s);
    sql_i64(&q, OWNERS_PIN_S);
    int err = sql_get_i64(&q, &wrong);
    if (err < 0)
        return err;
    *ret_wrong = (int)wrong + !right;
    if ((right && wrong == 0) || wrong >= OWNERS_PIN_TRIES)
        return 0;
    q = sql(s, "UPDATE owner SET wrong = ?2, wrong_at = iif(?2 > 1, wrong_at, ?3)"
               " WHERE number = ?1");
    sql_text(&q, number);
    sql_i64(&q, right ? 0 : wrong + 1);
    sql_i64(&q, at.s);
    err = sql_run(&q);
    return err < 0 ? err : 0;
}

int wait_list(struct store *s, struct wall before, int limit, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT id, number, name, waiting_since FROM contact"
                          " WHERE " SCHEMA_UNTOLD " AND waiting_since <= ?"
                          " ORDER BY waiting_since LIMIT ?");
    sql_i64(&q, before.s);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int wait_next(struct store_rows *r, struct wait_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct wait_row){.thread = col_i64(row[0]),
                             .number = col_text(row[1]),
                             .name = col_text(row[2]),
                             .since = col_wall(row[3])};
    return 1;
}

int wait_first(struct store *s, struct wall *ret_since)
{
    struct sql q = sql(s, "SELECT waiting_since FROM contact WHERE " SCHEMA_UNTOLD
                          " ORDER BY waiting_since LIMIT 1");
    int err = sql_get_i64(&q, &ret_since->s);
    if (err == -ENOENT)
        ret_since->s = INT64_MAX;
    return err == -ENOENT ? 0 : err;
}

int wait_told(struct store *s, int64_t thread)
{
    struct sql q = sql(s, "UPDATE contact SET wait_told = waiting_since WHERE id = ?");
    sql_i64(&q, thread);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int trouble_begin(struct store *s, const char *key, const char *what, struct wall since)
{
    struct sql q = sql(s, "INSERT INTO trouble (key, what, since) VALUES (?, ?, ?)"
                          " ON CONFLICT DO NOTHING");
    sql_text(&q, key);
    sql_text(&q, what);
    sql_i64(&q, since.s);
    return sql_run(&q);
}

#define TROUBLE_SELECT "SELECT since, told, count, what, key FROM trouble "

static void trouble_read(sqlite3_value **row, struct trouble *ret)
{
    *ret = (struct trouble){
        .since = col_wall(row[0]), .told = col_wall(row[1]), .count = (int)col_i64(row[2])};
    snprintf(ret->what, sizeof(ret->what), "%s", col_text(row[3]));
    snprintf(ret->key, sizeof(ret->key), "%s", col_text(row[4]));
}

int trouble_get(struct store *s, const char *key, struct trouble *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, TROUBLE_SELECT "WHERE key = ?");
    sql_text(&q, key);
    int err = sql_keep(&q, &row);
    if (err == 0)
        trouble_read(row, ret);
    return err;
}

int trouble_tell(struct store *s, const char *key, struct wall at)
{
    struct sql q = sql(s, "UPDATE trouble SET told = ?, count = 0 WHERE key = ?");
    sql_i64(&q, at.s);
    sql_text(&q, key);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int trouble_count(struct store *s, const char *key, const char *what)
{
    struct sql q = sql(s, "UPDATE trouble SET count = count + 1, what = ? WHERE key = ?");
    sql_text(&q, what);
    sql_text(&q, key);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int trouble_end(struct store *s, const char *key)
{
    struct sql q = sql(s, "DELETE FROM trouble WHERE key = ?");
    sql_text(&q, key);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int trouble_keep_lines(struct store *s, const char *const *names, size_t count)
{
    assert(count <= LINES_MAX);
    struct sql q = sql(s, "DELETE FROM trouble WHERE key GLOB 'line.*'"
                          " AND substr(key, 6) NOT IN (?, ?, ?, ?)");
    for (size_t i = 0; i < LINES_MAX; i++)
        sql_text(&q, i < count ? names[i] : "");
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int trouble_list(struct store *s, struct store_rows **ret)
{
    struct sql q = sql(s, TROUBLE_SELECT "WHERE told IS NULL ORDER BY since LIMIT 16");
    return sql_rows(&q, ret);
}

int trouble_next(struct store_rows *r, struct trouble *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    trouble_read(row, ret);
    return 1;
}

int owner_event_list(struct store *s, int64_t after, int limit, struct store_rows **ret)
{
    struct sql q =
        sql(s, "SELECT id, at, type, data ->> '$.id', data ->> '$.alarm', data ->> '$.line',"
               " data ->> '$.thread' FROM event WHERE id > ? ORDER BY id LIMIT ?");
    sql_i64(&q, after);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int owner_event_next(struct store_rows *r, struct owner_event *ret)
{
    static const char *const names[] = {
        [OWNER_EVENT_RECEIVED] = "message.received", [OWNER_EVENT_FAILED] = "message.failed",
        [OWNER_EVENT_LEFT] = "message.sent",         [OWNER_EVENT_BURST] = "burst",
        [OWNER_EVENT_IDENTICAL] = "identical",
    };
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    const char *type = col_text(row[2]), *alarm = col_text(row[4]);
    *ret = (struct owner_event){.id = col_i64(row[0]),
                                .at = col_wall(row[1]),
                                .message = col_i64(row[3]),
                                .thread = col_i64(row[6]),
                                .line = col_text(row[5])};
    if (strcmp(type, "alarm") == 0 && alarm)
        type = alarm;
    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(type, names[i]) == 0)
            ret->what = (enum owner_event_what)i;
    return 1;
}

int owners_departed(struct store *s, const char *line, struct wall now, int *ret_count)
{
    int64_t count;
    struct sql q = sql(s, "SELECT count(*) FROM departure WHERE line ="
                          " (SELECT id FROM line WHERE name = ?1) AND at > ?2 AND at <= ?3");
    sql_text(&q, line);
    sql_i64(&q, now.s - DAY_S);
    sql_i64(&q, now.s + DAY_S);
    int err = sql_get_i64(&q, &count);
    if (err == 0)
        *ret_count = (int)count;
    return err;
}
