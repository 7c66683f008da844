/* src/io/config_reader.h - inside of the configuration: one file on its way into a struct config.
 * config_nodes.c reads what is written, key by key; config_whole.c has what must hold beside that.
 * Each function that returns int gives 0, or -EINVAL with the error written. */
#pragma once
#include "io/config_parts.h"

#define CONFIG_NAME_MAX 64 /* octets of a key with its section, with its NUL */

/* One reading of one file. */
struct config_reader {
    char file[CONFIG_PATH_MAX]; /* printable */
    char *error;
    yaml_document_t document;
    struct config *config;
    struct config_line *line;           /* whose keys are read now, or NULL */
    const yaml_node_t *lines;           /* read last: numbers want the country */
    const yaml_node_t *holidays;        /* or NULL */
    const yaml_node_t *owners;          /* the value of owner.numbers, or NULL */
    bool seen[CONFIG_KEYS_MAX];         /* by place in the table; a line's anew for each line */
    yaml_mark_t where[CONFIG_KEYS_MAX]; /* of the value */
};

/* config_nodes.c */
/* Writes the error with its place. Returns -EINVAL. */
__attribute__((format(printf, 3, 4))) int config_refuse(struct config_reader *r, yaml_mark_t mark,
                                                        const char *format, ...);
/* Returns the place of a key in the table, or -1. */
int config_find_key(const char *name);
/* Reads everything but the lines, which are kept for later: they want the country. */
int config_read_top(struct config_reader *r, const yaml_node_t *root);
int config_read_lines(struct config_reader *r, yaml_mark_t mark);

/* config_whole.c */
/* Sets the defaults of a line's keys, or of all others where `line` is NULL. */
void config_set_defaults(struct config *c, struct config_line *line);
/* All keys without a default were there: a line's, or the others. */
int config_check_required(struct config_reader *r, yaml_mark_t mark);
/* The line that was read last differs from those before it. */
int config_check_line(struct config_reader *r, yaml_mark_t mark);
/* What follows from the whole: a zone that was not given is this machine's, hours are known where
 * there is one, and each line's SIM is one of the own numbers. */
int config_finish(struct config_reader *r, yaml_mark_t mark);
int config_check_texts(struct config_reader *r, yaml_mark_t mark);
