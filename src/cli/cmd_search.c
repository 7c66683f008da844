#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/read.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/when.h"
#include "store/search.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 20000 /* texts that are indexed in one transaction */

static const char usage[] =
    "usage: textback search QUERY... [--limit N] [--json]\n\n"
    "Finds words in names, notes and texts, the newest first: all of the words, in any order; "
    "\"boiler\n"
    "leak\" in quotes one after the other; boil* the beginning of a word.  Without words it lists "
    "the\n"
    "conversations for which the rest holds:\n\n"
    "  from:ann           a part of the name or number\n"
    "  since:7d until:mon the time, as for textback calls\n"
    "  label:quote        has this label\n"
    "  is:open            open snoozed done unread waiting blocked optedout won lost; of a text "
    "in out\n\n"
    "      --limit N      at most N of each kind (1 to 10000, else 1000)\n"
    "      --json         {\"v\":1,\"results\":[{\"kind\":\"text\"...}]}\n";

enum { OPTION_LIMIT = CLI_OPTION_OWN };

static const struct option options[] = {
    {"limit", required_argument, NULL, OPTION_LIMIT}, CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"", false, 0}, {"ID", true, 0}, {"WHEN", false, 0}, {"WHO", false, 12}, {"TEXT", false, 20}};

struct request {
    struct cli *cli;
    struct search_query query;
    char *typed; /* owned: what is left when the conditions are taken out, also the FTS5 query */
    size_t len;
};

/* Takes "is:WORD". */
static int take_is(struct request *r, const char *word)
{
    static const char *const words[] = {"open",    "snoozed", "done",     "unread",
                                        "waiting", "blocked", "optedout", "won",
                                        "lost",    "in",      "out",      NULL};
    struct search_query *q = &r->query;
    char suggestion[CLI_SUGGESTION_MAX];
    bool *const flags[] = {&q->unread, &q->waiting, &q->blocked,  &q->opted_out,
                           &q->won,    &q->lost,    &q->incoming, &q->outgoing};
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        if (i < 3)
            q->state = words[i];
        else
            *flags[i - 3] = true;
        return CLI_DONE;
    }
    cli_suggest(word, words, suggestion);
    return cli_fail(r->cli, CLI_USAGE, "is: unknown: \"%s\"%s", word,
                    suggestion[0] ? suggestion : " (see textback search --help)");
}

static void keep_word(struct request *r, const char *word)
{
    size_t len = strlen(word);
    memcpy(r->typed + r->len, word, len); /* has room for all operands */
    r->len += len;
    r->typed[r->len++] = ' ';
}

/* Takes "NAME:VALUE", the quotes around the value left off. */
static int take_condition(struct request *r, const char *name, char *value)
{
    struct search_query *q = &r->query;
    size_t len = strlen(value);
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value[len - 1] = '\0';
        value++;
    }
    if (strcmp(name, "is") == 0)
        return take_is(r, value);
    if (strcmp(name, "since") == 0 || strcmp(name, "until") == 0) {
        if (when_parse(&r->cli->out, value, name[0] == 's' ? &q->since : &q->until))
            return cli_fail(r->cli, CLI_USAGE, "%s: not a time: \"%s\"", name, value);
        return CLI_DONE;
    }
    if (!value[0])
        return cli_fail(r->cli, CLI_USAGE, "%s: the value is empty", name);
    *(name[0] == 'f' ? &q->who : &q->label) = value;
    return CLI_DONE;
}

/* Takes one word: a condition, or one to look for. */
static int take_word(struct request *r, char *word)
{
    static const char *const conditions[] = {"from", "label", "is", "since", "until"};
    size_t len = strcspn(word, ":");
    for (size_t i = 0; word[len] && i < sizeof(conditions) / sizeof(conditions[0]); i++)
        if (strlen(conditions[i]) == len && memcmp(word, conditions[i], len) == 0)
            return take_condition(r, conditions[i], word + len + 1);
    keep_word(r, word);
    return CLI_DONE;
}

/* Cuts the operand at blanks outside of quotes. */
static int take_operand(struct request *r, char *operand)
{
    int code = CLI_DONE;
    while (code == CLI_DONE && *operand) {
        bool quoted = false;
        char *end = operand;
        for (; *end && (quoted || !strchr(" \t\r\n", *end)); end++)
            quoted ^= *end == '"';
        bool last = !*end;
        *end = '\0';
        if (*operand)
            code = take_word(r, operand);
        operand = last ? end : end + 1;
    }
    return code;
}

/* Takes in what came since the last search. */
static int refresh(struct cli *cli)
{
    int count;
    bool told = false;
    while ((count = search_refresh(cli->store, BATCH)) >= BATCH) {
        if (!told)
            cli_note(cli, "taking in new texts, a moment");
        told = true;
    }
    return count < 0 ? count : 0;
}

