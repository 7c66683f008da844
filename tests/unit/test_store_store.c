/* tests/unit/test_store_store.c - files that are no database of ours, migrations, two programs at
 * once, a full disk. */
#include "../../src/store/db.h"
#include "../../src/store/schema.h"
#include "store/inbox.h"
#include "store/people.h"
#include "store/threads.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/textback-store-XXXXXX";
static char path[sizeof(dir) + 64];

static const char *in_dir(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void file_make(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(in_dir(name), "we");
    if (!f || fwrite(bytes, 1, len, f) != len || fclose(f) != 0)
        perror(path);
}

/* Runs SQL on a file with plain SQLite. */
static int file_sql(const char *name, const char *text)
{
    sqlite3 *db;
    int rc = sqlite3_open(in_dir(name), &db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, text, NULL, NULL, NULL);
    sqlite3_close(db);
    return rc;
}

static void test_bad_files(void)
{
    static const struct row {
        const char *name, *file;
        enum store_mode mode;
        int err;
        const char *words;
    } rows[] = {
        {"no such directory", "none/textback.db", STORE_CREATE, -ENOENT, "no such file"},
        {"a file for a directory", "garbage/textback.db", STORE_CREATE, -ENOENT, "directory"},
        {"no such file", "none.db", STORE_EXISTING, -ENOENT, "no such file"},
        {"a directory", ".", STORE_CREATE, -EUCLEAN, "a directory"},
        {"a device", "../../dev/null", STORE_EXISTING, -EUCLEAN, "not a regular file"},
        {"garbage", "garbage", STORE_CREATE, -EUCLEAN, "not a textback database"},
        {"another program's database", "other.db", STORE_CREATE, -EUCLEAN, "not a textback"},
        {"another program's number", "foreign.db", STORE_CREATE, -EUCLEAN, "not a textback"},
        {"cut off", "cut.db", STORE_EXISTING, -EUCLEAN, "damaged"},
        {"from the future", "newer.db", STORE_EXISTING, -EPROTO, "newer textback"},
        {"empty file", "empty.db", STORE_EXISTING, 0, ""},
        {"new file", "new.db", STORE_CREATE, 0, ""},
        {"the same again", "new.db", STORE_EXISTING, 0, ""},
        {"nowhere but in memory", ":memory:", STORE_CREATE, 0, ""},
    };
    char error[STORE_ERROR_MAX];
    struct store *s;
    file_make("garbage", "This is not a database, it is a text of some length.\n", 53);
    file_make("empty.db", "", 0);
    file_sql("other.db", "CREATE TABLE t (x)");
    file_sql("foreign.db", "PRAGMA application_id = 77");
    store_free(store_open(in_dir("newer.db"), STORE_CREATE, &s, error) == 0 ? s : NULL);
    file_sql("newer.db", "PRAGMA user_version = 99");
    store_free(store_open(in_dir("cut.db"), STORE_CREATE, &s, error) == 0 ? s : NULL);
    if (truncate(in_dir("cut.db"), 10000) < 0)
        perror(path);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *file = rows[i].file[0] == ':' ? rows[i].file : in_dir(rows[i].file);
        int err = store_open(file, rows[i].mode, &s, error);
        bool told = strstr(error, rows[i].words) && !strchr(error, '\n');
        told = told && (err == 0 || strstr(error, file) == error);
        if (!tap_ok(err == rows[i].err && told && (err == 0) == (s != NULL), "%s", rows[i].name))
            tap_diag("%d %s", err, error);
        store_free(s);
    }
}

static bool mode_is(const char *name, mode_t mode)
{
    struct stat st;
    return stat(in_dir(name), &st) == 0 && (st.st_mode & 0777) == mode;
}

static void test_modes(void)
{
    char error[STORE_ERROR_MAX];
    struct store *s;
    static const mode_t umasks[] = {0, 022, 0777};
    for (size_t i = 0; i < 3; i++) {
        mode_t old = umask(umasks[i]);
        int err = store_open(in_dir("mode.db"), STORE_CREATE, &s, error);
        err = err ? err : setting_set_i64(s, "x", 1);
        bool ok = err == 0 && mode_is("mode.db", 0600) && mode_is("mode.db-wal", 0600) &&
                  mode_is("mode.db-shm", 0600);
        umask(old);
        store_free(s);
        unlink(in_dir("mode.db"));
        tap_ok(ok, "nobody else may read it, umask %03o", umasks[i]);
    }
    if (geteuid() == 0) {
        /* Root may do everything, so a child becomes nobody. */
        file_make("locked.db", "", 0);
        chmod(in_dir("locked.db"), 0400);
        chmod(dir, 0755);
        pid_t child = fork();
        if (child == 0)
            _exit(setuid(65534) == 0 && store_open(path, STORE_EXISTING, &s, error) == -EACCES &&
                          store_open(in_dir("new"), STORE_CREATE, &s, error) == -EACCES &&
                          strstr(error, "no permission")
                      ? 0
                      : 1);
        int status;
        tap_ok(waitpid(child, &status, 0) == child && status == 0, "no permission");
    } else {
        chmod(dir, 0500);
        int err = store_open(in_dir("locked.db"), STORE_CREATE, &s, error);
        chmod(dir, 0700);
        tap_ok(err == -EACCES && strstr(error, "no permission"), "no permission");
    }
}

