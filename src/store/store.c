#include "store/store.h"
#include "db.h"
#include "schema.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 5000 /* of a command; the daemon has no time for that */
#define BUSY_LOOK_MS 50
#define FUTURE_S (7 * INT64_C(86400)) /* no clock that is right now wrote a time so far ahead */
#define WAL_KEEP_OCTETS "1048576"     /* a long WAL shrinks back to this */

/* Prepared when the file is opened: whoever needs it may have no memory left to do so. */
static const char rollback[] = "ROLLBACK";

/* Makes the directory entry of a new file durable: SQLite only does so for its journals. */
static void sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(directory);
}

/* Makes the file, or finds it, with an errno that names the trouble better than SQLite does. An
 * existing file is never opened here: closing it would drop the POSIX locks of other connections in
 * this process. */
static int file_prepare(const char *path, enum store_mode mode)
{
    struct stat st;
    if (mode == STORE_CREATE) {
        int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (fd >= 0) {
            int err = fchmod(fd, 0600) < 0 ? -errno : 0; /* whatever the umask took away */
            close(fd);
            sync_directory(path);
            return err;
        }
        if (errno != EEXIST)
            return -errno;
    }
    if (stat(path, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode))
        return -ENOTBLK;
    return access(path, R_OK | W_OK) < 0 ? -errno : 0;
}

/* Turns an errno of file_prepare() into one of store.h, with its words. */
static int file_failed(const char *path, int err, char ret_error[STORE_ERROR_MAX])
{
    switch (-err) {
    case ENOENT:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: no such file or directory", path);
        return -ENOENT;
    case ENOTDIR:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: a file stands where a directory should", path);
        return -ENOENT;
    case EISDIR:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: a directory, not a database", path);
        return -EUCLEAN;
    case ENOTBLK:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: not a regular file, so not a database", path);
        return -EUCLEAN;
    case EACCES:
    case EPERM:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: no permission", path);
        return -EACCES;
    case EROFS:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: file system is read-only", path);
        return -EROFS;
    case ENOSPC:
    case EDQUOT:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: disk full", path);
        return -ENOSPC;
    default:
        snprintf(ret_error, STORE_ERROR_MAX, "%s: %s", path, strerror(-err));
        return -EIO;
    }
}

static int configure(sqlite3 *db)
{
    int rc = sqlite3_extended_result_codes(db, 1);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db,
                          "PRAGMA trusted_schema = OFF;"
                          "PRAGMA cell_size_check = ON;"
                          "PRAGMA foreign_keys = ON;"
                          "PRAGMA secure_delete = FAST;" /* no old texts between the rows */
                          "PRAGMA temp_store = MEMORY;"  /* no temporary file on a full disk */
                          "PRAGMA synchronous = FULL;",
                          NULL, NULL, NULL);
    return rc;
}

/* Only once the file is known to be ours: this writes to it. */
static int write_ahead(sqlite3 *db)
{
    return sqlite3_exec(db,
                        "PRAGMA journal_mode = WAL;"
                        "PRAGMA journal_size_limit = " WAL_KEEP_OCTETS,
                        NULL, NULL, NULL);
}

/* Two programs that make one file at once may get SQLITE_BUSY without the wait that every later
 * statement has, since neither could go on while the other waits: then all of it is done again. */
static int database_open(struct store *s)
{
    int rc = SQLITE_BUSY;
    for (int waited_ms = 0; (rc & 0xff) == SQLITE_BUSY && waited_ms <= BUSY_TIMEOUT_MS;
         waited_ms += BUSY_LOOK_MS) {
        if (waited_ms > 0) {
            sqlite3_close(s->db);
            sqlite3_sleep(BUSY_LOOK_MS);
        }
        rc = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        if (rc == SQLITE_OK)
            rc = configure(s->db);
        if (rc == SQLITE_OK)
            rc = schema_migrate(s->db, schema_steps, SCHEMA_VERSION);
        if (rc == SQLITE_OK)
            rc = write_ahead(s->db);
    }
    return rc == SQLITE_OK ? 0 : store_fail(s, rc);
}

