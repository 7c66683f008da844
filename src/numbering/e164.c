/* src/numbering/e164.c - a dialled number may be read in up to three ways (international after the
 * exit code, national, international without its plus); the reading that the plans know best wins.
 */
#include "numbering/e164.h"
#include "base/text.h"
#include "numbering/pattern.h"
#include "numbering/plan.h"
#include <assert.h>
#include <stdint.h>
#include <string.h>

#define DIALLED_MAX 24   /* digits: exit code, country code, trunk prefix, number */
#define NATIONAL_MAX 31  /* the bits of plan.lengths; a transform may make DIALLED_MAX longer */
#define RANGE_MIN 2      /* digits that tell in which range a number is */
#define SHORT_CODE_MAX 6 /* digits dialled; a longer number of that kind is nowhere in use */

/* How well the plans know a number. */
enum rank {
    RANK_NONE,   /* no number of its range, as far as it is known, has this length */
    RANK_LENGTH, /* the length is possible */
    RANK_KIND,   /* it lies in a known range */
};

/* One way to read what was dialled. */
struct reading {
    const struct plan *plan; /* the region's own, or the main one of the country code */
    char national[NATIONAL_MAX + 1];
    uint32_t lengths; /* of its range, as in plan.lengths */
    bool changed;     /* a trunk prefix was taken off, or an area code put in front */
    enum rank rank;
};

static bool same_code(const struct plan *a, const struct plan *b)
{
    return strcmp(a->calling_code, b->calling_code) == 0;
}

static bool has_length(const struct plan *plan, const char *national)
{
    return (plan->lengths >> strlen(national) & 1) != 0;
}

/* Returns the main plan of the country code that `digits` begin with (at most one does), or NULL.
 */
static const struct plan *plan_of_digits(const char *digits)
{
    for (size_t i = 0; i < plan_count(); i++) {
        const struct plan *plan = plan_at(i);
        if (plan->main && strncmp(digits, plan->calling_code, strlen(plan->calling_code)) == 0)
            return plan;
    }
    return NULL;
}

/* Most kinds are ruled out by the first digit, before their pattern is unpacked. */
static bool may_be(struct plan_kind kind, const char *national)
{
    assert(national[0] >= '0' && national[0] <= '9');
    return (kind.begins >> (national[0] - '0') & 1) != 0;
}

static bool is_whole(struct plan_kind kind, const char *national)
{
    char text[PLAN_TEXT_SIZE];
    return may_be(kind, national) && pattern_whole(plan_text(kind.pattern, text), national);
}

static enum number_kind kind_in_plan(const struct plan *plan, const char *national)
{
    if (!has_length(plan, national))
        return NUMBER_UNKNOWN;
    if (is_whole(plan->premium, national))
        return NUMBER_PREMIUM;
    if (is_whole(plan->shared_cost, national))
        return NUMBER_SHARED_COST;
    bool mobile = is_whole(plan->mobile, national);
    bool fixed = is_whole(plan->fixed, national);
    if (mobile && fixed)
        return NUMBER_EITHER;
    return mobile ? NUMBER_MOBILE : fixed ? NUMBER_FIXED : NUMBER_UNKNOWN;
}

static enum number_kind kind_in_code(const struct plan *of, const char *national)
{
    enum number_kind kind = NUMBER_UNKNOWN;
    assert(strlen(national) <= NATIONAL_MAX);
    for (size_t i = 0; i < plan_count() && kind == NUMBER_UNKNOWN; i++)
        if (same_code(plan_at(i), of))
            kind = kind_in_plan(plan_at(i), national);
    return kind;
}

/* Returns the lengths out of `lengths` that a number of this pattern can have whose first `known`
 * digits are these. */
static uint32_t pattern_lengths(struct plan_kind kind, uint32_t lengths, const char *national,
                                size_t known)
{
    char text[PLAN_TEXT_SIZE];
    uint32_t found = 0;
    if (!may_be(kind, national))
        return 0;
    plan_text(kind.pattern, text);
    for (size_t len = 1; len <= NATIONAL_MAX; len++)
        if ((lengths >> len & 1) != 0 && pattern_begun(text, national, known, len))
            found |= UINT32_C(1) << len;
    return found;
}

