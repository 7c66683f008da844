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

/* A column of what the daemon said, "" for null. */
static inline const char *status_column(sqlite3_stmt *statement, int i)
{
    const char *text = (const char *)sqlite3_column_text(statement, i);
    return text ? text : "";
}

/* status_json.c: prints the document. Returns 0 or an error of the store. */
int status_json(const struct cli *cli, const struct status *s);
