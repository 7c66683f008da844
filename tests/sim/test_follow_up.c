/* tests/sim/test_follow_up.c - a missed call, a text, and nobody answers: the next morning one more
 * text, unless there is a sign of life; also with the program killed after each single exchange
 * with the modem, with a clock that is wrong, and after a web form. */
#include "service/leads.h"
#include "store/follow_ups.h"
#include "store/joined.h"
#include "store/outbox.h"
#include "store/people.h"
#include "store/threads.h"
#include "tap.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

#define CALLER "+447700900321"
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY_S INT64_C(86400)
#define MONDAY INT64_C(1795392000) /* 2026-11-23T00:00:00Z; the world begins at 10:00 */
#define AT(day, hour, minute) (MONDAY + (day)*DAY_S + (hour)*3600 + (minute)*60)

static void run_to(struct world *w, int64_t wall_s)
{
    if (wall_s > w->now.wall.s)
        world_run(w, (wall_s - w->now.wall.s) * 1000);
}

static void ring(struct world *w)
{
    const struct sim_caller caller = {.number = CALLER, .rings = 3};
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 2 * MINUTE);
}

static void ring_and_take(struct world *w)
{
    const struct sim_caller caller = {.number = CALLER, .rings = 3};
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 7000);
    sim_answer(&w->sim, w->now);
    world_run(w, MINUTE);
    sim_hang_up(&w->sim, w->now);
}

static void hear(struct world *w, const char *text)
{
    sim_text(&w->sim, w->now, CALLER, text, &(struct sim_delivery){0});
    world_run(w, 2 * MINUTE);
}

static void expect(struct world *w, int got)
{
    w->store_errors += got < 0;
    if (w->service)
        service_turn(w->service, w->now, true);
}

static int64_t their_thread(struct world *w)
{
    int64_t thread = 0;
    expect(w, thread_find_number(w->store, CALLER, &thread));
    return thread;
}

static void write_text(struct world *w)
{
    static const struct outbox_pdu pdu = {"0001000C91447700093012000005E8329BFD06", 18};
    struct outbox_new text = {.number = CALLER,
                              .text = "hello",
                              .cause = CAUSE_MANUAL,
                              .created = w->now.wall,
                              .due = w->now.wall,
                              .pdus = &pdu,
                              .pdu_count = 1};
    int64_t id;
    expect(w, store_line(w->store, "main", &text.line));
    expect(w, outbox_add(w->store, &text, &id));
}

static void nothing(struct world *w)
{
    (void)w;
}

static void they_answer(struct world *w)
{
    hear(w, "Yes please");
}

static void they_stop(struct world *w)
{
    hear(w, "Stop");
}

static void they_may_have_stopped(struct world *w)
{
    hear(w, "please stop it now");
}

static void done(struct world *w)
{
    expect(w, progress_done(w->store, their_thread(w), w->now.wall));
}

static void snooze(struct world *w)
{
    expect(w, progress_snooze(w->store, their_thread(w), (struct wall){AT(5, 9, 0)}, w->now.wall));
}

static void block(struct world *w)
{
    expect(w, person_block(w->store, CALLER, true, w->now.wall));
}

static void skip(struct world *w)
{
    expect(w, skip_add(w->store, CALLER, w->now.wall));
}

static void pause_until_noon(struct world *w)
{
    expect(w, pause_set(w->store, (struct wall){AT(1, 12, 0)}, false, w->now.wall));
}

static void pause_until_resumed(struct world *w)
{
    expect(w, pause_set(w->store, (struct wall){INT64_MAX}, false, w->now.wall));
    run_to(w, AT(2, 15, 0));
    expect(w, pause_set(w->store, (struct wall){0}, false, w->now.wall));
}

static void be_away(struct world *w)
{
    expect(w, away_set(w->store, (struct wall){AT(1, 21, 0)}));
}

static void be_down_all_day(struct world *w)
{
    run_to(w, AT(1, 8, 0));
    world_kill(w, 14 * HOUR);
}

static void be_down_until_ten(struct world *w)
{
    run_to(w, AT(1, 8, 0));
    world_kill(w, 2 * HOUR);
}

static void lose_the_modem_for_hours(struct world *w)
{
    run_to(w, AT(1, 8, 30));
    sim_unplug(&w->sim, w->now);
    run_to(w, AT(1, 14, 0));
    sim_replug(&w->sim, w->now);
}

