/* include/store/people.h - who must not be texted, and the facts about a caller that a decision
 * needs. */
#pragma once
#include "store/store.h"

/* The facts about one number. All zero for a stranger. */
struct person_facts {
    bool blocked, opted_out;
    bool skipped;              /* on the skip list */
    bool doubtful;             /* may have opted out, and nobody here has said */
    struct wall undeliverable; /* the last of two or more texts in a row that failed for good; 0 */
    struct wall muted;         /* nothing automatic until then; 0 */
    struct wall last_help;     /* last answer to HELP; 0 never */
    struct wall last_confirmation; /* last answer to STOP; 0 never */
    struct wall last_auto; /* when the last automatic text left, or began to wait where it still
                              does; 0 never */
    struct wall last_talk; /* last text from them (no web form), or manual text to them; 0 never */
    const char *name;      /* NULL; valid until the next call */
};
int person_facts(struct store *s, const char *number, struct person_facts *ret);

/* Opting out cancels everything that waits for this number except confirmations (event opt_out);
 * both settle a doubt.
 * Returns 1, or 0 where nothing changed. `source` is "text", "command". */
int optout_add(struct store *s, const char *number, const char *source, struct wall at);
int optout_remove(struct store *s, const char *number, const char *source, struct wall at);
/* The newest text from this number, 0 none: whoever decides about their opt-out while they write
 * another looks again. */
int optout_heard(struct store *s, const char *number, int64_t *ret_message);

struct optout_row {
    const char *number, *name, *source;
    struct wall at;
};
int optout_list(struct store *s, struct store_rows **ret);
int optout_next(struct store_rows *r, struct optout_row *ret);

/* How many of those who opted out are kept as hashes only, since they were forgotten. They are on
 * no list; once they call or text, or are asked for by number, they are on optout_list() again. */
int forgotten_count(struct store *s, int *ret);

/* Somebody may have opted out: automatic texts to them are cancelled until optout_add() or
 * optout_remove() (event opt_out.doubtful). Returns 1, or 0 where nothing changed. */
int optout_doubt(struct store *s, const char *number, struct wall at);

/* The skip list: people who are never texted automatically. Returns 1, or 0 where nothing changed.
 */
int skip_add(struct store *s, const char *number, struct wall at);
int skip_remove(struct store *s, const char *number);
/* With optout_next(); `source` is "". */
int skip_list(struct store *s, struct store_rows **ret);
/* Those whose opt-out is doubtful, oldest first; with optout_next(). */
int optout_list_doubts(struct store *s, struct store_rows **ret);

/* Nobody who is blocked is texted: blocking cancels all that waits. Returns 1, or 0 where nothing
 * changed. */
int person_block(struct store *s, const char *number, bool blocked, struct wall at);

/* Pause: automatic texts (or all, `hard`) wait until `until`; INT64_MAX for "until resumed"; 0
 * resumes, and also what the loop breaker stopped. */
int pause_set(struct store *s, struct wall until, bool hard, struct wall at);
struct pause {
    struct wall until; /* 0: not paused */
    bool hard;
    struct wall stopped; /* automatic texts, by the loop breaker: until then; 0 they are not */
};
int pause_get(struct store *s, struct wall now, struct pause *ret);

/* Away: callers get the away text until `until`; INT64_MAX for "until back"; 0 is back. */
int away_set(struct store *s, struct wall until);
int away_get(struct store *s, struct wall now, struct wall *ret_until); /* 0: not away */

/* Today's counts for `status`: calls since the instant `since`, those missed, those whose text has
 * left, and those of them that were answered by a text. */
struct day_counts {
    int calls, missed, texted, replied;
};
int day_counts(struct store *s, struct wall since, struct day_counts *ret);
