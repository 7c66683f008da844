/* src/store/db.h - inside of the store: SQL beside its use, prepared once, bound in order, errors
 * remembered. struct sql q = sql(s, "SELECT number FROM contact WHERE id = ?"); sql_i64(&q, id);
 *     err = sql_rows(&q, &rows);
 * A failure while preparing or binding is kept and comes out of the call that runs the statement.
 */
#pragma once
#include "store/outbox.h"
#include "store/store.h"
#include <sqlite3.h>
#include <stddef.h>

#define SQL_CACHE_MAX 256 /* statements in src/store, with room to grow */

struct store {
    int claim; /* the lock of the one daemon, -1 none */
    sqlite3 *db;
    char *path;
    struct store_rows *kept; /* the row behind the last struct handed out by a *_get() */
    size_t cached;
    struct {
        const char *text;
        sqlite3_stmt *stmt;
    } cache[SQL_CACHE_MAX];
    char error[STORE_ERROR_MAX];
};

/* The rows of a list are read at once and the database let go: a pager that sits on `calls` for an
 * hour holds neither a snapshot nor the growth of the WAL. Two-source lists (calls and texts of a
 * thread) hang the second on `other`. */
struct store_rows {
    struct store *s;        /* for the words of an error */
    sqlite3_value **values; /* rows one after another */
    size_t columns, count, next;
    struct store_rows *other;
};

struct sql {
    struct store *s;
    sqlite3_stmt *stmt;
    int bound;
    int err;
};

/* `text` is a string literal: the statement is remembered by its address. */
struct sql sql(struct store *s, const char *text);
void sql_i64(struct sql *q, int64_t value);
void sql_text(struct sql *q,
              const char *value); /* NULL is NULL; borrowed until the statement has run */
void sql_wall(struct sql *q, struct wall t); /* 0 is NULL */

/* Each runs the statement and resets it. */
int sql_run(struct sql *q); /* number of changed rows */
int sql_get_i64(struct sql *q,
                int64_t *ret); /* first column of the first row; -ENOENT no row; NULL is 0 */
int sql_rows(struct sql *q, struct store_rows **ret); /* all rows */
/* The same where they are many and all whole numbers (NULL is 0): one row after another, to be
 * freed. */
int sql_numbers(struct sql *q, size_t columns, int64_t **ret, size_t *ret_rows);
int sql_keep(struct sql *q,
             sqlite3_value ***ret_columns); /* one row, valid until the next; -ENOENT no row */

/* The columns of the next row, NULL at the end. */
sqlite3_value **rows_next(struct store_rows *r);
void rows_reverse(struct store_rows *r); /* before the first is taken */
int64_t col_i64(sqlite3_value *v);
struct wall col_wall(sqlite3_value *v);
const char *col_text(sqlite3_value *v); /* NULL is NULL */

/* The place of the word among `names`, or -1. */
int col_word(sqlite3_value *v, const char *const *names, size_t count);

/* A function that writes more than one row joins the caller's transaction, or has one of its own.
 */
struct scope {
    struct store *s;
    bool own;
};
int scope_open(struct scope *t, struct store *s);
int scope_close(struct scope *t,
                int result); /* commits or rolls back its own; returns `result` or the error */

/* Remembers the failure `rc` of SQLite, with the file; returns the -errno of store.h. */
int store_fail(struct store *s, int rc);

/* What the modules of the store share. */
/* Stores the rules of a call or a lead, `of`, in their order; `insert` takes of, seq, rule, stop
 * and detail, and is a literal. */
struct call_rule;
int rules_add(struct store *s, const char *insert, int64_t of, const struct call_rule *rules,
              size_t count);
int contact_find(struct store *s, const char *number, int64_t *ret_id); /* -ENOENT */
int contact_make(struct store *s, const char *number, struct wall at, int64_t *ret_id);
/* Keeps, of a person who is about to be forgotten, that they are not to be texted: opted out,
 * perhaps opted out, on the skip list, blocked; as a hash. */
int forgotten_add(struct store *s, int64_t contact, struct wall at);
/* Whoever was forgotten is here again, or is asked for by number: what was kept as a hash is on the
 * lists again. Call it for every number that has no thread yet. */
int forgotten_recall(struct store *s, const char *number);
/* Takes over what another box kept so. Returns 1, 0 where it is here already, or -EOVERFLOW where
 * its salt is one too many: each costs a hash for every new number. */
#define FORGOTTEN_SALTS_MAX 16 /* one of our own, and one of each history that was taken over */
struct forgotten_row {
    const char *salt, *hash; /* forgotten_valid() */
    const char *source;      /* NULL: did not opt out */
    bool doubtful, skipped, blocked;
    struct wall at;
};
int forgotten_take(struct store *s, const struct forgotten_row *row);
/* Are these a salt and a hash as textback makes them? Others may cost any amount of time. */
bool forgotten_valid(const char *salt, const char *hash);
/* Adds what is kept as a hash to the facts about a number that has no thread. */
struct person_facts;
int forgotten_facts(struct store *s, const char *number, struct person_facts *facts);
/* They wrote: their thread is open, with one more text to read. */
int contact_wrote(struct store *s, int64_t contact, struct wall at);
/* Works out anew what the inbox shows: who waits since when, and what was said last. */
int contact_refresh(struct store *s, int64_t contact);
/* Cancels what waits for `contact`, of the urgency `from` or less, with the follow-up that is
 * planned; where only what is automatic is
 * meant, not what goes to an owner. Returns how many texts. */
int outbox_cancel_for(struct store *s, int64_t contact, enum message_urgency from, const char *why,
                      struct wall at);
/* The same of those of the urgency `from` up to, and without, `to`; plans are left alone. */
int outbox_cancel_between(struct store *s, int64_t contact, enum message_urgency from,
                          enum message_urgency to, const char *why, struct wall at);
/* Takes back what follow-up is planned for `contact`, or waits to be sent. */
int follow_ups_cancel_for(struct store *s, int64_t contact, const char *why, struct wall at);
/* Works out the state of a text from its parts, after one of them changed, and all that follows
 * from it: times, event, inbox. `withdrawn` is the state where parts were cancelled; `error` NULL
 * keeps the one that is there. */
int message_update(struct store *s, int64_t message, enum message_state withdrawn,
                   const char *error, struct wall at);
/* Nothing more of this text is sent; `state` as `withdrawn` above. */
int message_withdraw(struct store *s, int64_t message, enum message_state state, const char *why,
                     struct wall at);
/* The newest texts from and to a person, newest first. */
int message_list_contact(struct store *s, int64_t contact, int limit, struct store_rows **ret);
enum { /* where the time of a row lies, for those who merge both lists */
       CALL_COLUMN_STARTED = 8,
       MESSAGE_COLUMN_CREATED = 12,
       NOTE_COLUMN_AT = 1,
};
/* Writes the event `type` with the text as v_messages shows it. */
int message_event(struct store *s, int64_t message, const char *type, struct wall at);
