/* tests/unit/test_numbering_plan.c - the generated table holds what its header promises. */
#include "numbering/pattern.h"
#include "numbering/plan.h"
#include "tap.h"
#include <stdio.h>
#include <string.h>

#define NUMBER_DIGITS 17 /* more than any number has */

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

/* Takes the next column off a line. */
static const char *next_column(char **line)
{
    char *column = *line;
    *line += strcspn(*line, "\t\n");
    if (**line != '\0')
        *(*line)++ = '\0';
    return column;
}

/* Returns whether a line of the table is the plan of its region, unpacked. */
static bool line_is_plan(char *line)
{
    const struct plan *p = plan_of_region(next_column(&line));
    char text[PLAN_TEXT_SIZE];
    if (!p)
        return false;
    const uint16_t before[] = {p->strip, p->transform};
    const uint16_t after[] = {p->mobile.pattern, p->fixed.pattern, p->premium.pattern,
                              p->shared_cost.pattern};
    bool same = strcmp(next_column(&line), p->calling_code) == 0;
    same = (strcmp(next_column(&line), "1") == 0) == p->main && same;
    same = strcmp(next_column(&line), plan_text(p->idd, text)) == 0 && same;
    same = strcmp(next_column(&line), p->trunk) == 0 && same;
    for (size_t i = 0; i < 2; i++)
        same = strcmp(next_column(&line), plan_text(before[i], text)) == 0 && same;
    next_column(&line); /* the lengths */
    for (size_t i = 0; i < 4; i++)
        same = strcmp(next_column(&line), plan_text(after[i], text)) == 0 && same;
    return same;
}

static void test_texts(void)
{
    char line[16384];
    size_t same = 0;
    FILE *f = fopen("data/tables/numbering-plans.tsv", "re");
    while (f && fgets(line, sizeof(line), f))
        same += line[0] != '#' && line_is_plan(line);
    if (f)
        fclose(f);
    tap_ok(same == plan_count(), "%zu plans are unpacked as they were written", same);
}

/* Returns whether `begins` has the digits with which a number of some length may begin. */
static bool begins_so(struct plan_kind kind)
{
    char text[PLAN_TEXT_SIZE];
    uint16_t begins = 0;
    plan_text(kind.pattern, text);
    for (char digit[] = "0"; digit[0] <= '9'; digit[0]++)
        for (size_t len = 1; len <= NUMBER_DIGITS; len++)
            if (pattern_begun(text, digit, 1, len))
                begins |= (uint16_t)(1 << (digit[0] - '0'));
    return begins == kind.begins;
}

static void test_begins(void)
{
    size_t same = 0;
    for (size_t i = 0; i < plan_count(); i++) {
        const struct plan *p = plan_at(i);
        same += begins_so(p->mobile) && begins_so(p->fixed) && begins_so(p->premium) &&
                begins_so(p->shared_cost);
    }
    tap_ok(same == plan_count(), "%zu plans tell with which digits their numbers begin", same);
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
    test_texts();
    test_begins();
    return tap_done();
}
