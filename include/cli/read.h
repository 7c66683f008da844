/* include/cli/read.h - a text that somebody wrote: from the command line, standard input or an
 * editor. */
#pragma once
#include "cli/cli.h"

/* Returns CLI_DONE for a text that can be kept, or after telling CLI_USAGE (nothing but blanks, not
 * UTF-8) or CLI_REFUSED (over `max` octets). */
int read_check(const struct cli *cli, const char *what, size_t max, const char *text);

/* Reads all of standard input, the line end at its end left off. `what` ("text") names it in
 * messages. Returns CLI_DONE and the text, freed by the caller, or after telling CLI_USAGE (a NUL
 * in it), CLI_REFUSED (over `max` octets) or CLI_FAILED. */
int read_stdin(const struct cli *cli, const char *what, size_t max, char **ret);

/* The same from a file. */
int read_file(const struct cli *cli, const char *what, size_t max, const char *path, char **ret);

/* Lets $VISUAL, else $EDITOR, else vi change `text` in a file that nobody else can read. Returns as
 * read_stdin() does. */
int read_editor(const struct cli *cli, const char *what, size_t max, const char *text, char **ret);
