/* tests/memory/test_flat.c [DAYS] - a line at work for weeks, or for the 365 days of a year: calls,
 * answers, texts by hand, restarts of the modem, and what is old removed each day. Memory and
 * descriptors stay what they were. */
#include "../../src/store/db.h"
#include "../sim/world.h"
#include "service/retention.h"
#include "tap.h"
#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define DAYS 24 /* of which the last third may not grow */
#define KEEP \
    (7 * DAY) /* what is older is removed: the tables are as full at the end as after a week */
#define GROWTH_MAX 65536

struct use {
    int64_t octets, sqlite, files, resident;
};

static int64_t open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    int64_t count = 0;
    while (d && readdir(d))
        count++;
    if (d)
        closedir(d);
    return count;
}

static int64_t resident(void)
{
    int64_t pages = 0, all;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%" SCNd64 " %" SCNd64, &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static struct use use_of(struct world *w)
{
    sqlite3_db_release_memory(
        w->store->db); /* pages of the file that it keeps as long as there is room */
    struct mallinfo2 heap = mallinfo2();
    return (struct use){(int64_t)(heap.uordblks + heap.hblkhd), sqlite3_memory_used(), open_files(),
                        resident()};
}

/* Twelve people call, every second one answers; one of them has called before. */
static void live_a_day(struct world *w, struct retention *retention, int day)
{
    for (int i = 0; i < 12; i++) {
        struct sim_caller caller = {.rings = 2};
        snprintf(caller.number, sizeof(caller.number), "+44770090%04d", (day * 11 + i) % 10000);
        (void)sim_call(&w->sim, w->now, &caller);
        world_run(w, 10 * MINUTE);
        if (i % 2 == 0)
            (void)sim_text(&w->sim, w->now, caller.number,
                           "Could somebody come, please? The boiler leaks.",
                           &(struct sim_delivery){0});
        if (i == 5)
            sim_reboot(&w->sim, w->now);
        world_run(w, 110 * MINUTE);
    }
    int done = 0;
    for (int i = 0; i < 100 && done == 0; i++) {
        retention->due = w->now.mono;
        done = retention_turn(retention, w->store, KEEP, w->now);
    }
}

int main(int argc, char **argv)
{
    int days = argc > 1 ? (int)strtol(argv[1], NULL, 10) : DAYS;
    char dir[] = "/dev/shm/textback-XXXXXX", path[64];
    static struct world w;
    struct retention retention;
    struct use before = {0}, after;
    bool memory = mkdtemp(dir) != NULL;
    snprintf(path, sizeof(path), "%s/db", memory ? dir : ".build");
    if (!memory || days < 12 || world_init_at(&w, path, NULL) != 0)
        return 1;
    w.modem.heartbeat_ms = 5 * MINUTE;
    retention_init(&retention, w.now);
    for (int day = 1; day <= days; day++) {
        live_a_day(&w, &retention, day);
        after = use_of(&w);
        if (day == days - days / 3)
            before = after;
        if (day % (days / 12) == 0)
            tap_diag("day %d: %" PRId64 " octets of the heap, %" PRId64
                     " of them SQLite's, %" PRId64 " KB resident, %" PRId64 " descriptors",
                     day, after.octets, after.sqlite, after.resident / 1024, after.files);
    }
    int64_t sent = w.sim.sent_count;
    tap_ok(sent > days * 8, "%d days: %" PRId64 " texts", days, sent);
    tap_ok(after.files == before.files, "descriptors are flat");
    tap_ok(after.sqlite - before.sqlite < GROWTH_MAX, "so is the memory of SQLite");
    tap_ok(after.octets - before.octets < GROWTH_MAX, "and all memory");
    world_free(&w);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    (void)rmdir(dir);
    return tap_done();
}
