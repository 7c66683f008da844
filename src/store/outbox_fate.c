#include "store/outbox_fate.h"
#include "db.h"
#include "store/limits.h"
#include <errno.h>

/* TP-MR has 8 bits and comes round: parts that left before do not count. */
#define REPORT_SOON_S INT64_C(3600)
#define REPORT_DAYS_S (7 * 24 * 60 * 60)
/* An SMSC's stamp further off says nothing: its zone is wrong by hours, or our clock is. */
#define STAMP_OFF_S 900

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

/* The last part with the TP-MR of that time that waits for its report, else the last with it at all
 * (a report said twice). */
static int find_reference(struct store *s, const struct outbox_status *status, int64_t contact,
                          int64_t first_s, int64_t last_s, int64_t *ret_part)
{
    for (int reported = 0;; reported++) {
        struct sql q = reported
                           ? sql(s, "SELECT id FROM part WHERE contact = ? AND line = ? AND mr = ?"
                                    " AND sent BETWEEN ? AND ? ORDER BY sent DESC LIMIT 1")
                           : sql(s, "SELECT id FROM part WHERE contact = ? AND line = ? AND mr = ?"
                                    " AND sent BETWEEN ? AND ? AND state = 'sent'"
                                    " ORDER BY sent DESC LIMIT 1");
        sql_i64(&q, contact);
        sql_i64(&q, status->line);
        sql_i64(&q, status->mr);
        sql_i64(&q, first_s);
        sql_i64(&q, last_s);
        int err = sql_get_i64(&q, ret_part);
        if (err != -ENOENT || reported)
            return err;
    }
}

/* The part of which nothing is known, since its TP-MR was lost with the result, or the report was
 * faster, that was handed over nearest to the SMSC's stamp; without one the last, since a report is
 * there within seconds and those before have had their time. */
static int find_unknown(struct store *s, int64_t line, int64_t contact, struct wall stamp,
                        int64_t *ret_part)
{
    struct sql q =
        sql(s, "SELECT id, min(iif(abs(taken - ?3) <= ?4, abs(taken - ?3), ?5 - ifnull(taken, 0)))"
               " FROM part WHERE contact = ?1 AND line = ?2 AND mr IS NULL"
               " AND state IN ('sending','unknown') GROUP BY contact");
    sql_i64(&q, contact);
    sql_i64(&q, line);
    sql_wall(&q, stamp);
    sql_i64(&q, STAMP_OFF_S);
    sql_i64(&q, INT64_MAX);
    return sql_get_i64(&q, ret_part);
}

/* The part that a report is about. The numbers come round after 256 texts: one of unknown fate goes
 * before one that left long ago, unless that left when the SMSC says. */
static int find_part(struct store *s, const struct outbox_status *status, int64_t contact,
                     int64_t *ret_part)
{
    int64_t at = status->at.s, stamp = status->stamp.s;
    int64_t first = stamp - STAMP_OFF_S, last = stamp + STAMP_OFF_S;
    int err = find_reference(s, status, contact, at - REPORT_SOON_S, at, ret_part);
    if (err == -ENOENT)
        err = find_reference(s, status, contact, first, last, ret_part);
    if (err == -ENOENT)
        err = find_unknown(s, status->line, contact, status->stamp, ret_part);
    if (err == -ENOENT)
        err = find_reference(s, status, contact, at - REPORT_DAYS_S, at, ret_part);
    if (err == -ENOENT) /* the clock has fallen back since */
        err = find_reference(s, status, contact, at + 1, INT64_MAX, ret_part);
    return err;
}

/* A delivery is never taken back, and a report that the network still tries proves that the part
 * has left. */
static int settle_part(struct store *s, int64_t part, const struct outbox_status *status,
                       int64_t *ret_message)
{
    enum report_outcome outcome = status->outcome;
    struct sql q =
        sql(s, "UPDATE part SET mr = ?1, sent = ifnull(sent, ?2), next = NULL,"
               " state = CASE WHEN ?3 THEN 'delivered' WHEN state = 'delivered' THEN state"
               " WHEN ?4 THEN 'failed' WHEN state = 'unknown' THEN 'sent' ELSE state END"
               " WHERE id = ?5 RETURNING message");
    sql_i64(&q, status->mr);
    sql_i64(&q, status->at.s);
    sql_i64(&q, outcome == REPORT_DELIVERED);
    sql_i64(&q, outcome == REPORT_PERMANENT || (outcome == REPORT_TEMPORARY && status->final));
    sql_i64(&q, part);
    return sql_get_i64(&q, ret_message);
}

int outbox_report(struct store *s, const struct outbox_status *status, int64_t *ret_part)
{
    int64_t contact, part = 0, message;
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_find(s, status->number, &contact);
    if (err == 0)
        err = find_part(s, status, contact, &part);
    if (err == 0)
        err = settle_part(s, part, status, &message);
    bool permanent = status->outcome == REPORT_PERMANENT;
    if (err == 0 && permanent)
        err = outbox_undeliverable(s, part, status->at);
    if (err == 0) {
        const char *error =
            permanent ? "the network could not deliver it" : "the network gave up delivering it";
        bool failed = permanent || (status->outcome == REPORT_TEMPORARY && status->final);
        err = message_update(s, message, MESSAGE_CANCELLED, failed ? error : NULL, status->at);
    }
    err = scope_close(&t, err);
    if (err == 0)
        *ret_part = part;
    return err;
}
