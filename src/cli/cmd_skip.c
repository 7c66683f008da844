#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/people.h"
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: textback skip [list] [--json]\n"
    "       textback skip add PERSON [--dry-run]\n"
    "       textback skip remove PERSON [--dry-run]\n\n"
    "People who are never texted automatically: family, suppliers, the bank.  What you send\n"
    "yourself still goes.\n\n"
    "      --json         {\"v\":1,\"skipped\":[...]}\n"
    "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"NUMBER", false, 0}, {"NAME", false, 8}, {"SINCE", false, 0}};

static int print_json(struct store_rows *rows)
{
    struct optout_row row;
    struct json j;
    int err;
    output_json(&j);
    json_object(&j);
    json_key_i64(&j, "v", 1);
    json_key(&j, "skipped");
    json_array(&j);
    while ((err = optout_next(rows, &row)) > 0) {
        json_object(&j);
        json_key_string(&j, "number", row.number);
        json_key_string(&j, "name", row.name);
        output_json_wall(&j, "at", row.at);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    putchar('\n');
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct optout_row row;
    char number[OUTPUT_NUMBER_SIZE], since[OUTPUT_TIME_SIZE];
    int err;
    while ((err = optout_next(rows, &row)) > 0) {
        output_number(&cli->out, row.number, number);
        output_time(&cli->out, row.at, since);
        table_cell(t, OUTPUT_PLAIN, number);
        table_cell(t, OUTPUT_PLAIN, row.name);
        table_cell(t, OUTPUT_PLAIN, since);
    }
    if (table_rows(t) > 0) {
        output_page(&cli->out);
        table_print(t, &cli->out);
    } else {
        cli_note(cli, "nobody is skipped");
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
    int err = skip_list(cli->store, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    err = cli->json ? print_json(rows) : print_table(cli, rows);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

static int change(struct cli *cli, const char *word, bool add)
{
    struct person person;
    enum store_mode mode = add && !cli->dry_run ? STORE_CREATE : STORE_EXISTING;
    int code;
    if ((code = cli_store(cli, CLI_WANT_CONFIG, mode)) ||
        (code = person_find(cli, word, PERSON_SMS, &person)))
        return code;
    int changed = store_begin(cli->store);
    if (changed == 0)
        changed = add ? skip_add(cli->store, person.number, cli->out.now.wall)
                      : skip_remove(cli->store, person.number);
    int err = changed < 0 || cli->dry_run ? changed : store_commit(cli->store);
    store_rollback(cli->store);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (!cli->dry_run)
        cli_wake_daemon(cli);
    if (cli->json)
        show_change_json(cli, person.number, "skipped", add, changed > 0);
    else if (changed == 0)
        cli_say(cli, "%s %s", person.number, add ? "was skipped already" : "was not skipped");
    else
        cli_say(cli, "%s %s%s", person.number, cli->dry_run ? "would be " : "",
                add ? "skipped" : "taken off the skip list");
    return CLI_DONE;
}

int cmd_skip(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list", "add", "remove", NULL};
    char suggestion[CLI_SUGGESTION_MAX];
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    const char *what = optind < argc ? argv[optind++] : "list";
    if (strcmp(what, "list") == 0) {
        int code = cli_operands(cli, argc, argv, 0, "");
        return code ? code : list(cli);
    }
    if (strcmp(what, "add") == 0 || strcmp(what, "remove") == 0) {
        int code = cli_operands(cli, argc, argv, 1, "PERSON");
        return code ? code : change(cli, argv[optind], what[0] == 'a');
    }
    cli_suggest(what, words, suggestion);
    return cli_fail(cli, CLI_USAGE, "unknown word: \"%s\"%s", what,
                    suggestion[0] ? suggestion : " (list, add, remove)");
}