static bool owner_is(const char *name, uid_t uid)
{
    struct stat st;
    return stat(in_dir(name), &st) == 0 && st.st_uid == uid && st.st_gid == uid;
}

/* Root may try out what the service, another user, goes on with. */
static void test_owner(void)
{
    char error[STORE_ERROR_MAX];
    struct store *s = NULL;
    const uid_t service = 65534;
    if (geteuid() != 0) {
        tap_ok(true, "made by root: not tried");
        return;
    }
    mkdir(in_dir("service"), 0700);
    bool ok = chown(path, service, service) == 0 &&
              store_open(in_dir("service/a.db"), STORE_CREATE, &s, error) == 0 &&
              store_claim(s) == 0 && setting_set_i64(s, "x", 1) == 0;
    ok = ok && owner_is("service/a.db", service) && owner_is("service/a.db-wal", service) &&
         owner_is("service/a.db-shm", service) && owner_is("service/a.db-daemon", service);
    store_free(s);
    tap_ok(ok, "made by root: it belongs to the owner of its directory");
}

static off_t octets_of(const char *name)
{
    struct stat st;
    return stat(in_dir(name), &st) == 0 ? st.st_size : -1;
}

/* The tables are some hundred pages: they are written and synchronized once. */
static void test_write_ahead(void)
{
    char error[STORE_ERROR_MAX];
    struct store *s;
    bool ok = store_open(in_dir("ahead.db"), STORE_CREATE, &s, error) == 0;
    tap_ok(ok && octets_of("ahead.db") <= 4096 && octets_of("ahead.db-wal") > 100 * 4096,
           "the tables of a new file go to its write-ahead log");
    store_free(s);
}

static void test_migrations(void)
{
    static const char *const good[] = {
        "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)",
        "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1",
    };
    static const char *const bad[] = {
        "",
        "",
        "CREATE TABLE b (x)",
        "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)",
    };
    sqlite3 *db;
    sqlite3_open(in_dir("steps.db"), &db);
    tap_ok(schema_migrate(db, good, 1) == SQLITE_OK, "a step from nothing");
    tap_ok(schema_migrate(db, good, 2) == SQLITE_OK, "one more");
    tap_ok(schema_migrate(db, good, 2) == SQLITE_OK, "nothing to do a second time");
    tap_ok(schema_migrate(db, good, 1) == SQLITE_MISMATCH, "never backward");
    tap_ok(schema_migrate(db, bad, 4) == SQLITE_ERROR, "the second of two steps fails");
    sqlite3_close(db);
    sqlite3_open(path, &db);
    tap_ok(schema_migrate(db, good, 2) == SQLITE_OK, "the version is the one from before");
    tap_ok(sqlite3_exec(db, "SELECT y FROM a", NULL, NULL, NULL) == SQLITE_OK &&
               sqlite3_exec(db, "SELECT x FROM b", NULL, NULL, NULL) == SQLITE_ERROR,
           "and so are the tables");
    sqlite3_close(db);
}

/* A file of every released version is brought to this one, with all that is in it. */
static void test_released(void)
{
    for (int version = 1; version <= SCHEMA_VERSION; version++) {
        char name[32], error[STORE_ERROR_MAX] = "";
        struct store *s = NULL;
        int64_t id = 0;
        sqlite3 *db;
        snprintf(name, sizeof(name), "version%d.db", version);
        sqlite3_open(in_dir(name), &db);
        schema_migrate(db, schema_steps, version);
        sqlite3_exec(db, "INSERT INTO contact (number, last_at) VALUES ('+1', 5)", NULL, NULL,
                     NULL);
        sqlite3_close(db);
        int err = store_open(path, STORE_EXISTING, &s, error);
        err = err ? err : thread_find_number(s, "+1", &id);
        err = err ? err : optout_remove(s, "+2", "command", (struct wall){9});
        if (!tap_ok(err == 0 && id == 1, "a file of version %d", version))
            tap_diag("%d %s", err, error);
        store_free(s);
    }
}

