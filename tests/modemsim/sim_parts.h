/* tests/modemsim/sim_parts.h - what the files of the simulated modem share with each other. */
#pragma once
#include "modemsim/sim.h"

#define CMS_INVALID_PDU 304
#define CMS_INVALID_INDEX 321
#define CMS_NO_NETWORK 331
#define CMS_NO_CNMA 340
#define CME_SIM_MISSING 10
#define CME_SIM_PIN 11
#define CME_WRONG_PIN 16

/* Adds to the output, formatted; a line of its own with CR LF around it. */
void sim_put(struct sim *s, const char *bytes, size_t len);
void sim_putf(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_line(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, but only where the host may hear it now: unasked. */
void sim_urc(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a report for people, one line. */
void sim_say(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends the call: `how` is the word of the report. */
void sim_call_end(struct sim *s, struct now now, const char *how, bool silent);

/* One whole command line, without its CR (sim_at.c). */
void sim_at_line(struct sim *s, struct now now, char *line);

/* The network takes or refuses `send_pdu`: the result goes out (sim_sms.c). */
void sim_sms_submit(struct sim *s, struct now now);
/* AT+CNMA: returns whether a report waited for it. */
bool sim_sms_acknowledge(struct sim *s, struct now now);
/* Texts and status reports go to the SIM or straight to the host. */
void sim_sms_deliver(struct sim *s, struct now now);
struct mono sim_sms_deadline(const struct sim *s);
