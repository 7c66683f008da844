/* src/policy/config.c - the defaults, and the texts that go out. */
#include "policy/config.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>

#define SECOND_MS INT64_C(1000)
#define HOUR_MS (3600 * SECOND_MS)

static const char *const default_templates[TEMPLATE_COUNT] = {
    [TEMPLATE_FIRST] = "Hi, this is {business}. Sorry we missed your call. How can we help? "
                       "Reply here.",
    [TEMPLATE_REPEAT] = "{business} here, sorry we missed you again. Text what you need and we "
                        "will call.",
    [TEMPLATE_KNOWN] = "Hi {name|there}, {business} here, sorry we missed you. How can we help?",
    [TEMPLATE_CLOSED] = "Hi, this is {business}. We are closed until {next_open}. Tell us what "
                        "you need and we will reply then.",
    [TEMPLATE_HOLIDAY] = "{business} is closed for {holiday} until {next_open}. Text us what you "
                         "need, we will reply then.",
    [TEMPLATE_AWAY] = "Hi, this is {business}. We are away until {back_at|later}. Tell us what "
                      "you need and we will reply then.",
    [TEMPLATE_OPT_OUT] = "{business}: you will get no more texts from us. Reply START to undo.",
    [TEMPLATE_HELP] = "{business}: we text back when we miss your call. Call {callback|us}. Reply "
                      "STOP for no more texts.",
    [TEMPLATE_LEAD] = "Hi {name|there}, this is {business}. Thanks for your message, we will "
                      "answer here. Anything to add? Just reply.",
    [TEMPLATE_FOLLOW_UP] = "{business} here again: can we still help? Reply here and we will get "
                           "back to you.",
};

static void copy_default(char *buf, size_t cap, const char *s)
{
    int err = text_copy(buf, cap, s);
    assert(err == 0);
}

static void add_builtin(struct keyword_list *list, const char *language)
{
    size_t line;
    const char *text = keyword_builtin(language);
    assert(text);
    int err = keyword_read(list, text, &line);
    assert(err == 0);
}

void policy_config_init(struct policy_config *ret_config)
{
    *ret_config = (struct policy_config){
        .delay_ms = 5 * SECOND_MS,
        .max_age_ms = HOUR_MS / 2,
        .cooldown_ms = 24 * HOUR_MS,
        .conversation_window_ms = 12 * HOUR_MS,
        .opt_out_confirm_ms = HOUR_MS / 12,
        .limits = {.per_minute = 6,
                   .per_hour = 30,
                   .per_day = 100,
                   .people_per_month = 250,
                   .auto_per_person = 3,
                   .pace_ms = 10 * SECOND_MS,
                   .jitter_permille = 300},
        .breaker = {.burst = {10, HOUR_MS / 12},
                    .identical = {3, HOUR_MS},
                    .mute_ms = 24 * HOUR_MS},
        .follow_up = {.after_ms = {4 * HOUR_MS},
                      .after_count = 1,
                      .window = {9 * 60, 20 * 60},
                      .days = {true, true, true, true, true, true}},
        .owner = {.notify = OWNER_NOTIFY_ALL, .waiting_after_ms = HOUR_MS / 2, .digest_min = -1},
        .quiet = {.from_min = 21 * 60, .to_min = 8 * 60, .grace_ms = HOUR_MS / 6},
    };
    for (size_t i = 0; i < TEMPLATE_COUNT; i++)
        copy_default(ret_config->templates[i], TEMPLATE_MAX, default_templates[i]);
    add_builtin(&ret_config->opt_out, "common");
    add_builtin(&ret_config->opt_out, "en");
    copy_default(ret_config->opt_out_line, POLICY_OPT_OUT_LINE_SIZE, "STOP to opt out.");
}

int policy_text(const struct policy_config *config, enum template_id id,
                const struct template_values *values, bool opt_out_line, char *buf, size_t cap)
{
    int len = template_render(config->templates[id], values, buf, cap);
    if (len < 0 || !opt_out_line || config->opt_out_line[0] == '\0')
        return len;

    struct text t = {.buf = buf, .cap = cap, .len = (size_t)len};
    if (len > 0)
        text_add_char(&t, ' ');
    text_add(&t, config->opt_out_line);
    if (!text_ok(&t)) {
        buf[0] = '\0';
        return -EMSGSIZE;
    }
    return (int)t.len;
}
