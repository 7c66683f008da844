/* include/cli/checks.h - what `textback doctor` looks at: each check a function that says how it
 * is, and the exact command or setting that mends it. */
#pragma once
#include "cli/radio.h"

#define CHECK_DETAIL_SIZE 320
#define CHECK_MEND_SIZE 320

enum check_level {
    CHECK_OK,
    CHECK_SKIP, /* cannot be known: something before it failed, or the modem does not tell */
    CHECK_WARN,
    CHECK_FAIL,
};

/* One finding. */
struct check_result {
    enum check_level level;
    int code; /* of a FAIL: enum cli_exit */
    char detail[CHECK_DETAIL_SIZE];
    char mend[CHECK_MEND_SIZE]; /* "" where there is nothing to mend */
};

/* What the checks work on; an earlier one fills in what later ones need. */
struct check_context {
    struct cli *cli;
    const struct config_line *line; /* of those that are about one; else NULL */
    struct radio *radio;            /* NULL: the modem cannot be asked */
    bool daemon;                    /* runs */
    bool no_sim; /* of this line: it is not ready, and what needs it says nothing */
};

struct check {
    const char *name;
    void (*run)(struct check_context *c, struct check_result *ret);
    bool of_line; /* once for each line */
};

/* Returns the checks in the order in which they are made: those of no line before and after those
 * of each line. */
const struct check *checks(size_t *ret_count);
