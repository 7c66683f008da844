#include "store/threads.h"
#include "db.h"
#include "schema.h"
#include "store/joined.h"
#include <assert.h>
#include <errno.h>

#define THREAD_SELECT                                                                              \
    "SELECT id, number, name, state, unread, calls, messages, waiting_since, last_at,"             \
    " EXISTS (SELECT 1 FROM opt_out o WHERE o.number = contact.number), blocked, last_text,"       \
    " (SELECT group_concat(name, char(10)) FROM label WHERE contact = contact.id),"                \
    " iif(state = 'snoozed', snoozed_until, NULL),"                                                \
    " (SELECT group_concat(o.number, char(10)) FROM joined j JOIN contact o ON o.id = j.contact"   \
    "  WHERE j.thread = contact.id),"                                                              \
    " (SELECT min(due) FROM follow_up f WHERE f.contact IN " SCHEMA_MEMBERS(                       \
        "contact.id") " AND due IS NOT NULL),"                                                     \
                      " iif(name IS NULL, (SELECT l.name FROM lead l WHERE l.contact = contact.id" \
                      "  AND l.name IS NOT NULL ORDER BY l.id DESC LIMIT 1), NULL)"                \
                      " FROM contact "
#define NOT_JOINED " NOT EXISTS (SELECT 1 FROM joined WHERE contact = contact.id) "
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

int contact_wrote(struct store *s, int64_t contact, struct wall at)
{
    struct sql q = sql(s, "UPDATE contact SET messages = messages + 1,"
                          " unread = iif(" SCHEMA_OWNER ", 0, unread + 1),"
                          " state = iif(" SCHEMA_OWNER ", state, 'open'),"
                          " last_at = max(last_at, ?1) WHERE id = " SCHEMA_THREAD_OF("?2"));
    sql_i64(&q, at.s);
    sql_i64(&q, contact);
    return sql_run(&q);
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
/* Their first text after `?2`, of the thread `?3`; of two in the same second, the later one
 * follows.
 */
#define TEXT_UNANSWERED                                                                  \
    "SELECT min(r.created) FROM message r WHERE r.contact = ?1 AND r.cause = 'received'" \
    " AND " SCHEMA_SAID " AND r.created >= ?2 AND r.id >"                                \
    "  ifnull((SELECT handled_text FROM contact WHERE id = ?3), 0) AND NOT EXISTS"       \
    " (SELECT 1 FROM message WHERE contact IN " MEMBERS " AND cause = 'manual'"          \
    "  AND " SCHEMA_SAID " AND state <> 'failed' AND created = r.created AND id > r.id)"
#define CALL_UNANSWERED                                                     \
    "SELECT min(started) FROM call WHERE contact = ?1 AND started > ?2"     \
    " AND id > ifnull((SELECT handled_call FROM contact WHERE id = ?3), 0)" \
    " AND outcome IN ('missed','rejected')"
#define MEMBERS SCHEMA_MEMBERS("?3")

/* What a thread has heard and said, over all its numbers. */
struct heard {
    int64_t answered, texted; /* when they last heard from us in person, or by an automatic text */
    int64_t newest, speaker;  /* the newest text, and the number that it is from or to */
    int64_t since;            /* 0: nobody waits */
};

static int hear(struct store *s, int64_t contact, struct heard *h)
{
    int64_t answered, texted, newest;
    struct sql q = sql(s, "SELECT " ANSWERED_AT);
    sql_i64(&q, contact);
    int err = sql_get_i64(&q, &answered);
    if (err == 0) {
        q = sql(s, "SELECT " TEXTED_AT);
        sql_i64(&q, contact);
        err = sql_get_i64(&q, &texted);
    }
    if (err == 0) {
        q = sql(s, "SELECT ifnull((SELECT created FROM message WHERE contact = ? AND " SCHEMA_SAID
                   " ORDER BY created DESC LIMIT 1), 0)");
        sql_i64(&q, contact);
        err = sql_get_i64(&q, &newest);
    }
    if (err != 0)
        return err;
    h->answered = answered > h->answered ? answered : h->answered;
    h->texted = texted > h->texted ? texted : h->texted;
    if (newest > h->newest || !h->speaker) {
        h->newest = newest;
        h->speaker = contact;
    }
    return 0;
}

/* Since when this number waits for what the thread has not said. */
static int wait_for(struct store *s, int64_t thread, int64_t contact, struct heard *h)
{
    int64_t text, call;
    struct sql q = sql(s, TEXT_UNANSWERED);
    sql_i64(&q, contact);
    sql_i64(&q, h->answered);
    sql_i64(&q, thread);
    int err = sql_get_i64(&q, &text);
    if (err == 0) {
        q = sql(s, CALL_UNANSWERED);
        sql_i64(&q, contact);
        sql_i64(&q, h->answered > h->texted ? h->answered : h->texted);
        sql_i64(&q, thread);
        err = sql_get_i64(&q, &call);
    }
    if (err != 0)
        return err;
    int64_t since = text == 0 || (call != 0 && call < text) ? call : text;
    if (since != 0 && (h->since == 0 || since < h->since))
        h->since = since;
    return 0;
}

/* The numbers of a thread, and whether anybody may be waiting there. */
static int list_members(struct store *s, int64_t thread, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT id, blocked OR number NOT GLOB '+*' OR " SCHEMA_OWNER
                          " OR EXISTS (SELECT 1 FROM opt_out o WHERE o.number = contact.number)"
                          " FROM contact WHERE id IN " SCHEMA_MEMBERS("?1"));
    sql_i64(&q, thread);
    return sql_rows(&q, ret);
}

