/* src/service/alerts_turn.h - inside of the alerts: one turn of them, for alerts.c and
 * alerts_events.c.
 */
#pragma once
#include "owner_send.h"
#include "service/alerts.h"

struct turn {
    struct alerts *a;
    struct store *store;
    const struct policy_config *policy;
    struct now now;
    struct service_health line[ALERTS_LINES_MAX];
    size_t count;
    int queued; /* texts, so far */
};

/* The line for a text: the one of this name if it can send, else another that can; else, unless
 * `able`, the first. NULL where there is none. */
const struct service_health *alerts_line(const struct turn *t, const char *name, bool able);

/* Queues a text to every phone, on this line, in the caller's transaction. Returns 0 or an error.
 */
int alerts_tell(struct turn *t, const struct service_health *line, const char *text, size_t parts);

/* Tells of what has happened since the last turn: each event in a transaction of its own. */
int alerts_events(struct turn *t);

/* Tells, or counts, that a text failed for good; and later how many more did. */
int alerts_failed_due(struct turn *t);
