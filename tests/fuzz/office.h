/* tests/fuzz/office.h - the commands of a business in one process: a database in memory, the same
 * each time, and whatever they print thrown away. */
#pragma once
#include "../sim/disk.h"
#include "../unit/store_script.h"
#include "cli/cli.h"
#include "io/config.h"
#include "store/contacts.h"
#include "store/progress.h"
#include <fcntl.h>
#include <unistd.h>

#define OFFICE_PATH_SIZE 40

static struct disk office_disk;
static char office_path[OFFICE_PATH_SIZE]; /* an empty file: what is in it lies in `office_disk` */
static uint8_t *office_octets;
static size_t office_size;

static void office_close(void)
{
    (void)unlink(office_path);
}

/* A call, a text that is answered, one of several parts that is being sent, one that waits, a name,
 * a label, a note: something in the tables that the commands read. */
static void office_fill(void)
{
    struct script p;
    int64_t thread = 0;
    script_open(&p, office_path, SCRIPT_START);
    int err = script_run(&p, "miss auto +6 take sent:1 rep:1:d in +60 stop start answer miss man:3"
                             " take sent:2 take own nudge in conf pause:600");
    if (err == 0)
        err = contact_set_name(p.s, SCRIPT_NUMBER, "Ann Baker", p.now, &thread);
    if (err >= 0)
        err = progress_label(p.s, thread, "boiler", true, p.now);
    if (err >= 0)
        err = skip_add(p.s, "+447700900322", p.now);
    if (err < 0)
        abort();
    store_free(p.s);
}

static void office_open(void)
{
    bool memory = access("/dev/shm", W_OK) == 0;
    snprintf(office_path, sizeof(office_path), "%s/textback-fuzz-XXXXXX",
             memory ? "/dev/shm" : "/tmp");
    int fd = mkstemp(office_path);
    if (fd < 0 || close(fd) != 0 || atexit(office_close) != 0 || disk_install(&office_disk) != 0)
        abort();
    office_fill();
    const struct disk_content *file = disk_get(&office_disk, office_path);
    office_size = file->size;
    office_octets = malloc(office_size);
    if (!office_octets)
        abort();
    memcpy(office_octets, file->bytes, office_size);
}

/* Begins anew with the database as it was. Returns its octets, which may be changed until it is
 * opened. */
static uint8_t *office_begin(void)
{
    if (!office_octets)
        office_open();
    disk_wipe(&office_disk);
    office_disk.calls = 0;
    office_disk.random = 1;
    disk_put(&office_disk, office_path, office_octets, office_size);
    return disk_get(&office_disk, office_path)->bytes;
}

#define OFFICE_WORDS_MAX 4

/* Runs one command, of words that end with NULL, with `input` as its standard input. Returns its
 * exit status. */
static int office_run(const char *const *words, const uint8_t *input, size_t len)
{
    struct cli cli;
    FILE *in = stdin;
    char room[OFFICE_WORDS_MAX][32],
        *argv[OFFICE_WORDS_MAX + 1] = {NULL}; /* commands may change them */
    int argc = 0, screen = dup(STDOUT_FILENO), errors = dup(STDERR_FILENO);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    fflush(stdout);
    if (screen < 0 || errors < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0)
        abort();
    close(nowhere);
    for (; words[argc]; argc++) {
        snprintf(room[argc], sizeof(room[argc]), "%s", words[argc]);
        argv[argc] = room[argc];
    }
    cli_init(&cli);
    cli.db_path = office_path;
    cli.config = calloc(1, sizeof(*cli.config));
    stdin = fmemopen((void *)(uintptr_t)input, len, "r");
    if (!cli.config || !stdin)
        abort();
    config_defaults(cli.config);
    snprintf(cli.config->policy.region, sizeof(cli.config->policy.region), "GB");
    cli.configured = true;
    int code = cli_run(&cli, argc, argv);
    cli_free(&cli);
    fclose(stdin);
    stdin = in;
    fflush(stdout);
    dup2(screen, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    close(screen);
    close(errors);
    return code;
}
