/* tests/modemsim/bench.h - the simulated modem on a pseudo terminal: the pty, the clock, and a
 * script that drives it. */
#pragma once
#include "modemsim/script.h"
#include "modemsim/sim.h"
#include <stdbool.h>
#include <stdio.h>

#define BENCH_PATH_MAX 256

struct bench {
    struct sim sim;
    struct script script;
    enum script_state state;   /* of the script, after the last turn */
    FILE *trace;               /* the bytes of both directions, NULL: not wanted */
    int master, slave;         /* -1 while unplugged; held so that a host can come and go */
    int watch;                 /* inotify of the slave */
    int hosts;                 /* how many have it open */
    char path[64];             /* of the slave */
    char link[BENCH_PATH_MAX]; /* a symbolic link to it, "" for none */
};

/* Makes the pty. `link` is NULL or where the modem is always to be found, `name` that of the script
 * in errors (borrowed). Returns 0, or -errno after a message on stderr. */
int bench_open(struct bench *b, const char *link, const char *name);
void bench_close(struct bench *b); /* also after a failed bench_open() */

/* Runs the script and what is due. Then waits until the modem has something to do, `fd` (-1: none)
 * can be read, or `until`; not where there are reports to take or `state` has changed. Signals that
 * the caller has blocked come in while it waits. Returns 1 when `fd` can be read or has hung up,
 * else 0, -EINTR at a signal, or -errno. */
int bench_turn(struct bench *b, int fd, struct mono until);
