/* src/modem/parts.h - what the files of this room call of each other. */
#pragma once
#include "at/args.h"
#include "modem/modem_state.h"

/* modem.c */

/* Adds an event; there is room, since modem_feed() stops in time. Returns it to be filled in. */
struct modem_event *modem_push(struct modem *m, enum modem_event_type type);
/* Returns the event that tells of it, NULL where nothing changes. */
struct modem_event *modem_enter(struct modem *m, struct mono now, enum modem_state state,
                                const char *cause);
/* Queues a command without payload. Returns as at_submit(). */
int modem_submit(struct modem *m, enum modem_job job, enum at_expect expect, const char *prefix,
                 int64_t timeout_ms, const char *text);

/* Asserts PDU mode ahead of the job that is due: some forget it. Returns false while it is being
 * done. */
bool modem_pdu_mode(struct modem *m);

/* Returns whether calls and texts are handled: registering or ready. */
bool modem_works(const struct modem *m);

/* Hands on what has become of the calls. */
void modem_hand_calls(struct modem *m, struct mono now);

/* job.c */

/* Starts what is due first. No command runs. Returns whether there was something. */
bool job_start_next(struct modem *m, struct mono now);
/* When something is. */
struct mono job_deadline(const struct modem *m);

/* setup.c */

/* The steps of the set-up, in their order. */
enum setup_step {
    STEP_ECHO,
    STEP_WORDS,
    STEP_ERRORS,
    STEP_ANSWER,
    STEP_SIM,
    STEP_PIN_TRIES,
    STEP_PIN,
    STEP_IDENTITY,
    STEP_CHARSET,
    STEP_MODE,
    STEP_SERVICE,
    STEP_MEMORIES,
    STEP_MEMORY_NOW,
    STEP_MEMORY,
    STEP_NOTICES,
    STEP_NOTICE,
    STEP_CALLER,
    STEP_RING,
    STEP_NETWORK,
    STEP_NETWORK_LTE,
    STEP_NETWORK_NOW,
    STEP_NETWORK_LTE_NOW,
    STEP_MODEL,
    STEP_CALLS,
    STEP_CALL_LINES,
    STEP_URCS_NOW,
    STEP_URCS, /* where they go to another port */
    STEP_IMEI,
    STEP_OPERATOR_FORM,
    STEP_OPERATOR,
    STEP_SIGNAL,
    STEP_CENTRE_NOW,
    STEP_CENTRE, /* where the SIM has another one than is wanted, or none any more */
    STEP_INIT,   /* the lines of the configuration */
    STEP_COUNT,
};

/* Goes on at `step` when `due` has come. */
void setup_go(struct modem *m, struct mono due, size_t step);

/* Begins the set-up at its first step. */
void setup_begin(struct modem *m, struct mono now);
/* What the modem did not answer before it may answer now. */
void setup_hope(struct modem *m);
/* Returns whether the step is left out because it was never answered. */
bool setup_is_deaf(const struct modem *m, enum setup_step step);
void setup_start(struct modem *m, struct mono now);
void setup_line(struct modem *m, const char *line);
void setup_done(struct modem *m, struct mono now, const struct at_error *error);

/* card.c */

void card_pin_line(struct modem *m, const char *line);
void card_pin_done(struct modem *m, struct mono now, const struct at_error *error);
/* It is not asked (any more). */
void card_unanswered(struct modem *m, struct mono now);
/* The next command that counts the tries of the PIN, NULL where there is none; and its answers. */
const char *card_tries_text(const struct modem *m, const char **ret_prefix);
void card_tries_line(struct modem *m, const char *line);
/* Asks the owner whether the PIN may be tried. */
void card_want_pin(struct modem *m, struct mono now);
/* Makes AT+CPIN="...". Returns false where it may not be sent. */
bool card_pin_text(struct modem *m, char text[AT_COMMAND_MAX + 1]);
/* The next command that asks for the ICCID, NULL where there is none. */
const char *card_identity_text(const struct modem *m, const char **ret_prefix);
void card_identity_line(struct modem *m, const char *line);
void card_identity_done(struct modem *m);

/* recovery.c */

