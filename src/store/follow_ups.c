#include "store/follow_ups.h"
#include "db.h"
#include "schema.h"
#include <errno.h>

#define FOLLOW_UP_SELECT                                                                       \
    "SELECT f.id, " SCHEMA_THREAD_OF(                                                          \
        "f.contact") ", f.message, ifnull(f.text, 0), n.name, p.number, p.name,"               \
                     " f.nudge, f.due, f.reason FROM follow_up f JOIN line n ON n.id = f.line" \
                     " JOIN contact p ON p.id = f.contact "

/* Its data are the row as JSON shows it everywhere (show_follow_up_json). */
static int follow_up_event(struct store *s, int64_t id, const char *type, struct wall at)
{
    struct sql q =
        sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1, ?2, f.contact, json_object("
               "'id', f.id, 'line', n.name, 'thread', " SCHEMA_THREAD_OF(
                   "f.contact") ", 'number', p.number, 'name',"
                                " p.name, 'after', f.message, 'nudge', f.nudge + 1, 'due_at',"
                                " strftime('%Y-%m-%dT%H:%M:%SZ', f.due, 'unixepoch'), 'message', "
                                "f.text, 'reason',"
                                " f.reason) FROM follow_up f JOIN line n ON n.id = f.line"
                                " JOIN contact p ON p.id = f.contact WHERE f.id = ?3");
    sql_i64(&q, at.s);
    sql_text(&q, type);
    sql_i64(&q, id);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* Who calls after a text that may have left, or in the second in which it did, gives a sign of
 * life, even if it was sent again, but for the call that it answers, which may have been over in
 * that second. Who was blocked while it left does not get another when that is over. */
int follow_ups_base(struct store *s, int64_t part, struct follow_up_base *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT m.id, ifnull((SELECT nudge + 1 FROM follow_up WHERE text = m.id), 0), m.sent"
               " FROM part p JOIN message m ON m.id = p.message WHERE p.id = ?"
               " AND m.cause IN ('missed_call','lead','follow_up')"
               " AND m.state IN ('sent','delivered')"
               " AND NOT EXISTS (SELECT 1 FROM follow_up WHERE message = m.id)"
               " AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.id = m.contact AND (c.blocked"
               "  OR EXISTS (SELECT 1 FROM opt_out o WHERE o.number = c.number)))"
               " AND NOT EXISTS (SELECT 1 FROM message r WHERE r.contact = m.contact"
               "  AND r.created >= m.created AND r.id > m.id"
               "  AND r.cause IN ('received','manual'))"
               " AND NOT EXISTS (SELECT 1 FROM call c WHERE c.contact = m.contact"
               "  AND c.id IS NOT m.call AND c.started >= ifnull("
               "   (SELECT min(at) FROM departure WHERE message = m.id), m.sent))");
    sql_i64(&q, part);
    int err = sql_keep(&q, &row);
    if (err == 0)
        *ret = (struct follow_up_base){
            .message = col_i64(row[0]), .nudge = col_i64(row[1]), .sent = col_wall(row[2])};
    return err;
}

int follow_ups_plan(struct store *s, const struct follow_up_base *base, struct wall due,
                    struct wall at)
{
    int64_t id;
    struct sql q = sql(s, "INSERT INTO follow_up (line, contact, message, nudge, due)"
                          " SELECT line, contact, id, ?1, ?2 FROM message WHERE id = ?3"
                          " RETURNING id");
    sql_i64(&q, base->nudge);
    sql_i64(&q, due.s);
    sql_i64(&q, base->message);
    int err = sql_get_i64(&q, &id);
    return err < 0 ? err : follow_up_event(s, id, "follow_up.planned", at);
}

int follow_ups_due(struct store *s, int64_t line, struct wall now, struct follow_up_look *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT f.id, f.nudge, p.number, p.name, m.state <> 'failed', ifnull(m.sent, 0),"
               " max(ifnull((SELECT max(started) FROM call WHERE contact = f.contact), 0),"
               "  ifnull((SELECT max(created) FROM message WHERE contact = f.contact"
               "   AND cause = 'received' AND " SCHEMA_SAID "), 0))"
               " FROM follow_up f JOIN contact p ON p.id = f.contact JOIN message m"
               " ON m.id = f.message WHERE f.line = ? AND f.due IS NOT NULL AND f.due <= ?"
               " ORDER BY f.due LIMIT 1");
    sql_i64(&q, line);
    sql_i64(&q, now.s);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct follow_up_look){
        .id = col_i64(row[0]),
        .nudge = col_i64(row[1]),
        .number = col_text(row[2]),
        .name = col_text(row[3]),
        .arrived = col_i64(row[4]) != 0,
        .sent = col_wall(row[5]),
        .contact = col_wall(row[6]),
    };
    return 0;
}

