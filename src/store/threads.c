#include "store/threads.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>

#define THREAD_SELECT                                                                        \
    "SELECT id, number, name, state, unread, calls, messages, waiting_since, last_at,"       \
    " EXISTS (SELECT 1 FROM opt_out o WHERE o.number = contact.number), blocked, last_text," \
    " (SELECT group_concat(name, char(10)) FROM label WHERE contact = contact.id),"          \
    " iif(state = 'snoozed', snoozed_until, NULL)"                                           \
    " FROM contact "
#define INBOX_ORDER " ORDER BY " SCHEMA_INBOX_ORDER " LIMIT ?"

int contact_find(struct store *s, const char *number, int64_t *ret_id)
{
    struct sql q = sql(s, "SELECT id FROM contact WHERE number = ?");
    sql_text(&q, number);
    return sql_get_i64(&q, ret_id);
}

int contact_make(struct store *s, const char *number, struct wall at, int64_t *ret_id)
{
    int err = contact_find(s, number, ret_id);
    if (err != -ENOENT)
        return err;
    struct sql q = sql(s, "INSERT INTO contact (number, last_at, state) VALUES (?1, ?2,"
                          " iif(EXISTS (SELECT 1 FROM owner WHERE number = ?1), 'done', 'open'))"
                          " ON CONFLICT DO UPDATE SET number = number RETURNING id");
    sql_text(&q, number);
    sql_i64(&q, at.s);
    err = sql_get_i64(&q, ret_id);
    return err ? err : forgotten_recall(s, number);
}

/* When they last heard from us in person: a text of ours that did not fail, or a call that we took.
 */
#define ANSWERED_AT                                                                        \
    "max(ifnull((SELECT max(created) FROM message WHERE contact = ?1 AND cause = 'manual'" \
    "  AND " SCHEMA_SAID " AND state <> 'failed'), 0),"                                    \
    " ifnull((SELECT max(started) FROM call WHERE contact = ?1"                            \
    "  AND outcome IN ('answered','answered_elsewhere')), 0))"
/* The same by an automatic text: enough for somebody who only rang. */
#define TEXTED_AT                                                                           \
    "ifnull((SELECT max(created) FROM message WHERE contact = ?1 AND cause = 'missed_call'" \
    "  AND " SCHEMA_SAID " AND state <> 'failed'), 0)"
/* Their first text after `?2`; of two in the same second, the later one follows. */
#define TEXT_UNANSWERED                                                                            \
    "SELECT min(r.created) FROM message r WHERE r.contact = ?1 AND r.cause = 'received'"           \
    " AND " SCHEMA_SAID " AND r.created >= ?2 AND r.id >"                                          \
    "  ifnull((SELECT handled_text FROM contact WHERE id = ?1), 0) AND NOT EXISTS (SELECT 1 FROM " \
    "message"                                                                                      \
    "  WHERE contact = ?1 AND cause = 'manual' AND " SCHEMA_SAID                                   \
    "  AND state <> 'failed' AND created = r.created AND id > r.id)"
#define CALL_UNANSWERED                                                     \
    "SELECT min(started) FROM call WHERE contact = ?1 AND started > ?2"     \
    " AND id > ifnull((SELECT handled_call FROM contact WHERE id = ?1), 0)" \
    " AND outcome IN ('missed','rejected')"

static int waiting_since(struct store *s, int64_t contact, struct wall *ret)
{
    int64_t answered, texted, text, call;
    struct sql q = sql(s, "SELECT " ANSWERED_AT);
    sql_i64(&q, contact);
    int err = sql_get_i64(&q, &answered);
    if (err == 0) {
        q = sql(s, "SELECT " TEXTED_AT);
        sql_i64(&q, contact);
        err = sql_get_i64(&q, &texted);
    }
    if (err == 0) {
        q = sql(s, TEXT_UNANSWERED);
        sql_i64(&q, contact);
        sql_i64(&q, answered);
        err = sql_get_i64(&q, &text);
    }
    if (err == 0) {
        q = sql(s, CALL_UNANSWERED);
        sql_i64(&q, contact);
        sql_i64(&q, answered > texted ? answered : texted);
        err = sql_get_i64(&q, &call);
    }
    if (err == 0)
        ret->s = text == 0 || (call != 0 && call < text) ? call : text;
    return err;
}

int contact_refresh(struct store *s, int64_t contact)
{
    struct wall since;
    int err = waiting_since(s, contact, &since);
    if (err != 0)
        return err;
    struct sql q =
        sql(s, "UPDATE contact SET last_text = (SELECT text FROM message WHERE contact = ?1"
               "  AND " SCHEMA_SAID " ORDER BY created DESC, id DESC LIMIT 1),"
               " waiting_since = iif(blocked OR number NOT GLOB '+*' OR " SCHEMA_OWNER
               "  OR EXISTS (SELECT 1 FROM opt_out o WHERE o.number = contact.number), NULL, ?2)"
               " WHERE id = ?1");
    sql_i64(&q, contact);
    sql_wall(&q, since);
    err = sql_run(&q);
    return err < 0 ? err : 0;
}

