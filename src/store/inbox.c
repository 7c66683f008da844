#include "store/inbox.h"
#include "db.h"
#include <assert.h>
#include <errno.h>

#define PARTS_TOGETHER_S \
    "86400" /* parts of one text arrive within a day, or do not belong together */

int inbox_part_add(struct store *s, const struct inbox_part *part, int64_t *ret_id)
{
    struct scope t;
    int64_t id = 0;
    int new = 0;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "SELECT id FROM inbound_part WHERE line = ? AND sender = ?"
                              " AND scts = ? AND pdu = ?");
        sql_i64(&q, part->line);
        sql_text(&q, part->sender);
        sql_i64(&q, part->scts.s);
        sql_text(&q, part->pdu);
        err = sql_get_i64(&q, &id);
    }
    if (err == -ENOENT) {
        new = 1;
        struct sql q = sql(s, "INSERT INTO inbound_part (line, sender, scts, pdu, ref, ref_bits,"
                              " total, seq, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                              " RETURNING id");
        sql_i64(&q, part->line);
        sql_text(&q, part->sender);
        sql_i64(&q, part->scts.s);
        sql_text(&q, part->pdu);
        sql_i64(&q, part->ref);
        sql_i64(&q, part->ref_bits);
        sql_i64(&q, part->total);
        sql_i64(&q, part->seq);
        sql_i64(&q, part->received.s);
        err = sql_get_i64(&q, &id);
    }
    err = scope_close(&t, err);
    if (err != 0)
        return err;
    *ret_id = id;
    return new;
}

int inbox_part_list(struct store *s, int64_t part, struct store_rows **ret)
{
    /* max(id) picks the row of each sequence number. A text of one part is alone, whatever else
     * lies there. */
    struct sql q =
        sql(s, "SELECT max(o.id), o.total, o.seq, o.pdu FROM inbound_part n JOIN inbound_part o"
               " ON o.line = n.line AND o.sender = n.sender AND o.ref = n.ref"
               " AND o.ref_bits = n.ref_bits AND o.total = n.total AND o.message IS NULL"
               " AND abs(o.received - n.received) <= " PARTS_TOGETHER_S
               " AND (n.total > 1 OR o.id = n.id) WHERE n.id = ? GROUP BY o.seq");
    sql_i64(&q, part);
    return sql_rows(&q, ret);
}

int inbox_part_next(struct store_rows *r, struct inbox_part_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct inbox_part_row){
        .id = col_i64(row[0]),
        .total = (int)col_i64(row[1]),
        .seq = (int)col_i64(row[2]),
        .pdu = col_text(row[3]),
    };
    return 1;
}

static int add_message(struct store *s, const struct inbox_text *text, int64_t contact,
                       int64_t *ret_id)
{
    struct sql q = sql(s, "INSERT INTO message (line, contact, direction, text, cause, urgency,"
                          " state, parts, created, changed)"
                          " VALUES (?1, ?2, 'in', ?3, 'received', ?4, 'received', ?5, ?6, ?6)"
                          " RETURNING id");
    sql_i64(&q, text->line);
    sql_i64(&q, contact);
    sql_text(&q, text->text);
    sql_i64(&q, CAUSE_RECEIVED);
    sql_i64(&q, (int64_t)text->part_count);
    sql_i64(&q, text->received.s);
    return sql_get_i64(&q, ret_id);
}

/* A part belongs to one text for ever. */
static int claim_parts(struct store *s, const struct inbox_text *text, int64_t message)
{
    for (size_t i = 0; i < text->part_count; i++) {
        struct sql q =
            sql(s, "UPDATE inbound_part SET message = ? WHERE id = ? AND message IS NULL");
        sql_i64(&q, message);
        sql_i64(&q, text->part_ids[i]);
        int err = sql_run(&q);
        if (err != 1)
            return err < 0 ? err : -EALREADY;
    }
    return 0;
}

static int contact_wrote(struct store *s, int64_t contact, struct wall at)
{
    struct sql q = sql(s, "UPDATE contact SET messages = messages + 1, unread = unread + 1,"
                          " state = 'open', last_at = max(last_at, ?) WHERE id = ?");
    sql_i64(&q, at.s);
    sql_i64(&q, contact);
    return sql_run(&q);
}

int inbox_text_add(struct store *s, const struct inbox_text *text, int64_t *ret_message)
{
    assert(text->part_count >= 1);
    struct scope t;
    int64_t contact, id = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_make(s, text->sender, text->received, &contact);
    if (err == 0)
        err = add_message(s, text, contact, &id);
    if (err == 0)
        err = claim_parts(s, text, id);
    if (err == 0)
        err = contact_wrote(s, contact, text->received);
    if (err >= 0)
        err = outbox_cancel_for(s, contact, CAUSE_MISSED_CALL, "they texted first", text->received);
    if (err >= 0)
        err = contact_refresh(s, contact);
    if (err == 0)
        err = message_event(s, id, "message.received", text->received);
    err = scope_close(&t, err);
    if (err == 0)
        *ret_message = id;
    return err;
}
