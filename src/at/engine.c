#include "at/engine.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define CTRL_Z 0x1a
#define ESC 0x1b
#define ECHO_MIN 8 /* hex digits that must match before a line counts as echo of the payload */

void at_init(struct at *at)
{
    *at = (struct at){.in_len = 0};
    at_line_init(&at->line);
}

size_t at_feed(struct at *at, const uint8_t *bytes, size_t len)
{
    size_t tail = (at->in_head + at->in_len) % AT_INPUT_MAX;
    size_t taken = len, first;

    if (taken > AT_INPUT_MAX - at->in_len)
        taken = AT_INPUT_MAX - at->in_len;
    first = taken < AT_INPUT_MAX - tail ? taken : AT_INPUT_MAX - tail;
    if (taken > 0) {
        memcpy(at->input + tail, bytes, first);
        memcpy(at->input, bytes + first, taken - first);
    }
    at->in_len += taken;
    return taken;
}

static bool begins(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* The running command, NULL where there is none. */
static struct at_command *running(struct at *at)
{
    return at->running ? &at->queue[0] : NULL;
}

static bool wants_prompt(struct at *at)
{
    return at->running && at->queue[0].payload[0] != '\0' && at->payload == AT_PAYLOAD_NONE &&
           at->out_len == 0;
}

static void put(struct at *at, const char *text, uint8_t end)
{
    size_t len = strlen(text);

    assert(len + 1 <= AT_OUTPUT_MAX - at->out_len);
    memcpy(at->output + at->out_len, text, len);
    at->output[at->out_len + len] = end;
    at->out_len += len + 1;
}

/* Returns whether the modem only repeats what it was sent. No response begins with "AT". */
static bool is_echo(const struct at *at, const char *line)
{
    bool at_command = (line[0] == 'A' || line[0] == 'a') && (line[1] == 'T' || line[1] == 't');
    bool payload = at->running && at->payload != AT_PAYLOAD_NONE && strlen(line) >= ECHO_MIN &&
                   strstr(at->queue[0].payload, line) != NULL;
    return at_command || payload;
}

/* Returns whether a line without a name is a URC all the same: it is no model and no PDU. */
static bool is_named(const char *line)
{
    static const char *const words[] = {
        "RING",      "IRING",         "MO RING",           "NO CARRIER",
        "NO ANSWER", "BUSY",          "VOICE CALL",        "MISSED_CALL",
        "RDY",       "Call Ready",    "SMS Ready",         "SMS DONE",
        "PB DONE",   "MODEM:STARTUP", "UNDER-VOLTAGE",     "OVER-VOLTAGE",
        "CONNECT",   "HANGUP",        "NORMAL POWER DOWN",
    };
    if (strchr("+^*$%#", line[0]))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (begins(line, words[i]))
            return true;
    }
    return false;
}

static bool is_header(struct at *at, const char *line, bool *ret_response)
{
    const struct at_command *c = running(at);

    *ret_response = c && c->expect == AT_EXPECT_PDU && begins(line, c->prefix);
    return *ret_response || begins(line, "+CMT:") || begins(line, "+CDS:");
}

static bool is_response(const struct at_command *c, const char *line)
{
    if (!c || c->expect == AT_EXPECT_RESULT)
        return false;
    return begins(line, c->prefix) || (c->expect == AT_EXPECT_TEXT && !is_named(line));
}

/* Hands the header that waits for its PDU line out, with what came for it. */
static void hand_header(struct at *at, const char *pdu, struct at_event *ret)
{
    memcpy(at->handed, at->header, sizeof(at->handed));
    at->header[0] = '\0';
    *ret = (struct at_event){.type = at->header_response ? AT_EVENT_LINE : AT_EVENT_URC,
                             .id = at->header_response && at->running ? at->queue[0].id : 0,
                             .line = at->handed,
                             .pdu = pdu};
}

static void finish_command(struct at *at, struct at_error error, struct at_event *ret)
{
    *ret = (struct at_event){
        .type = AT_EVENT_DONE, .id = at->queue[0].id, .error = error, .payload = at->payload};
    at->out_len = 0; /* the rest of a payload would be typed as a command */
    at->payload_end = 0;
    at->running = false;
    if (at->header_response)
        at->header[0] = '\0';
    at->queue_len--;
    memmove(&at->queue[0], &at->queue[1], at->queue_len * sizeof(at->queue[0]));
}

/* Takes a final result code; what is glued to it is the next line. */
static bool take_result(struct at *at, const char *line, size_t used, struct at_error error,
                        struct at_event *ret)
{
    if (line[used] != '\0')
        at->rest = (size_t)(line - at->line.text) + used;
    if (at->running && (at->out_len == 0 || at->payload != AT_PAYLOAD_NONE))
        finish_command(at, error, ret);
    else /* an answer to nobody: no command can end before it has left */
        *ret = (struct at_event){.type = AT_EVENT_URC, .line = line};
    return true;
}

/* Takes the header of a PDU line: it waits for that line. */
static void take_header(struct at *at, const char *line, bool response)
{
    memcpy(at->header, line, strlen(line) + 1);
    at->header_response = response;
}

