/* include/cli/numbers.h - lists of numbers that have a command of their own (skip, optout; block
 * only changes): list, add, remove, import and export. */
#pragma once
#include "cli/cli.h"

struct numbers {
    const char *usage;
    const struct option *options;
    const char *yes;        /* what a number on the list is: "opted out" */
    const char *no;         /* what it is when it was taken off: "taken off the list" */
    const char *nobody;     /* "nobody opted out" */
    const char *json_key;   /* of one: "opted_out" */
    const char *json_rows;  /* of all: "opt_outs" */
    const char *json_maybe; /* of those about whom nobody has said yet; NULL there are none such */
    bool source;            /* a row tells who put it there */
    int (*list)(struct store *s, struct store_rows **ret);  /* with optout_next() */
    int (*maybe)(struct store *s, struct store_rows **ret); /* meaningful with `json_maybe` */
    int (*forgotten)(struct store *s, int *ret); /* how many are known by a hash alone; NULL */
    int (*set)(struct store *s, const char *number, bool on, struct wall at); /* 1 changed, 0 */
    int (*may_remove)(struct cli *cli, const char *number); /* CLI_DONE, or after telling; NULL */
    /* With `may_remove`, their newest text: nothing is removed where one came while that asked. */
    int (*heard)(struct store *s, const char *number, int64_t *ret);
};

/* Runs the command: its words, options and operands. */
int numbers_run(struct cli *cli, const struct numbers *n, int argc, char **argv);

/* Puts the person on the list or takes them off. Returns an exit code after telling. */
int numbers_change(struct cli *cli, const struct numbers *n, const char *word, bool on);

/* Puts all numbers of a file on the list, or none where one of its rows is wrong: CSV with a column
 * number, or a plain list, one number a line. `path` NULL or "-": standard input. */
int numbers_import(struct cli *cli, const struct numbers *n, const char *path);
