#include "io/config.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/utf8.h"
#include "io/config_parts.h"
#include "modem/device.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_FILE_MAX (1 << 20)
#define CONFIG_NAME_MAX 64 /* octets of a key with its section, with its NUL */

/* One reading of one file. */
struct reader {
    char file[CONFIG_PATH_MAX]; /* printable */
    char *error;
    yaml_document_t document;
    struct config *config;
    struct config_line *line;           /* whose keys are read now, or NULL */
    const yaml_node_t *lines;           /* read last: numbers want the country */
    const yaml_node_t *holidays;        /* or NULL */
    bool seen[CONFIG_KEYS_MAX];         /* by place in the table; a line's anew for each line */
    yaml_mark_t where[CONFIG_KEYS_MAX]; /* of the value */
};

__attribute__((format(printf, 3, 4))) static int refuse(struct reader *r, yaml_mark_t mark,
                                                        const char *format, ...)
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

static const yaml_node_t *node_of(struct reader *r, int id)
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

/* Returns the place of a key in the table, or -1. */
static int find_key(const char *name)
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

/* Says that a key is unknown, and which one was meant or where it belongs. */
static int refuse_unknown(struct reader *r, const char *section, const yaml_node_t *key)
{
    char word[CONFIG_NAME_MAX], nearest[CONFIG_NAME_MAX] = "", quoted[CONFIG_QUOTED_MAX];
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
        return refuse(r, key->start_mark, "unknown key %s, did you mean \"%s\"?", quoted, nearest);
    if (elsewhere)
        return refuse(r, key->start_mark, "unknown key %s here, it belongs below \"%.*s:\"", quoted,
                      (int)strcspn(elsewhere->name, ".["), elsewhere->name);
    return refuse(r, key->start_mark, "unknown key %s", quoted);
}

/* Reads one scalar into its place. */
static int read_scalar(struct reader *r, const struct config_key *key, const yaml_node_t *node)
{
    size_t len;
    char what[CONFIG_WHAT_MAX];
    const char *text = scalar(node, &len);
    int err = config_value(key, r->config, r->line, text, len, what);
    return err ? refuse(r, node->start_mark, "%s: %s", key->name, what) : 0;
}

/* Reads a key's value: one scalar, or for a list any number of them (one may stand alone). */
static int read_value(struct reader *r, const struct config_key *key, const yaml_node_t *node)
{
    bool list = config_kind_is_list(key->kind);
    int err = 0;
    if (node->type == YAML_SCALAR_NODE)
        return list && is_empty(node) ? 0 : read_scalar(r, key, node);
    if (!list || node->type != YAML_SEQUENCE_NODE)
        return refuse(r, node->start_mark, "%s: a %s, expected %s", key->name,
                      node->type == YAML_SEQUENCE_NODE ? "list" : "group of keys",
                      list ? "a list of values"
                           : "one value (if it begins with { or [, in quotes)");
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top && !err; item++) {
        const yaml_node_t *value = node_of(r, *item);
        if (value->type != YAML_SCALAR_NODE)
            err = refuse(r, value->start_mark, "%s: a value that is a list or group, expected text",
                         key->name);
        else
            err = read_scalar(r, key, value);
    }
    return err;
}

/* Makes sure that a key comes once; `pair` is one of the mapping's. */
static int check_duplicate(struct reader *r, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
    size_t len, len_before;
    char quoted[CONFIG_QUOTED_MAX];
    const yaml_node_t *key = node_of(r, pair->key);
    const char *word = scalar(key, &len);
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *before = node_of(r, p->key);
        const char *word_before = scalar(before, &len_before);
        if (len == len_before && memcmp(word, word_before, len) == 0)
            return refuse(r, key->start_mark, "%s comes twice, first in line %zu",
                          config_quote(word, len, quoted), before->start_mark.line + 1);
    }
    return 0;
}

/* Returns the value of a mapping's pair once its key is known to be a word that comes once, and
 * writes its name below `section`; NULL after an error. */
