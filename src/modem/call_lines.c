/* src/modem/call_lines.c - what each line of each family says of a call: its parameters read, and
 * handed to the tracking of calls in call.c. */
#include "at/args.h"
#include "base/text.h"
#include "call_parts.h"
#include <string.h>

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
static void read_number(const struct at_args *a, size_t i, struct call_sign *ret)
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
    struct call *call = call_find_ringing(c);

    (void)rest;
    if (!call)
        call = call_start(c, now);
    call->waiting = false;
    call_ring(c, now, call);
}

/* +CRING names what comes in: fax, data and "REL ASYNC" are not voice. */
static void on_cring(struct call_set *c, struct mono now, const char *rest)
{
    if (strstr(rest, "VOICE"))
        on_ring(c, now, rest);
}

#define VALIDITY_WITHHELD 1 /* by the caller, 27.007 7.6 */
#define UNSEEN_MS 12000     /* longer than from one list to the next */

/* Whether +CLIP tells of another caller than the one that rings. An empty number may be one that is
 * not known yet, or was lost on the way. */
static bool is_another(const struct call *ringing, const struct call_sign *s, int64_t validity)
{
    if (!ringing)
        return false;
    if (!ringing->number[0])
        return ringing->withheld && s->number[0];
    return s->number[0] ? !call_same_number(s->number, ringing->number)
                        : validity == VALIDITY_WITHHELD;
}

/* The call has ended without a word, and its place is taken: the next end line is of the new one.
 */
static void give_way(struct call_set *c, struct mono now, struct call *call,
                     enum call_outcome outcome)
{
    call_finish(c, now, call, END_SILENCE, outcome, true);
    c->past.kinds = UINT32_MAX;
}

/* Who talks does not ring: a call that was taken, and was not seen in the list since, has ended
 * without a word where its number rings again. A late line of its own ringing is no such. */
static void end_unseen(struct call_set *c, struct mono now, const char *number)
{
    struct call *call = call_find_state(c, CALL_ACTIVE, false);

    if (!call || !number[0] || !call_same_number(number, call->number) ||
        now.ms - call->seen.ms < UNSEEN_MS)
        return;
    give_way(c, now, call, CALL_ANSWERED);
}

/* +CLIP: <number>,<type>[,<subaddr>,<satype>[,<alpha>[,<validity>]]]; some have two fields only,
 * leave the quotes out, or have an empty type. */
static void on_clip(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1};
    struct call *other = call_find_state(c, CALL_RINGING, false);
    struct at_args a;
    int64_t validity = -1;

    at_args_parse(rest, &a);
    read_number(&a, 0, &s);
    s.withheld = !s.number[0];
    (void)at_args_number(&a, 5, 0, 4, &validity);
    if (is_another(other, &s, validity)) {
        /* Only one rings at a time: the RING was of the new one. */
        give_way(c, now, other, CALL_MISSED);
        call_ring(c, now, call_incoming(c, now, &s));
        return;
    }
    end_unseen(c, now, s.number);
    call_incoming(c, now, &s);
}

/* SIM900 prints RING above +CCWA: the call that has just rung while another one is talked to is the
 * one that waits. Returns whether there is one. */
static bool wait_behind(struct call_set *c, struct mono now, const struct call_sign *s)
{
    struct call *call = call_find_state(c, CALL_RINGING, false);
    bool waits = call && call_find_state(c, CALL_ACTIVE, false) &&
                 now.ms - call->rung.ms < CALL_RING_LINES_MS;

    if (!waits || (call->number[0] && !call_same_number(call->number, s->number)))
        return false;
    call->waiting = true;
    call->rang = call->rings > 1;
    return true;
}

/* +CCWA: <number>,<type>,<class>[,<alpha>[,<validity>]]: class 1 is voice. */
static void on_ccwa(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1, .waiting = true};
    struct call *call;
    struct at_args a;
    int64_t class;
    bool rung;

    at_args_parse(rest, &a);
    if (at_args_number(&a, 2, 0, 255, &class) && !(class & 1))
        return;
    read_number(&a, 0, &s);
    s.withheld = !s.number[0];
    rung = wait_behind(c, now, &s);
    call = call_incoming(c, now, &s);
    if (call->waiting && !rung)
        call_ring(c, now, call);
}

