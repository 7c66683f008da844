/* tests/unit/test_store_stats.c - how many texts there were, how long people wait for an answer by
 * hand, and who of those that were texted wrote within a day. */
#include "store/owners.h"
#include "store/stats.h"
#include "store_script.h"
#include "tap.h"

#define DAY INT64_C(86400)
#define OTHER_PERSON                                                            \
    "INSERT INTO contact (id, number, last_at) VALUES (2, '+447700900322', 1);" \
    "UPDATE message SET contact = 2 WHERE id = "

static const struct row {
    const char *name, *words, *sql; /* done after the words */
    int64_t since, until;           /* from the start on */
    int in, out;
    int64_t answer;
} rows[] = {
    {"nothing", "", NULL, 0, DAY, 0, 0, -1},
    {"no answer", "in +60 in", NULL, 0, DAY, 2, 0, -1},
    {"one", "in +60 man", NULL, 0, DAY, 1, 0, 60},
    {"and it left", "in +60 man take sent:1", NULL, 0, DAY, 1, 1, 60},
    {"in the same second", "in man", NULL, 0, DAY, 1, 0, 0},
    {"the first one counts", "in +60 man +60 man", NULL, 0, DAY, 1, 0, 60},
    {"each text has its own", "in +10 in +60 man +10 in +5 man", NULL, 0, DAY, 3, 0, 60},
    {"what they wrote after it has none", "in +60 man +10 in", NULL, 0, DAY, 2, 0, 60},
    {"withdrawn, it is none", "in +60 man cancel:2 +30 man", NULL, 0, DAY, 1, 0, 90},
    {"what goes by itself is none", "miss auto +60 in +60 auto +9 man", NULL, 0, DAY, 1, 0, 69},
    {"somebody else's is none", "in +60 man", OTHER_PERSON "2", 0, DAY, 1, 0, -1},
    {"two people", "in +60 man +10 in +90 man", OTHER_PERSON "1 OR id = 4", 0, DAY, 2, 0, 160},
    {"from the first second", "in +60 man", NULL, 0, 61, 1, 0, 60},
    {"up to the last one, without it", "in +60 in", NULL, 0, 60, 1, 0, -1},
    {"not before", "in +60 man +10 in +5 man", NULL, 61, DAY, 1, 0, 5},
    {"an answer after the end", "in +10 in +60 man +10 man", NULL, 0, 20, 2, 0, 60},
    {"never, though more was written", "in +60 in", NULL, 0, 30, 1, 0, -1},
    {"somebody else's after the end", "in +60 man", OTHER_PERSON "2", 0, 30, 1, 0, -1},
    {"after the end, withdrawn", "in +60 man cancel:2", NULL, 0, 30, 1, 0, -1},
    {"an owner's texts do not count", "in +60 man take sent:1 +9 in",
     "INSERT INTO owner (number) VALUES ('" SCRIPT_NUMBER "')", 0, DAY, 0, 0, -1},
};

#define CALLER "miss auto +5 take sent:1"

static const struct reply {
    const char *name, *words, *sql;
    int64_t until;
    int calls, follow_ups; /* that were replied to */
} replies[] = {
    {"no reply", CALLER, NULL, DAY, 0, 0},
    {"a reply", CALLER " +60 in", NULL, DAY, 1, 0},
    {"several are one", CALLER " +60 in +60 in", NULL, DAY, 1, 0},
    {"in the last second of the day", CALLER " +86399 in", NULL, 3 * DAY, 1, 0},
    {"a day later", CALLER " +86400 in", NULL, 3 * DAY, 0, 0},
    {"written before", "in +60 " CALLER, NULL, DAY, 0, 0},
    {"somebody else's", CALLER " +60 in", OTHER_PERSON "2", DAY, 0, 0},
    {"not texted", "miss auto +5 in", NULL, DAY, 0, 0},
    {"after the end of the span", CALLER " +3600 in", NULL, 60, 1, 0},
    {"after it, and a day later", CALLER " +86400 in", NULL, 60, 0, 0},
    {"after it, somebody else's", CALLER " +3600 in", OTHER_PERSON "2", 60, 0, 0},
    {"to a follow-up", "nudge take sent:1 +60 in", NULL, DAY, 0, 1},
    {"to one, after the end of the span", "nudge take sent:1 +60 in", NULL, 30, 0, 1},
    {"to two of our texts", CALLER " +9 nudge take sent:2 +60 in", NULL, DAY, 1, 1},
};

static void test_replies(void)
{
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        const struct reply *row = &replies[i];
        struct stats stats = {0};
        struct script p;
        script_open(&p, ":memory:", SCRIPT_START);
        int err = script_run(&p, row->words);
        if (err == 0 && row->sql)
            err = sqlite3_exec(p.s->db, row->sql, NULL, NULL, NULL);
        if (err == 0)
            err = stats_count(p.s, (struct wall){SCRIPT_START},
                              (struct wall){SCRIPT_START + row->until}, &stats);
        if (!tap_ok(err == 0 && stats.replied == row->calls &&
                        stats.follow_ups_replied == row->follow_ups,
                    "replies: %s", row->name))
            tap_diag("%d and %d (%d)", stats.replied, stats.follow_ups_replied, err);
        stats_free(&stats);
        store_free(p.s);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct stats stats = {0};
        struct script p;
        script_open(&p, ":memory:", SCRIPT_START);
        int err = script_run(&p, row->words);
        if (err == 0 && row->sql)
            err = sqlite3_exec(p.s->db, row->sql, NULL, NULL, NULL);
        if (err == 0)
            err = stats_count(p.s, (struct wall){SCRIPT_START + row->since},
                              (struct wall){SCRIPT_START + row->until}, &stats);
        if (!tap_ok(err == 0 && stats.texts_in == row->in && stats.texts_out == row->out &&
                        stats.answer_median_s == row->answer,
                    "%s", row->name))
            tap_diag("%d in, %d out, answered in %" PRId64 " s (%d)", stats.texts_in,
                     stats.texts_out, stats.answer_median_s, err);
        stats_free(&stats);
        store_free(p.s);
    }
    test_replies();
    return tap_done();
}
