/* tests/simulate.c - days of a simulated town in seconds: people call, text, opt out and answer;
 * modem, network, disk, clock and program fail; and every promise of the program is checked by
 * tests/sim/truth.c. The same seed gives the same run, byte by byte.
 *
 *     simulate [--seed N] [--seeds COUNT] [--days D] [--faults LIST]
 *
 * LIST is all, none, or names with commas between. Exits 1 where a promise was broken. */
#include "modem/modem_state.h"
#include "sim/truth.h"
#include "sms/compose.h"
#include "store/outbox.h"
#include "store/people.h"
#include "tap.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define WELL_WITHIN (10 * MINUTE)    /* all steps of the recovery and the first wait */
#define NOTICED_WITHIN (64 * MINUTE) /* what is asked for once an hour */
#define SILENCE (20 * SECOND)
#define REGULARS 20
#define DAYS_MAX 60

enum fault {
    FAULT_HANG,
    FAULT_RESET,
    FAULT_UNPLUG,
    FAULT_LOST_BYTES,
    FAULT_NETWORK_FAIL,
    FAULT_NO_REPORTS,
    FAULT_CLOCK,
    FAULT_KILL,
    FAULT_DISK_FULL,
    FAULT_RELOAD,
    FAULT_COUNT,
};

static const char *const fault_names[FAULT_COUNT] = {
    "hang",       "reset", "unplug", "lost-bytes", "network-fail",
    "no-reports", "clock", "kill",   "disk-full",  "reload",
};

struct run {
    struct world w;
    struct truth truth;
    struct disk disk;
    struct compose compose;
    char directory[32], path[64];
    uint64_t random;
    uint32_t faults; /* which may happen: a bit each */
    int strangers, texts;
};

/* The world tells the truth of each instant through this: it knows nothing of the run around it. */
static void watch(struct world *w)
{
    struct run *r = (struct run *)(void *)w;
    truth_look(&r->truth);
}

/* xorshift64*: the same on every machine. */
static int64_t draw(struct run *r, int64_t from, int64_t to)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    uint64_t mixed = r->random * UINT64_C(0x2545F4914F6CDD1D);
    return from + (int64_t)((mixed >> 16) % (uint64_t)(to - from + 1));
}

static bool chance(struct run *r, int percent)
{
    return draw(r, 1, 100) <= percent;
}

static struct truth_person *somebody(struct run *r)
{
    char number[24];
    if (chance(r, 25))
        snprintf(number, sizeof(number), "+4477123%05d", 1000 + r->strangers++);
    else
        snprintf(number, sizeof(number), "+4477123%05d", (int)draw(r, 1, REGULARS));
    return truth_person(&r->truth, number);
}

/* Who calls again when the modem has not told the end of the last call cannot be told from one who
 * goes on ringing. */
static bool rings_on(const struct run *r, const struct truth_person *who)
{
    const struct sim *sim = &r->w.sim;
    return sim->caller.silent && r->w.now.mono.ms - sim->ended_at.ms < SILENCE &&
           strcmp(sim->caller.number, who->number) == 0;
}

static void rings(struct run *r, struct truth_person *who)
{
    struct sim_caller caller = {.rings = (int32_t)draw(r, 1, 8), .silent = chance(r, 20)};
    bool answered = chance(r, 10);
    snprintf(caller.number, sizeof(caller.number), "%s", who->number);
    if (rings_on(r, who) || r->w.sim.call != SIM_CALL_NONE ||
        sim_call(&r->w.sim, world_network_now(&r->w), &caller) != 0 ||
        r->w.sim.call == SIM_CALL_NONE)
        return;
    truth_log(&r->truth, "%s calls", who->number[0] ? who->number : "withheld");
    truth_rings(&r->truth, who, !answered);
    if (!answered)
        return;
    world_run(&r->w, draw(r, SECOND, 12 * SECOND));
    (void)sim_answer(&r->w.sim, world_network_now(&r->w));
    world_run(&r->w, draw(r, 20 * SECOND, 5 * MINUTE));
    (void)sim_hang_up(&r->w.sim, world_network_now(&r->w));
}

static void calls(struct run *r)
{
    struct truth_person *who = chance(r, 8) ? truth_person(&r->truth, "") : somebody(r);
    if (!who)
        return;
    rings(r, who);
    for (int again = 0; again < 3 && chance(r, 25); again++) {
        world_run(&r->w, draw(r, 5 * SECOND, 3 * MINUTE));
        rings(r, who);
    }
}

