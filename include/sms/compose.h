/* include/sms/compose.h - a text becomes the PDUs that AT+CMGS takes (3GPP
 * TS 23.040 9.2.2.2, 23.038 6): GSM 7 bit where it fits, after folding if wanted, else UCS-2;
 * several parts with a 16-bit reference where one is too short. */
#pragma once
#include "sms/address.h"
#include "sms/dcs.h"
#include "sms/pdu.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPOSE_PARTS_MAX 255
#define COMPOSE_TEXT_MAX 80000  /* UTF-8: 255 parts of 153 septets of 2 octets are 78030 */
#define COMPOSE_REPLACED_MAX 64 /* different characters told in `replaced`; others are not told */

enum compose_unicode {
    COMPOSE_FOLD,   /* replace what GSM 7 bit lacks where that alone saves the text from UCS-2, else
                       leave all as it is */
    COMPOSE_ALLOW,  /* replace nothing */
    COMPOSE_REFUSE, /* fold, and refuse a character that still needs UCS-2 */
};

struct compose_options {
    const char *to; /* "+447700900321", or digits without '+' as they are dialled */
    enum compose_unicode unicode;
    bool report;         /* ask for a status report (TP-SRR) */
    uint16_t concat_ref; /* must not repeat soon for a recipient; used only with several parts */
    size_t max_parts;    /* 1..COMPOSE_PARTS_MAX */
};

enum compose_err {
    COMPOSE_OK = 0,
    COMPOSE_ERR_EMPTY,
    COMPOSE_ERR_UTF8,      /* `at` tells the octet */
    COMPOSE_ERR_NUMBER,    /* `to` is no number */
    COMPOSE_ERR_CHARACTER, /* `at` and `refused` tell which the GSM alphabet lacks */
    COMPOSE_ERR_PARTS,     /* over max_parts; `part_count` tells how many it needs */
    COMPOSE_ERR_LONG,      /* over COMPOSE_TEXT_MAX or COMPOSE_PARTS_MAX; the count is not told */
};

struct compose_replacement {
    uint32_t from;  /* code point; the mark of a letter and a mark that are one character */
    const char *to; /* static; "" where it was left out */
};

/* A character that the GSM alphabet lacks. */
struct compose_lack {
    uint32_t code;
    size_t at;      /* octet in the given text where it stands first */
    const char *to; /* what folding makes of it (of a mark with its letter), static; NULL where
                       nothing can stand in */
};

/* Owned by the caller, about 86 KB: one on the stack is fine, an array is not. */
struct compose {
    enum dcs_alphabet alphabet; /* DCS_ALPHABET_GSM7 or DCS_ALPHABET_UCS2 */
    size_t part_count;
    size_t replaced_count;
    struct compose_replacement replaced[COMPOSE_REPLACED_MAX];
    size_t text_len;
    char text[COMPOSE_TEXT_MAX + 1]; /* what is really sent, NUL-terminated */

    size_t at; /* after an error: octet in the given text */
    uint32_t refused;

    size_t part_end[COMPOSE_PARTS_MAX]; /* part i is text[part_end[i - 1] .. part_end[i]) */
    struct address to;
    bool report;
    uint16_t concat_ref;
};

/* Composes the NUL-terminated `utf8`. After an error only the fields named at that error mean
 * something. */
enum compose_err compose_text(struct compose *ret, const char *utf8,
                              const struct compose_options *o);

/* Returns the text of part `i` (< part_count), borrowed from `c`, not NUL-terminated. */
const char *compose_part_text(const struct compose *c, size_t i, size_t *ret_len);

/* Returns how many septets, or UCS-2 units of two octets, part `i` (< part_count) takes beside its
 * header, and in `ret_left` how many more it could. */
size_t compose_part_units(const struct compose *c, size_t i, size_t *ret_left);

/* Finds the different characters of valid UTF-8 that the GSM alphabet lacks, in order: the first
 * `cap` of them. A text is sent as UCS-2 because of those that nothing stands in for, or of any
 * where nothing is folded. Returns the count. */
size_t compose_lacks(const char *utf8, size_t len, struct compose_lack *ret, size_t cap);

/* Writes part `i` (< part_count) in upper case hex: an empty SMSC field ("00": the SIM's), TP-MR 0
 * (the modem counts), no TP-VP (the SMSC's own). `ret_tpdu_octets` is the length for AT+CMGS=: it
 * leaves out the SMSC field. */
void compose_part(const struct compose *c, size_t i, char ret_hex[PDU_HEX_MAX + 1],
                  size_t *ret_tpdu_octets);

/* Returns what goes after "the text ", such as "needs more parts than allowed". */
const char *compose_err_str(enum compose_err e);
