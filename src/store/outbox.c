#include "store/outbox.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define NEXT_HELD (INT64_C(1) << 52) /* never, with room for a clock that is stepped */

static int add_message(struct store *s, const struct outbox_new *text, int64_t contact,
                       int64_t *ret_id)
{
    bool waits = text->due.s > text->created.s;
    struct sql q = sql(s, "INSERT INTO message (line, contact, call, direction, text, cause,"
                          " urgency, state, parts, created, changed, due, expires, owner)"
                          " VALUES (?1, ?2, nullif(?3, 0), 'out', ?4, ?5, ?6, ?7, ?8, ?9, ?9,"
                          " ?10, ?11, ?12) RETURNING id");
    sql_i64(&q, text->line);
    sql_i64(&q, contact);
    sql_i64(&q, text->call);
    sql_text(&q, text->text);
    sql_text(&q, message_cause_name(text->cause));
    sql_i64(&q, message_urgency(text->cause));
    sql_text(&q, message_state_name(waits ? MESSAGE_WAITING : MESSAGE_QUEUED));
    sql_i64(&q, (int64_t)text->pdu_count);
    sql_i64(&q, text->created.s);
    sql_i64(&q, text->due.s);
    sql_wall(&q, text->expires);
    sql_text(&q, text->owner);
    return sql_get_i64(&q, ret_id);
}

static int add_parts(struct store *s, const struct outbox_new *text, int64_t contact,
                     int64_t message)
{
    int err = 0;
    for (size_t i = 0; err >= 0 && i < text->pdu_count; i++) {
        const struct outbox_pdu *pdu = &text->pdus[i];
        assert(strlen(pdu->hex) <= OUTBOX_PDU_HEX_MAX);
        struct sql q = sql(s, "INSERT INTO part (message, seq, line, contact, urgency, pdu,"
                              " tpdu_octets, next) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        sql_i64(&q, message);
        sql_i64(&q, (int64_t)i + 1);
        sql_i64(&q, text->line);
        sql_i64(&q, contact);
        sql_i64(&q, message_urgency(text->cause));
        sql_text(&q, pdu->hex);
        sql_i64(&q, pdu->tpdu_octets);
        sql_i64(&q, text->due.s);
        err = sql_run(&q);
    }
    return err < 0 ? err : 0;
}

static int contact_texted(struct store *s, int64_t contact, const struct outbox_new *text)
{
    bool owner = message_urgency(text->cause) >= URGENCY_OWNER; /* nobody whom the limits count */
    struct sql q = sql(
        s, "UPDATE contact SET messages = messages + (id = " SCHEMA_THREAD_OF(
               "?3") "),"
                     " last_at = iif(id = " SCHEMA_THREAD_OF(
                         "?3") ", max(last_at, ?1), last_at),"
                               " texted = iif(?4 OR id <> ?3, texted, max(ifnull(texted, 0), ?2))"
                               " WHERE id IN (?3, " SCHEMA_THREAD_OF("?3") ")");
    sql_i64(&q, text->created.s);
    sql_i64(&q, text->due.s);
    sql_i64(&q, contact);
    sql_i64(&q, owner);
    return sql_run(&q);
}

int outbox_add(struct store *s, const struct outbox_new *text, int64_t *ret_id)
{
    assert(text->cause != CAUSE_RECEIVED);
    assert(text->pdu_count >= 1);
    struct scope t;
    int64_t contact, id = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_make(s, text->number, text->created, &contact);
    if (err == 0 && text->cause == CAUSE_MANUAL)
        err = outbox_cancel_for(s, contact, URGENCY_AUTOMATIC, "you texted first", text->created);
    if (err >= 0)
        err = add_message(s, text, contact, &id);
    if (err == 0)
        err = add_parts(s, text, contact, id);
    if (err == 0)
        err = contact_texted(s, contact, text);
    if (err >= 0)
        err = contact_refresh(s, contact);
    if (err == 0)
        err = message_event(s, id, "message.queued", text->created);
    err = scope_close(&t, err);
    if (err == 0)
        *ret_id = id;
    return err;
}

int outbox_concat_ref(struct store *s, const char *number, uint16_t *ret_ref)
{
    int64_t last;
    (void)number; /* one count for everybody comes round later than one for each would */
    struct sql q = sql(s, "SELECT max(id) FROM message");
    int err = sql_get_i64(&q, &last);
    if (err == 0)
        *ret_ref = (uint16_t)((last + 1) & 0xffff);
    return err;
}

int outbox_cancel_between(struct store *s, int64_t contact, enum message_urgency from,
                          enum message_urgency to, const char *why, struct wall at)
{
    for (int count = 0;; count++) {
        int64_t message;
        struct sql q = sql(s, "SELECT message FROM part WHERE contact = ? AND next IS NOT NULL"
                              " AND urgency >= ? AND urgency < ?"
                              " ORDER BY urgency, message LIMIT 1");
        sql_i64(&q, contact);
        sql_i64(&q, from);
        sql_i64(&q, to);
        int err = sql_get_i64(&q, &message);
        if (err == -ENOENT)
            return count;
        if (err == 0)
            err = message_withdraw(s, message, MESSAGE_CANCELLED, why, at);
        if (err < 0)
            return err;
    }
}

int outbox_cancel_for(struct store *s, int64_t contact, enum message_urgency from, const char *why,
                      struct wall at)
{
    enum message_urgency to = from >= URGENCY_AUTOMATIC ? URGENCY_OWNER : URGENCY_COUNT;
    int err = follow_ups_cancel_for(s, contact, why, at);
    return err < 0 ? err : outbox_cancel_between(s, contact, from, to, why, at);
}

int outbox_cancel(struct store *s, int64_t message, const char *why, struct wall at)
{
    int64_t open = 0;
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "SELECT state IN ('waiting','queued') OR (state = 'unknown'"
                              " AND NOT acknowledged) FROM message WHERE id = ?");
        sql_i64(&q, message);
        err = sql_get_i64(&q, &open);
    }
    if (err == 0)
        err = open ? message_withdraw(s, message, MESSAGE_CANCELLED, why, at) : -EALREADY;
    if (err == 0) {
        struct sql q = sql(s, "UPDATE message SET acknowledged = 1 WHERE id = ?");
        sql_i64(&q, message);
        err = sql_run(&q);
    }
    err = scope_close(&t, err);
    return err < 0 ? err : 0;
}

