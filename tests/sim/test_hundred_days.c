/* tests/sim/test_hundred_days.c - a line for a hundred days with a modem that hangs every few
 * hours, restarts, loses its network, forgets what it was told and is unplugged: every call and
 * text that it told of is there, and the line is ready again soon after each fault, without a
 * person. TEXTBACK_SEED=n plays the run with this seed. */
#include "modem/modem_state.h"
#include "tap.h"
#include "world.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAYS 100
#define READY_WITHIN (10 * MINUTE)   /* all steps of the recovery and the first wait */
#define NOTICED_WITHIN (62 * MINUTE) /* what is asked for once an hour */
#define BURST 25                     /* texts at once: more than the SIM holds */

enum fault {
    FAULT_HANG_PORT,
    FAULT_HANG_RADIO,
    FAULT_HANG_RESET,
    FAULT_HANG_POWER,
    FAULT_RESTART,
    FAULT_UNPLUG,
    FAULT_NETWORK,
    FAULT_FORGET_CLIP,
    FAULT_FORGET_CNMI,
    FAULT_FULL,
    FAULT_COUNT,
};

static const char *const fault_names[FAULT_COUNT] = {
    "hangs until the port is opened again",
    "hangs until AT+CFUN=0",
    "hangs until AT+CFUN=1,1",
    "hangs until its USB port is reset",
    "restarts",
    "is unplugged for a while",
    "loses its network for a while",
    "forgets AT+CLIP",
    "forgets AT+CNMI",
    "is full of texts that it did not tell of",
};

struct run {
    struct world w;
    uint64_t random;
    int64_t end_ms;
    int calls; /* that the modem told of */
    int texts; /* that somebody sent */
    int faults[FAULT_COUNT];
    int late[FAULT_COUNT];
    int64_t slowest_ms[FAULT_COUNT];
    uint32_t most_resets; /* in a day */
    int steps;            /* of the recovery that are stored */
    int most_states;      /* changes of the line stored in 24 hours */
};

/* xorshift64*: the same on every machine. */
static int64_t draw(struct run *r, int64_t from, int64_t to)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    uint64_t mixed = r->random * UINT64_C(0x2545F4914F6CDD1D);
    return from + (int64_t)((mixed >> 16) % (uint64_t)(to - from + 1));
}

static void let_pass(struct run *r, int64_t ms)
{
    struct modem_info info;
    world_run(&r->w, ms);
    service_info(r->w.service, &info);
    if (info.resets > r->most_resets)
        r->most_resets = info.resets;
}

static bool ready(const struct run *r)
{
    struct modem_info info;
    service_info(r->w.service, &info);
    return info.state == MODEM_READY;
}

static void ring(struct run *r)
{
    struct sim_caller caller = {.rings = (int32_t)draw(r, 1, 8)};
    snprintf(caller.number, sizeof(caller.number), "+4477009%05d", r->calls % 100000);
    if (sim_call(&r->w.sim, r->w.now, &caller) != 0)
        return;
    let_pass(r, 100);
    r->calls += r->w.sim.rung > 0 && r->w.open && sim_ready(&r->w.sim);
}

static void text(struct run *r)
{
    char words[40];
    snprintf(words, sizeof(words), "Text %d", r->texts);
    r->texts +=
        sim_text(&r->w.sim, r->w.now, "+447700900321", words, &(struct sim_delivery){0}) == 0;
}

/* Does the fault, and what ends it where time does. Returns whether the line goes down by it. */
static bool strike(struct run *r, enum fault fault)
{
    struct sim *sim = &r->w.sim;
    switch (fault) {
    case FAULT_HANG_PORT:
    case FAULT_HANG_RADIO:
    case FAULT_HANG_RESET:
    case FAULT_HANG_POWER:
        sim_freeze(sim, r->w.now, SIM_HANG_PORT + (enum sim_hang)fault);
        return true;
    case FAULT_RESTART:
        sim_reboot(sim, r->w.now);
        return true;
    case FAULT_UNPLUG:
        sim_unplug(sim, r->w.now);
        let_pass(r, draw(r, SECOND, 10 * MINUTE));
        sim_replug(sim, r->w.now);
        return true;
    case FAULT_NETWORK:
        sim_register(sim, false);
        let_pass(r, draw(r, SECOND, 2 * HOUR));
        sim_register(sim, true);
        return true;
    case FAULT_FORGET_CLIP:
        sim->set.clip = false;
        break;
    case FAULT_FORGET_CNMI:
        sim->set.cnmi_mt = 0;
        break;
    case FAULT_FULL:
        sim->set.cnmi_mt = 0;
        for (int i = 0; i < BURST; i++)
            text(r);
        break;
    case FAULT_COUNT:
        break;
    }
    return false;
}

