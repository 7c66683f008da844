/* tests/vm/careless.c - loaded before SQLite, it turns off what makes a commit last: with it, a
 * test of power cuts must find losses. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef int exec_fn(void *db, const char *sql, int (*row)(void *, int, char **, char **), void *,
                    char **);

int sqlite3_exec(void *db, const char *sql, int (*row)(void *, int, char **, char **),
                 void *argument, char **error);

int sqlite3_exec(void *db, const char *sql, int (*row)(void *, int, char **, char **),
                 void *argument, char **error)
{
    exec_fn *real = (exec_fn *)dlsym(RTLD_NEXT, "sqlite3_exec");
    if (!real)
        abort();
    int rc = real(db, sql, row, argument, error);
    if (rc == 0 && strstr(sql, "synchronous"))
        rc = real(db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
    return rc;
}
