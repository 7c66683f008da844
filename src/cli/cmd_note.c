#include "cli/cli.h"
#include "cli/person.h"
#include "cli/read.h"
#include "cli/show.h"
#include "store/progress.h"
#include <stdlib.h>
#include <string.h>

#define NOTE_MAX 10000 /* octets */

static const char usage[] =
    "usage: textback note PERSON TEXT [--json]\n\n"
    "Keeps a private note with a conversation: it is shown in the thread and found by search, and\n"
    "never sent.  TEXT - reads it from standard input.\n\n"
    "      --json         {\"v\":1,\"thread\":{...}}\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

static int add(struct cli *cli, const char *word, const char *text)
{
    struct person person;
    char who[SHOW_WHO_SIZE];
    int64_t id;
    int code = read_check(cli, "note", NOTE_MAX, text);
    if (code || (code = person_begin(cli, word, &person)))
        return code;
    code = cli_commit(cli, progress_note(cli->store, person.thread, text, cli->out.now.wall, &id));
    if (code)
        return code;
    if (cli->json)
        return show_thread_document(cli, person.thread);
    show_person(cli, person.thread, who);
    cli_say(cli, "noted for %s", who);
    return CLI_DONE;
}

int cmd_note(struct cli *cli, int argc, char **argv)
{
    struct person person;
    char *input = NULL;
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 2, "PERSON TEXT")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = person_find(cli, argv[optind], PERSON_THREAD, &person))) /* before it is written */
        return code;
    if (strcmp(argv[optind + 1], "-") == 0)
        code = read_stdin(cli, "note", NOTE_MAX, &input);
    if (code == CLI_DONE)
        code = add(cli, argv[optind], input ? input : argv[optind + 1]);
    free(input);
    return code;
}
