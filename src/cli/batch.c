#include "cli/batch.h"
#include "io/clock.h"
#include <time.h>

/* A rest is as long as the longest time between two looks of SQLite's busy handler within the
 * patience of the daemon: it finds the database free in the first rest that begins. */
#define HOLD_MS 25
#define REST_MS 50

static int begin(struct batch *b)
{
    int err = store_begin(b->cli->store);
    b->began = clock_now().mono;
    return err;
}

int batch_begin(struct batch *b, struct cli *cli)
{
    b->cli = cli;
    return begin(b);
}

int batch_end(struct batch *b, int err)
{
    if (err == 0 && !b->cli->dry_run)
        err = store_commit(b->cli->store);
    store_rollback(b->cli->store);
    return err;
}

int batch_next(struct batch *b)
{
    static const struct timespec rest = {.tv_nsec = REST_MS * 1000000L};
    if (clock_now().mono.ms - b->began.ms < HOLD_MS)
        return 0;
    int err = batch_end(b, 0);
    nanosleep(&rest, NULL);
    return err ? err : begin(b);
}
