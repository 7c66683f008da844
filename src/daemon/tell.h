/* src/daemon/tell.h - what the daemon says: notes of the services as log lines, and the answer to
 * `status`. */
#pragma once
#include "port.h"

/* Logs what the service of `p` noted since the last call. */
void tell_notes(struct port *p);

/* Writes one line of JSON: the lines that a modem has answered, and the result, the last of them.
 */
void tell_answer(const char *lines, char *buf, size_t cap);

/* Writes one line of JSON: what only the daemon knows (the shape of `textback status --json`). */
void tell_status(struct port *const *ports, size_t count, struct now now, char *buf, size_t cap);
