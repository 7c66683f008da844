#include "store/progress.h"
#include "db.h"
#include "schema.h"
#include "store/joined.h"
#include <assert.h>
#include <errno.h>

#define LABELS_LISTED_MAX "1000"

/* What an event tells beyond the person; what is not there is left out of it. */
struct detail {
    const char *text, *label, *currency, *why;
    struct wall until;
    int64_t note, amount;
};

static int progress_event(struct store *s, int64_t thread, const char *type, const struct detail *d,
                          struct wall at)
{
    struct sql q =
        sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1, ?2, id,"
               " json_patch('{}', json_object('thread', id, 'number', number, 'name', name,"
               " 'state', state, 'note', nullif(?4, 0), 'text', ?5, 'label', ?6, 'until',"
               " strftime('%Y-%m-%dT%H:%M:%SZ', ?7, 'unixepoch'), 'amount', iif(?9 IS NULL, NULL,"
               " ?8), 'currency', ?9, 'why', ?10)) FROM contact WHERE id = ?3");
    sql_i64(&q, at.s);
    sql_text(&q, type);
    sql_i64(&q, thread);
    sql_i64(&q, d->note);
    sql_text(&q, d->text);
    sql_text(&q, d->label);
    sql_wall(&q, d->until);
    sql_i64(&q, d->amount);
    sql_text(&q, d->currency);
    sql_text(&q, d->why);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

static int thread_check(struct store *s, int64_t thread)
{
    int64_t found;
    struct sql q = sql(s, "SELECT id FROM contact WHERE id = ?");
    sql_i64(&q, thread);
    return sql_get_i64(&q, &found);
}

/* Opens a scope and makes sure of the thread. */
static int begin(struct scope *t, struct store *s, int64_t thread)
{
    int err = scope_open(t, s);
    return err == 0 ? thread_check(s, thread) : err;
}

/* To whichever of their numbers. */
static int cancel_automatic(struct store *s, int64_t thread, struct wall at)
{
    struct store_rows *rows;
    struct number_row number;
    int err = thread_numbers(s, thread, &rows);
    if (err < 0)
        return err;
    while (err >= 0 && thread_number_next(rows, &number) > 0)
        err = outbox_cancel_for(s, number.contact, URGENCY_AUTOMATIC, "done", at);
    store_rows_free(rows);
    return err;
}

/* Returns 1 where the state changed, with all that follows from it. */
static int set_done(struct store *s, int64_t thread, struct wall at)
{
    struct sql q = sql(
        s, "UPDATE contact SET state = 'done', unread = 0, handled_text ="
           " (SELECT max(id) FROM message WHERE contact IN " SCHEMA_MEMBERS(
               "?1") "),"
                     " handled_call = (SELECT max(id) FROM call WHERE contact IN " SCHEMA_MEMBERS(
                         "?1") ")"
                               " WHERE id = ?1 AND state <> 'done'");
    sql_i64(&q, thread);
    int changed = sql_run(&q);
    if (changed <= 0)
        return changed;
    int err = cancel_automatic(s, thread, at);
    if (err >= 0)
        err = contact_refresh(s, thread);
    return err < 0 ? err : 1;
}

int progress_done(struct store *s, int64_t thread, struct wall at)
{
    struct scope t;
    int err = begin(&t, s, thread);
    if (err == 0)
        err = set_done(s, thread, at);
    if (err == 1) {
        int told = progress_event(s, thread, "thread.done", &(struct detail){0}, at);
        err = told < 0 ? told : 1;
    }
    return scope_close(&t, err);
}

/* Returns 1 where it was not open, with the event. */
static int set_open(struct store *s, int64_t thread, struct wall at)
{
    struct sql q = sql(s, "UPDATE contact SET state = 'open', handled_text = NULL,"
                          " handled_call = NULL WHERE id = ?"
                          " AND state <> 'open'");
    sql_i64(&q, thread);
    int changed = sql_run(&q);
    if (changed <= 0)
        return changed;
    int err = contact_refresh(s, thread);
    if (err == 0)
        err = progress_event(s, thread, "thread.open", &(struct detail){0}, at);
    return err < 0 ? err : 1;
}

int progress_reopen(struct store *s, int64_t thread, struct wall at)
{
    struct scope t;
    int err = begin(&t, s, thread);
    if (err == 0)
        err = set_open(s, thread, at);
    return scope_close(&t, err);
}

int progress_snooze(struct store *s, int64_t thread, struct wall until, struct wall at)
{
    struct scope t;
    int err = begin(&t, s, thread);
    if (err == 0) {
        struct sql q =
            sql(s, "UPDATE contact SET state = 'snoozed', snoozed_until = ? WHERE id = ?");
        sql_i64(&q, until.s);
        sql_i64(&q, thread);
        err = sql_run(&q);
    }
    if (err >= 0)
        err = follow_ups_cancel_for(s, thread, "snoozed", at);
    if (err >= 0)
        err = progress_event(s, thread, "thread.snoozed", &(struct detail){.until = until}, at);
    err = scope_close(&t, err);
    return err < 0 ? err : 1;
}

static int find_due(struct store *s, struct wall now, int64_t *ret_thread)
{
    struct sql q = sql(s, "SELECT id FROM contact WHERE state = 'snoozed' AND snoozed_until <= ?"
                          " ORDER BY snoozed_until LIMIT 1");
    sql_i64(&q, now.s);
    return sql_get_i64(&q, ret_thread);
}

