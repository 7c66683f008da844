#include "store/joined.h"
#include "db.h"
#include "schema.h"
#include <errno.h>

int thread_of(struct store *s, int64_t contact, int64_t *ret_thread)
{
    struct sql q = sql(s, "SELECT " SCHEMA_THREAD_OF("?1"));
    sql_i64(&q, contact);
    return sql_get_i64(&q, ret_thread);
}

#define NUMBER_SELECT                                                                     \
    "SELECT c.id, c.number, EXISTS (SELECT 1 FROM opt_out o WHERE o.number = c.number), " \
    "c.blocked,"                                                                          \
    " (SELECT max(created) FROM message WHERE contact = c.id) FROM "

int thread_numbers(struct store *s, int64_t thread, struct store_rows **ret)
{
    struct sql q = sql(s, NUMBER_SELECT
                       "contact c WHERE c.id = ?1 UNION ALL " NUMBER_SELECT
                       "joined j CROSS JOIN contact c ON c.id = j.contact WHERE j.thread = ?1");
    sql_i64(&q, thread);
    return sql_rows(&q, ret);
}

int thread_number_next(struct store_rows *r, struct number_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct number_row){
        .contact = col_i64(row[0]),
        .number = col_text(row[1]),
        .opted_out = col_i64(row[2]) != 0,
        .blocked = col_i64(row[3]) != 0,
        .texted = col_wall(row[4]),
    };
    return 1;
}

/* Runs each statement with the two threads. */
static int run_all(struct store *s, const char *const *statements, size_t count, int64_t thread,
                   int64_t other)
{
    int err = 0;
    for (size_t i = 0; err >= 0 && i < count; i++) {
        struct sql q = sql(s, statements[i]);
        sql_i64(&q, thread);
        sql_i64(&q, other);
        err = sql_run(&q);
    }
    return err < 0 ? err : 0;
}

static int tell_split(struct store *s, int64_t thread, int64_t contact, struct wall at)
{
    struct sql q = sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1,"
                          " 'contact.split', t.id, json_object('thread', t.id, 'number', t.number,"
                          " 'name', t.name, 'other', c.number, 'other_name', c.name)"
                          " FROM contact t, contact c WHERE t.id = ?2 AND c.id = ?3");
    sql_i64(&q, at.s);
    sql_i64(&q, thread);
    sql_i64(&q, contact);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* Before they are one: the names that they had are what a split gives back. */
static int tell_merged(struct store *s, int64_t thread, int64_t contact, struct wall at)
{
    struct sql q = sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1,"
                          " 'contact.merged', t.id, json_object('thread', t.id, 'number', t.number,"
                          " 'name', ifnull(t.name, c.name), 'other', c.number, 'had_name', t.name,"
                          " 'other_name', c.name) FROM contact t, contact c"
                          " WHERE t.id = ?2 AND c.id = ?3");
    sql_i64(&q, at.s);
    sql_i64(&q, thread);
    sql_i64(&q, contact);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

static int join(struct store *s, int64_t thread, int64_t other)
{
    static const char *const statements[] = {
        "UPDATE contact SET calls = contact.calls + o.calls,"
        " messages = contact.messages + o.messages, unread = contact.unread + o.unread,"
        " last_at = max(contact.last_at, o.last_at), name = ifnull(contact.name, o.name),"
        " state = iif(o.state = 'open', 'open', contact.state) FROM contact o"
        " WHERE contact.id = ?1 AND o.id = ?2",
        "UPDATE contact SET calls = 0, messages = 0, unread = 0, state = 'done',"
        " waiting_since = NULL, snoozed_until = NULL, last_text = NULL WHERE id = ?2 AND ?1 = ?1",
        "UPDATE note SET contact = ?1 WHERE contact = ?2",
        "UPDATE result SET contact = ?1 WHERE contact = ?2",
        "INSERT OR IGNORE INTO label (contact, name) SELECT ?1, name FROM label WHERE contact = ?2",
        "DELETE FROM label WHERE contact = ?2 AND ?1 = ?1",
        "UPDATE joined SET thread = ?1 WHERE thread = ?2",
        "INSERT INTO joined (contact, thread) VALUES (?2, ?1)",
        "UPDATE contact SET name = (SELECT name FROM contact WHERE id = ?1)"
        " WHERE id IN (SELECT contact FROM joined WHERE thread = ?1) AND ?2 = ?2",
    };
    int err = run_all(s, statements, sizeof(statements) / sizeof(statements[0]), thread, other);
    return err < 0 ? err : contact_refresh(s, thread);
}

int thread_merge(struct store *s, int64_t thread, int64_t other, struct wall at)
{
    struct scope t;
    int64_t main, from;
    int changed = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = thread_of(s, thread, &main);
    if (err == 0)
        err = thread_of(s, other, &from);
    if (err == 0 && main != from) {
        changed = 1;
        err = tell_merged(s, main, from, at);
        err = err ? err : join(s, main, from);
    }
    err = scope_close(&t, err);
    return err < 0 ? err : changed;
}

/* What was told when the number of the person ?2 came to the thread ?1. */
#define MERGED(what)                                                           \
    "(SELECT " what " FROM event WHERE type = 'contact.merged' AND contact IN" \
    " " SCHEMA_MEMBERS("?1") " AND data ->> 'other' ="                         \
                             " (SELECT number FROM contact WHERE id = ?2)"     \
                             " ORDER BY id DESC LIMIT 1)"

int thread_split(struct store *s, int64_t contact, struct wall at)
{
    static const char *const statements[] = {
        "DELETE FROM joined WHERE contact = ?2 AND ?1 = ?1",
        "UPDATE contact SET state = 'open',"
        " calls = (SELECT count(*) FROM call WHERE contact = ?2),"
        " messages = (SELECT count(*) FROM message WHERE contact = ?2),"
        " handled_text = (SELECT handled_text FROM contact WHERE id = ?1),"
        " handled_call = (SELECT handled_call FROM contact WHERE id = ?1) WHERE id = ?2",
        "UPDATE contact SET calls = contact.calls - o.calls,"
        " messages = contact.messages - o.messages FROM contact o"
        " WHERE contact.id = ?1 AND o.id = ?2",
        "UPDATE contact SET name = " MERGED("data ->> 'other_name'") " WHERE id = ?2",
        "UPDATE contact SET name = NULL WHERE id IN " SCHEMA_MEMBERS("?1") " AND name = " MERGED(
            "iif(data ->> 'had_name' IS NULL, data ->> 'other_name', NULL)"),
    };
    struct scope t;
    int64_t thread = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = thread_of(s, contact, &thread);
    bool joined = err == 0 && thread != contact;
    if (joined)
        err = run_all(s, statements, sizeof(statements) / sizeof(statements[0]), thread, contact);
    if (err == 0 && joined)
        err = contact_refresh(s, contact);
    if (err == 0 && joined)
        err = contact_refresh(s, thread);
    if (err == 0 && joined)
        err = tell_split(s, thread, contact, at);
    err = scope_close(&t, err);
    return err < 0 ? err : joined;
}
