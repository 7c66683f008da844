/* tests/unit/test_store_limits.c - caps, pace and the loop breaker, in rows of the words of
 * store_script.h; "due" tells when the next text may go. */
#include "store/limits.h"
#include "store_script.h"
#include "tap.h"

static const struct store_limits wide = {.per_minute = 1000, .per_hour = 1000, .per_day = 1000};

static const struct row {
    const char *name;
    struct store_limits limits; /* a cap of 0 is a wide one */
    const char *words, *left;
} rows[] = {
    {"two in a minute: the third waits for the first to be a minute ago",
     {.per_minute = 2},
     "auto +5 take sent:1 auto +5 take sent:2 auto +5 take due +50 take due +1 take",
     "1.1 2.1 - +51 - +1 3.1 ; sent sent sending"},
    {"an hour",
     {.per_hour = 1},
     "auto +5 take sent:1 auto +5 take due +3595 due",
     "1.1 - +1796 -1799 ; sent waiting"},
    {"it expires while it waits, and that is due, too",
     {.per_hour = 1},
     "auto +5 take sent:1 auto +1801 take due",
     "1.1 - never ; sent expired"},
    {"texts by hand count, and never wait",
     {.per_minute = 2, .pace_ms = 10000},
     "man take sent:1 man take sent:2 man take sent:3 auto +5 take due",
     "1.1 2.1 3.1 - +56 ; sent sent sent waiting"},
    {"a confirmation counts, and never waits",
     {.per_minute = 1, .pace_ms = 10000},
     "auto +5 take sent:1 conf take sent:2 auto +5 take due",
     "1.1 2.1 - +56 ; sent sent waiting"},
    {"what did not leave does not count",
     {.per_minute = 1},
     "auto +5 take retry:30 auto +5 take sent:1",
     "1.1 2.1 ; queued sent"},
    {"what failed for good does not count",
     {.per_minute = 1},
     "auto +5 take fail auto +5 take",
     "1.1 2.1 ; failed sending"},
    {"what may have left counts",
     {.per_minute = 1},
     "auto +5 take unk:600 auto +5 take due",
     "1.1 - +56 ; unknown waiting"},
    {"a text that has begun is finished",
     {.per_minute = 1},
     "auto:3 +5 take sent:1 take sent:2 take sent:3 auto +5 take",
     "1.1 1.2 1.3 - ; sent waiting"},
    {"the pace",
     {.pace_ms = 10000},
     "auto auto +5 take sent:1 +9 take +1 take",
     "1.1 - 2.1 ; sent sending"},
    {"the pace by chance is the same each time",
     {.pace_ms = 100000, .jitter_permille = 300},
     "auto auto +5 take sent:1 due",
     "1.1 +126 ; sent waiting"},
    {"a clock that was a year ahead is not waited for",
     {.per_day = 1},
     "auto +5 take sent:1 +-31536000 auto +5 take",
     "1.1 2.1 ; sending sent"},
    {"a clock that is put right takes the departures along",
     {.per_hour = 1},
     "auto +5 take sent:1 step:100000 auto +5 take due",
     "1.1 - +1796 ; sent waiting"},
    {"a burst stops what is automatic, not what people write",
     {.burst = 2, .burst_s = 300, .mute_s = 3600},
     "auto +5 take sent:1 auto +5 take sent:2 auto +5 take due man take",
     "1.1 2.1 - +1796 4.1 ; sent sent cancelled sending"},
    {"no burst: too slow",
     {.burst = 2, .burst_s = 300, .mute_s = 3600},
     "auto +5 take sent:1 +300 auto +5 take sent:2 auto +5 take",
     "1.1 2.1 3.1 ; sent sent sending"},
    {"resumed, and counted anew",
     {.burst = 2, .burst_s = 300, .mute_s = 3600},
     "auto +5 take sent:1 auto +5 take sent:2 +5 resume auto +5 take sent:3 auto +5 take sent:4 "
     "auto +5 take",
     "1.1 2.1 3.1 4.1 - ; sent sent sent sent waiting"},
    {"the owner has a third of an hour, and more waits for the next",
     {.per_hour = 5},
     "own take sent:1 own take sent:2 own take due auto +5 take",
     "1.1 2.1 - +3601 4.1 ; sent sent queued sending"},
    {"of one text the owner has it all",
     {.per_day = 1},
     "own take sent:1 own take",
     "1.1 - ; sent queued"},
    {"what goes to the owner counts",
     {.per_hour = 1},
     "own take sent:1 auto +5 take due",
     "1.1 - +1796 ; sent waiting"},
    {"and does not wait for customers' caps, a pause or the breaker",
     {.per_hour = 3, .burst = 2, .burst_s = 300, .mute_s = 3600},
     "man take sent:1 man take sent:2 auto +5 take sent:3 auto +5 take pause:99 own take",
     "1.1 2.1 3.1 - 5.1 ; sent sent sent waiting sending"},
    {"but for a hard one", {0}, "hard:99 own take due resume take", "- +99 1.1 ; sending"},
    {"customers come first, and the pace is for all",
     {.pace_ms = 10000},
     "own auto +5 take sent:1 +9 take +1 take",
     "2.1 - 1.1 ; sending sent"},
    {"neither their text nor ours cancels it",
     {0},
     "own in man take sent:1 take",
     "3.1 1.1 ; sending sent"},
    {"an opt-out does", {0}, "own stop take", "- ; cancelled"},
    {"after the time it goes on",
     {.burst = 2, .burst_s = 300, .mute_s = 600},
     "auto +5 take sent:1 auto +5 take sent:2 auto +599 take +1 take",
     "1.1 2.1 - 3.1 ; sent sent sending"},
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct store_limits limits = row->limits;
        struct script p;
        limits.per_minute = limits.per_minute ? limits.per_minute : wide.per_minute;
        limits.per_hour = limits.per_hour ? limits.per_hour : wide.per_hour;
        limits.per_day = limits.per_day ? limits.per_day : wide.per_day;
        script_open(&p, ":memory:", SCRIPT_START);
        p.limits = &limits;
        int err = script_run(&p, row->words);
        script_states(&p);
        if (!tap_ok(err == 0 && strcmp(p.out, row->left) == 0, "%s", row->name))
            tap_diag("%s (%d)", p.out, err);
        store_free(p.s);
    }
}

