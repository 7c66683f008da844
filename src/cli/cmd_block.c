#include "cli/numbers.h"
#include "store/people.h"

static const char block_usage[] =
    "usage: textback block PERSON [--dry-run] [--json]\n\n"
    "Never texts this person, neither automatically nor by hand; what waits for them is\n"
    "cancelled.  PERSON is a number in any form, a contact's name, a thread (t12), a call\n"
    "(c481) or a text (m77).\n\n"
    "      --json         "
    "{\"v\":1,\"number\":\"...\",\"blocked\":true,\"changed\":true,\"dry_run\":false}\n"
    "  -n, --dry-run      say what would be done\n";

static const char unblock_usage[] =
    "usage: textback unblock PERSON [--dry-run] [--json]\n\n"
    "Takes a block back.\n\n"
    "      --json         "
    "{\"v\":1,\"number\":\"...\",\"blocked\":false,\"changed\":true,"
    "\"dry_run\":false}\n"
    "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static int run(struct cli *cli, int argc, char **argv, const char *usage, bool blocked)
{
    static const struct numbers list = {
        .yes = "blocked", .no = "unblocked", .json_key = "blocked", .set = person_block};
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    int code = cli_operands(cli, argc, argv, 1, "PERSON");
    return code ? code : numbers_change(cli, &list, argv[optind], blocked);
}

int cmd_block(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, block_usage, true);
}

int cmd_unblock(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, unblock_usage, false);
}
