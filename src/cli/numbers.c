#include "cli/numbers.h"
#include "cli/csv.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/people.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static int print_json(const struct numbers *n, struct store_rows *rows, struct store_rows *maybe,
                      int forgotten)
{
    struct json j;
    output_json_begin(&j);
    int err = json_rows(&j, n->json_rows, rows, n->source);
    if (err == 0 && maybe)
        err = json_rows(&j, n->json_maybe, maybe, false);
    if (n->forgotten)
        json_key_i64(&j, "forgotten", forgotten);
    output_json_end(&j);
    return err;
}

static int add_rows(struct cli *cli, struct table *t, struct store_rows *rows, bool source,
                    const char *maybe)
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
        if (source)
            table_cell(t, maybe ? OUTPUT_WARN : OUTPUT_PLAIN, maybe ? maybe : row.source);
    }
    return err;
}

static int print_table(struct cli *cli, const struct numbers *n, struct store_rows *rows,
                       struct store_rows *maybe, int forgotten)
{
    struct table *t = table_new(columns, n->source ? 4 : 3);
    int err = maybe ? add_rows(cli, t, maybe, n->source, "perhaps: add or remove?") : 0;
    if (err == 0)
        err = add_rows(cli, t, rows, n->source, NULL);
    show_table(cli, t, forgotten > 0 ? NULL : n->nobody);
    if (forgotten > 0)
        cli_note(cli, "and %d who %s forgotten: on the list again when they call or text",
                 forgotten, forgotten == 1 ? "was" : "were");
    return err;
}

static int print_csv(const struct numbers *n, struct store_rows *rows)
{
    struct optout_row row;
    char since[TIME_RFC3339_SIZE];
    int err;
    printf("number,name,since%s\r\n", n->source ? ",by" : "");
    while ((err = optout_next(rows, &row)) > 0) {
        wall_rfc3339(row.at, since);
        csv_print(row.number);
        putchar(',');
        csv_print(row.name ? row.name : "");
        printf(",%s", since);
        if (n->source) {
            putchar(',');
            csv_print(row.source);
        }
        fputs("\r\n", stdout);
    }
    return err;
}

static int list(struct cli *cli, const struct numbers *n, bool csv)
{
    struct store_rows *rows = NULL, *maybe = NULL;
    int forgotten = 0;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = store_begin_read(cli->store);
    if (err == 0)
        err = n->list(cli->store, &rows);
    if (err == 0 && n->json_maybe && !csv)
        err = n->maybe(cli->store, &maybe);
    if (err == 0 && n->forgotten)
        err = n->forgotten(cli->store, &forgotten);
    store_rollback(cli->store);
    if (err == 0)
        err = csv         ? print_csv(n, rows)
              : cli->json ? print_json(n, rows, maybe, forgotten)
                          : print_table(cli, n, rows, maybe, forgotten);
    store_rows_free(rows);
    store_rows_free(maybe);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

/* Returns 1, 0 where nothing had to change, or an error of the store: -ESTALE where it is not the
 * text `heard` any more that was the newest of theirs. */
static int change_row(struct cli *cli, const struct numbers *n, const char *number, bool on,
                      const int64_t *heard)
{
    int64_t newest;
    int changed = cli_begin(cli);
    if (changed == 0 && heard)
        changed = n->heard(cli->store, number, &newest);
    if (changed == 0 && heard && newest != *heard)
        changed = -ESTALE;
    if (changed == 0)
        changed = n->set(cli->store, number, on, cli->out.now.wall);
    int err = changed < 0 || cli->dry_run ? 0 : store_commit(cli->store);
    cli_end(cli);
    return err ? err : changed;
}

/* Looks what they wrote last, then asks whether they may be taken off. Returns CLI_DONE, or another
 * code after telling. */
static int ask(struct cli *cli, const struct numbers *n, const char *number, int64_t *ret_heard)
{
    int err = n->heard(cli->store, number, ret_heard);
    return err ? cli_store_fail(cli, err) : n->may_remove(cli, number);
}

int numbers_change(struct cli *cli, const struct numbers *n, const char *word, bool on)
{
    struct person person;
    enum store_mode mode = on && !cli->dry_run ? STORE_CREATE : STORE_EXISTING;
    bool asks = !on && n->may_remove;
    int64_t heard = 0;
    int code;
    if ((code = cli_store(cli, CLI_WANT_CONFIG, mode)) ||
        (code = person_find(cli, word, PERSON_SMS, &person)) ||
        (asks && (code = ask(cli, n, person.number, &heard))))
        return code;
    int changed = change_row(cli, n, person.number, on, asks ? &heard : NULL);
    if (changed == -ESTALE)
        return cli_fail(cli, CLI_REFUSED, "%s has written meanwhile: nothing was changed",
                        person.number);
    if (changed < 0)
        return cli_store_fail(cli, changed);
    if (!cli->dry_run)
        cli_written(cli);
    if (cli->json)
        show_change_json(cli, person.number, n->json_key, on, changed > 0);
    else if (changed == 0)
        cli_say(cli, "%s was %s%s%s", person.number, on ? "" : "not ", n->yes,
                on ? " already" : "");
    else
        cli_say(cli, "%s %s%s", person.number, cli->dry_run ? "would be " : "",
                on ? n->yes : n->no);
    return CLI_DONE;
}

int numbers_run(struct cli *cli, const struct numbers *n, int argc, char **argv)
{
    static const char *const words[] = {"list", "add", "remove", "import", "export", NULL};
    int code;
    if (cli_option(cli, argc, argv, n->options, n->usage) != -1)
        return cli->exit;
    const char *what = optind < argc ? argv[optind++] : "list";
    bool add = strcmp(what, "add") == 0;
    if (strcmp(what, "list") == 0 || strcmp(what, "export") == 0)
        return (code = cli_operands(cli, argc, argv, 0, "")) ? code : list(cli, n, what[0] == 'e');
    if (add || strcmp(what, "remove") == 0)
        return (code = cli_operands(cli, argc, argv, 1, "PERSON"))
                   ? code
                   : numbers_change(cli, n, argv[optind], add);
    if (strcmp(what, "import") == 0)
        return (code = cli_operands(cli, argc, argv, 0, "FILE"))
                   ? code
                   : numbers_import(cli, n, argv[optind]);
    return cli_unknown(cli, "unknown word", what, words);
}
