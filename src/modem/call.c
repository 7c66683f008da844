#include "modem/call.h"
#include "at/args.h"
#include "base/text.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define RING_DOUBLE_MS 700  /* two lines of one ring, such as RING and +CRING */
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
#define LISTED_MAX_MS 180000 /* no network lets a phone ring for so long */
#define ACTIVE_MAX_MS (4 * INT64_C(3600000))
#define DECLINED_MS 1500
#define ECHO_MS 4000 /* further end lines of the call that has just ended */
#define SAME_DIGITS_MIN 6

enum end_kind {
    END_SILENCE, /* or two lists without the call */
    END_CEND,
    END_NO_CARRIER,
    END_VOICE,
    END_MISSED,
    END_CLCC,
    END_CCINFO,
    END_DSCI,
    END_UCALLSTAT,
    END_CCALLSTATE,
    END_SLCC,
    END_WIND,
};

/* What one line says of a call. */
struct sign {
    int8_t index;
    char number[CALL_NUMBER_MAX + 1]; /* "" none */
    bool withheld;
    bool waiting;
};

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

/* Returns whether two forms can be of one number: +447700900152 and 07700900152 are. */
static bool same_number(const char *a, const char *b)
{
    const char *x = significant(a), *y = significant(b);
    size_t x_len = strlen(x), y_len = strlen(y);
    size_t len = x_len < y_len ? x_len : y_len;

    if (x_len == y_len)
        return strcmp(x, y) == 0;
    return len >= SAME_DIGITS_MIN && strcmp(x + x_len - len, y + y_len - len) == 0;
}

static struct call *find_state(struct call_set *c, enum call_phase state, bool waiting)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->call[i].state == state && c->call[i].waiting == waiting)
            return &c->call[i];
    }
    return NULL;
}

/* The call that RING and the lines without a number or an index belong to. */
static struct call *find_ringing(struct call_set *c)
{
    struct call *call = find_state(c, CALL_RINGING, false);
    return call ? call : find_state(c, CALL_RINGING, true);
}

/* The call a line tells of, NULL for one that is not known yet. */
static struct call *find_sign(struct call_set *c, const struct sign *s)
{
    struct call *ringing = find_ringing(c);

    for (size_t i = 0; s->number[0] && i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state != CALL_FREE && same_number(call->number, s->number))
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

static void finish(struct call_set *c, struct mono now, struct call *call, enum end_kind kind,
                   enum call_outcome outcome, bool certain)
{
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

static struct call *start(struct call_set *c, struct mono now)
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
        finish(c, now, call, END_SILENCE, CALL_MISSED, false);
    }
    *call = (struct call){
        .state = CALL_RINGING, .id = ++c->last_id, .index = -1, .started = now, .seen = now};
    schedule(c, call, now);
    return call;
}

static void answer(struct call_set *c, struct mono now, struct call *call)
{
    if (!call || call->state != CALL_RINGING)
        return;
    call->state = CALL_ACTIVE;
    call->waiting = false;
    call->seen = now;
    schedule(c, call, now);
    emit(c, CALL_EVENT_ANSWERED, call, CALL_ANSWERED, true);
}

/* Takes what a line adds to what is known of the call. */
static void learn(struct call_set *c, struct mono now, struct call *call, const struct sign *s)
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

static struct call *incoming(struct call_set *c, struct mono now, const struct sign *s)
{
    struct call *call = find_sign(c, s);

    if (!call) {
        call = start(c, now);
        call->waiting = s->waiting;
    }
    learn(c, now, call, s);
    return call;
}

