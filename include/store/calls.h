/* include/store/calls.h - calls, one row each however often they rang, and why each was texted or
 * not. */
#pragma once
#include "store/store.h"

enum call_state { /* the words of INTERFACE 3 "outcome" */
                  CALL_STATE_RINGING,
                  CALL_STATE_MISSED,
                  CALL_STATE_ANSWERED,
                  CALL_STATE_ANSWERED_ELSEWHERE,
                  CALL_STATE_REJECTED,
};
const char *call_state_name(enum call_state state);

struct call_new {
    int64_t line;
    const char
        *number; /* E.164 where it is one, else as the modem gave it; NULL unknown or withheld */
    bool withheld;
    struct wall started;
};

/* The call as people and JSON see it. Text is valid until the next row or call. */
struct call_row {
    int64_t id, line_id, thread;      /* thread 0: no number */
    const char *line, *number, *name; /* number, name NULL where unknown */
    bool withheld, certain;
    struct wall started, ended; /* ended.s 0 while it rings */
    int rings;
    enum call_state outcome;
    const char *decision;                      /* "pending" "text" "no_text" */
    const char *reason;                        /* the rule that stopped it, NULL */
    int64_t message;                           /* the text, 0 none */
    const char *message_state, *message_error; /* NULL where there is none */
};

struct call_filter {
    bool missed_only;         /* missed, or rejected by us */
    int64_t thread;           /* 0 any */
    struct wall since, until; /* since <= started < until; 0 open */
    int limit;                /* 1..10000, newest first */
};

/* Adds a ringing call (event call.ringing). */
int calls_start(struct store *s, const struct call_new *call, int64_t *ret_id);

/* Somebody took the call (event call.answered): whatever happens to the program now, it was not
 * missed. `at` counts as its end until calls_end() tells. */
int calls_answer(struct store *s, int64_t id, struct wall at);

/* The ringing is over (event call.missed or call.answered). `certain` false: the modem or the
 * program was lost. */
int calls_end(struct store *s, int64_t id, enum call_state outcome, bool certain, int rings,
              struct wall ended);

/* One rule as it was applied; the first that stops decided. */
struct call_rule {
    const char *name;
    bool stop;
    const char *detail;
};

/* Records the decision with its rules (event decision): `reason` NULL means a text, with its
 * `message`, which was added with outbox_add() for this call. -ENOENT no such call, -EALREADY it is
 * decided. */
int calls_decide(struct store *s, int64_t id, const char *reason, int64_t message,
                 const struct call_rule *rules, size_t rule_count, struct wall at);

/* Keeps what the decision was made on: the hash of the configuration ("" unknown) and the facts, a
 * JSON object. In the transaction of calls_decide(). */
int calls_keep_facts(struct store *s, int64_t id, const char *config, const char *facts);
/* NULL where nothing was kept; valid until the next call. */
int calls_facts(struct store *s, int64_t id, const char **ret_config, const char **ret_facts);

int calls_get(struct store *s, int64_t id, struct call_row *ret);

/* Newest first. */
int calls_list(struct store *s, const struct call_filter *filter, struct store_rows **ret);
int calls_next(struct store_rows *r, struct call_row *ret);
/* The calls that are decided, oldest first: at most `limit` of those that come after the call `id`
 * that started at `after` (0: any), and started before `until` (0 open). */
int calls_list_after(struct store *s, struct wall after, int64_t id, struct wall until, int limit,
                     struct store_rows **ret);
/* What a restart has to settle: calls of `line` that still ring, or ended without a decision;
 * oldest first. */
int calls_list_unsettled(struct store *s, int64_t line, struct store_rows **ret);

/* The rules of a call in order, with calls_rule_next(). */
int calls_rules(struct store *s, int64_t id, struct store_rows **ret);
int calls_rule_next(struct store_rows *r, struct call_rule *ret);
