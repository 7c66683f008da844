#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "store/progress.h"
#include <stdlib.h>

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

/* All or none, in the transaction that has been begun. Returns CLI_DONE, or another code after
 * telling. */
static int change(struct cli *cli, char **words, struct person *people, int *changed, size_t count,
                  action *act, bool done)
{
    int err = 0, code = CLI_DONE;
    for (size_t i = 0; i < count; i++)
        if ((code = person_find(cli, words[i], PERSON_THREAD, &people[i])))
            return code;
    for (size_t i = 0; err >= 0 && i < count; i++)
        err = changed[i] = act(cli->store, people[i].thread, cli->out.now.wall);
    if (err >= 0 && !cli->dry_run && (err = store_commit(cli->store)) == 0)
        cli_written(cli);
    for (size_t i = 0; err >= 0 && !cli->json && i < count; i++)
        say(cli, &people[i], changed[i], done);
    if (err >= 0 && cli->json) /* of a dry run before it is taken back */
        err = show_threads_document(cli, people, count);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

static int run(struct cli *cli, int argc, char **argv, const char *usage, action *act, bool done)
{
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if (optind >= argc)
        return cli_operands(cli, argc, argv, 1, "PERSON");
    if ((code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    int err = cli_begin(cli);
    if (err)
        return cli_store_fail(cli, err);
    size_t count = (size_t)(argc - optind);
    struct person *people = cli_alloc(count, sizeof(*people));
    int *changed = cli_alloc(count, sizeof(*changed));
    code = change(cli, argv + optind, people, changed, count, act, done);
    cli_end(cli);
    free(changed);
    free(people);
    return code;
}

int cmd_done(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, done_usage, progress_done, true);
}

int cmd_reopen(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, reopen_usage, progress_reopen, false);
}
