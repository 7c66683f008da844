#include "cli/cli.h"
#include "store/people.h"
#include <stdio.h>

static const char pause_usage[] =
    "usage: textback pause [DURATION] [--hard] [--dry-run]\n\n"
    "No automatic texts for a DURATION such as 30m, 2h or 1d, else until `textback resume`.\n"
    "Calls are still noted, texts still received.\n\n"
    "      --hard         send nothing at all, not even your own texts\n"
    "  -n, --dry-run      say what would be done\n";

static const char resume_usage[] =
    "usage: textback resume [--dry-run]\n\n"
    "Ends a pause: what waited is sent, unless it is too old by now.\n\n"
    "  -n, --dry-run      say what would be done\n";

enum { OPTION_HARD = CLI_OPTION_OWN };

static const struct option pause_options[] = {
    {"hard", no_argument, NULL, OPTION_HARD}, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};
static const struct option resume_options[] = {CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static int set(struct cli *cli, struct wall until, bool hard)
{
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code || cli->dry_run)
        return code;
    int err = store_begin(cli->store);
    if (err == 0)
        err = pause_set(cli->store, until, hard, cli->out.now.wall);
    if (err == 0)
        err = store_commit(cli->store);
    if (err)
        code = cli_store_fail(cli, err);
    store_rollback(cli->store);
    if (code == CLI_DONE)
        cli_wake_daemon(cli);
    return code;
}

int cmd_pause(struct cli *cli, int argc, char **argv)
{
    struct wall until = {INT64_MAX};
    char when[OUTPUT_TIME_SIZE] = "`textback resume`";
    bool hard = false;
    int64_t ms;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, pause_options, pause_usage)) != -1;) {
        if (c != OPTION_HARD)
            return cli->exit;
        hard = true;
    }
    if (argc - optind > 1)
        return cli_operands(cli, argc, argv, 0, "DURATION");
    if (optind < argc) {
        if (duration_parse(argv[optind], &ms) || ms < 1000)
            return cli_fail(cli, CLI_USAGE, "not a duration: \"%s\" (such as 30m, 2h, 1d)",
                            argv[optind]);
        until.s = cli->out.now.wall.s + ms / 1000;
    }
    if ((code = set(cli, until, hard)))
        return code;
    if (until.s != INT64_MAX)
        output_time(&cli->out, until, when);
    cli_say(cli, "%s%s paused until %s", cli->dry_run ? "would do: " : "",
            hard ? "all texts" : "automatic texts", when);
    return CLI_DONE;
}

int cmd_resume(struct cli *cli, int argc, char **argv)
{
    int code;
    if (cli_option(cli, argc, argv, resume_options, resume_usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")) || (code = set(cli, (struct wall){0}, false)))
        return code;
    cli_say(cli, "%stexts are sent again", cli->dry_run ? "would do: " : "");
    return CLI_DONE;
}
