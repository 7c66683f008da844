#include "service/alerts.h"

#include "alerts_turn.h"
#include "internal.h"
#include "store/people.h"
#include "store/threads.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WAITS_LISTED 10
#define WAITS_SHOWN 4
#define RETRY_MS 5000
#define STORE_WRONG_MS 60000 /* a store that fails for less is nothing to tell */
#define STORE_GOOD_MS 30000  /* and one that has not failed for so long works */
#define STORE_LOOK_MS 10000
#define DIGEST_SPAN_S 86400
#define DIGEST_KEY "owner_digest"
#define EVENT_KEY "owner_event"
#define NOBODY (-1) /* there is no phone, so nothing that happens is told */

const struct service_health *alerts_line(const struct turn *t, const char *name, bool able)
{
    for (size_t i = 0; name && i < t->count; i++)
        if (t->line[i].able && strcmp(t->line[i].line, name) == 0)
            return &t->line[i];
    for (size_t i = 0; i < t->count; i++)
        if (t->line[i].able)
            return &t->line[i];
    return able || t->count == 0 ? NULL : &t->line[0];
}

static int tell(struct turn *t, const struct service_health *line, const struct owner_text *text)
{
    const struct owner_sender sender = {.store = t->store,
                                        .policy = t->policy,
                                        .compose = &t->a->compose,
                                        .line = line->row,
                                        .report = line->report};
    int sent = owner_send_all(&sender, t->now, text);
    t->queued += sent > 0 ? sent : 0;
    return sent < 0 ? sent : 0;
}

int alerts_tell(struct turn *t, const struct service_health *line, const char *text, size_t parts)
{
    const struct owner_text new = {
        .text = text, .cause = CAUSE_RELAY, .parts = parts, .good_s = OWNER_ALERT_S};
    return tell(t, line, &new);
}

/* next: lines that cannot send */

static void add_span(struct text *words, const struct turn *t, struct wall from, struct wall to)
{
    text_add(words, "from ");
    owner_add_time(words, t->policy, from, t->now.wall);
    text_add(words, " to ");
    owner_add_time(words, t->policy, to, t->now.wall);
}

static void line_key(const struct service_health *line, char key[64])
{
    snprintf(key, 64, "line.%s", line->line);
}

static int add_alarm(struct turn *t, const struct service_health *line, bool down, const char *what)
{
    char data[512];
    struct text sink;
    struct json json;
    text_init(&sink, data, sizeof(data));
    json_init(&json, json_put_text, &sink);
    json_object(&json);
    json_key_string(&json, "alarm", down ? "line_down" : "line_up");
    json_key_string(&json, "line", line->line);
    json_key_string(&json, "what", what);
    json_object_end(&json);
    assert(text_ok(&sink));
    return event_add(t->store, t->now.wall, "alarm", data);
}

/* The line cannot send for long: that is noted, and told where another can. */
static int line_down(struct turn *t, const struct service_health *line, struct wall since)
{
    char key[64], buf[OWNER_TEXT_SIZE];
    struct trouble trouble;
    struct text words;
    const struct service_health *other = alerts_line(t, NULL, true);
    line_key(line, key);
    int new = trouble_begin(t->store, key, line->cause, since);
    int err = new < 0 ? new : trouble_get(t->store, key, &trouble);
    if (err == 0 && new)
        err = add_alarm(t, line, true, line->cause);
    if (err != 0 || trouble.told.s != 0 || !other)
        return err;
    text_init(&words, buf, sizeof(buf));
    text_addf(&words, OWNER_SIGN "line %s cannot text since ", line->line);
    owner_add_time(&words, t->policy, trouble.since, t->now.wall);
    text_addf(&words, ": %s", line->cause);
    err = trouble_tell(t->store, key, t->now.wall);
    return err != 0 ? err : alerts_tell(t, other, buf, OWNER_ALERT_PARTS);
}

