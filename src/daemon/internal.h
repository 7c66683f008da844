/* src/daemon/internal.h - what the files of this room share: daemon.c, lines.c, request.c. */
#pragma once
#include "daemon/daemon.h"
#include "daemon/find.h"
#include "hooks.h"
#include "io/control.h"
#include "port.h"
#include "service/alerts.h"
#include "service/retention.h"
#include "watchdog.h"

struct daemon {
    const struct daemon_options *options;
    struct config *config; /* one place for its life: the services borrow what is in it */
    struct config *fresh;  /* a file is read into here before it takes effect */
    struct store *store;
    struct loop *loop;
    struct control *control;
    struct port *ports[CONFIG_LINES_MAX]; /* owned, in the order of the configuration */
    size_t port_count;
    int plugs;              /* tells of ports that come, -1: only the retries do */
    struct find *find;      /* one for all lines */
    struct port *searching; /* whose modem it looks for, NULL */
    struct trace *trace;    /* NULL: off */
    struct clock_watch clock;
    struct retention retention;
    struct alerts alerts; /* what the owner is told */
    bool alerts_failed;   /* the last try, for the log */
    struct hooks hooks;
    struct watchdog watchdog;
    struct mono stop_by;      /* MONO_NEVER until a signal asked for the end */
    struct mono control_look; /* when to see whether the socket is still there */
    bool poked, reload;       /* asked for in this turn */
};

/* lines.c */
enum daemon_end lines_open(struct daemon *d);
void lines_close(struct daemon *d);
/* Takes the fresh configuration. Lines of which something changed that only a modem set up anew
 * knows are closed and made anew; the others go on, wherever they stand in it. */
enum daemon_end lines_reload(struct daemon *d);
/* Goes on with the search for a modem that runs, else begins the next that is wanted. */
void lines_search(struct daemon *d, struct now now);

/* A port may have come: lines without a modem look at once. */
void lines_plugged(struct daemon *d, struct now now);

/* request.c */
/* Answers a request of the control socket, now or when the modem has answered. */
void request_take(struct daemon *d, struct now now, const char *request);
/* Tells the answer of the modem to who has asked. */
void request_finish(struct daemon *d, struct port *p);
