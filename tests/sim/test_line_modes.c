/* tests/sim/test_line_modes.c - what a ring means on each kind of line, on virtual time: a call
 * that a phone forwarded here is declined and texted at once, and on a number that a phone shares
 * the text waits until somebody may have cancelled it. */
#include "policy/decide.h"
#include "store/calls.h"
#include "store/outbox.h"
#include "tap.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

#define CALLER "+447700900321"
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HANG_UP_MS (2 * SECOND)
#define SHARED_MS (DECIDE_SHARED_DELAY_S * SECOND)

static const struct sim_caller patient = {.number = CALLER}; /* gives up only when told to */

static struct world *begin(enum policy_line mode)
{
    struct world *w = calloc(1, sizeof(*w));
    if (!w || world_init(w) != 0)
        exit(1);
    w->mode = mode;
    world_run(w, MINUTE);
    return w;
}

static void finish(struct world *w)
{
    tap_ok(w->store_errors == 0, "the store was well");
    world_free(w);
    free(w);
}

/* Lets time pass until the network has taken a text. Returns how long it took, -1 where none came
 * within `limit_ms`. */
static int64_t until_sent(struct world *w, int64_t limit_ms)
{
    int64_t began = w->now.mono.ms, before = w->sim.sent_count;
    while (w->sim.sent_count == before && w->now.mono.ms - began < limit_ms)
        world_run(w, 100);
    return w->sim.sent_count == before ? -1 : w->now.mono.ms - began;
}

static bool last_call(struct world *w, enum call_state outcome, const char *decision)
{
    struct store_rows *rows = NULL;
    struct call_row row;
    bool good = calls_list(w->store, &(struct call_filter){.limit = 1}, &rows) == 0 &&
                calls_next(rows, &row) == 1 && row.outcome == outcome &&
                strcmp(row.decision, decision) == 0;
    if (!good)
        tap_diag("call %s, decision %s", call_state_name(row.outcome), row.decision);
    store_rows_free(rows);
    return good;
}

/* Returns the text that waits, 0 none. */
static int64_t waiting(struct world *w)
{
    struct store_rows *rows = NULL;
    struct message_row row;
    int64_t id = 0;
    if (outbox_list(w->store, w->now.wall, 10, &rows) == 0 && message_next(rows, &row) == 1)
        id = row.id;
    store_rows_free(rows);
    return id;
}

/* Returns how long after the first RING the text of a forwarded call was taken. */
static void forwarded(int64_t delay_ms, int64_t within_ms)
{
    struct world *w = begin(POLICY_LINE_FORWARDED);
    w->modem.hang_up_after_ms = HANG_UP_MS;
    w->policy.delay_ms = delay_ms;
    sim_call(&w->sim, w->now, &patient);
    world_run(w, SECOND);
    tap_ok(last_call(w, CALL_STATE_RINGING, "text") && waiting(w) > 0 && w->sim.sent_count == 0,
           "forwarded: decided on while it rings, and not sent yet");
    int64_t took = until_sent(w, MINUTE);
    if (!tap_ok(took > 0 && took <= within_ms, "forwarded: texted soon with reply.delay %d s",
                (int)(delay_ms / SECOND)))
        tap_diag("after %d ms", (int)took);
    world_run(w, MINUTE);
    tap_ok(last_call(w, CALL_STATE_REJECTED, "text") && w->sim.call == SIM_CALL_NONE,
           "forwarded: it was declined");
    sim_call(&w->sim, w->now, &patient);
    world_run(w, 10 * MINUTE);
    tap_ok(w->sim.sent_count == 1 && last_call(w, CALL_STATE_REJECTED, "no_text"),
           "forwarded: the same caller again is declined, and not texted again");
    finish(w);
}

static void forwarded_withheld(void)
{
    struct world *w = begin(POLICY_LINE_FORWARDED);
    w->modem.hang_up_after_ms = HANG_UP_MS;
    sim_call(&w->sim, w->now, &(struct sim_caller){.number = ""});
    world_run(w, MINUTE);
    tap_ok(w->sim.sent_count == 0 && last_call(w, CALL_STATE_REJECTED, "no_text"),
           "forwarded: a withheld number is declined and not texted");
    finish(w);
}

/* Without hang_up_after the call rings on, and its end decides; whatever the modem says of it, it
 * was not answered where it was for. */
static void forwarded_without_declining(void)
{
    struct world *w = begin(POLICY_LINE_FORWARDED);
    sim_call(&w->sim, w->now, &patient);
    world_run(w, 30 * SECOND);
    tap_ok(last_call(w, CALL_STATE_RINGING, "pending") && waiting(w) == 0,
           "forwarded: left to ring, it is not decided on before its end");
    sim_answer(&w->sim, w->now);
    world_run(w, MINUTE);
    sim_hang_up(&w->sim, w->now);
    tap_ok(until_sent(w, MINUTE) > 0 && last_call(w, CALL_STATE_ANSWERED, "text"),
           "forwarded: texted though something took the call here");
    finish(w);
}

