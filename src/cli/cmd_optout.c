#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/people.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: textback optout [list] [--json]\n"
    "       textback optout add PERSON [--dry-run] [--json]\n"
    "       textback optout remove PERSON [--yes] [--dry-run] [--json]\n\n"
    "Who asked not to be texted: nothing is sent to them, and what waits is cancelled.  Remove\n"
    "somebody only when they asked for it.  Who perhaps asked gets no automatic text until you "
    "add\n"
    "or remove them.\n\n"
    "      --json         {\"v\":1,\"opt_outs\":[...],\"doubtful\":[...],\"forgotten\":0}\n"
    "  -n, --dry-run      say what would be done\n"
    "  -y, --yes          remove without asking\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_YES,
                                        CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"NUMBER", false, 0}, {"NAME", false, 8}, {"SINCE", false, 0}, {"BY", false, 0}};

/* Prints one list as the value of `key`. */
static int json_rows(struct json *j, const char *key, struct store_rows *rows, bool source)
{
    struct optout_row row;
    int err;
    json_key(j, key);
    json_array(j);
    while ((err = optout_next(rows, &row)) > 0) {
        json_object(j);
        json_key_string(j, "number", row.number);
        json_key_string(j, "name", row.name);
        output_json_wall(j, "at", row.at);
        if (source)
            json_key_string(j, "source", row.source);
        json_object_end(j);
    }
    json_array_end(j);
    return err;
}

static int print_json(struct store_rows *rows, struct store_rows *doubts, int forgotten)
{
    struct json j;
    output_json(&j);
    json_object(&j);
    json_key_i64(&j, "v", 1);
    int err = json_rows(&j, "opt_outs", rows, true);
    if (err == 0)
        err = json_rows(&j, "doubtful", doubts, false);
    json_key_i64(&j, "forgotten", forgotten);
    json_object_end(&j);
    putchar('\n');
    return err;
}

static int add_rows(struct cli *cli, struct table *t, struct store_rows *rows, const char *source)
{
    struct optout_row row;
    char number[OUTPUT_NUMBER_SIZE], since[OUTPUT_TIME_SIZE];
    int err;
    while ((err = optout_next(rows, &row)) > 0) {
        output_number(&cli->out, row.number, number);
        output_time(&cli->out, row.at, since);
        table_cell(t, OUTPUT_PLAIN, number);
        table_cell(t, OUTPUT_PLAIN, row.name);
        table_cell(t, OUTPUT_PLAIN, since);
        table_cell(t, source ? OUTPUT_WARN : OUTPUT_PLAIN, source ? source : row.source);
    }
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows, struct store_rows *doubts,
                       int forgotten)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    int err = add_rows(cli, t, doubts, "perhaps: add or remove?");
    if (err == 0)
        err = add_rows(cli, t, rows, NULL);
    if (table_rows(t) > 0) {
        output_page(&cli->out);
        table_print(t, &cli->out);
    } else if (forgotten == 0) {
        cli_note(cli, "nobody opted out");
    }
    if (forgotten > 0)
        cli_note(cli, "and %d who %s forgotten: on the list again when they call or text",
                 forgotten, forgotten == 1 ? "was" : "were");
    table_free(t);
    return err;
}

static int list(struct cli *cli)
{
    struct store_rows *rows = NULL, *doubts = NULL;
    int forgotten = 0;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = optout_list(cli->store, &rows);
    if (err == 0)
        err = optout_list_doubts(cli->store, &doubts);
    if (err == 0)
        err = forgotten_count(cli->store, &forgotten);
    if (err == 0)
        err = cli->json ? print_json(rows, doubts, forgotten)
                        : print_table(cli, rows, doubts, forgotten);
    store_rows_free(rows);
    store_rows_free(doubts);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

/* Asks where there is a terminal. Without one only --yes agrees. */
static bool agreed(const struct cli *cli, const char *number)
{
    char answer[16];
    if (cli->yes || cli->dry_run)
        return true;
    if (isatty(STDIN_FILENO) != 1)
        return false;
    char *printable = output_printable(number, false);
    fprintf(stderr, "%s asked not to be texted. Did they ask to be texted again? [y/N] ",
            printable);
    free(printable);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* Returns 1, 0 where nothing had to change, or an error of the store. */
static int change_row(struct cli *cli, const char *number, bool add)
{
    struct wall now = cli->out.now.wall;
    int changed = store_begin(cli->store);
    if (changed == 0)
        changed = add ? optout_add(cli->store, number, "command", now)
                      : optout_remove(cli->store, number, "command", now);
    int err = changed < 0 || cli->dry_run ? 0 : store_commit(cli->store);
    store_rollback(cli->store);
    return err ? err : changed;
}

static int change(struct cli *cli, const char *word, bool add)
{
    struct person person;
    struct person_facts facts;
    enum store_mode mode = add && !cli->dry_run ? STORE_CREATE : STORE_EXISTING;
    int code;
    if ((code = cli_store(cli, CLI_WANT_CONFIG, mode)) ||
        (code = person_find(cli, word, PERSON_SMS, &person)))
        return code;
    int err = person_facts(cli->store, person.number, &facts);
    if (err)
        return cli_store_fail(cli, err);
    if (!add && facts.opted_out && !agreed(cli, person.number))
        return cli_fail(cli, CLI_REFUSED,
                        "%s asked not to be texted: nothing was changed (--yes changes it)",
                        person.number);
    int changed = change_row(cli, person.number, add);
    if (changed < 0)
        return cli_store_fail(cli, changed);
    if (!cli->dry_run)
        cli_wake_daemon(cli);
    if (cli->json)
        show_change_json(cli, person.number, "opted_out", add, changed > 0);
    else if (changed == 0)
        cli_say(cli, "%s %s", person.number, add ? "was opted out already" : "was not opted out");
    else
        cli_say(cli, "%s %s%s", person.number, cli->dry_run ? "would be " : "",
                add ? "opted out" : "taken off the list");
    return CLI_DONE;
}

int cmd_optout(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list", "add", "remove", NULL};
    char suggestion[CLI_SUGGESTION_MAX];
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    const char *what = optind < argc ? argv[optind++] : "list";
    if (strcmp(what, "list") == 0) {
        code = cli_operands(cli, argc, argv, 0, "");
        return code ? code : list(cli);
    }
    if (strcmp(what, "add") == 0 || strcmp(what, "remove") == 0) {
        code = cli_operands(cli, argc, argv, 1, "PERSON");
        return code ? code : change(cli, argv[optind], what[0] == 'a');
    }
    cli_suggest(what, words, suggestion);
    return cli_fail(cli, CLI_USAGE, "unknown word: \"%s\"%s", what,
                    suggestion[0] ? suggestion : " (list, add, remove)");
}
