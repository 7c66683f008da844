/* tests/memory/test_store.c - each allocation fails once, and then all from it on: an error that
 * says so, nothing of what was asked for is done, the file is sound, and when there is memory again
 * it is done, once. */
#include "../unit/store_script.h"
#include "nomem.h"
#include "store/import.h"
#include "store/keep.h"
#include "tap.h"
#include <errno.h>
#include <unistd.h>

#define OPEN_STRIDE 997 /* making or migrating a database takes tens of thousands */
#define STEP 5          /* of SQLite's thousands in a day; TEXTBACK_STRIDE=1 takes each */
#define TRIES_MAX 100000

static char dir[32] = "/dev/shm/textback-XXXXXX"; /* no disk fails here */
static char path[sizeof(dir) + 16];

static void remove_database(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[sizeof(path) + 8];
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        unlink(name);
    }
}

/* Returns what is wrong with an error, NULL where nothing is. */
static const char *misplaced(int err, const char *said)
{
    if (err != -EIO)
        return "another error";
    return strstr(said, "memory") ? NULL : "no word of memory";
}

static const char *unsound(struct store *s)
{
    struct store_rows *problems = NULL;
    const char *what = NULL;
    if (keep_check(s, &problems) != 0)
        return "a check that fails";
    if (keep_problem_next(problems, &what) != 0)
        what = "damage";
    store_rows_free(problems);
    return what ? what : script_broken(s);
}

/* All that a person may look at and the daemon does, one word after another. */
static const char *const day[] = {
    "ring",     "auto:2", "+5 take",  "sent:1",     "take",       "unk:600",  "rep:2:d", "in",
    "man",      "take",   "sent:3",   "rep:3:d",    "man",        "take",     "fail",    "man:3",
    "retry:60", "due",    "cancel:4", "block",      "unblock",    "pause:60", "hard:0",  "resume",
    "stop",     "conf",   "start",    "step:-3600", "restart:60", "lead",     "nudge",   "own",
};
#define DAY_WORDS (sizeof(day) / sizeof(day[0]))

struct rows {
    int64_t calls, messages, parts, heard, events;
};

static long step = STEP;

static struct rows count_rows(struct store *s)
{
    return (struct rows){script_count(s, "SELECT count(*) FROM call"),
                         script_count(s, "SELECT count(*) FROM message"),
                         script_count(s, "SELECT count(*) FROM part"),
                         script_count(s, "SELECT count(*) FROM inbound_part"),
                         script_count(s, "SELECT count(*) FROM event")};
}

/* Does a word again and again until all its allocations succeed. Returns what is wrong, or NULL. */
static const char *insist(struct script *p, const char *word, enum nomem_who who, bool all_after,
                          long *failures)
{
    for (long n = 1; n < TRIES_MAX; n += who == NOMEM_SQLITE ? step : 1) {
        struct script before = *p;
        struct rows rows = count_rows(p->s);
        nomem_arm(who, who == NOMEM_ALL ? 0 : n, all_after);
        int err = script_run(p, word);
        (void)nomem_disarm();
        if (err == 0)
            return NULL;
        ++*failures;
        const char *what = misplaced(err, store_error(p->s));
        struct rows after = count_rows(p->s);
        if (!what && !sqlite3_get_autocommit(p->s->db))
            what = "a transaction that is left open";
        if (!what && memcmp(&rows, &after, sizeof(rows)) != 0)
            what = "something was done";
        if (what) {
            tap_diag("%s, allocation %ld: %d %s", word, n, err, store_error(p->s));
            return what;
        }
        int heard = p->heard;
        *p = before;
        p->heard = heard; /* the next text is another */
    }
    return "no end";
}

static struct rows expected;

static void test_day(enum nomem_who who, bool all_after, const char *name)
{
    struct script p;
    const char *what = NULL;
    long failures = 0;
    remove_database();
    script_open(&p, path, SCRIPT_START);
    for (size_t i = 0; i < DAY_WORDS && !what; i++) {
        int64_t call = p.call;
        what = insist(&p, day[i], who, all_after, &failures);
        p.call = p.call ? p.call : call;
    }
    struct rows rows = count_rows(p.s);
    if (!what && expected.events == 0)
        expected = rows;
    if (!what && memcmp(&rows, &expected, sizeof(rows)) != 0)
        what = "more or less than a day without failures leaves";
    if (!what)
        what = unsound(p.s);
    store_free(p.s);
    bool enough = who == NOMEM_ALL ? failures == 0 : failures > 20;
    if (!tap_ok(!what && enough, "a day, %s: %ld failures", name, failures))
        tap_diag("%s", what ? what : "too few failures");
}

