/* include/store/import.h - history that another box exported, taken over row by row into one
 * transaction. What is here already is recognised: a call by line, number and start, a text by
 * number, direction, time and words, a note and a result by person, time and content. Into a
 * database without any history, calls, texts and threads keep their ids; else they get new ones. */
#pragma once
#include "store/dump.h"

struct import;

/* Begins, in a transaction of its own. Returns 0 or an error of store.h. */
int import_begin(struct store *s, struct wall at, struct import **ret);

/* Takes over one object as dump_list() gives it. Calls and texts may come in any order, but calls
 * before the texts about them, and threads before their notes and results. What was not over when
 * it was exported is over now: a text that waited is cancelled, a call that rang was missed.
 * Events stay where they happened. Returns 1, 0 where it is here already (or is an event), -EINVAL
 * where it makes no sense (import_error() says why), or an error of store.h. */
int import_row(struct import *i, enum dump_table table, const char *json);
const char *import_error(const struct import *i);

/* Ends it; `keep` false forgets all of it. Works out what the inbox shows. Frees `i`. */
int import_end(struct import *i, bool keep);