int contact_refresh(struct store *s, int64_t contact)
{
    struct heard h = {0};
    struct store_rows *members;
    sqlite3_value **row;
    int64_t thread;
    int err = thread_of(s, contact, &thread);
    err = err ? err : list_members(s, thread, &members);
    if (err < 0)
        return err;
    while (err == 0 && (row = rows_next(members)) != NULL)
        err = hear(s, col_i64(row[0]), &h);
    members->next = 0;
    while (err == 0 && (row = rows_next(members)) != NULL)
        if (!col_i64(row[1]))
            err = wait_for(s, thread, col_i64(row[0]), &h);
    store_rows_free(members);
    if (err < 0)
        return err;
    struct sql q =
        sql(s, "UPDATE contact SET last_text = (SELECT text FROM message WHERE contact = ?3"
               "  AND " SCHEMA_SAID " ORDER BY created DESC, id DESC LIMIT 1),"
               " waiting_since = nullif(?2, 0) WHERE id = ?1");
    sql_i64(&q, thread);
    sql_i64(&q, h.since);
    sql_i64(&q, h.speaker);
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
        .others = col_text(row[14]),
        .follow_up = col_wall(row[15]),
        .says = col_text(row[16]),
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
    struct sql q =
        sql(s, "SELECT id FROM contact WHERE name = ? COLLATE NOCASE AND" NOT_JOINED "LIMIT 2");
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
        q = sql(s, THREAD_SELECT "WHERE unread > 0 AND" NOT_JOINED INBOX_ORDER);
    else if (filter->all)
        q = sql(s, THREAD_SELECT "WHERE" NOT_JOINED INBOX_ORDER);
    else
        q = sql(s, THREAD_SELECT "WHERE state = 'open' AND" NOT_JOINED INBOX_ORDER);
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

enum source { CALLS, TEXTS, NOTES, SOURCES };

/* For each number of the thread, `r` has its calls, `r->other` its texts, and that one's its notes,
 * and so on; each oldest first. Returns the list that has the next item and which it is, NULL at
 * the end; of the same second, calls come first and notes last. */
static struct store_rows *next_source(struct store_rows *r, enum source *ret)
{
    static const size_t time_column[SOURCES] = {CALL_COLUMN_STARTED, MESSAGE_COLUMN_CREATED,
                                                NOTE_COLUMN_AT};
    struct store_rows *first = NULL;
    int64_t first_at = 0;
    for (unsigned i = 0; r; r = r->other, i++) {
        enum source source = (enum source)(i % SOURCES);
        if (r->next == r->count)
            continue;
        int64_t at = col_i64(r->values[r->next * r->columns + time_column[source]]);
        if (!first || at < first_at || (at == first_at && source < *ret)) {
            first = r;
            first_at = at;
            *ret = source;
        }
    }
    return first;
}

/* Appends the newest `limit` calls, texts and notes of one number to the chain. */
static int add_sources(struct store *s, int64_t contact, int limit, struct store_rows ***end)
{
    struct call_filter filter = {.thread = contact, .limit = limit};
    int err = calls_list(s, &filter, *end);
    if (err < 0)
        return err;
    rows_reverse(**end);
    *end = &(**end)->other;
    err = message_list_contact(s, contact, limit, *end);
    if (err < 0)
        return err;
    rows_reverse(**end);
    *end = &(**end)->other;
    err = note_list(s, contact, limit, *end);
    if (err == 0)
        *end = &(**end)->other;
    return err;
}

int thread_items(struct store *s, int64_t id, int limit, struct store_rows **ret)
{
    assert(limit >= 1);
    struct store_rows *rows = NULL, *numbers, **end = &rows;
    struct number_row number;
    enum source source;
    size_t count = 0;
    int err = thread_numbers(s, id, &numbers);
    if (err < 0)
        return err;
    while (err == 0 && thread_number_next(numbers, &number) > 0)
        err = add_sources(s, number.contact, limit, &end);
    if (err == 0 && !rows) /* a thread that is not there has nothing in it */
        err = add_sources(s, id, limit, &end);
    store_rows_free(numbers);
    if (err < 0) {
        store_rows_free(rows);
        return err;
    }
    /* Each has its newest `limit`; together they have too many, and the oldest of those go. */
    for (struct store_rows *r = rows; r; r = r->other)
        count += r->count;
    for (; count > (size_t)limit; count--)
        rows_next(next_source(rows, &source));
    *ret = rows;
    return 0;
}

int thread_item_next(struct store_rows *r, struct thread_item *ret)
{
    enum source source = CALLS;
    struct store_rows *from = next_source(r, &source);
    *ret = (struct thread_item){.is_call = source == CALLS, .is_note = source == NOTES};
    if (!from)
        return 0;
    if (source == CALLS)
        return calls_next(from, &ret->call);
    return source == NOTES ? note_next(from, &ret->note) : message_next(from, &ret->message);
}
