#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/person.h"
#include "cli/show.h"
#include "store/keep.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRUNE_ROWS 10000 /* of each table in one transaction: the daemon waits no longer */

static const char backup_usage[] =
    "usage: textback backup FILE\n\n"
    "Copies the database to a new FILE while everything goes on, and looks whether the copy is "
    "sound.\n"
    "To go back to it: stop the daemon and all commands, remove DATABASE-wal and DATABASE-shm, "
    "which\n"
    "belong to the old one, and put the copy in its place.\n";

static const char db_usage[] =
    "usage: textback db check [--json]\n"
    "       textback db prune [--dry-run]\n\n"
    "check looks for damage: exit status 8 where there is some.  prune removes what is older than\n"
    "store.keep now.\n\n"
    "      --json         {\"v\":1,\"problems\":[...]}\n"
    "  -n, --dry-run      say from when on everything is kept\n";

static const char forget_usage[] =
    "usage: textback forget PERSON [--yes] [--dry-run]\n\n"
    "Removes a person with all calls, texts, notes and events, and wipes what they took up in the\n"
    "database.  That they opted out, or are blocked or on the skip list, is kept as a salted hash "
    "of "
    "the\n"
    "number, so that they are not texted when they call again.  Copies made by textback backup are "
    "not\n"
    "touched.\n\n"
    "  -n, --dry-run      say what would be removed\n"
    "  -y, --yes          do not ask\n";

static const struct option backup_options[] = {CLI_OPTIONS_COMMON};
static const struct option db_options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN,
                                           CLI_OPTIONS_COMMON};
static const struct option forget_options[] = {CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_YES,
                                               CLI_OPTIONS_COMMON};

int cmd_backup(struct cli *cli, int argc, char **argv)
{
    int code;
    if (cli_option(cli, argc, argv, backup_options, backup_usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 1, "FILE")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    if (!argv[optind][0])
        return cli_fail(cli, CLI_USAGE, "the name of the file is empty");
    int err = keep_backup(cli->store, argv[optind]);
    if (err)
        return cli_fail(cli, err == -EUCLEAN || err == -EBUSY ? CLI_DATABASE : CLI_FAILED, "%s%s",
                        store_error(cli->store),
                        err == -EACCES ? " (sudo textback backup writes anywhere)" : "");
    cli_done(cli, CLI_DONE, "the copy is made");
    cli_say(cli, "copied to %s", argv[optind]);
    return CLI_DONE;
}

static int check(struct cli *cli)
{
    struct store_rows *rows;
    struct json j;
    const char *problem;
    int count = 0;
    int err = keep_check(cli->store, &rows);
    if (err)
        return cli_store_fail(cli, err);
    if (cli->json) {
        output_json_begin(&j);
        json_key(&j, "problems");
        json_array(&j);
    }
    for (; keep_problem_next(rows, &problem) > 0; count++) {
        if (cli->json)
            json_string(&j, problem);
        else
            cli_say(cli, "%s", problem);
    }
    store_rows_free(rows);
    if (cli->json) {
        json_array_end(&j);
        output_json_end(&j);
    } else if (count == 0) {
        cli_say(cli, "the database is sound");
    }
    return count ? cli_fail(cli, CLI_DATABASE, "damaged: go back to a backup") : CLI_DONE;
}

/* That, too, which was removed before, as by `textback forget`. */
static void wipe(struct cli *cli)
{
    if (!cli->dry_run && keep_empty_log(cli->store))
        cli_note(cli, "what was removed is not wiped yet: %s", store_error(cli->store));
}

static int prune(struct cli *cli)
{
    char when[OUTPUT_TIME_SIZE];
    int64_t sum = 0;
    if (cli->config->keep_ms < 0) {
        wipe(cli);
        cli_say(cli, "store.keep is off: everything is kept");
        return CLI_DONE;
    }
    struct wall before = {cli->out.now.wall.s - cli->config->keep_ms / 1000};
    output_time(&cli->out, before, when);
    for (int count = PRUNE_ROWS; !cli->dry_run && count >= PRUNE_ROWS; sum += count) {
        count = keep_prune(cli->store, before, PRUNE_ROWS);
        if (count < 0)
            return cli_store_fail(cli, count);
    }
    if (cli->dry_run) {
        cli_say(cli, "everything since %s would be kept", when);
        return CLI_DONE;
    }
    cli_done(cli, CLI_DONE, NULL);
    wipe(cli);
    cli_say(cli, "%" PRId64 " rows from before %s removed", sum, when);
    return CLI_DONE;
}

int cmd_db(struct cli *cli, int argc, char **argv)
{
    static const char *const words[] = {"check", "prune", NULL};
    int code;
    if (cli_option(cli, argc, argv, db_options, db_usage) != -1)
        return cli->exit;
    if (optind == argc)
        return cli_fail(cli, CLI_USAGE, "check or prune is missing (see textback db --help)");
    const char *what = argv[optind++];
    bool is_check = strcmp(what, "check") == 0;
    if (!is_check && strcmp(what, "prune") != 0)
        return cli_unknown(cli, "unknown word", what, words);
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_store(cli, is_check ? CLI_WANT_CONFIG : CLI_NEED_CONFIG, STORE_EXISTING)))
        return code;
    return is_check ? check(cli) : prune(cli);
}