static void ring(struct call_set *c, struct mono now, struct call *call)
{
    int64_t since = now.ms - call->rung.ms;

    if (call->rang && since < RING_DOUBLE_MS)
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

/* Ends the call that a line tells of. A line that only repeats the end of the last call, in the
 * words of another standard or maker, must not end the next one. */
static void end(struct call_set *c, struct mono now, const struct sign *s, enum end_kind kind,
                enum call_outcome outcome)
{
    uint32_t bit = UINT32_C(1) << kind;
    bool recent = now.ms - c->past.ended.ms < ECHO_MS;
    struct call *call =
        s->number[0] || s->index >= 0 ? find_sign(c, s) : find_state(c, CALL_RINGING, false);
    bool named = call && s->number[0] && same_number(s->number, call->number);

    if (!call && !s->number[0])
        call = find_state(c, CALL_ACTIVE, false);
    if (!call && !s->number[0])
        call = find_ringing(c);
    if (recent && !(c->past.kinds & bit) && !named &&
        (!call || call->started.ms >= c->past.ended.ms)) {
        c->past.kinds |= bit;
        return;
    }
    if (!call)
        return;
    if (outcome == CALL_ANSWERED)
        answer(c, now, call);
    finish(c, now, call, kind, outcome, true);
}

/* Returns whether the field stands for "no number": empty, a lone plus, or the name of a service
 * that a VoLTE network puts there. */
static bool is_nobody(struct at_field f)
{
    bool plus = f.len == 1 && f.s[0] == '+';
    return f.len == 0 || plus || (f.len >= 4 && memcmp(f.s, "sip:", 4) == 0);
}

/* Reads a number and its type of address (24.008 10.5.4.7): 145 and 0x90 in general is
 * international, with or without "+" or "00" in front. What is no number stays as it is: the owner
 * sees it, and nobody can text it. What is too long counts as none: a part of a number would be
 * somebody else's. */
static void read_number(const struct at_args *a, size_t i, struct sign *ret)
{
    struct at_field f = at_args_get(a, i);
    int64_t type = 0;
    struct text t;

    text_init(&t, ret->number, sizeof(ret->number));
    if (is_nobody(f))
        return;
    if (at_args_number(a, i + 1, 0, 255, &type) && (type & 0x70) == 0x10 && f.s[0] >= '0' &&
        f.s[0] <= '9') {
        text_add_char(&t, '+');
        if (f.len > 2 && memcmp(f.s, "00", 2) == 0) {
            f.s += 2;
            f.len -= 2;
        }
    }
    text_add_span(&t, f.s, f.len);
    if (!text_ok(&t))
        ret->number[0] = '\0';
}

static int8_t read_index(const struct at_args *a, size_t i)
{
    int64_t index;
    return at_args_number(a, i, 0, 127, &index) ? (int8_t)index : -1;
}

static int64_t read_state(const struct at_args *a, size_t i)
{
    int64_t state;
    return at_args_number(a, i, -1, 255, &state) ? state : INT64_MIN;
}

static void on_ring(struct call_set *c, struct mono now, const char *rest)
{
    struct call *call = find_ringing(c);

    (void)rest;
    if (!call)
        call = start(c, now);
    call->waiting = false;
    ring(c, now, call);
}

/* +CRING names what comes in: fax, data and "REL ASYNC" are not voice. */
static void on_cring(struct call_set *c, struct mono now, const char *rest)
{
    if (strstr(rest, "VOICE"))
        on_ring(c, now, rest);
}

/* +CLIP: <number>,<type>[,<subaddr>,<satype>[,<alpha>[,<validity>]]]; some have two fields only,
 * leave the quotes out, or have an empty type. */
static void on_clip(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1};
    struct call *other = find_state(c, CALL_RINGING, false);
    struct at_args a;

    at_args_parse(rest, &a);
    read_number(&a, 0, &s);
    s.withheld = !s.number[0];
    if (other && s.number[0] && other->number[0] && !same_number(s.number, other->number)) {
        finish(c, now, other, END_SILENCE, CALL_MISSED, true); /* only one rings at a time */
        c->past.kinds = UINT32_MAX; /* the next end line is of the new one, and so was the RING */
        ring(c, now, incoming(c, now, &s));
        return;
    }
    incoming(c, now, &s);
}

/* +CCWA: <number>,<type>,<class>[,<alpha>[,<validity>]]: class 1 is voice. */
static void on_ccwa(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1, .waiting = true};
    struct call *call;
    struct at_args a;
    int64_t class;

    at_args_parse(rest, &a);
    if (at_args_number(&a, 2, 0, 255, &class) && !(class & 1))
        return;
    read_number(&a, 0, &s);
    s.withheld = !s.number[0];
    call = incoming(c, now, &s);
    if (call->waiting)
        ring(c, now, call);
}

/* One call as +CLCC, ^SLCC and +QIND: "ccinfo" tell it. */
static void on_list_entry(struct call_set *c, struct mono now, const struct sign *s, int64_t state,
                          enum end_kind kind)
{
    struct sign sign = *s;
    struct call *call;

    switch (state) {
    case 0: /* active */
    case 1: /* held */
        call = find_sign(c, s);
        if (call) {
            answer(c, now, call);
            learn(c, now, call, s);
        }
        break;
    case 4: /* incoming */
    case 5: /* waiting */
        sign.waiting = state == 5;
        call = incoming(c, now, &sign);
        break;
    case -1:
    case 6: /* released */
        end(c, now, s, kind, CALL_MISSED);
        return;
    default:
        return;
    }
    if (call) {
        call->listed = true;
        call->stacked = call->stacked || kind == END_SLCC;
    }
}

