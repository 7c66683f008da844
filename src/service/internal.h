/* src/service/internal.h - what the files of this room share: calls.c, texts.c, sending.c,
 * service.c. */
#pragma once
#include "modem/modem_state.h"
#include "policy/decide.h"
#include "service/service.h"
#include "sms/reassembly.h"
#include "store/outbox_fate.h"
#include "store/people.h"

#define SERVICE_SIM_CHANGED "the SIM is another one: texts wait for \"textback queue release\""
#define SERVICE_REPLACED "a later text takes its place" /* nobody is answered twice */
#define SERVICE_CALLS_MAX 32
#define SERVICE_PARTS_MAX 10
#define SERVICE_BODY_SIZE (TEMPLATE_MAX + POLICY_OPT_OUT_LINE_SIZE + 256)
#define SERVICE_FACTS_SIZE 2048   /* the caller id may be escaped, octet by octet */
#define SERVICE_RETRY_MS 5000     /* after the store failed */
#define SERVICE_SEND_GAP_MS 1000  /* between two parts: some modems refuse calls while they send */
#define OWNER_BODY_SIZE 4800      /* octets of an answer to a customer: ten parts, and more */
#define SERVICE_REPORT_WAIT_S 180 /* for the report of a part whose fate is unknown */

/* A person's number as the store keeps it. */
struct party {
    char number[STORE_NUMBER_MAX + 1]; /* E.164 where `textable`, else as it came */
    bool textable;
};

/* A call from its first event until all of it is in the store. */
struct live_call {
    uint32_t id; /* the modem's; 0: this slot is free */
    int64_t row; /* 0: not stored yet */
    bool withheld, ended, certain;
    bool answered, told; /* somebody took it; and that is stored */
    bool decided;        /* before its end: it was forwarded here, and is declined */
    enum call_outcome outcome;
    int rings;
    struct wall started, answered_at, ended_at;
    struct party caller;
};

/* The fate of the part last given to the modem, until it is in the store. */
struct fate {
    bool pending;
    int64_t part;
    enum modem_send_outcome outcome;
    uint8_t mr;
    struct at_error error;
    struct wall at;
};

struct service {
    struct store *store;
    struct service_config config;
    int64_t line; /* its row, once `settled` */
    bool settled;
    struct modem modem;
    struct live_call calls[SERVICE_CALLS_MAX];
    struct fate fate;
    struct mono retry;     /* the store failed: when to try again; MONO_NEVER while it works */
    char trouble[96];      /* why, for people; "" while it works */
    struct mono failed_at; /* when it failed last, 0 never ... */
    char failure[96];      /* ... and why */
    bool list_again;       /* a received text could not be stored: ask the modem for it again */
    struct mono send_after;
    struct mono
        queue_due; /* when the outbox has something; read from the store when `queue_stale` */
    bool queue_stale;
    struct mono wait_due; /* when a text is to be shown with gaps; read anew when `wait_stale` */
    bool wait_stale;
    struct mono follow_due; /* when a follow-up is to be looked at; read when `follow_stale` */
    bool follow_stale;
    struct now follow_read; /* then it was read */
    struct mono hold_look;  /* when to see whether texts are still held */
    bool sim_changed;       /* they are */
    int64_t card_doubt;     /* another SIM that was read, 0 none */
    int card_reads;         /* how often in a row */
    bool wants_reauthorise;
    bool stopping, wants_reopen, was_ready;
    struct mono states_day; /* when the day began in which ... */
    int states;             /* ... so many changes of the line were stored */
    struct service_note notes[SERVICE_NOTES_MAX];
    size_t note_first, note_count;
    struct compose compose; /* room to work in, too large for the stack */
    struct reassembly reassembly;
    char text[REASSEMBLY_TEXT_MAX + 1];
};

/* service.c */
struct service_note *service_note(struct service *s, struct now now, enum service_note_type type);
/* Adds an event "alarm" in the caller's transaction. 0 or an error of store.h. */
int service_alarm(struct service *s, struct now now, const char *alarm, const char *what);
/* The store failed while `what`: rolls back, notes it once, and tries again in a while. */
void service_trouble(struct service *s, struct now now, const char *what);
void service_party(const struct service *s, const char *number, struct party *ret);

