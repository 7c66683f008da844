#include "store/message.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define UNFINISHED_MAX 10000 /* rows of one list */
#define DAY_S (24 * 60 * 60)

/* A text of unknown fate is news for a day, until somebody has seen it; or it is sent again. */
#define UNKNOWN_SHOWN                                                  \
    "(m.state <> 'unknown' OR (m.changed > ?1 AND NOT m.acknowledged)" \
    " OR EXISTS (SELECT 1 FROM part p WHERE p.message = m.id AND p.next IS NOT NULL)) "

#define MESSAGE_SELECT                                                                        \
    "SELECT m.id, " SCHEMA_THREAD_OF(                                                         \
        "m.contact") ", m.call, l.name, p.number, p.name, m.direction, m.text, m.cause,"      \
                     " m.state, m.parts, m.resent, m.created, m.due, m.sent, m.delivered, "   \
                     "m.error, m.held,"                                                       \
                     " m.owner, (SELECT id FROM lead WHERE message = m.id)"                   \
                     " FROM message m JOIN line l ON l.id = m.line JOIN contact p ON p.id = " \
                     "m.contact "

static const char *const cause_names[] = {
    [CAUSE_OPT_OUT] = "opt_out",   [CAUSE_MANUAL] = "manual", [CAUSE_MISSED_CALL] = "missed_call",
    [CAUSE_LEAD] = "lead",         [CAUSE_HELP] = "help",     [CAUSE_FOLLOW_UP] = "follow_up",
    [CAUSE_RECEIVED] = "received", [CAUSE_RELAY] = "relay",   [CAUSE_DIGEST] = "digest",
};

static const char *const state_names[] = {
    [MESSAGE_RECEIVED] = "received", [MESSAGE_WAITING] = "waiting",
    [MESSAGE_QUEUED] = "queued",     [MESSAGE_SENDING] = "sending",
    [MESSAGE_SENT] = "sent",         [MESSAGE_DELIVERED] = "delivered",
    [MESSAGE_FAILED] = "failed",     [MESSAGE_UNKNOWN] = "unknown",
    [MESSAGE_EXPIRED] = "expired",   [MESSAGE_CANCELLED] = "cancelled",
};

#define CAUSE_COUNT (sizeof(cause_names) / sizeof(cause_names[0]))
#define STATE_COUNT (sizeof(state_names) / sizeof(state_names[0]))

const char *message_cause_name(enum message_cause cause)
{
    assert((size_t)cause < CAUSE_COUNT);
    return cause_names[cause];
}

enum message_urgency message_urgency(enum message_cause cause)
{
    switch (cause) {
    case CAUSE_OPT_OUT:
        return URGENCY_OPT_OUT;
    case CAUSE_MANUAL:
        return URGENCY_MANUAL;
    case CAUSE_MISSED_CALL:
    case CAUSE_LEAD:
        return URGENCY_MISSED_CALL;
    case CAUSE_HELP:
        return URGENCY_HELP;
    case CAUSE_FOLLOW_UP:
        return URGENCY_FOLLOW_UP;
    case CAUSE_RELAY:
        return URGENCY_RELAY;
    case CAUSE_DIGEST:
        return URGENCY_DIGEST;
    case CAUSE_RECEIVED:
        break;
    }
    return URGENCY_RECEIVED;
}

const char *message_state_name(enum message_state state)
{
    assert((size_t)state < STATE_COUNT);
    return state_names[state];
}

