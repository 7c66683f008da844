/* include/numbering/plan.h - the numbering plans of the world's regions, generated at build time
 * from data/tables/numbering-plans.tsv (facts from libphonenumber, Apache License 2.0: see that
 * file). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_REGION_MAX 4          /* "GB", or "+870" for a code without a country */
#define PLAN_CALLING_CODE_DIGITS 3 /* ITU-T E.164: one to three */

#define PLAN_TRUNK_DIGITS 2
#define PLAN_TEXT_SIZE 1536 /* octets of the longest pattern or transform, and its NUL */

/* A pattern of numbers, and the digits with which they begin: bit 7 for 7. */
struct plan_kind {
    uint16_t pattern;
    uint16_t begins;
};

/* Patterns as in numbering/pattern.h over the national (significant) number; "" matches no number.
 * They are kept packed: plan_text() reads them. */
struct plan {
    char region[PLAN_REGION_MAX + 1];
    char calling_code[PLAN_CALLING_CODE_DIGITS + 1]; /* "44" */
    bool main; /* the code's own region where several share it: US for 1, GB for 44 */
    char trunk[PLAN_TRUNK_DIGITS + 1]; /* the national prefix: digits, "0", or "" */
    uint32_t lengths;                  /* bit n: national numbers of n digits exist */
    uint16_t idd;                      /* the international prefix: pattern, "00" */
    uint16_t strip;     /* what is taken off a number dialled nationally: pattern, or "": `trunk` */
    uint16_t transform; /* what takes its place where a group it names ($1) took part, or "" */
    struct plan_kind mobile;
    struct plan_kind fixed;
    struct plan_kind premium;
    struct plan_kind shared_cost;
};

/* Unpacks a pattern or the transform of a plan. Returns `ret`. */
const char *plan_text(uint16_t packed, char ret[PLAN_TEXT_SIZE]);

/* Returns how many plans there are, and one of them (`i` below the count); regions that share a
 * calling code stand together, the main one first. */
size_t plan_count(void);
const struct plan *plan_at(size_t i);

/* Returns the plan of a region, or NULL. */
const struct plan *plan_of_region(const char *region);
