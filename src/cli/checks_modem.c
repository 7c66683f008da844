/* src/cli/checks_modem.c - what the doctor asks the modem of a line. */
#include "at/args.h"
#include "base/text.h"
#include "checks_parts.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WEAK_CSQ 5 /* of 31: -103 dBm */

/* How the end of a command to the modem of this line is written. */
static const char *line_argument(const struct check_context *c, char buf[48])
{
    buf[0] = '\0';
    if (c->cli->config->line_count > 1)
        snprintf(buf, 48, " %s", c->line->name);
    return buf;
}

/* Asks the modem. Returns false where there is nothing to judge, and has said so. */
static bool query(struct check_context *c, struct check_result *r, const char *command,
                  struct radio_answer *ret)
{
    if (!c->radio) {
        check_say(r, CHECK_SKIP, "the modem cannot be asked");
        return false;
    }
    if (radio_ask(c->radio, command, false, ret)) {
        check_say(r, CHECK_FAIL, "%s: %s", command, ret->result);
        check_fail(r, CLI_MODEM);
        check_mend(r, "unplug the modem, wait 10 s, plug it in again; then: textback doctor");
        return false;
    }
    return true;
}

/* The same of what a modem tells only once its SIM is ready. */
static bool query_ready(struct check_context *c, struct check_result *r, const char *command,
                        struct radio_answer *ret)
{
    if (c->radio && c->no_sim) {
        check_say(r, CHECK_SKIP, "the SIM is not ready");
        return false;
    }
    return query(c, r, command, ret);
}

/* Reads a number of an answered line. Returns `fallback` where there is none. */
static int64_t number(const struct radio_answer *answer, const char *prefix, size_t field,
                      int64_t fallback)
{
    char rest[256];
    struct at_args a;
    int64_t value = fallback;
    if (!radio_line(answer, prefix, rest, sizeof(rest)))
        return fallback;
    at_args_parse(rest, &a);
    return at_args_number(&a, field, 0, INT32_MAX, &value) ? value : fallback;
}

void check_at(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    char model[64];
    if (!query(c, r, "AT+CGMM", &answer))
        return;
    if (!radio_line(&answer, "+CGMM: ", model, sizeof(model)) &&
        !radio_line(&answer, "", model, sizeof(model)))
        snprintf(model, sizeof(model), "it does not tell its model");
    check_say(r, CHECK_OK, "%s", model);
}

void check_sim(struct check_context *c, struct check_result *r)
{
    static const struct {
        const char *word, *detail, *mend;
    } troubles[] = {
        {"SIM PIN", "the SIM wants its PIN",
         "set lines[].pin in the configuration, or switch the PIN off in a phone"},
        {"SIM PUK", "the SIM is blocked: its PIN was wrong too often",
         "put the SIM into a phone and enter its PUK"},
        {"PH-", "the modem is locked to another SIM or network",
         "use a SIM of that network, or have the modem unlocked by who sold it"},
        {"CME ERROR 10", "no SIM", "put the SIM in, contacts first, and plug the modem in again"},
        {"CMS ERROR 310", "no SIM", "put the SIM in, contacts first, and plug the modem in again"},
        {"", "the SIM does not work",
         "take the SIM out and put it back; if that does not help, try it in a phone"},
    };
    static const char wrong_pin[] = "correct lines[].pin, since textback status says that it is "
                                    "wrong; or switch the PIN off in a phone";
    struct radio_answer answer;
    char word[64] = "";
    if (!query(c, r, "AT+CPIN?", &answer))
        return;
    (void)radio_line(&answer, "+CPIN: ", word, sizeof(word));
    if (strcmp(word, "READY") == 0 || (!word[0] && strcmp(answer.result, "OK") == 0)) {
        check_say(r, CHECK_OK, "ready");
        return;
    }
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        if (!strstr(word, troubles[i].word) && !strstr(answer.result, troubles[i].word))
            continue;
        check_say(r, CHECK_FAIL, "%s (%s)", troubles[i].detail, word[0] ? word : answer.result);
        check_fail(r, CLI_MODEM);
        check_mend(r, "%s", troubles[i].mend);
        if (i == 0 && c->line->modem.pin[0]) /* set already, so not to be told to set it */
            check_mend(r, "%s", c->daemon ? wrong_pin : cli_start_command());
        c->no_sim = true;
        return;
    }
}

