#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "store/progress.h"
#include <inttypes.h>

static const char done_usage[] =
    "usage: textback done PERSON... [--dry-run] [--json]\n\n"
    "Takes conversations out of the inbox; automatic texts that still wait are cancelled.  A call "
    "or\n"
    "a text from them brings one back, and so does textback reopen.\n\n"
    "      --json         {\"v\":1,\"threads\":[...]}\n"
    "  -n, --dry-run      say what would be done\n";

static const char reopen_usage[] = "usage: textback reopen PERSON... [--dry-run] [--json]\n\n"
                                   "Puts conversations back into the inbox.\n\n"
                                   "      --json         {\"v\":1,\"threads\":[...]}\n"
                                   "  -n, --dry-run      say what would be done\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

typedef int action(struct store *s, int64_t thread, struct wall at);

static void say(const struct cli *cli, const struct person *person, int changed, bool done)
{
    char who[SHOW_WHO_SIZE];
    show_person(cli, person->thread, who);
    if (changed)
        cli_say(cli, "%s %s%s", who, cli->dry_run ? "would be " : "", done ? "done" : "open again");
    else
        cli_say(cli, "%s was %s already", who, done ? "done" : "open");
}

/* All or none: every word is looked up before the first row is written. */
static int run(struct cli *cli, int argc, char **argv, const char *usage, action *act, bool done)
{
    struct person person;
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if (optind >= argc)
        return cli_operands(cli, argc, argv, 1, "PERSON");
    if ((code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    for (int i = optind; i < argc; i++) {
        if ((code = person_find(cli, argv[i], PERSON_THREAD, &person)))
            return code;
    }
    int err = store_begin(cli->store);
    if (err)
        return cli_store_fail(cli, err);
    for (int i = optind; code == CLI_DONE && err >= 0 && i < argc; i++) {
        if ((code = person_find(cli, argv[i], PERSON_THREAD, &person)) == CLI_DONE &&
            (err = act(cli->store, person.thread, cli->out.now.wall)) >= 0 && !cli->json)
            say(cli, &person, err, done);
    }
    if (code == CLI_DONE && err >= 0 && !cli->dry_run && (err = store_commit(cli->store)) == 0)
        cli_written(cli);
    if (code == CLI_DONE && err >= 0 && cli->json)
        err = show_threads_document(cli, argc - optind, argv + optind);
    store_rollback(cli->store);
    return err < 0 ? cli_store_fail(cli, err) : code;
}

int cmd_done(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, done_usage, progress_done, true);
}

int cmd_reopen(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, reopen_usage, progress_reopen, false);
}
