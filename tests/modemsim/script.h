/* tests/modemsim/script.h - commands for the simulated modem, one a line: what callers, the network
 * and the modem do, and what to wait for in between.  Pure, like the modem; script_help() lists the
 * language. */
#pragma once
#include "modemsim/sim.h"
#include <stdio.h>

#define SCRIPT_TEXT_MAX 65536 /* lines that have not run yet */
#define SCRIPT_ERROR_MAX 256
#define SCRIPT_WAIT_MS 60000 /* a wait without a time of its own */

enum script_state {
    SCRIPT_HUNGRY,  /* every line has run */
    SCRIPT_WAITING, /* for the modem or for time: run again when something happens */
    SCRIPT_QUIT,    /* asked to end */
    SCRIPT_FAILED,  /* a wait took too long: `error` */
    SCRIPT_INVALID, /* a line makes no sense: `error` begins with NAME:LINE */
};

enum script_wait {
    SCRIPT_WAIT_NOTHING,
    SCRIPT_WAIT_TIME,
    SCRIPT_WAIT_OPEN,
    SCRIPT_WAIT_CLOSED,
    SCRIPT_WAIT_READY,
    SCRIPT_WAIT_SENT,
    SCRIPT_WAIT_IDLE,
};

struct script {
    const char *name; /* for errors: borrowed */
    char text[SCRIPT_TEXT_MAX + 1];
    size_t len;
    int line; /* number of the line that runs or ran last */
    enum script_wait waiting;
    struct mono until; /* meaningful while it waits */
    int64_t sent_seen; /* texts that a wait has already taken */
    char error[SCRIPT_ERROR_MAX];
};

void script_init(struct script *sc, const char *name);

/* Adds bytes of the script; a line runs once its newline is there. Returns 0 or -ENOSPC. */
int script_add(struct script *sc, const char *bytes, size_t len);

/* Runs lines until one waits, or none is left. */
enum script_state script_run(struct script *sc, struct sim *s, struct now now);

/* When a wait runs out of time, MONO_NEVER without one. */
struct mono script_deadline(const struct script *sc);

void script_help(FILE *out);
