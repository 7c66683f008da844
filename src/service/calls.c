#include "store/calls.h"
#include "base/json.h"
#include "internal.h"
#include "policy/decide.h"
#include "store/people.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SETTLE_ROWS 16

static enum call_state stored_outcome(enum call_outcome outcome)
{
    switch (outcome) {
    case CALL_MISSED:
        return CALL_STATE_MISSED;
    case CALL_ANSWERED:
        return CALL_STATE_ANSWERED;
    case CALL_ANSWERED_ELSEWHERE:
        return CALL_STATE_ANSWERED_ELSEWHERE;
    case CALL_REJECTED:
        return CALL_STATE_REJECTED;
    }
    assert(false && "an outcome");
    return CALL_STATE_MISSED;
}

/* A finished call, whether it was just heard or found in the store after a restart; or a forwarded
 * one that need not be finished. */
struct finished {
    int64_t row;
    struct party caller;
    bool withheld;
    enum call_state outcome;
    bool decided; /* while it still rang */
    struct wall started, ended;
};

static int queue_answer(struct service *s, const struct finished *call, struct now now,
                        const struct person_facts *person, const struct decide_facts *facts,
                        const struct decision *decision, int64_t *ret_id, const char **ret_why)
{
    char body[SERVICE_BODY_SIZE];
    int err = outbox_cancel_automatic(s->store, call->caller.number, SERVICE_REPLACED, now.wall);
    if (err < 0)
        return err;
    if (service_body(s->config.policy, facts, call->started, decision, person->name,
                     person->last_auto.s == 0, body) < 0) {
        *ret_why = "the text of the template is too long";
        return 0;
    }
    struct outbox_new text = {
        .line = s->line,
        .number = call->caller.number,
        .text = body,
        .cause = CAUSE_MISSED_CALL,
        .call = call->row,
        .created = now.wall,
        .due = decision->due,
        .expires = decision->expires,
    };
    return service_queue_text(s, now, &text, ret_id, ret_why);
}

/* What was decided, told once it is committed. */
struct verdict {
    int64_t message;
    char rule[32]; /* "" with a message */
};

static void note_decision(struct service *s, struct now now, const struct finished *call,
                          const struct verdict *verdict)
{
    struct service_note *note = service_note(s, now, SERVICE_NOTE_DECISION);
    note->call = call->row;
    note->message = verdict->message;
    memcpy(note->number, call->caller.number, sizeof(note->number));
    snprintf(note->detail, sizeof(note->detail), "%s%s",
             verdict->message ? "text" : "no text: ", verdict->rule);
}

/* All that is known before a decision. */
static int read_facts(struct service *s, const struct finished *call, struct now now,
                      struct person_facts *ret_person, struct decide_facts *ret_facts)
{
    *ret_facts = (struct decide_facts){
        .line = *s->config.mode,
        .answered =
            call->outcome == CALL_STATE_ANSWERED || call->outcome == CALL_STATE_ANSWERED_ELSEWHERE,
        .withheld = call->withheld || call->caller.number[0] == '\0',
        .number = call->caller.textable ? call->caller.number : "",
        .number_textable = call->caller.textable,
        .raw = call->caller.number,
        .ended_at = call->ended,
    };
    return service_facts(s->store, s->config.policy, now, ret_person, ret_facts);
}

/* Decides on one finished call and queues its text, all in the caller's transaction. */
static int decide(struct service *s, const struct finished *call, struct now now,
                  struct verdict *ret)
{
    struct person_facts person = {0};
    struct decide_facts facts;
    struct decision decision;
    struct call_rule rules[DECIDE_RULE_MAX + 1], *decider = NULL;
    char known[SERVICE_FACTS_SIZE];
    size_t count = DECIDE_RULE_MAX;
    int64_t message = 0;
    const char *why = NULL;

