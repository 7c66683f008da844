#include "service/replay.h"
#include "base/text.h"
#include "policy/facts.h"
#include "store/history.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_AT_ONCE 200
#define NUMBER_SIZE (STORE_NUMBER_MAX + 1)

struct replay {
    struct store *store;
    const struct policy_config *policy;
    struct store_rows *rows; /* some calls, read ahead */
    struct wall after, until;
    int64_t after_id;
    char number[NUMBER_SIZE], raw[4 * NUMBER_SIZE]; /* of the facts */
};

int replay_new(struct store *store, const struct policy_config *policy, struct wall since,
               struct wall until, struct replay **ret)
{
    struct replay *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    *r = (struct replay){.store = store,
                         .policy = policy,
                         .after = {since.s == 0 ? INT64_MIN : since.s - 1},
                         .until = until,
                         .after_id = INT64_MAX};
    int err = history_open(store, since);
    if (err < 0)
        replay_free(r);
    else
        *ret = r;
    return err;
}

void replay_free(struct replay *r)
{
    if (!r)
        return;
    store_rows_free(r->rows);
    free(r);
}

static int next_call(struct replay *r, struct call_row *ret)
{
    int got = r->rows ? calls_next(r->rows, ret) : 0;
    if (got == 0) {
        store_rows_free(r->rows);
        r->rows = NULL;
        int err =
            calls_list_after(r->store, r->after, r->after_id, r->until, CALLS_AT_ONCE, &r->rows);
        got = err < 0 ? err : calls_next(r->rows, ret);
    }
    if (got == 1) {
        r->after = ret->started;
        r->after_id = ret->id;
    }
    return got;
}

/* Keeps text of a fact for as long as the facts are used. */
static const char *keep(char *buf, size_t cap, const char *text)
{
    return text_copy(buf, cap, text) == 0 ? buf : "";
}

/* Returns 1, or 0 where no facts were kept that can be read. */
static int read_facts(struct replay *r, int64_t call, struct decide_facts *ret)
{
    struct store_rows *rows = NULL;
    struct history_fact fact;
    int err = history_facts(r->store, call, &rows), got = 0;
    bool any = false, wrong = false;
    *ret = (struct decide_facts){.number = "", .raw = ""};
    while (err == 0 && (got = history_fact_next(rows, &fact)) == 1) {
        any = true;
        wrong = facts_set(ret, fact.key, fact.value) == -EINVAL || wrong;
    }
    ret->number = keep(r->number, sizeof(r->number), ret->number);
    ret->raw = keep(r->raw, sizeof(r->raw), ret->raw);
    store_rows_free(rows);
    if (err < 0 || got < 0)
        return err < 0 ? err : got;
    return any && !wrong && ret->number_textable == (ret->number[0] == '+');
}

static int read_was(struct replay *r, const struct call_row *call, const struct history_text *old,
                    struct replay_verdict *ret)
{
    struct store_rows *rows = NULL;
    struct call_rule rule = {0};
    *ret = (struct replay_verdict){.text = call->message != 0};
    if (ret->text) {
        ret->due = old->due;
        (void)text_copy(ret->body, sizeof(ret->body), old->text ? old->text : "");
        ret->text = old->gone.s == 0;
        (void)text_copy(ret->reason, sizeof(ret->reason), ret->text ? "" : old->state);
        if (!ret->text && old->error)
            (void)text_copy(ret->detail, sizeof(ret->detail), old->error);
        return 0;
    }
    (void)text_copy(ret->reason, sizeof(ret->reason), call->reason ? call->reason : "");
    int err = calls_rules(r->store, call->id, &rows);
    while (err == 0 && (err = calls_rule_next(rows, &rule)) == 1 && !rule.stop)
        err = 0;
    if (err == 1 && rule.detail)
        (void)text_copy(ret->detail, sizeof(ret->detail), rule.detail);
    store_rows_free(rows);
    return err < 0 ? err : 0;
}

/* What follows from earlier texts, as these decisions sent them. A clock that was corrected since
 * is put back: `ahead_s` is by how much the rows are ahead of the facts. */
static int follow_from_texts(struct replay *r, const struct call_row *call, int64_t ahead_s,
                             struct decide_facts *facts)
{
    struct history_person person = {0};
    struct wall now = {facts->now.s + ahead_s}, month = {now.s - DECIDE_MONTH_S};
    int people_max = r->policy->limits.people_per_month;
    if (call->thread == 0)
        return 0;
    int err = history_advance(r->store, now);
    if (err == 0)
        err = history_person(r->store, call->thread, month, people_max, now, &person);
    if (err < 0)
        return err;
    facts->last_auto_text = person.last_auto;
    if (person.last_auto.s != 0)
        facts->last_auto_text.s -= ahead_s;
    facts->auto_texts = person.auto_texts;
    facts->people = person.people;
    facts->texted = person.texted;
    return 0;
}

