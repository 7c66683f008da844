/* tests/unit/test_store_people.c - the facts behind a decision; opting out, blocking, pausing. */
#include "store_script.h"
#include "tap.h"

static void test_facts(void)
{
    static const struct row {
        const char *name, *words;
        int64_t last_auto, last_talk; /* seconds after the start, -1 never */
        const char *flags;            /* b blocked, o opted out */
    } rows[] = {
        {"a stranger", "", -1, -1, ""},
        {"a number on the list that never called", "quietstop", -1, -1, "o"},
        {"a call is no talk", "miss", -1, -1, ""},
        {"an automatic text that waits", "+1 auto", 1, -1, ""},
        {"a lead's text, then a follow-up", "+1 lead +60 nudge", 61, -1, ""},
        {"a lead's text that was cancelled", "+1 lead cancel:1", -1, -1, ""},
        {"an automatic text of unknown fate", "+1 auto +5 take unk:99", 6, -1, ""},
        {"cancelled: it does not count", "auto cancel:1", -1, -1, ""},
        {"expired: it does not count", "auto +1801 take", -1, -1, ""},
        {"refused: it does not count", "auto +5 take fail", -1, -1, ""},
        {"undeliverable: it had left, so it counts", "auto +5 take sent:1 rep:1:p", 5, -1, ""},
        {"half of it had left, so it counts", "auto:2 +5 take sent:1 take fail", 5, -1, ""},
        {"half of it may have left, so it counts", "auto:2 +5 take unk:99 take fail", 5, -1, ""},
        {"the last of two", "auto +5 take sent:1 +5 auto", 10, -1, ""},
        {"the last that counts", "auto +5 take sent:1 +5 auto cancel:2", 5, -1, ""},
        {"it counts from when it left", "auto +900 take +2 sent:1", 902, -1, ""},
        {"they text", "+3 in", -1, 3, ""},
        {"we text", "+3 in +3 man", -1, 6, ""},
        {"a confirmation is no talk", "conf", -1, -1, ""},
        {"blocked", "block", -1, -1, "b"},
        {"not any more", "block unblock", -1, -1, ""},
        {"opted out", "stop", -1, -1, "o"},
        {"opted in again", "stop start", -1, -1, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script p;
        struct person_facts f = {0};
        char flags[4];
        script_open(&p, ":memory:", SCRIPT_START);
        int err = script_run(&p, rows[i].words);
        err = err ? err : person_facts(p.s, SCRIPT_NUMBER, &f);
        int64_t automatic = f.last_auto.s ? f.last_auto.s - p.start : -1;
        int64_t talk = f.last_talk.s ? f.last_talk.s - p.start : -1;
        snprintf(flags, sizeof(flags), "%s%s", f.blocked ? "b" : "", f.opted_out ? "o" : "");
        if (!tap_ok(err == 0 && automatic == rows[i].last_auto && talk == rows[i].last_talk &&
                        strcmp(flags, rows[i].flags) == 0,
                    "%s", rows[i].name))
            tap_diag("%" PRId64 " %" PRId64 " \"%s\" (%d)", automatic, talk, flags, err);
        store_free(p.s);
    }
}

static void test_opt_out(void)
{
    struct script p;
    struct store_rows *rows = NULL;
    struct optout_row o;
    int64_t events, heard;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(optout_remove(p.s, "+2", "command", p.now) == 0, "not on the list");
    tap_ok(optout_add(p.s, "+2", "command", p.now) == 1, "put on the list");
    tap_ok(optout_add(p.s, "+2", "text", p.now) == 0, "once");
    tap_ok(event_last_id(p.s, &events) == 0 && events == 1, "and one event says so");
    tap_ok(optout_heard(p.s, SCRIPT_NUMBER, &heard) == 0 && heard == 0, "nothing was heard");
    int err = script_run(&p, "in stop");
    tap_ok(optout_heard(p.s, SCRIPT_NUMBER, &heard) == 0 && heard > 0, "their text");
    tap_ok(err == 0 && optout_list(p.s, &rows) == 0 && optout_next(rows, &o) == 1 &&
               strcmp(o.number, "+2") == 0 && strcmp(o.source, "command") == 0 && !o.name &&
               o.at.s == p.now.s && optout_next(rows, &o) == 1 && optout_next(rows, &o) == 0,
           "the list");
    store_rows_free(rows);
    tap_ok(optout_remove(p.s, "+2", "command", p.now) == 1, "taken off");
    tap_ok(person_block(p.s, "+3", true, p.now) == 1 && person_block(p.s, "+3", true, p.now) == 0,
           "blocked once");
    tap_ok(person_block(p.s, "+3", false, p.now) == 1 && person_block(p.s, "+3", false, p.now) == 0,
           "and unblocked once");
    store_free(p.s);
}

static int facts_of(struct script *p, const char *words, struct person_facts *ret)
{
    int err = script_run(p, words);
    return err ? err : person_facts(p->s, SCRIPT_NUMBER, ret);
}

/* Two or more in a row that failed for good; a delivery or a text from them begins anew. */
static void test_undeliverable(void)
{
    static const struct row {
        const char *name, *words;
        int64_t last; /* seconds after the start, -1 not learned */
    } rows[] = {
        {"one failed for good", "+1 man take sent:1 +1 rep:1:p", -1},
        {"two did", "man take sent:1 +1 rep:1:p man take sent:2 +5 rep:2:p", 6},
        {"the same report twice", "man take sent:1 +1 rep:1:p rep:1:p", -1},
        {"two parts of one text", "man:2 take sent:1 take sent:2 +1 rep:1:p rep:2:p", -1},
        {"one failed for now", "man take sent:1 +1 rep:1:p man take sent:2 +5 rep:2:T", -1},
        {"one between them arrived",
         "man take sent:1 +1 rep:1:p man take sent:2 rep:2:d man take sent:3 +5 rep:3:p", -1},
        {"they texted", "man take sent:1 +1 rep:1:p man take sent:2 +5 rep:2:p in", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script p;
        struct person_facts f = {0};
        script_open(&p, ":memory:", SCRIPT_START);
        int err = facts_of(&p, rows[i].words, &f);
        int64_t last = f.undeliverable.s ? f.undeliverable.s - p.start : -1;
        if (!tap_ok(err == 0 && last == rows[i].last, "undeliverable: %s", rows[i].name))
            tap_diag("%" PRId64 " (%d)", last, err);
        store_free(p.s);
    }
}

static void test_lists(void)
{
    struct script p;
    struct store_rows *rows = NULL;
    struct optout_row row;
    struct person_facts f;
    struct outbox_part part;
    struct wall until;
    script_open(&p, ":memory:", SCRIPT_START);
    script_run(&p, "miss auto");
    tap_ok(skip_add(p.s, SCRIPT_NUMBER, p.now) == 1 && skip_add(p.s, SCRIPT_NUMBER, p.now) == 0 &&
               facts_of(&p, "+9", &f) == 0 && f.skipped && f.last_auto.s == 0,
           "skipped once, and what waited is cancelled");
    tap_ok(skip_list(p.s, &rows) == 0 && optout_next(rows, &row) == 1 &&
               strcmp(row.number, SCRIPT_NUMBER) == 0 && optout_next(rows, &row) == 0,
           "the skip list");
    store_rows_free(rows);
    tap_ok(skip_remove(p.s, SCRIPT_NUMBER) == 1 && skip_remove(p.s, SCRIPT_NUMBER) == 0,
           "taken off it once");
    script_run(&p, "miss auto");
    tap_ok(optout_doubt(p.s, SCRIPT_NUMBER, p.now) == 1 &&
               optout_doubt(p.s, SCRIPT_NUMBER, p.now) == 0 && facts_of(&p, "+9", &f) == 0 &&
               f.doubtful && !f.opted_out && f.last_auto.s == 0,
           "doubtful once, and what waited is cancelled");
    script_run(&p, "miss auto +9");
    tap_ok(outbox_take(p.s, p.line, NULL, p.now, &part) == 0,
           "nor does anything automatic go later");
    script_run(&p, "man");
    tap_ok(outbox_take(p.s, p.line, NULL, p.now, &part) == 1, "what people write does");
    tap_ok(optout_list_doubts(p.s, &rows) == 0 && optout_next(rows, &row) == 1 &&
               optout_next(rows, &row) == 0,
           "the list of doubts");
    store_rows_free(rows);
    tap_ok(optout_remove(p.s, SCRIPT_NUMBER, "command", p.now) == 1 && facts_of(&p, "", &f) == 0 &&
               !f.doubtful,
           "no opt-out after all");
    optout_doubt(p.s, SCRIPT_NUMBER, p.now);
    tap_ok(optout_add(p.s, SCRIPT_NUMBER, "command", p.now) == 1 && facts_of(&p, "", &f) == 0 &&
               !f.doubtful && f.opted_out && optout_doubt(p.s, SCRIPT_NUMBER, p.now) == 0,
           "an opt-out, and no doubt about it");
    tap_ok(away_get(p.s, p.now, &until) == 0 && until.s == 0, "not away");
    tap_ok(away_set(p.s, (struct wall){p.now.s + 60}) == 0 && away_get(p.s, p.now, &until) == 0 &&
               until.s == p.now.s + 60 && away_get(p.s, (struct wall){p.now.s + 60}, &until) == 0 &&
               until.s == 0,
           "away for a minute");
    store_free(p.s);
}

static void test_pause(void)
{
    static const struct row {
        const char *name, *words;
        int64_t left; /* seconds, -1 not paused, 0 for ever */
        bool hard;
    } rows[] = {
        {"not paused", "", -1, false},
        {"paused", "pause:60 +20", 40, false},
        {"over", "pause:60 +60", -1, false},
        {"hard", "hard:60", 60, true},
        {"hard, over", "hard:60 +60", -1, false},
        {"hard, then soft", "hard:60 pause:30", 30, false},
        {"until resumed", "pause:0 +99999", 0, false},
        {"resumed", "hard:60 resume", -1, false},
        {"the clock jumps", "pause:60 step:1000", 60, false},
        {"until resumed, the clock jumps", "pause:0 step:1000", 0, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script p;
        struct pause pause = {0};
        script_open(&p, ":memory:", SCRIPT_START);
        int err = script_run(&p, rows[i].words);
        err = err ? err : pause_get(p.s, p.now, &pause);
        int64_t left = pause.until.s ? pause.until.s - p.now.s : -1;
        if (pause.until.s == INT64_MAX)
            left = 0;
        tap_ok(err == 0 && left == rows[i].left && pause.hard == rows[i].hard, "%s", rows[i].name);
        store_free(p.s);
    }
}

int main(void)
{
    test_facts();
    test_opt_out();
    test_undeliverable();
    test_lists();
    test_pause();
    return tap_done();
}
