/* src/daemon/port.h - the port of one line: opened, read, written, lost, and opened again with
 * growing pauses. */
#pragma once
#include "io/config.h"
#include "io/loop.h"
#include "io/serial.h"
#include "service/service.h"

struct port {
    const struct config_line *line; /* borrowed */
    struct service *service;        /* owned */
    struct serial *serial;          /* NULL while there is none */
    struct mono open_at;            /* meaningful then: the next try */
    size_t tries;                   /* since the modem was last ready */
    bool wants_out;
    char cause[SERIAL_ERROR_MAX]; /* why the last try failed, "" */
};

/* Tries to open the port when its time has come. */
void port_open_due(struct port *p, struct loop *loop, struct now now);

/* Reads or drops the port, as the event of the loop says. */
void port_event(struct port *p, struct loop *loop, struct now now, unsigned ready);

/* Lets the service do what is due, then writes what it has for the port. */
void port_turn(struct port *p, struct loop *loop, struct now now, bool poked);

struct mono port_deadline(const struct port *p);

/* Closes the port and releases the service. */
void port_close(struct port *p, struct loop *loop);
