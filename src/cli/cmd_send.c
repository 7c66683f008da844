#include "base/text.h"
#include "base/utf8.h"
#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/read.h"
#include "cli/show.h"
#include "cli/waits.h"
#include "cli/watch.h"
#include "cli/when.h"
#include "io/clock.h"
#include "sms/compose.h"
#include "store/people.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_DEFAULT_MS 120000

#define USAGE_OPTIONS                                                                              \
    "TEXT - reads it from standard input; one that begins with - goes behind --, as in\n"          \
    "`-- \"-5 degrees\"`.  Tells the parts and the alphabet it takes.\n\n"                         \
    "      --at TIME          not before: 2h, 16:00, tomorrow, \"fri 8:30\", 2026-11-30\n"         \
    "      --edit             write it, or change TEXT, in $VISUAL or $EDITOR\n"                   \
    "      --max-parts N      allow N parts this once, instead of text.max_parts\n"                \
    "      --wait[=DURATION]  until it is sent; for at most DURATION (2m): exit status 10 then,\n" \
    "                         6 where it failed\n"                                                 \
    "      --json             {\"v\":1,\"message\":{...}}\n"                                       \
    "  -n, --dry-run          say what would be sent\n"

static const char send_usage[] =
    "usage: textback send PERSON TEXT [--at TIME] [--edit] [--max-parts N] [--wait[=DURATION]]\n"
    "                     [--dry-run] [--json]\n\n"
    "Texts somebody: a number in any form, a short code, or a person known here.\n" USAGE_OPTIONS;

static const char reply_usage[] =
    "usage: textback reply PERSON TEXT [--at TIME] [--edit] [--max-parts N] [--wait[=DURATION]]\n"
    "                      [--dry-run] [--json]\n\n"
    "Texts somebody who called or texted: a number, a contact's name, a thread (12), a call "
    "(c481)\n"
    "or a text (m77).\n" USAGE_OPTIONS;

enum { OPTION_MAX_PARTS = CLI_OPTION_OWN, OPTION_WAIT, OPTION_AT, OPTION_EDIT };

static const struct option options[] = {{"at", required_argument, NULL, OPTION_AT},
                                        {"edit", no_argument, NULL, OPTION_EDIT},
                                        {"max-parts", required_argument, NULL, OPTION_MAX_PARTS},
                                        {"wait", optional_argument, NULL, OPTION_WAIT},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_DRY_RUN,
                                        CLI_OPTIONS_COMMON};

struct letter {
    struct cli *cli;
    struct person person;
    char who[SHOW_WHO_SIZE];
    const char *text;
    char *input;         /* owned: the text from standard input or an editor */
    const char *at_text; /* NULL: now */
    struct wall at;      /* 0: now */
    bool edit;
    const struct config_line *line;
    int max_parts;
    int64_t wait_ms; /* 0: do not */
    struct compose *compose;
    int64_t message;
};

/* Returns CLI_DONE, or after telling CLI_REFUSED or what the store's error means. */
static int check_allowed(struct letter *l)
{
    const struct policy_config *policy = &l->cli->config->policy;
    struct person_facts facts;
    for (size_t i = 0; i < policy->own_count; i++) {
        if (strcmp(policy->own[i], l->person.number) == 0)
            return cli_fail(l->cli, CLI_REFUSED, "%s is your own number", l->person.number);
    }
    int err = person_facts(l->cli->store, l->person.number, &facts);
    if (err)
        return cli_store_fail(l->cli, err);
    show_who(&l->cli->out, facts.name, l->person.number, l->who);
    if (facts.opted_out)
        return cli_fail(l->cli, CLI_REFUSED, "%s opted out: not texted", l->person.number);
    if (facts.blocked)
        return cli_fail(l->cli, CLI_REFUSED, "%s is blocked: not texted (textback unblock %s)",
                        l->person.number, l->person.number);
    return CLI_DONE;
}

