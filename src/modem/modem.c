#include "modem/modem.h"
#include "modem/parts.h"
#include "modem/quirks.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EVENTS_LOW 8       /* with more waiting, input waits too: one step adds fewer than 16 */
#define WAKE_BOOT_MS 500   /* A76xx drops what comes before its banner is out */
#define WAKE_QUIET_MS 300  /* for answers to commands that ran out of time */
#define BOOT_TAIL_MS 60000 /* SMS Ready and the like come that late */
#define AGAIN_MS 1500
#define AFTER_CALL_MS 5000
#define MODE_MS 5000

struct modem_event *modem_push(struct modem *m, enum modem_event_type type)
{
    struct modem_event *event;

    assert(m->event_count < MODEM_EVENTS_MAX);
    event = &m->event[(m->event_head + m->event_count++) % MODEM_EVENTS_MAX];
    *event = (struct modem_event){.type = type, .state = m->state};
    return event;
}

struct modem_event *modem_enter(struct modem *m, struct mono now, enum modem_state state,
                                const char *cause)
{
    struct modem_event *event;

    if (m->ready_since.ms == 0 || (m->state == MODEM_READY) != (state == MODEM_READY))
        m->ready_since = now;
    if (m->state == state && strcmp(m->cause, cause) == 0)
        return NULL;
    if (m->state == MODEM_READY && state != MODEM_READY)
        recovery_ready_over(m, now);
    if (state == MODEM_ABSENT || state == MODEM_PROBING || state == MODEM_RECOVERING)
        ask_fail(&m->ask, "the modem does not answer");
    if (m->state != state)
        m->state_since = now;
    m->state = state;
    snprintf(m->cause, sizeof(m->cause), "%s", cause);
    event = modem_push(m, MODEM_EVENT_STATE);
    memcpy(event->cause, m->cause, sizeof(event->cause));
    return event;
}

int modem_submit(struct modem *m, enum modem_job job, enum at_expect expect, const char *prefix,
                 int64_t timeout_ms, const char *text)
{
    struct at_command c = {
        .id = (uint16_t)job, .expect = expect, .prefix = prefix, .timeout_ms = timeout_ms};

    snprintf(c.text, sizeof(c.text), "%s", text);
    return at_submit(&m->at, &c);
}

bool modem_pdu_mode(struct modem *m)
{
    if (m->mode_set) {
        m->mode_set = false;
        return true;
    }
    modem_submit(m, JOB_MODE, AT_EXPECT_RESULT, NULL, MODE_MS, "AT+CMGF=0");
    return false;
}

bool modem_works(const struct modem *m)
{
    return m->state == MODEM_REGISTERING || m->state == MODEM_READY;
}

void modem_init(struct modem *m, const struct modem_config *config)
{
    *m = (struct modem){.config = config,
                        .state = MODEM_ABSENT,
                        .wake_due = MONO_NEVER,
                        .again_due = MONO_NEVER,
                        .caller_due = MONO_NEVER,
                        .check_due = MONO_NEVER,
                        .life = {.verify_due = MONO_NEVER, .centre = -1},
                        .list_due = MONO_NEVER,
                        .hang_up_due = MONO_NEVER,
                        .endless_due = MONO_NEVER,
                        .creg = -1,
                        .cgreg = -1,
                        .cereg = -1,
                        .cireg = -1,
                        .setup = {.deaf_step = SIZE_MAX}};
    at_init(&m->at);
    call_set_init(&m->calls, config->ring_gap_ms);
}

/* What waited for the end of the call goes on waiting a little: the text to the caller goes first.
 */
static void postpone(struct mono *due, struct mono now)
{
    if (due->ms < now.ms + AFTER_CALL_MS)
        *due = mono_after(now, AFTER_CALL_MS);
}

