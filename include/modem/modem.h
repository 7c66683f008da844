/* include/modem/modem.h - one modem, from an opened port to calls and texts (3GPP
 * TS 27.005, 27.007; V.250). Bytes and the time go in with modem_feed() and modem_expire(); events
 * come out of modem_next(), and bytes for the port out of modem_output().  Pure: no port, no clock,
 * no heap, no callbacks. */
#pragma once
#include "at/engine.h"
#include "base/time.h"
#include "modem/call.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEM_NUMBER_MAX 80 /* octets of a caller's number as it is handed on */
#define MODEM_PDU_HEX_MAX \
    1024 /* hex digits of a received PDU; longer lines are cut and will not decode */
#define MODEM_CAUSE_MAX 96
#define MODEM_STEP_MAX 28 /* of the recovery, for people: "radio off and on" */
#define MODEM_WHY_MAX 64
#define MODEM_ICCID_MAX 22 /* digits: ITU-T E.118 has up to 19, some SIMs 20 */
#define MODEM_INIT_MAX 8
#define MODEM_RESETS_PER_DAY 48 /* that the recovery does; later it only asks and waits */

enum modem_state {
    MODEM_ABSENT,      /* no port */
    MODEM_PROBING,     /* port open, waiting for the first OK */
    MODEM_SIM,         /* waiting for +CPIN: READY */
    MODEM_CONFIGURING, /* set-up commands */
    MODEM_REGISTERING, /* waiting for a network */
    MODEM_READY,
    MODEM_RECOVERING, /* something went wrong: the cause names it and the step taken against it */
};

struct modem_config {
    int64_t ring_gap_ms;      /* 2000..60000, 0: learned from the rings */
    int64_t hang_up_after_ms; /* 0..60000 after the number is known, -1: never */
    int64_t heartbeat_ms;     /* 5000..600000: AT when nothing was answered for so long; 0: never */
    bool delivery_reports;    /* ask for status reports in AT+CNMI */
    char pin[9];              /* "" or 4 to 8 digits */
    char smsc[24];            /* "" or "+" and digits: the SMSC instead of the SIM's */
    size_t init_count;        /* extra AT lines, sent last */
    char init[MODEM_INIT_MAX][64];
};

enum modem_event_type {
    MODEM_EVENT_STATE,         /* `state` and `cause` changed */
    MODEM_EVENT_CALL_RINGING,  /* a call, once its number is known or known to be withheld */
    MODEM_EVENT_CALL_ANSWERED, /* somebody took it */
    MODEM_EVENT_CALL_ENDED,    /* once per call; also for one that was never announced as ringing */
    MODEM_EVENT_PDU,           /* a received text or report: store it, then modem_ack() */
    MODEM_EVENT_SEND_NOW,      /* it is the turn of modem_send(), or of modem_send_pass() */
    MODEM_EVENT_SEND_DONE,     /* the fate of the text given to modem_send() */
    MODEM_EVENT_PIN_WANTED,    /* may the configured PIN be tried? Answer with modem_pin() */
    MODEM_EVENT_PIN_RIGHT,     /* it was tried, and the SIM is open */
    MODEM_EVENT_CARD,          /* which SIM this is: `iccid` */
    MODEM_EVENT_REOPEN,        /* the modem is deaf on this port: close it and open it again */
    MODEM_EVENT_REAUTHORISE,   /* and no command helps: reset its USB port as well */
};

enum modem_send_outcome {
    MODEM_SEND_OK,      /* accepted by the network: `mr` is the TP-MR */
    MODEM_SEND_FAILED,  /* refused, or never handed over: certainly not sent */
    MODEM_SEND_UNKNOWN, /* after Ctrl-Z: no answer, a lost port, or a result of the ambiguous class
                         */
};

/* Where a received PDU lies; hand it back with modem_ack() once it is durable. */
struct modem_receipt {
    bool direct;    /* +CMT, +CDS: acknowledged with AT+CNMA */
    char memory[3]; /* "SM", "ME", "SR" ..., "" for the memory selected now */
    int16_t index;  /* 0..999, deleted with AT+CMGD */
};

struct modem_event {
    enum modem_event_type type;
    /* STATE, REOPEN, REAUTHORISE */
    enum modem_state state;
    char cause[MODEM_CAUSE_MAX];     /* "" or why, for people: "SIM needs its PIN" */
    char step[MODEM_STEP_MAX];       /* STATE: the step that the recovery takes now, "" none ... */
    char why[MODEM_WHY_MAX];         /* ... and what against: "no answer to AT" */
    char iccid[MODEM_ICCID_MAX + 1]; /* CARD: digits */
    /* CALL_*: `call` is the same for all events of one call and never comes again */
    uint32_t call;
    enum call_outcome outcome; /* CALL_ENDED */
    bool certain;              /* false: the modem was lost or restarted while it rang */
    bool withheld;
    char number[MODEM_NUMBER_MAX +
                1]; /* as the modem gave it, "+" added for type 145; "" unknown or withheld */
    uint16_t rings;
    struct mono started, ended;
    /* PDU */
    struct modem_receipt receipt;
    char pdu[MODEM_PDU_HEX_MAX + 1]; /* the line as it came: usually SMSC and TPDU in hex */
    /* SEND_DONE */
    int64_t tag;
    enum modem_send_outcome send;
    uint8_t mr;
    struct at_error error; /* FAILED: which result code, if any */
};

