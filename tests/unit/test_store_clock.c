/* tests/unit/test_store_clock.c - what was written by a clock that was wrong has a time that can be
 * once the right one is known: each time of each table.  A day under the wrong clock is played, and
 * the program starts with the right one; or the clock is wrong for a while, and no time shows it.
 */
#include "store/progress.h"
#include "store_script.h"
#include "tap.h"

#define DAY INT64_C(86400)
#define EVERYTHING \
    "miss auto +5 take sent:1 +3 rep:1:d in man:2 +1 take unk:9 +20 stop +1 start answer ring"

/* The times of 1970 move together.  Those ahead become now, but for the departures, which move. */
static const struct row {
    const char *name, *words;
    int64_t start; /* by the wrong clock */
    int64_t took;  /* how long before now the oldest was written; -1 it all stays */
} rows[] = {
    {"1970: all there is", EVERYTHING, 1000, 32},
    {"1970: a call that rings", "ring", 1000, 0},
    {"1970: they text", "in +60 in", 1000, 60},
    {"1970: a text by hand", "man", 1000, 0},
    {"1970: an opt-out", "stop", 1000, 0},
    {"a month ahead: all there is", EVERYTHING, SCRIPT_START + 30 * DAY, 4},
    {"a month ahead: a call that rings", "ring", SCRIPT_START + 30 * DAY, 0},
    {"a month ahead: they text", "in +60 in", SCRIPT_START + 30 * DAY, 0},
    {"a month ahead: an opt-out", "stop", SCRIPT_START + 30 * DAY, 0},
    {"three days ahead may be right", "miss auto +5 in +60 man stop", SCRIPT_START + 3 * DAY, -1},
    {"a day ago is", EVERYTHING, SCRIPT_START - DAY, -1},
};

/* Every column of every table that is a time of the past by its name. */
#define TIMES                                                                                   \
    "SELECT group_concat('SELECT min(' || c.name || ') AS first, max(' || c.name || ') AS last" \
    " FROM ' || t.name, ' UNION ALL ') FROM sqlite_schema t, pragma_table_info(t.name) c"       \
    " WHERE t.type = 'table' AND c.name IN ('started', 'ended', 'created', 'changed', 'sent',"  \
    " 'taken', 'delivered', 'received', 'waiting_since', 'last_at', 'texted', 'at', 'since')"

/* The oldest and the newest time of all tables. */
static int read_span(struct store *s, int64_t *ret_first, int64_t *ret_last)
{
    char *queries = NULL, *all;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(s->db, TIMES, -1, &stmt, NULL);
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        queries =
            sqlite3_mprintf("SELECT min(first), max(last) FROM (%s)", sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    all = queries ? queries : sqlite3_mprintf("");
    rc = sqlite3_prepare_v2(s->db, all, -1, &stmt, NULL);
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        *ret_first = sqlite3_column_int64(stmt, 0);
        *ret_last = sqlite3_column_int64(stmt, 1);
    }
    sqlite3_finalize(stmt);
    sqlite3_free(all);
    return rc;
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        int64_t was_first = 0, was_last = 0, first = 0, last = 0, again = 0;
        struct script p;
        script_open(&p, ":memory:", row->start);
        int err = script_run(&p, row->words);
        err = err ? err : read_span(p.s, &was_first, &was_last);
        err = err ? err : store_clock_settle(p.s, (struct wall){SCRIPT_START});
        err = err ? err : read_span(p.s, &first, &last);
        int64_t writes = store_writes(p.s);
        err = err ? err : store_clock_settle(p.s, (struct wall){SCRIPT_START});
        again = store_writes(p.s) - writes;
        bool right = row->took < 0 ? first == was_first && last >= SCRIPT_START - DAY
                                   : first == SCRIPT_START - row->took && last == SCRIPT_START;
        if (!tap_ok(err == 0 && right && again == 0, "%s", row->name))
            tap_diag("%" PRId64 "..%" PRId64 " became %" PRId64 "..%" PRId64 ", then %" PRId64
                     " writes (%d)",
                     was_first, was_last, first, last, again, err);
        store_free(p.s);
    }
}

