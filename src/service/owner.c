/* src/service/owner.c - what the owner texts from a listed phone is done in the transaction that
 * stores the text: once, or not at all.  Answers go to listed phones only, so nothing here talks to
 * another machine, and what is not an order is answered once an hour, so that no automatic answer
 * of a phone keeps it going. */
#include "internal.h"
#include "owner_send.h"
#include "policy/keyword.h"
#include "store/owners.h"
#include "store/people.h"
#include "store/threads.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LATE_S 3600 /* an order that was so long on its way may mean nothing any more */
#define WHO_SHOWN 6
#define REPLY_PARTS 3 /* or text.max_parts, where that is more */

/* An order while it is done. */
struct desk {
    struct service *s;
    struct now now;
    const char *number; /* of the phone */
    const struct owner_order *order;
};

static int answer_words(struct desk *d, const char *number, const struct text *words)
{
    const struct owner_sender sender = {.store = d->s->store,
                                        .policy = d->s->config.policy,
                                        .compose = &d->s->compose,
                                        .line = d->s->line,
                                        .report = d->s->config.modem->delivery_reports};
    const struct owner_text text = {.number = number,
                                    .text = words->buf,
                                    .cause = CAUSE_RELAY,
                                    .parts = OWNER_LIST_PARTS,
                                    .good_s = OWNER_ANSWER_S};
    int err = owner_send(&sender, d->now, &text);
    d->s->queue_stale = true;
    return err < 0 ? err : 0;
}

__attribute__((format(printf, 2, 3))) static int answer(struct desk *d, const char *format, ...)
{
    char buf[OWNER_TEXT_SIZE], words[OWNER_TEXT_SIZE - sizeof(OWNER_SIGN)];
    struct text t;
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    text_init(&t, buf, sizeof(buf));
    text_add(&t, OWNER_SIGN);
    text_add(&t, words);
    return answer_words(d, d->number, &t);
}

/* The same, once in `every_s` to this phone. */
static int answer_once(struct desk *d, const char *what, int64_t every_s, const char *words)
{
    int err = owner_once(d->s->store, what, d->number, every_s, d->now.wall);
    return err <= 0 ? err : answer(d, "%s", words);
}

static bool is_ours(const struct policy_config *policy, const char *number)
{
    for (size_t i = 0; i < policy->own_count; i++)
        if (strcmp(policy->own[i], number) == 0)
            return true;
    return owner_is(&policy->owner, number);
}

/* Writes "#12 Ann" of the thread that the order names. Returns 1, or after telling 0. */
static int find_thread(struct desk *d, struct thread_row *ret, char *who, size_t cap)
{
    struct text t;
    int err = thread_get(d->s->store, d->order->thread, ret);
    if (err == -ENOENT)
        return answer(d, "there is no #%" PRId64, d->order->thread);
    if (err < 0)
        return err;
    if (is_ours(d->s->config.policy, ret->number))
        return answer(d, "#%" PRId64 " is a number of your own", d->order->thread);
    text_init(&t, who, cap);
    owner_add_who(&t, d->s->config.policy, ret->id, ret->name, ret->number);
    return 1;
}

static int queue_reply(struct desk *d, const char *number, const char *who)
{
    struct service *s = d->s;
    int32_t parts = *s->config.max_parts > REPLY_PARTS ? *s->config.max_parts : REPLY_PARTS;
    const struct compose_options options = {.to = number,
                                            .unicode = *s->config.unicode,
                                            .report = s->config.modem->delivery_reports,
                                            .max_parts = (size_t)parts};
    const struct outbox_new new = {.line = s->line,
                                   .number = number,
                                   .cause = CAUSE_MANUAL,
                                   .owner = d->number,
                                   .created = d->now.wall,
                                   .due = d->now.wall};
    int64_t id;
    enum compose_err failed = compose_text(&s->compose, d->order->text, &options);
    if (failed != COMPOSE_OK)
        return answer(d, "not sent to %s: the text %s", who, compose_err_str(failed));
    int err = service_add_composed(s->store, &s->compose, &new, &id);
    s->queue_stale = true;
    return err < 0 ? err : thread_mark_read(s->store, d->order->thread);
}

