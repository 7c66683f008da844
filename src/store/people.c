#include "store/people.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>

#define OF_CAUSE(cause) "FROM message WHERE contact = c.id AND cause = '" cause "' AND " SCHEMA_SAID
/* When the last text of a cause was said; 0 never. */
#define LAST(cause) "ifnull((SELECT max(created) " OF_CAUSE(cause) "), 0)"
/* When it left, or where it has not, began to wait; 0 never. It has not left before it was written,
 * whatever a clock said that was stepped meanwhile. */
#define LEFT(cause)                                                 \
    "ifnull((SELECT max(created, ifnull(sent, changed)) " OF_CAUSE( \
        cause) " ORDER BY created DESC LIMIT 1), 0)"
/* When they wrote last; a web form is no conversation. */
#define LAST_HEARD                                                         \
    "ifnull((SELECT created FROM message WHERE contact = c.id"             \
    " AND cause = 'received' AND " SCHEMA_SAID                             \
    " AND NOT EXISTS (SELECT 1 FROM lead WHERE lead.message = message.id)" \
    " ORDER BY created DESC LIMIT 1), 0)"
#define LAST_AUTO "nullif(max(" LEFT("missed_call") "," LEFT("lead") "," LEFT("follow_up") "), 0)"
#define LAST_TALK "max(" LAST("manual") "," LAST_HEARD ")"
#define LAST_ANSWERS LAST("help") "," LAST("opt_out")

int person_facts(struct store *s, const char *number, struct person_facts *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT EXISTS (SELECT 1 FROM opt_out WHERE number = ?1), c.blocked, c.name,"
               " " LAST_AUTO ", " LAST_TALK ", EXISTS (SELECT 1 FROM skip WHERE number = ?1),"
               " EXISTS (SELECT 1 FROM doubt WHERE number = ?1),"
               " (SELECT iif(count(*) >= 2, max(u.at), NULL) FROM undeliverable u"
               "  WHERE u.contact = c.id AND u.message > ifnull((SELECT max(id) FROM message"
               "  WHERE contact = c.id AND (delivered IS NOT NULL OR direction = 'in')), 0)),"
               " " LAST_ANSWERS ", (SELECT until FROM mute WHERE number = ?1), c.id"
               " FROM (SELECT 1) LEFT JOIN contact c ON c.number = ?1");
    sql_text(&q, number);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct person_facts){
        .opted_out = col_i64(row[0]) != 0,
        .blocked = col_i64(row[1]) != 0,
        .name = col_text(row[2]),
        .last_auto = col_wall(row[3]),
        .last_talk = col_wall(row[4]),
        .skipped = col_i64(row[5]) != 0,
        .doubtful = col_i64(row[6]) != 0,
        .undeliverable = col_wall(row[7]),
        .last_help = col_wall(row[8]),
        .last_confirmation = col_wall(row[9]),
        .muted = col_wall(row[10]),
    };
    return col_i64(row[11]) ? 0 : forgotten_facts(s, number, ret);
}

