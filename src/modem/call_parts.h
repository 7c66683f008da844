/* src/modem/call_parts.h - what call_lines.c, which reads the lines, and call.c, which keeps track
 * of the calls, share. */
#pragma once
#include "modem/call.h"

#define CALL_RING_LINES_MS 700 /* lines of one ring: RING and +CRING, RING and +CCWA */

/* The lines that tell of the end of a call: for one call several of them come. */
enum end_kind {
    END_SILENCE, /* or two lists without the call */
    END_CEND,
    END_NO_CARRIER,
    END_VOICE,
    END_MISSED,
    END_CLCC,
    END_CCINFO,
    END_DSCI,
    END_UCALLSTAT,
    END_CCALLSTATE,
    END_SLCC,
    END_WIND,
};

/* What one line says of a call. */
struct call_sign {
    int8_t index;
    char number[CALL_NUMBER_MAX + 1]; /* "" none */
    bool withheld;
    bool waiting;
};

/* Returns whether two forms can be of one number: +447700900152 and 07700900152 are. */
bool call_same_number(const char *a, const char *b);

/* The call a line tells of, NULL for one that is not known yet. */
struct call *call_find(struct call_set *c, const struct call_sign *s);
struct call *call_find_state(struct call_set *c, enum call_phase state, bool waiting);
/* The call that RING and the lines without a number or an index belong to. */
struct call *call_find_ringing(struct call_set *c);

/* Begins a call; where there is no room for another, the oldest has ended. */
struct call *call_start(struct call_set *c, struct mono now);
/* Takes what a line adds to what is known of the call. */
void call_learn(struct call_set *c, struct mono now, struct call *call, const struct call_sign *s);
/* The call that rings or waits as the line tells, begun where it was not known. */
struct call *call_incoming(struct call_set *c, struct mono now, const struct call_sign *s);
/* It has rung once more. */
void call_ring(struct call_set *c, struct mono now, struct call *call);
/* Somebody has taken it; `call` may be NULL, or have been taken before. */
void call_answer(struct call_set *c, struct mono now, struct call *call);

/* Ends the call that a line tells of. A line that only repeats the end of the last call, in the
 * words of another standard or maker, must not end the next one. */
void call_end(struct call_set *c, struct mono now, const struct call_sign *s, enum end_kind kind,
              enum call_outcome outcome);
/* Ends this one. */
void call_finish(struct call_set *c, struct mono now, struct call *call, enum end_kind kind,
                 enum call_outcome outcome, bool certain);
/* Returns whether a call from `number` has ended a moment ago. */
bool call_just_ended(const struct call_set *c, struct mono now, const char *number);
