/* include/store/leads.h - what people wrote in a web form, the consent that came with it, and why
 * each was texted or not.  What they wrote is a text in their thread; this is what else is known of
 * it. */
#pragma once
#include "store/calls.h"

#define LEADS_AGAIN_S 600 /* the same form sent twice in this time is one lead */

struct lead_new {
    int64_t line;
    const char *number; /* E.164 */
    const char *name;   /* as they wrote it; NULL */
    const char *text;
    bool consent;
    const char *consent_text; /* what they agreed to, word for word; NULL */
    struct wall consented;    /* when, where the form tells; 0 */
    const char *source;       /* the page; NULL */
    struct wall at;
};

/* Adds one, and what they wrote as a text in their thread (event message.received), which opens it
 * and waits for an answer. Returns 0, or -EEXIST and in `ret_id` the lead of the same number and
 * text that came less than LEADS_AGAIN_S ago: nothing is added. */
int leads_add(struct store *s, const struct lead_new *lead, int64_t *ret_id);

/* Records the decision with its rules (event lead): `reason` NULL means a text, `answer`. `config`
 * and `facts` as in calls_keep_facts(). Once a lead, in the transaction that adds it. */
int leads_decide(struct store *s, int64_t id, const char *reason, int64_t answer,
                 const struct call_rule *rules, size_t rule_count, const char *config,
                 const char *facts, struct wall at);

/* Text is valid until the next lead is asked for. */
struct lead_row {
    int64_t id, thread, message, answer; /* answer 0: none */
    const char *line, *number, *name;    /* as they wrote it; NULL */
    const char *text;
    bool consent;
    const char *consent_text, *source; /* NULL where the form did not tell */
    struct wall consented, at;         /* 0 where it did not */
    const char *reason;                /* the rule that stopped the text, NULL */
    const char *config, *facts;
};
int leads_get(struct store *s, int64_t id, struct lead_row *ret);

/* The rules in order, with calls_rule_next(). */
int leads_rules(struct store *s, int64_t id, struct store_rows **ret);
