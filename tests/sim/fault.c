#include "modem/modem_state.h"
#include "run.h"
#include "store/people.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WELL_WITHIN (10 * MINUTE)    /* all steps of the recovery and the first wait */
#define NOTICED_WITHIN (64 * MINUTE) /* what is asked for once an hour */
#define DAMAGE_SHOWS (26 * HOUR)     /* the rest of a long text is waited for so long */

const char *const fault_names[FAULT_COUNT] = {
    "hang",         "reset",     "unplug",     "forget", "memory",  "pin",   "lost-bytes",
    "double-bytes", "network",   "no-reports", "clock",  "kill",    "power", "disk-full",
    "disk-bad",     "disk-slow", "busy",       "reload", "command", "crowd",
};

static bool well(const struct run *r)
{
    struct modem_info info;
    if (!r->w.service)
        return false;
    service_info(r->w.service, &info);
    return info.state == MODEM_READY && sim_ready(&r->w.sim) && r->w.sim.set.clip &&
           r->w.sim.set.cnmi_mt == 1;
}

/* P4: soon after the fault the line is as it should be, without a person. */
static void recover(struct run *r, enum fault fault, int64_t within_ms)
{
    int64_t began = r->w.now.mono.ms;
    /* A list that hung twice is asked for an hour later. */
    if (r->truth.lossy_at != 0 && began - r->truth.lossy_at < HOUR)
        within_ms = NOTICED_WITHIN;
    world_run(&r->w, 2 * SECOND);
    while (!well(r) && !r->truth.broken) {
        if (r->w.now.mono.ms - began > within_ms)
            truth_break(&r->truth, "P4", "not well again %" PRId64 " s after %s",
                        (r->w.now.mono.ms - began) / SECOND, fault_names[fault]);
        if (run_chance(r, 1))
            town_event(r);
        world_run(&r->w, SECOND);
    }
}

/* Waits until a text is on its way to the network and its result is not. */
static void until_sending(struct run *r)
{
    int64_t end = r->w.now.mono.ms + 3 * MINUTE;
    while (r->w.now.mono.ms < end && r->w.sim.send_due.ms == MONO_NEVER.ms)
        world_run(&r->w, 100);
}

/* The program dies now, between two exchanges with the modem, or between two writes to the disk. */
static void kills(struct run *r, bool power)
{
    struct world *w = &r->w;
    w->down_ms = run_draw(r, 100, 5 * MINUTE);
    w->power = power;
    if (run_chance(r, 60))
        town_call(r);
    switch (run_draw(r, 0, 3)) {
    case 0:
        w->kill_at = w->steps + run_draw(r, 1, 60);
        break;
    case 1:
        r->disk.die_at = r->disk.calls + run_draw(r, 1, 60);
        break;
    case 2:
        until_sending(r);
        if (w->service)
            world_kill(w, w->down_ms);
        break;
    default:
        world_run(w, run_draw(r, 0, MINUTE));
        if (w->service)
            world_kill(w, w->down_ms);
    }
    world_run(w, 10 * MINUTE);
    w->kill_at = r->disk.die_at = 0;
    w->power = false;
}

static void restart(struct run *r)
{
    world_kill(&r->w, SECOND);
    r->truth.fault_at = r->w.now.mono.ms;
}

/* A Pi without a clock battery starts in the past and hears the time later, or at its next start;
 * or the clock is set while a text waits. */
static void clock_fails(struct run *r)
{
    struct world *w = &r->w;
    int64_t right_s = w->now.wall.s;
    int64_t wrong_s = run_draw(r, 0, 1) ? 1000 - right_s : -run_draw(r, 60, 400000);
    struct truth_person *who = town_stranger(r);
    if (!w->service)
        return;
    r->truth.clock_at = w->now.mono.ms;
    r->truth.clock_starts = w->starts;
    bool starts = run_chance(r, 50);
    if (starts) {
        restart(r);
    } else if (who && run_chance(r, 60)) {
        town_ring(r, who);
        world_run(w, run_draw(r, 5 * SECOND, 50 * SECOND));
    }
    if (w->service && run_chance(r, 30))
        wrong_s = run_draw(r, 60, 400000);
    truth_log(&r->truth, "the clock is %" PRId64 " s ahead", wrong_s);
    w->clock_ahead_s = wrong_s;
    w->now.wall.s += w->clock_ahead_s;
    if (starts) /* how old a text is, nobody knows until the time is known */
        truth_unwatch(&r->truth, NULL);
    town_live(r, run_draw(r, 10 * SECOND, HOUR));
    who = town_stranger(r);
    if (who && run_chance(r, 60)) {
        town_ring(r, who);
        world_run(w, run_draw(r, 5 * SECOND, 50 * SECOND));
    }
    truth_log(&r->truth, "the clock is right");
    if (w->service && starts && w->now.wall.s < DAY && run_chance(r, 40))
        restart(r);
    w->now.wall.s -= w->clock_ahead_s;
    w->clock_ahead_s = 0;
    r->truth.clock_at = w->now.mono.ms;
    if (r->truth.lossy_until > w->now.mono.ms) /* by the clock, the wait for the rest began anew */
        r->truth.lossy_until += DAMAGE_SHOWS;
    world_run(w, 2 * SECOND);
    truth_times(&r->truth);
}

