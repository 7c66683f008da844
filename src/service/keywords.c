/* What follows from a text that says STOP, START or HELP, or may have meant it. */
#include "internal.h"
#include "policy/keyword.h"
#include "store/people.h"
#include <stdio.h>
#include <string.h>

#define ANSWER_EVERY_S (24 * 60 * 60) /* two machines that answer each other soon fall silent */
#define HELP_WITHIN_S (10 * 60)

static int answer(struct service *s, struct now now, const char *number, enum template_id id,
                  struct wall expires)
{
    const struct policy_config *policy = s->config.policy;
    const struct template_values values = {.business = policy->business,
                                           .callback = policy->callback};
    char body[TEMPLATE_MAX + POLICY_BUSINESS_SIZE + POLICY_CALLBACK_SIZE];
    int64_t message;
    const char *why;
    if (policy->mode == POLICY_OBSERVE ||
        policy_text(policy, id, &values, false, body, sizeof(body)) < 0)
        return 0;
    struct outbox_new text = {.line = s->line,
                              .number = number,
                              .text = body,
                              .cause = id == TEMPLATE_HELP ? CAUSE_HELP : CAUSE_OPT_OUT,
                              .created = now.wall,
                              .due = now.wall,
                              .expires = expires};
    int err = service_queue_text(s, now, &text, &message, &why);
    return err < 0 ? err : 0;
}

static void note_change(struct service *s, struct now now, const char *number, const char *detail)
{
    struct service_note *note = service_note(s, now, SERVICE_NOTE_OPT_OUT);
    snprintf(note->number, sizeof(note->number), "%s", number);
    snprintf(note->detail, sizeof(note->detail), "%s", detail);
}

static bool is_recent(struct now now, struct wall last)
{
    return last.s != 0 && now.wall.s - last.s < ANSWER_EVERY_S;
}

/* Confirmed once, and not where the text was so long on its way that its sender forgot it. */
static int opt_out(struct service *s, struct now now, const char *number,
                   const struct person_facts *person, struct wall sent)
{
    int changed = optout_add(s->store, number, "text", now.wall);
    if (changed <= 0)
        return changed;
    note_change(s, now, number, "out");
    bool late = wall_plausible(now.wall) && wall_plausible(sent) && sent.s < now.wall.s;
    int64_t from_s = late ? sent.s : now.wall.s;
    struct wall expires = {from_s + s->config.policy->opt_out_confirm_ms / 1000};
    if (expires.s < now.wall.s || is_recent(now, person->last_confirmation))
        return 0;
    return answer(s, now, number, TEMPLATE_OPT_OUT, expires);
}

static int opt_in(struct service *s, struct now now, const char *number)
{
    int changed = optout_remove(s->store, number, "text", now.wall);
    if (changed > 0)
        note_change(s, now, number, "in");
    return changed < 0 ? changed : 0;
}

static int doubt(struct service *s, struct now now, const char *number)
{
    if (s->config.policy->opt_out_doubtful == POLICY_DOUBTFUL_IGNORE)
        return 0;
    int changed = optout_doubt(s->store, number, now.wall);
    if (changed > 0)
        note_change(s, now, number, "out, perhaps: it waits for you");
    return changed < 0 ? changed : 0;
}

static int help(struct service *s, struct now now, const char *number,
                const struct person_facts *person)
{
    if (is_recent(now, person->last_help) || person->opted_out || person->blocked ||
        person->skipped || person->muted.s > now.wall.s)
        return 0;
    return answer(s, now, number, TEMPLATE_HELP, (struct wall){now.wall.s + HELP_WITHIN_S});
}

int service_keyword(struct service *s, struct now now, const char *number, struct wall sent,
                    const char *text)
{
    struct person_facts person;
    enum keyword word = keyword_match(text, &s->config.policy->opt_out);
    if (word == KEYWORD_NONE)
        return 0;
    int err = person_facts(s->store, number, &person);
    if (err != 0)
        return err;
    switch (word) {
    case KEYWORD_STOP:
        return opt_out(s, now, number, &person, sent);
    case KEYWORD_START:
        return opt_in(s, now, number);
    case KEYWORD_YES:
        return person.opted_out ? opt_in(s, now, number) : 0;
    case KEYWORD_HELP:
        return help(s, now, number, &person);
    case KEYWORD_DOUBTFUL:
        return doubt(s, now, number);
    case KEYWORD_NONE:
        break;
    }
    return 0;
}
