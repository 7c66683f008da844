#include "store/inbox.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEALED_SIZE 24

/* What the SMSC says that a part was sent; where it does not, when it came. */
static int64_t stamp_of(const struct inbox_part *part)
{
    return part->scts.s != 0 ? part->scts.s : part->received.s;
}

/* Writes the hash (FNV-1a) of a PDU that is kept nowhere else: enough to know it again. */
static void seal(const char *pdu, char ret[SEALED_SIZE])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *pdu; pdu++)
        hash = (hash ^ (unsigned char)*pdu) * UINT64_C(0x100000001b3);
    (void)snprintf(ret, SEALED_SIZE, "sealed %016" PRIx64, hash);
}

static int find_part(struct store *s, const struct inbox_part *part, int64_t *ret_id)
{
    char sealed[SEALED_SIZE] = "";
    if (part->sealed)
        seal(part->pdu, sealed);
    struct sql q = sql(s, "SELECT id FROM inbound_part WHERE line = ? AND sender = ?"
                          " AND scts = ? AND pdu IN (?, ?)");
    sql_i64(&q, part->line);
    sql_text(&q, part->sender);
    sql_i64(&q, part->scts.s);
    sql_text(&q, part->pdu);
    sql_text(&q, sealed);
    return sql_get_i64(&q, ret_id);
}

static int seal_part(struct store *s, int64_t id, const char *pdu)
{
    char sealed[SEALED_SIZE];
    seal(pdu, sealed);
    struct sql q = sql(s, "UPDATE inbound_part SET pdu = ? WHERE id = ?");
    sql_text(&q, sealed);
    sql_i64(&q, id);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int inbox_seal(struct store *s, const struct inbox_place *place)
{
    struct store_rows *rows = NULL;
    sqlite3_value **row;
    struct sql q = place->long_text != 0
                       ? sql(s, "SELECT id, pdu FROM inbound_part WHERE long_text = ?")
                       : sql(s, "SELECT id, pdu FROM inbound_part WHERE id = ?");
    sql_i64(&q, place->long_text != 0 ? place->long_text : place->part);
    int err = sql_rows(&q, &rows);
    while (err == 0 && (row = rows_next(rows)) != NULL)
        err = seal_part(s, col_i64(row[0]), col_text(row[1]));
    store_rows_free(rows);
    return err;
}

/* The unfinished texts that `part` may belong to, stamped first to last; `same` is 1 where the part
 * is there already, 0 where another has its number, NULL where it is missing. */
static int list_candidates(struct store *s, const struct inbox_part *part, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT id, stamp, missing, message,"
                          " (SELECT max(substr(o.pdu, o.body) = ?1) FROM inbound_part o"
                          "  WHERE o.long_text = l.id AND o.seq = ?2) AS same"
                          " FROM long_text l WHERE line = ?3 AND sender = ?4 AND ref = ?5"
                          " AND ref_bits = ?6 AND total = ?7"
                          " AND stamp BETWEEN ?8 AND ?9 AND missing > 0");
    sql_text(&q, part->pdu + part->body);
    sql_i64(&q, part->seq);
    sql_i64(&q, part->line);
    sql_text(&q, part->sender);
    sql_i64(&q, part->ref);
    sql_i64(&q, part->ref_bits);
    sql_i64(&q, part->total);
    sql_i64(&q, stamp_of(part) - INBOX_STAMPS_S);
    sql_i64(&q, stamp_of(part) + INBOX_STAMPS_S);
    return sql_rows(&q, ret);
}

/* Finds the text that `part` belongs to by the rule of inbox.h. `ret->long_text` is 0 where there
 * is none. Returns 1 for a double. */
static int find_text(struct store *s, const struct inbox_part *part, struct inbox_place *ret)
{
    struct store_rows *rows = NULL;
    sqlite3_value **row;
    int64_t nearest_min = INT64_MAX;
    int err = list_candidates(s, part, &rows);
    if (err < 0)
        return err;
    while (err == 0 && (row = rows_next(rows)) != NULL) {
        bool there = col_text(row[4]) != NULL;
        int64_t away_min = llabs(col_i64(row[1]) - stamp_of(part)) / 60;
        err = there && col_i64(row[4]) != 0;
        if (err == 1 || (!there && away_min < nearest_min)) {
            nearest_min = away_min;
            ret->long_text = col_i64(row[0]);
            ret->missing = (int)col_i64(row[2]);
            ret->message = col_i64(row[3]);
        }
    }
    store_rows_free(rows);
    return err;
}