static void hand_call(struct modem *m, struct mono now, const struct call_event *e)
{
    static const enum modem_event_type types[] = {
        [CALL_EVENT_RINGING] = MODEM_EVENT_CALL_RINGING,
        [CALL_EVENT_ANSWERED] = MODEM_EVENT_CALL_ANSWERED,
        [CALL_EVENT_ENDED] = MODEM_EVENT_CALL_ENDED,
    };
    struct modem_event *event = modem_push(m, types[e->type]);

    static_assert(CALL_NUMBER_MAX == MODEM_NUMBER_MAX, "a number is copied whole");
    event->call = e->call.id;
    event->outcome = e->outcome;
    event->certain = e->certain;
    event->withheld = e->call.withheld;
    event->rings = e->call.rings;
    event->started = e->call.started;
    event->ended = e->call.ended;
    memcpy(event->number, e->call.number, sizeof(event->number));
    if (e->type == CALL_EVENT_RINGING && m->config->hang_up_after_ms >= 0)
        m->hang_up_due = mono_after(now, m->config->hang_up_after_ms);
    if (e->type == CALL_EVENT_ENDED && !e->call.number[0] && !e->call.withheld)
        m->caller_due = mono_after(now, AFTER_CALL_MS);
    if (e->type == CALL_EVENT_ENDED && !m->list_first) {
        postpone(&m->check_due, now);
        postpone(&m->list_due, now);
    }
}

void modem_hand_calls(struct modem *m, struct mono now)
{
    struct call_event e;

    while (call_set_next(&m->calls, &e))
        hand_call(m, now, &e);
    if (!call_set_ringing(&m->calls))
        m->hang_up_due = MONO_NEVER;
    if (!call_set_endless(&m->calls))
        m->endless_due = MONO_NEVER;
    else if (m->endless_due.ms == MONO_NEVER.ms)
        m->endless_due = now;
}

static void restarted(struct modem *m, struct mono now)
{
    char cause[MODEM_CAUSE_MAX] = "";

    setup_hope(m);
    call_set_lost(&m->calls, now);
    modem_hand_calls(m, now);
    send_settle(m, AT_ERROR_LOST);
    m->booted = now;
    life_restarted(m, now);
    if (!life_unsteady(m, now, cause))
        snprintf(cause, sizeof(cause), "the modem has restarted");
    modem_enter(m, now, MODEM_PROBING, cause);
    recovery_wake(m, now, WAKE_BOOT_MS);
}

void modem_opened(struct modem *m, struct mono now)
{
    at_init(&m->at);
    m->heard = now;
    m->booted = now;
    m->life.sign = now;
    setup_hope(m);
    recovery_opened(m, now);
    recovery_wake(m, now, WAKE_FIRST_MS);
}

void modem_lost(struct modem *m, struct mono now, const char *cause)
{
    call_set_lost(&m->calls, now);
    modem_hand_calls(m, now);
    send_settle(m, AT_ERROR_LOST);
    at_init(&m->at);
    recovery_lost(m);
    m->setup.pin_sent = false;
    receive_reset(m);
    modem_enter(m, now, MODEM_ABSENT, cause);
}

/* Returns whether the line tells of a start of the modem. */
static bool take_boot(struct modem *m, struct mono now, const char *line)
{
    enum quirk_boot boot = quirk_boot_line(line);
    bool tail = now.ms - m->booted.ms < BOOT_TAIL_MS;

    if (boot == QUIRK_BOOT_NONE)
        return false;
    if (boot == QUIRK_BOOT_START || (boot == QUIRK_BOOT_MAYBE && !tail))
        restarted(m, now);
    else
        m->again_due = mono_after(now, AGAIN_MS);
    return true;
}

