#include "store/history.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>

#define MONTH "2592000" /* 30 days */

/* `queued` and `left` are those of the last automatic text that was said. `past_span` has one row.
 */
static const char *const tables[] = {
    "CREATE TEMP TABLE IF NOT EXISTS past_span (since INTEGER NOT NULL, upto INTEGER NOT NULL)",
    "CREATE TEMP TABLE IF NOT EXISTS past_person (contact INTEGER PRIMARY KEY,"
    " texted INTEGER NOT NULL, queued INTEGER, left INTEGER)",
    "CREATE INDEX IF NOT EXISTS temp.past_person_texted ON past_person (texted)",
    "CREATE TEMP TABLE IF NOT EXISTS past_text (contact INTEGER NOT NULL, at INTEGER NOT NULL,"
    " gone INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS temp.past_text_contact ON past_text (contact, at)",
    "CREATE INDEX IF NOT EXISTS temp.past_text_at ON past_text (at)",
    "DELETE FROM past_span",
    "DELETE FROM past_person",
    "DELETE FROM past_text",
};

/* A table must be there before a statement about it is prepared, so these are not kept. */
static int make_tables(struct store *s)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        int rc = sqlite3_exec(s->db, tables[i], NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return store_fail(s, rc);
    }
    return 0;
}

#define TEXTED " ON CONFLICT (contact) DO UPDATE SET texted = max(texted, excluded.texted)"

int history_open(struct store *s, struct wall since)
{
    int err = make_tables(s);
    if (err < 0)
        return err;
    struct sql q = sql(s, "INSERT INTO past_span (since, upto) VALUES (?1, ?1)");
    sql_i64(&q, since.s);
    err = sql_run(&q);
    if (err < 0)
        return err;
    q = sql(s, "INSERT INTO past_person (contact, texted) SELECT m.contact, m.due FROM message m"
               " WHERE m.created > ?1 - " MONTH " AND m.created <= ?1 AND m.due IS NOT NULL"
               " AND (m.cause <> 'missed_call'"
               "  OR (SELECT started FROM call WHERE id = m.call) < ?1)" TEXTED);
    sql_i64(&q, since.s);
    err = sql_run(&q);
    return err < 0 ? err : 0;
}

int history_facts(struct store *s, int64_t call, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT f.key, f.atom FROM call c, json_each(c.facts) f WHERE c.id = ?");
    sql_i64(&q, call);
    return sql_rows(&q, ret);
}

int history_fact_next(struct store_rows *r, struct history_fact *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct history_fact){.key = col_text(row[0]), .value = col_text(row[1])};
    return 1;
}

int history_text(struct store *s, int64_t message, struct history_text *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT text, due, sent, iif(" SCHEMA_SAID ", 0, changed), state, error"
                          ", iif(state IN ('waiting','queued'), 0, ifnull(sent, changed))"
                          " FROM message WHERE id = ?");
    sql_i64(&q, message);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct history_text){.text = col_text(row[0]),
                                 .due = col_wall(row[1]),
                                 .sent = col_wall(row[2]),
                                 .gone = col_wall(row[3]),
                                 .state = col_text(row[4]),
                                 .error = col_text(row[5]),
                                 .left = col_wall(row[6])};
    return 0;
}

