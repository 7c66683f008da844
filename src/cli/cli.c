#include "cli/cli.h"
#include "base/nearest.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/version.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(struct cli *cli, int argc, char **argv);
    const char *help;
} commands[] = {
    {"run", cmd_run, "the daemon, in the foreground"},
    {"demo", cmd_demo, "see it work, without a modem"},
    {"setup", cmd_setup, "a guided first run"},
    {"doctor", cmd_doctor, "what is wrong, and what mends it"},
    {"check", cmd_check, "is the configuration right?"},
    {"status", cmd_status, "lines, queue, today and who waits"},
    {"calls", cmd_calls, "calls, and what became of them"},
    {"why", cmd_why, "why a caller was texted, or was not"},
    {"inbox", cmd_inbox, "conversations, longest waiting first"},
    {"thread", cmd_thread, "the calls and texts of one person"},
    {"lead", cmd_lead, "take in a web form, and answer it by text"},
    {"send", cmd_send, "text somebody"},
    {"reply", cmd_reply, "text somebody who called or texted"},
    {"done", cmd_done, "take conversations out of the inbox"},
    {"reopen", cmd_reopen, "put them back"},
    {"snooze", cmd_snooze, "take one out of the inbox until later"},
    {"note", cmd_note, "keep a private note with a conversation"},
    {"label", cmd_label, "put labels on conversations"},
    {"won", cmd_won, "the job is booked"},
    {"lost", cmd_lost, "there will be no job"},
    {"search", cmd_search, "find words in texts, notes and names"},
    {"contact", cmd_contact, "names: list, set, merge, import, export"},
    {"follow-up", cmd_follow_up, "texts planned for those who do not answer"},
    {"queue", cmd_queue, "texts that wait to be sent"},
    {"optout", cmd_optout, "who must not be texted any more"},
    {"skip", cmd_skip, "who is not texted automatically"},
    {"block", cmd_block, "never text this person"},
    {"unblock", cmd_unblock, "take a block back"},
    {"pause", cmd_pause, "no automatic texts for a while"},
    {"resume", cmd_resume, "end a pause"},
    {"away", cmd_away, "callers get the away text"},
    {"back", cmd_back, "end being away"},
    {"hours", cmd_hours, "open now? and what would a caller get?"},
    {"simulate", cmd_simulate, "which callers another configuration would have texted"},
    {"template", cmd_template, "the texts: list, lint, render"},
    {"stats", cmd_stats, "what became of the calls"},
    {"roi", cmd_roi, "what the texts brought, step by step"},
    {"report", cmd_report, "the figures as a page with charts"},
    {"audit", cmd_audit, "all that is kept about one person"},
    {"forget", cmd_forget, "remove a person for good"},
    {"export", cmd_export, "everything as JSON or CSV"},
    {"import", cmd_import, "take over what export wrote"},
    {"backup", cmd_backup, "copy the database while it is used"},
    {"db", cmd_db, "is the database sound? remove what is old"},
    {"events", cmd_events, "everything that happened, as JSON lines"},
    {"completion", cmd_completion, "make the shell complete commands, options and names"},
    {"modem", cmd_modem, "the modems: which there are, and what they say"},
    {"pdu", cmd_pdu, "read and write SMS PDUs"},
};
#define OPTIONS_MAX 32 /* of a command */
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct option common_options[] = {{"config", required_argument, NULL, 'c'},
                                               {"db", required_argument, NULL, 'd'},
                                               {"quiet", no_argument, NULL, 'q'},
                                               {"verbose", no_argument, NULL, 'v'},
                                               {"help", no_argument, NULL, 'h'},
                                               {"version", no_argument, NULL, 'V'},
                                               {NULL, 0, NULL, 0}};
static const struct option general_options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_DRY_RUN,
                                                CLI_OPTIONS_YES, CLI_OPTIONS_COMMON};

static const char common_usage[] =
    "  -c, --config FILE  the configuration\n"
    "  -d, --db FILE      the database, instead of the configured one\n"
    "  -q, --quiet        only errors\n"
    "  -v, --verbose      say which files are used\n"
    "  -h, --help         this\n"
    "  -V, --version      the version\n";

static void print_help(const struct output *out, const char *usage)
{
    help_print(out, usage);
    puts("\nOf every command:");
    help_print(out, common_usage);
}

