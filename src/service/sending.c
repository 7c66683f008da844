#include "internal.h"
#include "store/outbox_take.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Pauses after a refusal that may pass; after the last one the part has failed. */
static const int64_t backoff_s[] = {30, 120, 600};
#define BACKOFF_COUNT (sizeof(backoff_s) / sizeof(backoff_s[0]))

#define CMS_INVALID_PDU 304   /* 27.005 3.2.5 */
#define QUEUE_LOOK_MS 60000   /* a command that died before it could poke us is seen by then */
#define QUEUE_NOTHING_MS 5000 /* something was due and could not be taken (paused): look later */

struct store_limits service_limits(const struct policy_config *policy)
{
    const struct policy_limits *limits = &policy->limits;
    const struct policy_breaker *breaker = &policy->breaker;
    return (struct store_limits){
        .per_minute = limits->per_minute,
        .per_hour = limits->per_hour,
        .per_day = limits->per_day,
        .pace_ms = limits->pace_ms,
        .jitter_permille = limits->jitter_permille,
        .burst = breaker->burst.count,
        .burst_s = breaker->burst.window_ms / 1000,
        .identical = breaker->identical.count,
        .identical_s = breaker->identical.window_ms / 1000,
        .mute_s = breaker->mute_ms / 1000,
    };
}

int service_add_composed(struct store *store, struct compose *composed,
                         const struct outbox_new *text, int64_t *ret_id)
{
    struct outbox_new new = *text;
    struct outbox_pdu pdus[SERVICE_PARTS_MAX];
    char hex[SERVICE_PARTS_MAX][PDU_HEX_MAX + 1];
    assert(composed->part_count <= SERVICE_PARTS_MAX);
    if (composed->part_count > 1) {
        int err = outbox_concat_ref(store, text->number, &composed->concat_ref);
        if (err != 0)
            return err;
    }
    for (size_t i = 0; i < composed->part_count; i++) {
        size_t octets;
        compose_part(composed, i, hex[i], &octets);
        pdus[i] = (struct outbox_pdu){hex[i], (int)octets};
    }
    new.text = composed->text;
    new.pdus = pdus;
    new.pdu_count = composed->part_count;
    int err = outbox_add(store, &new, ret_id);
    return err < 0 ? err : 1;
}

int service_body(const struct policy_config *policy, const struct decide_facts *facts,
                 struct wall started, const struct decision *decision, const char *name,
                 bool opt_out_line, char ret_body[SERVICE_BODY_SIZE])
{
    struct policy_times times;
    struct template_values values = {.name = name};
    policy_times(policy, facts, started, decision->due, &times);
    policy_values(policy, &times, &values);
    return policy_text(policy, decision->template, &values, opt_out_line, ret_body,
                       SERVICE_BODY_SIZE);
}

int service_compose_text(struct store *store, const struct service_config *config,
                         struct compose *compose, const struct outbox_new *text, int64_t *ret_id,
                         const char **ret_why)
{
    size_t max_parts = (size_t)*config->max_parts;
    struct compose_options options = {
        .to = text->number,
        .unicode = *config->unicode,
        .report = config->modem->delivery_reports,
        .max_parts = max_parts < SERVICE_PARTS_MAX ? max_parts : SERVICE_PARTS_MAX,
    };
    enum compose_err failed = compose_text(compose, text->text, &options);
    if (failed != COMPOSE_OK) {
        *ret_why = compose_err_str(failed);
        return 0;
    }
    return service_add_composed(store, compose, text, ret_id);
}

int service_queue_text(struct service *s, struct now now, const struct outbox_new *text,
                       int64_t *ret_id, const char **ret_why)
{
    (void)now;
    s->queue_stale = true;
    return service_compose_text(s->store, &s->config, &s->compose, text, ret_id, ret_why);
}

/* Where a refused part goes next: transient ones a few times with growing pauses, one that the
 * modem or SIM caused again and again (its text expires), one that will never pass not at all. */