static int tell_compose(const struct letter *l, enum compose_err err)
{
    const struct compose *c = l->compose;
    switch (err) {
    case COMPOSE_OK:
        return CLI_DONE;
    case COMPOSE_ERR_PARTS:
        return cli_fail(
            l->cli, CLI_REFUSED,
            "the text needs %zu parts, text.max_parts allows %d (--max-parts %zu sends it)",
            c->part_count, l->max_parts, c->part_count);
    case COMPOSE_ERR_CHARACTER:
        return cli_fail(l->cli, CLI_REFUSED,
                        "the text holds U+%04" PRIX32
                        ", which GSM 7-bit lacks and text.unicode refuses",
                        c->refused);
    case COMPOSE_ERR_NUMBER:
        return cli_fail(l->cli, CLI_REFUSED, "%s cannot be texted: it is no number",
                        l->person.number);
    case COMPOSE_ERR_EMPTY:
    case COMPOSE_ERR_UTF8:
        return cli_fail(l->cli, CLI_USAGE, "the text %s", compose_err_str(err));
    case COMPOSE_ERR_LONG:
        break;
    }
    return cli_fail(l->cli, CLI_REFUSED, "the text %s", compose_err_str(err));
}

static enum compose_err compose(struct letter *l, uint16_t concat_ref)
{
    const struct compose_options o = {
        .to = l->person.number,
        .unicode = l->cli->config->unicode,
        .report = l->line->modem.delivery_reports,
        .concat_ref = concat_ref,
        .max_parts = (size_t)l->max_parts,
    };
    return compose_text(l->compose, l->text, &o);
}

/* Queues what was composed, in the caller's transaction. */
static int add(struct letter *l)
{
    size_t n = l->compose->part_count;
    struct outbox_pdu *pdus = cli_alloc(n, sizeof(*pdus));
    char(*hex)[PDU_HEX_MAX + 1] = cli_alloc(n, sizeof(*hex));
    struct outbox_new text = {
        .number = l->person.number,
        .text = l->compose->text,
        .cause = CAUSE_MANUAL,
        .created = l->cli->out.now.wall,
        .due = l->at.s ? l->at : l->cli->out.now.wall,
        .pdus = pdus,
        .pdu_count = n,
    };
    for (size_t i = 0; i < n; i++) {
        size_t octets;
        compose_part(l->compose, i, hex[i], &octets);
        pdus[i] = (struct outbox_pdu){hex[i], (int)octets};
    }
    int err = store_line(l->cli->store, l->line->name, &text.line);
    if (err == 0)
        err = outbox_add(l->cli->store, &text, &l->message);
    free(hex);
    free(pdus);
    return err;
}

static void print_json(const struct cli *cli, const struct message_row *message)
{
    struct json j;
    output_json_begin(&j);
    json_key_bool(&j, "dry_run", cli->dry_run);
    json_key(&j, "message");
    show_message_json(&j, NULL, message);
    output_json_end(&j);
}

/* Prints what would be queued; in the transaction that is taken back. */
static int print_dry(struct letter *l)
{
    struct message_row message;
    int err = message_get(l->cli->store, l->message, &message);
    if (err)
        return err;
    message.id = 0; /* another text will have it */
    print_json(l->cli, &message);
    return 0;
}

static int commit(struct letter *l)
{
    char what[32];
    int err = store_commit(l->cli->store);
    snprintf(what, sizeof(what), "m%" PRId64 " is queued", l->message);
    if (err == 0)
        cli_done(l->cli, l->wait_ms ? CLI_TIMED_OUT : CLI_DONE, what);
    return err;
}

/* Checks, composes and queues in one transaction, so that an opt-out that comes in meanwhile wins.
 * Returns CLI_DONE, or another code after telling. */
static int queue(struct letter *l)
{
    struct store *store = l->cli->store;
    uint16_t ref = 0;
    int code = CLI_DONE;
    int err = cli_begin(l->cli);
    if (err == 0 && (code = check_allowed(l)))
        goto out;
    if (err == 0)
        err = person_line(l->cli, l->person.thread, &l->line);
    if (err == 0 && (code = tell_compose(l, compose(l, 0))))
        goto out;
    if (err == 0 && l->compose->part_count > 1 &&
        (err = outbox_concat_ref(store, l->person.number, &ref)) == 0)
        compose(l, ref); /* succeeds as it did above */
    if (err == 0)
        err = add(l);
    if (err == 0 && !l->cli->dry_run)
        err = commit(l);
    else if (err == 0 && l->cli->json)
        err = print_dry(l);
    if (err)
        code = cli_store_fail(l->cli, err);
out:
    cli_end(l->cli);
    return code;
}