/* Waits until the line is as it should be; the program does not know at once that it is not. */
static void mend(struct run *r, enum fault fault, bool down)
{
    struct mono began = r->w.now.mono;
    struct sim *sim = &r->w.sim;
    int64_t limit = fault < FAULT_FORGET_CLIP ? READY_WITHIN : NOTICED_WITHIN;
    assert(fault < FAULT_COUNT);
    r->faults[fault]++;
    if (down)
        let_pass(r, SECOND);
    for (;;) {
        int64_t took = r->w.now.mono.ms - began.ms;
        bool well = ready(r) && sim_ready(sim) && sim->set.clip && sim->set.cnmi_mt == 1 &&
                    sim->queue_len == 0;
        if (took > r->slowest_ms[fault])
            r->slowest_ms[fault] = took;
        if (well || took > limit) {
            r->late[fault] += !well;
            return;
        }
        let_pass(r, SECOND);
    }
}

static void one_thing(struct run *r)
{
    int64_t what = draw(r, 0, 99);
    if (what < 50) {
        ring(r);
    } else if (what < 75) {
        text(r);
    } else {
        enum fault fault = (enum fault)draw(r, 0, FAULT_COUNT - 1);
        mend(r, fault, strike(r, fault));
    }
}

/* The wall clock runs evenly here, so a window of the last changes tells of any 24 hours. */
static void count_state(struct run *r, const struct event_row *row)
{
    static int64_t at_s[SERVICE_STATES_PER_DAY * 4];
    static int newest, count;
    const int cap = SERVICE_STATES_PER_DAY * 4;
    int within = 0;
    r->steps += strstr(row->data, "\"step\":\"") != NULL;
    newest = (newest + 1) % cap;
    at_s[newest] = row->at.s;
    count += count < cap;
    while (within < count && row->at.s - at_s[(newest - within + cap) % cap] < 24 * 3600)
        within++;
    if (within > r->most_states)
        r->most_states = within;
}

static int count_events(struct run *r, const char *const types[3], int ret[3])
{
    struct store_rows *rows = NULL;
    struct event_row row;
    int64_t after = 0;
    int got, seen;
    do {
        seen = 0;
        got = event_list(r->w.store, after, 5000, &rows);
        while (got == 0 && (got = event_next(rows, &row)) == 1) {
            for (int i = 0; i < 3; i++)
                ret[i] += strcmp(row.type, types[i]) == 0;
            if (strcmp(row.type, "line.state") == 0)
                count_state(r, &row);
            after = row.id;
            seen++;
            got = 0;
        }
        store_rows_free(rows);
        rows = NULL;
    } while (got == 0 && seen > 0);
    return got;
}

static void judge(struct run *r)
{
    static const char *const types[3] = {"call.missed", "call.answered", "message.received"};
    int counts[3] = {0};
    int err = count_events(r, types, counts);
    int rows = counts[0] + counts[1];
    tap_ok(err == 0 && r->w.store_errors == 0, "the store was well all the time");
    if (!tap_ok(rows >= r->calls && r->calls > 500, "no call that the modem told of is lost"))
        tap_diag("%d rang, %d rows", r->calls, rows);
    if (!tap_ok(counts[2] == r->texts && r->texts > 200, "no text is lost, none doubled"))
        tap_diag("%d sent, %d received", r->texts, counts[2]);
    for (int i = 0; i < FAULT_COUNT; i++) {
        tap_ok(r->late[i] == 0 && r->faults[i] > 10, "well again soon after it %s", fault_names[i]);
        tap_diag("%d times, the slowest took %" PRId64 " s", r->faults[i],
                 r->slowest_ms[i] / SECOND);
    }
    int hangs = 0;
    for (int i = FAULT_HANG_RADIO; i <= FAULT_HANG_POWER; i++)
        hangs += r->faults[i];
    tap_ok(r->steps > hangs && r->most_states < SERVICE_STATES_PER_DAY,
           "%d steps of the recovery are events, and at most %d changes of the line in a day",
           r->steps, r->most_states);
    tap_ok(r->most_resets <= MODEM_RESETS_PER_DAY, "at most %" PRIu32 " resets in a day",
           r->most_resets);
}

int main(void)
{
    const char *seed = getenv("TEXTBACK_SEED");
    struct run *r = calloc(1, sizeof(*r));
    if (!r || world_init(&r->w) != 0)
        return 1;
    r->random = seed ? strtoull(seed, NULL, 10) : 1;
    tap_diag("seed %" PRIu64, r->random);
    r->end_ms = r->w.now.mono.ms + DAYS * 24 * HOUR;
    let_pass(r, MINUTE);
    while (r->w.now.mono.ms < r->end_ms) {
        let_pass(r, draw(r, 0, 4) == 0 ? draw(r, 0, 30 * SECOND) : draw(r, 0, 2 * HOUR));
        one_thing(r);
    }
    let_pass(r, 2 * HOUR);
    judge(r);
    world_free(&r->w);
    free(r);
    return tap_done();
}
