/* tests/simulate.c - days of a simulated town in seconds: people call, text, opt out and answer;
 * modem, network, disk, clock and program fail; and every promise of the program is checked by
 * tests/sim/truth*.c. The same seed gives the same run, byte by byte.
 *
 *     simulate [--seed N] [--seeds COUNT] [--seconds S] [--days D] [--faults LIST] [--shrink]
 * [--log]
 *
 * Without --seed it begins with $TEXTBACK_SEED, else with one of today; --seconds begins no new
 * seed after so long. LIST is all, none, or names with commas between. Exits 1 where a promise was
 * broken; --shrink then looks for the shortest run that breaks it; --log prints all that happens.
 */
#include "sim/run.h"
#include "store/limits.h"
#include "tap.h"
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAYS_MAX 400
#define SHRINK_SEEDS 20
#define ALL ((UINT32_C(1) << FAULT_COUNT) - 1)

static bool loud; /* all that happens is printed */

/* The world tells the truth of each instant through these: it knows nothing of the run around it.
 */
static void watch(struct world *w)
{
    truth_look(&((struct run *)(void *)w)->truth);
}

static void told(struct world *w, const char *line)
{
    truth_told(&((struct run *)(void *)w)->truth, line);
}

/* What differs from one business and modem to another. */
static void configure(struct run *r)
{
    struct world *w = &r->w;
    struct hours_slot slot;
    int err = zone_parse(&w->policy.zone, "GMT0BST,M3.5.0/1,M10.5.0");
    err += hours_parse_slot("08:00-17:30", &slot);
    w->policy.hours_set = run_chance(r, 50);
    for (int day = 0; day < 5; day++)
        err += hours_add(&w->policy.hours, day, slot);
    if (err != 0)
        abort();
    if (run_chance(r, 30))
        w->policy.limits.per_hour = (int32_t)run_draw(r, 3, 8);
    if (run_chance(r, 30))
        w->policy.limits.per_day = (int32_t)run_draw(r, 6, 20);
    if (run_chance(r, 80))
        w->policy.limits.people_per_month = 10000;
    if (run_chance(r, 30))
        w->policy.limits.auto_per_person = 100;
    if (run_chance(r, 30))
        w->policy.cooldown_ms = run_draw(r, 1, 12) * HOUR;
    if (run_chance(r, 40)) {
        w->policy.follow_up.enabled = true;
        w->policy.follow_up.after_ms[1] = run_draw(r, 4, 72) * HOUR;
        w->policy.follow_up.after_count = (size_t)run_draw(r, 1, 2);
    }
    if (run_chance(r, 30)) /* a slow network */
        w->sim.send_ms = run_draw(r, SECOND, 15 * SECOND);
    w->modem.heartbeat_ms = run_chance(r, 25) ? 30 * SECOND : 5 * MINUTE;
    w->wire = (struct world_wire){.random = r->random, .split = true};
}

/* What differs from one family of modems to another. */
static int equip(struct run *r)
{
    struct sim *sim = &r->w.sim;
    int err = 0;
    sim->ring_ms = run_draw(r, 2, 6) * SECOND;
    if (run_chance(r, 15)) /* one that must not be asked for calls */
        err = sim_reply(sim, "+CGMM", "MF190");
    else if (run_chance(r, 15)) /* or cannot be */
        err = sim_reply(sim, "+CLCC", "ERROR");
    if (err == 0 && run_chance(r, 20))
        err = sim_reply(sim, "+CEREG?", "ERROR");
    return err;
}

static int begin(struct run *r, uint64_t seed, uint32_t faults)
{
    static const struct wall starts[] = {
        {INT64_C(1795428000)}, /* Monday 2026-11-23 10:00 UTC */
        {INT64_C(1774519200)}, /* Thursday 2026-03-26: summer time begins on Sunday */
        {INT64_C(1792663200)}, /* Thursday 2026-10-22: it ends on Sunday */
    };
    *r = (struct run){.random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1, .faults = faults};
    r->disk.random = r->random;
    snprintf(r->directory, sizeof(r->directory), "%s/simulateXXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(r->directory) || chdir(r->directory) != 0 || disk_install(&r->disk) != 0)
        return -1;
    snprintf(r->path, sizeof(r->path), "db"); /* it is told to the owner, and the same each time */
    if (world_init_from(&r->w, r->path, &r->disk, starts[seed % 3]) != 0)
        return -1;
    configure(r);
    if (equip(r) != 0)
        return -1;
    truth_init(&r->truth, &r->w);
    if (run_chance(r, 40))
        town_own(r);
    r->truth.loud = loud;
    r->w.watch = watch;
    r->w.told = told;
    world_run(&r->w, MINUTE);
    return 0;
}

static void end(struct run *r)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-daemon"};
    char path[80];
    world_free(&r->w);
    disk_wipe(&r->disk);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", r->path, suffixes[i]);
        (void)unlink(path);
    }
    if (chdir("..") == 0)
        (void)rmdir(r->directory);
}

