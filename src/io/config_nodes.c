#include "base/nearest.h"
#include "base/text.h"
#include "config_reader.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int config_refuse(struct config_reader *r, yaml_mark_t mark, const char *format, ...)
{
    struct text t;
    va_list ap;
    char what[CONFIG_WHAT_MAX];
    va_start(ap, format);
    (void)vsnprintf(what, sizeof(what), format, ap);
    va_end(ap);
    text_init(&t, r->error, CONFIG_ERROR_MAX);
    text_addf(&t, "%s:%zu:%zu: ", r->file, mark.line + 1, mark.column + 1);
    text_add(&t, what);
    assert(text_ok(&t));
    return -EINVAL;
}

static const yaml_node_t *node_of(struct config_reader *r, int id)
{
    return yaml_document_get_node(&r->document, id);
}

static const char *scalar(const yaml_node_t *node, size_t *ret_len)
{
    *ret_len = node->data.scalar.length;
    return (const char *)node->data.scalar.value;
}

/* Returns whether nothing but the key was written: "hours:". */
static bool is_empty(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0 &&
           node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* Writes what a key is called below `section` ("", "reply." or "lines[]."). */
static void key_name(const char *section, const yaml_node_t *key, char ret_name[CONFIG_NAME_MAX])
{
    struct text t;
    size_t len;
    const char *word = scalar(key, &len);
    text_init(&t, ret_name, CONFIG_NAME_MAX);
    text_add(&t, section);
    text_add_span(&t, word, len);
    if (strlen(word) < len || !text_ok(&t))
        text_init(&t, ret_name, CONFIG_NAME_MAX); /* no key at all */
}

int config_find_key(const char *name)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* Returns whether keys stand below `name`. */
static bool is_section(const char *name)
{
    size_t count, len = strlen(name);
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count && len > 0; i++)
        if (strncmp(keys[i].name, name, len) == 0 && keys[i].name[len] == '.')
            return true;
    return false;
}

/* Writes the `i`-th key's word below `section`: "delay", or "reply" at the top. False for others.
 */
static bool word_below(const char *section, const struct config_key *key,
                       char ret_word[CONFIG_NAME_MAX])
{
    struct text t;
    size_t len = strlen(section);
    if (strncmp(key->name, section, len) != 0)
        return false;
    text_init(&t, ret_word, CONFIG_NAME_MAX);
    text_add_span(&t, key->name + len, strcspn(key->name + len, ".["));
    return true;
}

/* Writes which keys stand below `section`: "first|repeat". */
static void list_words(const char *section, char ret_words[CONFIG_WHAT_MAX])
{
    char word[CONFIG_NAME_MAX], before[CONFIG_NAME_MAX] = "";
    struct text t;
    size_t count;
    const struct config_key *keys = config_keys(&count);
    text_init(&t, ret_words, CONFIG_WHAT_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!word_below(section, &keys[i], word) || strcmp(word, before) == 0)
            continue;
        text_addf(&t, "%s%s", before[0] ? "|" : "", word);
        (void)text_copy(before, sizeof(before), word);
    }
}

/* Says that a key is unknown, and which one was meant, where it belongs or which there are. */
static int refuse_unknown(struct config_reader *r, const char *section, const yaml_node_t *key)
{
    char word[CONFIG_NAME_MAX], nearest[CONFIG_NAME_MAX] = "", quoted[CONFIG_QUOTED_MAX];
    char words[CONFIG_WHAT_MAX];
    size_t count, len, best = NEAREST_WORD_MAX;
    const struct config_key *keys = config_keys(&count), *elsewhere = NULL;
    const char *given = scalar(key, &len);

    config_quote(given, len, quoted);
    for (size_t i = 0; i < count; i++) {
        const char *last = strrchr(keys[i].name, '.');
        if (last && strcmp(last + 1, given) == 0)
            elsewhere = &keys[i];
        if (!word_below(section, &keys[i], word))
            continue;
        size_t distance = nearest_distance(given, word);
        if (distance <= nearest_limit(word) && distance < best) {
            best = distance;
            (void)text_copy(nearest, sizeof(nearest), word);
        }
    }
    if (nearest[0])
        return config_refuse(r, key->start_mark, "unknown key %s, did you mean \"%s\"?", quoted,
                             nearest);
    if (elsewhere)
        return config_refuse(r, key->start_mark, "unknown key %s here, it belongs below \"%.*s:\"",
                             quoted, (int)strcspn(elsewhere->name, ".["), elsewhere->name);
    list_words(section, words);
    return config_refuse(r, key->start_mark, "unknown key %s, expected one of %s", quoted, words);
}

/* Reads one scalar into its place. */
static int read_scalar(struct config_reader *r, const struct config_key *key,
                       const yaml_node_t *node)
{
    size_t len;
    char what[CONFIG_WHAT_MAX];
    const char *text = scalar(node, &len);
    int err = config_value(key, r->config, r->line, text, len, what);
    if (err)
        (void)config_refuse(r, node->start_mark, "%s: %s", key->name, what);
    return err;
}

