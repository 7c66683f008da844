/* tests/sim/test_limits.c - days of calls, answers, robots and texts by hand, at random, under caps
 * drawn at random: whatever happens, no automatic text goes beyond a cap (P6), twice (P2), or to
 * somebody who opted out (P5), there is a reason for each call (P7), and replayed under the same
 * configuration each call is decided as it was.  TEXTBACK_SEED=n plays one
 * run again. */
#include "base/text.h"
#include "service/replay.h"
#include "store/calls.h"
#include "store/outbox.h"
#include "store/people.h"
#include "tap.h"
#include "world.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY_S INT64_C(86400)
#define MONTH_S (30 * DAY_S)
#define PEOPLE 16
#define TEXTS_MAX 4000
#define SEEDS 12
#define DAYS 4

/* A text that left, as the events tell it. */
struct left {
    int64_t at, queued, call;
    int person;
    bool automatic, answer, confirmation;
};

struct run {
    struct world w;
    uint64_t random;
    struct left texts[TEXTS_MAX];
    int text_count, calls, waited;
    int64_t out_since[PEOPLE];    /* opted out since then, 0 not */
    int64_t texted_since[PEOPLE]; /* when the first text to them was queued, 0 none */
    int broken[9];
};

enum promise { CAP, PACE, PERSON, MONTH, BURST, TWICE, OPTED_OUT, REASON, REPLAY };
static const char *const promises[] = {
    [CAP] = "P6: no automatic text beyond a cap of a minute, hour or day",
    [PACE] = "P6: the pace",
    [PERSON] = "P6: automatic texts to a person in 30 days",
    [MONTH] = "P6: people in 30 days",
    [BURST] = "P6: nothing automatic after a burst",
    [TWICE] = "P2: one text a call, one automatic text a cooldown",
    [OPTED_OUT] = "P5: nothing to somebody who opted out",
    [REASON] = "P7: a reason for each call and each text that did not leave",
    [REPLAY] = "the same configuration decides the same again",
};

static int64_t draw(struct run *r, int64_t least, int64_t most)
{
    r->random = r->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return least + (int64_t)((r->random >> 33) % (uint64_t)(most - least + 1));
}

static void number_of(int person, char ret[16])
{
    snprintf(ret, 16, "+4477009003%02d", person);
}

static void draw_policy(struct run *r)
{
    struct policy_config *policy = &r->w.policy;
    policy->quiet.from_min = -1;
    policy->cooldown_ms = draw(r, 1, 4) * HOUR;
    policy->conversation_window_ms = draw(r, 0, 1) * 10 * MINUTE;
    policy->max_age_ms = draw(r, 5, 120) * MINUTE;
    policy->limits = (struct policy_limits){
        .per_minute = (int32_t)draw(r, 1, 4),
        .per_hour = (int32_t)draw(r, 2, 12),
        .per_day = (int32_t)draw(r, 5, 60),
        .people_per_month = (int32_t)draw(r, PEOPLE / 2, PEOPLE),
        .auto_per_person = (int32_t)draw(r, 1, 8),
        .pace_ms = draw(r, 0, 60) * SECOND,
        .jitter_permille = (int32_t)draw(r, 0, 500),
    };
    policy->breaker.burst.count = (int32_t)(draw(r, 0, 1) * draw(r, 2, 6));
    policy->breaker.mute_ms = draw(r, 1, 12) * HOUR;
}

static void hear(struct run *r, const char *from)
{
    static const char *const words[] = {"STOP", "START", "HELP", "Hello", "Hello", "ok thanks"};
    sim_text(&r->w.sim, r->w.now, from, words[draw(r, 0, 5)], &(struct sim_delivery){0});
}

static void write_text(struct run *r, const char *to)
{
    static const struct outbox_pdu pdu = {"0001000C91447700091032000005E8329BFD06", 18};
    int64_t line = 0, id;
    r->w.store_errors += store_line(r->w.store, "main", &line) != 0;
    const struct outbox_new text = {.line = line,
                                    .number = to,
                                    .text = "hello",
                                    .cause = CAUSE_MANUAL,
                                    .created = r->w.now.wall,
                                    .due = r->w.now.wall,
                                    .pdus = &pdu,
                                    .pdu_count = 1};
    r->w.store_errors += outbox_add(r->w.store, &text, &id) != 0;
}

