/* tests/sim/test_main_job.c - the main job on virtual time, undisturbed and then with the program
 * killed after each single exchange with the modem: never two texts for one call, never none, no
 * text lost or doubled. */
#include "store/calls.h"
#include "store/outbox.h"
#include "tap.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

#define CALLER "+447700900321"
#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400) /* seconds */
#define STEPS_EACH 80
#define STEPS_MAX 200 /* all of the script, and the first minutes of quiet after it */
#define REPLY                                                                                      \
    "Hello, the boiler in the kitchen is leaking again and there is water on the floor. Could "    \
    "somebody come before the weekend, please? We are at home from four in the afternoon \xF0\x9F" \
    "\x98\x80"

static const struct sim_caller caller = {.number = CALLER, .rings = 3};
static const struct sim_caller silent_caller = {.number = CALLER, .rings = 3, .silent = true};
static const struct sim_caller withheld = {.number = "", .rings = 2};

static void ring(struct world *w)
{
    sim_call(&w->sim, w->now, &caller);
}

static void ring_silently(struct world *w)
{
    sim_call(&w->sim, w->now, &silent_caller);
}

static void ring_withheld(struct world *w)
{
    sim_call(&w->sim, w->now, &withheld);
}

static void ring_and_take(struct world *w)
{
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 7000);
    sim_answer(&w->sim, w->now);
    world_run(w, MINUTE);
    sim_hang_up(&w->sim, w->now);
}

static void ring_twice(struct world *w)
{
    ring(w);
    world_run(w, 30 * MINUTE);
    ring(w);
}

static void reply(struct world *w)
{
    sim_text(&w->sim, w->now, CALLER, REPLY, &(struct sim_delivery){.gap_ms = 3000});
}

static void reply_disorderly(struct world *w)
{
    sim_text(&w->sim, w->now, CALLER, REPLY,
             &(struct sim_delivery){.reversed = true, .twice = true, .gap_ms = 3000});
}

static void stop(struct world *w)
{
    sim_text(&w->sim, w->now, CALLER, "Stop.", &(struct sim_delivery){0});
}

static void stop_then_ring(struct world *w)
{
    stop(w);
    world_run(w, 10 * MINUTE);
    stop(w);
    world_run(w, 10 * MINUTE);
    ring(w);
}

/* A machine at the other end that answers each of our texts with the opposite. */
static void stop_and_start_for_ever(struct world *w)
{
    for (int i = 0; i < 20; i++) {
        sim_text(&w->sim, w->now, CALLER, i % 2 ? "START" : "STOP", &(struct sim_delivery){0});
        world_run(w, 10000);
    }
}

static void ring_and_lose_the_result(struct world *w)
{
    w->sim.fault = SIM_FAULT_SILENT;
    w->sim.fault_count = 1;
    ring(w);
}

static void ring_and_lose_all(struct world *w)
{
    w->sim.report_ms = SIM_NEVER;
    w->sim.fault = SIM_FAULT_SILENT;
    w->sim.fault_count = 100;
    ring(w);
}

static void ring_into_congestion(struct world *w)
{
    w->sim.fault = SIM_FAULT_CMS;
    w->sim.fault_code = 42;
    w->sim.fault_count = 1;
    ring(w);
}

static void ring_and_unplug(struct world *w)
{
    ring(w);
    world_run(w, 8000);
    sim_unplug(&w->sim, w->now);
    world_run(w, MINUTE);
    sim_replug(&w->sim, w->now);
}

/* What a bad SD card may make of a row. */
static void damage_a_row_and_ring(struct world *w)
{
    struct outbox_pdu pdu = {.hex = "00\rAT+CFUN=0\r", .tpdu_octets = 1};
    struct outbox_new text = {.number = CALLER,
                              .text = "damaged",
                              .cause = CAUSE_OPT_OUT,
                              .created = w->now.wall,
                              .due = w->now.wall,
                              .pdus = &pdu,
                              .pdu_count = 1};
    int64_t id;
    if (store_line(w->store, "main", &text.line) != 0 || outbox_add(w->store, &text, &id) != 0)
        w->store_errors++;
    ring(w);
}

/* A Pi without a clock battery that ran on with the time of three days ago, until NTP told. */
static void ring_before_and_after_the_time_is_known(struct world *w)
{
    w->now.wall.s -= 3 * DAY;
    world_kill(w, 1000);
    world_run(w, MINUTE);
    ring(w);
    world_run(w, MINUTE);
    w->now.wall.s += 3 * DAY;
    world_run(w, 1000);
    ring(w);
}

/* 2001, a power cut, and the right time from then on: the caller of 2001 may be texted again one
 * day. */
static void ring_in_2001_and_tomorrow(struct world *w)
{
    int64_t right_s = w->now.wall.s;
    w->now.wall.s = 1000000000;
    world_kill(w, 1000);
    world_run(w, MINUTE);
    ring(w);
    world_run(w, MINUTE);
    w->now.wall.s = right_s;
    world_kill(w, 1000);
    world_run(w, MINUTE);
    ring(w);
    world_run(w, 26 * 60 * MINUTE);
    ring(w);
}

static void ring_take_and_restart(struct world *w)
{
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 7000);
    sim_answer(&w->sim, w->now);
    world_run(w, 20000);
    world_kill(w, 1000);
    world_run(w, MINUTE);
    sim_hang_up(&w->sim, w->now);
}