    int err = read_facts(s, call, now, &person, &facts);
    if (err != 0)
        return err;
    decide_call(&decision, s->config.policy, &facts);
    for (size_t i = 0; i < count; i++)
        rules[i] = (struct call_rule){decision.rules[i].name, decision.rules[i].stop,
                                      decision.rules[i].detail};
    if (!decision.text)
        decider = &rules[decision.decider];
    if (decision.text) {
        err = queue_answer(s, call, now, &person, &facts, &decision, &message, &why);
        if (err < 0)
            return err;
        if (err == 0) {
            decider = &rules[count++];
            *decider = (struct call_rule){"template", true, why};
        }
    } else if (facts.answered && call->caller.textable) {
        err = outbox_cancel_automatic(s->store, call->caller.number, "a later call was answered",
                                      now.wall);
        if (err < 0)
            return err;
    }
    err = calls_decide(s->store, call->row, decider ? decider->name : NULL, message, rules, count,
                       now.wall);
    if (err == 0)
        err = calls_keep_facts(s->store, call->row, s->config.policy->hash,
                               service_facts_json(&facts, known));
    *ret = (struct verdict){.message = message};
    if (decider)
        snprintf(ret->rule, sizeof(ret->rule), "%s", decider->name);
    return err;
}

static int store_start(struct service *s, const struct live_call *call, int64_t *ret_row)
{
    struct call_new new = {
        .line = s->line,
        .number = call->caller.number[0] ? call->caller.number : NULL,
        .withheld = call->withheld,
        .started = call->started,
    };
    return calls_start(s->store, &new, ret_row);
}

static int store_end(struct service *s, const struct live_call *call, struct now now,
                     struct finished *finished, struct verdict *ret)
{
    int err = calls_end(s->store, finished->row, finished->outcome, call->certain, call->rings,
                        call->ended_at);
    return err != 0 || call->decided ? err : decide(s, finished, now, ret);
}

/* What was forwarded here, and will be declined, is decided on as soon as the number is known: the
 * text goes when the line is free. */
static bool decides_at_once(const struct service *s, const struct live_call *call)
{
    return *s->config.mode == POLICY_LINE_FORWARDED && s->config.modem->hang_up_after_ms >= 0 &&
           !call->ended && !call->decided;
}

/* Stores all that is known of a call in one transaction. */
static int store_call(struct service *s, struct live_call *call, struct now now)
{
    struct verdict verdict = {0};
    bool at_once = decides_at_once(s, call), decides = at_once || (call->ended && !call->decided);
    struct finished finished = {.row = call->row,
                                .caller = call->caller,
                                .withheld = call->withheld,
                                .outcome = stored_outcome(call->outcome),
                                .started = call->started,
                                .ended = at_once ? now.wall : call->ended_at};
    int err = store_begin(s->store);
    if (err == 0 && finished.row == 0)
        err = store_start(s, call, &finished.row);
    if (err == 0 && call->answered && !call->told)
        err = calls_answer(s->store, finished.row, call->answered_at);
    if (err == 0 && at_once)
        err = decide(s, &finished, now, &verdict);
    if (err == 0 && call->ended)
        err = store_end(s, call, now, &finished, &verdict);
    if (err == 0)
        err = store_commit(s->store);
    if (err != 0) {
        store_rollback(s->store);
        return err;
    }
    call->row = finished.row;
    call->told = call->answered;
    call->decided = call->decided || decides;
    s->queue_stale = s->queue_stale || decides;
    if (decides)
        note_decision(s, now, &finished, &verdict);
    if (call->ended)
        *call = (struct live_call){0};
    return 0;
}

static bool is_unstored(const struct live_call *call)
{
    return call->id != 0 && (call->row == 0 || call->ended || call->answered != call->told);
}

int service_calls_flush(struct service *s, struct now now)
{
    int first = 0;
    for (size_t i = 0; i < SERVICE_CALLS_MAX; i++) {
        struct live_call *call = &s->calls[i];
        int err = is_unstored(call) ? store_call(s, call, now) : 0;
        if (err == -EALREADY || err == -EEXIST || err == -ENOENT) {
            struct service_note *note = service_note(s, now, SERVICE_NOTE_PROBLEM);
            snprintf(note->detail, sizeof(note->detail),
                     "somebody else has settled c%" PRId64 " meanwhile", call->row);
            *call = (struct live_call){0};
        } else if (first == 0) {
            first = err;
        }
    }
    return first;
}

void service_calls_forsake(struct service *s, struct now now)
{
    for (size_t i = 0; i < SERVICE_CALLS_MAX; i++) {
        if (!is_unstored(&s->calls[i]))
            continue;
        struct service_note *note = service_note(s, now, SERVICE_NOTE_PROBLEM);
        memcpy(note->number, s->calls[i].caller.number, sizeof(note->number));
        snprintf(note->detail, sizeof(note->detail), "a call is lost, it could not be stored");
    }
}

