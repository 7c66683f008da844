/* include/io/loop.h - the one event loop: descriptors by epoll, signals by signalfd, one deadline
 * by the clock. It waits without waking until a descriptor is ready, a signal comes, or the
 * deadline is reached. */
#pragma once
#include "base/time.h"
#include <stdbool.h>
#include <stdint.h>

#define LOOP_EVENTS_MAX 32

struct loop;

enum loop_ready { LOOP_IN = 1, LOOP_OUT = 2, LOOP_GONE = 4 }; /* GONE: hang-up or error */

struct loop_event {
    void *who;      /* as given to loop_add(); NULL for a signal */
    unsigned ready; /* enum loop_ready, or'ed */
    int signal;     /* SIGTERM, SIGINT, SIGHUP, or 0 */
};

int loop_new(
    struct loop **ret); /* blocks SIGTERM, SIGINT, SIGHUP and takes them; ignores SIGPIPE */
void loop_free(struct loop *l);

/* `who` is handed back with each event of `fd`. Output readiness is asked for only while
 * `want_out`. 0 or -errno. */
int loop_add(struct loop *l, int fd, void *who);
int loop_want_out(struct loop *l, int fd, void *who, bool want_out);
void loop_remove(struct loop *l, int fd); /* before the descriptor is closed */

/* Waits until something is ready or `deadline` (CLOCK_BOOTTIME) is reached. Returns how many
 * events, 0 at the deadline, or -errno. A deadline that passes while the machine sleeps ends the
 * wait when it wakes. */
int loop_wait(struct loop *l, struct mono deadline, struct loop_event ret_events[LOOP_EVENTS_MAX]);
