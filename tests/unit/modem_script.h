/* tests/unit/modem_script.h - a modem of rules, what happens over time, and the events and commands
 * that come of it. A command without a rule is answered OK. */
#pragma once
#include "modem/modem_state.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

#define RULES_MAX 8
#define DAY INT64_C(86400000)
#define ACTS_MAX 8
#define PDU "0791447700090000040C9144770009"
#define MARK 15000 /* the set-up is over: what is done and logged comes later */

struct rule {
    const char *command; /* with "*" at the end: what begins so */
    const char *reply;   /* NULL: silence */
    int times;           /* 0: always */
};

/* At `ms`: "SEND", also "SEND BAD" (what is no PDU), "SEND LATE" (somebody rings before it is
 * handed over) and "SEND NEVER" (the modem is lost before that), "ACK" (the last receipt), "PROVED"
 * (a report: the text has left) and "PROVED OTHER" (another one has), "ASK" and a person's command,
 * "INFO", "LOST", "LIST", "PIN" or "NO PIN" (may be tried or not), else a line of the modem. A wish
 * for another port is met at once. */
struct act {
    int64_t ms;
    const char *what;
};

struct row {
    const char *name;
    struct rule rule[RULES_MAX];
    struct act act[ACTS_MAX];
    int64_t from_ms, end_ms; /* what is logged */
    const char *events;
    const char *commands; /* NULL: not looked at */
};

struct rig {
    const struct row *row;
    struct modem modem;
    struct mono now;
    int used[RULES_MAX];
    char unit[1024], events[8192], commands[8192];
    size_t unit_len;
    char reply[2048];
    struct modem_receipt receipt;
    const char *send; /* how */
    bool reopen;      /* was asked for */
    bool asked;       /* by a person */
};

static const struct modem_config usual = {.hang_up_after_ms = 2000,
                                          .heartbeat_ms = 30000,
                                          .pin = "1234",
                                          .delivery_reports = true,
                                          .init_count = 2,
                                          .init = {"AT+EXTRA=1", "AT\rATD999"}};

static bool logged(const struct rig *r)
{
    return r->now.ms >= r->row->from_ms;
}

__attribute__((format(printf, 2, 3))) static void add(struct rig *r, const char *format, ...)
{
    size_t len = strlen(r->events);
    va_list ap;

    va_start(ap, format);
    if (logged(r))
        vsnprintf(r->events + len, sizeof(r->events) - len, format, ap);
    va_end(ap);
}

static void hand_over(struct rig *r)
{
    int err;

    if (strcmp(r->send, "SEND LATE") == 0)
        modem_feed(&r->modem, r->now, (const uint8_t *)"\r\nRING\r\n", 8);
    if (strcmp(r->send, "SEND NEVER") == 0) {
        modem_lost(&r->modem, r->now, "gone");
        modem_send_pass(&r->modem, r->now);
        return;
    }
    err = modem_send(&r->modem, r->now, 1, strcmp(r->send, "SEND BAD") == 0 ? "0G" : PDU, 15);
    if (err)
        add(r, err == -EBUSY ? "stale " : "bad ");
}

static void take_event(struct rig *r, const struct modem_event *e)
{
    static const char *const fates[] = {"ok", "failed", "unknown"};
    static const char *const kinds[] = {"", "error", "cme", "cms", "timeout", "lost"};
    static const char *const outcomes[] = {"missed", "answered", "elsewhere", "rejected"};

    switch (e->type) {
    case MODEM_EVENT_STATE:
        add(r, "S%s:%s%s%s%s ", e->step[0] ? "+" : "", modem_state_name(e->state),
            e->cause[0] ? "(" : "", e->cause, e->cause[0] ? ")" : "");
        break;
    case MODEM_EVENT_CALL_RINGING:
        add(r, "R%s ", e->number);
        break;
    case MODEM_EVENT_CALL_ANSWERED:
        add(r, "A%s ", e->number);
        break;
    case MODEM_EVENT_CALL_ENDED:
        add(r, "E %s%s%s ", outcomes[e->outcome], e->certain ? "" : "?", e->number);
        break;
    case MODEM_EVENT_PDU:
        r->receipt = e->receipt;
        if (e->receipt.direct)
            add(r, "P direct ");
        else
            add(r, "P %s:%d ", e->receipt.memory, e->receipt.index);
        break;
    case MODEM_EVENT_SEND_NOW:
        hand_over(r);
        break;
    case MODEM_EVENT_SEND_DONE:
        if (e->send == MODEM_SEND_OK)
            add(r, "T ok %d ", e->mr);
        else
            add(r, "T %s %s ", fates[e->send], kinds[e->error.kind]);
        break;
    case MODEM_EVENT_PIN_WANTED:
        add(r, "PIN? ");
        break;
    case MODEM_EVENT_PIN_RIGHT:
        add(r, "PIN right ");
        break;
    case MODEM_EVENT_CARD:
        add(r, "card %s ", e->iccid);
        break;
    case MODEM_EVENT_REOPEN:
        add(r, "O ");
        r->reopen = true;
        break;
    case MODEM_EVENT_REAUTHORISE:
        add(r, "U ");
        r->reopen = true;
        break;
    }
}

static bool matches(const char *pattern, const char *command)
{
    size_t len = strlen(pattern);

    if (len > 0 && pattern[len - 1] == '*')
        return strncmp(pattern, command, len - 1) == 0;
    return strcmp(pattern, command) == 0;
}

