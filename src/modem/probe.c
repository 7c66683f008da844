#include "modem/probe.h"
#include <assert.h>
#include <string.h>

#define QUIET_MS 200 /* after ESC CR, and for late answers */
#define TRY_MS 1000
#define QUERY_MS 4000
#define DIGITS "0123456789"
#define IMEI_DIGITS_MIN 14

enum { STEP_WAKE, STEP_PLAIN, STEP_MODEL, STEP_IMEI, STEP_COUNT };

static const struct step {
    const char *text;
    enum at_expect expect;
    const char *prefix;
    int64_t timeout_ms;
} steps[STEP_COUNT] = {
    [STEP_WAKE] = {"AT", AT_EXPECT_RESULT, NULL, TRY_MS},
    [STEP_PLAIN] = {"ATE0", AT_EXPECT_RESULT, NULL, QUERY_MS},
    [STEP_MODEL] = {"AT+CGMM", AT_EXPECT_TEXT, "+CGMM:", QUERY_MS},
    [STEP_IMEI] = {"AT+CGSN", AT_EXPECT_TEXT, "+CGSN:", QUERY_MS},
};

void probe_init(struct probe *p, struct mono now, int tries)
{
    assert(tries >= 1);
    assert(tries <= 255);
    *p = (struct probe){
        .state = PROBE_ASKING, .tries_max = tries, .pause = mono_after(now, QUIET_MS)};
    at_init(&p->at);
    at_escape(&p->at);
}

/* Copies what a person may read of the model. */
static void take_model(struct probe *p, const char *line)
{
    size_t n = 0;
    if (strncmp(line, "+CGMM:", 6) == 0)
        line += 6;
    line += strspn(line, " \"");
    for (; *line && *line != '"' && n + 1 < sizeof(p->model); line++)
        if (*line >= ' ' && *line <= '~')
            p->model[n++] = *line;
    p->model[n] = '\0';
}

/* Takes the IMEI out of the line, wherever it stands in it. */
static void take_imei(struct probe *p, const char *line)
{
    line += strcspn(line, DIGITS);
    size_t digits = strspn(line, DIGITS);
    if (digits < IMEI_DIGITS_MIN || digits >= sizeof(p->imei))
        return;
    memcpy(p->imei, line, digits);
    p->imei[digits] = '\0';
}

/* The running command has ended. */
static void step_done(struct probe *p, struct mono now, const struct at_error *error)
{
    bool ok = error->kind == AT_ERROR_NONE;
    if (p->step == STEP_WAKE) {
        p->answered = ok;
        p->tries++;
        p->pause = mono_after(now, QUIET_MS);
        if (!ok && p->tries >= p->tries_max)
            p->state = PROBE_SILENT;
        return;
    }
    p->step++; /* what is refused is not known, and only the IMEI must be */
    if (error->kind == AT_ERROR_TIMEOUT)
        p->state = PROBE_SILENT;
    else if (p->step == STEP_COUNT)
        p->state = p->imei[0] ? PROBE_MODEM : PROBE_OTHER;
}

static void submit(struct probe *p)
{
    const struct step *step = &steps[p->step];
    struct at_command c = {.id = (uint16_t)p->step,
                           .expect = step->expect,
                           .prefix = step->prefix,
                           .timeout_ms = step->timeout_ms};
    memcpy(c.text, step->text, strlen(step->text) + 1);
    int err = at_submit(&p->at, &c);
    assert(err == 0);
}

void probe_expire(struct probe *p, struct mono now)
{
    struct at_event e;
    while (p->state == PROBE_ASKING) {
        while (p->state == PROBE_ASKING && at_next(&p->at, now, &e)) {
            if (e.type == AT_EVENT_DONE)
                step_done(p, now, &e.error);
            else if (e.type == AT_EVENT_LINE && e.id == STEP_MODEL && !p->model[0])
                take_model(p, e.line);
            else if (e.type == AT_EVENT_LINE && e.id == STEP_IMEI && !p->imei[0])
                take_imei(p, e.line);
        }
        if (p->state != PROBE_ASKING || !at_idle(&p->at) ||
            (p->step == STEP_WAKE && now.ms < p->pause.ms))
            return;
        if (p->step == STEP_WAKE && p->answered)
            p->step++;
        submit(p);
    }
}

void probe_feed(struct probe *p, struct mono now, const uint8_t *bytes, size_t len)
{
    while (len > 0 && p->state == PROBE_ASKING) {
        size_t taken = at_feed(&p->at, bytes, len);
        bytes += taken;
        len -= taken;
        probe_expire(p, now); /* makes room */
    }
}

struct mono probe_deadline(const struct probe *p)
{
    if (p->state != PROBE_ASKING)
        return MONO_NEVER;
    return at_idle(&p->at) ? p->pause : at_deadline(&p->at);
}

const uint8_t *probe_output(const struct probe *p, size_t *ret_len)
{
    return at_output(&p->at, ret_len);
}

void probe_written(struct probe *p, size_t len)
{
    at_written(&p->at, len);
}
