/* include/store/limits.h - how much goes out, and what stops a loop.  Each text that leaves is
 * noted as a departure; the caps look at the last few of a line, never at the history.  Automatic
 * texts wait for the caps, the pace and the breaker; all others only count.  While the clock is not
 * set, only what left since then counts. */
#pragma once
#include "store/store.h"

/* Counts are 1 or more; a text of several parts counts once. */
struct store_limits {
    int per_minute, per_hour, per_day; /* texts of one line */
    int64_t pace_ms;                   /* from any text to the next automatic one */
    int jitter_permille;               /* of it, more or less: settled by the id of the last text */
    int burst;                         /* automatic texts of a line in `burst_s`; 0 off */
    int64_t burst_s;
    int identical; /* texts of a person in `identical_s` that say the same; 0 off */
    int64_t identical_s;
    int64_t mute_s;
    struct wall follow_ups; /* none begins before: outside their window */
};

/* From when on the next automatic text of a line may leave, and which key of the configuration says
 * so. */
struct limits_gate {
    struct wall open;
    const char *key; /* "limits.per_hour", "breaker.burst"; NULL where it is open now */
};
int limits_gate(struct store *s, int64_t line, const struct store_limits *limits, struct wall now,
                struct limits_gate *ret);

/* The same for the next text to the owner: of each hour and day a third of the line's texts at
 * most, and neither a full cap nor the breaker holds it back, since it may be what it tells of. The
 * key is that of the cap: "limits.per_hour". */
int limits_gate_owner(struct store *s, int64_t line, const struct store_limits *limits,
                      struct wall now, struct limits_gate *ret);

/* What leaves. */
enum limits_kind {
    LIMITS_BY_HAND, /* or a confirmation: counts, and never waits */
    LIMITS_AUTOMATIC,
    LIMITS_OWNER, /* to the owner */
};

/* A text leaves, or may; where an automatic one is the last of a burst, all of them are stopped
 * (event alarm, struct pause). In the transaction that takes its first part. Returns 1 where it was
 * that one, or 0. */
int limits_depart(struct store *s, int64_t line, int64_t message, enum limits_kind kind,
                  const struct store_limits *limits, struct wall now);
/* It has certainly not left. `part`: the one in sending. In the caller's transaction. */
int limits_return(struct store *s, int64_t part);

/* After a text from `number` was shown: where it is one of too many that say the same, nothing
 * automatic goes to them for a while (event alarm). In the caller's transaction. Returns 1 where it
 * was that one, or 0. */
int limits_hear(struct store *s, const char *number, const char *text,
                const struct store_limits *limits, struct wall now);

/* How much of the caps a line has used. */
struct limits_used {
    int64_t line;          /* 0: there was never anything of this line */
    int minute, hour, day; /* texts that left in the last one; `day_max` at most */
};
int limits_used(struct store *s, const char *line, struct wall now, int day_max,
                struct limits_used *ret);

/* What was sent since `since`, for a decision. */
struct limits_counts {
    int automatic; /* answers to calls and web forms of this person, and follow-ups */
    int people;    /* texted at all, counted up to `people_max` */
    bool texted;   /* this person was */
};
int limits_count(struct store *s, const char *number, struct wall since, int people_max,
                 struct limits_counts *ret);

/* Those who get nothing automatic for a while, the longest first. */
struct mute_row {
    const char *number, *name; /* name NULL where unknown; valid as long as the rows */
    struct wall until;
};
int mute_list(struct store *s, struct wall now, int limit, struct store_rows **ret);
int mute_next(struct store_rows *r, struct mute_row *ret);
