/* src/numbering/plan.c - access to the generated table. The patterns of the world are 55 KB of a
 * few words that come again and again ("[0-9]", ")|"), and are kept in a third of that: an octet
 * that no pattern has stands for the pair that plan_pairs has for it, whose octets may stand for
 * pairs too. */
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

/* Returns where the next octet goes. */
static char *unpack(unsigned char octet, char *to, const char *end)
{
    const unsigned char *pair = plan_pairs[octet];
    if (pair[0] != 0)
        return unpack(pair[1], unpack(pair[0], to, end), end);
    assert(to < end);
    *to++ = (char)octet;
    return to;
}

const char *plan_text(uint16_t packed, char ret[PLAN_TEXT_SIZE])
{
    char *to = ret;
    assert(packed < sizeof(plan_texts));
    for (const unsigned char *c = plan_texts + packed; *c != '\0'; c++)
        to = unpack(*c, to, ret + PLAN_TEXT_SIZE - 1);
    *to = '\0';
    return ret;
}

const struct plan *plan_of_region(const char *region)
{
    for (size_t i = 0; i < PLAN_COUNT; i++)
        if (strcmp(plans[i].region, region) == 0)
            return &plans[i];
    return NULL;
}
