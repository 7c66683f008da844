/* Texts to those who did not answer: planned when the text before has left, looked at when they are
 * due.  The plan is only a time to look; all is decided then, on what the store knows and the
 * configuration says. */
#include "store/follow_ups.h"
#include "internal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

int service_follow_up_plan(struct service *s, struct now now, int64_t part)
{
    struct follow_up_base base;
    struct wall due;
    if (!s->config.policy->follow_up.enabled)
        return 0;
    int err = follow_ups_base(s->store, part, &base);
    if (err != 0)
        return err == -ENOENT ? 0 : err;
    if (!follow_up_due(s->config.policy, base.nudge, base.sent, &due))
        return 0;
    s->follow_stale = true;
    return follow_ups_plan(s->store, &base, due, now.wall);
}

/* One follow-up while its transaction is open. */
struct look {
    struct follow_up_look row;
    char number[STORE_NUMBER_MAX + 1];
    struct wall ends; /* of the window */
    int64_t message;  /* that was queued, 0 none */
    const char *why;  /* it never comes */
    char detail[DECIDE_DETAIL_SIZE];
    struct wall later; /* to be looked at then, 0: it is settled */
};

/* Queues the text. Returns 1, 0 where it cannot be composed, or an error of store.h. */
static int queue(struct service *s, struct now now, struct look *l,
                 const struct person_facts *person, const struct decide_facts *facts,
                 const struct decision *decision)
{
    char body[SERVICE_BODY_SIZE];
    if (service_body(s->config.policy, facts, facts->ended_at, decision, person->name, true, body) <
        0) {
        l->why = "the text of the template is too long";
        return 0;
    }
    struct outbox_new text = {
        .line = s->line,
        .number = l->number,
        .text = body,
        .cause = CAUSE_FOLLOW_UP,
        .created = now.wall,
        .due = now.wall,
        .expires = {l->ends.s - 1},
    };
    return service_queue_text(s, now, &text, &l->message, &l->why);
}

/* When what holds back all that is automatic is over; 0: nothing does, or it will not pass. */
static struct wall passes(const struct decide_facts *facts, const struct pause *pause,
                          const struct decision *decision)
{
    if (decision->text)
        return facts->away_until; /* it would ask for answers that nobody gives */
    if (decision->decider == DECIDE_PAUSED)
        return pause->until;
    if (decision->decider == DECIDE_LOOP_BREAKER)
        return facts->stopped_until;
    return (struct wall){0};
}

/* The first time to go on after `until`: later today, or another morning. */
static void put_off(struct service *s, struct look *l, struct wall until)
{
    struct wall end;
    if (until.s == INT64_MAX) /* until somebody says: looked at every morning */
        until = l->ends;
    if (follow_up_open(s->config.policy, until, &end))
        l->later = until;
    else if (!follow_up_morning(s->config.policy, until, &l->later))
        l->why = "it has no day to go";
}

static int decide(struct service *s, struct now now, struct look *l)
{
    struct person_facts person;
    struct decision decision;
    struct pause pause;
    struct decide_facts facts = {
        .about = DECIDE_ABOUT_FOLLOW_UP,
        .number = l->number,
        .number_textable = true,
        .raw = l->number,
        .ended_at = l->row.contact,
        .texted_at = l->row.sent,
    };
    int err = pause_get(s->store, now.wall, &pause);
    if (err == 0)
        err = service_facts(s->store, s->config.policy, now, &person, &facts);
    if (err != 0)
        return err;
    decide_call(&decision, s->config.policy, &facts);
    struct wall until = passes(&facts, &pause, &decision);
    if (decision.text && until.s == 0)
        return queue(s, now, l, &person, &facts, &decision);
    if (until.s > now.wall.s) {
        put_off(s, l, until);
        return 0;
    }
    memcpy(l->detail, decision.rules[decision.decider].detail, sizeof(l->detail));
    l->why = l->detail;
    return 0;
}

/* Finds out what becomes of it. */
static int consider(struct service *s, struct now now, struct look *l)
{
    const struct policy_config *policy = s->config.policy;
    struct wall due;
    if (!l->row.arrived)
        l->why = "the text before it did not arrive";
    else if (!follow_up_due(policy, l->row.nudge, l->row.sent, &due))
        l->why = "follow_up has none in the configuration";
    else if (due.s > now.wall.s)
        l->later = due;
    else if (!follow_up_open(policy, now.wall, &l->ends)) {
        if (!follow_up_morning(policy, now.wall, &l->later))
            l->why = "it has no day to go";
    } else {
        return decide(s, now, l);
    }
    return 0;
}

static int look(struct service *s, struct now now, struct look *l)
{
    int err = follow_ups_due(s->store, s->line, now.wall, &l->row);
    if (err != 0)
        return err;
    snprintf(l->number, sizeof(l->number), "%s", l->row.number);
    err = consider(s, now, l);
    if (err < 0)
        return err;
    if (l->message)
        return follow_ups_queued(s->store, l->row.id, l->message);
    if (l->later.s != 0)
        return follow_ups_move(s->store, l->row.id, l->later);
    return follow_ups_cancel(s->store, l->row.id, l->why, now.wall);
}

static void note_look(struct service *s, struct now now, const struct look *l)
{
    if (l->later.s != 0)
        return;
    struct service_note *note = service_note(s, now, SERVICE_NOTE_FOLLOW_UP);
    note->message = l->message;
    snprintf(note->number, sizeof(note->number), "%s", l->number);
    snprintf(note->detail, sizeof(note->detail), "%s", l->message ? "text" : l->why);
}

/* Whether the clock was stepped since the deadline was worked out. */
static bool was_stepped(const struct service *s, struct now now)
{
    int64_t passed_s = (now.mono.ms - s->follow_read.mono.ms) / 1000;
    int64_t off_s = now.wall.s - s->follow_read.wall.s - passed_s;
    return off_s > 1 || off_s < -1;
}

static int refresh(struct service *s, struct now now)
{
    struct wall due;
    if (!s->follow_stale && !was_stepped(s, now))
        return 0;
    int err = follow_ups_next_due(s->store, s->line, &due);
    if (err != 0)
        return err;
    s->follow_stale = false;
    s->follow_read = now;
    s->follow_due = MONO_NEVER;
    if (due.s == INT64_MAX || !wall_plausible(now.wall))
        return 0; /* none, or nobody knows what time it is */
    int64_t wait_ms = due.s > now.wall.s ? (due.s - now.wall.s) * 1000 : 0;
    s->follow_due = mono_after(now.mono, wait_ms);
    return 0;
}

/* One a turn: a call may be waiting. */
void service_follow_ups_due(struct service *s, struct now now)
{
    struct look l = {0};
    if (s->retry.ms != MONO_NEVER.ms)
        return;
    int err = refresh(s, now);
    if (err == 0 && now.mono.ms >= s->follow_due.ms) {
        s->follow_stale = true;
        err = store_begin(s->store);
        if (err == 0)
            err = look(s, now, &l);
        if (err == 0)
            err = store_commit(s->store);
        if (err == 0)
            note_look(s, now, &l);
        if (err == -ENOENT) {
            store_rollback(s->store);
            err = 0;
        }
        if (err == 0)
            err = refresh(s, now);
    }
    if (err != 0)
        service_trouble(s, now, "looking at a follow-up");
}

struct mono service_follow_ups_deadline(const struct service *s)
{
    return s->retry.ms == MONO_NEVER.ms ? s->follow_due : MONO_NEVER;
}
