/* include/cli/batch.h - a long list written beside a daemon that may have to store a call meanwhile
 * and waits 200 ms for that: in transactions much shorter, with rests between them. What was
 * committed stays where a later one fails; done again, the list is complete. */
#pragma once
#include "cli/cli.h"

struct batch {
    struct cli *cli;
    struct mono began;
};

/* Each returns 0 or an error of store.h. */
int batch_begin(struct batch *b, struct cli *cli);
/* Call it between two rows: ends the transaction where it has lasted long enough, rests, and begins
 * the next. A dry run takes back what it did. */
int batch_next(struct batch *b);
/* Ends the last one, which is taken back in a dry run and where `err`, which is returned then. */
int batch_end(struct batch *b, int err);