static int render(struct replay *r, const struct call_row *call, const struct decide_facts *facts,
                  const struct decision *decision, struct replay_verdict *ret)
{
    struct policy_times times;
    struct template_values values = {.name = facts->known ? call->name : NULL};
    policy_times(r->policy, facts, call->started, decision->due, &times);
    policy_values(r->policy, &times, &values);
    return policy_text(r->policy, decision->template, &values, facts->last_auto_text.s == 0,
                       ret->body, sizeof(ret->body));
}

static void refuse(struct replay_verdict *verdict, const char *reason, const char *detail)
{
    verdict->text = false;
    (void)text_copy(verdict->reason, sizeof(verdict->reason), reason);
    (void)text_copy(verdict->detail, sizeof(verdict->detail), detail);
}

/* What becomes of a text that is queued at `at`, by the clock of the rows: notes it as said, or
 * until when it would have been. */
static int send(struct replay *r, const struct replay_step *step, const struct history_text *old,
                struct wall at, int64_t delay_s, struct replay_verdict *ret)
{
    struct history_said said = {.queued = at, .due = {at.s + delay_s}, .left = {at.s + delay_s}};
    struct wall withdrawn = {0};
    const char *why = NULL;
    bool queued = step->call.message != 0;
    bool earlier = queued && said.due.s < old->due.s;
    if (queued && old->gone.s != 0) {
        bool before = earlier && said.due.s < old->gone.s;
        if (!before || strcmp(step->was.reason, "cancelled") != 0) {
            said.gone = old->gone;
            refuse(ret, step->was.reason, step->was.detail);
        }
    } else if (!queued || said.due.s > old->due.s) {
        int err = history_cancelled(r->store, step->call.thread, at, said.due, old->sent, &why,
                                    &withdrawn);
        if (err < 0)
            return err;
        if (why) {
            said.gone = withdrawn;
            refuse(ret, "cancelled", why);
        }
    } else if (!earlier && old->left.s != 0) {
        said.left = old->left; /* it had waited for its turn */
    }
    return history_say(r->store, step->call.thread, &said);
}

static int decide(struct replay *r, const struct replay_step *step, const struct history_text *old,
                  struct decide_facts *facts, struct replay_verdict *ret)
{
    const struct call_row *call = &step->call;
    struct decision decision;
    /* A forwarded call is decided while it rings. */
    bool moved = wall_plausible(call->ended) && facts->ended_at.s != 0 &&
                 (facts->line != POLICY_LINE_FORWARDED || !wall_plausible(facts->ended_at));
    int64_t ahead_s = moved ? call->ended.s - facts->ended_at.s : 0;
    int err = follow_from_texts(r, call, ahead_s, facts);
    if (err < 0)
        return err;
    if (r->policy->breaker.burst.count == 0)
        facts->stopped_until.s = 0;
    if (r->policy->breaker.identical.count == 0)
        facts->muted_until.s = 0;
    decide_call(&decision, r->policy, facts);
    *ret = (struct replay_verdict){.text = decision.text};
    if (!decision.text) {
        const struct rule_result *rule = &decision.rules[decision.decider];
        refuse(ret, rule->name, rule->detail);
        return 0;
    }
    ret->due.s = decision.due.s + ahead_s;
    if (render(r, call, facts, &decision, ret) < 0) {
        ret->body[0] = '\0';
        refuse(ret, "template", "the text of the template is too long");
        return 0;
    }
    struct wall at = {facts->now.s + ahead_s};
    return send(r, step, old, at, decision.due.s - facts->now.s, ret);
}

int replay_next(struct replay *r, struct replay_step *ret)
{
    struct history_text old = {0};
    struct decide_facts facts;
    int got = next_call(r, &ret->call);
    if (got <= 0)
        return got;
    int known = read_facts(r, ret->call.id, &facts);
    if (known < 0)
        return known;
    int err = ret->call.message ? history_text(r->store, ret->call.message, &old) : 0;
    if (err == 0)
        err = read_was(r, &ret->call, &old, &ret->was);
    ret->known = known == 1;
    ret->would = (struct replay_verdict){0};
    if (err == 0 && ret->known)
        err = decide(r, ret, &old, &facts, &ret->would);
    return err < 0 ? err : 1;
}
