/* tests/modemsim/sim_at.c - the commands of the simulated modem (3GPP TS 27.005, 27.007; V.250). */
#include "base/octets.h"
#include "base/text.h"
#include "modemsim/sim.h"
#include "modemsim/sim_parts.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a command ends with: a CMS code as it is, or one of these. */
#define RESULT_OK 0
#define RESULT_ERROR (-1)
#define RESULT_NONE (-2) /* the result comes later */
#define RESULT_CME 1000  /* plus the CME code */

/* `args` is what follows the name: "", "?", "=?" or "=" and values. */
typedef int command_fn(struct sim *s, struct now now, const char *args);

/* Reads up to `max` numbers from "=1,2,3"; empty and quoted fields are left as they are.
 * Returns how many fields there are, -1 where one is no number of 0..255. */
static int arg_numbers(const char *args, int max, int64_t *values)
{
    int count = 0;
    if (*args != '=')
        return -1;
    while (*args && count < max) {
        const char *field = args + 1;
        size_t len = strcspn(field, ",");
        if (len > 0 && field[0] != '"' && text_to_i64(field, len, 0, 255, &values[count]) != 0)
            return -1;
        count++;
        args = field + len;
    }
    return count;
}

static bool is_test(const char *args)
{
    return strcmp(args, "=?") == 0;
}

static bool is_query(const char *args)
{
    return strcmp(args, "?") == 0;
}

/* Sets a flag from "=0" or "=1". */
static int set_flag(bool *flag, const char *args)
{
    int64_t value = 0;
    if (is_test(args))
        return RESULT_OK;
    if (arg_numbers(args, 1, &value) != 1 || value > 1)
        return RESULT_ERROR;
    *flag = value == 1;
    return RESULT_OK;
}

static int run_cmee(struct sim *s, struct now now, const char *args)
{
    (void)now;
    return set_flag(&s->set.cmee, args);
}

static int run_clip(struct sim *s, struct now now, const char *args)
{
    (void)now;
    if (is_query(args)) {
        sim_line(s, "+CLIP: %d,1", s->set.clip);
        return RESULT_OK;
    }
    return set_flag(&s->set.clip, args);
}

static int run_crc(struct sim *s, struct now now, const char *args)
{
    (void)now;
    return set_flag(&s->set.crc, args);
}

static int run_ccwa(struct sim *s, struct now now, const char *args)
{
    (void)now;
    return set_flag(&s->set.ccwa, args);
}

static int card_error(const struct sim *s)
{
    switch (s->card) {
    case SIM_CARD_READY:
        return RESULT_OK;
    case SIM_CARD_PIN:
        return RESULT_CME + CME_SIM_PIN;
    case SIM_CARD_MISSING:
        return RESULT_CME + CME_SIM_MISSING;
    }
    return RESULT_ERROR;
}

static int enter_pin(struct sim *s, const char *quoted)
{
    size_t len = strlen(s->pin);
    if (s->card != SIM_CARD_PIN)
        return RESULT_ERROR;
    if (strncmp(quoted, s->pin, len) == 0 && strcmp(quoted + len, "\"") == 0) {
        s->card = SIM_CARD_READY;
        return RESULT_OK;
    }
    s->wrong_pins++;
    return RESULT_CME + CME_WRONG_PIN;
}

static int run_cpin(struct sim *s, struct now now, const char *args)
{
    (void)now;
    if (strncmp(args, "=\"", 2) == 0)
        return enter_pin(s, args + 2);
    if (!is_query(args))
        return RESULT_ERROR;
    if (s->card == SIM_CARD_MISSING)
        return card_error(s);
    sim_line(s, "+CPIN: %s", s->card == SIM_CARD_PIN ? "SIM PIN" : "READY");
    return RESULT_OK;
}

static int run_cfun(struct sim *s, struct now now, const char *args)
{
    if (is_query(args))
        sim_line(s, "+CFUN: 1");
    else if (strcmp(args, "=1,1") == 0)
        sim_reboot(s, now);
    else if (strcmp(args, "=0") != 0 && strcmp(args, "=1") != 0)
        return RESULT_ERROR;
    return s->boots.ms == MONO_NEVER.ms ? RESULT_OK : RESULT_NONE;
}

static int run_cmgf(struct sim *s, struct now now, const char *args)
{
    bool text = false;
    (void)now;
    (void)s;
    int result = set_flag(&text, args);
    return text ? RESULT_ERROR : result; /* PDU mode only */
}

static int run_csms(struct sim *s, struct now now, const char *args)
{
    (void)now;
    if (is_test(args))
        sim_line(s, "+CSMS: (0,1)");
    else
        sim_line(s, "+CSMS: %s1,1,1", is_query(args) ? "1," : "");
    return RESULT_OK;
}

