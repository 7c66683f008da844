/* include/store/store.h - the database that the daemon and the commands share (SQLite, WAL,
 * synchronous=FULL). Every function that returns int gives 0 (or a count) or one of -ENOENT    no
 * such row, file or directory     -EBUSY   somebody else holds the database too long (5 s) -ENOSPC
 * disk full                          -EROFS   read-only file or medium -EUCLEAN   damaged, or not a
 * database         -EPROTO  written by a newer textback -EACCES    no permission -EIO     any other
 * failure of SQLite or the disk and store_error() then says what and where in one line for people.
 * After an error inside a transaction the caller rolls back; nothing of it has happened.  One
 * connection, one thread. */
#pragma once
#include "base/json.h"
#include "base/time.h"
#include <stdbool.h>
#include <stdint.h>

#define STORE_NUMBER_MAX 80 /* octets of a number or of a sender's name */
#define STORE_ERROR_MAX 256

struct store;
struct store_rows; /* the rows of one list, being read */

enum store_mode {
    STORE_CREATE, /* made with mode 0600 where absent, by root for who owns its directory; migrated
                     to this version */
    STORE_EXISTING, /* -ENOENT where absent; migrated too */
};

/* Opens `path` (":memory:" for tests). On an error `*ret` is NULL and `ret_error` says why. */
int store_open(const char *path, enum store_mode mode, struct store **ret,
               char ret_error[STORE_ERROR_MAX]);
void store_free(struct store *s); /* takes NULL */

const char *store_error(const struct store *s); /* of the last failure; valid until the next call */

/* Claims the database for one daemon, until store_free() or the end of the process, however it
 * ends. Returns 0, -EALREADY where another daemon has it, or -errno. */
int store_claim(struct store *s);

/* How long to wait for another program's transaction before -EBUSY: 5 s until set. */
void store_set_patience(struct store *s, int ms);

/* A write transaction (BEGIN IMMEDIATE). A function that writes joins it, or without one has its
 * own. They do not nest (asserted). store_rollback() is harmless where none is open, so that `goto
 * out` can always call it. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* Several lists as they are at one moment: store_rollback() ends it. Nothing is written in between,
 * nor printed: what is kept for whoever reads makes the log grow. */
int store_begin_read(struct store *s);

/* How many rows this connection has written: where it is the same as before, nothing was. */
int64_t store_writes(const struct store *s);

/* Frees a list; takes NULL. A list is read whole when it is opened, so it holds up nobody, and its
 * text lives until the list is freed. The *_next() functions return 1 with a row, 0 at the end,
 * -EUCLEAN for a row that makes no sense. */
void store_rows_free(struct store_rows *r);

/* Returns the id of a line, made on first use. */
int store_line(struct store *s, const char *name, int64_t *ret_id);

/* Settings: small values that outlive a restart, such as "paused_until". */
int setting_get_i64(struct store *s, const char *key, int64_t fallback, int64_t *ret_value);
int setting_set_i64(struct store *s, const char *key, int64_t value);

/* Events: what happened, for `events`, in the order of their ids. `data` is a JSON object.
 * The functions of the other headers add theirs (call.ringing, message.sent ...) in the same
 * transaction. */
struct event_row {
    int64_t id;
    struct wall at;
    const char *type, *data; /* valid until the next row */
};
/* The object that `textback events` prints, and hooks get. */
void event_json(struct json *j, const struct event_row *event);
int event_add(struct store *s, struct wall at, const char *type, const char *data);
int event_list(struct store *s, int64_t after, int limit, struct store_rows **ret);
int event_next(struct store_rows *r, struct event_row *ret); /* 1 a row, 0 the end */
int event_last_id(struct store *s, int64_t *ret_id);