/* Reads a key's value: one scalar, or for a list any number of them (one may stand alone). */
static int read_value(struct config_reader *r, const struct config_key *key,
                      const yaml_node_t *node)
{
    bool list = config_kind_is_list(key->kind);
    int err = 0;
    if (list && is_empty(node))
        return 0;
    if (key->kind == CONFIG_NOTIFY)
        r->config->policy.owner.notify = 0; /* what is given takes the place of the default */
    if (key->kind == CONFIG_AFTER)
        r->config->policy.follow_up.after_count = 0;
    if (key->kind == CONFIG_DAYS)
        memset(r->config->policy.follow_up.days, 0, sizeof(r->config->policy.follow_up.days));
    if (key->kind == CONFIG_OWNERS)
        r->owners = node;
    if (node->type == YAML_SCALAR_NODE)
        return read_scalar(r, key, node);
    if (!list || node->type != YAML_SEQUENCE_NODE)
        return config_refuse(r, node->start_mark, "%s: a %s, expected %s", key->name,
                             node->type == YAML_SEQUENCE_NODE ? "list" : "group of keys",
                             list ? "a list of values"
                                  : "one value (if it begins with { or [, in quotes)");
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top && !err; item++) {
        const yaml_node_t *value = node_of(r, *item);
        if (value->type != YAML_SCALAR_NODE)
            err = config_refuse(r, value->start_mark,
                                "%s: a value that is a list or group, expected text", key->name);
        else
            err = read_scalar(r, key, value);
    }
    return err;
}

/* Makes sure that a key comes once; `pair` is one of the mapping's. */
static int check_duplicate(struct config_reader *r, const yaml_node_t *map,
                           const yaml_node_pair_t *pair)
{
    size_t len, len_before;
    char quoted[CONFIG_QUOTED_MAX];
    const yaml_node_t *key = node_of(r, pair->key);
    const char *word = scalar(key, &len);
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *before = node_of(r, p->key);
        const char *word_before = scalar(before, &len_before);
        if (len == len_before && memcmp(word, word_before, len) == 0)
            return config_refuse(r, key->start_mark, "%s comes twice, first in line %zu",
                                 config_quote(word, len, quoted), before->start_mark.line + 1);
    }
    return 0;
}

/* Returns the value of a mapping's pair once its key is known to be a word that comes once, and
 * writes its name below `section`; NULL after an error. */
static const yaml_node_t *open_pair(struct config_reader *r, const char *section,
                                    const yaml_node_t *map, const yaml_node_pair_t *pair,
                                    char ret_name[CONFIG_NAME_MAX])
{
    const yaml_node_t *key = node_of(r, pair->key);
    if (key->type != YAML_SCALAR_NODE) {
        (void)config_refuse(r, key->start_mark, "a list or group as a key, expected a word");
        return NULL;
    }
    key_name(section, key, ret_name);
    return check_duplicate(r, map, pair) ? NULL : node_of(r, pair->value);
}

static int read_section(struct config_reader *r, const char *section, const yaml_node_t *map);

static int read_subsection(struct config_reader *r, const char *name, const yaml_node_t *map)
{
    char section[CONFIG_NAME_MAX + 1];
    struct text t;
    text_init(&t, section, sizeof(section));
    text_addf(&t, "%s.", name);
    assert(text_ok(&t));
    return read_section(r, section, map);
}

/* Reads the keys of one section. */
static int read_section(struct config_reader *r, const char *section, const yaml_node_t *map)
{
    char name[CONFIG_NAME_MAX];
    int err = 0;
    if (is_empty(map))
        return 0;
    if (map->type != YAML_MAPPING_NODE)
        return config_refuse(
            r, map->start_mark, "%.*s: %s, expected keys and values",
            (int)(strchr(section, '[') ? strcspn(section, "[") : strlen(section) - 1), section,
            map->type == YAML_SEQUENCE_NODE ? "a list" : "one value");
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top && !err; pair++) {
        const yaml_node_t *value = open_pair(r, section, map, pair, name);
        if (!value)
            return -EINVAL;
        int key = config_find_key(name);
        if (key < 0 && is_section(name)) { /* reply.quiet: two levels, and no table has three */
            err = read_subsection(r, name, value);
            continue;
        }
        if (key < 0)
            return refuse_unknown(r, section, node_of(r, pair->key));
        size_t count;
        r->seen[key] = true;
        r->where[key] = value->start_mark;
        err = read_value(r, &config_keys(&count)[key], value);
    }
    return err;
}

/* Returns the value of the pair `word` of a mapping, or NULL. */
static const yaml_node_t *find_pair(struct config_reader *r, const yaml_node_t *map,
                                    const char *word)
{
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
         p++) {
        const yaml_node_t *key = node_of(r, p->key);
        size_t len;
        if (key->type == YAML_SCALAR_NODE && strcmp(scalar(key, &len), word) == 0)
            return node_of(r, p->value);
    }
    return NULL;
}

