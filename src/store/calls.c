#include "store/calls.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>

#define CALL_SELECT                                                                              \
    "SELECT c.id, c.line, " SCHEMA_THREAD_OF(                                                    \
        "c.contact") ", l.name, p.number, p.name, c.withheld, c.certain, c.started,"             \
                     " c.ended, c.rings, c.outcome, c.decision, c.reason,"                       \
                     " m.id, m.state, m.error FROM call c JOIN line l ON l.id = c.line"          \
                     " LEFT JOIN contact p ON p.id = c.contact LEFT JOIN message m ON m.call = " \
                     "c.id"                                                                      \
                     " AND m.cause = 'missed_call' AND m.call IS NOT NULL "
#define IN_TIME " c.started >= ? AND c.started < ? "
#define MISSED " c.outcome IN ('missed','rejected') "
#define NEWEST_FIRST " ORDER BY c.started DESC, c.id DESC LIMIT ?"

static const char *const state_names[] = {
    [CALL_STATE_RINGING] = "ringing",   [CALL_STATE_MISSED] = "missed",
    [CALL_STATE_ANSWERED] = "answered", [CALL_STATE_ANSWERED_ELSEWHERE] = "answered_elsewhere",
    [CALL_STATE_REJECTED] = "rejected",
};

#define STATE_COUNT (sizeof(state_names) / sizeof(state_names[0]))

const char *call_state_name(enum call_state state)
{
    assert((size_t)state < STATE_COUNT);
    return state_names[state];
}

/* Its data are the call as JSON shows it everywhere (show_call_json). */
static int call_event(struct store *s, int64_t id, const char *type, struct wall at)
{
    struct sql q =
        sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1, ?2, thread, json_object("
               "'id', id, 'line', line, 'number', number, 'name', name,"
               " 'withheld', json(iif(withheld, 'true', 'false')),"
               " 'certain', json(iif(certain, 'true', 'false')), 'started_at', started_at,"
               " 'ended_at', ended_at, 'rings', rings, 'outcome', outcome, 'decision', decision,"
               " 'reason', reason, 'message', message, 'thread', thread,"
               " 'message_state', message_state, 'message_error', message_error)"
               " FROM v_calls WHERE id = ?3");
    sql_i64(&q, at.s);
    sql_text(&q, type);
    sql_i64(&q, id);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* A call opens the thread of its caller anew, unless it is an owner. */
static int contact_called(struct store *s, int64_t contact, struct wall at)
{
    struct sql q =
        sql(s, "UPDATE contact SET calls = calls + 1, state = iif(" SCHEMA_OWNER ", state, 'open'),"
               " last_at = max(last_at, ?1) WHERE id = " SCHEMA_THREAD_OF("?2"));
    sql_i64(&q, at.s);
    sql_i64(&q, contact);
    return sql_run(&q);
}

int calls_start(struct store *s, const struct call_new *call, int64_t *ret_id)
{
    struct scope t;
    int64_t contact = 0, id = 0;
    int err = scope_open(&t, s);
    if (err == 0 && call->number && call->number[0])
        err = contact_make(s, call->number, call->started, &contact);
    if (err == 0 && contact != 0)
        err = follow_ups_cancel_for(s, contact, "they called", call->started);
    if (err == 0 && contact != 0)
        err = contact_called(s, contact, call->started);
    if (err >= 0) {
        struct sql q = sql(s, "INSERT INTO call (line, contact, withheld, started)"
                              " VALUES (?, nullif(?, 0), ?, ?) RETURNING id");
        sql_i64(&q, call->line);
        sql_i64(&q, contact);
        sql_i64(&q, call->withheld);
        sql_i64(&q, call->started.s);
        err = sql_get_i64(&q, &id);
    }
    if (err == 0)
        err = call_event(s, id, "call.ringing", call->started);
    err = scope_close(&t, err);
    if (err == 0)
        *ret_id = id;
    return err;
}

int calls_answer(struct store *s, int64_t id, struct wall at)
{
    struct scope t;
    int64_t contact = 0;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "UPDATE call SET outcome = 'answered', ended = ? WHERE id = ?"
                              " RETURNING ifnull(contact, 0)");
        sql_i64(&q, at.s);
        sql_i64(&q, id);
        err = sql_get_i64(&q, &contact);
    }
    if (err == 0 && contact != 0)
        err = contact_refresh(s, contact);
    if (err == 0)
        err = call_event(s, id, "call.answered", at);
    return scope_close(&t, err);
}