static struct wall next_try(const struct fate *fate, int tries)
{
    size_t step = tries > 0 ? (size_t)tries - 1 : 0;
    switch (fate->error.class) {
    case AT_CLASS_PERMANENT:
        return (struct wall){0};
    case AT_CLASS_MODEM:
        return (struct wall){fate->at.s +
                             backoff_s[step < BACKOFF_COUNT ? step : BACKOFF_COUNT - 1]};
    case AT_CLASS_TRANSIENT:
    case AT_CLASS_AMBIGUOUS:
        break;
    }
    return step < BACKOFF_COUNT ? (struct wall){fate->at.s + backoff_s[step]} : (struct wall){0};
}

/* RP-cause 1 unassigned number, 28 unidentified subscriber (3GPP TS 24.011 8.2.5.4): other
 * permanent errors are about this SIM or this text. */
static bool blames_number(const struct at_error *error)
{
    return error->kind == AT_ERROR_CMS && (error->code == 1 || error->code == 28);
}

static int store_refusal(struct service *s, const struct fate *fate)
{
    char why[AT_ERROR_TEXT_SIZE];
    int tries = 0;
    int err = outbox_tries(s->store, fate->part, &tries);
    if (err != 0)
        return err;
    at_error_str(&fate->error, why);
    if (fate->error.class == AT_CLASS_AMBIGUOUS) {
        struct wall resend = {fate->at.s + SERVICE_REPORT_WAIT_S};
        return outbox_unknown(s->store, fate->part, why, resend, fate->at);
    }
    if (blames_number(&fate->error)) {
        err = outbox_undeliverable(s->store, fate->part, fate->at);
        if (err != 0)
            return err;
    }
    return outbox_failed(s->store, fate->part, why, next_try(fate, tries), fate->at);
}

static int store_fate(struct service *s, struct now now, const struct fate *fate)
{
    struct wall resend = {fate->at.s + SERVICE_REPORT_WAIT_S};
    int err = store_begin(s->store);
    if (err != 0)
        return err;
    switch (fate->outcome) {
    case MODEM_SEND_OK:
        err = outbox_sent(s->store, fate->part, fate->mr, fate->at);
        if (err == 0)
            err = service_follow_up_plan(s, now, fate->part);
        break;
    case MODEM_SEND_FAILED:
        err = store_refusal(s, fate);
        break;
    case MODEM_SEND_UNKNOWN:
        err = outbox_unknown(s->store, fate->part, "no answer from the modem after the text",
                             resend, fate->at);
        break;
    }
    return err != 0 ? err : store_commit(s->store);
}

int service_fate_flush(struct service *s, struct now now)
{
    if (!s->fate.pending)
        return 0;
    int err = store_fate(s, now, &s->fate);
    if (err != 0)
        return err;
    s->fate.pending = false;
    s->queue_stale = true;
    return 0;
}

void service_send_done(struct service *s, struct now now, const struct modem_event *event)
{
    struct service_note *note = service_note(s, now, SERVICE_NOTE_SEND);
    note->send = event->send;
    note->mr = event->mr;
    note->error = event->error;
    assert(!s->fate.pending); /* one part in flight, and nothing is sent while a fate is kept */
    s->fate = (struct fate){.pending = true,
                            .part = event->tag,
                            .outcome = event->send,
                            .mr = event->mr,
                            .error = event->error,
                            .at = now.wall};
    s->send_after = mono_after(now.mono, SERVICE_SEND_GAP_MS);
    if (service_fate_flush(s, now) != 0)
        service_trouble(s, now, "storing the fate of a text");
}

/* A follow-up begins in its window, whatever the clock said when it was queued. When that opens is
 * soon enough known by looking. */
static struct store_limits limits_at(const struct service *s, struct wall now)
{
    struct store_limits limits = service_limits(s->config.policy);
    struct wall end;
    if (!wall_plausible(now) || !follow_up_open(s->config.policy, now, &end))
        limits.follow_ups.s = now.s + QUEUE_LOOK_MS / 1000;
    return limits;
}

