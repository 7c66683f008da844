/* include/store/outbox_fate.h - what became of a part (DESIGN 5): queued -> sending -> sent ->
 * delivered or failed; unknown where a crash or silence hid its fate.  Status reports are those of
 * 3GPP TS 23.040 9.2.2.3. */
#pragma once
#include "store/outbox.h"

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

/* What a status report says (3GPP TS 23.040 9.2.2.3). */
struct outbox_status {
    int64_t line;
    const char *number; /* the recipient, as in contact_find() */
    uint8_t mr;         /* TP-MR */
    enum report_outcome outcome;
    bool final;        /* the network tries no more */
    struct wall stamp; /* TP-SCTS: when the SMSC got the text; 0 where it says nothing */
    struct wall at;    /* when the report came */
};

/* Settles the part that `status` is about: by line, TP-MR and recipient among the parts sent in the
 * last 7 days, else one to this recipient whose TP-MR is not known (fate unknown, or the report is
 * faster than the result), of several the one handed over nearest to `stamp`. A temporary one that
 * is not final proves that the part has left; a delivery is never taken back. Returns 0 and the
 * part, or -ENOENT where it belongs to nothing of ours. */
int outbox_report(struct store *s, const struct outbox_status *status, int64_t *ret_part);
