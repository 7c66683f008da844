/* What a command says in one line, and asks. */
#include "base/nearest.h"
#include "base/text.h"
#include "cli/alloc.h"
#include "cli/cli.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Returns the line made printable, owned by the caller. */
__attribute__((format(printf, 1, 0))) static char *line_of(const char *format, va_list ap)
{
    char *line = cli_vformat(format, ap);
    char *printable = output_printable(line, false);
    free(line);
    return printable;
}

__attribute__((format(printf, 3, 0))) static void tell(const struct cli *cli, bool failed,
                                                       const char *format, va_list ap)
{
    char *line = line_of(format, ap);
    if (failed && cli->store)
        store_rollback(cli->store); /* whoever reads it slowly holds up nobody */
    fflush(stdout);                 /* in order, where both go to one place */
    fprintf(stderr, "textback%s%s: %s\n", cli->command ? " " : "", cli->command ? cli->command : "",
            line);
    free(line);
}

int cli_fail(const struct cli *cli, int code, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    tell(cli, true, format, ap);
    va_end(ap);
    return code;
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    va_list ap;
    if (cli->quiet)
        return;
    va_start(ap, format);
    tell(cli, false, format, ap);
    va_end(ap);
}

void cli_say(const struct cli *cli, const char *format, ...)
{
    va_list ap;
    if (cli->quiet)
        return;
    va_start(ap, format);
    char *line = line_of(format, ap);
    va_end(ap);
    fprintf(output_stream(), "%s\n", line);
    free(line);
}

void cli_suggest(const char *word, const char *const *words, char ret[CLI_SUGGESTION_MAX])
{
    const char *nearest = nearest_word(word, words);
    struct text text;
    text_init(&text, ret, CLI_SUGGESTION_MAX);
    if (nearest)
        text_addf(&text, " (did you mean %s?)", nearest);
}

int cli_unknown(const struct cli *cli, const char *what, const char *word, const char *const *words)
{
    char hint[CLI_SUGGESTION_MAX];
    struct text text;
    cli_suggest(word, words, hint);
    if (!hint[0]) {
        text_init(&text, hint, sizeof(hint));
        for (size_t i = 0; words[i]; i++)
            text_addf(&text, "%s%s", i > 0 ? ", " : " (", words[i]);
        text_add_char(&text, ')');
    }
    return cli_fail(cli, CLI_USAGE, "%s: \"%s\"%s", what, word, hint);
}

bool cli_agreed(const struct cli *cli, const char *format, ...)
{
    char answer[16];
    va_list ap;
    if (cli->yes)
        return true;
    if (isatty(STDIN_FILENO) != 1)
        return false;
    va_start(ap, format);
    char *question = line_of(format, ap);
    va_end(ap);
    fprintf(stderr, "%s [y/N] ", question);
    free(question);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}
