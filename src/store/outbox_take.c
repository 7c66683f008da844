#include "store/outbox_take.h"
#include "db.h"
#include "store/people.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* To a customer, by itself. */
static bool is_automatic(enum message_urgency urgency)
{
    return urgency >= URGENCY_AUTOMATIC && urgency < URGENCY_OWNER;
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
            bool limited = gate->key && is_automatic((enum message_urgency)col_i64(row[1]));
            err = message_withdraw(s, col_i64(row[0]), MESSAGE_EXPIRED,
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
    enum message_urgency urgency;
    bool opted_out, blocked, skipped, doubtful, muted;
    bool first; /* no other part of the text has been taken */
    const char *pdu;
    int tpdu_octets;
};

/* What may be sent now: more urgent than `below`, and of texts that have not begun, than
 * `begin_below`; and of what goes to the owner all or nothing. */
struct reach {
    enum message_urgency below, begin_below;
    bool owner, begin_owner;
    bool begin_follow_up;
};

static int find_candidate(struct store *s, int64_t line, struct wall now, const struct reach *reach,
                          struct candidate *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT p.id, p.message, p.contact, p.urgency, p.pdu, p.tpdu_octets,"
               " EXISTS (SELECT 1 FROM opt_out o WHERE o.number = c.number), c.blocked,"
               " EXISTS (SELECT 1 FROM skip k WHERE k.number = c.number),"
               " EXISTS (SELECT 1 FROM doubt d WHERE d.number = c.number), p.seq = 1,"
               " EXISTS (SELECT 1 FROM mute u WHERE u.number = c.number AND u.until > ?2)"
               " FROM part p JOIN contact c ON c.id = p.contact"
               " WHERE p.line = ?1 AND p.next IS NOT NULL AND p.next <= ?2"
               " AND iif(p.urgency >= ?5, iif(p.seq > 1, ?6, ?7),"
               "  p.urgency < ?3 AND (p.seq > 1 OR p.urgency < ?4 AND (?8 OR p.urgency <> ?9)))"
               " AND" PART_FIRST "ORDER BY p.urgency, p.message, p.seq LIMIT 1");
    sql_i64(&q, line);
    sql_i64(&q, now.s);
    sql_i64(&q, reach->below);
    sql_i64(&q, reach->begin_below);
    sql_i64(&q, URGENCY_OWNER);
    sql_i64(&q, reach->owner);
    sql_i64(&q, reach->begin_owner);
    sql_i64(&q, reach->begin_follow_up);
    sql_i64(&q, URGENCY_FOLLOW_UP);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct candidate){
        .part = col_i64(row[0]),
        .message = col_i64(row[1]),
        .contact = col_i64(row[2]),
        .urgency = (enum message_urgency)col_i64(row[3]),
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
    if (c->opted_out && c->urgency != URGENCY_OPT_OUT)
        return "opted out";
    if (c->blocked)
        return "blocked";
    if (c->skipped && is_automatic(c->urgency))
        return "on the skip list";
    if (c->doubtful && is_automatic(c->urgency))
        return "may have opted out";
    if (c->muted && is_automatic(c->urgency))
        return "the same text again and again";
    return NULL;
}

static int mark_sending(struct store *s, const struct candidate *c, struct wall now)
{
    struct sql q = sql(s, "UPDATE part SET resent = resent OR state = 'unknown', state = 'sending',"
                          " next = NULL, tries = tries + 1, taken = ?1 WHERE id = ?2");
    sql_i64(&q, now.s);
    sql_i64(&q, c->part);
    int err = sql_run(&q);
    return err < 0 ? err : message_update(s, c->message, MESSAGE_CANCELLED, NULL, now);
}

/* For what goes to customers by itself, and for what goes to the owner; open where there are no
 * limits. */
struct gates {
    struct limits_gate automatic, owner;
    struct wall follow_ups;
};

static int read_gates(struct store *s, int64_t line, const struct store_limits *limits,
                      struct wall now, struct gates *ret)
{
    *ret = (struct gates){{.open = now}, {.open = now}, limits ? limits->follow_ups : now};
    int err = limits ? limits_gate(s, line, limits, now, &ret->automatic) : 0;
    return err == 0 && limits ? limits_gate_owner(s, line, limits, now, &ret->owner) : err;
}

