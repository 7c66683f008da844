#include "cli/person.h"
#include "base/text.h"
#include "numbering/e164.h"
#include "store/joined.h"
#include "store/people.h"
#include "store/threads.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SHORT_CODE_MIN 4 /* of bare digits: fewer are a service number, or a mistyped thread */
#define SHORT_CODE_NAMED_MIN 3 /* behind "sc:" */
#define SHORT_CODE_MAX 8
#define DIGITS "0123456789"
#define LINE_ITEMS 20 /* the newest of a thread, some of them notes, that tell its line */

int64_t person_id(const char *word, char letter)
{
    int64_t id;
    if (word[0] == letter)
        word++;
    return text_to_i64(word, strlen(word), 1, INT64_MAX, &id) == 0 ? id : 0;
}

static int not_found(const struct cli *cli, const char *what, const char *word)
{
    return cli_fail(cli, CLI_NOT_FOUND, "no such %s: \"%s\"", what, word);
}

/* The number of a thread that texts go to: where the newest text was from or to. */
static int by_thread(struct cli *cli, int64_t id, struct person *ret)
{
    struct store_rows *rows;
    struct number_row row;
    struct wall newest = {-1};
    int err = thread_of(cli->store, id, &ret->thread);
    err = err ? err : thread_numbers(cli->store, ret->thread, &rows);
    if (err)
        return err;
    while (err == 0 && thread_number_next(rows, &row) > 0) {
        if (row.texted.s > newest.s) {
            newest = row.texted;
            err = text_copy(ret->number, sizeof(ret->number), row.number);
        }
    }
    store_rows_free(rows);
    return err ? err : newest.s < 0 ? -ENOENT : 0;
}

static int by_call(struct cli *cli, int64_t id, struct person *ret)
{
    struct call_row row;
    int err = calls_get(cli->store, id, &row);
    if (err)
        return err;
    if (!row.thread)
        return -ENXIO;
    ret->thread = row.thread;
    return text_copy(ret->number, sizeof(ret->number), row.number);
}

static int by_message(struct cli *cli, int64_t id, struct person *ret)
{
    struct message_row row;
    int err = message_get(cli->store, id, &row);
    if (err)
        return err;
    ret->thread = row.thread;
    return text_copy(ret->number, sizeof(ret->number), row.number);
}

static int by_number(struct cli *cli, const char *number, struct person *ret)
{
    int err = thread_find_number(cli->store, number, &ret->thread);
    if (err && err != -ENOENT)
        return err;
    if (err)
        ret->thread = 0;
    err = err ? 0 : thread_of(cli->store, ret->thread, &ret->thread);
    return err ? err : text_copy(ret->number, sizeof(ret->number), number);
}

static int by_name(struct cli *cli, const char *name, struct person *ret)
{
    int64_t id;
    int err = thread_find_name(cli->store, name, &id);
    if (err == -ENOENT) /* companies and banks text from a name: an exact "number" */
        err = thread_find_number(cli->store, name, &id);
    return err ? err : by_thread(cli, id, ret);
}

/* With a plus a number needs no region: any will do where none is configured. */
static const char *region_of(const struct cli *cli, const char *word)
{
    return cli->out.region[0] || word[0] != '+' ? cli->out.region : "GB";
}

/* Returns whether `word` are `min` digits or more that a short code may have. */
static bool is_short_code(const char *word, size_t min)
{
    size_t len = strlen(word);
    return len >= min && len <= SHORT_CODE_MAX && word[0] != '0' && strspn(word, DIGITS) == len;
}

const char *person_read_number(const struct cli *cli, const char *text,
                               char ret_number[STORE_NUMBER_MAX + 1])
{
    bool named = strncmp(text, "sc:", 3) == 0;
    const char *code = named ? text + 3 : text;
    enum e164_err err = e164_parse(text, strlen(text), region_of(cli, text), ret_number);
    if (err == E164_OK)
        return NULL;
    if (!is_short_code(code, named ? SHORT_CODE_NAMED_MIN : SHORT_CODE_MIN))
        return e164_err_str(err);
    return text_copy(ret_number, STORE_NUMBER_MAX + 1, code) == 0 ? NULL : "is too long";
}

static int by_short_code(struct cli *cli, const char *code, enum person_need need,
                         struct person *ret)
{
    int err = by_number(cli, code, ret);
    return err == 0 && ret->thread == 0 && need != PERSON_SMS ? -ENOENT : err;
}

/* Bare digits that are no telephone number: a thread, else a short code. -EEXIST where both are
 * meant as likely. */
