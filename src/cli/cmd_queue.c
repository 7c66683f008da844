#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: textback queue [list] [--json]\n"
    "       textback queue cancel MESSAGE [--dry-run]\n\n"
    "Texts that wait, are being sent, or whose fate is unknown, most urgent first.\n"
    "cancel takes back a text (m77) of which nothing has left yet.\n\n"
    "      --json         {\"v\":1,\"messages\":[...]}\n"
    "  -n, --dry-run      say what would be cancelled\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"TEXT", false, 0}, {"STATE", false, 0}, {"SINCE", false, 0}, {"DUE", false, 0},
    {"TO", false, 12},  {"BY", false, 0},    {"PARTS", true, 0},  {"SAYS", false, 12},
};

static void add_row(struct table *t, const struct output *out, const struct message_row *message)
{
    char since[OUTPUT_TIME_SIZE], due[OUTPUT_TIME_SIZE] = "", who[SHOW_WHO_SIZE];
    output_time(out, message->created, since);
    if (message->due.s > out->now.wall.s)
        output_time(out, message->due, due);
    show_who(out, message->name, message->number, who);
    table_cellf(t, OUTPUT_DIM, "m%" PRId64, message->id);
    table_cell(t, show_state_style(message->state), show_state(out, message->state));
    table_cell(t, OUTPUT_PLAIN, since);
    table_cell(t, OUTPUT_PLAIN, due);
    table_cell(t, OUTPUT_PLAIN, who);
    table_cell(t, OUTPUT_PLAIN, show_cause(message->cause));
    table_cellf(t, OUTPUT_PLAIN, "%d", message->parts);
    if (message->error)
        table_cellf(t, OUTPUT_WARN, "%s: %s", message->error, message->text);
    else
        table_cell(t, OUTPUT_PLAIN, message->text);
}

static int print_json(struct store_rows *rows)
{
    struct message_row message;
    struct json j;
    int err;
    output_json(&j);
    json_object(&j);
    json_key_i64(&j, "v", 1);
    json_key(&j, "messages");
    json_array(&j);
    while ((err = message_next(rows, &message)) > 0)
        show_message_json(&j, NULL, &message);
    json_array_end(&j);
    json_object_end(&j);
    putchar('\n');
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct message_row message;
    int err;
    while ((err = message_next(rows, &message)) > 0)
        add_row(t, &cli->out, &message);
    if (table_rows(t) > 0) {
        output_page(&cli->out);
        table_print(t, &cli->out);
    } else {
        cli_note(cli, "nothing waits");
    }
    table_free(t);
    return err;
}

static int list(struct cli *cli)
{
    struct store_rows *rows;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = outbox_list(cli->store, CLI_LIST_MAX, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    err = cli->json ? print_json(rows) : print_table(cli, rows);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

/* Returns what cancelling did: 0, or an error of outbox_cancel() or of the store. */
static int cancel_row(struct cli *cli, int64_t id)
{
    int err = store_begin(cli->store);
    if (err == 0)
        err = outbox_cancel(cli->store, id, "cancelled by hand", cli->out.now.wall);
    if (err == 0 && !cli->dry_run)
        err = store_commit(cli->store);
    store_rollback(cli->store);
    return err;
}

static int cancel(struct cli *cli, const char *word)
{
    struct message_row message;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int64_t id = person_id(word, 'm');
    int err = id ? message_get(cli->store, id, &message) : -ENOENT;
    if (err == 0)
        err = cancel_row(cli, id);
    if (err == -ENOENT)
        return cli_fail(cli, CLI_NOT_FOUND, "no such text: \"%s\"", word);
    if (err == -EALREADY && message_get(cli->store, id, &message) == 0)
        return cli_fail(cli, CLI_REFUSED, "too late: m%" PRId64 " is %s", id,
                        message_state_name(message.state));
    if (err)
        return cli_store_fail(cli, err);
    cli_say(cli, "m%" PRId64 " %s", id, cli->dry_run ? "would be cancelled" : "cancelled");
    if (!cli->dry_run)
        cli_wake_daemon(cli);
    return CLI_DONE;
}

int cmd_queue(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list", "cancel", NULL};
    char suggestion[CLI_SUGGESTION_MAX];
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    const char *what = optind < argc ? argv[optind++] : "list";
    int code;
    if (strcmp(what, "list") == 0) {
        code = cli_operands(cli, argc, argv, 0, "");
        return code ? code : list(cli);
    }
    if (strcmp(what, "cancel") == 0) {
        code = cli_operands(cli, argc, argv, 1, "MESSAGE");
        return code ? code : cancel(cli, argv[optind]);
    }
    cli_suggest(what, words, suggestion);
    return cli_fail(cli, CLI_USAGE, "unknown word: \"%s\"%s", what,
                    suggestion[0] ? suggestion : " (list, cancel)");
}
