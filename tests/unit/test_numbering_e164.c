/* tests/unit/test_numbering_e164.c - numbers as modems and people write them, and every region's
 * examples in all the ways to dial them, there and back. */
#include "numbering/e164.h"
#include "numbering/plan.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

#define PLANS "data/tables/numbering-plans.tsv" /* tests run in the source root */

static const struct {
    const char *text, *region;
    enum e164_err err;
    const char *number;
} rows[] = {
    {"", "GB", E164_ERR_EMPTY, ""},
    {"  ()", "GB", E164_ERR_EMPTY, ""},
    {"+", "GB", E164_ERR_EMPTY, ""},
    {"sip:mmtel", "GB", E164_ERR_CHARACTER, ""},
    {"Vodafone", "GB", E164_ERR_CHARACTER, ""},
    {"#100", "GB", E164_ERR_CHARACTER, ""},
    {"*#06#", "GB", E164_ERR_CHARACTER, ""},
    {"++447700900123", "GB", E164_ERR_CHARACTER, ""},
    {"44+7700900123", "GB", E164_ERR_CHARACTER, ""},
    {"07700 900123x", "GB", E164_ERR_CHARACTER, ""},
    {"07700\n900123", "GB", E164_ERR_CHARACTER, ""},
    {"07700\xc2", "GB", E164_ERR_CHARACTER, ""},
    {"07700\xe2\x80", "GB", E164_ERR_CHARACTER, ""},
    {"07700\xe2\x80\xa6", "GB", E164_ERR_CHARACTER, ""},
    {"07700\xe2\x80\x8d", "GB", E164_ERR_CHARACTER, ""}, /* what is next to what may stand there */
    {"07700\xe2\x80\x94", "GB", E164_ERR_CHARACTER, ""},
    {"07700\xe2\x80\xb0", "GB", E164_ERR_CHARACTER, ""},
    {"07700\xe2\x81\xa5", "GB", E164_ERR_CHARACTER, ""},
    {"07700\xe2\x81\xaa", "GB", E164_ERR_CHARACTER, ""},
    {"\xff\xfe\x80", "GB", E164_ERR_CHARACTER, ""},
    {"+7913123456ABCA", "RU", E164_ERR_CHARACTER, ""},
    {"112", "GB", E164_ERR_SHORT, ""},
    {"999", "GB", E164_ERR_SHORT, ""},
    {"60006", "GB", E164_ERR_SHORT, ""},
    {"+60006", "GB", E164_ERR_SHORT, ""},
    {"262966", "US", E164_ERR_SHORT, ""},
    {"11833", "DE", E164_ERR_SHORT, ""},
    {"02000", "NO", E164_ERR_SHORT, ""},
    {"555-0123", "US", E164_ERR_SHORT, ""},
    {"0770090012", "GB", E164_ERR_SHORT, ""}, /* nine digits are enough, but not for a mobile */
    {"+44770090012", "GB", E164_ERR_SHORT, ""},
    {"123456789", "GB", E164_ERR_SHORT, ""},
    {"077009001234", "GB", E164_ERR_LONG, ""},
    {"+4477009001234567", "GB", E164_ERR_LONG, ""},
    {"+49123456789012345", "DE", E164_ERR_LONG, ""},
    {"0123456789012345678901234567890", "GB", E164_ERR_LONG, ""},
    {"07700900123", "XX", E164_ERR_REGION, ""},
    {"+447700900123", "", E164_ERR_REGION, ""},
    {"+447700900123", "gb", E164_ERR_REGION, ""},
    {"+447700900123", "+44", E164_ERR_REGION, ""},
    {"+0447700900123", "GB", E164_ERR_INVALID, ""},
    {"+999123456789", "GB", E164_ERR_INVALID, ""},
    {"07700 9001", "GB", E164_ERR_SHORT, ""},
    {"8005551234", "CH", E164_ERR_INVALID, ""},
    {"+44 00 7700 90012", "GB", E164_ERR_INVALID, ""},
    {"1234567890", "US", E164_ERR_SHORT, ""},
    {"+447700900123", "GB", E164_OK, "+447700900123"},
    {"+44 7700 900123", "US", E164_OK, "+447700900123"},
    {"00447700900123", "GB", E164_OK, "+447700900123"},
    {"011 44 7700 900123", "US", E164_OK, "+447700900123"},
    {"0011 44 7700 900123", "AU", E164_OK, "+447700900123"},
    {"810 44 7700 900123", "RU", E164_OK, "+447700900123"},
    {"07700 900123", "GB", E164_OK, "+447700900123"},
    {"\xe2\x80\xaa+44\xc2\xa0"
     "7700\xe2\x80\x91"
     "900123\xe2\x80\xac",
     "GB", E164_OK, "+447700900123"},
    {"\xe2\x81\xa8"
     "07700\xe2\x80\xaf"
     "900\xe2\x80\x93"
     "123\xe2\x81\xa9",
     "GB", E164_OK, "+447700900123"},
    {"07700\xe2\x80\x87"
     "900123",
     "GB", E164_OK, "+447700900123"},
    {"(07700) 900-123", "GB", E164_OK, "+447700900123"},
    {"07700.900.123", "GB", E164_OK, "+447700900123"},
    {"07700/900123", "GB", E164_OK, "+447700900123"},
    {"07700\xc2\xa0"
     "900123",
     "GB", E164_OK, "+447700900123"},
    {"+44 (0)7700 900123", "GB", E164_OK, "+447700900123"},
    {"0044 (0)7700 900123", "IE", E164_OK, "+447700900123"},
    {"447700900123", "GB", E164_OK, "+447700900123"}, /* 145 without its plus: Neoway, Balong */
    {"7700900123", "GB", E164_OK, "+447700900123"},
    {"16175550123", "US", E164_OK, "+16175550123"}, /* SIM7600 in America */
    {"617-555-0123", "US", E164_OK, "+16175550123"},
    {"1 (617) 555-0123", "CA", E164_OK, "+16175550123"},
    {"0800 123456", "GB", E164_OK, "+44800123456"},
    {"0600 123456", "GB", E164_OK, "+44600123456"}, /* a range that no plan lists */
    {"+80012345678", "GB", E164_OK, "+80012345678"},
    {"+870773111632", "GB", E164_OK, "+870773111632"},
    {"01481 812345", "GG", E164_OK, "+441481812345"},
    {"812345", "GG", E164_OK, "+441481812345"},
    {"50987729", "CC", E164_OK, "+61850987729"}, /* eight digits, or nine with the area code */
    {"7701234", "AI", E164_OK, "+12647701234"},
    {"06 20 123 4567", "HU", E164_OK, "+36201234567"},
    {"8 912 345-67-89", "RU", E164_OK, "+79123456789"},
    {"9123456789", "RU", E164_OK, "+79123456789"},
    {"02 1234 5678", "IT", E164_OK, "+390212345678"},
    {"+39 02 1234 5678", "GB", E164_OK, "+390212345678"},
    {"312 345 6789", "IT", E164_OK, "+393123456789"},
    {"0 11 15 2345-6789", "AR", E164_OK, "+5491123456789"}, /* area code, then 15: a mobile */
    {"011 2345-6789", "AR", E164_OK, "+541123456789"},
    {"0 15 11 96123-4567", "BR", E164_OK, "+5511961234567"}, /* 15: a long-distance carrier */
    {"0 11 96123-4567", "BR", E164_OK, "+5511961234567"},
    {"0046 70 123 45 67", "SE", E164_OK, "+46701234567"},
    {"51234", "FK", E164_OK, "+50051234"}, /* a whole number has five digits there */
};

