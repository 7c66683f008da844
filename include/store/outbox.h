/* include/store/outbox.h - texts to send, as they are queued, held, cancelled and tried again
 * (DESIGN 5). */
#pragma once
#include "store/message.h"

#define OUTBOX_PDU_HEX_MAX 400

struct outbox_pdu {
    const char *hex;
    int tpdu_octets;
};

struct outbox_new {
    int64_t line;
    const char *number; /* E.164, or a short code for manual texts */
    const char *text;   /* UTF-8 as it will be read */
    enum message_cause cause;
    int64_t call;      /* 0: none */
    const char *owner; /* the phone of the owner that it was written on; NULL */
    struct wall created;
    struct wall due;     /* not before; later than `created` means the state waiting */
    struct wall expires; /* not after; 0 never */
    const struct outbox_pdu *pdus;
    size_t pdu_count;
};

/* Adds a text with all its parts (event message.queued). A manual one cancels the automatic ones
 * that wait for this person. A number without a thread gets one. A call has one text of the cause
 * CAUSE_MISSED_CALL at most: -EEXIST for a second one. */
int outbox_add(struct store *s, const struct outbox_new *text, int64_t *ret_id);

/* The 16-bit concatenation reference for the next long text to `number`; never the last one used
 * for it. In the transaction that adds the text. */
int outbox_concat_ref(struct store *s, const char *number, uint16_t *ret_ref);

/* Cancels a text of which nothing has left yet; one of unknown fate is not sent again and leaves
 * outbox_list(). Returns 0, -ENOENT, or -EALREADY (sending, sent or over). */
int outbox_cancel(struct store *s, int64_t message, const char *why, struct wall at);
/* A text that waits is not sent until it is released (it still expires). Returns 0, -ENOENT, or
 * -EALREADY where it does not wait, or is (not) held. */
int outbox_hold(struct store *s, int64_t message, struct wall at);
int outbox_release(struct store *s, int64_t message, struct wall at);
/* Sends what failed, expired or was cancelled after all, or what is unknown once more, now and
 * however old it is (event message.queued); parts that have left are not sent again. Returns 0,
 * -ENOENT, -EALREADY where it is in another state, or -EACCES where they opted out or are blocked.
 */
int outbox_retry(struct store *s, int64_t message, struct wall at);
/* Between which times a text that is unfinished may be sent, or sent again, as far as it depends on
 * nothing else; of one that is held `next` means nothing. -ENOENT. */
struct outbox_times {
    struct wall next;    /* 0: nothing of it waits */
    struct wall expires; /* 0: never */
};
int outbox_times(struct store *s, int64_t message, struct outbox_times *ret);
/* Cancels the automatic texts to this person that still wait. Returns how many. */
int outbox_cancel_automatic(struct store *s, const char *number, const char *why, struct wall at);
