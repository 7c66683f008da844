#include "at/args.h"
#include "modem/parts.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROMPT_MS 10000
#define RESULT_MS 120000 /* after Ctrl-Z: 23 s were seen, 120 s are in manuals ... */
#define PROVED_MS 30000  /* ... and it has left all the same: only its result was lost */
#define OK_MS 10000      /* from +CMGS to its OK */

bool modem_can_send(const struct modem *m)
{
    return m->state == MODEM_READY && m->send_phase == SEND_IDLE && !m->list_first &&
           !call_set_ringing(&m->calls);
}

bool modem_sending(const struct modem *m)
{
    return m->send_phase == SEND_RUNNING;
}

int modem_send_ask(struct modem *m, struct mono now)
{
    if (!modem_can_send(m))
        return -EBUSY;
    m->send_phase = SEND_ASKED;
    modem_expire(m, now);
    return 0;
}

bool modem_send_stands(const struct modem *m)
{
    return m->send_phase == SEND_OPEN && !call_set_ringing(&m->calls);
}

void modem_send_pass(struct modem *m, struct mono now)
{
    if (m->send_phase != SEND_OPEN)
        return; /* lost meanwhile */
    m->send_phase = SEND_IDLE;
    modem_expire(m, now);
}

int modem_send(struct modem *m, struct mono now, int64_t tag, const char *pdu_hex,
               size_t tpdu_octets)
{
    struct at_command c = {.id = JOB_SEND,
                           .expect = AT_EXPECT_PREFIX,
                           .prefix = "+CMGS:",
                           .timeout_ms = PROMPT_MS,
                           .payload_timeout_ms = RESULT_MS};
    size_t len = strlen(pdu_hex);
    bool hex = len > 0 && len <= AT_PAYLOAD_MAX && strspn(pdu_hex, "0123456789ABCDEFabcdef") == len;

    if (!modem_send_stands(m) || !hex) {
        int err = hex ? -EBUSY : -EINVAL;
        modem_send_pass(m, now);
        return err;
    }
    snprintf(c.text, sizeof(c.text), "AT+CMGS=%zu", tpdu_octets);
    memcpy(c.payload, pdu_hex, len + 1);
    m->send_phase = SEND_RUNNING;
    m->send_tag = tag;
    m->send_mr_seen = false;
    at_submit(&m->at, &c);
    modem_expire(m, now);
    return 0;
}

struct mono send_due(const struct modem *m)
{
    bool due = m->send_phase == SEND_ASKED && !call_set_ringing(&m->calls);
    return due ? (struct mono){0} : MONO_NEVER;
}

/* PDU mode is asserted first: AT+CMGS is to be the very next command. */
void send_start(struct modem *m)
{
    if (!modem_pdu_mode(m))
        return;
    m->send_phase = SEND_OPEN;
    modem_push(m, MODEM_EVENT_SEND_NOW);
}

/* +CMGS: <mr>[,...]. One that comes before our Ctrl-Z left belongs to an earlier text. */
void send_line(struct modem *m, struct mono now, const char *line)
{
    struct at_args a;
    int64_t mr;

    if (at_payload_state(&m->at) != AT_PAYLOAD_LEFT || strncmp(line, "+CMGS:", 6) != 0)
        return;
    at_args_parse(line + 6, &a);
    if (at_args_number(&a, 0, 0, 255, &mr)) {
        m->send_mr_seen = true;
        m->send_mr = (uint8_t)mr;
        at_hurry(&m->at, mono_after(now, OK_MS));
    }
}

void modem_send_proved(struct modem *m, struct mono now, int64_t tag, uint8_t mr)
{
    if (m->send_phase != SEND_RUNNING || m->send_tag != tag || m->send_mr_seen ||
        at_payload_state(&m->at) != AT_PAYLOAD_LEFT)
        return;
    m->send_mr_seen = true;
    m->send_mr = mr;
    at_hurry(&m->at, mono_after(now, PROVED_MS));
}

static void settle(struct modem *m, enum modem_send_outcome outcome, const struct at_error *error)
{
    struct modem_event *event = modem_push(m, MODEM_EVENT_SEND_DONE);

    event->tag = m->send_tag;
    event->send = outcome;
    event->mr = outcome == MODEM_SEND_OK ? m->send_mr : 0;
    event->error = *error;
    m->send_phase = SEND_IDLE;
}

/* What became of the text when its command ended with `error` and the payload went so far. */
static enum modem_send_outcome outcome(const struct modem *m, const struct at_error *error,
                                       enum at_payload payload)
{
    if (payload != AT_PAYLOAD_LEFT)
        return MODEM_SEND_FAILED;
    if (error->kind == AT_ERROR_NONE || m->send_mr_seen)
        return MODEM_SEND_OK;
    return error->class == AT_CLASS_AMBIGUOUS ? MODEM_SEND_UNKNOWN : MODEM_SEND_FAILED;
}

void send_done(struct modem *m, const struct at_event *e)
{
    struct at_error error = e->error;
    enum modem_send_outcome what = outcome(m, &error, e->payload);

    if (!m->send_mr_seen)
        m->send_mr = 0;
    if (what == MODEM_SEND_FAILED &&
        error.kind == AT_ERROR_NONE) /* OK without asking for the PDU */
        error = at_error_make(AT_ERROR_PLAIN, AT_CODE_NONE);
    if (what == MODEM_SEND_FAILED && error.kind == AT_ERROR_TIMEOUT)
        error.class = AT_CLASS_TRANSIENT; /* no prompt: it never left */
    settle(m, what, &error);
}

void send_settle(struct modem *m, enum at_error_kind why)
{
    struct at_error error = at_error_make(why, AT_CODE_NONE);
    enum modem_send_outcome what = outcome(m, &error, at_payload_state(&m->at));

    if (m->send_phase != SEND_RUNNING) {
        m->send_phase = SEND_IDLE; /* nothing was handed over yet */
        return;
    }
    if (what == MODEM_SEND_FAILED)
        error.class = AT_CLASS_TRANSIENT; /* it never left */
    settle(m, what, &error);
}