/* Killed while it rings: the decision stands, the call has its end, and there is one text. */
static void forwarded_and_killed(void)
{
    for (int64_t ms = 0; ms <= 6 * SECOND; ms += 500) {
        struct world *w = begin(POLICY_LINE_FORWARDED);
        w->modem.hang_up_after_ms = HANG_UP_MS;
        sim_call(&w->sim, w->now, &(struct sim_caller){.number = CALLER, .rings = 2});
        world_run(w, ms);
        world_kill(w, SECOND);
        world_run(w, 10 * MINUTE);
        bool good = w->sim.sent_count == 1 && waiting(w) == 0 && w->store_errors == 0 &&
                    world_events(w, "call.missed") >= 1;
        if (!tap_ok(good, "forwarded: killed after %d ms, one text", (int)ms))
            tap_diag("%d sent", (int)w->sim.sent_count);
        world_free(w);
        free(w);
    }
}

static struct world *ring_shared(void)
{
    struct world *w = begin(POLICY_LINE_SHARED);
    sim_call(&w->sim, w->now, &(struct sim_caller){.number = CALLER, .rings = 2});
    while (w->sim.call != SIM_CALL_NONE)
        world_run(w, 100);
    return w;
}

static void shared(void)
{
    struct world *w = ring_shared();
    int64_t took = until_sent(w, 2 * SHARED_MS);
    if (!tap_ok(took >= SHARED_MS && took < SHARED_MS + 10 * SECOND,
                "shared: the text waits for two minutes"))
        tap_diag("after %d ms", (int)took);
    finish(w);
    w = begin(POLICY_LINE_SHARED);
    w->policy.delay_ms = 10 * MINUTE;
    w->policy.max_age_ms = MINUTE;
    sim_call(&w->sim, w->now, &(struct sim_caller){.number = CALLER, .rings = 2});
    world_run(w, 9 * MINUTE);
    tap_ok(w->sim.sent_count == 0, "shared: a longer reply.delay counts");
    finish(w);
    w = begin(POLICY_LINE_SHARED);
    w->policy.max_age_ms = MINUTE;
    sim_call(&w->sim, w->now, &(struct sim_caller){.number = CALLER, .rings = 2});
    tap_ok(until_sent(w, 5 * MINUTE) > 0, "shared: a short reply.max_age does not drop it");
    finish(w);
}

static void by_owner(struct world *w)
{
    tap_ok(outbox_cancel(w->store, waiting(w), "cancelled by you", w->now.wall) == 0,
           "shared: cancelled");
}

static void by_a_text(struct world *w)
{
    struct outbox_pdu pdu = {.hex = "0001000C914477009030120000"
                                    "0548656C6C6F",
                             .tpdu_octets = 1};
    struct outbox_new text = {.line = 1,
                              .number = CALLER,
                              .text = "On my way",
                              .cause = CAUSE_MANUAL,
                              .created = w->now.wall,
                              .due = {w->now.wall.s + 3600},
                              .pdus = &pdu,
                              .pdu_count = 1};
    int64_t id;
    tap_ok(outbox_add(w->store, &text, &id) == 0, "shared: the owner texts");
}

static void by_the_caller(struct world *w)
{
    sim_text(&w->sim, w->now, CALLER, "Never mind", &(struct sim_delivery){0});
}

static void by_an_answer(struct world *w)
{
    sim_call(&w->sim, w->now, &patient);
    world_run(w, 7 * SECOND);
    sim_answer(&w->sim, w->now);
    world_run(w, 10 * SECOND);
    sim_hang_up(&w->sim, w->now);
}

static void shared_cancelled(void)
{
    static const struct {
        const char *name;
        void (*cancel)(struct world *w);
    } ways[] = {{"by the owner", by_owner},
                {"by a text of the owner", by_a_text},
                {"by a text of the caller", by_the_caller},
                {"by an answered call", by_an_answer}};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct world *w = ring_shared();
        world_run(w, 30 * SECOND);
        tap_ok(waiting(w) > 0, "shared: a text waits");
        ways[i].cancel(w);
        world_run(w, 10 * MINUTE);
        tap_ok(w->sim.sent_count == 0, "shared: cancelled %s", ways[i].name);
        finish(w);
    }
}

static void primary(void)
{
    struct world *w = begin(POLICY_LINE_PRIMARY);
    w->modem.hang_up_after_ms = 10 * SECOND;
    sim_call(&w->sim, w->now, &patient);
    world_run(w, 5 * SECOND);
    tap_ok(last_call(w, CALL_STATE_RINGING, "pending"), "primary: the end of the call decides");
    finish(w);
}

int main(void)
{
    primary();
    forwarded(0, HANG_UP_MS + 5 * SECOND);
    forwarded(5 * SECOND, 10 * SECOND);
    forwarded_withheld();
    forwarded_without_declining();
    forwarded_and_killed();
    shared();
    shared_cancelled();
    return tap_done();
}
