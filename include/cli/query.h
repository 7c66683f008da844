/* include/cli/query.h - a JSON text is asked with SQL: SQLite's json functions, in a database of
 * nothing else. */
#pragma once
#include <sqlite3.h>

/* Prepares `query` with `json` (borrowed until query_end(); may be NULL) as its ?1. Returns NULL
 * where there is no memory. */
sqlite3_stmt *query_json(const char *json, const char *query);

/* Frees the statement and its database; takes NULL. */
void query_end(sqlite3_stmt *statement);

/* A column as text, "" for null. */
const char *query_column(sqlite3_stmt *statement, int i);
