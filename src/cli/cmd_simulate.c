#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/when.h"
#include "service/replay.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN_DEFAULT "30d"
#define CHANGES_MAX 64 /* kinds of a change; those beyond are counted together */

static const char usage[] =
    "usage: textback simulate [--config NEW] [--since TIME] [--until TIME] [--last DURATION]\n"
    "                         [--limit N] [--json]\n\n"
    "Decides past calls once more, as the configuration is now or as NEW would have it, and shows\n"
    "which callers would have been texted and were not, or the other way round, and why.  Nothing\n"
    "is changed and nothing is sent.  Without a time it is about the calls of the last 30 days.\n\n"
    "      --since TIME     calls not before: 7d, 2h, today, mon, 14:30, 2026-11-23\n"
    "      --until TIME     and before\n"
    "      --last DURATION  the same as --since DURATION\n"
    "      --limit N        show at most N calls (1 to 10000, else 1000); all are counted\n"
    "      --json           {\"v\":1,\"calls\":[...],\"summary\":{...}}\n";

enum { OPTION_SINCE = CLI_OPTION_OWN, OPTION_UNTIL, OPTION_LAST, OPTION_LIMIT };

static const struct option options[] = {{"since", required_argument, NULL, OPTION_SINCE},
                                        {"until", required_argument, NULL, OPTION_UNTIL},
                                        {"last", required_argument, NULL, OPTION_LAST},
                                        {"limit", required_argument, NULL, OPTION_LIMIT},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"CALL", false, 0}, {"WHEN", false, 0}, {"NUMBER", false, 14},
    {"NAME", false, 6}, {"WAS", false, 12}, {"WOULD BE", false, 12},
};

static const struct table_column change_columns[] = {
    {"CALLS", true, 0}, {"WAS", false, 12}, {"WOULD BE", false, 12}};

/* So many calls went from one verdict to another; "" is a text. */
struct change {
    char was[REPLAY_REASON_SIZE], would[REPLAY_REASON_SIZE];
    int64_t calls;
};

struct tally {
    int64_t calls, unknown; /* unknown: no facts were kept */
    int64_t were, would_be; /* texts */
    int64_t more, fewer, reasons, words, times;
    struct change changes[CHANGES_MAX];
    size_t change_count;
};

static void count_change(struct tally *t, const char *was, const char *would)
{
    size_t i = 0;
    while (i < t->change_count &&
           (strcmp(t->changes[i].was, was) || strcmp(t->changes[i].would, would)))
        i++;
    if (i == CHANGES_MAX)
        i--;
    struct change *change = &t->changes[i];
    if (i == t->change_count) {
        t->change_count++;
        memcpy(change->was, was, sizeof(change->was));
        memcpy(change->would, would, sizeof(change->would));
    }
    change->calls++;
}

/* What of a call is not as it was. */
struct difference {
    bool text, reason, words, time;
};

static struct difference compare(const struct replay_step *step)
{
    const struct replay_verdict *was = &step->was, *would = &step->would;
    bool both = step->known && was->text && would->text;
    return (struct difference){
        .text = step->known && was->text != would->text,
        .reason = step->known && !was->text && !would->text && strcmp(was->reason, would->reason),
        .words = both && strcmp(was->body, would->body),
        .time = both && was->due.s != would->due.s,
    };
}

static void count(struct tally *t, const struct replay_step *step, const struct difference *d)
{
    t->calls++;
    t->unknown += !step->known;
    t->were += step->was.text;
    t->would_be += step->known ? step->would.text : step->was.text;
    t->more += d->text && step->would.text;
    t->fewer += d->text && step->was.text;
    t->reasons += d->reason;
    t->words += d->words;
    t->times += d->time;
    if (d->text || d->reason)
        count_change(t, step->was.reason, step->would.reason);
}

static void json_verdict(struct json *j, const char *key, const struct replay_verdict *v)
{
    json_key(j, key);
    json_object(j);
    json_key_bool(j, "text", v->text);
    json_key_string(j, "reason", v->text ? NULL : v->reason);
    json_key_string(j, "detail", v->text || !v->detail[0] ? NULL : v->detail);
    json_key_string(j, "body", v->body[0] ? v->body : NULL);
    output_json_wall(j, "due_at", v->body[0] ? v->due : (struct wall){0});
    json_object_end(j);
}

static void json_differs(struct json *j, const struct difference *d)
{
    json_key(j, "differs");
    json_array(j);
    if (d->text)
        json_string(j, "text");
    if (d->reason)
        json_string(j, "reason");
    if (d->words)
        json_string(j, "body");
    if (d->time)
        json_string(j, "due_at");
    json_array_end(j);
}

static void json_step(struct json *j, const struct replay_step *step, const struct difference *d)
{
    json_object(j);
    json_key(j, "call");
    show_call_json(j, NULL, &step->call);
    json_differs(j, d);
    json_verdict(j, "was", &step->was);
    json_verdict(j, "would", &step->would);
    json_object_end(j);
}