static const char *alphabet_words(const struct compose *c)
{
    return c->alphabet == DCS_ALPHABET_UCS2 ? "UCS-2" : "GSM 7-bit";
}

/* Waits until the text is sent or will not be. The state is read before each wait. */
static int wait_sent(struct letter *l, struct watch *watch, struct message_row *ret)
{
    struct mono deadline = mono_after(l->cli->out.now.mono, l->wait_ms);
    for (;;) {
        int err = message_get(l->cli->store, l->message, ret);
        if (err)
            return cli_store_fail(l->cli, err);
        switch (ret->state) {
        case MESSAGE_SENT:
        case MESSAGE_DELIVERED:
            return CLI_DONE;
        case MESSAGE_RECEIVED:
        case MESSAGE_FAILED:
        case MESSAGE_UNKNOWN:
        case MESSAGE_EXPIRED:
            return cli_fail(l->cli, CLI_MODEM, "m%" PRId64 " %s%s%s", l->message,
                            message_state_name(ret->state), ret->error ? ": " : "",
                            ret->error ? ret->error : "");
        case MESSAGE_CANCELLED:
            return cli_fail(l->cli, CLI_REFUSED, "m%" PRId64 " cancelled%s%s", l->message,
                            ret->error ? ": " : "", ret->error ? ret->error : "");
        case MESSAGE_WAITING:
        case MESSAGE_QUEUED:
        case MESSAGE_SENDING:
            break;
        }
        enum watch_end end = watch_wait(watch, deadline);
        if (end == WATCH_TIMEOUT)
            return cli_fail(l->cli, CLI_TIMED_OUT, "m%" PRId64 " is still %s", l->message,
                            message_state_name(ret->state));
        if (end == WATCH_STOPPED)
            return cli_fail(l->cli, CLI_TIMED_OUT, "stopped; m%" PRId64 " stays queued",
                            l->message);
    }
}

/* "m78 queued for Ann (07700 900321): 1 part, GSM 7-bit"; `message` NULL: nothing was done. */
static void say(const struct letter *l, const struct message_row *message)
{
    const struct compose *c = l->compose;
    char id[32] = "";
    if (message)
        snprintf(id, sizeof(id), "m%" PRId64 " ", l->message);
    char when[OUTPUT_TIME_SIZE];
    output_time(&l->cli->out, l->at, when);
    cli_say(l->cli, "%s%s for %s%s%s: %zu part%s, %s%s", id,
            message ? message_state_name(message->state) : "would be queued", l->who,
            when[0] ? " at " : "", when, c->part_count, c->part_count == 1 ? "" : "s",
            alphabet_words(c), c->replaced_count > 0 ? ", some characters replaced" : "");
}

/* Wakes the daemon, waits if wanted, and tells how it stands. */
static int report(struct letter *l, struct watch *watch)
{
    struct message_row message;
    struct cli *cli = l->cli;
    int code = CLI_DONE;
    int err = waits_tell(cli, l->message, cli_wake_daemon(cli), false); /* say() tells when */
    if (err)
        return cli_store_fail(cli, err);
    if (watch)
        code = wait_sent(l, watch, &message);
    err = message_get(cli->store, l->message, &message);
    if (err)
        return code ? code : cli_store_fail(cli, err);
    if (cli->json)
        print_json(cli, &message);
    else
        say(l, &message);
    return code;
}

static int dispatch(struct letter *l)
{
    struct watch *watch = NULL;
    int code;
    l->compose = cli_alloc(1, sizeof(*l->compose));
    if (l->wait_ms && !l->cli->dry_run && (code = watch_new(l->cli, &watch)))
        return code;
    code = queue(l);
    if (code == CLI_DONE && l->cli->dry_run && !l->cli->json)
        say(l, NULL);
    else if (code == CLI_DONE && !l->cli->dry_run)
        code = report(l, watch);
    watch_free(watch);
    return code;
}

