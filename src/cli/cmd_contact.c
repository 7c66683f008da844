#include "base/utf8.h"
#include "cli/alloc.h"
#include "cli/cards.h"
#include "cli/cli.h"
#include "cli/contact_import.h"
#include "cli/csv.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/contacts.h"
#include "store/joined.h"
#include "store/progress.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_MAX 1000000

static const char usage[] =
    "usage: textback contact [list] [--json]\n"
    "       textback contact show PERSON [--json]\n"
    "       textback contact set PERSON NAME [--dry-run]\n"
    "       textback contact merge PERSON OTHER [--dry-run]\n"
    "       textback contact split NUMBER [--dry-run]\n"
    "       textback contact export [--csv | --vcard3] >FILE\n"
    "       textback contact import [FILE] [--dry-run] [--json]\n\n"
    "Names of the people who call and text.  An empty NAME takes a name away.  merge shows the "
    "calls and\n"
    "texts of somebody's other number in the thread of PERSON, split undoes it.  export writes "
    "vCard "
    "4.0,\n"
    "import reads vCards or CSV with titles such as name and number, as phones, iCloud, Google "
    "and\n"
    "Outlook export them; exit status 9 where some of it could not be used.\n\n"
    "      --csv          export CSV\n"
    "      --vcard3       export vCard 3.0\n"
    "      --json         {\"v\":1,\"contacts\":[...]}, {\"v\":1,\"thread\":{...}} or\n"
    "                     {\"v\":1,\"named\":2,...}\n"
    "  -n, --dry-run      say what would be done\n";

enum { OPTION_CSV = CLI_OPTION_OWN, OPTION_VCARD3 };

static const struct option options[] = {{"csv", no_argument, NULL, OPTION_CSV},
                                        {"vcard3", no_argument, NULL, OPTION_VCARD3},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_DRY_RUN,
                                        CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"ID", true, 0}, {"NAME", false, 8}, {"NUMBER", false, 14}, {"LABELS", false, 8}};

static int print_json(struct store_rows *rows)
{
    struct contact_row row;
    struct json j;
    int err;
    output_json_begin(&j);
    json_key(&j, "contacts");
    json_array(&j);
    while ((err = contact_next(rows, &row)) > 0) {
        json_object(&j);
        json_key_i64(&j, "thread", row.thread);
        json_key_string(&j, "number", row.number);
        json_key_string(&j, "name", row.name);
        show_lines_json(&j, "labels", row.labels);
        json_object_end(&j);
    }
    json_array_end(&j);
    output_json_end(&j);
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct contact_row row;
    char number[OUTPUT_NUMBER_SIZE];
    int err;
    while ((err = contact_next(rows, &row)) > 0) {
        output_number(&cli->out, row.number, number);
        table_cellf(t, OUTPUT_DIM, "%" PRId64, row.thread);
        table_cell(t, OUTPUT_PLAIN, row.name);
        table_cell(t, OUTPUT_PLAIN, number);
        table_cell(t, OUTPUT_DIM, row.labels);
    }
    show_table(cli, t, "nobody has a name yet");
    return err;
}

static int print_csv(struct store_rows *rows)
{
    struct contact_row row;
    int err;
    fputs("name,number,labels\r\n", stdout);
    while ((err = contact_next(rows, &row)) > 0) {
        char *labels = cli_copy(row.labels ? row.labels : "");
        for (char *c = labels; *c; c++)
            *c = *c == '\n' ? ',' : *c;
        csv_print(row.name);
        putchar(',');
        csv_print(row.number);
        putchar(',');
        csv_print(labels);
        fputs("\r\n", stdout);
        free(labels);
    }
    return err;
}

static int print_vcard(struct store_rows *rows, bool three)
{
    struct contact_row row;
    int err;
    while ((err = contact_next(rows, &row)) > 0) {
        printf("BEGIN:VCARD\r\nVERSION:%s\r\nFN:", three ? "3.0" : "4.0");
        cards_print_value(row.name);
        if (three) { /* wants N, too */
            fputs("\r\nN:", stdout);
            cards_print_value(row.name);
            fputs(";;;;", stdout);
        }
        printf("\r\nTEL;%s:", three ? "TYPE=CELL" : "TYPE=cell;VALUE=uri");
        if (!three)
            fputs("tel:", stdout);
        cards_print_value(row.number);
        if (row.labels) {
            char *labels = output_data(row.labels);
            fputs("\r\nCATEGORIES:", stdout);
            for (const char *c = labels; *c; c++)
                putchar(*c == '\n' ? ',' : *c);
            free(labels);
        }
        fputs("\r\nEND:VCARD\r\n", stdout);
    }
    return err;
}