static uint32_t lengths_begun(const struct plan *of, const char *national, size_t known)
{
    uint32_t lengths = 0;
    for (size_t i = 0; i < plan_count(); i++) {
        const struct plan *plan = plan_at(i);
        if (same_code(plan, of))
            lengths |= pattern_lengths(plan->mobile, plan->lengths, national, known) |
                       pattern_lengths(plan->fixed, plan->lengths, national, known);
    }
    return lengths;
}

/* Returns the lengths of those numbers that begin most like this one, of all where too few digits
 * say so: 07700 90012 is no mobile number in Britain, where other numbers may be that short. */
static uint32_t range_lengths(const struct plan *plan, const char *national)
{
    for (size_t known = strlen(national); known >= RANGE_MIN; known--) {
        uint32_t lengths = lengths_begun(plan, national, known);
        if (lengths != 0)
            return lengths;
    }
    return plan->lengths;
}

static void rank(struct reading *r)
{
    r->lengths = r->plan->lengths;
    r->rank = RANK_KIND;
    if (kind_in_code(r->plan, r->national) != NUMBER_UNKNOWN)
        return;
    r->lengths = range_lengths(r->plan, r->national);
    r->rank = r->lengths >> strlen(r->national) & 1 ? RANK_LENGTH : RANK_NONE;
}

/* Writes the transform of `plan` with its groups filled in. Returns false where one took no part.
 */
static bool add_transform(struct text *t, const struct plan *plan, const char *digits,
                          const struct pattern_match *m)
{
    char transform[PLAN_TEXT_SIZE];
    for (const char *c = plan_text(plan->transform, transform); *c != '\0'; c++) {
        if (*c != '$') {
            text_add_char(t, *c);
            continue;
        }
        const struct pattern_group *group = &m->group[*++c - '0'];
        if (!group->set)
            return false;
        text_add_span(t, digits + group->start, group->len);
    }
    return true;
}

/* Takes off what the pattern `prefix` matches and puts the area code in front. Returns false where
 * nothing matches. */
static bool read_behind(struct reading *ret, const struct plan *plan, const char *prefix,
                        const char *digits)
{
    struct reading r = {.plan = plan, .changed = true};
    struct pattern_match m;
    struct text t;

    if (prefix[0] == '\0' || !pattern_prefix(prefix, digits, &m) || m.len == 0)
        return false;
    text_init(&t, r.national, sizeof(r.national));
    if (!add_transform(&t, plan, digits, &m))
        text_init(&t, r.national, sizeof(r.national));
    text_add(&t, digits + m.len);
    assert(text_ok(&t));
    rank(&r);
    *ret = r;
    return true;
}

/* Reads what is dialled inside the country. A trunk prefix is one unless only with it the number is
 * in a known range; and where the digits behind it look like a carrier's (Colombia: 03 and a mobile
 * number with 3), it may stand alone. */
static void read_national(struct reading *ret, const struct plan *plan, const char *digits)
{
    struct reading plain = {.plan = plan}, r;
    char strip[PLAN_TEXT_SIZE];

    assert(strlen(digits) <= DIALLED_MAX);
    memcpy(plain.national, digits, strlen(digits) + 1);
    rank(&plain);
    *ret = plain;
    if (read_behind(&r, plan, plan->trunk, digits) &&
        (r.rank == RANK_KIND || plain.rank != RANK_KIND))
        *ret = r;
    if (read_behind(&r, plan, plan_text(plan->strip, strip), digits) && r.rank >= ret->rank)
        *ret = r;
}

/* Reads digits that begin with a country code. Returns false where there is no such code. */
static bool read_international(struct reading *ret, const char *digits)
{
    const struct plan *plan = plan_of_digits(digits);
    if (!plan)
        return false;
    read_national(ret, plan, digits + strlen(plan->calling_code));
    return true;
}

/* The octets of what stands between digits that are copied from a screen or an address book: blanks
 * that do not break, hyphens and dashes, and the marks of the direction of writing that telephones
 * put around numbers. 0: none. */