static void lose_the_modem_for_a_day(struct world *w)
{
    run_to(w, AT(1, 8, 30));
    sim_unplug(&w->sim, w->now);
    run_to(w, AT(1, 21, 0));
    sim_replug(&w->sim, w->now);
}

static void switch_off(struct world *w)
{
    w->policy.follow_up.enabled = false;
}

static void allow_one(struct world *w)
{
    w->policy.limits.auto_per_person = 1;
}

static void observe(struct world *w)
{
    w->policy.mode = POLICY_OBSERVE;
}

static void two_of_them(struct world *w)
{
    w->policy.follow_up.after_ms[0] = w->policy.follow_up.after_ms[1] = 4 * HOUR;
    w->policy.follow_up.after_count = 2;
}

static void two_and_an_answer(struct world *w)
{
    two_of_them(w);
    run_to(w, AT(1, 10, 0));
    hear(w, "Yes");
}

/* A call and a text in the night before the look: it is answered at 08:59:59. */
static void answer_a_second_before(struct world *w)
{
    run_to(w, AT(1, 8, 59));
    world_run(w, 50 * 1000);
    sim_text(&w->sim, w->now, CALLER, "Wait", &(struct sim_delivery){0});
}

/* Queued at nine, held up by a cap, and then they ring. */
static void ring_while_it_waits(struct world *w)
{
    run_to(w, AT(1, 8, 59));
    w->policy.limits.per_hour = 1;
    write_text(w); /* to count: and a sign of life, so there is nothing to hold up */
    ring(w);
}

/* A cap holds up what is queued at nine, and they ring at half past nine. */
static void ring_while_a_cap_holds_it(struct world *w)
{
    struct wall stopped = {AT(1, 9, 0)};
    run_to(w, AT(1, 8, 59));
    w->policy.limits.pace_ms = 9 * HOUR; /* from yesterday's text: until after it is due */
    w->policy.limits.per_day = 1;
    run_to(w, stopped.s + 1800);
    ring(w);
}

static void ring_from_another_number(struct world *w)
{
    const struct sim_caller other = {.number = "+447700900322", .rings = 3};
    int64_t id;
    expect(w, thread_make(w->store, other.number, w->now.wall, &id));
    expect(w, thread_merge(w->store, their_thread(w), id, w->now.wall));
    sim_call(&w->sim, w->now, &other);
    world_run(w, 2 * MINUTE);
}

static void set_the_clock_late(struct world *w)
{
    run_to(w, AT(1, 9, 30));
}

/* At night, after a restart, the clock is ahead by a day and eight hours: the text is queued as if
 * it were eleven. A cap holds it up until the clock is right. */
static void queue_by_a_wrong_clock(struct world *w)
{
    const int64_t ahead_s = DAY_S + 8 * 3600, pace_ms = w->policy.limits.pace_ms;
    world_kill(w, 1000);
    run_to(w, AT(1, 3, 0));
    w->policy.limits.pace_ms = 72 * HOUR; /* from yesterday's text */
    w->now.wall.s += ahead_s;
    w->clock_ahead_s = ahead_s;
    world_run(w, MINUTE);
    w->now.wall.s -= ahead_s;
    w->clock_ahead_s = 0;
    world_run(w, MINUTE);
    w->policy.limits.pace_ms = pace_ms;
}

