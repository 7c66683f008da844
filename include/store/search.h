/* include/store/search.h - finds words in texts, notes and names (FTS5). */
#pragma once
#include "store/threads.h"

/* Takes in what is new since the last search, `limit` texts at most. Returns how many rows there
 * were: fewer than `limit` means that all is in. */
int search_refresh(struct store *s, int limit);
/* Leaves nothing of words that are gone in the index: it is rewritten, so it takes time. */
int search_scrub(struct store *s);

/* What is looked for. All conditions must hold; 0 and NULL ask for nothing. */
struct search_query {
    const char *words; /* an FTS5 query, made by search_words() */
    const char *who;   /* part of a name or of a number */
    const char *label;
    const char *state; /* of the thread: "open" "snoozed" "done" */
    bool unread, waiting, blocked, opted_out;
    bool won, lost;           /* the last result of the thread */
    bool incoming, outgoing;  /* texts only */
    struct wall since, until; /* since <= time < until */
    int limit;
};

/* Makes an FTS5 query of the words that a person typed: all of them, in any order; "in quotes" one
 * after the other; boil* the beginning of a word. Nothing else has a meaning. Returns 0, or
 * -EMSGSIZE. */
int search_words(const char *typed, char *ret, size_t cap);

enum search_kind { SEARCH_TEXT, SEARCH_NOTE, SEARCH_NAME };

/* Newest first. With words, the texts, notes or names (as `kind` says) that have them; without, the
 * threads (kind SEARCH_NAME only). */
int search_list(struct store *s, enum search_kind kind, const struct search_query *query,
                struct store_rows **ret);
struct search_row {
    int64_t id, thread; /* of the text or note; the thread */
    const char *number, *name, *text;
    bool incoming; /* of a text */
    struct wall at;
};
int search_next(struct store_rows *r, struct search_row *ret);
