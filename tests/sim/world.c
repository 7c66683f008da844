#include "world.h"
#include <stdio.h>
#include <string.h>

#define START_S INT64_C(1795428000) /* 2026-11-23T10:00:00Z, a Monday */

struct now world_network_now(const struct world *w)
{
    return (struct now){w->now.mono, {w->now.wall.s - w->clock_ahead_s}};
}

static bool disk_fails(const struct world *w)
{
    return w->disk && (w->busy || w->disk->full || w->disk->dead || w->disk->bad_in_k > 0);
}

static void start_program(struct world *w)
{
    char error[STORE_ERROR_MAX];
    struct service_config config = {.line = "main",
                                    .policy = &w->policy,
                                    .mode = &w->mode,
                                    .modem = &w->modem,
                                    .unicode = &w->unicode,
                                    .max_parts = &w->max_parts};
    if (!w->store && store_open(w->path, STORE_CREATE, &w->store, error) != 0) {
        w->store_errors += !disk_fails(w);
        w->restart_at = mono_after(w->now.mono, 1000);
        return;
    }
    w->starts++;
    w->heard_len = 0;
    w->restart_at = MONO_NEVER;
    w->open_at = w->now.mono;
    w->clock = (struct clock_watch){0};
    if (clock_watch_turn(&w->clock, w->store, w->now) != 0)
        w->store_errors += !disk_fails(w);
    alerts_init(&w->alerts, w->now);
    w->service = service_new(w->store, &config, w->now);
    w->store_errors += w->service == NULL;
}

int world_init(struct world *w)
{
    return world_init_at(w, ":memory:", NULL);
}

int world_init_at(struct world *w, const char *path, struct disk *disk)
{
    return world_init_from(w, path, disk, (struct wall){START_S});
}

int world_init_from(struct world *w, const char *path, struct disk *disk, struct wall start)
{
    char error[STORE_ERROR_MAX];
    *w = (struct world){.unicode = COMPOSE_FOLD,
                        .max_parts = 3,
                        .down_ms = 2000,
                        .path = path,
                        .disk = disk,
                        .trouble_at = -1000000};
    w->now = (struct now){{1000}, start};
    int err = store_open(path, STORE_CREATE, &w->store, error);
    if (err != 0)
        return err;
    policy_config_init(&w->policy);
    snprintf(w->policy.business, sizeof(w->policy.business), "Brightwater Plumbing");
    snprintf(w->policy.region, sizeof(w->policy.region), "GB");
    snprintf(w->policy.own[w->policy.own_count++], sizeof(w->policy.own[0]), WORLD_NUMBER);
    w->modem = (struct modem_config){
        .hang_up_after_ms = -1, .heartbeat_ms = 30000, .delivery_reports = true};
    sim_init(&w->sim);
    start_program(w);
    return 0;
}

void world_free(struct world *w)
{
    service_free(w->service);
    store_free(w->store);
    store_free(w->other);
}

void world_kill(struct world *w, int64_t down_ms)
{
    service_free(w->service);
    w->service = NULL;
    if (w->open)
        sim_closed(&w->sim);
    w->open = false;
    w->restart_at = mono_after(w->now.mono, down_ms);
    if (w->disk) {
        w->disk->dead = true;
        store_free(w->store);
        w->store = NULL;
        if (w->power) {
            store_free(w->other);
            w->other = NULL;
        }
        w->disk->dead = false;
        w->disk->die_at = 0;
    }
    if (w->power) {
        sim_unplug(&w->sim, world_network_now(w));
        sim_replug(&w->sim, world_network_now(w));
        disk_power_cut(w->disk);
    }
}

/* The disk has seen the end of the program: what the program did since has not happened. */
static bool died(struct world *w)
{
    if (w->service && w->disk && w->disk->dead)
        world_kill(w, w->down_ms);
    return !w->service;
}

static void close_port(struct world *w, const char *cause)
{
    sim_closed(&w->sim);
    w->open = false;
    w->open_at = mono_after(w->now.mono, 1000);
    service_lost(w->service, w->now, cause);
}

static uint32_t wire_draw(struct world *w, size_t below)
{
    w->wire.random = w->wire.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((w->wire.random >> 33) % below);
}

/* Damages a piece as the wire does; there is room for two. Returns its octets. */
static size_t wire_pass(struct world *w, uint8_t *bytes, size_t len)
{
    int32_t lost = w->wire.lost_in_k, doubled = w->wire.doubled_in_k;
    int32_t what = lost + doubled > 0 ? (int32_t)wire_draw(w, 1000) : 0;
    if (what >= lost + doubled)
        return len;
    w->wire.damaged++;
    size_t at = wire_draw(w, len);
    if (what < lost) {
        memmove(bytes + at, bytes + at + 1, len - at - 1);
        return len - 1;
    }
    size_t from = what % 2 ? at : 0, count = what % 2 ? 1 : len;
    memmove(bytes + from + count, bytes + from, len - from);
    return len + count;
}

/* Keeps the lines that the program is told; the bytes are those that it got. */
static void hear(struct world *w, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\r' && bytes[i] != '\n') {
            if (w->heard_len + 1 < sizeof(w->heard))
                w->heard[w->heard_len++] = (char)bytes[i];
            continue;
        }
        w->heard[w->heard_len] = '\0';
        if (w->heard_len > 0 && w->told)
            w->told(w, w->heard);
        w->heard_len = 0;
    }
}