/* Its index is listed as incoming, and one rings: that is the one, and who talked is gone. */
static void end_replaced(struct call_set *c, struct mono now, const struct call_sign *s)
{
    struct call *call = call_find_state(c, CALL_ACTIVE, false);

    if (call && s->index >= 0 && call->index == s->index &&
        call_find_state(c, CALL_RINGING, s->waiting))
        give_way(c, now, call, CALL_ANSWERED);
}

/* Somebody has taken the call: from then on its index tells its end from that of who waits behind
 * it. */
static struct call *take_answer(struct call_set *c, struct mono now, const struct call_sign *s)
{
    struct call *call = call_find(c, s);

    if (call) {
        call_answer(c, now, call);
        call_learn(c, now, call, s);
    }
    return call;
}

/* One call as +CLCC, ^SLCC and +QIND: "ccinfo" tell it. */
static void on_list_entry(struct call_set *c, struct mono now, const struct call_sign *s,
                          int64_t state, enum end_kind kind)
{
    struct call_sign sign = *s;
    struct call *call;

    switch (state) {
    case 0: /* active */
    case 1: /* held */
        call = take_answer(c, now, s);
        break;
    case 4: /* incoming */
    case 5: /* waiting */
        sign.waiting = state == 5;
        end_replaced(c, now, &sign);
        call = call_incoming(c, now, &sign);
        break;
    case -1:
    case 6: /* released */
        call_end(c, now, s, kind, CALL_MISSED);
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
    struct call_sign s = {.index = read_index(a, first)};
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
            call_finish(c, now, call, END_SLCC, CALL_MISSED, true);
        call->stacked = false;
    }
}

/* ^DSCI: <id>,<dir>,<state>,<type>,<number>,<number type>,...: a table of its own, 3 is connect. */
static void on_dsci(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1};
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    if (read_state(&a, 1) != 1 || read_state(&a, 3) != 0)
        return;
    read_number(&a, 4, &s);
    switch (read_state(&a, 2)) {
    case 3:
        take_answer(c, now, &s);
        break;
    case 4:
    case 5:
        s.waiting = read_state(&a, 2) == 5;
        call_incoming(c, now, &s);
        break;
    case 6:
        call_end(c, now, &s, END_DSCI, CALL_MISSED);
        break;
    default:
        break;
    }
}

/* +UCALLSTAT: <id>,<state>: 7 is connected. A slow reader gets 6 cut to "1," or "1,0", so 0 proves
 * nothing, and the modem is asked: ublox-ucallstat-only. */
static void on_ucallstat(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1};
    struct call *call;
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    switch (read_state(&a, 1)) {
    case 4:
    case 5:
        s.waiting = read_state(&a, 1) == 5;
        call_incoming(c, now, &s);
        break;
    case 6:
        call_end(c, now, &s, END_UCALLSTAT, CALL_MISSED);
        break;
    case 7:
        take_answer(c, now, &s);
        break;
    default:
        call = call_find(c, &s);
        if (call)
            call->poll = now;
        break;
    }
}

/* ^CCALLSTATE: <id>,<state>,<domain>. */
static void on_ccallstate(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1};
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    switch (read_state(&a, 1)) {
    case 3:
        take_answer(c, now, &s);
        break;
    case 4:
        call_end(c, now, &s, END_CCALLSTATE, CALL_MISSED);
        break;
    case 5:
    case 6:
        s.waiting = read_state(&a, 1) == 6;
        call_incoming(c, now, &s);
        break;
    default:
        break;
    }
}

/* ^CONN: <id>,<type>. */
static void on_conn(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1};
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    take_answer(c, now, &s);
}

/* ^CEND: <id>,<duration>,<status>,<cause>: the status differs between products, the cause is that
 * of Q.850. */
static void on_cend(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1};
    enum call_outcome outcome = CALL_MISSED;
    int64_t duration = 0, cause = 0;
    struct at_args a;

    at_args_parse(rest, &a);
    s.index = read_index(&a, 0);
    if (at_args_number(&a, 1, 0, INT32_MAX, &duration) && duration > 0)
        outcome = CALL_ANSWERED;
    else if (at_args_number(&a, 3, 0, 127, &cause) && cause == 26)
        outcome = CALL_ANSWERED_ELSEWHERE;
    call_end(c, now, &s, END_CEND, outcome);
}

