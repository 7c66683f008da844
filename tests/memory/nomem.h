/* tests/memory/nomem.h - allocations that fail. Linked into a program, nomem.c is its malloc(), and
 * that of the libraries in it; preloaded, it is told by the environment (nomem.c). */
#pragma once
#include <stdbool.h>

enum nomem_who {
    NOMEM_ALL,
    NOMEM_SQLITE, /* what libsqlite3 asks for */
    NOMEM_OTHERS, /* what all others do: the program, the C library, libyaml */
};

/* From now on the allocation number `fail_at` (from 1; 0 none) of those of `who` fails; with
 * `all_after` all after it do. */
void nomem_arm(enum nomem_who who, long fail_at, bool all_after);

/* Ends that. Returns how many allocations there were since. */
long nomem_disarm(void);
