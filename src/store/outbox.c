#include "store/outbox.h"
#include "db.h"
#include "schema.h"
#include "store/people.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CAUSE_AUTOMATIC CAUSE_MISSED_CALL /* this one and all after it go out by themselves */
#define UNFINISHED_MAX 10000              /* rows of one list */
#define DAY_S (24 * 60 * 60)
#define NEXT_HELD (INT64_C(1) << 52) /* never, with room for a clock that is stepped */

/* A text of unknown fate is news for a day, until somebody has seen it; or it is sent again. */
#define UNKNOWN_SHOWN                                                  \
    "(m.state <> 'unknown' OR (m.changed > ?1 AND NOT m.acknowledged)" \
    " OR EXISTS (SELECT 1 FROM part p WHERE p.message = m.id AND p.next IS NOT NULL)) "

#define MESSAGE_SELECT                                                                        \
    "SELECT m.id, m.contact, m.call, l.name, p.number, p.name, m.direction, m.text, m.cause," \
    " m.state, m.parts, m.resent, m.created, m.due, m.sent, m.delivered, m.error, m.held"     \
    " FROM message m JOIN line l ON l.id = m.line JOIN contact p ON p.id = m.contact "

static const char *const cause_names[] = {
    [CAUSE_OPT_OUT] = "opt_out", [CAUSE_MANUAL] = "manual",     [CAUSE_MISSED_CALL] = "missed_call",
    [CAUSE_HELP] = "help",       [CAUSE_RECEIVED] = "received",
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
               " 'held', json(iif(held, 'true', 'false')))"
               " FROM v_messages WHERE id = ?3");
    sql_i64(&q, at.s);
    sql_text(&q, type);
    sql_i64(&q, message);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

static int add_message(struct store *s, const struct outbox_new *text, int64_t contact,
                       int64_t *ret_id)
{
    bool waits = text->due.s > text->created.s;
    struct sql q = sql(s, "INSERT INTO message (line, contact, call, direction, text, cause,"
                          " urgency, state, parts, created, changed, due, expires)"
                          " VALUES (?1, ?2, nullif(?3, 0), 'out', ?4, ?5, ?6, ?7, ?8, ?9, ?9,"
                          " ?10, ?11) RETURNING id");
    sql_i64(&q, text->line);
    sql_i64(&q, contact);
    sql_i64(&q, text->call);
    sql_text(&q, text->text);
    sql_text(&q, message_cause_name(text->cause));
    sql_i64(&q, text->cause);
    sql_text(&q, message_state_name(waits ? MESSAGE_WAITING : MESSAGE_QUEUED));
    sql_i64(&q, (int64_t)text->pdu_count);
    sql_i64(&q, text->created.s);
    sql_i64(&q, text->due.s);
    sql_wall(&q, text->expires);
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
        sql_i64(&q, text->cause);
        sql_text(&q, pdu->hex);
        sql_i64(&q, pdu->tpdu_octets);
        sql_i64(&q, text->due.s);
        err = sql_run(&q);
    }
    return err < 0 ? err : 0;
}

