/* src/cli/status_parts.h - what the screen of `status` and its JSON share. */
#pragma once
#include "cli/cli.h"
#include "cli/waits.h"
#include "store/people.h"

struct status {
    struct waits waits;
    struct outbox_counts queue;
    struct day_counts today;
    int follow_ups;        /* planned */
    struct wall follow_up; /* the next */
};

/* status_json.c: prints the document. Returns 0 or an error of the store. */
int status_json(const struct cli *cli, const struct status *s);
