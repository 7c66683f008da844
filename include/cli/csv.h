/* include/cli/csv.h - comma-separated values (RFC 4180), in and out.  A spreadsheet takes a cell
 * that begins with = + - @ for a formula, which may run a program: what comes from outside goes out
 * with an apostrophe before it, which is taken off again when it comes in.  A telephone number is
 * no formula. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define CSV_FIELDS_MAX 100 /* of a record; those after them are not looked at */

struct csv {
    char *at; /* what is left of the file; changed as it is read */
    char separator;
    int line; /* of that, from 1 */
    const char *begin;
    bool open; /* a quote was not closed before the end of the file */
};

struct csv_field {
    char *text;
    int line, column; /* where it begins in the file, in octets, from 1 */
};

/* `text` is borrowed and changed; a byte order mark is passed over. Fields are separated by what
 * stands first in its first line, a comma, a semicolon or a tab. */
void csv_init(struct csv *c, char *text);

/* Reads the next record. Returns how many fields it has (an empty line: one, empty), -1 at the end.
 * They live as long as the text. */
int csv_next(struct csv *c, struct csv_field fields[CSV_FIELDS_MAX]);

/* Returns the first field that begins with one of the words (ends with NULL; those first in the
 * list are looked for first), in any case; -1 none. */
int csv_find(const struct csv_field *fields, int count, const char *const *words);

/* Prints one field to stdout as it is; to a terminal with foreign bytes made printable. */
void csv_print(const char *text);
