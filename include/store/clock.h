/* include/store/clock.h - what becomes of the times in the rows when the clock turns out to have
 * been wrong. */
#pragma once
#include "store/store.h"

/* The wall clock was stepped by `delta_s` at `from`, and had run without a step since `since` (the
 * start of the program, by the clock of now): every time written between the two moves along, and
 * so does what was queued then and still waits, but not what an earlier run has written by the same
 * hours of its own clock, but for when its texts left, which goes back with a clock that falls and
 * forth again as far; where `from` was not plausible, all times written before the time was
 * known. What holds until a time (a pause) moves along where it was set since
 * that start. In a transaction of its own. */
int store_clock_stepped(struct store *s, struct wall since, struct wall from, int64_t delta_s);

/* At start: what an earlier run wrote under a clock that was wrong and never corrected gets a time
 * that can be: the newest of the implausible ones becomes `now`, and so does what lies more than a
 * week ahead. A text that was to leave within minutes does so by the clock of now, where that is up
 * to two hours behind (it stood while the power was off). Nothing of that while `now` is not
 * plausible itself. Notes what earlier runs have written. In a transaction of its own. */
int store_clock_settle(struct store *s, struct wall now);
