/* include/store/outbox_take.h - which part of which text is sent now, if any. */
#pragma once
#include "store/limits.h"
#include "store/outbox.h"

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
 * wait (follow-ups outside their window too), unless a part of them has left. (A text from them has
 * cancelled the automatic ones in its own transaction.) The parts of one text go in order, but one
 * of unknown fate does not hold up those after it. What would cancel or expire a text also ends the
 * wish to send a part of unknown fate again: the text then stays unknown. A text of which a part
 * has certainly left does not expire. Opens and commits its own transaction. Returns 1 with a part,
 * 0 where nothing is due. */
int outbox_take(struct store *s, int64_t line, const struct store_limits *limits, struct wall now,
                struct outbox_part *ret);

/* When outbox_take() may next have something for `line`: a part, or a text to expire. In the past:
 * now; INT64_MAX: never. */
int outbox_next_due(struct store *s, int64_t line, const struct store_limits *limits,
                    struct wall now, struct wall *ret);
