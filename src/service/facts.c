/* What the store knows of a person before something is decided about them. */
#include "policy/facts.h"
#include "base/text.h"
#include "internal.h"
#include <assert.h>

int service_facts(struct store *store, const struct policy_config *policy, struct now now,
                  struct person_facts *ret_person, struct decide_facts *facts)
{
    struct pause pause;
    struct limits_counts sent = {0};
    struct wall away_until, month = {now.wall.s - DECIDE_MONTH_S};
    struct person_facts person = {0};
    int err = pause_get(store, now.wall, &pause);
    if (err == 0)
        err = away_get(store, now.wall, &away_until);
    if (err == 0 && facts->raw[0])
        err = limits_count(store, facts->raw, month, policy->limits.people_per_month, &sent);
    if (err == 0 && facts->raw[0])
        err = person_facts(store, facts->raw, &person);
    if (err != 0)
        return err;
    facts->known = person.name != NULL;
    facts->blocked = person.blocked;
    facts->skipped = person.skipped;
    facts->opted_out = person.opted_out;
    facts->opt_out_doubtful = person.doubtful;
    facts->paused = pause.until.s > now.wall.s;
    facts->away_until = away_until;
    facts->wall_known = wall_plausible(now.wall);
    facts->now = now.wall;
    facts->undeliverable = person.undeliverable;
    facts->last_auto_text = person.last_auto;
    facts->last_conversation = person.last_talk;
    facts->stopped_until = pause.stopped;
    facts->muted_until = person.muted;
    facts->auto_texts = sent.automatic;
    facts->people = sent.people;
    facts->texted = sent.texted;
    *ret_person = person;
    return 0;
}

const char *service_facts_json(const struct decide_facts *facts, char buf[SERVICE_FACTS_SIZE])
{
    struct text sink;
    struct json json;
    text_init(&sink, buf, SERVICE_FACTS_SIZE);
    json_init(&json, json_put_text, &sink);
    facts_json(&json, facts);
    assert(text_ok(&sink));
    return buf;
}
