#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/when.h"
#include "store/progress.h"

static const char usage[] =
    "usage: textback snooze PERSON TIME [--dry-run] [--json]\n\n"
    "Takes a conversation out of the inbox until TIME, or until they call or text.  TIME is such "
    "as\n"
    "2h, 3d, 16:00, tomorrow, mon, \"fri 8:30\" or 2026-11-30; without a clock time it is 8:00.\n\n"
    "      --json         {\"v\":1,\"thread\":{...}}\n"
    "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

/* Returns CLI_DONE, or another code after telling. */
static int snooze(struct cli *cli, const char *word, struct wall until, struct person *ret)
{
    int code = person_begin(cli, word, ret);
    if (code)
        return code;
    return cli_commit(cli, progress_snooze(cli->store, ret->thread, until, cli->out.now.wall));
}

int cmd_snooze(struct cli *cli, int argc, char **argv)
{
    struct person person;
    struct wall until;
    char who[SHOW_WHO_SIZE], when[OUTPUT_TIME_SIZE];
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 2, "PERSON TIME")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = person_find(cli, argv[optind], PERSON_THREAD, &person)) ||
        (code = when_future(cli, "TIME", argv[optind + 1], &until)) ||
        (!cli->dry_run && (code = snooze(cli, argv[optind], until, &person))))
        return code;
    if (cli->json)
        return show_thread_document(cli, person.thread);
    show_person(cli, person.thread, who);
    output_time(&cli->out, until, when);
    cli_say(cli, "%s %ssnoozed until %s", who, cli->dry_run ? "would be " : "", when);
    return CLI_DONE;
}
