/* tests/modemsim/script.c - reads and runs the commands of a script. */
#include "modemsim/script.h"
#include "base/octets.h"
#include "base/text.h"
#include "modemsim/sim_parts.h"
#include <errno.h>
#include <string.h>

#define WORDS_MAX 12
#define SECONDS_MAX 86400

struct words {
    size_t count;
    char *word[WORDS_MAX + 1]; /* NULL after the last one */
};

/* Each returns NULL, or what was expected. */
typedef const char *command_fn(struct script *sc, struct sim *s, struct now now,
                               const struct words *w);

/* Reads seconds such as "2" or "0.25". Returns false where it is no time. */
static bool read_ms(const char *word, int64_t *ret_ms)
{
    int64_t whole = 0, part = 0;
    size_t len = strcspn(word, "."), digits = 0;
    if (text_to_i64(word, len, 0, SECONDS_MAX, &whole) != 0)
        return false;
    if (word[len] == '.') {
        digits = strlen(word + len + 1);
        if (digits > 3 || text_to_i64(word + len + 1, digits, 0, 999, &part) != 0)
            return false;
    }
    for (; digits < 3; digits++)
        part *= 10;
    *ret_ms = whole * 1000 + part;
    return true;
}

static bool read_number(const char *word, int64_t max, int32_t *ret)
{
    int64_t value = 0;
    if (text_to_i64(word, strlen(word), 0, max, &value) != 0)
        return false;
    *ret = (int32_t)value;
    return true;
}

static bool is(const char *word, const char *name)
{
    return word && strcmp(word, name) == 0;
}

static const char *do_call(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    struct sim_caller c = {.rings = 3};
    (void)sc;
    if (w->count < 2 || strlen(w->word[1]) > SIM_NUMBER_MAX)
        return "a number, or withheld";
    if (!is(w->word[1], "withheld"))
        memcpy(c.number, w->word[1], strlen(w->word[1]) + 1);
    for (size_t i = 2; i < w->count; i += 2) {
        const char *value = w->word[i + 1];
        if (is(w->word[i], "rings") && value && read_number(value, 1000, &c.rings))
            continue;
        if (!is(w->word[i], "end") || !(is(value, "carrier") || is(value, "silent")))
            return "rings N, end carrier or end silent";
        c.silent = is(value, "silent");
    }
    return sim_call(s, now, &c) == 0 ? NULL : "the call before to end first";
}

static const char *do_hangup(struct script *sc, struct sim *s, struct now now,
                             const struct words *w)
{
    (void)sc;
    (void)w;
    return sim_hang_up(s, now) == 0 ? NULL : "a call";
}

static const char *do_answer(struct script *sc, struct sim *s, struct now now,
                             const struct words *w)
{
    (void)sc;
    (void)w;
    return sim_answer(s, now) == 0 ? NULL : "a call that rings";
}

static const char *do_text(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    struct sim_delivery how = {.gap_ms = 0};
    (void)sc;
    if (w->count < 3)
        return "a sender and a \"text\"";
    for (size_t i = 3; i < w->count; i++) {
        if (is(w->word[i], "reversed"))
            how.reversed = true;
        else if (is(w->word[i], "twice"))
            how.twice = true;
        else if (is(w->word[i], "gap") && w->word[i + 1] && read_ms(w->word[i + 1], &how.gap_ms))
            i++;
        else
            return "reversed, twice or gap SECONDS";
    }
    int err = sim_text(s, now, w->word[1], w->word[2], &how);
    return err == 0         ? NULL
           : err == -ENOSPC ? "less texts at once"
                            : "a number or a name, and a text";
}

static const char *do_pdu(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    (void)sc;
    return w->count == 2 && sim_text_pdu(s, now, w->word[1]) == 0 ? NULL : "hex digits";
}

static const char *do_wait(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    static const struct {
        const char *name;
        enum script_wait wait;
    } waits[] = {
        {"open", SCRIPT_WAIT_OPEN}, {"closed", SCRIPT_WAIT_CLOSED}, {"ready", SCRIPT_WAIT_READY},
        {"sent", SCRIPT_WAIT_SENT}, {"idle", SCRIPT_WAIT_IDLE},
    };
    int64_t ms = SCRIPT_WAIT_MS;
    (void)s;
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
        if (is(w->word[1], waits[i].name))
            sc->waiting = waits[i].wait;
    if (sc->waiting == SCRIPT_WAIT_NOTHING || (w->count > 2 && !read_ms(w->word[2], &ms))) {
        sc->waiting = SCRIPT_WAIT_NOTHING;
        return "open, closed, ready, sent or idle, and seconds";
    }
    sc->until = mono_after(now.mono, ms);
    return NULL;
}

static const char *do_pause(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    int64_t ms = 0;
    (void)s;
    if (w->count != 2 || !read_ms(w->word[1], &ms))
        return "seconds";
    sc->waiting = SCRIPT_WAIT_TIME;
    sc->until = mono_after(now.mono, ms);
    return NULL;
}

