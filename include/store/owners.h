/* include/store/owners.h - what is kept about the owner's phones: which they are, how often one
 * gave a wrong PIN, what they were told, and what is wrong here.  A phone of the owner has a thread
 * like anybody, but it is done: nobody waits there, and it opens for no call and no text. In the
 * caller's transaction, unless a function says otherwise. */
#pragma once
#include "store/store.h"

/* These are the phones of the owner from now on, in a transaction of its own where something
 * changed. Returns 1, or 0 where nothing did. */
int owners_set(struct store *s, const char *const *numbers, size_t count);

/* How many texts to this phone wait to be sent; and to all of them. */
int owners_pending(struct store *s, const char *number, int *ret_count);
int owners_waiting(struct store *s, int *ret_count);

#define OWNERS_PIN_TRIES 5
#define OWNERS_PIN_S 86400

/* Notes a wrong PIN (`right`: a right one, which counts from 0 again unless there were too many).
 * `ret_wrong` is how many there were in OWNERS_PIN_S; from OWNERS_PIN_TRIES on, nothing from this
 * phone is obeyed until that time is over. */
int owners_pin(struct store *s, const char *number, bool right, struct wall at, int *ret_wrong);

/* Who waits for an answer since `before` or longer, and of whom the owner was not told; longest
 * first. */
struct wait_row {
    int64_t thread;
    const char *number, *name; /* name NULL; valid until the rows are freed */
    struct wall since;
};
int wait_list(struct store *s, struct wall before, int limit, struct store_rows **ret);
int wait_next(struct store_rows *r, struct wait_row *ret);
/* Since when the first of them waits; INT64_MAX nobody does. */
int wait_first(struct store *s, struct wall *ret_since);
/* The owner was told: once a wait. */
int wait_told(struct store *s, int64_t thread);

/* Something is wrong, from its beginning to its end; `told` once the owner knows. */
#define TROUBLE_WHAT_MAX 160
#define TROUBLE_KEY_MAX 80
struct trouble {
    char key[TROUBLE_KEY_MAX]; /* "line.main" */
    struct wall since, told;   /* told 0: not yet */
    int count;
    char what[TROUBLE_WHAT_MAX];
};
/* Returns 1, or 0 where that trouble is known. */
int trouble_begin(struct store *s, const char *key, const char *what, struct wall since);
int trouble_get(struct store *s, const char *key, struct trouble *ret); /* -ENOENT */
int trouble_tell(struct store *s, const char *key, struct wall at);     /* counts from 0 again */
int trouble_count(struct store *s, const char *key, const char *what);  /* once more */
int trouble_end(struct store *s, const char *key);
/* Ends those of lines, "line.NAME", that are none of these. */
int trouble_keep_lines(struct store *s, const char *const *names, size_t count);
/* Those that the owner was not told of, with trouble_next(); the oldest first. */
int trouble_list(struct store *s, struct store_rows **ret);
int trouble_next(struct store_rows *r, struct trouble *ret);

/* What happened, as far as an owner may be told of it: the events after `after`, in order. */
enum owner_event_what {
    OWNER_EVENT_OTHER,
    OWNER_EVENT_RECEIVED, /* `message` */
    OWNER_EVENT_FAILED,   /* `message` */
    OWNER_EVENT_LEFT,     /* `message` was sent */
    OWNER_EVENT_BURST,
    OWNER_EVENT_IDENTICAL, /* `thread` */
};
struct owner_event {
    int64_t id;
    struct wall at;
    enum owner_event_what what;
    int64_t message, thread;
    const char *line; /* its name, NULL */
};
int owner_event_list(struct store *s, int64_t after, int limit, struct store_rows **ret);
int owner_event_next(struct store_rows *r, struct owner_event *ret);

/* Texts of a line that left in the last 24 h. */
int owners_departed(struct store *s, const char *line, struct wall now, int *ret_count);
