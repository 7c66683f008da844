#include "port.h"
#include "io/log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define READ_SIZE 4096

/* Pauses before the port is tried again; a modem that restarts needs 5 to 20 s. */
static const int64_t pause_ms[] = {1000, 1000, 2000, 5000, 10000, 30000, 60000};
#define PAUSE_COUNT (sizeof(pause_ms) / sizeof(pause_ms[0]))

static void schedule(struct port *p, struct now now)
{
    size_t step = p->tries < PAUSE_COUNT ? p->tries : PAUSE_COUNT - 1;
    p->open_at = mono_after(now.mono, pause_ms[step]);
    p->tries++;
}

/* A dead descriptor that is kept makes the modem come back under another name: it goes at once. */
static void drop(struct port *p, struct loop *loop, struct now now, const char *cause)
{
    loop_remove(loop, serial_fd(p->serial));
    serial_close(p->serial);
    p->serial = NULL;
    p->wants_out = false;
    log_warning("%s: lost %s: %s", p->line->name, p->line->device, cause);
    schedule(p, now);
    service_lost(p->service, now, cause);
}

void port_open_due(struct port *p, struct loop *loop, struct now now)
{
    char cause[SERIAL_ERROR_MAX];
    if (p->serial || now.mono.ms < p->open_at.ms)
        return;
    int err = serial_open(p->line->device, p->line->baud, &p->serial, cause);
    if (err == 0 && (err = loop_add(loop, serial_fd(p->serial), p)) != 0) {
        snprintf(cause, sizeof(cause), "cannot be waited for: %s", strerror(-err));
        serial_close(p->serial);
        p->serial = NULL;
    }
    if (err != 0) {
        if (strcmp(cause, p->cause) != 0) { /* said once, not at every try */
            log_warning("%s: %s", p->line->name, cause);
            service_lost(p->service, now, cause);
        }
        snprintf(p->cause, sizeof(p->cause), "%s", cause);
        schedule(p, now);
        return;
    }
    p->cause[0] = '\0';
    log_info("%s: opened %s", p->line->name, p->line->device);
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

void port_turn(struct port *p, struct loop *loop, struct now now, bool poked)
{
    struct modem_info info;
    port_open_due(p, loop, now);
    service_turn(p->service, now, poked);
    if (p->serial && service_wants_reopen(p->service))
        drop(p, loop, now, "the modem does not answer");
    write_out(p, loop, now);
    service_info(p->service, &info);
    if (info.state == MODEM_READY)
        p->tries = 0;
}

struct mono port_deadline(const struct port *p)
{
    struct mono due = service_deadline(p->service);
    return p->serial ? due : mono_min(due, p->open_at);
}

void port_close(struct port *p, struct loop *loop)
{
    if (p->serial) {
        loop_remove(loop, serial_fd(p->serial));
        serial_close(p->serial);
    }
    service_free(p->service);
    *p = (struct port){0};
}
