/* src/modem/recovery.c - the ladder that brings a modem back: each fault that returns before the
 * modem was well for a while takes the next, stronger step, up to a wait, and then again with
 * longer waits. While a call rings, nothing stronger than AT is done to a modem that still says
 * something. */
#include "modem/parts.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define CALM_MS (10 * MINUTE_MS)  /* ready for so long: the next fault is a new one */
#define STUCK_MS (10 * MINUTE_MS) /* without SIM or network, before the first step ... */
#define SETTLE_MS (3 * MINUTE_MS) /* ... and after each further one */
#define DAY_MS (24 * 60 * MINUTE_MS)
#define DEAD_MS 12000 /* longer than the slowest period of RING: nobody rings there any more */
#define LOOK_MS 30000 /* a modem that is left alone may come back by itself */
#define POWER_MS 15000
#define AFTER_RADIO_MS 3000
#define AFTER_RESET_MS 5000 /* the port goes away, or the banner comes */
#define UNREAD_MS 30000     /* for an owner that does not open the port anew as it was asked to */
#define WAKES_OPENED 10     /* u-blox needs up to 20 s to start */

static const int64_t backoff_ms[] = {MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS};
#define BACKOFF_COUNT (sizeof(backoff_ms) / sizeof(backoff_ms[0]))

/* What each step is called, and how often AT is tried after it. */
static const struct {
    const char *name;
    uint8_t wakes;
} rungs[] = {
    [RUNG_NONE] = {"", WAKES_OPENED},
    [RUNG_WAKE] = {"ESC and AT", 3},
    [RUNG_REOPEN] = {"opening the port again", WAKES_OPENED},
    [RUNG_RADIO] = {"radio off and on", 3},
    [RUNG_RESET] = {"reset of the modem", WAKES_OPENED},
    [RUNG_REAUTHORISE] = {"reset of its USB port", WAKES_OPENED},
    [RUNG_WAIT] = {"waiting", 0},
};

/* ESC CR ends a prompt that would swallow the next command. */
void recovery_wake(struct modem *m, struct mono now, int64_t pause_ms)
{
    at_escape(&m->at);
    m->ladder.powers = 0;
    m->wakes = 0;
    m->woken = false;
    m->wake_due = mono_after(now, pause_ms);
}

static int64_t wait_ms(const struct modem *m)
{
    size_t round = m->ladder.round;
    return backoff_ms[round < BACKOFF_COUNT ? round : BACKOFF_COUNT - 1];
}

static void step_words(const struct modem *m, char ret_step[MODEM_STEP_MAX])
{
    if (m->ladder.rung == RUNG_WAIT)
        snprintf(ret_step, MODEM_STEP_MAX, "%s %d min", rungs[RUNG_WAIT].name,
                 (int)(wait_ms(m) / MINUTE_MS));
    else
        snprintf(ret_step, MODEM_STEP_MAX, "%s", rungs[m->ladder.rung].name);
}

void recovery_words(const struct modem *m, const char *why, char ret_cause[MODEM_CAUSE_MAX])
{
    char step[MODEM_STEP_MAX];

    step_words(m, step);
    snprintf(ret_cause, MODEM_CAUSE_MAX, "%.*s%s%s", MODEM_WHY_MAX, why, step[0] ? ": " : "", step);
}

void recovery_day(struct modem *m, struct mono now)
{
    if (now.ms - m->ladder.day.ms >= DAY_MS)
        m->ladder.resets = 0;
}

/* Counts a reset. Returns false where the day has had its share: a modem that no reset mends is
 * asked gently from then on. */
static bool may_reset(struct modem *m, struct mono now)
{
    struct modem_ladder *l = &m->ladder;

    recovery_day(m, now);
    if (l->resets >= MODEM_RESETS_PER_DAY)
        return false;
    if (l->resets == 0)
        l->day = now;
    l->resets++;
    return true;
}

static enum modem_rung next_rung(struct modem *m, struct mono now)
{
    struct modem_ladder *l = &m->ladder;
    enum modem_rung next = l->rung == RUNG_WAIT ? RUNG_REOPEN : (enum modem_rung)(l->rung + 1);

