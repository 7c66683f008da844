#include "daemon/daemon.h"
#include "base/text.h"
#include "daemon/find.h"
#include "io/clock.h"
#include "io/control.h"
#include "io/log.h"
#include "io/notify.h"
#include "modem/ask.h"
#include "port.h"
#include "tell.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define STORE_PATIENCE_MS 200 /* for a command's transaction; then it is tried again in a while */
#define CONTROL_LOOK_MS 30000
#define STOP_WITHIN_MS 4500 /* for a part in flight; the service manager is told 5 s */

struct daemon {
    const struct daemon_options *options;
    struct config *config; /* one place for its life: the services borrow what is in it */
    struct config *fresh;  /* a file is read into here before it takes effect */
    struct store *store;
    struct loop *loop;
    struct control *control;
    struct port ports[CONFIG_LINES_MAX];
    size_t port_count;
    struct find *find;      /* one for all lines */
    struct port *searching; /* whose modem it looks for, NULL */
    struct trace *trace;    /* NULL: off */
    struct clock_watch clock;
    struct mono watchdog;     /* when to feed it; MONO_NEVER without one */
    struct mono stop_by;      /* MONO_NEVER until a signal asked for the end */
    struct mono control_look; /* when to see whether the socket is still there */
    bool poked;
};

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

