/* tests/modemsim/sim.c - time, bytes and calls of the simulated modem. */
#include "modemsim/sim.h"
#include "modemsim/sim_parts.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SIM_BOOT_MS 500
#define CTRL_Z 0x1A
#define ESC 0x1B

static const struct sim_settings defaults = {.echo = true};

void sim_init(struct sim *s)
{
    memset(s, 0, sizeof(*s));
    s->ring_ms = 5000;
    s->send_ms = 300;
    s->report_ms = 1000;
    s->registered = true;
    s->plugged = true;
    s->set = defaults;
    s->boots = s->send_due = s->ring_due = s->wait_due = MONO_NEVER;
}

void sim_put(struct sim *s, const char *bytes, size_t len)
{
    if (len > SIM_OUT_MAX - s->out_len) {
        sim_say(s, "lost %zu octets: the host does not read", len);
        return;
    }
    memcpy(s->out + s->out_len, bytes, len);
    s->out_len += len;
}

__attribute__((format(printf, 3, 0))) static void
put_formatted(struct sim *s, const char *before, const char *format, va_list ap, const char *after)
{
    char text[SIM_LINE_MAX];
    int len = vsnprintf(text, sizeof(text), format, ap);
    assert(len >= 0 && (size_t)len < sizeof(text));
    sim_put(s, before, strlen(before));
    sim_put(s, text, (size_t)len);
    sim_put(s, after, strlen(after));
}

void sim_putf(struct sim *s, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put_formatted(s, "", format, ap, "");
    va_end(ap);
}

void sim_line(struct sim *s, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put_formatted(s, "\r\n", format, ap, "\r\n");
    va_end(ap);
}

static bool deaf(const struct sim *s)
{
    return !s->plugged || s->muted || s->hang != SIM_HANG_NONE || s->boots.ms != MONO_NEVER.ms;
}

void sim_urc(struct sim *s, const char *format, ...)
{
    va_list ap;
    if (deaf(s))
        return;
    va_start(ap, format);
    put_formatted(s, "\r\n", format, ap, "\r\n");
    va_end(ap);
}

void sim_say(struct sim *s, const char *format, ...)
{
    char *at = s->said + s->said_len;
    size_t room = SIM_SAID_MAX - s->said_len;
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(at, room, format, ap);
    va_end(ap);
    assert(len >= 0 && len < SIM_SAY_MAX);
    if ((size_t)len + 1 >= room) /* nobody reads: drop it */
        return;
    for (int i = 0; i < len; i++) /* a caller id may hold anything; a report is one line */
        if ((unsigned char)at[i] < ' ' || at[i] == 0x7F)
            at[i] = '.';
    at[len] = '\n';
    s->said_len += (size_t)len + 1;
}

bool sim_report(struct sim *s, char ret_line[SIM_SAY_MAX])
{
    const char *end = memchr(s->said, '\n', s->said_len);
    if (!end)
        return false;
    size_t len = (size_t)(end - s->said);
    memcpy(ret_line, s->said, len);
    ret_line[len] = '\0';
    s->said_len -= len + 1;
    memmove(s->said, end + 1, s->said_len);
    return true;
}

const uint8_t *sim_output(const struct sim *s, size_t *ret_len)
{
    *ret_len = s->out_len;
    return s->out;
}

void sim_written(struct sim *s, size_t len)
{
    assert(len <= s->out_len);
    s->out_len -= len;
    memmove(s->out, s->out + len, s->out_len);
}

static void forget_input(struct sim *s)
{
    s->line_len = 0;
    s->line_long = false;
    s->prompted = false;
    s->send_due = MONO_NEVER;
    s->out_len = 0;
}

void sim_opened(struct sim *s)
{
    s->open = true;
    s->out_len = 0;
    if (s->hang == SIM_HANG_PORT)
        s->hang = SIM_HANG_NONE;
    sim_say(s, "open");
}

void sim_closed(struct sim *s)
{
    s->open = false;
    s->out_len = 0;
    s->set.listed = false;
    sim_say(s, "closed");
}

bool sim_ready(const struct sim *s)
{
    return s->open && s->set.listed && !deaf(s);
}

bool sim_idle(const struct sim *s)
{
    bool idle = s->call == SIM_CALL_NONE && s->queue_len == 0 && s->report_len == 0 &&
                !s->prompted && s->send_due.ms == MONO_NEVER.ms;
    for (size_t i = 0; i < SIM_SLOTS_MAX; i++)
        idle = idle && !s->slots[i].used;
    return idle;
}

