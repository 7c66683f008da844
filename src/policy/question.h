/* src/policy/question.h - what the files of a decision share: decide.c, rules.c. */
#pragma once
#include "base/text.h"
#include "policy/decide.h"

struct question {
    const struct policy_config *config;
    const struct decide_facts *facts;
};

/* decide.c */
bool question_clock_known(const struct decide_facts *facts);
/* When a text would go if nothing held it back. */
struct wall question_due(const struct question *q);
/* Whether quiet hours forbid it then. */
bool question_is_forbidden(const struct question *q);

/* rules.c */
/* Answers "does this rule stop the text?" and writes why, or why not. */
bool rule_stops(enum decide_rule rule, const struct question *q, struct text *why);
