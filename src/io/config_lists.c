#include "base/text.h"
#include "config_put.h"
#include "numbering/e164.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

static int add_number(const struct config_put *v)
{
    struct policy_config *policy = &v->config->policy;
    char number[E164_MAX + 1] = "";
    int err = config_put_number(v, number);
    if (err)
        return err;
    for (size_t i = 0; i < policy->own_count; i++)
        if (strcmp(policy->own[i], number) == 0)
            return 0;
    if (policy->own_count == POLICY_OWN_MAX)
        return config_put_refuse(v, "one number too many, expected at most %d of all lines",
                                 POLICY_OWN_MAX);
    memcpy(policy->own[policy->own_count++], number, sizeof(number));
    return 0;
}

static int add_hours(const struct config_put *v)
{
    struct hours_slot slot;
    if (hours_parse_slot(v->text, &slot))
        return config_put_refuse(
            v, "%s is not a time of day from-to, expected such as \"08:00-17:30\"", v->quoted);
    switch (hours_add(&v->config->policy.hours, (int)v->key->min, slot)) {
    case -ENOSPC:
        return config_put_refuse(v, "%s is one too many, expected at most %d a day", v->quoted,
                                 HOURS_SLOT_MAX);
    case -EEXIST:
        return config_put_refuse(v, "%s overlaps another time of that day", v->quoted);
    }
    return 0;
}

static int add_at_line(const struct config_put *v)
{
    struct modem_config *modem = &v->line->modem;
    if (strncasecmp(v->text, "AT", 2) != 0)
        return config_put_refuse(v, "%s is not an AT command, expected one that starts with AT",
                                 v->quoted);
    for (size_t i = 0; i < v->len; i++)
        if (v->text[i] < ' ' || v->text[i] > '~')
            return config_put_refuse(v, "%s holds a character that no AT command has", v->quoted);
    if (v->len >= sizeof(modem->init[0]))
        return config_put_refuse(v, "%s is %zu characters long, expected at most %zu", v->quoted,
                                 v->len, sizeof(modem->init[0]) - 1);
    if (modem->init_count == MODEM_INIT_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 MODEM_INIT_MAX);
    memcpy(modem->init[modem->init_count++], v->text, v->len + 1);
    return 0;
}

static int add_country(const struct config_put *v)
{
    struct policy_config *policy = &v->config->policy;
    bool word = strcmp(v->text, "own") == 0 || strcmp(v->text, "all") == 0;
    char region[3];
    if (!word && !config_put_region(v, region))
        return config_put_refuse(
            v, "%s is not a country, expected two letters such as GB, own or all", v->quoted);
    if (policy->country_count == POLICY_COUNTRIES_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 POLICY_COUNTRIES_MAX);
    char *place = policy->countries[policy->country_count++];
    return text_copy(place, sizeof(policy->countries[0]), word ? v->text : region);
}

static int add_prefix(const struct config_put *v)
{
    struct policy_config *policy = &v->config->policy;
    if (v->text[0] != '+' || v->len < 2 || v->len > E164_MAX ||
        strspn(v->text + 1, "0123456789") != v->len - 1)
        return config_put_refuse(
            v, "%s is not the beginning of a number, expected such as \"+4470\"", v->quoted);
    if (policy->deny_count == POLICY_DENY_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 POLICY_DENY_MAX);
    memcpy(policy->deny[policy->deny_count++], v->text, v->len + 1);
    return 0;
}

static int add_language(const struct config_put *v)
{
    struct config *c = v->config;
    if (v->len != 2 || strspn(v->text, "abcdefghijklmnopqrstuvwxyz") != v->len)
        return config_put_refuse(
            v, "%s is not a language, expected two letters (ISO 639) such as en", v->quoted);
    if (c->opt_out.language_count == CONFIG_LANGUAGES_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 CONFIG_LANGUAGES_MAX);
    memcpy(c->opt_out.languages[c->opt_out.language_count++], v->text, v->len + 1);
    return 0;
}

static int add_word(const struct config_put *v)
{
    struct config *c = v->config;
    struct keyword_list list = {0};
    if (config_put_control(v, false) || v->len >= KEYWORD_SIZE ||
        keyword_add(&list, KEYWORD_SECTION_STOP, v->text, v->len) != 0)
        return config_put_refuse(v,
                                 "%s is not a word, expected up to %d octets with a letter in them",
                                 v->quoted, KEYWORD_SIZE - 1);
    if (c->opt_out.word_count == CONFIG_WORDS_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 CONFIG_WORDS_MAX);
    memcpy(c->opt_out.words[c->opt_out.word_count++], v->text, v->len + 1);
    return 0;
}

static int add_argument(const struct config_put *v)
{
    struct config *c = v->config;
    size_t count = c->hooks.argument_count;
    if (count == 0 && v->text[0] != '/')
        return config_put_refuse(v,
                                 "%s is not the path of a program, expected one that starts "
                                 "with /",
                                 v->quoted);
    if (strlen(v->text) < v->len || v->len >= sizeof(c->hooks.arguments[0]))
        return config_put_refuse(v, "%s is not an argument, expected up to %zu octets without NUL",
                                 v->quoted, sizeof(c->hooks.arguments[0]) - 1);
    if (count == CONFIG_ARGUMENTS_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 CONFIG_ARGUMENTS_MAX);
    memcpy(c->hooks.arguments[c->hooks.argument_count++], v->text, v->len + 1);
    return 0;
}

