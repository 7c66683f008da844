/* tests/released/test_released.c - databases of released versions, N.sql with schema N (make.py
 * wrote them), are brought to the newest: nothing is lost, wherever the program is killed, and what
 * waited is sent. */
#include "../../src/store/schema.h"
#include "../sim/world.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTE INT64_C(60000)
#define FILE_MAX (1 << 20)
#define TABLES_MAX 64
#define QUERY_MAX 2048

static char dir[32] = "/dev/shm/textback-XXXXXX"; /* in memory: programs die here, not disks */
static char path[sizeof(dir) + 16]; /* its name, and an empty file; what it holds is in `disk` */
static struct disk disk = {.random = 1};

/* The rows of a database, table by table, in the columns that it had when they were asked for. */
struct contents {
    int tables;
    char query[TABLES_MAX][QUERY_MAX];
    char *rows[TABLES_MAX]; /* sorted, each with its newline */
};

static char *slurp(const char *name, size_t *ret_len)
{
    char *bytes = malloc(FILE_MAX);
    FILE *f = fopen(name, "re");
    *ret_len = f && bytes ? fread(bytes, 1, FILE_MAX - 1, f) : 0;
    if (f)
        fclose(f);
    if (bytes)
        bytes[*ret_len] = '\0';
    return bytes;
}

