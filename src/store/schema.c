#include "schema.h"
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

const char *const schema_steps[SCHEMA_VERSION] = {
#include "schema_table.h"
};

/* Refuses what is not ours to touch; `*ret_version` is the file's. One statement, so one state of
 * the file: between two of them another program can have made the tables. */
static int schema_inspect(sqlite3 *db, int count, int64_t *ret_version)
{
    static const char sql[] = "SELECT (SELECT application_id FROM pragma_application_id),"
                              " (SELECT count(*) FROM sqlite_schema),"
                              " (SELECT user_version FROM pragma_user_version)";
    int64_t id = 0, tables = 0;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        id = sqlite3_column_int64(stmt, 0);
        tables = sqlite3_column_int64(stmt, 1);
        *ret_version = sqlite3_column_int64(stmt, 2);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    if (rc != SQLITE_OK)
        return rc;
    if (id != SCHEMA_APPLICATION_ID && (id != 0 || tables != 0 || *ret_version != 0))
        return SQLITE_NOTADB;
    return *ret_version > count ? SQLITE_MISMATCH : SQLITE_OK;
}

int schema_check(sqlite3 *db, int count)
{
    int64_t version;
    return schema_inspect(db, count, &version);
}

static int schema_step(sqlite3 *db, const char *step, int version)
{
    char mark[96];
    int n = snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                     SCHEMA_APPLICATION_ID, version);
    assert(n > 0 && (size_t)n < sizeof(mark));
    int rc = sqlite3_exec(db, step, NULL, NULL, NULL);
    return rc == SQLITE_OK ? sqlite3_exec(db, mark, NULL, NULL, NULL) : rc;
}

int schema_migrate(sqlite3 *db, const char *const *steps, int count)
{
    int64_t version = 0;
    int rc = schema_inspect(db, count, &version);
    if (rc != SQLITE_OK || version == count)
        return rc;
    rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = schema_inspect(db, count, &version); /* somebody else may have been faster */
    for (; rc == SQLITE_OK && version < count; version++)
        rc = schema_step(db, steps[version], (int)version + 1);
    return rc == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : rc;
}
