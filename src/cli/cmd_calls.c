#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/when.h"
#include <inttypes.h>

static const char usage[] =
    "usage: textback calls [--missed] [--since TIME] [--until TIME] [--last DURATION]\n"
    "                      [--limit N] [--json]\n\n"
    "Calls, newest first: who called, and whether and why a text went out.\n\n"
    "      --missed         only missed calls\n"
    "      --since TIME     not before: 7d, 2h, today, mon, 14:30, 2026-11-23\n"
    "      --until TIME     before\n"
    "      --last DURATION  the same as --since DURATION\n"
    "      --limit N        at most N calls (1 to 10000, else 1000)\n"
    "      --json           {\"v\":1,\"calls\":[...]}\n";

enum { OPTION_MISSED = CLI_OPTION_OWN, OPTION_SINCE, OPTION_UNTIL, OPTION_LAST, OPTION_LIMIT };

static const struct option options[] = {{"missed", no_argument, NULL, OPTION_MISSED},
                                        {"since", required_argument, NULL, OPTION_SINCE},
                                        {"until", required_argument, NULL, OPTION_UNTIL},
                                        {"last", required_argument, NULL, OPTION_LAST},
                                        {"limit", required_argument, NULL, OPTION_LIMIT},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"CALL", false, 0}, {"WHEN", false, 0},    {"NUMBER", false, 14}, {"NAME", false, 6},
    {"RINGS", true, 0}, {"OUTCOME", false, 0}, {"TEXT", false, 12},
};

/* How far the text got. */
static void add_fate(struct table *t, const struct cli *cli, int64_t id)
{
    struct message_row message;
    if (message_get(cli->store, id, &message))
        table_cellf(t, OUTPUT_PLAIN, "m%" PRId64, id);
    else
        table_cellf(t, show_state_style(message.state), "m%" PRId64 " %s%s%s", id,
                    show_state(&cli->out, message.state), message.error ? ": " : "",
                    message.error ? message.error : "");
}

/* The text's fate comes last: asking for it ends the strings of `call`. */
static void add_row(struct table *t, const struct cli *cli, const struct call_row *call)
{
    const struct output *out = &cli->out;
    char when[OUTPUT_TIME_SIZE], number[OUTPUT_NUMBER_SIZE] = "";
    bool missed = call->outcome == CALL_STATE_MISSED;
    output_time(out, call->started, when);
    if (call->number)
        output_number(out, call->number, number);
    table_cellf(t, OUTPUT_DIM, "c%" PRId64, call->id);
    table_cell(t, OUTPUT_PLAIN, when);
    table_cell(t, OUTPUT_PLAIN, call->withheld ? "withheld" : call->number ? number : "unknown");
    table_cell(t, OUTPUT_PLAIN, call->name);
    if (call->outcome == CALL_STATE_RINGING)
        table_cell(t, OUTPUT_DIM, "ringing");
    else
        table_cellf(t, OUTPUT_PLAIN, "%d", call->rings);
    table_cellf(t, missed ? OUTPUT_WARN : OUTPUT_PLAIN, "%s%s", show_outcome(call->outcome),
                call->certain ? "" : "?");
    if (call->message)
        add_fate(t, cli, call->message);
    else if (call->reason)
        table_cellf(t, OUTPUT_DIM, "no: %s", show_reason(call->reason));
    else
        table_cell(t, OUTPUT_DIM, "");
}

static int print_json(struct store_rows *rows)
{
    struct call_row call;
    struct json j;
    int err;
    output_json_begin(&j);
    json_key(&j, "calls");
    json_array(&j);
    while ((err = calls_next(rows, &call)) > 0)
        show_call_json(&j, NULL, &call);
    json_array_end(&j);
    output_json_end(&j);
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct call_row call;
    int err;
    while ((err = calls_next(rows, &call)) > 0)
        add_row(t, cli, &call);
    show_table(cli, t, "no calls");
    return err;
}

int cmd_calls(struct cli *cli, int argc, char **argv)
{
    struct call_filter filter = {.limit = CLI_LIST_DEFAULT};
    struct when_span span = {0};
    const char *limit = NULL;
    struct store_rows *rows;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_MISSED)
            filter.missed_only = true;
        else if (c == OPTION_SINCE)
            span.since = optarg;
        else if (c == OPTION_UNTIL)
            span.until = optarg;
        else if (c == OPTION_LAST)
            span.last = optarg;
        else if (c == OPTION_LIMIT)
            limit = optarg;
        else
            return cli->exit;
    }
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_count(cli, "--limit", limit, CLI_LIST_MAX, &filter.limit)) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = when_span(cli, &span, &filter.since, &filter.until)))
        return code;
    int err = calls_list(cli->store, &filter, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    err = cli->json ? print_json(rows) : print_table(cli, rows);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}