static size_t typography(const char *text, size_t len)
{
    unsigned char last = len >= 3 ? (unsigned char)text[2] : 0;
    if (len >= 2 && memcmp(text, "\xc2\xa0", 2) == 0) /* U+00A0 */
        return 2;
    if (len >= 3 && memcmp(text, "\xe2\x80", 2) == 0) /* U+2007, 200E..2013, 202A..202F */
        return last == 0x87 || (last >= 0x8e && last <= 0x93) || (last >= 0xaa && last <= 0xaf) ? 3
                                                                                                : 0;
    if (len >= 3 && memcmp(text, "\xe2\x81", 2) == 0) /* U+2066..2069 */
        return last >= 0xa6 && last <= 0xa9 ? 3 : 0;
    return 0;
}

/* Copies the digits of `text`. Returns E164_OK, _EMPTY, _CHARACTER or _LONG. */
static enum e164_err read_dialled(const char *text, size_t len, char *digits, bool *ret_plus)
{
    size_t n = 0;
    bool plus = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        size_t between = typography(text + i, len - i);
        if (c >= '0' && c <= '9') {
            if (n == DIALLED_MAX)
                return E164_ERR_LONG;
            digits[n++] = c;
        } else if (c == '+' && n == 0 && !plus) {
            plus = true;
        } else if (between > 0) {
            i += between - 1;
        } else if (c == '\0' || !strchr(" ()-./", c)) {
            return E164_ERR_CHARACTER;
        }
    }
    digits[n] = '\0';
    *ret_plus = plus;
    return n == 0 ? E164_ERR_EMPTY : E164_OK;
}

/* Says why a reading is no number, if it is none. */
static enum e164_err reading_error(const struct reading *r)
{
    const char *trunk = r->plan->trunk;
    size_t len = strlen(r->national);
    uint32_t lengths = r->lengths;

    if (len + strlen(r->plan->calling_code) > E164_MAX - 1)
        return E164_ERR_LONG;
    if (r->rank == RANK_KIND)
        return E164_OK;
    if (r->rank == RANK_LENGTH) {
        bool trunk_left = trunk[0] != '\0' && strncmp(r->national, trunk, strlen(trunk)) == 0;
        return trunk_left ? E164_ERR_INVALID : E164_OK;
    }
    if (lengths >> len == 0)
        return E164_ERR_LONG;
    return (lengths & ((UINT32_C(1) << len) - 1)) == 0 ? E164_ERR_SHORT : E164_ERR_INVALID;
}

/* A short code is dialled as it stands: no trunk prefix in front, where the country has one. */
static bool is_short_code(const struct reading *r, const struct plan *plan, const char *digits)
{
    if (strlen(digits) > SHORT_CODE_MAX)
        return false;
    return r->rank != RANK_KIND || (plan->trunk[0] != '\0' && !r->changed);
}

static enum e164_err read_without_plus(struct reading *ret, const struct plan *plan,
                                       const char *digits)
{
    struct reading r;
    struct pattern_match idd;
    char exit_code[PLAN_TEXT_SIZE];

    read_national(ret, plan, digits);
    if (is_short_code(ret, plan, digits))
        return E164_ERR_SHORT;
    plan_text(plan->idd, exit_code);
    if (exit_code[0] != '\0' && pattern_prefix(exit_code, digits, &idd) &&
        read_international(&r, digits + idd.len) && r.rank >= ret->rank)
        *ret = r;
    if (strncmp(digits, plan->calling_code, strlen(plan->calling_code)) == 0 &&
        read_international(&r, digits) && r.rank > ret->rank)
        *ret = r;
    return E164_OK;
}

enum e164_err e164_parse(const char *text, size_t len, const char *region,
                         char ret_number[E164_MAX + 1])
{
    const struct plan *plan = plan_of_region(region);
    char digits[DIALLED_MAX + 1];
    struct reading r;
    struct text t;
    bool plus;

    if (!numbering_region_valid(region))
        return E164_ERR_REGION;
    enum e164_err err = read_dialled(text, len, digits, &plus);
    if (err == E164_OK && !plus)
        err = read_without_plus(&r, plan, digits);
    else if (err == E164_OK && !read_international(&r, digits))
        err = E164_ERR_INVALID;
    if (err == E164_OK)
        err = reading_error(&r);
    if (err != E164_OK)
        return err;
    text_init(&t, ret_number, E164_MAX + 1);
    text_add_char(&t, '+');
    text_add(&t, r.plan->calling_code);
    text_add(&t, r.national);
    assert(text_ok(&t));
    return E164_OK;
}

