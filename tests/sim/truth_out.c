#include "truth_parts.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ASKED_FOR (170 * SECOND)  /* the report of a text of unknown fate is waited for */
#define UNKNOWN_FATE (3 * MINUTE) /* so near to a fault it may not be known whether a text left */
#define SENDING (3 * MINUTE)      /* from the decision to send to the network */
#define AUTOMATIC_IN_MONTH 3
#define FOLLOW_UP "can we still help?"
#define PLAUSIBLE_S INT64_C(1600000000)
#define CONFIRMATION "no more texts from us"

/* Whether the program cannot know what became of the text that left at `sent`. */
static bool fate_hidden(const struct truth *t, int64_t sent)
{
    return t->faulty || t->fault_at >= sent - UNKNOWN_FATE;
}

static bool is_automatic(const char *text)
{
    return strstr(text, "missed you") || strstr(text, "We are closed") ||
           strstr(text, "missed your call") || strstr(text, "We are away") ||
           strstr(text, "Thanks for your message");
}

/* Returns whether this is the one copy that a text of unknown fate may have, before it is too old:
 * `good_ms` after it left at most. */
static bool is_copy(struct truth *t, const struct truth_person *p, size_t of, int64_t good_ms,
                    bool *copied, uint64_t hash)
{
    const struct truth_sent *last = of < t->sents ? &t->sent[of] : NULL;
    if (last && p->rang > last->at && truth_now(t) - last->at > t->w->policy.cooldown_ms)
        return false; /* that call has a text of its own, in the same words */
    bool copy =
        last && last->hash == hash && !*copied && !last->reported && fate_hidden(t, last->at);
    if (copy && truth_now(t) - last->at > good_ms && truth_clock_right(t, good_ms))
        copy = false;
    if (copy && truth_now(t) - last->at < ASKED_FOR && truth_clock_right(t, HOUR))
        truth_break(t, "P2", "sent again to %s after %" PRId64 " s, before a report could tell",
                    p->number, (truth_now(t) - last->at) / SECOND);
    *copied = *copied || copy;
    return copy;
}

/* How many have left in so long, with those that may be copies or without. */
static int count_left(const struct truth *t, int64_t ms, bool copies)
{
    int count = 0;
    for (size_t i = 0; i < TRUTH_RECENT_MAX && i < t->recents; i++)
        count += (copies || !t->recent[i].copy) && truth_now(t) - t->recent[i].at < ms;
    return count;
}

/* What is of unknown fate or was sent again counts there as well. */
bool truth_below_caps(const struct truth *t, int more)
{
    const struct policy_limits *limits = &t->w->policy.limits;
    return limits->people_per_month > 1000 &&
           count_left(t, HOUR + SENDING, true) * 2 + more < limits->per_hour &&
           count_left(t, DAY + SENDING, true) * 2 + more < limits->per_day;
}

/* P6: how much leaves; the program counts from the moment at which it began to send. */
static void judge_caps(struct truth *t)
{
    const struct policy_limits *limits = &t->w->policy.limits;
    int hour = count_left(t, HOUR - SENDING, false), day = count_left(t, DAY - SENDING, false);
    if (!truth_clock_right(t, DAY))
        return;
    if (hour >= limits->per_hour)
        truth_break(t, "P6", "an automatic text although %d have left within the hour", hour);
    if (day >= limits->per_day)
        truth_break(t, "P6", "an automatic text although %d have left within the day", day);
}

/* Hours and minutes in London, by the calendar of 2026 and 2027. */
static int london_minute(int64_t s)
{
    bool summer = (s >= INT64_C(1774746000) && s < INT64_C(1792890000)) ||
                  (s >= INT64_C(1806195600) && s < INT64_C(1824944400));
    return (int)((s + summer * 3600) / 60 % 1440);
}

/* P9: opening hours are told, and the morning for a follow-up is chosen, by a clock that may be
 * right. What was queued then goes out as it is, whatever becomes of the clock: it is as true as
 * before. */
void truth_queued(struct truth *t, const char *data)
{
    if (t->w->now.wall.s < PLAUSIBLE_S &&
        (strstr(data, "We are closed") || strstr(data, FOLLOW_UP)))
        truth_break(t, "P9", "hours are known by a clock that is wrong: %.120s", data);
}

