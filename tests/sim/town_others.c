/* Who does not ring: people who fill in a web form, and the owner with a phone. */
#include "run.h"
#include "service/leads.h"
#include "store/threads.h"
#include <inttypes.h>
#include <stdio.h>

#define OWNER "+447712399999"

void town_own(struct run *r)
{
    struct owner_config *owner = &r->w.policy.owner;
    struct truth_person *who = truth_person(&r->truth, OWNER);
    if (!who)
        return;
    who->owner = true;
    owner->relay = true;
    owner->notify = OWNER_NOTIFY_ALL;
    snprintf(owner->numbers[owner->number_count++], sizeof(owner->numbers[0]), OWNER);
    snprintf(r->w.policy.own[r->w.policy.own_count++], sizeof(r->w.policy.own[0]), OWNER);
}

/* Taken by another program; where the disk fails, the page that has the form says so. */
void town_form(struct run *r, struct truth_person *who)
{
    static const char *const said[] = {"yes", "on", "no", ""};
    const struct world *w = &r->w;
    const struct service_config config = {.line = "main",
                                          .policy = &w->policy,
                                          .modem = &w->modem,
                                          .unicode = &w->unicode,
                                          .max_parts = &w->max_parts};
    struct lead_result result = {0};
    char words[40];
    struct lead_form form = {.number = who->number,
                             .name = run_chance(r, 50) ? "Ann" : "",
                             .text = words,
                             .consent_said = said[run_draw(r, 0, 3)],
                             .consent_text = "",
                             .source = ""};
    struct store *store = town_store(r);
    snprintf(words, sizeof(words), "%d: by the form", ++r->texts);
    if (!store || w->disk->full || w->disk->bad_in_k > 0 || store_begin(store) != 0)
        return;
    if (lead_take(store, &config, &r->compose, &form, w->now, &result) == 0 &&
        store_commit(store) == 0) {
        truth_log(&r->truth, "%s fills the form in, consent \"%s\": %s", who->number,
                  form.consent_said, result.message ? "a text" : result.rule);
        truth_form(&r->truth, who, words, lead_consents(form.consent_said));
    }
    store_rollback(store);
    r->w.poked = run_chance(r, 50);
}

/* An order from the owner's phone. It is given while all is well: who orders waits for the answer.
 */
void town_order(struct run *r, struct truth_person *about)
{
    static const char *const orders[] = {"who", "pause", "away 2h", "back", "help", "what?"};
    struct truth_person *owner = truth_find(&r->truth, OWNER);
    const struct world *w = &r->w;
    char words[40];
    int64_t thread = 0;
    bool paused = r->truth.paused != 0;
    if (!owner || !owner->owner || !w->service || w->clock_ahead_s != 0 || r->truth.faulty ||
        !w->store)
        return;
    if (paused || run_chance(r, 50))
        snprintf(words, sizeof(words), "%s", paused ? "resume" : orders[run_draw(r, 0, 5)]);
    else if (thread_find_number(w->store, about->number, &thread) == 0)
        snprintf(words, sizeof(words),
                 run_chance(r, 50) ? "%" PRId64 " Owner #%d" : "done %" PRId64, thread, ++r->texts);
    else
        return;
    town_text(r, owner, words);
    world_run(&r->w, MINUTE);
}
