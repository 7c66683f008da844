/* include/store/joined.h - one person with several numbers. Each number keeps its own calls, texts,
 * opt-outs and limits, since the network and the law know numbers; what people here see is one
 * thread: that of the number which the others were joined to. It has their state, labels, notes and
 * results, and who waits, waits there. */
#pragma once
#include "store/store.h"

/* The thread in which a number is shown: its own, or the one that it was joined to. Takes and
 * returns ids of threads. */
int thread_of(struct store *s, int64_t contact, int64_t *ret_thread);

/* Joins `other`, with all that was joined to it, to `thread`: notes, results and labels move, the
 * name of `thread` counts if it has one (event contact.merged has those from before). Both may be
 * any number of their person. Returns 1, or 0 where they are one already. */
int thread_merge(struct store *s, int64_t thread, int64_t other, struct wall at);

/* Gives a number that was joined its own thread again, and the name from before, as far as the
 * event of the joining is still there; notes, results and labels stay where they are (event
 * contact.split). Returns 1, or 0 where it was not joined. */
int thread_split(struct store *s, int64_t contact, struct wall at);

/* The numbers of a thread, its own first. */
struct number_row {
    int64_t contact;
    const char *number;
    bool opted_out, blocked;
    struct wall texted; /* the newest text from or to it; 0 none */
};
int thread_numbers(struct store *s, int64_t thread, struct store_rows **ret);
int thread_number_next(struct store_rows *r, struct number_row *ret);
