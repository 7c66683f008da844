/* tests/modemsim/sim.h - a GSM modem and the network behind it, for tests and the demo (3GPP
 * TS 27.005, 27.007; V.250).  Bytes of the host and the time go in, bytes for the host and reports
 * for people come out.  Pure: no port, no clock, no heap.  What the SIM and the network hold
 * (stored texts, the TP-MR counter, reports on their way) outlives the host, an unplug and a
 * reboot. */
#pragma once
#include "base/time.h"
#include "sms/pdu.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_LINE_MAX 1024  /* a command or a PDU; what is longer is an error */
#define SIM_OUT_MAX 32768  /* bytes that wait for the host; what is more is lost */
#define SIM_SLOTS_MAX 20   /* texts that the SIM holds */
#define SIM_QUEUE_MAX 64   /* texts that wait in the network */
#define SIM_REPORTS_MAX 32 /* status reports that wait in the network */
#define SIM_JOINS_MAX 8    /* long texts of the host of which parts are missing */
#define SIM_PARTS_MAX 12   /* parts of one of them */
#define SIM_NUMBER_MAX 80  /* octets of a caller id, of any content */
#define SIM_SAID_MAX 65536 /* reports that nobody has taken yet */
#define SIM_SAY_MAX 8192   /* one report */
#define SIM_NEVER INT64_C(-1)
#define SIM_REPLIES_MAX 16 /* commands that are answered otherwise */
#define SIM_REPLY_MAX 160

enum sim_call_state {
    SIM_CALL_NONE,
    SIM_CALL_RINGING,
    SIM_CALL_ANSWERED,
};

enum sim_card {
    SIM_CARD_READY,
    SIM_CARD_PIN,
    SIM_CARD_MISSING,
};

/* A modem that has gone deaf and dumb, and what brings it back; its power always does. */
enum sim_hang {
    SIM_HANG_NONE,
    SIM_HANG_PORT,  /* a port that is opened anew */
    SIM_HANG_RADIO, /* AT+CFUN=0 */
    SIM_HANG_RESET, /* AT+CFUN=1,1 */
    SIM_HANG_POWER,
};

/* What becomes of the next texts of the host. */
enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_CMS,    /* refused with +CMS ERROR: `fault_code` */
    SIM_FAULT_ERROR,  /* refused with ERROR */
    SIM_FAULT_SILENT, /* accepted by the network, but the result never comes */
    SIM_FAULT_PROMPT, /* refused instead of the prompt with +CMS ERROR: `fault_code` */
};

/* The person who calls. */
struct sim_caller {
    char number[SIM_NUMBER_MAX + 1]; /* sent as it is; "" withheld */
    int32_t rings;                   /* gives up after so many, 0: only when told to */
    bool silent;                     /* no NO CARRIER at the end */
};

/* A text on its way to the host. */
struct sim_text {
    char pdu[PDU_HEX_MAX + 1];
    struct mono due;
};

struct sim_slot {
    bool used;
    bool read;
    char pdu[PDU_HEX_MAX + 1];
};

struct sim_report {
    char number[ADDRESS_TEXT_MAX + 1];
    uint8_t mr;
    struct wall sent;
    struct mono due;
};

/* A text of the host of several parts. */
struct sim_join {
    bool used;
    char number[ADDRESS_TEXT_MAX + 1];
    uint16_t ref;
    uint8_t total;
    uint8_t count;
    bool have[SIM_PARTS_MAX];
    uint8_t mr[SIM_PARTS_MAX];
    char text[SIM_PARTS_MAX][PDU_TEXT_MAX + 1];
};

/* A command that is answered otherwise than usual, until it is changed again. */
struct sim_reply {
    char command[32];         /* "+CSCA?", without AT */
    char text[SIM_REPLY_MAX]; /* lines that come before OK, "ERROR" alone, "silent" for nothing */
};

struct sim {
    /* How fast it is; change at will. */
    int64_t ring_ms;   /* from one RING to the next */
    int64_t send_ms;   /* from Ctrl-Z to the result */
    int64_t report_ms; /* from there to the status report, SIM_NEVER for none */
    enum sim_fault fault;
    int32_t fault_count; /* so many texts more have the fault */
    int32_t fault_code;
    enum sim_card card;
    char pin[9];    /* asked for after each start; "" for none */
    int wrong_pins; /* tries so far */
    bool registered;
    bool muted; /* hears and says nothing */
    size_t reply_count;
    struct sim_reply replies[SIM_REPLIES_MAX];
    enum sim_hang hang;
    bool plugged; /* false: the port is to go away */

    /* What the host has set: gone after a reboot. */
    struct sim_settings {
        bool echo, quiet, cmee, clip, crc, ccwa;
        uint8_t creg, cereg; /* <n> */
        uint8_t cnmi_mt, cnmi_ds;
        bool listed; /* stored messages were asked for: the host is set up */
    } set;

