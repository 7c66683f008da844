/* include/store/follow_ups.h - texts that are planned because nobody may answer the one before.
 * Any sign of life takes a plan back: a text or call of theirs, a manual text to them, and all that
 * withdraws what is automatic (opted out, blocked, on the skip list, done); also snoozing. */
#pragma once
#include "store/store.h"

/* What a text was that may be followed. */
struct follow_up_base {
    int64_t message;
    int64_t nudge; /* of the one that would follow: 0 the first */
    struct wall sent;
};
/* Of the text that `part` belongs to. -ENOENT where none follows: it answers no call and no form
 * and is no follow-up, not all of it has been sent, one is planned already, or they wrote, or were
 * written to, since it was queued. */
int follow_ups_base(struct store *s, int64_t part, struct follow_up_base *ret);

/* Plans one to be looked at when `due` has come (event follow_up.planned). In the transaction that
 * stores the fate of the part. */
int follow_ups_plan(struct store *s, const struct follow_up_base *base, struct wall due,
                    struct wall at);

/* One that is to be looked at. Text is valid until the next row. */
struct follow_up_look {
    int64_t id, nudge;
    const char *number, *name; /* name NULL */
    bool arrived;              /* the text before it has not failed */
    struct wall sent;          /* that text */
    struct wall contact;       /* they last rang or wrote */
};
/* The one of `line` that has been due for longest. -ENOENT: none is. */
int follow_ups_due(struct store *s, int64_t line, struct wall now, struct follow_up_look *ret);
/* When the next one of `line` is due; INT64_MAX where none is planned. */
int follow_ups_next_due(struct store *s, int64_t line, struct wall *ret);

/* It is looked at later. */
int follow_ups_move(struct store *s, int64_t id, struct wall due);
/* Its text is queued. */
int follow_ups_queued(struct store *s, int64_t id, int64_t text);
/* It never comes (event follow_up.cancelled); `why` for people. 0, -ENOENT, or -EALREADY where it
 * is settled. */
int follow_ups_cancel(struct store *s, int64_t id, const char *why, struct wall at);

/* As people and JSON see it. */
struct follow_up_row {
    int64_t id, thread, message, text; /* message: nobody answered it; text: 0 none yet */
    const char *line, *number, *name;
    int64_t nudge;
    struct wall due;    /* 0 where it is settled */
    const char *reason; /* why it never comes, NULL */
};
int follow_ups_get(struct store *s, int64_t id, struct follow_up_row *ret);
/* The one that follows the text `message`. -ENOENT. */
int follow_ups_after(struct store *s, int64_t message, struct follow_up_row *ret);
/* What is planned: of one thread where it is not 0, else of all, the next first; with
 * follow_ups_next(). */
int follow_ups_list(struct store *s, int64_t thread, int limit, struct store_rows **ret);
int follow_ups_next(struct store_rows *r, struct follow_up_row *ret);
/* How many are planned, and when the next is due; 0 none. */
int follow_ups_count(struct store *s, int *ret_count, struct wall *ret_next);
