/* include/io/hook.h - one run of somebody's program beside the loop: no shell, the input on its
 * standard input, an end after a while whatever it does, and nothing of ours but its environment.
 * It gets a process group of its own; whatever is left of that group when it ends, ends too. */
#pragma once
#include "io/loop.h"
#include <sys/types.h>

#define HOOK_SAID_SIZE 160    /* of the first line that it prints */
#define HOOK_OUTPUT_MAX 65536 /* octets; a program that prints more gets SIGPIPE */
#define HOOK_ERROR_SIZE 320
#define HOOK_INPUT_MAX (1 << 20) /* octets */

enum hook_state {
    HOOK_IDLE,
    HOOK_RUNS,
    HOOK_DONE,   /* exit status 0 */
    HOOK_FAILED, /* hook_error() says how */
};

struct hook { /* all zero is idle */
    enum hook_state state;
    pid_t pid;
    int process, output; /* descriptors; output is -1 once it is closed */
    struct mono deadline;
    int64_t limit_ms;
    bool late;        /* was killed at the deadline */
    int status, code; /* of waitid() */
    size_t read;      /* octets of its output */
    char said[HOOK_SAID_SIZE];
    size_t said_len;
    bool line_ended;
};

/* Runs argv (a NULL behind its words, argv[0] a path) with `input`; what it prints is read, and
 * only the first line kept. `config` is told to it as $TEXTBACK_CONFIG; what systemd tells to us is
 * not. Events of the loop come with `h` as who. Returns 0, or -errno and `h` is idle. */
int hook_start(struct hook *h, struct loop *loop, const char *const *argv, const char *config,
               const char *input, size_t len, int64_t limit_ms, struct now now);

/* Goes on: call it after an event of `h`, and at the deadline. Returns the state; after HOOK_DONE
 * and HOOK_FAILED the next hook_start() may come. */
enum hook_state hook_turn(struct hook *h, struct loop *loop, struct now now);
struct mono hook_deadline(const struct hook *h);

/* How it failed: "exit status 1: jq: command not found". */
void hook_error(const struct hook *h, char ret[HOOK_ERROR_SIZE]);

/* Ends it at once, and all it started; waits for that. */
void hook_stop(struct hook *h, struct loop *loop);