static int contact_texted(struct store *s, int64_t contact, const struct outbox_new *text)
{
    struct sql q = sql(s, "UPDATE contact SET messages = messages + 1, last_at = max(last_at, ?1),"
                          " texted = max(ifnull(texted, 0), ?2) WHERE id = ?3");
    sql_i64(&q, text->created.s);
    sql_i64(&q, text->due.s);
    sql_i64(&q, contact);
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
        err = outbox_cancel_for(s, contact, CAUSE_AUTOMATIC, "you texted first", text->created);
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

/* Nothing more of this text is sent. */
static int withdraw(struct store *s, int64_t message, enum message_state state, const char *why,
                    struct wall at)
{
    int err = cancel_rest(s, message);
    return err < 0 ? err : message_update(s, message, state, why, at);
}

int outbox_cancel_for(struct store *s, int64_t contact, enum message_cause from, const char *why,
                      struct wall at)
{
    for (int count = 0;; count++) {
        int64_t message;
        struct sql q = sql(s, "SELECT message FROM part WHERE contact = ? AND next IS NOT NULL"
                              " AND urgency >= ? ORDER BY urgency, message LIMIT 1");
        sql_i64(&q, contact);
        sql_i64(&q, from);
        int err = sql_get_i64(&q, &message);
        if (err == -ENOENT)
            return count;
        if (err == 0)
            err = withdraw(s, message, MESSAGE_CANCELLED, why, at);
        if (err < 0)
            return err;
    }
}

/* Expires what is too old. A text of which a part has certainly left is finished, however late. */
static int expire(struct store *s, int64_t line, const struct limits_gate *gate, struct wall now)
{
    char waited[96];
    (void)snprintf(waited, sizeof(waited), "too old to be sent: it waited for %s",
                   gate->key ? gate->key : "its turn");
    for (;;) {
        sqlite3_value **row;
        struct sql q =
            sql(s, "SELECT p.message, p.urgency FROM part p JOIN message m ON m.id = p.message"
                   " WHERE p.line = ? AND p.next IS NOT NULL AND m.expires < ?"
                   " AND NOT EXISTS (SELECT 1 FROM part o WHERE o.message = p.message"
                   "  AND o.state IN ('sending','sent','delivered')) LIMIT 1");
        sql_i64(&q, line);
        sql_i64(&q, now.s);
        int err = sql_keep(&q, &row);
        if (err == 0) {
            bool limited = gate->key && col_i64(row[1]) >= CAUSE_AUTOMATIC;
            err = withdraw(s, col_i64(row[0]), MESSAGE_EXPIRED,
                           limited ? waited : "too old to be sent", now);
        }
        if (err < 0)
            return err == -ENOENT ? 0 : err;
    }
}

/* Parts of one text go in order: one waits while an earlier one is queued or being sent. */
#define PART_FIRST                                                                    \
    " NOT EXISTS (SELECT 1 FROM part e WHERE e.message = p.message AND e.seq < p.seq" \
    " AND e.state IN ('queued','sending')) "

/* A part that could be sent now, with all that may speak against it. */
struct candidate {
    int64_t part, message, contact;
    enum message_cause cause;
    bool opted_out, blocked, skipped, doubtful, muted;
    bool first; /* no other part of the text has been taken */
    const char *pdu;
    int tpdu_octets;
};

/* Of texts that are more urgent than `below`; of one that has not begun, more than `begin_below`.
 */
static int find_candidate(struct store *s, int64_t line, struct wall now, enum message_cause below,
                          enum message_cause begin_below, struct candidate *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT p.id, p.message, p.contact, p.urgency, p.pdu, p.tpdu_octets,"
               " EXISTS (SELECT 1 FROM opt_out o WHERE o.number = c.number), c.blocked,"
               " EXISTS (SELECT 1 FROM skip k WHERE k.number = c.number),"
               " EXISTS (SELECT 1 FROM doubt d WHERE d.number = c.number), p.seq = 1,"
               " EXISTS (SELECT 1 FROM mute u WHERE u.number = c.number AND u.until > ?2)"
               " FROM part p JOIN contact c ON c.id = p.contact"
               " WHERE p.line = ?1 AND p.next IS NOT NULL AND p.next <= ?2 AND p.urgency < ?3"
               " AND (p.seq > 1 OR p.urgency < ?4) AND" PART_FIRST
               "ORDER BY p.urgency, p.message, p.seq LIMIT 1");
    sql_i64(&q, line);
    sql_i64(&q, now.s);
    sql_i64(&q, below);
    sql_i64(&q, begin_below);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct candidate){
        .part = col_i64(row[0]),
        .message = col_i64(row[1]),
        .contact = col_i64(row[2]),
        .cause = (enum message_cause)col_i64(row[3]),
        .pdu = col_text(row[4]),
        .tpdu_octets = (int)col_i64(row[5]),
        .opted_out = col_i64(row[6]) != 0,
        .blocked = col_i64(row[7]) != 0,
        .skipped = col_i64(row[8]) != 0,
        .doubtful = col_i64(row[9]) != 0,
        .first = col_i64(row[10]) != 0,
        .muted = col_i64(row[11]) != 0,
    };
    return 0;
}

static const char *objection(const struct candidate *c)
{
    if (c->opted_out && c->cause != CAUSE_OPT_OUT)
        return "opted out";
    if (c->blocked)
        return "blocked";
    if (c->skipped && c->cause >= CAUSE_AUTOMATIC)
        return "on the skip list";
    if (c->doubtful && c->cause >= CAUSE_AUTOMATIC)
        return "may have opted out";
    if (c->muted && c->cause >= CAUSE_AUTOMATIC)
        return "the same text again and again";
    return NULL;
}

