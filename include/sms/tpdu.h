/* include/sms/tpdu.h - the TPDUs that reach people and leave here (3GPP TS 23.040 9.2.2). pdu.h is
 * the door for decoding and compose.h for sending; the simulated modem builds what it delivers
 * here. */
#pragma once
#include "base/octets.h"
#include "sms/address.h"
#include "sms/pdu.h"
#include "sms/udh.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text for one part. It must fit beside the header and be within the alphabet (asserted:
 * segment_text() saw to it). */
struct tpdu_user_data {
    enum dcs_alphabet alphabet;
    struct udh_concat concat; /* bits 0: no header */
    const char *text;         /* UTF-8; the octets themselves for 8 bit */
    size_t text_len;
};

struct tpdu_submit {
    uint8_t mr;
    struct address to;
    uint8_t pid;
    uint8_t dcs; /* must agree with user_data.alphabet (asserted) */
    bool report;
    bool reject_duplicates;
    uint8_t validity[SCTS_OCTETS]; /* TP-VP: 1 octet relative, 7 absolute as in scts.h */
    size_t validity_octets;        /* 0, 1 or 7 */
    struct tpdu_user_data user_data;
};

struct tpdu_deliver {
    struct address from;
    uint8_t pid;
    uint8_t dcs;
    uint8_t scts[SCTS_OCTETS];
    struct tpdu_user_data user_data;
};

struct tpdu_status_report {
    uint8_t mr;
    struct address to;
    uint8_t scts[SCTS_OCTETS];
    uint8_t discharge[SCTS_OCTETS];
    uint8_t status;
};

/* Reads the TPDU that `r` stands at; `ret` must be all zero. Returns PDU_OK, or an error: `r->at`
 * is where. */
enum pdu_err tpdu_decode(struct octets_reader *r, struct pdu *ret);

void tpdu_submit_encode(struct octets_writer *w, const struct tpdu_submit *t);
void tpdu_deliver_encode(struct octets_writer *w, const struct tpdu_deliver *t);
void tpdu_status_report_encode(struct octets_writer *w, const struct tpdu_status_report *t);
