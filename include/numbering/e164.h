/* include/numbering/e164.h - telephone numbers as people and modems write them, to E.164 and back.
 * The plans of the world's regions are data (data/tables/numbering-plans.tsv, from libphonenumber).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define E164_MAX 16          /* '+' and 15 digits: ITU-T E.164 6.1 */
#define E164_NATIONAL_MAX 23 /* trunk prefix, 15 digits, blanks and brackets */

enum e164_err {
    E164_OK = 0,
    E164_ERR_EMPTY,     /* no digit at all: withheld, or blanks */
    E164_ERR_CHARACTER, /* letters, '#', '*', "sip:" and the like: a name or a service, no number */
    E164_ERR_SHORT,     /* fewer digits than a number of its range has: a short code, or cut off */
    E164_ERR_LONG,      /* more digits than a number of the country has */
    E164_ERR_REGION,    /* the region is not known: numbering_region_valid() says so beforehand */
    E164_ERR_INVALID,   /* no such country code, or a length that the country does not use */
};

/* What a number is for, as far as its digits say. */
enum number_kind {
    NUMBER_UNKNOWN, /* free phone, paging, personal, VoIP ...: the plan does not list it here */
    NUMBER_MOBILE,
    NUMBER_FIXED,
    NUMBER_EITHER, /* mobile and fixed numbers share the range, as in North America */
    NUMBER_PREMIUM,
    NUMBER_SHARED_COST,
};

/* Returns whether `region` is an ISO 3166-1 alpha-2 code (upper case) with a numbering plan. */
bool numbering_region_valid(const char *region);

/* Reads a number dialled in or sent to `region`: +44 7700 900123, 0044..., 07700 900123, +44 (0)
 * 7700..., and 447700900123 as modems give it that drop the plus. Blanks (also U+00A0), ( ) - . and
 * / count as nothing. `text` is not NUL-terminated and may hold any bytes. On E164_OK writes
 * "+447700900123", else nothing. A number of a possible length passes though its range be unknown:
 * plans grow faster than tables. */
enum e164_err e164_parse(const char *text, size_t len, const char *region,
                         char ret_number[E164_MAX + 1]);

/* Says what is wrong, for people: "has too few digits". */
const char *e164_err_str(enum e164_err err);

/* Writes an E.164 `number` as people of `region` (valid, asserted) write it: "07700 900123"; a
 * number of another country, and what is no E.164 number, unchanged (cut to the room there is). */
void e164_national(const char *number, const char *region, char ret_text[E164_NATIONAL_MAX + 1]);

/* Returns the kind of an E.164 number, NUMBER_UNKNOWN for anything else. */
enum number_kind number_kind(const char *number);

/* Returns the region that an E.164 number belongs to: "GB", or "+870" for a code without a country,
 * static. Of regions that share a calling code it is the one whose plan lists the number, else the
 * main one. NULL for anything else. */
const char *number_region(const char *number);
