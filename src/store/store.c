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
#define WAL_KEEP_OCTETS "1048576" /* a long WAL shrinks back to this */

/* Prepared when the file is opened: whoever needs it may have no memory left to do so. */
static const char rollback[] = "ROLLBACK";

/* What is made in a directory belongs to whoever owns that, where root makes it: trying out what
 * the service goes on with. Then makes the entry durable, since SQLite only does so for its
 * journals. */
static void settle_in(const char *path, int file)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    struct stat st;
    if (fd >= 0) {
        if (geteuid() == 0 && fstat(fd, &st) == 0)
            (void)!fchown(file, st.st_uid, st.st_gid);
        fsync(fd);
        close(fd);
    }
    free(directory);
}

/* Makes a file for its owner alone. Returns its descriptor, or -errno: -EEXIST where it is there.
 */
static int file_make(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    if (fchmod(fd, 0600) < 0) { /* whatever the umask took away */
        int err = -errno;
        close(fd);
        return err;
    }
    settle_in(path, fd);
    return fd;
}

/* Makes the file, or finds it, with an errno that names the trouble better than SQLite does. An
 * existing file is never opened here: closing it would drop the POSIX locks of other connections in
 * this process. */
static int file_prepare(const char *path, enum store_mode mode)
{
    struct stat st;
    if (mode == STORE_CREATE) {
        int fd = file_make(path);
        if (fd >= 0) {
            close(fd);
            return 0;
        }
        if (fd != -EEXIST)
            return fd;
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

/* Only once the file is known to be ours: this writes to it. Before the tables are made, so that
 * they are written and synchronized once and not by a rollback journal. */
static int write_ahead(sqlite3 *db)
{
    return sqlite3_exec(db,
                        "PRAGMA journal_mode = WAL;"
                        "PRAGMA journal_size_limit = " WAL_KEEP_OCTETS,
                        NULL, NULL, NULL);
}

/* SQLite's busy handler while a file is opened: all that is done again shares one patience. */
static int wait_for_others(void *waited_ms, int times)
{
    int *ms = waited_ms;
    (void)times;
    if (*ms >= BUSY_TIMEOUT_MS)
        return 0;
    sqlite3_sleep(BUSY_LOOK_MS);
    *ms += BUSY_LOOK_MS;
    return 1;
}

static int open_once(struct store *s, int *waited_ms)
{
    int rc = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_handler(s->db, wait_for_others, waited_ms);
    if (rc == SQLITE_OK)
        rc = configure(s->db);
    if (rc == SQLITE_OK)
        rc = schema_check(s->db, SCHEMA_VERSION);
    if (rc == SQLITE_OK)
        rc = write_ahead(s->db);
    if (rc == SQLITE_OK)
        rc = schema_migrate(s->db, schema_steps, SCHEMA_VERSION);
    if (s->db)
        sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
    return rc;
}

/* Two programs that make one file at once may get SQLITE_BUSY without the wait that every later
 * statement has, since neither could go on while the other waits: then all of it is done again. */
static int database_open(struct store *s)
{
    int waited_ms = 0, rc = open_once(s, &waited_ms);
    while ((rc & 0xff) == SQLITE_BUSY && wait_for_others(&waited_ms, 0)) {
        sqlite3_close(s->db);
        rc = open_once(s, &waited_ms);
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
    int fd = file_make(path);
    if (fd == -EEXIST) {
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        fd = fd < 0 ? -errno : fd;
    }
    if (fd < 0)
        return fd;
    int err = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno == EWOULDBLOCK ? -EALREADY : -errno;
    if (err)
        close(fd);
    else
        s->claim = fd;
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

int store_begin_read(struct store *s)
{
    assert(sqlite3_get_autocommit(s->db));
    struct sql q = sql(s, "BEGIN");
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
