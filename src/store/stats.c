#include "store/stats.h"
#include "db.h"
#include "schema.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MISSED "outcome IN ('missed','rejected')"
#define SPAN "started >= ?1 AND started < ?2"

#define OWNERS "(SELECT c.id FROM owner o JOIN contact c ON c.number = o.number)"
#define REPLY_WITHIN_S 86400
#define HALF_HOUR_S 1800

static void bind_span(struct sql *q, struct wall since, struct wall until)
{
    sql_i64(q, since.s);
    sql_i64(q, until.s);
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The value `permille` of the way through the sorted ones; -1 where there are none. */
static int64_t percentile(const int64_t *sorted, size_t count, size_t permille)
{
    return count == 0 ? -1 : sorted[(count - 1) * permille / 1000];
}

/* A row of a call; `TEXTED` is when, or 0. */
enum { CALL_AT, CONTACT, IS_MISSED, TEXTED, DELIVERED, WAIT, CALL_COLUMNS };

/* A row of text, and what it is; a call that was texted is one of them. */
enum { SAID_CONTACT, SAID_AT, SAID_WHAT, SAID_COLUMNS };
enum {
    SAID_RECEIVED = 1,
    SAID_BY_HAND = 2,
    SAID_LEFT = 4,
    SAID_FOLLOW_UP = 8,
    SAID_TO_CALLER = 16
};

/* Texts and texted calls, as they are read. */
struct said {
    int64_t *rows;
    size_t count;
};

/* Of rows in the order of time. */
static int sum_half_hours(const int64_t *rows, size_t count, struct stats *ret)
{
    struct half_hour_row *sums = calloc(count + 1, sizeof(sums[0])), *last = sums;
    if (!sums)
        return -ENOMEM;
    for (const int64_t *row = rows; row < rows + count * CALL_COLUMNS; row += CALL_COLUMNS) {
        int64_t at = row[CALL_AT] - row[CALL_AT] % HALF_HOUR_S;
        if (last->calls > 0 && last->at.s != at)
            last++;
        last->at.s = at;
        last->calls++;
        last->missed += row[IS_MISSED] != 0;
    }
    ret->half_hours = sums;
    ret->half_hour_count = (size_t)(last - sums) + (last->calls > 0);
    return 0;
}

/* Puts `more` after them. */
static int said_add(struct said *said, const struct said *more)
{
    size_t octets = SAID_COLUMNS * sizeof(said->rows[0]);
    int64_t *rows = realloc(said->rows, (said->count + more->count + 1) * octets);
    if (!rows)
        return -ENOMEM;
    memcpy(rows + said->count * SAID_COLUMNS, more->rows, more->count * octets);
    *said = (struct said){rows, said->count + more->count};
    return 0;
}

/* Leaves in `callers` those that were texted. */
static int count_calls(struct store *s, struct wall since, struct wall until, struct said *callers,
                       struct stats *ret)
{
    int64_t *rows;
    size_t count, waits = 0;
    struct sql q =
        sql(s, "SELECT c.started, c.contact, c." MISSED ", m.sent, m.state = 'delivered',"
               " ifnull(max(m.sent - c.ended, 0), -1)"
               " FROM call c LEFT JOIN message m ON m.call = c.id AND m.cause = 'missed_call'"
               " AND m.call IS NOT NULL WHERE c.started >= ? AND c.started < ? ORDER BY 1");
    bind_span(&q, since, until);
    int err = sql_numbers(&q, CALL_COLUMNS, &rows, &count);
    if (err < 0)
        return err;
    ret->calls = (int)count;
    err = sum_half_hours(rows, count, ret);
    int64_t *caller = callers->rows = malloc((count + 1) * SAID_COLUMNS * sizeof(rows[0]));
    err = !err && !caller ? -ENOMEM : err;
    for (const int64_t *row = rows; err == 0 && row < rows + count * CALL_COLUMNS;
         row += CALL_COLUMNS) {
        ret->missed += row[IS_MISSED] != 0;
        ret->withheld += row[CONTACT] == 0;
        ret->texted += row[TEXTED] != 0;
        ret->delivered += row[DELIVERED] != 0;
        if (row[TEXTED]) {
            caller[SAID_CONTACT] = row[CONTACT];
            caller[SAID_AT] = row[TEXTED];
            caller[SAID_WHAT] = SAID_TO_CALLER;
            caller += SAID_COLUMNS;
            callers->count++;
        }
        if (row[WAIT] >= 0)
            rows[waits++] = row[WAIT]; /* where one lay that was read */
    }
    qsort(rows, waits, sizeof(rows[0]), by_value);
    ret->to_text_median_s = percentile(rows, waits, 500);
    ret->to_text_p95_s = percentile(rows, waits, 950);
    free(rows);
    return err;
}

/* As people read it: an answer of the same second comes after what it answers. */
static int by_conversation(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    for (int i = 0; i < SAID_COLUMNS; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* When `contact` was first answered by hand from `until` on; INT64_MAX never. */
static int find_answer(struct store *s, int64_t contact, struct wall until, int64_t *ret)
{
    struct sql q =
        sql(s, "SELECT ifnull(min(created), 9223372036854775807) FROM message"
               " WHERE contact = ? AND cause = 'manual' AND " SCHEMA_SAID " AND created >= ?");
    sql_i64(&q, contact);
    sql_i64(&q, until.s);
    return sql_get_i64(&q, ret);
}

/* Whether they wrote within a day of `row`, where their next text before `until` is at `theirs`
 * (INT64_MAX none) and there are texts `later`. */
static int find_reply(struct store *s, const int64_t *row, int64_t theirs, struct wall until,
                      bool later, int *ret_count)
{
    int64_t end = row[SAID_AT] + REPLY_WITHIN_S, found = theirs < end;
    if (!found && later && end > until.s) {
        struct sql q =
            sql(s, "SELECT EXISTS (SELECT 1 FROM message WHERE contact = ?"
                   " AND cause = 'received' AND " SCHEMA_SAID " AND created >= ? AND created < ?)");
        sql_i64(&q, row[SAID_CONTACT]);
        sql_i64(&q, until.s);
        sql_i64(&q, end);
        int err = sql_get_i64(&q, &found);
        if (err < 0)
            return err;
    }
    *ret_count += found != 0;
    return 0;
}

/* From the last of the texts to the first, so that the next answer is always known, theirs and
 * ours. How long each waited is written to the end of the rows, where those lie that were read. */
static int measure_answers(struct store *s, struct said *said, struct wall until, struct stats *ret)
{
    int64_t *end = said->rows + said->count * SAID_COLUMNS, *first = end;
    int64_t contact = 0, answer = 0, later = 0, theirs = INT64_MAX;
    struct sql q = sql(s, "SELECT EXISTS (SELECT 1 FROM message WHERE created >= ?)");
    sql_i64(&q, until.s);
    int err = sql_get_i64(&q, &later);
    qsort(said->rows, said->count, SAID_COLUMNS * sizeof(end[0]), by_conversation);
    for (const int64_t *row = end; err == 0 && row > said->rows;) {
        row -= SAID_COLUMNS;
        if (row[SAID_CONTACT] != contact) {
            answer = later ? 0 : INT64_MAX;
            theirs = INT64_MAX;
        }
        contact = row[SAID_CONTACT];
        if (row[SAID_WHAT] & SAID_FOLLOW_UP)
            err = find_reply(s, row, theirs, until, later, &ret->follow_ups_replied);
        if (row[SAID_WHAT] & SAID_TO_CALLER)
            err = find_reply(s, row, theirs, until, later, &ret->replied);
        if (row[SAID_WHAT] & SAID_BY_HAND)
            answer = row[SAID_AT];
        if (!(row[SAID_WHAT] & SAID_RECEIVED))
            continue;
        theirs = row[SAID_AT];
        if (answer == 0)
            err = find_answer(s, contact, until, &answer);
        if (answer != INT64_MAX)
            *--first = answer - row[SAID_AT];
    }
    qsort(first, (size_t)(end - first), sizeof(first[0]), by_value);
    ret->answer_median_s = percentile(first, (size_t)(end - first), 500);
    return err;
}

static int count_texts(struct store *s, struct wall since, struct wall until,
                       const struct said *callers, struct stats *ret)
{
    struct said said;
    struct sql q =
        sql(s, "SELECT contact, iif(cause = 'follow_up', ifnull(sent, created), created),"
               " CASE cause WHEN 'received' THEN 1"
               "  WHEN 'manual' THEN 2 * " SCHEMA_SAID " + 4 * (sent IS NOT NULL)"
               "  WHEN 'follow_up' THEN 12 * (sent IS NOT NULL)"
               "  ELSE 4 * (sent IS NOT NULL) END FROM message"
               " WHERE created >= ? AND created < ? AND contact NOT IN " OWNERS);
    bind_span(&q, since, until);
    int err = sql_numbers(&q, SAID_COLUMNS, &said.rows, &said.count);
    if (err < 0)
        return err;
    const int64_t *end = said.rows + said.count * SAID_COLUMNS;
    for (const int64_t *row = said.rows; row < end; row += SAID_COLUMNS) {
        ret->texts_in += (row[SAID_WHAT] & SAID_RECEIVED) != 0;
        ret->texts_out += (row[SAID_WHAT] & SAID_LEFT) != 0;
        ret->follow_ups += (row[SAID_WHAT] & SAID_FOLLOW_UP) != 0;
    }
    err = said_add(&said, callers);
    if (err == 0)
        err = measure_answers(s, &said, until, ret);
    free(said.rows);
    return err;
}

/* After count_texts(), which took what came in a form for a text. */
static int count_leads(struct store *s, struct wall since, struct wall until, struct stats *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT count(*), total(a.sent IS NOT NULL),"
                          " total(a.sent IS NOT NULL AND EXISTS (SELECT 1 FROM message"
                          "  WHERE contact = a.contact AND cause = 'received' AND " SCHEMA_SAID
                          "  AND id > a.id AND created >= a.sent AND created < a.sent + 86400)),"
                          " total(l.contact NOT IN " OWNERS ") FROM lead l"
                          " LEFT JOIN message a ON a.id = l.answer WHERE l.at >= ? AND l.at < ?");
    bind_span(&q, since, until);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    ret->leads = (int)col_i64(row[0]);
    ret->leads_texted = (int)col_i64(row[1]);
    ret->leads_replied = (int)col_i64(row[2]);
    ret->texts_in -= (int)col_i64(row[3]);
    return 0;
}

static int count_results(struct store *s, struct wall since, struct wall until, struct stats *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT total(won), total(NOT won) FROM result r WHERE at >= ?"
                          " AND at < ? AND " SCHEMA_RESULT_COUNTS);
    bind_span(&q, since, until);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    ret->won = (int)col_i64(row[0]);
    ret->lost = (int)col_i64(row[1]);
    return 0;
}

int stats_count(struct store *s, struct wall since, struct wall until, struct stats *ret)
{
    struct said callers = {0};
    *ret = (struct stats){0};
    int err = count_calls(s, since, until, &callers, ret);
    if (err == 0)
        err = count_texts(s, since, until, &callers, ret);
    free(callers.rows);
    if (err == 0)
        err = count_leads(s, since, until, ret);
    if (err == 0)
        err = count_results(s, since, until, ret);
    if (err < 0)
        stats_free(ret);
    return err;
}

void stats_free(struct stats *t)
{
    free(t->half_hours);
    t->half_hours = NULL;
}

int stats_reasons(struct store *s, struct wall since, struct wall until, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT reason, count(*) FROM call WHERE " MISSED " AND " SPAN
                          " AND decision = 'no_text' GROUP BY reason ORDER BY 2 DESC, 1");
    bind_span(&q, since, until);
    return sql_rows(&q, ret);
}

int stats_lead_reasons(struct store *s, struct wall since, struct wall until,
                       struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT reason, count(*) FROM lead WHERE at >= ? AND at < ?"
                          " AND reason IS NOT NULL GROUP BY reason ORDER BY 2 DESC, 1");
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

int stats_won(struct store *s, struct wall since, struct wall until, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT currency, count(*), sum(amount) FROM result r WHERE won"
                          " AND at >= ? AND at < ? AND " SCHEMA_RESULT_COUNTS
                          " GROUP BY currency ORDER BY 3 DESC");
    bind_span(&q, since, until);
    return sql_rows(&q, ret);
}

int stats_won_after_text(struct store *s, struct wall since, struct wall until,
                         struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT currency, count(*), sum(amount) FROM result r WHERE won"
                          " AND at >= ? AND at < ? AND " SCHEMA_RESULT_COUNTS
                          " AND EXISTS (SELECT 1 FROM message"
                          "  WHERE contact IN " SCHEMA_MEMBERS(
                              "r.contact") "  AND cause IN ('missed_call','lead') AND " SCHEMA_SAID
                                           " AND sent IS NOT NULL AND created <= r.at)"
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
