/* src/service/owner_send.h - inside of the service: texts to the owner's phones, composed and
 * queued in the caller's transaction, and the words that they are made of. */
#pragma once
#include "base/text.h"
#include "policy/config.h"
#include "sms/compose.h"
#include "store/message.h"

#define OWNER_TEXT_SIZE 1600 /* octets of three parts, and more */
#define OWNER_PENDING_MAX 12 /* texts that wait for one phone; more are not queued */
#define OWNER_RELAY_PARTS 3  /* of what a customer wrote; the rest is cut, visibly */
#define OWNER_ALERT_PARTS 1
#define OWNER_LIST_PARTS 2  /* who waits; how the day was */
#define OWNER_ALERT_S 43200 /* after so long an alert or a relayed text is pointless ... */
#define OWNER_ANSWER_S 600  /* ... and an answer to an order */
#define OWNER_SHORT_S 3600  /* what an answer tells once in so long */

struct owner_sender {
    struct store *store;
    const struct policy_config *policy;
    struct compose *compose; /* room to work in */
    int64_t line;            /* its row */
    bool report;
};

/* One text to one phone. Returns 1, 0 where it is not to go (observing, opted out, too many wait),
 * or an error of store.h. */
struct owner_text {
    const char *number, *text;
    enum message_cause cause; /* CAUSE_RELAY or CAUSE_DIGEST */
    size_t parts;
    int64_t good_s; /* so long */
};
int owner_send(const struct owner_sender *o, struct now now, const struct owner_text *text);
/* The same to every phone of the owner. Returns how many, or an error. */
int owner_send_all(const struct owner_sender *o, struct now now, const struct owner_text *text);

/* Composes what fits in so many parts and ends it with "..." where something is left off. Returns
 * COMPOSE_OK, or why nothing of it can be sent. */
enum compose_err owner_compose(struct compose *compose, const char *text,
                               const struct compose_options *options);

/* "#12 Ann", "#12 07700 900321" */
void owner_add_who(struct text *t, const struct policy_config *policy, int64_t thread,
                   const char *name, const char *number);
/* "35 min", "2 h", "3 days" */
void owner_add_age(struct text *t, int64_t seconds);
/* "10:02", or "Mon 10:02" on another day than `now`'s */
void owner_add_time(struct text *t, const struct policy_config *policy, struct wall at,
                    struct wall now);
/* Returns 1 where this was not told for `every_s`, and notes that it is told now; 0, or an error.
 */
int owner_once(struct store *store, const char *what, const char *number, int64_t every_s,
               struct wall now);