/* The clock is behind at the next start: the texts of an hour ago are not in the future. */
static void test_clock_behind(void)
{
    const struct store_limits limits = {
        .per_minute = 1000, .per_hour = 3, .per_day = 1000, .pace_ms = 10000};
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    p.limits = &limits;
    int err = script_run(&p, "auto +5 take sent:1 +3000 auto +5 take sent:2");
    p.now.s -= 5000;
    err = err ? err : store_clock_settle(p.s, p.now);
    err = err ? err : script_run(&p, "auto +5 take +10 take sent:3 auto +5 take due");
    script_states(&p);
    if (!tap_ok(err == 0 && strcmp(p.out, "1.1 2.1 - 3.1 - +576 ; sent waiting sent sent") == 0,
                "a clock that is behind after a restart holds nothing up"))
        tap_diag("%s (%d)", p.out, err);
    store_free(p.s);
}

/* A pause of two hours, or of half of one; a start, perhaps by a clock that has lost the time; the
 * clock is set right an hour later. `until` is seen from there. */
static void test_pause_and_clock(void)
{
    static const struct {
        const char *name;
        int64_t start_s, behind_s; /* after the pause was set; 0: no start */
        bool before;             /* the pause is set before the start, by the clock that is right */
        int64_t pause_s, left_s; /* 0: it is over */
    } pauses[] = {
        {"a pause moves along with the clock", 0, 86400, false, 7200, 3600},
        {"but not one that was there at the start", 60, 86400, true, 7200, 3600 - 60},
        {"nor where the clock has lost the time", 60, SCRIPT_START, true, 7200, 3600 - 60},
        {"one that is over does not begin again", 0, -86400, false, 1800, 0},
        {"one of a clock that has lost the time does", 0, SCRIPT_START, false, 7200, 3600},
    };
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        struct script p;
        struct pause pause = {0};
        script_open(&p, ":memory:", SCRIPT_START);
        int64_t right_s = p.now.s;
        struct wall wrong = {right_s - pauses[i].behind_s};
        int err = 0;
        if (pauses[i].before)
            err = pause_set(p.s, (struct wall){right_s + pauses[i].pause_s}, false, p.now);
        right_s += pauses[i].start_s;
        wrong.s += pauses[i].start_s;
        err = err ? err : store_clock_settle(p.s, wrong);
        if (!pauses[i].before)
            err = pause_set(p.s, (struct wall){wrong.s + pauses[i].pause_s}, false, wrong);
        right_s += 3600;
        err = err ? err
                  : store_clock_stepped(p.s, wrong, (struct wall){wrong.s + 3600},
                                        pauses[i].behind_s);
        err = err ? err : pause_get(p.s, (struct wall){right_s}, &pause);
        int64_t left_s = pause.until.s == 0 ? 0 : pause.until.s - right_s;
        if (!tap_ok(err == 0 && left_s == pauses[i].left_s, "%s", pauses[i].name))
            tap_diag("%d, %lld s", err, (long long)left_s);
        store_free(p.s);
    }
}

