#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/waits.h"
#include "service/service.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: textback queue [list] [--json]\n"
    "       textback queue cancel|hold|release|retry MESSAGE... [--dry-run]\n"
    "       textback queue release [--dry-run]\n\n"
    "Texts that wait, and why; that are being sent, or whose fate is unknown (for a day), most\n"
    "urgent first; then those that failed in the last 24 hours.\n\n"
    "cancel takes back a text (m77) of which nothing has left yet, and strikes one of unknown fate "
    "off\nthe list.  hold keeps one from being sent until release.  retry sends one that failed, "
    "expired or\nwas cancelled after all; one of unknown fate may then arrive twice.  release "
    "alone lets texts go\nagain that all wait because a modem was found with another SIM.\n\n"
    "      --json         {\"v\":1,\"messages\":[...],\"failed\":[...]}; with \"dry_run\" where "
    "something is done\n"
    "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"TEXT", false, 0}, {"STATE", false, 0}, {"SINCE", false, 0}, {"DUE", false, 0},
    {"TO", false, 12},  {"BY", false, 0},    {"PARTS", true, 0},  {"SAYS", false, 12},
};
static const struct table_column why_columns[] = {{"TEXT", false, 0}, {"WHY", false, 60}};

static void add_row(struct table *t, const struct output *out, const struct message_row *message)
{
    char since[OUTPUT_TIME_SIZE], due[OUTPUT_TIME_SIZE] = "", who[SHOW_WHO_SIZE];
    output_time(out, message->created, since);
    if (message->due.s > out->now.wall.s)
        output_time(out, message->due, due);
    show_who(out, message->name, message->number, who);
    table_cellf(t, OUTPUT_DIM, "m%" PRId64, message->id);
    if (message->held)
        table_cell(t, OUTPUT_WARN, "held");
    else
        table_cell(t, show_state_style(message->state), show_state(out, message->state));
    table_cell(t, OUTPUT_PLAIN, since);
    table_cell(t, OUTPUT_PLAIN, due);
    table_cell(t, OUTPUT_PLAIN, who);
    table_cell(t, OUTPUT_PLAIN, show_cause(message->cause));
    table_cellf(t, OUTPUT_PLAIN, "%d", message->parts);
    table_cell(t, OUTPUT_PLAIN, message->text);
}

static int json_messages(struct json *j, const char *key, struct store_rows *rows)
{
    struct message_row message;
    int err;
    json_key(j, key);
    json_array(j);
    while ((err = message_next(rows, &message)) > 0)
        show_message_json(j, NULL, &message);
    json_array_end(j);
    return err;
}

static int print_json(struct store_rows *rows, struct store_rows *failed)
{
    struct json j;
    output_json_begin(&j);
    int err = json_messages(&j, "messages", rows);
    if (err == 0)
        err = json_messages(&j, "failed", failed);
    output_json_end(&j);
    return err;
}

/* Why a text waits, or failed; no row where there is nothing to tell. */
static void add_why(struct table *t, const struct cli *cli, const struct waits *waits,
                    const struct message_row *message)
{
    char why[WAITS_WHY_SIZE];
    waits_why(cli, waits, message, why);
    if (!message->error && !why[0])
        return;
    table_cellf(t, OUTPUT_DIM, "m%" PRId64, message->id);
    table_cellf(t, OUTPUT_WARN, "%s%s%s", message->error ? message->error : "",
                message->error && why[0] ? "; " : "", why);
}

static int add_rows(struct table *t, struct table *why, const struct cli *cli,
                    const struct waits *waits, struct store_rows *rows)
{
    struct message_row message;
    int err;
    while ((err = message_next(rows, &message)) > 0) {
        add_row(t, &cli->out, &message);
        add_why(why, cli, waits, &message);
    }
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows, struct store_rows *failed)
{
    struct waits waits;
    int err = waits_read(cli, &waits);
    if (err)
        return err;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct table *why = table_new(why_columns, sizeof(why_columns) / sizeof(why_columns[0]));
    err = add_rows(t, why, cli, &waits, rows);
    if (err == 0)
        err = add_rows(t, why, cli, &waits, failed);
    show_table(cli, t, "nothing waits");
    if (table_rows(why) > 0) {
        putchar('\n');
        table_print(why, &cli->out);
    }
    table_free(why);
    return err;
}

