#include "port.h"
#include "io/log.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE 4096
#define PLUGGED_MS 300

/* Pauses before the port is tried again; a modem that restarts needs 5 to 20 s. */
static const int64_t pause_ms[] = {1000, 1000, 2000, 5000, 10000, 30000, 60000};
#define PAUSE_COUNT (sizeof(pause_ms) / sizeof(pause_ms[0]))

static void schedule(struct port *p, struct now now)
{
    size_t step = p->tries < PAUSE_COUNT ? p->tries : PAUSE_COUNT - 1;
    p->open_at = mono_after(now.mono, pause_ms[step]);
    p->tries++;
}

void port_init(struct port *p, struct service *service, const char *root, struct now now)
{
    p->root = root;
    p->service = service;
    p->open_at = p->lost_at = now.mono;
    int err = device_parse(p->line.device, &p->wish);
    assert(err == 0); /* the configuration was checked */
    if (p->wish.kind == DEVICE_PATH)
        snprintf(p->path, sizeof(p->path), "%s", p->line.device);
}

/* The port that was is no more: where it was found by a search, it is searched for again. */
static void forget_path(struct port *p)
{
    if (p->wish.kind != DEVICE_PATH)
        p->path[0] = '\0';
}

/* A dead descriptor that is kept makes the modem come back under another name: it goes at once. */
static void drop(struct port *p, struct loop *loop, struct now now, const char *cause)
{
    loop_remove(loop, serial_fd(p->serial));
    serial_close(p->serial);
    p->serial = NULL;
    p->wants_out = false;
    log_warning("%s: lost %s: %s", p->line.name, p->path, cause);
    forget_path(p);
    p->lost_at = now.mono;
    schedule(p, now);
    service_lost(p->service, now, cause);
}

/* There is no port to talk to: said once, not at every try. */
static void without_port(struct port *p, struct now now, const char *cause)
{
    if (strcmp(cause, p->cause) != 0) {
        log_warning("%s: %s", p->line.name, cause);
        service_lost(p->service, now, cause);
    }
    snprintf(p->cause, sizeof(p->cause), "%s", cause);
    schedule(p, now);
}

void port_found(struct port *p, struct now now, const char *path, const char *imei)
{
    p->wants_search = false;
    p->open_at = now.mono;
    snprintf(p->path, sizeof(p->path), "%s", path);
    snprintf(p->imei, sizeof(p->imei), "%s", imei);
}

void port_not_found(struct port *p, struct now now, const char *cause)
{
    p->wants_search = false;
    without_port(p, now, cause);
}

/* The links of udev and the other ports of the modem follow within a moment. */
void port_plugged(struct port *p, struct now now)
{
    if (p->serial)
        return;
    p->tries = 0;
    p->open_at = mono_min(p->open_at, mono_after(now.mono, PLUGGED_MS));
}

/* Notes which USB device an open port is of. */
static void note_device(struct port *p)
{
    char real[PATH_MAX];
    struct port_info info;
    p->usb[0] = '\0';
    if (ports_find(p->root, p->path, &info) == 0 ||
        (realpath(p->path, real) && ports_find(p->root, real, &info) == 0))
        memcpy(p->usb, info.device, sizeof(p->usb));
}

void port_open_due(struct port *p, struct loop *loop, struct now now)
{
    char cause[SERIAL_ERROR_MAX];
    if (p->serial || p->wants_search || now.mono.ms < p->open_at.ms)
        return;
    p->wants_search = !p->path[0];
    if (p->wants_search)
        return;
    int err = serial_open(p->path, p->line.baud, &p->serial, cause);
    if (err == 0 && (err = loop_add(loop, serial_fd(p->serial), p)) != 0) {
        snprintf(cause, sizeof(cause), "cannot be waited for: %s", strerror(-err));
        serial_close(p->serial);
        p->serial = NULL;
    }
    if (err != 0) {
        forget_path(p);
        without_port(p, now, cause);
        return;
    }
    p->cause[0] = '\0';
    note_device(p);
    log_info("%s: opened %s", p->line.name, p->path);
    service_opened(p->service, now);
}

void port_event(struct port *p, struct loop *loop, struct now now, unsigned ready)
{
    uint8_t bytes[READ_SIZE];
    if (!p->serial)
        return; /* dropped earlier in this turn */
    if (ready & (LOOP_IN | LOOP_GONE)) {
        int got = serial_read(p->serial, bytes, sizeof(bytes));
        if (got > 0)
            trace_bytes(p->trace, p->line.name, '<', bytes, (size_t)got);
        if (got > 0)
            service_feed(p->service, now, bytes, (size_t)got);
        else if (got != -EAGAIN || (ready & LOOP_GONE))
            drop(p, loop, now, "unplugged");
    }
}

static void write_out(struct port *p, struct loop *loop, struct now now)
{
    size_t len;
    const uint8_t *bytes = service_output(p->service, &len);
    while (p->serial && len > 0) {
        int put = serial_write(p->serial, bytes, len);
        if (put == -EAGAIN)
            break;
        if (put < 0) {
            drop(p, loop, now, "cannot be written to");
            return;
        }
        trace_bytes(p->trace, p->line.name, '>', bytes, (size_t)put);
        service_written(p->service, (size_t)put);
        bytes = service_output(p->service, &len);
    }
    if (p->serial && p->wants_out != (len > 0)) {
        p->wants_out = len > 0;
        int err = loop_want_out(loop, serial_fd(p->serial), p, p->wants_out);
        if (err != 0)
            drop(p, loop, now, strerror(-err));
    }
}

/* Resets the USB port of a modem that no command helps. */
static void reauthorise_due(struct port *p, struct loop *loop, struct now now)
{
    if (!service_wants_reauthorise(p->service))
        return;
    if (p->serial)
        drop(p, loop, now, "the modem does not answer");
    int err = p->usb[0] ? ports_reauthorise(p->root, p->usb) : -ENOENT;
    if (err == 0)
        log_warning("%s: USB port %s was reset", p->line.name, p->usb);
    else
        log_warning("%s: its USB port cannot be reset: %s", p->line.name,
                    p->usb[0] ? strerror(-err) : "it is at none that is known");
}

void port_turn(struct port *p, struct loop *loop, struct now now, bool poked)
{
    struct modem_info info;
    port_open_due(p, loop, now);
    service_turn(p->service, now, poked);
    if (p->serial && service_wants_reopen(p->service))
        drop(p, loop, now, "the modem does not answer");
    reauthorise_due(p, loop, now);
    write_out(p, loop, now);
    service_info(p->service, &info);
    if (info.state == MODEM_READY)
        p->tries = 0;
}

struct mono port_deadline(const struct port *p)
{
    struct mono due = service_deadline(p->service);
    return p->serial || p->wants_search ? due : mono_min(due, p->open_at);
}

void port_close(struct port *p, struct loop *loop)
{
    if (p->serial) {
        loop_remove(loop, serial_fd(p->serial));
        serial_close(p->serial);
    }
    service_free(p->service);
}
