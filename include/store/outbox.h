/* include/store/outbox.h - texts to send, their parts, and how far each got (DESIGN 5).
 * A part goes queued -> sending -> sent -> delivered or failed; unknown where a crash or silence
 * hid its fate. */
#pragma once
#include "store/limits.h"

#define OUTBOX_PDU_HEX_MAX 400

enum message_cause { /* in order of urgency */
                     CAUSE_OPT_OUT,
                     CAUSE_MANUAL,
                     CAUSE_MISSED_CALL,
                     CAUSE_HELP,     /* the answer to HELP */
                     CAUSE_RECEIVED, /* an incoming text; never queued */
};
const char *message_cause_name(enum message_cause cause);

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
};

struct outbox_pdu {
    const char *hex;
    int tpdu_octets;
};

struct outbox_new {
    int64_t line;
    const char *number; /* E.164, or a short code for manual texts */
    const char *text;   /* UTF-8 as it will be read */
    enum message_cause cause;
    int64_t call; /* 0: none */
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

struct outbox_part {
    int64_t id, message;
    char pdu[OUTBOX_PDU_HEX_MAX + 1];
    int tpdu_octets;
    bool burst; /* the last of one: what is automatic is stopped from now on */
};

/* Takes the most urgent part of `line` that is due and marks it sending. Before that, in the same
 * transaction: expires what is too old, cancels everything to people who are blocked, automatic
 * texts to those who are skipped or may have opted out, and everything but the opt-out confirmation
 * to somebody opted out; skips
 * automatic texts while paused and all while paused hard, and those that `limits` (NULL none) make
 * wait, unless a part of them has left. (A text from them has cancelled the
 * automatic ones in its own transaction.) The parts of one text go in order, but one of unknown
 * fate does not hold up those after it. What would cancel or expire a text also ends the wish to
 * send a part of unknown fate again: the text then stays unknown. A text of which a part has
 * certainly left does not expire. Opens and commits its own transaction. Returns 1 with a part, 0
 * where nothing is due. */
int outbox_take(struct store *s, int64_t line, const struct store_limits *limits, struct wall now,
                struct outbox_part *ret);

/* When outbox_take() may next have something for `line`: a part, or a text to expire. In the past:
 * now; INT64_MAX: never. */
int outbox_next_due(struct store *s, int64_t line, const struct store_limits *limits,
                    struct wall now, struct wall *ret);

/* The fate of a part in `sending`, each in the caller's transaction. A text that comes to rest in
 * another state than before gets the event message.sent, .delivered, .failed, .unknown, .expired or
 * .cancelled. A report that was faster than the result is not undone by it. */
int outbox_sent(struct store *s, int64_t part, uint8_t mr, struct wall at);
/* Certainly not sent, try again at `next` (transient), or never: next.s 0. Then the text has failed
 * and its other parts are cancelled. A part that had been unknown stays so, since its first try may
 * have arrived. */
int outbox_failed(struct store *s, int64_t part, const char *error, struct wall next,
                  struct wall at);
/* Handed over, no answer. At `resend` it is sent once more unless a report has come; a second time
 * it stays unknown for good (DESIGN P2). */
int outbox_unknown(struct store *s, int64_t part, const char *error, struct wall resend,
                   struct wall at);
/* This part's text will never arrive at this number, by its fault. */
int outbox_undeliverable(struct store *s, int64_t part, struct wall at);
int outbox_tries(struct store *s, int64_t part, int *ret_tries); /* how often it was taken */

/* After a restart: every part of `line` in sending becomes unknown, with `resend` as above. Returns
 * how many. */
int outbox_settle(struct store *s, int64_t line, struct wall resend, struct wall at);

enum report_outcome { REPORT_DELIVERED, REPORT_TEMPORARY, REPORT_PERMANENT };

/* A status report: matched by line, TP-MR and recipient among parts sent in the last 7 days, else
 * with a part to this recipient whose TP-MR is not known (fate unknown, or the report is faster
 * than the result). A temporary one that is not final proves that the part has left; a delivery is
 * never taken back. Returns 0, or -ENOENT where it belongs to nothing of ours. */
int outbox_report(struct store *s, int64_t line, const char *number, uint8_t mr,
                  enum report_outcome outcome, bool final, struct wall at);

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
/* Cancels the automatic texts to this person that still wait. Returns how many. */
int outbox_cancel_automatic(struct store *s, const char *number, const char *why, struct wall at);

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