/* Calls come one after another for a while, then hardly any. */
static void play(struct run *r)
{
    int64_t end_ms = r->w.now.mono.ms + DAYS * 24 * HOUR;
    while (r->w.now.mono.ms < end_ms) {
        struct sim_caller caller = {.rings = 2};
        bool busy = draw(r, 0, 9) < 8;
        int64_t what = draw(r, 0, 99);
        number_of((int)draw(r, 0, PEOPLE - 1), caller.number);
        if (what < 70)
            r->calls += sim_call(&r->w.sim, r->w.now, &caller) == 0;
        else if (what < 85)
            hear(r, caller.number);
        else if (what < 98)
            write_text(r, caller.number);
        else
            world_kill(&r->w, draw(r, 1, 600) * SECOND);
        world_run(&r->w, busy ? draw(r, 8, 60) * SECOND : draw(r, 1, 240) * MINUTE);
    }
    world_run(&r->w, 3 * HOUR);
}

static bool says(const char *data, const char *key)
{
    return strstr(data, key) != NULL;
}

static int64_t number_in(const char *data, const char *key)
{
    const char *at = strstr(data, key);
    int64_t value = 0;
    if (at)
        (void)text_to_i64(at + strlen(key), strspn(at + strlen(key), "0123456789"), 0, INT64_MAX,
                          &value);
    return value;
}

/* All that counts against the text `i`, by looking at all texts before it. */
static void judge_text(struct run *r, int i)
{
    const struct policy_config *policy = &r->w.policy;
    const struct policy_limits *limits = &policy->limits;
    const struct left *text = &r->texts[i];
    int minute = 0, hour = 0, day = 0, same = 0, people = 0, burst = 0;
    for (int k = i; k >= 0; k--) {
        const struct left *other = &r->texts[k];
        int64_t ago = text->at - other->at;
        minute += ago < 60;
        hour += ago < 3600;
        day += ago < DAY_S;
        same += other->answer && other->person == text->person && ago < MONTH_S;
        r->broken[TWICE] += text->answer && other->answer && k < i &&
                            (other->call == text->call ||
                             (other->person == text->person && ago < policy->cooldown_ms / 1000));
    }
    r->broken[CAP] +=
        minute > limits->per_minute || hour > limits->per_hour || day > limits->per_day;
    if (i > 0) {
        int64_t least_ms = limits->pace_ms - limits->pace_ms * limits->jitter_permille / 1000;
        r->broken[PACE] += text->at - text[-1].at < least_ms / 1000 - 1;
    }
    r->broken[PERSON] += text->answer && same > limits->auto_per_person;
    /* It is one of those before which texts were queued, whether or not they left. A text by hand
     * that was written after this one was queued holds it no more. */
    for (int k = 0; k < PEOPLE; k++)
        people += r->texted_since[k] != 0 && r->texted_since[k] < text->queued;
    r->broken[MONTH] += text->answer && r->texted_since[text->person] == text->queued &&
                        people >= limits->people_per_month;
    for (int k = i - 1; k >= 0 && policy->breaker.burst.count > 0; k--) {
        if (!r->texts[k].automatic || text->at - r->texts[k].at >= 300)
            continue;
        burst++;
    }
    r->broken[BURST] += policy->breaker.burst.count > 0 && burst >= policy->breaker.burst.count;
}

/* The time behind `key`, 0 where there is none. */
static int64_t time_in(const char *data, const char *key)
{
    char text[TIME_RFC3339_SIZE] = "";
    struct wall t;
    const char *at = strstr(data, key);
    if (at)
        (void)snprintf(text, sizeof(text), "%.20s", at + strlen(key));
    return wall_parse(text, &t) == 0 ? t.s : 0;
}

