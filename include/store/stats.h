/* include/store/stats.h - what a span of time amounts to, counted from calls and texts. */
#pragma once
#include "store/store.h"

/* The calls of a half hour that has some. */
struct half_hour_row {
    struct wall at;
    int calls, missed;
};

struct stats {
    int calls, missed, withheld;        /* missed: or declined by us */
    int texted;                         /* missed calls whose text has left */
    int replied;                        /* of them, answered by a text within 24 h */
    int delivered;                      /* of the texts that have left */
    int texts_in, texts_out;            /* without web forms, and those from and to the owner */
    int leads;                          /* web forms */
    int leads_texted, leads_replied;    /* of them, and answered within 24 h */
    int follow_ups, follow_ups_replied; /* those that have left */
    int won, lost;
    int64_t to_text_median_s, to_text_p95_s; /* from the end of the call; -1: none */
    int64_t answer_median_s;                 /* from their text to ours by hand; -1: none */
    struct half_hour_row *half_hours;        /* in order */
    size_t half_hour_count;
};

/* Counts since <= started < until; stats_free() what is in *ret, which holds nothing to be freed
 * after an error. */
int stats_count(struct store *s, struct wall since, struct wall until, struct stats *ret);
void stats_free(struct stats *t);

/* How many missed calls were not texted, for each reason; most frequent first. */
struct reason_row {
    const char *rule;
    int calls;
};
int stats_reasons(struct store *s, struct wall since, struct wall until, struct store_rows **ret);
/* The same of web forms; `calls` counts those. */
int stats_lead_reasons(struct store *s, struct wall since, struct wall until,
                       struct store_rows **ret);
int stats_reason_next(struct store_rows *r, struct reason_row *ret);

/* Sums of what was won, for each currency. */
struct won_row {
    const char *currency; /* NULL: jobs without a sum */
    int jobs;
    int64_t amount;
};
int stats_won(struct store *s, struct wall since, struct wall until, struct store_rows **ret);
/* The same, of people who got a text after a missed call or a web form before. */
int stats_won_after_text(struct store *s, struct wall since, struct wall until,
                         struct store_rows **ret);
int stats_won_next(struct store_rows *r, struct won_row *ret);