static void play(struct run *r, int days)
{
    int64_t end_ms = r->w.now.mono.ms + days * 24 * HOUR;
    while (r->w.now.mono.ms < end_ms && !r->truth.broken) {
        town_live(r, run_draw(r, 0, 6 * HOUR));
        fault_suffer(r);
    }
    world_run(&r->w, 3 * HOUR); /* hourly checks, waits and retries come to an end */
    if (!r->truth.broken)
        truth_end(&r->truth);
}

static void print_faults(uint32_t faults)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        if (faults & (UINT32_C(1) << i))
            printf("%s%s", faults & ((UINT32_C(1) << i) - 1) ? "," : "", fault_names[i]);
    if (faults == 0)
        printf("none");
}

static void tell(const struct run *r, uint64_t seed, int days)
{
    size_t count = r->truth.log_count;
    for (size_t i = count < TRUTH_LOG_MAX ? 0 : count - TRUTH_LOG_MAX; i < count; i++)
        tap_diag("%s", r->truth.log[i % TRUTH_LOG_MAX]);
    tap_diag("broken: %s: %s", r->truth.broken, r->truth.why);
    printf("# again: simulate --seed %" PRIu64 " --days %d --faults ", seed, days);
    print_faults(r->faults);
    printf("\n");
}

/* What an assertion of the program, or worse, leaves to read. */
static char last_words[256];

