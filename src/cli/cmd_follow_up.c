#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/follow_ups.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: textback follow-up [list] [--json]\n"
    "       textback follow-up cancel PERSON... [--dry-run] [--json]\n\n"
    "Texts that are planned for those who do not answer, the next first (follow_up in the\n"
    "configuration).  Any sign of life takes one back by itself.\n\n"
    "      --json         {\"v\":1,\"follow_ups\":[...]}; with \"dry_run\" where one is cancelled\n"
    "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"DUE", false, 0}, {"TO", false, 12}, {"AFTER", false, 0}, {"NTH", true, 0}};

static void print_json(struct store_rows *rows)
{
    struct follow_up_row row;
    struct json j;
    output_json_begin(&j);
    json_key(&j, "follow_ups");
    json_array(&j);
    while (follow_ups_next(rows, &row) > 0)
        show_follow_up_json(&j, &row);
    json_array_end(&j);
    output_json_end(&j);
}

static void print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct follow_up_row row;
    char due[OUTPUT_TIME_SIZE], who[SHOW_WHO_SIZE];
    while (follow_ups_next(rows, &row) > 0) {
        output_time(&cli->out, row.due, due);
        show_who(&cli->out, row.name, row.number, who);
        table_cell(t, OUTPUT_PLAIN, due);
        table_cell(t, OUTPUT_PLAIN, who);
        table_cellf(t, OUTPUT_DIM, "m%" PRId64, row.message);
        table_cellf(t, OUTPUT_PLAIN, "%" PRId64, row.nudge + 1);
    }
    bool off = cli->configured && !cli->config->policy.follow_up.enabled;
    show_table(cli, t,
               off ? "no follow-up is planned: follow_up.enabled is false"
                   : "no follow-up is planned");
}

static int list(struct cli *cli)
{
    struct store_rows *rows;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = follow_ups_list(cli->store, 0, CLI_LIST_MAX, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (cli->json)
        print_json(rows);
    else
        print_table(cli, rows);
    store_rows_free(rows);
    return CLI_DONE;
}

/* Cancels what is planned for one person. Returns CLI_DONE and its id, or another code after
 * telling. */
static int cancel_one(struct cli *cli, const char *word, int64_t *ret_id)
{
    struct person person;
    struct store_rows *rows;
    struct follow_up_row row;
    char who[SHOW_WHO_SIZE];
    int code = person_find(cli, word, PERSON_THREAD, &person);
    if (code)
        return code;
    int err = follow_ups_list(cli->store, person.thread, 1, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    *ret_id = follow_ups_next(rows, &row) ? row.id : 0;
    store_rows_free(rows);
    show_person(cli, person.thread, who);
    if (*ret_id == 0)
        return cli_fail(cli, CLI_REFUSED, "no follow-up is planned for %s", who);
    err = follow_ups_cancel(cli->store, *ret_id, "cancelled by hand", cli->out.now.wall);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

/* Of a dry run before it is taken back. Returns 0, or an error of the store. */
static int print_cancelled(const struct cli *cli, const int64_t *ids, int count)
{
    struct follow_up_row row;
    char who[SHOW_WHO_SIZE];
    struct json j;
    int err = 0;
    if (cli->json) {
        output_json_begin(&j);
        json_key_bool(&j, "dry_run", cli->dry_run);
        json_key(&j, "follow_ups");
        json_array(&j);
    }
    for (int i = 0; err == 0 && i < count; i++) {
        err = follow_ups_get(cli->store, ids[i], &row);
        if (err == 0 && cli->json) {
            show_follow_up_json(&j, &row);
        } else if (err == 0) {
            show_who(&cli->out, row.name, row.number, who);
            cli_say(cli, "the follow-up to %s %scancelled", who, cli->dry_run ? "would be " : "");
        }
    }
    if (cli->json) {
        json_array_end(&j);
        output_json_end(&j);
    }
    return err;
}

/* All or none. */
static int cancel(struct cli *cli, int count, char **words)
{
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int64_t *ids = cli_alloc((size_t)count, sizeof(*ids));
    int err = cli_begin(cli);
    for (int i = 0; err == 0 && code == CLI_DONE && i < count; i++)
        code = cancel_one(cli, words[i], &ids[i]);
    if (err == 0 && code == CLI_DONE && !cli->dry_run && (err = store_commit(cli->store)) == 0)
        cli_written(cli);
    if (err == 0 && code == CLI_DONE)
        err = print_cancelled(cli, ids, count);
    cli_end(cli);
    free(ids);
    return err < 0 ? cli_store_fail(cli, err) : code;
}

int cmd_follow_up(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list", "cancel", NULL};
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    const char *what = optind < argc ? argv[optind++] : "list";
    if (strcmp(what, "list") == 0) {
        int code = cli_operands(cli, argc, argv, 0, "");
        return code ? code : list(cli);
    }
    if (strcmp(what, "cancel") == 0)
        return optind < argc ? cancel(cli, argc - optind, argv + optind)
                             : cli_operands(cli, argc, argv, 1, "PERSON");
    return cli_unknown(cli, "unknown word", what, words);
}
