/* The whole database as everybody may read it, when all has come to rest. */
#include "truth_parts.h"
#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

#define WAITS_S 3600         /* a text that is due for so long will never go ... */
#define WINDOW_S (13 * 3600) /* ... but what a cap may hold up all day: follow-ups, the owner's */

typedef void judge_fn(struct truth *t, sqlite3_stmt *row);

static const char *text(sqlite3_stmt *row, int column)
{
    const unsigned char *s = sqlite3_column_text(row, column);
    return s ? (const char *)s : "";
}

static void each(struct truth *t, sqlite3 *db, const char *query, judge_fn *judge)
{
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(db, query, -1, &row, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        judge(t, row);
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_DONE)
        truth_break(t, "P1", "the database cannot be read: %s", sqlite3_errmsg(db));
    sqlite3_finalize(row);
}

static void judge_integrity(struct truth *t, sqlite3_stmt *row)
{
    if (strcmp(text(row, 0), "ok") != 0)
        truth_break(t, "P1", "the database is damaged: %s", text(row, 0));
}

static void judge_reference(struct truth *t, sqlite3_stmt *row)
{
    truth_break(t, "P1", "a row of %s refers to nothing", text(row, 0));
}

#define CALLS \
    "SELECT id, ifnull(number, ''), outcome, decision, reason, message, withheld FROM v_calls"

static void judge_call(struct truth *t, sqlite3_stmt *row)
{
    int64_t id = sqlite3_column_int64(row, 0);
    bool known = text(row, 1)[0] != '\0' || sqlite3_column_int(row, 6) != 0;
    struct truth_person *p = known ? truth_find(t, text(row, 1)) : NULL;
    bool texted = strcmp(text(row, 3), "text") == 0;
    if (strcmp(text(row, 2), "ringing") == 0)
        truth_break(t, "P1", "c%" PRId64 " rings for ever", id);
    else if (strcmp(text(row, 3), "pending") == 0)
        truth_break(t, "P1", "c%" PRId64 " is never decided on", id);
    else if (texted ? sqlite3_column_int64(row, 5) == 0 : text(row, 4)[0] == '\0')
        truth_break(t, "P7", "c%" PRId64 " has neither a text nor a reason", id);
    t->rows++;
    if (p)
        p->rows++;
    for (size_t i = 0; i < t->tolds; i++)
        if (t->told[i].row == id && t->told[i].who == p)
            t->told[i].row = 0;
}

/* A call whose number the modem did not tell (it had forgotten AT+CLIP) may be anybody's. */
static void judge_calls(struct truth *t, sqlite3 *db)
{
    int calls = 0;
    each(t, db, CALLS, judge_call);
    for (size_t i = 0; i < t->tolds; i++)
        if (t->told[i].row != 0)
            truth_break(t, "P1", "c%" PRId64 " of %s is gone", t->told[i].row,
                        t->told[i].who->number);
    for (size_t i = 0; i < t->people; i++) {
        const struct truth_person *p = &t->person[i];
        calls += p->rung + p->split;
        if (p->rows > p->rung + p->split && !p->damaged)
            truth_break(t, "P1", "%s: %d calls, %d rows", p->number, p->rung, p->rows);
    }
    if (t->rows > calls && t->lossy_at == 0)
        truth_break(t, "P1", "%d calls at most, %d rows", calls, t->rows);
}

#define TEXTS                                             \
    "SELECT id, number, text, state, cause, parts, held," \
    " CAST(strftime('%s', due_at) AS INTEGER) FROM v_messages WHERE direction = 'out'"

/* A text that its owner's cap has held may leave at this moment: it has so long, for all its parts.
 */
#define SENDING_S 600
#define SENDING "SELECT 1 FROM v_messages WHERE state = 'sending'"

/* How often this text was taken by the network, and whether one of them was reported. */
static int count_sent(const struct truth *t, const char *number, const char *body,
                      bool *ret_reported)
{
    uint64_t hash = truth_hash(body);
    int count = 0;
    *ret_reported = false;
    for (size_t i = 0; i < t->sents; i++) {
        const struct truth_sent *m = &t->sent[i];
        if (m->hash != hash || strcmp(m->to->number, number) != 0)
            continue;
        count++;
        *ret_reported = *ret_reported || m->told;
    }
    return count;
}

