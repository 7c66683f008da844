/* Status reports (3GPP TS 23.040 9.2.2.3): which part of ours one belongs to, and what it settles.
 */
#include "db.h"
#include <errno.h>

#define REPORT_DAYS_S \
    (7 * 24 * 60 * 60) /* TP-MR has 8 bits and comes round: older parts do not count */

/* The newest part with this TP-MR that waits for its report, else the newest with it at all (a
 * report said twice), else the oldest part of which nothing is known: its TP-MR was lost with the
 * result, or the report was faster. */
static int find_part(struct store *s, int64_t line, int64_t contact, uint8_t mr, struct wall at,
                     int64_t *ret_part)
{
    struct sql q = sql(s, "SELECT id FROM part WHERE contact = ? AND line = ? AND mr = ?"
                          " AND sent >= ? AND state = 'sent' ORDER BY sent DESC LIMIT 1");
    sql_i64(&q, contact);
    sql_i64(&q, line);
    sql_i64(&q, mr);
    sql_i64(&q, at.s - REPORT_DAYS_S);
    int err = sql_get_i64(&q, ret_part);
    if (err != -ENOENT)
        return err;
    q = sql(s, "SELECT id FROM part WHERE contact = ? AND line = ? AND mr = ?"
               " AND sent >= ? ORDER BY sent DESC LIMIT 1");
    sql_i64(&q, contact);
    sql_i64(&q, line);
    sql_i64(&q, mr);
    sql_i64(&q, at.s - REPORT_DAYS_S);
    err = sql_get_i64(&q, ret_part);
    if (err != -ENOENT)
        return err;
    q = sql(s, "SELECT id FROM part WHERE contact = ? AND line = ? AND mr IS NULL"
               " AND state IN ('sending','unknown') ORDER BY id LIMIT 1");
    sql_i64(&q, contact);
    sql_i64(&q, line);
    return sql_get_i64(&q, ret_part);
}

/* A delivery is never taken back, and a report that the network still tries proves that the part
 * has left. */
static int settle_part(struct store *s, int64_t part, uint8_t mr, enum report_outcome outcome,
                       bool final, struct wall at, int64_t *ret_message)
{
    struct sql q =
        sql(s, "UPDATE part SET mr = ?1, sent = ifnull(sent, ?2), next = NULL,"
               " state = CASE WHEN ?3 THEN 'delivered' WHEN state = 'delivered' THEN state"
               " WHEN ?4 THEN 'failed' WHEN state = 'unknown' THEN 'sent' ELSE state END"
               " WHERE id = ?5 RETURNING message");
    sql_i64(&q, mr);
    sql_i64(&q, at.s);
    sql_i64(&q, outcome == REPORT_DELIVERED);
    sql_i64(&q, outcome == REPORT_PERMANENT || (outcome == REPORT_TEMPORARY && final));
    sql_i64(&q, part);
    return sql_get_i64(&q, ret_message);
}

int outbox_report(struct store *s, int64_t line, const char *number, uint8_t mr,
                  enum report_outcome outcome, bool final, struct wall at)
{
    int64_t contact, part, message;
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_find(s, number, &contact);
    if (err == 0)
        err = find_part(s, line, contact, mr, at, &part);
    if (err == 0)
        err = settle_part(s, part, mr, outcome, final, at, &message);
    if (err == 0 && outcome == REPORT_PERMANENT)
        err = outbox_undeliverable(s, part, at);
    if (err == 0) {
        const char *error = outcome == REPORT_PERMANENT ? "the network could not deliver it"
                                                        : "the network gave up delivering it";
        bool failed = outcome != REPORT_DELIVERED && (final || outcome == REPORT_PERMANENT);
        err = message_update(s, message, MESSAGE_CANCELLED, failed ? error : NULL, at);
    }
    return scope_close(&t, err);
}