static int set_held(struct store *s, int64_t message, bool held, struct wall at)
{
    int64_t fits = 0;
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "SELECT state IN ('waiting','queued') AND held <> ?"
                              " FROM message WHERE id = ?");
        sql_i64(&q, held);
        sql_i64(&q, message);
        err = sql_get_i64(&q, &fits);
    }
    if (err == 0 && !fits)
        err = -EALREADY;
    if (err == 0) {
        struct sql q = sql(s, "UPDATE part SET next = iif(?1, ?2, max(?3, (SELECT due FROM message"
                              "  WHERE id = ?4))) WHERE message = ?4 AND next IS NOT NULL");
        sql_i64(&q, held);
        sql_i64(&q, NEXT_HELD);
        sql_i64(&q, at.s);
        sql_i64(&q, message);
        err = sql_run(&q);
    }
    if (err >= 0) {
        struct sql q = sql(s, "UPDATE message SET held = ? WHERE id = ?");
        sql_i64(&q, held);
        sql_i64(&q, message);
        err = sql_run(&q);
    }
    if (err >= 0)
        err = message_event(s, message, held ? "message.held" : "message.released", at);
    return scope_close(&t, err);
}

int outbox_hold(struct store *s, int64_t message, struct wall at)
{
    return set_held(s, message, true, at);
}

int outbox_release(struct store *s, int64_t message, struct wall at)
{
    return set_held(s, message, false, at);
}

/* Returns 0 where the text may be sent again, or what outbox_retry() says. */
static int check_retry(struct store *s, int64_t message)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT m.direction = 'out' AND m.state IN ('failed','expired',"
                          "'cancelled','unknown'), c.blocked OR (EXISTS (SELECT 1 FROM opt_out o"
                          " WHERE o.number = c.number) AND m.cause <> 'opt_out')"
                          " FROM message m JOIN contact c ON c.id = m.contact WHERE m.id = ?");
    sql_i64(&q, message);
    int err = sql_keep(&q, &row);
    if (err == 0 && col_i64(row[0]) == 0)
        err = -EALREADY;
    if (err == 0 && col_i64(row[1]) != 0)
        err = -EACCES;
    return err;
}

int outbox_retry(struct store *s, int64_t message, struct wall at)
{
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = check_retry(s, message);
    if (err == 0) {
        struct sql q = sql(s, "UPDATE part SET state = iif(state = 'unknown', state, 'queued'),"
                              " next = ?, tries = 0 WHERE message = ?"
                              " AND state IN ('failed','cancelled','unknown')");
        sql_i64(&q, at.s);
        sql_i64(&q, message);
        err = sql_run(&q);
    }
    if (err >= 0) {
        struct sql q = sql(s, "UPDATE message SET due = ?, expires = NULL, error = NULL, held = 0,"
                              " acknowledged = 0 WHERE id = ?");
        sql_i64(&q, at.s);
        sql_i64(&q, message);
        err = sql_run(&q);
    }
    if (err >= 0)
        err = message_update(s, message, MESSAGE_CANCELLED, NULL, at);
    if (err == 0)
        err = message_event(s, message, "message.queued", at);
    return scope_close(&t, err);
}

int outbox_cancel_automatic(struct store *s, const char *number, const char *why, struct wall at)
{
    int64_t contact;
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_find(s, number, &contact);
    if (err == 0)
        err = outbox_cancel_for(s, contact, URGENCY_AUTOMATIC, why, at);
    return scope_close(&t, err == -ENOENT ? 0 : err);
}

int outbox_times(struct store *s, int64_t message, struct outbox_times *ret)
{
    struct outbox_times times = {0};
    struct sql expires = sql(s, "SELECT expires FROM message WHERE id = ?");
    sql_i64(&expires, message);
    int err = sql_get_i64(&expires, &times.expires.s);
    if (err == 0) {
        struct sql next = sql(s, "SELECT min(next) FROM part WHERE message = ?");
        sql_i64(&next, message);
        err = sql_get_i64(&next, &times.next.s);
    }
    if (err == 0)
        *ret = times;
    return err;
}