static void take_event(struct run *r, const struct event_row *event)
{
    int person = (int)(number_in(event->data, "\"number\":\"+447700900") - 300);
    if (strcmp(event->type, "opt_out") == 0)
        r->out_since[person] = says(event->data, "\"opted_out\":true") ? event->at.s : 0;
    if ((strcmp(event->type, "message.expired") == 0 ||
         strcmp(event->type, "message.cancelled") == 0)) {
        r->broken[REASON] += says(event->data, "\"error\":null");
        r->waited += says(event->data, "it waited for limits.");
    }
    if (strcmp(event->type, "message.queued") == 0 && r->texted_since[person] == 0)
        r->texted_since[person] = event->at.s;
    if (strcmp(event->type, "message.sent") != 0 || r->text_count == TEXTS_MAX)
        return;
    struct left *text = &r->texts[r->text_count];
    *text = (struct left){
        .at = event->at.s,
        .queued = time_in(event->data, "\"created_at\":\""),
        .person = person,
        .call = number_in(event->data, "\"call\":"),
        .answer = says(event->data, "\"cause\":\"missed_call\""),
        .confirmation = says(event->data, "\"cause\":\"opt_out\""),
    };
    text->automatic = text->answer || says(event->data, "\"cause\":\"help\"");
    r->broken[OPTED_OUT] += r->out_since[person] != 0 && !text->confirmation;
    if (text->automatic)
        judge_text(r, r->text_count);
    r->text_count++;
}

static int judge_events(struct run *r)
{
    struct store_rows *rows = NULL;
    struct event_row row;
    int64_t after = 0;
    int got, seen;
    do {
        seen = 0;
        got = event_list(r->w.store, after, 5000, &rows);
        while (got == 0 && (got = event_next(rows, &row)) == 1) {
            take_event(r, &row);
            after = row.id;
            seen++;
            got = 0;
        }
        store_rows_free(rows);
        rows = NULL;
    } while (got == 0 && seen > 0);
    return got;
}

/* Returns how many calls there are. */
static int judge_calls(struct run *r)
{
    struct store_rows *rows = NULL;
    struct call_row call;
    int count = 0;
    if (calls_list(r->w.store, &(struct call_filter){.limit = 10000}, &rows) != 0)
        return -1;
    for (; calls_next(rows, &call) == 1; count++) {
        bool texted = strcmp(call.decision, "text") == 0 && call.message != 0;
        r->broken[REASON] += !texted && (strcmp(call.decision, "no_text") != 0 || !call.reason);
        r->broken[REASON] += texted && !call.message_error &&
                             strcmp(call.message_state, "sent") != 0 &&
                             strcmp(call.message_state, "delivered") != 0;
    }
    store_rows_free(rows);
    return count;
}

/* Returns how many calls were decided once more. */
static int judge_replay(struct run *r)
{
    struct replay_step step;
    struct replay *replay;
    int count = 0;
    if (replay_new(r->w.store, &r->w.policy, (struct wall){0}, (struct wall){0}, &replay) != 0)
        return -1;
    for (; replay_next(replay, &step) == 1; count++) {
        const struct replay_verdict *was = &step.was, *would = &step.would;
        bool same = step.known && was->text == would->text &&
                    strcmp(was->reason, would->reason) == 0 &&
                    strcmp(was->body, would->body) == 0 && was->due.s == would->due.s;
        r->broken[REPLAY] += !same;
        if (!same)
            tap_diag("c%" PRId64 ": %s %s, replayed %s %s", step.call.id, was->reason, was->detail,
                     would->reason, would->detail);
    }
    replay_free(replay);
    return count;
}

static void test_seed(uint64_t seed)
{
    struct run *r = calloc(1, sizeof(*r));
    if (!r || world_init(&r->w) != 0)
        abort();
    r->random = seed;
    draw_policy(r);
    play(r);
    int err = judge_events(r), calls = judge_calls(r), replayed = judge_replay(r), broken = 0;
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        broken += r->broken[i];
        if (r->broken[i])
            tap_diag("%s: %d times", promises[i], r->broken[i]);
    }
    tap_ok(err == 0 && broken == 0 && calls > 0 && calls <= r->calls && replayed == calls &&
               r->text_count > 5 && r->w.store_errors == 0,
           "seed %" PRIu64, seed);
    tap_diag("%d calls, %d texts left, %d waited too long for a limit", calls, r->text_count,
             r->waited);
    world_free(&r->w);
    free(r);
}

int main(void)
{
    /* A text left late, waiting for a cap, and the next came before its cooldown was over. */
    static const uint64_t telling[] = {52, 80, 87};
    const char *seed = getenv("TEXTBACK_SEED");
    if (seed)
        test_seed(strtoull(seed, NULL, 10));
    for (uint64_t i = 1; !seed && i <= SEEDS; i++)
        test_seed(i);
    for (size_t i = 0; !seed && i < sizeof(telling) / sizeof(telling[0]); i++)
        test_seed(telling[i]);
    return tap_done();
}
