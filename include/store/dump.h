/* include/store/dump.h - rows as they are, with the names of their columns: for export and audit.
 */
#pragma once
#include "store/store.h"

enum dump_table {
    DUMP_CALLS,    /* v_calls */
    DUMP_MESSAGES, /* v_messages */
    DUMP_THREADS,  /* v_threads */
    DUMP_NOTES,
    DUMP_RESULTS,
    DUMP_OPT_OUTS,
    DUMP_SKIPPED,
    DUMP_DOUBTFUL,
    DUMP_FORGOTTEN, /* hashes of those who must not be texted, although nothing else is known */
    DUMP_EVENTS,
    DUMP_LEADS, /* with the consent, and why each was texted or not */
    DUMP_FOLLOW_UPS,
    DUMP_RULES, /* why calls were texted, or not */
};
#define DUMP_TABLES 13
const char *dump_name(enum dump_table table);
/* Finds the table of a name. */
bool dump_named(const char *name, size_t len, enum dump_table *ret);

/* Rows of one table: all after the id `after`, at most `limit`; of one thread where `thread` is not
 * 0. For that, and for lists of numbers, `after` and `limit` do not count: they come whole. */
int dump_list(struct store *s, enum dump_table table, int64_t thread, int64_t after, int limit,
              struct store_rows **ret);

/* The next row as a JSON object, keys as in the views. */
struct dump_row {
    int64_t id; /* for `after`; 0 in lists that have none and come whole */
    const char *json;
};
int dump_next(struct store_rows *r, struct dump_row *ret);