/* The text of the owner to a customer, as if it were written here. */
static int reply(struct desk *d)
{
    struct thread_row thread;
    char who[STORE_NUMBER_MAX + 64];
    int err = find_thread(d, &thread, who, sizeof(who));
    if (err <= 0)
        return err;
    if (thread.opted_out)
        return answer(d, "not sent: %s opted out", who);
    if (thread.blocked)
        return answer(d, "not sent: %s is blocked", who);
    if (thread.number[0] != '+')
        return answer(d, "not sent: %s is no number to text", who);
    char number[STORE_NUMBER_MAX + 1];
    snprintf(number, sizeof(number), "%s", thread.number);
    return queue_reply(d, number, who);
}

static int tell_waiting(struct desk *d)
{
    const struct thread_filter filter = {.limit = WHO_SHOWN};
    char buf[OWNER_TEXT_SIZE];
    struct thread_row thread;
    struct store_rows *rows = NULL;
    struct text t;
    int count = 0;
    text_init(&t, buf, sizeof(buf));
    text_add(&t, OWNER_SIGN);
    int err = thread_list(d->s->store, &filter, &rows);
    while (err == 0 && thread_next(rows, &thread) == 1 && thread.waiting_since.s != 0) {
        text_add(&t, count++ == 0 ? "waiting: " : ", ");
        owner_add_who(&t, d->s->config.policy, thread.id, thread.name, thread.number);
        text_add_char(&t, ' ');
        owner_add_age(&t, d->now.wall.s - thread.waiting_since.s);
    }
    store_rows_free(rows);
    if (count == 0)
        text_add(&t, "nobody waits");
    return err < 0 ? err : answer_words(d, d->number, &t);
}

/* Writes when what the order says is over; `other` where that is not said. */
static struct wall end_of(const struct desk *d, const char *other, char *words, size_t cap)
{
    struct wall until = {d->order->ms == 0 ? INT64_MAX : d->now.wall.s + d->order->ms / 1000};
    struct text t;
    text_init(&t, words, cap);
    text_add(&t, "until ");
    if (d->order->ms == 0)
        text_add(&t, other);
    else
        owner_add_time(&t, d->s->config.policy, until, d->now.wall);
    return until;
}

static int away(struct desk *d)
{
    char words[64];
    struct wall until = end_of(d, "you text: back", words, sizeof(words));
    int err = away_set(d->s->store, until);
    return err < 0 ? err : answer(d, "away %s", words);
}

static int back(struct desk *d)
{
    int err = away_set(d->s->store, (struct wall){0});
    return err < 0 ? err : answer(d, "back: callers get the usual texts");
}

static int pause_texts(struct desk *d)
{
    char words[64];
    struct wall until = end_of(d, "you text: resume", words, sizeof(words));
    int err = pause_set(d->s->store, until, false, d->now.wall);
    return err < 0 ? err : answer(d, "automatic texts paused %s", words);
}

static int resume(struct desk *d)
{
    int err = pause_set(d->s->store, (struct wall){0}, false, d->now.wall);
    return err < 0 ? err : answer(d, "automatic texts are sent again");
}

static int done(struct desk *d)
{
    struct thread_row thread;
    char who[STORE_NUMBER_MAX + 64];
    int err = find_thread(d, &thread, who, sizeof(who));
    if (err <= 0)
        return err;
    err = progress_done(d->s->store, d->order->thread, d->now.wall);
    return err < 0 ? err : answer(d, "%s %s", who, err ? "is done" : "was done already");
}

/* Somebody may be guessing: the owner hears of it on every phone. */
static int too_many_pins(struct desk *d)
{
    const struct owner_config *owner = &d->s->config.policy->owner;
    char buf[OWNER_TEXT_SIZE];
    struct text t;
    int err = 0;
    text_init(&t, buf, sizeof(buf));
    text_addf(&t, OWNER_SIGN "%d wrong PINs from %s: nothing from that phone is obeyed for a day",
              OWNERS_PIN_TRIES, d->number);
    for (size_t i = 0; err == 0 && i < owner->number_count; i++)
        err = answer_words(d, owner->numbers[i], &t);
    return err;
}

/* Returns 1 where the order may be obeyed. */
static int check_pin(struct desk *d)
{
    enum owner_act act = d->order->act;
    int wrong = 0, err = 0;
    if (d->s->config.policy->owner.pin[0] == '\0')
        return 1;
    if (act != OWNER_PIN_MISSING)
        err = owners_pin(d->s->store, d->number, act != OWNER_PIN_WRONG, d->now.wall, &wrong);
    if (err == -ENOENT)
        return 0; /* this phone is listed since a moment ago */
    if (err < 0 || (act != OWNER_PIN_MISSING && act != OWNER_PIN_WRONG))
        return err < 0 ? err : wrong < OWNERS_PIN_TRIES;
    if (act == OWNER_PIN_WRONG && wrong == OWNERS_PIN_TRIES)
        return too_many_pins(d);
    if (wrong > OWNERS_PIN_TRIES)
        return 0;
    return answer_once(d, "pin", OWNERS_PIN_S,
                       act == OWNER_PIN_MISSING ? "expected the PIN first, then what you want"
                                                : "that was not the PIN: nothing was done");
}

