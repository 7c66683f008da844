/* include/policy/owner.h - the owner's phones: what they want to be told by text, and what a text
 * from one of them asks for.  A text is an order only as a whole: "who", "away 2h", "12 On my way"
 * (an answer to thread 12, also "#12 ..."); digits of any script count, case and accents do not.
 * With a PIN the order follows it: "1234 who", or "1234: who". */
#pragma once
#include "numbering/e164.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OWNER_NUMBERS_MAX 4
#define OWNER_WORDS_MAX 32
#define OWNER_WORD_SIZE 64
#define OWNER_PIN_SIZE 9
#define OWNER_AWAY_MAX_MS (INT64_C(30) * 24 * 3600 * 1000)

/* Begins every text that this program makes up for an owner but the relayed ones: whoever gets it
 * and is a program of this kind, too, knows not to answer. */
#define OWNER_SIGN "textback: "

enum owner_notify { /* bits */
                    OWNER_URGENT = 1,
                    OWNER_WAITING = 2,
                    OWNER_BROKEN = 4,
                    OWNER_NOTIFY_ALL = 7,
};

/* All zero: nobody is told anything. */
struct owner_config {
    char numbers[OWNER_NUMBERS_MAX][E164_MAX + 1];
    size_t number_count;
    uint32_t notify;                                     /* of enum owner_notify */
    char urgent_words[OWNER_WORDS_MAX][OWNER_WORD_SIZE]; /* plain, keyword_plain() */
    size_t word_count;
    int64_t waiting_after_ms; /* -1: nobody waits too long */
    int32_t digest_min;       /* minutes after local midnight; -1 off */
    bool relay;
    char pin[OWNER_PIN_SIZE]; /* "" none */
};

/* Returns whether this E.164 number is one of the owner's phones. */
bool owner_is(const struct owner_config *config, const char *number);

/* Returns whether a text holds one of the urgent words, whole, whatever its case and accents. Only
 * the first 4000 octets are looked at. */
bool owner_urgent(const struct owner_config *config, const char *text);

enum owner_act {
    OWNER_REPLY, /* `thread`, `text` */
    OWNER_WHO,
    OWNER_AWAY, /* `ms` */
    OWNER_BACK,
    OWNER_PAUSE, /* `ms` */
    OWNER_RESUME,
    OWNER_DONE, /* `thread` */
    OWNER_HELP,
    OWNER_UNCLEAR,     /* `expected` */
    OWNER_PIN_MISSING, /* no number where it belongs */
    OWNER_PIN_WRONG,   /* another number there */
    OWNER_ECHO,        /* made up by a program of this kind */
};

struct owner_order {
    enum owner_act act;
    int64_t thread;       /* 1 .. 999999999 */
    int64_t ms;           /* 0: until told otherwise; else 1 minute .. OWNER_AWAY_MAX_MS */
    const char *text;     /* the rest of what was read, never empty */
    const char *expected; /* what would have been an order, for people */
};

/* Reads what the owner texted; any bytes are safe. */
void owner_read(const struct owner_config *config, const char *text, struct owner_order *ret);

/* Hides in place what is or may be meant as the PIN, so that it is kept nowhere: digits that stand
 * first, and those that hold the PIN anywhere. Nothing where no PIN is set. */
void owner_mask(const struct owner_config *config, char *text);