/* <id>,<dir>,<stat>,<mode>,...: of direction 1 (to us) and mode 0 (voice) only. An LTE bearer is
 * listed as an active data call for ever: quectel-phantom-data-call-in-clcc. */
static void on_list(struct call_set *c, struct mono now, const struct at_args *a, size_t first,
                    size_t number, enum end_kind kind)
{
    struct sign s = {.index = read_index(a, first)};
    int64_t state = read_state(a, first + 2);

    if (read_state(a, first + 1) != 1 || read_state(a, first + 3) != 0)
        return;
    read_number(a, number, &s);
    on_list_entry(c, now, &s, state, kind);
}

static void on_clcc(struct call_set *c, struct mono now, const char *rest)
{
    struct at_args a;

    at_args_parse(rest, &a);
    on_list(c, now, &a, 0, 5, END_CLCC);
}

static void on_qind(struct call_set *c, struct mono now, const char *rest)
{
    struct at_args a;
    struct at_field name;

    at_args_parse(rest, &a);
    name = at_args_get(&a, 0);
    if (name.len == 6 && memcmp(name.s, "ccinfo", 6) == 0)
        on_list(c, now, &a, 1, 6, END_CCINFO);
}

/* A list of ^SLCC ends with an empty one: what stood in it no longer has ended. */
static void on_slcc(struct call_set *c, struct mono now, const char *rest)
{
    struct at_args a;

    at_args_parse(rest, &a);
    if (a.count > 0) {
        on_list(c, now, &a, 0, 6, END_SLCC);
        return;
    }
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state != CALL_FREE && !call->stacked)
            finish(c, now, call, END_SLCC, CALL_MISSED, true);
        call->stacked = false;
    }
}

/* ^DSCI: <id>,<dir>,<state>,<type>,<number>,<number type>,...: a table of its own, 3 is connect. */
static void on_dsci(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1};
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    if (read_state(&a, 1) != 1 || read_state(&a, 3) != 0)
        return;
    read_number(&a, 4, &s);
    switch (read_state(&a, 2)) {
    case 3:
        answer(c, now, find_sign(c, &s));
        break;
    case 4:
    case 5:
        s.waiting = read_state(&a, 2) == 5;
        incoming(c, now, &s);
        break;
    case 6:
        end(c, now, &s, END_DSCI, CALL_MISSED);
        break;
    default:
        break;
    }
}

/* +UCALLSTAT: <id>,<state>: 7 is connected. A slow reader gets 6 cut to "1," or "1,0", so 0 proves
 * nothing, and the modem is asked: ublox-ucallstat-only. */
static void on_ucallstat(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1};
    struct call *call;
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    switch (read_state(&a, 1)) {
    case 4:
    case 5:
        s.waiting = read_state(&a, 1) == 5;
        incoming(c, now, &s);
        break;
    case 6:
        end(c, now, &s, END_UCALLSTAT, CALL_MISSED);
        break;
    case 7:
        answer(c, now, find_sign(c, &s));
        break;
    default:
        call = find_sign(c, &s);
        if (call)
            call->poll = now;
        break;
    }
}

/* ^CCALLSTATE: <id>,<state>,<domain>. */
static void on_ccallstate(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1};
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    switch (read_state(&a, 1)) {
    case 3:
        answer(c, now, find_sign(c, &s));
        break;
    case 4:
        end(c, now, &s, END_CCALLSTATE, CALL_MISSED);
        break;
    case 5:
    case 6:
        s.waiting = read_state(&a, 1) == 6;
        incoming(c, now, &s);
        break;
    default:
        break;
    }
}

/* ^CONN: <id>,<type>. */
static void on_conn(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1};
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    answer(c, now, find_sign(c, &s));
}

/* ^CEND: <id>,<duration>,<status>,<cause>: the status differs between products, the cause is that
 * of Q.850. */
static void on_cend(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1};
    enum call_outcome outcome = CALL_MISSED;
    int64_t duration = 0, cause = 0;
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    if (at_args_number(&a, 1, 0, INT32_MAX, &duration) && duration > 0)
        outcome = CALL_ANSWERED;
    else if (at_args_number(&a, 3, 0, 127, &cause) && cause == 26)
        outcome = CALL_ANSWERED_ELSEWHERE;
    end(c, now, &s, END_CEND, outcome);
}

static void on_no_carrier(struct call_set *c, struct mono now, const char *rest)
{
    (void)rest;
    end(c, now, &(struct sign){.index = -1}, END_NO_CARRIER, CALL_MISSED);
}

