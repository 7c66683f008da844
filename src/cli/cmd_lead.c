#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/form.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/waits.h"
#include "store/threads.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: textback lead add [--dry-run] [--json]\n\n"
    "Takes in a web form that somebody filled in, from standard input: it is shown in their "
    "thread,\n"
    "and answered with templates.lead at once, by the rules for callers.  A JSON object of texts, "
    "or\n"
    "key=value lines: number, message and consent (yes or no); name, consent_text (what they "
    "agreed\n"
    "to), consented_at (2026-11-30T16:05:00Z) and source (the page) may be there.  Without "
    "consent, "
    "or\n"
    "where a rule says stop, the lead is kept and nothing is sent: exit status 4.\n\n"
    "      --json         {\"v\":1,\"lead\":{...},\"rules\":[...],\"message\":{...}}\n"
    "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

/* In the transaction that may be taken back. */
static int print_json(const struct cli *cli, const struct lead_result *result)
{
    struct lead_row lead;
    struct message_row message = {0};
    struct store_rows *rows;
    struct json j;
    int err = leads_get(cli->store, result->lead, &lead);
    if (err)
        return err;
    if (cli->dry_run)
        lead.id = lead.answer = lead.message = 0; /* others will have them */
    output_json_begin(&j);
    json_key_bool(&j, "dry_run", cli->dry_run);
    json_key_bool(&j, "again", result->again);
    json_key(&j, "lead");
    show_lead_json(&j, &lead);
    err = leads_rules(cli->store, result->lead, &rows);
    if (err == 0)
        err = show_rules_json(&j, rows);
    json_key(&j, "message");
    if (err == 0 && result->message)
        err = message_get(cli->store, result->message, &message);
    if (cli->dry_run)
        message.id = 0;
    if (err == 0 && result->message)
        show_message_json(&j, NULL, &message);
    else
        json_null(&j);
    output_json_end(&j);
    return err;
}

static int tell(const struct cli *cli, const struct lead_form *form,
                const struct lead_result *result)
{
    char who[SHOW_WHO_SIZE];
    show_who(&cli->out, form->name[0] ? form->name : NULL, form->number, who);
    if (result->again && !cli->json)
        cli_say(cli, "the same is here already: l%" PRId64, result->lead);
    if (result->again)
        return CLI_DONE;
    if (result->rule[0] && cli->dry_run)
        return cli_fail(cli, CLI_REFUSED, "would be kept, and not texted: %s (%s)", result->why,
                        result->rule);
    if (result->rule[0])
        return cli_fail(cli, CLI_REFUSED, "l%" PRId64 " kept, not texted: %s (%s)", result->lead,
                        result->why, result->rule);
    if (cli->dry_run && !cli->json)
        cli_say(cli, "would be kept, and a text queued for %s", who);
    else if (!cli->json)
        cli_say(cli, "l%" PRId64 " kept, m%" PRId64 " queued for %s", result->lead, result->message,
                who);
    return CLI_DONE;
}

/* The line that they know, else the first. */
static int choose_line(struct cli *cli, const struct lead_form *form, struct service_config *ret)
{
    const struct config *config = cli->config;
    const struct config_line *line;
    int64_t thread = 0;
    int err = thread_find_number(cli->store, form->number, &thread);
    if (err == 0 || err == -ENOENT)
        err = person_line(cli, thread, &line);
    if (err == 0)
        *ret = (struct service_config){.line = line->name,
                                       .policy = &config->policy,
                                       .modem = &line->modem,
                                       .unicode = &config->unicode,
                                       .max_parts = &config->max_parts};
    return err;
}

static void mark_done(struct cli *cli, const struct lead_result *result)
{
    char what[64], queued[32] = "";
    if (result->message)
        snprintf(queued, sizeof(queued), ", m%" PRId64 " is queued", result->message);
    snprintf(what, sizeof(what), "l%" PRId64 " is kept%s", result->lead, queued);
    cli_done(cli, result->rule[0] ? CLI_REFUSED : CLI_DONE, what);
}

/* All of it in one transaction, so that an opt-out that comes in meanwhile wins. */
static int take(struct cli *cli, const struct lead_form *form, struct lead_result *ret)
{
    struct service_config config;
    struct compose *compose = cli_alloc(1, sizeof(*compose));
    int err = cli_begin(cli);
    if (err == 0)
        err = choose_line(cli, form, &config);
    if (err == 0)
        err = lead_take(cli->store, &config, compose, form, cli->out.now, ret);
    if (err == 0 && !cli->dry_run && (err = store_commit(cli->store)) == 0)
        mark_done(cli, ret);
    if (err == 0 && cli->json)
        err = print_json(cli, ret);
    cli_end(cli);
    free(compose);
    return err;
}

static int add(struct cli *cli)
{
    struct form form = {0};
    struct lead_result result = {0};
    int code = cli_config(cli, CLI_NEED_CONFIG);
    if (code == CLI_DONE)
        code = form_read(cli, &form);
    if (code == CLI_DONE)
        code = cli_store(cli, CLI_NEED_CONFIG, cli->dry_run ? STORE_EXISTING : STORE_CREATE);
    if (code)
        goto out;
    int err = take(cli, &form.lead, &result);
    if (err == 0 && !cli->dry_run && !result.again) {
        int asleep = cli_wake_daemon(cli);
        err = result.message ? waits_tell(cli, result.message, asleep, true) : 0;
    }
    code = err ? cli_store_fail(cli, err) : tell(cli, &form.lead, &result);
out:
    form_free(&form);
    return code;
}

int cmd_lead(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"add", NULL};
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if (optind == argc)
        return cli_fail(cli, CLI_USAGE, "add is missing (see textback lead --help)");
    const char *what = argv[optind++];
    if (strcmp(what, "add") == 0) {
        int code = cli_operands(cli, argc, argv, 0, "");
        return code ? code : add(cli);
    }
    return cli_unknown(cli, "unknown word", what, words);
}