/* P6: at night only those who have just called are texted; nobody long after the call. */
static void judge_hour(struct truth *t, const struct truth_person *p)
{
    int minute = london_minute(world_network_now(t->w).wall.s);
    int64_t waited = truth_now(t) - p->rang;
    bool held = minute >= 8 * 60 && waited < 12 * HOUR &&
                (minute - 8 * 60) * MINUTE < t->w->policy.max_age_ms + SENDING;
    if (!truth_clock_right(t, 2 * HOUR))
        return;
    if (waited > t->w->policy.max_age_ms + SENDING && !held)
        truth_break(t, "P6", "%s is texted %" PRId64 " s after the call", p->number,
                    waited / SECOND);
    /* What began to leave before nine may arrive a little later. */
    bool night = minute >= 21 * 60 + SENDING / MINUTE || minute < 8 * 60;
    if (night && waited > t->w->policy.quiet.grace_ms + SENDING)
        truth_break(t, "P6", "%s is texted at night, %" PRId64 " s after the call", p->number,
                    waited / SECOND);
}

static void judge_person(struct truth *t, struct truth_person *p)
{
    int64_t now = truth_now(t), cooldown = t->w->policy.cooldown_ms;
    const struct truth_sent *last = p->last < t->sents ? &t->sent[p->last] : NULL;
    /* A clock that was put ahead since: how long the one of an earlier start was right nobody
     * knows. */
    bool ahead = t->w->clock_ahead_s > 0 && p->texted_starts != t->w->starts;
    if (p->texted != 0 && now - p->texted < cooldown - 2 * MINUTE && !ahead)
        truth_break(t, "P2", "a second automatic text to %s after %" PRId64 " s%s", p->number,
                    (now - p->texted) / SECOND,
                    last && last->reported ? ", and the first was reported" : "");
    if (++p->automatic > p->rung + p->forms)
        truth_break(t, "P2", "%d texts to %s for %d calls and %d forms", p->automatic, p->number,
                    p->rung, p->forms);
    /* The month is one of the clock that the program has: put ahead, it is over sooner. */
    int64_t month = 30 * DAY - (t->w->clock_ahead_s > 0 ? t->w->clock_ahead_s * SECOND : 0);
    if (p->automatic > AUTOMATIC_IN_MONTH && now - p->before[1] < month - HOUR &&
        t->w->policy.limits.auto_per_person == AUTOMATIC_IN_MONTH)
        truth_break(t, "P6", "more than %d automatic texts to %s in a month", AUTOMATIC_IN_MONTH,
                    p->number);
    p->before[1] = p->before[0];
    p->before[0] = p->texted;
    p->texted = now;
    p->texted_starts = t->w->starts;
    p->copied = false;
    p->follows = 0;
    p->followed = 0;
    p->follow = TRUTH_SENT_MAX;
}

/* One more text to who has not answered: in the morning, one after another, and to nobody who gave
 * a sign of life. */
static void judge_follow_up(struct truth *t, struct truth_person *p)
{
    const struct follow_up *f = &t->w->policy.follow_up;
    int64_t now = truth_now(t), before = p->followed ? p->followed : p->texted;
    int minute = london_minute(world_network_now(t->w).wall.s);
    if (before == 0 || p->follows >= (int)f->after_count)
        truth_break(t, "P2", "follow-up %d to %s", p->follows + 1, p->number);
    if (p->heard > before && now > p->heard + truth_in_flight(t))
        truth_break(t, "P2",
                    "a follow-up to %s, who gave a sign of life %" PRId64 " s after a text",
                    p->number, (p->heard - before) / SECOND);
    if (truth_clock_right(t, now - before + HOUR) && now - before < f->after_ms[p->follows] - HOUR)
        truth_break(t, "P2", "a follow-up to %s after %" PRId64 " s", p->number,
                    (now - before) / SECOND);
    if (truth_clock_right(t, HOUR) &&
        (minute < f->window.from_min || minute > f->window.to_min + SENDING / MINUTE))
        truth_break(t, "P6", "a follow-up to %s at %02d:%02d", p->number, minute / 60, minute % 60);
    p->followed = now;
    p->follows += p->follows < (int)f->after_count;
    p->follow_copied = false;
}

static void judge_confirmation(struct truth *t, struct truth_person *p)
{
    if (p->answered != 0 && truth_now(t) - p->answered < 20 * HOUR &&
        !fate_hidden(t, p->answered) && truth_clock_right(t, DAY))
        truth_break(t, "P2", "a second confirmation to %s", p->number);
    p->answered = truth_now(t);
}

