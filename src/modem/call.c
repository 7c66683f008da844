#include "call_parts.h"
#include <assert.h>
#include <string.h>

#define OVERDUE_MS 300      /* a ring is late by so much before the modem is asked */
#define CADENCE_MAX_MS 8000 /* periods of 1 to 7 s exist: a longer one has lost a ring */
#define POLL_MS 3000        /* before a cadence is known */
#define POLL_NUMBER_MS 1000 /* the number can only come from AT+CLCC */
#define POLL_LISTED_MS 2000 /* late ring, but the call is still listed */
#define POLL_MISSING_MS 500 /* second look */
#define POLL_ACTIVE_MS 10000
#define YOUNG_MS 2500 /* a list may still be empty, ML307A: ml307a-number-only-from-clcc */
#define SILENCE_MS 12000
#define NEVER_RANG_MS 90000
#define LISTED_MAX_MS 180000  /* no network lets a phone ring for so long */
#define RINGING_MAX_MS 300000 /* however often it rings */
#define ACTIVE_MAX_MS (4 * INT64_C(3600000))
#define DECLINED_MS 1500
#define ECHO_MS 4000 /* further end lines of the call that has just ended */
#define SAME_DIGITS_MIN 6

void call_set_init(struct call_set *c, int64_t ring_gap_ms)
{
    assert(ring_gap_ms == 0 || (ring_gap_ms >= 2000 && ring_gap_ms <= 60000));
    *c = (struct call_set){.ring_gap_ms = ring_gap_ms, .past = {.ended = {-ECHO_MS}}};
}

void call_set_listable(struct call_set *c, bool listable)
{
    c->listable = listable;
    c->list_errors = 0;
}

static void emit(struct call_set *c, enum call_event_type type, const struct call *call,
                 enum call_outcome outcome, bool certain)
{
    assert(c->event_count < CALL_EVENTS_MAX);
    c->event[c->event_count++] =
        (struct call_event){.type = type, .outcome = outcome, .certain = certain, .call = *call};
}

bool call_set_next(struct call_set *c, struct call_event *ret_event)
{
    if (c->event_count == 0)
        return false;
    *ret_event = c->event[0];
    c->event_count--;
    memmove(&c->event[0], &c->event[1], c->event_count * sizeof(c->event[0]));
    return true;
}

static const char *significant(const char *number)
{
    return number + strspn(number, "+0");
}

bool call_same_number(const char *a, const char *b)
{
    const char *x = significant(a), *y = significant(b);
    size_t x_len = strlen(x), y_len = strlen(y);
    size_t len = x_len < y_len ? x_len : y_len;

    if (x_len == y_len)
        return strcmp(x, y) == 0;
    return len >= SAME_DIGITS_MIN && strcmp(x + x_len - len, y + y_len - len) == 0;
}

struct call *call_find_state(struct call_set *c, enum call_phase state, bool waiting)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->call[i].state == state && c->call[i].waiting == waiting)
            return &c->call[i];
    }
    return NULL;
}

struct call *call_find_ringing(struct call_set *c)
{
    struct call *call = call_find_state(c, CALL_RINGING, false);
    if (!call)
        call = call_find_state(c, CALL_RINGING, true);
    return call ? call : call_find_state(c, CALL_OVER, false);
}

struct call *call_find(struct call_set *c, const struct call_sign *s)
{
    /* Who waits is nobody who rings: call-waiting-behind-withheld. */
    struct call *ringing =
        s->waiting ? call_find_state(c, CALL_RINGING, true) : call_find_ringing(c);

    for (size_t i = 0; s->number[0] && i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state != CALL_FREE && call_same_number(call->number, s->number))
            return call;
    }
    for (size_t i = 0; s->index >= 0 && i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state != CALL_FREE && call->index == s->index &&
            (!s->number[0] || !call->number[0]))
            return call;
    }
    if (ringing && s->index >= 0 && ringing->index >= 0 && ringing->index != s->index)
        return NULL;
    if (ringing && s->number[0] && ringing->number[0])
        return NULL;
    return ringing;
}

bool call_just_ended(const struct call_set *c, struct mono now, const char *number)
{
    return now.ms - c->past.ended.ms < ECHO_MS && call_same_number(number, c->past.number);
}

static void schedule(const struct call_set *c, struct call *call, struct mono now)
{
    int64_t cadence = call->cadence_ms < CADENCE_MAX_MS ? call->cadence_ms : CADENCE_MAX_MS;
    int64_t wait = POLL_MS;

    if (call->state == CALL_ACTIVE)
        wait = POLL_ACTIVE_MS;
    else if (call->rang && (cadence > 0 || c->ring_gap_ms > 0))
        wait = (cadence > 0 ? cadence : c->ring_gap_ms) + OVERDUE_MS;
    else if (!call->rang && !call->number[0] && !call->withheld)
        wait = POLL_NUMBER_MS;
    call->poll = mono_after(now, wait);
}

