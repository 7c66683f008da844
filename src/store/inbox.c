#include "store/inbox.h"
#include "db.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