static int by_digits(struct cli *cli, const char *word, enum person_need need, struct person *ret)
{
    struct person code;
    int64_t id = person_id(word, 0);
    int err = id ? by_thread(cli, id, ret) : -ENOENT;
    if (!is_short_code(word, SHORT_CODE_MIN) || (err && err != -ENOENT))
        return err;
    if (err == -ENOENT)
        return by_short_code(cli, word, need, ret);
    err = by_short_code(cli, word, need, &code);
    return err == 0 ? -EEXIST : err == -ENOENT ? 0 : err;
}

static int find(struct cli *cli, const char *word, enum person_need need, struct person *ret,
                const char **ret_what)
{
    char number[E164_MAX + 1];
    size_t len = strlen(word);
    bool numeric = len > 0 && strspn(word, DIGITS) == len;
    *ret_what = "thread";
    if (word[0] == 't' && person_id(word + 1, 0))
        return by_thread(cli, person_id(word, 't'), ret);
    *ret_what = "call";
    if (word[0] == 'c' && person_id(word + 1, 0))
        return by_call(cli, person_id(word, 'c'), ret);
    *ret_what = "message";
    if (word[0] == 'm' && person_id(word + 1, 0))
        return by_message(cli, person_id(word, 'm'), ret);
    *ret_what = "short code";
    if (strncmp(word, "sc:", 3) == 0)
        return is_short_code(word + 3, SHORT_CODE_NAMED_MIN)
                   ? by_short_code(cli, word + 3, need, ret)
                   : -ENOENT;
    *ret_what = "person";
    if (e164_parse(word, len, region_of(cli, word), number) == E164_OK)
        return by_number(cli, number, ret);
    if (numeric ? word[0] == '0' : strspn(word, DIGITS "+-./() ") == len)
        return -EDOM;
    if (!numeric)
        return by_name(cli, word, ret);
    *ret_what = "thread";
    return by_digits(cli, word, need, ret);
}

/* Somebody without a thread may still be on the list of opt-outs. */
static int tell_stranger(const struct cli *cli, const char *number)
{
    struct person_facts facts;
    int err = person_facts(cli->store, number, &facts);
    if (err)
        return cli_store_fail(cli, err);
    return cli_fail(cli, CLI_NOT_FOUND, "%s never called or texted%s", number,
                    facts.opted_out ? ", and opted out" : "");
}

int person_find(struct cli *cli, const char *word, enum person_need need, struct person *ret)
{
    const char *what;
    *ret = (struct person){0};
    int err = find(cli, word, need, ret, &what);
    if (err == 0 && need == PERSON_THREAD && ret->thread == 0)
        return tell_stranger(cli, ret->number);
    if (err == -ENOENT)
        return not_found(cli, what, word);
    if (err == -EDOM)
        return cli_fail(cli, CLI_NOT_FOUND, "not a number%s%s: \"%s\" %s",
                        cli->out.region[0] ? " in " : "", cli->out.region, word,
                        e164_err_str(e164_parse(word, strlen(word), region_of(cli, word),
                                                (char[E164_MAX + 1]){0})));
    if (err == -EEXIST)
        return cli_fail(cli, CLI_USAGE,
                        "\"%s\" is a thread, and may be a short code: say t%s or sc:%s", word, word,
                        word);
    if (err == -ENXIO)
        return cli_fail(cli, CLI_NOT_FOUND, "call %s came without a number", word);
    if (err == -ENOTUNIQ)
        return cli_fail(cli, CLI_NOT_FOUND, "more than one \"%s\": give the number or the thread",
                        word);
    return err ? cli_store_fail(cli, err) : CLI_DONE;
}

int person_begin(struct cli *cli, const char *word, struct person *ret)
{
    int err = cli_begin(cli);
    if (err)
        return cli_store_fail(cli, err);
    int code = person_find(cli, word, PERSON_THREAD, ret);
    if (code)
        cli_end(cli);
    return code;
}

int person_line(const struct cli *cli, int64_t thread, const struct config_line **ret)
{
    struct store_rows *rows;
    struct thread_item item;
    *ret = &cli->config->lines[0];
    int err = thread ? thread_items(cli->store, thread, LINE_ITEMS, &rows) : 0;
    if (err || !thread)
        return err;
    while ((err = thread_item_next(rows, &item)) > 0) {
        const struct config_line *last =
            item.is_note
                ? NULL
                : config_line_named(cli->config, item.is_call ? item.call.line : item.message.line);
        if (last)
            *ret = last;
    }
    store_rows_free(rows);
    return err;
}
