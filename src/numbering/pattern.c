/* src/numbering/pattern.c - backtracking by recursion: match_here() matches the rest of one branch,
 * and where the branch of a group ends it goes on behind the group.  Depth and work are bounded by
 * the patterns, which are ours, and by the length of a number. */
#include "numbering/pattern.h"
#include <assert.h>
#include <string.h>

/* A group that was entered and not yet left; they form a chain on the stack, the innermost first.
 */
struct open_group {
    const char *behind; /* what follows the group */
    size_t index;
    size_t start; /* where it began to match */
    const struct open_group *outer;
};

struct matcher {
    const char *pattern;
    const char *digits;
    size_t known, len; /* from `known` on any digit may stand */
    bool whole;
    struct pattern_match match;
};

/* One digit or class, and how often it may stand there. */
struct atom {
    bool digit[10];
    size_t min, max;
    const char *behind;
};

static bool match_here(struct matcher *m, const char *p, size_t at, const struct open_group *open);

static size_t read_number(const char **p)
{
    size_t n = 0;
    while (**p >= '0' && **p <= '9')
        n = n * 10 + (size_t)(*(*p)++ - '0');
    assert(n <= PATTERN_REPEAT_MAX);
    return n;
}

static void read_class(struct atom *atom, const char **p)
{
    while (**p != ']') {
        char from = *(*p)++, to = from;
        if (**p == '-') {
            to = (*p)[1];
            *p += 2;
        }
        assert(from >= '0' && from <= to);
        assert(to <= '9');
        for (char c = from; c <= to; c++)
            atom->digit[c - '0'] = true;
    }
    ++*p;
}

static struct atom read_atom(const char *p)
{
    struct atom atom = {.min = 1, .max = 1};

    if (*p == '[') {
        p++;
        read_class(&atom, &p);
    } else {
        assert(*p >= '0' && *p <= '9');
        atom.digit[*p++ - '0'] = true;
    }
    if (*p == '?') {
        atom.min = 0;
        p++;
    } else if (*p == '{') {
        p++;
        atom.min = atom.max = read_number(&p);
        if (*p == ',') {
            p++;
            atom.max = read_number(&p);
        }
        assert(*p == '}');
        p++;
    }
    atom.behind = p;
    return atom;
}

/* Returns the '|' or ')' that ends the branch at `p`, or the end of the pattern. */
static const char *branch_end(const char *p)
{
    size_t depth = 0;
    for (; *p != '\0'; p++) {
        if (depth == 0 && (*p == '|' || *p == ')'))
            return p;
        depth += *p == '(';
        depth -= *p == ')';
    }
    return p;
}

static bool match_branches(struct matcher *m, const char *p, size_t at,
                           const struct open_group *open)
{
    for (;;) {
        if (match_here(m, p, at, open))
            return true;
        p = branch_end(p);
        if (*p != '|')
            return false;
        p++;
    }
}

static bool match_group(struct matcher *m, const char *p, size_t at, const struct open_group *open)
{
    struct open_group group = {.behind = p + 1, .start = at, .outer = open};

    for (const char *c = m->pattern; c <= p; c++)
        group.index += *c == '(';
    while (*(group.behind = branch_end(group.behind)) == '|')
        group.behind++;
    assert(*group.behind == ')');
    group.behind++;
    bool optional = *group.behind == '?';
    group.behind += optional;
    return match_branches(m, p + 1, at, &group) ||
           (optional && match_here(m, group.behind, at, open));
}

/* Leaves the innermost group, or finishes the match where none is open. */
static bool match_end(struct matcher *m, size_t at, const struct open_group *open)
{
    if (!open) {
        m->match.len = at;
        return !m->whole || at == m->len;
    }
    if (open->index > PATTERN_GROUP_MAX)
        return match_here(m, open->behind, at, open->outer);
    struct pattern_group *group = &m->match.group[open->index], before = *group;
    *group = (struct pattern_group){.start = open->start, .len = at - open->start, .set = true};
    if (match_here(m, open->behind, at, open->outer))
        return true;
    *group = before;
    return false;
}

static bool match_atom(struct matcher *m, const char *p, size_t at, const struct open_group *open)
{
    struct atom atom = read_atom(p);
    size_t n = 0;

    while (n < atom.max && at + n < m->len &&
           (at + n >= m->known || atom.digit[m->digits[at + n] - '0']))
        n++;
    for (; n >= atom.min; n--) { /* the most first */
        if (match_here(m, atom.behind, at + n, open))
            return true;
        if (n == 0)
            return false;
    }
    return false;
}

static bool match_here(struct matcher *m, const char *p, size_t at, const struct open_group *open)
{
    while (*p == '$') {
        if (at != m->len)
            return false;
        p++;
    }
    if (*p == '\0' || *p == '|' || *p == ')')
        return match_end(m, at, open);
    if (*p == '(')
        return match_group(m, p, at, open);
    return match_atom(m, p, at, open);
}

static bool match(struct matcher *m)
{
    m->known = m->len = strlen(m->digits);
    assert(strspn(m->digits, "0123456789") == m->len);
    return match_branches(m, m->pattern, 0, NULL);
}

bool pattern_prefix(const char *pattern, const char *digits, struct pattern_match *ret_match)
{
    struct matcher m = {.pattern = pattern, .digits = digits};
    if (!match(&m))
        return false;
    *ret_match = m.match;
    return true;
}

bool pattern_whole(const char *pattern, const char *digits)
{
    struct matcher m = {.pattern = pattern, .digits = digits, .whole = true};
    return *pattern != '\0' && match(&m);
}

bool pattern_begun(const char *pattern, const char *digits, size_t known, size_t len)
{
    struct matcher m = {
        .pattern = pattern, .digits = digits, .known = known, .len = len, .whole = true};
    assert(strspn(digits, "0123456789") >= known);
    return *pattern != '\0' && known <= len && match_branches(&m, m.pattern, 0, NULL);
}