int history_advance(struct store *s, struct wall now)
{
    struct sql q = sql(s, "INSERT INTO past_person (contact, texted) SELECT m.contact, m.due"
                          " FROM message m, past_span p WHERE m.created > p.upto"
                          " AND m.created <= ?1 AND m.due IS NOT NULL"
                          " AND m.cause <> 'missed_call'" TEXTED);
    sql_i64(&q, now.s);
    int err = sql_run(&q);
    if (err < 0)
        return err;
    q = sql(s, "UPDATE past_span SET upto = max(upto, ?)");
    sql_i64(&q, now.s);
    err = sql_run(&q);
    if (err < 0)
        return err;
    q = sql(s, "DELETE FROM past_text WHERE at < ? - " MONTH);
    sql_i64(&q, now.s);
    err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* What was said for calls before the span, as far as it was. */
#define BEFORE                                                           \
    " FROM message m JOIN call c ON c.id = m.call JOIN past_span p"      \
    " WHERE m.contact = ?1 AND m.cause = 'missed_call' AND " SCHEMA_SAID \
    " AND c.started < p.since"

/* Texts to people who wrote through a form, and reminders, are as they were. */
#define OTHERS                                                           \
    " FROM message WHERE contact = ?1 AND cause IN ('lead','follow_up')" \
    " AND " SCHEMA_SAID " AND created <= ?4"

int history_person(struct store *s, int64_t contact, struct wall since, int people_max,
                   struct wall now, struct history_person *ret)
{
    sqlite3_value **row;
    struct sql q =
        sql(s, "SELECT max(ifnull((SELECT iif(left <= ?4, left, queued) FROM past_person"
               "   WHERE contact = ?1),"
               "  ifnull((SELECT ifnull(m.sent, m.changed)" BEFORE
               "   ORDER BY m.created DESC LIMIT 1), 0)),"
               "  ifnull((SELECT max(at) FROM past_text WHERE contact = ?1 AND gone > ?4), 0),"
               "  ifnull((SELECT max(iif(sent <= ?4, sent, created))" OTHERS "), 0)),"
               " (SELECT count(*)" BEFORE " AND m.created > ?2)"
               " + (SELECT count(*)" OTHERS " AND created > ?2)"
               " + (SELECT count(*) FROM past_text WHERE contact = ?1 AND at > ?2"
               "  AND (gone = 0 OR gone > ?4)),"
               " (SELECT count(*) FROM (SELECT 1 FROM past_person WHERE texted > ?2 LIMIT ?3)),"
               " EXISTS (SELECT 1 FROM past_person WHERE contact = ?1 AND texted > ?2)");
    sql_i64(&q, contact);
    sql_i64(&q, since.s);
    sql_i64(&q, people_max);
    sql_i64(&q, now.s);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct history_person){.last_auto = col_wall(row[0]),
                                   .auto_texts = (int)col_i64(row[1]),
                                   .people = (int)col_i64(row[2]),
                                   .texted = col_i64(row[3]) != 0};
    return 0;
}

int history_say(struct store *s, int64_t contact, const struct history_said *said)
{
    bool gone = said->gone.s != 0;
    struct sql q = sql(s, "INSERT INTO past_text (contact, at, gone) VALUES (?, ?, ?)");
    sql_i64(&q, contact);
    sql_i64(&q, said->queued.s);
    sql_i64(&q, said->gone.s);
    int err = sql_run(&q);
    if (err < 0)
        return err;
    q = sql(s, "INSERT INTO past_person (contact, texted, queued, left) VALUES (?, ?, ?, ?)" TEXTED
               ", queued = ifnull(excluded.queued, queued), left = ifnull(excluded.left, left)");
    sql_i64(&q, contact);
    sql_i64(&q, said->due.s);
    sql_wall(&q, gone ? (struct wall){0} : said->queued);
    sql_wall(&q, gone ? (struct wall){0} : said->left);
    err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* Notes what `q` finds where it comes before what was found so far. */
static int find_first(struct sql *q, const char *why, const char **ret_why, struct wall *ret_at)
{
    int64_t at = 0;
    int err = sql_get_i64(q, &at);
    if (err == -ENOENT || at == 0)
        return err == -ENOENT ? 0 : err;
    if (err == 0 && (!*ret_why || at < ret_at->s)) {
        *ret_why = why;
        ret_at->s = at;
    }
    return err;
}

static void bind_span(struct sql *q, int64_t contact, struct wall from, struct wall to)
{
    sql_i64(q, contact);
    sql_i64(q, from.s);
    sql_i64(q, to.s);
}

int history_cancelled(struct store *s, int64_t contact, struct wall from, struct wall due,
                      struct wall answered, const char **ret_why, struct wall *ret_at)
{
    bool answers = answered.s != 0 && answered.s < due.s;
    *ret_why = NULL;
    struct sql q = sql(s, "SELECT ended FROM call WHERE contact = ?"
                          " AND outcome IN ('answered','answered_elsewhere')"
                          " AND started >= ? AND started < ? ORDER BY started LIMIT 1");
    bind_span(&q, contact, from, due);
    int err = find_first(&q, "a later call was answered", ret_why, ret_at);
    if (err == 0) {
        q = sql(s, "SELECT min(created) FROM message WHERE contact = ? AND cause = 'received'"
                   " AND " SCHEMA_SAID " AND created >= ? AND created < ?");
        bind_span(&q, contact, from, answers ? answered : due);
        err = find_first(&q, "they texted first", ret_why, ret_at);
    }
    if (err == 0) {
        q = sql(s, "SELECT min(created) FROM message WHERE contact = ? AND cause = 'manual'"
                   " AND " SCHEMA_SAID " AND created >= ? AND created < ?");
        bind_span(&q, contact, from, due);
        err = find_first(&q, "you texted first", ret_why, ret_at);
    }
    return err;
}