/* Tells what is wrong with `path`, and what mends it where it is its directory. */
static void tell_place(const char *path, int err, const char *mode, const char *error)
{
    char directory[PATH_MAX];
    if ((err == -ENOENT || err == -EACCES) && directory_of(path, directory) == 0)
        log_error("%s (mend it: sudo install -d -m %s -o \"$(id -un)\" %s)", error, mode,
                  directory);
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
        return DAEMON_STORE;
    }
    err = store_claim(d->store);
    if (err != 0) {
        log_error("%s: %s", path, err == -EALREADY ? "another daemon works on it" : strerror(-err));
        return err == -EALREADY ? DAEMON_CONTROL : DAEMON_STORE;
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

static void close_line(struct daemon *d, struct port *p)
{
    if (!p->service)
        return;
    if (d->searching == p) {
        find_stop(d->find, d->loop);
        d->searching = NULL;
    }
    if (p->asked)
        control_answer_kept(d->control, p->ticket, "error: the line was closed");
    service_close(p->service, clock_now());
    tell_notes(p);
    port_close(p, d->loop);
}

static void close_lines(struct daemon *d)
{
    for (size_t i = 0; i < d->port_count; i++)
        close_line(d, &d->ports[i]);
    d->port_count = 0;
}

/* The modem of a line is known by 14 digits of its IMEI; they outlive a restart. */
static void imei_key(const struct port *p, char ret_key[64])
{
    snprintf(ret_key, 64, "imei.%s", p->line->name);
}

static void recall_imei(struct daemon *d, struct port *p)
{
    char key[64];
    int64_t digits = 0;
    struct text imei;
    imei_key(p, key);
    text_init(&imei, p->imei, sizeof(p->imei));
    if (setting_get_i64(d->store, key, 0, &digits) == 0 && digits > 0)
        text_addf(&imei, "%014" PRId64, digits);
}

static void remember_imei(struct daemon *d, const struct port *p)
{
    char key[64];
    int64_t digits = 0, before = 0;
    imei_key(p, key);
    if (text_to_i64(p->imei, strnlen(p->imei, 14), 1, INT64_MAX, &digits) != 0 ||
        (setting_get_i64(d->store, key, 0, &before) == 0 && before == digits))
        return;
    if (setting_set_i64(d->store, key, digits) != 0)
        log_warning("%s: its modem is not remembered: %s", p->line->name, store_error(d->store));
}

/* What the modems of the other lines are known by. */
static void tell_others(const struct daemon *d, const struct port *p, struct find_query *ret)
{
    for (size_t i = 0; i < d->port_count; i++) {
        const struct port *other = &d->ports[i];
        char real[PATH_MAX];
        const char *path = other->path;
        if (other == p)
            continue;
        struct find_other *o = &ret->others[ret->other_count++];
        o->wish = other->wish;
        memcpy(o->imei, other->imei, sizeof(o->imei));
        if (other->wish.kind == DEVICE_PATH) /* may be a link */
            path = realpath(path, real) ? real : "";
        (void)text_copy(o->path, sizeof(o->path), path);
    }
}

static void end_search(struct daemon *d, struct now now)
{
    const struct find *f = d->find;
    struct port *p = d->searching;
    if (f->state == FIND_DONE) {
        log_info("%s: found %s, IMEI %s, at %s", p->line->name, f->model[0] ? f->model : "a modem",
                 f->imei, f->found.path);
        port_found(p, now, f->found.path, f->imei);
        remember_imei(d, p);
    } else {
        port_not_found(p, now, f->cause);
    }
    find_stop(d->find, d->loop);
    d->searching = NULL;
}

/* Goes on with the search that runs, else begins the next that is wanted. */
static void search(struct daemon *d, struct now now)
{
    for (size_t i = 0; i < d->port_count; i++) {
        struct port *p = d->searching ? d->searching : &d->ports[i];
        if (!p->wants_search)
            continue;
        if (!d->searching) {
            struct find_query query = {.wish = p->wish,
                                       .patient = now.mono.ms - p->lost_at.ms < FIND_PATIENCE_MS,
                                       .baud = p->line->baud};
            memcpy(query.imei, p->imei, sizeof(query.imei));
            tell_others(d, p, &query);
            find_begin(d->find, d->options->root, &query);
            d->searching = p;
        }
        find_turn(d->find, d->loop, now);
        if (d->find->state == FIND_ASKING)
            return;
        end_search(d, now);
    }
}

/* Makes the line of index `i` anew. */
static enum daemon_end open_line(struct daemon *d, size_t i)
{
    struct now now = clock_now();
    const struct config_line *line = &d->config->lines[i];
    struct service_config config = {.line = line->name,
                                    .policy = &d->config->policy,
                                    .modem = &line->modem,
                                    .unicode = &d->config->unicode,
                                    .max_parts = &d->config->max_parts};
    struct service *service = service_new(d->store, &config, now);
    if (!service) {
        log_error("%s: no memory", line->name);
        return DAEMON_FAILED;
    }
    port_init(&d->ports[i], line, service, d->options->root, now);
    recall_imei(d, &d->ports[i]);
    tell_notes(&d->ports[i]);
    return DAEMON_DONE;
}

static enum daemon_end open_lines(struct daemon *d)
{
    enum daemon_end end = DAEMON_DONE;
    while (end == DAEMON_DONE && d->port_count < d->config->line_count)
        end = open_line(d, d->port_count++);
    return end;
}

static bool same_line(const struct config *a, const struct config *b, size_t i)
{
    return i < a->line_count && i < b->line_count &&
           strcmp(a->lines[i].name, b->lines[i].name) == 0 &&
           strcmp(a->lines[i].device, b->lines[i].device) == 0 &&
           a->lines[i].baud == b->lines[i].baud;
}

/* Takes the fresh configuration. Lines that changed are closed and made anew; the others go on. */
static enum daemon_end take_fresh(struct daemon *d)
{
    bool same[CONFIG_LINES_MAX];
    enum daemon_end end = DAEMON_DONE;
    for (size_t i = 0; i < CONFIG_LINES_MAX; i++) {
        same[i] = same_line(d->config, d->fresh, i);
        if (!same[i] && i < d->port_count) {
            log_info("%s: closed, its part of the configuration has changed",
                     d->ports[i].line->name);
            close_line(d, &d->ports[i]);
        }
    }
    *d->config = *d->fresh;
    d->port_count = d->config->line_count;
    for (size_t i = 0; end == DAEMON_DONE && i < d->port_count; i++)
        end = same[i] ? DAEMON_DONE : open_line(d, i);
    return end;
}

/* Begins, changes or ends the trace, as configured. */
static void open_trace(struct daemon *d)
{
    trace_free(d->trace);
    d->trace = NULL;
    int err = d->config->trace[0] ? trace_new(d->config->trace, &d->trace) : 0;
    if (err)
        log_warning("%s: no trace: %s", d->config->trace, strerror(-err));
    for (size_t i = 0; i < d->port_count; i++)
        d->ports[i].trace = d->trace;
}

/* A bad file changes nothing. */
static enum daemon_end reload(struct daemon *d)
{
    char error[CONFIG_ERROR_MAX];
    if (config_read(d->options->config_path, d->fresh, error) != 0) {
        log_error("%s; the old configuration stays", error);
        return DAEMON_DONE;
    }
    if (strcmp(d->fresh->store_path, d->config->store_path) != 0 ||
        strcmp(d->fresh->control_socket, d->config->control_socket) != 0)
        log_warning("store.path and control.socket take effect after a restart");
    enum daemon_end end = take_fresh(d);
    if (end == DAEMON_DONE)
        open_trace(d);
    log_set(d->config->log_level, d->config->mask_numbers);
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
        service_stop_sending(d->ports[i].service);
}

static bool may_stop(const struct daemon *d, struct now now)
{
    if (d->stop_by.ms == MONO_NEVER.ms)
        return false;
    bool sending = false;
    for (size_t i = 0; i < d->port_count; i++)
        sending = sending || service_sending(d->ports[i].service);
    return !sending || now.mono.ms >= d->stop_by.ms;
}

static struct port *find_port(struct daemon *d, const char *name, size_t len)
{
    for (size_t i = 0; i < d->port_count; i++)
        if (strlen(d->ports[i].line->name) == len && memcmp(d->ports[i].line->name, name, len) == 0)
            return &d->ports[i];
    return NULL;
}

/* Puts a person's command to a modem: "LINE COMMAND". The answer is told when it comes. */
static void begin_ask(struct daemon *d, struct now now, const char *words, bool any)
{
    size_t len = strcspn(words, " ");
    struct port *p = find_port(d, words, len);
    const char *command = words + len + (words[len] == ' ');
    const char *trouble = NULL;
    if (!p)
        trouble = "error: no such line";
    else if (!any && !ask_is_query(command))
        trouble = "error: not a query";
    else if (p->asked)
        trouble = "error: the modem is asked already";
    if (trouble) {
        control_answer(d->control, trouble);
        return;
    }
    switch (service_ask(p->service, now, command)) {
    case 0:
        p->asked = true;
        p->ticket = control_keep(d->control);
        return;
    case -EBUSY:
        trouble = "error: the modem is asked already";
        break;
    case -ENOTCONN:
        trouble = "error: the modem does not answer";
        break;
    default:
        trouble = "error: not an AT command";
    }
    control_answer(d->control, trouble);
}

/* Tells the answer of the modem to who has asked. */
static void end_ask(struct daemon *d, struct port *p)
{
    char line[CONTROL_ANSWER_MAX];
    const char *text = p->asked ? service_answer(p->service) : NULL;
    if (!text)
        return;
    tell_answer(text, line, sizeof(line));
    control_answer_kept(d->control, p->ticket, line);
    p->asked = false;
}

static void answer(struct daemon *d, struct now now, const char *request)
{
    char status[CONTROL_ANSWER_MAX];
    if (strcmp(request, "wake") == 0) {
        d->poked = true;
        control_answer(d->control, "ok");
    } else if (strcmp(request, "status") == 0) {
        tell_status(d->ports, d->port_count, now, status, sizeof(status));
        control_answer(d->control, status);
    } else if (strncmp(request, "ask ", 4) == 0) {
        begin_ask(d, now, request + 4, false);
    } else if (strncmp(request, "tell ", 5) == 0) {
        begin_ask(d, now, request + 5, true);
    } else {
        control_answer(d->control, "error: not a request");
    }
}

static enum daemon_end take_event(struct daemon *d, struct now now, const struct loop_event *event)
{
    char request[CONTROL_LINE_MAX];
    if (event->signal == SIGHUP)
        return reload(d);
    if (event->signal)
        begin_stop(d, now, event->signal);
    else if (control_owns(d->control, event->who)) {
        if (control_event(d->control, event, request) == 1)
            answer(d, now, request);
    } else if (event->who == d->find)
        find_event(d->find, now, event->ready);
    else
        port_event(event->who, d->loop, now, event->ready);
    return DAEMON_DONE;
}

static struct mono deadline(const struct daemon *d)
{
    struct mono due = mono_min(mono_min(d->watchdog, d->stop_by), d->control_look);
    due = mono_min(due, find_deadline(d->find));
    for (size_t i = 0; i < d->port_count; i++)
        due = mono_min(due, port_deadline(&d->ports[i]));
    return due;
}

static void feed_watchdog(struct daemon *d, struct now now)
{
    int64_t every_ms = notify_watchdog_ms();
    if (every_ms == 0) {
        d->watchdog = MONO_NEVER;
    } else if (now.mono.ms >= d->watchdog.ms) {
        notify_send("WATCHDOG=1");
        d->watchdog = mono_after(now.mono, every_ms);
    }
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

static void turn(struct daemon *d, struct now now)
{
    look_after_control(d, now);
    if (clock_watch_turn(&d->clock, d->store, now) != 0)
        log_error("following a step of the clock: %s", store_error(d->store));
    search(d, now);
    for (size_t i = 0; i < d->port_count; i++) {
        port_turn(&d->ports[i], d->loop, now, d->poked);
        tell_notes(&d->ports[i]);
        end_ask(d, &d->ports[i]);
    }
    d->poked = false;
    feed_watchdog(d, now);
}

static enum daemon_end run_loop(struct daemon *d)
{
    struct loop_event events[LOOP_EVENTS_MAX];
    enum daemon_end end = DAEMON_DONE;
    struct now now = clock_now();
    turn(d, now);
    while (end == DAEMON_DONE && !may_stop(d, now)) {
        int count = loop_wait(d->loop, deadline(d), events);
        if (count < 0) {
            log_error("waiting for events: %s", strerror(-count));
            return DAEMON_FAILED;
        }
        now = clock_now();
        for (int i = 0; i < count && end == DAEMON_DONE; i++)
            end = take_event(d, now, &events[i]);
        turn(d, now);
    }
    return end;
}

static enum daemon_end start(struct daemon *d)
{
    char error[CONFIG_ERROR_MAX];
    d->config = calloc(1, sizeof(*d->config));
    d->fresh = calloc(1, sizeof(*d->fresh));
    d->find = calloc(1, sizeof(*d->find));
    if (!d->config || !d->fresh || !d->find || loop_new(&d->loop) != 0) {
        log_error("cannot start: %s", strerror(errno));
        return DAEMON_FAILED;
    }
    if (config_read(d->options->config_path, d->config, error) != 0) {
        log_error("%s", error);
        return DAEMON_CONFIG;
    }
    log_set(d->config->log_level, d->config->mask_numbers);
    enum daemon_end end = open_store(d);
    if (end == DAEMON_DONE)
        end = open_control(d); /* before the lines: a second daemon must not touch their rows */
    if (end == DAEMON_DONE)
        end = open_lines(d);
    if (end == DAEMON_DONE)
        open_trace(d);
    return end;
}

enum daemon_end daemon_run(const struct daemon_options *options)
{
    struct daemon d = {.options = options, .stop_by = MONO_NEVER};
    enum daemon_end end = start(&d);
    if (end == DAEMON_DONE) {
        notify_send("READY=1");
        end = run_loop(&d);
    }
    close_lines(&d);
    control_free(d.control);
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
