/* include/policy/follow_up.h - when somebody who did not answer the text to them is texted once
 * more: in the morning of a day that is allowed, so much later at least.  A window that opens on
 * such days says until when. */
#pragma once
#include "base/time.h"
#include "policy/hours.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLLOW_UP_MAX 3 /* texts that follow one another */

struct follow_up {
    bool enabled;
    int64_t after_ms[FOLLOW_UP_MAX]; /* each from the text before it */
    size_t after_count;
    struct hours_slot window; /* within one day */
    bool days[7];             /* 0 Monday */
};

struct policy_config;

/* When the text goes that would be the `nudge`-th (from 0) after an answer to a call or form, where
 * the one before it was sent at `sent`: as soon as the window opens on a day that is allowed and no
 * holiday, outside the quiet hours. False where there is none: not enabled, enough, or no such day
 * in HOURS_NEXT_DAYS. */
bool follow_up_due(const struct policy_config *config, int64_t nudge, struct wall sent,
                   struct wall *ret_due);

/* The first time at or after `from` that one may go, to begin a day with. False as above. */
bool follow_up_morning(const struct policy_config *config, struct wall from, struct wall *ret);

/* The same without beginning a day: later today where only quiet hours speak against it. */
bool follow_up_next(const struct policy_config *config, struct wall from, struct wall *ret);

/* Whether one may go at `t`; if so, `ret_end` is when that ends. */
bool follow_up_open(const struct policy_config *config, struct wall t, struct wall *ret_end);
