/* What people here know of others, taken over: threads, notes, results, and who must not be texted.
 */
#include "import_parts.h"
#include "store/contacts.h"
#include "store/joined.h"
#include "store/people.h"
#include "store/progress.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int add_labels(struct import *i, int64_t thread, const char *list)
{
    struct store_rows *rows;
    sqlite3_value **row;
    struct sql q = sql(i->s, "SELECT value FROM json_each(?) WHERE type = 'text'"
                             " AND length(CAST(value AS BLOB)) BETWEEN 1 AND ?");
    sql_text(&q, list);
    sql_i64(&q, PROGRESS_LABEL_MAX);
    int err = sql_rows(&q, &rows);
    if (err < 0)
        return err;
    while (err >= 0 && (row = rows_next(rows)) != NULL)
        err = progress_label(i->s, thread, col_text(row[0]), true, i->at);
    store_rows_free(rows);
    return err < 0 ? err : 0;
}

enum thread_field {
    ID,
    NUMBER,
    NAME,
    STATE,
    UNREAD,
    WAITING,
    BLOCKED,
    LAST,
    SNOOZED,
    LABELS,
    JOINED
};

/* What the file says of a thread that is new here; import_settle() brings it about. */
static int note_state(struct import *i, int64_t thread)
{
    struct sql q = sql(i->s, "INSERT OR REPLACE INTO import_touched VALUES (?, ?, ?, ?, ?, ?)");
    sql_i64(&q, thread);
    sql_i64(&q, value(i, WAITING)->there);
    sql_text(&q, value(i, STATE)->text);
    sql_wall(&q, (struct wall){value(i, SNOOZED)->i64});
    sql_i64(&q, value(i, UNREAD)->i64);
    sql_i64(&q, value(i, LAST)->i64);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

/* The other thread may come later: import_settle() joins them. */
static int note_joined(struct import *i, int64_t thread)
{
    struct sql q = sql(i->s, "INSERT INTO import_joined VALUES (?, ?)");
    sql_i64(&q, thread);
    sql_i64(&q, value(i, JOINED)->i64);
    return sql_run(&q);
}

static int join_all(struct import *i)
{
    struct store_rows *rows;
    sqlite3_value **row;
    struct sql q = sql(i->s, "SELECT j.contact, k.ours FROM import_joined j JOIN import_known k"
                             " ON k.kind = ? AND k.theirs = j.thread");
    sql_i64(&q, IMPORT_THREAD);
    int err = sql_rows(&q, &rows);
    if (err < 0)
        return err;
    while (err >= 0 && (row = rows_next(rows)) != NULL)
        err = thread_merge(i->s, col_i64(row[1]), col_i64(row[0]), i->at);
    store_rows_free(rows);
    return err < 0 ? err : 0;
}

/* Whether somebody here has named this thread. */
static int is_named(struct import *i, int64_t thread)
{
    int64_t named = 0;
    struct sql q = sql(i->s, "SELECT name IS NOT NULL FROM contact WHERE id = ?");
    sql_i64(&q, thread);
    int err = sql_get_i64(&q, &named);
    return err ? err : named != 0;
}

int import_take_thread(struct import *i, const char *json)
{
    static const struct field fields[] = {
        [ID] = {"id", FIELD_ID, false, NULL},
        [NUMBER] = {"number", FIELD_NUMBER, false, NULL},
        [NAME] = {"name", FIELD_TEXT, true, NULL},
        [STATE] = {"state", FIELD_WORD, false, "open|snoozed|done"},
        [UNREAD] = {"unread", FIELD_COUNT, false, NULL},
        [WAITING] = {"waiting_since", FIELD_TIME, true, NULL},
        [BLOCKED] = {"blocked", FIELD_BOOL, false, NULL},
        [LAST] = {"last_at", FIELD_TIME, true, NULL},
        [SNOOZED] = {"snoozed_until", FIELD_TIME, true, NULL},
        [LABELS] = {"labels", FIELD_LIST, true, NULL},
        [JOINED] = {"joined_to", FIELD_ID, true, NULL},
    };
    int64_t thread = 0, named;
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err < 0)
        return err;
    if (value(i, NAME)->there && strlen(value(i, NAME)->text) > CONTACT_NAME_MAX) {
        snprintf(i->error, sizeof(i->error), "\"name\" has over %d octets", CONTACT_NAME_MAX);
        return -EINVAL;
    }
    int64_t last = value(i, LAST)->there ? value(i, LAST)->i64 : i->at.s;
    err = contact_find(i->s, value(i, NUMBER)->text, &thread);
    if (err < 0 && err != -ENOENT)
        return err;
    bool here = err == 0 && thread < i->first_thread;
    err = import_thread(i, value(i, NUMBER)->text, value(i, ID)->i64, last, &thread);
    if (err == 0 && !here)
        err = note_state(i, thread);
    if (err == 0 && value(i, NAME)->there) {
        err = is_named(i, thread);
        if (err == 0)
            err =
                contact_set_name(i->s, value(i, NUMBER)->text, value(i, NAME)->text, i->at, &named);
    }
    if (err >= 0 && value(i, LABELS)->there)
        err = add_labels(i, thread, value(i, LABELS)->text);
    if (err >= 0 && value(i, BLOCKED)->i64)
        err = person_block(i->s, value(i, NUMBER)->text, true, i->at);
    if (err >= 0 && value(i, JOINED)->there)
        err = note_joined(i, thread);
    return err < 0 ? err : !here;
}