static const struct scenario {
    const char *name;
    void (*meanwhile)(struct world *w); /* at 11:00, an hour after the text */
    int64_t first;                      /* when the first follow-up leaves, 0 never */
    int count;
    const char *reason; /* why there is none, or no more; NULL */
} scenarios[] = {
    {"nobody answers: the next morning", nothing, AT(1, 9, 0), 1, NULL},
    {"they answer", they_answer, 0, 0, "they texted first"},
    {"they answer a moment before", answer_a_second_before, 0, 0, "they texted first"},
    {"they ring again", ring, 0, 0, "they called"},
    {"they ring again and are answered", ring_and_take, 0, 0, "they called"},
    {"you text them", write_text, 0, 0, "you texted first"},
    {"they opt out", they_stop, 0, 0, NULL},
    {"they may have opted out", they_may_have_stopped, 0, 0, "they texted first"},
    {"done", done, 0, 0, "done"},
    {"snoozed", snooze, 0, 0, "snoozed"},
    {"blocked", block, 0, 0, "blocked"},
    {"on the skip list", skip, 0, 0, "on the skip list"},
    {"paused until noon", pause_until_noon, AT(1, 12, 0), 1, NULL},
    {"paused until somebody resumes", pause_until_resumed, AT(3, 9, 0), 1, NULL},
    {"away until the evening", be_away, AT(2, 9, 0), 1, NULL},
    {"the program is down all day", be_down_all_day, AT(2, 9, 0), 1, NULL},
    {"the program is down until ten", be_down_until_ten, AT(1, 10, 0), 1, NULL},
    {"no modem until the afternoon", lose_the_modem_for_hours, AT(1, 14, 0), 1, NULL},
    {"no modem all day: it expires", lose_the_modem_for_a_day, 0, 0, NULL},
    {"switched off meanwhile", switch_off, 0, 0, "follow_up has none in the configuration"},
    {"enough texts for the person", allow_one, 0, 0,
     "1 automatic texts in 30 days: limits.auto_per_person_30d is 1"},
    {"only observing", observe, 0, 0, "reply.mode is observe: nothing is sent"},
    {"two of them", two_of_them, AT(1, 9, 0), 2, NULL},
    {"two, and an answer to the first", two_and_an_answer, AT(1, 9, 0), 1, "they texted first"},
    {"you text and they ring while it is due", ring_while_it_waits, 0, 0, "you texted first"},
    {"they ring while a cap holds it up", ring_while_a_cap_holds_it, 0, 0, NULL},
    {"they ring from another number of theirs: one follow-up, to that", ring_from_another_number,
     AT(1, 9, 0), 1, NULL},
    {"a clock that goes on", set_the_clock_late, AT(1, 9, 0), 1, NULL},
    {"queued by a clock that is wrong", queue_by_a_wrong_clock, AT(1, 9, 0), 1, NULL},
};

/* Those that left, and when the first did. */
static int count_sent(struct world *w, int64_t *ret_first)
{
    struct store_rows *rows = NULL;
    struct thread_item item;
    int64_t thread;
    int count = 0;
    *ret_first = 0;
    if (thread_find_number(w->store, CALLER, &thread) != 0 ||
        thread_items(w->store, thread, 100, &rows) != 0)
        return -1;
    while (thread_item_next(rows, &item) == 1) {
        const struct message_row *m = &item.message;
        if (item.is_call || item.is_note || m->cause != CAUSE_FOLLOW_UP || m->sent.s == 0)
            continue;
        if (count++ == 0)
            *ret_first = m->sent.s;
    }
    store_rows_free(rows);
    return count;
}

/* Why the last one never came; "" where it came. */
static void last_reason(struct world *w, char ret[160])
{
    struct follow_up_row row;
    ret[0] = '\0';
    for (int64_t id = 1; follow_ups_get(w->store, id, &row) == 0; id++)
        snprintf(ret, 160, "%s", row.reason ? row.reason : "");
}

static struct world *begin(void)
{
    struct world *w = malloc(sizeof(*w));
    if (!w || world_init(w) != 0) {
        free(w);
        return NULL;
    }
    w->policy.follow_up.enabled = true;
    w->modem.heartbeat_ms = 10 * MINUTE; /* days go by faster */
    world_run(w, MINUTE);
    return w;
}

static void end(struct world *w)
{
    world_free(w);
    free(w);
}

static void play(const struct scenario *scenario)
{
    struct world *w = begin();
    int64_t first = 0;
    int count = -1, errors = 1;
    char reason[160] = "";
    if (w) {
        ring(w);
        run_to(w, AT(0, 11, 0));
        scenario->meanwhile(w);
        run_to(w, AT(5, 12, 0));
        count = count_sent(w, &first);
        last_reason(w, reason);
        errors = w->store_errors;
        end(w);
    }
    bool late = first > scenario->first + 120, early = first < scenario->first;
    bool ok = count == scenario->count && errors == 0 && !late && !early &&
              (!scenario->reason || strcmp(reason, scenario->reason) == 0);
    if (!tap_ok(ok, "%s", scenario->name))
        tap_diag("%d, the first at %+d min of Tuesday; \"%s\"; %d errors", count,
                 (int)((first - AT(1, 0, 0)) / 60), reason, errors);
}

