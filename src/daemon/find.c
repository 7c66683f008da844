#include "daemon/find.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE 1024
#define TRIES_KNOWN 4 /* AT, 1 s each */
#define TRIES_OTHER 2

/* Returns whether sysfs tells that a port is of the device a wish asks for. */
static bool is_wished(const struct device_wish *wish, const struct port_info *port)
{
    return wish->kind != DEVICE_USB ||
           (port->device[0] && port->usb.vid == wish->vid && port->usb.pid == wish->pid &&
            (!wish->serial[0] || strcmp(port->serial, wish->serial) == 0));
}

/* Returns whether a port is, or is of a device that is, another line's. */
static bool is_taken(const struct find *f, const struct port_info *port)
{
    for (size_t i = 0; i < f->query.other_count; i++) {
        const struct find_other *other = &f->query.others[i];
        if (other->wish.kind == DEVICE_USB && f->query.wish.kind != DEVICE_USB &&
            is_wished(&other->wish, port))
            return true;
        for (size_t k = 0; k < f->count && other->path[0]; k++)
            if (strcmp(f->ports[k].path, other->path) == 0 &&
                (&f->ports[k] == port ||
                 (port->device[0] && strcmp(f->ports[k].device, port->device) == 0)))
                return true;
    }
    return false;
}

/* Returns whether the modem that has answered belongs to another line. */
static bool is_others(const struct find *f, const char *imei)
{
    for (size_t i = 0; i < f->query.other_count; i++)
        if (device_same_imei(f->query.others[i].imei, imei) ||
            device_same_imei(f->query.others[i].wish.imei, imei))
            return true;
    return false;
}

/* Returns whether no other port of the same device promises more. */
static bool is_best_port(const struct find *f, const struct port_info *port)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->ports[i].rank < port->rank && port->device[0] &&
            strcmp(f->ports[i].device, port->device) == 0)
            return false;
    return true;
}

/* Returns whether the modem that has answered is the one that is searched for. */
static bool is_it(const struct find *f, const struct port_info *port)
{
    const struct find_query *q = &f->query;
    const char *imei = f->probe.imei;
    if (q->wish.kind == DEVICE_IMEI)
        return device_same_imei(q->wish.imei, imei) && (!q->patient || is_best_port(f, port));
    if (is_others(f, imei))
        return false;
    return !q->patient ||
           ((!q->imei[0] || device_same_imei(q->imei, imei)) && is_best_port(f, port));
}

/* How much a person should know of a trouble: what can be mended comes first. */
static int weight(int err)
{
    return err == -EACCES ? 4 : err == -EBUSY ? 3 : err == -ENODEV ? 2 : err ? 1 : 0;
}

static void note_trouble(struct find *f, int err, const char *cause)
{
    if (weight(err) <= weight(f->trouble))
        return;
    f->trouble = err;
    (void)snprintf(f->cause, sizeof(f->cause), "no modem found: %.220s", cause);
}

/* Drops the candidates that need not be asked. */
static void choose_candidates(struct find *f)
{
    bool ask[PORTS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++)
        ask[i] = f->ports[i].rank != FAMILY_NEVER && is_wished(&f->query.wish, &f->ports[i]) &&
                 !is_taken(f, &f->ports[i]);
    for (size_t i = 0; i < f->count; i++)
        if (ask[i])
            f->ports[kept++] = f->ports[i];
    f->count = kept;
}

void find_begin(struct find *f, const char *root, const struct find_query *query)
{
    char odd[PORTS_ODD_SIZE];
    *f = (struct find){.state = FIND_ASKING, .root = root, .query = *query};
    f->count = ports_list(root, f->ports, PORTS_MAX);
    choose_candidates(f);
    if (f->count > 0)
        return;
    if (ports_without(root, odd))
        note_trouble(f, -ENODEV, odd);
    note_trouble(f, -ENOENT,
                 query->other_count > 0 ? "none is plugged in but those of the other lines"
                                        : "none is plugged in");
}

