/* tests/sim/truth_parts.h - what the files of the truth share. */
#pragma once
#include "truth.h"

static inline int64_t truth_now(const struct truth *t)
{
    return t->w->now.mono.ms;
}

/* How long a part may have been on its way when they opted out. */
static inline int64_t truth_in_flight(const struct truth *t)
{
    return 5 * SECOND + t->w->sim.send_ms;
}

uint64_t truth_hash(const char *text);
/* Whether the wire loses bytes, or has just lost some that somebody still waits for. */
bool truth_wire_bad(const struct truth *t);
/* Whether the clock was right for so long. */
bool truth_clock_right(const struct truth *t, int64_t ms);

/* truth_in.c: the program shows a text. */
void truth_received(struct truth *t, const char *number, const char *text);
/* truth_out.c: the program has put a text into the queue. */
void truth_queued(struct truth *t, const char *data);
/* truth_out.c: whether `more` texts may leave at once. */
bool truth_below_caps(const struct truth *t, int more);
/* truth_out.c: the network took a text, or was told that its report has come. */
void truth_left(struct truth *t, const char *line);
void truth_reported(struct truth *t, const char *line);
