/* src/policy/rules.c - one function a rule, one table for their order. */
#include "question.h"
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define RAW_SHOWN_MAX 40 /* octets of a caller id in a detail */

typedef bool rule_fn(const struct question *q, struct text *why);

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
    if (q->facts->line == POLICY_LINE_FORWARDED) {
        text_add(why, "forwarded: nobody answered the call where it was for");
        return false;
    }
    if (q->facts->about == DECIDE_ABOUT_LEAD)
        text_add(why, "a web form, no call");
    else if (q->facts->about == DECIDE_ABOUT_FOLLOW_UP)
        text_add(why, "a follow-up, no call");
    else
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

static bool rule_skip_list(const struct question *q, struct text *why)
{
    text_add(why, q->facts->skipped ? "on the skip list" : "not on the skip list");
    return q->facts->skipped;
}

static bool rule_opted_out(const struct question *q, struct text *why)
{
    if (q->facts->opted_out)
        text_add(why, "the caller wants no texts");
    else if (q->facts->opt_out_doubtful)
        text_add(why, "the caller may want no texts: say so with textback optout add or remove");
    else
        text_add(why, "not opted out");
    return q->facts->opted_out || q->facts->opt_out_doubtful;
}

static bool is_served(const struct policy_config *config, const char *region)
{
    bool own = strcmp(region, config->region) == 0;
    for (size_t i = 0; i < config->country_count; i++) {
        const char *country = config->countries[i];
        if (strcmp(country, "all") == 0 || strcmp(country, region) == 0 ||
            (own && strcmp(country, "own") == 0))
            return true;
    }
    return own && config->country_count == 0;
}

static bool rule_country(const struct question *q, struct text *why)
{
    const char *region = number_region(q->facts->number);
    if (!region) {
        text_add(why, "no country");
        return false;
    }
    bool served = is_served(q->config, region);
    text_addf(why, "%s is %sserved", region, served ? "" : "not ");
    return !served;
}

/* What a text to such a number may cost nobody knows. */
static bool rule_premium(const struct question *q, struct text *why)
{
    const char *number = q->facts->number;
    enum number_kind kind = number_kind(number);
    for (size_t i = 0; i < q->config->deny_count; i++) {
        const char *prefix = q->config->deny[i];
        if (prefix[0] != '\0' && strncmp(number, prefix, strlen(prefix)) == 0) {
            text_addf(why, "numbers that begin with %s are not texted", prefix);
            return true;
        }
    }
    if (kind == NUMBER_PREMIUM || kind == NUMBER_SHARED_COST) {
        text_add(why, kind == NUMBER_PREMIUM ? "a premium number" : "a shared cost number");
        return true;
    }
    text_add(why, "not a premium number");
    return false;
}

static bool rule_landline(const struct question *q, struct text *why)
{
    bool landline = number_kind(q->facts->number) == NUMBER_FIXED;
    if (!landline)
        text_add(why, "not a landline");
    else
        text_addf(why, "a landline%s",
                  q->config->landlines == POLICY_LANDLINES_TRY ? ", texted all the same" : "");
    return landline && q->config->landlines == POLICY_LANDLINES_NEVER;
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
    if (!question_clock_known(facts) || !wall_plausible(then) || age_s < 0) {
        text_addf(why, "%s before, and the clock cannot tell when", what);
        return true;
    }
    text_addf(why, "%s ", what);
    add_duration(why, age_s);
    text_add(why, " ago");
    return age_s < window_ms / 1000;
}

static bool rule_undeliverable(const struct question *q, struct text *why)
{
    return is_recent(q->facts, q->facts->undeliverable, DECIDE_UNDELIVERABLE_S * 1000,
                     "failed for good", why);
}

static bool rule_audience(const struct question *q, struct text *why)
{
    bool known = q->facts->known;
    if (q->facts->about != DECIDE_ABOUT_CALL) {
        text_add(why, "it is about callers");
        return false;
    }
    text_add(why, known ? "a person with a name here" : "nobody known here");
    switch (q->config->audience) {
    case POLICY_AUDIENCE_ALL:
        return false;
    case POLICY_AUDIENCE_UNKNOWN:
        return known;
    case POLICY_AUDIENCE_KNOWN:
        return !known;
    }
    assert(false);
    return true;
}

static bool rule_cooldown(const struct question *q, struct text *why)
{
    if (q->facts->about == DECIDE_ABOUT_FOLLOW_UP) {
        text_add(why, "it follows a text on purpose");
        return false;
    }
    return is_recent(q->facts, q->facts->last_auto_text, q->config->cooldown_ms, "texted", why);
}

static bool rule_active_conversation(const struct question *q, struct text *why)
{
    if (q->facts->about == DECIDE_ABOUT_FOLLOW_UP) {
        bool answered = q->facts->last_conversation.s > q->facts->texted_at.s;
        text_add(why, answered ? "in conversation since the text" : "nobody answered the text");
        return answered;
    }
    return is_recent(q->facts, q->facts->last_conversation, q->config->conversation_window_ms,
                     "in conversation", why);
}

static bool rule_loop_breaker(const struct question *q, struct text *why)
{
    const struct decide_facts *facts = q->facts;
    bool stopped = facts->stopped_until.s > facts->now.s;
    bool muted = facts->muted_until.s > facts->now.s;
    if (!stopped && !muted) {
        text_add(why, "no sign of a machine that answers a machine");
        return false;
    }
    if (stopped)
        text_add(why, "too many automatic texts at once");
    else
        text_add(why, "the caller sent the same text again and again");
    if (question_clock_known(facts)) {
        text_add(why, ": none for another ");
        add_duration(why, (stopped ? facts->stopped_until : facts->muted_until).s - facts->now.s);
    }
    if (stopped)
        text_add(why, " (textback resume)");
    return true;
}

