#include "at/args.h"
#include "modem/parts.h"
#include "modem/quirks.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PLAIN_MS 5000
#define LONG_MS 15000
#define PIN_TAKEN_MS 1000
#define CNMI_ROUNDS 4
#define CNMI_PAUSE_MS 3000
#define CNMI_FORMS 12 /* mode 2 or 1, bfr 0 or 1, ds 1, 2 or 0 */

static const struct step {
    const char
        *text[2]; /* the second is tried where the first is refused; NULL: made by the code */
    enum at_expect expect;
    const char *prefix;
    int64_t timeout_ms;
    uint32_t tries; /* while it is refused: SMS may not be ready yet (SIM800, A7670E) */
} steps[STEP_COUNT] = {
    [STEP_ECHO] = {{"ATE0"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_WORDS] = {{"ATQ0V1"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_ERRORS] = {{"AT+CMEE=1"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_ANSWER] = {{"ATS0=0"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_SIM] = {{"AT+CPIN?"}, AT_EXPECT_PREFIX, "+CPIN:", LONG_MS, 1},
    [STEP_PIN_TRIES] = {{NULL}, AT_EXPECT_PREFIX, NULL, PLAIN_MS, 1},
    [STEP_PIN] = {{NULL}, AT_EXPECT_RESULT, NULL, LONG_MS, 1},
    [STEP_IDENTITY] = {{NULL}, AT_EXPECT_TEXT, NULL, LONG_MS, 1},
    [STEP_CHARSET] = {{"AT+CSCS=\"GSM\"", "AT+CSCS=\"IRA\""}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_MODE] = {{"AT+CMGF=0"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 10},
    [STEP_SERVICE] = {{NULL}, AT_EXPECT_PREFIX, "+CSMS:", LONG_MS, 1},
    [STEP_MEMORIES] = {{"AT+CPMS=?"}, AT_EXPECT_PREFIX, "+CPMS:", LONG_MS, 1},
    [STEP_MEMORY_NOW] = {{"AT+CPMS?"}, AT_EXPECT_PREFIX, "+CPMS:", LONG_MS, 1},
    [STEP_MEMORY] = {{NULL}, AT_EXPECT_PREFIX, "+CPMS:", LONG_MS, 1},
    [STEP_NOTICES] = {{"AT+CNMI=?"}, AT_EXPECT_PREFIX, "+CNMI:", LONG_MS, 1},
    [STEP_NOTICE] = {{NULL}, AT_EXPECT_RESULT, NULL, LONG_MS, 1},
    [STEP_CALLER] = {{"AT+CLIP=1"}, AT_EXPECT_RESULT, NULL, LONG_MS, 3},
    [STEP_RING] = {{"AT+CRC=1"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_NETWORK] = {{"AT+CREG=2", "AT+CREG=1"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_NETWORK_LTE] = {{"AT+CEREG=2", "AT+CEREG=1"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_NETWORK_NOW] = {{"AT+CREG?"}, AT_EXPECT_PREFIX, "+CREG:", PLAIN_MS, 1},
    [STEP_NETWORK_LTE_NOW] = {{"AT+CEREG?"}, AT_EXPECT_PREFIX, "+CEREG:", PLAIN_MS, 1},
    [STEP_MODEL] = {{"AT+CGMM"}, AT_EXPECT_TEXT, "+CGMM:", PLAIN_MS, 1},
    [STEP_CALLS] = {{"AT+CLCC"}, AT_EXPECT_PREFIX, "+CLCC:", PLAIN_MS, 1},
    [STEP_CALL_LINES] = {{NULL}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    /* Quectel: without it nothing rings here, quectel-urcs-on-another-port */
    [STEP_URCS_NOW] = {{"AT+QURCCFG=\"urcport\""}, AT_EXPECT_PREFIX, "+QURCCFG:", PLAIN_MS, 1},
    [STEP_URCS] = {{"AT+QURCCFG=\"urcport\",\"all\"", "AT+QURCCFG=\"urcport\",\"usbat\""},
                   AT_EXPECT_RESULT,
                   NULL,
                   PLAIN_MS,
                   1},
    [STEP_IMEI] = {{"AT+CGSN"}, AT_EXPECT_TEXT, "+CGSN:", PLAIN_MS, 1},
    [STEP_OPERATOR_FORM] = {{"AT+COPS=3,0"}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_OPERATOR] = {{"AT+COPS?"}, AT_EXPECT_PREFIX, "+COPS:", LONG_MS, 1},
    [STEP_SIGNAL] = {{"AT+CSQ"}, AT_EXPECT_PREFIX, "+CSQ:", PLAIN_MS, 1},
    [STEP_CENTRE_NOW] = {{"AT+CSCA?"}, AT_EXPECT_PREFIX, "+CSCA:", PLAIN_MS, 1},
    [STEP_CENTRE] = {{NULL}, AT_EXPECT_RESULT, NULL, PLAIN_MS, 1},
    [STEP_INIT] = {{NULL}, AT_EXPECT_RESULT, NULL, LONG_MS, 1},
};
static_assert(STEP_COUNT <= 64, "deaf_steps has a bit for each");

void setup_go(struct modem *m, struct mono due, size_t step)
{
    m->setup.step = step;
    m->setup.variant = 0;
    m->setup.tries = 0;
    m->setup.due = due;
}

void setup_hope(struct modem *m)
{
    m->setup.deaf_steps = 0;
    m->setup.deaf_step = SIZE_MAX;
}

bool setup_is_deaf(const struct modem *m, enum setup_step step)
{
    return m->setup.deaf_steps & (UINT64_C(1) << step);
}

void setup_begin(struct modem *m, struct mono now)
{
    m->setup.direct_service = false;
    m->setup.cnmi_told = false;
    m->setup.cnmi_set = false;
    m->setup.urcs_elsewhere = false;
    m->setup.sim_stuck = false;
    m->setup.sim_tries = 0;
    m->iccid[0] = '\0';
    m->ladder.leaving = false;
    m->creg = -1;
    m->cgreg = -1;
    m->cereg = -1;
    m->cireg = -1;
    m->life.centre = -1;
    call_set_listable(&m->calls, false);
    m->again_due = MONO_NEVER;
    receive_reset(m);
    modem_enter(m, now, MODEM_CONFIGURING, "");
    setup_go(m, now, 0);
}

/* Form `v` of AT+CNMI: mode 2 before 1 (Huawei, ZTE, SimCom offer 2 and refuse it), reports direct
 * before stored before none (Qualcomm offers direct ones and refuses them), bfr 1 only where 0 is
 * refused. */
static bool cnmi_form(const struct modem *m, size_t v, int digit[5])
{
    static const int ds[] = {1, 2, 0};

    digit[0] = v < CNMI_FORMS / 2 ? 2 : 1;
    digit[1] = 1; /* +CMTI: stored first, so nothing is lost with us */
    digit[2] = 0;
    digit[3] = ds[v % 3];
    digit[4] = (v / 3) % 2;
    return m->config->delivery_reports || digit[3] == 0;
}

static bool cnmi_offered(const struct modem *m, const int digit[5])
{
    for (size_t i = 0; i < 5; i++) {
        struct at_field group = {.s = m->setup.cnmi[i], .len = strlen(m->setup.cnmi[i])};
        if (group.len > 0 && !at_group_has_number(&group, digit[i]))
            return false;
    }
    return m->setup.cnmi_told;
}

/* Finds the next form to try: those that AT+CNMI=? offers, then the others, since some lie. */
static bool cnmi_text(struct modem *m, char text[AT_COMMAND_MAX + 1])
{
    size_t *v = &m->setup.variant;
    int d[5];

    for (; *v < 2 * CNMI_FORMS; (*v)++) {
        bool wanted = cnmi_form(m, *v % CNMI_FORMS, d);
        if (!wanted || cnmi_offered(m, d) != (*v < CNMI_FORMS))
            continue;
        snprintf(text, AT_COMMAND_MAX + 1, "AT+CNMI=%d,%d,%d,%d,%d", d[0], d[1], d[2], d[3], d[4]);
        return true;
    }
    return false;
}

/* Sets the SMSC of the configuration, or the one that the modem had before it lost it. */
static bool centre_text(const struct modem *m, char text[AT_COMMAND_MAX + 1])
{
    const char *wanted = m->config->smsc[0] ? m->config->smsc : m->centre;
    bool known = m->life.centre == 1 && strcmp(wanted, m->centre) == 0;

    if (wanted[0] == '\0' || known || strspn(wanted, "+0123456789") != strlen(wanted))
        return false;
    snprintf(text, AT_COMMAND_MAX + 1, "AT+CSCA=\"%s\",%d", wanted, wanted[0] == '+' ? 145 : 129);
    return true;
}

static bool put(char text[AT_COMMAND_MAX + 1], const char *command)
{
    if (command)
        snprintf(text, AT_COMMAND_MAX + 1, "%s", command);
    return command != NULL;
}

/* Makes the command of the current step. Returns false where there is none (any more). */
static bool step_text(struct modem *m, char text[AT_COMMAND_MAX + 1], const char **prefix)
{
    const struct modem_memories *mem = &m->memories;
    const struct modem_setup *s = &m->setup;
    const char *fixed = s->variant < 2 ? steps[s->step].text[s->variant] : NULL;

    if (setup_is_deaf(m, (enum setup_step)s->step))
        return false;
    switch (s->step) {
    case STEP_PIN_TRIES:
        return put(text, card_tries_text(m, prefix));
    case STEP_PIN:
        return card_pin_text(m, text);
    case STEP_IDENTITY:
        return put(text, card_identity_text(m, prefix));
    case STEP_SERVICE:
        snprintf(text, AT_COMMAND_MAX + 1, "AT+CSMS=%d", s->direct_service);
        return s->variant == 0;
    case STEP_MEMORY:
        snprintf(text, AT_COMMAND_MAX + 1, "AT+CPMS=\"%s\",\"%s\",\"%s\"", mem->home, mem->write,
                 mem->store);
        return s->variant == 0 && mem->write[0] != '\0';
    case STEP_NOTICE:
        return cnmi_text(m, text);
    case STEP_CALL_LINES:
        return put(text, quirk_call_line(s->variant));
    case STEP_CALLS:
        return !quirk_dislikes_polls(m->model) && put(text, fixed);
    case STEP_URCS:
        return s->urcs_elsewhere && put(text, fixed);
    case STEP_CENTRE:
        return s->variant == 0 && centre_text(m, text);
    case STEP_INIT:
        return s->variant < m->config->init_count && put(text, m->config->init[s->variant]);
    default:
        return put(text, fixed);
    }
}

static void cnmi_done(struct modem *m, bool ok)
{
    int d[5];

    m->setup.cnmi_set = ok;
    if (!ok)
        return;
    cnmi_form(m, m->setup.variant % CNMI_FORMS, d);
    m->setup.cnmi_mt = (uint8_t)d[1];
    m->setup.cnmi_ds = (uint8_t)d[3];
}

/* No form of AT+CNMI was taken. SMS may not be ready yet; after some rounds, a modem that wants
 * phase 2+ gets it; then the memories are listed often instead. */
static void cnmi_refused(struct modem *m, struct mono now)
{
    uint32_t tries = m->setup.tries + 1;

    if (tries < CNMI_ROUNDS) {
        m->setup.variant = 0;
        m->setup.tries = tries;
        m->setup.due = mono_after(now, CNMI_PAUSE_MS);
    } else if (!m->setup.direct_service) {
        m->setup.direct_service = true;
        setup_go(m, now, STEP_SERVICE);
    } else {
        setup_go(m, now, STEP_NOTICE + 1);
    }
}

/* There is no command of this step (any more). */
static void step_over(struct modem *m, struct mono now)
{
    enum setup_step step = (enum setup_step)m->setup.step;

    if (step == STEP_NOTICE && !setup_is_deaf(m, step)) {
        cnmi_refused(m, now);
    } else if (step == STEP_PIN_TRIES) {
        card_want_pin(m, now);
    } else if (step == STEP_PIN) {
        setup_go(m, now, STEP_SIM);
    } else if (step == STEP_SIM) {
        card_unanswered(m, now);
    } else {
        if (step == STEP_IDENTITY)
            card_identity_done(m);
        setup_go(m, now, step + 1);
    }
}

void setup_start(struct modem *m, struct mono now)
{
    const struct step *step;
    char text[AT_COMMAND_MAX + 1];
    const char *prefix;

    if (m->setup.step == STEP_COUNT) {
        life_set_up(m, now);
        network_judge(m, now);
        return;
    }
    step = &steps[m->setup.step];
    prefix = step->prefix;
    m->setup.answered = false;
    if (step_text(m, text, &prefix)) {
        if (m->setup.step == STEP_CALLS)
            call_set_list_begin(&m->calls);
        if (modem_submit(m, JOB_SETUP, step->expect, prefix, step->timeout_ms, text) != 0)
            m->setup.variant++; /* an init line that is none */
    } else {
        step_over(m, now);
    }
}

static void take_word(char *buf, size_t cap, const char *line, const char *prefix)
{
    size_t skip = strncmp(line, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    struct at_args a;

    at_args_parse(line + skip, &a);
    network_word(buf, cap, at_args_get(&a, 0).s, at_args_get(&a, 0).len);
}

static bool is_word(const struct at_args *a, size_t i, const char *word)
{
    struct at_field f = at_args_get(a, i);
    return f.len == strlen(word) && memcmp(f.s, word, f.len) == 0;
}

void setup_line(struct modem *m, const char *line)
{
    struct at_groups groups;
    struct at_args a;

    m->setup.answered = true;
    switch (m->setup.step) {
    case STEP_SIM:
        card_pin_line(m, line);
        break;
    case STEP_PIN_TRIES:
        card_tries_line(m, line);
        break;
    case STEP_IDENTITY:
        card_identity_line(m, line);
        break;
    case STEP_MEMORIES:
        receive_offer(m, line + strlen("+CPMS:"));
        break;
    case STEP_MEMORY_NOW:
        at_args_parse(line + strlen("+CPMS:"), &a);
        receive_current(m, &a);
        break;
    case STEP_NOTICES:
        at_groups_parse(line + strlen("+CNMI:"), &groups);
        m->setup.cnmi_told = groups.count > 0;
        for (size_t i = 0; i < 5; i++) {
            struct at_field g = i < groups.count ? groups.group[i] : (struct at_field){.s = ""};
            network_word(m->setup.cnmi[i], sizeof(m->setup.cnmi[i]), g.s, g.len);
        }
        break;
    case STEP_URCS_NOW:
        at_args_parse(line + strlen("+QURCCFG:"), &a);
        m->setup.urcs_elsewhere = !is_word(&a, 1, "usbat") && !is_word(&a, 1, "all");
        break;
    case STEP_CENTRE_NOW:
        life_centre(m, line + strlen("+CSCA:"));
        break;
    case STEP_MODEL:
        take_word(m->model, sizeof(m->model), line, "+CGMM:");
        break;
    case STEP_IMEI:
        take_word(m->imei, sizeof(m->imei), line, "+CGSN:");
        break;
    default:
        break;
    }
}

/* A step without an answer is tried once more after waking the modem, then left out. */
static void step_deaf(struct modem *m, struct mono now)
{
    char cause[MODEM_CAUSE_MAX];

    if (m->setup.deaf_step == m->setup.step)
        m->setup.deaf_steps |= UINT64_C(1) << m->setup.step;
    m->setup.deaf_step = m->setup.step;
    snprintf(cause, sizeof(cause), "no answer to step %zu of the set-up (%s)", m->setup.step + 1,
             steps[m->setup.step].text[0] ? steps[m->setup.step].text[0] : "SMS settings");
    recovery_step_deaf(m, now, cause);
}

/* Returns whether the next form of the step's command follows whatever became of this one. */
static bool tries_each(const struct modem *m, bool ok)
{
    switch (m->setup.step) {
    case STEP_INIT:
    case STEP_CALL_LINES:
    case STEP_PIN_TRIES:
    case STEP_IDENTITY:
        return true;
    default:
        return !ok && m->setup.step == STEP_NOTICE;
    }
}

void setup_done(struct modem *m, struct mono now, const struct at_error *error)
{
    const struct step *step = &steps[m->setup.step];
    bool ok = error->kind == AT_ERROR_NONE;

    if (m->setup.step == STEP_SIM && (error->kind != AT_ERROR_TIMEOUT || m->setup.answered)) {
        card_pin_done(m, now, error); /* Wavecom prints +CPIN: READY without OK */
        return;
    }
    if (error->kind == AT_ERROR_TIMEOUT) {
        step_deaf(m, now);
        return;
    }
    if (m->setup.step == STEP_CALLS) {
        call_set_listable(&m->calls, ok);
        if (ok)
            call_set_list_end(&m->calls, now, true);
    }
    if (m->setup.step == STEP_MEMORY && ok)
        receive_home(m);
    if (m->setup.step == STEP_CENTRE && ok)
        m->life.centre = 1;
    if (m->setup.step == STEP_NOTICE)
        cnmi_done(m, ok);
    if (m->setup.step == STEP_PIN) {
        setup_go(m, mono_after(now, PIN_TAKEN_MS), STEP_SIM);
    } else if (tries_each(m, ok)) {
        m->setup.variant++;
    } else if (ok) {
        setup_go(m, now, m->setup.step + 1);
    } else if (m->setup.tries + 1 < step->tries) {
        m->setup.tries++;
        m->setup.due = mono_after(now, 2000);
    } else {
        m->setup.variant++;
    }
}
