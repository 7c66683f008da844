/* src/modem/card.c - the SIM: whether it is there, its PIN (3GPP TS 27.007 8.3), and which one it
 * is. A PIN is tried only when the owner has written down that it is, and with two tries left or an
 * unknown number of them. */
#include "at/args.h"
#include "modem/parts.h"
#include <stdio.h>
#include <string.h>

#define BUSY_MS 2000
#define PAUSE_MS 5000
#define PAUSE_LONG_MS 30000
#define QUICK_TRIES 12
#define SILENT_TRIES 3 /* E353, M590E: AT+CPIN? is refused and means nothing */
#define TRIES_MIN 2
#define CME_BUSY 14
#define CME_BUSY_WAVECOM 515

/* What a person has to do about each answer of AT+CPIN?, which is a word or a code. */
static const struct trouble {
    const char *word;
    int32_t cme, cms; /* -1: none */
    bool stuck;       /* the SIM may be fine: a reset of the modem can help */
    const char *cause;
} troubles[] = {
    {"SIM PIN", 11, 311, false, "SIM needs its PIN: set lines[].pin, or switch it off in a phone"},
    {"SIM PUK", 12, 316, false, "SIM is blocked: unblock it with its PUK in a phone"},
    {"PH-SIM PIN", 5, 312, false, "modem is locked to another SIM"},
    {"PH-FSIM PIN", 15, 315, false, "modem is locked to another SIM"},
    {"PH-NET PIN", 40, -1, false, "modem is locked to another network"},
    {"NOT INSERTED", 10, 310, true, "no SIM: insert one"},
    {"SIM REMOVED", -1, -1, true, "no SIM: insert one"},
    {"NOT READY", -1, -1, true, "SIM is not ready: if it stays so, take it out and put it back"},
    {"SIM FAILURE", 13, 313, true, "SIM is not usable: try it in a phone"},
};
#define TROUBLE_COUNT (sizeof(troubles) / sizeof(troubles[0]))

static const struct trouble unknown = {"", -1, -1, true, "SIM is not usable: try it in a phone"};
static const struct trouble busy = {"", -1, -1, true, "SIM is busy: it has just started"};
static const struct trouble silent = {"", -1, -1, true, "SIM does not answer yet"};

/* Where each family tells how many tries the PIN has left (ModemManager's plugins). */
static const struct counter {
    const char *text, *prefix;
    size_t field;
} counters[] = {
    {"AT+CPINR=\"SIM PIN\"", "+CPINR:", 1}, /* 27.007 8.65 */
    {"AT^CPIN?", "^CPIN:", 3},              /* Huawei */
    {"AT+QPINC=\"SC\"", "+QPINC:", 1},      /* Quectel */
    {"AT+SPIC", "+SPIC:", 0},               /* SIMCom */
    {"AT^SPIC=\"SC\"", "^SPIC:", 0},        /* Cinterion */
    {"AT+UPINCNT", "+UPINCNT:", 0},         /* u-blox */
};
#define COUNTER_COUNT (sizeof(counters) / sizeof(counters[0]))

static const struct {
    const char *text, *prefix;
} identities[] = {{"AT+CCID", "+CCID:"}, {"AT+ICCID", "+ICCID:"}, {"AT^ICCID?", "^ICCID:"}};
#define IDENTITY_COUNT (sizeof(identities) / sizeof(identities[0]))

/* Asks for the SIM again: a busy one soon, one that needs a person now and then. */
static void wait_for(struct modem *m, struct mono now, const char *cause, int64_t pause_ms)
{
    char words[MODEM_CAUSE_MAX];

    recovery_words(m, cause, words);
    snprintf(m->sim, sizeof(m->sim), "%s", cause);
    if (m->setup.sim_tries < QUICK_TRIES)
        m->setup.sim_tries++;
    else
        pause_ms = PAUSE_LONG_MS;
    modem_enter(m, now, MODEM_SIM, m->ladder.stuck ? words : cause);
    setup_go(m, mono_after(now, pause_ms), STEP_SIM);
}

static void wait_out(struct modem *m, struct mono now, const struct trouble *t, int64_t pause_ms)
{
    bool pin = t == &troubles[0] && m->config->pin[0];

    m->setup.sim_stuck = t->stuck;
    if (pin && m->state != MODEM_SIM)
        modem_enter(m, now, MODEM_SIM, "SIM needs its PIN");
    m->setup.pin_tries = -1;
    if (pin)
        setup_go(m, now, STEP_PIN_TRIES);
    else
        wait_for(m, now, t->cause, pause_ms);
}

static void ready(struct modem *m, struct mono now)
{
    if (m->setup.pin_sent)
        modem_push(m, MODEM_EVENT_PIN_RIGHT);
    m->setup.pin_sent = false;
    m->setup.sim_tries = 0;
    m->sim[0] = '\0';
    modem_enter(m, now, MODEM_CONFIGURING, "");
    setup_go(m, now, STEP_IDENTITY);
}

static const struct trouble *find_word(const char *word)
{
    for (size_t i = 0; i < TROUBLE_COUNT; i++) {
        if (strncmp(word, troubles[i].word, strlen(troubles[i].word)) == 0)
            return &troubles[i];
    }
    return &unknown;
}