static int list(struct cli *cli)
{
    struct store_rows *rows = NULL, *failed = NULL;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = store_begin_read(cli->store); /* a text that fails now is in one of them */
    if (err == 0)
        err = outbox_list(cli->store, cli->out.now.wall, CLI_LIST_MAX, &rows);
    if (err == 0)
        err = outbox_list_failed(cli->store, cli->out.now.wall, CLI_LIST_MAX, &failed);
    store_rollback(cli->store);
    if (err == 0)
        err = cli->json ? print_json(rows, failed) : print_table(cli, rows, failed);
    store_rows_free(failed);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

static int cancel(struct store *s, int64_t message, struct wall at)
{
    return outbox_cancel(s, message, "cancelled by hand", at);
}

static const struct action {
    const char *name;
    int (*run)(struct store *s, int64_t message, struct wall at);
    const char *done;
} actions[] = {
    {"cancel", cancel, "cancelled"},
    {"hold", outbox_hold, "held"},
    {"release", outbox_release, "released"},
    {"retry", outbox_retry, "queued again"},
};
#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

/* Tells why an action on one text failed. */
static int refuse(const struct cli *cli, const struct action *action, const char *word, int64_t id,
                  int err)
{
    struct message_row message;
    if (err == -ENOENT)
        return cli_fail(cli, CLI_NOT_FOUND, "no such text: \"%s\"", word);
    if (err == -EACCES)
        return cli_fail(cli, CLI_REFUSED, "m%" PRId64 ": they opted out, or are blocked", id);
    if (err != -EALREADY || message_get(cli->store, id, &message))
        return cli_store_fail(cli, err);
    const char *state = message.held ? "held" : message_state_name(message.state);
    if (action->run == cancel)
        return cli_fail(cli, CLI_REFUSED, "too late: m%" PRId64 " is %s", id, state);
    return cli_fail(cli, CLI_REFUSED, "cannot %s m%" PRId64 ": it is %s", action->name, id, state);
}

static int print_acted(const struct cli *cli, int count, char **words)
{
    struct message_row message;
    struct json j;
    int err = 0;
    output_json_begin(&j);
    json_key_bool(&j, "dry_run", cli->dry_run);
    json_key(&j, "messages");
    json_array(&j);
    for (int i = 0; err == 0 && i < count; i++) {
        err = message_get(cli->store, person_id(words[i], 'm'), &message);
        if (err == 0)
            show_message_json(&j, NULL, &message);
    }
    json_array_end(&j);
    output_json_end(&j);
    return err;
}

/* All or none, in one transaction. */
static int act(struct cli *cli, const struct action *action, int count, char **words)
{
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = cli_begin(cli);
    for (int i = 0; err == 0 && i < count; i++) {
        int64_t id = person_id(words[i], 'm');
        err = id ? action->run(cli->store, id, cli->out.now.wall) : -ENOENT;
        if (err < 0) {
            cli_end(cli);
            return refuse(cli, action, words[i], id, err);
        }
        err = 0;
    }
    if (err == 0 && !cli->dry_run && (err = store_commit(cli->store)) == 0)
        cli_written(cli);
    if (err == 0 && cli->json) /* of a dry run before it is taken back */
        err = print_acted(cli, count, words);
    cli_end(cli);
    if (err)
        return cli_store_fail(cli, err);
    for (int i = 0; i < count && !cli->json; i++)
        cli_say(cli, "m%" PRId64 " %s%s", person_id(words[i], 'm'), cli->dry_run ? "would be " : "",
                action->done);
    return CLI_DONE;
}

/* The SIMs that are in the modems now are the right ones. */
static int accept_sims(struct cli *cli)
{
    int code = cli_store(cli, CLI_NEED_CONFIG, STORE_EXISTING), changed = 0;
    if (code)
        return code;
    int err = cli_begin(cli);
    for (size_t i = 0; err >= 0 && i < cli->config->line_count; i++) {
        err = service_accept_sim(cli->store, cli->config->lines[i].name);
        changed += err > 0;
    }
    if (err >= 0 && !cli->dry_run)
        err = store_commit(cli->store);
    cli_end(cli);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (!changed)
        return cli_fail(cli, CLI_REFUSED,
                        "no modem has another SIM than before; to release a "
                        "text that is held, name it");
    if (!cli->dry_run)
        cli_written(cli);
    cli_say(cli, "texts with the new SIM %s", cli->dry_run ? "would be released" : "released");
    return CLI_DONE;
}

int cmd_queue(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list", "cancel", "hold", "release", "retry", NULL};
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    const char *what = optind < argc ? argv[optind++] : "list";
    if (strcmp(what, "list") == 0) {
        int code = cli_operands(cli, argc, argv, 0, "");
        return code ? code : list(cli);
    }
    if (strcmp(what, "release") == 0 && optind == argc)
        return accept_sims(cli);
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        if (strcmp(what, actions[i].name) == 0)
            return optind < argc ? act(cli, &actions[i], argc - optind, argv + optind)
                                 : cli_operands(cli, argc, argv, 1, "MESSAGE");
    }
    return cli_unknown(cli, "unknown word", what, words);
}
