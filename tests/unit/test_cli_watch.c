#include "cli/watch.h"
#include "io/clock.h"
#include "tap.h"
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 1
#define LATE_MS 60000 /* longer than anything here takes */

static char directory[] = "/tmp/textback-watch-XXXXXX", path[PATH_MAX];

static enum watch_end wait_for(struct watch *watch, int64_t ms)
{
    return watch_wait(watch, mono_after(clock_now().mono, ms));
}

/* Somebody has put much of a transaction into the log and keeps it open, as one does who waits for
 * a slow card to sync. */
static void test_slow_writer(struct watch *watch, sqlite3 *writer)
{
    static const char *const begin = "PRAGMA cache_size = 1; BEGIN IMMEDIATE;"
                                     "INSERT INTO setting WITH RECURSIVE n (i) AS (SELECT 1 UNION"
                                     " ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i, 0 FROM n";
    char log[PATH_MAX + 4];
    struct stat st;
    int rc = sqlite3_exec(writer, begin, NULL, NULL, NULL);
    snprintf(log, sizeof(log), "%s-wal", path);
    tap_ok(rc == SQLITE_OK && stat(log, &st) == 0 && st.st_size > 0, "somebody writes");
    tap_ok(wait_for(watch, 20) == WATCH_TIMEOUT, "nothing is told before it can be seen");
    tap_ok(wait_for(watch, 0) == WATCH_TIMEOUT, "nor the next time");
    rc = sqlite3_exec(writer, "ROLLBACK", NULL, NULL, NULL); /* writes nothing that could be told */
    tap_ok(rc == SQLITE_OK && wait_for(watch, LATE_MS) == WATCH_WRITTEN, "it is not forgotten");
    tap_ok(wait_for(watch, 0) == WATCH_TIMEOUT, "and told once");
    rc = sqlite3_exec(writer, "INSERT INTO setting VALUES ('a', 1)", NULL, NULL, NULL);
    tap_ok(rc == SQLITE_OK && wait_for(watch, LATE_MS) == WATCH_WRITTEN, "what is quick is told");
}

int main(void)
{
    struct cli cli;
    struct watch *watch = NULL;
    sqlite3 *writer = NULL;
    char error[STORE_ERROR_MAX], command[PATH_MAX];
    if (!mkdtemp(directory))
        return EXIT_FAILURE;
    snprintf(path, sizeof(path), "%s/t.db", directory);
    cli_init(&cli);
    cli.db_path = path;
    if (store_open(path, STORE_CREATE, &cli.store, error) == 0 && watch_new(&cli, &watch) == 0 &&
        sqlite3_open(path, &writer) == SQLITE_OK) {
        store_set_patience(cli.store, PATIENCE_MS);
        test_slow_writer(watch, writer);
    }
    sqlite3_close(writer);
    watch_free(watch);
    cli_free(&cli);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    if (system(command) != 0)
        tap_diag("%s is left", directory);
    return tap_done();
}
