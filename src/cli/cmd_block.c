#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
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
    struct person person;
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    enum store_mode mode = blocked && !cli->dry_run ? STORE_CREATE : STORE_EXISTING;
    if ((code = cli_operands(cli, argc, argv, 1, "PERSON")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, mode)) ||
        (code = person_find(cli, argv[optind], PERSON_SMS, &person)))
        return code;
    int changed = store_begin(cli->store);
    if (changed == 0)
        changed = person_block(cli->store, person.number, blocked, cli->out.now.wall);
    int err = changed < 0 || cli->dry_run ? changed : store_commit(cli->store);
    store_rollback(cli->store);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (!cli->dry_run)
        cli_wake_daemon(cli);
    if (cli->json)
        show_change_json(cli, person.number, "blocked", blocked, changed > 0);
    else if (changed == 0)
        cli_say(cli, "%s %s", person.number, blocked ? "was blocked already" : "was not blocked");
    else
        cli_say(cli, "%s %s%s", person.number, cli->dry_run ? "would be " : "",
                blocked ? "blocked" : "unblocked");
    return CLI_DONE;
}

int cmd_block(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, block_usage, true);
}

int cmd_unblock(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, unblock_usage, false);
}