static void close_port(struct find *f, struct loop *loop)
{
    if (!f->serial)
        return;
    loop_remove(loop, serial_fd(f->serial));
    serial_close(f->serial);
    f->serial = NULL;
    f->wants_out = false;
}

/* Opens the candidate whose turn it is. Returns whether it can be asked. */
static bool open_port(struct find *f, struct loop *loop, struct now now)
{
    const struct port_info *port = &f->ports[f->at];
    char cause[SERIAL_ERROR_MAX];
    int err = serial_open(port->path, f->query.baud, &f->serial, cause);
    if (err == 0 && (err = loop_add(loop, serial_fd(f->serial), f)) != 0) {
        (void)snprintf(cause, sizeof(cause), "%s: %s", port->path, strerror(-err));
        serial_close(f->serial);
        f->serial = NULL;
    }
    if (err != 0) {
        note_trouble(f, err, cause);
        return false;
    }
    probe_init(&f->probe, now.mono, port->rank <= FAMILY_SECOND ? TRIES_KNOWN : TRIES_OTHER);
    return true;
}

/* The candidate has given its answer. */
static void judge(struct find *f)
{
    const struct port_info *port = &f->ports[f->at];
    char cause[SERIAL_ERROR_MAX];
    if (f->probe.state == PROBE_MODEM && is_it(f, port)) {
        f->state = FIND_DONE;
        f->found = *port;
        memcpy(f->model, f->probe.model, sizeof(f->model));
        memcpy(f->imei, f->probe.imei, sizeof(f->imei));
        return;
    }
    (void)snprintf(cause, sizeof(cause), "%s %s", port->path,
                   f->probe.state == PROBE_MODEM   ? "is not the modem of this line"
                   : f->probe.state == PROBE_OTHER ? "answers, but is no mobile modem"
                                                   : "does not answer to AT");
    note_trouble(f, -EIO, cause);
}

static void write_out(struct find *f, struct loop *loop)
{
    size_t len;
    const uint8_t *bytes = probe_output(&f->probe, &len);
    int put = len > 0 ? serial_write(f->serial, bytes, len) : 0;
    if (put > 0) {
        probe_written(&f->probe, (size_t)put);
        (void)probe_output(&f->probe, &len);
    } else if (put < 0 && put != -EAGAIN) {
        f->probe.state = PROBE_SILENT;
    }
    if (f->wants_out != (len > 0) && loop_want_out(loop, serial_fd(f->serial), f, len > 0) == 0)
        f->wants_out = len > 0;
}

void find_event(struct find *f, struct now now, unsigned ready)
{
    uint8_t bytes[READ_SIZE];
    if (!f->serial || !(ready & (LOOP_IN | LOOP_GONE)))
        return;
    int got = serial_read(f->serial, bytes, sizeof(bytes));
    if (got > 0)
        probe_feed(&f->probe, now.mono, bytes, (size_t)got);
    else if (got != -EAGAIN || (ready & LOOP_GONE))
        f->probe.state = PROBE_SILENT; /* unplugged meanwhile */
}

void find_turn(struct find *f, struct loop *loop, struct now now)
{
    while (f->state == FIND_ASKING) {
        if (f->at == f->count) {
            f->state = FIND_NONE;
            return;
        }
        if (f->serial || open_port(f, loop, now)) {
            probe_expire(&f->probe, now.mono);
            write_out(f, loop);
            if (f->probe.state == PROBE_ASKING)
                return;
            judge(f);
            close_port(f, loop);
        }
        f->at++;
    }
}

struct mono find_deadline(const struct find *f)
{
    return f->state == FIND_ASKING && f->serial ? probe_deadline(&f->probe) : MONO_NEVER;
}

void find_stop(struct find *f, struct loop *loop)
{
    close_port(f, loop);
    f->state = FIND_IDLE;
}