static size_t slots_used(const struct sim *s)
{
    size_t used = 0;
    for (size_t i = 0; i < SIM_SLOTS_MAX; i++)
        used += s->slots[i].used;
    return used;
}

static int run_cpms(struct sim *s, struct now now, const char *args)
{
    size_t used = slots_used(s), all = SIM_SLOTS_MAX;
    (void)now;
    if (card_error(s) != RESULT_OK)
        return card_error(s);
    if (is_test(args)) {
        sim_line(s, "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")");
    } else if (is_query(args)) {
        sim_line(s, "+CPMS: \"SM\",%zu,%zu,\"SM\",%zu,%zu,\"SM\",%zu,%zu", used, all, used, all,
                 used, all);
    } else {
        for (const char *field = args; *field; field += strcspn(field + 1, ",") + 1)
            if (strncmp(field + 1, "\"SM\"", 4) != 0)
                return RESULT_ERROR;
        sim_line(s, "+CPMS: %zu,%zu,%zu,%zu,%zu,%zu", used, all, used, all, used, all);
    }
    return RESULT_OK;
}

static int run_cnmi(struct sim *s, struct now now, const char *args)
{
    int64_t v[5] = {2, 0, 0, 0, 0}; /* mode, mt, bm, ds, bfr */
    (void)now;
    if (is_test(args)) {
        sim_line(s, "+CNMI: (0-2),(0,1),(0),(0-2),(0,1)");
        return RESULT_OK;
    }
    if (is_query(args)) {
        sim_line(s, "+CNMI: 2,%u,0,%u,0", s->set.cnmi_mt, s->set.cnmi_ds);
        return RESULT_OK;
    }
    if (arg_numbers(args, 5, v) < 1 || v[0] > 2 || v[1] > 1 || v[2] > 0 || v[3] > 2 || v[4] > 1)
        return RESULT_ERROR;
    s->set.cnmi_mt = (uint8_t)v[1];
    s->set.cnmi_ds = (uint8_t)v[3];
    s->report_unacked = false; /* a host that is set up anew has not seen it */
    return RESULT_OK;
}

static int registration(struct sim *s, const char *args, const char *name, uint8_t *n)
{
    int64_t value = 0;
    if (is_query(args)) {
        sim_line(s, "%s: %u,%d", name, *n, s->registered ? 1 : 2);
    } else if (!is_test(args)) {
        if (arg_numbers(args, 1, &value) != 1 || value > 2)
            return RESULT_ERROR;
        *n = (uint8_t)value;
    }
    return RESULT_OK;
}

static int run_creg(struct sim *s, struct now now, const char *args)
{
    (void)now;
    return registration(s, args, "+CREG", &s->set.creg);
}

static int run_cereg(struct sim *s, struct now now, const char *args)
{
    (void)now;
    return registration(s, args, "+CEREG", &s->set.cereg);
}

static void list_call(struct sim *s, int index, int state, const char *number)
{
    sim_line(s, "+CLCC: %d,1,%d,0,0,\"%s\",%d", index, state, number,
             number[0] == '+' ? 145
             : number[0]      ? 129
                              : 128);
}

static int run_clcc(struct sim *s, struct now now, const char *args)
{
    (void)now;
    if (args[0] != '\0')
        return is_test(args) ? RESULT_OK : RESULT_ERROR;
    if (s->call != SIM_CALL_NONE)
        list_call(s, 1, s->call == SIM_CALL_RINGING ? 4 : 0, s->caller.number);
    if (s->waits)
        list_call(s, 2, 5, s->wait_caller.number);
    return RESULT_OK;
}

static int run_chup(struct sim *s, struct now now, const char *args)
{
    (void)args;
    if (s->call != SIM_CALL_NONE)
        sim_call_end(s, now, "declined", true);
    return RESULT_OK;
}

/* Octets of the TPDU, as +CMGR and +CMGL tell them: without the SMSC field. */
static size_t tpdu_octets(const char *pdu)
{
    uint8_t smsc = 0;
    size_t octets = strlen(pdu) / 2;
    if (octets == 0 || octets_from_hex(pdu, 2, &smsc, 1, NULL) != 1 || octets < 1U + smsc)
        return octets;
    return octets - 1 - smsc;
}