static void take_urc(struct modem *m, struct mono now, const struct at_event *e)
{
    struct at_error error;
    size_t used;

    if (receive_urc(m, now, e->line, e->pdu)) {
        life_sign(m, now);
    } else if (life_supply_line(m, now, e->line) || take_boot(m, now, e->line) ||
               ask_urc(&m->ask, e->line)) {
        return;
    } else if (network_line(m, e->line)) {
        life_sign(m, now);
        if (modem_works(m))
            network_judge(m, now);
    } else if (call_set_line(&m->calls, now, e->line)) {
        life_sign(m, now);
        modem_hand_calls(m, now);
    } else if (m->woken && at_result_parse(e->line, false, &error, &used)) {
        m->woken = false; /* a late answer: AT again until exactly one comes */
        m->wake_due = mono_after(now, WAKE_QUIET_MS);
    }
}

static void take_line(struct modem *m, struct mono now, const struct at_event *e)
{
    enum modem_job job = (enum modem_job)e->id;
    int16_t signal_dbm = m->signal_dbm;

    if (job == JOB_ASK)
        ask_line(&m->ask, e->line);
    if (network_line(m, e->line)) {
        if (m->signal_dbm != signal_dbm)
            life_sign(m, now);
    } else if ((job == JOB_VERIFY && life_line(m, now, e->line)) ||
               (job == JOB_ASK && ask_answers(&m->ask, e->line))) {
        return;
    } else if (call_set_line(&m->calls, now, e->line)) {
        modem_hand_calls(m, now);
    } else if (job == JOB_SETUP) {
        setup_line(m, e->line);
    } else if (job == JOB_READ || job == JOB_LIST) {
        receive_line(m, now, job, e->line, e->pdu);
    } else if (job == JOB_SEND) {
        send_line(m, now, e->line);
    }
}

static void wake_done(struct modem *m, struct mono now, const struct at_error *error)
{
    m->woken = error->kind == AT_ERROR_NONE;
    m->wakes++;
    m->wake_due = error->kind == AT_ERROR_TIMEOUT ? recovery_wake_again(m, now)
                                                  : mono_after(now, WAKE_QUIET_MS);
}

static void take_done(struct modem *m, struct mono now, const struct at_event *e)
{
    enum modem_job job = (enum modem_job)e->id;
    bool ok = e->error.kind == AT_ERROR_NONE;

    if (e->error.kind != AT_ERROR_TIMEOUT)
        m->life.answered = now;
    switch (job) {
    case JOB_WAKE:
        wake_done(m, now, &e->error);
        return;
    case JOB_POWER:
        recovery_power_done(m, now);
        return;
    case JOB_SETUP:
        setup_done(m, now, &e->error);
        break;
    case JOB_HANG_UP:
        call_set_hung_up(&m->calls, now, ok);
        break;
    case JOB_CALLS:
        call_set_list_end(&m->calls, now, ok);
        modem_hand_calls(m, now);
        break;
    case JOB_MODE:
        m->mode_set = true;
        break;
    case JOB_SEND:
        send_done(m, e);
        life_sent(m, now, &e->error);
        break;
    case JOB_CONFIRM:
    case JOB_DELETE:
    case JOB_READ:
    case JOB_LIST:
    case JOB_HOME:
    case JOB_MEMORY:
        receive_done(m, now, job, &e->error);
        break;
    case JOB_CALLER:
    case JOB_AGAIN:
    case JOB_NUMB:
    case JOB_ENDLESS:
    case JOB_LADDER:
    case JOB_VERIFY:
    case JOB_BEAT:
        break;
    case JOB_ASK:
        ask_done(&m->ask, now, &e->error);
        break;
    case JOB_CHECK:
        if (modem_works(m) && at_idle(&m->at))
            network_judge(m, now); /* all that was asked is answered */
        break;
    }
    if (e->error.kind == AT_ERROR_TIMEOUT && job != JOB_SETUP) /* which recovers by itself */
        modem_recover(m, now, "the modem does not answer");
}

static void take_event(struct modem *m, struct mono now, const struct at_event *e)
{
    switch (e->type) {
    case AT_EVENT_LINE:
        take_line(m, now, e);
        break;
    case AT_EVENT_DONE:
        take_done(m, now, e);
        break;
    case AT_EVENT_URC:
        take_urc(m, now, e);
        break;
    }
}

