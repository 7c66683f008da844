/* include/cli/help.h - the usage text of a command, folded to the screen. */
#pragma once
#include "cli/output.h"

#define HELP_COLUMNS 80 /* at most; a narrower screen gets less */

/* Prints `usage`: the lines of "usage:", paragraphs, and lists of options with what they do. A
 * paragraph may be written in lines of any length: one of HELP_JOINS octets or more goes on in the
 * next line, unless that begins a list or with a brace. */
#define HELP_JOINS 60
void help_print(const struct output *out, const char *usage);
