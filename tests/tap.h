/* tests/tap.h - Test Anything Protocol output for test programs: one line a row, the plan at the
 * end. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count;
static int tap_failed;

/* Prints one result and returns it, so that a test can add details with tap_diag(). */
__attribute__((format(printf, 2, 3), unused)) static bool tap_ok(bool ok, const char *name, ...)
{
    va_list ap;
    tap_count++;
    tap_failed += !ok;
    printf("%s %d - ", ok ? "ok" : "not ok", tap_count);
    va_start(ap, name);
    vprintf(name, ap);
    va_end(ap);
    printf("\n");
    return ok;
}

__attribute__((format(printf, 1, 2), unused)) static void tap_diag(const char *format, ...)
{
    va_list ap;
    printf("# ");
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    printf("\n");
}

/* Prints a result that was not obtained, with the reason. */
__attribute__((unused)) static void tap_skip(const char *name, const char *reason)
{
    printf("ok %d - %s # SKIP %s\n", ++tap_count, name, reason);
}

/* Prints the plan; returns the exit status of the test program. A program that tested nothing
 * fails. */
__attribute__((unused)) static int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed != 0 || tap_count == 0;
}
