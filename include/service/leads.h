/* include/service/leads.h - a web form somebody filled in: kept, and answered by a text where the
 * rules allow it.  Any program may take one in, whether the daemon runs or not. */
#pragma once
#include "service/service.h"

struct lead_form {
    const char *number; /* E.164 */
    const char *name;   /* "" where they gave none */
    const char *text;
    const char *consent_said; /* what the form sent for it, "" nothing */
    const char *consent_text; /* what it asks them to agree to, "" unknown */
    struct wall consented;    /* when, 0 unknown */
    const char *source;       /* "" unknown */
};

#define LEAD_WHY_SIZE 160

struct lead_result {
    int64_t lead;
    bool again;              /* it was here already: nothing was done */
    int64_t message;         /* our text, 0 none */
    char rule[32];           /* that stopped it, "" with a message */
    char why[LEAD_WHY_SIZE]; /* its detail, for people */
};

/* Whether what a form sent as consent means yes: "yes", "true", "on", "1", in any case. */
bool lead_consents(const char *said);

/* Keeps the lead and queues its text at once, by the rules for callers; without consent, or where
 * another rule says stop, it is kept and nothing is sent. A text that asks for no texts opts the
 * number out. In the caller's transaction. `config` needs no `mode`; `compose` is room to work in.
 * Returns 0 or an error of store.h. */
int lead_take(struct store *store, const struct service_config *config, struct compose *compose,
              const struct lead_form *form, struct now now, struct lead_result *ret);