static void text(struct run *r, struct truth_person *who, const char *words)
{
    struct sim_delivery how = {.reversed = chance(r, 20),
                               .twice = chance(r, 15),
                               .gap_ms = chance(r, 20) ? draw(r, 0, 20 * SECOND) : 0};
    struct world *w = &r->w;
    if (SIM_QUEUE_MAX - w->sim.queue_len < 24)
        return;
    truth_log(&r->truth, "%s texts %.100s", who->number, words);
    truth_texts(&r->truth, who, words);
    if (sim_text(&w->sim, world_network_now(w), who->number, words, &how) != 0)
        truth_break(&r->truth, "none", "the simulated network refuses a text");
}

/* What people and machines write. */
static void texts(struct run *r)
{
    static const char *const words[] = {
        "Hello, can you come today?", "\xF0\x9F\x9A\xBF leaks!",  "\"quoted\" \\ %n 'text'; DROP",
        "Price? 5 {euro} [ok] ~",     "\xE6\xB0\xB4\xE3\x82\x8C", "line one\nline two",
    };
    static const char *const keywords[] = {"STOP", "STOP", "START", "HELP"};
    char buf[1200];
    struct truth_person *who = somebody(r);
    if (who && chance(r, 5))
        who = truth_person(&r->truth, chance(r, 50) ? "Parcel" : "60777");
    if (!who)
        return;
    if (who->number[0] == '+' && chance(r, 25)) {
        text(r, who, keywords[draw(r, 0, 3)]);
        return;
    }
    size_t len = (size_t)snprintf(buf, sizeof(buf), "%d: ", ++r->texts);
    for (int64_t i = chance(r, 25) ? draw(r, 5, 25) : 1; i > 0; i--)
        len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s ", words[draw(r, 0, 5)]);
    buf[len - 1] = '.';
    text(r, who, buf);
}

/* Somebody here answers by hand, with a command that writes to the database. */
static void answers(struct run *r)
{
    char words[40], hex[PDU_HEX_MAX + 1];
    size_t octets;
    struct truth_person *who = somebody(r);
    struct world *w = &r->w;
    if (!who || !w->store || r->disk.full || who->out != 0)
        return;
    snprintf(words, sizeof(words), "Owner #%d", ++r->texts);
    struct compose_options options = {
        .to = who->number, .unicode = COMPOSE_FOLD, .report = true, .max_parts = 1};
    if (compose_text(&r->compose, words, &options) != COMPOSE_OK)
        return;
    compose_part(&r->compose, 0, hex, &octets);
    struct outbox_pdu pdu = {hex, (int)octets};
    struct outbox_new new = {.number = who->number,
                             .text = words,
                             .cause = CAUSE_MANUAL,
                             .created = w->now.wall,
                             .due = w->now.wall,
                             .pdus = &pdu,
                             .pdu_count = 1};
    int64_t id;
    truth_log(&r->truth, "by hand to %s", who->number);
    truth_contact(&r->truth, who);
    if (store_line(w->store, "main", &new.line) == 0)
        (void)outbox_add(w->store, &new, &id);
}

/* Or notes that a person wants no texts. */
static void opts_out(struct run *r)
{
    struct truth_person *who = somebody(r);
    if (!who || !r->w.store || optout_add(r->w.store, who->number, "command", r->w.now.wall) < 0)
        return;
    truth_log(&r->truth, "%s is opted out by hand", who->number);
    truth_opts_out(&r->truth, who);
}

static void do_something(struct run *r)
{
    int64_t what = draw(r, 0, 99);
    if (what < 55)
        calls(r);
    else if (what < 85)
        texts(r);
    else if (what < 97)
        answers(r);
    else
        opts_out(r);
}

/* Until the next thing that happens; few are awake at night. */
static int64_t lull(struct run *r)
{
    int64_t hour = r->w.now.mono.ms / HOUR % 24; /* since 10:00 */
    if (draw(r, 0, 2) == 0)
        return draw(r, 0, MINUTE);
    return draw(r, 0, hour >= 12 && hour < 20 ? 8 * HOUR : 100 * MINUTE);
}

/* Lets time pass in which life goes on. */
static void live(struct run *r, int64_t ms)
{
    int64_t end = r->w.now.mono.ms + ms;
    while (r->w.now.mono.ms < end && !r->truth.broken) {
        int64_t left = end - r->w.now.mono.ms;
        int64_t wait = lull(r);
        world_run(&r->w, wait < left ? wait : left);
        if (wait < left)
            do_something(r);
    }
}