static int mark_sending(struct store *s, const struct candidate *c, struct wall now)
{
    struct sql q = sql(s, "UPDATE part SET resent = resent OR state = 'unknown', state = 'sending',"
                          " next = NULL, tries = tries + 1 WHERE id = ?");
    sql_i64(&q, c->part);
    int err = sql_run(&q);
    return err < 0 ? err : message_update(s, c->message, MESSAGE_CANCELLED, NULL, now);
}

/* Open where there are no limits. */
static int read_gate(struct store *s, int64_t line, const struct store_limits *limits,
                     struct wall now, struct limits_gate *ret)
{
    *ret = (struct limits_gate){.open = now};
    return limits ? limits_gate(s, line, limits, now, ret) : 0;
}

/* Returns 1 with a part marked, 0 where nothing is due. */
static int take(struct store *s, int64_t line, const struct store_limits *limits, struct wall now,
                struct outbox_part *ret)
{
    struct pause pause;
    struct limits_gate gate;
    int err = pause_get(s, now, &pause);
    if (err == 0)
        err = read_gate(s, line, limits, now, &gate);
    if (err == 0)
        err = expire(s, line, &gate, now);
    if (err < 0)
        return err;
    enum message_cause below = CAUSE_RECEIVED;
    if (pause.until.s != 0)
        below = pause.hard ? CAUSE_OPT_OUT : CAUSE_AUTOMATIC;
    for (;;) {
        struct candidate c;
        err = find_candidate(s, line, now, below, gate.key ? CAUSE_AUTOMATIC : below, &c);
        if (err < 0)
            return err == -ENOENT ? 0 : err;
        const char *why = objection(&c);
        if (!why) {
            size_t len = strlen(c.pdu);
            if (len > OUTBOX_PDU_HEX_MAX)
                return store_fail(s, SQLITE_CORRUPT);
            *ret = (struct outbox_part){
                .id = c.part, .message = c.message, .tpdu_octets = c.tpdu_octets};
            memcpy(ret->pdu, c.pdu, len + 1);
            err = mark_sending(s, &c, now);
            if (err >= 0 && c.first) {
                err = limits_depart(s, line, c.message, c.cause >= CAUSE_AUTOMATIC, limits, now);
                ret->burst = err == 1;
            }
            return err < 0 ? err : 1;
        }
        err = withdraw(s, c.message, MESSAGE_CANCELLED, why, now);
        if (err < 0)
            return err;
    }
}

int outbox_take(struct store *s, int64_t line, const struct store_limits *limits, struct wall now,
                struct outbox_part *ret)
{
    struct outbox_part part;
    struct scope t;
    int err = store_begin(s);
    if (err < 0)
        return err;
    t = (struct scope){.s = s, .own = true};
    err = scope_close(&t, take(s, line, limits, now, &part));
    if (err == 1)
        *ret = part;
    return err;
}

int outbox_next_due(struct store *s, int64_t line, const struct store_limits *limits,
                    struct wall now, struct wall *ret)
{
    int64_t until, hard, due;
    struct limits_gate gate;
    int err = read_gate(s, line, limits, now, &gate);
    if (err == 0)
        err = setting_get_i64(s, "paused_until", 0, &until);
    if (err == 0)
        err = setting_get_i64(s, "paused_hard", 0, &hard);
    if (err != 0)
        return err;
    /* A text that is paused or limited is due when that ends, or when it expires. */
    struct sql q =
        sql(s, "SELECT ifnull(min(min(ifnull(m.expires + 1, ?1), max(p.next,"
               " iif(p.urgency >= ?2, ?3, 0), iif(p.urgency >= ?5 AND p.seq = 1, ?6, 0)))), ?1) "
               "FROM part p JOIN message m"
               " ON m.id = p.message WHERE p.line = ?4 AND p.next IS NOT NULL AND" PART_FIRST);
    sql_i64(&q, INT64_MAX);
    sql_i64(&q, hard ? CAUSE_OPT_OUT : CAUSE_AUTOMATIC);
    sql_i64(&q, until);
    sql_i64(&q, line);
    sql_i64(&q, CAUSE_AUTOMATIC);
    sql_i64(&q, gate.key ? gate.open.s : 0);
    err = sql_get_i64(&q, &due);
    if (err == 0)
        ret->s = due;
    return err;
}