    if (l->rung == RUNG_WAIT)
        l->round++;
    if (l->stuck && next < RUNG_RADIO)
        next = RUNG_RADIO; /* it answers: neither AT nor a new port would change anything */
    if ((next == RUNG_RESET || next == RUNG_REAUTHORISE) && !may_reset(m, now))
        next = RUNG_WAIT;
    return next;
}

static void ask_owner(struct modem *m, struct mono now, enum modem_event_type type)
{
    struct modem_event *event = modem_push(m, type);

    memcpy(event->cause, m->cause, sizeof(event->cause));
    m->ladder.leaving = true;
    recovery_wake(m, now, UNREAD_MS);
}

static void power(struct modem *m, const char *text)
{
    modem_submit(m, JOB_POWER, AT_EXPECT_RESULT, NULL, POWER_MS, text);
    m->ladder.powers++;
    m->wake_due = MONO_NEVER; /* until the last of them has ended */
}

/* AT+CFUN of the step. */
static void take_power(struct modem *m)
{
    m->ladder.leaving = m->ladder.rung == RUNG_RESET;
    if (m->ladder.rung == RUNG_RESET) {
        power(m, "AT+CFUN=1,1");
        return;
    }
    power(m, "AT+CFUN=0");
    power(m, "AT+CFUN=1");
}

void recovery_power_done(struct modem *m, struct mono now)
{
    assert(m->ladder.powers > 0);
    m->ladder.powers--;
    m->booted = now; /* the lines of a start that follow belong to this one */
    if (m->ladder.powers == 0)
        recovery_wake(m, now, m->ladder.rung == RUNG_RADIO ? AFTER_RADIO_MS : AFTER_RESET_MS);
}

static struct modem_event *enter(struct modem *m, struct mono now, enum modem_state state)
{
    char cause[MODEM_CAUSE_MAX];

    recovery_words(m, m->ladder.why, cause);
    return modem_enter(m, now, state, cause);
}

/* Notes the step that has just been decided on; `event` tells of the state that it brought, NULL
 * where that is the same as before. */
static void note_step(struct modem *m, struct mono now, struct modem_event *event)
{
    struct modem_ladder *l = &m->ladder;

    step_words(m, l->step);
    l->step_at = now;
    if (!event)
        return;
    memcpy(event->step, l->step, sizeof(event->step));
    memcpy(event->why, l->why, sizeof(event->why));
}

static void set_why(struct modem *m, const char *why)
{
    snprintf(m->ladder.why, sizeof(m->ladder.why), "%.*s", (int)sizeof(m->ladder.why) - 1, why);
}

/* What the next step is taken against. */
static void blame(struct modem *m)
{
    struct modem_ladder *l = &m->ladder;
    bool was_stuck = l->stuck;

    l->stuck = m->state == MODEM_SIM || m->state == MODEM_REGISTERING;
    if (l->stuck)
        set_why(m, m->state == MODEM_SIM ? m->sim : network_cause(m));
    else if (was_stuck || m->state == MODEM_PROBING)
        set_why(m, "no answer to AT");
    if (m->state == MODEM_PROBING && l->rung == RUNG_NONE)
        l->rung = RUNG_WAKE; /* AT was tried since the port is open */
}

void recovery_climb(struct modem *m, struct mono now)
{
    struct modem_ladder *l = &m->ladder;

    assert(at_idle(&m->at));
    blame(m);
    l->rung = next_rung(m, now);
    l->until = mono_after(now, l->rung == RUNG_WAIT ? wait_ms(m) : SETTLE_MS);
    if (l->rung == RUNG_WAIT && l->stuck) {
        note_step(m, now, enter(m, now, m->state)); /* SIM and network may come back meanwhile */
        return;
    }
    note_step(m, now, enter(m, now, MODEM_RECOVERING));
    switch (l->rung) {
    case RUNG_NONE:
    case RUNG_WAKE:
        break;
    case RUNG_REOPEN:
        ask_owner(m, now, MODEM_EVENT_REOPEN);
        break;
    case RUNG_RADIO:
    case RUNG_RESET:
        take_power(m);
        break;
    case RUNG_REAUTHORISE:
        ask_owner(m, now, MODEM_EVENT_REAUTHORISE);
        break;
    case RUNG_WAIT:
        recovery_wake(m, now, LOOK_MS);
        break;
    }
}