static const char *do_unplug(struct script *sc, struct sim *s, struct now now,
                             const struct words *w)
{
    (void)sc;
    (void)w;
    if (!s->plugged)
        return "a modem that is plugged in";
    sim_unplug(s, now);
    return NULL;
}

static const char *do_replug(struct script *sc, struct sim *s, struct now now,
                             const struct words *w)
{
    (void)sc;
    (void)w;
    if (s->plugged)
        return "a modem that is unplugged";
    sim_replug(s, now);
    return NULL;
}

static const char *do_mute(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    (void)sc;
    (void)now;
    s->muted = is(w->word[0], "mute");
    return NULL;
}

static const char *do_reboot(struct script *sc, struct sim *s, struct now now,
                             const struct words *w)
{
    (void)sc;
    (void)w;
    sim_reboot(s, now);
    return NULL;
}

static const char *do_network(struct script *sc, struct sim *s, struct now now,
                              const struct words *w)
{
    (void)sc;
    (void)now;
    if (!is(w->word[1], "on") && !is(w->word[1], "off"))
        return "on or off";
    sim_register(s, is(w->word[1], "on"));
    return NULL;
}

static const char *do_sim(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    (void)sc;
    (void)now;
    if (is(w->word[1], "ready"))
        s->card = SIM_CARD_READY;
    else if (is(w->word[1], "pin"))
        s->card = SIM_CARD_PIN;
    else if (is(w->word[1], "missing"))
        s->card = SIM_CARD_MISSING;
    else
        return "ready, pin or missing";
    return NULL;
}

static const char *do_reply(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    (void)sc;
    (void)now;
    if (w->count != 3 || w->word[1][0] != '+' || sim_reply(s, w->word[1], w->word[2]) != 0)
        return "a command such as +CSQ, and its answer in quotes";
    return NULL;
}

static const char *do_fail(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    size_t at = 2;
    (void)sc;
    (void)now;
    s->fault_count = 1;
    if (is(w->word[1], "error")) {
        s->fault = SIM_FAULT_ERROR;
    } else if (is(w->word[1], "silent")) {
        s->fault = SIM_FAULT_SILENT;
    } else if (is(w->word[1], "cms") || is(w->word[1], "prompt")) {
        s->fault = is(w->word[1], "cms") ? SIM_FAULT_CMS : SIM_FAULT_PROMPT;
        if (w->count < 3 || !read_number(w->word[at++], 999, &s->fault_code))
            return "a +CMS ERROR number";
    } else {
        return "cms N, prompt N, error or silent";
    }
    if (w->count == at)
        return NULL;
    if (is(w->word[at], "times") && w->count == at + 2 &&
        read_number(w->word[at + 1], 1000, &s->fault_count))
        return NULL;
    return "times N";
}

static const char *do_set(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    int64_t ms = SIM_NEVER;
    (void)sc;
    (void)now;
    if (w->count != 3 || !(read_ms(w->word[2], &ms) || is(w->word[2], "off")))
        return "ring, send or report, and seconds";
    if (is(w->word[1], "report"))
        s->report_ms = ms;
    else if (is(w->word[1], "ring") && ms > 0)
        s->ring_ms = ms;
    else if (is(w->word[1], "send") && ms >= 0)
        s->send_ms = ms;
    else
        return "ring, send or report, and seconds";
    return NULL;
}

static const char *do_say(struct script *sc, struct sim *s, struct now now, const struct words *w)
{
    (void)sc;
    (void)now;
    if (w->count != 2)
        return "a word, or \"words\"";
    sim_say(s, "say %s", w->word[1]);
    return NULL;
}

static const struct command {
    const char *name;
    command_fn *run;
    const char *arguments, *help;
} commands[] = {
    {"call", do_call, "NUMBER|withheld [rings N] [end carrier|silent]",
     "somebody calls, gives up after N rings (3; 0: at hangup)"},
    {"hangup", do_hangup, "", "the caller gives up now"},
    {"answer", do_answer, "", "somebody takes the call at the modem"},
    {"text", do_text, "FROM \"TEXT\" [reversed] [twice] [gap SECONDS]",
     "somebody texts; long texts come in parts"},
    {"pdu", do_pdu, "HEX", "a PDU arrives as it is"},
    {"wait", do_wait, "open|closed|ready|sent|idle [SECONDS]",
     "for the host: holds the port, is set up, has sent a text, nothing is left (60)"},
    {"pause", do_pause, "SECONDS", "nothing for a while"},
    {"unplug", do_unplug, "", "the port goes away"},
    {"replug", do_replug, "", "the port is back, the modem boots"},
    {"mute", do_mute, "", "the modem stops answering"},
    {"unmute", do_mute, "", "and answers again"},
    {"reboot", do_reboot, "", "the modem restarts by itself"},
    {"network", do_network, "on|off", "registration"},
    {"sim", do_sim, "ready|pin|missing", "the card"},
    {"fail", do_fail, "cms N|prompt N|error|silent [times N]",
     "the next texts are refused; silent: sent, but without a result"},
    {"reply", do_reply, "+COMMAND \"LINE\"|ERROR|silent",
     "from now on a command is answered so, and does nothing"},
    {"set", do_set, "ring|send|report SECONDS|off", "times; report off: no status reports"},
    {"say", do_say, "WORD", "prints `say WORD` when it is reached"},
    {"quit", NULL, "", "ends the simulator"},
};

