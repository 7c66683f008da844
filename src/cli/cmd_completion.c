#include "base/utf8.h"
#include "cli/cli.h"
#include "policy/template.h"
#include "store/contacts.h"
#include "store/dump.h"
#include "store/threads.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PEOPLE_MAX 500 /* more are no help to anybody */

static const char usage[] =
    "usage: textback completion bash|zsh|fish\n"
    "       textback completion words -- WORD...\n\n"
    "Prints what makes the shell complete commands, options, and the names, threads, calls and "
    "texts\n"
    "that are in the database:\n\n"
    "  bash: source <(textback completion bash)\n"
    "  zsh:  source <(textback completion zsh)\n"
    "  fish: textback completion fish | source\n\n"
    "words prints how the last WORD may go on, one a line with a tab before its meaning.\n";

static const struct option options[] = {CLI_OPTIONS_COMMON};

static const struct script {
    const char *shell, *text;
} scripts[] = {
#include "completion_table.h" /* data/completions */
};

/* What the operands of a command are; the first is the command or its first operand. */
enum operand { PEOPLE, CALLS, TEXTS, TEMPLATES, TABLES };
static const struct rule {
    const char *command, *word; /* `word` NULL: any */
    enum operand operand;
} rules[] = {
    {"thread", NULL, PEOPLE},
    {"send", NULL, PEOPLE},
    {"reply", NULL, PEOPLE},
    {"done", NULL, PEOPLE},
    {"reopen", NULL, PEOPLE},
    {"snooze", NULL, PEOPLE},
    {"note", NULL, PEOPLE},
    {"label", NULL, PEOPLE},
    {"won", NULL, PEOPLE},
    {"lost", NULL, PEOPLE},
    {"block", NULL, PEOPLE},
    {"unblock", NULL, PEOPLE},
    {"audit", NULL, PEOPLE},
    {"forget", NULL, PEOPLE},
    {"why", NULL, CALLS},
    {"optout", "add", PEOPLE},
    {"optout", "remove", PEOPLE},
    {"contact", "show", PEOPLE},
    {"contact", "set", PEOPLE},
    {"contact", "merge", PEOPLE},
    {"contact", "split", PEOPLE},
    {"queue", "cancel", TEXTS},
    {"queue", "hold", TEXTS},
    {"queue", "release", TEXTS},
    {"queue", "retry", TEXTS},
    {"follow-up", "cancel", PEOPLE},
    {"skip", "add", PEOPLE},
    {"skip", "remove", PEOPLE},
    {"template", "render", TEMPLATES},
    {"export", NULL, TABLES},
};

static const struct word {
    const char *command, *word;
} words[] = {
    {"optout", "list"},    {"optout", "add"},       {"optout", "remove"}, {"optout", "import"},
    {"optout", "export"},  {"contact", "list"},     {"contact", "show"},  {"contact", "set"},
    {"contact", "import"}, {"contact", "export"},   {"contact", "merge"}, {"contact", "split"},
    {"queue", "list"},     {"queue", "cancel"},     {"queue", "hold"},    {"queue", "release"},
    {"queue", "retry"},    {"pdu", "decode"},       {"pdu", "encode"},    {"completion", "bash"},
    {"completion", "zsh"}, {"completion", "fish"},  {"skip", "list"},     {"skip", "add"},
    {"skip", "remove"},    {"skip", "import"},      {"skip", "export"},   {"template", "list"},
    {"template", "lint"},  {"template", "render"},  {"db", "check"},      {"lead", "add"},
    {"follow-up", "list"}, {"follow-up", "cancel"}, {"db", "prune"},      {"modem", "list"},
    {"modem", "info"},     {"modem", "at"},         {"modem", "ussd"},    {"modem", "trace"},
};

/* A candidate that does not begin as it was typed is none; nor is one that would need to be made
 * printable. */
static void offer(const char *typed, const char *word, const char *meaning)
{
    size_t len = strlen(word);
    if (strncasecmp(word, typed, strlen(typed)) != 0)
        return;
    for (size_t i = 0; i < len;) {
        uint32_t code;
        size_t octets = utf8_decode(word + i, len - i, &code);
        if (octets == 0 || utf8_is_control(code))
            return;
        i += octets;
    }
    char *printable = output_printable(meaning ? meaning : "", false);
    printf("%s%s%s\n", word, printable[0] ? "\t" : "", printable);
    free(printable);
}