static void pump(struct modem *m, struct mono now)
{
    bool more = true;

    while (more && m->state != MODEM_ABSENT) {
        struct at_event e;
        while (m->event_count <= EVENTS_LOW && at_next(&m->at, now, &e))
            take_event(m, now, &e);
        if (m->event_count > EVENTS_LOW)
            return; /* modem_next() goes on */
        call_set_expire(&m->calls, now);
        modem_hand_calls(m, now);
        recovery_day(m, now);
        more = at_idle(&m->at) && job_start_next(m, now);
    }
}

size_t modem_feed(struct modem *m, struct mono now, const uint8_t *bytes, size_t len)
{
    size_t taken;

    if (m->state == MODEM_ABSENT)
        return len;
    taken = at_feed(&m->at, bytes, len);
    if (taken > 0)
        m->heard = now;
    pump(m, now);
    return taken;
}

void modem_expire(struct modem *m, struct mono now)
{
    pump(m, now);
}

struct mono modem_deadline(const struct modem *m)
{
    struct mono due = mono_min(at_deadline(&m->at), call_set_deadline(&m->calls));

    if (m->state == MODEM_ABSENT)
        return MONO_NEVER;
    return at_idle(&m->at) ? mono_min(due, job_deadline(m)) : due;
}

bool modem_next(struct modem *m, struct mono now, struct modem_event *ret_event)
{
    if (m->event_count == 0)
        pump(m, now);
    if (m->event_count == 0)
        return false;
    *ret_event = m->event[m->event_head];
    m->event_head = (m->event_head + 1) % MODEM_EVENTS_MAX;
    m->event_count--;
    return true;
}

const uint8_t *modem_output(const struct modem *m, size_t *ret_len)
{
    return at_output(&m->at, ret_len);
}

void modem_written(struct modem *m, size_t len)
{
    at_written(&m->at, len);
}

int modem_ask(struct modem *m, struct mono now, const char *command)
{
    bool talks = m->state == MODEM_SIM || m->state == MODEM_CONFIGURING || modem_works(m);
    int err = talks ? ask_begin(&m->ask, command) : -ENOTCONN;

    if (err == 0)
        pump(m, now);
    return err;
}

const char *modem_answer(const struct modem *m)
{
    return m->ask.phase == ASK_DONE ? m->ask.answer : NULL;
}

void modem_info(const struct modem *m, struct modem_info *ret_info)
{
    *ret_info = (struct modem_info){.state = m->state,
                                    .registered = m->state == MODEM_READY,
                                    .roaming = network_roams(m),
                                    .signal_dbm = m->signal_dbm,
                                    .heard = m->heard,
                                    .resets = m->ladder.resets,
                                    .restarts = m->life.restarts,
                                    .since = m->ready_since};
    if (m->state != MODEM_READY && m->ladder.rung != RUNG_NONE) {
        memcpy(ret_info->step, m->ladder.step, sizeof(ret_info->step));
        memcpy(ret_info->why, m->ladder.why, sizeof(ret_info->why));
        ret_info->step_at = m->ladder.step_at;
    }
    memcpy(ret_info->cause, m->cause, sizeof(ret_info->cause));
    memcpy(ret_info->model, m->model, sizeof(ret_info->model));
    memcpy(ret_info->imei, m->imei, sizeof(ret_info->imei));
    memcpy(ret_info->operator_name, m->operator_name, sizeof(ret_info->operator_name));
}

const char *modem_state_name(enum modem_state state)
{
    switch (state) {
    case MODEM_ABSENT:
        return "absent";
    case MODEM_PROBING:
        return "probing";
    case MODEM_SIM:
        return "sim";
    case MODEM_CONFIGURING:
        return "configuring";
    case MODEM_REGISTERING:
        return "registering";
    case MODEM_READY:
        return "ready";
    case MODEM_RECOVERING:
        return "recovering";
    }
    return "";
}
