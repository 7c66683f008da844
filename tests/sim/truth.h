/* tests/sim/truth.h - what happened in the simulated world, and whether the program kept its
 * promises. Knows what people did and what the network saw, and compares it with the rows; takes
 * nothing else from the program. */
#pragma once
#include "world.h"

#define TRUTH_PEOPLE_MAX 400
#define TRUTH_TEXTS_MAX 4000
#define TRUTH_LOG_MAX 50
#define TRUTH_WATCHED_MAX 16

struct truth_person {
    char number[24];
    int rung;         /* calls that reached the modem */
    int told;         /* of them, those that the modem told the program of, undisturbed */
    int split;        /* of them, those that a fault fell into: two rows, perhaps */
    int rows;         /* of calls, in the end */
    int automatic;    /* texts after a missed call, without copies */
    int64_t texted;   /* the last of them; 0 never */
    int64_t answered; /* the last answer to STOP; 0 never */
    char last[200];   /* the text itself ... */
    uint8_t last_mr;  /* ... its TP-MR ... */
    bool reported;    /* ... whether its report was acknowledged ... */
    bool copied;      /* ... and whether it was sent again */
    int64_t out;      /* opted out since; 0 not */
    bool contact;     /* called or texted, or was texted by hand */
};

struct truth_text {
    struct truth_person *from;
    uint64_t hash;
    bool received, excused;
};

/* Somebody who is to be texted soon. */
struct truth_watched {
    struct truth_person *who;
    int64_t by;
};

struct truth {
    struct world *w;
    const char *broken;           /* the promise, NULL while all are kept ... */
    char why[300];                /* ... and how */
    int64_t fault_at;             /* when the last fault began or ended */
    bool faulty, lossy;           /* one is under way; the wire loses bytes */
    int64_t lossy_until;          /* what it damaged may still be on its way */
    int64_t event;                /* the last one that was read ... */
    int64_t disk_calls;           /* ... when the disk had been called so often */
    struct truth_person *on_line; /* who rings now */
    bool line_disturbed;
    int64_t line_since;
    bool line_told;
    size_t people, texts, watched, first_open;
    struct truth_person person[TRUTH_PEOPLE_MAX];
    struct truth_text text[TRUTH_TEXTS_MAX];
    struct truth_watched watch[TRUTH_WATCHED_MAX];
    size_t log_count;
    char log[TRUTH_LOG_MAX][240];
    uint64_t digest; /* of all that was logged: the same seed gives the same */
};

void truth_init(struct truth *t, struct world *w);
void truth_log(struct truth *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void truth_break(struct truth *t, const char *promise, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Finds or makes a person. */
struct truth_person *truth_person(struct truth *t, const char *number);

/* A fault begins or ends. */
void truth_fault(struct truth *t, bool begins);
/* They call: to be said right after sim_call() where it rings. `missed`: nobody will answer. */
void truth_rings(struct truth *t, struct truth_person *who, bool missed);
/* They text; to be said before sim_text(). */
void truth_texts(struct truth *t, struct truth_person *who, const char *text);
/* They opted out by a command, or were texted by hand. */
void truth_opts_out(struct truth *t, struct truth_person *who);
void truth_contact(struct truth *t, struct truth_person *who);

/* Reads what modem and store say, and judges it. */
void truth_look(struct truth *t);
/* The same when all is over and everything has come to rest. */
void truth_end(struct truth *t);