/* It can again. */
static int line_up(struct turn *t, const struct service_health *line)
{
    char key[64], buf[OWNER_TEXT_SIZE];
    struct trouble trouble;
    struct text words;
    line_key(line, key);
    int err = trouble_get(t->store, key, &trouble);
    if (err != 0)
        return err == -ENOENT ? 0 : err;
    text_init(&words, buf, sizeof(buf));
    text_addf(&words, OWNER_SIGN "line %s %s ", line->line,
              trouble.told.s ? "works again, was down" : "was down");
    add_span(&words, t, trouble.since, t->now.wall);
    text_addf(&words, ": %s", trouble.what);
    err = trouble_end(t->store, key);
    if (err == 0)
        err = add_alarm(t, line, false, trouble.what);
    return err != 0 ? err : alerts_tell(t, line, buf, OWNER_ALERT_PARTS);
}

/* Runs `act` on the line in a transaction of its own. */
static int commit(struct turn *t, int err)
{
    if (err == 0)
        err = store_commit(t->store);
    if (err != 0)
        store_rollback(t->store);
    return err;
}

static int watch_line(struct turn *t, size_t i)
{
    struct alerts_wrong *wrong = &t->a->line[i];
    const struct service_health *line = &t->line[i];
    struct now now = t->now;
    if (line->able) {
        if (!wrong->is)
            return 0;
        int err = store_begin(t->store);
        err = commit(t, err == 0 ? line_up(t, line) : err);
        wrong->is = err != 0;
        return err;
    }
    if (!wrong->is)
        *wrong = (struct alerts_wrong){.is = true, .since = now.mono};
    int64_t down_ms = now.mono.ms - wrong->since.ms;
    if (down_ms < (line->person ? ALERTS_PERSON_MS : ALERTS_DOWN_MS))
        return 0;
    bool told = strcmp(wrong->what, "told") == 0;
    if (told)
        return 0;
    int err = store_begin(t->store);
    err =
        commit(t, err == 0 ? line_down(t, line, (struct wall){now.wall.s - down_ms / 1000}) : err);
    if (err == 0 && alerts_line(t, NULL, true))
        snprintf(wrong->what, sizeof(wrong->what), "told");
    return err;
}

/* Notes when the store failed first and last: what failed is tried again every few seconds, and may
 * seem to work in between. */
static void look_at_store(struct turn *t)
{
    struct alerts_wrong *wrong = &t->a->store;
    for (size_t i = 0; i < t->count; i++) {
        struct mono at = t->line[i].failed_at;
        if (at.ms <= wrong->seen.ms)
            continue;
        if (!wrong->is) {
            *wrong = (struct alerts_wrong){.is = true, .since = at};
            snprintf(wrong->what, sizeof(wrong->what), "%s", t->line[i].failure);
        }
        wrong->seen = at;
    }
}

/* What could not be stored could not be told either; afterwards it is. */
static int watch_store(struct turn *t)
{
    struct alerts_wrong *wrong = &t->a->store;
    char buf[OWNER_TEXT_SIZE];
    struct text words;
    look_at_store(t);
    int64_t good_ms = t->now.mono.ms - wrong->seen.ms, bad_ms = wrong->seen.ms - wrong->since.ms;
    const struct service_health *line = alerts_line(t, NULL, true);
    if (!wrong->is || good_ms < STORE_GOOD_MS)
        return 0;
    if (bad_ms < STORE_WRONG_MS)
        wrong->is = false;
    if (!wrong->is || !line)
        return 0;
    struct wall until = {t->now.wall.s - good_ms / 1000};
    text_init(&words, buf, sizeof(buf));
    text_add(&words, OWNER_SIGN "nothing could be stored ");
    add_span(&words, t, (struct wall){until.s - bad_ms / 1000}, until);
    text_addf(&words, ": %s", wrong->what);
    int err = store_begin(t->store);
    err = commit(t, err == 0 ? alerts_tell(t, line, buf, OWNER_ALERT_PARTS) : err);
    wrong->is = err != 0;
    return err;
}

/* next: who waits */

static bool is_open(const struct policy_config *policy, struct wall now)
{
    if (!wall_plausible(now))
        return false;
    return policy->hours_set ? hours_open(&policy->hours, &policy->zone, now)
                             : !quiet_at(&policy->quiet, &policy->zone, now);
}

static void add_waiting(struct text *words, const struct turn *t, int count,
                        const struct wait_row *row)
{
    if (count > WAITS_SHOWN)
        return;
    text_add(words, count == 1 ? OWNER_SIGN "waiting: " : ", ");
    owner_add_who(words, t->policy, row->thread, row->name, row->number);
    text_add_char(words, ' ');
    owner_add_age(words, t->now.wall.s - row->since.s);
}

