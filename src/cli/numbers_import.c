#include "cli/alloc.h"
#include "cli/csv.h"
#include "cli/numbers.h"
#include "cli/person.h"
#include "cli/read.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT_MAX (4 << 20) /* octets of a file */
#define WRONG_SHOWN 20       /* rows that are wrong; more are counted */

struct import {
    struct cli *cli;
    const struct numbers *numbers;
    const char *name; /* of the file, for messages */
    int new, known, wrong;
};

static void tell_wrong(struct import *in, const struct csv_field *field, const char *why)
{
    if (in->wrong++ < WRONG_SHOWN)
        cli_fail(in->cli, CLI_FAILED, "%s:%d:%d: \"%s\" %s", in->name, field->line, field->column,
                 field->text, why);
}

/* Returns 0, or an error of the store. A row that is wrong is told and counted. */
static int take(struct import *in, const struct csv_field *field)
{
    char number[STORE_NUMBER_MAX + 1];
    const char *why = person_read_number(in->cli, field->text, number);
    if (why) {
        tell_wrong(in, field, why);
        return 0;
    }
    if (in->wrong > 0)
        return 0; /* nothing will come of it, but the others are looked at */
    int changed = in->numbers->set(in->cli->store, number, true, in->cli->out.now.wall);
    if (changed < 0)
        return changed;
    *(changed ? &in->new : &in->known) += 1;
    return 0;
}

/* One number a line; empty lines and those that begin with # are passed over. */
static int take_lines(struct import *in, char *text)
{
    int err = 0, line = 1;
    for (char *at = text; err == 0 && *at; line++) {
        char *start = at + strspn(at, " \t");
        char *end = at + strcspn(at, "\r\n");
        char *next = end + (*end == '\r') + (end[*end == '\r'] == '\n');
        while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        const struct csv_field field = {start, line, (int)(start - at) + 1};
        *end = '\0';
        if (start < end && *start != '#')
            err = take(in, &field);
        at = next;
    }
    return err;
}

/* Reads CSV where its first line has a title for numbers. Returns 1, 0 where it is no CSV, or an
 * error of the store. */
static int take_csv(struct import *in, char *text)
{
    static const char *const titles[] = {"number", "phone", "mobile", "telephone", "tel", NULL};
    struct csv_field fields[CSV_FIELDS_MAX];
    struct csv csv;
    csv_init(&csv, text);
    int err = 0, count = csv_next(&csv, fields);
    int column = csv_find(fields, count < 0 ? 0 : count, titles);
    if (column < 0)
        return 0;
    while (err == 0 && (count = csv_next(&csv, fields)) >= 0) {
        if (csv.open)
            tell_wrong(in, &fields[count - 1], "has a quote that is not closed");
        else if (count > column)
            err = count == 1 && !fields[0].text[0] ? 0 : take(in, &fields[column]);
        else if (count > 1 || fields[0].text[0])
            tell_wrong(in, &fields[count - 1], "is the last field: the number is missing");
    }
    return err < 0 ? err : 1;
}

static int take_file(struct import *in, char *text)
{
    char *copy = cli_copy(text); /* reading changes it */
    int err = take_csv(in, copy);
    if (err == 0)
        err = take_lines(in, strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text);
    free(copy);
    return err < 0 ? err : 0;
}

static void print_json(const struct import *in)
{
    struct json j;
    output_json_begin(&j);
    json_key_i64(&j, "added", in->new);
    json_key_i64(&j, "known", in->known);
    json_key_bool(&j, "dry_run", in->cli->dry_run);
    output_json_end(&j);
}

static int report(const struct import *in)
{
    if (in->wrong > WRONG_SHOWN)
        cli_fail(in->cli, CLI_FAILED, "%s: and %d more", in->name, in->wrong - WRONG_SHOWN);
    if (in->wrong > 0)
        return cli_fail(in->cli, CLI_FAILED,
                        "%s: %d of its rows cannot be used: nothing was changed", in->name,
                        in->wrong);
    if (!in->cli->dry_run)
        cli_wake_daemon(in->cli);
    if (in->cli->json)
        print_json(in);
    else
        cli_say(in->cli, "%d %s%s, %d already", in->new, in->cli->dry_run ? "would be " : "",
                in->numbers->yes, in->known);
    return CLI_DONE;
}

int numbers_import(struct cli *cli, const struct numbers *n, const char *path)
{
    bool from_stdin = !path || strcmp(path, "-") == 0;
    struct import in = {.cli = cli, .numbers = n, .name = from_stdin ? "standard input" : path};
    char *text;
    int code = cli_store(cli, CLI_WANT_CONFIG, cli->dry_run ? STORE_EXISTING : STORE_CREATE);
    if (code || (code = from_stdin ? read_stdin(cli, "list", IMPORT_MAX, &text)
                                   : read_file(cli, "list", IMPORT_MAX, path, &text)))
        return code;
    int err = store_begin(cli->store);
    if (err == 0)
        err = take_file(&in, text);
    if (err == 0 && !cli->dry_run && in.wrong == 0)
        err = store_commit(cli->store);
    store_rollback(cli->store);
    free(text);
    return err < 0 ? cli_store_fail(cli, err) : report(&in);
}
