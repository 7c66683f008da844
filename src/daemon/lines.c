/* The lines of the configuration: made, closed, made anew, and the search for their modems. */
#include "base/text.h"
#include "internal.h"
#include "io/clock.h"
#include "io/log.h"
#include "store/message.h"
#include "tell.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define LEFT_BEHIND_MAX 1000 /* rows that are looked at */

/* The modem of a line is known by 14 digits of its IMEI; they outlive a restart. */
static void imei_key(const struct port *p, char ret_key[64])
{
    snprintf(ret_key, 64, "imei.%s", p->line.name);
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
        log_warning("%s: its modem is not remembered: %s", p->line.name, store_error(d->store));
}

/* What the modems of the other lines are known by. */
static void tell_others(const struct daemon *d, const struct port *p, struct find_query *ret)
{
    for (size_t i = 0; i < d->port_count; i++) {
        const struct port *other = d->ports[i];
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
        log_info("%s: found %s, IMEI %s, at %s", p->line.name, f->model[0] ? f->model : "a modem",
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
        next = d->ports[i]->wants_search ? d->ports[i] : NULL;
    return next;
}

static void begin_search(struct daemon *d, struct now now, struct port *p)
{
    struct find_query query = {.wish = p->wish,
                               .patient = now.mono.ms - p->lost_at.ms < FIND_PATIENCE_MS,
                               .baud = p->line.baud};
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
    if (d->searching == p) {
        find_stop(d->find, d->loop);
        d->searching = NULL;
    }
    if (p->asked)
        control_answer_kept(d->control, p->ticket, "error: the line was closed");
    service_close(p->service, clock_now());
    tell_notes(p);
    port_close(p, d->loop);
    free(p);
}

void lines_close(struct daemon *d)
{
    for (size_t i = 0; i < d->port_count; i++)
        close_line(d, d->ports[i]);
    d->port_count = 0;
}

/* Makes a line, the last one until now. */
static enum daemon_end open_line(struct daemon *d, const struct config_line *line)
{
    struct now now = clock_now();
    struct port *p = calloc(1, sizeof(*p));
    struct service *service = NULL;
    if (p) {
        p->line = *line;
        struct service_config config = {.line = p->line.name,
                                        .policy = &d->config->policy,
                                        .mode = &p->line.mode,
                                        .modem = &p->line.modem,
                                        .unicode = &d->config->unicode,
                                        .max_parts = &d->config->max_parts};
        service = service_new(d->store, &config, now);
    }
    if (!service) {
        log_error("%s: no memory", line->name);
        free(p);
        return DAEMON_FAILED;
    }
    port_init(p, service, d->options->root, now);
    recall_imei(d, p);
    tell_notes(p);
    d->ports[d->port_count++] = p;
    return DAEMON_DONE;
}

/* Tells what waits for a line that was renamed or taken out: no other sends it. */
static void tell_left_behind(struct daemon *d)
{
    struct store_rows *rows;
    struct message_row message;
    char line[sizeof(d->config->lines[0].name)] = "";
    bool some = false;
    if (outbox_list(d->store, clock_now().wall, LEFT_BEHIND_MAX, &rows) != 0)
        return; /* whatever is wrong with the store is told by the lines */
    while (!some && message_next(rows, &message) > 0)
        some = !config_line_named(d->config, message.line) &&
               text_copy(line, sizeof(line), message.line) == 0;
    store_rows_free(rows);
    if (some)
        log_warning("%s: not in the configuration: texts queued for it wait until it is, or are "
                    "cancelled (textback queue)",
                    line);
}

enum daemon_end lines_open(struct daemon *d)
{
    enum daemon_end end = DAEMON_DONE;
    while (end == DAEMON_DONE && d->port_count < d->config->line_count)
        end = open_line(d, &d->config->lines[d->port_count]);
    tell_left_behind(d);
    return end;
}

/* Returns whether a modem that is set up for one of them is set up for the other, too. */
static bool same_line(const struct config_line *a, const struct config_line *b)
{
    const struct modem_config *m = &a->modem, *n = &b->modem;
    bool same = strcmp(a->name, b->name) == 0 && strcmp(a->device, b->device) == 0 &&
                a->baud == b->baud && m->ring_gap_ms == n->ring_gap_ms &&
                m->delivery_reports == n->delivery_reports && strcmp(m->smsc, n->smsc) == 0 &&
                m->init_count == n->init_count;
    for (size_t i = 0; same && i < m->init_count; i++)
        same = strcmp(m->init[i], n->init[i]) == 0;
    return same;
}

/* Closes the lines that do not go on; `ret_kept` are those that do, by their new place. */
static void close_changed(struct daemon *d, struct port *ret_kept[CONFIG_LINES_MAX])
{
    for (size_t i = 0; i < d->port_count; i++) {
        struct port *p = d->ports[i];
        size_t at = 0;
        while (at < d->fresh->line_count && !same_line(&p->line, &d->fresh->lines[at]))
            at++;
        if (at < d->fresh->line_count) {
            p->line = d->fresh->lines[at];
            ret_kept[at] = p;
            continue;
        }
        log_info("%s: closed, its part of the configuration has changed", p->line.name);
        close_line(d, p);
    }
    d->port_count = 0;
}

enum daemon_end lines_reload(struct daemon *d)
{
    struct port *kept[CONFIG_LINES_MAX] = {NULL};
    enum daemon_end end = DAEMON_DONE;
    close_changed(d, kept);
    *d->config = *d->fresh;
    for (size_t i = 0; i < d->config->line_count; i++) {
        if (kept[i])
            d->ports[d->port_count++] = kept[i];
        else if (end == DAEMON_DONE)
            end = open_line(d, &d->config->lines[i]);
    }
    tell_left_behind(d);
    return end;
}

void lines_plugged(struct daemon *d, struct now now)
{
    for (size_t i = 0; i < d->port_count; i++)
        port_plugged(d->ports[i], now);
}
