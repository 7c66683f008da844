/* include/policy/config.h - what the owner decided about automatic texts: plain data, filled in by
 * io/config and read by the service and the rules. */
#pragma once
#include "base/zone.h"
#include "numbering/e164.h"
#include "policy/hours.h"
#include "policy/keyword.h"
#include "policy/template.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_OWN_MAX 16
#define POLICY_BUSINESS_SIZE 65
#define POLICY_CALLBACK_SIZE 33
#define POLICY_OPT_OUT_LINE_SIZE 81

struct policy_config {
    char business[POLICY_BUSINESS_SIZE]; /* UTF-8 */
    char callback[POLICY_CALLBACK_SIZE]; /* as the owner wrote it, "" for none */
    char region[3];                      /* ISO 3166-1 alpha-2, numbering_region_valid() */
    struct zone zone;
    char own[POLICY_OWN_MAX][E164_MAX + 1]; /* the SIMs' and the business's numbers: never texted */
    size_t own_count;
    int64_t delay_ms;               /* from the end of the call to the text */
    int64_t max_age_ms;             /* after this a text is pointless */
    int64_t cooldown_ms;            /* at most one automatic text a person in this time */
    int64_t conversation_window_ms; /* no automatic text into a conversation younger than this */
    struct hours hours;
    bool hours_set; /* false: no hours are known, and the closed text is never used */
    char templates[TEMPLATE_COUNT][TEMPLATE_MAX];
    char opt_out_line[POLICY_OPT_OUT_LINE_SIZE]; /* closes the first automatic text to a person; ""
                                                    for none */
    struct keyword_list opt_out_extra;
};

/* Sets every default; business, region and own numbers stay empty, the zone is UTC. */
void policy_config_init(struct policy_config *ret_config);

/* Renders template `id`, and adds the opt-out line after a blank where `opt_out_line` (the first
 * automatic text to a person). Returns the octets or an error as template_render() does. */
int policy_text(const struct policy_config *config, enum template_id id,
                const struct template_values *values, bool opt_out_line, char *buf, size_t cap);
