#include "cli/contact_import.h"
#include "base/utf8.h"
#include "cli/alloc.h"
#include "cli/batch.h"
#include "cli/cards.h"
#include "cli/read.h"
#include "numbering/e164.h"
#include "store/contacts.h"
#include "store/progress.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define IMPORT_MAX (64 << 20) /* octets of an address book */

struct skipped {
    const struct card *card;
    const char *why;
};

struct import {
    struct cli *cli;
    const char *file; /* for messages */
    int new, known, without;
    struct skipped *skipped;
    size_t skipped_count, skipped_cap;
};

/* Makes a label of one that an address book has. Returns whether it can be one; what Google puts
 * everybody into says nothing. */
static bool read_label(const char *text, size_t len, char ret[PROGRESS_LABEL_MAX + 1])
{
    while (len > 0 && (*text == ' ' || *text == '*')) {
        text++;
        len--;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    if (len == 0 || len > PROGRESS_LABEL_MAX)
        return false;
    memcpy(ret, text, len);
    ret[len] = '\0';
    for (char *c = ret; *c; c++) {
        if ((unsigned char)*c <= ' ' || strchr("\":", *c))
            *c = '-';
    }
    return utf8_valid_prefix(ret, len) == len && strcasecmp(ret, "mycontacts") != 0;
}

/* Puts the labels that can be labels on the thread. */
static int add_labels(struct import *in, int64_t thread, const char *labels)
{
    int err = 0;
    while (err >= 0 && *labels) {
        char label[PROGRESS_LABEL_MAX + 1];
        const char *google = strstr(labels, ":::");
        size_t len = strcspn(labels, ",;");
        bool ends = !google || (size_t)(google - labels) > len;
        len = ends ? len : (size_t)(google - labels);
        if (read_label(labels, len, label))
            err = progress_label(in->cli->store, thread, label, true, in->cli->out.now.wall);
        labels += len;
        labels += *labels == '\0' ? 0 : ends ? 1 : 3;
    }
    return err < 0 ? err : 0;
}

/* Returns 0, or an error of the store. */
static int take_card(struct import *in, const struct card *card)
{
    char number[E164_MAX + 1];
    int64_t thread;
    enum e164_err bad = e164_parse(card->number, strlen(card->number), in->cli->out.region, number);
    size_t len = strlen(card->name);
    const char *why = bad                                        ? e164_err_str(bad)
                      : len == 0                                 ? "has no name"
                      : len > CONTACT_NAME_MAX                   ? "has a name that is too long"
                      : utf8_valid_prefix(card->name, len) < len ? "has a name that is not UTF-8"
                                                                 : NULL;
    if (why) {
        in->skipped =
            cli_grow(in->skipped, &in->skipped_cap, in->skipped_count + 1, sizeof(in->skipped[0]));
        in->skipped[in->skipped_count++] = (struct skipped){card, why};
        return 0;
    }
    int err = contact_set_name(in->cli->store, number, card->name, in->cli->out.now.wall, &thread);
    if (err < 0)
        return err;
    *(err > 0 ? &in->new : &in->known) += 1;
    return add_labels(in, thread, card->labels);
}

static int take_cards(struct import *in, struct cards *cards)
{
    struct batch batch;
    int err = batch_begin(&batch, in->cli);
    for (const struct card *card; err == 0 && (card = cards_next(cards));) {
        err = take_card(in, card);
        err = err ? err : batch_next(&batch);
    }
    in->without = cards_without(cards);
    return batch_end(&batch, err);
}

/* Outside of a transaction: who reads it in a pager does not keep the daemon from writing. */
static void tell_skipped(const struct import *in)
{
    for (size_t i = 0; i < in->skipped_count; i++) {
        const struct card *card = in->skipped[i].card;
        cli_note(in->cli, "%s:%d:%d: \"%s\" %s", in->file, card->line, card->column, card->number,
                 in->skipped[i].why);
    }
}

static void report(const struct import *in)
{
    if (in->cli->json) {
        struct json j;
        output_json_begin(&j);
        json_key_i64(&j, "named", in->new);
        json_key_i64(&j, "known", in->known);
        json_key_i64(&j, "skipped", (int64_t)in->skipped_count);
        json_key_i64(&j, "without_number", in->without);
        json_key_bool(&j, "dry_run", in->cli->dry_run);
        output_json_end(&j);
        return;
    }
    char without[48] = "";
    if (in->without > 0)
        snprintf(without, sizeof(without), ", %d without a number", in->without);
    cli_say(in->cli, "%d %snamed, %d known already, %zu skipped%s", in->new,
            in->cli->dry_run ? "would be " : "", in->known, in->skipped_count, without);
}

int contact_import(struct cli *cli, const char *path)
{
    bool from_stdin = !path || strcmp(path, "-") == 0;
    struct import in = {.cli = cli, .file = from_stdin ? "standard input" : path};
    struct cards_error error;
    char *text;
    int code = cli_store(cli, CLI_WANT_CONFIG, cli->dry_run ? STORE_EXISTING : STORE_CREATE);
    if (code || (code = from_stdin ? read_stdin(cli, "address book", IMPORT_MAX, &text)
                                   : read_file(cli, "address book", IMPORT_MAX, path, &text)))
        return code;
    struct cards *cards = cards_read(text, &error);
    int err = cards ? take_cards(&in, cards) : 0;
    tell_skipped(&in);
    if (!cards)
        code =
            cli_fail(cli, CLI_FAILED, "%s:%d:%d: %s", in.file, error.line, error.column, error.why);
    else if (err)
        code = cli_store_fail(cli, err);
    else if (in.skipped_count > 0)
        code = CLI_WARNINGS;
    free(in.skipped);
    cards_free(cards);
    free(text);
    if (code != CLI_DONE && code != CLI_WARNINGS)
        return code;
    if (!cli->dry_run) {
        cli_done(cli, code, NULL);
        cli_wake_daemon(cli);
    }
    report(&in);
    return code;
}