/* Every time in a row that has a number: of the others nobody knows which run wrote them. */
#define NUMBERED                                                                                 \
    "SELECT group_concat('SELECT ''' || t.name || '.' || c.name || ''' || id || ''='' || ' ||"   \
    " c.name || ' AS what FROM ' || t.name, ' UNION ALL ') FROM sqlite_schema t,"                \
    " pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name <> 'contact'"                \
    " AND t.sql LIKE '%AUTOINCREMENT%' AND c.name IN ('started', 'ended', 'created', 'changed'," \
    " 'sent', 'taken', 'delivered', 'at')"

/* All of them; to be freed with sqlite3_free(). */
static char *read_times(struct store *s)
{
    char *all = NULL, *found = NULL;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(s->db, NUMBERED, -1, &stmt, NULL);
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        all = sqlite3_mprintf("SELECT group_concat(what, ' ') FROM (%s ORDER BY 1)",
                              sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    rc = sqlite3_prepare_v2(s->db, all ? all : "", -1, &stmt, NULL);
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        found = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_free(all);
    return found;
}

/* One run of the program, and `later_s` after its end another. */
static char *play_runs(const char *first, int64_t later_s, const char *second)
{
    struct script p;
    char *times = NULL;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, first);
    p.start = p.now.s += later_s;
    err = err ? err : store_clock_settle(p.s, p.now);
    err = err ? err : script_run(&p, second);
    if (err == 0)
        times = read_times(p.s);
    store_free(p.s);
    return times;
}

/* What an earlier run wrote stays as it is where the clock shows the same hours once more, and what
 * this run wrote meanwhile is put right. */
static void test_runs(void)
{
    static const struct {
        const char *name, *first;
        int64_t later_s;
        const char *with;
        int64_t right_s; /* as it would be without a step */
        const char *without;
    } pairs[] = {
        {"a day back, and forth again", "miss auto +5 take sent:1 +3 rep:1:d man", 80000,
         "+10000 step:-86400 +5 miss in man take sent:2 auto +60 take sent:3 step:86400", 80000,
         "+10000 +5 miss in man take sent:2 auto +60 take sent:3"},
        {"started at a time before it was switched off", "+60 miss in +10 answer", -30,
         "+5 miss in +20 man take sent:1 step:7200", 7170, "+5 miss in +20 man take sent:1"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char *with = play_runs(pairs[i].first, pairs[i].later_s, pairs[i].with);
        char *without = play_runs(pairs[i].first, pairs[i].right_s, pairs[i].without);
        if (!tap_ok(with && without && strcmp(with, without) == 0, "%s", pairs[i].name))
            tap_diag("%s\n# and not %s", with ? with : "", without ? without : "");
        sqlite3_free(with);
        sqlite3_free(without);
    }
}

/* One run of the program and another, as their clock has it: when the queue wants to be asked, and
 * a long text that waits for its other part be shown. */
static void test_waiting(void)
{
#define LONG_TEXT(due) "INSERT INTO long_text VALUES (1, 1, '', 1, 8, 2, 0, 1, " #due ", NULL)"
    static const struct {
        const char *name, *first, *sql;
        int64_t first_start, second_start;
        const char *second, *out;
        int64_t long_text_due;
    } pairs[] = {
        {"queued in 1970, the time is known", "auto +2 due", NULL, 1000, SCRIPT_START,
         "due +5 take", "+3 +5 1.1", 0},
        {"queued in 1970, to be tried again", "man take retry:60 due", NULL, 1000, SCRIPT_START,
         "due", "1.1 +60 +60", 0},
        {"1970 for a while", "auto +1 step:-1799999000 +1 step:1799999000 due +3 take", NULL,
         SCRIPT_START, SCRIPT_START, "due", "+3 1.1 never", 0},
        {"the clock stood while the power was off", "auto +1 due", NULL, SCRIPT_START,
         SCRIPT_START - 900, "due +5 take", "+4 +5 1.1", 0},
        {"and something is held until an hour of the day", "auto",
         "UPDATE message SET due = due + 1000; UPDATE part SET next = next + 1000", SCRIPT_START,
         SCRIPT_START - 900, "due", "+1905", 0},
        {"a clock hours ahead may have been wrong", "auto", NULL, SCRIPT_START + 7200,
         SCRIPT_START - 1, "due", "+7206", 0},
        {"a long text of an earlier run", "+1", LONG_TEXT(1800000100), SCRIPT_START, 1000,
         "+1 step:1799999000", "", 1800000100},
        {"a long text of 1970", "+1 man", LONG_TEXT(1101), 1000, SCRIPT_START, "+1", "",
         SCRIPT_START + 100},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct script p;
        int64_t due = 0;
        script_open(&p, ":memory:", pairs[i].first_start);
        int err = script_run(&p, pairs[i].first);
        if (err == 0 && pairs[i].sql)
            err = sqlite3_exec(p.s->db, pairs[i].sql, NULL, NULL, NULL);
        p.start = p.now.s = pairs[i].second_start;
        err = err ? err : store_clock_settle(p.s, p.now);
        err = err ? err : script_run(&p, pairs[i].second);
        struct sql q = sql(p.s, "SELECT max(due) FROM long_text");
        err = err ? err : sql_get_i64(&q, &due);
        bool right = err == 0 && strcmp(p.out, pairs[i].out) == 0 && due == pairs[i].long_text_due;
        if (!tap_ok(right, "%s", pairs[i].name))
            tap_diag("%s, %" PRId64 " (%d)", p.out, due, err);
        store_free(p.s);
    }
}

/* An earlier run wrote the text, this one sent it while the clock went back and forth again: the
 * next call finds it not older than it is. */
static void test_last_text(void)
{
    struct person_facts facts = {0};
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "miss auto +60");
    p.start = p.now.s;
    err = err ? err : store_clock_settle(p.s, p.now);
    err = err ? err : script_run(&p, "+1 take sent:1 +60 step:-40000 +60 step:40000");
    err = err ? err : person_facts(p.s, SCRIPT_NUMBER, &facts);
    if (!tap_ok(err == 0 && facts.last_auto.s >= SCRIPT_START, "when the last text left"))
        tap_diag("%" PRId64 " (%d)", facts.last_auto.s - SCRIPT_START, err);
    store_free(p.s);
}