const char *e164_err_str(enum e164_err err)
{
    switch (err) {
    case E164_OK:
        return "is a telephone number";
    case E164_ERR_EMPTY:
        return "has no digits";
    case E164_ERR_CHARACTER:
        return "has characters that no telephone number has";
    case E164_ERR_SHORT:
        return "has too few digits";
    case E164_ERR_LONG:
        return "has too many digits";
    case E164_ERR_REGION:
        return "is in a country that is not known";
    case E164_ERR_INVALID:
        return "is in no numbering plan";
    }
    assert(false);
    return "";
}

bool numbering_region_valid(const char *region)
{
    return region[0] >= 'A' && region[0] <= 'Z' && plan_of_region(region) != NULL;
}

/* Returns the national digits of an E.164 number and its main plan, or NULL for anything else. */
static const char *split(const char *number, const struct plan **ret_plan)
{
    size_t len = strlen(number);
    if (number[0] != '+' || len > E164_MAX || strspn(number + 1, "0123456789") != len - 1)
        return NULL;
    *ret_plan = plan_of_digits(number + 1);
    return *ret_plan ? number + 1 + strlen((*ret_plan)->calling_code) : NULL;
}

/* Ranges that cost as much as premium ones though the plan lists them elsewhere: British personal
 * numbers (070) and pagers (076, of which 07624 is mobiles of the Isle of Man). */
static bool is_costly(const char *number)
{
    return strncmp(number, "+4470", 5) == 0 ||
           (strncmp(number, "+4476", 5) == 0 && strncmp(number, "+447624", 7) != 0);
}

enum number_kind number_kind(const char *number)
{
    const struct plan *plan;
    if (is_costly(number) && split(number, &plan))
        return NUMBER_PREMIUM;
    const char *national = split(number, &plan);
    return national ? kind_in_code(plan, national) : NUMBER_UNKNOWN;
}

const char *number_region(const char *number)
{
    const struct plan *plan;
    const char *national = split(number, &plan);
    if (!national)
        return NULL;
    for (size_t i = 0; i < plan_count(); i++)
        if (same_code(plan_at(i), plan) && kind_in_plan(plan_at(i), national) != NUMBER_UNKNOWN)
            return plan_at(i)->region;
    return plan->region;
}

/* How people group the digits, where everybody agrees; any other number is written in one piece. */
static const char *shape_of(const struct plan *plan, const char *national)
{
    static const struct shape {
        const char *calling_code, *begin; /* first national digits */
        size_t digits;
        const char *shape;
    } shapes[] = {
        {"1", "", 10, "(###) ###-####"}, {"33", "", 9, "0# ## ## ## ##"},
        {"44", "7", 10, "0#### ######"}, {"61", "4", 9, "0### ### ###"},
        {"353", "8", 9, "0## ### ####"},
    };

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        const struct shape *s = &shapes[i];
        if (strcmp(s->calling_code, plan->calling_code) == 0 && s->digits == strlen(national) &&
            strncmp(national, s->begin, strlen(s->begin)) == 0)
            return s->shape;
    }
    return NULL;
}

void e164_national(const char *number, const char *region, char ret_text[E164_NATIONAL_MAX + 1])
{
    const struct plan *home = plan_of_region(region), *plan;
    const char *national = split(number, &plan);
    struct text t;

    assert(home);
    text_init(&t, ret_text, E164_NATIONAL_MAX + 1);
    if (!national || !same_code(home, plan)) {
        text_add_span(&t, number, strnlen(number, E164_NATIONAL_MAX));
        return;
    }
    const char *shape = shape_of(plan, national);
    if (!shape) {
        text_add(&t, home->trunk);
        text_add(&t, national);
    }
    for (; shape && *shape != '\0'; shape++)
        text_add_char(&t, *shape == '#' ? *national++ : *shape);
    assert(text_ok(&t));
}
