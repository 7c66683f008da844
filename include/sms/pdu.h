/* include/sms/pdu.h - what a PDU says: SMSC and TPDU as +CMT, +CMGR, +CMGL and +CDS print them
 * (3GPP TS 27.005 3.1; 23.040 9.2.2). Everything here comes from outside: print it through
 * base/utf8.h only. */
#pragma once
#include "sms/address.h"
#include "sms/dcs.h"
#include "sms/scts.h"
#include "sms/udh.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest real one has 185 octets; modems also print whole SIM records of 176 and an SMSC. */
#define PDU_OCTETS_MAX 256
#define PDU_HEX_MAX (2 * PDU_OCTETS_MAX)
#define PDU_UD_MAX 255   /* 140 are allowed, but what is there beyond them is read too */
#define PDU_TEXT_MAX 765 /* each septet is at most 3 octets of UTF-8 */

enum pdu_err {
    PDU_OK = 0,
    PDU_ERR_HEX,     /* a character that is no hex digit */
    PDU_ERR_ODD,     /* an odd number of hex digits */
    PDU_ERR_LONG,    /* over PDU_OCTETS_MAX */
    PDU_ERR_SHORT,   /* ends before all its fields */
    PDU_ERR_SMSC,    /* the SMSC field is longer than an address can be */
    PDU_ERR_TYPE,    /* TP-MTI 3 is reserved; an erased SIM slot reads so too */
    PDU_ERR_ADDRESS, /* more than 20 digits */
    PDU_ERR_HEADER,  /* the user data header is longer than the user data */
};

/* TP-MTI as the SMSC sends it. 1 never comes from there: it is a text of our own, stored. */
enum pdu_type {
    PDU_DELIVER = 0,
    PDU_SUBMIT = 1,
    PDU_STATUS_REPORT = 2,
};

/* What TP-ST means (9.2.3.15). The sender gets no further report once `final` is set. */
enum pdu_outcome {
    PDU_DELIVERED,
    PDU_TEMPORARY, /* not delivered; while not final the SMSC goes on trying */
    PDU_PERMANENT,
};

struct pdu {
    enum pdu_type type;
    struct address smsc;   /* text "" where absent or empty */
    struct address number; /* the sender of a DELIVER, else the recipient */
    struct udh udh;        /* all zero in a status report */
    uint8_t pid;
    uint8_t dcs;
    struct dcs coding;
    struct scts scts;              /* not valid in a SUBMIT */
    bool reject_duplicates;        /* SUBMIT only, as the next two */
    uint8_t validity[SCTS_OCTETS]; /* TP-VP as it is */
    size_t validity_octets;        /* 0, 1 or 7 */
    bool more;                     /* the SMSC holds more messages for us (TP-MMS) */
    bool report;                   /* DELIVER: the sender wants a report; SUBMIT: we do */

    /* The user data of this part. No text for 8-bit data, compressed text, and a part that begins
     * or ends in half a surrogate pair. `data` is what follows the header, empty for GSM 7 bit. */
    bool has_text;
    bool truncated;              /* the user data ended early: what there was is here */
    char text[PDU_TEXT_MAX + 1]; /* valid UTF-8, NUL-terminated; may hold NULs too: `text_len` */
    size_t text_len;
    uint8_t data[PDU_UD_MAX];
    size_t data_len;

    /* Message waiting, from TP-DCS or else from the header. */
    bool waiting;
    bool waiting_active;
    bool waiting_store;
    enum dcs_waiting waiting_type;
    uint8_t waiting_count; /* 0 where not told */

    /* A status report (`mr` in a SUBMIT too). */
    uint8_t mr; /* TP-MR: match reports by it first, the number may come back in another form */
    uint8_t status;
    enum pdu_outcome outcome;
    bool final;
    struct scts discharge;

    size_t ud_at; /* offset of TP-UDL, which the user data follow; 0 in a status report */
    size_t end;   /* offset after the last octet read: then come filling and optional fields */
};

/* Decodes `len` octets that begin with the SMSC field, or with the TPDU where !smsc_present.
 * Returns PDU_OK, or an error with nothing in `ret` and the offset of the offending octet in
 * `ret_at` (both may be the length: it ended there). Damage that leaves something to read is no
 * error: see `truncated`, `udh.malformed` and `scts.valid`. */
enum pdu_err pdu_decode(const uint8_t *octets, size_t len, bool smsc_present, struct pdu *ret,
                        size_t *ret_at);

/* The same from `len` hex digits of either case. PDU_ERR_HEX and PDU_ERR_ODD tell the octet that
 * the digit is in. */
enum pdu_err pdu_decode_hex(const char *hex, size_t len, bool smsc_present, struct pdu *ret,
                            size_t *ret_at);

/* Returns a short phrase, such as "ends too early". */
const char *pdu_err_str(enum pdu_err e);

/* Returns "deliver", "submit" or "status_report"; "delivered", "temporary" or "permanent". */
const char *pdu_type_name(enum pdu_type t);
const char *pdu_outcome_name(enum pdu_outcome o);

/* Returns whether a program and not a person should get it: data or text for a port, 8-bit data,
 * compressed text, the silent type 0 (TP-PID 0x40), and message waiting that is not to be stored.
 * Never answer such a message. */
bool pdu_for_machine(const struct pdu *p);

/* Returns 1..7 where the message replaces an earlier one of the same type, sender and SMSC (TP-PID
 * 0x41..0x47), else 0. */
uint8_t pdu_replace_type(const struct pdu *p);

/* Writes what a person reads in place of a message without text, such as "(picture message, not
 * fetched)", "(voicemail waiting)" or "(data, 42 octets)"; "" where there is text. Of a message in
 * parts `p` is the first, which says what it is, and `data_octets` counts all. */
void pdu_describe(const struct pdu *p, size_t data_octets, char *ret_text, size_t cap);