/* Opens it, allocation after allocation failing, from `prepare` on each time. */
static void test_open(void (*prepare)(void), int64_t messages, const char *name)
{
    char error[STORE_ERROR_MAX] = "";
    const char *what = NULL;
    struct store *s = NULL;
    long failures = 0, count = TRIES_MAX;
    for (long n = 1; n <= count && !what; n += n < 40 ? 1 : OPEN_STRIDE) {
        bool all_after = n % 2 == 0;
        prepare();
        nomem_arm(NOMEM_ALL, n, all_after);
        int err = store_open(path, STORE_CREATE, &s, error);
        count = nomem_disarm();
        if (err != 0) {
            failures++;
            what = misplaced(err, error);
            if (s)
                what = "a store all the same";
            if (store_open(path, STORE_EXISTING, &s, error) != 0 &&
                store_open(path, STORE_CREATE, &s, error) != 0)
                what = "it does not open any more";
        }
        if (!what && script_count(s, "SELECT count(*) FROM message") != messages)
            what = "lost rows";
        if (!what)
            what = unsound(s);
        if (what)
            tap_diag("allocation %ld of %ld%s: %s: %s", n, count,
                     all_after ? " and all after it" : "", what, error);
        store_free(s);
        s = NULL;
        count = err == 0 ? count : TRIES_MAX; /* less than `n` where all of it succeeded */
    }
    tap_ok(!what && failures > 50, "%s: %ld failures", name, failures);
}

/* A row of another box that is right is taken over, or fails, but is never called wrong. */
static void test_import(bool all_after, const char *name)
{
    static const char json[] = "{\"id\":1,\"number\":\"+447700900321\",\"name\":\"Ann\","
                               "\"state\":\"open\",\"unread\":1,\"blocked\":false,"
                               "\"labels\":[\"urgent\"]}";
    char error[STORE_ERROR_MAX];
    const char *what = NULL;
    struct store *s = NULL;
    struct import *import = NULL;
    long failures = 0, count = TRIES_MAX;
    remove_database();
    if (store_open(path, STORE_CREATE, &s, error) != 0)
        abort();
    for (long n = 1; n <= count && !what; n++) {
        if (import_begin(s, (struct wall){SCRIPT_START}, &import) != 0)
            abort();
        nomem_arm(NOMEM_SQLITE, n, all_after);
        int taken = import_row(import, DUMP_THREADS, json);
        count = nomem_disarm();
        failures += taken < 0;
        if (taken == -EINVAL)
            what = "a mistake in the row";
        else if (taken == 0)
            what = "not taken over";
        if (what)
            tap_diag("allocation %ld of %ld: %s", n, count, import_error(import));
        count = taken < 0 ? TRIES_MAX : count;
        if (import_end(import, false) != 0 && !what)
            what = "no end";
    }
    store_free(s);
    if (!tap_ok(!what && failures > 20, "a row of another box, %s: %ld failures", name, failures))
        tap_diag("%s", what ? what : "too few failures");
}

/* What a released version left. */
static void put_released(void)
{
    static char sql[1 << 20];
    sqlite3 *db = NULL;
    FILE *f = fopen("tests/released/1.sql", "re");
    size_t len = f ? fread(sql, 1, sizeof(sql) - 1, f) : 0;
    sql[len] = '\0';
    remove_database();
    if (len == 0 || sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
    fclose(f);
}

int main(void)
{
    struct store *s;
    char error[STORE_ERROR_MAX];
    const char *stride = getenv("TEXTBACK_STRIDE");
    if (stride)
        step = strtol(stride, NULL, 10);
    if (!mkdtemp(dir)) {
        snprintf(dir, sizeof(dir), "/tmp/textback-XXXXXX");
        if (!mkdtemp(dir))
            return 1;
    }
    snprintf(path, sizeof(path), "%s/day.db", dir);
    test_day(NOMEM_ALL, false, "nothing fails");
    test_day(NOMEM_OTHERS, false, "our own, one at a time");
    test_day(NOMEM_OTHERS, true, "our own, all after one");
    test_day(NOMEM_SQLITE, false, "SQLite's, one at a time");
    test_day(NOMEM_SQLITE, true, "SQLite's, all after one");
    test_import(false, "one at a time");
    test_import(true, "all after one");
    test_open(remove_database, 0, "a new database");
    put_released();
    if (store_open(path, STORE_EXISTING, &s, error) != 0)
        return 1;
    int64_t messages = script_count(s, "SELECT count(*) FROM message");
    store_free(s);
    test_open(put_released, messages, "an old database");
    remove_database();
    rmdir(dir);
    return tap_done();
}
