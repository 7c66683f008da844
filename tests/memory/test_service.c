/* tests/memory/test_service.c - SQLite gets no memory while a call is answered with a text and an
 * answer of two parts comes in: one allocation fails, or all for a while. The text goes out once,
 * the answer is kept once, and nothing waits for ever. */
#include "../../src/store/db.h"
#include "../sim/world.h"
#include "nomem.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

#define CALLER "+447700900321"
#define MINUTE INT64_C(60000)
#define STRIDE \
    397 /* of the thousands of allocations; TEXTBACK_STRIDE=1 takes each, in some minutes */
#define ANSWER                                                                                  \
    "Hello, the boiler in the kitchen is leaking again and there is water on the floor. Could " \
    "somebody come before "                                                                     \
    "the weekend, please? We are at home from four in the afternoon."

static int64_t count(struct store *s, const char *query)
{
    int64_t n = -1;
    struct sql q = sql(s, query);
    (void)sql_get_i64(&q, &n);
    return n;
}

/* Returns what is wrong at the end, or NULL. */
static const char *wrong(struct world *w)
{
    static const struct {
        const char *what, *query;
        int64_t expected;
    } rows[] = {
        {"calls", "SELECT count(*) FROM call WHERE decision = 'text'", 1},
        {"texts out", "SELECT count(*) FROM message WHERE direction = 'out'", 1},
        {"texts in", "SELECT count(*) FROM message WHERE direction = 'in' AND text = '" ANSWER "'",
         1},
        {"texts", "SELECT count(*) FROM message", 2},
        {"parts in", "SELECT count(*) FROM inbound_part", 2},
        {"parts on their way", "SELECT count(*) FROM part WHERE state <> 'delivered'", 0},
        {"damage", "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0},
        {"lost references", "SELECT count(*) FROM pragma_foreign_key_check", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (count(w->store, rows[i].query) != rows[i].expected)
            return rows[i].what;
    if (w->sim.sent_count != 1)
        return "texts that the network got";
    return sim_idle(&w->sim) ? NULL : "texts left on the modem";
}

/* Plays it with the allocation `n` failing, and all after it until the scene is over. Returns how
 * many there were. */
static long play(long n, bool all_after, const char **ret_wrong)
{
    static struct world w;
    const struct sim_caller caller = {.number = CALLER, .rings = 2};
    if (world_init(&w) != 0)
        abort();
    w.policy.quiet.from_min = -1;
    world_run(&w, MINUTE);
    nomem_arm(NOMEM_SQLITE, n, all_after);
    sim_call(&w.sim, w.now, &caller);
    world_run(&w, MINUTE);
    if (!all_after) { /* else it would wait too long: one scene at a time */
        sim_text(&w.sim, w.now, CALLER, ANSWER, &(struct sim_delivery){.gap_ms = 3000});
        world_run(&w, MINUTE);
    }
    long all = nomem_disarm();
    if (all_after) {
        world_run(&w, MINUTE);
        sim_text(&w.sim, w.now, CALLER, ANSWER, &(struct sim_delivery){.gap_ms = 3000});
    }
    world_run(&w, 20 * MINUTE);
    *ret_wrong = wrong(&w);
    world_free(&w);
    return all;
}

int main(void)
{
    const char *stride = getenv("TEXTBACK_STRIDE"), *what = NULL;
    long step = stride ? strtol(stride, NULL, 10) : STRIDE, all = play(0, false, &what);
    if (!tap_ok(!what && all > 100, "nothing fails: %ld allocations", all))
        tap_diag("%s", what ? what : "too few");
    for (int more = 0; more < 2; more++) {
        int runs = 0, bad = 0;
        for (long n = 1; n <= all; n += step, runs++) {
            (void)play(n, more, &what);
            bad += what != NULL;
            if (what)
                tap_diag("allocation %ld%s: %s", n, more ? " and all after it" : "", what);
        }
        tap_ok(runs > 5 && bad == 0, "%s fails, in each of %d runs",
               more ? "all after one" : "one allocation", runs);
    }
    return tap_done();
}
