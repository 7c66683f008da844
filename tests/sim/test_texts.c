/* tests/sim/test_texts.c - who is texted, what, and when, by the whole program: lists, words,
 * hours, and everything that cancels a text while its delay runs. */
#include "store/calls.h"
#include "store/people.h"
#include "store/progress.h"
#include "store/threads.h"
#include "tap.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

#define CALLER "+447700900321"
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static const struct sim_caller caller = {.number = CALLER, .rings = 3};

static void ring(struct world *w)
{
    sim_call(&w->sim, w->now, &caller);
    world_run(w, MINUTE);
}

static void hear(struct world *w, const char *text)
{
    sim_text(&w->sim, w->now, CALLER, text, &(struct sim_delivery){0});
    world_run(w, MINUTE);
}

/* Rings, and comes back two seconds into a delay of two minutes. */
static void ring_and_wait(struct world *w)
{
    w->policy.delay_ms = 2 * MINUTE;
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 30 * SECOND);
}

static void observe(struct world *w)
{
    w->policy.mode = POLICY_OBSERVE;
    ring(w);
}

static void observe_stop(struct world *w)
{
    w->policy.mode = POLICY_OBSERVE;
    hear(w, "STOP");
    ring(w);
}

static void skipped(struct world *w)
{
    w->store_errors += skip_add(w->store, CALLER, w->now.wall) != 1;
    ring(w);
}

static void served_elsewhere(struct world *w)
{
    memcpy(w->policy.region, "FR", 3);
    ring(w);
}

static void phrase(struct world *w)
{
    hear(w, "Please stop texting me.");
    ring(w);
}

static void doubtful(struct world *w)
{
    hear(w, "just stop it");
    world_run(w, 13 * HOUR); /* the conversation is over by then */
    ring(w);
}

static void doubt_ignored(struct world *w)
{
    w->policy.opt_out_doubtful = POLICY_DOUBTFUL_IGNORE;
    w->policy.quiet.from_min = -1;
    doubtful(w);
}

static void start_again(struct world *w)
{
    hear(w, "STOP");
    hear(w, "Yes");
    world_run(w, 21 * HOUR);
    ring(w);
}

static void help(struct world *w)
{
    for (int i = 0; i < 5; i++)
        hear(w, "HELP");
}

static void help_daily(struct world *w)
{
    hear(w, "Info");
    world_run(w, 25 * HOUR);
    hear(w, "Info");
}

static void help_after_stop(struct world *w)
{
    hear(w, "Stop");
    hear(w, "Help");
}

static void away(struct world *w)
{
    w->store_errors += away_set(w->store, (struct wall){w->now.wall.s + 7200}) != 0;
    ring(w);
}

static void holiday(struct world *w)
{
    struct hours_slot slot = {480, 1050};
    w->policy.hours_set = true;
    for (int day = 0; day < 7; day++)
        hours_add(&w->policy.hours, day, slot);
    w->policy.hours.holiday[w->policy.hours.holiday_count++] =
        (struct holiday){.month = 11, .day = 23, .name = "Founder's Day"};
    ring(w);
}

/* The program was down when the call came in the night, and comes back after the grace. */
static void come_back_late(struct world *w)
{
    w->policy.max_age_ms = HOUR;
    world_run(w, 12 * HOUR);
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 5 * SECOND);
    world_kill(w, 15 * MINUTE);
}

static void late_at_night(struct world *w)
{
    come_back_late(w);
    world_run(w, 11 * HOUR);
}

/* And long before the text goes they call again, when it is night and no grace is over. */
static void late_and_again(struct world *w)
{
    w->policy.cooldown_ms = HOUR;
    come_back_late(w);
    world_run(w, 5 * HOUR);
    ring_and_wait(w);
    world_run(w, 6 * HOUR);
}

static void late_and_dropped(struct world *w)
{
    w->policy.quiet.after_grace = QUIET_DROP;
    late_at_night(w);
}

static void redial_answered(struct world *w)
{
    ring_and_wait(w);
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 7 * SECOND);
    sim_answer(&w->sim, w->now);
    world_run(w, 20 * SECOND);
    sim_hang_up(&w->sim, w->now);
}

static void they_text(struct world *w)
{
    ring_and_wait(w);
    hear(w, "Are you open?");
}

static void we_text(struct world *w)
{
    static const struct outbox_pdu pdu = {"0001000C91447700091032000005E8329BFD06", 18};
    int64_t line = 0, id;
    ring_and_wait(w);
    w->store_errors += store_line(w->store, "main", &line) != 0;
    const struct outbox_new text = {.line = line,
                                    .number = CALLER,
                                    .text = "hello",
                                    .cause = CAUSE_MANUAL,
                                    .created = w->now.wall,
                                    .due = w->now.wall,
                                    .pdus = &pdu,
                                    .pdu_count = 1};
    w->store_errors += outbox_add(w->store, &text, &id) != 0;
}

static void opt_out_by_command(struct world *w)
{
    ring_and_wait(w);
    w->store_errors += optout_add(w->store, CALLER, "command", w->now.wall) != 1;
}