void call_finish(struct call_set *c, struct mono now, struct call *call, enum end_kind kind,
                 enum call_outcome outcome, bool certain)
{
    if (call->state == CALL_OVER) { /* that was told */
        *call = (struct call){.state = CALL_FREE};
        return;
    }
    if (outcome == CALL_MISSED && call->rejected)
        outcome = CALL_REJECTED;
    if (call->state == CALL_ACTIVE)
        outcome = CALL_ANSWERED;
    call->ended = now;
    emit(c, CALL_EVENT_ENDED, call, outcome, certain);
    c->past = (struct call_past){.ended = now, .kinds = UINT32_C(1) << kind};
    memcpy(c->past.number, call->number, sizeof(c->past.number));
    *call = (struct call){.state = CALL_FREE};
}

struct call *call_start(struct call_set *c, struct mono now)
{
    struct call *call = NULL;

    for (size_t i = 0; i < CALLS_MAX && !call; i++) {
        if (c->call[i].state == CALL_FREE)
            call = &c->call[i];
    }
    if (!call) { /* more than any network offers: the oldest has ended without a word */
        call = &c->call[0];
        for (size_t i = 1; i < CALLS_MAX; i++) {
            if (c->call[i].started.ms < call->started.ms)
                call = &c->call[i];
        }
        call_finish(c, now, call, END_SILENCE, CALL_MISSED, false);
    }
    *call = (struct call){
        .state = CALL_RINGING, .id = ++c->last_id, .index = -1, .started = now, .seen = now};
    schedule(c, call, now);
    return call;
}

void call_answer(struct call_set *c, struct mono now, struct call *call)
{
    if (!call || call->state != CALL_RINGING)
        return;
    call->state = CALL_ACTIVE;
    call->waiting = false;
    call->seen = now;
    schedule(c, call, now);
    emit(c, CALL_EVENT_ANSWERED, call, CALL_ANSWERED, true);
}

void call_learn(struct call_set *c, struct mono now, struct call *call, const struct call_sign *s)
{
    bool better =
        s->number[0] && (!call->number[0] || (s->number[0] == '+' && call->number[0] != '+'));

    if (better)
        memcpy(call->number, s->number, sizeof(call->number));
    if (s->index >= 0)
        call->index = s->index;
    call->withheld = !call->number[0] && (call->withheld || s->withheld);
    call->seen = now;
    call->missing = 0;
    if (call->state == CALL_RINGING && !call->announced && (call->number[0] || call->withheld)) {
        call->announced = true;
        emit(c, CALL_EVENT_RINGING, call, CALL_MISSED, true);
    }
}

struct call *call_incoming(struct call_set *c, struct mono now, const struct call_sign *s)
{
    struct call *call = call_find(c, s);

    if (!call) {
        call = call_start(c, now);
        call->waiting = s->waiting;
    }
    call_learn(c, now, call, s);
    return call;
}

void call_ring(struct call_set *c, struct mono now, struct call *call)
{
    int64_t since = now.ms - call->rung.ms;

    if (call->rang && since < CALL_RING_LINES_MS)
        return;
    if (call->rings > 0)
        call->cadence_ms = since;
    if (call->rings < UINT16_MAX)
        call->rings++;
    call->rung = now;
    call->rang = !call->waiting || call->rings > 1;
    call->seen = now;
    call->missing = 0;
    schedule(c, call, now);
}

/* Returns the call, or NULL where the line names another one by its index. */
static struct call *not_another(struct call *call, const struct call_sign *s)
{
    bool other = call && s->index >= 0 && call->index >= 0 && call->index != s->index;
    return other ? NULL : call;
}

void call_end(struct call_set *c, struct mono now, const struct call_sign *s, enum end_kind kind,
              enum call_outcome outcome)
{
    uint32_t bit = UINT32_C(1) << kind;
    bool recent = now.ms - c->past.ended.ms < ECHO_MS;
    struct call *call =
        s->number[0] || s->index >= 0 ? call_find(c, s) : call_find_state(c, CALL_RINGING, false);
    bool named = call && s->number[0] && call_same_number(s->number, call->number);

    if (!call && !s->number[0])
        call = not_another(call_find_state(c, CALL_ACTIVE, false), s);
    /* Who waits does so behind a call (27.007 7.12), also behind one that was answered unseen: an
     * end that names nobody is of that one. */
    if (!call && !s->number[0])
        call = s->index >= 0 ? not_another(call_find_ringing(c), s)
                             : call_find_state(c, CALL_OVER, false);
    if (recent && !(c->past.kinds & bit) && !named &&
        (!call || call->started.ms >= c->past.ended.ms)) {
        c->past.kinds |= bit;
        return;
    }
    if (!call)
        return;
    if (outcome == CALL_ANSWERED)
        call_answer(c, now, call);
    call_finish(c, now, call, kind, outcome, true);
}

struct mono call_set_list_due(const struct call_set *c)
{
    struct mono due = MONO_NEVER;

