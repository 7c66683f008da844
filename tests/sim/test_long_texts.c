/* tests/sim/test_long_texts.c - texts of several parts on virtual time: parts that are late,
 * doubled or never come, references that are used again, texts that replace others; undisturbed,
 * and then with the program killed after each single exchange with the modem. */
#include "sms/tpdu.h"
#include "store/threads.h"
#include "tap.h"
#include "world.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ANN "+447700900321"
#define BEN "+447700900322"
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define STEPS_MAX 150
#define SHOWN_MAX 1024

static const struct given {
    const char *from, *text;
    uint8_t ref, total, seq, pid;
} a1 = {ANN, "one", 7, 2, 1, 0}, a2 = {ANN, "two", 7, 2, 2, 0}, b1 = {ANN, "eins", 7, 2, 1, 0},
  b2 = {ANN, "zwei", 7, 2, 2, 0}, c1 = {BEN, "uno", 7, 2, 1, 0}, c2 = {BEN, "due", 7, 2, 2, 0};

/* The SMSC took the part `ago_s` seconds ago, and delivers it now. */
static void deliver(struct world *w, const struct given *g, int64_t ago_s)
{
    uint8_t octets[PDU_OCTETS_MAX];
    char pdu[PDU_HEX_MAX + 1];
    struct octets_writer out = octets_writer(octets, sizeof(octets));
    struct civil at = wall_civil((struct wall){w->now.wall.s - ago_s});
    struct address smsc;
    struct tpdu_deliver t = {
        .pid = g->pid,
        .user_data = {.alphabet = DCS_ALPHABET_GSM7, .text = g->text, .text_len = strlen(g->text)}};
    if (g->total > 1)
        t.user_data.concat =
            (struct udh_concat){.bits = 8, .ref = g->ref, .total = g->total, .seq = g->seq};
    int err = address_parse("+447700900000", &smsc);
    assert(err == 0);
    err = address_parse(g->from, &t.from);
    assert(err == 0);
    scts_encode(&at, 0, t.scts);
    address_write_smsc(&out, &smsc);
    tpdu_deliver_encode(&out, &t);
    octets_to_hex(octets, out.len, pdu);
    err = sim_text_pdu(&w->sim, w->now, pdu);
    assert(err == 0);
}

/* The program is down meanwhile: nothing is exchanged, and the wait outlives a restart. */
static void sleep_for(struct world *w, int64_t ms)
{
    world_kill(w, ms);
    world_run(w, ms + MINUTE);
}