static void on_voice_begin(struct call_set *c, struct mono now, const char *rest)
{
    (void)rest;
    answer(c, now, find_ringing(c));
}

/* Only an answered call has a duration. */
static void on_voice_end(struct call_set *c, struct mono now, const char *rest)
{
    bool answered = strcspn(rest, "0123456789") < strlen(rest);
    end(c, now, &(struct sign){.index = -1}, END_VOICE, answered ? CALL_ANSWERED : CALL_MISSED);
}

/* MISSED_CALL: 11:53AM 08020000101. It may be the only line of a call. */
static void on_missed(struct call_set *c, struct mono now, const char *rest)
{
    struct sign s = {.index = -1};
    const char *number = strrchr(rest, ' ');
    struct at_args a;

    at_args_parse(number ? number : rest, &a);
    read_number(&a, 0, &s);
    if (s.number[0] && !find_sign(c, &s) &&
        !(now.ms - c->past.ended.ms < ECHO_MS && same_number(s.number, c->past.number)))
        incoming(c, now, &s);
    else if (s.number[0] && find_sign(c, &s))
        learn(c, now, find_sign(c, &s), &s);
    end(c, now, &s, END_MISSED, CALL_MISSED);
}

static void on_wind(struct call_set *c, struct mono now, const char *rest)
{
    struct at_args a;

    at_args_parse(rest, &a);
    if (read_state(&a, 0) == 6)
        end(c, now, &(struct sign){.index = -1}, END_WIND, CALL_MISSED);
}

bool call_set_line(struct call_set *c, struct mono now, const char *line)
{
    static const struct {
        const char *text;
        bool whole; /* the line is no longer than that */
        void (*take)(struct call_set *c, struct mono now, const char *rest);
    } lines[] = {
        {"RING", true, on_ring},
        {"IRING", true, on_ring}, /* Huawei Balong, IMS */
        {"+CRING:", false, on_cring},
        {"+CLIP:", false, on_clip},
        {"+CCWA:", false, on_ccwa},
        {"^CCWA:", false, on_ccwa},
        {"+CLCC:", false, on_clcc},
        {"^SLCC:", false, on_slcc},
        {"+QIND:", false, on_qind},
        {"^DSCI:", false, on_dsci},
        {"+UCALLSTAT:", false, on_ucallstat},
        {"^CCALLSTATE:", false, on_ccallstate},
        {"^CONN:", false, on_conn},
        {"^CEND:", false, on_cend},
        {"NO CARRIER", true, on_no_carrier},
        {"VOICE CALL: BEGIN", false, on_voice_begin},
        {"VOICE CALL: END", false, on_voice_end},
        {"MISSED_CALL:", false, on_missed},
        {"+WIND:", false, on_wind},
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        size_t len = strlen(lines[i].text);
        if (strncmp(line, lines[i].text, len) == 0 && (!lines[i].whole || line[len] == '\0')) {
            lines[i].take(c, now, line + len);
            return true;
        }
    }
    return false;
}

struct mono call_set_list_due(const struct call_set *c)
{
    struct mono due = MONO_NEVER;

    for (size_t i = 0; c->listable && i < CALLS_MAX; i++) {
        if (c->call[i].state != CALL_FREE)
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
        if (call->state == CALL_FREE)
            continue;
        if (!ok || call->listed) {
            int64_t wait = call->state == CALL_ACTIVE ? POLL_ACTIVE_MS : POLL_LISTED_MS;
            /* a ring that is not due yet is waited for */
            if (call->poll.ms <= now.ms || !ok)
                call->poll = mono_after(now, wait);
        } else if (now.ms - call->started.ms < YOUNG_MS) {
            call->poll = mono_after(call->started, POLL_MS);
        } else if (++call->missing >= 2) {
            finish(c, now, call, END_SILENCE, CALL_MISSED, true);
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
        if (c->call[i].state != CALL_FREE)
            finish(c, now, &c->call[i], END_SILENCE, CALL_MISSED, false);
    }
}

/* When lines of its own end the call. */
static struct mono quiet(const struct call_set *c, const struct call *call)
{
    int64_t wait = 2 * call->cadence_ms + 1000;

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
    return call->state == CALL_ACTIVE ? quiet(c, call) : mono_min(quiet(c, call), listed);
}

void call_set_expire(struct call_set *c, struct mono now)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = &c->call[i];
        if (call->state != CALL_FREE && silence(c, call).ms <= now.ms)
            finish(c, now, call, END_SILENCE, CALL_MISSED, true);
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

bool call_set_active(const struct call_set *c)
{
    return has_phase(c, CALL_ACTIVE);
}
