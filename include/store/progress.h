/* include/store/progress.h - what people here do with a conversation: done, later, notes, labels,
 * and whether it became a job.  Each change writes its event (thread.done, .open, .snoozed, .note,
 * .label, .won, .lost) in the same transaction; -ENOENT where there is no such thread. */
#pragma once
#include "store/store.h"

#define PROGRESS_LABEL_MAX 40 /* octets */

/* Dealt with: nothing in it is unread, nobody waits, automatic texts that wait are cancelled. A
 * call or text from them opens it again. Returns 1, or 0 where it was done already. */
int progress_done(struct store *s, int64_t thread, struct wall at);

/* Open again; who waited before waits again. Returns 1, or 0 where it was open. */
int progress_reopen(struct store *s, int64_t thread, struct wall at);

/* Away until then, or until they call or text. Returns 1. */
int progress_snooze(struct store *s, int64_t thread, struct wall until, struct wall at);

/* Opens what was snoozed until `now`. Writes only where there is something to open. `ret_next` is
 * when the next one is due, 0 none. Returns how many were opened. */
int progress_wake(struct store *s, struct wall now, struct wall *ret_next);

/* A private note; it is never sent. */
int progress_note(struct store *s, int64_t thread, const char *text, struct wall at,
                  int64_t *ret_id);

/* Puts a label on, or takes it off. Returns 1, or 0 where nothing changed. */
int progress_label(struct store *s, int64_t thread, const char *label, bool on, struct wall at);

/* It became a job, or it did not; the thread is done. */
struct progress_result {
    bool won;
    int64_t amount; /* in the smallest unit of `currency`, which is NULL where no sum was told */
    const char *currency;
    const char *why; /* NULL */
};
int progress_result(struct store *s, int64_t thread, const struct progress_result *result,
                    struct wall at);
/* Takes the last result of a thread back (event thread.undone). Returns 1, or 0 where there is
 * none. */
int progress_undo(struct store *s, int64_t thread, struct wall at);

/* Notes of a thread, oldest first, the newest `limit`. Text lives as long as the rows. */
struct note_row {
    int64_t id;
    struct wall at;
    const char *text;
};
int note_list(struct store *s, int64_t thread, int limit, struct store_rows **ret);
int note_next(struct store_rows *r, struct note_row *ret);

/* Results of a thread, oldest first. */
struct result_row {
    struct progress_result result;
    bool has_amount;
    struct wall at;
    bool counts; /* false: the next one, the opposite of it, took its place */
};
int result_list(struct store *s, int64_t thread, struct store_rows **ret);
int result_next(struct store_rows *r, struct result_row *ret);

/* All labels in use, with how many threads have each. */
struct label_row {
    const char *name;
    int threads;
};
int label_list(struct store *s, struct store_rows **ret);
int label_next(struct store_rows *r, struct label_row *ret);
