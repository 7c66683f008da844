/* tests/unit/test_policy_decide.c - each rule alone, their order, and clocks that cannot be
 * trusted. */
#include "policy/decide.h"
#include "tap.h"
#include <string.h>

#define T0 INT64_C(1795444066) /* 2026-11-23T14:27:46Z, a Monday */
#define HOUR 3600
#define NO_CLOCK INT64_C(300) /* five minutes after 1970 began: a Pi that has just started */

static const char *const order[DECIDE_RULE_MAX] = {
    "answered",      "withheld",
    "own_number",    "short_code",
    "blocked",       "skip_list",
    "opted_out",     "country",
    "premium",       "landline",
    "undeliverable", "audience",
    "cooldown",      "active_conversation",
    "loop_breaker",  "caps",
    "too_old",       "quiet_hours",
    "paused",        "observe",
};

static void set_slot(struct hours *h, int weekday, const char *text)
{
    struct hours_slot slot;
    if (hours_parse_slot(text, &slot) != 0 || hours_add(h, weekday, slot) != 0)
        tap_ok(false, "hours %s", text);
}

/* A shop with two numbers of its own, open on Mondays from 8:00 to 17:30 UTC. */
static struct policy_config make_config(void)
{
    struct policy_config config;
    policy_config_init(&config);
    memcpy(config.region, "GB", 3);
    memcpy(config.own[0], "+447700900999", 14);
    memcpy(config.own[1], "+447700900998", 14);
    config.own_count = 2;
    config.hours_set = true;
    set_slot(&config.hours, 0, "08:00-17:30");
    return config;
}

/* A missed call of a stranger that ended a second ago. */
static struct decide_facts make_facts(void)
{
    return (struct decide_facts){
        .number = "+447700900321",
        .number_textable = true,
        .raw = "07700900321",
        .wall_known = true,
        .now = {T0},
        .ended_at = {T0 - 1},
    };
}

static void check(const char *name, const struct policy_config *config,
                  const struct decide_facts *facts, const char *reason, const char *detail)
{
    struct decision d;
    decide_call(&d, config, facts);
    bool ok = d.text == (reason == NULL) && d.text == (d.decider == DECIDE_RULE_MAX);
    for (size_t i = 0; ok && i < DECIDE_RULE_MAX; i++)
        ok = strcmp(d.rules[i].name, order[i]) == 0 && d.rules[i].detail[0] != '\0' &&
             (i < d.decider ? !d.rules[i].stop : i > d.decider || d.rules[i].stop);
    if (ok && reason)
        ok = strcmp(order[d.decider], reason) == 0 &&
             (!detail || strcmp(d.rules[d.decider].detail, detail) == 0);
    if (!tap_ok(ok, "%s", name))
        tap_diag("%s: %s", d.text ? "text" : order[d.decider],
                 d.text ? "" : d.rules[d.decider].detail);
}

/* Makes one rule stop, whatever the others do. */
static void provoke(enum decide_rule rule, struct policy_config *config, struct decide_facts *f)
{
    switch (rule) {
    case DECIDE_ANSWERED:
        f->answered = true;
        break;
    case DECIDE_WITHHELD:
        f->withheld = true;
        break;
    case DECIDE_OWN_NUMBER:
        memcpy(config->own[1], f->number, strlen(f->number) + 1);
        break;
    case DECIDE_SHORT_CODE:
        f->number = "";
        f->number_textable = false;
        break;
    case DECIDE_BLOCKED:
        f->blocked = true;
        break;
    case DECIDE_SKIP_LIST:
        f->skipped = true;
        break;
    case DECIDE_OPTED_OUT:
        f->opted_out = true;
        break;
    case DECIDE_COUNTRY:
        memcpy(config->countries[config->country_count++], "FR", 3);
        break;
    case DECIDE_PREMIUM:
        memcpy(config->deny[config->deny_count++], "+441", 5);
        break;
    case DECIDE_LANDLINE:
        config->landlines = POLICY_LANDLINES_NEVER;
        break;
    case DECIDE_UNDELIVERABLE:
        f->undeliverable.s = f->now.s - 5;
        break;
    case DECIDE_AUDIENCE:
        config->audience = POLICY_AUDIENCE_KNOWN;
        break;
    case DECIDE_COOLDOWN:
        f->last_auto_text.s = f->now.s - 5;
        break;
    case DECIDE_CONVERSATION:
        f->last_conversation.s = f->now.s - 5;
        break;
    case DECIDE_LOOP_BREAKER:
        f->muted_until.s = f->now.s + 5;
        break;
    case DECIDE_CAPS:
        f->auto_texts = 3;
        break;
    case DECIDE_TOO_OLD:
        f->ended_at.s = f->now.s - 2 * HOUR;
        break;
    case DECIDE_QUIET:
        config->quiet = (struct quiet){.from_min = 0, .to_min = 1439, .after_grace = QUIET_DROP};
        break;
    case DECIDE_PAUSED:
        f->paused = true;
        break;
    case DECIDE_OBSERVE:
        config->mode = POLICY_OBSERVE;
        break;
    case DECIDE_RULE_MAX:
        break;
    }
}