#define WAKE_FIRST_MS 200 /* after ESC CR */

/* A command ran out of time: wakes the modem with ESC CR and AT and sets it up again, or does what
 * is stronger where that did not help for long. What it was doing is settled. */
void modem_recover(struct modem *m, struct mono now, const char *cause);

/* Switches the radio of a modem that answers off and on, or resets it where that was done before.
 */
void recovery_shake(struct modem *m, struct mono now, const char *cause, bool again);

/* The same for a command of the set-up, which is left out rather than mended. */
void recovery_step_deaf(struct modem *m, struct mono now, const char *cause);

/* Sends ESC CR, then AT `pause_ms` later. */
void recovery_wake(struct modem *m, struct mono now, int64_t pause_ms);
/* When AT is tried again after one without an answer. */
struct mono recovery_wake_again(const struct modem *m, struct mono now);
/* Returns whether AT was tried often enough. */
bool recovery_spent(const struct modem *m, struct mono now);

/* When a modem that answers has been without SIM or network for too long. */
struct mono recovery_due(const struct modem *m);
/* Takes the next step of the ladder. No command runs. */
void recovery_climb(struct modem *m, struct mono now);
void recovery_power_done(struct modem *m, struct mono now);

void recovery_opened(struct modem *m, struct mono now);
void recovery_lost(struct modem *m);
/* The state is about to change from ready. */
void recovery_ready_over(struct modem *m, struct mono now);

/* Makes "why: step". */
void recovery_words(const struct modem *m, const char *why, char ret_cause[MODEM_CAUSE_MAX]);
/* Begins to count the resets anew after a day. */
void recovery_day(struct modem *m, struct mono now);

/* life.c: the heartbeat, and what a modem may forget */

struct mono life_beat_due(const struct modem *m);
void life_beat(struct modem *m);
void life_verify(struct modem *m, struct mono now);
/* The set-up is over. */
void life_set_up(struct modem *m, struct mono now);
/* Takes a line of life_verify(). Returns whether it was one. */
bool life_line(struct modem *m, struct mono now, const char *line);
/* Takes what follows "+CSCA:". */
void life_centre(struct modem *m, const char *rest);
/* AT+CMGS has ended. */
void life_sent(struct modem *m, struct mono now, const struct at_error *error);
/* The network was heard: a call, a text, another cell, another signal. A modem that answers AT and
 * says the same for hours may be dead for calls (E220, E1752, E169: gammu 4, 126, 286). */
void life_sign(struct modem *m, struct mono now);
/* When it is to be woken because of that. */
struct mono life_numb_due(const struct modem *m);
void life_numb(struct modem *m, struct mono now);
/* The modem has restarted by itself. */
void life_restarted(struct modem *m, struct mono now);
/* Takes a line of a modem whose supply is too weak (SIM800). Returns whether it is one. */
bool life_supply_line(struct modem *m, struct mono now, const char *line);
/* Says that it restarts again and again, and why that may be. `ret_cause` is "" before. */
bool life_unsteady(const struct modem *m, struct mono now, char ret_cause[MODEM_CAUSE_MAX]);
/* What a ready modem lacks, "" nothing. */
void life_cause(const struct modem *m, struct mono now, char ret_cause[MODEM_CAUSE_MAX]);

/* network.c: +CREG, +CGREG, +CEREG, +CIREG, +CSQ, +COPS */

/* Why there is no network. */
const char *network_cause(const struct modem *m);
bool network_roams(const struct modem *m);
/* Returns whether texts may work but calls do not come in. */
bool network_mute(const struct modem *m);

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
void receive_line(struct modem *m, struct mono now, enum modem_job job, const char *line,
                  const char *pdu);
void receive_done(struct modem *m, struct mono now, enum modem_job job,
                  const struct at_error *error);

/* send.c */

struct mono send_due(const struct modem *m);
void send_start(struct modem *m);
void send_line(struct modem *m, struct mono now, const char *line);
void send_done(struct modem *m, const struct at_event *e);

/* The modem is lost, restarted or deaf: settles the text in flight. */
void send_settle(struct modem *m, enum at_error_kind why);
