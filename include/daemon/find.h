/* include/daemon/find.h - the search for the modem of a line that names no port: one port after the
 * other is opened and asked, those of known modems first. One search at a time, so that two lines
 * never ask the same port. */
#pragma once
#include "io/loop.h"
#include "io/ports.h"
#include "io/serial.h"
#include "modem/probe.h"

#define FIND_OTHERS_MAX 4
#define FIND_PATIENCE_MS 180000 /* a modem that restarts comes back within this time */

/* A modem that belongs to another line. */
struct find_other {
    struct device_wish wish;
    char path[PORT_PATH_SIZE];   /* the port that it has or had, no link; "" none */
    char imei[DEVICE_IMEI_SIZE]; /* of the modem that it has or had, "" unknown */
};

/* What is searched for. */
struct find_query {
    struct device_wish wish;     /* no DEVICE_PATH */
    char imei[DEVICE_IMEI_SIZE]; /* the modem that the line had, "" none: preferred */
    bool patient;                /* only that one, and only the best port of a modem, will do */
    int32_t baud;
    size_t other_count;
    struct find_other others[FIND_OTHERS_MAX];
};

enum find_state {
    FIND_IDLE,
    FIND_ASKING,
    FIND_DONE, /* `found` */
    FIND_NONE, /* `cause` says why, for people */
};

struct find {
    enum find_state state;
    const char *root; /* io/ports.h */
    struct find_query query;
    size_t count, at; /* candidates, and the one that is asked */
    struct port_info ports[PORTS_MAX];
    struct serial *serial;
    bool wants_out;
    struct probe probe;
    int trouble; /* the error that `cause` is about, 0 none */
    char cause[SERIAL_ERROR_MAX];
    struct port_info found;
    char model[PROBE_MODEL_SIZE], imei[DEVICE_IMEI_SIZE]; /* of the found modem */
};

/* Begins a search. `root` is borrowed. */
void find_begin(struct find *f, const char *root, const struct find_query *query);

/* Reads what the event of the loop tells; `f` is who it is of. */
void find_event(struct find *f, struct now now, unsigned ready);

/* Goes on with the search: call after find_begin(), each find_event() and at the deadline. */
void find_turn(struct find *f, struct loop *loop, struct now now);
struct mono find_deadline(const struct find *f);

/* Ends the search, whatever its state. */
void find_stop(struct find *f, struct loop *loop);