static void print_general_help(FILE *to)
{
    fprintf(to, "usage: textback COMMAND [ARGUMENTS] [OPTIONS]\n\n"
                "A missed call becomes a text, and the answer a conversation.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(to,
            "\nOptions of every command:\n%s"
            "and where they make sense:\n"
            "      --json         one JSON document instead of a screen\n"
            "  -n, --dry-run      say what would be done, do nothing\n"
            "  -y, --yes          do not ask\n\n"
            "`textback COMMAND --help` tells more, textback(1) all.\n",
            common_usage);
}

void cli_init(struct cli *cli)
{
    *cli = (struct cli){0};
    output_init(&cli->out);
}

void cli_free(struct cli *cli)
{
    store_free(cli->store);
    free(cli->config);
    output_free(&cli->out);
    cli->store = NULL;
    cli->config = NULL;
}

static int unknown_long_option(const struct cli *cli, const char *word,
                               const struct option *options)
{
    const char *names[OPTIONS_MAX + 1];
    size_t n = 0;
    for (; options[n].name && n < OPTIONS_MAX; n++)
        names[n] = options[n].name;
    names[n] = NULL;
    const char *nearest = nearest_word(word + 2, names);
    if (nearest)
        return cli_fail(cli, CLI_USAGE, "unknown option: %s (did you mean --%s?)", word, nearest);
    return cli_fail(cli, CLI_USAGE, "unknown option: %s (see textback%s%s --help)", word,
                    cli->command ? " " : "", cli->command ? cli->command : "");
}

/* Tells why getopt_long() stopped. It leaves 0 in `optopt` for a long option that it does not know,
 * else the letter or the value from the table. */
static int tell_option(const struct cli *cli, int c, char **argv, const struct option *options)
{
    if (c == ':')
        return cli_fail(cli, CLI_USAGE, "%s needs a value", argv[optind - 1]);
    if (optopt == 0)
        return unknown_long_option(cli, argv[optind - 1], options);
    for (const struct option *o = options; o->name; o++) {
        if (o->val == optopt)
            return cli_fail(cli, CLI_USAGE, "--%s takes no value", o->name);
    }
    if (!cli->command)
        return cli_fail(cli, CLI_USAGE, "unknown option: -%c", optopt);
    return cli_fail(cli, CLI_USAGE, "unknown option: -%c (an argument with a - goes behind --)",
                    optopt);
}

/* Notes a shared option. Returns false for one that is the command's own. */
static bool take_shared(struct cli *cli, int c, const char *usage)
{
    switch (c) {
    case 'c':
        cli->config_path = optarg;
        return true;
    case 'd':
        cli->db_path = optarg;
        return true;
    case 'q':
        cli->quiet = true;
        return true;
    case 'v':
        cli->verbose = true;
        return true;
    case 'n':
        cli->dry_run = true;
        return true;
    case 'y':
        cli->yes = true;
        return true;
    case CLI_OPTION_JSON:
        cli->json = true;
        return true;
    case 'h':
        if (usage)
            print_help(&cli->out, usage);
        else
            print_general_help(stdout);
        return true;
    case 'V':
        puts("textback " TEXTBACK_VERSION);
        return true;
    default:
        return false;
    }
}

/* What `options` and then the common ones say. */
static void options_join(const struct option *options, struct option ret[OPTIONS_MAX + 1])
{
    size_t n = 0;
    for (const struct option *o = options; o->name; o++) {
        assert(n < OPTIONS_MAX);
        ret[n++] = *o;
    }
    assert(n + sizeof(common_options) / sizeof(common_options[0]) <= OPTIONS_MAX + 1);
    memcpy(ret + n, common_options, sizeof(common_options));
}

static int take_option(struct cli *cli, int argc, char **argv, const struct option *own,
                       const char *usage, const char *start)
{
    struct option options[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 3]; /* "+:", and each with its colon */
    struct text text;
    options_join(own, options);
    text_init(&text, letters, sizeof(letters));
    text_add(&text, start);
    for (const struct option *o = options; o->name; o++) {
        if (o->val < CLI_OPTION_STOP)
            text_addf(&text, "%c%s", o->val, o->has_arg == required_argument ? ":" : "");
    }
    assert(text_ok(&text));
    opterr = 0;
    for (;;) {
        int c = getopt_long(argc, argv, letters, options, NULL);
        if (c == '?' || c == ':') {
            cli->exit = tell_option(cli, c, argv, options);
            return CLI_OPTION_STOP;
        }
        if (c == -1 || !take_shared(cli, c, usage))
            return c;
        if (c == 'h' || c == 'V') {
            cli->exit = CLI_DONE;
            return CLI_OPTION_STOP;
        }
    }
}

