#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/waits.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: textback why CALL|LEAD [--json]\n\n"
    "Each rule that was asked about a call (c481) or a web form (l12), in order; the first that "
    "says\n"
    "stop decided.\n\n"
    "      --json         "
    "{\"v\":1,\"call\":{...},\"rules\":[...],\"config\":\"HASH\",\"facts\":{...},\n"
    "                     \"follow_up\":{...}}; of a web form with \"lead\"\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"RULE", false, 0}, {"RESULT", false, 0}, {"DETAIL", false, 20}};

/* What it was decided on. */
static void put_facts(struct json *j, const char *config, const char *facts)
{
    json_key_string(j, "config", config);
    json_key(j, "facts");
    if (facts)
        json_raw(j, facts);
    else
        json_null(j);
}

static int json_facts(struct json *j, struct store *store, int64_t id)
{
    const char *config, *facts;
    int err = calls_facts(store, id, &config, &facts);
    if (err == 0)
        put_facts(j, config, facts);
    return err;
}

/* What is planned after the text, as in the list of follow-up; it ends the strings before it. */
static int json_follow_up(struct json *j, struct store *store, int64_t text)
{
    struct follow_up_row row;
    int err = text ? follow_ups_after(store, text, &row) : -ENOENT;
    json_key(j, "follow_up");
    if (err == 0)
        show_follow_up_json(j, &row);
    else
        json_null(j);
    return err == -ENOENT ? 0 : err;
}

static int print_json(struct store *store, const struct call_row *call, int64_t id)
{
    struct store_rows *rows;
    struct json j;
    output_json_begin(&j);
    json_key(&j, "call");
    show_call_json(&j, NULL, call);
    int64_t text = call->message;
    int err = calls_rules(store, id, &rows);
    if (err == 0)
        err = show_rules_json(&j, rows);
    if (err == 0)
        err = json_facts(&j, store, id);
    if (err == 0)
        err = json_follow_up(&j, store, text);
    output_json_end(&j);
    return err;
}

/* "c481  Mon 14:03  Ann Baker (07700 900321)  missed after 6 rings" and what came of it. */
static void print_call(const struct output *out, const struct call_row *call)
{
    char when[OUTPUT_TIME_SIZE], who[SHOW_WHO_SIZE] = "number unknown";
    output_time(out, call->started, when);
    if (call->number)
        show_who(out, call->name, call->number, who);
    else if (call->withheld)
        snprintf(who, sizeof(who), "number withheld");
    char *printable = output_printable(who, false), rang[128] = "";
    if (call->outcome != CALL_STATE_RINGING)
        snprintf(rang, sizeof(rang), " after %d ring%s%s", call->rings, call->rings == 1 ? "" : "s",
                 call->certain ? "" : ", as far as is known: the modem or the program went away");
    char *line = cli_format("c%" PRId64 "  %s  %s  %s%s", call->id, when, printable,
                            show_outcome(call->outcome), rang);
    output_paragraph(out, 0, line);
    free(line);
    free(printable);
}

static const char *texted(enum message_state state)
{
    switch (state) {
    case MESSAGE_SENT:
    case MESSAGE_DELIVERED:
        return "texted";
    case MESSAGE_WAITING:
    case MESSAGE_QUEUED:
    case MESSAGE_SENDING:
        return "to be texted";
    case MESSAGE_UNKNOWN:
        return "perhaps texted";
    case MESSAGE_RECEIVED:
    case MESSAGE_FAILED:
    case MESSAGE_EXPIRED:
    case MESSAGE_CANCELLED:
        break;
    }
    return "not texted";
}

static bool is_over(enum message_state state)
{
    return state != MESSAGE_WAITING && state != MESSAGE_QUEUED && state != MESSAGE_SENDING &&
           state != MESSAGE_UNKNOWN;
}

/* "m7 waits: follow_up.window opens Tue 09:00", where it does. It ends the strings of the text. */
static int print_waits(const struct cli *cli, int64_t text)
{
    struct message_row message;
    struct waits waits;
    char why[WAITS_WHY_SIZE];
    int err = waits_read_text(cli, text, &waits, &message);
    if (err)
        return err;
    waits_why(cli, &waits, &message, why);
    if (why[0]) {
        char *line = cli_format("m%" PRId64 " waits: %s", text, why);
        output_paragraph_style(&cli->out, OUTPUT_WARN, 0, line);
        free(line);
    }
    return 0;
}

/* "texted: m1 delivered", "not texted: m1 expired, too old to be sent", "follow-up: m7 queued"; and
 * why it waits. `what` NULL: whether they were texted. */
static int print_text(const struct cli *cli, const char *what, int64_t text)
{
    const struct output *out = &cli->out;
    struct message_row message;
    int err = message_get(cli->store, text, &message);
    if (err)
        return err;
    printf("%s: m%" PRId64 " ", what ? what : texted(message.state), message.id);
    output_style(out, show_state_style(message.state), show_state(out, message.state));
    if (message.error) {
        char *error = output_printable(message.error, false);
        printf(", %s", error);
        free(error);
    }
    putchar('\n');
    return is_over(message.state) ? 0 : print_waits(cli, text);
}

