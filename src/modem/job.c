/* src/modem/job.c - what a modem is to do next: of all that is due, the first in the order of enum
 * modem_job, one command at a time. */
#include "modem/parts.h"
#include <string.h>

#define WAKE_TRY_MS 2000
#define ENDLESS_MS (5 * 60000) /* from one step against endless ringing to the next */
#define HANG_UP_MS 90000       /* EC25: AT+CHUP may take so long */
#define CALLS_MS 5000

/* Returns whether neither a call nor a text needs the modem. */
static bool is_quiet(const struct modem *m)
{
    return m->send_phase == SEND_IDLE && !call_set_ringing(&m->calls);
}

/* When a job wants to be started; MONO_NEVER where it has nothing to do or must not now. */
static struct mono job_due(const struct modem *m, enum modem_job job, bool quiet)
{
    if (m->send_phase == SEND_OPEN)
        return MONO_NEVER; /* the next command is the answer to MODEM_EVENT_SEND_NOW */
    if (job == JOB_WAKE)
        return m->state == MODEM_PROBING || m->state == MODEM_RECOVERING ? m->wake_due : MONO_NEVER;
    if (job == JOB_SETUP)
        return m->state == MODEM_CONFIGURING || m->state == MODEM_SIM ? m->setup.due : MONO_NEVER;
    if (job == JOB_LADDER)
        return recovery_due(m);
    if (job == JOB_ASK && m->ask.phase == ASK_WAITING)
        return m->ask.until;
    if (job == JOB_ASK) /* also where the SIM or the network is what is wrong */
        return m->ask.phase == ASK_TAKEN && quiet ? (struct mono){0} : MONO_NEVER;
    if (!modem_works(m))
        return MONO_NEVER;
    switch (job) {
    case JOB_ENDLESS:
        return quiet ? m->endless_due : MONO_NEVER;
    case JOB_NUMB:
        return quiet && !call_set_active(&m->calls) ? life_numb_due(m) : MONO_NEVER;
    case JOB_HANG_UP: /* while somebody waits or talks, AT+CHUP would end that other call */
        return call_set_waiting(&m->calls) || call_set_active(&m->calls) ? MONO_NEVER
                                                                         : m->hang_up_due;
    case JOB_CALLS:
        return call_set_list_due(&m->calls);
    case JOB_CALLER:
        return quiet ? m->caller_due : MONO_NEVER;
    case JOB_AGAIN:
        return quiet ? m->again_due : MONO_NEVER;
    case JOB_CONFIRM:
    case JOB_DELETE:
    case JOB_READ:
    case JOB_LIST:
    case JOB_HOME:
        return receive_due(m, job);
    case JOB_SEND:
        return send_due(m);
    case JOB_CHECK:
        return quiet ? m->check_due : MONO_NEVER;
    case JOB_VERIFY:
        return quiet ? m->life.verify_due : MONO_NEVER;
    case JOB_BEAT:
        return quiet ? life_beat_due(m) : MONO_NEVER;
    case JOB_ASK:
    case JOB_WAKE:
    case JOB_LADDER:
    case JOB_SETUP:
    case JOB_COUNT:
    case JOB_MODE:
    case JOB_POWER:
        break;
    }
    return MONO_NEVER;
}

static void start_wake(struct modem *m, struct mono now)
{
    if (m->woken) {
        m->wake_due = MONO_NEVER;
        m->woken = false;
        setup_begin(m, now);
    } else if (recovery_spent(m, now)) {
        recovery_climb(m, now);
    } else { /* with ATQ1 or ATV0 left behind by somebody there is no OK */
        modem_submit(m, JOB_WAKE, AT_EXPECT_RESULT, NULL, WAKE_TRY_MS,
                     m->wakes % 3 == 2 ? "ATQ0V1" : "AT");
    }
}

static void start_ask(struct modem *m, struct mono now)
{
    struct at_command c;

    ask_expire(&m->ask, now);
    if (m->ask.phase != ASK_TAKEN)
        return;
    ask_start(&m->ask, JOB_ASK, &c);
    if (at_submit(&m->at, &c) != 0)
        ask_fail(&m->ask, "ERROR");
}

static void start_job(struct modem *m, struct mono now, enum modem_job job)
{
    switch (job) {
    case JOB_WAKE:
        start_wake(m, now);
        break;
    case JOB_SETUP:
        setup_start(m, now);
        modem_hand_calls(m, now);
        break;
    case JOB_ENDLESS:
        m->endless_due = mono_after(now, ENDLESS_MS);
        modem_recover(m, now, "it rings without end");
        break;
    case JOB_NUMB:
        life_numb(m, now);
        break;
    case JOB_HANG_UP:
        m->hang_up_due = MONO_NEVER;
        call_set_hang_up(&m->calls);
        modem_submit(m, JOB_HANG_UP, AT_EXPECT_RESULT, NULL, HANG_UP_MS, "AT+CHUP");
        break;
    case JOB_CALLS:
        call_set_list_begin(&m->calls);
        modem_submit(m, JOB_CALLS, AT_EXPECT_PREFIX, "+CLCC:", CALLS_MS, "AT+CLCC");
        break;
    case JOB_CALLER:
        m->caller_due = MONO_NEVER;
        modem_submit(m, JOB_CALLER, AT_EXPECT_RESULT, NULL, CALLS_MS, "AT+CLIP=1");
        break;
    case JOB_AGAIN:
        setup_begin(m, now);
        break;
    case JOB_CONFIRM:
    case JOB_DELETE:
    case JOB_READ:
    case JOB_LIST:
    case JOB_HOME:
        receive_start(m, now, job);
        break;
    case JOB_SEND:
        send_start(m);
        break;
    case JOB_CHECK:
        network_check(m, now);
        break;
    case JOB_VERIFY:
        life_verify(m, now);
        break;
    case JOB_BEAT:
        life_beat(m);
        break;
    case JOB_LADDER:
        recovery_climb(m, now);
        break;
    case JOB_ASK:
        start_ask(m, now);
        break;
    case JOB_COUNT:
    case JOB_MODE:
    case JOB_POWER:
        break;
    }
}

bool job_start_next(struct modem *m, struct mono now)
{
    bool quiet = is_quiet(m);

    for (int job = 0; job < JOB_COUNT; job++) {
        if (job_due(m, (enum modem_job)job, quiet).ms <= now.ms) {
            start_job(m, now, (enum modem_job)job);
            return true;
        }
    }
    return false;
}

struct mono job_deadline(const struct modem *m)
{
    struct mono due = MONO_NEVER;
    bool quiet = is_quiet(m);

    for (int job = 0; job < JOB_COUNT; job++)
        due = mono_min(due, job_due(m, (enum modem_job)job, quiet));
    return due;
}