static int optout_event(struct store *s, const char *number, const char *source, bool out,
                        struct wall at)
{
    struct sql q = sql(s, "INSERT INTO event (at, type, contact, data) VALUES (?1, 'opt_out',"
                          " (SELECT id FROM contact WHERE number = ?2), json_object('number', ?2,"
                          " 'thread', (SELECT id FROM contact WHERE number = ?2), 'source', ?3,"
                          " 'opted_out', json(iif(?4, 'true', 'false'))))");
    sql_i64(&q, at.s);
    sql_text(&q, number);
    sql_text(&q, source);
    sql_i64(&q, out);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* What follows for the thread of `number`, if there is one: what waits, `from` that urgency on, is
 * cancelled. */
static int person_changed(struct store *s, const char *number, enum message_urgency from,
                          const char *why, struct wall at)
{
    int64_t contact;
    int err = contact_find(s, number, &contact);
    if (err == 0 && why)
        err = outbox_cancel_for(s, contact, from, why, at);
    if (err >= 0)
        err = contact_refresh(s, contact);
    return err == -ENOENT ? 0 : err;
}

/* Takes `number` off a list of numbers (`text` deletes from it). Returns 1, or 0. */
static int take_off(struct store *s, const char *text, const char *number)
{
    struct sql q = sql(s, text);
    sql_text(&q, number);
    return sql_run(&q);
}

static int settle_doubt(struct store *s, const char *number)
{
    return take_off(s, "DELETE FROM doubt WHERE number = ?", number);
}

int optout_add(struct store *s, const char *number, const char *source, struct wall at)
{
    struct scope t;
    int changed = 0;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "INSERT INTO opt_out (number, source, at) VALUES (?, ?, ?)"
                              " ON CONFLICT DO NOTHING");
        sql_text(&q, number);
        sql_text(&q, source);
        sql_i64(&q, at.s);
        changed = sql_run(&q);
        err = changed < 0 ? changed : 0;
    }
    if (err == 0)
        err = settle_doubt(s, number);
    if (err >= 0)
        err = person_changed(s, number, URGENCY_MANUAL, "opted out", at);
    if (err == 0 && changed)
        err = optout_event(s, number, source, true, at);
    err = scope_close(&t, err);
    return err < 0 ? err : changed;
}

int optout_remove(struct store *s, const char *number, const char *source, struct wall at)
{
    struct scope t;
    int changed = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = forgotten_recall(s, number);
    if (err == 0) {
        changed = take_off(s, "DELETE FROM opt_out WHERE number = ?", number);
        err = changed < 0 ? changed : settle_doubt(s, number);
        changed = changed > 0 || err > 0;
    }
    err = err < 0 ? err : 0;
    if (err == 0 && changed)
        err = person_changed(s, number, URGENCY_MANUAL, NULL, at);
    if (err == 0 && changed)
        err = optout_event(s, number, source, false, at);
    err = scope_close(&t, err);
    return err < 0 ? err : changed;
}

int optout_heard(struct store *s, const char *number, int64_t *ret_message)
{
    struct sql q = sql(s, "SELECT max(m.id) FROM contact c CROSS JOIN message m ON m.contact = c.id"
                          " WHERE c.number = ? AND m.direction = 'in'");
    sql_text(&q, number);
    return sql_get_i64(&q, ret_message);
}

int optout_doubt(struct store *s, const char *number, struct wall at)
{
    struct scope t;
    int changed = 0;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "INSERT INTO doubt (number, at) SELECT ?1, ?2 WHERE NOT EXISTS"
                              " (SELECT 1 FROM opt_out WHERE number = ?1) ON CONFLICT DO NOTHING");
        sql_text(&q, number);
        sql_i64(&q, at.s);
        changed = sql_run(&q);
        err = changed < 0 ? changed : 0;
    }
    if (err == 0 && changed)
        err = person_changed(s, number, URGENCY_AUTOMATIC, "may have opted out", at);
    if (err == 0 && changed) {
        struct sql q = sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1,"
                              " 'opt_out.doubtful', id, json_object('number', number, 'thread', id)"
                              " FROM contact WHERE number = ?2");
        sql_i64(&q, at.s);
        sql_text(&q, number);
        err = sql_run(&q);
    }
    err = scope_close(&t, err);
    return err < 0 ? err : changed;
}

int optout_list_doubts(struct store *s, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT d.number, c.name, '', d.at FROM doubt d"
                          " LEFT JOIN contact c ON c.number = d.number ORDER BY d.at");
    return sql_rows(&q, ret);
}

int skip_add(struct store *s, const char *number, struct wall at)
{
    struct scope t;
    int changed = 0;
    int err = scope_open(&t, s);
    if (err == 0) {
        struct sql q = sql(s, "INSERT INTO skip (number, at) VALUES (?, ?) ON CONFLICT DO NOTHING");
        sql_text(&q, number);
        sql_i64(&q, at.s);
        changed = sql_run(&q);
        err = changed < 0 ? changed : 0;
    }
    if (err == 0)
        err = person_changed(s, number, URGENCY_AUTOMATIC, "on the skip list", at);
    err = scope_close(&t, err);
    return err < 0 ? err : changed;
}