/* facts.c */
/* Adds to `facts`, which holds what was done by whom (`raw`), all that the store knows of them.
 * Returns 0 or an error of store.h; the name in `ret_person` is valid until the next row. */
int service_facts(struct store *store, const struct policy_config *policy, struct now now,
                  struct person_facts *ret_person, struct decide_facts *facts);
/* Writes the facts as JSON, and returns them. */
const char *service_facts_json(const struct decide_facts *facts, char buf[SERVICE_FACTS_SIZE]);

/* card.c */
void service_pin_wanted(struct service *s, struct now now);
void service_pin_right(struct service *s, struct now now);
void service_card(struct service *s, struct now now, const char *iccid);
/* Finds out whether texts wait because of another SIM, when it is time to. 0 or an error of
 * store.h. */
int service_hold_look(struct service *s, struct now now);

/* calls.c */
void service_call_event(struct service *s, struct now now, const struct modem_event *event);
/* Stores what could not be stored before, one transaction each. Returns 0 or an error of store.h
 * that time may mend; what somebody else has settled meanwhile is let go. */
int service_calls_flush(struct service *s, struct now now);
/* Notes each call that is not stored, for a program that ends. */
void service_calls_forsake(struct service *s, struct now now);
int service_calls_settle(struct service *s, struct now now);

/* texts.c */
void service_received(struct service *s, struct now now, const struct modem_event *event);
/* Shows one text whose missing parts have been waited for long enough. */
void service_texts_due(struct service *s, struct now now);
struct mono service_texts_deadline(const struct service *s);

/* follow_ups.c */
/* Plans what follows the text of `part`, which has just been sent, in the transaction that stores
 * that. Returns 0 or an error of store.h. */
int service_follow_up_plan(struct service *s, struct now now, int64_t part);
/* Looks at the one that has been due for longest. */
void service_follow_ups_due(struct service *s, struct now now);
struct mono service_follow_ups_deadline(const struct service *s);

/* keywords.c */
/* Does what a text from `number` (E.164) asks for, in the transaction that stores it. `sent` is
 * when the network took it, 0 unknown. Returns 0 or an error of store.h. */
int service_keyword(struct service *s, struct now now, const char *number, struct wall sent,
                    const char *text);

/* owner.c */
/* What a text from a phone of the owner says, taken before the PIN in it is hidden. */
struct owner_reading {
    struct owner_order order; /* its text is `body` */
    enum keyword word;
    char body[OWNER_BODY_SIZE];
};
/* Reads s->text, and hides the PIN in it. */
void service_owner_read(struct service *s, struct owner_reading *ret);
/* Does what it asks for, in the transaction that stores it. `sent` is when the network took it, 0
 * unknown. Returns 0 or an error of store.h. */
int service_owner_text(struct service *s, struct now now, const char *number, struct wall sent,
                       const struct owner_reading *reading);

/* sending.c */
/* Writes the text of a decision about what began at `started`, as it is right when it goes; `name`
 * may be NULL, the opt-out line closes it where `opt_out_line`. Returns as policy_text() does. */
int service_body(const struct policy_config *policy, const struct decide_facts *facts,
                 struct wall started, const struct decision *decision, const char *name,
                 bool opt_out_line, char ret_body[SERVICE_BODY_SIZE]);
/* Queues what was composed, inside the caller's transaction; `text` without its words and parts.
 * Returns 1 with its id, or an error of store.h. */
int service_add_composed(struct store *store, struct compose *composed,
                         const struct outbox_new *text, int64_t *ret_id);
/* Composes and queues an automatic text in `compose`, inside the caller's transaction. Returns 1
 * with its id, 0 where it cannot be composed (`ret_why` says why), or an error of store.h. */
int service_compose_text(struct store *store, const struct service_config *config,
                         struct compose *compose, const struct outbox_new *text, int64_t *ret_id,
                         const char **ret_why);
/* The same for a line that runs. */
int service_queue_text(struct service *s, struct now now, const struct outbox_new *text,
                       int64_t *ret_id, const char **ret_why);
void service_send_done(struct service *s, struct now now, const struct modem_event *event);
int service_fate_flush(struct service *s, struct now now);
void service_send_due(struct service *s, struct now now);
void service_send_now(struct service *s, struct now now);
struct mono service_send_deadline(const struct service *s);