static const yaml_node_t *open_pair(struct reader *r, const char *section, const yaml_node_t *map,
                                    const yaml_node_pair_t *pair, char ret_name[CONFIG_NAME_MAX])
{
    const yaml_node_t *key = node_of(r, pair->key);
    if (key->type != YAML_SCALAR_NODE) {
        (void)refuse(r, key->start_mark, "a list or group as a key, expected a word");
        return NULL;
    }
    key_name(section, key, ret_name);
    return check_duplicate(r, map, pair) ? NULL : node_of(r, pair->value);
}

static int read_section(struct reader *r, const char *section, const yaml_node_t *map);

static int read_subsection(struct reader *r, const char *name, const yaml_node_t *map)
{
    char section[CONFIG_NAME_MAX + 1];
    struct text t;
    text_init(&t, section, sizeof(section));
    text_addf(&t, "%s.", name);
    assert(text_ok(&t));
    return read_section(r, section, map);
}

/* Reads the keys of one section. */
static int read_section(struct reader *r, const char *section, const yaml_node_t *map)
{
    char name[CONFIG_NAME_MAX];
    int err = 0;
    if (is_empty(map))
        return 0;
    if (map->type != YAML_MAPPING_NODE)
        return refuse(r, map->start_mark, "%.*s: %s, expected keys and values",
                      (int)(strchr(section, '[') ? strcspn(section, "[") : strlen(section) - 1),
                      section, map->type == YAML_SEQUENCE_NODE ? "a list" : "one value");
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top && !err; pair++) {
        const yaml_node_t *value = open_pair(r, section, map, pair, name);
        if (!value)
            return -EINVAL;
        int key = find_key(name);
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
static const yaml_node_t *find_pair(struct reader *r, const yaml_node_t *map, const char *word)
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
static int read_holiday(struct reader *r, const yaml_node_t *map)
{
    static const char form[] = "{date: 2026-12-25, name: Christmas}";
    char what[CONFIG_WHAT_MAX];
    size_t len;
    if (map->type != YAML_MAPPING_NODE)
        return refuse(r, map->start_mark, "holidays: expected such as %s", form);
    const yaml_node_t *date = find_pair(r, map, "date"), *name = find_pair(r, map, "name");
    if (!date || !name || date->type != YAML_SCALAR_NODE || name->type != YAML_SCALAR_NODE ||
        map->data.mapping.pairs.top - map->data.mapping.pairs.start != 2)
        return refuse(r, map->start_mark, "holidays: expected a date and a name, such as %s", form);
    if (config_holiday(r->config, scalar(date, &len), scalar(name, &len), what))
        return refuse(r, date->start_mark, "holidays: %s", what);
    return 0;
}

static int read_holidays(struct reader *r, const yaml_node_t *list)
{
    int err = 0;
    r->holidays = list;
    if (is_empty(list))
        return 0;
    if (list->type != YAML_SEQUENCE_NODE)
        return refuse(r, list->start_mark, "holidays: expected a list: each begins with \"- \"");
    for (const yaml_node_item_t *item = list->data.sequence.items.start;
         item < list->data.sequence.items.top && !err; item++)
        err = read_holiday(r, node_of(r, *item));
    return err;
}

/* Reads everything but the lines, which are kept for later. */
static int read_top(struct reader *r, const yaml_node_t *root)
{
    char name[CONFIG_NAME_MAX];
    int err = 0;
    if (root->type != YAML_MAPPING_NODE)
        return refuse(r, root->start_mark, "%s, expected keys and values such as \"business:\"",
                      root->type == YAML_SEQUENCE_NODE ? "a list" : "one value");
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top && !err; pair++) {
        const yaml_node_t *value = open_pair(r, "", root, pair, name);
        size_t count;
        int key = find_key(name);
        if (!value)
            return -EINVAL;
        if (strcmp(name, "lines") == 0) {
            r->lines = value;
        } else if (strcmp(name, "holidays") == 0) {
            err = read_holidays(r, value);
        } else if (key >= 0 && !strchr(name, '.')) {
            err = read_value(r, &config_keys(&count)[key], value);
        } else if (is_section(name) && !strpbrk(name, ".[")) {
            err = read_subsection(r, name, value);
        } else {
            err = refuse_unknown(r, "", node_of(r, pair->key));
        }
    }
    return err;
}

