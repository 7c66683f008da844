/* include/sms/address.h - addresses: who sent it, who gets it, which SMSC (3GPP TS 23.040 9.1.2.5).
 */
#pragma once
#include "base/octets.h"
#include <stdint.h>

#define ADDRESS_DIGITS_MAX 20                                /* the ten octets of a TP address */
#define ADDRESS_SMSC_OCTETS_MAX (1 + ADDRESS_DIGITS_MAX / 2) /* type of address and digits */
#define ADDRESS_OCTETS_MAX 12 /* length, type of address, ten octets of digits */
#define ADDRESS_TEXT_MAX 33   /* 11 letters of up to 3 octets UTF-8; numbers are shorter */

/* Type of number, bits 6..4 of the type-of-address octet. */
enum address_type {
    ADDRESS_UNKNOWN = 0,
    ADDRESS_INTERNATIONAL = 1,
    ADDRESS_NATIONAL = 2,
    ADDRESS_NETWORK = 3,
    ADDRESS_SUBSCRIBER = 4,
    ADDRESS_ALPHANUMERIC = 5,
    ADDRESS_ABBREVIATED = 6,
    ADDRESS_RESERVED = 7,
};

struct address {
    enum address_type type;
    char text[ADDRESS_TEXT_MAX + 1]; /* "+447700900321"; digits 0-9 * # a b c; a name; may be "" */
};

/* Reads a TP address (its length counts digits). Makes `r` not ok where it ends early or is longer
 * than 20 digits. */
void address_read(struct octets_reader *r, struct address *ret);

/* Reads the SMSC field (its length counts octets, 0 for none: `ret->text` is ""). Makes `r` not ok
 * where it ends early or is longer than ADDRESS_SMSC_OCTETS_MAX after the length. */
void address_read_smsc(struct octets_reader *r, struct address *ret);

/* Parses a number as a person or the store writes it: '+' makes it international, else unknown; 1
 * to 20 of 0-9 * # a b c. Returns 0 or -EINVAL. */
int address_parse(const char *text, struct address *ret);

/* Writes a TP address, or the SMSC field. The text must be one that address_parse() takes or a name
 * of at most 11 septets of the default alphabet (asserted). */
void address_write(struct octets_writer *w, const struct address *a);
void address_write_smsc(struct octets_writer *w, const struct address *a);

/* Returns "international", "national", "network", "subscriber", "alphanumeric", "abbreviated",
 * "unknown" or "reserved". */
const char *address_type_name(enum address_type t);
