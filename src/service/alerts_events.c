/* src/service/alerts_events.c - the events that the owner may want to know of. */
#include "alerts_turn.h"
#include "base/utf8.h"
#include "internal.h"
#include "policy/keyword.h"
#include "store/owners.h"
#include "store/people.h"
#include "store/threads.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EVENTS_MAX 32     /* of one look */
#define EVENTS_NOTED 1000 /* so many may be looked at again after a restart */
#define FAILED_KEY "failed"
#define EVENT_KEY "owner_event"

/* An event, with what the rows behind it say, in the transaction that tells of it. */
struct news {
    struct owner_event event;
    char line[33];
    char buf[OWNER_TEXT_SIZE];
    struct text words;
};

static bool notifies(const struct turn *t, enum owner_notify what)
{
    return (t->policy->owner.notify & (uint32_t)what) != 0;
}

static int tell_news(struct turn *t, struct news *n, size_t parts)
{
    const struct service_health *line = alerts_line(t, n->line, false);
    return line ? alerts_tell(t, line, n->buf, parts) : 0;
}

/* STOP, START and HELP are for this program, not for the owner. */
static bool is_keyword(const struct turn *t, const char *text)
{
    enum keyword word = keyword_match(text, &t->policy->opt_out);
    return word == KEYWORD_STOP || word == KEYWORD_START || word == KEYWORD_HELP;
}

/* A text of a customer: forwarded, or told where it is urgent. */
static int received(struct turn *t, struct news *n)
{
    struct message_row message;
    struct person_facts facts;
    char number[STORE_NUMBER_MAX + 1];
    int err = message_get(t->store, n->event.message, &message);
    if (err != 0)
        return err == -ENOENT ? 0 : err;
    bool urgent = notifies(t, OWNER_URGENT) && owner_urgent(&t->policy->owner, message.text);
    bool relay = t->policy->owner.relay;
    if ((!relay && !urgent) || message.number[0] != '+' || is_keyword(t, message.text) ||
        owner_is(&t->policy->owner, message.number))
        return 0;
    snprintf(n->line, sizeof(n->line), "%s", message.line);
    text_addf(&n->words, "%s%s", relay ? "" : OWNER_SIGN, urgent ? "URGENT " : "");
    owner_add_who(&n->words, t->policy, message.thread, message.name, message.number);
    text_add(&n->words, ": ");
    size_t room = sizeof(n->buf) - n->words.len - 1, len = strlen(message.text);
    text_add_span(&n->words, message.text,
                  len < room ? len : utf8_valid_prefix(message.text, room));
    snprintf(number, sizeof(number), "%s", message.number);
    err = person_facts(t->store, number, &facts);
    if (err != 0 || facts.blocked || facts.muted.s > t->now.wall.s)
        return err;
    return tell_news(t, n, OWNER_RELAY_PARTS);
}

static void write_failed(struct turn *t, struct news *n, int more, const char *what)
{
    (void)t;
    text_init(&n->words, n->buf, sizeof(n->buf));
    text_add(&n->words, OWNER_SIGN);
    if (more > 1)
        text_addf(&n->words, "%d more texts failed, the last one: ", more);
    text_addf(&n->words, "not sent to %s", what);
}

/* The first is told at once, those of the next hour together. */
static int failed(struct turn *t, struct news *n)
{
    struct message_row message;
    struct trouble trouble;
    struct text who;
    char what[TROUBLE_WHAT_MAX];
    int err = message_get(t->store, n->event.message, &message);
    if (err != 0 || !notifies(t, OWNER_BROKEN))
        return err == -ENOENT ? 0 : err;
    if (message_urgency(message.cause) >= URGENCY_OWNER)
        return 0;
    text_init(&who, what, sizeof(what));
    owner_add_who(&who, t->policy, message.thread, message.name, message.number);
    text_addf(&who, ": %.60s", message.error ? message.error : "no reason is known");
    snprintf(n->line, sizeof(n->line), "%s", message.line);
    err = trouble_get(t->store, FAILED_KEY, &trouble);
    if (err == 0)
        return trouble_count(t->store, FAILED_KEY, what);
    if (err == -ENOENT)
        err = trouble_begin(t->store, FAILED_KEY, what, t->now.wall);
    if (err >= 0)
        err = trouble_tell(t->store, FAILED_KEY, t->now.wall);
    write_failed(t, n, 1, what);
    return err != 0 ? err : tell_news(t, n, OWNER_ALERT_PARTS);
}

static int tell_failed_more(struct turn *t, const struct trouble *trouble)
{
    struct news n = {.line = ""};
    if (trouble->count == 0)
        return trouble_end(t->store, FAILED_KEY);
    write_failed(t, &n, trouble->count, trouble->what);
    int err = trouble_tell(t->store, FAILED_KEY, t->now.wall);
    return err != 0 ? err : tell_news(t, &n, OWNER_ALERT_PARTS);
}

int alerts_failed_due(struct turn *t)
{
    struct trouble trouble;
    int err = trouble_get(t->store, FAILED_KEY, &trouble);
    if (err != 0 || t->now.wall.s - trouble.told.s < ALERTS_FAILED_S)
        return err == -ENOENT ? 0 : err;
    err = store_begin(t->store);
    if (err == 0)
        err = tell_failed_more(t, &trouble);
    return err != 0 ? err : store_commit(t->store);
}

