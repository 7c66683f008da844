#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/elements.h"
#include "store/import.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: textback import FILE [--dry-run] [--json]\n\n"
    "Takes over the history that textback export has written on another box: all of it or, where "
    "one\n"
    "row makes no sense, nothing.  What is here already is recognised.  - reads standard input.  "
    "The\n"
    "daemon must not run.\n\n"
    "      --json         {\"v\":1,\"taken\":{\"calls\":9,...},\"known\":{\"calls\":0,...}}\n"
    "  -n, --dry-run      say what would be taken over\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN, CLI_OPTIONS_COMMON};

struct job {
    struct cli *cli;
    const char *name; /* of the file, for messages */
    FILE *from;
    struct import *import;
    int taken[DUMP_TABLES], known[DUMP_TABLES];
};

/* Returns an exit status. */
static int take(struct job *job, const struct elements *e)
{
    enum dump_table table;
    if (!dump_named(e->key, strlen(e->key), &table) || table == DUMP_RULES)
        return cli_fail(job->cli, CLI_FAILED, "%s:%d: \"%s\" is no table of textback export",
                        job->name, e->begun, e->key);
    int taken = import_row(job->import, table, e->buf);
    if (taken == -EINVAL)
        return cli_fail(job->cli, CLI_FAILED, "%s:%d: %s: %s", job->name, e->begun, e->key,
                        import_error(job->import));
    if (taken < 0)
        return cli_store_fail(job->cli, taken);
    *(taken ? &job->taken[table] : &job->known[table]) += 1;
    return CLI_DONE;
}

static int read_document(struct job *job)
{
    char *buf = cli_alloc(ELEMENT_MAX + 1, 1);
    struct elements e;
    const char *why = "";
    int c, code = CLI_DONE;
    elements_init(&e, buf);
    while (code == CLI_DONE && (c = getc(job->from)) != EOF) {
        int complete = c == '\0' ? -EINVAL : elements_feed(&e, (char)c, &why);
        if (complete < 0)
            code = cli_fail(job->cli, CLI_FAILED, "%s:%d: expected %s", job->name, e.line,
                            c == '\0' ? "text" : why);
        else if (complete > 0)
            code = take(job, &e);
    }
    if (code == CLI_DONE && ferror(job->from))
        code = cli_fail(job->cli, CLI_FAILED, "%s: %s", job->name, strerror(errno));
    else if (code == CLI_DONE && e.state != ELEMENTS_END)
        code = cli_fail(job->cli, CLI_FAILED, "%s:%d: the end is missing", job->name, e.line);
    free(buf);
    return code;
}

static void print_counts(struct json *j, const char *key, const int *counts)
{
    json_key(j, key);
    json_object(j);
    for (enum dump_table table = DUMP_CALLS; table < DUMP_RULES; table++)
        json_key_i64(j, dump_name(table), counts[table]);
    json_object_end(j);
}

static void tell(const struct job *job)
{
    struct json j;
    int known = 0;
    if (job->cli->json) {
        output_json_begin(&j);
        print_counts(&j, "taken", job->taken);
        print_counts(&j, "known", job->known);
        output_json_end(&j);
        return;
    }
    for (enum dump_table table = DUMP_CALLS; table < DUMP_EVENTS; table++)
        known += job->known[table];
    cli_say(job->cli,
            "%s%d calls, %d texts, %d threads, %d notes, %d results, %d opt-outs; %d here already",
            job->cli->dry_run ? "would take over " : "", job->taken[DUMP_CALLS],
            job->taken[DUMP_MESSAGES], job->taken[DUMP_THREADS], job->taken[DUMP_NOTES],
            job->taken[DUMP_RESULTS], job->taken[DUMP_OPT_OUTS] + job->taken[DUMP_FORGOTTEN],
            known);
    if (job->known[DUMP_EVENTS] + job->known[DUMP_FOLLOW_UPS] > 0)
        cli_note(job->cli, "not taken over: %d events, %d follow-ups, which are of the other box",
                 job->known[DUMP_EVENTS], job->known[DUMP_FOLLOW_UPS]);
}

static int run(struct job *job)
{
    struct cli *cli = job->cli;
    int err = import_begin(cli->store, cli->out.now.wall, &job->import);
    if (err < 0)
        return cli_store_fail(cli, err);
    int code = read_document(job);
    err = import_end(job->import, code == CLI_DONE && !cli->dry_run);
    if (err < 0)
        return cli_store_fail(cli, err);
    if (code)
        return code;
    if (!cli->dry_run)
        cli_done(cli, CLI_DONE, NULL);
    tell(job);
    return CLI_DONE;
}

int cmd_import(struct cli *cli, int argc, char **argv)
{
    struct job job = {.cli = cli};
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 1, "FILE")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, cli->dry_run ? STORE_EXISTING : STORE_CREATE)))
        return code;
    int err = store_claim(cli->store); /* one long transaction: no call could be written */
    if (err == -EALREADY)
        return cli_fail(cli, CLI_DATABASE,
                        "the daemon works on the database: stop it first (sudo systemctl stop "
                        "textback)");
    if (err)
        return cli_fail(cli, CLI_DATABASE, "the database cannot be claimed: %s", strerror(-err));
    bool standard = strcmp(argv[optind], "-") == 0;
    job.name = standard ? "standard input" : argv[optind];
    job.from = standard ? stdin : fopen(job.name, "re");
    if (!job.from)
        return cli_fail(cli, CLI_FAILED, "%s: %s", job.name, strerror(errno));
    code = run(&job);
    if (!standard)
        fclose(job.from);
    return code;
}
