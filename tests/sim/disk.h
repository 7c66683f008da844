/* tests/sim/disk.h - the disk under SQLite, in memory: it can be full, slow or broken, the program
 * can die between any two of its calls, and the power can fail: then of each sector that was not
 * synced the old or the new content is there. A VFS, registered as the default, for one world at a
 * time; several connections share its files as several programs would. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_FILES_MAX 8
#define DISK_NAME_MAX 96
#define DISK_LOCKS 8 /* of a WAL index */

struct disk_content {
    uint8_t *bytes;
    size_t size, cap;
};

/* A file while it has a name or is open. */
struct disk_file {
    char name[DISK_NAME_MAX]; /* "" when it was deleted */
    int opens;
    struct disk_content now, safe; /* as it is read; as it would be after a power cut */
    uint8_t *dirty;                /* one for each sector that differs, of `now.cap` */
    size_t dirty_from, dirty_to;   /* sectors */
    int shared, level;             /* who reads; the strongest lock of a writer */
    uint8_t *index;                /* the memory of the WAL index ... */
    size_t index_size;
    int index_opens, index_shared[DISK_LOCKS], index_locked[DISK_LOCKS];
};

struct disk {
    bool full;        /* nothing grows and nothing is written */
    int64_t calls;    /* writes, cuts, syncs and removals so far */
    int64_t die_at;   /* the program dies instead of this one, 0 never */
    bool dead;        /* it has: what it does from now on leaves no trace */
    int32_t bad_in_k; /* of so many calls in a thousand one fails with an input/output error */
    int64_t failed;   /* so many have */
    int32_t slow_ms;  /* each takes so long */
    uint64_t random;  /* also for the salts of SQLite, so that each run is the same */
    struct disk_file files[DISK_FILES_MAX];
};

/* Puts `d` (borrowed for the rest of the process) under each database that is opened from now on.
 * Returns 0 or -1. */
int disk_install(struct disk *d);

/* The power fails; all files must be closed. */
void disk_power_cut(struct disk *d);

/* What a file holds; NULL where there is none of this name. */
const struct disk_content *disk_get(const struct disk *d, const char *name);
/* Makes it, or writes it over. */
void disk_put(struct disk *d, const char *name, const void *bytes, size_t len);

/* Removes all files; they must be closed. */
void disk_wipe(struct disk *d);
