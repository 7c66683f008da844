#include "at/args.h"
#include "base/text.h"
#include <string.h>

static struct at_field trimmed(const char *s, size_t len)
{
    while (len > 0 && *s == ' ') {
        s++;
        len--;
    }
    while (len > 0 && s[len - 1] == ' ')
        len--;
    return (struct at_field){.s = s, .len = len};
}

/* Where the quoted field that begins after `s[-1]` ends: at the quote before a comma or the end; a
 * field whose quote is missing or misplaced ends at the comma. */
static struct at_field quoted(const char *s, const char **ret_end)
{
    const char *quote = strchr(s, '"');
    struct at_field f;

    if (quote) {
        const char *next = quote + 1 + strspn(quote + 1, " ");
        if (*next == ',' || *next == '\0') {
            *ret_end = next;
            return (struct at_field){.s = s, .len = (size_t)(quote - s), .quoted = true};
        }
    }
    *ret_end = s + strcspn(s, ",");
    f = trimmed(s, (size_t)(*ret_end - s));
    if (f.len > 0 && f.s[f.len - 1] == '"')
        f.len--;
    f.quoted = true;
    return f;
}

void at_args_parse(const char *text, struct at_args *ret)
{
    const char *s = text + strspn(text, " ");

    ret->count = 0;
    if (*s == '\0')
        return;
    while (ret->count < AT_ARGS_MAX) {
        const char *end;
        s += strspn(s, " ");
        if (*s == '"') {
            ret->field[ret->count++] = quoted(s + 1, &end);
        } else {
            end = s + strcspn(s, ",");
            ret->field[ret->count++] = trimmed(s, (size_t)(end - s));
        }
        if (*end == '\0')
            break;
        s = end + 1;
    }
}

struct at_field at_args_get(const struct at_args *a, size_t i)
{
    return i < a->count ? a->field[i] : (struct at_field){.s = ""};
}

bool at_args_number(const struct at_args *a, size_t i, int64_t min, int64_t max, int64_t *ret)
{
    struct at_field f = at_args_get(a, i);
    return text_to_i64(f.s, f.len, min, max, ret) == 0;
}

bool at_args_copy(const struct at_args *a, size_t i, char *buf, size_t cap)
{
    struct at_field f = at_args_get(a, i);
    struct text t;

    text_init(&t, buf, cap);
    text_add_span(&t, f.s, f.len);
    return text_ok(&t);
}

void at_groups_parse(const char *text, struct at_groups *ret)
{
    const char *s = text;

    ret->count = 0;
    while ((s = strchr(s, '(')) != NULL && ret->count < AT_GROUPS_MAX) {
        size_t len = strcspn(s + 1, "()");
        if (s[1 + len] != '(')
            ret->group[ret->count++] = (struct at_field){.s = s + 1, .len = len};
        s += 1 + len;
    }
}

/* Takes the next item of a group, without quotes and blanks. */
static bool next_item(const struct at_field *group, size_t *at, struct at_field *ret)
{
    size_t end = *at;

    if (*at > group->len)
        return false;
    while (end < group->len && group->s[end] != ',')
        end++;
    *ret = trimmed(group->s + *at, end - *at);
    if (ret->len > 0 && *ret->s == '"') {
        ret->s++;
        ret->len--;
    }
    if (ret->len > 0 && ret->s[ret->len - 1] == '"')
        ret->len--;
    *at = end + 1;
    return true;
}

bool at_group_has_number(const struct at_field *group, int64_t value)
{
    struct at_field item;
    size_t at = 0;

    while (next_item(group, &at, &item)) {
        const char *dash = item.len > 0 ? memchr(item.s, '-', item.len) : NULL;
        size_t low_len = dash ? (size_t)(dash - item.s) : item.len;
        int64_t low, high;
        if (text_to_i64(item.s, low_len, 0, INT32_MAX, &low) != 0)
            continue;
        high = low;
        if (dash && text_to_i64(dash + 1, item.len - low_len - 1, 0, INT32_MAX, &high) != 0)
            continue;
        if (value >= low && value <= high)
            return true;
    }
    return false;
}

bool at_group_has_word(const struct at_field *group, const char *word)
{
    struct at_field item;
    size_t at = 0, len = strlen(word);

    while (next_item(group, &at, &item)) {
        if (item.len == len && memcmp(item.s, word, len) == 0)
            return true;
    }
    return false;
}
