#include "cli/numbers.h"
#include "store/people.h"

static const char usage[] =
    "usage: textback optout [list] [--json]\n"
    "       textback optout add PERSON [--dry-run] [--json]\n"
    "       textback optout remove PERSON [--yes] [--dry-run] [--json]\n"
    "       textback optout import [FILE] [--dry-run] [--json]\n"
    "       textback optout export >FILE\n\n"
    "Who asked not to be texted: nothing is sent to them, and what waits is cancelled.  Remove\n"
    "somebody only when they asked for it.  Who perhaps asked gets no automatic text until you "
    "add\n"
    "or remove them.  import reads CSV with a column number, or one number a line, from FILE or\n"
    "standard input: all of it, or nothing where a row is wrong.  export prints CSV.\n\n"
    "      --json         {\"v\":1,\"opt_outs\":[...],\"doubtful\":[...],\"forgotten\":0}\n"
    "  -n, --dry-run      say what would be done\n"
    "  -y, --yes          remove without asking\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_YES,
                                        CLI_OPTIONS_COMMON};

static int set(struct store *s, const char *number, bool on, struct wall at)
{
    return on ? optout_add(s, number, "command", at) : optout_remove(s, number, "command", at);
}

static int may_remove(struct cli *cli, const char *number)
{
    struct person_facts facts;
    int err = person_facts(cli->store, number, &facts);
    if (err)
        return cli_store_fail(cli, err);
    if (facts.opted_out && !cli->dry_run &&
        !cli_agreed(cli, "%s asked not to be texted. Did they ask to be texted again?", number))
        return cli_fail(cli, CLI_REFUSED,
                        "%s asked not to be texted: nothing was changed (--yes changes it)",
                        number);
    return CLI_DONE;
}

int cmd_optout(struct cli *cli, int argc, char **argv)
{
    static const struct numbers list = {
        .usage = usage,
        .options = options,
        .yes = "opted out",
        .no = "taken off the list",
        .nobody = "nobody opted out",
        .json_key = "opted_out",
        .json_rows = "opt_outs",
        .json_maybe = "doubtful",
        .source = true,
        .list = optout_list,
        .maybe = optout_list_doubts,
        .forgotten = forgotten_count,
        .set = set,
        .may_remove = may_remove,
        .heard = optout_heard,
    };
    return numbers_run(cli, &list, argc, argv);
}
