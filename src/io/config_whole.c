#include "config_reader.h"
#include "modem/device.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

void config_set_defaults(struct config *c, struct config_line *line)
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

int config_check_required(struct config_reader *r, yaml_mark_t mark)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++)
        if (!keys[i].fallback && !r->seen[i] && config_key_of_line(&keys[i]) == (r->line != NULL))
            return config_refuse(r, mark, "%s is missing. %s", keys[i].name, keys[i].help);
    return 0;
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

int config_check_line(struct config_reader *r, yaml_mark_t mark)
{
    const char *name, *value;
    for (size_t which = 0; (value = line_value(r->line, which, &name)) != NULL; which++) {
        int key = config_find_key(name);
        for (const struct config_line *other = r->config->lines; other < r->line; other++)
            if (value[0] && strcmp(value, line_value(other, which, &name)) == 0)
                return config_refuse(r, r->seen[key] ? r->where[key] : mark,
                                     "%s: \"%s\" is that of another line already", name, value);
    }
    return 0;
}

/* What is removed cannot hold a text back: a cooldown must not be longer than the past that is
 * kept. */
static int check_keep(struct config_reader *r, yaml_mark_t mark)
{
    const struct policy_config *policy = &r->config->policy;
    const struct {
        const char *name;
        int64_t ms;
    } pasts[] = {{"reply.cooldown", policy->cooldown_ms},
                 {"reply.conversation_window", policy->conversation_window_ms}};
    int keep = config_find_key("store.keep");
    for (size_t i = 0; i < sizeof(pasts) / sizeof(pasts[0]) && r->config->keep_ms >= 0; i++) {
        int key = r->seen[keep] ? keep : config_find_key(pasts[i].name);
        if (pasts[i].ms > r->config->keep_ms)
            return config_refuse(r, r->seen[key] ? r->where[key] : mark,
                                 "store.keep: shorter than %s, expected at least as long",
                                 pasts[i].name);
    }
    return 0;
}

/* Returns where the number of this line stands among the owner's, NULL where it does not. */
static const yaml_node_t *find_owner(struct config_reader *r, const char *number)
{
    const yaml_node_t *list = r->owners;
    bool many = list && list->type == YAML_SEQUENCE_NODE;
    size_t count = many ? (size_t)(list->data.sequence.items.top - list->data.sequence.items.start)
                        : list != NULL;
    for (size_t i = 0; i < count; i++) {
        char e164[E164_MAX + 1];
        const yaml_node_t *node =
            many ? yaml_document_get_node(&r->document, list->data.sequence.items.start[i]) : list;
        if (e164_parse((const char *)node->data.scalar.value, node->data.scalar.length,
                       r->config->policy.region, e164) == E164_OK &&
            strcmp(e164, number) == 0)
            return node;
    }
    return NULL;
}

/* A line that texts itself would never end; what is told to nobody was meant for somebody. */
static int check_owner(struct config_reader *r)
{
    const struct owner_config *owner = &r->config->policy.owner;
    const struct {
        const char *name;
        bool on;
    } keys[] = {{"owner.digest", owner->digest_min >= 0}, {"owner.relay", owner->relay}};
    for (size_t i = 0; i < r->config->line_count; i++) {
        const yaml_node_t *node = find_owner(r, r->config->lines[i].number);
        if (node)
            return config_refuse(r, node->start_mark,
                                 "owner.numbers: \"%s\" is the number of the line %s, expected "
                                 "another phone",
                                 r->config->lines[i].number, r->config->lines[i].name);
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].on && owner->number_count == 0)
            return config_refuse(r, r->where[config_find_key(keys[i].name)],
                                 "%s: means nothing without owner.numbers", keys[i].name);
    return 0;
}

/* All numbers that are ours: the SIMs' and the owner's with those that were given. */
static int collect_own(struct config_reader *r, yaml_mark_t mark)
{
    size_t count;
    char what[CONFIG_WHAT_MAX];
    struct config *c = r->config;
    const struct config_key *own = &config_keys(&count)[config_find_key("lines[].own_numbers")];
    const struct owner_config *owner = &c->policy.owner;
    for (size_t i = 0; i < c->line_count + owner->number_count; i++) {
        const char *number =
            i < c->line_count ? c->lines[i].number : owner->numbers[i - c->line_count];
        if (config_value(own, c, &c->lines[0], number, strlen(number), what))
            return config_refuse(r, mark, "%s: %s", own->name, what);
    }
    return 0;
}

int config_finish(struct config_reader *r, yaml_mark_t mark)
{
    size_t count;
    char what[CONFIG_WHAT_MAX];
    const struct config_key *keys = config_keys(&count);
    const struct config_key *zone = &keys[config_find_key("business.timezone")];
    struct config *c = r->config;

    int err = r->seen[zone - keys]
                  ? 0
                  : config_value(zone, c, NULL, zone->fallback, strlen(zone->fallback), what);
    if (err) {
        (void)config_refuse(r, mark, "%s: %s", zone->name, what);
        return err;
    }
    for (size_t day = 0; day < 7; day++)
        c->policy.hours_set = c->policy.hours_set || c->policy.hours.count[day] > 0;
    if (c->policy.hours.holiday_count > 0 && !c->policy.hours_set)
        return config_refuse(r, r->holidays->start_mark, "holidays: mean nothing without hours");
    err = config_opt_out(c, what);
    if (err) {
        size_t key = (size_t)config_find_key("opt_out.languages");
        (void)config_refuse(r, r->seen[key] ? r->where[key] : mark, "opt_out: %s", what);
        return err;
    }
    err = check_owner(r);
    if (!err)
        err = collect_own(r, mark);
    return err ? err : check_keep(r, mark);
}

/* A text that is too long would only be noticed when a call is missed and nothing is sent. */
int config_check_texts(struct config_reader *r, yaml_mark_t mark)
{
    char name[CONFIG_NAME_MAX], what[CONFIG_WHAT_MAX];
    const struct policy_config *policy = &r->config->policy;
    for (enum template_id id = 0; id < TEMPLATE_COUNT; id++) {
        if ((id == TEMPLATE_CLOSED && !policy->hours_set) ||
            (id == TEMPLATE_HOLIDAY && policy->hours.holiday_count == 0))
            continue;
        (void)snprintf(name, sizeof(name), "templates.%s", template_name(id));
        int key = config_find_key(name);
        if (config_text(r->config, id, what))
            return config_refuse(r, r->seen[key] ? r->where[key] : mark, "%s: %s", name, what);
    }
    return 0;
}