static struct truth_sent *note_sent(struct truth *t, struct truth_person *p, uint64_t hash,
                                    uint8_t mr)
{
    p->damaged = p->damaged || truth_wire_bad(t);
    t->sents -= t->sents == TRUTH_SENT_MAX;
    t->sent[t->sents] = (struct truth_sent){.to = p, .hash = hash, .at = truth_now(t), .mr = mr};
    return &t->sent[t->sents++];
}

static void judge_left(struct truth *t, struct truth_person *p, const char *text, uint8_t mr)
{
    int64_t now = truth_now(t);
    uint64_t hash = truth_hash(text);
    bool confirmation = strstr(text, CONFIRMATION) != NULL;
    bool call = is_automatic(text), follow = strstr(text, FOLLOW_UP) != NULL;
    bool copy =
        (call && is_copy(t, p, p->last, t->w->policy.max_age_ms + SENDING, &p->copied, hash)) ||
        (follow && is_copy(t, p, p->follow, 12 * HOUR, &p->follow_copied, hash));
    bool automatic = call || follow;
    if (p->out != 0 && !confirmation && now > p->out + truth_in_flight(t))
        truth_break(t, "P5", "a text to %s, who opted out %" PRId64 " s ago", p->number,
                    (now - p->out) / SECOND);
    if (p->shunned != 0 && now > p->shunned + truth_in_flight(t))
        truth_break(t, "P5", "a text to %s, who was blocked %" PRId64 " s ago", p->number,
                    (now - p->shunned) / SECOND);
    if (automatic && t->paused != 0 && now > t->paused + truth_in_flight(t))
        truth_break(t, "P5", "an automatic text to %s during a pause", p->number);
    if (automatic)
        truth_unwatch(t, p);
    if (automatic && !copy)
        judge_caps(t);
    if (call && !copy) {
        judge_hour(t, p);
        judge_person(t, p);
    }
    if (follow && !copy)
        judge_follow_up(t, p);
    if (confirmation)
        judge_confirmation(t, p);
    if (call)
        p->last = t->sents;
    if (follow)
        p->follow = t->sents;
    (void)note_sent(t, p, hash, mr);
    t->recent[t->recents++ % TRUTH_RECENT_MAX] = (struct truth_recent){now, copy};
}

/* Of some parts, of which the first are reported before the text is whole. */
static void note_owner(struct truth *t, struct truth_person *p, const char *text, uint8_t mr,
                       bool parts)
{
    note_sent(t, p, truth_hash(text), mr)->told = parts;
    t->recent[t->recents++ % TRUTH_RECENT_MAX] = (struct truth_recent){truth_now(t), true};
}

/* Takes the quotes away, and what they made of the text. */
static void unquote(const char *quoted, char *text)
{
    for (const char *c = quoted + (*quoted == '"'); *c && *c != '"'; c++) {
        if (*c != '\\')
            *text++ = *c;
        else
            *text++ = *++c == 'n' ? '\n' : *c;
    }
    *text = '\0';
}

/* sent NUMBER mr=N[,N...] "TEXT" */
void truth_left(struct truth *t, const char *line)
{
    char number[SIM_NUMBER_MAX + 1], text[SIM_SAY_MAX];
    unsigned mr = 0;
    const char *quoted = strchr(line, '"');
    if (sscanf(line, "sent %80s mr=%u", number, &mr) != 2 || !quoted)
        return;
    struct truth_person *p = truth_find(t, number);
    unquote(quoted, text);
    if (p && p->owner)
        note_owner(t, p, text, (uint8_t)mr, memchr(line, ',', (size_t)(quoted - line)));
    else if (p)
        judge_left(t, p, text, (uint8_t)mr);
    else if (!truth_wire_bad(t)) /* a digit of the caller may have been lost */
        truth_break(t, "P6", "a text to %s, who never called", number);
}

/* The newest text to them with this TP-MR. */
void truth_reported(struct truth *t, const char *line)
{
    char number[SIM_NUMBER_MAX + 1];
    unsigned mr = 0;
    if (sscanf(line, "report %80s mr=%u", number, &mr) != 2)
        return;
    for (size_t i = t->sents; i-- > 0;) {
        struct truth_sent *m = &t->sent[i];
        if (m->mr == mr && strcmp(m->to->number, number) == 0) {
            m->told = true;
            m->reported = m->reported || t->w->sim.set.cnmi_ds == 1; /* else it is kept there */
            return;
        }
    }
}
