/* include/service/retention.h - what is older than store.keep is removed, once a day and a little
 * at a time, so that no call waits for it. Pure but for the store: the caller passes the time in.
 */
#pragma once
#include "base/time.h"
#include "store/store.h"
#include <stdbool.h>

#define RETENTION_FIRST_MS (INT64_C(3600) * 1000) /* until the clock is right and all is set up */
#define RETENTION_EVERY_MS (INT64_C(24) * 3600 * 1000)
#define RETENTION_PACE_MS 1000                   /* between two batches */
#define RETENTION_RETRY_MS (INT64_C(600) * 1000) /* after an error */
#define RETENTION_ROWS 100                       /* of each table in one batch */

struct retention {
    struct mono due; /* when retention_turn() has something to do */
    bool more;       /* a day's batches are under way */
    int64_t removed; /* rows in the batches of this day */
};

void retention_init(struct retention *r, struct now now);

/* Where it is due, removes one batch of what was there more than `keep_ms` ago; nothing while that
 * is negative (for ever) or the wall clock is not plausible. Returns 1 when the day's last batch is
 * done and r->removed counts the rows of all, else 0, or an error of store.h: it is tried again at
 * r->due. */
int retention_turn(struct retention *r, struct store *store, int64_t keep_ms, struct now now);