/* All of them in one text. */
static int tell_waits(struct turn *t, struct wall before)
{
    char buf[OWNER_TEXT_SIZE];
    struct text words;
    struct store_rows *rows = NULL;
    struct wait_row row;
    int count = 0;
    text_init(&words, buf, sizeof(buf));
    int err = wait_list(t->store, before, WAITS_LISTED, &rows);
    while (err == 0 && wait_next(rows, &row) == 1) {
        add_waiting(&words, t, ++count, &row);
        err = wait_told(t->store, row.thread);
    }
    store_rows_free(rows);
    if (count > WAITS_SHOWN)
        text_addf(&words, ", and %d more", count - WAITS_SHOWN);
    const struct service_health *line = alerts_line(t, NULL, false);
    return err != 0 || count == 0 ? err : alerts_tell(t, line, buf, OWNER_LIST_PARTS);
}

static int watch_waits(struct turn *t)
{
    const struct owner_config *owner = &t->policy->owner;
    struct wall first, before = {t->now.wall.s - owner->waiting_after_ms / 1000};
    if (!(owner->notify & OWNER_WAITING) || owner->waiting_after_ms < 0 ||
        t->policy->mode == POLICY_OBSERVE || !is_open(t->policy, t->now.wall))
        return 0;
    int err = wait_first(t->store, &first);
    if (err != 0 || first.s > before.s)
        return err;
    err = store_begin(t->store);
    return commit(t, err == 0 ? tell_waits(t, before) : err);
}

/* next: how the day was */

/* Returns whether the digest of this local day is due. One of a day that lies ahead was noted by a
 * clock that was wrong. */
static bool digest_due(const struct turn *t, struct wall last)
{
    const struct zone *zone = &t->policy->zone;
    struct civil now = zone_civil(zone, t->now.wall), then = zone_civil(zone, last);
    int32_t minute = now.hour * 60 + now.minute, due = t->policy->owner.digest_min;
    if (minute < due || minute >= due + ALERTS_DIGEST_LATE_MIN)
        return false;
    if (last.s > t->now.wall.s)
        return last.s - t->now.wall.s > DIGEST_SPAN_S;
    return now.day != then.day || now.month != then.month || now.year != then.year;
}

static int write_digest(struct turn *t, struct wall since, char *buf, bool *ret_any)
{
    const struct thread_filter filter = {.limit = WAITS_LISTED + 1};
    struct day_counts day;
    struct thread_row thread;
    struct store_rows *rows = NULL;
    struct text words;
    int waiting = 0;
    text_init(&words, buf, OWNER_TEXT_SIZE);
    text_add(&words, OWNER_SIGN "since ");
    owner_add_time(&words, t->policy, since, t->now.wall);
    int err = day_counts(t->store, since, &day);
    if (err == 0)
        err = thread_list(t->store, &filter, &rows);
    if (err == 0)
        text_addf(&words, ": calls %d, missed %d, texted %d, replied %d.", day.calls, day.missed,
                  day.texted, day.replied);
    while (err == 0 && thread_next(rows, &thread) == 1 && thread.waiting_since.s != 0) {
        text_add(&words, waiting++ == 0 ? " Waiting: " : ", ");
        owner_add_who(&words, t->policy, thread.id, thread.name, thread.number);
    }
    store_rows_free(rows);
    *ret_any = err == 0 && (day.calls > 0 || waiting > 0);
    return err;
}

static int tell_digest(struct turn *t, struct wall last)
{
    char buf[OWNER_TEXT_SIZE];
    bool any = false;
    struct wall since = {t->now.wall.s - DIGEST_SPAN_S};
    if (last.s > since.s && last.s < t->now.wall.s)
        since = last;
    int err = write_digest(t, since, buf, &any);
    if (err == 0)
        err = setting_set_i64(t->store, DIGEST_KEY, t->now.wall.s);
    const struct owner_text text = {.text = buf,
                                    .cause = CAUSE_DIGEST,
                                    .parts = OWNER_LIST_PARTS,
                                    .good_s = ALERTS_DIGEST_LATE_MIN * 60};
    return err != 0 || !any ? err : tell(t, alerts_line(t, NULL, false), &text);
}