static void network_fails(struct run *r)
{
    static const int codes[] = {38, 41, 42, 500, 69, 1, 332};
    struct sim *sim = &r->w.sim;
    if (run_chance(r, 30)) {
        sim_register(sim, false);
        town_live(r, run_draw(r, SECOND, 2 * HOUR));
        sim_register(sim, true);
        return;
    }
    sim->fault = SIM_FAULT_CMS + (enum sim_fault)run_draw(r, 0, 3);
    sim->fault_code = codes[run_draw(r, 0, 6)];
    sim->fault_count = (int32_t)run_draw(r, 1, 6);
    if (run_chance(r, 40)) /* nor does it ever say what became of them */
        sim->report_ms = SIM_NEVER;
    if (run_chance(r, 60))
        town_call(r);
    town_live(r, run_draw(r, 10 * MINUTE, 2 * HOUR));
    sim->report_ms = SECOND;
    sim->fault_count = 0;
    sim->fault = SIM_FAULT_NONE;
}

/* The report of one text comes after the next has left, that of the next never. */
static void report_is_late(struct run *r, struct truth_person *who)
{
    struct world *w = &r->w;
    for (int i = 0; i < 2; i++) {
        struct store *store = town_store(r);
        w->sim.report_ms = i == 0 ? run_draw(r, 5 * MINUTE, 30 * MINUTE) : SIM_NEVER;
        if (store)
            town_answer(r, store, who);
        w->poked = true;
        until_sending(r);
        world_run(w, MINUTE);
    }
    town_live(r, HOUR);
    w->sim.report_ms = SECOND;
}

/* Whether a text of the last hour, in which a report may be of any, has one of the numbers that
 * come after `mr`: no modem counts twice so soon. */
static bool counted_lately(const struct truth *t, uint8_t mr)
{
    bool lately = false;
    for (size_t i = 0; i < t->sents; i++)
        lately = lately || (t->w->now.mono.ms - t->sent[i].at < 62 * MINUTE &&
                            (uint8_t)(t->sent[i].mr - mr) <= 8);
    return lately;
}

/* The network keeps reports back. Before that and after it somebody is texted by hand, and the
 * second time the program dies before it hears what became of the text; the modem may have begun to
 * count anew meanwhile, so that both texts have one TP-MR. */
static void reports_fail(struct run *r)
{
    struct world *w = &r->w;
    uint8_t mr = w->sim.mr;
    struct truth_person *who = run_chance(r, 60) ? town_somebody(r) : NULL;
    if (who && run_chance(r, 30)) {
        report_is_late(r, who);
        return;
    }
    struct store *store = who ? town_store(r) : NULL;
    w->sim.report_ms = SIM_NEVER;
    if (store)
        town_answer(r, store, who);
    town_live(r, store ? run_draw(r, 62 * MINUTE, 3 * HOUR) : run_draw(r, MINUTE, 3 * HOUR));
    w->sim.report_ms = SECOND;
    store = who ? town_store(r) : NULL;
    if (!store || !w->service)
        return;
    if (run_chance(r, 60) && !counted_lately(&r->truth, mr))
        w->sim.mr = mr;
    town_answer(r, store, who);
    w->poked = true;
    until_sending(r);
    if (w->service)
        world_kill(w, run_draw(r, SECOND, MINUTE));
    world_run(w, 2 * MINUTE);
}

/* A modem that is asked for its SIM in vain is used all the same: the network will tell. */
static void card_is_silent(struct run *r)
{
    struct sim *sim = &r->w.sim;
    size_t replies = sim->reply_count;
    if (sim_reply(sim, "+CPIN?", run_chance(r, 50) ? "ERROR" : "silent") != 0)
        return;
    sim_reboot(sim, world_network_now(&r->w));
    recover(r, FAULT_PIN, WELL_WITHIN);
    sim->reply_count = replies;
}