int store_open(const char *path, enum store_mode mode, struct store **ret,
               char ret_error[STORE_ERROR_MAX])
{
    *ret = NULL;
    ret_error[0] = '\0';
    int err = strcmp(path, ":memory:") == 0 ? 0 : file_prepare(path, mode);
    if (err < 0)
        return file_failed(path, err, ret_error);
    struct store *s = calloc(1, sizeof(*s));
    if (s) {
        s->claim = -1;
        s->path = strdup(path);
    }
    if (!s || !s->path) {
        store_free(s);
        return file_failed(path, -ENOMEM, ret_error);
    }
    err = database_open(s);
    if (err == 0)
        err = sql(s, rollback).err;
    if (err < 0) {
        memcpy(ret_error, s->error, STORE_ERROR_MAX);
        store_free(s);
        return err;
    }
    *ret = s;
    return 0;
}

int store_claim(struct store *s)
{
    char path[PATH_MAX];
    if (strcmp(s->path, ":memory:") == 0 || s->claim >= 0)
        return 0;
    if (snprintf(path, sizeof(path), "%s-daemon", s->path) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    s->claim = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->claim < 0)
        return -errno;
    if (flock(s->claim, LOCK_EX | LOCK_NB) == 0)
        return 0;
    int err = errno == EWOULDBLOCK ? -EALREADY : -errno;
    close(s->claim);
    s->claim = -1;
    return err;
}

void store_free(struct store *s)
{
    if (!s)
        return;
    if (s->claim >= 0)
        close(s->claim);
    store_rows_free(s->kept);
    for (size_t i = 0; i < s->cached; i++)
        sqlite3_finalize(s->cache[i].stmt);
    int rc = sqlite3_close(s->db);
    assert(rc == SQLITE_OK);
    free(s->path);
    free(s);
}

const char *store_error(const struct store *s)
{
    return s->error;
}

void store_set_patience(struct store *s, int ms)
{
    sqlite3_busy_timeout(s->db, ms);
}

