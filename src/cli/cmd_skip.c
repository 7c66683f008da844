#include "cli/numbers.h"
#include "store/people.h"

static const char usage[] =
    "usage: textback skip [list] [--json]\n"
    "       textback skip add PERSON [--dry-run] [--json]\n"
    "       textback skip remove PERSON [--dry-run] [--json]\n"
    "       textback skip import [FILE] [--dry-run] [--json]\n"
    "       textback skip export >FILE\n\n"
    "People who are never texted automatically: family, suppliers, the bank.  What you send\n"
    "yourself still goes.  import reads CSV with a column number, or one number a line, from FILE\n"
    "or standard input: all of it, or nothing where a row is wrong.  export prints CSV.\n\n"
    "      --json         {\"v\":1,\"skipped\":[...]}, or what was changed\n"
    "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

static int set(struct store *s, const char *number, bool on, struct wall at)
{
    return on ? skip_add(s, number, at) : skip_remove(s, number);
}

int cmd_skip(struct cli *cli, int argc, char **argv)
{
    static const struct numbers list = {
        .usage = usage,
        .options = options,
        .yes = "skipped",
        .no = "taken off the skip list",
        .nobody = "nobody is skipped",
        .json_key = "skipped",
        .json_rows = "skipped",
        .list = skip_list,
        .set = set,
    };
    return numbers_run(cli, &list, argc, argv);
}