static int call_is_answered(struct store *s, int64_t id, int64_t *ret_answered)
{
    struct sql q = sql(s, "SELECT outcome = 'answered' FROM call WHERE id = ?");
    sql_i64(&q, id);
    return sql_get_i64(&q, ret_answered);
}

int calls_end(struct store *s, int64_t id, enum call_state outcome, bool certain, int rings,
              struct wall ended)
{
    assert(outcome != CALL_STATE_RINGING);
    struct scope t;
    int64_t contact = 0, told = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = call_is_answered(s, id, &told);
    if (err == 0) {
        struct sql q = sql(s, "UPDATE call SET outcome = ?, certain = ?, rings = ?, ended = ?"
                              " WHERE id = ? RETURNING ifnull(contact, 0)");
        sql_text(&q, call_state_name(outcome));
        sql_i64(&q, certain);
        sql_i64(&q, rings);
        sql_i64(&q, ended.s);
        sql_i64(&q, id);
        err = sql_get_i64(&q, &contact);
    }
    if (err == 0 && contact != 0)
        err = contact_refresh(s, contact);
    if (err == 0 && !told) {
        bool missed = outcome == CALL_STATE_MISSED || outcome == CALL_STATE_REJECTED;
        err = call_event(s, id, missed ? "call.missed" : "call.answered", ended);
    }
    return scope_close(&t, err);
}

#define DECISION_INSERT \
    "INSERT INTO decision (call, seq, rule, stop, detail) VALUES (?, ?, ?, ?, ?)"

int rules_add(struct store *s, const char *insert, int64_t of, const struct call_rule *rules,
              size_t count)
{
    int err = 0;
    for (size_t i = 0; err >= 0 && i < count; i++) {
        struct sql q = sql(s, insert);
        sql_i64(&q, of);
        sql_i64(&q, (int64_t)i + 1);
        sql_text(&q, rules[i].name);
        sql_i64(&q, rules[i].stop);
        sql_text(&q, rules[i].detail);
        err = sql_run(&q);
    }
    return err < 0 ? err : 0;
}

/* Says why nothing was updated: no such call, or one that has its decision. */
static int check_decided(struct store *s, int64_t id)
{
    int64_t found;
    struct sql q = sql(s, "SELECT id FROM call WHERE id = ?");
    sql_i64(&q, id);
    int err = sql_get_i64(&q, &found);
    return err == 0 ? -EALREADY : err;
}

int calls_decide(struct store *s, int64_t id, const char *reason, int64_t message,
                 const struct call_rule *rules, size_t rule_count, struct wall at)
{
    assert((reason == NULL) == (message != 0));
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "UPDATE call SET decision = iif(?1 IS NULL, 'text', 'no_text'),"
                              " reason = ?1 WHERE id = ?2 AND decision = 'pending'");
        sql_text(&q, reason);
        sql_i64(&q, id);
        err = sql_run(&q);
    }
    if (err == 0)
        err = check_decided(s, id);
    else if (err > 0)
        err = rules_add(s, DECISION_INSERT, id, rules, rule_count);
    if (err == 0)
        err = call_event(s, id, "decision", at);
    return scope_close(&t, err);
}

int calls_keep_facts(struct store *s, int64_t id, const char *config, const char *facts)
{
    struct sql q = sql(s, "UPDATE call SET config = nullif(?, ''), facts = ? WHERE id = ?");
    sql_text(&q, config);
    sql_text(&q, facts);
    sql_i64(&q, id);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int calls_facts(struct store *s, int64_t id, const char **ret_config, const char **ret_facts)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT config, " SCHEMA_JSON("facts") " FROM call WHERE id = ?");
    sql_i64(&q, id);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret_config = col_text(row[0]);
    *ret_facts = col_text(row[1]);
    return 0;
}