/* Makes sure that all keys without a default were there: a line's, or the others. */
static int check_required(struct reader *r, yaml_mark_t mark)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++)
        if (!keys[i].fallback && !r->seen[i] && config_key_of_line(&keys[i]) == (r->line != NULL))
            return refuse(r, mark, "%s is missing. %s", keys[i].name, keys[i].help);
    return 0;
}

/* Sets the defaults of a line's keys, or of all others where `line` is NULL. */
static void set_defaults(struct config *c, struct config_line *line)
{
    size_t count;
    char what[CONFIG_WHAT_MAX];
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const struct config_key *key = &keys[i];
        if (!key->fallback || config_kind_is_list(key->kind) || key->kind == CONFIG_ZONE ||
            config_key_of_line(key) != (line != NULL))
            continue;
        int err = config_value(key, c, line, key->fallback, strlen(key->fallback), what);
        assert(err == 0);
    }
}

/* Returns whether a line wants one modem and no other. */
static bool is_one_device(const struct config_line *line)
{
    struct device_wish wish = {.kind = DEVICE_AUTO};
    (void)device_parse(line->device, &wish);
    return wish.kind == DEVICE_PATH || wish.kind == DEVICE_IMEI;
}

/* What must differ from line to line: a key, and the line's value of it. */
static const char *line_value(const struct config_line *line, size_t which, const char **ret_key)
{
    static const char *const names[] = {"lines[].name", "lines[].number", "lines[].device"};
    const char *const values[] = {line->name, line->number,
                                  is_one_device(line) ? line->device : ""};
    if (which >= sizeof(names) / sizeof(names[0]))
        return NULL;
    *ret_key = names[which];
    return values[which];
}

static int check_line_differs(struct reader *r, yaml_mark_t mark)
{
    const char *name, *value;
    for (size_t which = 0; (value = line_value(r->line, which, &name)) != NULL; which++) {
        int key = find_key(name);
        for (const struct config_line *other = r->config->lines; other < r->line; other++)
            if (value[0] && strcmp(value, line_value(other, which, &name)) == 0)
                return refuse(r, r->seen[key] ? r->where[key] : mark,
                              "%s: \"%s\" is that of another line already", name, value);
    }
    return 0;
}

static int read_line(struct reader *r, const yaml_node_t *node)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    r->line = &r->config->lines[r->config->line_count];
    for (size_t i = 0; i < count; i++)
        r->seen[i] = r->seen[i] && !config_key_of_line(&keys[i]);
    set_defaults(r->config, r->line);
    int err = read_section(r, "lines[].", node);
    if (!err)
        err = check_required(r, node->start_mark);
    if (!err)
        err = check_line_differs(r, node->start_mark);
    r->config->line_count++;
    r->line = NULL;
    return err;
}

static int read_lines(struct reader *r, yaml_mark_t mark)
{
    int err = 0;
    if (!r->lines || is_empty(r->lines))
        return refuse(r, r->lines ? r->lines->start_mark : mark,
                      "lines is missing, expected one to %d modems, each with its number",
                      CONFIG_LINES_MAX);
    if (r->lines->type != YAML_SEQUENCE_NODE)
        return refuse(r, r->lines->start_mark,
                      "lines: expected a list: each line begins with \"- \"");
    const yaml_node_item_t *start = r->lines->data.sequence.items.start;
    const yaml_node_item_t *top = r->lines->data.sequence.items.top;
    if (start == top)
        return refuse(r, r->lines->start_mark, "lines: none, expected one to %d", CONFIG_LINES_MAX);
    for (const yaml_node_item_t *item = start; item < top && !err; item++) {
        const yaml_node_t *node = node_of(r, *item);
        if (r->config->line_count == CONFIG_LINES_MAX)
            return refuse(r, node->start_mark, "lines: too many, expected at most %d",
                          CONFIG_LINES_MAX);
        err = read_line(r, node);
    }
    return err;
}

/* What follows from the whole: a zone that was not given is this machine's, hours are known where
 * there is one, and each line's SIM is one of the own numbers. */
