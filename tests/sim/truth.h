/* tests/sim/truth.h - what happened in the simulated world, and whether the program kept its
 * promises. Knows what people did and what the network saw, and compares it with what the database
 * shows to everybody (its events and public views); takes nothing else from the program.
 * truth.c: people, faults and calls; truth_in.c: their texts; truth_out.c: texts to them;
 * truth_end.c: the whole database, when all has come to rest. */
#pragma once
#include "world.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define TRUTH_PEOPLE_MAX 600
#define TRUTH_TEXTS_MAX 4000
#define TRUTH_SENT_MAX 4000
#define TRUTH_TOLD_MAX 4000
#define TRUTH_LOG_MAX 50
#define TRUTH_WATCHED_MAX 16
#define TRUTH_RECENT_MAX 128

struct truth_person {
    char number[24];
    int rung;          /* calls that reached the modem */
    int forms;         /* web forms of theirs, with their consent */
    int split;         /* rows that a fault may have made of one call, beyond the first */
    int rows;          /* of calls, in the end */
    int automatic;     /* texts after a missed call, without copies */
    int64_t texted;    /* the last of them; 0 never ... */
    int64_t before[2]; /* ... and the two before it */
    int texted_starts; /* of the program, at the last */
    int64_t called;    /* when the last call began ... */
    int64_t rang;      /* ... and rang last */
    int64_t row;       /* of their last call, as the store tells of it; 0 none yet ... */
    int64_t over;      /* ... and when that one was over; 0 it rings */
    int64_t beside;    /* another one that rings still; 0 none */
    int64_t answered;  /* the last answer to STOP; 0 never */
    size_t last;       /* the text itself, in `sent` */
    bool copied;       /* it was sent again */
    int follows;       /* texts after that one, as nobody answered */
    int64_t followed;  /* the last of them; 0 none ... */
    size_t follow;     /* ... in `sent` ... */
    bool follow_copied;
    int64_t heard;   /* a call or text of theirs, or one by hand to them, was stored last */
    int64_t out;     /* opted out since; 0 not */
    int64_t shunned; /* blocked since; 0 not */
    bool contact;    /* called or texted, or was texted by hand */
    bool damaged;    /* bytes of a call of theirs, or of a text to them, were lost on the wire */
    bool owner;      /* the owner's phone: what is sent there is no customer's */
    bool robot;      /* answers each text with the same words ... */
    int64_t answered_at; /* ... the one of then was */
    uint16_t ref;        /* of their last long text */
};

/* A text from somebody. */
struct truth_text {
    struct truth_person *from;
    uint64_t hash;
    int64_t at;
    bool received;
    bool damaged; /* bytes of it were lost on the wire */
};

/* A text that the network took. */
struct truth_sent {
    struct truth_person *to;
    uint64_t hash;
    int64_t at;
    uint8_t mr;
    bool told;     /* the report reached the modem ... */
    bool reported; /* ... and was acknowledged */
};

/* When a text left. */
struct truth_recent {
    int64_t at;
    bool copy; /* it may be one that was sent again */
};

/* A call that the program was told of, and its row. */
struct truth_told {
    struct truth_person *who;
    int64_t row;
};

/* Somebody who is to be texted soon. */
struct truth_watched {
    struct truth_person *who;
    int64_t by;
};

struct truth {
    struct world *w;
    const char *broken;  /* the promise, NULL while all are kept ... */
    char why[300];       /* ... how ... */
    int64_t broken_at;   /* ... and when */
    int64_t fault_at;    /* when the last fault began or ended */
    int64_t clock_at;    /* the same of the clock */
    int clock_starts;    /* of the program, by then */
    int64_t silent_at;   /* the last moment at which the network may have kept a report back */
    bool faulty, lossy;  /* one is under way; the wire loses bytes */
    int64_t lossy_at;    /* it did until then; 0 never */
    int64_t lossy_until; /* what it damaged may still be on its way */
    int64_t paused;      /* automatic texts are, since; 0 not */
    int64_t held_until;  /* a burst or a cap may hold them up */
    int64_t full_at;     /* the memory of the modem was seen to hold texts, since; 0 not */
    int64_t event;       /* the last one that was read ... */
    int64_t disk_calls;  /* ... when the disk had been called so often ... */
    int starts;          /* ... in this life of the program */
    struct truth_person *on_line; /* who rings now */
    bool line_told;
    int64_t line_damaged; /* pieces on the wire, when it began */
    int line_starts;      /* of the program, when it began */
    size_t people, texts, sents, tolds, watched, first_open, recents;
    int rows; /* of calls, in the end */
    struct truth_person person[TRUTH_PEOPLE_MAX];
    struct truth_text text[TRUTH_TEXTS_MAX];
    struct truth_sent sent[TRUTH_SENT_MAX];
    struct truth_told told[TRUTH_TOLD_MAX];
    struct truth_watched watch[TRUTH_WATCHED_MAX];
    struct truth_recent recent[TRUTH_RECENT_MAX];
    size_t log_count;
    char log[TRUTH_LOG_MAX][240];
    bool loud;       /* each line is printed at once */
    uint64_t digest; /* of all that was logged: the same seed gives the same */
};

void truth_init(struct truth *t, struct world *w);
void truth_log(struct truth *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void truth_break(struct truth *t, const char *promise, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Finds or makes a person; NULL where there are too many. */
struct truth_person *truth_person(struct truth *t, const char *number);
struct truth_person *truth_find(struct truth *t, const char *number);

/* A fault begins or ends. */
void truth_fault(struct truth *t, bool begins);
/* They call: to be said right after sim_call() where it rings. `missed`: nobody will answer. */
void truth_rings(struct truth *t, struct truth_person *who, bool missed);
/* The program has been given this line, whole, and is done with it. */
void truth_told(struct truth *t, const char *line);
/* They text; to be said before sim_text(). */
void truth_texts(struct truth *t, struct truth_person *who, const char *text);
/* A web form of theirs was stored. */
void truth_form(struct truth *t, struct truth_person *who, const char *text, bool consents);
/* Something may come of them, or be said to them: whether they are texted is not judged any more.
 */
void truth_awaits(struct truth *t, struct truth_person *who);
/* They opted out by a command; were texted by hand, or what else counts as an answer, in the store.
 */
void truth_opts_out(struct truth *t, struct truth_person *who);
void truth_contact(struct truth *t, struct truth_person *who);
/* Nobody is waited for any more: `who`, or everybody where it is NULL. */
void truth_unwatch(struct truth *t, const struct truth_person *who);
/* Nothing automatic from now on, or again. */
void truth_pause(struct truth *t, bool on);

/* Reads what modem and store say, and judges it. */
void truth_look(struct truth *t);
/* The clock has been right for a moment. */
void truth_times(struct truth *t);
/* All is over and everything has come to rest. */
void truth_end(struct truth *t);
