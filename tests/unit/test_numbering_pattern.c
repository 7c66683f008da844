/* tests/unit/test_numbering_pattern.c - the matcher by rows, and against the C library's regular
 * expressions with every pattern of every plan. */
#include "numbering/pattern.h"
#include "numbering/plan.h"
#include "tap.h"
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_NUMBERS 60 /* for each pattern */

static const struct {
    const char *pattern, *digits;
    bool whole;
    int prefix; /* digits, -1 for no match */
    const char *groups[3];
} rows[] = {
    {"", "1", false, 0, {0}},
    {"12", "1", false, -1, {0}},
    {"12", "13", false, -1, {0}},
    {"12", "123", false, 2, {0}},
    {"12", "12", true, 2, {0}},
    {"[2-46]", "5", false, -1, {0}},
    {"[2-46]", "6", true, 1, {0}},
    {"[2-46]", "", false, -1, {0}},
    {"1?2", "2", true, 1, {0}},
    {"1?2", "12", true, 2, {0}},
    {"1?2", "112", false, -1, {0}},
    {"[0-9]{3}", "12", false, -1, {0}},
    {"[0-9]{3}", "1234", false, 3, {0}},
    {"[0-9]{2,3}", "1234", false, 3, {0}},
    {"[0-9]{2,3}4", "124", true, 3, {0}},
    {"[0-9]{0,2}4", "4", true, 1, {0}},
    {"0{1}", "0", true, 1, {0}},
    {"1$", "12", false, -1, {0}},
    {"1$|12", "12", true, 2, {0}},
    {"0|00", "00", true, 1, {0}},
    {"(1)(2)", "12", true, 2, {"1", "2"}},
    {"(1(2))", "12", true, 2, {"12", "2"}},
    {"(1|12)(3)", "123", true, 3, {"12", "3"}},
    {"(1)?2", "2", true, 1, {NULL}},
    {"(1)?2", "12", true, 2, {"1"}},
    {"(1)|(2)", "2", true, 1, {NULL, "2"}},
    {"((1)2)?12", "12", true, 2, {NULL, NULL}},
    {"((1)2|1(2))3", "123", true, 3, {"12", "1", NULL}},
    {"((1)2|1(2))4|123", "123", true, 3, {NULL, NULL, NULL}},
    {"(0|9(1|2)?)?3", "923", true, 3, {"92", "2"}},
    {"(1)(2)(3)(4)(5)(6)(7)(8)(9)(0)(1)", "12345678901", true, 11, {"1", "2", "3"}},
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pattern_match m;
        bool found = pattern_prefix(rows[i].pattern, rows[i].digits, &m);
        bool ok = found ? rows[i].prefix == (int)m.len : rows[i].prefix == -1;
        ok = ok && pattern_whole(rows[i].pattern, rows[i].digits) == rows[i].whole;
        for (size_t g = 0; ok && found && g < 3; g++) {
            const char *expect = rows[i].groups[g];
            ok = m.group[g + 1].set == (expect != NULL);
            if (ok && expect)
                ok = m.group[g + 1].len == strlen(expect) &&
                     memcmp(rows[i].digits + m.group[g + 1].start, expect, strlen(expect)) == 0;
        }
        tap_ok(ok, "\"%s\" on \"%s\"", rows[i].pattern, rows[i].digits);
    }
}

static void test_begun(void)
{
    static const struct {
        const char *pattern, *digits;
        size_t known, len;
        bool begun;
    } begun[] = {
        {"", "", 0, 0, false},         {"", "1", 0, 1, false},
        {"12", "2", 1, 2, false},      {"12", "1", 1, 3, false},
        {"12", "12", 2, 1, false},     {"12", "", 0, 2, true},
        {"12", "1", 1, 2, true},       {"12", "13", 1, 2, true},
        {"12", "12", 2, 2, true},      {"[0-9]{3}4", "12", 2, 4, true},
        {"1{2,3}", "1", 1, 1, false},  {"1{2,3}", "1", 1, 3, true},
        {"(1|23)4", "2", 1, 3, true},  {"(1|23)4", "2", 1, 2, false},
        {"(12)?34", "3", 1, 4, false},
    };
    for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++)
        tap_ok(pattern_begun(begun[i].pattern, begun[i].digits, begun[i].known, begun[i].len) ==
                   begun[i].begun,
               "\"%s\" of %zu digits begins with %zu of \"%s\": %d", begun[i].pattern, begun[i].len,
               begun[i].known, begun[i].digits, begun[i].begun);
}

/* Writes a number that has a good chance to match: the beginning of the pattern's digits, then any.
 */
static void make_number(unsigned *seed, char digits[18])
{
    size_t len = 4 + (size_t)rand_r(seed) % 11;
    for (size_t i = 0; i < len; i++)
        digits[i] = (char)('0' + rand_r(seed) % 10);
    digits[len] = '\0';
}

/* Makes one digit a neighbour, so that most of an example still matches. */
static void bend_number(unsigned *seed, char *digits)
{
    size_t at = (size_t)rand_r(seed) % strlen(digits);
    digits[at] = (char)('0' + (digits[at] - '0' + 1 + rand_r(seed) % 9) % 10);
}

static bool same_as_libc(const struct plan *plan, const char *pattern, unsigned *seed,
                         size_t *matches)
{
    char anchored[4096], digits[18] = "", found[18] = "";
    regex_t regex;
    bool same = true;

    if (pattern[0] == '\0')
        return true;
    snprintf(anchored, sizeof(anchored), "^(%s)$", pattern);
    if (regcomp(&regex, anchored, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    for (int i = 0; i < RANDOM_NUMBERS && same; i++) {
        if (found[0] != '\0') {
            memcpy(digits, found, sizeof(digits));
            bend_number(seed, digits);
        } else {
            make_number(seed, digits);
        }
        bool expect = regexec(&regex, digits, 0, NULL, 0) == 0;
        same = pattern_whole(pattern, digits) == expect;
        if (!same)
            tap_diag("%s: %s on %s: libc says %d", plan->region, pattern, digits, expect);
        if (expect)
            memcpy(found, digits, sizeof(found));
        *matches += expect;
    }
    regfree(&regex);
    return same;
}

int main(void)
{
    unsigned seed = 1;
    size_t matches = 0, same = 0;

    test_rows();
    test_begun();
    for (size_t i = 0; i < plan_count(); i++) {
        const struct plan *p = plan_at(i);
        const uint16_t patterns[] = {p->idd, p->mobile.pattern, p->fixed.pattern,
                                     p->premium.pattern, p->shared_cost.pattern};
        char pattern[PLAN_TEXT_SIZE];
        bool ok = true;
        for (size_t k = 0; k < sizeof(patterns) / sizeof(patterns[0]); k++)
            ok = same_as_libc(p, plan_text(patterns[k], pattern), &seed, &matches) && ok;
        same += ok;
    }
    tap_ok(same == plan_count(), "the patterns of %zu plans match as in the C library",
           plan_count());
    tap_ok(matches > 1000, "and %zu of the numbers matched", matches);
    return tap_done();
}