/* Opens the one that has been due for longest. Returns 1, or 0 where none is due. */
static int wake_one(struct store *s, struct wall now)
{
    int64_t thread;
    struct scope t;
    int err = find_due(s, now, &thread); /* who only looks does not wait for a writer */
    if (err < 0)
        return err == -ENOENT ? 0 : err;
    err = scope_open(&t, s);
    if (err == 0)
        err = find_due(s, now, &thread); /* somebody may have put it off, or done it, meanwhile */
    if (err == 0)
        err = set_open(s, thread, now);
    else if (err == -ENOENT)
        return scope_close(&t, 0);
    err = scope_close(&t, err);
    return err < 0 ? err : 1;
}

int progress_wake(struct store *s, struct wall now, struct wall *ret_next)
{
    int count = 0, err;
    while ((err = wake_one(s, now)) > 0)
        count++;
    if (err < 0)
        return err;
    struct sql q = sql(s, "SELECT min(snoozed_until) FROM contact WHERE state = 'snoozed'");
    err = sql_get_i64(&q, &ret_next->s);
    return err < 0 ? err : count;
}

int progress_note(struct store *s, int64_t thread, const char *text, struct wall at,
                  int64_t *ret_id)
{
    struct scope t;
    int64_t id = 0;
    int err = begin(&t, s, thread);
    if (err == 0) {
        struct sql q = sql(s, "INSERT INTO note (contact, text, at) VALUES (?, ?, ?) RETURNING id");
        sql_i64(&q, thread);
        sql_text(&q, text);
        sql_i64(&q, at.s);
        err = sql_get_i64(&q, &id);
    }
    if (err == 0)
        err = progress_event(s, thread, "thread.note", &(struct detail){.text = text, .note = id},
                             at);
    err = scope_close(&t, err);
    if (err == 0)
        *ret_id = id;
    return err;
}

int progress_label(struct store *s, int64_t thread, const char *label, bool on, struct wall at)
{
    struct scope t;
    int changed = begin(&t, s, thread);
    if (changed == 0) {
        struct sql q =
            on ? sql(s, "INSERT INTO label (contact, name) VALUES (?, ?) ON CONFLICT DO NOTHING")
               : sql(s, "DELETE FROM label WHERE contact = ? AND name = ?");
        sql_i64(&q, thread);
        sql_text(&q, label);
        changed = sql_run(&q);
    }
    if (changed > 0) {
        int err = progress_event(s, thread, on ? "thread.label" : "thread.unlabel",
                                 &(struct detail){.label = label}, at);
        changed = err < 0 ? err : 1;
    }
    return scope_close(&t, changed);
}

int progress_result(struct store *s, int64_t thread, const struct progress_result *result,
                    struct wall at)
{
    struct scope t;
    int err = begin(&t, s, thread);
    if (err == 0) {
        struct sql q = sql(s, "INSERT INTO result (contact, won, amount, currency, why, at)"
                              " VALUES (?1, ?2, iif(?4 IS NULL, NULL, ?3), ?4, ?5, ?6)");
        sql_i64(&q, thread);
        sql_i64(&q, result->won);
        sql_i64(&q, result->amount);
        sql_text(&q, result->currency);
        sql_text(&q, result->why);
        sql_i64(&q, at.s);
        err = sql_run(&q);
    }
    if (err >= 0)
        err = set_done(s, thread, at);
    if (err >= 0) {
        const struct detail d = {
            .amount = result->amount, .currency = result->currency, .why = result->why};
        err = progress_event(s, thread, result->won ? "thread.won" : "thread.lost", &d, at);
    }
    return scope_close(&t, err);
}

int progress_undo(struct store *s, int64_t thread, struct wall at)
{
    struct scope t;
    int changed = begin(&t, s, thread);
    if (changed == 0) {
        struct sql q = sql(s, "DELETE FROM result WHERE id = (SELECT max(id) FROM result"
                              " WHERE contact = ?)");
        sql_i64(&q, thread);
        changed = sql_run(&q);
    }
    if (changed > 0) {
        int err = progress_event(s, thread, "thread.undone", &(struct detail){0}, at);
        changed = err < 0 ? err : 1;
    }
    return scope_close(&t, changed);
}

int note_list(struct store *s, int64_t thread, int limit, struct store_rows **ret)
{
    assert(limit >= 1);
    struct sql q = sql(s, "SELECT id, at, text FROM note WHERE contact = ?"
                          " ORDER BY at DESC, id DESC LIMIT ?");
    sql_i64(&q, thread);
    sql_i64(&q, limit);
    int err = sql_rows(&q, ret);
    if (err == 0)
        rows_reverse(*ret);
    return err;
}

int note_next(struct store_rows *r, struct note_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret =
        (struct note_row){.id = col_i64(row[0]), .at = col_wall(row[1]), .text = col_text(row[2])};
    return 1;
}

int result_list(struct store *s, int64_t thread, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT won, amount IS NOT NULL, amount, currency, why, at,"
                          " " SCHEMA_RESULT_COUNTS " FROM result r WHERE contact = ? ORDER BY id");
    sql_i64(&q, thread);
    return sql_rows(&q, ret);
}

int result_next(struct store_rows *r, struct result_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct result_row){
        .result = {.won = col_i64(row[0]) != 0,
                   .amount = col_i64(row[2]),
                   .currency = col_text(row[3]),
                   .why = col_text(row[4])},
        .has_amount = col_i64(row[1]) != 0,
        .at = col_wall(row[5]),
        .counts = col_i64(row[6]) != 0,
    };
    return 1;
}

int label_list(struct store *s, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT name, count(*) FROM label GROUP BY name ORDER BY name"
                          " LIMIT " LABELS_LISTED_MAX);
    return sql_rows(&q, ret);
}

int label_next(struct store_rows *r, struct label_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct label_row){.name = col_text(row[0]), .threads = (int)col_i64(row[1])};
    return 1;
}
