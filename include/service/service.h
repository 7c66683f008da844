/* include/service/service.h - one line: what its modem tells becomes rows, and what is due in the
 * rows goes to the modem.  Takes the time as an argument, like the rooms below it, so that the
 * daemon, the transcript player and the tests run the same code.  The store may fail at any moment
 * (disk full, locked): what was heard meanwhile is kept in memory, texts stay on the modem, and all
 * of it is tried again. */
#pragma once
#include "base/time.h"
#include "modem/modem.h"
#include "policy/config.h"
#include "sms/compose.h"
#include "store/limits.h"

#define SERVICE_NOTES_MAX 64
#define SERVICE_NOTE_DETAIL_MAX 160
#define TROUBLE_CAUSE_MAX 120
#define SERVICE_STATES_PER_DAY 100 /* changes of a line that are stored; the log has them all */

struct service_config {
    const char *line; /* name */
    const struct policy_config *policy;
    const enum policy_line *mode;
    const struct modem_config *modem;
    const enum compose_unicode *unicode;
    const int32_t *max_parts; /* of an automatic text */
};

enum service_note_type {
    SERVICE_NOTE_STATE, /* `detail`: state and cause */
    SERVICE_NOTE_RINGING,
    SERVICE_NOTE_CALL,      /* a call is over: `outcome`, `number` */
    SERVICE_NOTE_DECISION,  /* `detail`: "text m77 in 5 s", or the rule that stopped it */
    SERVICE_NOTE_FOLLOW_UP, /* is due: `message`, or `detail` why it never comes */
    SERVICE_NOTE_SEND,      /* `send`, `mr` or `error` of one part */
    SERVICE_NOTE_RECEIVED,  /* a text to read, new or changed: `message` */
    SERVICE_NOTE_REPORT,    /* a status report: `mr`, `status`, `number` */
    SERVICE_NOTE_OPT_OUT,   /* `detail`: "in", "out", or "out, perhaps ..." */
    SERVICE_NOTE_OWNER,     /* `detail`: what the owner's text from `number` was */
    SERVICE_NOTE_PROBLEM,   /* `detail`: what failed; it will be tried again */
};

/* What happened, for the log and for tests. */
struct service_note {
    enum service_note_type type;
    struct now at;
    char number[STORE_NUMBER_MAX +
                1]; /* CALL: as the modem gave it; else E.164 where it is one; "" none */
    bool withheld;
    enum call_outcome outcome;
    int64_t call, message; /* rows, 0 none */
    enum modem_send_outcome send;
    uint8_t mr, status;
    struct at_error error;
    char detail[SERVICE_NOTE_DETAIL_MAX];
};

struct service;

/* Makes the service of one line and settles what a crash left: calls that rang become missed, parts
 * that were being sent become unknown; where the store fails, that is tried again before anything
 * is stored or sent. `store` and what `config` points to are borrowed for its life; the owner may
 * write a new configuration into the same place between two calls. NULL: no memory. */
struct service *service_new(struct store *store, const struct service_config *config,
                            struct now now);
void service_free(struct service *s); /* takes NULL */

/* The program is about to end, or this line is: calls end as what they are, and all that is known
 * is stored if it can be; what cannot is noted. Only notes are taken from `s` afterwards. */
void service_close(struct service *s, struct now now);

void service_opened(struct service *s, struct now now);
void service_lost(struct service *s, struct now now, const char *cause);

/* Takes bytes from the port and does everything that follows from them. */
void service_feed(struct service *s, struct now now, const uint8_t *bytes, size_t len);

/* Does what is due at `now`. `poked`: somebody else wrote to the database. */
void service_turn(struct service *s, struct now now, bool poked);

/* The next instant at which service_turn() has something to do. */
struct mono service_deadline(const struct service *s);

/* Nothing new is sent from now on (the program is about to stop). */
void service_stop_sending(struct service *s);
/* Returns whether a text is between AT+CMGS and its result. */
bool service_sending(const struct service *s);

/* Bytes for the port, as modem_output() and modem_written(). */
const uint8_t *service_output(const struct service *s, size_t *ret_len);
void service_written(struct service *s, size_t len);

/* Returns true once for each wish of the modem to have its port closed and opened again. */
bool service_wants_reopen(struct service *s);

/* The same for its wish to have the USB port behind it reset: close the port, reset, open it. */
bool service_wants_reauthorise(struct service *s);

/* Takes the oldest note. When nobody takes them, the oldest are dropped. */
bool service_next_note(struct service *s, struct service_note *ret);

/* What a person wants to know of the modem: as modem_ask() and modem_answer(). */
int service_ask(struct service *s, struct now now, const char *command);
const char *service_answer(const struct service *s);

void service_info(const struct service *s, struct modem_info *ret);

/* Whether texts can go out on this line; and what is wrong where they cannot. */
struct service_health {
    const char *line; /* its name */
    int64_t row;
    bool able;   /* registered, and the SIM is the one that is known */
    bool person; /* it will not get better by itself */
    bool report; /* delivery reports are asked for */
    char cause[TROUBLE_CAUSE_MAX];
    struct mono failed_at; /* when the store failed last, 0 never ... */
    const char *failure;   /* ... and why */
};
void service_health(const struct service *s, struct service_health *ret);

/* The text in the queue is to be looked at: somebody in this program added one. */
void service_queued(struct service *s);

/* Texts of this line wait because its SIM was changed: from now on that SIM is the right one. In
 * the caller's transaction. Returns 1, 0 where none waited for that, or an error of store.h. */
int service_accept_sim(struct store *store, const char *line);

/* The limits of the policy as the store takes them. */
struct store_limits service_limits(const struct policy_config *policy);

/* Watches the wall clock against the monotonic one. */
struct clock_watch {
    bool started;
    struct wall since; /* the start of the program, by the clock as it is now */
    struct now last;
};
/* Call before the services are made, and once a turn before them: where the wall clock was stepped
 * by more than a minute, what waits in the store moves along. Returns 0, or an error of store.h: it
 * is tried again at the next call. */
int clock_watch_turn(struct clock_watch *w, struct store *store, struct now now);
