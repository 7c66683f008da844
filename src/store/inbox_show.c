#include "db.h"
#include "schema.h"
#include "store/inbox.h"
#include <assert.h>
#include <errno.h>

/* What the parts of a text say of it. */
struct facts {
    int total, missing;
    int64_t scts; /* of the newest part, 0 unknown */
    struct wall received;
    int64_t message; /* that it is shown as, 0 not yet */
};

static int read_facts(struct store *s, const struct inbox_text *text, struct facts *ret)
{
    sqlite3_value **row;
    struct sql q =
        text->long_text != 0
            ? sql(s, "SELECT total, missing, message,"
                     " (SELECT max(scts) FROM inbound_part WHERE long_text = l.id),"
                     " (SELECT max(received) FROM inbound_part WHERE long_text = l.id)"
                     " FROM long_text l WHERE id = ?")
            : sql(s, "SELECT 1, 0, message, scts, received FROM inbound_part WHERE id = ?");
    sql_i64(&q, text->long_text != 0 ? text->long_text : text->part);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct facts){
        .total = (int)col_i64(row[0]),
        .missing = (int)col_i64(row[1]),
        .message = col_i64(row[2]),
        .scts = col_i64(row[3]),
        .received = col_wall(row[4]),
    };
    return 0;
}

static int claim_parts(struct store *s, const struct inbox_text *text, int64_t message)
{
    struct sql q;
    if (text->long_text != 0) {
        q = sql(s, "UPDATE long_text SET message = ?, due = NULL WHERE id = ?");
        sql_i64(&q, message);
        sql_i64(&q, text->long_text);
        int err = sql_run(&q);
        if (err < 0)
            return err;
        q = sql(s, "UPDATE inbound_part SET message = ? WHERE long_text = ?");
    } else {
        q = sql(s, "UPDATE inbound_part SET message = ? WHERE id = ?");
    }
    sql_i64(&q, message);
    sql_i64(&q, text->long_text != 0 ? text->long_text : text->part);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

static int add_message(struct store *s, const struct inbox_text *text, const struct facts *facts,
                       int64_t contact, int64_t *ret_id)
{
    struct sql q = sql(s, "INSERT INTO message (line, contact, direction, text, cause, urgency,"
                          " state, parts, replace_type, created, changed)"
                          " VALUES (?, ?, 'in', ?, 'received', ?, 'received', ?, ?, ?, ?)"
                          " RETURNING id");
    sql_i64(&q, text->line);
    sql_i64(&q, contact);
    sql_text(&q, text->text);
    sql_i64(&q, URGENCY_RECEIVED);
    sql_i64(&q, facts->total);
    sql_i64(&q, facts->missing == 0 ? text->replace_type : 0);
    sql_i64(&q, facts->received.s);
    sql_i64(&q, text->at.s);
    return sql_get_i64(&q, ret_id);
}

static int show_new(struct store *s, const struct inbox_text *text, const struct facts *facts,
                    int64_t contact, int64_t *ret_id)
{
    int err = add_message(s, text, facts, contact, ret_id);
    if (err == 0)
        err = claim_parts(s, text, *ret_id);
    if (err == 0)
        err = contact_wrote(s, contact, text->at);
    if (err >= 0 && facts->missing == 0)
        err = outbox_cancel_for(s, contact, URGENCY_AUTOMATIC, "they texted first", text->at);
    if (err >= 0)
        err = contact_refresh(s, contact);
    return err != 0 ? err : message_event(s, *ret_id, "message.received", text->at);
}

/* The text of a message has changed in place: it is to be read again. */
static int show_changed(struct store *s, const struct inbox_text *text, int64_t contact,
                        int64_t message, const char *event)
{
    int err = claim_parts(s, text, message);
    if (err == 0) {
        struct sql q =
            sql(s, "UPDATE contact SET unread = iif(" SCHEMA_OWNER ", 0, max(unread, 1)),"
                   " state = iif(" SCHEMA_OWNER ", state, 'open'),"
                   " last_at = max(last_at, ?1) WHERE id = " SCHEMA_THREAD_OF("?2"));
        sql_i64(&q, text->at.s);
        sql_i64(&q, contact);
        err = sql_run(&q);
    }
    if (err >= 0)
        err = contact_refresh(s, contact);
    return err != 0 ? err : message_event(s, message, event, text->at);
}

static int repair(struct store *s, const struct inbox_text *text, int64_t contact, int64_t message)
{
    struct sql q = sql(s, "UPDATE message SET text = ?, changed = ? WHERE id = ?");
    sql_text(&q, text->text);
    sql_i64(&q, text->at.s);
    sql_i64(&q, message);
    int err = sql_run(&q);
    return err < 0 ? err : show_changed(s, text, contact, message, "message.repaired");
}

static int replace(struct store *s, const struct inbox_text *text, const struct facts *facts,
                   int64_t contact, int64_t message)
{
    struct sql q = sql(s, "UPDATE message SET text = ?, parts = ?, created = ?, changed = ?"
                          " WHERE id = ?");
    sql_text(&q, text->text);
    sql_i64(&q, facts->total);
    sql_i64(&q, facts->received.s);
    sql_i64(&q, text->at.s);
    sql_i64(&q, message);
    int err = sql_run(&q);
    return err < 0 ? err : show_changed(s, text, contact, message, "message.replaced");
}

/* The text whose place this one takes, and the stamp of its newest part. -ENOENT: there is none. */
static int find_replaced(struct store *s, const struct inbox_text *text, int64_t contact,
                         int64_t *ret_id, int64_t *ret_scts)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT id, (SELECT max(scts) FROM inbound_part WHERE message = m.id)"
                          " FROM message m WHERE contact = ? AND line = ? AND replace_type = ?"
                          " AND replace_type > 0");
    sql_i64(&q, contact);
    sql_i64(&q, text->line);
    sql_i64(&q, text->replace_type);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret_id = col_i64(row[0]);
    *ret_scts = col_i64(row[1]);
    return 0;
}