static const char *const kinds[] = {"text", "note", "name"};

static void add_json(struct json *j, enum search_kind kind, const struct search_row *row)
{
    json_object(j);
    json_key_string(j, "kind", kinds[kind]);
    json_key_i64(j, "id", row->id);
    json_key_i64(j, "thread", row->thread);
    json_key_string(j, "number", row->number);
    json_key_string(j, "name", row->name);
    json_key_string(j, "direction", kind != SEARCH_TEXT ? NULL : row->incoming ? "in" : "out");
    json_key_string(j, "text", row->text);
    output_json_wall(j, "at", row->at);
    json_object_end(j);
}

static void add_cells(struct table *t, const struct output *out, enum search_kind kind,
                      const struct search_row *row)
{
    char when[OUTPUT_TIME_SIZE], who[SHOW_WHO_SIZE];
    output_time(out, row->at, when);
    show_who(out, row->name, row->number, who);
    table_cell(t, OUTPUT_DIM, kind == SEARCH_TEXT && !row->incoming ? "sent" : kinds[kind]);
    table_cellf(t, OUTPUT_DIM, "%s%" PRId64, kind == SEARCH_TEXT ? "m" : "",
                kind == SEARCH_TEXT ? row->id : row->thread);
    table_cell(t, OUTPUT_PLAIN, when);
    table_cell(t, kind == SEARCH_NAME ? OUTPUT_BOLD : OUTPUT_PLAIN, who);
    table_cell(t, OUTPUT_PLAIN, row->text);
}

/* Adds what is found to the table, or where there is none to the JSON. */
static int find(struct request *r, struct table *t, struct json *j)
{
    static const enum search_kind order[] = {SEARCH_NAME, SEARCH_NOTE, SEARCH_TEXT};
    const struct search_query *q = &r->query;
    bool texts_only = q->incoming || q->outgoing;
    int err = 0;
    for (size_t i = texts_only ? 2 : 0; err == 0 && i < (q->words ? 3 : 1); i++) {
        struct store_rows *rows;
        struct search_row row;
        err = search_list(r->cli->store, order[i], q, &rows);
        if (err < 0)
            return err;
        while ((err = search_next(rows, &row)) > 0) {
            if (t)
                add_cells(t, &r->cli->out, order[i], &row);
            else
                add_json(j, order[i], &row);
        }
        store_rows_free(rows);
    }
    return err;
}

static int show(struct request *r)
{
    int err;
    if (r->cli->json) {
        struct json j;
        output_json_begin(&j);
        json_key(&j, "results");
        json_array(&j);
        err = find(r, NULL, &j);
        json_array_end(&j);
        output_json_end(&j);
    } else {
        struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
        err = find(r, t, NULL);
        show_table(r->cli, t, err ? NULL : "nothing found");
    }
    return err;
}

/* Reads the operands into the query. */
static int parse(struct request *r, int argc, char **argv)
{
    size_t len = 0;
    int code = CLI_DONE;
    for (int i = optind; i < argc; i++)
        len += strlen(argv[i]) + 1;
    r->typed = cli_alloc(len + 1, 1);
    for (int i = optind; code == CLI_DONE && i < argc; i++)
        if ((code = read_check(r->cli, "query", SIZE_MAX, argv[i])) == CLI_DONE)
            code = take_operand(r, argv[i]);
    if (code || r->len == 0)
        return code ? code
               : r->query.incoming || r->query.outgoing
                   ? cli_fail(r->cli, CLI_USAGE, "is:in and is:out need a word to look for")
                   : CLI_DONE;
    size_t cap = 4 * r->len + 8; /* two quotes and a blank for each letter */
    char *words = cli_alloc(cap, 1);
    search_words(r->typed, words, cap);
    free(r->typed);
    r->typed = words;
    r->query.words = words;
    return CLI_DONE;
}

int cmd_search(struct cli *cli, int argc, char **argv)
{
    struct request r = {.cli = cli, .query.limit = CLI_LIST_DEFAULT};
    const char *limit = NULL;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c != OPTION_LIMIT)
            return cli->exit;
        limit = optarg;
    }
    if (optind == argc)
        return cli_operands(cli, argc, argv, 1, "QUERY");
    if ((code = cli_count(cli, "--limit", limit, CLI_LIST_MAX, &r.query.limit)) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    code = parse(&r, argc, argv);
    if (code == CLI_DONE) {
        int err = refresh(cli);
        if (err == 0)
            err = show(&r);
        code = err ? cli_store_fail(cli, err) : CLI_DONE;
    }
    free(r.typed);
    return code;
}
