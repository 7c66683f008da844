/* src/cli/setup_parts.h - what cmd_setup.c, which finds the modem and writes the file, shares with
 * the questions and the test call. */
#pragma once
#include "base/text.h"
#include "cli/cli.h"
#include "modem/device.h"

#define SETUP_FILE_MAX 8192
#define SETUP_SYSTEM_PATH "/etc/textback/config.yaml" /* which the service reads */

struct setup {
    struct cli *cli;
    struct config *config; /* answers are tried on it */
    struct config_line *line;
    char path[CONFIG_PATH_MAX];
    char file[SETUP_FILE_MAX]; /* the configuration that is written */
    struct text text;
    char imei[DEVICE_IMEI_SIZE], own[64];
    bool wants_pin;
};

/* setup_ask.c */

/* Asks one question. Returns the answer without blanks around it, `fallback` for an empty one,
 * until the next question; NULL at the end of the input. */
const char *setup_ask(const char *question, const char *fallback);
bool setup_ask_yes(const char *question, bool fallback);
/* Tells that the input has ended. Returns CLI_FAILED. */
int setup_stopped(const struct setup *s);
/* Adds `key: "value"` to the file. */
void setup_add(struct setup *s, const char *before, const char *value);
/* Asks all that the file says, in its order. Returns CLI_DONE, or CLI_FAILED after telling. */
int setup_ask_all(struct setup *s);

/* setup_test.c */

/* Offers a call that is missed and its text, after the file is written. Returns an exit code, after
 * telling. */
int setup_test(struct setup *s);
