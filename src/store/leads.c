#include "store/leads.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>

static int find_again(struct store *s, int64_t contact, const struct lead_new *lead,
                      int64_t *ret_id)
{
    struct sql q = sql(s, "SELECT l.id FROM lead l JOIN message m ON m.id = l.message"
                          " WHERE l.id IN (SELECT id FROM lead WHERE contact = ?1"
                          "  ORDER BY id DESC LIMIT 20) AND m.text = ?2 AND abs(l.at - ?3) < ?4"
                          " LIMIT 1");
    sql_i64(&q, contact);
    sql_text(&q, lead->text);
    sql_i64(&q, lead->at.s);
    sql_i64(&q, LEADS_AGAIN_S);
    return sql_get_i64(&q, ret_id);
}

static int add_text(struct store *s, const struct lead_new *lead, int64_t contact, int64_t *ret_id)
{
    struct sql q = sql(s, "INSERT INTO message (line, contact, direction, text, cause, urgency,"
                          " state, parts, created, changed)"
                          " VALUES (?1, ?2, 'in', ?3, 'received', ?4, 'received', 1, ?5, ?5)"
                          " RETURNING id");
    sql_i64(&q, lead->line);
    sql_i64(&q, contact);
    sql_text(&q, lead->text);
    sql_i64(&q, URGENCY_RECEIVED);
    sql_i64(&q, lead->at.s);
    return sql_get_i64(&q, ret_id);
}

static int add_lead(struct store *s, const struct lead_new *lead, int64_t contact, int64_t message,
                    int64_t *ret_id)
{
    struct sql q = sql(s, "INSERT INTO lead (contact, message, name, consent, consent_text,"
                          " consented, source, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
    sql_i64(&q, contact);
    sql_i64(&q, message);
    sql_text(&q, lead->name);
    sql_i64(&q, lead->consent);
    sql_text(&q, lead->consent_text);
    sql_wall(&q, lead->consented);
    sql_text(&q, lead->source);
    sql_i64(&q, lead->at.s);
    return sql_get_i64(&q, ret_id);
}

/* An automatic text that waits for them still goes: it answers what they did before. */
static int add(struct store *s, const struct lead_new *lead, int64_t contact, int64_t *ret_id)
{
    int64_t message;
    int err = add_text(s, lead, contact, &message);
    if (err == 0)
        err = add_lead(s, lead, contact, message, ret_id);
    if (err == 0)
        err = follow_ups_cancel_for(s, contact, "they filled in a web form", lead->at);
    if (err == 0)
        err = contact_wrote(s, contact, lead->at);
    if (err >= 0)
        err = contact_refresh(s, contact);
    return err != 0 ? err : message_event(s, message, "message.received", lead->at);
}

int leads_add(struct store *s, const struct lead_new *lead, int64_t *ret_id)
{
    int64_t contact, id = 0;
    struct scope t;
    int err = scope_open(&t, s);
    if (err == 0)
        err = contact_make(s, lead->number, lead->at, &contact);
    if (err == 0)
        err = find_again(s, contact, lead, &id);
    if (err == 0)
        err = -EEXIST;
    else if (err == -ENOENT)
        err = add(s, lead, contact, &id);
    if (err == 0 || err == -EEXIST)
        *ret_id = id;
    return scope_close(&t, err);
}

static int lead_event(struct store *s, int64_t id, struct wall at)
{
    struct sql q =
        sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1, 'lead', l.contact,"
               " json_object('id', l.id, 'thread', l.contact, 'number', p.number, 'name', l.name,"
               " 'text', m.text, 'consent', json(iif(l.consent, 'true', 'false')), 'source',"
               " l.source, 'decision', iif(l.reason IS NULL, 'text', 'no_text'), 'reason',"
               " l.reason, 'message', l.answer) FROM lead l JOIN contact p ON p.id = l.contact"
               " JOIN message m ON m.id = l.message WHERE l.id = ?2");
    sql_i64(&q, at.s);
    sql_i64(&q, id);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int leads_decide(struct store *s, int64_t id, const char *reason, int64_t answer,
                 const struct call_rule *rules, size_t rule_count, const char *config,
                 const char *facts, struct wall at)
{
    assert((reason == NULL) == (answer != 0));
    struct sql q = sql(s, "UPDATE lead SET reason = ?, answer = nullif(?, 0),"
                          " config = nullif(?, ''), facts = ? WHERE id = ?");
    sql_text(&q, reason);
    sql_i64(&q, answer);
    sql_text(&q, config);
    sql_text(&q, facts);
    sql_i64(&q, id);
    int err = sql_run(&q);
    if (err >= 0)
        err = rules_add(
            s, "INSERT INTO lead_rule (lead, seq, rule, stop, detail) VALUES (?, ?, ?, ?, ?)", id,
            rules, rule_count);
    return err < 0 ? err : lead_event(s, id, at);
}

int leads_get(struct store *s, int64_t id, struct lead_row *ret)
{
    sqlite3_value **row;
    struct sql q = sql(
        s, "SELECT l.id, l.contact, l.message, ifnull(l.answer, 0), n.name, p.number, l.name,"
           " m.text, l.consent, l.consent_text, l.source, l.consented, l.at, l.reason,"
           " l.config, " SCHEMA_JSON("l.facts") " FROM lead l JOIN contact p ON p.id = l.contact"
                                                " JOIN message m ON m.id = l.message JOIN line n "
                                                "ON n.id = m.line WHERE l.id = ?");
    sql_i64(&q, id);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct lead_row){
        .id = col_i64(row[0]),
        .thread = col_i64(row[1]),
        .message = col_i64(row[2]),
        .answer = col_i64(row[3]),
        .line = col_text(row[4]),
        .number = col_text(row[5]),
        .name = col_text(row[6]),
        .text = col_text(row[7]),
        .consent = col_i64(row[8]) != 0,
        .consent_text = col_text(row[9]),
        .source = col_text(row[10]),
        .consented = col_wall(row[11]),
        .at = col_wall(row[12]),
        .reason = col_text(row[13]),
        .config = col_text(row[14]),
        .facts = col_text(row[15]),
    };
    return 0;
}

int leads_rules(struct store *s, int64_t id, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT rule, stop, detail FROM lead_rule WHERE lead = ? ORDER BY seq");
    sql_i64(&q, id);
    return sql_rows(&q, ret);
}