static int run_cmgl(struct sim *s, struct now now, const char *args)
{
    int64_t which = 0;
    (void)now;
    if (is_test(args))
        return RESULT_OK;
    if (arg_numbers(args, 1, &which) != 1 || which > 4)
        return RESULT_ERROR;
    if (card_error(s) != RESULT_OK)
        return card_error(s);
    for (size_t i = 0; i < SIM_SLOTS_MAX; i++) {
        struct sim_slot *slot = &s->slots[i];
        if (!slot->used || (which != 4 && which != slot->read))
            continue;
        sim_putf(s, "\r\n+CMGL: %zu,%d,,%zu\r\n%s\r\n", i + 1, slot->read, tpdu_octets(slot->pdu),
                 slot->pdu);
        slot->read = true;
    }
    if (!s->set.listed)
        sim_say(s, "ready");
    s->set.listed = true;
    return RESULT_OK;
}

static int run_cmgr(struct sim *s, struct now now, const char *args)
{
    int64_t index = 0;
    (void)now;
    if (arg_numbers(args, 1, &index) != 1 || index < 1 || index > SIM_SLOTS_MAX)
        return CMS_INVALID_INDEX;
    struct sim_slot *slot = &s->slots[index - 1];
    if (!slot->used)
        return CMS_INVALID_INDEX;
    sim_putf(s, "\r\n+CMGR: %d,,%zu\r\n%s\r\n", slot->read, tpdu_octets(slot->pdu), slot->pdu);
    slot->read = true;
    return RESULT_OK;
}

static int run_cmgd(struct sim *s, struct now now, const char *args)
{
    int64_t v[2] = {0, 0}; /* index, and 4 for all */
    (void)now;
    if (is_test(args))
        return RESULT_OK;
    if (arg_numbers(args, 2, v) < 1 || v[0] > SIM_SLOTS_MAX || (v[1] != 0 && v[1] != 4))
        return CMS_INVALID_INDEX;
    if (v[1] == 4)
        memset(s->slots, 0, sizeof(s->slots));
    else if (v[0] < 1)
        return CMS_INVALID_INDEX;
    else
        s->slots[v[0] - 1] = (struct sim_slot){0};
    sim_say(s, "deleted %d", (int)v[0]);
    return RESULT_OK;
}

static int run_cmgs(struct sim *s, struct now now, const char *args)
{
    int64_t octets = 0;
    if (is_test(args))
        return RESULT_OK;
    if (arg_numbers(args, 1, &octets) != 1 || octets < 8)
        return CMS_INVALID_PDU;
    if (s->ended)
        sim_say(s, "sending after %d ms", (int)(s->line_began.ms - s->ended_at.ms));
    s->ended = false;
    (void)now;
    if (card_error(s) != RESULT_OK)
        return card_error(s);
    if (!s->registered)
        return CMS_NO_NETWORK;
    if (s->fault == SIM_FAULT_PROMPT && s->fault_count > 0) {
        s->fault_count--;
        sim_say(s, "refused the prompt cms=%d", (int)s->fault_code);
        return s->fault_code;
    }
    s->prompted = true;
    s->pdu_octets = (size_t)octets;
    sim_putf(s, "\r\n> ");
    return RESULT_NONE;
}

static int run_cnma(struct sim *s, struct now now, const char *args)
{
    (void)args;
    return sim_sms_acknowledge(s, now) ? RESULT_OK : CMS_NO_CNMA;
}

/* Commands that do something. */
static const struct command {
    const char *name;
    command_fn *run;
} commands[] = {
    {"+CCWA", run_ccwa}, {"+CEREG", run_cereg}, {"+CFUN", run_cfun}, {"+CHUP", run_chup},
    {"+CLCC", run_clcc}, {"+CLIP", run_clip},   {"+CMEE", run_cmee}, {"+CMGD", run_cmgd},
    {"+CMGF", run_cmgf}, {"+CMGL", run_cmgl},   {"+CMGR", run_cmgr}, {"+CMGS", run_cmgs},
    {"+CNMA", run_cnma}, {"+CNMI", run_cnmi},   {"+CPIN", run_cpin}, {"+CPMS", run_cpms},
    {"+CRC", run_crc},   {"+CREG", run_creg},   {"+CSMS", run_csms},
};

/* Commands that always answer the same. */
static const struct answer {
    const char *name, *args;
    const char *line; /* NULL: OK alone */
} answers[] = {
    {"+CCID", "", "+CCID: 89441000301234567890"},
    {"+CGMI", "", "textback"},
    {"+CGMM", "", "modemsim"},
    {"+CGMR", "", "1"},
    {"+CGSN", "", "861200000000017"},
    {"+COPS", "?", "+COPS: 0,0,\"Simulated\",7"},
    {"+CSCA", "?", "+CSCA: \"+447700900000\",145"},
    {"+CSCS", "=?", "+CSCS: (\"GSM\",\"IRA\",\"UCS2\")"},
    {"+CSCS", "?", "+CSCS: \"GSM\""},
    {"+CSCS", "=\"GSM\"", NULL},
    {"+CSCS", "=\"IRA\"", NULL},
    {"+CSQ", "", "+CSQ: 21,99"},
};

