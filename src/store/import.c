#include "import_parts.h"
#include "store/message.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `known` maps ids of the file to ours; `touched` are threads with something new in them. */
static int make_tables(struct store *s)
{
    int rc = sqlite3_exec(s->db,
                          "DROP TABLE IF EXISTS temp.import_known;"
                          "DROP TABLE IF EXISTS temp.import_touched;"
                          "CREATE TEMP TABLE import_known (kind INTEGER, theirs INTEGER,"
                          "  ours INTEGER, PRIMARY KEY (kind, theirs)) WITHOUT ROWID;"
                          "DROP TABLE IF EXISTS temp.import_joined;"
                          "CREATE TEMP TABLE import_joined (contact INTEGER, thread INTEGER);"
                          "CREATE TEMP TABLE import_touched (contact INTEGER PRIMARY KEY,"
                          "  waits INTEGER, state TEXT, snoozed_until INTEGER, unread INTEGER,"
                          "  last_at INTEGER)",
                          NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(s, rc);
}

/* One more than the last id that a table ever had. */
static int next_ids(struct import *i)
{
    sqlite3_value **row;
    struct sql q = sql(i->s, "SELECT ifnull(max(iif(name = 'call', seq, 0)), 0) + 1,"
                             " ifnull(max(iif(name = 'message', seq, 0)), 0) + 1,"
                             " ifnull(max(iif(name = 'contact', seq, 0)), 0) + 1,"
                             " NOT EXISTS (SELECT 1 FROM contact) AND NOT EXISTS (SELECT 1 FROM"
                             " call) AND NOT EXISTS (SELECT 1 FROM message) FROM sqlite_sequence");
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    i->empty = col_i64(row[3]) != 0;
    i->first_call = i->empty ? 1 : col_i64(row[0]);
    i->first_text = i->empty ? 1 : col_i64(row[1]);
    i->first_thread = i->empty ? 1 : col_i64(row[2]);
    return 0;
}

int import_begin(struct store *s, struct wall at, struct import **ret)
{
    struct import *i = calloc(1, sizeof(*i));
    if (!i)
        return store_fail(s, SQLITE_NOMEM);
    *i = (struct import){.s = s, .at = at};
    int err = store_begin(s);
    if (err == 0)
        err = make_tables(s);
    if (err == 0)
        err = next_ids(i);
    if (err < 0) {
        store_rollback(s);
        free(i);
        return err;
    }
    *ret = i;
    return 0;
}

const char *import_error(const struct import *i)
{
    return i->error;
}

int import_read(struct import *i, const char *json, const struct field *fields, size_t count)
{
    return row_read(i->s, json, fields, count, &i->row, i->error);
}

static int remember(struct import *i, enum import_map kind, int64_t theirs, int64_t ours)
{
    struct sql q = sql(i->s, "INSERT OR IGNORE INTO import_known VALUES (?, ?, ?)");
    sql_i64(&q, kind);
    sql_i64(&q, theirs);
    sql_i64(&q, ours);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int import_recall(struct import *i, enum import_map kind, int64_t theirs, int64_t *ret)
{
    struct sql q = sql(i->s, "SELECT ours FROM import_known WHERE kind = ? AND theirs = ?");
    sql_i64(&q, kind);
    sql_i64(&q, theirs);
    return sql_get_i64(&q, ret);
}

static int touch(struct import *i, int64_t contact)
{
    struct sql q = sql(i->s, "INSERT OR IGNORE INTO import_touched (contact) VALUES (?)");
    sql_i64(&q, contact);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int import_thread(struct import *i, const char *number, int64_t theirs, int64_t at, int64_t *ret)
{
    int err = contact_find(i->s, number, ret);
    if (err == -ENOENT) {
        struct sql q = sql(i->s, "INSERT INTO contact (id, number, last_at) VALUES (iif(?1 = 0 OR"
                                 " EXISTS (SELECT 1 FROM contact WHERE id = ?1), NULL, ?1), ?2,"
                                 " ?3) RETURNING id");
        sql_i64(&q, i->empty ? theirs : 0);
        sql_text(&q, number);
        sql_i64(&q, at);
        err = sql_get_i64(&q, ret);
        err = err ? err : forgotten_recall(i->s, number);
        err = err ? err : touch(i, *ret);
    }
    if (err == 0 && theirs != 0)
        err = remember(i, IMPORT_THREAD, theirs, *ret);
    return err;
}

static int take_call(struct import *i, const char *json)
{
    enum { ID, LINE, THREAD, NUMBER, WITHHELD, STARTED, ENDED, RINGS, OUTCOME, DECISION, REASON };
    static const struct field fields[] = {
        {"id", FIELD_ID, false, NULL},
        {"line", FIELD_TEXT, false, NULL},
        {"thread", FIELD_ID, true, NULL},
        {"number", FIELD_NUMBER, true, NULL},
        {"withheld", FIELD_BOOL, false, NULL},
        {"started_at", FIELD_TIME, false, NULL},
        {"ended_at", FIELD_TIME, true, NULL},
        {"rings", FIELD_COUNT, false, NULL},
        {"outcome", FIELD_WORD, false, "ringing|missed|answered|answered_elsewhere|rejected"},
        {"decision", FIELD_WORD, false, "pending|text|no_text"},
        {"reason", FIELD_TEXT, true, NULL},
    };
    int64_t line, contact = 0, id = 0;
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err == 0)
        err = store_line(i->s, value(i, LINE)->text, &line);
    if (err == 0 && value(i, NUMBER)->there)
        err = import_thread(i, value(i, NUMBER)->text, value(i, THREAD)->i64,
                            value(i, STARTED)->i64, &contact);
    if (err < 0)
        return err;
    struct sql q = sql(i->s, "SELECT id FROM call WHERE contact IS nullif(?, 0) AND started = ?"
                             " AND line = ? AND id < ? LIMIT 1");
    sql_i64(&q, contact);
    sql_i64(&q, value(i, STARTED)->i64);
    sql_i64(&q, line);
    sql_i64(&q, i->first_call);
    err = sql_get_i64(&q, &id);
    if (err == 0)
        return remember(i, IMPORT_CALL, value(i, ID)->i64, id);
    if (err != -ENOENT)
        return err;
    bool over = strcmp(value(i, OUTCOME)->text, "ringing") != 0;
    bool decided = strcmp(value(i, DECISION)->text, "pending") != 0;
    bool texted = strcmp(value(i, DECISION)->text, "text") == 0;
    q = sql(i->s, "INSERT INTO call (id, line, contact, withheld, certain, started, ended, rings,"
                  " outcome, decision, reason) VALUES (nullif(?, 0), ?, nullif(?, 0), ?, ?, ?, ?,"
                  " ?, ?, ?, ?) RETURNING id");
    sql_i64(&q, i->empty ? value(i, ID)->i64 : 0);
    sql_i64(&q, line);
    sql_i64(&q, contact);
    sql_i64(&q, value(i, WITHHELD)->i64);
    sql_i64(&q, over);
    sql_i64(&q, value(i, STARTED)->i64);
    sql_i64(&q, value(i, ENDED)->there ? value(i, ENDED)->i64 : value(i, STARTED)->i64);
    sql_i64(&q, value(i, RINGS)->i64);
    sql_text(&q, over ? value(i, OUTCOME)->text : "missed");
    sql_text(&q, texted ? "text" : "no_text");
    sql_text(&q, texted                               ? NULL
                 : decided && value(i, REASON)->there ? value(i, REASON)->text
                                                      : "too_old");
    err = sql_get_i64(&q, &id);
    err = err ? err : remember(i, IMPORT_CALL, value(i, ID)->i64, id);
    if (err == 0 && contact)
        err = touch(i, contact);
    return err ? err : 1;
}

static int64_t urgency_of(const char *cause)
{
    for (enum message_cause c = CAUSE_OPT_OUT; c < CAUSE_RECEIVED; c++)
        if (strcmp(cause, message_cause_name(c)) == 0)
            return message_urgency(c);
    return URGENCY_RECEIVED;
}

enum text_field {
    TEXT_ID,
    TEXT_LINE,
    TEXT_THREAD,
    TEXT_NUMBER,
    TEXT_DIRECTION,
    TEXT_TEXT,
    TEXT_CAUSE,
    TEXT_STATE,
    TEXT_PARTS,
    TEXT_CREATED,
    TEXT_SENT,
    TEXT_DELIVERED,
    TEXT_ERROR,
    TEXT_CALL
};

/* Returns 1 where the text is here already. */
static int is_known_text(struct import *i, int64_t contact, int64_t call)
{
    int64_t known = 0;
    struct sql q = sql(i->s, "SELECT EXISTS (SELECT 1 FROM message WHERE contact = ?1 AND created"
                             " = ?2 AND direction = ?3 AND text = ?4 AND id < ?5) OR (?6 <> 0 AND"
                             " EXISTS (SELECT 1 FROM message WHERE call = ?6 AND call IS NOT NULL"
                             " AND cause = 'missed_call' AND ?7 = 'missed_call'))");
    sql_i64(&q, contact);
    sql_i64(&q, value(i, TEXT_CREATED)->i64);
    sql_text(&q, value(i, TEXT_DIRECTION)->text);
    sql_text(&q, value(i, TEXT_TEXT)->text);
    sql_i64(&q, i->first_text);
    sql_i64(&q, call);
    sql_text(&q, value(i, TEXT_CAUSE)->text);
    int err = sql_get_i64(&q, &known);
    return err ? err : known != 0;
}

static int insert_text(struct import *i, int64_t line, int64_t contact, int64_t call)
{
    const char *state = value(i, TEXT_STATE)->text;
    bool waits = strcmp(state, "waiting") == 0 || strcmp(state, "queued") == 0 ||
                 strcmp(state, "sending") == 0;
    struct sql q = sql(i->s, "INSERT INTO message (id, line, contact, call, direction, text, cause,"
                             " urgency, state, parts, created, changed, due, sent, delivered,"
                             " error, acknowledged) VALUES (nullif(?1, 0), ?2, ?3, nullif(?4, 0),"
                             " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, iif(?5 = 'in', NULL, ?11), ?12,"
                             " ?13, ?14, 1) RETURNING id");
    sql_i64(&q, i->empty ? value(i, TEXT_ID)->i64 : 0);
    sql_i64(&q, line);
    sql_i64(&q, contact);
    sql_i64(&q, call);
    sql_text(&q, value(i, TEXT_DIRECTION)->text);
    sql_text(&q, value(i, TEXT_TEXT)->text);
    sql_text(&q, value(i, TEXT_CAUSE)->text);
    sql_i64(&q, urgency_of(value(i, TEXT_CAUSE)->text));
    sql_text(&q, waits ? "cancelled" : state);
    sql_i64(&q, value(i, TEXT_PARTS)->i64);
    sql_i64(&q, value(i, TEXT_CREATED)->i64);
    sql_wall(&q, (struct wall){value(i, TEXT_SENT)->i64});
    sql_wall(&q, (struct wall){value(i, TEXT_DELIVERED)->i64});
    sql_text(&q, waits ? "not sent before the history was exported" : value(i, TEXT_ERROR)->text);
    int64_t id;
    int err = sql_get_i64(&q, &id);
    err = err ? err : remember(i, IMPORT_TEXT, value(i, TEXT_ID)->i64, id);
    return err ? err : touch(i, contact);
}

static int take_text(struct import *i, const char *json)
{
    static const struct field fields[] = {
        [TEXT_ID] = {"id", FIELD_ID, false, NULL},
        [TEXT_LINE] = {"line", FIELD_TEXT, false, NULL},
        [TEXT_THREAD] = {"thread", FIELD_ID, false, NULL},
        [TEXT_NUMBER] = {"number", FIELD_NUMBER, false, NULL},
        [TEXT_DIRECTION] = {"direction", FIELD_WORD, false, "in|out"},
        [TEXT_TEXT] = {"text", FIELD_TEXT, false, NULL},
        [TEXT_CAUSE] = {"cause", FIELD_WORD, false,
                        "missed_call|follow_up|manual|lead|opt_out|help|digest|relay|received"},
        [TEXT_STATE] = {"state", FIELD_WORD, false,
                        "received|waiting|queued|sending|sent|delivered|failed|unknown|expired|"
                        "cancelled"},
        [TEXT_PARTS] = {"parts", FIELD_ID, false, NULL},
        [TEXT_CREATED] = {"created_at", FIELD_TIME, false, NULL},
        [TEXT_SENT] = {"sent_at", FIELD_TIME, true, NULL},
        [TEXT_DELIVERED] = {"delivered_at", FIELD_TIME, true, NULL},
        [TEXT_ERROR] = {"error", FIELD_TEXT, true, NULL},
        [TEXT_CALL] = {"call", FIELD_ID, true, NULL},
    };
    int64_t line, contact, call = 0;
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err < 0)
        return err;
    bool in = strcmp(value(i, TEXT_DIRECTION)->text, "in") == 0;
    if (in != (strcmp(value(i, TEXT_CAUSE)->text, "received") == 0) ||
        in != (strcmp(value(i, TEXT_STATE)->text, "received") == 0)) {
        snprintf(i->error, sizeof(i->error),
                 "\"direction\" is \"%s\", \"cause\" \"%s\" and "
                 "\"state\" \"%s\": they do not fit",
                 value(i, TEXT_DIRECTION)->text, value(i, TEXT_CAUSE)->text,
                 value(i, TEXT_STATE)->text);
        return -EINVAL;
    }
    err = store_line(i->s, value(i, TEXT_LINE)->text, &line);
    if (err == 0)
        err = import_thread(i, value(i, TEXT_NUMBER)->text, value(i, TEXT_THREAD)->i64,
                            value(i, TEXT_CREATED)->i64, &contact);
    if (err == 0 && value(i, TEXT_CALL)->there)
        err = import_recall(i, IMPORT_CALL, value(i, TEXT_CALL)->i64, &call);
    if (err == 0 || err == -ENOENT)
        err = is_known_text(i, contact, call);
    if (err == 0)
        err = insert_text(i, line, contact, call);
    else
        return err < 0 ? err : 0;
    return err < 0 ? err : 1;
}

int import_row(struct import *i, enum dump_table table, const char *json)
{
    int err = 0;
    i->row.rows = NULL;
    i->error[0] = '\0';
    switch (table) {
    case DUMP_CALLS:
        err = take_call(i, json);
        break;
    case DUMP_MESSAGES:
        err = take_text(i, json);
        break;
    case DUMP_THREADS:
        err = import_take_thread(i, json);
        break;
    case DUMP_NOTES:
        err = import_take_note(i, json);
        break;
    case DUMP_RESULTS:
        err = import_take_result(i, json);
        break;
    case DUMP_OPT_OUTS:
    case DUMP_SKIPPED:
    case DUMP_DOUBTFUL:
        err = import_take_number(i, table, json);
        break;
    case DUMP_FORGOTTEN:
        err = import_take_forgotten(i, json);
        break;
    case DUMP_LEADS:
        err = import_take_lead(i, json);
        break;
    case DUMP_FOLLOW_UPS: /* plans of the other box */
    case DUMP_EVENTS:
    case DUMP_RULES:
        break;
    }
    store_rows_free(i->row.rows);
    return err;
}

int import_end(struct import *i, bool keep)
{
    int err = keep ? import_settle(i) : 0;
    if (err == 0 && keep)
        err = store_commit(i->s);
    store_rollback(i->s);
    free(i);
    return err;
}
