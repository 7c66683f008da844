/* include/numbering/plan.h - the numbering plans of the world's regions, generated at build time
 * from data/tables/numbering-plans.tsv (facts from libphonenumber, Apache License 2.0: see that
 * file). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_REGION_MAX 4          /* "GB", or "+870" for a code without a country */
#define PLAN_CALLING_CODE_DIGITS 3 /* ITU-T E.164: one to three */

/* Patterns as in numbering/pattern.h over the national (significant) number; "" matches no number.
 */
struct plan {
    const char *region;
    const char *calling_code; /* "44" */
    bool main;         /* the code's own region where several share it: US for 1, GB for 44 */
    const char *idd;   /* the international prefix: pattern, "00" */
    const char *trunk; /* the national prefix: digits, "0", or "" */
    const char *strip; /* what is taken off a number dialled nationally: pattern, or "": `trunk` */
    const char *transform; /* what takes its place where a group it names ($1) took part, or "" */
    uint32_t lengths;      /* bit n: national numbers of n digits exist */
    const char *mobile;
    const char *fixed;
    const char *premium;
    const char *shared_cost;
};

/* Returns how many plans there are, and one of them (`i` below the count); regions that share a
 * calling code stand together, the main one first. */
size_t plan_count(void);
const struct plan *plan_at(size_t i);

/* Returns the plan of a region, or NULL. */
const struct plan *plan_of_region(const char *region);
