#include "owner_send.h"
#include "base/utf8.h"
#include "internal.h"
#include "numbering/e164.h"
#include "policy/owner.h"
#include "sms/grapheme.h"
#include "store/owners.h"
#include "store/people.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CUT "..."

/* Returns how much of `text` may stay where it is cut at `max` octets: nothing is cut that is seen
 * as one character. */
static size_t cut_at(const char *text, size_t len, size_t max)
{
    struct grapheme g = {0};
    size_t border = 0, n;
    uint32_t code;
    for (size_t at = 0; at < len && at <= max; at += n) {
        n = utf8_decode(text + at, len - at, &code);
        if (n == 0)
            return border;
        if (grapheme_border(&g, code))
            border = at;
    }
    return len <= max ? len : border;
}

/* Composes the first `keep` octets and the sign that something is missing. */
static enum compose_err compose_cut(struct compose *compose, const char *text, size_t keep,
                                    const struct compose_options *options)
{
    char cut[OWNER_TEXT_SIZE + sizeof(CUT)];
    struct text t;
    text_init(&t, cut, sizeof(cut));
    text_add_span(&t, text, keep);
    text_add(&t, CUT);
    assert(text_ok(&t));
    return compose_text(compose, cut, options);
}

enum compose_err owner_compose(struct compose *compose, const char *text,
                               const struct compose_options *options)
{
    size_t len = strlen(text);
    size_t low = 0, high = len < OWNER_TEXT_SIZE - 1 ? len : OWNER_TEXT_SIZE - 1;
    enum compose_err err = compose_text(compose, text, options);
    if (err != COMPOSE_ERR_PARTS && err != COMPOSE_ERR_LONG)
        return err;
    while (low < high) { /* the longest that fits lies in low..high */
        size_t middle = low + (high - low + 1) / 2;
        err = compose_cut(compose, text, cut_at(text, len, middle), options);
        if (err == COMPOSE_OK)
            low = middle;
        else
            high = middle - 1;
    }
    return compose_cut(compose, text, cut_at(text, len, low), options);
}

/* Returns whether nothing speaks against it. */
static int may_send(const struct owner_sender *o, const char *number)
{
    struct person_facts facts;
    int pending = 0;
    if (o->policy->mode == POLICY_OBSERVE)
        return 0;
    int err = person_facts(o->store, number, &facts);
    if (err == 0)
        err = owners_pending(o->store, number, &pending);
    return err < 0 ? err : !facts.opted_out && !facts.blocked && pending < OWNER_PENDING_MAX;
}

int owner_send(const struct owner_sender *o, struct now now, const struct owner_text *text)
{
    const struct compose_options options = {
        .to = text->number, .unicode = COMPOSE_FOLD, .report = o->report, .max_parts = text->parts};
    const struct outbox_new new = {.line = o->line,
                                   .number = text->number,
                                   .cause = text->cause,
                                   .created = now.wall,
                                   .due = now.wall,
                                   .expires = {now.wall.s + text->good_s}};
    int64_t id;
    int err = may_send(o, text->number);
    if (err <= 0 || owner_compose(o->compose, text->text, &options) != COMPOSE_OK)
        return err < 0 ? err : 0;
    return service_add_composed(o->store, o->compose, &new, &id);
}

int owner_send_all(const struct owner_sender *o, struct now now, const struct owner_text *text)
{
    int sent = 0;
    for (size_t i = 0; i < o->policy->owner.number_count; i++) {
        struct owner_text one = *text;
        one.number = o->policy->owner.numbers[i];
        int err = owner_send(o, now, &one);
        if (err < 0)
            return err;
        sent += err;
    }
    return sent;
}

void owner_add_who(struct text *t, const struct policy_config *policy, int64_t thread,
                   const char *name, const char *number)
{
    char national[E164_NATIONAL_MAX + 1];
    text_addf(t, "#%" PRId64 " ", thread);
    if (!name && number[0] == '+' && policy->region[0]) {
        e164_national(number, policy->region, national);
        number = national;
    }
    text_add(t, name ? name : number);
}

void owner_add_age(struct text *t, int64_t seconds)
{
    int64_t minutes = seconds / 60;
    if (minutes < 120)
        text_addf(t, "%" PRId64 " min", minutes);
    else if (minutes < 48 * 60)
        text_addf(t, "%" PRId64 " h", minutes / 60);
    else
        text_addf(t, "%" PRId64 " days", minutes / (24 * 60));
}

void owner_add_time(struct text *t, const struct policy_config *policy, struct wall at,
                    struct wall now)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    char clock[HOURS_CLOCK_SIZE];
    struct civil then = zone_civil(&policy->zone, at), today = zone_civil(&policy->zone, now);
    hours_clock_text(&policy->zone, at, clock);
    if (then.day != today.day || then.month != today.month)
        text_addf(t, "%s ", days[then.weekday]);
    text_add(t, clock);
}

int owner_once(struct store *store, const char *what, const char *number, int64_t every_s,
               struct wall now)
{
    char key[96];
    int64_t last = 0;
    snprintf(key, sizeof(key), "owner_%s.%s", what, number);
    int err = setting_get_i64(store, key, 0, &last);
    if (err != 0 || (last != 0 && now.s - last < every_s && last - now.s < every_s))
        return err;
    err = setting_set_i64(store, key, now.s);
    return err != 0 ? err : 1;
}
