/* include/sms/udh.h - the user data header: parts, ports, languages, message waiting (3GPP
 * TS 23.040 9.2.3.24). */
#pragma once
#include "sms/dcs.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDH_SPECIAL_MAX 4 /* message waiting elements kept; further ones are skipped */

struct udh_concat {
    uint8_t bits; /* width of `ref`, 8 or 16; 0: not a part of anything, and the rest is 0 */
    uint16_t ref;
    uint8_t total; /* 1..255 */
    uint8_t seq;   /* 1..total */
};

struct udh_ports {
    uint8_t bits; /* 8 or 16; 0: not addressed to a port */
    uint16_t dst;
    uint16_t src;
};

struct udh_special {
    enum dcs_waiting type;
    bool store;    /* the message itself is to be kept */
    uint8_t count; /* how many wait, 0: none any more */
};

struct udh {
    bool present;
    bool malformed; /* an element ran past the header: it and what followed were skipped */
    struct udh_concat concat;
    struct udh_ports ports;
    uint8_t
        lang_locking; /* national language number of 23.038 6.2.1.2.4, 0 for the default table */
    uint8_t lang_single;
    size_t special_count;
    struct udh_special special[UDH_SPECIAL_MAX];
};

/* Reads the elements, `len` octets after UDHL. Never fails: elements that are unknown, of a wrong
 * length or senseless (part 3 of 2) are skipped; of two good ones of a kind the last counts,
 * as 9.2.3.24 asks. */
void udh_decode(const uint8_t *elements, size_t len, struct udh *ret);

/* Writes UDHL and one concatenation element: 6 octets for 8 bit, 7 for 16. Returns the count. */
size_t udh_encode_concat(const struct udh_concat *c, uint8_t ret_octets[7]);
