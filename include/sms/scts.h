/* include/sms/scts.h - time stamps of the SMSC: local clock and zone in quarter hours (3GPP
 * TS 23.040 9.2.3.11). */
#pragma once
#include "base/time.h"
#include <stdbool.h>
#include <stdint.h>

#define SCTS_OCTETS 7
#define SCTS_RFC3339_SIZE 26 /* "2011-03-29T10:30:03+02:00" and NUL */

struct scts {
    bool valid;      /* the octets are a date and time that exist: `local` is meaningful */
    bool zone_valid; /* the zone octet could be read too: `offset_min` and `wall` are meaningful */
    struct civil local; /* the clock at the SMSC; years 2000..2099 */
    int16_t offset_min; /* local minus UTC, multiples of 15 */
    struct wall wall;
};

/* Never fails: an impossible date or zone clears the flag above, and the message is kept. */
struct scts scts_decode(const uint8_t octets[SCTS_OCTETS]);

/* Writes the seven octets. `local` must be valid, in 2000..2099, and the offset a multiple of 15
 * within +-19:45 (asserted). */
void scts_encode(const struct civil *local, int16_t offset_min, uint8_t ret_octets[SCTS_OCTETS]);

/* Writes RFC 3339 with the sender's own offset, "" unless both flags are set. */
void scts_rfc3339(const struct scts *t, char ret_text[SCTS_RFC3339_SIZE]);