static const struct {
    const char *number, *region, *text;
} national[] = {
    {"", "GB", ""},
    {"Vodafone", "GB", "Vodafone"},
    {"60006", "GB", "60006"},
    {"+999123456", "GB", "+999123456"},
    {"a text far longer than any number", "GB", "a text far longer than "},
    {"+447700900123", "US", "+447700900123"},
    {"+447700900123", "GB", "07700 900123"},
    {"+441212345678", "GB", "01212345678"},
    {"+441481812345", "GG", "01481812345"},
    {"+16175550123", "US", "(617) 555-0123"},
    {"+16175550123", "CA", "(617) 555-0123"},
    {"+33612345678", "FR", "06 12 34 56 78"},
    {"+61412345678", "AU", "0412 345 678"},
    {"+353850123456", "IE", "085 012 3456"},
    {"+4915123456789", "DE", "015123456789"},
    {"+393123456789", "IT", "3123456789"},
    {"+36201234567", "HU", "06201234567"},
};

static const struct {
    const char *number;
    enum number_kind kind;
} kinds[] = {
    {"", NUMBER_UNKNOWN},
    {"447911123456", NUMBER_UNKNOWN},
    {"+44", NUMBER_UNKNOWN},
    {"+44800123456", NUMBER_UNKNOWN},
    {"+999123456", NUMBER_UNKNOWN},
    {"+44791112345a", NUMBER_UNKNOWN},
    {"+4479111234567890", NUMBER_UNKNOWN},
    {"+447911123456", NUMBER_MOBILE},
    {"+447700900123", NUMBER_UNKNOWN}, /* reserved for fiction */
    {"+441212345678", NUMBER_FIXED},
    {"+449012345678", NUMBER_PREMIUM},
    {"+447012345678", NUMBER_PREMIUM}, /* a personal number */
    {"+447640123456", NUMBER_PREMIUM}, /* a pager */
    {"+447624123456", NUMBER_MOBILE},  /* Isle of Man */
    {"+4470x", NUMBER_UNKNOWN},
    {"+16175550123", NUMBER_EITHER},
    {"+19002345678", NUMBER_PREMIUM},
    {"+12642351234", NUMBER_MOBILE},
    {"+27860123456", NUMBER_SHARED_COST},
};

