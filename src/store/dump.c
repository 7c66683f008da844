#include "store/dump.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <string.h>

static const char *const names[DUMP_TABLES] = {
    [DUMP_CALLS] = "calls",           [DUMP_MESSAGES] = "messages",   [DUMP_THREADS] = "threads",
    [DUMP_NOTES] = "notes",           [DUMP_RESULTS] = "results",     [DUMP_OPT_OUTS] = "opt_outs",
    [DUMP_EVENTS] = "events",         [DUMP_RULES] = "rules",         [DUMP_SKIPPED] = "skipped",
    [DUMP_DOUBTFUL] = "doubtful",     [DUMP_FORGOTTEN] = "forgotten", [DUMP_LEADS] = "leads",
    [DUMP_FOLLOW_UPS] = "follow_ups",
};

const char *dump_name(enum dump_table table)
{
    assert((size_t)table < DUMP_TABLES);
    return names[table];
}

bool dump_named(const char *name, size_t len, enum dump_table *ret)
{
    for (enum dump_table table = DUMP_CALLS; (size_t)table < DUMP_TABLES; table++) {
        if (strlen(names[table]) == len && memcmp(names[table], name, len) == 0) {
            *ret = table;
            return true;
        }
    }
    return false;
}

#define BOOL(column) "json(iif(" column ", 'true', 'false'))"
#define TIME(column) "strftime('%Y-%m-%dT%H:%M:%SZ', " column ", 'unixepoch')"
#define MEMBERS SCHEMA_MEMBERS("?1")
/* Of one thread, or those after an id: ?1 thread, ?2 id, ?3 how many. */
#define PAGE(thread, id)                                                         \
    " WHERE (?1 <> 0 AND " thread " IN " MEMBERS ") OR (?1 = 0 AND " id " > ?2)" \
    " ORDER BY " id " LIMIT ?3"

#define OPTED_OUT BOOL("opted_out")
#define BLOCKED BOOL("blocked")
#define SNOOZED_UNTIL                                                            \
    "(SELECT " TIME("snoozed_until") " FROM contact c WHERE c.id = v_threads.id" \
                                     " AND c.state = 'snoozed')"
#define LABELS "json((SELECT json_group_array(name) FROM label WHERE contact = v_threads.id))"
#define THREAD_PAGE PAGE("id", "id")