static int known_thread(struct import *i, int64_t theirs, int64_t *ret)
{
    int err = import_recall(i, IMPORT_THREAD, theirs, ret);
    if (err != -ENOENT)
        return err;
    snprintf(i->error, sizeof(i->error), "\"thread\" is \"%lld\", of which nothing came before",
             (long long)theirs);
    return -EINVAL;
}

int import_take_note(struct import *i, const char *json)
{
    enum { THREAD, AT, TEXT };
    static const struct field fields[] = {{"thread", FIELD_ID, false, NULL},
                                          {"at", FIELD_TIME, false, NULL},
                                          {"text", FIELD_TEXT, false, NULL}};
    int64_t thread;
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err == 0)
        err = known_thread(i, value(i, THREAD)->i64, &thread);
    if (err < 0)
        return err;
    struct sql q = sql(i->s, "INSERT INTO note (contact, at, text) SELECT ?1, ?2, ?3 WHERE NOT"
                             " EXISTS (SELECT 1 FROM note WHERE contact = ?1 AND at = ?2"
                             " AND text = ?3)");
    sql_i64(&q, thread);
    sql_i64(&q, value(i, AT)->i64);
    sql_text(&q, value(i, TEXT)->text);
    return sql_run(&q);
}

int import_take_result(struct import *i, const char *json)
{
    enum { THREAD, AT, RESULT, AMOUNT, CURRENCY, WHY };
    static const struct field fields[] = {
        {"thread", FIELD_ID, false, NULL},         {"at", FIELD_TIME, false, NULL},
        {"result", FIELD_WORD, false, "won|lost"}, {"amount", FIELD_COUNT, true, NULL},
        {"currency", FIELD_TEXT, true, NULL},      {"why", FIELD_TEXT, true, NULL},
    };
    int64_t thread;
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err == 0 && value(i, AMOUNT)->there != value(i, CURRENCY)->there) {
        snprintf(i->error, sizeof(i->error), "\"amount\" and \"currency\" come together");
        err = -EINVAL;
    }
    if (err == 0)
        err = known_thread(i, value(i, THREAD)->i64, &thread);
    if (err < 0)
        return err;
    struct sql q = sql(i->s, "INSERT INTO result (contact, at, won, amount, currency, why) SELECT"
                             " ?1, ?2, ?3, iif(?4 < 0, NULL, ?4), ?5, ?6 WHERE NOT EXISTS (SELECT 1"
                             " FROM result WHERE contact = ?1 AND at = ?2 AND won = ?3"
                             " AND amount IS iif(?4 < 0, NULL, ?4))");
    sql_i64(&q, thread);
    sql_i64(&q, value(i, AT)->i64);
    sql_i64(&q, strcmp(value(i, RESULT)->text, "won") == 0);
    sql_i64(&q, value(i, AMOUNT)->there ? value(i, AMOUNT)->i64 : -1);
    sql_text(&q, value(i, CURRENCY)->text);
    sql_text(&q, value(i, WHY)->text);
    return sql_run(&q);
}

