/* include/sms/ucs2.h - UCS-2 as phones use it: UTF-16, big end first, surrogate pairs included
 * (3GPP TS 23.038 6.2.3). */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Writes 2 or 4 octets and returns the count. `code` must be a Unicode scalar value (asserted). */
size_t ucs2_encode(uint32_t code, uint8_t ret_octets[4]);

/* Decodes `len` octets; half a surrogate pair becomes U+FFFD and an odd last octet is dropped.
 * `cap` must be at least len / 2 * 3 (asserted). Returns the octets of UTF-8 written; no NUL is
 * added. */
size_t ucs2_decode(const uint8_t *octets, size_t len, char *buf, size_t cap);

/* Returns how many octets at the end are the beginning of a character that goes on elsewhere: 0..3.
 */
size_t ucs2_tail(const uint8_t *octets, size_t len);

/* Returns how many octets at the beginning are the rest of a pair that began elsewhere: 0 or 2. */
size_t ucs2_head(const uint8_t *octets, size_t len);
