/* include/store/threads.h - one thread a person: calls and texts in order, and who waits for an
 * answer. Somebody waits since their first text, or missed call, after they last heard from us in
 * person: a manual text (unless it failed, expired or was cancelled) or a call that was answered.
 * For one who only rang, an automatic text is an answer too: the thread stays open, but nobody
 * waits. Nobody waits who opted out or is blocked, since no text may go there, or whose number is
 * none (a name, a short code), since no text would arrive. */
#pragma once
#include "store/calls.h"
#include "store/outbox.h"
#include "store/progress.h"

struct thread_row {
    int64_t id;
    const char *number, *name, *state; /* state "open" "snoozed" "done" */
    int unread, calls, messages;
    struct wall waiting_since, last; /* 0: nobody waits, nothing yet */
    bool opted_out, blocked;
    const char *last_text;
    const char *labels;        /* one a line; NULL none */
    struct wall snoozed_until; /* in that state */
    const char *others;        /* further numbers of the person, one a line; NULL none */
    struct wall follow_up;     /* planned; 0 none */
    const char *says;          /* where they have no name: who they say they are in their newest web
                                * form; NULL none */
};

int thread_get(struct store *s, int64_t id, struct thread_row *ret);
/* Finds a person by E.164 number (exact). -ENOENT where there is none. */
int thread_find_number(struct store *s, const char *number, int64_t *ret_id);
/* Finds a person by contact name, case-insensitive; -ENOENT none, -ENOTUNIQ several. */
int thread_find_name(struct store *s, const char *name, int64_t *ret_id);
/* Makes a thread for a number that has none. */
int thread_make(struct store *s, const char *number, struct wall at, int64_t *ret_id);

struct thread_filter {
    bool all;    /* snoozed and done ones too */
    bool unread; /* only those with unread texts, in any state */
    int limit;
};
/* Those who wait longest first, then the others, newest first. */
int thread_list(struct store *s, const struct thread_filter *filter, struct store_rows **ret);
int thread_next(struct store_rows *r, struct thread_row *ret);

int thread_mark_read(struct store *s, int64_t id);

/* Calls, texts and notes of a thread in the order in which they happened; the newest `limit` of
 * them. A follower reads on with event_list(): the data of calls, decisions and texts names the
 * "thread".
 */
struct thread_item {
    bool is_call, is_note;
    struct call_row call;       /* when is_call */
    struct note_row note;       /* when is_note */
    struct message_row message; /* otherwise */
};
int thread_items(struct store *s, int64_t id, int limit, struct store_rows **ret);
int thread_item_next(struct store_rows *r, struct thread_item *ret);
