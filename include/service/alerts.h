/* include/service/alerts.h - what the owner is told by text (policy/owner.h): what customers write,
 * who waits too long, what is broken, and how the day was.  One for all lines of a program.
 *
 * What happened is read from the events: each that the owner may want to know of is told in one
 * transaction with the note that it was, so a power cut neither loses nor doubles a text.  A text
 * goes out on the line that it is about, else on any that can send.  A line that cannot send for
 * ALERTS_DOWN_MS (or wants a person: ALERTS_PERSON_MS) is told on another, and when it is back;
 * where there is no other, when it is back.  Nothing is told while reply.mode is observe. */
#pragma once
#include "policy/config.h"
#include "service/service.h"
#include "store/owners.h"

#define ALERTS_LINES_MAX 4
#define ALERTS_DOWN_MS (INT64_C(10) * 60 * 1000)
#define ALERTS_PERSON_MS (INT64_C(60) * 1000)
#define ALERTS_LOOK_MS (INT64_C(60) * 1000) /* at the clock, and at who waits */
#define ALERTS_FAILED_S 3600                /* texts that fail are told one by one, so far apart */
#define ALERTS_DIGEST_LATE_MIN 120          /* a day's digest is told so late, or not at all */

/* Since when something is wrong that is only seen here. */
struct alerts_wrong {
    bool is;
    struct mono since, seen; /* seen: last */
    char what[TROUBLE_WHAT_MAX];
};

struct alerts {
    struct owner_config known; /* as it was at the last turn */
    int64_t event;             /* the last one that was looked at ... */
    int64_t noted;             /* ... and that is known to be after a restart; -1 none */
    int64_t writes;            /* of the store, at the last turn */
    struct mono due;           /* when alerts_turn() has something to do */
    struct alerts_wrong line[ALERTS_LINES_MAX], store;
    size_t lines; /* at the last turn */
    bool settled; /* the store knows the phones */
    struct compose compose;
};

void alerts_init(struct alerts *a, struct now now);

/* When alerts_turn() has something to do by itself; never where there is no phone to tell. */
struct mono alerts_deadline(const struct alerts *a);

/* After the turns of the lines. `poked`: somebody else wrote to the database. Returns 1 where
 * something was queued, 0, or an error of store.h: it is tried again at a->due. */
int alerts_turn(struct alerts *a, struct store *store, const struct policy_config *policy,
                struct service *const *lines, size_t count, struct now now, bool poked);