/* Its data are the text as JSON shows it everywhere (show_message_json). */
int message_event(struct store *s, int64_t message, const char *type, struct wall at)
{
    struct sql q =
        sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1, ?2, thread, json_object("
               "'id', id, 'line', line, 'thread', thread, 'call', call, 'number', number,"
               " 'name', name, 'direction', direction, 'text', text, 'cause', cause,"
               " 'state', state, 'parts', parts, 'resent', json(iif(resent, 'true', 'false')),"
               " 'created_at', created_at, 'due_at', due_at, 'sent_at', sent_at,"
               " 'delivered_at', delivered_at, 'error', error,"
               " 'held', json(iif(held, 'true', 'false')), 'owner', owner, 'lead', lead)"
               " FROM v_messages WHERE id = ?3");
    sql_i64(&q, at.s);
    sql_text(&q, type);
    sql_i64(&q, message);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* How many parts of a text are in which state. */
struct tally {
    enum message_state now;
    int64_t contact;
    int64_t queued, sending, sent, delivered, failed, unknown, cancelled;
};

static int take_tally(struct store *s, int64_t message, struct tally *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT m.state, m.contact, sum(p.state = 'queued'), sum(p.state = 'sending'),"
               " sum(p.state = 'sent'), sum(p.state = 'delivered'), sum(p.state = 'failed'),"
               " sum(p.state = 'unknown'), sum(p.state = 'cancelled')"
               " FROM message m JOIN part p ON p.message = m.id WHERE m.id = ? GROUP BY m.id");
    sql_i64(&q, message);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    int now = col_word(row[0], state_names, STATE_COUNT);
    if (now < 0) {
        store_fail(s, SQLITE_CORRUPT);
        return -EUCLEAN;
    }
    *ret = (struct tally){
        .now = (enum message_state)now,
        .contact = col_i64(row[1]),
        .queued = col_i64(row[2]),
        .sending = col_i64(row[3]),
        .sent = col_i64(row[4]),
        .delivered = col_i64(row[5]),
        .failed = col_i64(row[6]),
        .unknown = col_i64(row[7]),
        .cancelled = col_i64(row[8]),
    };
    return 0;
}

static enum message_state tally_state(const struct tally *n, enum message_state withdrawn)
{
    if (n->sending > 0)
        return MESSAGE_SENDING;
    if (n->failed > 0) /* and where another part may have arrived, nobody knows what was read */
        return n->unknown > 0 ? MESSAGE_UNKNOWN : MESSAGE_FAILED;
    if (n->queued > 0)
        return n->sent + n->delivered + n->unknown > 0 ? MESSAGE_SENDING : MESSAGE_QUEUED;
    if (n->unknown > 0)
        return MESSAGE_UNKNOWN;
    if (n->cancelled > 0)
        return withdrawn;
    return n->sent > 0 ? MESSAGE_SENT : MESSAGE_DELIVERED;
}

/* The event of a state that a text has come to; NULL where it is only on its way. */
static const char *state_event(enum message_state state)
{
    switch (state) {
    case MESSAGE_SENT:
        return "message.sent";
    case MESSAGE_DELIVERED:
        return "message.delivered";
    case MESSAGE_FAILED:
        return "message.failed";
    case MESSAGE_UNKNOWN:
        return "message.unknown";
    case MESSAGE_EXPIRED:
        return "message.expired";
    case MESSAGE_CANCELLED:
        return "message.cancelled";
    case MESSAGE_RECEIVED:
    case MESSAGE_WAITING:
    case MESSAGE_QUEUED:
    case MESSAGE_SENDING:
        break;
    }
    return NULL;
}

/* Parts that wait are cancelled; one whose fate is unknown stays so and is not sent again. */
static int cancel_rest(struct store *s, int64_t message)
{
    struct sql q = sql(s, "UPDATE part SET state = iif(state = 'queued', 'cancelled', state),"
                          " next = NULL WHERE message = ? AND next IS NOT NULL");
    sql_i64(&q, message);
    return sql_run(&q);
}

int message_update(struct store *s, int64_t message, enum message_state withdrawn,
                   const char *error, struct wall at)
{
    struct tally tally;
    int err = take_tally(s, message, &tally);
    if (err < 0)
        return err;
    enum message_state state = tally_state(&tally, withdrawn);
    bool good = state == MESSAGE_SENT || state == MESSAGE_DELIVERED;
    if (tally.failed > 0 && (err = cancel_rest(s, message)) < 0)
        return err;
    struct sql q =
        sql(s, "UPDATE message SET state = ?1, error = CASE WHEN ?2 THEN NULL"
               " WHEN ?1 = 'unknown' AND state = ?1 AND ?3 IS NOT NULL"
               " THEN ifnull(error || '; not sent again: ', '') || ?3 ELSE ifnull(?3, error) END,"
               " delivered = iif(?1 = 'delivered', ifnull(delivered, ?4), delivered),"
               " changed = iif(state = ?1, changed, ?4),"
               " sent = (SELECT max(sent) FROM part WHERE message = ?5),"
               " resent = (SELECT max(resent) FROM part WHERE message = ?5) WHERE id = ?5");
    sql_text(&q, message_state_name(state));
    sql_i64(&q, good);
    sql_text(&q, error);
    sql_i64(&q, at.s);
    sql_i64(&q, message);
    err = sql_run(&q);
    if (err >= 0)
        err = contact_refresh(s, tally.contact);
    const char *type = state == tally.now ? NULL : state_event(state);
    if (err == 0 && type)
        err = message_event(s, message, type, at);
    return err;
}