int skip_remove(struct store *s, const char *number)
{
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = forgotten_recall(s, number);
    if (err == 0)
        err = take_off(s, "DELETE FROM skip WHERE number = ?", number);
    return scope_close(&t, err);
}

int skip_list(struct store *s, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT k.number, c.name, '', k.at FROM skip k"
                          " LEFT JOIN contact c ON c.number = k.number ORDER BY k.number");
    return sql_rows(&q, ret);
}

int optout_list(struct store *s, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT o.number, c.name, o.source, o.at FROM opt_out o"
                          " LEFT JOIN contact c ON c.number = o.number ORDER BY o.number");
    return sql_rows(&q, ret);
}

int optout_next(struct store_rows *r, struct optout_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct optout_row){
        .number = col_text(row[0]),
        .name = col_text(row[1]),
        .source = col_text(row[2]),
        .at = col_wall(row[3]),
    };
    return 1;
}

int person_block(struct store *s, const char *number, bool blocked, struct wall at)
{
    struct scope t;
    int64_t contact;
    int changed = 0;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_make(s, number, at, &contact);
    if (err == 0) {
        struct sql q = sql(s, "UPDATE contact SET blocked = ?1 WHERE id = ?2 AND blocked <> ?1");
        sql_i64(&q, blocked);
        sql_i64(&q, contact);
        changed = sql_run(&q);
        err = changed < 0 ? changed : 0;
    }
    if (err == 0)
        err = person_changed(s, number, URGENCY_OPT_OUT, blocked ? "blocked" : NULL, at);
    err = scope_close(&t, err);
    return err < 0 ? err : changed;
}

int pause_set(struct store *s, struct wall until, bool hard, struct wall at)
{
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = setting_set_i64(s, "paused_until", until.s);
    if (err == 0)
        err = setting_set_i64(s, "paused_hard", until.s != 0 && hard);
    if (err == 0 && until.s == 0)
        err = setting_set_i64(s, "stopped_until", 0);
    if (err == 0 && until.s == 0)
        err = setting_set_i64(s, "stopped_at", at.s);
    return scope_close(&t, err);
}

int pause_get(struct store *s, struct wall now, struct pause *ret)
{
    int64_t until, hard, stopped;
    int err = setting_get_i64(s, "paused_until", 0, &until);
    if (err == 0)
        err = setting_get_i64(s, "paused_hard", 0, &hard);
    if (err == 0)
        err = setting_get_i64(s, "stopped_until", 0, &stopped);
    if (err != 0)
        return err;
    bool paused = until > now.s;
    *ret = (struct pause){.until = {paused ? until : 0},
                          .hard = paused && hard != 0,
                          .stopped = {stopped > now.s ? stopped : 0}};
    return 0;
}

int away_set(struct store *s, struct wall until)
{
    return setting_set_i64(s, "away_until", until.s);
}

int away_get(struct store *s, struct wall now, struct wall *ret_until)
{
    int64_t until;
    int err = setting_get_i64(s, "away_until", 0, &until);
    if (err == 0)
        ret_until->s = until > now.s ? until : 0;
    return err;
}

int day_counts(struct store *s, struct wall since, struct day_counts *ret)
{
    sqlite3_value **row;
    struct sql q = sql(
        s, "SELECT count(*), total(c.outcome IN ('missed','rejected')), total(m.sent IS NOT NULL),"
           " total(m.sent IS NOT NULL AND EXISTS (SELECT 1 FROM message r"
           "  WHERE r.contact = c.contact AND r.cause = 'received' AND " SCHEMA_SAID
           "  AND r.created >= m.created AND r.id > m.id))"
           " FROM call c LEFT JOIN message m ON m.call = c.id AND m.cause = 'missed_call'"
           " AND m.call IS NOT NULL WHERE c.started >= ?");
    sql_i64(&q, since.s);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct day_counts){
        .calls = (int)col_i64(row[0]),
        .missed = (int)col_i64(row[1]),
        .texted = (int)col_i64(row[2]),
        .replied = (int)col_i64(row[3]),
    };
    return 0;
}
