#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/csv.h"
#include "cli/person.h"
#include "cli/query.h"
#include "store/dump.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BATCH 2000

static const char export_usage[] =
    "usage: textback export [calls|messages|threads|notes|results|opt_outs|skipped|doubtful|\n"
    "                       forgotten|events|leads|follow_ups] [--csv]\n\n"
    "Prints everything that is kept as one JSON document, or one table of it.  textback import "
    "takes it\n"
    "over into another database.\n\n"
    "      --csv          one table as CSV\n"
    "      --json         changes nothing: it is JSON unless it is CSV\n";

static const char audit_usage[] =
    "usage: textback audit PERSON\n\n"
    "Prints all that is kept about a person as one JSON document: calls with the rules that "
    "decided,\n"
    "texts and how far each got, web forms with the consent given, opt-outs, notes, results and "
    "every\nevent, as evidence or to hand over.\n\n"
    "      --json         changes nothing: it is always JSON\n";

enum { OPTION_CSV = CLI_OPTION_OWN };

static const struct option export_options[] = {
    {"csv", no_argument, NULL, OPTION_CSV}, CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};
static const struct option audit_options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

/* Prints rows as they come, in batches, so that a big table needs little memory. */
struct dump {
    struct store *store;
    int64_t thread;      /* 0: all */
    sqlite3_stmt *cells; /* takes a JSON object apart for CSV; NULL: JSON */
    struct json json;
    int rows;
};

/* The keys of the first row are the title; the values of each are a line. */
static void print_csv_row(struct dump *d, const char *object)
{
    for (int title = d->rows > 0; title < 2; title++) {
        bool first = true;
        int rc = sqlite3_bind_text(d->cells, 1, object, -1, SQLITE_STATIC);
        while (rc == SQLITE_OK && (rc = sqlite3_step(d->cells)) == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(d->cells, title);
            rc = text || sqlite3_errcode(sqlite3_db_handle(d->cells)) != SQLITE_NOMEM
                     ? SQLITE_OK
                     : SQLITE_NOMEM;
            if (!first)
                putchar(',');
            csv_print(text ? text : "");
            first = false;
        }
        sqlite3_reset(d->cells);
        if (rc != SQLITE_DONE)
            cli_no_memory();
        fputs("\r\n", stdout);
    }
}

static int print_table(struct dump *d, enum dump_table table)
{
    int64_t after = 0;
    int err, count;
    do {
        struct store_rows *rows;
        struct dump_row row = {0};
        err = dump_list(d->store, table, d->thread, after, BATCH, &rows);
        if (err < 0)
            return err;
        for (count = 0; (err = dump_next(rows, &row)) > 0; count++, d->rows++) {
            after = row.id;
            if (d->cells) {
                print_csv_row(d, row.json);
            } else {
                json_line(&d->json); /* so that import can say where something is wrong */
                json_raw(&d->json, row.json);
            }
        }
        store_rows_free(rows);
    } while (err == 0 && count == BATCH && after != 0 && d->thread == 0);
    return err;
}

static int print_json(struct dump *d, const enum dump_table *tables, size_t count)
{
    int err = 0;
    output_json_begin(&d->json);
    for (size_t i = 0; err == 0 && i < count; i++) {
        json_key(&d->json, dump_name(tables[i]));
        json_array(&d->json);
        err = print_table(d, tables[i]);
        json_array_end(&d->json);
    }
    output_json_end(&d->json);
    return err;
}

static int print_csv(struct dump *d, enum dump_table table)
{
    d->cells = query_json(NULL, "SELECT key, value FROM json_each(?1)"); /* of each row in turn */
    if (!d->cells)
        cli_no_memory();
    int err = print_table(d, table);
    query_end(d->cells);
    return err;
}

/* DUMP_RULES, which is not exported alone, stands for none. */
static enum dump_table table_named(const char *name)
{
    enum dump_table table = DUMP_RULES;
    return dump_named(name, strlen(name), &table) ? table : DUMP_RULES;
}

int cmd_export(struct cli *cli, int argc, char **argv)
{
    static const enum dump_table all[] = {
        /* threads first: import knows whose number it is then */
        DUMP_THREADS, DUMP_CALLS,    DUMP_MESSAGES,  DUMP_NOTES,  DUMP_RESULTS, DUMP_OPT_OUTS,
        DUMP_SKIPPED, DUMP_DOUBTFUL, DUMP_FORGOTTEN, DUMP_EVENTS, DUMP_LEADS,   DUMP_FOLLOW_UPS};
    enum dump_table one = DUMP_RULES;
    bool csv = false;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, export_options, export_usage)) != -1;) {
        if (c != OPTION_CSV)
            return cli->exit;
        csv = true;
    }
    if (optind < argc && (one = table_named(argv[optind])) == DUMP_RULES)
        return cli_fail(cli, CLI_USAGE, "no such table: \"%s\" (see textback export --help)",
                        argv[optind]);
    if (csv && one == DUMP_RULES)
        return cli_fail(cli, CLI_USAGE, "--csv needs the name of a table");
    if ((code = cli_operands(cli, argc, argv, 0, "TABLE")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    struct dump d = {.store = cli->store};
    int err = csv                 ? print_csv(&d, one)
              : one == DUMP_RULES ? print_json(&d, all, sizeof(all) / sizeof(all[0]))
                                  : print_json(&d, &one, 1);
    return err ? cli_store_fail(cli, err) : CLI_DONE;
}

int cmd_audit(struct cli *cli, int argc, char **argv)
{
    static const enum dump_table all[] = {
        DUMP_THREADS, DUMP_CALLS,    DUMP_RULES,   DUMP_MESSAGES, DUMP_LEADS,      DUMP_NOTES,
        DUMP_RESULTS, DUMP_OPT_OUTS, DUMP_SKIPPED, DUMP_DOUBTFUL, DUMP_FOLLOW_UPS, DUMP_EVENTS};
    struct person person;
    int code;
    if (cli_option(cli, argc, argv, audit_options, audit_usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 1, "PERSON")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = person_find(cli, argv[optind], PERSON_THREAD, &person)))
        return code;
    struct dump d = {.store = cli->store, .thread = person.thread};
    int err = print_json(&d, all, sizeof(all) / sizeof(all[0]));
    return err ? cli_store_fail(cli, err) : CLI_DONE;
}
