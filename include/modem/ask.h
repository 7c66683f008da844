/* include/modem/ask.h - a command that a person wants to put to the modem: is it a query, and the
 * answer as it came. */
#pragma once
#include "at/engine.h"
#include "base/text.h"

#define ASK_ANSWER_MAX 2048

enum ask_phase {
    ASK_NONE,
    ASK_TAKEN,   /* waits for its turn */
    ASK_RUNNING, /* is out */
    ASK_WAITING, /* OK came, and the answer proper is a URC: +CUSD */
    ASK_DONE,
};

struct ask {
    enum ask_phase phase;
    struct mono until; /* WAITING */
    char command[AT_COMMAND_MAX + 1];
    char prefix[24]; /* of its response lines: "+CSQ:" */
    struct text text;
    char answer[ASK_ANSWER_MAX]; /* lines, each ended by \n; the result last */
};

/* Returns whether a command only asks: "AT+CSQ", "AT+CREG?", "AT+CNMI=?", "ATI" and the like; one
 * command, with nothing behind a ";". A search for networks is none: it stops calls for minutes. */
bool ask_is_query(const char *command);

/* Takes a command. Returns 0, -EBUSY while another waits, or -EINVAL for what is no command. */
int ask_begin(struct ask *a, const char *command);

/* The command to submit, with `id`; it is RUNNING then. */
void ask_start(struct ask *a, uint16_t id, struct at_command *ret);

/* Adds a response line; what does not fit is left out. */
void ask_line(struct ask *a, const char *line);

/* Returns whether a response line can only be the answer of a query that is RUNNING, and no URC of
 * the same name: "+CLIP: 1,1" tells of a setting, "+CLIP: \"+44...\",145" of a caller. */
bool ask_answers(const struct ask *a, const char *line);

/* The final result has come. */
void ask_done(struct ask *a, struct mono now, const struct at_error *error);

/* Looks whether a URC is what is waited for. */
bool ask_urc(struct ask *a, const char *line);
/* What is waited for has not come. */
void ask_expire(struct ask *a, struct mono now);

/* Nobody will answer any more. */
void ask_fail(struct ask *a, const char *why);
