/* include/service/replay.h - past calls decided once more, under a configuration that may be
 * another: who would have been texted, with what, and when.  Each call is decided on what was kept
 * with it, at the time by the clock of then; what follows from earlier texts (the cooldown, the
 * first text or another one, how many in 30 days, how many people) follows from the texts that
 * these decisions send.  Nothing in the database changes, and memory does not grow with the calls.
 *
 * What it cannot know: a person who was not texted might have answered; whether a text would have
 * waited for the pace or the limits of a minute, an hour or a day.  So what people wrote, when they
 * talked, texts that failed, pauses and what the loop breaker stopped are as they were; a text that
 * was withdrawn, failed or ran out of time does so again, unless it would have left before; and one
 * that is sent later, or was not sent before, is withdrawn by what happens in its delay: an
 * answered call, a text from them, a text by hand. */
#pragma once
#include "policy/decide.h"
#include "store/calls.h"

#define REPLAY_REASON_SIZE 32
#define REPLAY_TEXT_SIZE (TEMPLATE_MAX + POLICY_OPT_OUT_LINE_SIZE + 256)

/* What became, or becomes, of a call. */
struct replay_verdict {
    bool text;                       /* one leaves, as far as is known */
    char reason[REPLAY_REASON_SIZE]; /* else the rule; cancelled, expired or failed; "" */
    char detail[DECIDE_DETAIL_SIZE]; /* of that, for people */
    char body[REPLAY_TEXT_SIZE];     /* of the text; "" none */
    struct wall due;                 /* meaningful with a body */
};

struct replay_step {
    struct call_row call; /* valid until the next step */
    bool known;           /* false: no facts were kept, and `would` says nothing */
    struct replay_verdict was, would;
};

struct replay;

/* Begins with the first call that started at or after `since` (0 the very first), ends before
 * `until` (0 open). `store` and `policy` are borrowed. Returns 0 or an error of the store. */
int replay_new(struct store *store, const struct policy_config *policy, struct wall since,
               struct wall until, struct replay **ret);
void replay_free(struct replay *r); /* takes NULL */

/* The next call, oldest first. Returns 1, 0 at the end, or an error of the store. */
int replay_next(struct replay *r, struct replay_step *ret);