bool cli_command(size_t i, const char **ret_name, const char **ret_help)
{
    if (i >= COMMAND_COUNT)
        return false;
    *ret_name = commands[i].name;
    *ret_help = commands[i].help;
    return true;
}

int cli_option(struct cli *cli, int argc, char **argv, const struct option *options,
               const char *usage)
{
    if (cli->list_options) {
        struct option all[OPTIONS_MAX + 1];
        options_join(options, all);
        for (const struct option *o = all; o->name; o++)
            printf("--%s\n", o->name);
        cli->exit = CLI_DONE;
        return CLI_OPTION_STOP;
    }
    return take_option(cli, argc, argv, options, usage, ":");
}

int cli_operands(struct cli *cli, int argc, char **argv, int min, const char *names)
{
    int given = argc - optind, n = 0;
    for (const char *name = names; *name; n++) {
        size_t len = strcspn(name, " ");
        if (n == given && n < min)
            return cli_fail(cli, CLI_USAGE, "%.*s is missing (see textback %s --help)", (int)len,
                            name, cli->command);
        name += len + strspn(name + len, " ");
    }
    if (given > n)
        return cli_fail(cli, CLI_USAGE, "one argument too many: \"%s\"", argv[optind + n]);
    return CLI_DONE;
}

int cli_count(const struct cli *cli, const char *option, const char *text, int max, int *ret)
{
    int64_t value;
    if (!text)
        return CLI_DONE;
    if (text_to_i64(text, strlen(text), 1, max, &value))
        return cli_fail(cli, CLI_USAGE, "%s: \"%s\" is not a number from 1 to %d", option, text,
                        max);
    *ret = (int)value;
    return CLI_DONE;
}

static int unknown_command(struct cli *cli, const char *word)
{
    const char *words[COMMAND_COUNT + 1];
    char suggestion[CLI_SUGGESTION_MAX];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        words[i] = commands[i].name;
    words[COMMAND_COUNT] = NULL;
    cli_suggest(word, words, suggestion);
    return cli_fail(cli, CLI_USAGE, "unknown command: \"%s\"%s", word,
                    suggestion[0] ? suggestion : " (textback --help lists them)");
}

int cli_run(struct cli *cli, int argc, char **argv)
{
    assert(argc > 0);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[0], commands[i].name) == 0) {
            cli->command = commands[i].name;
            optind = 0; /* glibc: start anew */
            return commands[i].run(cli, argc, argv);
        }
    }
    return unknown_command(cli, argv[0]);
}

/* The exit status in the end, `err` that of standard output. */
static int settle(const struct cli *cli, int code, int err)
{
    bool lost = err && err != -EPIPE; /* a reader that has seen enough is no failure */
    bool failed = code == CLI_FAILED || code == CLI_DATABASE;
    int pager = cli->out.pager_exit;
    if (lost)
        cli_fail(cli, CLI_FAILED, "standard output: %s%s%s", strerror(-err),
                 cli->done[0] ? "; " : "", cli->done);
    else if (pager)
        cli_fail(cli, CLI_FAILED, "the pager failed (exit status %d): %s", pager, output_pager());
    else if (failed && cli->done[0])
        cli_fail(cli, CLI_FAILED, "all the same %s", cli->done);
    if (cli->done[0])
        return failed ? cli->done_exit : code;
    return lost || pager ? CLI_FAILED : code;
}

int cli_main(int argc, char **argv)
{
    struct cli cli;
    int code;
    cli_init(&cli);
    if (take_option(&cli, argc, argv, general_options, NULL, "+:") == CLI_OPTION_STOP) {
        code = cli.exit;
    } else if (optind >= argc) {
        print_general_help(stderr);
        code = CLI_USAGE;
    } else {
        code = cli_run(&cli, argc - optind, argv + optind);
    }
    code = settle(&cli, code, output_finish(&cli.out));
    cli_free(&cli);
    return code;
}
