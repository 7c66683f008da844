/* tests/differential/differential.h - two implementations of one standard get the same random
 * inputs. Where they differ, a row of a table must say why and which clause decides; a difference
 * without a row, and a row that explains nothing, fail. */
#pragma once
#include "tap.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DIFFERENTIAL_ROUNDS 100000
#define DIFFERENTIAL_TOLD_MAX 5 /* unexplained differences shown */

struct reason {
    const char *field;  /* in which the two differ */
    const char *name;   /* what the other one does */
    const char *clause; /* which says what we do */
    bool (*applies)(const void *sample);
    size_t used;
};

struct differential {
    uint32_t state; /* of the random numbers */
    struct reason *reasons;
    size_t reason_count;
    size_t rounds, unexplained;
};

/* Prints the seed, that of TEXTBACK_SEED where it is set. */
static struct differential differential_start(struct reason *reasons, size_t reason_count)
{
    const char *given = getenv("TEXTBACK_SEED");
    uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 10) : 20261123;
    tap_diag("TEXTBACK_SEED=%u", (unsigned)seed);
    return (struct differential){.state = seed, .reasons = reasons, .reason_count = reason_count};
}

/* Returns a number below `end` (1..1 << 24). */
static uint32_t differential_random(struct differential *d, uint32_t end)
{
    d->state = d->state * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)(d->state >> 8) * end >> 24);
}

/* Notes that the two differ in a field. Returns whether the first of its rows that applies to the
 * sample explains it; else the caller shows what it knows. */
static bool differential_explain(struct differential *d, const char *field, const void *sample)
{
    for (size_t i = 0; i < d->reason_count; i++) {
        struct reason *reason = &d->reasons[i];
        if (strcmp(reason->field, field) == 0 && reason->applies(sample)) {
            reason->used++;
            return true;
        }
    }
    return ++d->unexplained > DIFFERENTIAL_TOLD_MAX;
}

/* Prints the results. */
static void differential_end(const struct differential *d, const char *name)
{
    for (size_t i = 0; i < d->reason_count; i++) {
        const struct reason *reason = &d->reasons[i];
        tap_ok(reason->used > 0, "%s: %s (%s)", reason->field, reason->name, reason->clause);
        tap_diag("%zu times", reason->used);
    }
    if (!tap_ok(d->unexplained == 0, "%s: every difference is explained", name))
        tap_diag("%zu are not", d->unexplained);
    tap_ok(d->rounds >= DIFFERENTIAL_ROUNDS, "%s: %zu rounds", name, d->rounds);
}
