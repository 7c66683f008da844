#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"
#include <inttypes.h>
#include <stdio.h>

static const char usage[] =
    "usage: textback inbox [--all] [--unread] [--limit N] [--json]\n\n"
    "Open conversations: who waits longest for an answer comes first, then the newest.\n\n"
    "      --all          the finished ones too\n"
    "      --unread       only those with a text that was not read\n"
    "      --limit N      at most N (1 to 10000, else 1000)\n"
    "      --json         {\"v\":1,\"threads\":[...]}\n";

enum { OPTION_ALL = CLI_OPTION_OWN, OPTION_UNREAD, OPTION_LIMIT };

static const struct option options[] = {{"all", no_argument, NULL, OPTION_ALL},
                                        {"unread", no_argument, NULL, OPTION_UNREAD},
                                        {"limit", required_argument, NULL, OPTION_LIMIT},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"ID", true, 0},  {"WAITS", true, 0}, {"NAME", false, 8},  {"NUMBER", false, 14},
    {"NEW", true, 0}, {"LAST", false, 0}, {"TEXT", false, 16},
};

static void add_row(struct table *t, const struct output *out, const struct thread_row *thread)
{
    char waits[OUTPUT_TIME_SIZE] = "", number[OUTPUT_NUMBER_SIZE], last[OUTPUT_TIME_SIZE];
    enum output_style style = thread->unread > 0 ? OUTPUT_BOLD : OUTPUT_PLAIN;
    if (thread->waiting_since.s)
        output_duration(out->now.wall.s - thread->waiting_since.s, waits);
    output_number(out, thread->number, number);
    output_time(out, thread->last, last);
    table_cellf(t, OUTPUT_DIM, "%" PRId64, thread->id);
    table_cell(t, OUTPUT_WARN, waits);
    table_cell(t, style, thread->name);
    table_cell(t, style, number);
    if (thread->unread > 0)
        table_cellf(t, OUTPUT_BOLD, "%d", thread->unread);
    else
        table_cell(t, OUTPUT_PLAIN, "");
    table_cell(t, OUTPUT_DIM, last);
    table_cellf(t, thread->last_text ? style : OUTPUT_DIM, "%s%s%s",
                thread->opted_out ? "[opted out] " : "", thread->blocked ? "[blocked] " : "",
                thread->last_text   ? thread->last_text
                : thread->calls > 0 ? "(call)"
                                    : "");
}

static int print_json(struct store_rows *rows)
{
    struct thread_row thread;
    struct json j;
    int err;
    output_json(&j);
    json_object(&j);
    json_key_i64(&j, "v", 1);
    json_key(&j, "threads");
    json_array(&j);
    while ((err = thread_next(rows, &thread)) > 0)
        show_thread_json(&j, &thread);
    json_array_end(&j);
    json_object_end(&j);
    putchar('\n');
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct thread_row thread;
    int err;
    while ((err = thread_next(rows, &thread)) > 0)
        add_row(t, &cli->out, &thread);
    if (table_rows(t) > 0) {
        output_page(&cli->out);
        table_print(t, &cli->out);
    } else {
        cli_note(cli, "nothing here");
    }
    table_free(t);
    return err;
}

int cmd_inbox(struct cli *cli, int argc, char **argv)
{
    struct thread_filter filter = {.limit = CLI_LIST_DEFAULT};
    struct store_rows *rows;
    const char *limit = NULL;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_ALL)
            filter.all = true;
        else if (c == OPTION_UNREAD)
            filter.unread = true;
        else if (c == OPTION_LIMIT)
            limit = optarg;
        else
            return cli->exit;
    }
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_count(cli, "--limit", limit, CLI_LIST_MAX, &filter.limit)) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    int err = thread_list(cli->store, &filter, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    err = cli->json ? print_json(rows) : print_table(cli, rows);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}
