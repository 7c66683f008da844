/* tests/sim/test_two.c - two textbacks that call and text each other for a week, each as the
 * other's customer: what one sends the other receives.  However the texts are worded, and even
 * where they are the very words that are answered, a handful goes from one to the other and no
 * more.
 *
 * In a week one sends the other at most limits.auto_per_person_30d texts about calls, one answer to
 * HELP a day, and one confirmation of an opt-out a day.  TEXTBACK_SEED=n plays one week again. */
#include "store/calls.h"
#include "store/outbox.h"
#include "tap.h"
#include "world.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define STEP (5 * SECOND)
#define DAYS 7
#define ANSWERS_A_DAY (DAYS + 1) /* one every 24 hours */
#define SEEDS 24

/* Each is the customer of the other. */
struct side {
    struct world w;
    const char *number;
    int heard; /* texts that came from the other */
};

struct week {
    struct side sides[2];
    uint64_t random;
    bool words; /* the templates are words that are answered */
};

static int64_t draw(struct week *week, int64_t least, int64_t most)
{
    week->random = week->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return least + (int64_t)((week->random >> 33) % (uint64_t)(most - least + 1));
}

static void word_templates(struct week *week, struct policy_config *policy)
{
    static const char *const words[] = {"HELP", "STOP", "START", "YES", "INFO", "stop texting me"};
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++)
        snprintf(policy->templates[id], sizeof(policy->templates[id]), "%s",
                 words[draw(week, 0, 5)]);
    policy->opt_out_line[0] = '\0';
}

static bool open_side(struct week *week, struct side *side, const char *number)
{
    if (world_init(&side->w) != 0)
        return false;
    struct policy_config *policy = &side->w.policy;
    side->number = number;
    snprintf(policy->own[0], sizeof(policy->own[0]), "%s", number);
    policy->limits.per_minute = policy->limits.per_hour = policy->limits.per_day = 1000;
    policy->limits.pace_ms = 0; /* nothing but the rules holds them back */
    if (week->words) {
        word_templates(week, policy);
        policy->breaker.burst.count = policy->breaker.identical.count = 0;
    }
    return true;
}

/* What one has sent comes in at the other. */
static void carry(struct side *from, struct side *to)
{
    static char line[SIM_SAY_MAX];
    while (sim_report(&from->w.sim, line)) {
        char *text = strchr(line, '"');
        if (strncmp(line, "sent ", 5) != 0 || !text || !strstr(line, to->number))
            continue;
        text[strlen(text) - 1] = '\0';
        int err =
            sim_text(&to->w.sim, to->w.now, from->number, text + 1, &(struct sim_delivery){0});
        to->heard++;
        if (err != 0)
            tap_ok(false, "\"%s\" does not arrive", text + 1);
    }
}

static void run(struct week *week, int64_t ms)
{
    struct side *a = &week->sides[0], *b = &week->sides[1];
    for (int64_t at = 0; at < ms; at += STEP) {
        world_run(&a->w, STEP);
        world_run(&b->w, STEP);
        carry(a, b);
        carry(b, a);
    }
}

/* One line rings the other. */
static void ring(struct side *caller, struct side *called)
{
    struct sim_caller call = {.rings = 3};
    snprintf(call.number, sizeof(call.number), "%s", caller->number);
    (void)sim_call(&called->w.sim, called->w.now, &call); /* refused during a call */
}

static void say(struct side *from, struct side *to, const char *text)
{
    (void)sim_text(&to->w.sim, to->w.now, from->number, text, &(struct sim_delivery){0});
}

static bool open_week(struct week *week)
{
    return open_side(week, &week->sides[0], "+447700900123") &&
           open_side(week, &week->sides[1], "+447700900124");
}

static void close_week(struct week *week, const char *name)
{
    const struct policy_limits *limits = &week->sides[0].w.policy.limits;
    int most = limits->auto_per_person + 2 * ANSWERS_A_DAY;
    int heard[2], errors = 0;
    for (int i = 0; i < 2; i++) {
        heard[i] = week->sides[i].heard;
        errors += week->sides[i].w.store_errors;
        world_free(&week->sides[i].w);
    }
    tap_ok(errors == 0 && heard[0] + heard[1] > 0 && heard[0] <= most && heard[1] <= most,
           "%s: %d and %d texts of at most %d each way", name, heard[0], heard[1], most);
}

/* As two shops would, with the texts as they come. Both ring every few hours. */
static void test_shops(void)
{
    struct week *week = calloc(1, sizeof(*week));
    if (!week || !open_week(week))
        abort();
    struct side *a = &week->sides[0], *b = &week->sides[1];
    for (int i = 0; i < DAYS * 8; i++) {
        ring(a, b);
        run(week, HOUR);
        ring(b, a);
        if (i == 20)
            say(a, b, "HELP");
        if (i == 40)
            say(b, a, "STOP");
        run(week, 2 * HOUR);
    }
    int most = week->sides[0].w.policy.limits.auto_per_person + 1; /* and one HELP or STOP */
    tap_ok(a->heard <= most && b->heard <= most && world_events(&b->w, "alarm") == 0,
           "with the texts as they come: %d and %d, at most %d each way, and no alarm", a->heard,
           b->heard, most);
    close_week(week, "two shops");
    free(week);
}

/* The texts are the words themselves, so that each is answered where the rules let it; they must
 * do, without the breaker. */
static void test_words(uint64_t seed)
{
    static const char *const words[] = {"HELP", "STOP", "START", "STOP", "Hello"};
    struct week *week = calloc(1, sizeof(*week));
    char name[32];
    if (!week)
        abort();
    week->random = seed;
    week->words = true;
    if (!open_week(week))
        abort();
    for (int64_t ms = 0; ms < DAYS * 24 * HOUR;) {
        int from = (int)draw(week, 0, 1);
        struct side *one = &week->sides[from], *other = &week->sides[!from];
        int64_t step = draw(week, 1, 12) * HOUR / 2;
        if (draw(week, 0, 2) > 0)
            ring(one, other);
        else
            say(one, other, words[draw(week, 0, 4)]);
        run(week, step);
        ms += step;
    }
    snprintf(name, sizeof(name), "seed %" PRIu64, seed);
    close_week(week, name);
    free(week);
}

/* Each answers HELP with HELP, for ever if it might. */
static void test_loop(void)
{
    struct week *week = calloc(1, sizeof(*week));
    if (!week)
        abort();
    week->words = true;
    if (!open_week(week))
        abort();
    for (int i = 0; i < 2; i++)
        for (enum template_id id = 0; id < TEMPLATE_COUNT; id++)
            snprintf(week->sides[i].w.policy.templates[id], TEMPLATE_MAX, "HELP");
    say(&week->sides[0], &week->sides[1], "HELP");
    for (int i = 0; i < DAYS * 8; i++) {
        ring(&week->sides[0], &week->sides[1]);
        run(week, 3 * HOUR);
    }
    close_week(week, "each answers HELP with HELP");
    free(week);
}

int main(void)
{
    const char *seed = getenv("TEXTBACK_SEED");
    if (seed)
        test_words(strtoull(seed, NULL, 10));
    else
        test_shops();
    if (!seed)
        test_loop();
    for (uint64_t i = 1; !seed && i <= SEEDS; i++)
        test_words(i);
    return tap_done();
}