    for (size_t i = 0; c->listable && i < CALLS_MAX; i++) {
        if (c->call[i].state == CALL_RINGING || c->call[i].state == CALL_ACTIVE)
            due = mono_min(due, c->call[i].poll);
    }
    return due;
}

void call_set_list_begin(struct call_set *c)
{
    for (size_t i = 0; i < CALLS_MAX; i++)
        c->call[i].listed = false;
}

void call_set_list_end(struct call_set *c, struct mono now, bool ok)
{
    if (!ok && ++c->list_errors >= 2)
        c->listable = false;
    if (ok)
        c->list_errors = 0;
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state == CALL_FREE || call->state == CALL_OVER)
            continue;
        if (!ok || call->listed) {
            int64_t wait = call->state == CALL_ACTIVE ? POLL_ACTIVE_MS : POLL_LISTED_MS;
            /* a ring that is not due yet is waited for */
            if (call->poll.ms <= now.ms || !ok)
                call->poll = mono_after(now, wait);
        } else if (now.ms - call->started.ms < YOUNG_MS) {
            call->poll = mono_after(call->started, POLL_MS);
        } else if (++call->missing >= 2) {
            call_finish(c, now, call, END_SILENCE, CALL_MISSED, true);
        } else {
            call->poll = mono_after(now, POLL_MISSING_MS);
        }
    }
}

void call_set_hang_up(struct call_set *c)
{
    for (size_t i = 0; i < CALLS_MAX; i++)
        c->call[i].rejected = c->call[i].state == CALL_RINGING;
}

void call_set_hung_up(struct call_set *c, struct mono now, bool ok)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state != CALL_RINGING || !call->rejected)
            continue;
        call->rejected = ok;
        call->declined = ok;
        if (ok) {
            call->seen = now;
            call->poll = mono_after(now, OVERDUE_MS);
        }
    }
}

void call_set_lost(struct call_set *c, struct mono now)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->call[i].state != CALL_FREE && c->call[i].state != CALL_OVER)
            call_finish(c, now, &c->call[i], END_SILENCE, CALL_MISSED, false);
    }
}

/* When lines of its own end the call. */
static struct mono quiet(const struct call_set *c, const struct call *call)
{
    int64_t wait = 2 * call->cadence_ms + 1000;

    if (call->state == CALL_OVER)
        return mono_after(call->seen, SILENCE_MS);
    if (call->state == CALL_ACTIVE)
        return mono_after(c->listable ? call->seen : call->started, ACTIVE_MAX_MS);
    if (!call->rang)
        return mono_after(call->seen, call->declined ? DECLINED_MS : NEVER_RANG_MS);
    if (call->declined)
        wait = DECLINED_MS;
    else if (c->ring_gap_ms > 0)
        wait = c->ring_gap_ms + (c->listable ? POLL_LISTED_MS : 0);
    else if (wait < SILENCE_MS)
        wait = SILENCE_MS;
    return mono_after(call->seen, wait);
}

/* When silence ends the call. A list that shows it ringing for ever is no sign of life. */
static struct mono silence(const struct call_set *c, const struct call *call)
{
    struct mono listed = mono_after(call->rang ? call->rung : call->started, LISTED_MAX_MS);
    struct mono longest = mono_after(call->started, RINGING_MAX_MS);
    if (call->state != CALL_RINGING)
        return quiet(c, call);
    return mono_min(mono_min(quiet(c, call), listed), longest);
}

/* The call ends, but what the modem goes on saying of it must not begin another. */
static void outlast(struct call_set *c, struct mono now, struct call *call)
{
    struct call rest = *call;
    call_finish(c, now, call, END_SILENCE, CALL_MISSED, true);
    *call = rest;
    call->state = CALL_OVER;
    call->waiting = false;
}

void call_set_expire(struct call_set *c, struct mono now)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state == CALL_FREE || silence(c, call).ms > now.ms)
            continue;
        if (call->state == CALL_RINGING && now.ms - call->started.ms >= RINGING_MAX_MS)
            outlast(c, now, call);
        else
            call_finish(c, now, call, END_SILENCE, CALL_MISSED, true);
    }
}

struct mono call_set_deadline(const struct call_set *c)
{
    struct mono due = MONO_NEVER;

    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->call[i].state != CALL_FREE)
            due = mono_min(due, silence(c, &c->call[i]));
    }
    return due;
}

static bool has_phase(const struct call_set *c, enum call_phase phase)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->call[i].state == phase)
            return true;
    }
    return false;
}

bool call_set_ringing(const struct call_set *c)
{
    return has_phase(c, CALL_RINGING);
}

bool call_set_waiting(const struct call_set *c)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->call[i].state == CALL_RINGING && c->call[i].waiting)
            return true;
    }
    return false;
}

bool call_set_active(const struct call_set *c)
{
    return has_phase(c, CALL_ACTIVE);
}

bool call_set_endless(const struct call_set *c)
{
    return has_phase(c, CALL_OVER);
}