/* A digit of the SIM's number is lost once: nobody has changed it. */
static void card_is_misread(struct run *r)
{
    struct world *w = &r->w;
    size_t replies = w->sim.reply_count;
    if (sim_reply(&w->sim, "+CCID", "+CCID: 8944100030123456789") != 0)
        return;
    sim_reboot(&w->sim, world_network_now(w));
    for (int64_t end = w->now.mono.ms + 2 * MINUTE; w->open && w->now.mono.ms < end;)
        world_run(w, 100);
    w->sim.reply_count = replies;
}

/* A PIN that is not known: a person has to help, and until then it is tried once. */
static void pin_fails(struct run *r)
{
    struct world *w = &r->w;
    int64_t what = run_draw(r, 0, 99);
    if (what < 30)
        card_is_silent(r);
    else if (what < 50)
        card_is_misread(r);
    if (what < 50)
        return;
    int before = w->sim.wrong_pins;
    snprintf(w->modem.pin, sizeof(w->modem.pin), "%04d", (int)run_draw(r, 0, 4999));
    snprintf(w->sim.pin, sizeof(w->sim.pin), "%04d", (int)run_draw(r, 5000, 9999));
    for (int64_t restarts = run_draw(r, 1, 3); restarts > 0; restarts--) {
        sim_reboot(&w->sim, world_network_now(w));
        world_run(w, run_draw(r, SECOND, HOUR));
        if (w->service && run_chance(r, 40))
            world_kill(w, SECOND);
    }
    if (w->sim.wrong_pins - before > 1)
        truth_break(&r->truth, "P4", "a wrong PIN was tried %d times", w->sim.wrong_pins - before);
    w->sim.pin[0] = w->modem.pin[0] = '\0'; /* a person turns it off, in another telephone */
    w->sim.card = SIM_CARD_READY;
    sim_reboot(&w->sim, world_network_now(w));
}

static void wire_fails(struct run *r, int32_t *in_k)
{
    *in_k = (int32_t)run_draw(r, 1, 100);
    if (run_chance(r, 40)) /* what the set-up asks for is damaged, too */
        sim_reboot(&r->w.sim, world_network_now(&r->w));
    town_live(r, run_draw(r, SECOND, 10 * MINUTE));
    *in_k = 0;
}

/* Another program writes for so long that the daemon gives up. */
static void database_busy(struct run *r)
{
    char error[STORE_ERROR_MAX];
    struct store *store = NULL;
    if (run_chance(r, 60))
        town_call(r);
    if (store_open(r->path, STORE_EXISTING, &store, error) != 0)
        return;
    if (store_begin(store) == 0) {
        r->w.busy = true;
        world_run(&r->w, run_draw(r, SECOND, MINUTE));
        store_rollback(store);
        r->w.busy = false;
    }
    store_free(store);
}

/* Something happens between two exchanges with the modem. */
static void command_now(struct world *w)
{
    town_command((struct run *)(void *)w);
}

static void reload_now(struct world *w)
{
    struct run *r = (struct run *)(void *)w;
    w->policy.delay_ms = run_draw(r, 0, 2 * MINUTE);
    w->max_parts = (int32_t)run_draw(r, 1, 3);
    w->modem.hang_up_after_ms = run_chance(r, 10) ? run_draw(r, 0, 10 * SECOND) : -1;
    truth_log(&r->truth, "reloaded");
}

static void interrupt(struct run *r, void (*what)(struct world *w))
{
    struct world *w = &r->w;
    w->interrupt = what;
    w->interrupt_at = w->steps + run_draw(r, 1, 60);
    if (run_chance(r, 70))
        town_call(r);
    world_run(w, 3 * MINUTE);
    w->interrupt_at = 0;
}

/* Many call within a short time: the caps, the pace and the breaker hold texts up. */
static void crowd(struct run *r)
{
    for (int64_t i = run_chance(r, 20) ? run_draw(r, 5, 40) : 3; i > 0; i--) {
        struct truth_person *who = town_stranger(r);
        if (who)
            town_ring(r, who);
        world_run(&r->w, run_draw(r, 10 * SECOND, 2 * MINUTE));
    }
    r->truth.held_until = r->w.now.mono.ms + 25 * HOUR;
    world_run(&r->w, HOUR);
    struct store *store = town_store(r);
    if (run_chance(r, 80) && store &&
        pause_set(store, (struct wall){0}, false, r->w.now.wall) == 0) /* the owner has seen it */
        truth_pause(&r->truth, false);
}