static int parse(struct letter *l, int argc, char **argv, const char *usage)
{
    struct cli *cli = l->cli;
    const char *parts = NULL, *at = NULL;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_MAX_PARTS) {
            parts = optarg;
        } else if (c == OPTION_AT) {
            at = optarg;
        } else if (c == OPTION_EDIT) {
            l->edit = true;
        } else if (c == OPTION_WAIT) {
            l->wait_ms = WAIT_DEFAULT_MS;
            if (optarg && (duration_parse(optarg, &l->wait_ms) || l->wait_ms == 0))
                return cli_fail(cli, CLI_USAGE, "--wait: not a duration: \"%s\" (such as 30s, 2m)",
                                optarg);
        } else {
            return CLI_OPTION_STOP;
        }
    }
    if (argc - optind > 2)
        return cli_fail(cli, CLI_USAGE,
                        "one argument too many: \"%s\" (a text of several words goes in quotes)",
                        argv[optind + 2]);
    l->at_text = at;
    int code = cli_operands(cli, argc, argv, l->edit ? 1 : 2, "PERSON TEXT");
    return code ? code : cli_count(cli, "--max-parts", parts, COMPOSE_PARTS_MAX, &l->max_parts);
}

/* What a phone shows as nothing: blanks, also those of no width. */
static bool is_blank(uint32_t code)
{
    return code == ' ' || code == '\n' || code == 0xA0 || (code >= 0x2000 && code <= 0x200F) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x2060 ||
           code == 0x3000 || code == 0xFEFF;
}

/* A phone shows no control character but the newline. What is empty or no UTF-8 is told by
 * compose(). */
static int check_characters(const struct letter *l)
{
    size_t len = strlen(l->text), octets;
    uint32_t code;
    bool blank = len > 0;
    for (size_t i = 0; i < len; i += octets) {
        octets = utf8_decode(l->text + i, len - i, &code);
        if (octets == 0)
            return CLI_DONE;
        if (code != '\n' && (code < 0x20 || (code >= 0x7F && code < 0xA0)))
            return cli_fail(l->cli, CLI_USAGE,
                            "the text holds the control character U+%04" PRIX32 " at octet %zu",
                            code, i);
        blank = blank && is_blank(code);
    }
    return blank ? cli_fail(l->cli, CLI_USAGE, "the text holds nothing but blanks") : CLI_DONE;
}

/* From standard input, through the editor, or as it is. */
static int read_text(struct letter *l)
{
    int code = CLI_DONE;
    if (strcmp(l->text, "-") == 0 &&
        (code = read_stdin(l->cli, "text", COMPOSE_TEXT_MAX, &l->input)))
        return code;
    if (l->input)
        l->text = l->input;
    if (l->edit) {
        char *edited;
        code = read_editor(l->cli, "text", COMPOSE_TEXT_MAX, l->text, &edited);
        free(l->input);
        l->input = code ? NULL : edited;
    }
    if (l->input)
        l->text = l->input;
    return code ? code : check_characters(l);
}

static int run(struct cli *cli, int argc, char **argv, const char *usage, enum person_need need,
               enum store_mode mode)
{
    struct letter l = {.cli = cli};
    int code = parse(&l, argc, argv, usage);
    if (code)
        return code == CLI_OPTION_STOP ? cli->exit : code;
    const char *who = argv[optind];
    l.text = optind + 1 < argc ? argv[optind + 1] : "";
    if (cli->dry_run)
        mode = STORE_EXISTING;
    if ((code = cli_store(cli, CLI_NEED_CONFIG, mode)) ||
        (code = person_find(cli, who, need, &l.person)) ||
        (l.at_text && (code = when_future(cli, "--at", l.at_text, &l.at))) ||
        (code = read_text(&l)))
        return code;
    cli->out.now = clock_now(); /* it may have been written for long */
    if (l.max_parts == 0)
        l.max_parts = cli->config->max_parts;
    code = dispatch(&l);
    free(l.compose);
    free(l.input);
    return code;
}

int cmd_send(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, send_usage, PERSON_SMS, STORE_CREATE);
}

int cmd_reply(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, reply_usage, PERSON_THREAD, STORE_EXISTING);
}
