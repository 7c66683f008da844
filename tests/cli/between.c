/* tests/cli/between.c - loaded before SQLite, it runs the command $TEXTBACK_TEST_DO when a
 * statement that holds $TEXTBACK_TEST_BEFORE is about to be prepared, once: what another program
 * may do between two statements of this one, it does then. With $TEXTBACK_TEST_BARE nothing that is
 * printed waits in a buffer. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int prepare(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);

static void run_between(const char *command)
{
    unsetenv("TEXTBACK_TEST_BEFORE");
    unsetenv("LD_PRELOAD");
    if (system(command) != 0)
        fprintf(stderr, "between: failed: %s\n", command);
}

int sqlite3_prepare_v3(sqlite3 *db, const char *text, int len, unsigned flags, sqlite3_stmt **ret,
                       const char **tail)
{
    const char *before = getenv("TEXTBACK_TEST_BEFORE"), *command = getenv("TEXTBACK_TEST_DO");
    void *found = dlsym(RTLD_NEXT, "sqlite3_prepare_v3");
    prepare *real;
    memcpy(&real, &found, sizeof(real));
    if (before && command && strstr(text, before))
        run_between(command);
    return real(db, text, len, flags, ret, tail);
}

__attribute__((constructor)) static void bare(void)
{
    if (getenv("TEXTBACK_TEST_BARE"))
        setvbuf(stdout, NULL, _IONBF, 0);
}
