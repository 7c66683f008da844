/* include/cli/cards.h - address books of other programs: vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC
 * 6350) and CSV (RFC 4180) with the titles of Google, Outlook or textback, read into names with
 * numbers.
 */
#pragma once
#include <stddef.h>

struct card {
    int line, column;   /* where the number is in the file, in octets, from 1 */
    const char *name;   /* "" where there is none */
    const char *number; /* as it is written there */
    const char *labels; /* separated by commas, semicolons or ":::"; "" none */
};

struct cards;

struct cards_error {
    int line, column;
    const char *why; /* for people */
};

/* Reads a whole file, in either format; `text` is changed and borrowed. A card with several numbers
 * gives one entry for each; those of faxes and pagers are left out. Returns the entries, or NULL
 * and in `ret_error` what is wrong with all of it. */
struct cards *cards_read(char *text, struct cards_error *ret_error);
void cards_free(struct cards *c); /* takes NULL */

/* The next entry, NULL at the end; lives as long as the cards. */
const struct card *cards_next(struct cards *c);

/* How many people have no number. */
int cards_without(const struct cards *c);

/* Prints `text` to stdout as a value of a vCard; to a terminal with foreign bytes made printable.
 */
void cards_print_value(const char *text);