void script_help(FILE *out)
{
    fprintf(out,
            "Commands, one a line (# begins a comment; in \"\": \\\" \\\\ \\n \\r \\t \\xNN):\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const struct command *c = &commands[i];
        fprintf(out, "  %s%s%s\n      %s\n", c->name, c->arguments[0] ? " " : "", c->arguments,
                c->help);
    }
}

void script_init(struct script *sc, const char *name)
{
    *sc = (struct script){.name = name};
}

int script_add(struct script *sc, const char *bytes, size_t len)
{
    if (len > SCRIPT_TEXT_MAX - sc->len)
        return -ENOSPC;
    memcpy(sc->text + sc->len, bytes, len);
    sc->len += len;
    return 0;
}

/* Reads what follows a backslash at `*at`; returns the character, or NUL where it means nothing. */
static char unescape(char **at)
{
    static const char *const names = "\"\\nrt", *const values = "\"\\\n\r\t";
    char c = *(*at)++;
    uint8_t octet = 0;
    if (c == 'x' && octets_from_hex(*at, strnlen(*at, 2), &octet, 1, NULL) == 1) {
        *at += 2;
        return (char)octet;
    }
    const char *found = c ? strchr(names, c) : NULL;
    return found ? values[found - names] : '\0';
}

/* Cuts the line into words, in place. Returns NULL, or what was expected. */
static const char *split(char *line, struct words *ret)
{
    char *at = line, *to;
    *ret = (struct words){0};
    for (;;) {
        at += strspn(at, " \t\r");
        if (*at == '\0' || *at == '#')
            return NULL;
        if (ret->count == WORDS_MAX)
            return "fewer words";
        bool quoted = *at == '"';
        at += quoted;
        ret->word[ret->count++] = to = at;
        while (*at && (quoted ? *at != '"' : !strchr(" \t\r", *at))) {
            char c = *at++;
            if (quoted && c == '\\' && (c = unescape(&at)) == '\0')
                return "\\\" \\\\ \\n \\r \\t or \\xNN after a backslash";
            *to++ = c;
        }
        if (quoted && *at != '"')
            return "a closing quote";
        char *end = to;
        at += *at ? 1 : 0;
        *end = '\0';
    }
}

static enum script_state invalid(struct script *sc, const char *word, const char *expected)
{
    snprintf(sc->error, sizeof(sc->error), "%s:%d: %s: expected %s", sc->name, sc->line, word,
             expected);
    return SCRIPT_INVALID;
}

static enum script_state run_line(struct script *sc, struct sim *s, struct now now, char *line)
{
    struct words w;
    const char *expected = split(line, &w);
    if (expected)
        return invalid(sc, w.word[0], expected);
    if (w.count == 0)
        return SCRIPT_HUNGRY;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!is(w.word[0], commands[i].name))
            continue;
        if (!commands[i].run)
            return SCRIPT_QUIT;
        expected = commands[i].run(sc, s, now, &w);
        return expected ? invalid(sc, w.word[0], expected) : SCRIPT_HUNGRY;
    }
    return invalid(sc, w.word[0], "a command");
}

/* Returns whether the wait is over. */
static bool arrived(struct script *sc, const struct sim *s, struct now now)
{
    switch (sc->waiting) {
    case SCRIPT_WAIT_NOTHING:
        return true;
    case SCRIPT_WAIT_TIME:
        return now.mono.ms >= sc->until.ms;
    case SCRIPT_WAIT_OPEN:
        return s->open;
    case SCRIPT_WAIT_CLOSED:
        return !s->open;
    case SCRIPT_WAIT_READY:
        return sim_ready(s);
    case SCRIPT_WAIT_SENT:
        if (s->sent_count <= sc->sent_seen)
            return false;
        sc->sent_seen++;
        return true;
    case SCRIPT_WAIT_IDLE:
        return sim_idle(s);
    }
    return true;
}

enum script_state script_run(struct script *sc, struct sim *s, struct now now)
{
    enum script_state state = SCRIPT_HUNGRY;
    while (state == SCRIPT_HUNGRY) {
        if (!arrived(sc, s, now)) {
            if (now.mono.ms < sc->until.ms)
                return SCRIPT_WAITING;
            snprintf(sc->error, sizeof(sc->error), "%s:%d: waited in vain", sc->name, sc->line);
            return SCRIPT_FAILED;
        }
        sc->waiting = SCRIPT_WAIT_NOTHING;
        char *end = memchr(sc->text, '\n', sc->len);
        if (!end)
            return SCRIPT_HUNGRY;
        size_t len = (size_t)(end - sc->text) + 1;
        *end = '\0';
        sc->line++;
        state = run_line(sc, s, now, sc->text);
        sc->len -= len;
        memmove(sc->text, sc->text + len, sc->len);
    }
    return state;
}

struct mono script_deadline(const struct script *sc)
{
    return sc->waiting == SCRIPT_WAIT_NOTHING ? MONO_NEVER : sc->until;
}
