/* tests/sim/run.h - one run of the simulation: a town that calls and texts (town.c), and what fails
 * (fault.c). All of it is drawn from one number, so that the same seed gives the same run. */
#pragma once
#include "sms/compose.h"
#include "truth.h"

enum fault {
    FAULT_HANG,         /* the modem is deaf until something strong enough is done */
    FAULT_RESET,        /* it restarts by itself */
    FAULT_UNPLUG,       /* it is away for a while */
    FAULT_FORGET,       /* it forgets what it was told, and says nothing */
    FAULT_MEMORY,       /* its memory is full of texts at once */
    FAULT_PIN,          /* another SIM, or a PIN that is wrong */
    FAULT_LOST_BYTES,   /* on the wire */
    FAULT_DOUBLE_BYTES, /* the same */
    FAULT_NETWORK_FAIL, /* it is away, or refuses texts, or is silent about them */
    FAULT_NO_REPORTS,
    FAULT_CLOCK, /* it starts in 1970 or elsewhere, or jumps while the program runs */
    FAULT_KILL,  /* the program dies, between any two bytes and any two writes */
    FAULT_POWER, /* with modem and disk */
    FAULT_DISK_FULL,
    FAULT_DISK_BAD, /* writes and syncs fail */
    FAULT_DISK_SLOW,
    FAULT_BUSY,    /* another program holds the database */
    FAULT_RELOAD,  /* of the configuration, at any moment */
    FAULT_COMMAND, /* somebody writes to the database, at any moment */
    FAULT_CROWD,   /* many call at once */
    FAULT_COUNT,
};

extern const char *const fault_names[FAULT_COUNT];

struct run {
    struct world w; /* first: the world calls with its own address */
    struct truth truth;
    struct disk disk;
    struct compose compose;
    char directory[32], path[64];
    uint64_t random;
    uint32_t faults; /* which may happen: a bit each */
    int strangers, texts;
    struct truth_person *caller; /* the last one; NULL none yet */
};

int64_t run_draw(struct run *r, int64_t from, int64_t to);
bool run_chance(struct run *r, int percent);

/* town.c: lets time pass in which life goes on; one thing happens; somebody calls, perhaps again;
 * somebody writes to the database. */
void town_live(struct run *r, int64_t ms);
void town_event(struct run *r);
void town_call(struct run *r);
void town_command(struct run *r);
/* The database as another program has it open, perhaps since its last command; NULL where it cannot
 * be opened. */
struct store *town_store(struct run *r);
/* Somebody who has called or will; writes to them by hand. */
struct truth_person *town_somebody(struct run *r);
void town_answer(struct run *r, struct store *store, struct truth_person *who);
/* They text. */
void town_text(struct run *r, struct truth_person *who, const char *words);
/* town_others.c: the owner has a phone; gives an order with it, perhaps about somebody; somebody
 * fills a web form in. */
void town_own(struct run *r);
void town_order(struct run *r, struct truth_person *about);
void town_form(struct run *r, struct truth_person *who);
/* A person whom nobody has heard of. */
struct truth_person *town_stranger(struct run *r);
/* One call of theirs from its first ring on; nothing where the line is busy. */
void town_ring(struct run *r, struct truth_person *who);

/* fault.c: one fault from its beginning to its end, with what must be well again afterwards. */
void fault_suffer(struct run *r);
