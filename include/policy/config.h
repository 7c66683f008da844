/* include/policy/config.h - what the owner decided about automatic texts: plain data, filled in by
 * io/config and read by the service and the rules. */
#pragma once
#include "base/zone.h"
#include "numbering/e164.h"
#include "policy/follow_up.h"
#include "policy/hours.h"
#include "policy/keyword.h"
#include "policy/owner.h"
#include "policy/quiet.h"
#include "policy/template.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_OWN_MAX 20
#define POLICY_BUSINESS_SIZE 65
#define POLICY_CALLBACK_SIZE 33
#define POLICY_OPT_OUT_LINE_SIZE 81
#define POLICY_COUNTRIES_MAX 32
#define POLICY_DENY_MAX 16
#define POLICY_HASH_SIZE 17

enum policy_mode {
    POLICY_LIVE,
    POLICY_OBSERVE, /* decide and record, send nothing */
};

/* What a ring at a line means. */
enum policy_line {
    POLICY_LINE_PRIMARY,   /* customers ring it */
    POLICY_LINE_FORWARDED, /* a phone hands on what it did not answer: each ring is a missed call */
    POLICY_LINE_SHARED,    /* a phone has a SIM of the same number: who answers there looks, here,
                              like nobody */
};

enum policy_audience {
    POLICY_AUDIENCE_ALL,
    POLICY_AUDIENCE_UNKNOWN, /* people without a name here */
    POLICY_AUDIENCE_KNOWN,   /* people with one */
};

enum policy_landlines {
    POLICY_LANDLINES_NEVER,
    POLICY_LANDLINES_TRY,
};

enum policy_doubtful {
    POLICY_DOUBTFUL_HOLD,   /* nothing automatic until the owner has said */
    POLICY_DOUBTFUL_IGNORE, /* an ordinary text */
};

/* So many in so long; 0 in any time: off. */
struct policy_rate {
    int32_t count;
    int64_t window_ms;
};

/* How much goes out. A text of several parts counts once. */
struct policy_limits {
    int32_t per_minute, per_hour, per_day; /* of one line, texts by hand counted; these delay */
    int32_t people_per_month;              /* different people texted in 30 days */
    int32_t auto_per_person;               /* automatic texts to a person in 30 days */
    int64_t pace_ms;                       /* from any text to the next automatic one */
    int32_t jitter_permille;               /* more or less of it, by chance */
};

/* What looks like a machine that answers a machine stops what is automatic for `mute_ms`. */
struct policy_breaker {
    struct policy_rate burst;     /* automatic texts of one line */
    struct policy_rate identical; /* texts from a person that say the same */
    int64_t mute_ms;
};

struct policy_config {
    char business[POLICY_BUSINESS_SIZE]; /* UTF-8 */
    char callback[POLICY_CALLBACK_SIZE]; /* as the owner wrote it, "" for none */
    char region[3];                      /* ISO 3166-1 alpha-2, numbering_region_valid() */
    struct zone zone;
    char own[POLICY_OWN_MAX][E164_MAX + 1]; /* the SIMs' and the business's numbers: never texted */
    size_t own_count;
    char
        hash[POLICY_HASH_SIZE]; /* of the whole configuration: tells one from another; "" unknown */
    enum policy_mode mode;
    enum policy_audience audience;
    enum policy_landlines landlines;
    char countries[POLICY_COUNTRIES_MAX][4];  /* regions, or "own" or "all" */
    size_t country_count;                     /* 0: only `region` */
    char deny[POLICY_DENY_MAX][E164_MAX + 1]; /* beginnings of numbers that are never texted */
    size_t deny_count;
    struct quiet quiet;
    int64_t delay_ms;               /* from the end of the call to the text */
    int64_t max_age_ms;             /* after this a text is pointless */
    int64_t cooldown_ms;            /* at most one automatic text a person in this time */
    int64_t conversation_window_ms; /* no automatic text into a conversation younger than this */
    struct policy_limits limits;
    struct policy_breaker breaker;
    struct follow_up follow_up;
    struct hours hours;
    bool hours_set; /* false: no hours are known, and the closed text is never used */
    char templates[TEMPLATE_COUNT][TEMPLATE_MAX];
    char opt_out_line[POLICY_OPT_OUT_LINE_SIZE]; /* closes the first automatic text to a person; ""
                                                    for none */
    struct keyword_list opt_out;
    enum policy_doubtful opt_out_doubtful;
    int64_t opt_out_confirm_ms; /* an opt-out is confirmed within this time or not at all */
    struct owner_config owner;  /* whose numbers are in `own`, too */
};

/* Sets every default (opt-out words: the built-in ones of all countries, and English); business,
 * region and own numbers stay empty, the zone is UTC. */
void policy_config_init(struct policy_config *ret_config);

/* Renders template `id`, and adds the opt-out line after a blank where `opt_out_line` (the first
 * automatic text to a person). Returns the octets or an error as template_render() does. */
int policy_text(const struct policy_config *config, enum template_id id,
                const struct template_values *values, bool opt_out_line, char *buf, size_t cap);
