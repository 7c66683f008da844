/* tests/unit/test_policy_config.c - the defaults, and the texts they make. */
#include "policy/config.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

static const struct {
    enum template_id id;
    bool line;
    const char *text;
} texts[] = {
    {TEMPLATE_FIRST, true,
     "Hi, this is Brightwater Plumbing. Sorry we missed your call. How can we help? Reply here. "
     "STOP to opt out."},
    {TEMPLATE_REPEAT, false,
     "Brightwater Plumbing here, sorry we missed you again. Text what you need and we will call."},
    {TEMPLATE_CLOSED, true,
     "Hi, this is Brightwater Plumbing. We are closed until 08:00 tomorrow. Tell us what you need "
     "and we will reply then. STOP to opt out."},
    {TEMPLATE_KNOWN, true,
     "Hi Alexandra, Brightwater Plumbing here, sorry we missed you. How can we help? STOP to opt "
     "out."},
    {TEMPLATE_HOLIDAY, true,
     "Brightwater Plumbing is closed for Christmas until 08:00 tomorrow. Text us what you need, we "
     "will reply then. STOP to opt out."},
    {TEMPLATE_AWAY, true,
     "Hi, this is Brightwater Plumbing. We are away until later. Tell us what you need and we will "
     "reply then. STOP to opt out."},
    {TEMPLATE_HELP, false,
     "Brightwater Plumbing: we text back when we miss your call. Call us. Reply STOP for no more "
     "texts."},
    {TEMPLATE_LEAD, true,
     "Hi Alexandra, this is Brightwater Plumbing. Thanks for your message, we will answer here. "
     "Anything to add? Just reply. STOP to opt out."},
    {TEMPLATE_FOLLOW_UP, true,
     "Brightwater Plumbing here again: can we still help? Reply here and we will get back to you. "
     "STOP to opt out."},
    {TEMPLATE_OPT_OUT, false,
     "Brightwater Plumbing: you will get no more texts from us. Reply START to undo."},
};

int main(void)
{
    const struct template_values values = {
        .business = "Brightwater Plumbing",
        .name = "Alexandra",
        .next_open = "08:00 tomorrow",
        .holiday = "Christmas",
    };
    struct policy_config config;
    char buf[TEMPLATE_MAX];

    policy_config_init(&config);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        int len = policy_text(&config, texts[i].id, &values, texts[i].line, buf, sizeof(buf));
        size_t expect = strlen(texts[i].text);
        tap_ok(len == (int)expect && expect <= 160 && strcmp(buf, texts[i].text) == 0,
               "the default text %s, one SMS", template_name(texts[i].id));
        len = policy_text(&config, texts[i].id, &values, texts[i].line, buf, expect);
        tap_ok(len == -EMSGSIZE && buf[0] == '\0', "%s does not fit", template_name(texts[i].id));
    }
    config.opt_out_line[0] = '\0';
    tap_ok(policy_text(&config, TEMPLATE_FIRST, &values, true, buf, sizeof(buf)) == 89 &&
               !strstr(buf, "STOP"),
           "without the line that says how to opt out");
    memcpy(config.opt_out_line, "STOP?", 6);
    config.templates[TEMPLATE_FIRST][0] = '\0';
    tap_ok(policy_text(&config, TEMPLATE_FIRST, &values, true, buf, sizeof(buf)) == 5 &&
               strcmp(buf, "STOP?") == 0,
           "the line alone has no blank before it");
    tap_ok(config.delay_ms == 5000 && config.max_age_ms == 1800000 &&
               config.cooldown_ms == 86400000 && config.conversation_window_ms == 43200000 &&
               config.limits.per_minute == 6 && config.limits.pace_ms == 10000 &&
               config.breaker.burst.count == 10 && config.breaker.burst.window_ms == 300000 &&
               !config.hours_set && config.own_count == 0 && config.opt_out.count > 0,
           "the default times");
    return tap_done();
}
