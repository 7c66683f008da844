/* include/sms/gsm7.h - the GSM 7 bit alphabet with its extension and national tables, and septets
 * in octets (3GPP TS 23.038 6.1.2, 6.2.1). */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define GSM7_LANGUAGE_MAX 13 /* national languages 1..13; others have the default tables */
#define GSM7_UTF8_MAX 3      /* octets of UTF-8 that one septet can become */

/* Returns the septets of a code point in the default and extension tables: 1, 2 (escape and code),
 * or 0 for none. */
size_t gsm7_encode(uint32_t code, uint8_t ret_septets[2]);

/* Decodes septets by the locking and single shift tables with these numbers. `cap` must be at least
 * GSM7_UTF8_MAX times `count` (asserted). Returns the octets of UTF-8 written; no NUL is added. */
size_t gsm7_decode(const uint8_t *septets, size_t count, uint8_t locking, uint8_t single, char *buf,
                   size_t cap);

/* Packs septets into octets after `skip_bits` bits, which are kept (and the unused bits of the last
 * octet are 0); unpacks them. The caller knows that (skip_bits + 7 * count + 7) / 8 octets are
 * there. */
void gsm7_pack(const uint8_t *septets, size_t count, size_t skip_bits, uint8_t *octets);
void gsm7_unpack(const uint8_t *octets, size_t skip_bits, uint8_t *ret_septets, size_t count);