static void judge_message(struct truth *t, sqlite3_stmt *row)
{
    bool reported, manual = strcmp(text(row, 4), "manual") == 0, held = sqlite3_column_int(row, 6);
    int64_t id = sqlite3_column_int64(row, 0), due = sqlite3_column_int64(row, 7);
    const struct truth_person *p = truth_find(t, text(row, 1));
    bool long_good = strcmp(text(row, 4), "follow_up") == 0 || (p && p->owner);
    const char *state = text(row, 3);
    int sent = count_sent(t, text(row, 1), text(row, 2), &reported);
    if (strcmp(state, "sending") == 0)
        truth_break(t, "P4", "m%" PRId64 " is being sent for ever", id);
    if ((strcmp(state, "queued") == 0 || strcmp(state, "waiting") == 0) && !held &&
        due + (long_good ? WINDOW_S : WAITS_S) < t->w->now.wall.s && t->paused == 0 &&
        truth_now(t) > t->held_until)
        truth_break(t, "P4", "m%" PRId64 " waits for ever", id);
    if (!p || p->damaged)
        return; /* a result that was damaged tells of another TP-MR, or of a refusal */
    if ((strcmp(state, "delivered") == 0 && !reported) || (strcmp(state, "sent") == 0 && sent == 0))
        truth_break(t, "P2", "m%" PRId64 " is shown as %s, and the network knows nothing of it", id,
                    state);
    if (manual && sent > 2) /* the words of each are its own */
        truth_break(t, "P2", "m%" PRId64 " was sent %d times", id, sent);
    if (manual && sent > 0 && (strcmp(state, "cancelled") == 0 || strcmp(state, "expired") == 0))
        truth_break(t, "P5", "m%" PRId64 " is shown as %s, and was sent", id, state);
}

#define TIMES                                                                 \
    "SELECT 'call', id FROM v_calls WHERE min(started_at, ended_at) < '2020'" \
    " UNION ALL SELECT 'text', id FROM v_messages WHERE created_at < '2020'"  \
    " UNION ALL SELECT 'event', id FROM event WHERE at < 1577836800"

/* P9: what a clock of 1970 wrote is right once the time is known. */
static void judge_time(struct truth *t, sqlite3_stmt *row)
{
    truth_break(t, "P9", "%s %s is shown at a time before this program was written", text(row, 0),
                text(row, 1));
}

static void judge_json(struct truth *t, sqlite3_stmt *row)
{
    truth_break(t, "P8", "the data of event %s are no JSON", text(row, 0));
}

void truth_times(struct truth *t)
{
    sqlite3 *db = NULL;
    if (t->w->service && sqlite3_open_v2(t->w->path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        each(t, db, TIMES, judge_time);
    sqlite3_close(db);
}

static bool sends(const struct truth *t)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    bool found = sqlite3_open_v2(t->w->path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                 sqlite3_prepare_v2(db, SENDING, -1, &row, NULL) == SQLITE_OK &&
                 sqlite3_step(row) == SQLITE_ROW;
    sqlite3_finalize(row);
    sqlite3_close(db);
    return found;
}

void truth_end(struct truth *t)
{
    sqlite3 *db = NULL;
    for (int i = 0; i < SENDING_S && sends(t); i++)
        world_run(t->w, 1000);
    truth_look(t);
    if (sqlite3_open_v2(t->w->path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        truth_break(t, "P1", "the database does not open: %s", sqlite3_errmsg(db));
    } else {
        each(t, db, "PRAGMA integrity_check", judge_integrity);
        each(t, db, "PRAGMA foreign_key_check", judge_reference);
        each(t, db, "SELECT id FROM event WHERE NOT json_valid(data)", judge_json);
        each(t, db, TIMES, judge_time);
        judge_calls(t, db);
        each(t, db, TEXTS, judge_message);
    }
    sqlite3_close(db);
    for (size_t i = 0; i < t->texts; i++)
        if (!t->text[i].received && !t->text[i].damaged)
            truth_break(t, "P3", "a text from %s was never received", t->text[i].from->number);
    if (t->w->store_errors != 0)
        truth_break(t, "P1", "the store failed");
}