/* Reads "{date: 2026-12-25, name: Christmas}". */
static int read_holiday(struct config_reader *r, const yaml_node_t *map)
{
    static const char form[] = "{date: 2026-12-25, name: Christmas}";
    char what[CONFIG_WHAT_MAX];
    size_t len;
    if (map->type != YAML_MAPPING_NODE)
        return config_refuse(r, map->start_mark, "holidays: expected such as %s", form);
    const yaml_node_t *date = find_pair(r, map, "date"), *name = find_pair(r, map, "name");
    if (!date || !name || date->type != YAML_SCALAR_NODE || name->type != YAML_SCALAR_NODE ||
        map->data.mapping.pairs.top - map->data.mapping.pairs.start != 2)
        return config_refuse(r, map->start_mark, "holidays: expected a date and a name, such as %s",
                             form);
    if (config_holiday(r->config, scalar(date, &len), scalar(name, &len), what))
        return config_refuse(r, date->start_mark, "holidays: %s", what);
    return 0;
}

static int read_holidays(struct config_reader *r, const yaml_node_t *list)
{
    int err = 0;
    r->holidays = list;
    if (is_empty(list))
        return 0;
    if (list->type != YAML_SEQUENCE_NODE)
        return config_refuse(r, list->start_mark,
                             "holidays: expected a list: each begins with \"- \"");
    for (const yaml_node_item_t *item = list->data.sequence.items.start;
         item < list->data.sequence.items.top && !err; item++)
        err = read_holiday(r, node_of(r, *item));
    return err;
}

/* Reads one pair of the top; the lines are kept for later. */
static int read_top_pair(struct config_reader *r, const yaml_node_t *root,
                         const yaml_node_pair_t *pair, bool business)
{
    char name[CONFIG_NAME_MAX];
    size_t count;
    const yaml_node_t *value = open_pair(r, "", root, pair, name);
    int key = config_find_key(name);
    if (!value)
        return -EINVAL;
    if ((strcmp(name, "business") == 0) != business)
        return 0;
    if (strcmp(name, "lines") == 0) {
        r->lines = value;
        return 0;
    }
    if (strcmp(name, "holidays") == 0)
        return read_holidays(r, value);
    if (key >= 0 && !strchr(name, '.'))
        return read_value(r, &config_keys(&count)[key], value);
    if (is_section(name) && !strpbrk(name, ".["))
        return read_subsection(r, name, value);
    return refuse_unknown(r, "", node_of(r, pair->key));
}

int config_read_top(struct config_reader *r, const yaml_node_t *root)
{
    int err = 0;
    if (root->type != YAML_MAPPING_NODE)
        return config_refuse(r, root->start_mark,
                             "%s, expected keys and values such as \"business:\"",
                             root->type == YAML_SEQUENCE_NODE ? "a list" : "one value");
    for (int rest = 0; rest < 2; rest++) /* the business first: numbers want its country */
        for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
             pair < root->data.mapping.pairs.top && !err; pair++)
            err = read_top_pair(r, root, pair, !rest);
    return err;
}

static int read_line(struct config_reader *r, const yaml_node_t *node)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    r->line = &r->config->lines[r->config->line_count];
    for (size_t i = 0; i < count; i++)
        r->seen[i] = r->seen[i] && !config_key_of_line(&keys[i]);
    config_set_defaults(r->config, r->line);
    int err = read_section(r, "lines[].", node);
    if (!err)
        err = config_check_required(r, node->start_mark);
    if (!err)
        err = config_check_line(r, node->start_mark);
    r->config->line_count++;
    r->line = NULL;
    return err;
}

int config_read_lines(struct config_reader *r, yaml_mark_t mark)
{
    int err = 0;
    if (!r->lines || is_empty(r->lines))
        return config_refuse(r, r->lines ? r->lines->start_mark : mark,
                             "lines is missing, expected one to %d modems, each with its number",
                             CONFIG_LINES_MAX);
    if (r->lines->type != YAML_SEQUENCE_NODE)
        return config_refuse(r, r->lines->start_mark,
                             "lines: expected a list: each line begins with \"- \"");
    const yaml_node_item_t *start = r->lines->data.sequence.items.start;
    const yaml_node_item_t *top = r->lines->data.sequence.items.top;
    if (start == top)
        return config_refuse(r, r->lines->start_mark, "lines: none, expected one to %d",
                             CONFIG_LINES_MAX);
    for (const yaml_node_item_t *item = start; item < top && !err; item++) {
        const yaml_node_t *node = node_of(r, *item);
        if (r->config->line_count == CONFIG_LINES_MAX)
            return config_refuse(r, node->start_mark, "lines: too many, expected at most %d",
                                 CONFIG_LINES_MAX);
        err = read_line(r, node);
    }
    return err;
}
