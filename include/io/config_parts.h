/* include/io/config_parts.h - what the files of the configuration share, and nobody else needs: the
 * table of keys, the bytes of a file as a YAML document, and one value's text into its place. */
#pragma once
#include "io/config.h"
#include <yaml.h>

#define CONFIG_WHAT_MAX 400

enum config_kind {
    CONFIG_TEXT,     /* char[], one line of UTF-8 */
    CONFIG_NAME,     /* char[], letters, digits, - and _ */
    CONFIG_PATH,     /* char[], absolute */
    CONFIG_DEVICE,   /* char[], modem/device.h */
    CONFIG_NUMBER,   /* char[], E.164 */
    CONFIG_PIN,      /* char[], 4 to 8 digits, or the first line of a file that "file:" names */
    CONFIG_TEMPLATE, /* char[], policy/template.h */
    CONFIG_COUNTRY,  /* char[3] */
    CONFIG_INTEGER,  /* int32_t */
    CONFIG_BAUD,     /* int32_t */
    CONFIG_BOOL,     /* bool */
    CONFIG_CHOICE,   /* an enum: which of the `words` */
    CONFIG_DURATION, /* int64_t, ms */
    CONFIG_MODE,     /* uint32_t, permissions of a file */
    CONFIG_ZONE,     /* struct zone */
    CONFIG_CLOCK,    /* int32_t, minutes after midnight */
    CONFIG_FRACTION, /* int32_t, thousandths: "0.3" */
    CONFIG_RATE,     /* struct policy_rate: "10_in_5m"; `max` is the longest time */
    CONFIG_WINDOW,   /* struct hours_slot within one day: "09:00-20:00" */
    /* lists, each value added on its own */
    CONFIG_NUMBERS,   /* policy.own */
    CONFIG_HOURS,     /* policy.hours of the weekday `min` */
    CONFIG_HOLIDAYS,  /* policy.hours: config_holiday() reads them */
    CONFIG_AT_LINES,  /* modem.init */
    CONFIG_COUNTRIES, /* policy.countries */
    CONFIG_PREFIXES,  /* policy.deny */
    CONFIG_LANGUAGES, /* opt_out.languages */
    CONFIG_WORDS,     /* opt_out.words */
    CONFIG_ARGUMENTS, /* hooks.arguments */
    CONFIG_AFTER,     /* policy.follow_up: durations of `min` to `max` */
    CONFIG_DAYS,      /* policy.follow_up: "mon" */
    CONFIG_OWNERS,    /* policy.owner.numbers */
    CONFIG_NOTIFY,    /* policy.owner.notify: some of the `words` */
    CONFIG_URGENT,    /* policy.owner.urgent_words */
};

struct config_key {
    const char *name; /* "reply.delay"; "lines[].baud" is one of each line */
    enum config_kind kind;
    size_t offset; /* in struct config, of a line's in struct config_line */
    size_t cap;    /* octets of a char[] with its NUL */
    int64_t min, max;
    const char
        *words; /* CHOICE, NOTIFY: "a|b"; DURATION, CLOCK: the word for `word_value`, or NULL */
    int64_t word_value;   /* of a DURATION or CLOCK */
    const char *fallback; /* the default as it is written, NULL: the key is required */
    const char *help;
};

#define CONFIG_KEYS_MAX 128

/* Returns the table, in the order in which keys are shown; sections stand together. */
const struct config_key *config_keys(size_t *ret_count);

bool config_kind_is_list(enum config_kind kind);

/* Returns whether the key is one of each line. */
bool config_key_of_line(const struct config_key *key);

/* Puts the value `text` (`len` octets, then a NUL) of `key` into `c`, or `line` if it is a line's
 * key; a list's values one by one. Numbers are read as dialled in `c`'s country.
 * Returns 0, or -EINVAL and in `ret_what` what is wrong and what is expected; nothing is changed
 * then. */
int config_value(const struct config_key *key, struct config *c, struct config_line *line,
                 const char *text, size_t len, char ret_what[CONFIG_WHAT_MAX]);

/* Makes policy.opt_out of what `c` says. Returns 0, or -EINVAL and in `ret_what` what is wrong. */
int config_opt_out(struct config *c, char ret_what[CONFIG_WHAT_MAX]);

/* Adds a holiday, `date` "2026-12-25" or "12-25". Returns 0, or -EINVAL and in `ret_what` what is
 * wrong and what is expected. */
int config_holiday(struct config *c, const char *date, const char *name,
                   char ret_what[CONFIG_WHAT_MAX]);

/* Makes sure that the text of a template can be sent as the rest of `c` (complete, with a line) has
 * it, however long the next opening takes to tell; the caller's name does not count.
 * Returns 0, or -EINVAL and in `ret_what` what is wrong and what is expected. */
int config_text(const struct config *c, enum template_id id, char ret_what[CONFIG_WHAT_MAX]);

/* Copies what a person will read, in quotes, harmless and short, and returns it. */
#define CONFIG_QUOTED_MAX 200
const char *config_quote(const char *text, size_t len, char ret_quoted[CONFIG_QUOTED_MAX]);

/* Where and what is wrong in a file. */
struct config_problem {
    size_t line, column; /* from 1 */
    char what[CONFIG_WHAT_MAX];
};

/* What config_read() returns for the errno of a file that could not be read: -EAGAIN where that is
 * the machine's trouble, else -EINVAL. */
int config_errno(int number);

/* Reads one YAML document of UTF-8. What a configuration has no use for is refused: anchors,
 * aliases, tags, a second document, more than CONFIG_DEPTH_MAX levels.
 * Returns 0, and the caller deletes the document; else -EINVAL or -ENOMEM and the problem. */
#define CONFIG_DEPTH_MAX 8
int config_yaml(const char *text, size_t len, yaml_document_t *ret_document,
                struct config_problem *ret_problem);
