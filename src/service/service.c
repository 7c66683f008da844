#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "internal.h"
#include "store/clock.h"
#include "store/inbox.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_STEP_S 60 /* smaller ones do no harm */
#define DAY_MS (24 * INT64_C(3600000))
#define UNSTEADY "the line changes all the time: for the rest of the day only the log tells of it"

struct service_note *service_note(struct service *s, struct now now, enum service_note_type type)
{
    if (s->note_count == SERVICE_NOTES_MAX) {
        s->note_first = (s->note_first + 1) % SERVICE_NOTES_MAX;
        s->note_count--;
    }
    size_t at = (s->note_first + s->note_count++) % SERVICE_NOTES_MAX;
    s->notes[at] = (struct service_note){.type = type, .at = now};
    return &s->notes[at];
}

bool service_next_note(struct service *s, struct service_note *ret)
{
    if (s->note_count == 0)
        return false;
    *ret = s->notes[s->note_first];
    s->note_first = (s->note_first + 1) % SERVICE_NOTES_MAX;
    s->note_count--;
    return true;
}

void service_trouble(struct service *s, struct now now, const char *what)
{
    if (s->retry.ms == MONO_NEVER.ms) {
        struct service_note *note = service_note(s, now, SERVICE_NOTE_PROBLEM);
        snprintf(note->detail, sizeof(note->detail), "%s: %s", what, store_error(s->store));
        snprintf(s->trouble, sizeof(s->trouble), "%s", store_error(s->store));
    }
    snprintf(s->failure, sizeof(s->failure), "%s", store_error(s->store));
    s->failed_at = now.mono;
    store_rollback(s->store);
    s->retry = mono_after(now.mono, SERVICE_RETRY_MS);
}

/* Copies as much as fits; octets that are no UTF-8 become U+FFFD, since rows, JSON and screens hold
 * text. */
static void copy_utf8(const char *from, char *to, size_t cap)
{
    size_t len = strlen(from);
    struct text t;
    text_init(&t, to, cap);
    while (len > 0 && text_ok(&t)) {
        char octets[UTF8_MAX];
        uint32_t code = UTF8_REPLACEMENT;
        size_t used = utf8_decode(from, len, &code);
        used += used == 0;
        text_add_span(&t, octets, utf8_encode(code, octets));
        from += used;
        len -= used;
    }
}

void service_party(const struct service *s, const char *number, struct party *ret)
{
    char e164[E164_MAX + 1];
    *ret = (struct party){0};
    ret->textable = e164_parse(number, strlen(number), s->config.policy->region, e164) == E164_OK;
    copy_utf8(ret->textable ? e164 : number, ret->number, sizeof(ret->number));
}

/* Returns whether one more change of this line may be stored: a modem that falls over again and
 * again must not wear out the card. The last of a day is an alarm that says so. */
static bool may_record(struct service *s, struct now now, bool *ret_last)
{
    if (now.mono.ms - s->states_day.ms >= DAY_MS)
        s->states = 0;
    if (s->states >= SERVICE_STATES_PER_DAY)
        return false;
    if (s->states == 0)
        s->states_day = now.mono;
    *ret_last = ++s->states == SERVICE_STATES_PER_DAY;
    return true;
}

static int add_state(struct service *s, struct now now, const struct modem_event *event)
{
    char data[512];
    struct text sink;
    struct json json;
    bool step = event->step[0] != '\0';
    text_init(&sink, data, sizeof(data));
    json_init(&json, json_put_text, &sink);
    json_object(&json);
    json_key_string(&json, "line", s->config.line);
    json_key_string(&json, "state", modem_state_name(event->state));
    json_key_string(&json, "cause", step ? event->why : event->cause);
    json_key_string(&json, "step", step ? event->step : NULL);
    json_object_end(&json);
    assert(text_ok(&sink));
    return event_add(s->store, now.wall, "line.state", data);
}

int service_alarm(struct service *s, struct now now, const char *alarm, const char *what)
{
    char data[256];
    struct text sink;
    struct json json;
    text_init(&sink, data, sizeof(data));
    json_init(&json, json_put_text, &sink);
    json_object(&json);
    json_key_string(&json, "line", s->config.line);
    json_key_string(&json, "alarm", alarm);
    json_key_string(&json, "what", what);
    json_object_end(&json);
    assert(text_ok(&sink));
    return event_add(s->store, now.wall, "alarm", data);
}

/* A line that comes up or goes down, and a step that is taken to bring it back, are events; what
 * lies between is only logged. */
