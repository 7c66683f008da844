/* include/store/message.h - texts as rows: what one is, how far it got, and lists of them. */
#pragma once
#include "store/store.h"

enum message_cause {
    CAUSE_OPT_OUT,
    CAUSE_MANUAL,
    CAUSE_MISSED_CALL,
    CAUSE_LEAD,      /* the answer to a web form */
    CAUSE_HELP,      /* the answer to HELP */
    CAUSE_FOLLOW_UP, /* nobody answered the text before it */
    CAUSE_RECEIVED,  /* from them; never queued */
    CAUSE_RELAY,     /* to a phone of the owner: what customers text, alerts, answers */
    CAUSE_DIGEST,    /* to the same, how the day was */
};
const char *message_cause_name(enum message_cause cause);

/* The order of sending, as the numbers that rows hold: what is there already keeps its number. */
enum message_urgency {
    URGENCY_OPT_OUT,
    URGENCY_MANUAL,
    URGENCY_MISSED_CALL, /* and leads */
    URGENCY_HELP,
    URGENCY_RECEIVED,
    URGENCY_FOLLOW_UP,
    URGENCY_RELAY, /* customers come first; these have a small share of their own */
    URGENCY_DIGEST,
    URGENCY_COUNT,
};
#define URGENCY_AUTOMATIC URGENCY_MISSED_CALL /* this one and all after it go out by themselves */
#define URGENCY_OWNER URGENCY_RELAY           /* ... and these to the owner */
enum message_urgency message_urgency(enum message_cause cause);

enum message_state { /* the words of INTERFACE 3 */
                     MESSAGE_RECEIVED,
                     MESSAGE_WAITING, /* its delay runs */
                     MESSAGE_QUEUED,
                     MESSAGE_SENDING,
                     MESSAGE_SENT,
                     MESSAGE_DELIVERED,
                     MESSAGE_FAILED,
                     MESSAGE_UNKNOWN,
                     MESSAGE_EXPIRED,
                     MESSAGE_CANCELLED,
};
const char *message_state_name(enum message_state state);

struct message_row {
    int64_t id, thread, call; /* call 0: none */
    int64_t lead;             /* this was written in a web form; 0: it was not */
    const char *line, *number, *name;
    bool incoming;
    const char *text;
    enum message_cause cause;
    enum message_state state;
    int parts;
    bool resent;                               /* sent again because its fate was unknown */
    bool held;                                 /* by hand, until it is released */
    struct wall created, due, sent, delivered; /* 0: not (yet) */
    const char *error;                         /* why not, for people; NULL */
    const char *owner; /* the phone of the owner that it was written on; NULL: here */
};

int message_get(struct store *s, int64_t id, struct message_row *ret);
/* What waits, is in flight, or is unknown (for a day, unless it was acknowledged by cancelling):
 * most urgent first. */
int outbox_list(struct store *s, struct wall now, int limit, struct store_rows **ret);
/* What failed in the last 24 h, the newest first; with message_next(). */
int outbox_list_failed(struct store *s, struct wall now, int limit, struct store_rows **ret);
int message_next(struct store_rows *r, struct message_row *ret);

struct outbox_counts {
    int waiting, failed,
        unknown; /* waiting: waiting, queued or sending; failed: in the last 24 h */
};
int outbox_counts(struct store *s, struct wall now, struct outbox_counts *ret);
