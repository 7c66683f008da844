/* include/policy/decide.h - is this caller texted, with what, and when?  Small rules over plain
 * facts in a fixed order; the first that says stop decides.  All of them are asked, and each
 * answer is kept with its reason, for `textback why` (promise P7).
 *
 * Wall times are trusted with care (promise P9).  A time is known when it is plausible and not in
 * the future.
 * - An earlier automatic text or conversation at a time that cannot be compared with now (the clock
 * is not set, ran backwards, or was not set then) counts as recent: rather no text than two.  Rows
 * written while the clock was wrong become comparable once they are corrected.
 * - A call that cannot be compared with now is taken as fresh if it ended while the clock was not
 * set, or the clock ran backwards; as too old if the clock was set then and is not now, since a
 * restart lies between.
 * - While the clock is not set nobody knows whether the business is open or the hours are quiet:
 * the neutral text is used, and nothing is held back.
 */
#pragma once
#include "base/time.h"
#include "policy/config.h"
#include <stdbool.h>
#include <stddef.h>

/* In the order in which they are asked. */
enum decide_rule {
    DECIDE_ANSWERED,
    DECIDE_WITHHELD,
    DECIDE_OWN_NUMBER,
    DECIDE_SHORT_CODE, /* any caller id that cannot be texted: short codes, names, nonsense */
    DECIDE_BLOCKED,
    DECIDE_SKIP_LIST,
    DECIDE_OPTED_OUT, /* or perhaps: then it waits for the owner */
    DECIDE_COUNTRY,
    DECIDE_PREMIUM, /* shared cost and `deny_prefixes` too */
    DECIDE_LANDLINE,
    DECIDE_UNDELIVERABLE, /* texts to this number failed for good */
    DECIDE_AUDIENCE,
    DECIDE_COOLDOWN,
    DECIDE_CONVERSATION,
    DECIDE_LOOP_BREAKER, /* a machine, by the looks of it */
    DECIDE_CAPS,         /* of one person, and of people in a month; the others delay */
    DECIDE_TOO_OLD,
    DECIDE_QUIET, /* stops only what would otherwise have to be dropped */
    DECIDE_PAUSED,
    DECIDE_OBSERVE,
    DECIDE_RULE_MAX,
};

#define DECIDE_DETAIL_SIZE 120
#define DECIDE_UNDELIVERABLE_S (INT64_C(90) * 86400) /* for so long a number stays learned */

#define DECIDE_CONTACT_S (INT64_C(180) * 86400) /* after their last sign, no follow-up */
#define DECIDE_MONTH_S (INT64_C(30) * 86400)

/* The least delay of a text on a POLICY_LINE_SHARED: time to see who rang and to cancel it, where
 * the call was answered on the other phone; and soon enough for who was not. */
#define DECIDE_SHARED_DELAY_S 120

/* What the person did that a text would answer. */
enum decide_about {
    DECIDE_ABOUT_CALL,
    DECIDE_ABOUT_LEAD,      /* filled in a web form; `ended_at` is when */
    DECIDE_ABOUT_FOLLOW_UP, /* did not answer the text of `texted_at`; `ended_at` is when they last
                               rang or wrote */
};

/* What is known about one finished call and its caller. Pointers are borrowed. */
struct decide_facts {
    enum decide_about about;
    enum policy_line line;
    bool answered;        /* here or elsewhere */
    bool withheld;        /* the caller gave no number */
    const char *number;   /* E.164, or "" */
    bool number_textable; /* `number` holds what e164_parse() accepted */
    const char *raw;      /* the caller id as the modem gave it, any bytes, or "" */
    bool known;           /* the caller has a name here */
    bool blocked;
    bool skipped;
    bool opted_out;
    bool opt_out_doubtful; /* a text of theirs may have meant it, and the owner has not said */
    bool paused;
    struct wall away_until; /* the owner is away: INT64_MAX until they say; 0 = they are not */
    bool wall_known; /* false while the wall clock is known to be wrong; an implausible `now` counts
                        as wrong anyway */
    struct wall now;
    struct wall ended_at;          /* or now: a forwarded call need not have ended */
    struct wall texted_at;         /* of a follow-up */
    struct wall undeliverable;     /* when the last of several texts failed for good; 0 = never */
    struct wall last_auto_text;    /* 0 = never */
    struct wall last_conversation; /* last manual text out or text in; 0 = never */
    struct wall stopped_until;     /* what is automatic, by breaker.burst; 0 = it is not */
    struct wall muted_until;       /* this caller, by breaker.identical; 0 = not */
    int auto_texts;                /* automatic ones to this caller in DECIDE_MONTH_S */
    int people;                    /* texted in that time, limits.people_per_month at most */
    bool texted;                   /* this caller is one of them */
};

struct rule_result {
    const char *name; /* static, the reason in JSON: "answered" ... "observe" */
    bool stop;
    char detail[DECIDE_DETAIL_SIZE]; /* for people, printable ASCII: "texted 3 h ago" */
};

struct decision {
    bool text;
    enum decide_rule decider; /* the first that stopped, DECIDE_RULE_MAX with `text` */
    struct rule_result rules[DECIDE_RULE_MAX];
    enum template_id template; /* meaningful where nothing stops but DECIDE_OBSERVE */
    struct wall due;           /* not before; the template is that of this instant */
    struct wall expires;       /* not after */
};

void decide_call(struct decision *ret_decision, const struct policy_config *config,
                 const struct decide_facts *facts);

/* Returns "answered", "withheld" ... */
const char *decide_rule_name(enum decide_rule rule);

/* The times that a text may tell, as people say them; "" where it has none to tell. */
struct policy_times {
    char time[HOURS_CLOCK_SIZE];
    char next_open[HOURS_NEXT_OPEN_SIZE];
    char back_at[HOURS_NEXT_OPEN_SIZE];
    const char *holiday; /* of `config` */
};

/* Writes them for a text about a call that began at `started`, to be read at `at`. */
void policy_times(const struct policy_config *config, const struct decide_facts *facts,
                  struct wall started, struct wall at, struct policy_times *ret_times);

/* Fills in all values but the name; they point into `config` and `times`. */
void policy_values(const struct policy_config *config, const struct policy_times *times,
                   struct template_values *ret_values);