static void thread_read(sqlite3_value **row, struct thread_row *ret)
{
    *ret = (struct thread_row){
        .id = col_i64(row[0]),
        .number = col_text(row[1]),
        .name = col_text(row[2]),
        .state = col_text(row[3]),
        .unread = (int)col_i64(row[4]),
        .calls = (int)col_i64(row[5]),
        .messages = (int)col_i64(row[6]),
        .waiting_since = col_wall(row[7]),
        .last = col_wall(row[8]),
        .opted_out = col_i64(row[9]) != 0,
        .blocked = col_i64(row[10]) != 0,
        .last_text = col_text(row[11]),
        .labels = col_text(row[12]),
        .snoozed_until = col_wall(row[13]),
    };
}

int thread_get(struct store *s, int64_t id, struct thread_row *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, THREAD_SELECT "WHERE id = ?");
    sql_i64(&q, id);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    thread_read(row, ret);
    return 0;
}

int thread_find_number(struct store *s, const char *number, int64_t *ret_id)
{
    return contact_find(s, number, ret_id);
}

int thread_find_name(struct store *s, const char *name, int64_t *ret_id)
{
    struct store_rows *rows = NULL;
    struct sql q = sql(s, "SELECT id FROM contact WHERE name = ? COLLATE NOCASE LIMIT 2");
    sql_text(&q, name);
    int err = sql_rows(&q, &rows);
    if (err < 0)
        return err;
    sqlite3_value **first = rows_next(rows);
    if (!first)
        err = -ENOENT;
    else if (rows_next(rows))
        err = -ENOTUNIQ;
    else
        *ret_id = col_i64(first[0]);
    store_rows_free(rows);
    return err;
}

int thread_make(struct store *s, const char *number, struct wall at, int64_t *ret_id)
{
    return contact_make(s, number, at, ret_id);
}

int thread_list(struct store *s, const struct thread_filter *filter, struct store_rows **ret)
{
    assert(filter->limit >= 1);
    struct sql q;
    if (filter->unread)
        q = sql(s, THREAD_SELECT "WHERE unread > 0" INBOX_ORDER);
    else if (filter->all)
        q = sql(s, THREAD_SELECT INBOX_ORDER);
    else
        q = sql(s, THREAD_SELECT "WHERE state = 'open'" INBOX_ORDER);
    sql_i64(&q, filter->limit);
    return sql_rows(&q, ret);
}

int thread_next(struct store_rows *r, struct thread_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    thread_read(row, ret);
    return 1;
}

int thread_mark_read(struct store *s, int64_t id)
{
    int64_t found;
    struct sql q = sql(s, "SELECT id FROM contact WHERE id = ?");
    sql_i64(&q, id);
    int err = sql_get_i64(&q, &found);
    if (err != 0)
        return err;
    q = sql(s, "UPDATE contact SET unread = 0 WHERE id = ? AND unread > 0");
    sql_i64(&q, id);
    err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* Calls are in `r`, texts in `r->other`, notes in that one's, each oldest first. Returns the list
 * that has the next item, NULL at the end; of the same second, calls come first and notes last. */
static struct store_rows *next_source(struct store_rows *r)
{
    static const size_t time_column[] = {CALL_COLUMN_STARTED, MESSAGE_COLUMN_CREATED,
                                         NOTE_COLUMN_AT};
    struct store_rows *first = NULL;
    int64_t first_at = 0;
    for (size_t i = 0; r; r = r->other, i++) {
        if (r->next == r->count)
            continue;
        int64_t at = col_i64(r->values[r->next * r->columns + time_column[i]]);
        if (!first || at < first_at) {
            first = r;
            first_at = at;
        }
    }
    return first;
}

int thread_items(struct store *s, int64_t id, int limit, struct store_rows **ret)
{
    assert(limit >= 1);
    struct store_rows *rows = NULL;
    struct call_filter filter = {.thread = id, .limit = limit};
    int err = calls_list(s, &filter, &rows);
    if (err == 0)
        err = message_list_contact(s, id, limit, &rows->other);
    if (err == 0)
        err = note_list(s, id, limit, &rows->other->other);
    if (err < 0) {
        store_rows_free(rows);
        return err;
    }
    /* Each has its newest `limit`; together they have too many, and the oldest of those go. */
    struct store_rows *texts = rows->other;
    rows_reverse(rows);
    rows_reverse(texts);
    for (size_t n = rows->count + texts->count + texts->other->count; n > (size_t)limit; n--)
        rows_next(next_source(rows));
    *ret = rows;
    return 0;
}

int thread_item_next(struct store_rows *r, struct thread_item *ret)
{
    const struct store_rows *source = next_source(r);
    *ret = (struct thread_item){.is_call = source == r, .is_note = source == r->other->other};
    if (!source)
        return 0;
    if (ret->is_call)
        return calls_next(r, &ret->call);
    return ret->is_note ? note_next(r->other->other, &ret->note)
                        : message_next(r->other, &ret->message);
}
