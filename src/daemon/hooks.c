#include "hooks.h"
#include "base/json.h"
#include "io/log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SETTING "hooks_after"
#define OFF (-1) /* of the setting */
#define TELL_MS 60000

int hooks_begin(struct hooks *h, struct store *store, const struct config *config)
{
    bool on = config->hooks.argument_count > 0;
    int64_t last = 0;
    int err = setting_get_i64(store, SETTING, OFF, &h->saved);
    if (err == 0 && on && !h->on && h->saved == OFF)
        err = event_last_id(store, &last);
    if (err == 0 && on && !h->on)
        h->after = h->saved == OFF ? last : h->saved;
    if (err == 0 && !on && h->saved != OFF)
        err = setting_set_i64(store, SETTING, h->saved = OFF);
    if (err == 0)
        h->on = on;
    return err;
}

bool hooks_own(const struct hooks *h, const void *who)
{
    const char *first = (const char *)h->runs, *at = who;
    return at >= first && at < first + sizeof(h->runs);
}

/* The last event of which all before it were given and have ended. */
static int64_t done_until(const struct hooks *h)
{
    int64_t until = h->after;
    for (size_t i = 0; i < CONFIG_HOOKS_MAX; i++)
        if (h->runs[i].hook.state == HOOK_RUNS && h->runs[i].event <= until)
            until = h->runs[i].event - 1;
    return until;
}

static void save(struct hooks *h, struct store *store)
{
    int64_t until = done_until(h);
    if (!h->on || until == h->saved)
        return;
    if (setting_set_i64(store, SETTING, until) == 0)
        h->saved = until;
    else
        log_warning("hooks: events may be given twice: %s", store_error(store));
}

/* One line a minute: a program that is missing fails for each event. */
static void tell(struct hooks *h, int64_t event, const char *program, const char *why,
                 struct now now)
{
    if (now.mono.ms < h->tell_at.ms) {
        h->untold++;
        return;
    }
    if (h->untold > 0)
        log_warning("hooks: event %" PRId64 ": %s: %s (and %d more)", event, program, why,
                    h->untold);
    else
        log_warning("hooks: event %" PRId64 ": %s: %s", event, program, why);
    h->untold = 0;
    h->tell_at = mono_after(now.mono, TELL_MS);
}

/* Returns how many go on. */
static int look_after(struct hooks *h, struct loop *loop, const char *program, struct now now)
{
    char why[HOOK_ERROR_SIZE];
    int running = 0;
    for (size_t i = 0; i < CONFIG_HOOKS_MAX; i++) {
        struct hook *hook = &h->runs[i].hook;
        if (hook->state != HOOK_RUNS)
            continue;
        enum hook_state state = hook_turn(hook, loop, now);
        running += state == HOOK_RUNS;
        if (state == HOOK_FAILED) {
            hook_error(hook, why);
            tell(h, h->runs[i].event, program, why, now);
        }
    }
    return running;
}

/* Returns the event as `textback events` prints it, NULL where there is no memory. */
static char *event_text(const struct event_row *event)
{
    size_t cap = 6 * strlen(event->data) + 256; /* at most \u00XX for each octet */
    char *buf = malloc(cap);
    struct text sink;
    struct json json;
    if (!buf)
        return NULL;
    text_init(&sink, buf, cap);
    json_init(&json, json_put_text, &sink);
    event_json(&json, event);
    text_add_char(&sink, '\n');
    if (text_ok(&sink))
        return buf;
    free(buf);
    return NULL;
}

/* Is this the machine's trouble, and not the program's? One that is being written is soon there. */
static bool passes(int err)
{
    return err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -EAGAIN || err == -ETXTBSY;
}

/* Returns whether the next one may be given. */
static bool give(struct hooks *h, const struct event_row *event, struct loop *loop,
                 const struct config *config, const char *config_path, struct now now)
{
    const char *argv[CONFIG_ARGUMENTS_MAX + 1] = {NULL};
    size_t slot = 0;
    while (h->runs[slot].hook.state == HOOK_RUNS)
        slot++;
    for (size_t i = 0; i < config->hooks.argument_count; i++)
        argv[i] = config->hooks.arguments[i];
    char *text = event_text(event);
    int err = !text ? -ENOMEM
                    : hook_start(&h->runs[slot].hook, loop, argv, config_path, text, strlen(text),
                                 config->hooks.timeout_ms, now);
    if (err)
        tell(h, event->id, argv[0], strerror(-err), now);
    free(text);
    if (passes(err)) {
        h->retry_at = mono_after(now.mono, HOOKS_RETRY_MS);
        return false;
    }
    h->runs[slot].event = event->id;
    h->after = event->id;
    return true;
}

void hooks_turn(struct hooks *h, struct store *store, struct loop *loop,
                const struct config *config, const char *config_path, struct now now)
{
    struct store_rows *rows;
    struct event_row event;
    int running = look_after(h, loop, config->hooks.arguments[0], now);
    int room = config->hooks.max_running - running;
    if (!h->on)
        return;
    if (now.mono.ms < h->retry_at.ms)
        room = 0;
    else
        h->retry_at = (struct mono){0};
    if (room > 0 && event_list(store, h->after, room, &rows) == 0) {
        while (event_next(rows, &event) > 0 && give(h, &event, loop, config, config_path, now))
            ;
        store_rows_free(rows);
    }
    if (now.mono.ms >= h->save_at.ms) {
        save(h, store);
        h->save_at = MONO_NEVER;
    }
    if (h->save_at.ms == MONO_NEVER.ms && done_until(h) != h->saved)
        h->save_at = mono_after(now.mono, HOOKS_SAVE_MS);
}

struct mono hooks_deadline(const struct hooks *h)
{
    struct mono due = h->on ? h->save_at : MONO_NEVER;
    if (h->on && h->retry_at.ms != 0)
        due = mono_min(due, h->retry_at);
    for (size_t i = 0; i < CONFIG_HOOKS_MAX; i++)
        due = mono_min(due, hook_deadline(&h->runs[i].hook));
    return due;
}

void hooks_end(struct hooks *h, struct store *store, struct loop *loop)
{
    if (h->on)
        save(h, store);
    for (size_t i = 0; i < CONFIG_HOOKS_MAX; i++)
        hook_stop(&h->runs[i].hook, loop);
}