static void die(int sig)
{
    (void)!write(STDOUT_FILENO, last_words, strlen(last_words));
    (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

static void prepare(uint64_t seed, int days)
{
    snprintf(last_words, sizeof(last_words),
             "not ok - seed %" PRIu64 ": the program has crashed\n# again: simulate --seed %" PRIu64
             " --days %d\n",
             seed, seed, days);
    (void)signal(SIGABRT, die);
    (void)signal(SIGSEGV, die);
}

/* Returns the promise that was broken, "" for none, and how many days that took. */
static const char *simulate(uint64_t seed, int days, uint32_t faults, bool quiet, int *ret_days)
{
    struct run *r = malloc(sizeof(*r));
    prepare(seed, days);
    if (!r || begin(r, seed, faults) != 0) {
        free(r);
        tap_ok(false, "seed %" PRIu64 ": the world cannot begin", seed);
        return "begin";
    }
    play(r, days);
    int calls = 0;
    for (size_t i = 0; i < r->truth.people; i++)
        calls += r->truth.person[i].rung;
    if (!quiet &&
        !tap_ok(!r->truth.broken, "seed %" PRIu64 ": %d calls, %zu texts, digest %016" PRIx64, seed,
                calls, r->truth.texts, r->truth.digest))
        tell(r, seed, days);
    const char *broken = r->truth.broken ? r->truth.broken : "";
    *ret_days = (int)(r->truth.broken_at / DAY) + 1;
    end(r);
    free(r);
    return broken;
}

/* A run that breaks a promise. */
struct culprit {
    const char *promise;
    uint64_t seed;
    int days;
    uint32_t faults;
};

/* Looks for a seed that breaks the same promise in so many days, with these faults. */
static bool fails(struct culprit *c, int days, uint32_t faults)
{
    for (uint64_t i = 0; i < SHRINK_SEEDS; i++) {
        int took;
        if (strcmp(simulate(c->seed + i, days, faults, true, &took), c->promise) == 0) {
            *c = (struct culprit){c->promise, c->seed + i, took < days ? took : days, faults};
            return true;
        }
    }
    return false;
}

/* Leaves out what is not needed to break the promise: days, half of the faults, one fault, days. A
 * run that goes on for longer than the first is none that is tried. */
static void shrink(struct culprit c)
{
    while (c.days > 1 && fails(&c, (c.days + 1) / 2, c.faults))
        ;
    for (uint32_t half = UINT32_C(0x3FF); half < ALL; half <<= FAULT_COUNT / 2)
        if ((c.faults & ~half) != c.faults)
            (void)fails(&c, c.days, c.faults & ~half);
    for (int i = 0; i < FAULT_COUNT; i++)
        if (c.faults & (UINT32_C(1) << i))
            (void)fails(&c, c.days, c.faults & ~(UINT32_C(1) << i));
    while (c.days > 1 && fails(&c, c.days - 1, c.faults))
        ;
    tap_diag("the shortest run that breaks %s:", c.promise);
    (void)simulate(c.seed, c.days, c.faults, false, &c.days);
}

/* Returns 0, or -1 for a name that is none. */
static int read_faults(char *list, uint32_t *ret)
{
    *ret = strcmp(list, "all") == 0 ? ALL : 0;
    if (strcmp(list, "all") == 0 || strcmp(list, "none") == 0)
        return 0;
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        int i = 0;
        while (i < FAULT_COUNT && strcmp(name, fault_names[i]) != 0)
            i++;
        if (i == FAULT_COUNT)
            return -1;
        *ret |= UINT32_C(1) << i;
    }
    return 0;
}

struct wishes {
    uint64_t seed, seeds;
    long days, seconds;
    uint32_t faults;
    bool shrink;
};

static int read_options(int argc, char **argv, struct wishes *ret)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},    {"seeds", required_argument, NULL, 'n'},
        {"seconds", required_argument, NULL, 't'}, {"days", required_argument, NULL, 'd'},
        {"faults", required_argument, NULL, 'f'},  {"shrink", no_argument, NULL, 'm'},
        {"log", no_argument, NULL, 'l'},           {0}};
    int option;
    bool good = true;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            ret->seed = strtoull(optarg, NULL, 10);
        else if (option == 'n')
            ret->seeds = strtoull(optarg, NULL, 10);
        else if (option == 't')
            ret->seconds = strtol(optarg, NULL, 10);
        else if (option == 'd')
            ret->days = strtol(optarg, NULL, 10);
        else if (option == 'm')
            ret->shrink = true;
        else if (option == 'l')
            loud = true;
        else
            good = good && option == 'f' && read_faults(optarg, &ret->faults) == 0;
    }
    good = good && optind == argc && ret->seeds >= 1 && ret->days >= 1 && ret->days <= DAYS_MAX;
    return good ? 0 : -1;
}

static int64_t clock_s(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return now.tv_sec;
}

/* The seed to begin with where none is wished: each day another. */
static uint64_t first_seed(void)
{
    const char *seed = getenv("TEXTBACK_SEED");
    return seed ? strtoull(seed, NULL, 10) : (uint64_t)(clock_s(CLOCK_REALTIME) / 86400) * 100000;
}

int main(int argc, char **argv)
{
    struct wishes wishes = {.seed = first_seed(), .seeds = 1, .days = 30, .faults = ALL};
    const char *broken = "";
    if (read_options(argc, argv, &wishes) != 0) {
        fprintf(stderr,
                "usage: simulate [--seed N] [--seeds COUNT] [--seconds S] [--days 1..%d] "
                "[--faults all|none|NAME,...] [--shrink] [--log]\n",
                DAYS_MAX);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("# seed %" PRIu64 ", %" PRIu64 " at most, %ld days, faults ", wishes.seed, wishes.seeds,
           wishes.days);
    print_faults(wishes.faults);
    printf("\n");
    int64_t end_s = clock_s(CLOCK_MONOTONIC) + wishes.seconds;
    for (uint64_t i = 0; i < wishes.seeds && !broken[0]; i++) {
        if (wishes.seconds > 0 && i > 0 && clock_s(CLOCK_MONOTONIC) >= end_s)
            break;
        struct culprit c = {"", wishes.seed + i, (int)wishes.days, wishes.faults};
        int took;
        broken = c.promise = simulate(c.seed, c.days, c.faults, false, &took);
        c.days = took < c.days ? took : c.days;
        if (broken[0] && wishes.shrink)
            shrink(c);
    }
    return tap_done();
}