/* Decides what one line is. Returns whether there is an event. */
static bool take_line(struct at *at, const char *line, struct at_event *ret)
{
    struct at_command *c = running(at);
    bool dials = c && strlen(c->text) > 2 && strchr("DAOH", c->text[2]) != NULL;
    bool waits = at->header[0] != '\0';
    struct at_error error;
    size_t used = 0;
    bool response = false;
    bool result = at_result_parse(line, dials, &error, &used);
    bool header = !result && is_header(at, line, &response);

    if (is_echo(at, line))
        return false;
    if (waits && (header || (result && at->header_response))) {
        at->rest = (size_t)(line - at->line.text); /* look at this line again, after that header */
        at->again = true;
        hand_header(at, "", ret);
        return true;
    }
    if (result)
        return take_result(at, line, used, error, ret);
    if (header) {
        take_header(at, line, response);
        return false;
    }
    if (waits && !is_named(line)) {
        hand_header(at, line, ret);
        return true;
    }
    *ret = (struct at_event){.type = AT_EVENT_URC, .line = line};
    if (is_response(c, line)) {
        ret->type = AT_EVENT_LINE;
        ret->id = c->id;
    }
    return true;
}

static void send_payload(struct at *at, struct mono now)
{
    struct at_command *c = &at->queue[0];

    put(at, c->payload, CTRL_Z);
    at->payload_end = at->out_len;
    at->payload = AT_PAYLOAD_QUEUED;
    at->deadline = mono_after(now, c->payload_timeout_ms);
}

static void start_command(struct at *at, struct mono now)
{
    struct at_command *c = &at->queue[0];

    at->running = true;
    at->payload = AT_PAYLOAD_NONE;
    at->deadline = mono_after(now, c->timeout_ms);
    put(at, c->text, '\r');
}

/* Returns the next line that waits, NULL for none. */
static const char *next_line(struct at *at, struct mono now)
{
    if (at->again || at->rest > 0) {
        size_t rest = at->rest;
        at->again = false;
        at->rest = 0;
        return at->line.text + rest;
    }
    while (at->in_len > 0) {
        uint8_t octet = at->input[at->in_head];
        enum at_line_kind kind = at_line_feed(&at->line, octet, wants_prompt(at));
        at->in_head = (at->in_head + 1) % AT_INPUT_MAX;
        at->in_len--;
        if (kind == AT_LINE_PROMPT)
            send_payload(at, now);
        if (kind == AT_LINE_TEXT)
            return at->line.text;
    }
    return NULL;
}

bool at_next(struct at *at, struct mono now, struct at_event *ret_event)
{
    const char *line;

    while ((line = next_line(at, now)) != NULL) {
        if (take_line(at, line, ret_event))
            return true;
    }
    if (at->running && now.ms >= at->deadline.ms) {
        finish_command(at, at_error_make(AT_ERROR_TIMEOUT, AT_CODE_NONE), ret_event);
        return true;
    }
    if (!at->running && at->queue_len > 0)
        start_command(at, now);
    return false;
}

struct mono at_deadline(const struct at *at)
{
    return at->running ? at->deadline : MONO_NEVER;
}

void at_hurry(struct at *at, struct mono by)
{
    at->deadline = mono_min(at->deadline, by);
}

/* Returns whether `text` can go out as one line. */
static bool is_clean(const char *text, size_t max)
{
    size_t len = 0;

    while (len <= max && text[len] != '\0') {
        if ((unsigned char)text[len] < 0x20 || (unsigned char)text[len] > 0x7e)
            return false;
        len++;
    }
    return len <= max;
}

int at_submit(struct at *at, const struct at_command *command)
{
    assert(command->expect == AT_EXPECT_RESULT || command->prefix);
    if (!is_clean(command->text, AT_COMMAND_MAX) || !is_clean(command->payload, AT_PAYLOAD_MAX))
        return -EINVAL;
    if (at->queue_len == AT_QUEUE_MAX)
        return -ENOBUFS;
    at->queue[at->queue_len++] = *command;
    return 0;
}

bool at_idle(const struct at *at)
{
    return at->queue_len == 0;
}

void at_abort(struct at *at)
{
    at->running = false;
    at->queue_len = 0;
    at->out_len = 0;
    at->payload_end = 0;
    if (at->header_response)
        at->header[0] = '\0';
}

enum at_payload at_payload_state(const struct at *at)
{
    return at->payload;
}

void at_escape(struct at *at)
{
    at_abort(at);
    at->output[at->out_len++] = ESC;
    at->output[at->out_len++] = '\r';
}

const uint8_t *at_output(const struct at *at, size_t *ret_len)
{
    *ret_len = at->out_len;
    return at->output;
}

void at_written(struct at *at, size_t len)
{
    assert(len <= at->out_len);
    at->out_len -= len;
    memmove(at->output, at->output + len, at->out_len);
    if (at->payload_end == 0)
        return;
    if (len >= at->payload_end) {
        at->payload_end = 0;
        at->payload = AT_PAYLOAD_LEFT;
    } else {
        at->payload_end -= len;
    }
}
