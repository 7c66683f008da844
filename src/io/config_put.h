/* src/io/config_put.h - inside of the configuration: one value on its way into its place.
 * config_value.c has those that stand alone, config_lists.c those that are added to a list. */
#pragma once
#include "io/config_parts.h"

struct config_put {
    const struct config_key *key;
    struct config *config;
    struct config_line *line; /* NULL where the key is none of a line's */
    const char *text;
    size_t len;
    char quoted[CONFIG_QUOTED_MAX];
    char *what;
};

/* config_value.c */
/* Writes what is wrong, and what is expected. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int config_put_refuse(const struct config_put *v,
                                                            const char *format, ...);
/* Returns whether a control character, but for newlines where they are allowed, is in the value. */
bool config_put_control(const struct config_put *v, bool newlines);
/* Reads a telephone number, and says what is wrong with it. */
int config_put_number(const struct config_put *v, char ret_number[E164_MAX + 1]);
/* Reads a country as people may write it: gb. */
bool config_put_region(const struct config_put *v, char ret_region[3]);

/* config_lists.c */
/* Adds one value of a list. Returns 0, or -EINVAL with the error written. */
int config_put_add(const struct config_put *v);
