#include "store/stats.h"
#include "db.h"
#include "schema.h"
#include <errno.h>

#define MISSED "outcome IN ('missed','rejected')"
#define SPAN "started >= ?1 AND started < ?2"

static void bind_span(struct sql *q, struct wall since, struct wall until)
{
    sql_i64(q, since.s);
    sql_i64(q, until.s);
}

static int count_calls(struct store *s, struct wall since, struct wall until, struct stats *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT count(*), total(c." MISSED "), total(c.contact IS NULL),"
               " total(m.sent IS NOT NULL), total(m.state = 'delivered'),"
               " total(m.sent IS NOT NULL AND EXISTS (SELECT 1 FROM message r"
               "  WHERE r.contact = c.contact AND r.cause = 'received' AND " SCHEMA_SAID
               "  AND r.created >= m.sent AND r.created < m.sent + 86400))"
               " FROM call c LEFT JOIN message m ON m.call = c.id AND m.cause = 'missed_call'"
               " AND m.call IS NOT NULL WHERE c.started >= ? AND c.started < ?");
    bind_span(&q, since, until);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct stats){
        .calls = (int)col_i64(row[0]),
        .missed = (int)col_i64(row[1]),
        .withheld = (int)col_i64(row[2]),
        .texted = (int)col_i64(row[3]),
        .delivered = (int)col_i64(row[4]),
        .replied = (int)col_i64(row[5]),
    };
    return 0;
}

static int count_texts(struct store *s, struct wall since, struct wall until, struct stats *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT total(direction = 'in'), total(direction = 'out' AND sent IS NOT"
                          " NULL) FROM message WHERE created >= ? AND created < ? AND contact"
                          " NOT IN (SELECT c.id FROM owner o JOIN contact c"
                          "  ON c.number = o.number)");
    bind_span(&q, since, until);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    ret->texts_in = (int)col_i64(row[0]);
    ret->texts_out = (int)col_i64(row[1]);
    q = sql(s, "SELECT total(won), total(NOT won) FROM result WHERE at >= ? AND at < ?");
    bind_span(&q, since, until);
    err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    ret->won = (int)col_i64(row[0]);
    ret->lost = (int)col_i64(row[1]);
    return 0;
}

/* The value `permille` of the way through the sorted rows; -1 where there are none. */
static int64_t percentile(const struct store_rows *r, size_t permille)
{
    if (r->count == 0)
        return -1;
    return col_i64(r->values[(r->count - 1) * permille / 1000 * r->columns]);
}

static int measure(struct store *s, struct wall since, struct wall until, struct stats *ret)
{
    struct store_rows *rows;
    struct sql q = sql(s, "SELECT max(m.sent - c.ended, 0) FROM call c JOIN message m"
                          " ON m.call = c.id AND m.cause = 'missed_call' AND m.call IS NOT NULL"
                          " WHERE c.started >= ? AND c.started < ? AND m.sent IS NOT NULL"
                          " AND c.ended IS NOT NULL ORDER BY 1");
    bind_span(&q, since, until);
    int err = sql_rows(&q, &rows);
    if (err < 0)
        return err;
    ret->to_text_median_s = percentile(rows, 500);
    ret->to_text_p95_s = percentile(rows, 950);
    store_rows_free(rows);
    /* materialized, or each answer is looked for twice: once to see whether there is one */
    q = sql(s, "WITH answer (after) AS MATERIALIZED (SELECT (SELECT min(o.created) FROM message o"
               "  WHERE o.contact = m.contact AND o.cause = 'manual' AND " SCHEMA_SAID
               "  AND o.created >= m.created) - m.created FROM message m WHERE m.created >= ?"
               " AND m.created < ? AND m.cause = 'received')"
               " SELECT after FROM answer WHERE after IS NOT NULL ORDER BY 1");
    bind_span(&q, since, until);
    err = sql_rows(&q, &rows);
    if (err < 0)
        return err;
    ret->answer_median_s = percentile(rows, 500);
    store_rows_free(rows);
    return 0;
}

int stats_count(struct store *s, struct wall since, struct wall until, struct stats *ret)
{
    int err = count_calls(s, since, until, ret);
    if (err == 0)
        err = count_texts(s, since, until, ret);
    if (err == 0)
        err = measure(s, since, until, ret);
    return err;
}

int stats_reasons(struct store *s, struct wall since, struct wall until, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT reason, count(*) FROM call WHERE " MISSED " AND " SPAN
                          " AND decision = 'no_text' GROUP BY reason ORDER BY 2 DESC, 1");
    bind_span(&q, since, until);
    return sql_rows(&q, ret);
}

int stats_reason_next(struct store_rows *r, struct reason_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct reason_row){.rule = col_text(row[0]), .calls = (int)col_i64(row[1])};
    return 1;
}

int stats_half_hours(struct store *s, struct wall since, struct wall until, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT started / 1800 * 1800, count(*), total(" MISSED ")"
                          " FROM call WHERE " SPAN " GROUP BY 1 ORDER BY 1");
    bind_span(&q, since, until);
    return sql_rows(&q, ret);
}

int stats_half_hour_next(struct store_rows *r, struct half_hour_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct half_hour_row){
        .at = col_wall(row[0]),
        .calls = (int)col_i64(row[1]),
        .missed = (int)col_i64(row[2]),
    };
    return 1;
}

int stats_won(struct store *s, struct wall since, struct wall until, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT currency, count(*), sum(amount) FROM result WHERE won"
                          " AND at >= ? AND at < ? GROUP BY currency ORDER BY 3 DESC");
    bind_span(&q, since, until);
    return sql_rows(&q, ret);
}

int stats_won_after_text(struct store *s, struct wall since, struct wall until,
                         struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT currency, count(*), sum(amount) FROM result r WHERE won"
                          " AND at >= ? AND at < ? AND EXISTS (SELECT 1 FROM message"
                          "  WHERE contact = r.contact AND cause = 'missed_call' AND " SCHEMA_SAID
                          "  AND sent IS NOT NULL AND created <= r.at)"
                          " GROUP BY currency ORDER BY 3 DESC");
    bind_span(&q, since, until);
    return sql_rows(&q, ret);
}

int stats_won_next(struct store_rows *r, struct won_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct won_row){
        .currency = col_text(row[0]),
        .jobs = (int)col_i64(row[1]),
        .amount = col_i64(row[2]),
    };
    return 1;
}
