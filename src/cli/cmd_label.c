#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/progress.h"
#include <string.h>

static const char usage[] =
    "usage: textback label [--json]\n"
    "       textback label PERSON LABEL... [--remove] [--json]\n\n"
    "Puts labels on a conversation, such as quote or urgent; without arguments it lists those in "
    "use.\n"
    "A label is one word of at most 40 octets.  textback search label:quote finds them.\n\n"
    "      --remove       take them off\n"
    "      --json         {\"v\":1,\"thread\":{...}}, or {\"v\":1,\"labels\":[...]}\n";

enum { OPTION_REMOVE = CLI_OPTION_OWN };

static const struct option options[] = {
    {"remove", no_argument, NULL, OPTION_REMOVE}, CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {{"LABEL", false, 0}, {"THREADS", true, 0}};

static int print_json(struct store_rows *rows)
{
    struct label_row row;
    struct json j;
    int err;
    output_json_begin(&j);
    json_key(&j, "labels");
    json_array(&j);
    while ((err = label_next(rows, &row)) > 0) {
        json_object(&j);
        json_key_string(&j, "name", row.name);
        json_key_i64(&j, "threads", row.threads);
        json_object_end(&j);
    }
    json_array_end(&j);
    output_json_end(&j);
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct label_row row;
    int err;
    while ((err = label_next(rows, &row)) > 0) {
        table_cell(t, OUTPUT_PLAIN, row.name);
        table_cellf(t, OUTPUT_PLAIN, "%d", row.threads);
    }
    show_table(cli, t, "no labels yet");
    return err;
}

static int list(struct cli *cli)
{
    struct store_rows *rows;
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = label_list(cli->store, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    err = cli->json ? print_json(rows) : print_table(cli, rows);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

static int check(const struct cli *cli, const char *label)
{
    size_t len = strlen(label);
    bool word = len > 0 && len <= PROGRESS_LABEL_MAX && !strpbrk(label, " \t\n\r\",:") &&
                utf8_valid_prefix(label, len) == len;
    for (size_t i = 0; word && i < len;) {
        uint32_t code;
        i += utf8_decode(label + i, len - i, &code);
        word = !utf8_is_control(code);
    }
    return word ? CLI_DONE
                : cli_fail(cli, CLI_USAGE, "not a label: \"%s\" (one word, at most %d octets)",
                           label, PROGRESS_LABEL_MAX);
}

/* Tells in `ret_count` how many labels changed. Returns CLI_DONE, or another code after telling. */
static int change(struct cli *cli, const char *word, char **labels, bool on, struct person *ret,
                  int *ret_count)
{
    int count = 0, err = 0, code = person_begin(cli, word, ret);
    if (code)
        return code;
    for (; err >= 0 && *labels; labels++) {
        err = progress_label(cli->store, ret->thread, *labels, on, cli->out.now.wall);
        count += err > 0;
    }
    *ret_count = count;
    return cli_commit(cli, err);
}

int cmd_label(struct cli *cli, int argc, char **argv)
{
    struct person person;
    char who[SHOW_WHO_SIZE];
    bool on = true;
    int code, count;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c != OPTION_REMOVE)
            return cli->exit;
        on = false;
    }
    if (optind == argc && on)
        return list(cli);
    if (argc - optind < 2)
        return cli_operands(cli, argc, argv, 2, "PERSON LABEL");
    for (int i = optind + 1; i < argc; i++) {
        if ((code = check(cli, argv[i])))
            return code;
    }
    if ((code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = change(cli, argv[optind], argv + optind + 1, on, &person, &count)))
        return code;
    if (cli->json)
        return show_thread_document(cli, person.thread);
    show_person(cli, person.thread, who);
    cli_say(cli, "%s: %d label%s %s", who, count, count == 1 ? "" : "s", on ? "added" : "removed");
    return CLI_DONE;
}
