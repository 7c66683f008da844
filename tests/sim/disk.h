/* tests/sim/disk.h - the disk under SQLite: it can be full, and the program can die between any two
 * of its writes. A VFS around the usual one; registered as the default, it is for one world at a
 * time. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct disk {
    bool full;       /* nothing grows and nothing is written */
    int64_t writes;  /* writes, cuts, syncs and removals so far */
    int64_t die_at;  /* the program dies instead of this one, 0 never */
    bool dead;       /* it has: what it does from now on leaves no trace */
    uint64_t random; /* for the salts of SQLite, so that each run is the same */
};

/* Puts `d` (borrowed for the rest of the process) under each database that is opened from now on.
 * Returns 0 or -1. */
int disk_install(struct disk *d);
