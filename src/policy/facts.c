/* src/policy/facts.c - one table for both directions. */
#include "policy/facts.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#define UNLIMITED "unlimited"

enum fact_kind { FACT_ABOUT, FACT_BOOL, FACT_COUNT, FACT_LINE, FACT_TEXT, FACT_WALL };

static const char *const abouts[] = {[DECIDE_ABOUT_CALL] = "call",
                                     [DECIDE_ABOUT_LEAD] = "lead",
                                     [DECIDE_ABOUT_FOLLOW_UP] = "follow_up"};
static const char *const lines[] = {[POLICY_LINE_PRIMARY] = "primary",
                                    [POLICY_LINE_FORWARDED] = "forwarded",
                                    [POLICY_LINE_SHARED] = "shared"};
#define WORDS(names) (sizeof(names) / sizeof((names)[0]))

static const struct fact {
    const char *key;
    enum fact_kind kind;
    size_t at;
} table[] = {
#define FACT(key, kind, member)                          \
    {                                                    \
        key, kind, offsetof(struct decide_facts, member) \
    }
    FACT("about", FACT_ABOUT, about),
    FACT("line_mode", FACT_LINE, line),
    FACT("answered", FACT_BOOL, answered),
    FACT("withheld", FACT_BOOL, withheld),
    FACT("number", FACT_TEXT, number),
    FACT("number_textable", FACT_BOOL, number_textable),
    FACT("caller_id", FACT_TEXT, raw),
    FACT("known", FACT_BOOL, known),
    FACT("blocked", FACT_BOOL, blocked),
    FACT("skipped", FACT_BOOL, skipped),
    FACT("opted_out", FACT_BOOL, opted_out),
    FACT("opt_out_doubtful", FACT_BOOL, opt_out_doubtful),
    FACT("paused", FACT_BOOL, paused),
    FACT("away_until", FACT_WALL, away_until),
    FACT("clock_known", FACT_BOOL, wall_known),
    FACT("now", FACT_WALL, now),
    FACT("ended_at", FACT_WALL, ended_at),
    FACT("texted_at", FACT_WALL, texted_at),
    FACT("undeliverable_at", FACT_WALL, undeliverable),
    FACT("last_automatic_at", FACT_WALL, last_auto_text),
    FACT("last_conversation_at", FACT_WALL, last_conversation),
    FACT("stopped_until", FACT_WALL, stopped_until),
    FACT("muted_until", FACT_WALL, muted_until),
    FACT("automatic_30d", FACT_COUNT, auto_texts),
    FACT("people_30d", FACT_COUNT, people),
    FACT("texted_30d", FACT_BOOL, texted),
#undef FACT
};
#define FACTS (sizeof(table) / sizeof(table[0]))

static void key_wall(struct json *j, const char *key, struct wall t)
{
    char text[TIME_RFC3339_SIZE];
    if (t.s > 0 && t.s != INT64_MAX)
        wall_rfc3339(t, text);
    json_key_string(j, key, t.s <= 0 ? NULL : t.s == INT64_MAX ? UNLIMITED : text);
}

void facts_json(struct json *j, const struct decide_facts *facts)
{
    struct decide_facts f = *facts;
    f.wall_known = f.wall_known && wall_plausible(f.now);
    json_object(j);
    for (size_t i = 0; i < FACTS; i++) {
        const void *fact = (const char *)&f + table[i].at;
        switch (table[i].kind) {
        case FACT_ABOUT:
            json_key_string(j, table[i].key, abouts[*(const enum decide_about *)fact]);
            break;
        case FACT_BOOL:
            json_key_bool(j, table[i].key, *(const bool *)fact);
            break;
        case FACT_COUNT:
            json_key_i64(j, table[i].key, *(const int *)fact);
            break;
        case FACT_LINE:
            json_key_string(j, table[i].key, lines[*(const enum policy_line *)fact]);
            break;
        case FACT_TEXT:
            json_key_string(j, table[i].key, *(const char *const *)fact);
            break;
        case FACT_WALL:
            key_wall(j, table[i].key, *(const struct wall *)fact);
            break;
        }
    }
    json_object_end(j);
}

static int read_count(const char *value, int64_t max, int64_t *ret)
{
    return value && text_to_i64(value, strlen(value), 0, max, ret) == 0 ? 0 : -EINVAL;
}

/* Returns the place of the word among `names`, or -EINVAL. */
static int read_word(const char *value, const char *const *names, size_t count)
{
    for (size_t i = 0; value && i < count; i++)
        if (strcmp(names[i], value) == 0)
            return (int)i;
    return -EINVAL;
}

static int read_wall(const char *value, struct wall *ret)
{
    if (!value || strcmp(value, UNLIMITED) == 0) {
        ret->s = value ? INT64_MAX : 0;
        return 0;
    }
    return wall_parse(value, ret);
}

int facts_set(struct decide_facts *facts, const char *key, const char *value)
{
    size_t i = 0;
    int64_t number;
    int word;
    while (i < FACTS && strcmp(table[i].key, key) != 0)
        i++;
    if (i == FACTS)
        return -ENOENT;
    void *fact = (char *)facts + table[i].at;
    switch (table[i].kind) {
    case FACT_ABOUT:
        if ((word = read_word(value, abouts, WORDS(abouts))) < 0)
            return word;
        *(enum decide_about *)fact = (enum decide_about)word;
        return 0;
    case FACT_BOOL:
        if (read_count(value, 1, &number) != 0)
            return -EINVAL;
        *(bool *)fact = number != 0;
        return 0;
    case FACT_COUNT:
        if (read_count(value, INT_MAX, &number) != 0)
            return -EINVAL;
        *(int *)fact = (int)number;
        return 0;
    case FACT_LINE:
        if ((word = read_word(value, lines, WORDS(lines))) < 0)
            return word;
        *(enum policy_line *)fact = (enum policy_line)word;
        return 0;
    case FACT_TEXT:
        *(const char **)fact = value ? value : "";
        return 0;
    case FACT_WALL:
        return read_wall(value, fact);
    }
    assert(false && "a kind of fact");
    return -EINVAL;
}
