/* include/io/config.h - the configuration file (YAML by libyaml), read by one table: name, type,
 * range, default and a line of help for each key drive reading, checking, the defaults that are
 * shown, and textback-config(5). */
#pragma once
#include "modem/modem.h"
#include "policy/config.h"
#include "sms/compose.h"
#include <stdio.h>

#define CONFIG_LINES_MAX 4
#define CONFIG_PATH_MAX 256
#define CONFIG_ERROR_MAX 768
#define CONFIG_LANGUAGES_MAX 16
#define CONFIG_WORDS_MAX 16
#define CONFIG_ARGUMENTS_MAX 16
#define CONFIG_HOOKS_MAX 16 /* that run at once */

struct config_line {
    char name[33];
    char number[E164_MAX + 1];    /* the SIM's own */
    char device[CONFIG_PATH_MAX]; /* modem/device.h reads it */
    int32_t baud;
    enum policy_line mode;
    struct modem_config modem;
};

enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARNING, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };

struct config {
    int32_t version;
    struct policy_config policy; /* its own numbers hold those of the lines, too */
    size_t line_count;
    struct config_line lines[CONFIG_LINES_MAX];
    struct {
        char languages[CONFIG_LANGUAGES_MAX][4];
        size_t language_count;           /* 0: English */
        char directory[CONFIG_PATH_MAX]; /* with files in place of the built-in ones, or "" */
        char words[CONFIG_WORDS_MAX][KEYWORD_SIZE];
        size_t word_count;
        bool phrases;
    } opt_out; /* what policy.opt_out is made of */
    enum compose_unicode unicode;
    int32_t max_parts;
    char currency[4]; /* "GBP" */
    struct {
        char arguments[CONFIG_ARGUMENTS_MAX][CONFIG_PATH_MAX]; /* the first one is a path */
        size_t argument_count;                                 /* 0: none */
        int64_t timeout_ms;
        int32_t max_running;
    } hooks;
    char store_path[CONFIG_PATH_MAX];
    int64_t keep_ms;          /* how long calls and texts are kept; -1 for ever */
    char control_socket[108]; /* sun_path */
    uint32_t control_mode;
    enum config_log_level log_level;
    bool mask_numbers;
    char trace[CONFIG_PATH_MAX]; /* "" off */
};

/* Sets every default; the required keys are empty, there are no lines, and the zone is UTC. */
void config_defaults(struct config *c);

/* Reads and checks `path`. Returns 0, or -ENOENT or -EACCES (no file, not readable), -EAGAIN (the
 * machine has no memory or descriptors left for it: nothing is known to be wrong with the file), or
 * -EINVAL; `ret_error` then holds one line "FILE:LINE:COL: what, and what is expected" (without a
 * place where there is no file). `ret` is written on success only. */
int config_read(const char *path, struct config *ret, char ret_error[CONFIG_ERROR_MAX]);

/* Does the same with the text of a file; `file` is how errors name it, made printable. Returns 0,
 * -EINVAL, or -EAGAIN. */
int config_parse(const char *file, const char *text, size_t len, struct config *ret,
                 char ret_error[CONFIG_ERROR_MAX]);

/* Returns the line of this name, NULL where there is none. */
const struct config_line *config_line_named(const struct config *config, const char *name);

/* Finds the file: `given` if not NULL, else $TEXTBACK_CONFIG, ~/.config/textback/config.yaml,
 * /etc/textback/config.yaml. Returns 0, or -ENOENT, or -EACCES (its directory is closed to this
 * user), and in `ret_path` the last place that was looked at. */
int config_find(const char *given, char ret_path[CONFIG_PATH_MAX]);

/* Prints every key with its default and help, as YAML comments and values (`check
 * --show-defaults`). */
void config_print_defaults(FILE *out);