/* The program dies now, between two exchanges with the modem, or between two writes to the disk. */
static void kills(struct run *r)
{
    struct world *w = &r->w;
    w->down_ms = draw(r, 100, 5 * MINUTE);
    if (chance(r, 60))
        calls(r);
    switch (draw(r, 0, 2)) {
    case 0:
        w->kill_at = w->steps + draw(r, 1, 60);
        break;
    case 1:
        r->disk.die_at = r->disk.calls + draw(r, 1, 60);
        break;
    default:
        world_run(w, draw(r, 0, MINUTE));
        if (w->service)
            world_kill(w, w->down_ms);
    }
    world_run(w, 10 * MINUTE);
    w->kill_at = r->disk.die_at = 0;
}

/* A Pi without a clock battery starts in the past and hears the time later. */
static void clock_fails(struct run *r)
{
    struct world *w = &r->w;
    int64_t right_s = w->now.wall.s;
    if (!w->service)
        return;
    world_kill(w, SECOND);
    w->clock_ahead_s = draw(r, 0, 1) ? 1000 - right_s : -draw(r, 60, 400000);
    w->now.wall.s += w->clock_ahead_s;
    live(r, draw(r, 10 * SECOND, HOUR));
    w->now.wall.s -= w->clock_ahead_s;
    w->clock_ahead_s = 0;
}

static void network_fails(struct run *r)
{
    static const int codes[] = {38, 41, 42, 500, 69, 1, 332};
    struct sim *sim = &r->w.sim;
    if (chance(r, 30)) {
        sim_register(sim, false);
        live(r, draw(r, SECOND, 2 * HOUR));
        sim_register(sim, true);
        return;
    }
    sim->fault = SIM_FAULT_CMS + (enum sim_fault)draw(r, 0, 3);
    sim->fault_code = codes[draw(r, 0, 6)];
    sim->fault_count = (int32_t)draw(r, 1, 3);
    live(r, draw(r, MINUTE, 2 * HOUR));
    sim->fault_count = 0;
    sim->fault = SIM_FAULT_NONE;
}

/* Does the fault from beginning to end. */
static void strike(struct run *r, enum fault fault)
{
    struct world *w = &r->w;
    switch (fault) {
    case FAULT_HANG:
        sim_freeze(&w->sim, world_network_now(w), SIM_HANG_PORT + (enum sim_hang)draw(r, 0, 3));
        break;
    case FAULT_RESET:
        sim_reboot(&w->sim, world_network_now(w));
        break;
    case FAULT_UNPLUG:
        sim_unplug(&w->sim, world_network_now(w));
        world_run(w, draw(r, SECOND, 10 * MINUTE));
        sim_replug(&w->sim, world_network_now(w));
        break;
    case FAULT_LOST_BYTES:
        w->wire.lost_in_k = (int32_t)draw(r, 1, 100);
        live(r, draw(r, SECOND, 10 * MINUTE));
        w->wire.lost_in_k = 0;
        break;
    case FAULT_NETWORK_FAIL:
        network_fails(r);
        break;
    case FAULT_NO_REPORTS:
        w->sim.report_ms = SIM_NEVER;
        live(r, draw(r, MINUTE, 3 * HOUR));
        w->sim.report_ms = SECOND;
        break;
    case FAULT_CLOCK:
        clock_fails(r);
        break;
    case FAULT_KILL:
        kills(r);
        break;
    case FAULT_DISK_FULL:
        r->disk.full = true;
        live(r, draw(r, SECOND, chance(r, 20) ? 30 * MINUTE : 2 * MINUTE));
        r->disk.full = false;
        break;
    case FAULT_RELOAD:
        w->policy.delay_ms = draw(r, 0, 2 * MINUTE);
        w->max_parts = (int32_t)draw(r, 1, 3);
        w->modem.hang_up_after_ms = chance(r, 10) ? draw(r, 0, 10 * SECOND) : -1;
        break;
    case FAULT_COUNT:
        break;
    }
}

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
static void mend(struct run *r, enum fault fault)
{
    int64_t began = r->w.now.mono.ms;
    int64_t limit = fault == FAULT_LOST_BYTES ? NOTICED_WITHIN : WELL_WITHIN;
    world_run(&r->w, 2 * SECOND);
    while (!well(r) && !r->truth.broken) {
        if (r->w.now.mono.ms - began > limit)
            truth_break(&r->truth, "P4", "not well again %" PRId64 " s after %s",
                        (r->w.now.mono.ms - began) / SECOND, fault_names[fault]);
        if (chance(r, 1))
            do_something(r);
        world_run(&r->w, SECOND);
    }
}

