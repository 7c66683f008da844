#include "cli/cli.h"
#include "cli/money.h"
#include "cli/person.h"
#include "cli/read.h"
#include "cli/show.h"
#include "store/progress.h"
#include <errno.h>
#include <stdio.h>

#define WHY_MAX 10000 /* octets */

static const char won_usage[] =
    "usage: textback won PERSON [AMOUNT] [--currency CODE] [--why TEXT] [--undo] [--dry-run]\n"
    "                    [--json]\n\n"
    "The job is booked: the conversation is done, and stats and roi count it.  AMOUNT is such as "
    "450,\n450.50 or £450.  Who was lost right before is not any longer.\n\n"
    "      --currency CODE  of AMOUNT, such as EUR; else business.currency\n"
    "      --why TEXT       what it is about\n"
    "      --undo           take the last won or lost of this person back\n"
    "      --json           {\"v\":1,\"thread\":{...}}\n"
    "  -n, --dry-run        say what would be done\n";

static const char lost_usage[] =
    "usage: textback lost PERSON [--why TEXT] [--undo] [--dry-run] [--json]\n\n"
    "There will be no job: the conversation is done.  A job that was won right before, with no "
    "call or web\nform of theirs since, is not any longer.\n\n"
    "      --why TEXT       too dear, too late, ...\n"
    "      --undo           take the last won or lost of this person back\n"
    "      --json           {\"v\":1,\"thread\":{...}}\n"
    "  -n, --dry-run        say what would be done\n";

enum { OPTION_CURRENCY = CLI_OPTION_OWN, OPTION_WHY, OPTION_UNDO };

static const struct option won_options[] = {{"currency", required_argument, NULL, OPTION_CURRENCY},
                                            {"why", required_argument, NULL, OPTION_WHY},
                                            {"undo", no_argument, NULL, OPTION_UNDO},
                                            CLI_OPTIONS_JSON,
                                            CLI_OPTIONS_DRY_RUN,
                                            CLI_OPTIONS_COMMON};

static const struct option lost_options[] = {{"why", required_argument, NULL, OPTION_WHY},
                                             {"undo", no_argument, NULL, OPTION_UNDO},
                                             CLI_OPTIONS_JSON,
                                             CLI_OPTIONS_DRY_RUN,
                                             CLI_OPTIONS_COMMON};

struct request {
    struct progress_result result;
    const char *currency;
    bool undo;
};

static int read_amount(struct cli *cli, const char *word, struct request *r)
{
    const char *currency = r->currency ? r->currency : cli->config->currency;
    if (!money_currency(currency))
        return cli_fail(cli, CLI_USAGE, "--currency: not a currency: \"%s\" (such as EUR)",
                        currency);
    int err = money_parse(word, currency, &r->result.amount);
    if (err)
        return cli_fail(cli, CLI_USAGE, "not an amount in %s: \"%s\"%s", currency, word,
                        err == -ERANGE ? " is too much" : " (such as 1200 or 450.50)");
    r->result.currency = currency;
    return CLI_DONE;
}

#define RESULT_SIZE 64

/* "won, GBP 450.00" */
static void result_text(const struct progress_result *result, char ret[RESULT_SIZE])
{
    char sum[MONEY_SIZE] = "";
    if (result->currency)
        money_text(result->amount, result->currency, sum);
    snprintf(ret, RESULT_SIZE, "%s%s%s", result->won ? "won" : "lost", sum[0] ? ", " : "", sum);
}

/* What the newest result took the place of; "" where it is one more. */
static int find_replaced(const struct cli *cli, int64_t thread, char ret[RESULT_SIZE])
{
    struct store_rows *rows;
    struct result_row row, before = {.counts = true};
    int err = result_list(cli->store, thread, &rows);
    ret[0] = '\0';
    if (err)
        return err;
    while (result_next(rows, &row) > 0) {
        if (before.counts)
            ret[0] = '\0';
        else
            result_text(&before.result, ret);
        before = row;
    }
    store_rows_free(rows);
    return 0;
}

static void say(const struct cli *cli, int64_t thread, const struct request *r, int changed,
                const char *replaced)
{
    char who[SHOW_WHO_SIZE], result[RESULT_SIZE];
    const char *would = cli->dry_run ? "would be " : "";
    show_person(cli, thread, who);
    result_text(&r->result, result);
    if (r->undo)
        cli_say(cli, "%s: %s%s", who, changed ? would : "",
                changed ? "taken back" : "nothing to take back");
    else
        cli_say(cli, "%s: job %s%s%s%s%s", who, would, result, replaced[0] ? " (no longer " : "",
                replaced, replaced[0] ? ")" : "");
}

static int record(struct cli *cli, const char *word, const struct request *r)
{
    struct wall now = cli->out.now.wall;
    struct person person;
    char replaced[RESULT_SIZE] = "";
    int code = person_begin(cli, word, &person);
    if (code)
        return code;
    int64_t thread = person.thread;
    int changed = r->undo ? progress_undo(cli->store, thread, now)
                          : progress_result(cli->store, thread, &r->result, now);
    int err = changed < 0 || r->undo ? changed : find_replaced(cli, thread, replaced);
    if ((code = cli_commit(cli, err)))
        return code;
    if (cli->json)
        return show_thread_document(cli, thread);
    say(cli, thread, r, changed, replaced);
    return CLI_DONE;
}

static int run(struct cli *cli, int argc, char **argv, const char *usage, bool won)
{
    struct request r = {.result.won = won};
    struct person person;
    int code;
    const struct option *options = won ? won_options : lost_options;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_WHY)
            r.result.why = optarg[0] ? optarg : NULL;
        else if (c == OPTION_UNDO)
            r.undo = true;
        else if (c == OPTION_CURRENCY)
            r.currency = optarg;
        else
            return cli->exit;
    }
    if (r.result.why && (code = read_check(cli, "reason", WHY_MAX, r.result.why)))
        return code;
    if ((code = cli_operands(cli, argc, argv, 1, won && !r.undo ? "PERSON AMOUNT" : "PERSON")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = person_find(cli, argv[optind], PERSON_THREAD, &person)))
        return code;
    if (argc - optind == 2 && (code = read_amount(cli, argv[optind + 1], &r)))
        return code;
    return record(cli, argv[optind], &r);
}

int cmd_won(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, won_usage, true);
}

int cmd_lost(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, lost_usage, false);
}