/* Where nothing is due, no window has to be looked at. */
static int next_due(struct service *s, struct wall now, struct wall *ret)
{
    struct store_limits limits = service_limits(s->config.policy);
    int err = outbox_next_due(s->store, s->line, &limits, now, ret);
    if (err != 0 || ret->s > now.s)
        return err;
    limits = limits_at(s, now);
    return limits.follow_ups.s == 0 ? 0 : outbox_next_due(s->store, s->line, &limits, now, ret);
}

/* Reads from the store when something is due, unless that is known already. */
static int refresh_queue(struct service *s, struct now now)
{
    struct wall due;
    if (!s->queue_stale && now.mono.ms < s->queue_due.ms)
        return 0;
    int err = next_due(s, now.wall, &due);
    if (err != 0)
        return err;
    int64_t wait_ms = QUEUE_LOOK_MS;
    if (due.s <= now.wall.s)
        wait_ms = 0;
    else if (due.s - now.wall.s < QUEUE_LOOK_MS / 1000)
        wait_ms = (due.s - now.wall.s) * 1000;
    s->queue_due = mono_after(now.mono, wait_ms);
    s->queue_stale = false;
    return 0;
}

/* Returns whether nothing on our side speaks against sending. */
static bool is_free(const struct service *s)
{
    return !s->stopping && !s->sim_changed && !s->fate.pending && s->retry.ms == MONO_NEVER.ms;
}

static bool may_send(const struct service *s)
{
    return is_free(s) && modem_can_send(&s->modem);
}

/* A PDU that no modem would take: the row was damaged on its way through the disk. */
static void drop_part(struct service *s, struct now now, int64_t part)
{
    struct modem_event event = {.type = MODEM_EVENT_SEND_DONE,
                                .tag = part,
                                .send = MODEM_SEND_FAILED,
                                .error = at_error_make(AT_ERROR_CMS, CMS_INVALID_PDU)};
    service_send_done(s, now, &event);
}

void service_send_due(struct service *s, struct now now)
{
    if (s->retry.ms != MONO_NEVER.ms)
        return;
    if (service_hold_look(s, now) != 0) {
        service_trouble(s, now, "looking whether texts are held");
        return;
    }
    if (!may_send(s) || now.mono.ms < s->send_after.ms)
        return;
    if (refresh_queue(s, now) != 0) {
        service_trouble(s, now, "looking for texts to send");
        return;
    }
    if (now.mono.ms >= s->queue_due.ms)
        modem_send_ask(&s->modem, now.mono);
}

/* It is our turn: only now is a part taken, so that a stop word read a moment ago counts. */
void service_send_now(struct service *s, struct now now)
{
    struct outbox_part part;
    struct store_limits limits = limits_at(s, now.wall);
    bool wanted = is_free(s) && modem_send_stands(&s->modem);
    int got = wanted ? outbox_take(s->store, s->line, &limits, now.wall, &part) : 0;
    if (got < 0)
        service_trouble(s, now, "taking a text from the queue");
    if (got == 0 && wanted)
        s->queue_due = mono_after(now.mono, QUEUE_NOTHING_MS);
    if (got <= 0) {
        modem_send_pass(&s->modem, now.mono);
        return;
    }
    s->queue_stale = true;
    if (part.burst) {
        struct service_note *note = service_note(s, now, SERVICE_NOTE_PROBLEM);
        snprintf(note->detail, sizeof(note->detail),
                 "a burst: automatic texts are stopped until \"textback resume\"");
    }
    if (modem_send(&s->modem, now.mono, part.id, part.pdu, (size_t)part.tpdu_octets) != 0)
        drop_part(s, now, part.id);
}

struct mono service_send_deadline(const struct service *s)
{
    if (!may_send(s))
        return MONO_NEVER; /* an event of the modem or the retry of the store comes first */
    struct mono due = s->queue_stale ? s->send_after : s->queue_due;
    return due.ms > s->send_after.ms ? due : s->send_after;
}