    /* From the host. */
    bool open; /* it holds the port */
    char line[SIM_LINE_MAX + 1];
    size_t line_len;
    bool line_long;
    struct mono line_began;
    bool prompted;     /* after "> ": a PDU follows, not a command */
    size_t pdu_octets; /* of the TPDU that AT+CMGS announced */
    struct mono boots; /* MONO_NEVER, or when a reboot is over */
    struct mono
        send_due; /* MONO_NEVER, or when the network answers; `line` is the PDU until then */

    /* To the host. */
    uint8_t out[SIM_OUT_MAX];
    size_t out_len;

    /* The call. */
    enum sim_call_state call;
    struct sim_caller caller;
    int32_t rung;
    struct mono ring_due;          /* next RING, or the end of the ringing */
    bool waits;                    /* a second caller, while the first is talked to ... */
    struct sim_caller wait_caller; /* ... this one ... */
    int32_t wait_rung;
    struct mono wait_due; /* ... and the next +CCWA, or the end of the waiting */
    bool ended;           /* a call has ended ... */
    struct mono ended_at; /* ... here, and nothing was sent since */

    /* SIM and network. */
    struct sim_slot slots[SIM_SLOTS_MAX];
    struct sim_text queue[SIM_QUEUE_MAX]; /* in the order in which they are delivered */
    size_t queue_len;
    struct sim_report reports[SIM_REPORTS_MAX];
    size_t report_len;
    bool report_unacked;      /* +CDS was sent, AT+CNMA not yet received ... */
    struct mono report_again; /* ... by then the network tries again */
    struct sim_join joins[SIM_JOINS_MAX];
    size_t join_next;
    uint8_t mr;
    uint16_t concat_ref;
    struct wall last_scts;
    int64_t sent_count; /* whole texts that the network took */

    /* For people. */
    char said[SIM_SAID_MAX];
    size_t said_len;
};

/* A plugged modem with a ready SIM and a network; rings every 5 s. */
void sim_init(struct sim *s);

/* Takes bytes of the host. */
void sim_feed(struct sim *s, struct now now, const uint8_t *bytes, size_t len);

/* Does what is due, and tells when something will be again. */
void sim_expire(struct sim *s, struct now now);
struct mono sim_deadline(const struct sim *s);

/* Returns the bytes for the host; sim_written() drops the first `len` of them. */
const uint8_t *sim_output(const struct sim *s, size_t *ret_len);
void sim_written(struct sim *s, size_t len);

/* The host has opened or closed the port; what nobody could read is lost. */
void sim_opened(struct sim *s);
void sim_closed(struct sim *s);

/* Takes the oldest report, one line. Returns false where there is none. */
bool sim_report(struct sim *s, char ret_line[SIM_SAY_MAX]);

/* Returns whether the host is set up; whether nothing rings, is on its way or waits to be read. */
bool sim_ready(const struct sim *s);
bool sim_idle(const struct sim *s);

/* Somebody calls. Returns 0, or -EBUSY during a call; but during one that was answered, where the
 * host asked for +CCWA, one waits, and rings when the first is over. */
int sim_call(struct sim *s, struct now now, const struct sim_caller *caller);
/* The caller gives up, or hangs up; somebody takes the call at the modem. -ENOENT without one. */
int sim_hang_up(struct sim *s, struct now now);
int sim_answer(struct sim *s, struct now now);

/* How a text arrives. */
struct sim_delivery {
    bool reversed;  /* the last part first */
    bool twice;     /* the network repeats each part */
    int64_t gap_ms; /* between two parts */
};

/* Somebody texts the host: `from` is a number or a name of up to 11 letters. Returns 0, -EINVAL (no
 * such sender or text) or -ENOSPC. */
int sim_text(struct sim *s, struct now now, const char *from, const char *text,
             const struct sim_delivery *how);

/* A PDU as it is, SMSC first. -ENOSPC or -EMSGSIZE. */
int sim_text_pdu(struct sim *s, struct now now, const char *hex);

/* A command is answered otherwise from now on; what it sets, it does not set. -EMSGSIZE or -ENOSPC.
 */
int sim_reply(struct sim *s, const char *command, const char *text);

/* The network goes away or comes back. */
void sim_register(struct sim *s, bool registered);

/* The modem hangs from now on. */
void sim_freeze(struct sim *s, struct now now, enum sim_hang hang);

/* The modem restarts by itself, or loses its power with the port and gets it back. */
void sim_reboot(struct sim *s, struct now now);
void sim_unplug(struct sim *s, struct now now);
void sim_replug(struct sim *s, struct now now);