static void json_summary(struct json *j, const struct tally *t)
{
    json_key(j, "summary");
    json_object(j);
    json_key_i64(j, "calls", t->calls);
    json_key_i64(j, "unknown", t->unknown);
    json_key_i64(j, "texts", t->were);
    json_key_i64(j, "texts_would", t->would_be);
    json_key_i64(j, "more", t->more);
    json_key_i64(j, "fewer", t->fewer);
    json_key_i64(j, "other_reason", t->reasons);
    json_key_i64(j, "other_body", t->words);
    json_key_i64(j, "other_time", t->times);
    json_key(j, "changes");
    json_array(j);
    for (size_t i = 0; i < t->change_count; i++) {
        const struct change *change = &t->changes[i];
        json_object(j);
        json_key_i64(j, "calls", change->calls);
        json_key_string(j, "was", change->was[0] ? change->was : "text");
        json_key_string(j, "would", change->would[0] ? change->would : "text");
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

static int print_json(struct replay *replay, int limit, const struct wall span[2])
{
    struct replay_step *step = cli_alloc(1, sizeof(*step));
    struct tally t = {0};
    struct json j;
    int err;
    output_json_begin(&j);
    output_json_wall(&j, "since", span[0]);
    output_json_wall(&j, "until", span[1]);
    json_key(&j, "calls");
    json_array(&j);
    while ((err = replay_next(replay, step)) > 0) {
        struct difference d = compare(step);
        count(&t, step, &d);
        if ((d.text || d.reason || d.words || d.time) && limit-- > 0)
            json_step(&j, step, &d);
    }
    json_array_end(&j);
    json_summary(&j, &t);
    output_json_end(&j);
    free(step);
    return err;
}

/* "text", "no: texted recently". */
static void add_verdict(struct table *t, bool text, const char *reason, enum output_style style)
{
    if (text)
        table_cell(t, style, "text");
    else
        table_cellf(t, style, "no: %s", show_reason(reason));
}

static void add_step(struct table *t, const struct cli *cli, const struct replay_step *step)
{
    const struct call_row *call = &step->call;
    char when[OUTPUT_TIME_SIZE], number[OUTPUT_NUMBER_SIZE] = "";
    output_time(&cli->out, call->started, when);
    if (call->number)
        output_number(&cli->out, call->number, number);
    table_cellf(t, OUTPUT_DIM, "c%" PRId64, call->id);
    table_cell(t, OUTPUT_PLAIN, when);
    table_cell(t, OUTPUT_PLAIN, call->number ? number : call->withheld ? "withheld" : "unknown");
    table_cell(t, OUTPUT_PLAIN, call->name);
    add_verdict(t, step->was.text, step->was.reason, OUTPUT_DIM);
    add_verdict(t, step->would.text, step->would.reason, OUTPUT_BOLD);
}

static void print_changes(const struct cli *cli, const struct tally *t)
{
    struct table *table =
        table_new(change_columns, sizeof(change_columns) / sizeof(change_columns[0]));
    for (size_t i = 0; i < t->change_count; i++) {
        const struct change *change = &t->changes[i];
        table_cellf(table, OUTPUT_PLAIN, "%" PRId64, change->calls);
        add_verdict(table, !change->was[0], change->was, OUTPUT_PLAIN);
        add_verdict(table, !change->would[0], change->would, OUTPUT_PLAIN);
    }
    putchar('\n');
    table_print(table, &cli->out);
    table_free(table);
}

static void print_summary(const struct cli *cli, const struct tally *t, int64_t hidden)
{
    if (hidden > 0)
        cli_note(cli, "%" PRId64 " more calls are not shown (--limit)", hidden);
    if (t->change_count > 0)
        print_changes(cli, t);
    printf("%s%" PRId64 " call%s: %" PRId64 " text%s, would be %" PRId64 " (%" PRId64
           " more, %" PRId64 " fewer)\n",
           t->change_count > 0 ? "\n" : "", t->calls, t->calls == 1 ? "" : "s", t->were,
           t->were == 1 ? "" : "s", t->would_be, t->more, t->fewer);
    if (t->words + t->times > 0)
        printf("of the same texts %" PRId64 " would say something else, %" PRId64
               " go at another time\n",
               t->words, t->times);
    if (t->unknown > 0)
        printf("%" PRId64 " left as they were: what they were decided on was not kept\n",
               t->unknown);
}

static int print_screen(struct cli *cli, struct replay *replay, int limit)
{
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct replay_step *step = cli_alloc(1, sizeof(*step));
    struct tally t = {0};
    int err;
    while ((err = replay_next(replay, step)) > 0) {
        struct difference d = compare(step);
        count(&t, step, &d);
        if ((d.text || d.reason) && (int)table_rows(table) < limit)
            add_step(table, cli, step);
    }
    int64_t rows = (int64_t)table_rows(table);
    if (err == 0 && t.calls == 0)
        cli_note(cli, "no calls");
    if (err == 0 && t.calls > 0) {
        output_page(&cli->out);
        if (rows > 0)
            table_print(table, &cli->out);
        print_summary(cli, &t, t.more + t.fewer + t.reasons - rows);
    }
    table_free(table);
    free(step);
    return err;
}

int cmd_simulate(struct cli *cli, int argc, char **argv)
{
    struct when_span span = {0};
    struct wall when[2];
    struct replay *replay;
    const char *limit_text = NULL;
    int limit = CLI_LIST_DEFAULT, code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_SINCE)
            span.since = optarg;
        else if (c == OPTION_UNTIL)
            span.until = optarg;
        else if (c == OPTION_LAST)
            span.last = optarg;
        else if (c == OPTION_LIMIT)
            limit_text = optarg;
        else
            return cli->exit;
    }
    if (!span.since && !span.until && !span.last)
        span.last = SPAN_DEFAULT;
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_count(cli, "--limit", limit_text, CLI_LIST_MAX, &limit)) ||
        (code = cli_store(cli, CLI_NEED_CONFIG, STORE_EXISTING)) ||
        (code = when_span(cli, &span, &when[0], &when[1])))
        return code;
    int err = replay_new(cli->store, &cli->config->policy, when[0], when[1], &replay);
    if (err < 0)
        return cli_store_fail(cli, err);
    err = cli->json ? print_json(replay, limit, when) : print_screen(cli, replay, limit);
    replay_free(replay);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}