/* A landline that is texted all the same, so that every rule can be provoked by itself. */
static void make_pair(struct policy_config *config, struct decide_facts *facts)
{
    *config = make_config();
    *facts = make_facts();
    config->landlines = POLICY_LANDLINES_TRY;
    facts->number = facts->raw = "+441212345678";
}

/* A number that cannot be texted has no owner, country or kind. */
static bool exclude_each_other(enum decide_rule a, enum decide_rule b)
{
    return (a == DECIDE_OWN_NUMBER && b == DECIDE_SHORT_CODE) ||
           (a == DECIDE_SHORT_CODE &&
            (b == DECIDE_COUNTRY || b == DECIDE_PREMIUM || b == DECIDE_LANDLINE));
}

/* Each rule alone; then of each two, neighbours or not, the first decides and the second is told.
 */
static void test_order(void)
{
    struct policy_config config;
    struct decide_facts f;
    struct decision d;

    make_pair(&config, &f);
    check("nothing speaks against it", &config, &f, NULL, NULL);
    for (enum decide_rule a = 0; a < DECIDE_RULE_MAX; a++) {
        make_pair(&config, &f);
        provoke(a, &config, &f);
        decide_call(&d, &config, &f);
        size_t stops = 0;
        for (size_t i = 0; i < DECIDE_RULE_MAX; i++)
            stops += d.rules[i].stop;
        tap_ok(!d.text && d.decider == a && stops == 1 &&
                   strcmp(decide_rule_name(a), order[a]) == 0,
               "%s alone: %s", order[a], d.rules[a].detail);
        for (enum decide_rule b = a + 1; b < DECIDE_RULE_MAX; b++) {
            if (exclude_each_other(a, b))
                continue;
            make_pair(&config, &f);
            provoke(b, &config, &f);
            provoke(a, &config, &f);
            decide_call(&d, &config, &f);
            if (d.decider != a || !d.rules[b].stop || b == a + 1)
                tap_ok(d.decider == a && d.rules[b].stop, "%s before %s", order[a], order[b]);
        }
    }
}

static void test_details(void)
{
    struct policy_config config = make_config();
    struct decide_facts f = make_facts();

    f.opt_out_doubtful = true;
    check("a doubtful opt-out", &config, &f, "opted_out",
          "the caller may want no texts: say so with textback optout add or remove");
    f = make_facts();
    f.number = "";
    f.number_textable = false;
    f.raw = "\x1b[31mInfo\r\n%n\"; DROP TABLE call; -- and much more of that";
    check("a name of any bytes is shown harmlessly", &config, &f, "short_code",
          "\"?[31mInfo??%n\"; DROP TABLE call; -- and ...\" is no number that can be texted");
    f.raw = "\x7f";
    check("DEL is not shown", &config, &f, "short_code", "\"?\" is no number that can be texted");
    f.raw = "";
    check("an empty caller id", &config, &f, "short_code", "\"\" is no number that can be texted");
    config.own[0][0] = '\0';
    check("an own number that is empty is nobody's", &config, &f, "short_code", NULL);
}