static void pdu_byte(struct sim *s, struct now now, char c)
{
    if (s->set.echo)
        sim_put(s, &c, 1);
    if (c == ESC) {
        s->prompted = false;
        s->line_len = 0;
        sim_line(s, "OK");
    } else if (c == CTRL_Z) {
        s->prompted = false;
        s->send_due = mono_after(now.mono, s->send_ms);
    } else if (s->line_len < SIM_LINE_MAX) {
        s->line[s->line_len++] = c;
    }
}

static void command_byte(struct sim *s, struct now now, char c)
{
    if (c == '\n' || c == ESC || c == CTRL_Z || c == '\0')
        return;
    if (s->line_len == 0)
        s->line_began = now.mono;
    if (s->set.echo)
        sim_put(s, &c, 1);
    if (c != '\r') {
        s->line_long = s->line_long || s->line_len == SIM_LINE_MAX;
        if (!s->line_long)
            s->line[s->line_len++] = c;
        return;
    }
    s->line[s->line_len] = '\0';
    if (s->line_long)
        sim_line(s, "ERROR");
    else
        sim_at_line(s, now, s->line);
    s->line_len = 0;
    s->line_long = false;
}

/* A modem that hangs hears nothing but its cure. */
static void hung_byte(struct sim *s, struct now now, char c)
{
    static const char *const cures[] = {
        [SIM_HANG_RADIO] = "AT+CFUN=0", [SIM_HANG_RESET] = "AT+CFUN=1,1"};
    const char *cure = s->hang == SIM_HANG_RADIO || s->hang == SIM_HANG_RESET ? cures[s->hang] : "";
    if (c == ESC)
        s->line_len = 0;
    else if (c != '\r' && s->line_len < SIM_LINE_MAX)
        s->line[s->line_len++] = c;
    if (c != '\r')
        return;
    s->line[s->line_len] = '\0';
    s->line_len = 0;
    if (cure[0] && strcmp(s->line, cure) == 0) {
        s->hang = SIM_HANG_NONE;
        sim_at_line(s, now, s->line);
    }
}

void sim_feed(struct sim *s, struct now now, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s->plugged && s->hang != SIM_HANG_NONE)
            hung_byte(s, now, (char)bytes[i]);
        else if (deaf(s))
            continue;
        else if (s->prompted)
            pdu_byte(s, now, (char)bytes[i]);
        else if (s->send_due.ms != MONO_NEVER.ms) /* some modems forget the text then */
            sim_say(s, "disturbed by octet 0x%02X between Ctrl-Z and the result", bytes[i]);
        else
            command_byte(s, now, (char)bytes[i]);
    }
}

static void ring(struct sim *s)
{
    const struct sim_caller *c = &s->caller;
    s->rung++;
    sim_urc(s, "%s", s->set.crc ? "+CRING: VOICE" : "RING");
    if (s->set.clip && c->number[0])
        sim_urc(s, "+CLIP: \"%s\",%d,\"\",0,\"\",0", c->number, c->number[0] == '+' ? 145 : 129);
    else if (s->set.clip)
        sim_urc(s, "+CLIP: \"\",128,\"\",0,\"\",1");
}

/* Who waits rings now. */
static void promote(struct sim *s, struct now now)
{
    s->waits = false;
    s->wait_due = MONO_NEVER;
    s->call = SIM_CALL_RINGING;
    s->caller = s->wait_caller;
    s->rung = s->wait_rung;
    s->ended = false;
    s->ring_due = mono_after(now.mono, 500);
}

/* Who waits gives up: no line tells of it. */
static void wait_end(struct sim *s, const char *how)
{
    if (s->waits)
        sim_say(s, "ended %s %s", s->wait_caller.number, how);
    s->waits = false;
    s->wait_due = MONO_NEVER;
}

static void wait_ring(struct sim *s)
{
    const char *number = s->wait_caller.number;
    if (s->wait_caller.rings > 0 && s->wait_rung >= s->wait_caller.rings) {
        wait_end(s, "waiting");
        return;
    }
    s->wait_rung++;
    sim_urc(s, "+CCWA: \"%s\",%d,1", number, number[0] == '+' ? 145 : number[0] ? 129 : 128);
    s->wait_due = mono_after(s->wait_due, s->ring_ms);
}

static int wait_begin(struct sim *s, struct now now, const struct sim_caller *caller)
{
    if (s->call != SIM_CALL_ANSWERED || s->waits || !s->set.ccwa || deaf(s))
        return -EBUSY;
    s->waits = true;
    s->wait_caller = *caller;
    s->wait_rung = 0;
    s->wait_due = now.mono;
    sim_say(s, "waiting %s", caller->number[0] ? caller->number : "withheld");
    return 0;
}

