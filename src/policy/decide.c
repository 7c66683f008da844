/* src/policy/decide.c - one function a rule, one table for their order. */
#include "policy/decide.h"
#include "base/text.h"
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define RAW_SHOWN_MAX 40 /* octets of a caller id in a detail */

struct question {
    const struct policy_config *config;
    const struct decide_facts *facts;
};

/* Answers "does this rule stop the text?" and writes why, or why not. */
typedef bool rule_fn(const struct question *q, struct text *why);

static bool clock_known(const struct decide_facts *facts)
{
    return facts->wall_known && wall_plausible(facts->now);
}

static void add_duration(struct text *t, int64_t s)
{
    if (s < 60)
        text_addf(t, "%" PRId64 " s", s);
    else if (s < 3600)
        text_addf(t, "%" PRId64 " min", s / 60);
    else if (s < 2 * INT64_C(86400))
        text_addf(t, "%" PRId64 " h", s / 3600);
    else
        text_addf(t, "%" PRId64 " days", s / 86400);
}

static bool rule_answered(const struct question *q, struct text *why)
{
    text_add(why, q->facts->answered ? "the call was answered" : "nobody answered the call");
    return q->facts->answered;
}

static bool rule_withheld(const struct question *q, struct text *why)
{
    text_add(why, q->facts->withheld ? "the caller hid the number" : "the number is known");
    return q->facts->withheld;
}

static bool rule_own_number(const struct question *q, struct text *why)
{
    const char *number = q->facts->number;
    for (size_t i = 0; i < q->config->own_count; i++) {
        if (number[0] != '\0' && strcmp(q->config->own[i], number) == 0) {
            text_addf(why, "%s is a number of the business", number);
            return true;
        }
    }
    text_add(why, "not a number of the business");
    return false;
}

/* Adds a caller id from outside: printable ASCII of it, and not too much. */
static void add_raw(struct text *t, const char *raw)
{
    size_t len = strnlen(raw, RAW_SHOWN_MAX);
    text_add_char(t, '"');
    for (size_t i = 0; i < len; i++)
        text_add_char(t, raw[i] >= ' ' && raw[i] <= '~' ? raw[i] : '?');
    text_add(t, raw[len] != '\0' ? "...\"" : "\"");
}

static bool rule_short_code(const struct question *q, struct text *why)
{
    if (q->facts->number_textable) {
        text_add(why, "a full telephone number");
        return false;
    }
    add_raw(why, q->facts->raw);
    text_add(why, " is no number that can be texted");
    return true;
}

static bool rule_blocked(const struct question *q, struct text *why)
{
    text_add(why, q->facts->blocked ? "the number is blocked" : "not blocked");
    return q->facts->blocked;
}

static bool rule_opted_out(const struct question *q, struct text *why)
{
    text_add(why, q->facts->opted_out ? "the caller wants no texts" : "not opted out");
    return q->facts->opted_out;
}

/* The rules about something that happened before: stops inside `window_ms`, and where the clock
 * cannot tell. */
static bool is_recent(const struct decide_facts *facts, struct wall then, int64_t window_ms,
                      const char *what, struct text *why)
{
    int64_t age_s = facts->now.s - then.s;

    if (then.s == 0) {
        text_addf(why, "never %s", what);
        return false;
    }
    if (window_ms == 0) {
        text_add(why, "off");
        return false;
    }
    if (!clock_known(facts) || !wall_plausible(then) || age_s < 0) {
        text_addf(why, "%s before, and the clock cannot tell when", what);
        return true;
    }
    text_addf(why, "%s ", what);
    add_duration(why, age_s);
    text_add(why, " ago");
    return age_s < window_ms / 1000;
}

static bool rule_cooldown(const struct question *q, struct text *why)
{
    return is_recent(q->facts, q->facts->last_auto_text, q->config->cooldown_ms, "texted", why);
}

static bool rule_active_conversation(const struct question *q, struct text *why)
{
    return is_recent(q->facts, q->facts->last_conversation, q->config->conversation_window_ms,
                     "in conversation", why);
}

static bool rule_too_old(const struct question *q, struct text *why)
{
    struct wall now = q->facts->now, ended_at = q->facts->ended_at;
    int64_t age_s = now.s - ended_at.s;

    if (wall_plausible(ended_at) && !wall_plausible(now)) {
        text_add(why, "the call came before a restart, and the clock is not set yet");
        return true;
    }
    if (age_s < 0 || wall_plausible(ended_at) != wall_plausible(now)) {
        text_add(why, "just ended, by a clock that was wrong");
        return false;
    }
    text_add(why, "ended ");
    add_duration(why, age_s);
    text_add(why, " ago");
    return age_s > q->config->max_age_ms / 1000;
}

static bool rule_paused(const struct question *q, struct text *why)
{
    text_add(why, q->facts->paused ? "automatic texts are paused" : "not paused");
    return q->facts->paused;
}

/* The order is part of the contract: what is said first is the reason. */
static const struct {
    const char *name;
    rule_fn *stops;
} rules[] = {
    {"answered", rule_answered},     {"withheld", rule_withheld},
    {"own_number", rule_own_number}, {"short_code", rule_short_code},
    {"blocked", rule_blocked},       {"opted_out", rule_opted_out},
    {"cooldown", rule_cooldown},     {"active_conversation", rule_active_conversation},
    {"too_old", rule_too_old},       {"paused", rule_paused},
};
static_assert(sizeof(rules) / sizeof(rules[0]) == DECIDE_RULE_MAX, "a decision holds every rule");

static enum template_id choose_template(const struct policy_config *config,
                                        const struct decide_facts *facts)
{
    struct wall open;
    if (config->hours_set && clock_known(facts) &&
        !hours_open(&config->hours, &config->zone, facts->now) &&
        hours_next_open(&config->hours, &config->zone, facts->now, &open))
        return TEMPLATE_CLOSED;
    return facts->last_auto_text.s != 0 ? TEMPLATE_REPEAT : TEMPLATE_FIRST;
}

void decide_call(struct decision *ret_decision, const struct policy_config *config,
                 const struct decide_facts *facts)
{
    const struct question q = {.config = config, .facts = facts};
    struct decision d = {.text = true, .template = choose_template(config, facts)};

    assert(!facts->number_textable || facts->number[0] == '+');
    for (size_t i = 0; i < DECIDE_RULE_MAX && d.text; i++) {
        struct rule_result *result = &d.rules[d.rule_count++];
        struct text why;
        text_init(&why, result->detail, sizeof(result->detail));
        result->name = rules[i].name;
        result->stop = rules[i].stops(&q, &why);
        assert(text_ok(&why));
        d.text = !result->stop;
        d.reason = result->stop ? result->name : NULL;
    }
    *ret_decision = d;
}