static void test_numbers(void)
{
    static const struct {
        const char *number, *countries[2], *deny;
        enum policy_landlines landlines;
        const char *reason, *detail;
    } rows[] = {
        {"+33612345678", {NULL}, "", 0, "country", "FR is not served"},
        {"+33612345678", {"own"}, "", 0, "country", "FR is not served"},
        {"+18765550123", {"own", "US"}, "", 0, "country", "JM is not served"},
        {"+447781123456", {NULL}, "", 0, "country", "GG is not served"},
        {"+8701234567890", {NULL}, "", 0, "country", "+870 is not served"},
        {"+449012345678", {NULL}, "", 0, "premium", "a premium number"},
        {"+27860123456", {"all"}, "", 0, "premium", "a shared cost number"},
        {"+447012345678",
         {NULL},
         "+4470",
         0,
         "premium",
         "numbers that begin with +4470 are not texted"},
        {"+447400123456", {"FR", "US"}, "", 0, "country", "GB is not served"},
        {"+441212345678", {NULL}, "", 0, "landline", "a landline"},
        {"+447400123456", {"FR", "own"}, "", 0, NULL, NULL},
        {"+16175550123", {"own", "US"}, "", 0, NULL, NULL},
        {"+33612345678", {"own", "FR"}, "", 0, NULL, NULL},
        {"+33612345678", {"all"}, "", 0, NULL, NULL},
        {"+441212345678", {NULL}, "", POLICY_LANDLINES_TRY, NULL, NULL},
        {"+447400123456", {NULL}, "+4470", 0, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_config config = make_config();
        struct decide_facts f = make_facts();
        f.number = rows[i].number;
        for (size_t k = 0; k < 2 && rows[i].countries[k]; k++)
            memcpy(config.countries[config.country_count++], rows[i].countries[k],
                   strlen(rows[i].countries[k]) + 1);
        memcpy(config.deny[0], rows[i].deny, strlen(rows[i].deny) + 1);
        config.deny_count = 1;
        config.landlines = rows[i].landlines;
        check(rows[i].number, &config, &f, rows[i].reason, rows[i].detail);
    }
}

static void test_audience(void)
{
    static const struct {
        enum policy_audience audience;
        bool known, text;
    } rows[] = {
        {POLICY_AUDIENCE_UNKNOWN, true, false}, {POLICY_AUDIENCE_KNOWN, false, false},
        {POLICY_AUDIENCE_ALL, true, true},      {POLICY_AUDIENCE_ALL, false, true},
        {POLICY_AUDIENCE_UNKNOWN, false, true}, {POLICY_AUDIENCE_KNOWN, true, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_config config = make_config();
        struct decide_facts f = make_facts();
        config.audience = rows[i].audience;
        f.known = rows[i].known;
        check("audience", &config, &f, rows[i].text ? NULL : "audience", NULL);
    }
}

/* Quiet from 21:00 to 8:00, with a grace of ten minutes and a delay of five seconds. */
static void test_quiet(void)
{
    static const struct {
        const char *name, *ended, *now;
        enum quiet_after after;
        const char *reason, *due, *expires;
    } rows[] = {
        {"by day", "2026-11-23T14:00:00Z", "2026-11-23T14:00:01Z", 0, NULL, "2026-11-23T14:00:06Z",
         "2026-11-23T14:30:00Z"},
        {"shortly before: not into the night", "2026-11-23T20:45:00Z", "2026-11-23T20:45:00Z", 0,
         NULL, "2026-11-23T20:45:05Z", "2026-11-23T20:59:59Z"},
        {"the last minute: the grace goes on into the night", "2026-11-23T20:59:00Z",
         "2026-11-23T20:59:00Z", 0, NULL, "2026-11-23T20:59:05Z", "2026-11-23T21:08:59Z"},
        {"at night, at once", "2026-11-23T23:00:00Z", "2026-11-23T23:00:00Z", 0, NULL,
         "2026-11-23T23:00:05Z", "2026-11-23T23:09:59Z"},
        {"at night, late: held", "2026-11-23T23:00:00Z", "2026-11-23T23:12:00Z", QUIET_HOLD, NULL,
         "2026-11-24T08:00:00Z", "2026-11-24T08:30:00Z"},
        {"at night, late: dropped", "2026-11-23T23:00:00Z", "2026-11-23T23:12:00Z", QUIET_DROP,
         "quiet_hours", NULL, NULL},
        {"the clock is not set", "1970-01-01T00:05:00Z", "1970-01-01T00:20:00Z", QUIET_DROP, NULL,
         "1970-01-01T00:20:05Z", "1970-01-01T00:35:00Z"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_config config = make_config();
        struct decide_facts f = make_facts();
        struct decision d;
        char due[TIME_RFC3339_SIZE], expires[TIME_RFC3339_SIZE];
        config.quiet.after_grace = rows[i].after;
        bool ok =
            wall_parse(rows[i].ended, &f.ended_at) == 0 && wall_parse(rows[i].now, &f.now) == 0;
        check(rows[i].name, &config, &f, rows[i].reason, NULL);
        if (rows[i].reason)
            continue;
        decide_call(&d, &config, &f);
        wall_rfc3339(d.due, due);
        wall_rfc3339(d.expires, expires);
        ok = ok && strcmp(due, rows[i].due) == 0 && strcmp(expires, rows[i].expires) == 0;
        if (!tap_ok(ok, "%s: when", rows[i].name))
            tap_diag("%s to %s", due, expires);
    }
}

static void test_limits(void)
{
    static const struct {
        const char *name;
        int64_t stopped, muted;
        int auto_texts, people;
        bool texted, clock;
        const char *reason, *detail;
    } rows[] = {
        {"a burst", T0 + 3600, 0, 0, 0, false, true, "loop_breaker",
         "too many automatic texts at once: none for another 1 h (textback resume)"},
        {"a burst before a person's own", T0 + 60, T0 + 3600, 0, 0, false, true, "loop_breaker",
         "too many automatic texts at once: none for another 1 min (textback resume)"},
        {"a robot", 0, T0 + 3600, 0, 0, false, true, "loop_breaker",
         "the caller sent the same text again and again: none for another 1 h"},
        {"a robot, by no clock", 0, T0 + 3600, 0, 0, false, false, "loop_breaker",
         "the caller sent the same text again and again"},
        {"over now", T0, T0, 0, 0, false, true, NULL, NULL},
        {"the third text", 0, 0, 2, 9, true, true, NULL, NULL},
        {"the fourth", 0, 0, 3, 9, true, true, "caps",
         "3 automatic texts in 30 days: limits.auto_per_person_30d is 3"},
        {"the last person of the month", 0, 0, 0, 249, false, true, NULL, NULL},
        {"one more", 0, 0, 0, 250, false, true, "caps",
         "250 people texted in 30 days: limits.people_per_month is 250"},
        {"one of them", 0, 0, 1, 250, true, true, NULL, NULL},
        {"no clock to count by", 0, 0, 3, 250, false, false, NULL, NULL},
    };
    struct policy_config config = make_config();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decide_facts f = make_facts();
        f.stopped_until.s = rows[i].stopped;
        f.muted_until.s = rows[i].muted;
        f.auto_texts = rows[i].auto_texts;
        f.people = rows[i].people;
        f.texted = rows[i].texted;
        f.wall_known = rows[i].clock;
        check(rows[i].name, &config, &f, rows[i].reason, rows[i].detail);
    }
}

/* A number that texts never reached is tried again after 90 days. */
static void test_undeliverable(void)
{
    static const struct {
        const char *name;
        int64_t ago;
        const char *reason, *detail;
    } rows[] = {
        {"failed for good just now", 0, "undeliverable", "failed for good 0 s ago"},
        {"the last second of 90 days", 90 * 86400 - 1, "undeliverable",
         "failed for good 89 days ago"},
        {"90 days are over", 90 * 86400, NULL, NULL},
        {"by a clock that ran backwards", -HOUR, "undeliverable",
         "failed for good before, and the clock cannot tell when"},
    };
    struct policy_config config = make_config();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decide_facts f = make_facts();
        f.undeliverable.s = f.now.s - rows[i].ago;
        check(rows[i].name, &config, &f, rows[i].reason, rows[i].detail);
    }
}

static void test_windows(void)
{
    static const struct {
        const char *name;
        int64_t last_auto, last_talk, ended, now;
        const char *reason, *detail;
    } rows[] = {
        {"texted just now", T0, 0, T0, T0, "cooldown", "texted 0 s ago"},
        {"texted 59 minutes ago", T0 - 3599, 0, T0, T0, "cooldown", "texted 59 min ago"},
        {"last second of the cooldown", T0 - 86399, 0, T0, T0, "cooldown", "texted 23 h ago"},
        {"cooldown over", T0 - 86400, 0, T0, T0, NULL, NULL},
        {"last second of a conversation", 0, T0 - 43199, T0, T0, "active_conversation",
         "in conversation 11 h ago"},
        {"conversation over", 0, T0 - 43200, T0, T0, NULL, NULL},
        {"as old as allowed", 0, 0, T0 - 1800, T0, NULL, NULL},
        {"a second older", 0, 0, T0 - 1801, T0, "too_old", "ended 30 min ago"},
        {"days old", 0, 0, T0 - 3 * 86400, T0, "too_old", "ended 3 days ago"},
        {"no clock: a stranger", 0, 0, NO_CLOCK - 1, NO_CLOCK, NULL, NULL},
        {"no clock: too old all the same", 0, 0, 1, NO_CLOCK + HOUR, "too_old", "ended 1 h ago"},
        {"no clock: texted before", T0, 0, NO_CLOCK, NO_CLOCK, "cooldown",
         "texted before, and the clock cannot tell when"},
        {"no clock: texted since the start", NO_CLOCK - 9, 0, NO_CLOCK, NO_CLOCK, "cooldown",
         "texted before, and the clock cannot tell when"},
        {"no clock: talked before", 0, T0, NO_CLOCK, NO_CLOCK, "active_conversation",
         "in conversation before, and the clock cannot tell when"},
        {"no clock: a call of before the start", 0, 0, T0, NO_CLOCK, "too_old",
         "the call came before a restart, and the clock is not set yet"},
        {"clock just set: the call came before", 0, 0, NO_CLOCK, T0, NULL, NULL},
        {"clock just set: texted before", NO_CLOCK, 0, NO_CLOCK, T0, "cooldown",
         "texted before, and the clock cannot tell when"},
        {"clock ran backwards: the call", 0, 0, T0 + HOUR, T0, NULL, NULL},
        {"clock ran backwards: texted", T0 + HOUR, 0, T0, T0, "cooldown",
         "texted before, and the clock cannot tell when"},
    };
    struct policy_config config = make_config();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decide_facts f = make_facts();
        f.last_auto_text.s = rows[i].last_auto;
        f.last_conversation.s = rows[i].last_talk;
        f.ended_at.s = rows[i].ended;
        f.now.s = rows[i].now;
        f.wall_known = wall_plausible(f.now);
        check(rows[i].name, &config, &f, rows[i].reason, rows[i].detail);
    }
    struct decide_facts f = make_facts();
    f.last_auto_text.s = f.last_conversation.s = T0 - 1;
    f.last_auto_text.s = T0 - 2 * 86400;
    f.wall_known = false;
    check("a clock that is wrong though it looks right", &config, &f, "cooldown",
          "texted before, and the clock cannot tell when");
    f.last_auto_text.s = T0 - 1;
    f.wall_known = true;
    config.cooldown_ms = config.conversation_window_ms = 0;
    check("cooldown and conversation off", &config, &f, NULL, NULL);
}