/* A cap of which 80 and then 100 percent are used up, once each until less than 80 are. */
static int watch_cap(struct turn *t, struct news *n, const char *key, int used, int cap,
                     const char *of_what)
{
    static const int levels[] = {100, 80};
    int told = 0;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        char name[80];
        snprintf(name, sizeof(name), "cap%d.%s.%s", levels[i], key, n->line);
        bool reached = (int64_t)used * 100 >= (int64_t)cap * levels[i];
        int err = reached                 ? trouble_begin(t->store, name, key, t->now.wall)
                  : used * 100 < cap * 80 ? trouble_end(t->store, name)
                                          : 0;
        if (err == 1 && reached)
            err = trouble_tell(t->store, name, t->now.wall), told += told == 0 ? levels[i] : 0;
        if (err < 0)
            return err;
    }
    if (told == 0)
        return 0;
    text_init(&n->words, n->buf, sizeof(n->buf));
    text_addf(&n->words, OWNER_SIGN "%d %% of %s: %d of %d %s%s", told, key, used, cap, of_what,
              told == 100 ? "; automatic ones wait" : "");
    return tell_news(t, n, OWNER_ALERT_PARTS);
}

/* A text has left: how much of what may leave is used up? */
static int left(struct turn *t, struct news *n)
{
    const struct policy_limits *limits = &t->policy->limits;
    struct limits_counts people;
    int texts = 0;
    if (!notifies(t, OWNER_BROKEN) || !n->event.line)
        return 0;
    int err = owners_departed(t->store, n->line, t->now.wall, &texts);
    if (err == 0)
        err = watch_cap(t, n, "limits.per_day", texts, limits->per_day, "texts in 24 h");
    if (err == 0)
        err = limits_count(t->store, "", (struct wall){t->now.wall.s - INT64_C(30) * 86400},
                           limits->people_per_month, &people);
    n->line[0] = '\0';
    return err != 0 ? err
                    : watch_cap(t, n, "limits.people_per_month", people.people,
                                limits->people_per_month, "people in 30 days");
}

static int burst(struct turn *t, struct news *n)
{
    if (!notifies(t, OWNER_BROKEN))
        return 0;
    text_addf(&n->words, OWNER_SIGN "a burst of texts on line %s: automatic ones are stopped%s",
              n->line, t->policy->owner.relay ? "; text resume to go on" : " (textback resume)");
    return tell_news(t, n, OWNER_ALERT_PARTS);
}

static int identical(struct turn *t, struct news *n)
{
    struct thread_row thread;
    if (!notifies(t, OWNER_BROKEN))
        return 0;
    int err = thread_get(t->store, n->event.thread, &thread);
    if (err != 0)
        return err == -ENOENT ? 0 : err;
    text_add(&n->words, OWNER_SIGN);
    owner_add_who(&n->words, t->policy, thread.id, thread.name, thread.number);
    text_add(&n->words, " texts the same again and again: nothing automatic to them for a while");
    return tell_news(t, n, OWNER_ALERT_PARTS);
}

static int tell_event(struct turn *t, struct news *n)
{
    text_init(&n->words, n->buf, sizeof(n->buf));
    switch (n->event.what) {
    case OWNER_EVENT_RECEIVED:
        return received(t, n);
    case OWNER_EVENT_FAILED:
        return failed(t, n);
    case OWNER_EVENT_LEFT:
        return left(t, n);
    case OWNER_EVENT_BURST:
        return burst(t, n);
    case OWNER_EVENT_IDENTICAL:
        return identical(t, n);
    case OWNER_EVENT_OTHER:
        break;
    }
    return 0;
}

/* Tells of one, together with the note that it is told of. What told nobody anything and wrote
 * nothing is not worth a commit. */
static int take_event(struct turn *t, struct news *n)
{
    struct alerts *a = t->a;
    bool old = t->now.wall.s - n->event.at.s > OWNER_ALERT_S;
    bool plain = n->event.what == OWNER_EVENT_OTHER || old;
    if (plain && n->event.id - a->noted < EVENTS_NOTED)
        return 0;
    int err = store_begin(t->store);
    int64_t before = store_writes(t->store);
    if (err == 0 && !plain)
        err = tell_event(t, n);
    if (err == 0 && (plain || store_writes(t->store) != before)) {
        err = setting_set_i64(t->store, EVENT_KEY, n->event.id);
        if (err == 0)
            err = store_commit(t->store);
        if (err == 0)
            a->noted = n->event.id;
    }
    store_rollback(t->store);
    return err;
}

int alerts_events(struct turn *t)
{
    struct store_rows *rows = NULL;
    int count = EVENTS_MAX, err = 0;
    while (err == 0 && count == EVENTS_MAX) {
        struct news n;
        count = 0;
        err = owner_event_list(t->store, t->a->event, EVENTS_MAX, &rows);
        while (err == 0 && owner_event_next(rows, &n.event) == 1) {
            snprintf(n.line, sizeof(n.line), "%s", n.event.line ? n.event.line : "");
            err = take_event(t, &n);
            if (err == 0)
                t->a->event = n.event.id;
            count++;
        }
        store_rows_free(rows);
    }
    return err;
}