static int obey(struct desk *d)
{
    switch (d->order->act) {
    case OWNER_REPLY:
        return reply(d);
    case OWNER_WHO:
        return tell_waiting(d);
    case OWNER_AWAY:
        return away(d);
    case OWNER_BACK:
        return back(d);
    case OWNER_PAUSE:
        return pause_texts(d);
    case OWNER_RESUME:
        return resume(d);
    case OWNER_DONE:
        return done(d);
    case OWNER_HELP:
        return answer(d, "12 and a text answers #12. who: who waits. done 12. away 2h, back. "
                         "pause 2h, resume. STOP: no more texts to this phone.");
    case OWNER_UNCLEAR:
        return answer_once(d, "unclear", OWNER_SHORT_S, d->order->expected);
    case OWNER_PIN_MISSING:
    case OWNER_PIN_WRONG:
    case OWNER_ECHO:
        break;
    }
    return 0;
}

static bool is_late(const struct desk *d, struct wall sent)
{
    return wall_plausible(sent) && wall_plausible(d->now.wall) && d->now.wall.s - sent.s > LATE_S;
}

void service_owner_read(struct service *s, struct owner_reading *ret)
{
    const struct owner_config *owner = &s->config.policy->owner;
    *ret = (struct owner_reading){.word = keyword_match(s->text, &s->config.policy->opt_out)};
    owner_read(owner, s->text, &ret->order);
    if (ret->order.act == OWNER_REPLY &&
        text_copy(ret->body, sizeof(ret->body), ret->order.text) != 0)
        ret->order = (struct owner_order){.act = OWNER_UNCLEAR, .expected = "a shorter text"};
    ret->order.text = ret->body;
    owner_mask(owner, s->text);
}

static void note_order(struct desk *d, const char *detail)
{
    struct service_note *note = service_note(d->s, d->now, SERVICE_NOTE_OWNER);
    snprintf(note->number, sizeof(note->number), "%s", d->number);
    snprintf(note->detail, sizeof(note->detail), "%s", detail);
}

int service_owner_text(struct service *s, struct now now, const char *number, struct wall sent,
                       const struct owner_reading *reading)
{
    static const char *const names[] = {
        [OWNER_REPLY] = "an answer",
        [OWNER_WHO] = "who",
        [OWNER_AWAY] = "away",
        [OWNER_BACK] = "back",
        [OWNER_PAUSE] = "pause",
        [OWNER_RESUME] = "resume",
        [OWNER_DONE] = "done",
        [OWNER_HELP] = "help",
        [OWNER_UNCLEAR] = "no order",
        [OWNER_PIN_MISSING] = "without the PIN",
        [OWNER_PIN_WRONG] = "a wrong PIN",
        [OWNER_ECHO] = "a text of a program",
    };
    struct desk d = {.s = s, .now = now, .number = number, .order = &reading->order};
    enum owner_act act = reading->order.act;
    bool relay = s->config.policy->owner.relay;
    bool word = reading->word == KEYWORD_STOP || reading->word == KEYWORD_START ||
                reading->word == KEYWORD_YES;
    if (act == OWNER_ECHO)
        return 0;
    if (word && (!relay || act == OWNER_UNCLEAR || act == OWNER_PIN_MISSING))
        return service_keyword(s, now, number, sent, s->text);
    if (!relay)
        return answer_once(&d, "off", OWNER_SHORT_S,
                           "nothing was done with your text: owner.relay is off");
    int allowed = check_pin(&d);
    if (allowed <= 0 || act == OWNER_PIN_MISSING || act == OWNER_PIN_WRONG) {
        note_order(&d, names[act == OWNER_PIN_MISSING ? act : OWNER_PIN_WRONG]);
        return allowed < 0 ? allowed : 0;
    }
    note_order(&d, names[act]);
    if (is_late(&d, sent) && act != OWNER_UNCLEAR)
        return answer(&d, "nothing was done: your text was over an hour on its way");
    return obey(&d);
}
