/* include/base/utf8.h - UTF-8 (RFC 3629): one code point at a time, and foreign text made harmless
 * for a terminal. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4 /* octets of one code point */
#define UTF8_REPLACEMENT UINT32_C(0xFFFD)
#define UTF8_REPLACEMENT_OCTETS "\xEF\xBF\xBD"

/* Decodes the code point that `s` (len >= 1) begins with. Returns its length 1..4, or 0 where no
 * well-formed one begins here (overlong, surrogate, over U+10FFFF, cut short). */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret_code);

/* Writes 1..4 octets, no NUL, and returns the count. A surrogate or a number over U+10FFFF becomes
 * U+FFFD. */
size_t utf8_encode(uint32_t code, char ret_octets[UTF8_MAX]);

/* Returns the offset of the first octet that is not part of a well-formed code point, `len` where
 * all is valid. */
size_t utf8_valid_prefix(const char *s, size_t len);

/* Returns whether the code point must not reach a terminal as it is: C0, DEL, C1, the line and
 * paragraph separators, and the marks that reorder text (U+061C, U+200E..F, U+202A..E, U+2066..9).
 */
bool utf8_is_control(uint32_t code);

/* Copies `len` octets from outside into `buf` and ends them with a NUL: each control becomes its
 * code in angle brackets
 * ("<1B>", "<202E>"), each octet that is not UTF-8 U+FFFD. A newline stays where `keep_newlines`,
 * with CR LF as one. Returns the length without the NUL; what does not fit is left off at a whole
 * character. 4 * len + 1 always fits. */
size_t utf8_printable(const char *s, size_t len, bool keep_newlines, char *buf, size_t cap);