int follow_ups_next_due(struct store *s, int64_t line, struct wall *ret)
{
    struct sql q = sql(s, "SELECT due FROM follow_up WHERE line = ? AND due IS NOT NULL"
                          " ORDER BY due LIMIT 1");
    sql_i64(&q, line);
    int err = sql_get_i64(&q, &ret->s);
    if (err == -ENOENT)
        ret->s = INT64_MAX;
    return err == -ENOENT ? 0 : err;
}

int follow_ups_move(struct store *s, int64_t id, struct wall due)
{
    struct sql q = sql(s, "UPDATE follow_up SET due = ? WHERE id = ?");
    sql_i64(&q, due.s);
    sql_i64(&q, id);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int follow_ups_queued(struct store *s, int64_t id, int64_t text)
{
    struct sql q = sql(s, "UPDATE follow_up SET due = NULL, text = ? WHERE id = ?");
    sql_i64(&q, text);
    sql_i64(&q, id);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* Returns 1, or 0 where it is settled. */
static int cancel(struct store *s, int64_t id, const char *why, struct wall at)
{
    struct sql q = sql(s, "UPDATE follow_up SET due = NULL, reason = ?"
                          " WHERE id = ? AND due IS NOT NULL");
    sql_text(&q, why);
    sql_i64(&q, id);
    int changed = sql_run(&q);
    if (changed <= 0)
        return changed;
    int err = follow_up_event(s, id, "follow_up.cancelled", at);
    return err < 0 ? err : 1;
}

int follow_ups_cancel(struct store *s, int64_t id, const char *why, struct wall at)
{
    struct follow_up_row row;
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = follow_ups_get(s, id, &row);
    if (err == 0)
        err = cancel(s, id, why, at);
    err = scope_close(&t, err);
    return err < 0 ? err : err == 1 ? 0 : -EALREADY;
}

static int cancel_planned(struct store *s, int64_t contact, const char *why, struct wall at)
{
    for (;;) {
        int64_t id;
        struct sql q = sql(s, "SELECT id FROM follow_up WHERE contact IN " SCHEMA_MEMBERS(
                                  SCHEMA_THREAD_OF("?1")) " AND due IS NOT NULL LIMIT 1");
        sql_i64(&q, contact);
        int err = sql_get_i64(&q, &id);
        if (err == 0)
            err = cancel(s, id, why, at);
        if (err < 0)
            return err == -ENOENT ? 0 : err;
    }
}

int follow_ups_cancel_for(struct store *s, int64_t contact, const char *why, struct wall at)
{
    int err = cancel_planned(s, contact, why, at);
    if (err == 0)
        err = outbox_cancel_between(s, contact, URGENCY_FOLLOW_UP, URGENCY_FOLLOW_UP + 1, why, at);
    return err < 0 ? err : 0;
}

static void follow_up_read(sqlite3_value **row, struct follow_up_row *ret)
{
    *ret = (struct follow_up_row){
        .id = col_i64(row[0]),
        .thread = col_i64(row[1]),
        .message = col_i64(row[2]),
        .text = col_i64(row[3]),
        .line = col_text(row[4]),
        .number = col_text(row[5]),
        .name = col_text(row[6]),
        .nudge = col_i64(row[7]),
        .due = col_wall(row[8]),
        .reason = col_text(row[9]),
    };
}

int follow_ups_get(struct store *s, int64_t id, struct follow_up_row *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, FOLLOW_UP_SELECT "WHERE f.id = ?");
    sql_i64(&q, id);
    int err = sql_keep(&q, &row);
    if (err == 0)
        follow_up_read(row, ret);
    return err;
}

int follow_ups_after(struct store *s, int64_t message, struct follow_up_row *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, FOLLOW_UP_SELECT "WHERE f.message = ?");
    sql_i64(&q, message);
    int err = sql_keep(&q, &row);
    if (err == 0)
        follow_up_read(row, ret);
    return err;
}

int follow_ups_list(struct store *s, int64_t thread, int limit, struct store_rows **ret)
{
    struct sql q = thread ? sql(s, FOLLOW_UP_SELECT "WHERE f.contact IN " SCHEMA_MEMBERS(
                                       "?1") " AND f.due IS NOT NULL LIMIT ?2")
                          : sql(s, FOLLOW_UP_SELECT "WHERE f.due IS NOT NULL"
                                                    " ORDER BY f.due LIMIT ?");
    if (thread)
        sql_i64(&q, thread);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int follow_ups_next(struct store_rows *r, struct follow_up_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (row)
        follow_up_read(row, ret);
    return row != NULL;
}

int follow_ups_count(struct store *s, int *ret_count, struct wall *ret_next)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT count(*), min(due) FROM follow_up WHERE due IS NOT NULL");
    int err = sql_keep(&q, &row);
    if (err == 0) {
        *ret_count = (int)col_i64(row[0]);
        *ret_next = col_wall(row[1]);
    }
    return err;
}