static void done(struct world *w)
{
    int64_t thread = 0;
    ring_and_wait(w);
    w->store_errors += thread_find_number(w->store, CALLER, &thread) != 0 ||
                       progress_done(w->store, thread, w->now.wall) != 1;
}

static void pause_for_long(struct world *w)
{
    ring_and_wait(w);
    w->store_errors += pause_set(w->store, (struct wall){INT64_MAX}, false, w->now.wall) != 0;
    world_run(w, HOUR);
    w->store_errors += pause_set(w->store, (struct wall){0}, false, w->now.wall) != 0;
}

static void pause_for_a_moment(struct world *w)
{
    ring_and_wait(w);
    struct wall until = {w->now.wall.s + 300};
    w->store_errors += pause_set(w->store, until, false, w->now.wall) != 0;
}

static const struct scenario {
    const char *name;
    void (*play)(struct world *w);
    int texts;        /* that the network took */
    const char *rule; /* that decided on the last call, NULL texted, "" no call */
    const char *says; /* what is in the last text, NULL none */
} scenarios[] = {
    {"observing", observe, 0, "observe", NULL},
    {"observing a STOP: in force, not confirmed", observe_stop, 0, "opted_out", NULL},
    {"on the skip list", skipped, 0, "skip_list", NULL},
    {"another country", served_elsewhere, 0, "country", NULL},
    {"a phrase opts out, confirmed once", phrase, 1, "opted_out", "no more texts from us"},
    {"perhaps an opt-out: nothing automatic", doubtful, 0, "opted_out", NULL},
    {"perhaps an opt-out, ignored", doubt_ignored, 1, NULL, "missed your call"},
    {"an opt-out taken back", start_again, 2, NULL, "missed your call"},
    {"HELP is answered once", help, 1, "", "Reply STOP"},
    {"and again the next day", help_daily, 2, "", "Reply STOP"},
    {"but not to those who opted out", help_after_stop, 1, "", "no more texts from us"},
    {"away", away, 1, NULL, "away until 12:01 today"},
    {"a holiday", holiday, 1, NULL, "closed for Founder's Day until 08:00 tomorrow"},
    {"late in quiet hours: held until they end", late_at_night, 1, NULL, "missed your call"},
    {"late in quiet hours, and again: the later text only", late_and_again, 1, NULL, "missed"},
    {"late in quiet hours: dropped", late_and_dropped, 0, "quiet_hours", NULL},
    {"in the delay: a redial is answered", redial_answered, 0, "answered", NULL},
    {"in the delay: they text", they_text, 0, NULL, NULL},
    {"in the delay: we text", we_text, 1, NULL, "hello"},
    {"in the delay: done", done, 0, NULL, NULL},
    {"in the delay: an opt-out", opt_out_by_command, 0, NULL, NULL},
    {"in the delay: a pause, longer than the text is good for", pause_for_long, 0, NULL, NULL},
    {"in the delay: a short pause", pause_for_a_moment, 1, NULL, "missed your call"},
};

/* Returns whether the last text that was sent says so. */
static bool last_says(struct world *w, const char *says)
{
    struct store_rows *rows = NULL;
    struct thread_item item;
    int64_t thread;
    bool said = !says;
    if (thread_find_number(w->store, CALLER, &thread) != 0 ||
        thread_items(w->store, thread, 100, &rows) != 0)
        return !says;
    while (thread_item_next(rows, &item) == 1)
        if (!item.is_call && !item.message.incoming && item.message.sent.s != 0)
            said = says && strstr(item.message.text, says);
    store_rows_free(rows);
    return said;
}

/* Returns whether this rule decided on the last call, every rule was asked, and the facts are kept.
 */
static bool last_rule(struct world *w, const char *rule)
{
    struct store_rows *rows = NULL;
    struct call_row call;
    const char *config, *facts;
    if (calls_list(w->store, &(struct call_filter){.limit = 1}, &rows) != 0)
        return false;
    bool any = calls_next(rows, &call) == 1;
    bool same = !any          ? rule && rule[0] == '\0'
                : call.reason ? rule && strcmp(call.reason, rule) == 0
                              : !rule;
    int64_t id = any ? call.id : 0;
    store_rows_free(rows);
    return same && (!any || (calls_facts(w->store, id, &config, &facts) == 0 && facts));
}

int main(void)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        const struct scenario *scenario = &scenarios[i];
        struct world *w = malloc(sizeof(*w));
        if (!w || world_init(w) != 0)
            return 1;
        world_run(w, MINUTE);
        scenario->play(w);
        world_run(w, 20 * MINUTE);
        bool said = last_says(w, scenario->says), ruled = last_rule(w, scenario->rule);
        if (!tap_ok(w->sim.sent_count == scenario->texts && said && ruled && w->store_errors == 0,
                    "%s", scenario->name))
            tap_diag("%d texts, says %d, rule %d, %d store errors", (int)w->sim.sent_count, said,
                     ruled, w->store_errors);
        world_free(w);
        free(w);
    }
    return tap_done();
}