static void record_state(struct service *s, struct now now, const struct modem_event *event)
{
    bool ready = event->state == MODEM_READY, last = false;
    struct service_note *note = service_note(s, now, SERVICE_NOTE_STATE);
    snprintf(note->detail, sizeof(note->detail), "%s%s%s", modem_state_name(event->state),
             event->cause[0] ? ": " : "", event->cause);
    bool person = event->state == MODEM_SIM; /* nobody but a person can help */
    if ((ready == s->was_ready && !person && !event->step[0]) || s->retry.ms != MONO_NEVER.ms ||
        !may_record(s, now, &last))
        return;
    s->was_ready = ready;
    int err = store_begin(s->store);
    if (err == 0)
        err = add_state(s, now, event);
    if (err == 0 && last)
        err = service_alarm(s, now, "line_unsteady", UNSTEADY);
    if (err == 0)
        err = store_commit(s->store);
    if (err != 0)
        service_trouble(s, now, "recording the state of the line");
}

static void take_event(struct service *s, struct now now, const struct modem_event *event)
{
    switch (event->type) {
    case MODEM_EVENT_STATE:
        record_state(s, now, event);
        break;
    case MODEM_EVENT_CALL_RINGING:
    case MODEM_EVENT_CALL_ANSWERED:
    case MODEM_EVENT_CALL_ENDED:
        service_call_event(s, now, event);
        break;
    case MODEM_EVENT_PDU:
        service_received(s, now, event);
        break;
    case MODEM_EVENT_SEND_NOW:
        service_send_now(s, now);
        break;
    case MODEM_EVENT_SEND_DONE:
        service_send_done(s, now, event);
        break;
    case MODEM_EVENT_PIN_WANTED:
        service_pin_wanted(s, now);
        break;
    case MODEM_EVENT_PIN_RIGHT:
        service_pin_right(s, now);
        break;
    case MODEM_EVENT_CARD:
        service_card(s, now, event->iccid);
        break;
    case MODEM_EVENT_REOPEN:
        s->wants_reopen = true;
        break;
    case MODEM_EVENT_REAUTHORISE:
        s->wants_reauthorise = true;
        break;
    }
}

static void drain(struct service *s, struct now now)
{
    struct modem_event event;
    while (modem_next(&s->modem, now.mono, &event))
        take_event(s, now, &event);
}

/* What a crash left. A part that was being sent when the program died may have gone out: its report
 * decides. */
static int settle(struct service *s, struct now now)
{
    struct wall resend = {now.wall.s + SERVICE_REPORT_WAIT_S};
    int err = store_line(s->store, s->config.line, &s->line);
    if (err == 0)
        err = store_begin(s->store);
    if (err == 0)
        err = outbox_settle(s->store, s->line, resend, now.wall);
    if (err >= 0)
        err = inbox_settle(s->store, now.wall);
    if (err >= 0)
        err = store_commit(s->store);
    if (err == 0)
        err = service_calls_settle(s, now);
    s->settled = err == 0;
    return err;
}

/* What could not be stored is stored before anything new is done. */
static void retry_store(struct service *s, struct now now)
{
    if (now.mono.ms < s->retry.ms)
        return;
    if ((!s->settled && settle(s, now) != 0) || service_calls_flush(s, now) != 0 ||
        service_fate_flush(s, now) != 0) {
        service_trouble(s, now, "storing");
        return;
    }
    s->retry = MONO_NEVER;
    s->trouble[0] = '\0';
    s->queue_stale = true;
    if (s->list_again)
        modem_list(&s->modem, now.mono);
    s->list_again = false;
}

static void work(struct service *s, struct now now)
{
    drain(s, now);
    retry_store(s, now);
    service_texts_due(s, now);
    service_follow_ups_due(s, now);
    service_send_due(s, now);
    drain(s, now);
}

void service_opened(struct service *s, struct now now)
{
    modem_opened(&s->modem, now.mono);
    work(s, now);
}

void service_lost(struct service *s, struct now now, const char *cause)
{
    s->wants_reopen = false;
    s->wants_reauthorise = false;
    modem_lost(&s->modem, now.mono, cause);
    work(s, now);
}

void service_feed(struct service *s, struct now now, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        size_t taken = modem_feed(&s->modem, now.mono, bytes, len);
        drain(s, now);
        assert(taken > 0); /* a drained modem has room */
        bytes += taken;
        len -= taken;
    }
    work(s, now);
}