/* How many left within a day, some in an earlier run: `again_s` after its end the second begins. */
static void test_departures(void)
{
    static const struct store_limits limits = {.per_minute = 1000, .per_hour = 1000, .per_day = 3};
    static const struct {
        const char *name, *first;
        int64_t again_s;
        const char *second, *out;
    } pairs[] = {
        {"the clock goes back: yesterday's are not today's", "man take man take", 80000,
         "auto +5 take +10000 step:-77000 auto +5 take", "1.1 2.1 3.1 4.1"},
        {"those of today are", "man take man take man take", 85000, "step:-77000 auto +5 due",
         "1.1 2.1 3.1 +1396"},
        {"it comes forth again", "man take man take man take", 85000,
         "step:-77000 +1 step:77000 auto +5 due", "1.1 2.1 3.1 +1395"},
        {"in two steps", "man take man take man take", 85000,
         "step:-77000 step:7000 step:70000 auto +5 due", "1.1 2.1 3.1 +1396"},
        {"it stood while the power was off", "man take man take man take", 1,
         "step:90000 auto +5 take", "1.1 2.1 3.1 4.1"},
        {"1970 for a while", "man take man take man take", 85000,
         "step:-1799999000 +1 step:1799999000 auto +5 due", "1.1 2.1 3.1 +1395"},
        {"it began in 1970", "man take man take man take", -1799999000,
         "man take +1 step:1800084000 auto +5 due", "1.1 2.1 3.1 4.1 +1395"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct script p;
        script_open(&p, ":memory:", SCRIPT_START);
        p.limits = &limits;
        int err = store_clock_settle(p.s, p.now);
        err = err ? err : script_run(&p, pairs[i].first);
        p.start = p.now.s += pairs[i].again_s;
        err = err ? err : store_clock_settle(p.s, p.now);
        err = err ? err : script_run(&p, pairs[i].second);
        if (!tap_ok(err == 0 && strcmp(p.out, pairs[i].out) == 0, "%s", pairs[i].name))
            tap_diag("%s (%d)", p.out, err);
        store_free(p.s);
    }
}

int main(void)
{
    test_departures();
    test_rows();
    test_runs();
    test_waiting();
    test_last_text();
    return tap_done();
}
