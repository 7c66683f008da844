/* tests/unit/test_numbering_plan.c - the generated table holds what its header promises. */
#include "numbering/plan.h"
#include "tap.h"
#include <string.h>

static bool digits_only(const char *s, size_t max)
{
    return strspn(s, "0123456789") == strlen(s) && strlen(s) <= max;
}

/* Returns whether one main plan comes first and no other code begins like this one. */
static bool code_is_sound(size_t first)
{
    const char *code = plan_at(first)->calling_code;
    bool sound = plan_at(first)->main;

    for (size_t i = 0; i < plan_count(); i++) {
        const char *other = plan_at(i)->calling_code;
        bool same = strcmp(code, other) == 0;
        sound = sound && (same || strncmp(other, code, strlen(code)) != 0);
        sound = sound && !(same && i != first && plan_at(i)->main);
        sound = sound && !(same && i < first);
    }
    return sound;
}

int main(void)
{
    bool rows = true, sorted = true;
    size_t codes = 0;

    for (size_t i = 0; i < plan_count(); i++) {
        const struct plan *p = plan_at(i);
        bool same = i > 0 && strcmp(p->calling_code, plan_at(i - 1)->calling_code) == 0;
        rows = rows && p->lengths != 0 && digits_only(p->trunk, 2) && p->calling_code[0] != '\0' &&
               digits_only(p->calling_code, PLAN_CALLING_CODE_DIGITS) &&
               strlen(p->region) <= PLAN_REGION_MAX && plan_of_region(p->region) == p;
        sorted = sorted && (same || code_is_sound(i));
        codes += !same;
    }
    tap_ok(plan_count() == 254, "254 plans");
    tap_ok(codes == 215, "of 215 country codes");
    tap_ok(rows, "each row is sound, and found by its region");
    tap_ok(sorted, "one main plan a code, before its other regions; no code begins another");
    tap_ok(!plan_of_region("XX") && !plan_of_region("") && !plan_of_region("gb"), "no such region");
    return tap_done();
}
