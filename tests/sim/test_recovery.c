/* tests/sim/test_recovery.c - what is stored and told of a line that is brought back, on virtual
 * time: each step with its cause, since when it is down, and no more than a card can bear. */
#include "store/people.h"
#include "tap.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)
#define FALL_EVERY (15 * SECOND)

static struct world *begin(void)
{
    struct world *w = calloc(1, sizeof(*w));
    if (!w || world_init(w) != 0)
        exit(1);
    world_run(w, MINUTE);
    return w;
}

static void finish(struct world *w)
{
    tap_ok(w->store_errors == 0, "the store was well");
    world_free(w);
    free(w);
}

/* Returns how many events of a type hold `words`. */
static int count(struct world *w, const char *type, const char *words)
{
    struct store_rows *rows = NULL;
    struct event_row row;
    int found = 0;
    if (event_list(w->store, 0, 100000, &rows) != 0)
        return -1;
    while (event_next(rows, &row) == 1)
        found += strcmp(row.type, type) == 0 && strstr(row.data, words);
    store_rows_free(rows);
    return found;
}

static void each_step(void)
{
    static const char *const steps[] = {"ESC and AT", "opening the port again", "radio off and on",
                                        "reset of the modem", "reset of its USB port"};
    struct world *w = begin();
    struct modem_info info;
    struct mono fell = w->now.mono;
    sim_freeze(&w->sim, w->now, SIM_HANG_POWER);
    world_run(w, 75 * SECOND);
    service_info(w->service, &info);
    if (!tap_ok(strcmp(info.step, "radio off and on") == 0 || strcmp(info.step, steps[3]) == 0,
                "the step is told"))
        tap_diag("%s: %s", info.why, info.step);
    tap_ok(strcmp(info.why, "the modem does not answer") == 0 ||
               strcmp(info.why, "no answer to AT") == 0,
           "with its cause: %s", info.why);
    tap_ok(info.since.ms > fell.ms && info.since.ms < fell.ms + MINUTE &&
               info.step_at.ms > info.since.ms,
           "since when the line is down, and when the step was taken");
    world_run(w, 5 * MINUTE);
    service_info(w->service, &info);
    tap_ok(info.state == MODEM_READY && info.step[0] == '\0' && info.resets == 2,
           "ready again: no step, two resets");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        char words[64];
        snprintf(words, sizeof(words), "\"step\":\"%s\"", steps[i]);
        tap_ok(count(w, "line.state", words) == 1, "one event tells of: %s", steps[i]);
    }
    tap_ok(count(w, "line.state", "\"state\":\"ready\"") == 2, "and of each time it was ready");
    finish(w);
}

/* A modem that starts over and over: what is stored of it ends, and begins again the next day. */
static void unsteady(void)
{
    struct world *w = begin();
    for (int64_t ms = 0; ms < DAY / 2; ms += FALL_EVERY) {
        sim_reboot(&w->sim, w->now);
        world_run(w, FALL_EVERY);
    }
    int states = count(w, "line.state", "");
    if (!tap_ok(states == SERVICE_STATES_PER_DAY, "no more is stored in a day"))
        tap_diag("%d", states);
    tap_ok(count(w, "alarm", "\"line_unsteady\"") == 1, "and one alarm says so");
    world_run(w, DAY);
    sim_freeze(&w->sim, w->now, SIM_HANG_PORT);
    world_run(w, 5 * MINUTE);
    tap_ok(count(w, "line.state", "opening the port again") == 1,
           "the next day, changes are stored");
    finish(w);
}

/* A modem that rings for ever: one call, one text, and it is brought to its senses. */
static void endless(void)
{
    struct world *w = begin();
    struct modem_info info;
    sim_call(&w->sim, w->now, &(struct sim_caller){.number = "+447700900321"});
    world_run(w, 6 * MINUTE);
    tap_ok(count(w, "call.missed", "") == 1 && w->sim.sent_count == 1,
           "it rings for ever: missed and texted after five minutes");
    world_run(w, 30 * MINUTE);
    service_info(w->service, &info);
    tap_ok(w->sim.call == SIM_CALL_NONE && info.state == MODEM_READY &&
               count(w, "line.state", "it rings without end") > 0,
           "brought to its senses");
    world_run(w, 30 * MINUTE);
    tap_ok(count(w, "call.missed", "") == 1 && w->sim.sent_count == 1, "one call, and one text");
    finish(w);
}

/* The program comes back with a clock that is three days behind, and settles the call that rang:
 * what it queues then is of the new clock, and moves when that is put right. */
static void settled_by_a_wrong_clock(void)
{
    static const int64_t behind_s = 3 * 86400;
    struct world *w = begin();
    struct person_facts facts = {0};
    sim_call(&w->sim, w->now, &(struct sim_caller){.number = "+447700900321", .rings = 2});
    world_run(w, 3 * SECOND);
    world_kill(w, 20 * SECOND);
    w->now.wall.s -= behind_s;
    w->clock_ahead_s = -behind_s;
    world_run(w, MINUTE);
    w->now.wall.s += behind_s;
    w->clock_ahead_s = 0;
    world_run(w, MINUTE);
    int err = person_facts(w->store, "+447700900321", &facts);
    if (!tap_ok(err == 0 && w->sim.sent_count == 1 && w->now.wall.s - facts.last_auto.s < 200,
                "settled by a wrong clock: the text is as old as it is"))
        tap_diag("%d: %d texts, %lld s ago", err, (int)w->sim.sent_count,
                 (long long)(w->now.wall.s - facts.last_auto.s));
    finish(w);
}

int main(void)
{
    settled_by_a_wrong_clock();
    endless();
    each_step();
    unsteady();
    return tap_done();
}