/* Returns 1, or 0 where the text is older than the one that is there. */
static int show_in_place(struct store *s, const struct inbox_text *text, const struct facts *facts,
                         int64_t contact, int64_t *ret_id)
{
    int64_t scts = 0;
    int err = facts->missing == 0 ? find_replaced(s, text, contact, ret_id, &scts) : -ENOENT;
    if (err == -ENOENT) {
        err = show_new(s, text, facts, contact, ret_id);
        return err != 0 ? err : 1;
    }
    if (err == 0 && facts->scts != 0 && facts->scts < scts)
        return claim_parts(s, text, *ret_id);
    if (err == 0)
        err = replace(s, text, facts, contact, *ret_id);
    return err != 0 ? err : 1;
}

static int show(struct store *s, const struct inbox_text *text, int64_t *ret_id)
{
    struct facts facts;
    int64_t contact;
    int err = read_facts(s, text, &facts);
    if (err == 0 && text->long_text == 0 && facts.message != 0)
        err = -EALREADY;
    if (err == 0)
        err = contact_make(s, text->sender, text->at, &contact);
    if (err != 0)
        return err;
    if (facts.message == 0)
        return show_in_place(s, text, &facts, contact, ret_id);
    *ret_id = facts.message;
    err = repair(s, text, contact, facts.message);
    return err != 0 ? err : 1;
}

int inbox_text_show(struct store *s, const struct inbox_text *text, int64_t *ret_message)
{
    assert((text->part != 0) != (text->long_text != 0));
    assert(text->replace_type >= 0);
    assert(text->replace_type <= 7);
    struct scope t;
    int64_t id = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = show(s, text, &id);
    err = scope_close(&t, err);
    if (err >= 0)
        *ret_message = id;
    return err;
}