/* While the clock is not set, nobody knows what happened in the last 30 days; the cooldown and the
 * delaying caps still hold. */
static bool rule_caps(const struct question *q, struct text *why)
{
    const struct decide_facts *facts = q->facts;
    const struct policy_limits *limits = &q->config->limits;
    if (!question_clock_known(facts)) {
        text_add(why, "the clock is not set yet");
        return false;
    }
    if (facts->auto_texts >= limits->auto_per_person) {
        text_addf(why, "%d automatic texts in 30 days: limits.auto_per_person_30d is %" PRId32,
                  facts->auto_texts, limits->auto_per_person);
        return true;
    }
    if (!facts->texted && facts->people >= limits->people_per_month) {
        text_addf(why, "%d people texted in 30 days: limits.people_per_month is %" PRId32,
                  facts->people, limits->people_per_month);
        return true;
    }
    text_addf(why, "%d of %" PRId32 " texts to the caller, %d of %" PRId32 " people in 30 days",
              facts->auto_texts, limits->auto_per_person, facts->people, limits->people_per_month);
    return false;
}

/* Whoever was last heard of half a year ago does not expect it any more. */
static bool follow_up_too_old(const struct question *q, struct text *why)
{
    int64_t age_s = q->facts->now.s - q->facts->ended_at.s;
    text_add(why, "heard of ");
    add_duration(why, age_s > 0 ? age_s : 0);
    text_add(why, " ago");
    return age_s > DECIDE_CONTACT_S;
}

static bool rule_too_old(const struct question *q, struct text *why)
{
    struct wall now = q->facts->now, ended_at = q->facts->ended_at;
    int64_t age_s = now.s - ended_at.s;

    if (q->facts->about == DECIDE_ABOUT_FOLLOW_UP)
        return follow_up_too_old(q, why);
    if (wall_plausible(ended_at) && !wall_plausible(now)) {
        text_add(why, "the call came before a restart, and the clock is not set yet");
        return true;
    }
    if (age_s < 0 || wall_plausible(ended_at) != wall_plausible(now)) {
        text_add(why, "just ended, by a clock that was wrong");
        return false;
    }
    if (q->facts->about == DECIDE_ABOUT_LEAD)
        text_add(why, "written ");
    else
        text_add(why, q->facts->line == POLICY_LINE_FORWARDED ? "rang " : "ended ");
    add_duration(why, age_s);
    text_add(why, " ago");
    return age_s > q->config->max_age_ms / 1000;
}

static bool rule_quiet(const struct question *q, struct text *why)
{
    if (!question_is_forbidden(q)) {
        text_add(why, question_clock_known(q->facts) ? "allowed at this time"
                                                     : "the clock is not set yet");
        return false;
    }
    bool hold = q->config->quiet.after_grace == QUIET_HOLD;
    text_add(why, hold ? "quiet hours: the text waits for their end"
                       : "quiet hours, and the call is too old for an exception");
    return !hold;
}

static bool rule_paused(const struct question *q, struct text *why)
{
    text_add(why, q->facts->paused ? "automatic texts are paused" : "not paused");
    return q->facts->paused;
}

static bool rule_observe(const struct question *q, struct text *why)
{
    bool observe = q->config->mode == POLICY_OBSERVE;
    text_add(why, observe ? "reply.mode is observe: nothing is sent" : "texts are sent");
    return observe;
}

/* The order is part of the contract: what is said first is the reason. */
static const struct {
    const char *name;
    rule_fn *stops;
} rules[] = {
    [DECIDE_ANSWERED] = {"answered", rule_answered},
    [DECIDE_WITHHELD] = {"withheld", rule_withheld},
    [DECIDE_OWN_NUMBER] = {"own_number", rule_own_number},
    [DECIDE_SHORT_CODE] = {"short_code", rule_short_code},
    [DECIDE_BLOCKED] = {"blocked", rule_blocked},
    [DECIDE_SKIP_LIST] = {"skip_list", rule_skip_list},
    [DECIDE_OPTED_OUT] = {"opted_out", rule_opted_out},
    [DECIDE_COUNTRY] = {"country", rule_country},
    [DECIDE_PREMIUM] = {"premium", rule_premium},
    [DECIDE_LANDLINE] = {"landline", rule_landline},
    [DECIDE_UNDELIVERABLE] = {"undeliverable", rule_undeliverable},
    [DECIDE_AUDIENCE] = {"audience", rule_audience},
    [DECIDE_COOLDOWN] = {"cooldown", rule_cooldown},
    [DECIDE_CONVERSATION] = {"active_conversation", rule_active_conversation},
    [DECIDE_LOOP_BREAKER] = {"loop_breaker", rule_loop_breaker},
    [DECIDE_CAPS] = {"caps", rule_caps},
    [DECIDE_TOO_OLD] = {"too_old", rule_too_old},
    [DECIDE_QUIET] = {"quiet_hours", rule_quiet},
    [DECIDE_PAUSED] = {"paused", rule_paused},
    [DECIDE_OBSERVE] = {"observe", rule_observe},
};
static_assert(sizeof(rules) / sizeof(rules[0]) == DECIDE_RULE_MAX, "every rule has its function");

const char *decide_rule_name(enum decide_rule rule)
{
    assert(rule < DECIDE_RULE_MAX);
    return rules[rule].name;
}

bool rule_stops(enum decide_rule rule, const struct question *q, struct text *why)
{
    assert(rule < DECIDE_RULE_MAX);
    return rules[rule].stops(q, why);
}
