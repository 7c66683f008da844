/* src/daemon/watchdog.h - whether the service manager is told that all is well: only while the loop
 * turns and each line does what is due. A line that leaves something undone for half the period of
 * the watchdog starves it, and the restart that follows begins that line anew. */
#pragma once
#include "base/time.h"
#include "io/config.h"
#include <stdbool.h>

struct watchdog {
    int64_t every_ms;                         /* how often it wants to be fed, 0: there is none */
    struct mono feed_at;                      /* MONO_NEVER without one */
    struct mono late_since[CONFIG_LINES_MAX]; /* MONO_NEVER: nothing is late */
};

void watchdog_init(struct watchdog *w, int64_t every_ms, struct mono now);

/* A line had its turn; `due` is when it wants the next. A new line at `line` begins like this. */
void watchdog_line(struct watchdog *w, size_t line, struct mono due, struct mono now);

/* Returns whether the first `lines` lines all do what is due. */
bool watchdog_content(const struct watchdog *w, size_t lines, struct mono now);

/* Returns whether it is to be fed now. */
bool watchdog_feed(struct watchdog *w, size_t lines, struct mono now);