static void never(struct world *w)
{
    deliver(w, &a2, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
}

static void not_yet(struct world *w)
{
    deliver(w, &a2, 0);
    world_run(w, MINUTE);
    sleep_for(w, 23 * HOUR);
}

/* Eleven seconds off what the program does each minute: only the deadline of the text wakes it, and
 * what is late is not seen. */
static void on_time_without_restart(struct world *w)
{
    world_run(w, 11 * SECOND);
    deliver(w, &a1, 0);
    world_run(w, 24 * HOUR - SECOND);
    if (world_events(w, "message.received") == 0)
        world_run(w, 2 * SECOND);
    world_kill(w, HOUR);
}

static void two_gaps(struct world *w)
{
    deliver(w, &(struct given){ANN, "b", 7, 5, 2, 0}, 0);
    deliver(w, &(struct given){ANN, "d", 7, 5, 4, 0}, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
}

static void repaired(struct world *w)
{
    never(w);
    deliver(w, &a1, 24 * 3600);
}

static void repaired_twice(struct world *w)
{
    deliver(w, &(struct given){ANN, "a", 7, 3, 1, 0}, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
    deliver(w, &(struct given){ANN, "c", 7, 3, 3, 0}, 24 * 3600);
    world_run(w, MINUTE);
    deliver(w, &(struct given){ANN, "b", 7, 3, 2, 0}, 24 * 3600);
}

static void stop_in_two_parts(struct world *w)
{
    deliver(w, &(struct given){ANN, "ST", 7, 2, 1, 0}, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
    deliver(w, &(struct given){ANN, "OP", 7, 2, 2, 0}, 24 * 3600);
}

static void stop_after_a_gap(struct world *w)
{
    deliver(w, &(struct given){ANN, "...", 7, 3, 2, 0}, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
    deliver(w, &(struct given){ANN, "STOP", 7, 3, 3, 0}, 24 * 3600);
}

static void used_again_after_an_hour(struct world *w)
{
    deliver(w, &a1, 0);
    world_run(w, HOUR);
    deliver(w, &b2, 0);
    deliver(w, &b1, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
}

static void used_again_after_the_gap_was_shown(struct world *w)
{
    deliver(w, &a1, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
    deliver(w, &b2, 0);
    deliver(w, &b1, 0);
}

static void one_sender_interleaved(struct world *w)
{
    deliver(w, &a1, 0);
    deliver(w, &b1, 0);
    deliver(w, &a2, 0);
    deliver(w, &b2, 0);
}

static void a_part_too_many(struct world *w)
{
    deliver(w, &a1, 0);
    deliver(w, &b1, 0);
    world_run(w, MINUTE);
    deliver(w, &a2, 60);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
}

static void two_senders_interleaved(struct world *w)
{
    deliver(w, &a2, 0);
    deliver(w, &c1, 0);
    deliver(w, &a1, 0);
    deliver(w, &c2, 0);
}

static void doubled(struct world *w)
{
    deliver(w, &a1, 90);
    deliver(w, &a1, 90);
    deliver(w, &a1, 60);
    deliver(w, &a2, 59);
    deliver(w, &a2, 29);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
}

static void too_many_unfinished(struct world *w)
{
    for (uint8_t ref = 1; ref <= 10; ref++)
        deliver(w, &(struct given){ANN, "x", ref, 2, 1, 0}, 0);
}

static void replaced(struct world *w)
{
    deliver(w, &(struct given){ANN, "1 new message", 0, 1, 1, 0x41}, 0);
    deliver(w, &(struct given){ANN, "other type", 0, 1, 1, 0x42}, 0);
    deliver(w, &(struct given){BEN, "other sender", 0, 1, 1, 0x41}, 0);
    world_run(w, HOUR);
    deliver(w, &(struct given){ANN, "2 new messages", 0, 1, 1, 0x41}, 0);
    deliver(w, &(struct given){ANN, "0 new messages", 0, 1, 1, 0x41}, 7200);
}

static void replaced_by_a_long_one(struct world *w)
{
    deliver(w, &(struct given){ANN, "short", 0, 1, 1, 0x47}, 0);
    world_run(w, HOUR);
    deliver(w, &(struct given){ANN, "er", 7, 2, 2, 0x47}, 0);
    deliver(w, &(struct given){ANN, "long", 7, 2, 1, 0x47}, 0);
}

static void hidden_in_parts(struct world *w)
{
    deliver(w, &(struct given){ANN, "silent", 7, 2, 1, 0x40}, 0);
    world_run(w, MINUTE);
    sleep_for(w, 24 * HOUR);
}

static void clock_set_while_it_waits(struct world *w)
{
    w->now.wall.s -= 100 * 86400;
    deliver(w, &a1, 0);
    world_run(w, HOUR);
    w->now.wall.s += 100 * 86400;
    world_run(w, HOUR);
    if (world_events(w, "message.received") == 0)
        sleep_for(w, 22 * HOUR);
}

static void clock_was_ahead_before_a_restart(struct world *w)
{
    w->now.wall.s += 100 * 86400;
    deliver(w, &a1, 0);
    world_run(w, MINUTE);
    world_kill(w, MINUTE);
    w->now.wall.s -= 100 * 86400;
    world_run(w, HOUR);
    sleep_for(w, 24 * HOUR);
}

static const struct scenario {
    const char *name;
    void (*play)(struct world *w);
    const char *shown; /* threads in their order, each with its texts in theirs */
    int received, repaired, replaced, opt_outs;
    bool each_step; /* and again with a kill after each exchange: the same */
} scenarios[] = {
    {"a part that never comes", never, " [...] two", 1, 0, 0, 0, true},
    {"is waited for during a day", not_yet, "", 0, 0, 0, 0, false},
    {"and not longer", on_time_without_restart, "one [...] ", 1, 0, 0, 0, false},
    {"the wait survives a step of the clock", clock_set_while_it_waits, "one [...] ", 1, 0, 0, 0,
     false},
    {"a clock that was ahead before a restart", clock_was_ahead_before_a_restart, "one [...] ", 1,
     0, 0, 0, false},
    {"gaps before, between and behind", two_gaps, " [...] b [...] d [...] ", 1, 0, 0, 0, false},
    {"a part a day late", repaired, "onetwo", 1, 1, 0, 0, true},
    {"two parts a day late", repaired_twice, "abc", 1, 2, 0, 0, false},
    {"a stop word that the late part makes whole", stop_in_two_parts, "STOP", 1, 1, 0, 1, true},
    {"a stop word with a gap before it", stop_after_a_gap, " [...] ...STOP", 1, 1, 0, 0, false},
    {"a reference used again after an hour", used_again_after_an_hour, "one [...] |einszwei", 2, 0,
     0, 0, true},
    {"a reference used again after the gap was shown", used_again_after_the_gap_was_shown,
     "one [...] |einszwei", 2, 0, 0, 0, false},
    {"two texts of one sender with one reference", one_sender_interleaved, "onetwo|einszwei", 2, 0,
     0, 0, true},
    {"a part too many is shown with a gap", a_part_too_many, "eins [...] |onetwo", 2, 0, 0, 0,
     true},
    {"two senders with one reference", two_senders_interleaved, "onetwo|unodue", 2, 0, 0, 0, false},
    {"doubles with another stamp", doubled, "onetwo", 1, 0, 0, 0, true},
    {"too many unfinished texts of one sender", too_many_unfinished, "x [...] |x [...] ", 2, 0, 0,
     0, true},
    {"the silent type in parts stays silent", hidden_in_parts, "", 0, 0, 0, 0, false},
    {"a text that replaces another", replaced, "other type|2 new messages|other sender", 3, 0, 1, 0,
     true},
    {"a text of two parts that replaces another", replaced_by_a_long_one, "longer", 1, 0, 1, 0,
     false},
};

struct result {
    char shown[SHOWN_MAX];
    int received, repaired, replaced, opt_outs, store_errors;
    int64_t steps, ready_steps;
};

static void add_thread(struct world *w, int64_t id, char shown[SHOWN_MAX])
{
    struct store_rows *rows = NULL;
    struct thread_item item;
    int got = thread_items(w->store, id, 100, &rows);
    while (got == 0 && (got = thread_item_next(rows, &item)) == 1) {
        size_t len = strlen(shown);
        got = 0;
        if (!item.is_call && item.message.incoming)
            snprintf(shown + len, SHOWN_MAX - len, "%s%s", len ? "|" : "", item.message.text);
    }
    store_rows_free(rows);
}

static void read_result(struct world *w, struct result *ret)
{
    struct thread_row thread;
    for (int64_t id = 1; thread_get(w->store, id, &thread) == 0; id++)
        add_thread(w, id, ret->shown);
    ret->received = world_events(w, "message.received");
    ret->repaired = world_events(w, "message.repaired");
    ret->replaced = world_events(w, "message.replaced");
    ret->opt_outs = world_events(w, "opt_out");
    ret->store_errors = w->store_errors;
    ret->steps = w->steps;
}

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
    world_run(w, 5 * MINUTE);
    read_result(w, &result);
    world_free(w);
    free(w);
    return result;
}

static bool as_it_should(const struct scenario *scenario, const struct result *got)
{
    return strcmp(got->shown, scenario->shown) == 0 && got->received == scenario->received &&
           got->repaired == scenario->repaired && got->replaced == scenario->replaced &&
           got->opt_outs == scenario->opt_outs && got->store_errors == 0;
}

static void tell(const struct result *got)
{
    tap_diag("\"%s\": %d received, %d repaired, %d replaced, %d opted out, %d store errors",
             got->shown, got->received, got->repaired, got->replaced, got->opt_outs,
             got->store_errors);
}

static void killed_everywhere(const struct scenario *scenario, int64_t steps)
{
    int64_t bad = 0;
    for (int64_t step = 1; step <= steps; step++) {
        struct result got = play(scenario, step);
        if (!as_it_should(scenario, &got) && bad++ == 0) {
            tap_diag("killed after step %d", (int)step);
            tell(&got);
        }
    }
    tap_ok(bad == 0 && steps > 0, "%s, killed after each of %d steps", scenario->name, (int)steps);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        struct result got = play(&scenarios[i], 0);
        if (!tap_ok(as_it_should(&scenarios[i], &got), "%s", scenarios[i].name))
            tell(&got);
        int64_t steps = got.steps - got.ready_steps;
        if (scenarios[i].each_step)
            killed_everywhere(&scenarios[i], steps < STEPS_MAX ? steps : STEPS_MAX);
    }
    return tap_done();
}