static int call_read(struct store *s, sqlite3_value **row, struct call_row *ret)
{
    int outcome = col_word(row[11], state_names, STATE_COUNT);
    if (outcome < 0)
        return store_fail(s, SQLITE_CORRUPT);
    *ret = (struct call_row){
        .id = col_i64(row[0]),
        .line_id = col_i64(row[1]),
        .thread = col_i64(row[2]),
        .line = col_text(row[3]),
        .number = col_text(row[4]),
        .name = col_text(row[5]),
        .withheld = col_i64(row[6]) != 0,
        .certain = col_i64(row[7]) != 0,
        .started = col_wall(row[CALL_COLUMN_STARTED]),
        .ended = col_wall(row[9]),
        .rings = (int)col_i64(row[10]),
        .outcome = (enum call_state)outcome,
        .decision = col_text(row[12]),
        .reason = col_text(row[13]),
        .message = col_i64(row[14]),
        .message_state = col_text(row[15]),
        .message_error = col_text(row[16]),
    };
    return 0;
}

int calls_get(struct store *s, int64_t id, struct call_row *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, CALL_SELECT "WHERE c.id = ?");
    sql_i64(&q, id);
    int err = sql_keep(&q, &row);
    return err < 0 ? err : call_read(s, row, ret);
}

int calls_list(struct store *s, const struct call_filter *filter, struct store_rows **ret)
{
    assert(filter->limit >= 1);
    struct sql q;
    if (filter->thread == 0)
        q = filter->missed_only ? sql(s, CALL_SELECT "WHERE" IN_TIME "AND" MISSED NEWEST_FIRST)
                                : sql(s, CALL_SELECT "WHERE" IN_TIME NEWEST_FIRST);
    else
        q = filter->missed_only
                ? sql(s, CALL_SELECT "WHERE c.contact = ? AND" IN_TIME "AND" MISSED NEWEST_FIRST)
                : sql(s, CALL_SELECT "WHERE c.contact = ? AND" IN_TIME NEWEST_FIRST);
    if (filter->thread != 0)
        sql_i64(&q, filter->thread);
    sql_i64(&q, filter->since.s);
    sql_i64(&q, filter->until.s == 0 ? INT64_MAX : filter->until.s);
    sql_i64(&q, filter->limit);
    return sql_rows(&q, ret);
}

int calls_list_after(struct store *s, struct wall after, int64_t id, struct wall until, int limit,
                     struct store_rows **ret)
{
    struct sql q = sql(s, CALL_SELECT "WHERE (c.started, c.id) > (?, ?) AND c.started < ?"
                                      " AND c.decision <> 'pending'"
                                      " ORDER BY c.started, c.id LIMIT ?");
    sql_i64(&q, after.s);
    sql_i64(&q, id);
    sql_i64(&q, until.s == 0 ? INT64_MAX : until.s);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int calls_next(struct store_rows *r, struct call_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    int err = call_read(r->s, row, ret);
    return err < 0 ? err : 1;
}

int calls_list_unsettled(struct store *s, int64_t line, struct store_rows **ret)
{
    struct sql q = sql(s, CALL_SELECT "WHERE c.line = ? AND"
                                      " (c.outcome = 'ringing' OR c.decision = 'pending')"
                                      " ORDER BY c.id LIMIT 1000");
    sql_i64(&q, line);
    return sql_rows(&q, ret);
}

int calls_rules(struct store *s, int64_t id, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT rule, stop, detail FROM decision WHERE call = ? ORDER BY seq");
    sql_i64(&q, id);
    return sql_rows(&q, ret);
}

int calls_rule_next(struct store_rows *r, struct call_rule *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct call_rule){
        .name = col_text(row[0]),
        .stop = col_i64(row[1]) != 0,
        .detail = col_text(row[2]),
    };
    return 1;
}
