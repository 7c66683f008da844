/* include/cli/alloc.h - memory of a command: it is short-lived, so running out ends it, with a line
 * that says so. */
#pragma once
#include <stdarg.h>
#include <stddef.h>

/* Says so, and ends the program with the exit status 1. */
__attribute__((noreturn)) void cli_no_memory(void);

/* From now on it says `what`, too, and ends with `code`; `what` is borrowed for good. */
void cli_no_memory_but(const char *what, int code);

/* Returns `count` * `size` zeroed octets, never NULL. Freed with free(). */
void *cli_alloc(size_t count, size_t size);

/* Grows an array of elements of `size` octets so that it holds `need` of them; `*cap` elements are
 * there now. The new ones are not zeroed. Never NULL. */
void *cli_grow(void *array, size_t *cap, size_t need, size_t size);

/* A copy of `text`; and what printf() would print. Never NULL, freed with free(). */
char *cli_copy(const char *text);
char *cli_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *cli_vformat(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));
