/* tests/sim/world.h - one line of the real program on virtual time: service and store on one side,
 * the simulated modem with its network on the other, and a clock that jumps from deadline to
 * deadline. */
#pragma once
#include "disk.h"
#include "modemsim/sim.h"
#include "service/alerts.h"
#include "service/service.h"
#include "store/store.h"

#define WORLD_NUMBER "+447700900123"

/* What becomes of bytes between the program and the modem. */
struct world_wire {
    uint64_t random;
    bool split;           /* they come in pieces of any size */
    int32_t lost_in_k;    /* of so many pieces in a thousand an octet is lost */
    int32_t doubled_in_k; /* or comes twice, alone or with its whole piece */
    int64_t damaged;      /* so many were */
};

struct world {
    struct sim sim;
    struct store *store;     /* in memory it outlives the program; a file is opened again */
    struct service *service; /* NULL while the program is down */
    struct store *other;     /* the database as another program has it open, or NULL */
    struct policy_config policy;
    enum policy_line mode;
    struct modem_config modem;
    enum compose_unicode unicode;
    int32_t max_parts;
    struct clock_watch clock;
    struct service *second; /* another line, which only the alerts know of; NULL */
    struct alerts alerts;   /* to the owner, where the policy names one */
    struct now now;         /* by the clock of the program ... */
    int64_t clock_ahead_s;  /* ... which is so far ahead of the network's */
    bool open;              /* the port */
    struct mono open_at;    /* when it is opened next */
    struct mono restart_at; /* when the program is started again */
    int64_t steps;          /* exchanges so far: the instants at which a kill differs */
    int64_t kill_at;        /* the step after which the program dies once, 0 never */
    int64_t down_ms;        /* for so long */
    bool power;             /* and with it modem and disk: the power fails */
    int64_t interrupt_at;   /* the step after which interrupt() is called once, 0 never */
    bool poked;             /* somebody else has written to the database and says so */
    bool busy;              /* another program holds the database */
    int starts;             /* of the program */
    int64_t trouble_at;     /* when something could last not be stored */
    int64_t disk_calls;     /* of a slow disk, for which the time has passed */
    bool late;              /* time has passed for the program while it waited for that */
    char heard[160];        /* the line that the program is being told, as far as it came */
    size_t heard_len;
    int store_errors;  /* that nothing in the script explains */
    const char *path;  /* of the database */
    struct disk *disk; /* under it, or NULL */
    struct world_wire wire;
    void (*watch)(struct world *w); /* called whenever something may have happened, or NULL */
    void (*interrupt)(struct world *w);
    /* Called when a ready program has taken a whole line, undamaged, and done what follows from it.
     */
    void (*told)(struct world *w, const char *line);
};

/* Starts the world on Monday 2026-11-23 10:00 UTC with an empty store in memory and the program up.
 * Returns 0 or an error of store.h. */
int world_init(struct world *w);
/* The same with the database in a file (`path` borrowed) on `disk`. */
int world_init_at(struct world *w, const char *path, struct disk *disk);
/* And the same at another time. */
int world_init_from(struct world *w, const char *path, struct disk *disk, struct wall start);
void world_free(struct world *w);

/* The time as the network has it. */
struct now world_network_now(const struct world *w);

/* Lets `ms` pass. */
void world_run(struct world *w, int64_t ms);

/* The program dies now, in the middle of whatever it does, and is started again after `down_ms`. */
void world_kill(struct world *w, int64_t down_ms);

/* Counts the events of a type so far, such as "message.received"; -1 on an error. */
int world_events(struct world *w, const char *type);