int store_begin(struct store *s)
{
    assert(sqlite3_get_autocommit(s->db));
    struct sql q = sql(s, "BEGIN IMMEDIATE");
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

int store_commit(struct store *s)
{
    assert(!sqlite3_get_autocommit(s->db));
    struct sql q = sql(s, "COMMIT");
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

void store_rollback(struct store *s)
{
    if (sqlite3_get_autocommit(s->db))
        return;
    struct sql q = sql(s, rollback);
    sql_run(&q); /* it can only fail where SQLite has rolled back already */
}

int scope_open(struct scope *t, struct store *s)
{
    *t = (struct scope){.s = s, .own = sqlite3_get_autocommit(s->db)};
    return t->own ? store_begin(s) : 0;
}

int scope_close(struct scope *t, int result)
{
    if (!t->own)
        return result;
    int err = result < 0 ? result : store_commit(t->s);
    if (err < 0)
        store_rollback(t->s);
    return err < 0 ? err : result;
}

int64_t store_writes(const struct store *s)
{
    return sqlite3_total_changes64(s->db);
}

int store_line(struct store *s, const char *name, int64_t *ret_id)
{
    struct sql q = sql(s, "SELECT id FROM line WHERE name = ?");
    sql_text(&q, name);
    int err = sql_get_i64(&q, ret_id);
    if (err != -ENOENT)
        return err;
    q = sql(s, "INSERT INTO line (name) VALUES (?) ON CONFLICT DO UPDATE SET name = name"
               " RETURNING id"); /* a conflict: somebody else was faster */
    sql_text(&q, name);
    return sql_get_i64(&q, ret_id);
}

/* What still waits moves along with the clock: a delay of 5 s stays 5 s. */
static int move_waiting(struct store *s, struct wall since, struct wall from, int64_t delta_s)
{
    static const char *const updates[] = {
        ("UPDATE part SET next = next + ?1 WHERE next IS NOT NULL AND message IN"
         " (SELECT id FROM message WHERE " SCHEMA_UNFINISHED " AND created BETWEEN ?2 AND ?3)"),
        ("UPDATE message SET due = due + ?1, expires = expires + ?1"
         " WHERE " SCHEMA_UNFINISHED " AND created BETWEEN ?2 AND ?3"),
        ("UPDATE follow_up SET due = due + ?1 WHERE due IS NOT NULL AND message IN"
         " (SELECT id FROM message WHERE created BETWEEN ?2 AND ?3)"),
        "UPDATE long_text SET due = due + ?1 WHERE due IS NOT NULL AND ?2 <= ?3",
        "UPDATE mute SET until = until + ?1 WHERE until > ?3 AND ?2 <= ?3",
        ("UPDATE setting SET value = value + ?1"
         " WHERE key IN ('paused_until', 'away_until', 'stopped_until')"
         " AND value > ?3 AND value < 9223372036854775807 AND ?2 <= ?3"),
    };
    int err = 0;
    for (size_t i = 0; err >= 0 && i < sizeof(updates) / sizeof(updates[0]); i++) {
        struct sql q = sql(s, updates[i]);
        sql_i64(&q, delta_s);
        sql_i64(&q, wall_plausible(from) ? since.s : INT64_MIN);
        sql_i64(&q, from.s);
        err = sql_run(&q);
    }
    return err;
}

/* Every time that was read off the clock and written down, table and column. */
#define WRITTEN_TIMES(EACH)          \
    EACH("call", "started")          \
    EACH("call", "ended")            \
    EACH("message", "created")       \
    EACH("message", "changed")       \
    EACH("message", "sent")          \
    EACH("message", "delivered")     \
    EACH("part", "sent")             \
    EACH("part", "taken")            \
    EACH("inbound_part", "received") \
    EACH("contact", "waiting_since") \
    EACH("contact", "last_at")       \
    EACH("contact", "texted")        \
    EACH("departure", "at")          \
    EACH("note", "at")               \
    EACH("result", "at")             \
    EACH("lead", "at")               \
    EACH("opt_out", "at")            \
    EACH("skip", "at")               \
    EACH("doubt", "at")              \
    EACH("forgotten", "at")          \
    EACH("owner", "wrong_at")        \
    EACH("trouble", "since")         \
    EACH("trouble", "told")          \
    EACH("contact", "wait_told")     \
    EACH("undeliverable", "at")      \
    EACH("event", "at")

/* In the order of the file: an index that has a time does not lead to it, and where SQLite walks
 * one nevertheless, it fetches a million rows in the order of that. */
#define MOVE(table, column)                                                       \
    "UPDATE " table " NOT INDEXED SET " column " = " column " + ?1 WHERE " column \
    " BETWEEN ?2 AND ?3",
#define CAP(table, column) "UPDATE " table " NOT INDEXED SET " column " = ?1 WHERE " column " > ?2",

/* Moves the times in first..last. Once a step of the clock, so a scan of the tables will do. */
static int move_written(struct store *s, int64_t first, int64_t last, int64_t delta_s)
{
    static const char *const updates[] = {WRITTEN_TIMES(MOVE)};
    int err = 0;
    for (size_t i = 0; err >= 0 && i < sizeof(updates) / sizeof(updates[0]); i++) {
        struct sql q = sql(s, updates[i]);
        sql_i64(&q, delta_s);
        sql_i64(&q, first);
        sql_i64(&q, last);
        err = sql_run(&q);
    }
    return err;
}

static int cap_written(struct store *s, struct wall now, int64_t last)
{
    static const char *const updates[] = {WRITTEN_TIMES(CAP)};
    int err = 0;
    for (size_t i = 0; err >= 0 && i < sizeof(updates) / sizeof(updates[0]); i++) {
        struct sql q = sql(s, updates[i]);
        sql_i64(&q, now.s);
        sql_i64(&q, last);
        err = sql_run(&q);
    }
    return err;
}

/* No text leaves in the future, and none that seems to may hold up the pace and the caps until
 * then. After a step of the clock it left as long ago as before it. */
static int return_departures(struct store *s, struct wall now, int64_t delta_s)
{
    struct sql q = sql(s, "UPDATE departure SET at = at + ?1 WHERE at > ?2");
    sql_i64(&q, delta_s);
    sql_i64(&q, now.s);
    return sql_run(&q);
}

/* The same at a start: how far the clock has fallen back nobody knows, but the last text left
 * before now, and all others before it. */
static int settle_departures(struct store *s, struct wall now)
{
    int64_t last;
    struct sql q = sql(s, "SELECT ifnull(max(at), 0) FROM departure");
    int err = sql_get_i64(&q, &last);
    if (err < 0 || last <= now.s)
        return err;
    return return_departures(s, (struct wall){INT64_MIN}, now.s - last);
}

/* The newest time before `end` of calls, texts and the events that every run of the daemon leaves:
 * each the end of an index, so that a start costs the same with any history. */
static int find_newest(struct store *s, int64_t end, int64_t *ret)
{
    struct sql q =
        sql(s, "SELECT max(ifnull((SELECT max(started) FROM call WHERE started < ?1), 0),"
               " ifnull((SELECT max(created) FROM message WHERE created < ?1), 0),"
               " ifnull((SELECT max(at) FROM event WHERE " SCHEMA_SELDOM " AND at < ?1), 0))");
    sql_i64(&q, end);
    return sql_get_i64(&q, ret);
}

/* Among all events there may be a newer one. A scan, as what follows. */
static int move_implausible(struct store *s, struct wall now, int64_t newest)
{
    struct sql q = sql(s, "SELECT max(ifnull(max(at), 0), ?1) FROM event WHERE at < ?2");
    sql_i64(&q, newest);
    sql_i64(&q, WALL_PLAUSIBLE_S);
    int err = sql_get_i64(&q, &newest);
    return err < 0 ? err : move_written(s, INT64_MIN, WALL_PLAUSIBLE_S - 1, now.s - newest);
}

static int settle_times(struct store *s, struct wall now)
{
    int64_t implausible, newest, last = now.s + FUTURE_S;
    int err = find_newest(s, WALL_PLAUSIBLE_S, &implausible);
    if (err >= 0 && implausible > 0)
        err = move_implausible(s, now, implausible);
    if (err >= 0)
        err = settle_departures(s, now);
    if (err >= 0)
        err = find_newest(s, INT64_MAX, &newest);
    return err < 0 || newest <= last ? err : cap_written(s, now, last);
}

int store_clock_settle(struct store *s, struct wall now)
{
    if (!wall_plausible(now))
        return 0;
    int err = store_begin(s);
    if (err >= 0)
        err = settle_times(s, now);
    if (err >= 0)
        err = store_commit(s);
    if (err < 0)
        store_rollback(s);
    return err < 0 ? err : 0;
}

int store_clock_stepped(struct store *s, struct wall since, struct wall from, int64_t delta_s)
{
    bool known = wall_plausible(from);
    int err = store_begin(s);
    if (err >= 0)
        err = move_waiting(s, since, from, delta_s);
    /* What was written by a clock that was right stays where one that is wrong cannot say. */
    if (err >= 0 && (!known || wall_plausible((struct wall){from.s + delta_s})))
        err = move_written(s, known ? since.s : INT64_MIN, known ? from.s : WALL_PLAUSIBLE_S - 1,
                           delta_s);
    if (err >= 0 && delta_s < 0)
        err = return_departures(s, (struct wall){from.s + delta_s}, delta_s);
    if (err >= 0)
        err = store_commit(s);
    if (err < 0)
        store_rollback(s);
    return err < 0 ? err : 0;
}