enum form { FORM_SCREEN, FORM_CSV, FORM_VCARD4, FORM_VCARD3 };

static int list(struct cli *cli, enum form form)
{
    struct store_rows *rows;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = contact_list(cli->store, LISTED_MAX, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (form == FORM_CSV)
        err = print_csv(rows);
    else if (form != FORM_SCREEN)
        err = print_vcard(rows, form == FORM_VCARD3);
    else
        err = cli->json ? print_json(rows) : print_table(cli, rows);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

static int check_name(const struct cli *cli, const char *name)
{
    size_t len = strlen(name);
    if (len > CONTACT_NAME_MAX)
        return cli_fail(cli, CLI_USAGE, "the name is too long: over %d octets", CONTACT_NAME_MAX);
    if (utf8_valid_prefix(name, len) < len)
        return cli_fail(cli, CLI_USAGE, "the name is not UTF-8");
    if (len > 0 && strspn(name, " \t\r\n") == len)
        return cli_fail(cli, CLI_USAGE, "the name holds nothing but blanks");
    return CLI_DONE;
}

static int set(struct cli *cli, const char *word, const char *name)
{
    enum store_mode mode = cli->dry_run ? STORE_EXISTING : STORE_CREATE;
    struct person person;
    int64_t thread;
    int code;
    if ((code = check_name(cli, name)) || (code = cli_store(cli, CLI_WANT_CONFIG, mode)) ||
        (code = person_find(cli, word, PERSON_SMS, &person)))
        return code;
    if (!cli->dry_run) {
        int err = contact_set_name(cli->store, person.number, name, cli->out.now.wall, &thread);
        if (err < 0)
            return cli_store_fail(cli, err);
        cli_written(cli);
    }
    char number[OUTPUT_NUMBER_SIZE];
    output_number(&cli->out, person.number, number);
    cli_say(cli, "%s %s %s", number, cli->dry_run ? "would be" : "is",
            name[0] ? name : "without a name");
    return CLI_DONE;
}

/* Finds the thread of a number, or makes one that is done. */
static int thread_for(struct cli *cli, const char *word, struct person *ret)
{
    int code = person_find(cli, word, PERSON_SMS, ret);
    if (code || ret->thread)
        return code;
    int err = contact_set_name(cli->store, ret->number, "", cli->out.now.wall, &ret->thread);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

static int tell_joined(struct cli *cli, int64_t thread, const char *number, bool merged,
                       bool changed)
{
    struct thread_row row;
    char who[SHOW_WHO_SIZE], shown[OUTPUT_NUMBER_SIZE];
    int err = thread_get(cli->store, thread, &row);
    if (err)
        return cli_store_fail(cli, err);
    show_who_of(&cli->out, &row, who);
    output_number(&cli->out, number, shown);
    const char *would = cli->dry_run && changed ? "would be" : "is";
    if (merged)
        cli_say(cli, "%s %s %swith %s, thread %" PRId64, shown, would, changed ? "" : "already ",
                who, row.id);
    else if (changed)
        cli_say(cli, "%s %s a thread of its own, thread %" PRId64, shown, would, row.id);
    else
        cli_say(cli, "%s is with no other number", shown);
    return CLI_DONE;
}

/* Ends what a command did in a transaction of its own: a dry run undoes it. */
static int settle(struct cli *cli, int changed, int64_t thread, const char *number, bool merged)
{
    int err = changed < 0 || cli->dry_run ? changed : store_commit(cli->store);
    if (err < 0) {
        cli_end(cli);
        return cli_store_fail(cli, err);
    }
    if (changed && !cli->dry_run)
        cli_written(cli);
    int code = tell_joined(cli, thread, number, merged, changed > 0);
    cli_end(cli);
    return code;
}

static int merge(struct cli *cli, const char *word, const char *other_word)
{
    struct person person, other;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = cli_begin(cli);
    if (err)
        return cli_store_fail(cli, err);
    if ((code = thread_for(cli, word, &person)) || (code = thread_for(cli, other_word, &other))) {
        cli_end(cli);
        return code;
    }
    int changed = thread_merge(cli->store, person.thread, other.thread, cli->out.now.wall);
    return settle(cli, changed, person.thread, other.number, true);
}

static int split(struct cli *cli, const char *word)
{
    struct person person;
    int64_t contact;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code || (code = person_begin(cli, word, &person)))
        return code;
    int err = thread_find_number(cli->store, person.number, &contact);
    if (err) {
        cli_end(cli);
        return cli_store_fail(cli, err);
    }
    int changed = thread_split(cli->store, contact, cli->out.now.wall);
    return settle(cli, changed, contact, person.number, false);
}

/* Their further numbers, and their labels. */
static int show_more(struct cli *cli, const struct thread_row *thread)
{
    struct store_rows *rows;
    struct number_row number;
    char shown[OUTPUT_NUMBER_SIZE];
    int err = thread_numbers(cli->store, thread->id, &rows);
    if (err)
        return err;
    while (thread_number_next(rows, &number) > 0) {
        output_number(&cli->out, number.number, shown);
        if (number.contact != thread->id)
            cli_say(cli, "also %s%s%s", shown, number.blocked ? ", blocked" : "",
                    number.opted_out ? ", opted out" : "");
    }
    store_rows_free(rows);
    char *labels = cli_copy(thread->labels ? thread->labels : "");
    for (char *end = labels; (end = strchr(end, '\n'));)
        *end = ' ';
    if (labels[0] && !cli->quiet) {
        fputs("labels ", stdout);
        output_paragraph(&cli->out, 7, labels);
    }
    free(labels);
    return 0;
}

static int show(struct cli *cli, const char *word)
{
    struct person person;
    struct thread_row row;
    struct store_rows *results;
    struct result_row result;
    int code;
    if ((code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = person_find(cli, word, PERSON_THREAD, &person)))
        return code;
    if (cli->json)
        return show_thread_document(cli, person.thread);
    int err = thread_get(cli->store, person.thread, &row);
    if (err == 0)
        err = result_list(cli->store, person.thread, &results);
    if (err)
        return cli_store_fail(cli, err);
    int won = 0, lost = 0;
    while (result_next(results, &result) > 0)
        *(result.result.won ? &won : &lost) += result.counts;
    store_rows_free(results);
    char who[SHOW_WHO_SIZE], last[OUTPUT_TIME_SIZE];
    show_who_of(&cli->out, &row, who);
    output_time(&cli->out, row.last, last);
    char *printable = output_printable(who, false);
    if (!cli->quiet)
        output_paragraph(&cli->out, 0, printable);
    free(printable);
    cli_say(cli, "thread %" PRId64 ", %s%s%s, last heard of %s", row.id, row.state,
            row.blocked ? ", blocked" : "", row.opted_out ? ", opted out" : "", last);
    if ((err = show_more(cli, &row)))
        return cli_store_fail(cli, err);
    cli_say(cli, "%d calls, %d texts, %d won, %d lost", row.calls, row.messages, won, lost);
    return CLI_DONE;
}

int cmd_contact(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"list",  "show",   "set",    "merge",
                                        "split", "import", "export", NULL};
    enum form form = FORM_VCARD4;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c != OPTION_CSV && c != OPTION_VCARD3)
            return cli->exit;
        form = c == OPTION_CSV ? FORM_CSV : FORM_VCARD3;
    }
    const char *what = optind < argc ? argv[optind++] : "list";
    if (strcmp(what, "list") == 0)
        return (code = cli_operands(cli, argc, argv, 0, "")) ? code : list(cli, FORM_SCREEN);
    if (strcmp(what, "export") == 0)
        return (code = cli_operands(cli, argc, argv, 0, "")) ? code : list(cli, form);
    if (strcmp(what, "import") == 0)
        return (code = cli_operands(cli, argc, argv, 0, "FILE"))
                   ? code
                   : contact_import(cli, argv[optind]);
    if (strcmp(what, "show") == 0)
        return (code = cli_operands(cli, argc, argv, 1, "PERSON")) ? code : show(cli, argv[optind]);
    if (strcmp(what, "set") == 0)
        return (code = cli_operands(cli, argc, argv, 2, "PERSON NAME"))
                   ? code
                   : set(cli, argv[optind], argv[optind + 1]);
    if (strcmp(what, "merge") == 0)
        return (code = cli_operands(cli, argc, argv, 2, "PERSON OTHER"))
                   ? code
                   : merge(cli, argv[optind], argv[optind + 1]);
    if (strcmp(what, "split") == 0)
        return (code = cli_operands(cli, argc, argv, 1, "NUMBER")) ? code
                                                                   : split(cli, argv[optind]);
    return cli_unknown(cli, "unknown word", what, words);
}