static void take_command(struct rig *r)
{
    const char *reply = strcmp(r->unit, "ESC") == 0        ? NULL
                        : strcmp(r->unit, "AT+CREG?") == 0 ? "+CREG: 2,1\r\n\r\nOK"
                                                           : "OK";
    size_t len = strlen(r->commands);

    if (logged(r))
        snprintf(r->commands + len, sizeof(r->commands) - len, "%s|", r->unit);
    for (size_t i = 0; i < RULES_MAX && r->row->rule[i].command; i++) {
        const struct rule *rule = &r->row->rule[i];
        if (!matches(rule->command, r->unit) || (rule->times > 0 && r->used[i] >= rule->times))
            continue;
        r->used[i]++;
        reply = rule->reply;
        break;
    }
    len = strlen(r->reply);
    if (reply)
        snprintf(r->reply + len, sizeof(r->reply) - len, "\r\n%s%s", reply,
                 strcmp(reply, "> ") == 0 ? "" : "\r\n");
    r->unit_len = 0;
}

static void take_output(struct rig *r)
{
    size_t len;
    const uint8_t *bytes;

    while (bytes = modem_output(&r->modem, &len), len > 0) {
        uint8_t c = bytes[0];
        modem_written(&r->modem, 1);
        if (c == 0x1b)
            r->unit_len = (size_t)snprintf(r->unit, sizeof(r->unit), "ESC");
        else if (c != '\r')
            r->unit[r->unit_len++] = c == 0x1a ? 'Z' : (char)c;
        r->unit[r->unit_len] = '\0';
        if ((c == '\r' || c == 0x1a) && r->unit_len > 0)
            take_command(r);
    }
}

static void settle(struct rig *r)
{
    struct modem_event e;
    bool again;

    do {
        char reply[sizeof(r->reply)];
        memcpy(reply, r->reply, sizeof(reply));
        r->reply[0] = '\0';
        modem_feed(&r->modem, r->now, (const uint8_t *)reply, strlen(reply));
        while (modem_next(&r->modem, r->now, &e))
            take_event(r, &e);
        if (r->reopen) {
            modem_lost(&r->modem, r->now, "gone");
            modem_opened(&r->modem, r->now);
        }
        again = r->reopen;
        r->reopen = false;
        take_output(r);
    } while (r->reply[0] || again);
    if (r->asked && modem_answer(&r->modem)) {
        add(r, "\"%s\" ", modem_answer(&r->modem));
        r->asked = false;
    }
}

static void show_info(struct rig *r)
{
    struct modem_info info;

    modem_info(&r->modem, &info);
    add(r, "%s %d %s ", info.roaming ? "abroad" : "home", info.signal_dbm, info.operator_name);
}

static void act(struct rig *r, const char *what)
{
    if (strncmp(what, "SEND", 4) == 0) {
        r->send = what;
        if (modem_send_ask(&r->modem, r->now) == -EBUSY)
            add(r, "busy ");
    } else if (strcmp(what, "ACK") == 0) {
        modem_ack(&r->modem, r->now, &r->receipt);
    } else if (strcmp(what, "PROVED") == 0 || strcmp(what, "PROVED OTHER") == 0) {
        modem_send_proved(&r->modem, r->now, what[6] ? 9 : 1, 7);
    } else if (strncmp(what, "ASK ", 4) == 0) {
        if (modem_ask(&r->modem, r->now, what + 4) == 0)
            r->asked = true;
        else
            add(r, "not asked ");
    } else if (strcmp(what, "INFO") == 0) {
        show_info(r);
    } else if (strcmp(what, "LOST") == 0) {
        modem_lost(&r->modem, r->now, "gone");
    } else if (strcmp(what, "PIN") == 0 || strcmp(what, "NO PIN") == 0) {
        modem_pin(&r->modem, r->now, what[0] == 'P');
    } else if (strcmp(what, "LIST") == 0) {
        modem_list(&r->modem, r->now);
        modem_expire(&r->modem, r->now);
    } else {
        size_t len = strlen(r->reply);
        snprintf(r->reply + len, sizeof(r->reply) - len, "\r\n%s\r\n", what);
    }
    settle(r);
}

static bool run(const struct row *row, const struct modem_config *config)
{
    static struct rig r;
    size_t next = 0;

    r = (struct rig){.row = row};
    modem_init(&r.modem, config);
    modem_opened(&r.modem, r.now);
    settle(&r);
    while (r.now.ms < row->end_ms) {
        struct mono due = modem_deadline(&r.modem);
        if (due.ms <= r.now.ms) {
            tap_diag("stuck at %lld ms", (long long)r.now.ms);
            return false;
        }
        if (next < ACTS_MAX && row->act[next].what && row->act[next].ms <= due.ms) {
            r.now.ms = row->act[next].ms;
            act(&r, row->act[next++].what);
            continue;
        }
        r.now = mono_min(due, (struct mono){row->end_ms});
        modem_expire(&r.modem, r.now);
        settle(&r);
    }
    bool ok = strcmp(r.events, row->events) == 0 &&
              (!row->commands || strcmp(r.commands, row->commands) == 0);
    if (!ok)
        tap_diag("got  %s\n# sent %s", r.events, r.commands);
    return ok;
}

static void play_rows(const struct row *rows, size_t count, const struct modem_config *config)
{
    for (size_t i = 0; i < count; i++)
        tap_ok(run(&rows[i], config), "%s", rows[i].name);
}

static int run_rows(const struct row *rows, size_t count)
{
    play_rows(rows, count, &usual);
    return tap_done();
}