static int watch_digest(struct turn *t)
{
    struct wall last = {0};
    if (t->policy->owner.digest_min < 0 || t->policy->mode == POLICY_OBSERVE ||
        !wall_plausible(t->now.wall))
        return 0;
    int err = setting_get_i64(t->store, DIGEST_KEY, 0, &last.s);
    if (err != 0 || !digest_due(t, last))
        return err;
    err = store_begin(t->store);
    return commit(t, err == 0 ? tell_digest(t, last) : err);
}

/* next: the turn */

/* The store learns whose phones these are; what happened before they were is not told. */
static int settle(struct turn *t)
{
    struct alerts *a = t->a;
    const struct owner_config *owner = &t->policy->owner;
    const char *numbers[OWNER_NUMBERS_MAX];
    for (size_t i = 0; i < owner->number_count; i++)
        numbers[i] = owner->numbers[i];
    const char *lines[ALERTS_LINES_MAX];
    for (size_t i = 0; i < t->count; i++)
        lines[i] = t->line[i].line;
    int err = owners_set(t->store, numbers, owner->number_count);
    if (err >= 0)
        err = trouble_keep_lines(t->store, lines, t->count);
    if (err >= 0)
        err = setting_get_i64(t->store, EVENT_KEY, NOBODY, &a->noted);
    if (err == 0 && owner->number_count == 0 && a->noted != NOBODY)
        err = setting_set_i64(t->store, EVENT_KEY, a->noted = NOBODY);
    if (err == 0 && owner->number_count > 0 && a->noted == NOBODY) {
        err = event_last_id(t->store, &a->noted);
        if (err == 0)
            err = setting_set_i64(t->store, EVENT_KEY, a->noted);
    }
    a->event = a->noted;
    a->known = *owner;
    a->lines = t->count;
    a->settled = err == 0;
    return err;
}

static int look(struct turn *t)
{
    bool broken = t->policy->owner.notify & OWNER_BROKEN;
    int err = broken ? watch_store(t) : 0;
    if (err == 0)
        err = alerts_events(t);
    for (size_t i = 0; err == 0 && broken && i < t->count; i++)
        err = watch_line(t, i);
    if (err == 0 && broken)
        err = alerts_failed_due(t);
    if (err == 0)
        err = watch_waits(t);
    return err != 0 ? err : watch_digest(t);
}

int alerts_turn(struct alerts *a, struct store *store, const struct policy_config *policy,
                struct service *const *lines, size_t count, struct now now, bool poked)
{
    struct turn t = {.a = a, .store = store, .policy = policy, .now = now};
    int err = 0;
    bool changed = !a->settled || a->lines != count ||
                   memcmp(&a->known, &policy->owner, sizeof(a->known)) != 0;
    bool written = store_writes(store) != a->writes;
    if (!poked && !changed && now.mono.ms < a->due.ms &&
        !(written && policy->owner.number_count > 0))
        return 0;
    assert(count <= ALERTS_LINES_MAX);
    for (t.count = 0; t.count < count; t.count++)
        service_health(lines[t.count], &t.line[t.count]);
    if (changed)
        err = settle(&t);
    if (err == 0 && policy->owner.number_count > 0)
        err = look(&t);
    store_rollback(store);
    a->writes = store_writes(store);
    a->due = mono_after(now.mono, err < 0       ? RETRY_MS
                                  : a->store.is ? STORE_LOOK_MS
                                                : ALERTS_LOOK_MS);
    for (size_t i = 0; t.queued > 0 && i < count; i++)
        service_queued(lines[i]);
    return err < 0 ? err : t.queued > 0;
}

void alerts_init(struct alerts *a, struct now now)
{
    memset(a, 0, sizeof(*a));
    a->due = now.mono;
    for (size_t i = 0; i < ALERTS_LINES_MAX; i++) /* until it is seen to work */
        a->line[i] = (struct alerts_wrong){.is = true, .since = now.mono};
}

struct mono alerts_deadline(const struct alerts *a)
{
    return a->settled && a->known.number_count == 0 ? MONO_NEVER : a->due;
}
