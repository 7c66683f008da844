#include "base/text.h"
#include "internal.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/notify.h"
#include "io/plug.h"
#include "tell.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_PATIENCE_MS 200 /* for a command's transaction; then it is tried again in a while */
#define CONTROL_LOOK_MS 30000
#define STOP_WITHIN_MS 4500 /* for a part in flight; the service manager is told 5 s */

/* Copies the directory that `path` lies in. Returns 0, or -ENOENT where it names none. */
static int directory_of(const char *path, char ret_directory[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (len == 0 || len >= PATH_MAX)
        return -ENOENT;
    memcpy(ret_directory, path, len);
    ret_directory[len] = '\0';
    return 0;
}

/* The user who runs this daemon; whoever mends it may be another. */
static void own_name(char *ret, size_t cap)
{
    const struct passwd *user = getpwuid(geteuid());
    if (user)
        snprintf(ret, cap, "%s", user->pw_name);
    else
        snprintf(ret, cap, "%ju", (uintmax_t)geteuid());
}

/* Tells what is wrong with `path`, and what mends it where it is its directory. */
static void tell_place(const char *path, int err, const char *mode, const char *error)
{
    char directory[PATH_MAX], user[64];
    own_name(user, sizeof(user));
    if ((err == -ENOENT || err == -EACCES) && directory_of(path, directory) == 0)
        log_error("%s (mend it: sudo install -d -m %s -o %s %s)", error, mode, user, directory);
    else
        log_error("%s", error);
}

/* One daemon a database: a second one would settle what the first is in the middle of. */
static enum daemon_end open_store(struct daemon *d)
{
    char error[STORE_ERROR_MAX], directory[PATH_MAX];
    const char *path = d->options->store_path ? d->options->store_path : d->config->store_path;
    if (directory_of(path, directory) == 0)
        (void)mkdir(directory, 0700); /* store_open() tells where it is still missing */
    int err = store_open(path, STORE_CREATE, &d->store, error);
    if (err != 0) {
        tell_place(path, err, "0700", error);
        return err == -EUCLEAN || err == -EPROTO ? DAEMON_STORE : DAEMON_FAILED;
    }
    err = store_claim(d->store);
    if (err != 0) {
        log_error("%s: %s", path, err == -EALREADY ? "another daemon works on it" : strerror(-err));
        return err == -EALREADY ? DAEMON_CONTROL : DAEMON_FAILED;
    }
    store_set_patience(d->store, STORE_PATIENCE_MS);
    return DAEMON_DONE;
}

static enum daemon_end open_control(struct daemon *d)
{
    char error[256];
    int err = control_listen(d->config->control_socket, d->config->control_mode, d->loop,
                             &d->control, error);
    if (err == 0)
        return DAEMON_DONE;
    tell_place(d->config->control_socket, err, "0755", error);
    return DAEMON_CONTROL;
}

/* A modem that comes is found at once; without this, when it is looked for the next time. */
static void watch_plugs(struct daemon *d)
{
    char directory[PATH_MAX];
    snprintf(directory, sizeof(directory), "%s/dev", d->options->root);
    d->plugs = plug_watch(directory);
    int err = d->plugs < 0 ? d->plugs : loop_add(d->loop, d->plugs, &d->plugs);
    if (err != 0)
        log_warning("%s cannot be watched, a modem that comes is found late: %s", directory,
                    strerror(-err));
}

/* Begins, changes or ends the trace, as configured. */
static void open_trace(struct daemon *d)
{
    trace_free(d->trace);
    d->trace = NULL;
    int err = d->config->trace[0] ? trace_new(d->config->trace, &d->trace) : 0;
    if (err)
        log_warning("%s: no trace: %s", d->config->trace,
                    err == -EINVAL ? "it is no regular file" : strerror(-err));
    for (size_t i = 0; i < d->port_count; i++)
        d->ports[i]->trace = d->trace;
}

static void begin_hooks(struct daemon *d)
{
    if (hooks_begin(&d->hooks, d->store, d->config) != 0)
        log_warning("hooks: %s", store_error(d->store));
}

/* What is open stays so until a restart. Told at each reload: commands look at the new place. */
static void keep_place(const char *key, const char *used, char *fresh, size_t cap)
{
    if (strcmp(fresh, used) == 0)
        return;
    log_warning("%s takes effect after a restart; commands use %s already", key, fresh);
    (void)text_copy(fresh, cap, used);
}

/* A bad file changes nothing. */
static enum daemon_end reload(struct daemon *d)
{
    char error[CONFIG_ERROR_MAX];
    if (config_read(d->options->config_path, d->fresh, error) != 0) {
        log_error("%s; the old configuration stays", error);
        return DAEMON_DONE;
    }
    if (!d->options->store_path)
        keep_place("store.path", d->config->store_path, d->fresh->store_path,
                   sizeof(d->fresh->store_path));
    keep_place("control.socket", d->config->control_socket, d->fresh->control_socket,
               sizeof(d->fresh->control_socket));
    enum daemon_end end = lines_reload(d);
    if (end == DAEMON_DONE)
        open_trace(d);
    log_set(d->config->log_level, d->config->mask_numbers);
    int err = control_set_mode(d->control, d->config->control_mode);
    if (err)
        log_error("%s: its mode cannot be changed: %s", d->config->control_socket, strerror(-err));
    begin_hooks(d);
    d->poked = true; /* what a limit or a window held may go now */
    log_info("configuration read again from %s", d->options->config_path);
    return end;
}

static void begin_stop(struct daemon *d, struct now now, int signal)
{
    if (d->stop_by.ms != MONO_NEVER.ms)
        return;
    log_info("%s: stopping", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    notify_send("STOPPING=1");
    d->stop_by = mono_after(now.mono, STOP_WITHIN_MS);
    for (size_t i = 0; i < d->port_count; i++)
        service_stop_sending(d->ports[i]->service);
}

static bool may_stop(const struct daemon *d, struct now now)
{
    if (d->stop_by.ms == MONO_NEVER.ms)
        return false;
    bool sending = false;
    for (size_t i = 0; i < d->port_count; i++)
        sending = sending || service_sending(d->ports[i]->service);
    return !sending || now.mono.ms >= d->stop_by.ms;
}

static void take_event(struct daemon *d, struct now now, const struct loop_event *event)
{
    char request[CONTROL_LINE_MAX];
    if (event->signal == SIGHUP)
        d->reload = true;
    else if (event->signal)
        begin_stop(d, now, event->signal);
    else if (control_owns(d->control, event->who)) {
        if (control_event(d->control, event, request) == 1)
            request_take(d, now, request);
    } else if (event->who == &d->plugs) {
        if (plug_news(d->plugs))
            lines_plugged(d, now);
    } else if (event->who == d->find)
        find_event(d->find, now, event->ready);
    else if (!hooks_own(&d->hooks, event->who)) /* a turn is all they need */
        port_event(event->who, d->loop, now, event->ready);
}

/* After all events of a turn, which may be of lines that are closed now. A line that is made anew
 * while all stop would send. */
static enum daemon_end reload_due(struct daemon *d)
{
    bool due = d->reload && d->stop_by.ms == MONO_NEVER.ms;
    d->reload = false;
    return due ? reload(d) : DAEMON_DONE;
}

static struct mono deadline(const struct daemon *d)
{
    struct mono due = mono_min(mono_min(d->watchdog.feed_at, d->stop_by), d->control_look);
    due = mono_min(mono_min(due, find_deadline(d->find)), d->retention.due);
    due = mono_min(due, hooks_deadline(&d->hooks));
    due = mono_min(due, alerts_deadline(&d->alerts));
    for (size_t i = 0; i < d->port_count; i++)
        due = mono_min(due, port_deadline(d->ports[i]));
    return due;
}

static void feed_watchdog(struct daemon *d, struct now now)
{
    for (size_t i = 0; i < d->port_count; i++)
        watchdog_line(&d->watchdog, i, port_deadline(d->ports[i]), now.mono);
    if (watchdog_feed(&d->watchdog, d->port_count, now.mono))
        notify_send("WATCHDOG=1");
}

/* Somebody may have cleaned up where the socket lay. */
static void look_after_control(struct daemon *d, struct now now)
{
    if (now.mono.ms < d->control_look.ms)
        return;
    d->control_look = mono_after(now.mono, CONTROL_LOOK_MS);
    int made = control_refresh(d->control);
    if (made == 1)
        log_warning("the control socket was removed: made again");
    else if (made < 0)
        log_error("%s: the control socket is gone: %s", d->config->control_socket, strerror(-made));
}

static void remove_old(struct daemon *d, struct now now)
{
    int done = retention_turn(&d->retention, d->store, d->config->keep_ms, now);
    if (done < 0)
        log_warning("removing what is older than store.keep: %s", store_error(d->store));
    else if (done && d->retention.removed > 0)
        log_info("%" PRId64 " rows older than store.keep removed", d->retention.removed);
}

/* What the owner is told; texts to the owner are queued here, and sent by the lines. */
static void tell_owner(struct daemon *d, struct now now, bool poked)
{
    struct service *lines[CONFIG_LINES_MAX];
    for (size_t i = 0; i < d->port_count; i++)
        lines[i] = d->ports[i]->service;
    int err =
        alerts_turn(&d->alerts, d->store, &d->config->policy, lines, d->port_count, now, poked);
    if (err < 0 && !d->alerts_failed)
        log_warning("telling the owner: %s; it is tried again", store_error(d->store));
    d->alerts_failed = err < 0;
}

static void follow_clock(struct daemon *d, struct now now)
{
    if (clock_watch_turn(&d->clock, d->store, now) != 0)
        log_error("following a step of the clock: %s", store_error(d->store));
}

static void turn(struct daemon *d, struct now now)
{
    look_after_control(d, now);
    follow_clock(d, now);
    for (size_t i = 0; i < d->port_count; i++)
        port_open_due(d->ports[i], d->loop, now);
    lines_search(d, now); /* what was wanted just now: nothing else wakes the loop for it */
    for (size_t i = 0; i < d->port_count; i++) {
        port_turn(d->ports[i], d->loop, now, d->poked);
        tell_notes(d->ports[i]);
        request_finish(d, d->ports[i]);
    }
    if (d->stop_by.ms == MONO_NEVER.ms)
        tell_owner(d, now, d->poked);
    d->poked = false;
    remove_old(d, now); /* after the lines: they come first */
    hooks_turn(&d->hooks, d->store, d->loop, d->config, d->options->config_path, now);
    feed_watchdog(d, now);
}

static enum daemon_end run_loop(struct daemon *d)
{
    struct loop_event events[LOOP_EVENTS_MAX];
    enum daemon_end end = DAEMON_DONE;
    struct now now = clock_now();
    retention_init(&d->retention, now);
    watchdog_init(&d->watchdog, notify_watchdog_ms(), now.mono);
    alerts_init(&d->alerts, now);
    turn(d, now);
    while (end == DAEMON_DONE && !may_stop(d, now)) {
        int count = loop_wait(d->loop, deadline(d), events);
        if (count < 0) {
            log_error("waiting for events: %s", strerror(-count));
            return DAEMON_FAILED;
        }
        now = clock_now();
        for (int i = 0; i < count; i++)
            take_event(d, now, &events[i]);
        end = reload_due(d);
        turn(d, now);
    }
    return end;
}

static enum daemon_end open_config(struct daemon *d)
{
    char error[CONFIG_ERROR_MAX];
    int err = d->options->config ? 0 : config_read(d->options->config_path, d->config, error);
    if (err != 0) {
        log_error("%s", error);
        return err == -EAGAIN ? DAEMON_FAILED : DAEMON_CONFIG;
    }
    log_set(d->config->log_level, d->config->mask_numbers);
    return DAEMON_DONE;
}

static enum daemon_end start(struct daemon *d)
{
    d->config = d->options->config ? d->options->config : calloc(1, sizeof(*d->config));
    d->fresh = calloc(1, sizeof(*d->fresh));
    d->find = calloc(1, sizeof(*d->find));
    if (!d->config || !d->fresh || !d->find || loop_new(&d->loop) != 0) {
        log_error("cannot start: %s", strerror(errno));
        return DAEMON_FAILED;
    }
    enum daemon_end end = open_config(d);
    if (end == DAEMON_DONE)
        end = open_store(d);
    if (end == DAEMON_DONE)
        end = open_control(d); /* before the lines: a second daemon must not touch their rows */
    if (end == DAEMON_DONE) {
        follow_clock(d, clock_now()); /* before the lines write anything */
        end = lines_open(d);
    }
    if (end == DAEMON_DONE) {
        open_trace(d);
        watch_plugs(d);
        begin_hooks(d);
    }
    return end;
}

/* Whoever asks again, or has asked twice at once, does not end it before all is put away. */
static void ignore_signals(void)
{
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
}

enum daemon_end daemon_run(const struct daemon_options *options)
{
    struct daemon d = {.options = options, .stop_by = MONO_NEVER, .plugs = -1};
    enum daemon_end end = start(&d);
    if (end == DAEMON_DONE) {
        notify_send("READY=1");
        end = run_loop(&d);
    }
    ignore_signals();
    lines_close(&d);
    if (d.loop && d.store)
        hooks_end(&d.hooks, d.store, d.loop);
    control_free(d.control);
    if (d.plugs >= 0)
        close(d.plugs);
    loop_free(d.loop);
    store_free(d.store);
    free(d.find);
    trace_free(d.trace);
    free(d.fresh);
    free(d.config);
    if (end == DAEMON_DONE)
        log_info("stopped");
    return end;
}
