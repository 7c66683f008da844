#include "at/args.h"
#include "modem/parts.h"
#include <stdio.h>
#include <string.h>

#define CHECK_READY_MS 60000
#define CHECK_SEARCHING_MS 5000
#define QUERY_MS 10000

void network_word(char *buf, size_t cap, const char *s, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len && n + 1 < cap; i++) {
        if (s[i] >= 0x20 && s[i] <= 0x7e)
            buf[n++] = s[i];
    }
    buf[n] = '\0';
}

/* <stat> of "+CREG: <n>,<stat>[,<lac>,...]" (an answer) or "+CREG: <stat>[,<lac>,...]" (a URC): a
 * second field that is quoted or no small number is a <lac>. -1 where there is none. */
static int8_t read_registration(const char *rest)
{
    struct at_args a;
    int64_t stat, second;

    at_args_parse(rest, &a);
    if (!at_args_number(&a, 0, 0, 15, &stat))
        return -1;
    if (!at_args_get(&a, 1).quoted && at_args_get(&a, 1).len <= 2 &&
        at_args_number(&a, 1, 0, 15, &second))
        stat = second;
    return (int8_t)stat;
}

bool network_line(struct modem *m, const char *line)
{
    struct at_args a;
    int64_t value;

    if (strncmp(line, "+CREG:", 6) == 0) {
        m->creg = read_registration(line + 6);
    } else if (strncmp(line, "+CEREG:", 7) == 0) {
        m->cereg = read_registration(line + 7);
    } else if (strncmp(line, "+CGREG:", 7) == 0) {
        m->cgreg = read_registration(line + 7);
    } else if (strncmp(line, "+CIREG:", 7) == 0) {
        at_args_parse(line + 7, &a); /* <n>,<reg_info>[,<ext_info>], or a URC without <n> */
        m->cireg = at_args_number(&a, 1, 0, 1, &value) ? (int8_t)value : -1;
    } else if (strncmp(line, "+CSQ:", 5) == 0) {
        at_args_parse(line + 5, &a);
        m->signal_dbm = 0;
        if (at_args_number(&a, 0, 0, 31, &value))
            m->signal_dbm = (int16_t)(-113 + 2 * value);
    } else if (strncmp(line, "+COPS:", 6) == 0) {
        at_args_parse(line + 6, &a);
        network_word(m->operator_name, sizeof(m->operator_name), at_args_get(&a, 2).s,
                     at_args_get(&a, 2).len);
    } else {
        return false;
    }
    return true;
}

/* 27.007 7.2 and 10.1.22: 1 home, 5 roaming, 6 and 7 SMS only, 9 and 10 CSFB not preferred. */
static bool is_registered(int8_t stat)
{
    return stat == 1 || (stat >= 5 && stat <= 7) || stat == 9 || stat == 10;
}

/* Calls and texts come through what +CREG tells; the packet domains can only add to it. A modem
 * that tells nothing (bare OK) is given a chance. */
static bool registered(const struct modem *m)
{
    return m->creg < 0 || is_registered(m->creg) || m->cereg == 1 || m->cereg == 5 ||
           m->cgreg == 1 || m->cgreg == 5;
}

/* In a packet domain only, calls come in where IMS carries them; 6 and 7 are SMS only. */
bool network_mute(const struct modem *m)
{
    bool voice = m->creg < 0 || (is_registered(m->creg) && m->creg != 6 && m->creg != 7);
    return registered(m) && !voice && m->cireg != 1;
}

bool network_roams(const struct modem *m)
{
    bool home = m->creg == 1 || m->cereg == 1 || m->cgreg == 1;
    bool away = m->creg == 5 || m->creg == 7 || m->creg == 10 || m->cereg == 5 || m->cgreg == 5;
    return away && !home;
}

const char *network_cause(const struct modem *m)
{
    switch (m->creg) {
    case 0:
        return "no network, and the modem does not search: check the antenna and the SIM";
    case 3:
        return "the network refuses this SIM";
    case 8:
    case 11:
        return "emergency calls only: the network refuses this SIM";
    default:
        break;
    }
    if (m->cereg == 8 || m->cereg == 11) /* lgms#247: +CEREG: 0,11 with SMS commands refused */
        return "emergency calls only: the network refuses this SIM";
    return "searching for a network";
}

static void schedule(struct modem *m, struct mono now)
{
    m->check_due = mono_after(now, m->state == MODEM_READY ? CHECK_READY_MS : CHECK_SEARCHING_MS);
}

/* Asks again what the set-up asked, but for what was never answered there. */
static void ask(struct modem *m, enum setup_step step, const char *prefix, const char *text)
{
    if (!setup_is_deaf(m, step))
        modem_submit(m, JOB_CHECK, AT_EXPECT_PREFIX, prefix, QUERY_MS, text);
}

void network_check(struct modem *m, struct mono now)
{
    schedule(m, now);
    ask(m, STEP_NETWORK_NOW, "+CREG:", "AT+CREG?");
    ask(m, STEP_NETWORK_LTE_NOW, "+CEREG:", "AT+CEREG?");
    if (m->creg >= 0 && !is_registered(m->creg)) {
        ask(m, STEP_NETWORK_NOW, "+CGREG:", "AT+CGREG?");
        ask(m, STEP_NETWORK_NOW, "+CIREG:", "AT+CIREG?");
    } else if (m->operator_name[0] == '\0') {
        ask(m, STEP_OPERATOR, "+COPS:", "AT+COPS?");
    }
    ask(m, STEP_SIGNAL, "+CSQ:", "AT+CSQ");
}

void network_judge(struct modem *m, struct mono now)
{
    enum modem_state before = m->state;
    char cause[MODEM_CAUSE_MAX];

    if (registered(m)) {
        life_cause(m, now, cause);
        modem_enter(m, now, MODEM_READY, cause);
    } else {
        recovery_words(m, network_cause(m), cause);
        modem_enter(m, now, MODEM_REGISTERING, m->ladder.stuck ? cause : network_cause(m));
    }
    if (m->state != before)
        schedule(m, now);
}