/* The texts of one sender above the limit are due at once, those that wait longest first. */
static int limit_unfinished(struct store *s, const struct inbox_part *part)
{
    struct sql q = sql(s, "UPDATE long_text SET due = ?1 WHERE id IN (SELECT id FROM long_text"
                          " WHERE line = ?2 AND sender = ?3 AND due > ?1"
                          " ORDER BY due DESC LIMIT -1 OFFSET ?4)");
    sql_i64(&q, part->received.s);
    sql_i64(&q, part->line);
    sql_text(&q, part->sender);
    sql_i64(&q, INBOX_UNFINISHED_MAX);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

static int begin_text(struct store *s, const struct inbox_part *part, struct inbox_place *ret)
{
    struct sql q = sql(s, "INSERT INTO long_text (line, sender, ref, ref_bits, total, stamp,"
                          " missing, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
    ret->missing = part->total - 1;
    sql_i64(&q, part->line);
    sql_text(&q, part->sender);
    sql_i64(&q, part->ref);
    sql_i64(&q, part->ref_bits);
    sql_i64(&q, part->total);
    sql_i64(&q, stamp_of(part));
    sql_i64(&q, ret->missing);
    sql_i64(&q, part->received.s + INBOX_WAIT_S);
    int err = sql_get_i64(&q, &ret->long_text);
    return err < 0 ? err : limit_unfinished(s, part);
}

static int join_text(struct store *s, struct inbox_place *ret)
{
    struct sql q = sql(s, "UPDATE long_text SET missing = missing - 1 WHERE id = ?");
    sql_i64(&q, ret->long_text);
    int err = sql_run(&q);
    ret->missing--;
    return err < 0 ? err : 0;
}

/* Returns 0, or 1 for a double. */
static int place(struct store *s, const struct inbox_part *part, struct inbox_place *ret)
{
    int err = find_text(s, part, ret);
    if (err != 0)
        return err;
    return ret->long_text == 0 ? begin_text(s, part, ret) : join_text(s, ret);
}

static int insert_part(struct store *s, const struct inbox_part *part, struct inbox_place *ret)
{
    struct sql q = sql(s, "INSERT INTO inbound_part (line, sender, scts, pdu, body, received,"
                          " long_text, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, 0), ?8)"
                          " RETURNING id");
    sql_i64(&q, part->line);
    sql_text(&q, part->sender);
    sql_i64(&q, part->scts.s);
    sql_text(&q, part->pdu);
    sql_i64(&q, (int64_t)part->body + 1);
    sql_i64(&q, part->received.s);
    sql_i64(&q, ret->long_text);
    sql_i64(&q, part->seq);
    return sql_get_i64(&q, &ret->part);
}

int inbox_part_add(struct store *s, const struct inbox_part *part, struct inbox_place *ret)
{
    assert(part->seq >= 1);
    assert(part->seq <= part->total);
    struct scope t;
    struct inbox_place to = {0};
    int new = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = find_part(s, part, &to.part);
    if (err == -ENOENT) {
        int twice = part->total > 1 ? place(s, part, &to) : 0;
        err = twice < 0 ? twice : insert_part(s, part, &to);
        new = !twice;
    }
    err = scope_close(&t, err);
    if (err < 0)
        return err;
    *ret = to;
    return new;
}

int inbox_part_list(struct store *s, int64_t long_text, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT pdu FROM inbound_part WHERE long_text = ? ORDER BY seq, id");
    sql_i64(&q, long_text);
    return sql_rows(&q, ret);
}

int inbox_part_next(struct store_rows *r, const char **ret_pdu)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret_pdu = col_text(row[0]);
    return 1;
}

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

int inbox_next_due(struct store *s, struct wall *ret)
{
    struct sql q = sql(s, "SELECT due FROM long_text WHERE due IS NOT NULL ORDER BY due LIMIT 1");
    int err = sql_get_i64(&q, &ret->s);
    if (err == -ENOENT)
        ret->s = INT64_MAX;
    return err == -ENOENT ? 0 : err;
}

/* Where another text has all parts of this one, its parts become doubles there. Returns whether. */
static int drop_double(struct store *s, int64_t long_text)
{
    int64_t other;
    struct sql q =
        sql(s, "SELECT l.id FROM long_text m JOIN long_text l ON l.line = m.line"
               " AND l.sender = m.sender AND l.ref = m.ref AND l.ref_bits = m.ref_bits"
               " AND l.total = m.total AND l.stamp BETWEEN m.stamp - ?2 AND m.stamp + ?2"
               " AND l.id <> m.id WHERE m.id = ?1 AND NOT EXISTS (SELECT 1 FROM inbound_part p"
               "  WHERE p.long_text = m.id AND NOT EXISTS (SELECT 1 FROM inbound_part o"
               "   WHERE o.long_text = l.id AND o.seq = p.seq"
               "   AND substr(o.pdu, o.body) = substr(p.pdu, p.body))) LIMIT 1");
    sql_i64(&q, long_text);
    sql_i64(&q, INBOX_STAMPS_S);
    int err = sql_get_i64(&q, &other);
    if (err != 0)
        return err == -ENOENT ? 0 : err;
    q = sql(s, "UPDATE inbound_part SET long_text = ?1,"
               " message = (SELECT message FROM long_text WHERE id = ?1) WHERE long_text = ?2");
    sql_i64(&q, other);
    sql_i64(&q, long_text);
    err = sql_run(&q);
    if (err >= 0) {
        q = sql(s, "DELETE FROM long_text WHERE id = ?");
        sql_i64(&q, long_text);
        err = sql_run(&q);
    }
    return err < 0 ? err : 1;
}

int inbox_find_due(struct store *s, struct wall now, struct inbox_due *ret)
{
    for (;;) {
        sqlite3_value **row;
        struct sql q = sql(s, "SELECT id, line, sender, missing FROM long_text"
                              " WHERE due <= ? ORDER BY due LIMIT 1");
        sql_i64(&q, now.s);
        int err = sql_keep(&q, &row);
        if (err < 0)
            return err == -ENOENT ? 0 : err;
        struct inbox_due due = {
            .line = col_i64(row[1]), .long_text = col_i64(row[0]), .missing = (int)col_i64(row[3])};
        snprintf(due.sender, sizeof(due.sender), "%s", col_text(row[2]));
        err = drop_double(s, due.long_text);
        if (err < 0)
            return err;
        if (err == 0) {
            *ret = due;
            return 1;
        }
    }
}

int inbox_settle(struct store *s, struct wall now)
{
    struct sql q = sql(s, "UPDATE long_text SET due = ?1 WHERE due > ?1");
    sql_i64(&q, now.s + INBOX_WAIT_S);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}