int message_withdraw(struct store *s, int64_t message, enum message_state state, const char *why,
                     struct wall at)
{
    int err = cancel_rest(s, message);
    return err < 0 ? err : message_update(s, message, state, why, at);
}
static int message_read(struct store *s, sqlite3_value **row, struct message_row *ret)
{
    const char *direction = col_text(row[6]);
    int cause = col_word(row[8], cause_names, CAUSE_COUNT);
    int state = col_word(row[9], state_names, STATE_COUNT);
    if (!direction || cause < 0 || state < 0)
        return store_fail(s, SQLITE_CORRUPT);
    *ret = (struct message_row){
        .id = col_i64(row[0]),
        .thread = col_i64(row[1]),
        .call = col_i64(row[2]),
        .line = col_text(row[3]),
        .number = col_text(row[4]),
        .name = col_text(row[5]),
        .incoming = strcmp(direction, "in") == 0,
        .text = col_text(row[7]),
        .cause = (enum message_cause)cause,
        .state = (enum message_state)state,
        .parts = (int)col_i64(row[10]),
        .resent = col_i64(row[11]) != 0,
        .created = col_wall(row[MESSAGE_COLUMN_CREATED]),
        .due = col_wall(row[13]),
        .sent = col_wall(row[14]),
        .delivered = col_wall(row[15]),
        .error = col_text(row[16]),
        .held = col_i64(row[17]) != 0,
        .owner = col_text(row[18]),
        .lead = col_i64(row[19]),
    };
    return 0;
}

int message_get(struct store *s, int64_t id, struct message_row *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, MESSAGE_SELECT "WHERE m.id = ?");
    sql_i64(&q, id);
    int err = sql_keep(&q, &row);
    return err < 0 ? err : message_read(s, row, ret);
}

int outbox_list(struct store *s, struct wall now, int limit, struct store_rows **ret)
{
    assert(limit >= 1);
    struct sql q = sql(s, MESSAGE_SELECT "WHERE m." SCHEMA_UNFINISHED " AND " UNKNOWN_SHOWN
                                         " ORDER BY m.urgency, m.id LIMIT ?");
    sql_i64(&q, now.s - DAY_S);
    sql_i64(&q, limit < UNFINISHED_MAX ? limit : UNFINISHED_MAX);
    return sql_rows(&q, ret);
}

int outbox_list_failed(struct store *s, struct wall now, int limit, struct store_rows **ret)
{
    assert(limit >= 1);
    struct sql q = sql(s, MESSAGE_SELECT "WHERE m.state = 'failed' AND m.changed > ?"
                                         " ORDER BY m.changed DESC LIMIT ?");
    sql_i64(&q, now.s - DAY_S);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int message_list_contact(struct store *s, int64_t contact, int limit, struct store_rows **ret)
{
    struct sql q = sql(s, MESSAGE_SELECT "WHERE m.contact = ?"
                                         " ORDER BY m.created DESC, m.id DESC LIMIT ?");
    sql_i64(&q, contact);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int message_next(struct store_rows *r, struct message_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    int err = message_read(r->s, row, ret);
    return err < 0 ? err : 1;
}

int outbox_counts(struct store *s, struct wall now, struct outbox_counts *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT (SELECT count(*) FROM message WHERE " SCHEMA_UNFINISHED
               "  AND state <> 'unknown'), (SELECT count(*) FROM message WHERE state = 'failed'"
               "  AND changed > ?1), (SELECT count(*) FROM message m WHERE m." SCHEMA_UNFINISHED
               "  AND m.state = 'unknown' AND " UNKNOWN_SHOWN ")");
    sql_i64(&q, now.s - DAY_S);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct outbox_counts){
        .waiting = (int)col_i64(row[0]),
        .failed = (int)col_i64(row[1]),
        .unknown = (int)col_i64(row[2]),
    };
    return 0;
}
