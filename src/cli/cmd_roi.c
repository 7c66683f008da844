#include "base/text.h"
#include "cli/cli.h"
#include "cli/figures.h"
#include "cli/money.h"
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: textback roi [--job AMOUNT] [--cost AMOUNT] [--anyway PERCENT]\n"
    "                    [--since TIME] [--until TIME] [--last DURATION] [--json]\n\n"
    "What the texts brought, step by step: the jobs marked as won of people whose missed call or "
    "web form\nwas texted, and your own figures.  Nothing is estimated.\n\n"
    "      --job AMOUNT      what a job is worth that was marked as won without a sum; else 0\n"
    "      --cost AMOUNT     what modem, SIM and texts cost in this time; else 0\n"
    "      --anyway PERCENT  of the jobs would have come without a text; else 0\n"
    "      --since TIME      not before: 7d, today, mon, 2026-11-23; else 30d\n"
    "      --until TIME      before\n"
    "      --last DURATION   the same as --since DURATION\n"
    "      --json            {\"v\":1,\"won\":...,\"result\":...}\n";

enum {
    OPTION_JOB = CLI_OPTION_OWN,
    OPTION_COST,
    OPTION_ANYWAY,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_LAST
};

static const struct option options[] = {{"job", required_argument, NULL, OPTION_JOB},
                                        {"cost", required_argument, NULL, OPTION_COST},
                                        {"anyway", required_argument, NULL, OPTION_ANYWAY},
                                        {"since", required_argument, NULL, OPTION_SINCE},
                                        {"until", required_argument, NULL, OPTION_UNTIL},
                                        {"last", required_argument, NULL, OPTION_LAST},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

struct sum {
    struct figures figures;
    const char *currency;
    int64_t job, cost, anyway;        /* the owner's figures; `anyway` in percent */
    int with_sum, without_sum, other; /* jobs; `other`: in another currency, not counted */
    int64_t told;                     /* the sums of `with_sum` */
    int64_t assumed, gross, less, result;
};

static int read_money(const struct sum *s, const char *option, const char *text, int64_t *ret)
{
    if (text && money_parse(text, s->currency, ret))
        return cli_fail(s->figures.cli, CLI_USAGE, "%s: not an amount in %s: \"%s\"", option,
                        s->currency, text);
    return CLI_DONE;
}

/* Returns 0, or an error of the store. */
static int count(struct sum *s)
{
    struct store_rows *rows;
    struct won_row row;
    int err =
        stats_won_after_text(s->figures.cli->store, s->figures.since, s->figures.until, &rows);
    if (err < 0)
        return err;
    while (stats_won_next(rows, &row) > 0) {
        if (!row.currency) {
            s->without_sum = row.jobs;
        } else if (strcmp(row.currency, s->currency) == 0) {
            s->with_sum = row.jobs;
            s->told = row.amount;
        } else {
            s->other += row.jobs;
        }
    }
    store_rows_free(rows);
    s->assumed = s->without_sum * s->job;
    s->gross = s->told + s->assumed;
    s->less = s->gross / 100 * s->anyway + s->gross % 100 * s->anyway / 100;
    s->result = s->gross - s->less - s->cost;
    return 0;
}

static void print_json(const struct sum *s)
{
    struct json j;
    output_json_begin(&j);
    output_json_wall(&j, "since", s->figures.since);
    output_json_wall(&j, "until", s->figures.until);
    json_key_string(&j, "currency", s->currency);
    json_key_i64(&j, "missed", s->figures.stats.missed);
    json_key_i64(&j, "texted", s->figures.stats.texted);
    json_key_i64(&j, "replied", s->figures.stats.replied);
    json_key_i64(&j, "leads", s->figures.stats.leads);
    json_key_i64(&j, "leads_texted", s->figures.stats.leads_texted);
    json_key_i64(&j, "leads_replied", s->figures.stats.leads_replied);
    json_key_i64(&j, "follow_ups", s->figures.stats.follow_ups);
    json_key_i64(&j, "follow_ups_replied", s->figures.stats.follow_ups_replied);
    json_key_i64(&j, "won_with_sum", s->with_sum);
    json_key_i64(&j, "won_without_sum", s->without_sum);
    json_key_i64(&j, "won_in_other_currency", s->other);
    json_key_i64(&j, "told", s->told);
    json_key_i64(&j, "assumed", s->assumed);
    json_key_i64(&j, "anyway", s->less);
    json_key_i64(&j, "cost", s->cost);
    json_key_i64(&j, "result", s->result);
    output_json_end(&j);
}

static void line(const struct sum *s, const char *sign, int64_t amount, const char *what)
{
    char text[MONEY_SIZE + 1] = "-";
    bool less = amount < 0;
    money_text(less ? -amount : amount, s->currency, text + less);
    printf("%s %16s  %s\n", sign, text, what);
}

static void print_count(int count, const char *what)
{
    printf("%d %s%s", count, what, count == 1 ? "" : "s");
}

static void print_screen(const struct sum *s)
{
    const struct stats *n = &s->figures.stats;
    char what[128], job[MONEY_SIZE];
    print_count(n->missed, "missed call");
    printf(", %d texted, %d replied\n", n->texted, n->replied);
    if (n->leads > 0) {
        print_count(n->leads, "web form");
        printf(", %d texted, %d replied\n", n->leads_texted, n->leads_replied);
    }
    if (n->follow_ups > 0) {
        print_count(n->follow_ups, "follow-up");
        printf(", %d replied\n", n->follow_ups_replied);
    }
    putchar('\n');
    snprintf(what, sizeof(what), "%d job%s won after a text%s", s->with_sum,
             s->with_sum == 1 ? "" : "s", s->without_sum > 0 ? ", with a sum" : "");
    line(s, " ", s->told, what);
    money_text(s->job, s->currency, job);
    if (s->job > 0)
        snprintf(what, sizeof(what), "%d without a sum, at your %s each", s->without_sum, job);
    else
        snprintf(what, sizeof(what), "%d without a sum (--job says what one is worth)",
                 s->without_sum);
    if (s->without_sum > 0)
        line(s, "+", s->assumed, what);
    snprintf(what, sizeof(what), "your %d %% that would have come anyway", (int)s->anyway);
    if (s->anyway > 0)
        line(s, "-", s->less, what);
    if (s->cost > 0)
        line(s, "-", s->cost, "your cost");
    line(s, "=", s->result, "what the texts brought");
    if (s->other > 0)
        printf("\n%d job%s in another currency not counted\n", s->other, s->other == 1 ? "" : "s");
}

int cmd_roi(struct cli *cli, int argc, char **argv)
{
    struct sum s = {.figures.cli = cli};
    struct when_span span = {0};
    const char *job = NULL, *cost = NULL, *anyway = NULL;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        const char **const values[] = {&job, &cost, &anyway, &span.since, &span.until, &span.last};
        if (c < OPTION_JOB || c > OPTION_LAST)
            return cli->exit;
        *values[c - OPTION_JOB] = optarg;
    }
    if (anyway && text_to_i64(anyway, strlen(anyway), 0, 100, &s.anyway))
        return cli_fail(cli, CLI_USAGE, "--anyway: not a number from 0 to 100: \"%s\"", anyway);
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    s.currency = cli->config->currency;
    if ((code = read_money(&s, "--job", job, &s.job)) ||
        (code = read_money(&s, "--cost", cost, &s.cost)) ||
        (code = figures_read(&s.figures, &span)))
        return code;
    int err = count(&s);
    if (err)
        return cli_store_fail(cli, err);
    if (cli->json)
        print_json(&s);
    else
        print_screen(&s);
    return CLI_DONE;
}
