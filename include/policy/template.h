/* include/policy/template.h - the texts of a business and the {variables} in them:
 * {business} {name} {callback} {time} {next_open} {back_at} {holiday}, each also as {name|there}:
 * what stands behind the bar is used where the value is empty.  {{ is a brace. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_MAX 1000 /* octets of a template with its NUL */
#define TEMPLATE_ERROR_SIZE 120

enum template_id {
    TEMPLATE_FIRST,     /* to a caller who was never texted automatically */
    TEMPLATE_REPEAT,    /* to one who was */
    TEMPLATE_KNOWN,     /* to one whose name is known */
    TEMPLATE_CLOSED,    /* outside the hours */
    TEMPLATE_HOLIDAY,   /* on a holiday */
    TEMPLATE_AWAY,      /* while the owner is away */
    TEMPLATE_OPT_OUT,   /* the one confirmation of an opt-out */
    TEMPLATE_HELP,      /* the answer to HELP */
    TEMPLATE_LEAD,      /* the answer to a web form */
    TEMPLATE_FOLLOW_UP, /* to one who did not answer */
    TEMPLATE_COUNT,
};

/* What the variables stand for, each borrowed UTF-8; NULL is "". */
struct template_values {
    const char *business;
    const char *name;      /* the person's */
    const char *callback;  /* the number to ring */
    const char *time;      /* of the call, local: hours_clock_text() */
    const char *next_open; /* hours_next_open_text() */
    const char *back_at;   /* the same, of the end of being away; "" while that is open */
    const char *holiday;   /* today's */
};

struct template_error {
    size_t column;                  /* character of the template, from 1 */
    char what[TEMPLATE_ERROR_SIZE]; /* for people, printable ASCII */
};

/* Returns the key in the configuration: "first". */
const char *template_name(enum template_id id);

/* Returns whether the opt-out line may end it: the first text to a person, and each follow-up. */
bool template_may_tell_stop(enum template_id id);

/* Reads the template without rendering it. Returns 0, or -EINVAL and the first mistake. */
int template_check(const char *template, struct template_error *ret_error);

/* Writes the text with every variable replaced, NUL-terminated. Values are copied as they are:
 * braces in them mean nothing. Returns its octets, -EINVAL where template_check() does, or
 * -EMSGSIZE where it does not fit; `buf` then holds "". */
int template_render(const char *template, const struct template_values *values, char *buf,
                    size_t cap);
