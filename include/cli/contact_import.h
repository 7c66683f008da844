/* include/cli/contact_import.h - names out of the address book of another program. */
#pragma once
#include "cli/cli.h"

/* Takes the file `path`, NULL or "-" is standard input, and tells what could not be used. Returns
 * CLI_DONE, CLI_WARNINGS where something was skipped, or another code after telling. */
int contact_import(struct cli *cli, const char *path);