static struct reach reach_of(const struct pause *pause, const struct gates *gates, struct wall now)
{
    struct reach reach = {.below = URGENCY_OWNER, .owner = !pause->hard};
    if (pause->until.s != 0)
        reach.below = pause->hard ? URGENCY_OPT_OUT : URGENCY_AUTOMATIC;
    reach.begin_below = gates->automatic.key ? URGENCY_AUTOMATIC : reach.below;
    reach.begin_owner = reach.owner && !gates->owner.key;
    reach.begin_follow_up = gates->follow_ups.s <= now.s;
    return reach;
}

static enum limits_kind kind_of(enum message_urgency urgency)
{
    if (urgency >= URGENCY_OWNER)
        return LIMITS_OWNER;
    return is_automatic(urgency) ? LIMITS_AUTOMATIC : LIMITS_BY_HAND;
}

/* Returns 1 with a part marked, 0 where nothing is due. */
static int take(struct store *s, int64_t line, const struct store_limits *limits, struct wall now,
                struct outbox_part *ret)
{
    struct pause pause;
    struct gates gates;
    int err = pause_get(s, now, &pause);
    if (err == 0)
        err = read_gates(s, line, limits, now, &gates);
    if (err == 0)
        err = expire(s, line, &gates.automatic, now);
    if (err < 0)
        return err;
    const struct reach reach = reach_of(&pause, &gates, now);
    for (;;) {
        struct candidate c;
        err = find_candidate(s, line, now, &reach, &c);
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
                err = limits_depart(s, line, c.message, kind_of(c.urgency), limits, now);
                ret->burst = err == 1;
            }
            return err < 0 ? err : 1;
        }
        err = message_withdraw(s, c.message, MESSAGE_CANCELLED, why, now);
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
    int64_t until, hard, due, waits = 0;
    struct gates gates;
    struct sql look = sql(s, "SELECT EXISTS (SELECT 1 FROM part WHERE line = ?"
                             " AND next IS NOT NULL)");
    sql_i64(&look, line);
    int err = sql_get_i64(&look, &waits);
    if (err == 0 && !waits) {
        ret->s = INT64_MAX;
        return 0;
    }
    if (err == 0)
        err = read_gates(s, line, limits, now, &gates);
    if (err == 0)
        err = setting_get_i64(s, "paused_until", 0, &until);
    if (err == 0)
        err = setting_get_i64(s, "paused_hard", 0, &hard);
    if (err != 0)
        return err;
    /* A text that is paused or limited is due when that ends, or when it expires. */
    struct sql q =
        sql(s, "SELECT ifnull(min(min(ifnull(m.expires + 1, ?1), max(p.next,"
               " iif(p.urgency >= ?2 AND (p.urgency < ?7 OR ?8), ?3, 0),"
               " iif(p.urgency >= ?5 AND p.seq = 1, iif(p.urgency < ?7, ?6, ?9), 0),"
               " iif(p.urgency = ?10 AND p.seq = 1, ?11, 0)))), ?1) "
               "FROM part p JOIN message m"
               " ON m.id = p.message WHERE p.line = ?4 AND p.next IS NOT NULL AND" PART_FIRST);
    sql_i64(&q, INT64_MAX);
    sql_i64(&q, hard ? URGENCY_OPT_OUT : URGENCY_AUTOMATIC);
    sql_i64(&q, until);
    sql_i64(&q, line);
    sql_i64(&q, URGENCY_AUTOMATIC);
    sql_i64(&q, gates.automatic.key ? gates.automatic.open.s : 0);
    sql_i64(&q, URGENCY_OWNER);
    sql_i64(&q, hard);
    sql_i64(&q, gates.owner.key ? gates.owner.open.s : 0);
    sql_i64(&q, URGENCY_FOLLOW_UP);
    sql_i64(&q, gates.follow_ups.s);
    err = sql_get_i64(&q, &due);
    if (err == 0)
        ret->s = due;
    return err;
}
