/* include/at/result.h - final result codes and what to do about them (V.250 5.7.1, 3GPP
 * TS 27.007 9.2, 27.005 3.2.5). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_ERROR_TEXT_SIZE 128
#define AT_CODE_NONE (-1)

enum at_error_kind {
    AT_ERROR_NONE,
    AT_ERROR_PLAIN, /* ERROR, COMMAND NOT SUPPORT, NO CARRIER after ATD: no number */
    AT_ERROR_CME, /* +CME ERROR: `code`, AT_CODE_NONE where the modem gave none that is a number */
    AT_ERROR_CMS, /* +CMS ERROR: as above */
    AT_ERROR_TIMEOUT, /* no final result in time */
    AT_ERROR_LOST,    /* the port went away or the modem restarted */
};

/* Advice to the sender of one message. */
enum at_error_class {
    AT_CLASS_TRANSIENT, /* try again later, with growing pauses and a limit */
    AT_CLASS_PERMANENT, /* this message will not pass as it is */
    AT_CLASS_AMBIGUOUS, /* it may have been sent: wait for a report before sending it again */
    AT_CLASS_MODEM,     /* SIM, subscription, storage or modem need attention: hold the queue */
};

struct at_error {
    enum at_error_kind kind;
    int32_t code;
    enum at_error_class class;
};

/* Returns whether `line` is a final result code; then `ret_error->kind` is AT_ERROR_NONE for a good
 * one and
 * `*ret_used` tells how much of the line belongs to it: modems glue the next line to an error
 * number. NO CARRIER, BUSY and the like are final for ATD, ATA, ATO and ATH only (`dials`):
 * anywhere else they tell of a call. */
bool at_result_parse(const char *line, bool dials, struct at_error *ret_error, size_t *ret_used);

/* Makes an error with the class that belongs to kind and code. */
struct at_error at_error_make(enum at_error_kind kind, int32_t code);

/* Writes for people: "+CMS ERROR 38: network out of order, expected to last". Returns `buf`. */
const char *at_error_str(const struct at_error *e, char buf[AT_ERROR_TEXT_SIZE]);