/* "follow-up planned for Tue 09:00", "follow-up: m7 queued", "no follow-up: they called" */
static int print_follow_up(const struct cli *cli, int64_t text)
{
    struct follow_up_row row;
    char when[OUTPUT_TIME_SIZE];
    int err = follow_ups_after(cli->store, text, &row);
    if (err)
        return err == -ENOENT ? 0 : err;
    output_time(&cli->out, row.due, when);
    if (row.due.s)
        printf("follow-up planned for %s\n", when);
    else if (row.text)
        return print_text(cli, "follow-up", row.text);
    else
        printf("no follow-up: %s\n", row.reason ? row.reason : "");
    return 0;
}

/* The text comes last: asking for it ends the strings of the call. */
static int print_result(struct cli *cli, int64_t text, const char *reason)
{
    const struct output *out = &cli->out;
    char line[160];
    if (text) {
        int err = print_text(cli, NULL, text);
        return err ? err : print_follow_up(cli, text);
    } else if (reason) {
        snprintf(line, sizeof(line), "not texted: %s", show_reason(reason));
        char *printable = output_printable(line, false);
        output_style(out, OUTPUT_WARN, printable);
        free(printable);
    } else {
        output_style(out, OUTPUT_DIM, "not decided yet");
    }
    putchar('\n');
    return 0;
}

/* Takes the rows. */
static int print_rules(const struct cli *cli, struct store_rows *rows)
{
    struct call_rule rule;
    int err;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    bool decided = false;
    while ((err = calls_rule_next(rows, &rule)) > 0) {
        bool decides = rule.stop && !decided;
        decided = decided || rule.stop;
        table_cell(t, decides ? OUTPUT_BOLD : OUTPUT_PLAIN, rule.name);
        table_cell(t, decides ? OUTPUT_WARN : OUTPUT_DIM, rule.stop ? "stop" : "pass");
        table_cell(t, OUTPUT_PLAIN, rule.detail);
    }
    store_rows_free(rows);
    if (table_rows(t) > 0) {
        putchar('\n');
        table_print(t, &cli->out);
    }
    table_free(t);
    return err;
}

static int print_table(struct cli *cli, const struct call_row *call, int64_t id)
{
    struct store_rows *rows;
    print_call(&cli->out, call);
    int err = print_result(cli, call->message, call->reason);
    if (err == 0)
        err = calls_rules(cli->store, id, &rows);
    return err < 0 ? err : print_rules(cli, rows);
}

/* "l12  Mon 14:03  Ann Baker (07700 900321)  web form" */
static void print_lead(const struct output *out, const struct lead_row *lead)
{
    char when[OUTPUT_TIME_SIZE], who[SHOW_WHO_SIZE];
    output_time(out, lead->at, when);
    show_who(out, lead->name, lead->number, who);
    char *printable = output_printable(who, false);
    char *line = cli_format("l%" PRId64 "  %s  %s  web form", lead->id, when, printable);
    output_paragraph(out, 0, line);
    free(line);
    free(printable);
}

static int why_lead(struct cli *cli, int64_t id, const struct lead_row *lead)
{
    struct store_rows *rows;
    struct json j;
    int err = leads_rules(cli->store, id, &rows);
    if (err < 0)
        return err;
    if (!cli->json) {
        print_lead(&cli->out, lead);
        err = print_result(cli, lead->answer, lead->reason);
        if (err < 0)
            store_rows_free(rows);
        return err < 0 ? err : print_rules(cli, rows);
    }
    output_json_begin(&j);
    json_key(&j, "lead");
    show_lead_json(&j, lead);
    err = show_rules_json(&j, rows);
    put_facts(&j, lead->config, lead->facts);
    if (err == 0)
        err = json_follow_up(&j, cli->store, lead->answer);
    output_json_end(&j);
    return err;
}

int cmd_why(struct cli *cli, int argc, char **argv)
{
    struct call_row call;
    struct lead_row lead;
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 1, "CALL")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    const char *word = argv[optind];
    int64_t id = word[0] == 'l' ? person_id(word, 'l') : 0;
    if (id) {
        int err = leads_get(cli->store, id, &lead);
        if (err == -ENOENT)
            return cli_fail(cli, CLI_NOT_FOUND, "no such web form: \"%s\"", word);
        if (err == 0)
            err = why_lead(cli, id, &lead);
        return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
    }
    id = person_id(word, 'c');
    int err = id ? calls_get(cli->store, id, &call) : -ENOENT;
    if (err == -ENOENT)
        return cli_fail(cli, CLI_NOT_FOUND, "no such call: \"%s\"", word);
    if (err == 0)
        err = cli->json ? print_json(cli->store, &call, id) : print_table(cli, &call, id);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}
