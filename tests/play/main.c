/* tests/play/main.c - plays transcripts of modems. Each file is played whole, byte by byte, and
 * split at random by some seeds; then with faults mixed in, and with a restart of the modem after
 * each of its lines. */
#include "base/text.h"
#include "play/player.h"
#include "policy/config.h"
#include "store/people.h"
#include "tap.h"
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define REBOOTS_MAX 40

static void name_play(const struct player *p, char ret_name[48])
{
    static const char *const faults[] = {[FAULT_NONE] = "whole",
                                         [FAULT_URC] = "with a URC after each line",
                                         [FAULT_NOISE] = "with noise ahead of each line",
                                         [FAULT_ECHO] = "with an echo",
                                         [FAULT_REBOOT] = "restarted after chunk"};
    if (p->seed == PLAYER_BYTES_SEED)
        snprintf(ret_name, 48, "byte by byte");
    else if (p->seed != 0)
        snprintf(ret_name, 48, "seed %" PRId64, p->seed);
    else if (p->fault == FAULT_REBOOT)
        snprintf(ret_name, 48, "%s %zu", faults[p->fault], p->reboot_after);
    else
        snprintf(ret_name, 48, "%s", faults[p->fault]);
}

/* Plays one file once. Returns how many chunks the modem sent. */
static size_t play(struct transcript *script, int64_t seed, bool loud, enum fault fault,
                   size_t reboot_after)
{
    static struct policy_config policy;
    static const enum compose_unicode unicode = COMPOSE_FOLD;
    static const int32_t max_parts = 1;
    static const struct modem_config modem = {.hang_up_after_ms = -1, .delivery_reports = true};
    static const enum policy_line mode = POLICY_LINE_PRIMARY;
    const struct service_config config = {.line = "main",
                                          .policy = &policy,
                                          .mode = &mode,
                                          .modem = &modem,
                                          .unicode = &unicode,
                                          .max_parts = &max_parts};
    char error[STORE_ERROR_MAX] = "", name[48];
    struct player p = {.script = script,
                       .now = {.mono = {PLAYER_START_MS}, .wall = {PLAYER_WALL_START_S}},
                       .loud = loud,
                       .seed = seed,
                       .random = (uint32_t)seed,
                       .fault = fault,
                       .reboot_after = reboot_after};

    policy_config_init(&policy);
    snprintf(policy.region, sizeof(policy.region), "GB");
    snprintf(policy.business, sizeof(policy.business), "Play");
    for (size_t i = 0; i < script->count; i++)
        script->item[i].used = false;
    if (store_open(":memory:", STORE_CREATE, &p.store, error) != 0)
        player_fail(&p, error);
    else if (pause_set(p.store, (struct wall){INT64_MAX}, false, p.now.wall) < 0)
        player_fail(&p, "cannot pause the automatic texts");
    else if (!(p.service = service_new(p.store, &config, p.now)))
        player_fail(&p, "no memory");
    else
        player_run(&p);
    name_play(&p, name);
    if (!p.problem && !p.started) {
        tap_skip(script->path, "this host never sends its first command");
    } else {
        player_judge(&p);
        tap_ok(!p.problem, "%s, %s", script->path, name);
    }
    service_free(p.service);
    store_free(p.store);
    return p.chunks;
}

static bool quiet;

static bool parse_seed(const char *text, int64_t *ret_seed)
{
    return text_to_i64(text, strlen(text), 1, UINT32_MAX, ret_seed) == 0;
}

static void play_file(const char *path, const int64_t *seeds, size_t count)
{
    struct transcript script;
    bool ok = transcript_read(&script, path);

    if (!ok)
        tap_ok(false, "%s: cannot be read", path);
    for (size_t i = 0; ok && i < count; i++)
        (void)play(&script, seeds[i], !quiet && i == 0, FAULT_NONE, 0);
    if (ok && count > 1) {
        (void)play(&script, 0, false, FAULT_URC, 0);
        (void)play(&script, 0, false, FAULT_NOISE, 0);
        size_t chunks = play(&script, 0, false, FAULT_ECHO, 0);
        for (size_t i = 1; i <= chunks && i <= REBOOTS_MAX; i++)
            (void)play(&script, 0, false, FAULT_REBOOT, i);
    }
    transcript_free(&script);
}

static int is_transcript(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

/* Plays a file, or all *.txt of a folder. */
static void play_path(const char *path, const int64_t *seeds, size_t count)
{
    struct dirent **entries;
    int entry_count = scandir(path, &entries, is_transcript, alphasort);

    if (entry_count < 0) {
        play_file(path, seeds, count);
        return;
    }
    for (int i = 0; i < entry_count; i++) {
        char file[PATH_MAX];
        snprintf(file, sizeof(file), "%.3000s/%s", path, entries[i]->d_name);
        play_file(file, seeds, count);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"bytes", no_argument, NULL, 'b'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"seed", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    static const int64_t all[] = {0, PLAYER_BYTES_SEED, 1, 2, 3, 4};
    const int64_t *seeds = all;
    size_t count = sizeof(all) / sizeof(all[0]);
    int64_t seed;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'q') { /* TAP only */
            quiet = true;
            continue;
        }
        if (option == 'b') {
            seed = PLAYER_BYTES_SEED;
        } else if (option != 's' || !parse_seed(optarg, &seed)) {
            fprintf(stderr, "usage: play [--quiet] [--bytes | --seed N] FILE|FOLDER...\n");
            return 2;
        }
        seeds = &seed;
        count = 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = optind; i < argc; i++)
        play_path(argv[i], seeds, count);
    return tap_done();
}