static int part_message(struct store *s, int64_t part, int64_t *ret_message)
{
    struct sql q = sql(s, "SELECT message FROM part WHERE id = ?");
    sql_i64(&q, part);
    return sql_get_i64(&q, ret_message);
}

int outbox_sent(struct store *s, int64_t part, uint8_t mr, struct wall at)
{
    int64_t message;
    int err = part_message(s, part, &message);
    if (err < 0)
        return err;
    /* A report can be faster than the result; one with another TP-MR was not for this part. */
    struct sql q = sql(s, "UPDATE part SET state = iif(mr = ?1 AND state IN ('delivered','failed'),"
                          " state, 'sent'), mr = ?1, sent = ?2, next = NULL WHERE id = ?3");
    sql_i64(&q, mr);
    sql_i64(&q, at.s);
    sql_i64(&q, part);
    err = sql_run(&q);
    return err < 0 ? err : message_update(s, message, MESSAGE_CANCELLED, NULL, at);
}

int outbox_failed(struct store *s, int64_t part, const char *error, struct wall next,
                  struct wall at)
{
    int64_t message;
    int err = part_message(s, part, &message);
    if (err < 0)
        return err;
    err = limits_return(s, part);
    if (err < 0)
        return err;
    /* One that was sent again stays unknown: its first try may have arrived. */
    struct sql q = sql(s, "UPDATE part SET state = CASE WHEN resent THEN 'unknown'"
                          " WHEN ?1 IS NULL THEN 'failed' ELSE 'queued' END, next = ?1, mr = NULL"
                          " WHERE id = ?2 AND state = 'sending'");
    sql_wall(&q, next);
    sql_i64(&q, part);
    err = sql_run(&q);
    return err < 0 ? err : message_update(s, message, MESSAGE_CANCELLED, error, at);
}

int outbox_unknown(struct store *s, int64_t part, const char *error, struct wall resend,
                   struct wall at)
{
    int64_t message;
    int err = part_message(s, part, &message);
    if (err < 0)
        return err;
    /* `mr` is there when a report has come already and said that it is still on its way. */
    struct sql q = sql(s, "UPDATE part SET state = iif(mr IS NULL, 'unknown', 'sent'),"
                          " sent = iif(mr IS NULL, sent, ?1),"
                          " next = iif(mr IS NULL AND NOT resent, ?2, NULL)"
                          " WHERE id = ?3 AND state = 'sending'");
    sql_i64(&q, at.s);
    sql_wall(&q, resend);
    sql_i64(&q, part);
    err = sql_run(&q);
    return err < 0 ? err : message_update(s, message, MESSAGE_CANCELLED, error, at);
}

int outbox_undeliverable(struct store *s, int64_t part, struct wall at)
{
    struct sql q = sql(s, "INSERT INTO undeliverable (message, contact, at)"
                          " SELECT message, contact, ?1 FROM part WHERE id = ?2"
                          " ON CONFLICT DO NOTHING");
    sql_i64(&q, at.s);
    sql_i64(&q, part);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int outbox_tries(struct store *s, int64_t part, int *ret_tries)
{
    int64_t tries;
    struct sql q = sql(s, "SELECT tries FROM part WHERE id = ?");
    sql_i64(&q, part);
    int err = sql_get_i64(&q, &tries);
    if (err == 0)
        *ret_tries = (int)tries;
    return err;
}

int outbox_settle(struct store *s, int64_t line, struct wall resend, struct wall at)
{
    for (int count = 0;; count++) {
        int64_t part;
        struct sql q = sql(s, "SELECT id FROM part WHERE line = ? AND state = 'sending'"
                              " ORDER BY id LIMIT 1");
        sql_i64(&q, line);
        int err = sql_get_i64(&q, &part);
        if (err == -ENOENT)
            return count;
        if (err == 0)
            err = outbox_unknown(s, part, "interrupted while it was sent", resend, at);
        if (err < 0)
            return err;
    }
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
        err = open ? withdraw(s, message, MESSAGE_CANCELLED, why, at) : -EALREADY;
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
        err = outbox_cancel_for(s, contact, CAUSE_AUTOMATIC, why, at);
    return scope_close(&t, err == -ENOENT ? 0 : err);
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
