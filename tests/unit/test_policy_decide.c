/* tests/unit/test_policy_decide.c - each rule alone, their order, and clocks that cannot be
 * trusted. */
#include "policy/decide.h"
#include "tap.h"
#include <string.h>

#define T0 INT64_C(1795444066) /* 2026-11-23T14:27:46Z, a Monday */
#define HOUR 3600
#define NO_CLOCK INT64_C(300) /* five minutes after 1970 began: a Pi that has just started */

static const char *const order[DECIDE_RULE_MAX] = {
    "answered",  "withheld", "own_number",          "short_code", "blocked",
    "opted_out", "cooldown", "active_conversation", "too_old",    "paused",
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
    size_t last;

    decide_call(&d, config, facts);
    last = d.rule_count - 1;
    bool ok = d.text == (reason == NULL);
    ok = ok && (reason ? d.reason && strcmp(d.reason, reason) == 0 : d.reason == NULL);
    ok = ok && d.rule_count >= 1 && (!d.text || d.rule_count == DECIDE_RULE_MAX);
    for (size_t i = 0; ok && i < d.rule_count; i++)
        ok = strcmp(d.rules[i].name, order[i]) == 0 && d.rules[i].detail[0] != '\0' &&
             d.rules[i].stop == (i == last && reason != NULL);
    if (detail)
        ok = ok && strcmp(d.rules[last].detail, detail) == 0;
    if (!tap_ok(ok, "%s", name))
        tap_diag("%s: %s", d.reason ? d.reason : "text", d.rules[last].detail);
}

/* Each rule stops by itself; and with all of them true the first does, then the second ... */
static void test_order(void)
{
    struct policy_config config = make_config();
    struct decide_facts all = make_facts(), f;

    check("nothing speaks against it", &config, &all, NULL, "not paused");
    all.answered = all.withheld = all.blocked = all.opted_out = all.paused = true;
    all.number = "+447700900998";
    all.last_auto_text.s = T0 - HOUR;
    all.last_conversation.s = T0 - HOUR;
    all.ended_at.s = T0 - HOUR;

    check("answered first", &config, &all, "answered", "the call was answered");
    all.answered = false;
    check("then withheld", &config, &all, "withheld", "the caller hid the number");
    all.withheld = false;
    check("then own number", &config, &all, "own_number",
          "+447700900998 is a number of the business");
    all.number = "";
    all.number_textable = false;
    check("then short code", &config, &all, "short_code",
          "\"07700900321\" is no number that can be texted");
    all.number = "+447700900321";
    all.number_textable = true;
    check("then blocked", &config, &all, "blocked", "the number is blocked");
    all.blocked = false;
    check("then opted out", &config, &all, "opted_out", "the caller wants no texts");
    all.opted_out = false;
    check("then cooldown", &config, &all, "cooldown", "texted 1 h ago");
    all.last_auto_text.s = 0;
    check("then a conversation", &config, &all, "active_conversation", "in conversation 1 h ago");
    all.last_conversation.s = 0;
    check("then too old", &config, &all, "too_old", "ended 1 h ago");
    all.ended_at.s = T0;
    check("then paused", &config, &all, "paused", "automatic texts are paused");

    f = make_facts();
    f.number = "";
    f.number_textable = false;
    f.raw = "\x1b[31mInfo\r\n%n\"; DROP TABLE call; -- and much more of that";
    check("a name of any bytes is shown harmlessly", &config, &f, "short_code",
          "\"?[31mInfo??%n\"; DROP TABLE call; -- and ...\" is no number that can be texted");
    f.raw = "";
    check("an empty caller id", &config, &f, "short_code", "\"\" is no number that can be texted");
    config.own[0][0] = '\0';
    check("an own number that is empty is nobody's", &config, &f, "short_code", NULL);
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
    config.hours = (struct hours){0};
    config.hours_set = true;
    decide_call(&d, &config, &f);
    tap_ok(d.text && d.template == TEMPLATE_FIRST, "template: never open, so no time to name");
}

int main(void)
{
    test_order();
    test_windows();
    test_template();
    return tap_done();
}