/* All rows of a query as text, NULL on an error. To be freed. */
static char *rows_of(sqlite3 *db, const char *query)
{
    sqlite3_stmt *stmt = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    int rc = sqlite3_prepare_v2(db, query, -1, &stmt, NULL);
    while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        fprintf(out, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
    fclose(out);
    if (rc == SQLITE_OK)
        rc = sqlite3_finalize(stmt);
    if (rc == SQLITE_OK)
        return text;
    tap_diag("%s: %s", query, sqlite3_errmsg(db));
    free(text);
    return NULL;
}

static bool says(sqlite3 *db, const char *query, const char *expected)
{
    char *rows = rows_of(db, query);
    bool same = rows && strcmp(rows, expected) == 0;
    if (rows && !same)
        tap_diag("%s: %s", query, rows);
    free(rows);
    return same;
}

/* Each line of `a` is in `b`, both sorted. */
static bool within(const char *a, const char *b)
{
    while (*a) {
        size_t len = strcspn(a, "\n") + 1;
        while (*b && strncmp(a, b, len) != 0)
            b += strcspn(b, "\n") + 1;
        if (!*b) {
            tap_diag("lost: %.*s", (int)len - 1, a);
            return false;
        }
        a += len;
    }
    return true;
}

/* The tables behind those for full text are left out: their contents follow from the others. */
#define TABLE_QUERIES                                                                       \
    "SELECT 'SELECT ' || (SELECT group_concat('quote(' || c.name || ')', ' || '','' ||"     \
    " ') FROM pragma_table_info(t.name) c) || ' AS row FROM ' || t.name || ' ORDER BY row'" \
    " FROM sqlite_schema t WHERE type = 'table' AND name NOT IN (SELECT s.name FROM"        \
    " sqlite_schema s, sqlite_schema v WHERE v.sql LIKE 'CREATE VIRTUAL%'"                  \
    " AND (s.name = v.name OR substr(s.name, 1, length(v.name) + 1) = v.name || '_'))"

static bool contents_read(sqlite3 *db, struct contents *c)
{
    char *queries = rows_of(db, TABLE_QUERIES);
    *c = (struct contents){0};
    for (char *q = queries; q && *q && c->tables < TABLES_MAX; c->tables++) {
        size_t len = strcspn(q, "\n");
        snprintf(c->query[c->tables], QUERY_MAX, "%.*s", (int)len, q);
        c->rows[c->tables] = rows_of(db, c->query[c->tables]);
        if (!c->rows[c->tables])
            break;
        q += len + 1;
    }
    free(queries);
    return c->tables > 0;
}

static bool contents_kept(sqlite3 *db, const struct contents *c)
{
    bool kept = true;
    for (int i = 0; kept && i < c->tables; i++) {
        char *rows = rows_of(db, c->query[i]);
        kept = rows && within(c->rows[i], rows);
        free(rows);
    }
    return kept;
}

static void contents_free(struct contents *c)
{
    for (int i = 0; i < c->tables; i++)
        free(c->rows[i]);
}

/* Makes the file as its version left it. */
static bool restore(const char *sql, struct contents *ret)
{
    sqlite3 *db = NULL;
    disk_wipe(&disk);
    bool ok = sqlite3_open(path, &db) == SQLITE_OK &&
              sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
    if (!ok)
        tap_diag("%s", sqlite3_errmsg(db));
    ok = ok && contents_read(db, ret);
    sqlite3_close(db);
    return ok;
}

static bool sound(sqlite3 *db)
{
    return says(db, "PRAGMA integrity_check", "ok\n") && says(db, "PRAGMA foreign_key_check", "");
}

/* Without spaces, which do not matter. */
#define SCHEMA_TEXT                                                                        \
    "SELECT type || ' ' || name || ' ' || replace(replace(ifnull(sql, ''), char(10), '')," \
    " ' ', '') AS thing FROM sqlite_schema ORDER BY thing"

/* The file of now, opened by plain SQLite, against that of before. */
static void look(const struct contents *before)
{
    static const struct {
        const char *view, *same;
    } counts[] = {
        {"SELECT count(*) FROM v_calls", "SELECT count(*) FROM call"},
        {"SELECT count(*) FROM v_messages", "SELECT count(*) FROM message"},
        {"SELECT count(*) FROM v_threads", "SELECT count(*) FROM contact"},
    };
    char error[STORE_ERROR_MAX], version[16];
    struct store *s = NULL;
    sqlite3 *db = NULL, *fresh = NULL;
    tap_ok(store_open(path, STORE_EXISTING, &s, error) == 0, "it opens");
    store_free(s);
    sqlite3_open(path, &db);
    snprintf(version, sizeof(version), "%d\n", SCHEMA_VERSION);
    tap_ok(says(db, "PRAGMA user_version", version), "it has the newest version");
    tap_ok(sound(db), "and is sound");
    tap_ok(contents_kept(db, before), "no row of %d tables is lost", before->tables);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        char *all = rows_of(db, counts[i].same);
        tap_ok(all && strcmp(all, "0\n") != 0 && says(db, counts[i].view, all), "%s",
               counts[i].view);
        free(all);
    }
    tap_ok(says(db, "SELECT count(*) > 0 FROM text_words('kettle')", "1\n"), "words are found");
    sqlite3_open(":memory:", &fresh);
    schema_migrate(fresh, schema_steps, SCHEMA_VERSION);
    char *expected = rows_of(fresh, SCHEMA_TEXT);
    tap_ok(expected && says(db, SCHEMA_TEXT, expected), "its tables are those of a new one");
    free(expected);
    sqlite3_close(fresh);
    sqlite3_close(db);
}

/* Killed instead of the write that `disk` was told. Returns whether that write came. */
static bool killed_migration(const struct contents *before, int from, const char **ret_what)
{
    char error[STORE_ERROR_MAX], old[16], new[16];
    struct store *s = NULL;
    sqlite3 *db = NULL;
    disk.calls = 0;
    int err = store_open(path, STORE_EXISTING, &s, error);
    store_free(s);
    bool died = disk.dead;
    disk.dead = false;
    disk.die_at = 0;
    snprintf(old, sizeof(old), "%d\n", from);
    snprintf(new, sizeof(new), "%d\n", SCHEMA_VERSION);
    sqlite3_open(path, &db);
    char *version = rows_of(db, "PRAGMA user_version");
    if (err != 0 && !died)
        *ret_what = error;
    else if (!version || (strcmp(version, old) != 0 && strcmp(version, new) != 0))
        *ret_what = "neither the old nor the new version";
    else if (!died && strcmp(version, new) != 0)
        *ret_what = "the old version, and nobody was killed";
    else if (!sound(db))
        *ret_what = "damaged";
    else if (!contents_kept(db, before))
        *ret_what = "rows are lost";
    free(version);
    sqlite3_close(db);
    if (!*ret_what && store_open(path, STORE_EXISTING, &s, error) != 0)
        *ret_what = "it does not open again";
    else if (!*ret_what)
        store_free(s);
    return died;
}

