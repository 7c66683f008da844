/* include/store/inbox.h - received PDUs, kept as they came, and the texts that they make (DESIGN
 * 6).
 *
 * A part of a long text belongs to the text of the same line, sender, reference, width and total
 * that has no part of this number yet and that the SMSC stamped within INBOX_STAMPS_S of it; of two
 * such texts to the one nearer in whole minutes, then to the one stamped first. Where there is none
 * it begins a text of its own. So
 *  - a part may come a day late and finds its text: its stamp tells when it was sent;
 *  - a reference used again, after its text is whole or an hour later, begins another text;
 *  - of two texts that share a reference at one time each part is shown, if need be with gaps.
 * A part with the user data of one that is there is a double, whatever its stamp; so is a text
 * whose wait is over and of which each part repeats one of another text. */
#pragma once
#include "store/outbox.h"

#define INBOX_WAIT_S 86400  /* for a missing part; then the text is shown with its gaps */
#define INBOX_STAMPS_S 1800 /* between the parts of one text */
#define INBOX_UNFINISHED_MAX                                            \
    8 /* texts of one sender that wait; the oldest ones are shown early \
       */

struct inbox_part {
    int64_t line;
    const char *sender;            /* E.164, or as the PDU gives it */
    struct wall scts;              /* 0 where it is no date: then `received` stands for it */
    const char *pdu;               /* hex, kept exactly as it came */
    size_t body;                   /* where the user data begin in it, in digits */
    int ref, ref_bits, total, seq; /* concatenation; total 1 for a text of one part */
    struct wall received;
    bool sealed; /* it may be kept as inbox_seal() leaves it */
};

/* A part and the text that it belongs to. */
struct inbox_place {
    int64_t part;
    int64_t long_text; /* 0 for a text of one part */
    int missing;       /* parts that the long text still waits for */
    int64_t message;   /* the long text as it is shown already, 0 not yet */
};

/* Keeps one part and places it. The identity is (line, sender, SCTS, PDU). Returns 1 for a new
 * part, 0 for one that is known or a double: nothing follows from it. */
int inbox_part_add(struct store *s, const struct inbox_part *part, struct inbox_place *ret);

/* What was received is a secret and is needed no more: of each PDU of this whole text only a hash
 * stays, by which it is known again. In the transaction that shows it. */
int inbox_seal(struct store *s, const struct inbox_place *place);

/* The PDUs of a long text in order of sequence number; a double after the one that came first. */
int inbox_part_list(struct store *s, int64_t long_text, struct store_rows **ret);
int inbox_part_next(struct store_rows *r, const char **ret_pdu);

/* A text to be shown, made of all parts that are there. */
struct inbox_text {
    int64_t line;
    const char *sender, *text;
    int64_t part;      /* for a text of one part */
    int64_t long_text; /* or 0 */
    int replace_type;  /* 1..7: takes the place of the last one of this type (TP-PID), 0 of none */
    struct wall at;
};

/* Shows the text: counts it unread, opens the thread, starts the waiting time. It is dated when the
 * last of its parts came. The event is
 *  - message.received for a new one; unless parts are missing, it also cancels the automatic texts
 *    that still wait for this person;
 *  - message.repaired for a long text that was shown with gaps;
 *  - message.replaced for one that takes the place of another of its type. Only a whole text does.
 * Returns 1; 0 where it is older than the text whose place it would take (it is kept, and nothing
 * follows from it); or -EALREADY where the part is shown already. */
int inbox_text_show(struct store *s, const struct inbox_text *text, int64_t *ret_message);

/* A long text that has waited long enough, on any line. */
struct inbox_due {
    int64_t line, long_text;
    char sender[STORE_NUMBER_MAX + 1];
    int missing;
};

/* When there may be one; INT64_MAX never. */
int inbox_next_due(struct store *s, struct wall *ret);

/* Finds the one that has waited longest, and drops those that are doubles. In the transaction that
 * shows it. Returns 1, or 0 where nothing is due. */
int inbox_find_due(struct store *s, struct wall now, struct inbox_due *ret);

/* After a restart, perhaps with another clock: nothing waits longer than INBOX_WAIT_S from now. */
int inbox_settle(struct store *s, struct wall now);
