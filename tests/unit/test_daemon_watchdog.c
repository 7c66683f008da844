/* tests/unit/test_daemon_watchdog.c - the watchdog is fed while every line does what is due, and
 * starves when one does not, however busy the others are. */
#include "../../src/daemon/watchdog.h"
#include "tap.h"

#define EVERY_MS 30000
#define TURN_MS 500
#define HOUR_MS INT64_C(3600000)

/* How two lines behave: `late_from` .. `late_until` something of a line stays due. */
static const struct row {
    const char *name;
    int64_t late_from[2], late_until[2];
    int64_t hungry_from, hungry_until; /* no food comes in between */
} rows[] = {
    {"idle lines", {-1, -1}, {-1, -1}, -1, -1},
    {"a busy line", {1000, -1}, {20000, -1}, -1, -1},
    {"a stuck line", {600000, -1}, {HOUR_MS, -1}, 630000, HOUR_MS},
    {"the other one", {-1, 600000}, {-1, HOUR_MS}, 630000, HOUR_MS},
    {"both in turns", {600000, 620000}, {620000, 640000}, -1, -1},
    {"stuck for some minutes", {600000, -1}, {900000, -1}, 630000, 900000},
    {"stuck from the start", {0, -1}, {HOUR_MS, -1}, EVERY_MS, HOUR_MS},
};

/* Returns whether it was fed when, and only when, it should be. */
static bool play(const struct row *row)
{
    struct watchdog w;
    bool good = true;
    int64_t fed_at = 0;
    watchdog_init(&w, EVERY_MS, (struct mono){0});
    for (int64_t ms = 0; ms < HOUR_MS; ms += TURN_MS) {
        struct mono now = {ms};
        for (size_t line = 0; line < 2; line++) {
            bool late = ms >= row->late_from[line] && ms < row->late_until[line];
            watchdog_line(&w, line, (struct mono){late ? ms : ms + TURN_MS}, now);
        }
        bool fed = watchdog_feed(&w, 2, now);
        bool hungry = ms >= row->hungry_from && ms < row->hungry_until;
        good = good && !(fed && hungry);
        fed_at = fed || hungry ? ms : fed_at;
        good = good && ms - fed_at <= EVERY_MS;
    }
    return good;
}

int main(void)
{
    struct watchdog w;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tap_ok(play(&rows[i]), "%s", rows[i].name);
    watchdog_init(&w, 0, (struct mono){5});
    watchdog_line(&w, 0, (struct mono){0}, (struct mono){5});
    tap_ok(!watchdog_feed(&w, 1, (struct mono){HOUR_MS}) && w.feed_at.ms == MONO_NEVER.ms,
           "without a watchdog nobody is fed");
    watchdog_init(&w, EVERY_MS, (struct mono){5});
    watchdog_line(&w, 1, (struct mono){0}, (struct mono){5});
    tap_ok(watchdog_content(&w, 1, (struct mono){HOUR_MS}) &&
               !watchdog_content(&w, 2, (struct mono){HOUR_MS}),
           "a line that is gone is not waited for");
    return tap_done();
}