void check_pin_tries(struct check_context *c, struct check_result *r)
{
    static const struct {
        const char *command, *prefix;
        size_t field;
    } counters[] = {
        {"AT+CPINR=\"SIM PIN\"", "+CPINR:", 1}, {"AT^CPIN?", "^CPIN:", 3},
        {"AT+QPINC=\"SC\"", "+QPINC:", 1},      {"AT+SPIC", "+SPIC:", 0},
        {"AT^SPIC=\"SC\"", "^SPIC:", 0},        {"AT+UPINCNT", "+UPINCNT:", 0},
    };
    struct radio_answer answer;
    int64_t tries = -1;
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]) && tries < 0; i++) {
        if (!query(c, r, counters[i].command, &answer))
            return;
        tries = number(&answer, counters[i].prefix, counters[i].field, -1);
    }
    if (tries < 0) {
        check_say(r, CHECK_SKIP, "the modem does not tell");
    } else if (tries < 3) {
        check_say(r, CHECK_WARN, "%" PRId64 " left of 3: no PIN is tried with fewer than 2", tries);
        check_mend(r, "put the SIM into a phone and enter its %s once", tries ? "PIN" : "PUK");
    } else {
        check_say(r, CHECK_OK, "%" PRId64 " left", tries);
    }
}

void check_smsc(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    struct at_args a;
    char rest[128] = "";
    if (!query_ready(c, r, "AT+CSCA?", &answer))
        return;
    (void)radio_line(&answer, "+CSCA:", rest, sizeof(rest));
    at_args_parse(rest, &a);
    struct at_field smsc = at_args_get(&a, 0);
    if (c->line->modem.smsc[0]) {
        check_say(r, CHECK_OK, "%s, as configured", c->line->modem.smsc);
    } else if (smsc.len > 0) {
        check_say(r, CHECK_OK, "%.*s", (int)smsc.len, smsc.s);
    } else {
        check_say(r, CHECK_FAIL, "the SIM names no SMSC: no text can be sent");
        check_fail(r, CLI_MODEM);
        check_mend(r, "set lines[].smsc to the number of your operator's SMSC (they tell it)");
    }
}

/* <stat> of +CREG? or the like; -1 unknown. */
static int64_t registration(struct check_context *c, struct check_result *r, const char *command,
                            const char *prefix)
{
    struct radio_answer answer;
    return query_ready(c, r, command, &answer) ? number(&answer, prefix, 1, -1) : -2;
}

/* At home or roaming, for calls and data. */
static bool is_registered(int64_t stat)
{
    return stat == 1 || stat == 5;
}

/* 6 and 7 are for texts only, 9 and 10 not preferred for calls; 8 is for emergency calls. */
static bool has_network(int64_t stat)
{
    return is_registered(stat) || stat == 6 || stat == 7 || stat == 9 || stat == 10;
}

void check_network(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    char line[48];
    int64_t cs = registration(c, r, "AT+CREG?", "+CREG:"), lte = -1;
    if (cs == -2 || (lte = registration(c, r, "AT+CEREG?", "+CEREG:")) == -2 ||
        !query(c, r, "AT+CSQ", &answer))
        return;
    int64_t signal = number(&answer, "+CSQ:", 0, 99);
    if (has_network(cs) || is_registered(lte)) {
        check_say(r, CHECK_OK, "registered%s", cs == 5 || lte == 5 ? ", roaming" : "");
        if (signal < WEAK_CSQ) {
            check_say(r, CHECK_WARN, "registered, but the signal is weak: %d dBm",
                      (int)(-113 + 2 * signal));
            check_mend(r, "move the antenna to a window, off the case and its cables");
        }
        return;
    }
    check_fail(r, CLI_MODEM);
    if (cs == 3 || lte == 3) {
        check_say(r, CHECK_FAIL, "the network refuses this SIM");
        check_mend(r, "ask the operator whether the SIM is active and paid");
    } else if (cs == 11 || lte == 11 || cs == 8 || lte == 8) {
        check_say(r, CHECK_FAIL, "emergency calls only: the network refuses this SIM");
        check_mend(r, "ask the operator whether the SIM is active and paid");
    } else if (signal == 99 || signal < WEAK_CSQ) {
        check_say(r, CHECK_FAIL, "no network, and no signal");
        check_mend(r, "screw the antenna on, and move it to a window");
    } else {
        check_say(r, CHECK_FAIL, "no network, though there is a signal");
        check_mend(r, "%stextback modem at --force AT+COPS=0%s", check_sudo(),
                   line_argument(c, line));
    }
}