static int finish(struct reader *r, yaml_mark_t mark)
{
    size_t count;
    char what[CONFIG_WHAT_MAX];
    const struct config_key *keys = config_keys(&count);
    const struct config_key *zone = &keys[find_key("business.timezone")];
    const struct config_key *own = &keys[find_key("lines[].own_numbers")];
    struct config *c = r->config;

    if (!r->seen[zone - keys] &&
        config_value(zone, c, NULL, zone->fallback, strlen(zone->fallback), what))
        return refuse(r, mark, "%s: %s", zone->name, what);
    for (size_t day = 0; day < 7; day++)
        c->policy.hours_set = c->policy.hours_set || c->policy.hours.count[day] > 0;
    if (c->policy.hours.holiday_count > 0 && !c->policy.hours_set)
        return refuse(r, r->holidays->start_mark, "holidays: mean nothing without hours");
    if (config_opt_out(c, what)) {
        size_t key = (size_t)find_key("opt_out.languages");
        return refuse(r, r->seen[key] ? r->where[key] : mark, "opt_out: %s", what);
    }
    for (size_t i = 0; i < c->line_count; i++) {
        const char *number = c->lines[i].number;
        if (config_value(own, c, &c->lines[i], number, strlen(number), what))
            return refuse(r, mark, "%s: %s", own->name, what);
    }
    return 0;
}

/* A text that is too long would only be noticed when a call is missed and nothing is sent. */
static int check_texts(struct reader *r, yaml_mark_t mark)
{
    char name[CONFIG_NAME_MAX], what[CONFIG_WHAT_MAX];
    const struct policy_config *policy = &r->config->policy;
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++) {
        if ((id == TEMPLATE_CLOSED && !policy->hours_set) ||
            (id == TEMPLATE_HOLIDAY && policy->hours.holiday_count == 0))
            continue;
        (void)snprintf(name, sizeof(name), "templates.%s", template_name(id));
        int key = find_key(name);
        if (config_text(r->config, id, what))
            return refuse(r, r->seen[key] ? r->where[key] : mark, "%s: %s", name, what);
    }
    return 0;
}

static int read_document(struct reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    yaml_mark_t mark = root->start_mark;
    int err = read_top(r, root);
    if (!err)
        err = check_required(r, mark);
    if (!err)
        err = read_lines(r, mark);
    if (!err)
        err = finish(r, mark);
    if (!err)
        err = check_texts(r, mark);
    return err;
}

void config_defaults(struct config *c)
{
    memset(c, 0, sizeof(*c));
    policy_config_init(&c->policy);
    set_defaults(c, NULL);
}

/* Writes the FNV-1a hash of the file in 16 hex digits. */
static void hash_text(const char *text, size_t len, char ret_hash[POLICY_HASH_SIZE])
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    (void)snprintf(ret_hash, POLICY_HASH_SIZE, "%016" PRIx64, hash);
}

int config_parse(const char *file, const char *text, size_t len, struct config *ret,
                 char ret_error[CONFIG_ERROR_MAX])
{
    struct reader r = {.error = ret_error};
    struct config_problem problem;
    (void)utf8_printable(file, strlen(file), false, r.file, sizeof(r.file));
    int err = config_yaml(text, len, &r.document, &problem);
    if (err == -ENOMEM)
        goto no_memory;
    if (err)
        return refuse(&r, (yaml_mark_t){.line = problem.line - 1, .column = problem.column - 1},
                      "%s", problem.what);
    r.config = malloc(sizeof(*r.config));
    if (!r.config) {
        yaml_document_delete(&r.document);
        goto no_memory;
    }
    config_defaults(r.config);
    err = read_document(&r);
    if (!err) {
        hash_text(text, len, r.config->policy.hash);
        *ret = *r.config;
    }
    free(r.config);
    yaml_document_delete(&r.document);
    return err;

no_memory:
    (void)refuse(&r, (yaml_mark_t){.line = 0}, "no memory is left");
    return -ENOMEM;
}

/* Reads a whole file that is not too large; `ret_text` is the caller's to free. */
static int read_file(const char *path, char **ret_text, size_t *ret_len)
{
    int err = 0;
    size_t len = 0;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    text = malloc(CONFIG_FILE_MAX + 1);
    if (!text) {
        err = -ENOMEM;
        goto out;
    }
    for (ssize_t n = 1; n > 0 && len <= CONFIG_FILE_MAX; len += (size_t)n) {
        n = read(fd, text + len, CONFIG_FILE_MAX + 1 - len);
        if (n < 0) {
            err = -errno;
            goto out;
        }
    }
    if (len > CONFIG_FILE_MAX) {
        err = -EFBIG;
        goto out;
    }
    *ret_text = text;
    *ret_len = len;
    text = NULL;
out:
    free(text);
    close(fd);
    return err;
}