int sim_reply(struct sim *s, const char *command, const char *text)
{
    size_t i = 0;
    while (i < s->reply_count && strcmp(s->replies[i].command, command) != 0)
        i++;
    if (i == SIM_REPLIES_MAX)
        return -ENOSPC;
    struct sim_reply reply;
    if (text_copy(reply.command, sizeof(reply.command), command) ||
        text_copy(reply.text, sizeof(reply.text), text))
        return -EMSGSIZE;
    s->replies[i] = reply;
    s->reply_count += i == s->reply_count;
    return 0;
}

/* Finds how a command is answered otherwise; NULL where it is not. */
static const char *find_reply(const struct sim *s, const char *name, const char *args)
{
    for (size_t i = 0; i < s->reply_count; i++) {
        const char *command = s->replies[i].command;
        size_t len = strlen(name);
        if (strncmp(command, name, len) == 0 && strcmp(command + len, args) == 0)
            return s->replies[i].text;
    }
    return NULL;
}

static int run_extended(struct sim *s, struct now now, const char *name, const char *args)
{
    const char *reply = find_reply(s, name, args);
    if (reply) {
        if (strcmp(reply, "ERROR") == 0)
            return RESULT_ERROR;
        if (strcmp(reply, "silent") == 0)
            return RESULT_NONE;
        if (reply[0])
            sim_line(s, "%s", reply);
        return RESULT_OK;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(s, now, args);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const struct answer *a = &answers[i];
        if (strcmp(a->name, name) != 0 || strcmp(a->args, args) != 0)
            continue;
        if (a->line)
            sim_line(s, "%s", a->line);
        return RESULT_OK;
    }
    return RESULT_ERROR;
}

/* Runs a basic command, such as "E0"; `*at` moves behind it. */
static int run_basic(struct sim *s, struct now now, char **at)
{
    char letter = **at;
    if (letter == 'S') { /* S registers hold nothing that matters here */
        *at += strcspn(*at, ";+");
        return RESULT_OK;
    }
    if (letter == '&')
        letter = *++*at;
    bool on = (*at)[0] && (*at)[1] == '1';
    *at += letter ? 1 : 0;
    *at += strspn(*at, "0123456789");
    switch (letter) {
    case 'E':
        s->set.echo = on;
        return RESULT_OK;
    case 'Q':
        s->set.quiet = on;
        return RESULT_OK;
    case 'V':
        return on ? RESULT_OK : RESULT_ERROR; /* words only */
    case 'A':
        return sim_answer(s, now) == 0 ? RESULT_OK : RESULT_ERROR;
    case 'H':
        return run_chup(s, now, "");
    case 'C':
    case 'D':
    case 'F':
    case 'W':
    case 'Z':
        return RESULT_OK;
    default:
        return RESULT_ERROR;
    }
}

static void result(struct sim *s, int code)
{
    if (s->set.quiet || code == RESULT_NONE)
        return;
    if (code == RESULT_OK)
        sim_line(s, "OK");
    else if (code >= RESULT_CME && s->set.cmee)
        sim_line(s, "+CME ERROR: %d", code - RESULT_CME);
    else if (code > RESULT_OK && code < RESULT_CME)
        sim_line(s, "+CMS ERROR: %d", code);
    else
        sim_line(s, "ERROR");
}

/* Takes blanks out and makes letters upper case, but for what is quoted. */
static void normalise(char *line)
{
    bool quoted = false;
    char *to = line;
    for (const char *from = line; *from; from++) {
        quoted = quoted != (*from == '"');
        if (*from == ' ' && !quoted)
            continue;
        *to++ = *from >= 'a' && *from <= 'z' && !quoted ? (char)(*from - 'a' + 'A') : *from;
    }
    *to = '\0';
}

void sim_at_line(struct sim *s, struct now now, char *line)
{
    int code = RESULT_OK;
    normalise(line);
    char *at = strstr(line, "AT"); /* what is before it is noise of the line */
    if (!at)
        return;
    at += 2;
    while (*at && code == RESULT_OK) {
        char name[16];
        if (*at == ';') {
            at++;
            continue;
        }
        if (*at != '+') {
            code = run_basic(s, now, &at);
            continue;
        }
        size_t len = strcspn(at + 1, "+=?;") + 1;
        char *end = at + strcspn(at, ";");
        bool more = *end == ';';
        *end = '\0';
        if (len >= sizeof(name)) {
            code = RESULT_ERROR;
            break;
        }
        memcpy(name, at, len);
        name[len] = '\0';
        code = run_extended(s, now, name, at + len);
        at = more ? end + 1 : end;
    }
    result(s, code);
}
