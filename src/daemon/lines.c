/* The lines of the configuration: made, closed, made anew, and the search for their modems. */
#include "base/text.h"
#include "internal.h"
#include "io/clock.h"
#include "io/log.h"
#include "tell.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

/* The port whose search runs, else the first that wants one; NULL none. */
static struct port *next_search(struct daemon *d)
{
    struct port *next = d->searching;
    for (size_t i = 0; i < d->port_count && !next; i++)
        next = d->ports[i].wants_search ? &d->ports[i] : NULL;
    return next;
}

static void begin_search(struct daemon *d, struct now now, struct port *p)
{
    struct find_query query = {.wish = p->wish,
                               .patient = now.mono.ms - p->lost_at.ms < FIND_PATIENCE_MS,
                               .baud = p->line->baud};
    memcpy(query.imei, p->imei, sizeof(query.imei));
    tell_others(d, p, &query);
    find_begin(d->find, d->options->root, &query);
    d->searching = p;
}

void lines_search(struct daemon *d, struct now now)
{
    struct port *p;
    while ((p = next_search(d)) != NULL) {
        if (!d->searching)
            begin_search(d, now, p);
        find_turn(d->find, d->loop, now);
        if (d->find->state == FIND_ASKING)
            return;
        end_search(d, now); /* and it wants none for a while */
    }
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

void lines_close(struct daemon *d)
{
    for (size_t i = 0; i < d->port_count; i++)
        close_line(d, &d->ports[i]);
    d->port_count = 0;
}

/* Makes the line of index `i` anew. */
static enum daemon_end open_line(struct daemon *d, size_t i)
{
    struct now now = clock_now();
    const struct config_line *line = &d->config->lines[i];
    struct service_config config = {.line = line->name,
                                    .policy = &d->config->policy,
                                    .mode = &line->mode,
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

enum daemon_end lines_open(struct daemon *d)
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

enum daemon_end lines_reload(struct daemon *d)
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

void lines_plugged(struct daemon *d, struct now now)
{
    for (size_t i = 0; i < d->port_count; i++)
        port_plugged(&d->ports[i], now);
}
