#include "cli/query.h"
#include <stddef.h>

sqlite3_stmt *query_json(const char *json, const char *query)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db, query, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_text(statement, 1, json, -1, SQLITE_STATIC) != SQLITE_OK) {
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return NULL;
    }
    return statement;
}

void query_end(sqlite3_stmt *statement)
{
    if (!statement)
        return;
    sqlite3 *db = sqlite3_db_handle(statement);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

const char *query_column(sqlite3_stmt *statement, int i)
{
    const char *text = (const char *)sqlite3_column_text(statement, i);
    return text ? text : "";
}
