/* include/policy/decide.h - is this caller texted?  Small rules in a fixed order; the first that
 * says stop decides, and every rule asked is kept with the reason it gives, for `textback why`
 * (promise P7).
 *
 * Wall times are trusted with care (promise P9).  A time is known when it is plausible and not in
 * the future.
 * - An earlier automatic text or conversation at a time that cannot be compared with now (the clock
 * is not set, ran backwards, or was not set then) counts as recent: rather no text than two.  Rows
 * written while the clock was wrong become comparable once they are corrected.
 * - A call that cannot be compared with now is taken as fresh if it ended while the clock was not
 * set, or the clock ran backwards; as too old if the clock was set then and is not now, since a
 * restart lies between.
 * - While the clock is not set nobody knows whether the business is open: the neutral text is used.
 */
#pragma once
#include "base/time.h"
#include "policy/config.h"
#include <stdbool.h>
#include <stddef.h>

#define DECIDE_RULE_MAX 10
#define DECIDE_DETAIL_SIZE 96

/* What is known about one finished call and its caller. Pointers are borrowed. */
struct decide_facts {
    bool answered;        /* here or elsewhere */
    bool withheld;        /* the caller gave no number */
    const char *number;   /* E.164, or "" */
    bool number_textable; /* `number` holds what e164_parse() accepted */
    const char *raw;      /* the caller id as the modem gave it, any bytes, or "" */
    bool blocked;
    bool opted_out;
    bool paused;
    bool wall_known; /* false while the wall clock is known to be wrong; an implausible `now` counts
                        as wrong anyway */
    struct wall now;
    struct wall ended_at;
    struct wall last_auto_text;    /* 0 = never */
    struct wall last_conversation; /* last manual text out or text in; 0 = never */
};

/* `name` is the reason in JSON: "answered", "withheld", "own_number", "short_code", "blocked",
 * "opted_out", "cooldown", "active_conversation", "too_old" or "paused".  "short_code" is every
 * caller id that is there but is no number that can be texted: short codes, names, and numbers that
 * no plan knows. */
struct rule_result {
    const char *name; /* static */
    bool stop;
    char detail[DECIDE_DETAIL_SIZE]; /* for people, printable ASCII: "texted 3 h ago" */
};

struct decision {
    bool text;
    const char *reason;                        /* name of the rule that stopped, NULL with `text` */
    struct rule_result rules[DECIDE_RULE_MAX]; /* up to and with the one that stopped */
    size_t rule_count;
    enum template_id template; /* meaningful with `text` */
};

void decide_call(struct decision *ret_decision, const struct policy_config *config,
                 const struct decide_facts *facts);