static void test_template(void)
{
    static const struct {
        const char *name;
        int64_t now, last_auto;
        bool known, set;
        enum template_id template;
    } rows[] = {
        {"open", T0, 0, true, true, TEMPLATE_FIRST},
        {"open, texted before", T0, T0 - 90000, true, true, TEMPLATE_REPEAT},
        {"closed", T0 + 4 * HOUR, 0, true, true, TEMPLATE_CLOSED},
        {"closed, texted before", T0 + 4 * HOUR, T0 - 90000, true, true, TEMPLATE_CLOSED},
        {"no hours", T0 + 4 * HOUR, 0, true, false, TEMPLATE_FIRST},
        {"the clock is wrong", T0 + 4 * HOUR, 0, false, true, TEMPLATE_FIRST},
        {"the clock is not set", NO_CLOCK, 0, true, true, TEMPLATE_FIRST},
    };
    struct policy_config config = make_config();
    struct decision d;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decide_facts f = make_facts();
        f.now.s = rows[i].now;
        f.ended_at.s = rows[i].now - 1;
        f.last_auto_text.s = rows[i].last_auto;
        f.wall_known = rows[i].known;
        config.hours_set = rows[i].set;
        decide_call(&d, &config, &f);
        tap_ok(d.text && d.template == rows[i].template, "template: %s", rows[i].name);
    }
    struct decide_facts f = make_facts();
    f.known = true;
    decide_call(&d, &config, &f);
    tap_ok(d.template == TEMPLATE_KNOWN, "template: a name is known");
    f.away_until.s = T0 + HOUR;
    decide_call(&d, &config, &f);
    tap_ok(d.template == TEMPLATE_AWAY, "template: away");
    f.away_until.s = T0 + 5; /* when the text goes */
    decide_call(&d, &config, &f);
    tap_ok(d.template == TEMPLATE_KNOWN, "template: back by then");
    f.wall_known = false;
    f.away_until.s = INT64_MAX;
    decide_call(&d, &config, &f);
    tap_ok(d.template == TEMPLATE_AWAY, "template: away until back, whatever the clock says");
    f = make_facts();
    config.hours.holiday[config.hours.holiday_count++] =
        (struct holiday){.month = 11, .day = 23, .name = "Founder's Day"};
    config.hours_set = true;
    set_slot(&config.hours, 1, "08:00-17:30");
    decide_call(&d, &config, &f);
    struct policy_times times;
    policy_times(&config, &f, f.ended_at, d.due, &times);
    tap_ok(d.template == TEMPLATE_HOLIDAY && strcmp(times.holiday, "Founder's Day") == 0 &&
               strcmp(times.next_open, "08:00 tomorrow") == 0 && strcmp(times.time, "14:27") == 0,
           "template: a holiday");
    f = make_facts();
    config.hours = (struct hours){0};
    config.hours_set = true;
    decide_call(&d, &config, &f);
    policy_times(&config, &f, f.ended_at, d.due, &times);
    tap_ok(d.text && d.template == TEMPLATE_FIRST && times.next_open[0] == '\0',
           "template: never open, so no time to name");
    f.away_until.s = INT64_MAX;
    policy_times(&config, &f, f.ended_at, d.due, &times);
    tap_ok(times.back_at[0] == '\0', "away without an end: no time of return");
    f.away_until.s = T0 + HOUR;
    policy_times(&config, &f, f.ended_at, d.due, &times);
    tap_ok(strcmp(times.back_at, "15:27 today") == 0, "away for an hour: %s", times.back_at);
}