static void suffer(struct run *r)
{
    enum fault fault = (enum fault)draw(r, 0, FAULT_COUNT - 1);
    if ((r->faults & (UINT32_C(1) << fault)) == 0)
        return;
    truth_log(&r->truth, "fault: %s", fault_names[fault]);
    r->truth.lossy = fault == FAULT_LOST_BYTES;
    for (size_t i = 0; r->truth.lossy && i < r->truth.texts; i++)
        r->truth.text[i].excused = r->truth.text[i].excused || !r->truth.text[i].received;
    truth_fault(&r->truth, true);
    strike(r, fault);
    mend(r, fault);
    truth_fault(&r->truth, false);
    if (r->truth.lossy)
        r->truth.lossy_until = r->w.now.mono.ms + 26 * HOUR;
    r->truth.lossy = false;
    truth_log(&r->truth, "over: %s", fault_names[fault]);
}

static int begin(struct run *r, uint64_t seed, uint32_t faults)
{
    *r = (struct run){.random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1, .faults = faults};
    r->disk.random = r->random;
    snprintf(r->directory, sizeof(r->directory), "%s/simulateXXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(r->directory) || disk_install(&r->disk) != 0)
        return -1;
    snprintf(r->path, sizeof(r->path), "%s/db", r->directory);
    if (world_init_at(&r->w, r->path, &r->disk) != 0)
        return -1;
    r->w.modem.heartbeat_ms = chance(r, 25) ? 30 * SECOND : 5 * MINUTE;
    r->w.wire = (struct world_wire){.random = r->random, .split = true};
    r->w.watch = watch;
    truth_init(&r->truth, &r->w);
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
    (void)rmdir(r->directory);
}

static void play(struct run *r, int days)
{
    int64_t end_ms = r->w.now.mono.ms + days * 24 * HOUR;
    while (r->w.now.mono.ms < end_ms && !r->truth.broken) {
        live(r, draw(r, 0, 6 * HOUR));
        suffer(r);
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

static bool simulate(uint64_t seed, int days, uint32_t faults)
{
    struct run *r = malloc(sizeof(*r));
    if (!r || begin(r, seed, faults) != 0) {
        free(r);
        return tap_ok(false, "seed %" PRIu64 ": the world cannot begin", seed);
    }
    play(r, days);
    int calls = 0;
    for (size_t i = 0; i < r->truth.people; i++)
        calls += r->truth.person[i].rung;
    bool ok = tap_ok(!r->truth.broken, "seed %" PRIu64 ": %d calls, %zu texts, digest %016" PRIx64,
                     seed, calls, r->truth.texts, r->truth.digest);
    if (!ok)
        tell(r, seed, days);
    end(r);
    free(r);
    return ok;
}

/* Returns 0, or -1 for a name that is none. */
static int read_faults(char *list, uint32_t *ret)
{
    *ret = strcmp(list, "all") == 0 ? (UINT32_C(1) << FAULT_COUNT) - 1 : 0;
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

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"seeds", required_argument, NULL, 'n'},
                                            {"days", required_argument, NULL, 'd'},
                                            {"faults", required_argument, NULL, 'f'},
                                            {0}};
    uint64_t seed = 1, seeds = 1;
    long days = 30;
    uint32_t faults = (UINT32_C(1) << FAULT_COUNT) - 1;
    int option;
    bool good = true;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else if (option == 'n')
            seeds = strtoull(optarg, NULL, 10);
        else if (option == 'd')
            days = strtol(optarg, NULL, 10);
        else
            good = good && option == 'f' && read_faults(optarg, &faults) == 0;
    }
    if (!good || optind < argc || seeds < 1 || days < 1 || days > DAYS_MAX) {
        fprintf(stderr,
                "usage: simulate [--seed N] [--seeds COUNT] [--days 1..%d] "
                "[--faults all|none|NAME,...]\n",
                DAYS_MAX);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("# seed %" PRIu64 ", %" PRIu64 " in all, %ld days, faults ", seed, seeds, days);
    print_faults(faults);
    printf("\n");
    for (uint64_t i = 0; i < seeds; i++)
        if (!simulate(seed + i, (int)days, faults))
            break;
    return tap_done();
}
