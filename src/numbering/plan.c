/* src/numbering/plan.c - access to the generated table. */
#include "numbering/plan.h"
#include <assert.h>
#include <string.h>

#include "numbering/plan_table.h" /* generated from data/tables/numbering-plans.tsv */

#define PLAN_COUNT (sizeof(plans) / sizeof(plans[0]))

size_t plan_count(void)
{
    return PLAN_COUNT;
}

const struct plan *plan_at(size_t i)
{
    assert(i < PLAN_COUNT);
    return &plans[i];
}

const struct plan *plan_of_region(const char *region)
{
    for (size_t i = 0; i < PLAN_COUNT; i++)
        if (strcmp(plans[i].region, region) == 0)
            return &plans[i];
    return NULL;
}