void service_turn(struct service *s, struct now now, bool poked)
{
    s->queue_stale = s->queue_stale || poked;
    s->follow_stale = s->follow_stale || poked;
    if (poked)
        s->hold_look = now.mono;
    modem_expire(&s->modem, now.mono);
    work(s, now);
}

struct mono service_deadline(const struct service *s)
{
    struct mono due = mono_min(modem_deadline(&s->modem), s->retry);
    due = mono_min(due, service_texts_deadline(s));
    due = mono_min(due, service_follow_ups_deadline(s));
    return mono_min(due, service_send_deadline(s));
}

void service_stop_sending(struct service *s)
{
    s->stopping = true;
}

bool service_sending(const struct service *s)
{
    return modem_sending(&s->modem);
}

const uint8_t *service_output(const struct service *s, size_t *ret_len)
{
    return modem_output(&s->modem, ret_len);
}

void service_written(struct service *s, size_t len)
{
    modem_written(&s->modem, len);
}

bool service_wants_reopen(struct service *s)
{
    bool wants = s->wants_reopen;
    s->wants_reopen = false;
    return wants;
}

bool service_wants_reauthorise(struct service *s)
{
    bool wants = s->wants_reauthorise;
    s->wants_reauthorise = false;
    return wants;
}

int service_ask(struct service *s, struct now now, const char *command)
{
    int err = modem_ask(&s->modem, now.mono, command);
    drain(s, now);
    return err;
}

const char *service_answer(const struct service *s)
{
    return modem_answer(&s->modem);
}

void service_info(const struct service *s, struct modem_info *ret)
{
    modem_info(&s->modem, ret);
    if (s->trouble[0])
        snprintf(ret->cause, sizeof(ret->cause), "%s", s->trouble);
    else if (s->sim_changed && ret->cause[0] == '\0')
        snprintf(ret->cause, sizeof(ret->cause), "%s", SERVICE_SIM_CHANGED);
}

void service_health(const struct service *s, struct service_health *ret)
{
    struct modem_info info;
    modem_info(&s->modem, &info);
    *ret = (struct service_health){.line = s->config.line,
                                   .row = s->line,
                                   .able = info.registered && !s->sim_changed && s->settled,
                                   .person = info.state == MODEM_SIM || s->sim_changed,
                                   .report = s->config.modem->delivery_reports,
                                   .failed_at = s->failed_at,
                                   .failure = s->failure};
    snprintf(ret->cause, sizeof(ret->cause), "%s",
             s->sim_changed  ? SERVICE_SIM_CHANGED
             : info.cause[0] ? info.cause
                             : "no modem");
}

void service_queued(struct service *s)
{
    s->queue_stale = true;
}

struct service *service_new(struct store *store, const struct service_config *config,
                            struct now now)
{
    struct service *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->store = store;
    s->config = *config;
    s->retry = MONO_NEVER;
    s->queue_stale = true;
    s->wait_due = MONO_NEVER;
    s->wait_stale = true;
    s->follow_due = MONO_NEVER;
    s->follow_stale = true;
    modem_init(&s->modem, config->modem);
    if (settle(s, now) != 0)
        service_trouble(s, now, "settling what was under way");
    return s;
}

void service_close(struct service *s, struct now now)
{
    s->stopping = true;
    service_lost(s, now, "textback stops");
    if (s->retry.ms == MONO_NEVER.ms)
        return;
    s->retry = now.mono;
    retry_store(s, now);
    service_calls_forsake(s, now);
}

void service_free(struct service *s)
{
    free(s);
}

/* Between two turns the wall clock may only have gone on as far as the monotonic one. */
int clock_watch_turn(struct clock_watch *w, struct store *store, struct now now)
{
    if (!w->started) {
        int err = store_clock_settle(store, now.wall);
        if (err == 0)
            *w = (struct clock_watch){.started = true, .since = now.wall, .last = now};
        return err;
    }
    int64_t passed_s = (now.mono.ms - w->last.mono.ms) / 1000;
    int64_t step_s = now.wall.s - w->last.wall.s - passed_s;
    if (step_s > CLOCK_STEP_S || step_s < -CLOCK_STEP_S) {
        struct wall from = {w->last.wall.s + passed_s};
        int err = store_clock_stepped(store, w->since, from, step_s);
        if (err != 0)
            return err; /* the old instant is kept, so that the step is seen again */
        w->since.s += step_s;
    }
    w->last = now;
    return 0;
}
