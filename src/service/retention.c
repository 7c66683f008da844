#include "service/retention.h"
#include "store/keep.h"
#include <errno.h>

void retention_init(struct retention *r, struct now now)
{
    *r = (struct retention){.due = mono_after(now.mono, RETENTION_FIRST_MS)};
}

int retention_turn(struct retention *r, struct store *store, int64_t keep_ms, struct now now)
{
    if (now.mono.ms < r->due.ms)
        return 0;
    if (keep_ms < 0 || !wall_plausible(now.wall)) {
        r->due = mono_after(now.mono, RETENTION_FIRST_MS);
        return 0;
    }
    struct wall before = {now.wall.s - keep_ms / 1000};
    int count = keep_prune(store, before, RETENTION_ROWS);
    if (count < 0) {
        r->due = mono_after(now.mono, RETENTION_RETRY_MS);
        return count;
    }
    r->removed = r->more ? r->removed + count : count;
    r->more = count >= RETENTION_ROWS;
    int err = r->more ? 0 : keep_empty_log(store); /* of what was forgotten while somebody read */
    if (err < 0 && err != -EBUSY) {
        r->due = mono_after(now.mono, RETENTION_RETRY_MS);
        return err;
    }
    r->due = mono_after(now.mono, r->more ? RETENTION_PACE_MS : RETENTION_EVERY_MS);
    return !r->more;
}