static const struct scenario {
    const char *name;
    void (*play)(struct world *w);
    int texts; /* that the network took */
    int calls; /* missed or answered, without a kill */
    int received;
    bool each_step; /* and again with a kill after each exchange: the same texts, the same received
                     */
} scenarios[] = {
    {"a withheld number is a call, and nobody is texted", ring_withheld, 0, 1, 0, false},
    {"an answered call is not texted", ring_and_take, 0, 1, 0, false},
    {"a second call in the cooldown is not texted", ring_twice, 1, 2, 0, false},
    {"STOP twice is confirmed once, and no call is texted", stop_then_ring, 1, 1, 2, true},
    {"STOP and START in turn are confirmed once", stop_and_start_for_ever, 1, 0, 20, false},
    {"the result is lost, the report settles it", ring_and_lose_the_result, 1, 1, 0, true},
    {"neither result nor report: sent again once", ring_and_lose_all, 2, 1, 0, false},
    {"killed while somebody talks: not missed", ring_take_and_restart, 0, 1, 0, false},
    {"the clock is set after a call: one text in the cooldown all the same",
     ring_before_and_after_the_time_is_known, 1, 2, 0, false},
    {"a caller of 2001 is texted again when a day has passed", ring_in_2001_and_tomorrow, 2, 3, 0,
     false},
    {"a damaged row fails alone", damage_a_row_and_ring, 1, 1, 0, false},
    {"congestion passes", ring_into_congestion, 1, 1, 0, true},
    {"unplugged while it rings: missed, and texted later", ring_and_unplug, 1, 1, 0, true},
    {"a missed call is texted once", ring, 1, 1, 0, true},
    {"no NO CARRIER: AT+CLCC tells", ring_silently, 1, 1, 0, true},
    {"a long answer with an emoji", reply, 0, 0, 1, true},
    {"the same out of order and doubled", reply_disorderly, 0, 0, 1, true},
};

static int count_calls(struct world *w)
{
    struct store_rows *rows = NULL;
    struct call_row row;
    int count = 0, undecided = 0;
    int got = calls_list(w->store, &(struct call_filter){.limit = 100}, &rows);
    while (got == 0 && (got = calls_next(rows, &row)) == 1) {
        count++;
        undecided += row.outcome == CALL_STATE_RINGING || strcmp(row.decision, "pending") == 0;
        got = 0;
    }
    store_rows_free(rows);
    return got < 0 || undecided ? -1 : count;
}

struct result {
    int64_t texts;
    int received, calls, store_errors;
    int64_t steps, ready_steps;
};

static struct result play(const struct scenario *scenario, int64_t kill_at)
{
    struct world *w = malloc(sizeof(*w));
    struct result result = {.store_errors = 1};
    if (!w || world_init(w) != 0) {
        free(w);
        return result;
    }
    world_run(w, MINUTE);
    result.ready_steps = w->steps;
    w->kill_at = kill_at ? w->steps + kill_at : 0;
    scenario->play(w);
    world_run(w, 20 * MINUTE);
    result.texts = w->sim.sent_count;
    result.received = world_events(w, "message.received");
    result.calls = count_calls(w);
    result.store_errors = w->store_errors;
    result.steps = w->steps;
    world_free(w);
    free(w);
    return result;
}

static void undisturbed(const struct scenario *scenario, struct result got)
{
    bool ok = got.texts == scenario->texts && got.received == scenario->received &&
              got.calls == scenario->calls && got.store_errors == 0;
    if (!tap_ok(ok, "%s", scenario->name))
        tap_diag("%d texts, %d received, %d calls, %d store errors", (int)got.texts, got.received,
                 got.calls, got.store_errors);
}

/* Every call is decided, though one that goes on ringing over a restart counts as two. */
static void killed_everywhere(const struct scenario *scenario, int64_t steps)
{
    int64_t bad = 0;
    for (int64_t step = 1; step <= steps; step += step < STEPS_EACH ? 1 : 5) {
        struct result got = play(scenario, step);
        bool ok = got.texts == scenario->texts && got.received == scenario->received &&
                  got.calls >= scenario->calls && got.store_errors == 0;
        if (!ok && bad++ == 0)
            tap_diag("killed after step %d: %d texts, %d received, %d calls", (int)step,
                     (int)got.texts, got.received, got.calls);
    }
    tap_ok(bad == 0 && steps > 0, "%s, killed at %d steps", scenario->name, (int)steps);
}

/* The next caller is not kept waiting for a result that was lost, once a report has come. */
static void next_caller(void)
{
    static const struct sim_caller other = {.number = "+447700900302", .rings = 3};
    struct world *w = malloc(sizeof(*w));
    if (!w || world_init(w) != 0) {
        free(w);
        tap_ok(false, "a world");
        return;
    }
    world_run(w, MINUTE);
    ring_and_lose_the_result(w);
    while (w->sim.sent_count == 0 && w->steps < STEPS_MAX)
        world_run(w, 1000);
    struct mono first = w->now.mono;
    sim_call(&w->sim, w->now, &other);
    while (w->sim.sent_count == 1 && w->now.mono.ms - first.ms < 5 * MINUTE)
        world_run(w, 1000);
    int64_t waited_s = (w->now.mono.ms - first.ms) / 1000;
    tap_ok(w->sim.sent_count == 2 && waited_s < 60, "the next caller's text waits %d s",
           (int)waited_s);
    world_run(w, 20 * MINUTE);
    tap_ok(w->sim.sent_count == 2 && world_events(w, "message.delivered") == 2,
           "and nobody is texted twice");
    world_free(w);
    free(w);
}

int main(void)
{
    next_caller();
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        struct result got = play(&scenarios[i], 0);
        undisturbed(&scenarios[i], got);
        int64_t steps = got.steps - got.ready_steps;
        if (scenarios[i].each_step)
            killed_everywhere(&scenarios[i], steps < STEPS_MAX ? steps : STEPS_MAX);
    }
    return tap_done();
}
