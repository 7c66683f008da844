/* include/sms/segment.h - where a long text is cut into parts: never inside an escape pair or a
 * surrogate pair, and not inside what is seen as one character (a letter and its marks, an emoji
 * sequence) while a part can hold it whole. */
#pragma once
#include "sms/dcs.h"
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_PARTS_MAX 255

/* Returns how many units (septets, octets, or UCS-2 units of two octets) a message holds: alone
 * where `concat_bits` is 0, else beside a concatenation header of 8 or 16 bits. */
size_t segment_capacity(enum dcs_alphabet a, uint8_t concat_bits);

/* Returns how many of these units valid UTF-8 takes that the alphabet can express. */
size_t segment_units(const char *text, size_t len, enum dcs_alphabet a);

/* Cuts valid UTF-8 that the alphabet can express (octets as they are for 8 bit). One part, without
 * a header, where it fits. Part i is text[ret_end[i - 1] .. ret_end[i]). Returns the number of
 * parts, 0 for over SEGMENT_PARTS_MAX. */
size_t segment_text(const char *text, size_t len, enum dcs_alphabet a, uint8_t concat_bits,
                    size_t ret_end[SEGMENT_PARTS_MAX]);
