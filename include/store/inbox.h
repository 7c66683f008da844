/* include/store/inbox.h - received PDUs, kept as they came, and the texts that they make (DESIGN
 * 6). */
#pragma once
#include "store/outbox.h"

struct inbox_part {
    int64_t line;
    const char *sender;            /* E.164, or as the PDU gives it */
    struct wall scts;              /* 0 where it is no date */
    const char *pdu;               /* hex, kept exactly as it came */
    int ref, ref_bits, total, seq; /* concatenation; total 1 for a text of one part */
    struct wall received;
};

/* Keeps one part. The identity is (line, sender, SCTS, PDU). Returns 1 for a new part, 0 for one
 * that is known. */
int inbox_part_add(struct store *s, const struct inbox_part *part, int64_t *ret_id);

/* The newest parts that can make one text with `part` (same line, sender, reference, width, total;
 * received within 24 h; not yet part of a text), one for each sequence number, in order of sequence
 * number. */
int inbox_part_list(struct store *s, int64_t part, struct store_rows **ret);
struct inbox_part_row {
    int64_t id;
    int total, seq;
    const char *pdu;
};
int inbox_part_next(struct store_rows *r, struct inbox_part_row *ret);

/* Makes the text out of the parts `part_ids` (event message.received): opens the thread, counts it
 * unread, starts the waiting time, cancels automatic texts that still wait for this person.
 * -EALREADY: a part belongs to a text already. */
struct inbox_text {
    int64_t line;
    const char *sender, *text;
    struct wall received;
    const int64_t *part_ids;
    size_t part_count;
};
int inbox_text_add(struct store *s, const struct inbox_text *text, int64_t *ret_message);