static const struct {
    const char *number, *region; /* NULL: none */
} homes[] = {
    {"", NULL},
    {"447700900123", NULL},
    {"+999123456", NULL},
    {"+447700900123", "GB"}, /* in nobody's range: the main region */
    {"+447781123456", "GG"},
    {"+18765550123", "JM"},
    {"+14165550123", "CA"},
    {"+12125550123", "US"},
    {"+77011234567", "KZ"},
    {"+79161234567", "RU"},
    {"+8701234567890", "+870"},
};

static const char *const words[] = {
    [E164_OK] = "is a telephone number",
    [E164_ERR_EMPTY] = "has no digits",
    [E164_ERR_CHARACTER] = "has characters that no telephone number has",
    [E164_ERR_SHORT] = "has too few digits",
    [E164_ERR_LONG] = "has too many digits",
    [E164_ERR_REGION] = "is in a country that is not known",
    [E164_ERR_INVALID] = "is in no numbering plan",
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char number[E164_MAX + 1] = "";
        enum e164_err err = e164_parse(rows[i].text, strlen(rows[i].text), rows[i].region, number);
        if (!tap_ok(err == rows[i].err && strcmp(number, rows[i].number) == 0, "row %zu in %s: %s",
                    i, rows[i].region, rows[i].number))
            tap_diag("%s, %s", number, e164_err_str(err));
    }
    for (size_t i = 0; i < sizeof(national) / sizeof(national[0]); i++) {
        char text[E164_NATIONAL_MAX + 1];
        e164_national(national[i].number, national[i].region, text);
        if (!tap_ok(strcmp(text, national[i].text) == 0, "%s in %s", national[i].number,
                    national[i].region))
            tap_diag("%s", text);
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        tap_ok(number_kind(kinds[i].number) == kinds[i].kind, "kind %d of \"%s\"", kinds[i].kind,
               kinds[i].number);
    for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
        const char *region = number_region(homes[i].number);
        tap_ok(region && homes[i].region ? strcmp(region, homes[i].region) == 0
                                         : region == homes[i].region,
               "region of \"%s\"", homes[i].number);
    }
}

static bool reads(const char *region, const char *dialled, const char *expect)
{
    char number[E164_MAX + 1] = "";
    enum e164_err err = e164_parse(dialled, strlen(dialled), region, number);
    if (err == E164_OK && strcmp(number, expect) == 0)
        return true;
    tap_diag("%s: %s is %s, not %s: %s", region, dialled, number, expect, e164_err_str(err));
    return false;
}