static int alarms(struct script *p, const char *kind)
{
    int64_t count = -1;
    struct sql q = sql(p->s, "SELECT count(*) FROM event WHERE type = 'alarm'"
                             " AND data ->> '$.alarm' = ?");
    sql_text(&q, kind);
    return sql_get_i64(&q, &count) == 0 ? (int)count : -1;
}

static void test_identical(void)
{
    const struct store_limits limits = {.identical = 3, .identical_s = 3600, .mute_s = 86400};
    struct person_facts facts;
    struct script p;
    int muted[5] = {0};
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "in +10 in +3580");
    muted[0] = limits_hear(p.s, SCRIPT_NUMBER, "in", &limits, p.now);
    err = err ? err : script_run(&p, "+20 in"); /* the first is over an hour ago by now */
    muted[1] = limits_hear(p.s, SCRIPT_NUMBER, "in", &limits, p.now);
    err = err ? err : script_run(&p, "+5 auto in auto in");
    muted[2] = limits_hear(p.s, SCRIPT_NUMBER, "In", &limits, p.now);
    muted[3] = limits_hear(p.s, SCRIPT_NUMBER, "in", &limits, p.now);
    muted[4] = limits_hear(p.s, SCRIPT_NUMBER, "in", &limits, p.now);
    tap_ok(err == 0 && !muted[0] && !muted[1] && !muted[2] && muted[3] == 1 && !muted[4] &&
               alarms(&p, "identical") == 1,
           "three that say the same in an hour, told once");
    tap_ok(person_facts(p.s, SCRIPT_NUMBER, &facts) == 0 && facts.muted.s == p.now.s + 86400,
           "the person is muted");
    err = script_run(&p, "auto +5 take man take sent:1 +86400 auto +5 take");
    script_states(&p);
    tap_ok(err == 0 && strstr(p.out, "- ") == p.out && strstr(p.out, "sent sending"),
           "nothing automatic until the time is over, and what people write goes");
    struct store_limits off = {0};
    tap_ok(limits_hear(p.s, SCRIPT_NUMBER, "in", &off, p.now) == 0, "or off");
    store_free(p.s);
}

static void test_count(void)
{
    struct limits_counts none, one;
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "miss auto +5 take sent:1 +100 man");
    struct wall since = {p.now.s - 1000};
    err = err ? err : limits_count(p.s, SCRIPT_NUMBER, since, 250, &one);
    tap_ok(err == 0 && one.automatic == 1 && one.people == 1 && one.texted, "a person texted");
    err = limits_count(p.s, "+447700900999", since, 250, &none);
    tap_ok(err == 0 && none.automatic == 0 && none.people == 1 && !none.texted, "a stranger");
    err = limits_count(p.s, SCRIPT_NUMBER, p.now, 250, &none);
    tap_ok(err == 0 && none.automatic == 0 && none.people == 0 && !none.texted, "long ago");
    err = script_run(&p, "+9999 own");
    err = err ? err : limits_count(p.s, SCRIPT_NUMBER, (struct wall){p.now.s - 9}, 250, &none);
    tap_ok(err == 0 && none.people == 0, "the owner is nobody whom we texted");
    struct wall then = p.now;
    err = script_run(&p, "+1 lead +1 nudge +1 nudge cancel:5");
    err = err ? err : limits_count(p.s, SCRIPT_NUMBER, then, 250, &one);
    tap_ok(err == 0 && one.automatic == 2,
           "a lead's text and a follow-up count, one cancelled not");
    store_free(p.s);
}

int main(void)
{
    test_rows();
    test_clock_behind();
    test_pause_and_clock();
    test_identical();
    test_count();
    return tap_done();
}
