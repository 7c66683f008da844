/* src/daemon/port.h - the port of one line: found, opened, read, written, lost, and found or opened
 * again with growing pauses. */
#pragma once
#include "io/config.h"
#include "io/loop.h"
#include "io/ports.h"
#include "io/serial.h"
#include "io/trace.h"
#include "modem/device.h"
#include "service/service.h"

struct port {
    struct config_line line;     /* as it is now: the service borrows what is in it */
    struct service *service;     /* owned */
    const char *root;            /* borrowed */
    struct trace *trace;         /* borrowed, NULL: off */
    struct device_wish wish;     /* which modem it is to have */
    char path[CONFIG_PATH_MAX];  /* of the port that is or was open; "" to be searched for */
    char usb[PORT_DEVICE_SIZE];  /* the USB device that it was of, "" none */
    char imei[DEVICE_IMEI_SIZE]; /* of the modem that the line has or had, "" unknown */
    struct mono lost_at;         /* when it began to be without a modem */
    bool wants_search;           /* somebody is to look for its modem: port_found() or
                                    port_not_found() */
    struct serial *serial;       /* NULL while there is none */
    struct mono open_at;         /* meaningful then: the next try */
    size_t tries;                /* since the modem was last ready */
    bool wants_out;
    bool asked;                   /* a person waits for an answer of the modem ... */
    uint64_t ticket;              /* ... this one: io/control.h */
    char cause[SERIAL_ERROR_MAX]; /* why the last try failed, "" */
};

/* Begins without a port, for the line `p->line`. `root` (io/ports.h) is borrowed, `service` is
 * taken and may borrow from `p->line`. */
void port_init(struct port *p, struct service *service, const char *root, struct now now);

/* The modem was found at `path`: it is opened at the next turn. Or it was not, and why. */
void port_found(struct port *p, struct now now, const char *path, const char *imei);
void port_not_found(struct port *p, struct now now, const char *cause);

/* A port has come, perhaps this one: it is tried soon, and often for a while. */
void port_plugged(struct port *p, struct now now);

/* Tries to open the port when its time has come. */
void port_open_due(struct port *p, struct loop *loop, struct now now);

/* Reads or drops the port, as the event of the loop says. */
void port_event(struct port *p, struct loop *loop, struct now now, unsigned ready);

/* Lets the service do what is due, then writes what it has for the port. */
void port_turn(struct port *p, struct loop *loop, struct now now, bool poked);

struct mono port_deadline(const struct port *p);

/* Closes the port and releases the service. */
void port_close(struct port *p, struct loop *loop);