void sim_call_end(struct sim *s, struct now now, const char *how, bool silent)
{
    if (!silent)
        sim_urc(s, "NO CARRIER");
    sim_say(s, "ended %s %s", s->caller.number[0] ? s->caller.number : "withheld", how);
    s->call = SIM_CALL_NONE;
    s->ring_due = MONO_NEVER;
    s->ended = true;
    s->ended_at = now.mono;
    if (s->waits && strcmp(how, "lost") == 0)
        wait_end(s, how);
    else if (s->waits)
        promote(s, now);
}

int sim_call(struct sim *s, struct now now, const struct sim_caller *caller)
{
    if (s->call != SIM_CALL_NONE)
        return wait_begin(s, now, caller);
    if (deaf(s) || !s->registered) {
        sim_say(s, "unreachable %s", caller->number);
        return 0;
    }
    s->call = SIM_CALL_RINGING;
    s->caller = *caller;
    s->rung = 0;
    s->ended = false;
    s->ring_due = now.mono;
    sim_say(s, "ringing %s", caller->number[0] ? caller->number : "withheld");
    return 0;
}

void sim_freeze(struct sim *s, struct now now, enum sim_hang hang)
{
    if (s->call != SIM_CALL_NONE)
        sim_call_end(s, now, "lost", true);
    forget_input(s);
    s->hang = hang;
    sim_say(s, "hangs");
}

int sim_hang_up(struct sim *s, struct now now)
{
    if (s->call == SIM_CALL_NONE)
        return -ENOENT;
    sim_call_end(s, now, s->caller.silent ? "silent" : "carrier", s->caller.silent);
    return 0;
}

int sim_answer(struct sim *s, struct now now)
{
    (void)now;
    if (s->call != SIM_CALL_RINGING)
        return -ENOENT;
    s->call = SIM_CALL_ANSWERED;
    s->ring_due = MONO_NEVER;
    sim_say(s, "answered %s", s->caller.number);
    return 0;
}

void sim_register(struct sim *s, bool registered)
{
    s->registered = registered;
    if (s->set.creg)
        sim_urc(s, "+CREG: %d", registered ? 1 : 2);
    if (s->set.cereg)
        sim_urc(s, "+CEREG: %d", registered ? 1 : 2);
}

static void power_lost(struct sim *s, struct now now)
{
    if (s->call != SIM_CALL_NONE)
        sim_call_end(s, now, "lost", true);
    s->set = defaults;
    if (s->pin[0])
        s->card = SIM_CARD_PIN;
    s->report_unacked = false;
    forget_input(s);
}

void sim_reboot(struct sim *s, struct now now)
{
    power_lost(s, now);
    s->boots = mono_after(now.mono, SIM_BOOT_MS);
    sim_say(s, "reboot");
}

void sim_unplug(struct sim *s, struct now now)
{
    power_lost(s, now);
    s->plugged = false;
    sim_say(s, "unplugged");
}

void sim_replug(struct sim *s, struct now now)
{
    s->plugged = true;
    s->hang = SIM_HANG_NONE;
    s->boots = mono_after(now.mono, SIM_BOOT_MS);
    sim_say(s, "replugged");
}

static void boot_done(struct sim *s)
{
    s->boots = MONO_NEVER;
    sim_line(s, "RDY");
    sim_line(s, "+CFUN: 1");
    if (s->card == SIM_CARD_READY)
        sim_line(s, "+CPIN: READY");
}

void sim_expire(struct sim *s, struct now now)
{
    if (now.mono.ms >= s->boots.ms)
        boot_done(s);
    if (now.mono.ms >= s->send_due.ms) {
        s->send_due = MONO_NEVER;
        sim_sms_submit(s, now);
        s->line_len = 0;
    }
    while (now.mono.ms >= s->ring_due.ms) {
        if (s->caller.rings > 0 && s->rung >= s->caller.rings) {
            (void)sim_hang_up(s, now);
            break;
        }
        ring(s);
        bool last = s->rung == s->caller.rings; /* then it ends half way to the next RING */
        s->ring_due = mono_after(s->ring_due, last ? s->ring_ms / 2 : s->ring_ms);
    }
    while (now.mono.ms >= s->wait_due.ms)
        wait_ring(s);
    sim_sms_deliver(s, now);
}

struct mono sim_deadline(const struct sim *s)
{
    struct mono next = mono_min(mono_min(s->boots, s->send_due), s->ring_due);
    next = mono_min(next, s->wait_due);
    return mono_min(next, sim_sms_deadline(s));
}
