#include "service/leads.h"
#include "base/text.h"
#include "internal.h"
#include "policy/name.h"
#include "store/leads.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One lead while its transaction is open. */
struct taking {
    struct store *store;
    const struct service_config *config;
    struct compose *compose;
    const struct lead_form *form;
    struct now now;
    int64_t line, lead;
    struct call_rule rules[DECIDE_RULE_MAX + 2]; /* consent first, the template last */
    size_t rule_count;
    char consent[LEAD_WHY_SIZE];
};

/* The same letters in any case; `word` is small. */
static bool is_word(const char *said, const char *word)
{
    size_t i = 0;
    for (; said[i] && word[i]; i++) {
        char c = said[i] >= 'A' && said[i] <= 'Z' ? (char)(said[i] - 'A' + 'a') : said[i];
        if (c != word[i])
            return false;
    }
    return said[i] == word[i];
}

bool lead_consents(const char *said)
{
    static const char *const words[] = {"yes", "true", "on", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (is_word(said, words[i]))
            return true;
    return false;
}

static const char *or_null(const char *s)
{
    return s[0] ? s : NULL;
}

static int keep(struct taking *t)
{
    const struct lead_form *form = t->form;
    struct lead_new new = {
        .line = t->line,
        .number = form->number,
        .name = or_null(form->name),
        .text = form->text,
        .consent = lead_consents(form->consent_said),
        .consent_text = or_null(form->consent_text),
        .consented = form->consented,
        .source = or_null(form->source),
        .at = t->now.wall,
    };
    return leads_add(t->store, &new, &t->lead);
}

/* "stop texting me" in a form counts as in a text. */
static int hear(struct taking *t)
{
    int changed = 0;
    switch (keyword_match(t->form->text, &t->config->policy->opt_out)) {
    case KEYWORD_STOP:
        changed = optout_add(t->store, t->form->number, "web form", t->now.wall);
        break;
    case KEYWORD_DOUBTFUL:
        if (t->config->policy->opt_out_doubtful == POLICY_DOUBTFUL_HOLD)
            changed = optout_doubt(t->store, t->form->number, t->now.wall);
        break;
    case KEYWORD_NONE:
    case KEYWORD_START:
    case KEYWORD_YES:
    case KEYWORD_HELP:
        break;
    }
    return changed < 0 ? changed : 0;
}

/* Queues the text with `name` in it. Returns 1, 0 where it cannot be composed, or an error. */
static int queue(struct taking *t, const char *name, const struct person_facts *person,
                 const struct decide_facts *facts, const struct decision *decision, int64_t *ret_id,
                 const char **ret_why)
{
    char body[SERVICE_BODY_SIZE];
    if (service_body(t->config->policy, facts, facts->ended_at, decision, name,
                     person->last_auto.s == 0, body) < 0) {
        *ret_why = "the text of the template is too long";
        return 0;
    }
    struct outbox_new text = {
        .line = t->line,
        .number = facts->number,
        .text = body,
        .cause = CAUSE_LEAD,
        .created = t->now.wall,
        .due = decision->due,
        .expires = decision->expires,
    };
    return service_compose_text(t->store, t->config, t->compose, &text, ret_id, ret_why);
}

/* With the name that we know them by, else the one of the form if it is fit for a text; a name that
 * makes the text too long is left out. */
static int answer(struct taking *t, const struct person_facts *person,
                  const struct decide_facts *facts, const struct decision *decision,
                  int64_t *ret_id, const char **ret_why)
{
    char name[NAME_CHARACTERS_MAX * 4 + 1] = "";
    const char *own = t->form->name;
    int err = outbox_cancel_automatic(t->store, facts->number, SERVICE_REPLACED, t->now.wall);
    if (err < 0)
        return err;
    if (person->name)
        (void)text_copy(name, sizeof(name), person->name);
    else if (name_plain(own))
        (void)text_copy(name, sizeof(name), own);
    int queued = queue(t, name, person, facts, decision, ret_id, ret_why);
    return queued == 0 && name[0] ? queue(t, "", person, facts, decision, ret_id, ret_why) : queued;
}

static void add_rule(struct taking *t, const char *name, bool stop, const char *detail)
{
    t->rules[t->rule_count++] = (struct call_rule){name, stop, detail};
}

static void add_consent(struct taking *t)
{
    struct text why;
    text_init(&why, t->consent, sizeof(t->consent));
    if (lead_consents(t->form->consent_said))
        text_add(&why, "they agreed to be texted");
    else
        text_add(&why, t->form->consent_said[0] ? "they did not agree to be texted"
                                                : "the form says nothing of consent");
    add_rule(t, "consent", !lead_consents(t->form->consent_said), t->consent);
}

static const struct call_rule *find_stop(const struct taking *t)
{
    for (size_t i = 0; i < t->rule_count; i++)
        if (t->rules[i].stop)
            return &t->rules[i];
    return NULL;
}

static int decide(struct taking *t, struct person_facts *person, struct decide_facts *facts,
                  struct lead_result *ret)
{
    struct decision decision;
    char known[SERVICE_FACTS_SIZE];
    const char *why = NULL;
    decide_call(&decision, t->config->policy, facts);
    add_consent(t);
    for (size_t i = 0; i < DECIDE_RULE_MAX; i++)
        add_rule(t, decision.rules[i].name, decision.rules[i].stop, decision.rules[i].detail);
    if (!find_stop(t)) {
        int queued = answer(t, person, facts, &decision, &ret->message, &why);
        if (queued < 0)
            return queued;
        if (queued == 0)
            add_rule(t, "template", true, why);
    }
    const struct call_rule *stop = find_stop(t);
    if (stop) {
        snprintf(ret->rule, sizeof(ret->rule), "%s", stop->name);
        snprintf(ret->why, sizeof(ret->why), "%s", stop->detail);
    }
    return leads_decide(t->store, t->lead, stop ? stop->name : NULL, ret->message, t->rules,
                        t->rule_count, t->config->policy->hash, service_facts_json(facts, known),
                        t->now.wall);
}

int lead_take(struct store *store, const struct service_config *config, struct compose *compose,
              const struct lead_form *form, struct now now, struct lead_result *ret)
{
    struct taking t = {
        .store = store, .config = config, .compose = compose, .form = form, .now = now};
    struct person_facts person;
    struct decide_facts facts = {
        .about = DECIDE_ABOUT_LEAD,
        .number = form->number,
        .number_textable = true,
        .raw = form->number,
        .ended_at = now.wall,
    };
    *ret = (struct lead_result){0};
    int err = store_line(store, config->line, &t.line);
    if (err == 0)
        err = keep(&t);
    ret->lead = t.lead;
    ret->again = err == -EEXIST;
    if (err != 0)
        return ret->again ? 0 : err;
    err = hear(&t);
    if (err == 0)
        err = service_facts(store, config->policy, now, &person, &facts);
    return err != 0 ? err : decide(&t, &person, &facts, ret);
}