int config_read(const char *path, struct config *ret, char ret_error[CONFIG_ERROR_MAX])
{
    char file[CONFIG_PATH_MAX], *text = NULL;
    size_t len = 0;
    int err = read_file(path, &text, &len);
    if (!err) {
        err = config_parse(path, text, len, ret, ret_error);
        free(text);
        return err;
    }
    (void)utf8_printable(path, strlen(path), false, file, sizeof(file));
    (void)snprintf(ret_error, CONFIG_ERROR_MAX, "%s: %s", file,
                   err == -EFBIG ? "over 1 MB, expected a text file" : strerror(-err));
    return err == -ENOENT || err == -EACCES || err == -ENOMEM ? err : -EINVAL;
}

/* Takes `path` if there is such a file, readable or not. */
static bool take_path(const char *directory, const char *name, char ret_path[CONFIG_PATH_MAX])
{
    struct text t;
    text_init(&t, ret_path, CONFIG_PATH_MAX);
    text_add(&t, directory);
    text_add(&t, name);
    return text_ok(&t) && access(ret_path, F_OK) == 0;
}

int config_find(const char *given, char ret_path[CONFIG_PATH_MAX])
{
    const char *named = given ? given : getenv("TEXTBACK_CONFIG");
    const char *home = getenv("HOME");
    if (given || (named && named[0]))
        return take_path(named, "", ret_path) ? 0 : -ENOENT;
    if (home && home[0] && take_path(home, "/.config/textback/config.yaml", ret_path))
        return 0;
    return take_path("/etc/textback/", "config.yaml", ret_path) ? 0 : -ENOENT;
}

/* Returns whether a value of this kind is shown in quotes. */
static bool is_quoted(enum config_kind kind)
{
    return kind == CONFIG_TEXT || kind == CONFIG_TEMPLATE || kind == CONFIG_MODE ||
           kind == CONFIG_CLOCK || kind == CONFIG_PATH;
}

/* Prints one key: "delay: 5s", or without a default "name:". */
static void print_key(FILE *out, const struct config_key *key)
{
    const char *dot = strrchr(key->name, '.');
    const char *quote = is_quoted(key->kind) ? "\"" : "";
    fprintf(out, "%s:", dot ? dot + 1 : key->name);
    if (config_kind_is_list(key->kind))
        fprintf(out, " []\n");
    else if (key->fallback)
        fprintf(out, " %s%s%s\n", quote, key->fallback, quote);
    else
        fprintf(out, "\n");
}

/* Prints the line "  quiet:" before the first key of a section in a section. Returns how deep the
 * keys of this one's section are. */
static int open_section(FILE *out, const struct config_key *key, const struct config_key *before)
{
    size_t same = 0;
    int depth = 0;
    for (const char *dot = strchr(key->name, '.'); dot; dot = strchr(dot + 1, '.')) {
        size_t len = (size_t)(dot - key->name) + 1;
        bool open = before && strncmp(before->name, key->name, len) == 0;
        const char *word = key->name + same;
        if (!open)
            fprintf(out, "%s%*s%.*s:\n", depth == 0 ? "\n" : "", 2 * depth, "",
                    (int)strcspn(word, ".["), word);
        same = len;
        depth++;
    }
    if (depth == 0 && before && strchr(before->name, '.'))
        fputc('\n', out);
    return depth;
}

void config_print_defaults(FILE *out)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const struct config_key *key = &keys[i], *before = i > 0 ? &keys[i - 1] : NULL;
        bool of_line = config_key_of_line(key);
        bool first = of_line && !config_key_of_line(before);
        int indent = 2 * open_section(out, key, before);
        fprintf(out, "%*s# %s%s\n", indent + 2 * of_line, "", key->help,
                key->fallback ? "" : " Required.");
        fprintf(out, "%*s%s", indent, "", first ? "- " : of_line ? "  " : "");
        print_key(out, key);
    }
}
