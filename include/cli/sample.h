/* include/cli/sample.h - a template as it would be sent, and what that costs. */
#pragma once
#include "io/config.h"
#include "sms/compose.h"

enum sample_values {
    SAMPLE_MIDDLING, /* a person and times of middling length */
    SAMPLE_LONGEST,  /* the longest plausible ones */
};

struct sample {
    enum template_id id;
    char text[2 * TEMPLATE_MAX]; /* "" where it does not fit */
    enum dcs_alphabet alphabet;
    size_t parts;          /* 0: it cannot be sent */
    uint32_t costly;       /* the first character that makes it UCS-2; 0 none */
    size_t replaced_count; /* characters that are folded before it is sent */
    struct compose_replacement replaced[4];
};

void sample_values(const struct config *config, enum sample_values which,
                   struct template_values *ret);

/* Fills the template in; with the opt-out line where it may be the first text to a person. */
void sample_fill(const struct config *config, enum template_id id,
                 const struct template_values *values, bool opt_out_line, struct sample *ret);
