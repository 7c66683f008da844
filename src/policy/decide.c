/* src/policy/decide.c - asks the rules in their order, and plans the text. */
#include "question.h"
#include <assert.h>
#include <string.h>

bool question_clock_known(const struct decide_facts *facts)
{
    return facts->wall_known && wall_plausible(facts->now);
}

/* The instant from which on quiet hours forbid the text of this call: its grace is over by then. */
static struct wall forbidden_from(const struct question *q)
{
    const struct quiet *quiet = &q->config->quiet;
    struct wall grace_end = {q->facts->ended_at.s + quiet->grace_ms / 1000};
    if (!question_clock_known(q->facts) || !wall_plausible(q->facts->ended_at))
        return (struct wall){INT64_MAX};
    return quiet_begin(quiet, &q->config->zone, grace_end);
}

static int64_t delay_s(const struct question *q)
{
    if (q->facts->about != DECIDE_ABOUT_CALL)
        return 0; /* nobody rings back to a form */
    int64_t s = (q->config->delay_ms + 999) / 1000;
    bool shared = q->facts->line == POLICY_LINE_SHARED;
    return shared && s < DECIDE_SHARED_DELAY_S ? DECIDE_SHARED_DELAY_S : s;
}

struct wall question_due(const struct question *q)
{
    return (struct wall){q->facts->now.s + delay_s(q)};
}

bool question_is_forbidden(const struct question *q)
{
    struct wall due = question_due(q);
    return due.s >= forbidden_from(q).s && quiet_at(&q->config->quiet, &q->config->zone, due);
}

static bool is_away(const struct decide_facts *facts, struct wall at)
{
    if (facts->away_until.s == INT64_MAX)
        return true;
    return question_clock_known(facts) && facts->away_until.s > at.s;
}

/* Closed counts only with an opening to name. */
static bool is_closed(const struct question *q, struct wall at)
{
    const struct policy_config *config = q->config;
    struct wall open;
    return config->hours_set && question_clock_known(q->facts) &&
           !hours_open(&config->hours, &config->zone, at) &&
           hours_next_open(&config->hours, &config->zone, at, &open);
}

static enum template_id choose_template(const struct question *q, struct wall at)
{
    const struct policy_config *config = q->config;
    if (q->facts->about == DECIDE_ABOUT_LEAD)
        return TEMPLATE_LEAD;
    if (q->facts->about == DECIDE_ABOUT_FOLLOW_UP)
        return TEMPLATE_FOLLOW_UP;
    if (is_away(q->facts, at))
        return TEMPLATE_AWAY;
    if (is_closed(q, at))
        return hours_holiday(&config->hours, &config->zone, at) ? TEMPLATE_HOLIDAY
                                                                : TEMPLATE_CLOSED;
    if (q->facts->known)
        return TEMPLATE_KNOWN;
    return q->facts->last_auto_text.s != 0 ? TEMPLATE_REPEAT : TEMPLATE_FIRST;
}

/* Sets when the text goes, and with that what it says. */
static void plan_text(const struct question *q, struct decision *d)
{
    int64_t max_age_s = q->config->max_age_ms / 1000;
    struct wall forbidden = forbidden_from(q);

    d->due = question_due(q);
    d->expires = (struct wall){q->facts->ended_at.s + max_age_s};
    if (q->facts->line == POLICY_LINE_SHARED) /* whose delay may be longer than that */
        d->expires.s += DECIDE_SHARED_DELAY_S;
    if (question_is_forbidden(q)) {
        d->due = quiet_end(&q->config->quiet, &q->config->zone, d->due);
        d->expires.s = d->due.s + max_age_s;
    } else if (forbidden.s > d->due.s && forbidden.s < d->expires.s) {
        d->expires.s = forbidden.s - 1;
    }
    d->template = choose_template(q, d->due);
}

void decide_call(struct decision *ret_decision, const struct policy_config *config,
                 const struct decide_facts *facts)
{
    const struct question q = {.config = config, .facts = facts};
    struct decision d = {.decider = DECIDE_RULE_MAX};

    assert(!facts->number_textable || facts->number[0] == '+');
    for (enum decide_rule rule = 0; rule < DECIDE_RULE_MAX; rule++) {
        struct rule_result *result = &d.rules[rule];
        struct text why;
        text_init(&why, result->detail, sizeof(result->detail));
        result->name = decide_rule_name(rule);
        result->stop = rule_stops(rule, &q, &why);
        assert(text_ok(&why));
        if (result->stop && d.decider == DECIDE_RULE_MAX)
            d.decider = rule;
    }
    d.text = d.decider == DECIDE_RULE_MAX;
    plan_text(&q, &d);
    *ret_decision = d;
}

void policy_times(const struct policy_config *config, const struct decide_facts *facts,
                  struct wall started, struct wall at, struct policy_times *ret_times)
{
    struct wall open;
    *ret_times = (struct policy_times){.holiday = ""};
    if (!question_clock_known(facts))
        return;
    hours_clock_text(&config->zone, started, ret_times->time);
    if (config->hours_set && hours_next_open(&config->hours, &config->zone, at, &open))
        hours_next_open_text(&config->zone, at, open, ret_times->next_open);
    if (facts->away_until.s > at.s && facts->away_until.s != INT64_MAX)
        hours_next_open_text(&config->zone, at, facts->away_until, ret_times->back_at);
    const struct holiday *holiday = hours_holiday(&config->hours, &config->zone, at);
    if (holiday)
        ret_times->holiday = holiday->name;
}

void policy_values(const struct policy_config *config, const struct policy_times *times,
                   struct template_values *ret_values)
{
    ret_values->business = config->business;
    ret_values->callback = config->callback;
    ret_values->time = times->time;
    ret_values->next_open = times->next_open;
    ret_values->back_at = times->back_at;
    ret_values->holiday = times->holiday;
}
