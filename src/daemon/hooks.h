/* src/daemon/hooks.h - runs the program of hooks.on_event for each event, in the order of their
 * ids, some at once. Which were given is remembered at times and at the end: after a power cut the
 * events of the last quarter of an hour may be given again, none is left out. */
#pragma once
#include "io/config.h"
#include "io/hook.h"
#include "store/store.h"

#define HOOKS_SAVE_MS (INT64_C(900) * 1000)
#define HOOKS_RETRY_MS 2000 /* where one is being written, or nothing is left to run it with */

struct hooks { /* all zero before hooks_begin() */
    bool on;
    int64_t after; /* the last event that was given */
    int64_t saved; /* what the store holds of that */
    struct mono save_at;
    struct mono retry_at; /* nothing is given before; 0 at once */
    struct mono tell_at;  /* the next failure that is told on the log */
    int untold;           /* those since */
    struct {
        struct hook hook;
        int64_t event;
    } runs[CONFIG_HOOKS_MAX];
};

/* Begins, or takes a new configuration: where hooks were off, with the events from now on; else
 * where it was. Returns 0 or an error of the store. */
int hooks_begin(struct hooks *h, struct store *store, const struct config *config);

/* Whether an event of the loop is of a hook: hooks_turn() is all that is to be done then. */
bool hooks_own(const struct hooks *h, const void *who);

/* Looks after the hooks that run, and gives the next events to those that may. `config_path` is
 * told to them. */
void hooks_turn(struct hooks *h, struct store *store, struct loop *loop,
                const struct config *config, const char *config_path, struct now now);
struct mono hooks_deadline(const struct hooks *h);

/* Ends those that run, whose events are given again at the next start. */
void hooks_end(struct hooks *h, struct store *store, struct loop *loop);