static void kill_at_each_write(const struct contents *before, int from)
{
    const struct disk_content *file = disk_get(&disk, path);
    size_t len = file->size;
    void *bytes = malloc(len);
    const char *what = NULL;
    if (!bytes)
        abort();
    memcpy(bytes, file->bytes, len);
    int64_t at = 1;
    for (bool died = true; died && !what && at < 10000; at++) {
        disk_wipe(&disk);
        disk_put(&disk, path, bytes, len);
        disk.die_at = at;
        died = killed_migration(before, from, &what);
    }
    if (!tap_ok(!what && at > 3, "killed at each write of %d: the old or the new", (int)at - 2))
        tap_diag("write %d: %s", (int)at - 1, what ? what : "there are none");
    disk_wipe(&disk);
    disk_put(&disk, path, bytes, len);
    free(bytes);
}

static struct wall last_event(void)
{
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    char *rows = rows_of(db, "SELECT max(at) FROM event");
    struct wall at = {rows ? strtoll(rows, NULL, 10) : 0};
    free(rows);
    sqlite3_close(db);
    return at;
}

#define FATE(words) "SELECT state || resent FROM message WHERE text LIKE '" words "%'"

/* The new version is started a minute after the old one was killed. */
static void carry_on(void)
{
    struct world *w = malloc(sizeof(*w));
    struct wall start = {last_event().s + 60};
    sqlite3 *db = NULL;
    if (!w || world_init_from(w, path, &disk, start) != 0)
        abort();
    world_run(w, 30 * MINUTE);
    sqlite3_open(path, &db);
    tap_ok(says(db, FATE("In the queue since"), "delivered0\n"), "what was queued is sent");
    tap_ok(says(db, FATE("On its way"), "delivered1\n"), "what was on its way is sent once more");
    tap_ok(says(db, FATE("On hold"), "queued0\n"), "what is on hold stays");
    tap_ok(says(db, FATE("We are on our way"), "waiting0\n"), "what is for later waits");
    tap_ok(says(db, "SELECT count(*) FROM call WHERE outcome = 'ringing' OR decision = 'pending'",
                "0\n"),
           "each call has its outcome");
    world_run(w, 120 * MINUTE);
    tap_ok(says(db, FATE("We are on our way"), "delivered0\n"), "and goes when it is time");
    tap_ok(w->store_errors == 0 && sound(db), "without an error of the store");
    sqlite3_close(db);
    world_free(w);
    free(w);
}

static void released(int version)
{
    char name[64];
    size_t len = 0;
    struct contents before;
    snprintf(name, sizeof(name), "tests/released/%d.sql", version);
    char *sql = slurp(name, &len);
    if (tap_ok(len > 0 && restore(sql, &before), "%s", name)) {
        kill_at_each_write(&before, version);
        look(&before);
        contents_free(&before);
        carry_on();
    }
    free(sql);
}

int main(void)
{
    if (!mkdtemp(dir)) {
        snprintf(dir, sizeof(dir), "/tmp/textback-XXXXXX");
        if (!mkdtemp(dir))
            return 1;
    }
    snprintf(path, sizeof(path), "%s/textback.db", dir);
    FILE *f = fopen(path, "we"); /* the store looks whether there is one */
    if (!f || fclose(f) != 0 || disk_install(&disk) < 0)
        return 1;
    for (int version = 1; version < SCHEMA_VERSION; version++)
        released(version);
    disk_wipe(&disk);
    unlink(path);
    rmdir(dir);
    return tap_done();
}