static void offer_people(struct cli *cli, const char *typed)
{
    const struct thread_filter filter = {.all = true, .limit = PEOPLE_MAX};
    struct store_rows *rows;
    struct thread_row thread;
    struct contact_row contact;
    if (thread_list(cli->store, &filter, &rows) == 0) {
        while (thread_next(rows, &thread) > 0) {
            char id[32];
            snprintf(id, sizeof(id), "%s%" PRId64, typed[0] == 't' ? "t" : "", thread.id);
            offer(typed, id, thread.name ? thread.name : thread.number);
        }
        store_rows_free(rows);
    }
    if (contact_list(cli->store, PEOPLE_MAX, &rows) == 0) {
        while (contact_next(rows, &contact) > 0)
            offer(typed, contact.name, contact.number);
        store_rows_free(rows);
    }
}

static void offer_calls(struct cli *cli, const char *typed)
{
    const struct call_filter filter = {.limit = PEOPLE_MAX};
    struct store_rows *rows;
    struct call_row call;
    if (calls_list(cli->store, &filter, &rows))
        return;
    while (calls_next(rows, &call) > 0) {
        char id[32];
        snprintf(id, sizeof(id), "c%" PRId64, call.id);
        offer(typed, id, call.name ? call.name : call.number ? call.number : "withheld");
    }
    store_rows_free(rows);
}

static void offer_texts(struct cli *cli, const char *typed)
{
    struct store_rows *rows;
    struct message_row message;
    if (outbox_list(cli->store, cli->out.now.wall, PEOPLE_MAX, &rows))
        return;
    while (message_next(rows, &message) > 0) {
        char id[32];
        snprintf(id, sizeof(id), "m%" PRId64, message.id);
        offer(typed, id, message.text);
    }
    store_rows_free(rows);
}

static void offer_operands(struct cli *cli, enum operand operand, const char *typed)
{
    switch (operand) {
    case PEOPLE:
        offer_people(cli, typed);
        break;
    case CALLS:
        offer_calls(cli, typed);
        break;
    case TEXTS:
        offer_texts(cli, typed);
        break;
    case TEMPLATES:
        for (int i = 0; i < TEMPLATE_COUNT; i++)
            offer(typed, template_name((enum template_id)i), NULL);
        break;
    case TABLES:
        for (enum dump_table table = DUMP_CALLS; table < DUMP_RULES; table++)
            offer(typed, dump_name(table), NULL);
        break;
    }
}

/* How the last of `argv` goes on; the others stand before it. */
static int complete(struct cli *cli, int argc, char **argv)
{
    const char *typed = argv[argc - 1], *name, *help;
    if (argc == 1) {
        for (size_t i = 0; cli_command(i, &name, &help); i++)
            offer(typed, name, help);
        return CLI_DONE;
    }
    if (typed[0] == '-') {
        char *alone[] = {argv[0], NULL};
        cli->list_options = true;
        return cli_run(cli, 1, alone);
    }
    for (size_t i = 0; argc == 2 && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].command, argv[0]) == 0)
            offer(typed, words[i].word, NULL);
    }
    if (cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING))
        return CLI_DONE;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct rule *rule = &rules[i];
        if (strcmp(rule->command, argv[0]) == 0 &&
            (!rule->word || (argc > 2 && strcmp(rule->word, argv[1]) == 0)))
            offer_operands(cli, rule->operand, typed);
    }
    return CLI_DONE;
}

int cmd_completion(struct cli *cli, int argc, char **argv)
{
    static const char *const shells[] = {"bash", "zsh", "fish", "words", NULL};
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if (optind == argc)
        return cli_operands(cli, argc, argv, 1, "SHELL");
    const char *what = argv[optind++];
    if (strcmp(what, "words") == 0)
        return optind < argc ? complete(cli, argc - optind, argv + optind)
                             : cli_operands(cli, argc, argv, 1, "WORD");
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        if (strcmp(what, scripts[i].shell) == 0) {
            int code = cli_operands(cli, argc, argv, 0, "");
            if (code == CLI_DONE)
                fputs(scripts[i].text, stdout);
            return code;
        }
    }
    return cli_unknown(cli, "unknown shell", what, shells);
}