void check_voice(struct check_context *c, struct check_result *r)
{
    char line[48];
    int64_t cs = registration(c, r, "AT+CREG?", "+CREG:"), lte = -1;
    if (cs == -2 || (lte = registration(c, r, "AT+CEREG?", "+CEREG:")) == -2)
        return;
    if (is_registered(cs)) {
        check_say(r, CHECK_OK, "calls can ring");
    } else if (registration(c, r, "AT+CIREG?", "+CIREG:") == 1) {
        check_say(r, CHECK_OK, "calls can ring, over LTE");
    } else if (is_registered(lte) || has_network(cs)) {
        check_say(r, CHECK_WARN,
                  "only data and texts: without voice over LTE no call will ever ring");
        check_mend(r,
                   "%stextback modem at --force AT+CEMODE=1%s; else ask the operator for voice "
                   "over LTE",
                   check_sudo(), line_argument(c, line));
    } else {
        check_say(r, CHECK_SKIP, "no network");
    }
}

/* Looks whether calls go elsewhere before they ring here. */
void check_diverts(struct check_context *c, struct check_result *r)
{
    static const struct {
        const char *query, *cancel, *when;
        bool all;
    } rows[] = {
        {"AT+CCFC=0,2", "AT+CCFC=0,0", "all calls are", true},
        {"AT+CCFC=3,2", "AT+CCFC=3,0", "calls while there is no network are", false},
        {"AT+CCFC=2,2", "AT+CCFC=2,0", "calls that nobody answers are", false},
        {"AT+CCFC=1,2", "AT+CCFC=1,0", "calls while it is busy are", false},
    };
    struct radio_answer answer;
    char line[48], to[64];
    bool told = false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!query_ready(c, r, rows[i].query, &answer))
            return;
        told = told || strcmp(answer.result, "OK") == 0;
        if (number(&answer, "+CCFC:", 0, 0) != 1 || !(number(&answer, "+CCFC:", 1, 1) & 1))
            continue;
        struct at_args a;
        char rest[256] = "";
        (void)radio_line(&answer, "+CCFC:", rest, sizeof(rest));
        at_args_parse(rest, &a);
        if (!at_args_copy(&a, 2, to, sizeof(to)) || !to[0])
            snprintf(to, sizeof(to), "another number");
        check_say(r, rows[i].all ? CHECK_FAIL : CHECK_WARN, "%s diverted to %s%s", rows[i].when, to,
                  rows[i].all ? ": none rings here" : "");
        if (rows[i].all)
            check_fail(r, CLI_MODEM);
        check_mend(r, "%stextback modem at --force %s%s", check_sudo(), rows[i].cancel,
                   line_argument(c, line));
        return;
    }
    if (told)
        check_say(r, CHECK_OK, "none");
    else
        check_say(r, CHECK_SKIP, "the network does not tell");
}

void check_caller_id(struct check_context *c, struct check_result *r)
{
    struct radio_answer answer;
    char line[48];
    if (!query_ready(c, r, "AT+CLIP?", &answer))
        return;
    int64_t on = number(&answer, "+CLIP:", 0, -1), provided = number(&answer, "+CLIP:", 1, 2);
    if (on < 0 || (on == 0 && provided == 2 && !c->daemon)) {
        check_say(r, CHECK_SKIP, "the modem does not tell");
    } else if (provided == 0) {
        check_say(r, CHECK_FAIL, "the operator does not show who calls: nobody can be texted");
        check_fail(r, CLI_MODEM);
        check_mend(r, "ask the operator for caller id (CLIP) on this SIM");
    } else if (on == 0 && c->daemon) {
        check_say(r, CHECK_WARN, "the modem has forgotten to tell who calls");
        check_mend(r, "%stextback modem at --force AT+CLIP=1%s", check_sudo(),
                   line_argument(c, line));
    } else {
        check_say(r, CHECK_OK, "%s", provided == 1 ? "provided" : "switched on");
    }
}

void check_storage(struct check_context *c, struct check_result *r)
{
    static const char fetching[] = "textback events --follow shows whether texts are fetched; if "
                                   "none: sudo systemctl restart textback";
    struct radio_answer answer;
    if (!query_ready(c, r, "AT+CPMS?", &answer))
        return;
    int64_t used = number(&answer, "+CPMS:", 1, -1), room = number(&answer, "+CPMS:", 2, 0);
    if (used < 0 || room == 0) {
        check_say(r, CHECK_SKIP, "the modem does not tell");
    } else if (used * 10 >= room * 9) {
        check_say(r, CHECK_WARN, "%" PRId64 " of %" PRId64 " places for texts are taken%s", used,
                  room, used >= room ? ": no text comes in" : "");
        check_mend(r, "%s", c->daemon ? fetching : cli_start_command());
    } else {
        check_say(r, CHECK_OK, "%" PRId64 " of %" PRId64 " places for texts are taken", used, room);
    }
}