/* Asks, then looks again: who was joined to somebody meanwhile would be forgotten with all that is
 * that person's. `thread` is the row that they were shown by. Returns CLI_DONE, or another code
 * after telling. */
static int ask_forget(struct cli *cli, const char *word, const struct thread_row *thread,
                      const char *who)
{
    struct person person;
    struct thread_row now;
    const int64_t id = thread->id;
    char *others = cli_copy(thread->others ? thread->others : "");
    int code = CLI_DONE, err = 0;
    if (!cli_agreed(cli, "Remove all calls, texts and notes of %s for good?", who))
        code = cli_fail(cli, CLI_REFUSED, "nothing was removed (--yes removes it)");
    if (code == CLI_DONE && (code = person_find(cli, word, PERSON_THREAD, &person)) == CLI_DONE)
        err = thread_get(cli->store, person.thread, &now);
    if (err)
        code = cli_store_fail(cli, err);
    else if (code == CLI_DONE &&
             (now.id != id || strcmp(now.others ? now.others : "", others) != 0))
        code = cli_fail(cli, CLI_REFUSED, "%s was joined or split meanwhile: nothing was removed",
                        who);
    free(others);
    return code;
}

int cmd_forget(struct cli *cli, int argc, char **argv)
{
    struct person person;
    struct thread_row thread;
    char who[SHOW_WHO_SIZE];
    int code;
    if (cli_option(cli, argc, argv, forget_options, forget_usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 1, "PERSON")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = person_find(cli, argv[optind], PERSON_THREAD, &person)))
        return code;
    int err = thread_get(cli->store, person.thread, &thread);
    if (err)
        return cli_store_fail(cli, err);
    show_who_of(&cli->out, &thread, who);
    if (cli->dry_run) {
        cli_say(cli, "%s would be forgotten: %d calls, %d texts", who, thread.calls,
                thread.messages);
        return CLI_DONE;
    }
    if ((code = ask_forget(cli, argv[optind], &thread, who)))
        return code;
    err = keep_forget(cli->store, person.thread, cli->out.now.wall);
    if (err == -EAGAIN)
        return cli_fail(cli, CLI_REFUSED, "a call or text of theirs is on its way: try again");
    if (err < 0)
        return cli_store_fail(cli, err);
    cli_written(cli);
    if (err > 0) {
        cli_done(cli, CLI_DATABASE, "they are forgotten");
        return cli_fail(cli, CLI_DATABASE,
                        "another program reads the database as it was: what was removed stays in "
                        "%s-wal until textback db prune wipes it",
                        cli_store_path(cli));
    }
    cli_say(cli, "%s forgotten", who);
    return CLI_DONE;
}