static void test_two_programs(void)
{
    char error[STORE_ERROR_MAX];
    struct store *daemon = NULL, *command = NULL;
    struct store_rows *rows = NULL;
    struct event_row event;
    int64_t a, b, last;
    const char *file = in_dir("two.db");
    int err = store_open(file, STORE_CREATE, &daemon, error);
    err = err ? err : store_open(file, STORE_EXISTING, &command, error);
    tap_ok(err == 0, "two programs open one file");
    tap_ok(store_line(daemon, "main", &a) == 0 && store_line(command, "main", &b) == 0 && a == b &&
               store_line(command, "second", &b) == 0 && a != b,
           "a line is the same for both");
    sqlite3_busy_timeout(command->db, 50);
    err = store_begin(daemon);
    tap_ok(err == 0 && store_begin(command) == -EBUSY && strstr(store_error(command), "busy"),
           "one writes, the other has to wait");
    tap_ok(event_add(daemon, (struct wall){1}, "alarm", "{}") == 0 &&
               event_last_id(command, &last) == 0 && last == 0,
           "what is not committed is not seen");
    tap_ok(event_list(command, 0, 10, &rows) == 0 && store_commit(daemon) == 0,
           "a reader blocks nobody");
    tap_ok(event_next(rows, &event) == 0, "and has its own picture");
    store_rows_free(rows);
    tap_ok(event_list(command, 0, 10, &rows) == 0 && store_begin(command) == 0 &&
               event_next(rows, &event) == 1 && strcmp(event.type, "alarm") == 0 &&
               event_add(command, (struct wall){2}, "alarm", "{}") == 0 &&
               store_commit(command) == 0 && event_next(rows, &event) == 0,
           "a list may be read while writing");
    store_rows_free(rows);
    tap_ok(event_last_id(daemon, &last) == 0 && last == 2, "the other sees it at once");
    store_free(command);
    store_free(daemon);
}

struct other {
    sqlite3 *db;
    int left, rc; /* it works before this many statements more have begun */
};

static int other_works(unsigned trace, void *context, void *stmt, void *text)
{
    static const char *const steps[] = {"CREATE TABLE a (x)"};
    struct other *other = context;
    (void)trace, (void)stmt, (void)text;
    if (other->left-- == 0)
        other->rc = schema_migrate(other->db, steps, 1);
    return 0;
}

/* Whichever statement of a look at an empty file comes after another program has made the tables.
 */
static void test_made_meanwhile(void)
{
    int made = 0, ours = 0, looks = 0;
    for (int before = 0;; before++, looks++) {
        char name[32];
        sqlite3 *db;
        struct other other = {.left = before, .rc = SQLITE_ERROR};
        snprintf(name, sizeof(name), "meanwhile%d.db", before);
        sqlite3_open(in_dir(name), &db);
        sqlite3_open(path, &other.db);
        sqlite3_trace_v2(db, SQLITE_TRACE_STMT, other_works, &other);
        ours += schema_check(db, 1) == SQLITE_OK;
        made += other.rc == SQLITE_OK;
        sqlite3_close(other.db);
        sqlite3_close(db);
        if (other.left >= 0)
            break;
    }
    if (!tap_ok(made > 0 && ours == looks + 1, "tables that are made while a file is looked at"))
        tap_diag("made %d, ours %d of %d", made, ours, looks + 1);
}

#define NOW_S INT64_C(1784122200)
#define LATER_S (NOW_S + 3600)

struct snoozer {
    struct store *store;
    int64_t thread;
    int left, err; /* it snoozes before this many statements more have begun */
};

static int other_snoozes(unsigned trace, void *context, void *stmt, void *text)
{
    struct snoozer *other = context;
    (void)trace, (void)stmt, (void)text;
    if (other->left-- == 0)
        other->err = progress_snooze(other->store, other->thread, (struct wall){LATER_S},
                                     (struct wall){NOW_S});
    return 0;
}

/* Whichever statement of waking comes after another program has snoozed the thread anew. */
static void test_snoozed_meanwhile(void)
{
    const struct wall now = {NOW_S};
    char error[STORE_ERROR_MAX];
    struct snoozer other = {0};
    struct store *s = NULL;
    struct wall next;
    int stays = 0, snoozed = 0;
    const char *file = in_dir("snoozed.db");
    int err = store_open(file, STORE_CREATE, &s, error);
    err = err ? err : store_open(file, STORE_EXISTING, &other.store, error);
    err = err ? err : thread_make(s, "+447700900321", now, &other.thread);
    if (err == 0)
        store_set_patience(other.store, 0); /* it cannot while the first one writes */
    for (int before = 0; err == 0; before++) {
        struct thread_row row;
        progress_snooze(s, other.thread, (struct wall){NOW_S - 1}, now);
        other.left = before;
        other.err = 0;
        sqlite3_trace_v2(s->db, SQLITE_TRACE_STMT, other_snoozes, &other);
        err = progress_wake(s, now, &next);
        sqlite3_trace_v2(s->db, 0, NULL, NULL);
        err = err < 0 ? err : thread_get(s, other.thread, &row);
        snoozed += other.err == 1;
        stays += other.err == 1 && err == 0 && row.snoozed_until.s == LATER_S;
        if (other.left >= 0)
            break;
    }
    if (!tap_ok(snoozed > 1 && stays == snoozed, "a thread that is snoozed anew as it wakes"))
        tap_diag("%d of %d stay so: %d", stays, snoozed, err);
    store_free(s);
    store_free(other.store);
}

