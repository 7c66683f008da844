/* include/cli/alloc.h - memory of a command: it is short-lived, so running out ends it, with a line
 * that says so. */
#pragma once
#include <stddef.h>

/* Returns `count` * `size` zeroed octets, never NULL. Freed with free(). */
void *cli_alloc(size_t count, size_t size);

/* Grows an array of elements of `size` octets so that it holds `need` of them; `*cap` elements are
 * there now. The new ones are not zeroed. Never NULL. */
void *cli_grow(void *array, size_t *cap, size_t need, size_t size);