/* The evidence of a consent goes with its text. */
int import_take_lead(struct import *i, const char *json)
{
    enum { THREAD, RECEIVED, AT, WHO, CONSENT, CONSENT_TEXT, CONSENTED, SOURCE, REASON, ANSWER };
    static const struct field fields[] = {
        [THREAD] = {"thread", FIELD_ID, false, NULL},
        [RECEIVED] = {"received", FIELD_ID, false, NULL},
        [AT] = {"at", FIELD_TIME, false, NULL},
        [WHO] = {"name", FIELD_TEXT, true, NULL},
        [CONSENT] = {"consent", FIELD_BOOL, false, NULL},
        [CONSENT_TEXT] = {"consent_text", FIELD_TEXT, true, NULL},
        [CONSENTED] = {"consented_at", FIELD_TIME, true, NULL},
        [SOURCE] = {"source", FIELD_TEXT, true, NULL},
        [REASON] = {"reason", FIELD_TEXT, true, NULL},
        [ANSWER] = {"message", FIELD_ID, true, NULL},
    };
    int64_t thread, received, answer = 0;
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err == 0)
        err = known_thread(i, value(i, THREAD)->i64, &thread);
    if (err < 0)
        return err;
    err = import_recall(i, IMPORT_TEXT, value(i, RECEIVED)->i64, &received);
    if (err < 0) /* its text is here already, and so is the lead */
        return err == -ENOENT ? 0 : err;
    if (value(i, ANSWER)->there)
        err = import_recall(i, IMPORT_TEXT, value(i, ANSWER)->i64, &answer);
    if (err < 0 && err != -ENOENT)
        return err;
    struct sql q = sql(i->s, "INSERT INTO lead (contact, message, name, consent, consent_text,"
                             " consented, source, at, answer, reason) VALUES"
                             " (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)");
    sql_i64(&q, thread);
    sql_i64(&q, received);
    sql_text(&q, value(i, WHO)->text);
    sql_i64(&q, value(i, CONSENT)->i64);
    sql_text(&q, value(i, CONSENT_TEXT)->text);
    sql_wall(&q, (struct wall){value(i, CONSENTED)->i64});
    sql_text(&q, value(i, SOURCE)->text);
    sql_i64(&q, value(i, AT)->i64);
    sql_i64(&q, answer);
    sql_text(&q, value(i, REASON)->text);
    return sql_run(&q);
}

int import_take_number(struct import *i, enum dump_table table, const char *json)
{
    enum { NUMBER_OF, AT, SOURCE };
    static const struct field fields[] = {{"number", FIELD_NUMBER, false, NULL},
                                          {"at", FIELD_TIME, false, NULL},
                                          {"source", FIELD_TEXT, true, NULL}};
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err < 0)
        return err;
    const char *number = value(i, NUMBER_OF)->text, *source = value(i, SOURCE)->text;
    struct wall at = {value(i, AT)->i64};
    if (table == DUMP_OPT_OUTS)
        return optout_add(i->s, number, source ? source : "import", at);
    return table == DUMP_SKIPPED ? skip_add(i->s, number, at) : optout_doubt(i->s, number, at);
}