static void modem_fails(struct run *r, enum fault fault)
{
    struct sim *sim = &r->w.sim;
    struct now now = world_network_now(&r->w);
    if (run_chance(r, 30)) /* some count their texts anew */
        sim->mr = (uint8_t)run_draw(r, 0, 3);
    if (fault == FAULT_HANG)
        sim_freeze(sim, now, SIM_HANG_PORT + (enum sim_hang)run_draw(r, 0, 3));
    else if (fault == FAULT_RESET)
        sim_reboot(sim, now);
    else if (fault == FAULT_FORGET && run_chance(r, 20))
        sim->set.echo = true;
    else if (fault == FAULT_FORGET && run_chance(r, 50))
        sim->set.clip = false;
    else if (fault == FAULT_FORGET)
        sim->set.cnmi_mt = sim->set.cnmi_ds = 0;
    else if (fault == FAULT_UNPLUG) {
        sim_unplug(sim, now);
        world_run(&r->w, run_draw(r, SECOND, 10 * MINUTE));
        sim_replug(sim, world_network_now(&r->w));
    }
}

/* The texts of an hour come while the modem cannot tell of them. */
static void memory_fills(struct run *r)
{
    struct sim *sim = &r->w.sim;
    sim->set.cnmi_mt = 0;
    town_live(r, run_draw(r, MINUTE, HOUR));
}

/* Does the fault from beginning to end. */
static void strike(struct run *r, enum fault fault)
{
    switch (fault) {
    case FAULT_HANG:
    case FAULT_RESET:
    case FAULT_UNPLUG:
    case FAULT_FORGET:
        modem_fails(r, fault);
        break;
    case FAULT_MEMORY:
        memory_fills(r);
        break;
    case FAULT_PIN:
        pin_fails(r);
        break;
    case FAULT_LOST_BYTES:
        wire_fails(r, &r->w.wire.lost_in_k);
        break;
    case FAULT_DOUBLE_BYTES:
        wire_fails(r, &r->w.wire.doubled_in_k);
        break;
    case FAULT_NETWORK_FAIL:
        network_fails(r);
        break;
    case FAULT_NO_REPORTS:
        reports_fail(r);
        break;
    case FAULT_CLOCK:
        clock_fails(r);
        break;
    case FAULT_KILL:
    case FAULT_POWER:
        kills(r, fault == FAULT_POWER);
        break;
    case FAULT_DISK_FULL:
        r->disk.full = true;
        town_live(r, run_draw(r, SECOND, run_chance(r, 20) ? 30 * MINUTE : 2 * MINUTE));
        r->disk.full = false;
        break;
    case FAULT_DISK_BAD:
        r->disk.bad_in_k = (int32_t)run_draw(r, 1, 200);
        town_live(r, run_draw(r, SECOND, 5 * MINUTE));
        r->disk.bad_in_k = 0;
        break;
    case FAULT_DISK_SLOW:
        r->disk.slow_ms = (int32_t)run_draw(r, 5, 300);
        town_live(r, run_draw(r, MINUTE, HOUR));
        r->disk.slow_ms = 0;
        break;
    case FAULT_BUSY:
        database_busy(r);
        break;
    case FAULT_RELOAD:
        interrupt(r, reload_now);
        break;
    case FAULT_COMMAND:
        interrupt(r, command_now);
        break;
    case FAULT_CROWD:
        crowd(r);
        break;
    case FAULT_COUNT:
        break;
    }
}

static void mend(struct run *r, enum fault fault)
{
    bool told_late = r->truth.lossy || fault == FAULT_FORGET || fault == FAULT_MEMORY;
    recover(r, fault, told_late ? NOTICED_WITHIN : WELL_WITHIN);
}

/* Nothing that the clock or somebody here does makes a text late that waits. */
static bool disturbs(enum fault fault)
{
    return fault != FAULT_CLOCK && fault != FAULT_RELOAD && fault != FAULT_COMMAND;
}

void fault_suffer(struct run *r)
{
    struct truth *t = &r->truth;
    enum fault fault = (enum fault)run_draw(r, 0, FAULT_COUNT - 1);
    if ((r->faults & (UINT32_C(1) << fault)) == 0)
        return;
    truth_log(t, "fault: %s", fault_names[fault]);
    t->lossy = fault == FAULT_LOST_BYTES || fault == FAULT_DOUBLE_BYTES;
    for (size_t i = 0; t->lossy && i < t->texts; i++)
        t->text[i].damaged = t->text[i].damaged || !t->text[i].received;
    if (disturbs(fault))
        truth_fault(t, true);
    strike(r, fault);
    mend(r, fault);
    if (disturbs(fault))
        truth_fault(t, false);
    if (t->lossy) {
        t->lossy_at = r->w.now.mono.ms;
        t->lossy_until = r->w.now.mono.ms + DAMAGE_SHOWS;
    }
    t->lossy = false;
    truth_log(t, "over: %s", fault_names[fault]);
}
