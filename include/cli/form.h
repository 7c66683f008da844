/* include/cli/form.h - a web form that somebody filled in, as standard input has it: one JSON
 * object of texts, or key=value lines.  It comes from the internet, through programs that somebody
 * wrote in a hurry: each thing that is odd about it is an exact error. */
#pragma once
#include "cli/cli.h"
#include "numbering/e164.h"
#include "service/leads.h"

#define FORM_INPUT_MAX 32768 /* octets */

struct form {
    char *input; /* owned */
    char number[E164_MAX + 1];
    struct lead_form lead; /* its text lies in `fields` */
    char *fields[8];       /* owned; NULL where the form has none */
};

/* Reads standard input. Returns CLI_DONE, or after telling CLI_USAGE, CLI_REFUSED (too long) or
 * CLI_FAILED. Free it in any case. */
int form_read(const struct cli *cli, struct form *ret);
void form_free(struct form *f);