static int add_owner(const struct config_put *v)
{
    struct owner_config *owner = &v->config->policy.owner;
    char number[E164_MAX + 1] = "";
    int err = config_put_number(v, number);
    if (err || owner_is(owner, number))
        return err;
    if (owner->number_count == OWNER_NUMBERS_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 OWNER_NUMBERS_MAX);
    memcpy(owner->numbers[owner->number_count++], number, sizeof(number));
    return 0;
}

static int add_notify(const struct config_put *v)
{
    uint32_t bit = 1;
    for (const char *word = v->key->words; word; bit <<= 1) {
        const char *bar = strchr(word, '|');
        size_t len = bar ? (size_t)(bar - word) : strlen(word);
        if (len == v->len && memcmp(word, v->text, len) == 0) {
            v->config->policy.owner.notify |= bit;
            return 0;
        }
        word = bar ? bar + 1 : NULL;
    }
    return config_put_refuse(v, "%s is not known, expected some of %s", v->quoted, v->key->words);
}

static int add_urgent(const struct config_put *v)
{
    struct owner_config *owner = &v->config->policy.owner;
    char plain[OWNER_WORD_SIZE];
    if (config_put_control(v, false) || !keyword_plain(v->text, v->len, plain, sizeof(plain)) ||
        plain[0] == '\0')
        return config_put_refuse(v,
                                 "%s is not a word, expected up to %d octets with a letter in them",
                                 v->quoted, OWNER_WORD_SIZE - 1);
    if (owner->word_count == OWNER_WORDS_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 OWNER_WORDS_MAX);
    memcpy(owner->urgent_words[owner->word_count++], plain, sizeof(plain));
    return 0;
}

static int add_after(const struct config_put *v)
{
    struct follow_up *f = &v->config->policy.follow_up;
    int64_t ms = 0;
    if (duration_parse(v->text, &ms) || ms < v->key->min || ms > v->key->max)
        return config_put_refuse(v, "%s is not a time after a text, expected 1h to 90d such as 4h",
                                 v->quoted);
    if (f->after_count == FOLLOW_UP_MAX)
        return config_put_refuse(v, "%s is one too many, expected at most %d", v->quoted,
                                 FOLLOW_UP_MAX);
    f->after_ms[f->after_count++] = ms;
    return 0;
}

static int add_day(const struct config_put *v)
{
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (size_t day = 0; day < 7; day++) {
        if (strcmp(v->text, names[day]) == 0) {
            v->config->policy.follow_up.days[day] = true;
            return 0;
        }
    }
    return config_put_refuse(v, "%s is not a weekday, expected mon, tue, wed, thu, fri, sat or sun",
                             v->quoted);
}

int config_put_add(const struct config_put *v)
{
    static int (*const add[])(const struct config_put *) = {
        [CONFIG_NUMBERS] = add_number,   [CONFIG_HOURS] = add_hours,
        [CONFIG_AT_LINES] = add_at_line, [CONFIG_COUNTRIES] = add_country,
        [CONFIG_PREFIXES] = add_prefix,  [CONFIG_LANGUAGES] = add_language,
        [CONFIG_WORDS] = add_word,       [CONFIG_ARGUMENTS] = add_argument,
        [CONFIG_AFTER] = add_after,      [CONFIG_DAYS] = add_day,
        [CONFIG_OWNERS] = add_owner,     [CONFIG_NOTIFY] = add_notify,
        [CONFIG_URGENT] = add_urgent,
    };
    assert(config_kind_is_list(v->key->kind));
    assert(add[v->key->kind]);
    return add[v->key->kind](v);
}

int config_holiday(struct config *c, const char *date, const char *name,
                   char ret_what[CONFIG_WHAT_MAX])
{
    static const struct config_key key = {.name = "holidays", .kind = CONFIG_HOLIDAYS};
    struct config_put v = {&key, c, NULL, name, strlen(name), "", ret_what};
    struct hours *hours = &c->policy.hours;
    struct holiday day = {0};

    (void)config_quote(date, strlen(date), v.quoted);
    if (hours_parse_date(date, &day))
        return config_put_refuse(
            &v, "%s is not a date, expected such as 2026-12-25, or 12-25 for every year", v.quoted);
    (void)config_quote(name, v.len, v.quoted);
    if (v.len == 0 || v.len >= sizeof(day.name) || config_put_control(&v, false))
        return config_put_refuse(&v, "%s is not a name, expected text of 1 to %zu octets", v.quoted,
                                 sizeof(day.name) - 1);
    if (hours->holiday_count == HOURS_HOLIDAY_MAX)
        return config_put_refuse(&v, "one too many, expected at most %d", HOURS_HOLIDAY_MAX);
    memcpy(day.name, name, v.len + 1);
    hours->holiday[hours->holiday_count++] = day;
    return 0;
}
