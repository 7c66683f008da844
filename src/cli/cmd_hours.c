#include "cli/cli.h"
#include "cli/when.h"
#include "policy/decide.h"
#include "store/people.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: textback hours [TIME] [--json]\n\n"
    "Is the business open, when does it open next, and what would somebody get who rings for the\n"
    "first time: now, or at a TIME to come such as 20:00, sun, \"fri 8:30\" or 2026-12-25.\n\n"
    "      --json         {\"v\":1,\"at\":...,\"open\":true,...,\"text\":\"...\"}\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

/* What is so at a time. */
struct view {
    struct wall at;
    bool open, quiet, has_next;
    struct wall next_open;
    const struct holiday *holiday; /* or NULL */
    struct decide_facts facts;
    struct decision decision;
    char text[2 * TEMPLATE_MAX];
};

/* A missed call of a stranger that ends at that time. */
static int look(struct cli *cli, struct wall at, struct view *ret)
{
    const struct policy_config *policy = &cli->config->policy;
    struct template_values values = {0};
    struct policy_times times;
    struct pause pause = {0};
    struct wall away = {0};
    int err = cli->store ? away_get(cli->store, at, &away) : 0;
    if (err == 0 && cli->store)
        err = pause_get(cli->store, at, &pause);
    if (err < 0)
        return err;
    *ret = (struct view){
        .at = at,
        .open = !policy->hours_set || hours_open(&policy->hours, &policy->zone, at),
        .quiet = quiet_at(&policy->quiet, &policy->zone, at),
        .holiday = hours_holiday(&policy->hours, &policy->zone, at),
        .facts = {.number = "",
                  .raw = "",
                  .number_textable = false,
                  .paused = pause.until.s != 0,
                  .away_until = away,
                  .wall_known = wall_plausible(at),
                  .now = at,
                  .ended_at = at},
    };
    ret->has_next =
        policy->hours_set && hours_next_open(&policy->hours, &policy->zone, at, &ret->next_open);
    decide_call(&ret->decision, policy, &ret->facts);
    policy_times(policy, &ret->facts, at, ret->decision.due, &times);
    policy_values(policy, &times, &values);
    if (policy_text(policy, ret->decision.template, &values, true, ret->text, sizeof(ret->text)) <
        0)
        ret->text[0] = '\0';
    return 0;
}

/* Returns the rule that stops such a call whoever rings, NULL where none does. */
static const struct rule_result *stopped(const struct view *view)
{
    static const enum decide_rule rules[] = {DECIDE_QUIET, DECIDE_PAUSED, DECIDE_OBSERVE};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (view->decision.rules[rules[i]].stop)
            return &view->decision.rules[rules[i]];
    return NULL;
}

static void print_json(const struct view *view)
{
    const struct rule_result *rule = stopped(view);
    struct json j;
    output_json_begin(&j);
    output_json_wall(&j, "at", view->at);
    json_key_bool(&j, "open", view->open);
    output_json_wall(&j, "next_open_at", view->has_next ? view->next_open : (struct wall){0});
    json_key_string(&j, "holiday", view->holiday ? view->holiday->name : NULL);
    json_key_bool(&j, "quiet", view->quiet);
    json_key_string(&j, "reason", rule ? rule->name : NULL);
    json_key_string(&j, "template", template_name(view->decision.template));
    json_key_string(&j, "text", view->text);
    output_json_wall(&j, "due_at", view->decision.due);
    output_json_end(&j);
}

static void print_screen(struct cli *cli, const struct view *view)
{
    const struct policy_config *policy = &cli->config->policy;
    const struct rule_result *rule = stopped(view);
    char when[OUTPUT_TIME_SIZE], next[HOURS_NEXT_OPEN_SIZE] = "";
    char *holiday = output_printable(view->holiday ? view->holiday->name : "", false);
    output_time(&cli->out, view->at, when);
    printf("%s  ", when);
    output_style(&cli->out, view->open ? OUTPUT_GOOD : OUTPUT_WARN,
                 !view->open         ? "closed"
                 : policy->hours_set ? "open"
                                     : "always open (no hours are set)");
    if (holiday[0])
        printf(", %s", holiday);
    if (view->quiet)
        printf(", in the quiet hours");
    if (view->has_next) {
        hours_next_open_text(&policy->zone, view->at, view->next_open, next);
        printf(", opens next %s", next);
    }
    free(holiday);
    if (rule)
        printf("\nA new caller gets no text: %s.\n", rule->detail);
    else
        printf("\nA new caller gets the text \"%s\":\n  ", template_name(view->decision.template));
    if (!rule)
        output_paragraph(&cli->out, 2, view->text);
}

int cmd_hours(struct cli *cli, int argc, char **argv)
{
    struct wall at = cli->out.now.wall;
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "TIME")) ||
        (code = cli_config(cli, CLI_NEED_CONFIG)))
        return code;
    if (optind < argc && (code = when_future(cli, "TIME", argv[optind], &at)))
        return code;
    /* Being away and paused is in the database; before the first run there is none. */
    if (access(cli_store_path(cli), F_OK) == 0 &&
        (code = cli_store(cli, CLI_NEED_CONFIG, STORE_EXISTING)))
        return code;
    struct view view;
    int err = look(cli, at, &view);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (cli->json)
        print_json(&view);
    else
        print_screen(cli, &view);
    return CLI_DONE;
}