/* A daemon and commands that all start on a new machine. */
static void test_first_at_once(void)
{
    enum { CHILDREN = 6 };
    char error[STORE_ERROR_MAX];
    pid_t children[CHILDREN];
    struct store *s;
    int64_t id;
    int bad = 0;
    in_dir("first.db");
    fflush(stdout);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(store_open(path, STORE_CREATE, &s, error) != 0 ||
                  store_line(s, "main", &id) != 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        bad += status != 0;
    }
    tap_ok(bad == 0, "%d programs make the database at once", CHILDREN);
}

/* In a child, since the limit would stay. */
static int full_disk_child(bool by_pages)
{
    char error[STORE_ERROR_MAX], data[4000];
    struct store *s;
    int64_t n = 0, kept = -1;
    if (store_open(in_dir(by_pages ? "pages.db" : "limit.db"), STORE_CREATE, &s, error) < 0)
        return 1;
    memset(data, 'x', sizeof(data) - 1);
    data[sizeof(data) - 1] = '\0';
    if (by_pages) {
        sqlite3_exec(s->db, "PRAGMA max_page_count = 60", NULL, NULL, NULL);
    } else {
        struct rlimit limit = {500000, RLIM_INFINITY};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    int err = 0;
    for (; err == 0 && n < 1000; n++)
        err = event_add(s, (struct wall){1}, "alarm", data);
    if (err != -ENOSPC || !strstr(store_error(s), by_pages ? "disk full" : "may not grow"))
        return 2;
    /* Still good for reading, and for writing once there is room. */
    if (event_last_id(s, &kept) != 0 || kept != n - 1)
        return 3;
    if (by_pages) {
        sqlite3_exec(s->db, "PRAGMA max_page_count = 6000", NULL, NULL, NULL);
    } else {
        struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (event_add(s, (struct wall){1}, "alarm", data) != 0)
        return 4;
    store_free(s);
    return 0;
}

static void test_full_disk(void)
{
    for (int by_pages = 0; by_pages < 2; by_pages++) {
        int status = -1;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            _exit(full_disk_child(by_pages));
        waitpid(child, &status, 0);
        if (!tap_ok(status == 0, "disk full, and space returns (%s)",
                    by_pages ? "pages" : "file size"))
            tap_diag("status %d", WEXITSTATUS(status));
    }
}

static void test_read_only(void)
{
    char error[STORE_ERROR_MAX];
    struct store *s = NULL;
    int err = store_open(in_dir("readonly.db"), STORE_CREATE, &s, error);
    if (err == 0)
        sqlite3_exec(s->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
    tap_ok(err == 0 && setting_set_i64(s, "x", 1) == -EROFS && strstr(store_error(s), "read-only"),
           "a medium that turns read-only");
    store_free(s);
}

static void test_settings(void)
{
    char error[STORE_ERROR_MAX];
    struct store *s = NULL;
    int64_t v = 0;
    int err = store_open(":memory:", STORE_CREATE, &s, error);
    tap_ok(err == 0 && setting_get_i64(s, "x", -5, &v) == 0 && v == -5,
           "a setting that is not set");
    tap_ok(setting_set_i64(s, "x", INT64_MIN) == 0 && setting_set_i64(s, "y", INT64_MAX) == 0 &&
               setting_get_i64(s, "x", 0, &v) == 0 && v == INT64_MIN &&
               setting_get_i64(s, "y", 0, &v) == 0 && v == INT64_MAX,
           "the smallest and the largest");
    store_free(s);
    store_free(NULL);
    store_rows_free(NULL);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    test_bad_files();
    test_modes();
    test_owner();
    test_write_ahead();
    test_migrations();
    test_released();
    test_two_programs();
    test_made_meanwhile();
    test_snoozed_meanwhile();
    test_first_at_once();
    test_full_disk();
    test_read_only();
    test_settings();
    char command[sizeof(dir) + 16];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command) != 0 || tap_done();
}