/* On a holiday, away for an hour: there would be a time to name for each. */
static void test_no_times(void)
{
    struct policy_config config = make_config();
    struct decide_facts f = make_facts();
    struct policy_times times;
    config.hours.holiday[config.hours.holiday_count++] =
        (struct holiday){.month = 11, .day = 23, .name = "Founder's Day"};
    f.away_until.s = T0 + HOUR;
    policy_times(&config, &f, f.ended_at, f.now, &times);
    bool told = times.time[0] && times.next_open[0] && times.back_at[0] && times.holiday[0];
    f.wall_known = false;
    policy_times(&config, &f, f.ended_at, f.now, &times);
    tap_ok(told && !times.time[0] && !times.next_open[0] && !times.back_at[0] && !times.holiday[0],
           "the clock is wrong: no time to name");
}

static void test_lines(void)
{
    struct policy_config config = make_config();
    struct decide_facts f = make_facts();
    struct decision d;
    f.answered = true;
    f.line = POLICY_LINE_SHARED;
    check("an answered call on a shared number", &config, &f, "answered", "the call was answered");
    f.line = POLICY_LINE_FORWARDED;
    check("a forwarded call is not answered, whatever the modem says", &config, &f, NULL, NULL);
    decide_call(&d, &config, &f);
    tap_ok(d.due.s == f.now.s + 5 && d.expires.s == f.ended_at.s + 1800 &&
               strcmp(d.rules[DECIDE_TOO_OLD].detail, "rang 1 s ago") == 0,
           "a forwarded call is texted after the usual delay");
    f.answered = false;
    f.line = POLICY_LINE_SHARED;
    decide_call(&d, &config, &f);
    tap_ok(d.due.s == f.now.s + DECIDE_SHARED_DELAY_S && d.expires.s > d.due.s,
           "on a shared number the text waits");
    config.delay_ms = INT64_C(600000);
    config.max_age_ms = INT64_C(60000);
    decide_call(&d, &config, &f);
    tap_ok(d.due.s == f.now.s + 600, "reply.delay counts where it is longer");
}