int import_take_forgotten(struct import *i, const char *json)
{
    enum { SALT, HASH, SOURCE, DOUBTFUL, SKIPPED, IS_BLOCKED, AT };
    static const struct field fields[] = {
        {"salt", FIELD_TEXT, false, NULL},    {"hash", FIELD_TEXT, false, NULL},
        {"source", FIELD_TEXT, true, NULL},   {"doubtful", FIELD_BOOL, false, NULL},
        {"skipped", FIELD_BOOL, false, NULL}, {"blocked", FIELD_BOOL, false, NULL},
        {"at", FIELD_TIME, false, NULL},
    };
    int err = import_read(i, json, fields, sizeof(fields) / sizeof(fields[0]));
    if (err < 0)
        return err;
    const char *salt = value(i, SALT)->text, *hash = value(i, HASH)->text;
    if (!forgotten_valid(salt, hash)) {
        snprintf(i->error, sizeof(i->error), "\"salt\" or \"hash\" is not as export writes it");
        return -EINVAL;
    }
    const struct forgotten_row row = {
        .salt = salt,
        .hash = hash,
        .source = value(i, SOURCE)->text,
        .doubtful = value(i, DOUBTFUL)->i64 != 0,
        .skipped = value(i, SKIPPED)->i64 != 0,
        .blocked = value(i, IS_BLOCKED)->i64 != 0,
        .at = {value(i, AT)->i64},
    };
    err = forgotten_take(i->s, &row);
    if (err != -EOVERFLOW)
        return err;
    snprintf(i->error, sizeof(i->error), "\"salt\" is one too many, expected at most %d in all",
             FORGOTTEN_SALTS_MAX);
    return -EINVAL;
}

/* Whoever was forgotten there has a thread here: then they are on the lists. */
static int recall_all(struct import *i)
{
    int64_t forgotten = 0;
    struct store_rows *rows;
    sqlite3_value **row;
    struct sql q = sql(i->s, "SELECT EXISTS (SELECT 1 FROM forgotten)");
    int err = sql_get_i64(&q, &forgotten);
    if (err < 0 || !forgotten)
        return err;
    q = sql(i->s, "SELECT number FROM contact ORDER BY id");
    err = sql_rows(&q, &rows);
    if (err < 0)
        return err;
    while (err == 0 && (row = rows_next(rows)) != NULL)
        err = forgotten_recall(i->s, col_text(row[0]));
    store_rows_free(rows);
    return err;
}

static int settle_thread(struct import *i, int64_t contact)
{
    static const char *const updates[] = {
        "UPDATE contact SET calls = (SELECT count(*) FROM call WHERE contact = ?1),"
        " messages = (SELECT count(*) FROM message WHERE contact = ?1),"
        " texted = (SELECT max(created) FROM message WHERE contact = ?1 AND direction = 'out'),"
        " last_at = max(iif(?1 < ?2, last_at, 0),"
        "  ifnull((SELECT max(started) FROM call WHERE contact = ?1), 0),"
        "  ifnull((SELECT max(created) FROM message WHERE contact = ?1), 0),"
        "  ifnull((SELECT last_at FROM import_touched WHERE contact = ?1), 0)) WHERE id = ?1",
        "UPDATE contact SET state = t.state, snoozed_until = t.snoozed_until, unread = t.unread,"
        " handled_text = iif(t.waits, NULL, (SELECT max(id) FROM message WHERE contact = ?1)),"
        " handled_call = iif(t.waits, NULL, (SELECT max(id) FROM call WHERE contact = ?1))"
        " FROM import_touched t WHERE contact.id = ?1 AND t.contact = ?1 AND t.state IS NOT NULL"
        " AND ?1 >= ?2",
    };
    int err = 0;
    for (size_t n = 0; err >= 0 && n < sizeof(updates) / sizeof(updates[0]); n++) {
        struct sql q = sql(i->s, updates[n]);
        sql_i64(&q, contact);
        sql_i64(&q, i->first_thread);
        err = sql_run(&q);
    }
    return err < 0 ? err : contact_refresh(i->s, contact);
}

int import_settle(struct import *i)
{
    struct store_rows *rows;
    sqlite3_value **row;
    int err = recall_all(i);
    if (err < 0)
        return err;
    struct sql q = sql(i->s, "SELECT contact FROM import_touched");
    err = sql_rows(&q, &rows);
    if (err < 0)
        return err;
    while (err == 0 && (row = rows_next(rows)) != NULL)
        err = settle_thread(i, col_i64(row[0]));
    store_rows_free(rows);
    return err ? err : join_all(i);
}
