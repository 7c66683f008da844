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
    if (q->facts->line == POLICY_LINE_FORWARDED) {
        text_add(why, "forwarded: nobody answered the call where it was for");
        return false;
    }
    if (q->facts->about == DECIDE_ABOUT_LEAD)
        text_add(why, "a web form, no call");
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
    if (!clock_known(facts) || !wall_plausible(then) || age_s < 0) {
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
    if (q->facts->about == DECIDE_ABOUT_LEAD) {
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
    return is_recent(q->facts, q->facts->last_auto_text, q->config->cooldown_ms, "texted", why);
}

static bool rule_active_conversation(const struct question *q, struct text *why)
{
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
    if (clock_known(facts)) {
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
    if (!clock_known(facts)) {
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
    if (q->facts->about == DECIDE_ABOUT_LEAD)
        text_add(why, "written ");
    else
        text_add(why, q->facts->line == POLICY_LINE_FORWARDED ? "rang " : "ended ");
    add_duration(why, age_s);
    text_add(why, " ago");
    return age_s > q->config->max_age_ms / 1000;
}

/* The instant from which on quiet hours forbid the text of this call: its grace is over by then. */
static struct wall forbidden_from(const struct question *q)
{
    const struct quiet *quiet = &q->config->quiet;
    struct wall grace_end = {q->facts->ended_at.s + quiet->grace_ms / 1000};
    if (!clock_known(q->facts) || !wall_plausible(q->facts->ended_at))
        return (struct wall){INT64_MAX};
    return quiet_begin(quiet, &q->config->zone, grace_end);
}

static int64_t delay_s(const struct question *q)
{
    if (q->facts->about == DECIDE_ABOUT_LEAD)
        return 0; /* nobody rings back to a form */
    int64_t s = (q->config->delay_ms + 999) / 1000;
    bool shared = q->facts->line == POLICY_LINE_SHARED;
    return shared && s < DECIDE_SHARED_DELAY_S ? DECIDE_SHARED_DELAY_S : s;
}

static struct wall after_delay(const struct question *q)
{
    return (struct wall){q->facts->now.s + delay_s(q)};
}

static bool is_forbidden(const struct question *q)
{
    struct wall due = after_delay(q);
    return due.s >= forbidden_from(q).s && quiet_at(&q->config->quiet, &q->config->zone, due);
}

static bool rule_quiet(const struct question *q, struct text *why)
{
    if (!is_forbidden(q)) {
        text_add(why, clock_known(q->facts) ? "allowed at this time" : "the clock is not set yet");
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

static bool is_away(const struct decide_facts *facts, struct wall at)
{
    if (facts->away_until.s == INT64_MAX)
        return true;
    return clock_known(facts) && facts->away_until.s > at.s;
}

/* Closed counts only with an opening to name. */
static bool is_closed(const struct question *q, struct wall at)
{
    const struct policy_config *config = q->config;
    struct wall open;
    return config->hours_set && clock_known(q->facts) &&
           !hours_open(&config->hours, &config->zone, at) &&
           hours_next_open(&config->hours, &config->zone, at, &open);
}

static enum template_id choose_template(const struct question *q, struct wall at)
{
    const struct policy_config *config = q->config;
    if (q->facts->about == DECIDE_ABOUT_LEAD)
        return TEMPLATE_LEAD;
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

    d->due = after_delay(q);
    d->expires = (struct wall){q->facts->ended_at.s + max_age_s};
    if (q->facts->line == POLICY_LINE_SHARED) /* whose delay may be longer than that */
        d->expires.s += DECIDE_SHARED_DELAY_S;
    if (is_forbidden(q)) {
        d->due = quiet_end(&q->config->quiet, &q->config->zone, d->due);
        d->expires.s = d->due.s + max_age_s;
    } else if (forbidden.s > d->due.s && forbidden.s < d->expires.s) {
        d->expires = forbidden;
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
        result->name = rules[rule].name;
        result->stop = rules[rule].stops(&q, &why);
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
    if (!clock_known(facts))
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

static void key_wall(struct json *j, const char *key, struct wall t)
{
    char text[TIME_RFC3339_SIZE];
    if (t.s > 0 && t.s != INT64_MAX)
        wall_rfc3339(t, text);
    json_key_string(j, key, t.s == 0 ? NULL : t.s == INT64_MAX ? "unlimited" : text);
}

void decide_facts_json(struct json *j, const struct decide_facts *facts)
{
    static const char *const lines[] = {[POLICY_LINE_PRIMARY] = "primary",
                                        [POLICY_LINE_FORWARDED] = "forwarded",
                                        [POLICY_LINE_SHARED] = "shared"};
    json_object(j);
    json_key_string(j, "line_mode", lines[facts->line]);
    json_key_bool(j, "answered", facts->answered);
    json_key_bool(j, "withheld", facts->withheld);
    json_key_string(j, "number", facts->number);
    json_key_bool(j, "number_textable", facts->number_textable);
    json_key_string(j, "caller_id", facts->raw);
    json_key_bool(j, "known", facts->known);
    json_key_bool(j, "blocked", facts->blocked);
    json_key_bool(j, "skipped", facts->skipped);
    json_key_bool(j, "opted_out", facts->opted_out);
    json_key_bool(j, "opt_out_doubtful", facts->opt_out_doubtful);
    json_key_bool(j, "paused", facts->paused);
    key_wall(j, "away_until", facts->away_until);
    json_key_bool(j, "clock_known", clock_known(facts));
    key_wall(j, "now", facts->now);
    key_wall(j, "ended_at", facts->ended_at);
    key_wall(j, "undeliverable_at", facts->undeliverable);
    key_wall(j, "last_automatic_at", facts->last_auto_text);
    key_wall(j, "last_conversation_at", facts->last_conversation);
    key_wall(j, "stopped_until", facts->stopped_until);
    key_wall(j, "muted_until", facts->muted_until);
    json_key_i64(j, "automatic_30d", facts->auto_texts);
    json_key_i64(j, "people_30d", facts->people);
    json_key_bool(j, "texted_30d", facts->texted);
    json_key_string(j, "about", facts->about == DECIDE_ABOUT_LEAD ? "lead" : "call");
    json_object_end(j);
}