/* A web form just sent: no delay, its own text, whoever it is. */
static void test_lead(void)
{
    struct policy_config config = make_config();
    struct decide_facts f = make_facts();
    struct decision d;
    f.about = DECIDE_ABOUT_LEAD;
    f.ended_at = f.now;
    config.audience = POLICY_AUDIENCE_KNOWN;
    decide_call(&d, &config, &f);
    tap_ok(d.text && d.template == TEMPLATE_LEAD && d.due.s == f.now.s &&
               d.expires.s == f.now.s + config.max_age_ms / 1000,
           "a lead is answered at once, though callers like this are not");
    f.away_until.s = INT64_MAX;
    f.known = true;
    f.now.s = f.ended_at.s = T0 + 8 * HOUR; /* 22:27: closed, and quiet hours */
    decide_call(&d, &config, &f);
    tap_ok(d.text && d.template == TEMPLATE_LEAD && d.due.s == f.now.s,
           "away, closed and at night too: who just wrote is awake");
    f.ended_at.s = f.now.s - 2 * HOUR;
    config.max_age_ms = INT64_C(24) * HOUR * 1000;
    decide_call(&d, &config, &f);
    tap_ok(d.text && d.due.s == T0 - 27 * 60 - 46 + 18 * HOUR, "one from before the night waits");
    f.last_auto_text.s = f.now.s - HOUR;
    check("texted an hour ago", &config, &f, "cooldown", "texted 1 h ago");
}

