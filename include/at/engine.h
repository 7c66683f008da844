/* include/at/engine.h - one AT port: commands out one at a time, responses and URCs in (V.250 5.7).
 * Bytes and the time go in, at_next() hands out what they mean and starts the next command.
 * Response lines are those that the running command expects by prefix; whatever else comes, also in
 * the middle of a response, is a URC. */
#pragma once
#include "at/line.h"
#include "at/result.h"
#include "base/time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_INPUT_MAX 4096
#define AT_COMMAND_MAX 96  /* octets of a command line without its CR */
#define AT_PAYLOAD_MAX 400 /* hex digits of SMSC and TPDU: at most 2 * (12 + 164) */
#define AT_OUTPUT_MAX (AT_COMMAND_MAX + AT_PAYLOAD_MAX + 8)
#define AT_QUEUE_MAX 6

enum at_expect {
    AT_EXPECT_RESULT, /* a final result code only */
    AT_EXPECT_PREFIX, /* lines that begin with `prefix` */
    AT_EXPECT_PDU,    /* such lines, each followed by a PDU line (AT+CMGR, AT+CMGL) */
    AT_EXPECT_TEXT, /* lines without a name, such as those of AT+CGMM, and lines with the prefix */
};

struct at_command {
    uint16_t id; /* the caller's, comes back in events */
    enum at_expect expect;
    const char *prefix; /* static, "+CSQ:"; may be NULL for AT_EXPECT_RESULT */
    int64_t timeout_ms; /* from the first byte to the final result; to the prompt where there is a
                           payload */
    int64_t payload_timeout_ms;       /* from Ctrl-Z on */
    char text[AT_COMMAND_MAX + 1];    /* without CR */
    char payload[AT_PAYLOAD_MAX + 1]; /* goes out with Ctrl-Z after the prompt; "" for none */
};

/* How far the payload of the running or last command went. */
enum at_payload {
    AT_PAYLOAD_NONE,   /* none, or not asked for yet */
    AT_PAYLOAD_QUEUED, /* in the output, its Ctrl-Z was not taken by the port yet */
    AT_PAYLOAD_LEFT,
};

enum at_event_type {
    AT_EVENT_LINE, /* a response line of command `id` */
    AT_EVENT_DONE, /* command `id` has ended: `error.kind` is AT_ERROR_NONE for OK */
    AT_EVENT_URC,  /* anything else; a final result that no command waits for is one too */
};

struct at_event {
    enum at_event_type type;
    uint16_t id;
    const char *line; /* LINE, URC: until the next call into the engine */
    const char *pdu;  /* the PDU line that followed +CMGR, +CMGL, +CMT, +CDS: "" where none came;
                         else NULL */
    struct at_error error;
    enum at_payload payload; /* DONE */
};

/* Owned by the caller; no field is for callers. */
struct at {
    struct at_line line;
    bool again;  /* the line in `line.text` is to be looked at from `rest` on */
    size_t rest; /* or, where not 0, holds a glued line from there on */
    size_t in_head, in_len;
    uint8_t input[AT_INPUT_MAX];
    size_t out_len,
        payload_end; /* payload_end: output up to and with Ctrl-Z, 0 none in the output */
    uint8_t output[AT_OUTPUT_MAX];
    size_t queue_len; /* queue[0] runs if `running` */
    struct at_command queue[AT_QUEUE_MAX];
    bool running;
    enum at_payload payload;
    struct mono deadline;
    bool header_response;         /* whose the header is */
    char header[AT_LINE_MAX + 1]; /* "" or one whose PDU line is still to come */
    char handed[AT_LINE_MAX + 1]; /* the header of the event handed out */
};

void at_init(struct at *at);

/* Returns how many octets were taken: fewer than `len` only when AT_INPUT_MAX wait for at_next().
 */
size_t at_feed(struct at *at, const uint8_t *bytes, size_t len);

/* Takes the next event. Call until false after each at_feed(), at_submit() and at the deadline; the
 * last call has started the next command. */
bool at_next(struct at *at, struct mono now, struct at_event *ret_event);

/* When the running command runs out of time; MONO_NEVER while none runs. */
struct mono at_deadline(const struct at *at);

/* The running command has time until `by` at the latest. */
void at_hurry(struct at *at, struct mono by);

/* Queues a command. Returns 0, -ENOBUFS while AT_QUEUE_MAX wait, or -EINVAL for a text or payload
 * that holds control octets or is too long: so nothing from outside can end a command and begin
 * another. */
int at_submit(struct at *at, const struct at_command *command);

/* Returns whether nothing runs or waits. */
bool at_idle(const struct at *at);

/* Forgets commands and output, without events. Input that waits stays; `payload` is kept for
 * at_payload_state() until the next command starts. */
void at_abort(struct at *at);
enum at_payload at_payload_state(const struct at *at);

/* Aborts, and puts ESC CR into the output: it ends a prompt that still waits, and nothing else. */
void at_escape(struct at *at);

/* Octets for the port, until the next call; at_written() drops the first `len` of them. */
const uint8_t *at_output(const struct at *at, size_t *ret_len);
void at_written(struct at *at, size_t len);