static struct live_call *find_call(struct service *s, uint32_t id)
{
    for (size_t i = 0; i < SERVICE_CALLS_MAX; i++)
        if (s->calls[i].id == id)
            return &s->calls[i];
    return NULL;
}

static struct live_call *open_call(struct service *s, struct now now,
                                   const struct modem_event *event)
{
    struct live_call *call = find_call(s, event->call);
    if (call)
        return call;
    call = find_call(s, 0);
    if (!call) {
        struct service_note *note = service_note(s, now, SERVICE_NOTE_PROBLEM);
        snprintf(note->number, sizeof(note->number), "%s", event->number);
        snprintf(note->detail, sizeof(note->detail),
                 "a call is lost, %d others could not be stored yet", SERVICE_CALLS_MAX);
        return NULL;
    }
    int64_t ago_s = (now.mono.ms - event->started.ms) / 1000;
    *call = (struct live_call){
        .id = event->call, .withheld = event->withheld, .started = {now.wall.s - ago_s}};
    service_party(s, event->number, &call->caller);
    return call;
}

static void note_call(struct service *s, struct now now, const struct modem_event *event,
                      enum service_note_type type)
{
    struct service_note *note = service_note(s, now, type);
    note->withheld = event->number[0] == '\0';
    note->outcome = event->outcome;
    snprintf(note->number, sizeof(note->number), "%s", event->number);
}

void service_call_event(struct service *s, struct now now, const struct modem_event *event)
{
    struct live_call *call = open_call(s, now, event);
    if (event->type == MODEM_EVENT_CALL_RINGING)
        note_call(s, now, event, SERVICE_NOTE_RINGING);
    if (event->type == MODEM_EVENT_CALL_ENDED)
        note_call(s, now, event, SERVICE_NOTE_CALL);
    if (!call)
        return;
    if (event->type == MODEM_EVENT_CALL_ENDED) {
        call->ended = true;
        call->outcome = event->outcome;
        call->certain = event->certain;
        call->rings = event->rings;
        call->ended_at.s = now.wall.s - (now.mono.ms - event->ended.ms) / 1000;
    }
    if (event->type == MODEM_EVENT_CALL_ANSWERED) {
        call->answered = true;
        call->answered_at = now.wall;
    }
    if (s->retry.ms == MONO_NEVER.ms && service_calls_flush(s, now) != 0)
        service_trouble(s, now, "storing a call");
}

/* The end of a call that was cut off by a restart is not known: its beginning is the last sign of
 * it. */
static int settle_row(struct service *s, struct finished *call, int rings, struct now now)
{
    struct verdict verdict;
    int err = store_begin(s->store);
    if (err == 0 && call->outcome == CALL_STATE_RINGING) {
        call->outcome = CALL_STATE_MISSED;
        call->ended = call->started;
        err = calls_end(s->store, call->row, call->outcome, false, rings, call->ended);
    }
    if (err == 0 && !call->decided)
        err = decide(s, call, now, &verdict);
    if (err == 0)
        err = store_commit(s->store);
    if (err == 0 && !call->decided)
        note_decision(s, now, call, &verdict);
    return err;
}

int service_calls_settle(struct service *s, struct now now)
{
    for (;;) {
        struct finished calls[SETTLE_ROWS];
        int rings[SETTLE_ROWS];
        size_t count = 0;
        struct store_rows *rows = NULL;
        struct call_row row;
        int err = calls_list_unsettled(s->store, s->line, &rows);
        while (err == 0 && count < SETTLE_ROWS && (err = calls_next(rows, &row)) == 1) {
            calls[count] = (struct finished){.row = row.id,
                                             .withheld = row.withheld,
                                             .outcome = row.outcome,
                                             .decided = strcmp(row.decision, "pending") != 0,
                                             .started = row.started,
                                             .ended = row.ended};
            service_party(s, row.number ? row.number : "", &calls[count].caller);
            rings[count++] = row.rings;
            err = 0;
        }
        store_rows_free(rows);
        for (size_t i = 0; err == 0 && i < count; i++)
            err = settle_row(s, &calls[i], rings[i], now);
        if (err != 0 || count == 0)
            return err;
    }
}