static const char *const queries[DUMP_TABLES] = {
    [DUMP_FOLLOW_UPS] =
        "SELECT id, json_object('id', id, 'thread', contact, 'after', message, 'nudge', nudge + 1,"
        " 'due_at', " TIME("due") ", 'message', text, 'reason', reason)"
                                  " FROM follow_up" PAGE("contact", "id"),
    [DUMP_LEADS] =
        "SELECT id, json_object('id', id, 'thread', contact, 'received', message, "
        "'at', " TIME("at") ", 'name', name, 'consent', " BOOL(
            "consent") ", 'consent_text', consent_text,"
                       " 'consented_at', " TIME(
                           "consented") ", 'source', source, 'reason', reason, "
                                        "'message', answer,"
                                        " 'rules', json((SELECT "
                                        "json_group_array(json_object('name', rule, "
                                        "'result',"
                                        " iif(stop, 'stop', 'pass'), 'detail', detail)) "
                                        "FROM lead_rule"
                                        " WHERE lead = l.id))) FROM lead l" PAGE("contact", "id"),
    [DUMP_CALLS] =
        "SELECT id, json_object('id', id, 'line', line, 'thread', thread, 'number', number,"
        " 'name', name, 'withheld', " BOOL(
            "withheld") ", 'started_at', started_at, 'ended_at',"
                        " ended_at, 'rings', rings, 'outcome', outcome, 'decision', decision, "
                        "'reason', reason,"
                        " 'message', message) FROM v_calls" PAGE("thread", "id"),
    [DUMP_MESSAGES] =
        "SELECT id, json_object('id', id, 'line', line, 'thread', thread, 'number', number,"
        " 'direction', direction, 'text', text, 'cause', cause, 'state', state, 'parts', parts,"
        " 'created_at', created_at, 'sent_at', sent_at, 'delivered_at', delivered_at, 'error',"
        " error, 'call', call) FROM v_messages" PAGE("thread", "id"),
    [DUMP_THREADS] =
        "SELECT id, json_object('id', id, 'number', number, 'name', name, 'state', state,"
        " 'unread', unread, 'waiting_since', waiting_since, 'opted_out', " OPTED_OUT
        ", 'blocked', " BLOCKED ", 'calls', calls, 'messages', messages, 'last_at', last_at,"
        " 'snoozed_until', " SNOOZED_UNTIL ", 'joined_to', joined_to, 'labels', " LABELS
        ") FROM v_threads" THREAD_PAGE,
    [DUMP_NOTES] = "SELECT id, json_object('id', id, 'thread', contact, 'at', " TIME(
        "at") ", 'text', text) FROM note" PAGE("contact", "id"),
    [DUMP_RESULTS] = "SELECT id, json_object('id', id, 'thread', contact, 'at', " TIME(
        "at") ", 'result',"
              " iif(won, 'won', 'lost'), 'amount', amount, 'currency', currency, 'why', why)"
              " FROM result" PAGE("contact", "id"),
    [DUMP_OPT_OUTS] = "SELECT 0, json_object('number', number, 'source', source, 'at', " TIME(
        "at") ")"
              " FROM opt_out WHERE ?1 = 0 OR number IN (SELECT number FROM contact WHERE id "
              "IN " MEMBERS ")"
              " AND ?2 = ?2 ORDER BY number LIMIT ?3",
    [DUMP_SKIPPED] = "SELECT 0, json_object('number', number, 'at', " TIME(
        "at") ") FROM skip"
              " WHERE ?1 = 0 OR number IN (SELECT number FROM contact WHERE id IN " MEMBERS ")"
              " AND ?2 = ?2 ORDER BY number LIMIT ?3",
    [DUMP_DOUBTFUL] = "SELECT 0, json_object('number', number, 'at', " TIME(
        "at") ") FROM doubt"
              " WHERE ?1 = 0 OR number IN (SELECT number FROM contact WHERE id IN " MEMBERS ")"
              " AND ?2 = ?2 ORDER BY number LIMIT ?3",
    [DUMP_FORGOTTEN] = "SELECT f.rowid, json_object('salt', s.salt, 'hash', f.hash,"
                       " 'source', f.source, 'at', " TIME("f.at") ", 'doubtful', " BOOL(
                           "f.doubtful") ","
                                         " 'skipped', " BOOL("f.skipped") ", 'blocked', " BOOL(
                                             "f.blocked") ")"
                                                          " FROM forgotten f JOIN forgotten_salt s "
                                                          "ON s.id = f.salt"
                                                          " WHERE ?1 = 0 AND f.rowid > ?2 ORDER BY "
                                                          "f.rowid LIMIT ?3",
    [DUMP_EVENTS] = "SELECT id, json_object('id', id, 'at', " TIME(
        "at") ", 'type', type, 'data',"
              " json(" SCHEMA_JSON("data") ")) FROM event" PAGE("contact", "id"),
    [DUMP_RULES] =
        "SELECT 0, json_object('call', d.call, 'seq', d.seq, 'name', d.rule, 'result',"
        " iif(d.stop, 'stop', 'pass'), 'detail', d.detail) FROM call c CROSS JOIN decision d"
        " ON d.call = c.id WHERE c.contact IN " MEMBERS
        " AND ?2 = ?2 ORDER BY d.call, d.seq LIMIT ?3",
};

/* Lists by number have no id to go on after. */
static bool is_whole(enum dump_table table)
{
    return table == DUMP_OPT_OUTS || table == DUMP_SKIPPED || table == DUMP_DOUBTFUL;
}

int dump_list(struct store *s, enum dump_table table, int64_t thread, int64_t after, int limit,
              struct store_rows **ret)
{
    assert((size_t)table < DUMP_TABLES);
    struct sql q = sql(s, queries[table]);
    sql_i64(&q, thread);
    sql_i64(&q, after);
    sql_i64(&q, thread || is_whole(table) ? INT64_MAX : limit);
    return sql_rows(&q, ret);
}

int dump_next(struct store_rows *r, struct dump_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct dump_row){.id = col_i64(row[0]), .json = col_text(row[1])};
    return 1;
}