/* Killed after each exchange of the text or of the follow-up: one of each all the same. */
static void killed_everywhere(int64_t from, const char *name)
{
    int bad = 0, plays = 0;
    int64_t steps = 1;
    for (int64_t kill = 1; kill <= steps; kill++, plays++) {
        struct world *w = begin();
        int64_t first;
        if (!w)
            break;
        if (from)
            ring(w);
        if (from)
            run_to(w, from);
        int64_t before = w->steps;
        w->kill_at = before + kill;
        if (!from)
            ring(w);
        world_run(w, from ? 5 * MINUTE : 3 * MINUTE);
        if (kill == 1)
            steps = w->steps - before;
        run_to(w, AT(1, 10, 0));
        int count = count_sent(w, &first);
        if ((count != 1 || w->sim.sent_count != 2 || w->store_errors != 0) && bad++ == 0)
            tap_diag("killed after %d: %d follow-ups, %d texts in all", (int)kill, count,
                     (int)w->sim.sent_count);
        end(w);
    }
    tap_ok(bad == 0 && plays >= 5, "%s, killed at %d steps", name, plays);
}

/* A Pi that thinks it is 2001 until somebody tells it the time, long after nine. */
static void test_wrong_clock(void)
{
    struct world *w = begin();
    int64_t first, right_s;
    if (!w)
        return;
    right_s = w->now.wall.s - 1000000000;
    w->now.wall.s = 1000000000;
    world_kill(w, 1000);
    world_run(w, MINUTE);
    ring(w);
    world_run(w, 47 * HOUR);
    int before = count_sent(w, &first);
    w->now.wall.s += right_s; /* Wednesday, half past nine */
    world_run(w, 10 * MINUTE);
    int count = count_sent(w, &first);
    world_run(w, 48 * HOUR);
    int later = count_sent(w, &first);
    tap_ok(before == 0 && count == 1 && later == 1 && w->store_errors == 0,
           "two mornings of 2001 pass, and it goes when the time is known");
    end(w);
}

static int64_t fill_in(struct world *w, const char *text)
{
    static struct compose compose;
    const struct service_config config = {.line = "main",
                                          .policy = &w->policy,
                                          .modem = &w->modem,
                                          .unicode = &w->unicode,
                                          .max_parts = &w->max_parts};
    const struct lead_form form = {.number = CALLER,
                                   .name = "Ann",
                                   .text = text,
                                   .consent_said = "yes",
                                   .consent_text = "",
                                   .source = ""};
    struct lead_result result = {0};
    expect(w, store_begin(w->store));
    expect(w, lead_take(w->store, &config, &compose, &form, w->now, &result));
    expect(w, store_commit(w->store));
    expect(w, 0);
    world_run(w, 2 * MINUTE);
    return result.message;
}

static void test_lead(void)
{
    struct world *w = begin();
    int64_t first;
    if (!w)
        return;
    fill_in(w, "My boiler leaks");
    tap_ok(w->sim.sent_count == 1, "a web form is answered at once");
    run_to(w, AT(1, 9, 5));
    tap_ok(count_sent(w, &first) == 1 && first - AT(1, 9, 0) < 120,
           "and followed the next morning");
    fill_in(w, "Still leaking");
    run_to(w, AT(5, 12, 0));
    tap_ok(count_sent(w, &first) == 1 && w->sim.sent_count == 2 && w->store_errors == 0,
           "a second form in the cooldown of the follow-up is kept, not texted");
    end(w);

    if (!(w = begin()))
        return;
    fill_in(w, "My boiler leaks");
    run_to(w, AT(0, 12, 0));
    fill_in(w, "Still leaking");
    run_to(w, AT(5, 12, 0));
    char reason[160];
    last_reason(w, reason);
    tap_ok(count_sent(w, &first) == 0 && strcmp(reason, "they filled in a web form") == 0,
           "a second form takes the follow-up back");
    end(w);
}

/* Who hangs up at once rang in the second in which the text leaves: no sign of life. */
static void test_short_call(void)
{
    struct world *w = begin();
    int64_t first;
    if (!w)
        return;
    w->policy.delay_ms = 0;
    w->sim.ring_ms = 200;
    ring(w);
    run_to(w, AT(1, 9, 5));
    int count = count_sent(w, &first);
    tap_ok(w->sim.sent_count == 2 && count == 1 && w->store_errors == 0,
           "a call of less than a second, and its text leaves at once: it is followed");
    end(w);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        play(&scenarios[i]);
    killed_everywhere(0, "while the text goes");
    killed_everywhere(AT(1, 8, 59), "while the follow-up goes");
    test_wrong_clock();
    test_lead();
    test_short_call();
    return tap_done();
}
