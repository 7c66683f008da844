/* src/modem/parts.h - what the files of this room call of each other. */
#pragma once
#include "at/args.h"
#include "modem/modem_state.h"

/* modem.c */

/* Adds an event; there is room, since modem_feed() stops in time. Returns it to be filled in. */
struct modem_event *modem_push(struct modem *m, enum modem_event_type type);
void modem_enter(struct modem *m, struct mono now, enum modem_state state, const char *cause);
/* Queues a command without payload. Returns as at_submit(). */
int modem_submit(struct modem *m, enum modem_job job, enum at_expect expect, const char *prefix,
                 int64_t timeout_ms, const char *text);

/* Wakes the modem with ESC CR and AT and sets it up again. What it was doing is settled. */
void modem_recover(struct modem *m, struct mono now, const char *cause);

/* Asserts PDU mode ahead of the job that is due: some forget it. Returns false while it is being
 * done. */
bool modem_pdu_mode(struct modem *m);

/* Returns whether calls and texts are handled: registering or ready. */
bool modem_works(const struct modem *m);

/* setup.c */

/* Begins the set-up at its first step. */
void setup_begin(struct modem *m, struct mono now);
void setup_start(struct modem *m, struct mono now);
void setup_line(struct modem *m, const char *line);
void setup_done(struct modem *m, struct mono now, const struct at_error *error);

/* network.c: +CREG, +CEREG, +CSQ, +COPS */

/* Takes a URC or a response line. Returns whether it concerns the network. */
bool network_line(struct modem *m, const char *line);

/* Copies what a person may read of a modem's word: printable ASCII, cut to `cap`. */
void network_word(char *buf, size_t cap, const char *s, size_t len);

void network_check(struct modem *m, struct mono now);

/* Decides between registering and ready, the set-up being over. */
void network_judge(struct modem *m, struct mono now);

/* receive.c */

void receive_reset(struct modem *m); /* the set-up begins again */
/* Takes what AT+CPMS=? offers and picks the memories. */
void receive_offer(struct modem *m, const char *line);
/* Takes what AT+CPMS? tells, and that AT+CPMS has selected the picked ones. */
void receive_current(struct modem *m, const struct at_args *a);
void receive_home(struct modem *m);
bool receive_urc(struct modem *m, struct mono now, const char *line, const char *pdu);
struct mono receive_due(const struct modem *m, enum modem_job job);
void receive_start(struct modem *m, struct mono now, enum modem_job job);
void receive_line(struct modem *m, enum modem_job job, const char *line, const char *pdu);
void receive_done(struct modem *m, struct mono now, enum modem_job job,
                  const struct at_error *error);

/* send.c */

struct mono send_due(const struct modem *m);
void send_start(struct modem *m);
void send_line(struct modem *m, const char *line);
void send_done(struct modem *m, const struct at_event *e);

/* The modem is lost, restarted or deaf: settles the text in flight. */
void send_settle(struct modem *m, enum at_error_kind why);
