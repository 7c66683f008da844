#include "cli/alloc.h"
#include "cli/batch.h"
#include "cli/csv.h"
#include "cli/numbers.h"
#include "cli/person.h"
#include "cli/read.h"
#include <stdlib.h>
#include <string.h>

#define IMPORT_MAX (4 << 20) /* octets of a file */
#define WRONG_SHOWN 20       /* rows that are wrong; more are counted */

struct import {
    struct cli *cli;
    const struct numbers *list;
    const char *name; /* of the file, for messages */
    char *numbers;    /* that were read, one after another, each with its NUL */
    size_t len, cap, count;
    int new, known, wrong;
};

static void tell_wrong(struct import *in, const struct csv_field *field, const char *why)
{
    if (in->wrong++ < WRONG_SHOWN)
        cli_fail(in->cli, CLI_FAILED, "%s:%d:%d: \"%s\" %s", in->name, field->line, field->column,
                 field->text, why);
}

/* A row that is wrong is told and counted. */
static void take(struct import *in, const struct csv_field *field)
{
    char number[STORE_NUMBER_MAX + 1];
    const char *why = person_read_number(in->cli, field->text, number);
    if (why) {
        tell_wrong(in, field, why);
        return;
    }
    size_t size = strlen(number) + 1;
    in->numbers = cli_grow(in->numbers, &in->cap, in->len + size, 1);
    memcpy(in->numbers + in->len, number, size);
    in->len += size;
    in->count++;
}

/* One number a line; empty lines and those that begin with # are passed over. */
static void take_lines(struct import *in, char *text)
{
    int line = 1;
    for (char *at = text; *at; line++) {
        char *start = at + strspn(at, " \t");
        char *end = at + strcspn(at, "\r\n");
        char *next = end + (*end == '\r') + (end[*end == '\r'] == '\n');
        while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        const struct csv_field field = {start, line, (int)(start - at) + 1};
        *end = '\0';
        if (start < end && *start != '#')
            take(in, &field);
        at = next;
    }
}

/* Reads CSV where its first line has a title for numbers. Returns false where it is no CSV. */
static bool take_csv(struct import *in, char *text)
{
    static const char *const titles[] = {"number", "phone", "mobile", "telephone", "tel", NULL};
    struct csv_field fields[CSV_FIELDS_MAX];
    struct csv csv;
    csv_init(&csv, text);
    int count = csv_next(&csv, fields);
    int column = csv_find(fields, count < 0 ? 0 : count, titles);
    if (column < 0)
        return false;
    while ((count = csv_next(&csv, fields)) >= 0) {
        if (csv.open)
            tell_wrong(in, &fields[count - 1], "has a quote that is not closed");
        else if (count > column && (count > 1 || fields[0].text[0]))
            take(in, &fields[column]);
        else if (count > 1 || fields[0].text[0])
            tell_wrong(in, &fields[count - 1], "is the last field: the number is missing");
    }
    return true;
}

static void take_file(struct import *in, char *text)
{
    char *copy = cli_copy(text); /* reading changes it */
    if (!take_csv(in, copy))
        take_lines(in, strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text);
    free(copy);
}

static int by_number(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Puts on the list what was read, each number once. Returns 0, or an error of the store. */
static int put(struct import *in)
{
    const char **sorted = cli_alloc(in->count + 1, sizeof(sorted[0])), *number = in->numbers;
    struct batch batch;
    for (size_t i = 0; i < in->count; i++, number += strlen(number) + 1)
        sorted[i] = number;
    qsort(sorted, in->count, sizeof(sorted[0]), by_number);
    int err = batch_begin(&batch, in->cli);
    for (size_t i = 0; err == 0 && i < in->count; i++) {
        bool again = i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0;
        int changed =
            again ? 0 : in->list->set(in->cli->store, sorted[i], true, in->cli->out.now.wall);
        *(changed > 0 ? &in->new : &in->known) += 1;
        err = changed < 0 ? changed : batch_next(&batch);
    }
    free(sorted);
    return batch_end(&batch, err);
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
        cli_written(in->cli);
    if (in->cli->json)
        print_json(in);
    else
        cli_say(in->cli, "%d %s%s, %d already", in->new, in->cli->dry_run ? "would be " : "",
                in->list->yes, in->known);
    return CLI_DONE;
}

int numbers_import(struct cli *cli, const struct numbers *n, const char *path)
{
    bool from_stdin = !path || strcmp(path, "-") == 0;
    struct import in = {.cli = cli, .list = n, .name = from_stdin ? "standard input" : path};
    char *text;
    int code = cli_store(cli, CLI_WANT_CONFIG, cli->dry_run ? STORE_EXISTING : STORE_CREATE);
    if (code || (code = from_stdin ? read_stdin(cli, "list", IMPORT_MAX, &text)
                                   : read_file(cli, "list", IMPORT_MAX, path, &text)))
        return code;
    take_file(&in, text);
    free(text);
    int err = in.wrong == 0 ? put(&in) : 0;
    free(in.numbers);
    return err < 0 ? cli_store_fail(cli, err) : report(&in);
}