/* A call that rings at a modem that still speaks is worth more than a quick mending. */
static bool must_keep_still(const struct modem *m, struct mono now)
{
    return call_set_ringing(&m->calls) && now.ms - m->heard.ms < DEAD_MS;
}

bool recovery_spent(const struct modem *m, struct mono now)
{
    const struct modem_ladder *l = &m->ladder;
    bool spent = l->rung == RUNG_WAIT ? now.ms >= l->until.ms : m->wakes >= rungs[l->rung].wakes;
    return spent && !must_keep_still(m, now);
}

struct mono recovery_wake_again(const struct modem *m, struct mono now)
{
    if (m->ladder.rung == RUNG_WAIT)
        return mono_min(mono_after(now, LOOK_MS), m->ladder.until);
    return now;
}

struct mono recovery_due(const struct modem *m)
{
    const struct modem_ladder *l = &m->ladder;
    bool stuck = m->state == MODEM_REGISTERING || (m->state == MODEM_SIM && m->setup.sim_stuck);
    struct mono due = mono_after(m->state_since, l->rung < RUNG_RADIO ? STUCK_MS : SETTLE_MS);

    if (!stuck || call_set_ringing(&m->calls) || call_set_active(&m->calls))
        return MONO_NEVER;
    return l->rung >= RUNG_RADIO && l->until.ms > due.ms ? l->until : due;
}

void recovery_ready_over(struct modem *m, struct mono now)
{
    if (now.ms - m->state_since.ms < CALM_MS)
        return;
    m->state_since = now; /* what is noted from here on belongs to the fault that ends it */
    m->ladder.rung = RUNG_NONE;
    m->ladder.round = 0;
}

void recovery_opened(struct modem *m, struct mono now)
{
    m->ladder.leaving = false;
    if (m->ladder.rung == RUNG_NONE)
        modem_enter(m, now, MODEM_PROBING, "");
    else
        enter(m, now, MODEM_RECOVERING);
}

void recovery_lost(struct modem *m)
{
    m->ladder.powers = 0;
    if (m->ladder.leaving)
        return;
    m->ladder.rung = RUNG_NONE; /* somebody has pulled it out: that is the strongest step of all */
    m->ladder.round = 0;
}

/* A fault after a step that seemed to have helped takes the next one. A command that is never
 * answered, while AT is, takes one round of the ladder and no more. */
void modem_recover(struct modem *m, struct mono now, const char *cause)
{
    struct modem_ladder *l = &m->ladder;
    bool first;

    send_settle(m, AT_ERROR_TIMEOUT);
    if (m->state == MODEM_READY)
        recovery_ready_over(m, now);
    first = l->rung == RUNG_NONE || l->round > 0;
    set_why(m, cause);
    l->stuck = false;
    if (first)
        l->rung = RUNG_WAKE;
    if (first)
        note_step(m, now, enter(m, now, MODEM_RECOVERING));
    else
        enter(m, now, MODEM_RECOVERING); /* the next step follows at once */
    recovery_wake(m, now, WAKE_FIRST_MS);
    if (!first)
        m->wakes = rungs[l->rung].wakes;
}

void recovery_shake(struct modem *m, struct mono now, const char *cause, bool again)
{
    struct modem_ladder *l = &m->ladder;

    recovery_ready_over(m, now);
    set_why(m, cause);
    l->stuck = false;
    l->rung = again && may_reset(m, now) ? RUNG_RESET : RUNG_RADIO;
    l->until = mono_after(now, SETTLE_MS);
    note_step(m, now, enter(m, now, MODEM_RECOVERING));
    take_power(m);
}

void recovery_step_deaf(struct modem *m, struct mono now, const char *cause)
{
    set_why(m, cause);
    m->ladder.stuck = false;
    if (m->ladder.rung == RUNG_NONE)
        m->ladder.rung = RUNG_WAKE;
    note_step(m, now, modem_enter(m, now, MODEM_RECOVERING, cause));
    recovery_wake(m, now, WAKE_FIRST_MS);
}
