/* include/cli/watch.h - sleep until somebody wrote to the database: its directory is watched
 * (inotify), nothing is polled. */
#pragma once
#include "cli/cli.h"

struct watch;

enum watch_end {
    WATCH_WRITTEN, /* somebody wrote: look again */
    WATCH_TIMEOUT,
    WATCH_RESIZED, /* the terminal; only after watch_resizes() */
    WATCH_STOPPED, /* by a signal, or nobody reads our output any more */
};

/* Starts watching the open database; from now on SIGINT, SIGTERM and SIGHUP are taken. Returns
 * CLI_DONE, or CLI_FAILED after telling. Begin to watch, then read, then wait: so nothing is
 * missed. */
int watch_new(struct cli *cli, struct watch **ret);
void watch_free(struct watch *w); /* takes NULL */

/* From now on a change of the terminal's size ends a wait, too. Returns 0 or -errno. */
int watch_resizes(struct watch *w);

/* Waits, outside a transaction, until somebody has written, at most until `deadline`. */
enum watch_end watch_wait(struct watch *w, struct mono deadline);
