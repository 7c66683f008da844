/* include/cli/radio.h - AT commands to the modem of a line: through the daemon where it runs, else
 * at the port itself, which is found as the daemon finds it. */
#pragma once
#include "cli/cli.h"
#include "daemon/find.h"
#include "modem/ask.h"

#define RADIO_WHY_SIZE 256

struct radio;

/* What a modem has answered. */
struct radio_answer {
    char lines[ASK_ANSWER_MAX];      /* each but the last ended by \n; "" none */
    char result[AT_ERROR_TEXT_SIZE]; /* "OK", or what is wrong */
};

/* Reaches the modem of `line` (borrowed). Returns 0, or what is wrong and why: -EAGAIN (the daemon
 * has it, and it does not answer), -ENOENT (no modem), -EBUSY, -EACCES, -EIO. */
int radio_open(struct cli *cli, const struct config_line *line, struct radio **ret,
               char ret_why[RADIO_WHY_SIZE]);
void radio_free(struct radio *r); /* takes NULL */

/* Returns whether the daemon has the modem, and the port where it has not. */
bool radio_of_daemon(const struct radio *r);
const char *radio_path(const struct radio *r);

/* Puts a command to it; only a query unless `any`. Returns 0 with its answer, whatever that is, or
 * -EIO and why in `ret->result`: no answer came. */
int radio_ask(struct radio *r, const char *command, bool any, struct radio_answer *ret);

/* Copies the rest of the first answered line that begins with `prefix`. Returns false where there
 * is none. */
bool radio_line(const struct radio_answer *answer, const char *prefix, char *ret, size_t cap);

/* Asks a port what is behind it. Returns 0, or an error of serial_open() and why. */
int radio_probe(const struct port_info *port, struct probe *ret, char ret_why[SERIAL_ERROR_MAX]);
