/* include/cli/person.h - whom a word on the command line means: a thread (t12 or 12), a call
 * (c481), a message (m77), a number in any form, a short code (sc:60777 or 60777), or a contact's
 * name. */
#pragma once
#include "cli/cli.h"

struct person {
    int64_t thread;                    /* 0: nothing was ever exchanged with this number */
    char number[STORE_NUMBER_MAX + 1]; /* E.164 where it is one */
};

enum person_need {
    PERSON_THREAD, /* somebody known */
    PERSON_NUMBER, /* any number will do */
    PERSON_SMS,    /* the same, and short codes */
};

/* Finds who is meant; wants cli->store. Bare digits are a telephone number, else a thread, else a
 * short code (4 to 8 digits); digits with a 0 in front are a telephone number or nothing. Returns
 * CLI_DONE, or after telling CLI_NOT_FOUND, CLI_USAGE (a thread and a short code), CLI_DATABASE or
 * CLI_FAILED. */
int person_find(struct cli *cli, const char *word, enum person_need need, struct person *ret);

/* Begins a transaction and finds somebody known in it: who was found before it may have been joined
 * to another thread meanwhile. Returns CLI_DONE, and cli_end() is to be called, or another code
 * after telling. */
int person_begin(struct cli *cli, const char *word, struct person *ret);

/* The line of this person's last call or text, else the first: people are texted from the number
 * they know. `thread` 0: nobody known. Returns 0, or an error of the store. */
int person_line(const struct cli *cli, int64_t thread, const struct config_line **ret);

/* Reads a number in any form, or a short code, without asking who it is. Returns NULL, or what is
 * wrong with it: "has too few digits". */
const char *person_read_number(const struct cli *cli, const char *text,
                               char ret_number[STORE_NUMBER_MAX + 1]);

/* Reads "c481" or "481" (`letter` 'c'). Returns the id, 0 where it is none. */
int64_t person_id(const char *word, char letter);