static const struct trouble *find_code(const struct at_error *error)
{
    bool cme = error->kind == AT_ERROR_CME;

    for (size_t i = 0; (cme || error->kind == AT_ERROR_CMS) && i < TROUBLE_COUNT; i++) {
        if (error->code >= 0 && error->code == (cme ? troubles[i].cme : troubles[i].cms))
            return &troubles[i];
    }
    return NULL;
}

/* PIN2 and PUK2 guard fixed dialling and the like, nothing that is used here: they must never get
 * the PIN. */
static bool is_open(const char *word)
{
    return strncmp(word, "READY", 5) == 0 || strncmp(word, "SIM PIN2", 8) == 0 ||
           strncmp(word, "SIM PUK2", 8) == 0;
}

/* Wavecom prints +CPIN: READY without OK, and a bare OK tells nothing: the network will. */
void card_pin_done(struct modem *m, struct mono now, const struct at_error *error)
{
    const struct trouble *t = find_code(error);
    const char *word = m->setup.sim_word;

    if (m->setup.answered && !is_open(word))
        wait_out(m, now, find_word(word), PAUSE_MS);
    else if (m->setup.answered || error->kind == AT_ERROR_NONE)
        ready(m, now);
    else if (t)
        wait_out(m, now, t, PAUSE_MS);
    else if (error->kind == AT_ERROR_CME &&
             (error->code == CME_BUSY || error->code == CME_BUSY_WAVECOM))
        wait_out(m, now, &busy, BUSY_MS);
    else if (m->setup.sim_tries < SILENT_TRIES)
        wait_out(m, now, &silent, BUSY_MS);
    else
        ready(m, now);
}

void card_unanswered(struct modem *m, struct mono now)
{
    ready(m, now); /* the network will tell */
}

void card_pin_line(struct modem *m, const char *line)
{
    const char *word = line + strlen("+CPIN:");

    word += strspn(word, " \"");
    snprintf(m->setup.sim_word, sizeof(m->setup.sim_word), "%.*s",
             (int)sizeof(m->setup.sim_word) - 1, word);
}

const char *card_tries_text(const struct modem *m, const char **ret_prefix)
{
    size_t i = m->setup.variant;

    if (i >= COUNTER_COUNT || m->setup.pin_tries >= 0)
        return NULL;
    *ret_prefix = counters[i].prefix;
    return counters[i].text;
}

void card_tries_line(struct modem *m, const char *line)
{
    const struct counter *c = &counters[m->setup.variant];
    struct at_args a;
    int64_t left;

    if (strncmp(line, c->prefix, strlen(c->prefix)) != 0)
        return;
    at_args_parse(line + strlen(c->prefix), &a);
    if (at_args_number(&a, c->field, 0, 99, &left))
        m->setup.pin_tries = (int8_t)left;
}

/* The tries are counted, or nobody can tell: the owner decides whether this PIN may be tried. */
void card_want_pin(struct modem *m, struct mono now)
{
    char cause[MODEM_CAUSE_MAX];
    int left = m->setup.pin_tries;

    if (left >= 0 && left < TRIES_MIN) {
        snprintf(cause, sizeof(cause),
                 "SIM needs its PIN, and has %d tries left: enter it in a phone", left);
        wait_for(m, now, cause, PAUSE_MS);
        return;
    }
    m->setup.pin_allowed = false;
    modem_push(m, MODEM_EVENT_PIN_WANTED);
    setup_go(m, mono_after(now, PAUSE_LONG_MS), STEP_PIN);
}

void modem_pin(struct modem *m, struct mono now, bool allowed)
{
    if (m->state != MODEM_SIM || m->setup.step != STEP_PIN)
        return;
    if (!allowed) {
        wait_for(m, now, "the PIN in lines[].pin was tried before: correct it", PAUSE_MS);
        return;
    }
    m->setup.pin_allowed = true;
    m->setup.due = now;
    modem_expire(m, now);
}

bool card_pin_text(struct modem *m, char text[AT_COMMAND_MAX + 1])
{
    if (!m->setup.pin_allowed)
        return false;
    m->setup.pin_allowed = false;
    m->setup.pin_sent = true;
    snprintf(text, AT_COMMAND_MAX + 1, "AT+CPIN=\"%s\"", m->config->pin);
    return true;
}

const char *card_identity_text(const struct modem *m, const char **ret_prefix)
{
    size_t i = m->setup.variant;

    if (i >= IDENTITY_COUNT || m->iccid[0])
        return NULL;
    *ret_prefix = identities[i].prefix;
    return identities[i].text;
}

/* "+CCID: 8944...", "^ICCID: ...", "+ICCID: ..." or the bare digits, with F to fill up. */
void card_identity_line(struct modem *m, const char *line)
{
    const char *digits = strchr(line, ':');
    size_t len;

    digits = digits ? digits + 1 : line;
    digits += strspn(digits, " \"");
    len = strspn(digits, "0123456789");
    if (len >= 18 && len < sizeof(m->iccid))
        network_word(m->iccid, sizeof(m->iccid), digits, len);
}

void card_identity_done(struct modem *m)
{
    struct modem_event *event;

    if (m->iccid[0] == '\0')
        return;
    event = modem_push(m, MODEM_EVENT_CARD);
    memcpy(event->iccid, m->iccid, sizeof(event->iccid));
}