static bool is_ready(const struct world *w)
{
    struct modem_info info;
    service_info(w->service, &info);
    return info.state == MODEM_READY;
}

/* One chunk in one direction. Returns false where neither side had anything. */
static bool exchange(struct world *w)
{
    size_t len;
    const uint8_t *bytes = service_output(w->service, &len);
    if (len > 0) {
        uint8_t chunk[1024];
        size_t taken = len < sizeof(chunk) / 2 ? len : sizeof(chunk) / 2;
        memcpy(chunk, bytes, taken);
        service_written(w->service, taken);
        sim_feed(&w->sim, world_network_now(w), chunk, wire_pass(w, chunk, taken));
        return true;
    }
    bytes = sim_output(&w->sim, &len);
    if (len > 0) {
        uint8_t chunk[1024];
        size_t taken = len < sizeof(chunk) / 2 ? len : sizeof(chunk) / 2;
        int64_t damaged = w->wire.damaged;
        bool ready = w->told && is_ready(w);
        if (w->wire.split && wire_draw(w, 4) == 0)
            taken = 1 + wire_draw(w, taken);
        memcpy(chunk, bytes, taken);
        sim_written(&w->sim, taken);
        taken = wire_pass(w, chunk, taken);
        service_feed(w->service, w->now, chunk, taken);
        if (ready && w->wire.damaged == damaged && !(w->disk && w->disk->dead))
            hear(w, chunk, taken);
        else
            w->heard_len = 0;
        return true;
    }
    return false;
}

static void pump(struct world *w)
{
    while (w->service && w->open && w->sim.plugged && exchange(w)) {
        if (++w->steps == w->interrupt_at)
            w->interrupt(w);
        if (!died(w) && w->steps == w->kill_at)
            world_kill(w, w->down_ms);
    }
}

static void act(struct world *w)
{
    struct service_note note;
    sim_expire(&w->sim, world_network_now(w));
    if (!w->service && w->now.mono.ms >= w->restart_at.ms)
        start_program(w);
    if (!w->service)
        return;
    if (w->open && !w->sim.plugged)
        close_port(w, "unplugged");
    if (!w->open && w->sim.plugged && w->now.mono.ms >= w->open_at.ms) {
        w->open = true;
        sim_opened(&w->sim);
        service_opened(w->service, w->now);
    }
    if (clock_watch_turn(&w->clock, w->store, w->now) != 0)
        w->store_errors += !disk_fails(w);
    if (w->late)
        pump(w); /* as the daemon does: what came meanwhile is read before it counts as late */
    if (died(w))
        return;
    w->late = false;
    service_turn(w->service, w->now, w->poked);
    w->poked = false;
    if (died(w))
        return;
    struct service *const lines[] = {w->service, w->second};
    if (alerts_turn(&w->alerts, w->store, &w->policy, lines, w->second ? 2 : 1, w->now, false) < 0)
        w->store_errors += !disk_fails(w);
    if (died(w))
        return;
    if (w->open && service_wants_reauthorise(w->service)) {
        sim_unplug(&w->sim, world_network_now(w)); /* what it does to the modem's power */
        sim_replug(&w->sim, world_network_now(w));
        close_port(w, "reset of the USB port");
    }
    if (w->open && service_wants_reopen(w->service))
        close_port(w, "deaf");
    while (service_next_note(w->service, &note))
        ;
    pump(w);
}

static struct mono next_instant(const struct world *w)
{
    struct mono next = sim_deadline(&w->sim);
    if (!w->service)
        return mono_min(next, w->restart_at);
    next = mono_min(next, service_deadline(w->service));
    next = mono_min(next, alerts_deadline(&w->alerts));
    return w->open || !w->sim.plugged ? next : mono_min(next, w->open_at);
}

static void pass(struct world *w, int64_t ms)
{
    w->now.wall.s += (w->now.mono.ms + ms) / 1000 - w->now.mono.ms / 1000;
    w->now.mono.ms += ms;
}

/* The program waits for its disk: what the modem says meanwhile waits for the program. */
static void pass_slowly(struct world *w)
{
    if (w->disk && w->disk->slow_ms > 0) {
        w->late = w->late || w->disk->calls > w->disk_calls;
        pass(w, (w->disk->calls - w->disk_calls) * w->disk->slow_ms);
    }
    if (w->disk)
        w->disk_calls = w->disk->calls;
}

void world_run(struct world *w, int64_t ms)
{
    struct mono end = mono_after(w->now.mono, ms);
    for (;;) {
        act(w);
        if (w->watch)
            w->watch(w);
        pass_slowly(w);
        if (disk_fails(w))
            w->trouble_at = w->now.mono.ms;
        struct mono next = next_instant(w);
        if (next.ms <= w->now.mono.ms)
            next.ms = w->now.mono.ms + 1; /* a side that wants another turn at once gets it */
        if (next.ms > end.ms)
            break;
        pass(w, next.ms - w->now.mono.ms);
    }
    if (w->now.mono.ms < end.ms)
        pass(w, end.ms - w->now.mono.ms);
}

int world_events(struct world *w, const char *type)
{
    struct store_rows *rows = NULL;
    struct event_row row;
    int count = 0;
    int got = event_list(w->store, 0, 10000, &rows);
    while (got == 0 && (got = event_next(rows, &row)) == 1) {
        count += strcmp(row.type, type) == 0;
        got = 0;
    }
    store_rows_free(rows);
    return got < 0 ? -1 : count;
}