static void on_no_carrier(struct call_set *c, struct mono now, const char *rest)
{
    (void)rest;
    call_end(c, now, &(struct call_sign){.index = -1}, END_NO_CARRIER, CALL_MISSED);
}

static void on_voice_begin(struct call_set *c, struct mono now, const char *rest)
{
    (void)rest;
    call_answer(c, now, call_find_ringing(c));
}

/* Only an answered call has a duration. */
static void on_voice_end(struct call_set *c, struct mono now, const char *rest)
{
    bool answered = strcspn(rest, "0123456789") < strlen(rest);
    call_end(c, now, &(struct call_sign){.index = -1}, END_VOICE,
             answered ? CALL_ANSWERED : CALL_MISSED);
}

/* MISSED_CALL: 11:53AM 08020000101. It may be the only line of a call, or tell once more of one
 * that is over: whoever rings by then, without a number yet, is somebody else. */
static void on_missed(struct call_set *c, struct mono now, const char *rest)
{
    struct call_sign s = {.index = -1};
    const char *number = strrchr(rest, ' ');
    const struct call *call;
    struct at_args a;
    bool told, echo;

    at_args_parse(number ? number : rest, &a);
    read_number(&a, 0, &s);
    call = call_find(c, &s);
    told = c->past.kinds & UINT32_C(1) << END_MISSED;
    echo = call_just_ended(c, now, s.number) && (!call || (!call->number[0] && !told));
    if (s.number[0] && !echo)
        call_incoming(c, now, &s);
    call_end(c, now, &s, END_MISSED, CALL_MISSED);
}

static void on_wind(struct call_set *c, struct mono now, const char *rest)
{
    struct at_args a;

    at_args_parse(rest, &a);
    if (read_state(&a, 0) == 6)
        call_end(c, now, &(struct call_sign){.index = -1}, END_WIND, CALL_MISSED);
}

bool call_set_line(struct call_set *c, struct mono now, const char *line)
{
    static const struct { /* each with a transcript that has it */
        const char *text;
        bool whole; /* the line is no longer than that */
        void (*take)(struct call_set *c, struct mono now, const char *rest);
    } lines[] = {
        {"RING", true, on_ring},                      /* generic-two-rings-before-clip */
        {"IRING", true, on_ring},                     /* huawei-balong-ims-iring-missed */
        {"+CRING:", false, on_cring},                 /* huawei-3g-cring-cend-missed */
        {"+CLIP:", false, on_clip},                   /* wavecom-two-field-clip-and-wind */
        {"+CCWA:", false, on_ccwa},                   /* call-waiting-ccwa-missed */
        {"^CCWA:", false, on_ccwa},                   /* huawei-balong-waiting-call-missed */
        {"+CLCC:", false, on_clcc},                   /* simcom-sim800-clcc-urc-missed */
        {"^SLCC:", false, on_slcc},                   /* cinterion-slcc-empty-list-missed */
        {"+QIND:", false, on_qind},                   /* quectel-eg25-no-ring-at-all */
        {"^DSCI:", false, on_dsci},                   /* quectel-dsci-missed */
        {"+UCALLSTAT:", false, on_ucallstat},         /* ublox-ucallstat-only */
        {"^CCALLSTATE:", false, on_ccallstate},       /* huawei-balong-ims-answered */
        {"^CONN:", false, on_conn},                   /* huawei-answered-conn-cend */
        {"^CEND:", false, on_cend},                   /* huawei-cend-empty-duration */
        {"NO CARRIER", true, on_no_carrier},          /* second-caller-right-after-first */
        {"VOICE CALL: BEGIN", false, on_voice_begin}, /* simcom-sim7600-answered-begin-before-ok */
        {"VOICE CALL: END", false, on_voice_end},     /* simcom-a7682e-missed-voice-call-end */
        {"MISSED_CALL:", false, on_missed},           /* simcom-sim7600-missed-call-line */
        {"+WIND:", false, on_wind},                   /* wavecom-two-field-clip-and-wind */
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
