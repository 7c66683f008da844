#include "cli/cli.h"
#include "cli/show.h"
#include "store/people.h"

static const char pause_usage[] =
    "usage: textback pause [DURATION] [--hard] [--dry-run] [--json]\n\n"
    "No automatic texts for a DURATION such as 30m, 2h or 1d, else until `textback resume`.\n"
    "Calls are still noted, texts still received.\n\n"
    "      --hard         send nothing at all, not even your own texts\n"
    "      --json         {\"v\":1,\"paused\":{...},\"changed\":true,\"dry_run\":false}\n"
    "  -n, --dry-run      say what would be done\n";

static const char resume_usage[] =
    "usage: textback resume [--dry-run] [--json]\n\n"
    "Ends a pause: what waited is sent, unless it is too old by now.\n\n"
    "      --json         {\"v\":1,\"paused\":null,\"changed\":true,\"dry_run\":false}\n"
    "  -n, --dry-run      say what would be done\n";

enum { OPTION_HARD = CLI_OPTION_OWN };

static const struct option pause_options[] = {{"hard", no_argument, NULL, OPTION_HARD},
                                              CLI_OPTIONS_JSON,
                                              CLI_OPTIONS_DRY_RUN,
                                              CLI_OPTIONS_COMMON};
static const struct option resume_options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN,
                                               CLI_OPTIONS_COMMON};

static void print_json(const struct cli *cli, const struct pause *pause, bool changed)
{
    struct json j;
    output_json_begin(&j);
    show_pause_json(&j, pause);
    json_key_bool(&j, "changed", changed);
    json_key_bool(&j, "dry_run", cli->dry_run);
    output_json_end(&j);
}

/* `until` 0 resumes. */
static int set(struct cli *cli, struct wall until, bool hard, struct pause *ret_before)
{
    int code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING);
    if (code)
        return code;
    int err = cli_begin(cli);
    if (err == 0)
        err = pause_get(cli->store, cli->out.now.wall, ret_before);
    if (err == 0)
        err = pause_set(cli->store, until, hard, cli->out.now.wall);
    if (err == 0 && !cli->dry_run)
        err = store_commit(cli->store);
    if (err)
        code = cli_store_fail(cli, err);
    cli_end(cli);
    if (code == CLI_DONE && !cli->dry_run)
        cli_written(cli);
    return code;
}

int cmd_pause(struct cli *cli, int argc, char **argv)
{
    struct wall until = {INT64_MAX};
    struct pause before;
    char when[OUTPUT_TIME_SIZE] = "`textback resume`";
    bool hard = false;
    int64_t ms;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, pause_options, pause_usage)) != -1;) {
        if (c != OPTION_HARD)
            return cli->exit;
        hard = true;
    }
    if (argc - optind > 1)
        return cli_operands(cli, argc, argv, 0, "DURATION");
    if (optind < argc) {
        if (duration_parse(argv[optind], &ms))
            return cli_fail(cli, CLI_USAGE, "not a duration: \"%s\" (such as 30m, 2h, 1d)",
                            argv[optind]);
        if (ms < 1000)
            return cli_fail(cli, CLI_USAGE,
                            "too short: \"%s\" (at least 1s; textback resume ends a pause)",
                            argv[optind]);
        until.s = cli->out.now.wall.s + ms / 1000;
    }
    if ((code = set(cli, until, hard, &before)))
        return code;
    if (until.s != INT64_MAX)
        output_time(&cli->out, until, when);
    if (cli->json)
        print_json(cli, &(struct pause){.until = until, .hard = hard},
                   before.until.s != until.s || before.hard != hard);
    else
        cli_say(cli, "%s %spaused until %s", hard ? "all texts" : "automatic texts",
                cli->dry_run ? "would be " : "", when);
    return CLI_DONE;
}

int cmd_resume(struct cli *cli, int argc, char **argv)
{
    struct pause before;
    int code;
    if (cli_option(cli, argc, argv, resume_options, resume_usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = set(cli, (struct wall){0}, false, &before)))
        return code;
    bool stopped = before.until.s != 0 || before.stopped.s != 0;
    if (cli->json)
        print_json(cli, &(struct pause){0}, stopped);
    else if (!stopped)
        cli_say(cli, "nothing was paused");
    else
        cli_say(cli, "%s", cli->dry_run ? "texts would be sent again" : "texts are sent again");
    return CLI_DONE;
}
