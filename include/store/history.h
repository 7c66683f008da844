/* include/store/history.h - the past once more, had other texts gone out.  What calls were decided
 * on is kept with them; what follows from the texts of earlier calls is worked out anew here, with
 * temporary tables of this connection: nothing in the database changes.  They hold one row for
 * each person texted, and one for each text of the last 30 days.  The calls are those of
 * calls_list_after(). */
#pragma once
#include "store/calls.h"

/* Begins before the first call that started at or after `since` (0: the very first). What had been
 * said before is as it was. */
int history_open(struct store *s, struct wall since);

/* The facts of a call, each a key with its value (numbers and booleans as digits, NULL null); none
 * where nothing was kept. */
struct history_fact {
    const char *key, *value;
};
int history_facts(struct store *s, int64_t call, struct store_rows **ret);
int history_fact_next(struct store_rows *r, struct history_fact *ret);

/* The text of a call as it was. */
struct history_text {
    const char *text; /* with `error` valid until the next row that is kept */
    struct wall due, sent;
    struct wall left; /* as far as is known; 0 it waits, or never did */
    struct wall gone; /* withdrawn, or failed, and no part of it had left; 0 it was said */
    const char *state, *error;
};
int history_text(struct store *s, int64_t message, struct history_text *ret);

/* From here on it is `now`: texts by hand and other answers until then are taken in as they were
 * sent. Never goes back. */
int history_advance(struct store *s, struct wall now);

/* What would be known about a person, had the texts of history_say() gone out. */
struct history_person {
    struct wall last_auto; /* 0 never */
    int auto_texts;        /* since `since` */
    int people;            /* texted since then, `people_max` at most */
    bool texted;           /* this person was */
};
int history_person(struct store *s, int64_t contact, struct wall since, int people_max,
                   struct wall now, struct history_person *ret);

/* An automatic text to `contact` is queued for `due` and leaves at `left`, unless it is withdrawn
 * at `gone` (else 0). */
struct history_said {
    struct wall queued, due, left, gone;
};
int history_say(struct store *s, int64_t contact, const struct history_said *said);

/* What would have withdrawn a text to `contact` between `from` and `due`, and when; NULL nothing.
 * What they wrote counts before `answered` only (0: whenever): later it answers a text. */
int history_cancelled(struct store *s, int64_t contact, struct wall from, struct wall due,
                      struct wall answered, const char **ret_why, struct wall *ret_at);