/* Returns whether the digits of an international number are a number inside the country too. */
static bool inside(const struct plan *plan, const char *digits)
{
    char number[40];
    snprintf(number, sizeof(number), "+%s%s", plan->calling_code, digits);
    return number_kind(number) != NUMBER_UNKNOWN;
}

/* One example number of a region, dialled from inside, outside, and as a modem without plus gives
 * it. */
static bool test_example(const struct plan *plan, const char *example)
{
    char number[E164_MAX + 1], dialled[40], people[E164_NATIONAL_MAX + 1];
    bool country = numbering_region_valid(plan->region);

    if (example[0] == '\0')
        return true;
    snprintf(number, sizeof(number), "+%s%s", plan->calling_code, example);
    bool ok = reads("GB", number, number) && reads("US", number, number);
    snprintf(dialled, sizeof(dialled), "00%s%s", plan->calling_code, example);
    ok = reads("DE", dialled, number) && ok;
    if (!country)
        return ok;
    snprintf(dialled, sizeof(dialled), "%s%s", plan->trunk, example);
    ok = reads(plan->region, dialled, number) && ok;
    if (!inside(plan, number + 1))
        ok = reads(plan->region, number + 1, number) && ok;
    e164_national(number, plan->region, people);
    return reads(plan->region, people, number) && ok;
}

/* Goes through the table of data: region, the columns up to lengths, and the examples at its end.
 */
static void test_regions(void)
{
    enum { EXAMPLE = 12, COLUMNS = 15 };
    char line[8192], *column[COLUMNS];
    FILE *f = fopen(PLANS, "r");
    size_t regions = 0;

    if (!tap_ok(f != NULL, "open %s", PLANS))
        return;
    while (fgets(line, sizeof(line), f)) {
        char *at = line;
        size_t n = 0;
        line[strcspn(line, "\n")] = '\0';
        while (n < COLUMNS && (column[n] = strsep(&at, "\t")))
            n++;
        const struct plan *plan = plan_of_region(column[0]);
        if (!plan)
            continue;
        char number[E164_MAX + 1];
        snprintf(number, sizeof(number), "+%s%s", plan->calling_code, column[EXAMPLE]);
        enum number_kind kind = number_kind(number);
        bool ok = n == COLUMNS &&
                  (column[EXAMPLE][0] == '\0' || kind == NUMBER_MOBILE || kind == NUMBER_EITHER);
        for (size_t i = EXAMPLE; i < COLUMNS && n == COLUMNS; i++)
            ok = test_example(plan, column[i]) && ok;
        tap_ok(ok, "the examples of %s", plan->region);
        regions++;
    }
    fclose(f);
    tap_ok(regions == plan_count(), "%zu regions", regions);
}

/* Any bytes: an error, or a number that is read as itself anywhere and shown without harm. */
static void test_random(void)
{
    static const char alphabet[] = "+00123456789 ()-./a\xc2\xa0";
    char text[40], number[E164_MAX + 1], people[E164_NATIONAL_MAX + 1];
    unsigned seed = 1;
    size_t numbers = 0;
    bool same = true;

    for (int i = 0; i < 20000 && same; i++) {
        const char *region = plan_at((size_t)rand_r(&seed) % plan_count())->region;
        size_t len = (size_t)rand_r(&seed) % sizeof(text);
        size_t letters = rand_r(&seed) % 4 == 0 ? sizeof(alphabet) - 1 : 12;
        for (size_t k = 0; k < len; k++)
            text[k] = alphabet[(size_t)rand_r(&seed) % letters];
        if (e164_parse(text, len, region, number) != E164_OK)
            continue;
        numbers++;
        same = reads("GB", number, number) && reads(region, number, number);
        e164_national(number, region, people);
        same = same && strlen(people) <= E164_NATIONAL_MAX;
    }
    tap_ok(same && numbers > 200, "%zu random numbers are read as themselves again", numbers);
}

int main(void)
{
    char number[E164_MAX + 1];

    tap_ok(e164_parse("07700\0900123", 12, "GB", number) == E164_ERR_CHARACTER, "a NUL inside");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        tap_ok(strcmp(e164_err_str((enum e164_err)i), words[i]) == 0, "people are told: %s",
               words[i]);
    test_rows();
    test_random();
    test_regions();
    return tap_done();
}