/* The morning after a text that nobody answered. */
static void test_follow_up(void)
{
    struct policy_config config = make_config();
    struct decide_facts f = make_facts();
    struct decision d;
    f.about = DECIDE_ABOUT_FOLLOW_UP;
    f.ended_at.s = f.now.s - 18 * HOUR;
    f.texted_at.s = f.last_auto_text.s = f.now.s - 18 * HOUR + 5;
    f.auto_texts = 1;
    f.away_until.s = 0;
    config.audience = POLICY_AUDIENCE_KNOWN;
    decide_call(&d, &config, &f);
    tap_ok(d.text && d.template == TEMPLATE_FOLLOW_UP && d.due.s == f.now.s,
           "at once, within the cooldown of the text before it");
    f.last_conversation.s = f.texted_at.s - HOUR;
    check("they wrote before the text", &config, &f, NULL, NULL);
    f.last_conversation.s = f.texted_at.s + 1;
    check("they answered", &config, &f, "active_conversation", "in conversation since the text");
    f.last_conversation.s = 0;
    f.auto_texts = 3;
    check("enough for a month", &config, &f, "caps",
          "3 automatic texts in 30 days: limits.auto_per_person_30d is 3");
    f.auto_texts = 0;
    f.ended_at.s = f.now.s - DECIDE_CONTACT_S;
    check("heard of 180 days ago", &config, &f, NULL, NULL);
    f.ended_at.s--;
    check("and a second", &config, &f, "too_old", "heard of 180 days ago");
    f.opted_out = true;
    check("opted out", &config, &f, "opted_out", NULL);
}

int main(void)
{
    test_order();
    test_details();
    test_numbers();
    test_audience();
    test_quiet();
    test_undeliverable();
    test_windows();
    test_limits();
    test_template();
    test_no_times();
    test_lines();
    test_lead();
    test_follow_up();
    return tap_done();
}
