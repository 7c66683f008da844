/* src/store/schema.h - the tables of the store, as numbered steps that only go forward. */
#pragma once
#include <sqlite3.h>

#define SCHEMA_APPLICATION_ID 0x74786262 /* "txbb", PRAGMA application_id: this file is ours */
#define SCHEMA_VERSION 2

/* schema_steps[n], which is schema_N.sql with N = n + 1, brings a file from version n to n + 1. A
 * released step never changes. */
extern const char *const schema_steps[SCHEMA_VERSION];

/* The thread that shows a number, and the numbers that a thread shows: store/joined.h. */
#define SCHEMA_THREAD_OF(contact) \
    "ifnull((SELECT thread FROM joined WHERE contact = " contact "), " contact ")"
#define SCHEMA_MEMBERS(thread) \
    "(SELECT " thread " UNION ALL SELECT contact FROM joined WHERE thread = " thread ")"
/* A column of JSON, null where the file is damaged there. Asked twice, since a lack of memory also
 * makes it "not valid"; where that lasts, the row is not had. */
#define SCHEMA_JSON(column) \
    "iif(json_valid(" column ") OR json_valid(" column "), " column ", 'null')"
/* Whether the row `r` of the table result counts. The opposite that was said next took its place,
 * unless they called or filled in a form in between, which was about another job. */
#define SCHEMA_RESULT_COUNTS                                                                       \
    "NOT EXISTS (SELECT 1 FROM result n WHERE n.contact = r.contact AND n.won <> r.won AND n.id =" \
    " (SELECT min(id) FROM result WHERE contact = r.contact AND id > r.id)"                        \
    " AND NOT EXISTS (SELECT 1 FROM call WHERE contact IN " SCHEMA_MEMBERS(                        \
        "r.contact") "  AND started > r.at AND started <= n.at)"                                   \
                     " AND NOT EXISTS (SELECT 1 FROM lead WHERE contact IN " SCHEMA_MEMBERS(       \
                         "r.contact") "  AND at > r.at AND at <= n.at))"
/* A person of the table contact who is one of the owner's phones. */
#define SCHEMA_OWNER "EXISTS (SELECT 1 FROM owner o WHERE o.number = contact.number)"

/* Indices carry these very words, and SQLite uses one only for a query that repeats them. */
/* What counts as said to a person: not withdrawn, or part of it had left. */
#define SCHEMA_SAID "(state NOT IN ('cancelled','failed','expired') OR sent IS NOT NULL)"
/* Somebody who waits, and of whom the owner was not told. */
#define SCHEMA_UNTOLD \
    "state = 'open' AND waiting_since IS NOT NULL AND waiting_since IS NOT wait_told"
#define SCHEMA_UNFINISHED "state IN ('waiting','queued','sending','unknown')"
/* Events of which a call and its text do not consist: an index of them costs next to nothing, and
 * whenever the daemon has worked, or somebody here has changed something, there is one (or a new
 * call or text). */
#define SCHEMA_SELDOM                                                                       \
    "type NOT IN ('call.ringing','call.missed','decision','message.queued','message.sent'," \
    "'message.delivered')"
/* One key that sorts the inbox: those who wait, longest first, then the others, newest first. */
#define SCHEMA_INBOX_ORDER "ifnull(waiting_since - 4611686018427387904, -last_at)"

/* Whether an opened database is ours, or empty, and of version `count` or older: SQLITE_OK, or the
 * SQLite result code that schema_migrate() has for it. Writes nothing. */
int schema_check(sqlite3 *db, int count);

/* Brings an opened database to version `count` in one transaction; on an error the file is as it
 * was. Returns an SQLite result code; SQLITE_NOTADB for another program's file, SQLITE_MISMATCH for
 * a newer version. */
int schema_migrate(sqlite3 *db, const char *const *steps, int count);
