#include "cli/cli.h"
#include "store/people.h"

static const char away_usage[] =
    "usage: textback away [DURATION] [--dry-run]\n\n"
    "Callers get the away text for a DURATION such as 2h or 3d, else until `textback back`.\n\n"
    "  -n, --dry-run      say what would be done\n";

static const char back_usage[] = "usage: textback back [--dry-run]\n\n"
                                 "Ends being away: callers get the usual texts again.\n\n"
                                 "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static int set(struct cli *cli, struct wall until)
{
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code || cli->dry_run)
        return code;
    int err = away_set(cli->store, until);
    if (err)
        return cli_store_fail(cli, err);
    cli_done(cli, CLI_DONE, NULL);
    return CLI_DONE;
}

int cmd_away(struct cli *cli, int argc, char **argv)
{
    struct wall until = {INT64_MAX};
    char when[OUTPUT_TIME_SIZE] = "`textback back`";
    int64_t ms;
    if (cli_option(cli, argc, argv, options, away_usage) != -1)
        return cli->exit;
    if (argc - optind > 1)
        return cli_operands(cli, argc, argv, 0, "DURATION");
    if (optind < argc) {
        if (duration_parse(argv[optind], &ms) || ms < 60000)
            return cli_fail(cli, CLI_USAGE, "not a duration: \"%s\" (such as 30m, 2h, 3d)",
                            argv[optind]);
        until.s = cli->out.now.wall.s + ms / 1000;
    }
    int code = set(cli, until);
    if (code)
        return code;
    if (until.s != INT64_MAX)
        output_time(&cli->out, until, when);
    cli_say(cli, "%saway until %s", cli->dry_run ? "would be " : "", when);
    return CLI_DONE;
}

int cmd_back(struct cli *cli, int argc, char **argv)
{
    int code;
    if (cli_option(cli, argc, argv, options, back_usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")) || (code = set(cli, (struct wall){0})))
        return code;
    cli_say(cli, "%sback", cli->dry_run ? "would be " : "");
    return CLI_DONE;
}