/* What `status` shows. */
struct modem_info {
    enum modem_state state;
    char cause[MODEM_CAUSE_MAX];
    char model[64], imei[24], operator_name[40]; /* printable ASCII or "" */
    bool registered, roaming;
    int16_t signal_dbm;        /* -113..-51, 0: unknown */
    struct mono heard;         /* last byte from the modem */
    uint32_t resets;           /* by the recovery, of the modem or its USB port, in a day */
    uint8_t restarts;          /* by itself, within an hour */
    struct mono since;         /* when it became ready, or ceased to be; 0: it was never tried */
    char step[MODEM_STEP_MAX]; /* while it is not ready: the last step of the recovery, "" none ...
                                */
    char why[MODEM_WHY_MAX];   /* ... what against ... */
    struct mono step_at;       /* ... and when */
};

struct modem; /* complete in modem/modem_state.h so that a caller can own one; no field is for
                 callers */

/* Starts absent. `config` is borrowed for the life of `m`. */
void modem_init(struct modem *m, const struct modem_config *config);

/* The port is open: wake the modem and set it up. */
void modem_opened(struct modem *m, struct mono now);

/* The port is gone. A ringing call ends as missed and uncertain, a text in flight is settled
 * (FAILED before Ctrl-Z left, UNKNOWN after); drain modem_next() afterwards. */
void modem_lost(struct modem *m, struct mono now, const char *cause);

/* Takes bytes from the port. Returns how many were taken: fewer than `len` only when the input
 * buffer is full, and then draining modem_next() makes room. */
size_t modem_feed(struct modem *m, struct mono now, const uint8_t *bytes, size_t len);

/* Acts on every deadline at or before `now`. */
void modem_expire(struct modem *m, struct mono now);

/* The next instant at which modem_expire() has something to do. MONO_NEVER only while absent. */
struct mono modem_deadline(const struct modem *m);

/* Takes the next event. Call until false after each opened, lost, feed, expire, send, ack. */
bool modem_next(struct modem *m, struct mono now, struct modem_event *ret_event);

/* Returns the bytes to write, up to `*ret_len`, valid until the next call; modem_written() drops
 * the first `len` of them. */
const uint8_t *modem_output(const struct modem *m, size_t *ret_len);
void modem_written(struct modem *m, size_t len);

/* Sending takes two steps, so that whatever speaks against a text counts until its first byte
 * leaves: modem_send_ask() asks for a turn, MODEM_EVENT_SEND_NOW gives it once nothing more urgent
 * is left to do or to read, and modem_send() or modem_send_pass() answers it at once: until then
 * the modem starts nothing. */

/* Returns whether modem_send_ask() would be taken now: ready, no call rings, no text under way. */
bool modem_can_send(const struct modem *m);

/* Asks for a turn. Returns 0, or -EBUSY where modem_can_send() is false. */
int modem_send_ask(struct modem *m, struct mono now);

/* Returns whether the turn that was given still stands: it does not once a call has begun to ring
 * or the modem was lost since. */
bool modem_send_stands(const struct modem *m);

/* Sends one part: `pdu_hex` is SMSC and TPDU, `tpdu_octets` what AT+CMGS= announces, `tag` comes
 * back in MODEM_EVENT_SEND_DONE. Returns 0, -EBUSY where modem_send_stands() is false, or -EINVAL
 * for a PDU that is not hex or longer than AT_PAYLOAD_MAX; after an error the turn is over. */
int modem_send(struct modem *m, struct mono now, int64_t tag, const char *pdu_hex,
               size_t tpdu_octets);

/* There is nothing to send after all: the turn is over. */
void modem_send_pass(struct modem *m, struct mono now);

/* A status report says that the network has taken the part `tag`, with this TP-MR. Where its result
 * is still awaited, that does not go on for long, and its fate is MODEM_SEND_OK in the end. */
void modem_send_proved(struct modem *m, struct mono now, int64_t tag, uint8_t mr);

/* Returns whether a part is between AT+CMGS and its result. */
bool modem_sending(const struct modem *m);

/* The PDU of this receipt is durable (or known already): delete it from the modem or acknowledge
 * it. */
void modem_ack(struct modem *m, struct mono now, const struct modem_receipt *receipt);

/* Answers MODEM_EVENT_PIN_WANTED: a SIM bears three wrong tries in all, so `allowed` is for a PIN
 * of which it is durable that it is being tried, and that was never wrong. */
void modem_pin(struct modem *m, struct mono now, bool allowed);

/* Asks the modem for its stored messages again (space has returned, a shutdown was cancelled). */
void modem_list(struct modem *m, struct mono now);

/* Asks the modem something that a person wants to know; it goes out between other work. One at a
 * time: see modem_answer(). Returns 0, -EBUSY while another is asked, -ENOTCONN while no modem
 * answers, or -EINVAL for what is no AT command. */
int modem_ask(struct modem *m, struct mono now, const char *command);

/* Returns the answer once it has come, NULL before: lines that each end with \n, the result, such
 * as "OK", last. Valid until the next modem_ask(). */
const char *modem_answer(const struct modem *m);

void modem_info(const struct modem *m, struct modem_info *ret_info);
const char *modem_state_name(enum modem_state state); /* "ready" */
