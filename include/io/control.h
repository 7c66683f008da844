/* include/io/control.h - the daemon's Unix socket: one request line in, one answer line out.
 *   wake      something was written to the database: look        -> "ok"
 *   status    what only the daemon knows                         -> one line of JSON
 *   ask LINE COMMAND, tell LINE COMMAND
 *             puts an AT command to the modem of a line; `ask` only queries -> one line of JSON
 * Who may ask is a matter of the socket's mode; `tell`, which can dial and spend money, is for root
 * and the user that the daemon runs as (SO_PEERCRED).  Unknown requests get "error: ...". Lines
 * over CONTROL_LINE_MAX, and clients that are slow (the one that came first, when
 * CONTROL_CLIENTS_MAX are there), are cut off. */
#pragma once
#include "io/loop.h"
#include <stddef.h>
#include <stdint.h>

#define CONTROL_LINE_MAX 256
#define CONTROL_ANSWER_MAX 8192
#define CONTROL_CLIENTS_MAX 16

struct control;

/* Daemon side. Makes the socket (its directory is made where missing) with `mode`; a stale one is
 * replaced, one that answers gives -EADDRINUSE (another daemon runs). `ret_error` says what and
 * where. */
int control_listen(const char *path, unsigned mode, struct loop *loop, struct control **ret,
                   char ret_error[256]);
void control_free(struct control *c); /* removes the socket; takes NULL */

/* Makes the socket again where somebody removed it. Returns 1 where it did, 0 where it lies there,
 * or -errno: try again later. */
int control_refresh(struct control *c);

/* Gives the socket other permissions. Returns 0, or -errno: it is made with them when it is made
 * again. */
int control_set_mode(struct control *c, unsigned mode);

/* Returns whether `who` of a loop event belongs to this control socket. */
bool control_owns(const struct control *c, const void *who);
/* Handles the event; returns 1 with a request line, to be answered at once by control_answer(),
 * else 0. */
int control_event(struct control *c, const struct loop_event *event,
                  char ret_request[CONTROL_LINE_MAX]);
void control_answer(struct control *c, const char *line);
/* Returns whether the request that was handed out is of root or of the user that this runs as. */
bool control_trusts(const struct control *c);
/* Or keeps the request that was handed out, to be answered later by its ticket; nothing happens
 * then where the client has gone meanwhile. */
uint64_t control_keep(struct control *c);
void control_answer_kept(struct control *c, uint64_t ticket, const char *line);

/* Command side. Sends `request` and waits up to 2 s for the answer. Returns 0, -ENOENT (no daemon:
 * no socket, or nobody behind it), -EACCES, -ETIMEDOUT, or -EPROTO (cut off without an answer, or
 * the answer does not fit). */
int control_ask(const char *path, const char *request, char *ret_answer, size_t cap);
/* The same, waiting up to `wait_ms`. */
int control_ask_long(const char *path, const char *request, int64_t wait_ms, char *ret_answer,
                     size_t cap);
