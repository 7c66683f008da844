#include "truth_parts.h"
#include <string.h>

void truth_texts(struct truth *t, struct truth_person *who, const char *text)
{
    if (t->texts == TRUTH_TEXTS_MAX)
        return;
    truth_awaits(t, who);
    t->text[t->texts++] = (struct truth_text){
        .from = who, .hash = truth_hash(text), .at = truth_now(t), .damaged = t->lossy};
}

/* It is shown in the same instant. */
void truth_form(struct truth *t, struct truth_person *who, const char *text, bool consents)
{
    if (t->texts == TRUTH_TEXTS_MAX)
        return;
    truth_contact(t, who);
    who->forms += consents;
    if (consents)
        who->rang = truth_now(t);
    t->text[t->texts++] =
        (struct truth_text){.from = who, .hash = truth_hash(text), .at = truth_now(t)};
}

/* What the owner texts is done when it is received; not what was long on its way. */
static void obey(struct truth *t, const struct truth_text *order, const char *text)
{
    if (truth_now(t) - order->at > HOUR)
        return;
    if (strcmp(text, "pause") == 0)
        truth_pause(t, true);
    if (strcmp(text, "resume") == 0)
        truth_pause(t, false);
}

/* They opted out: noted once, however often it is said. */
void truth_opts_out(struct truth *t, struct truth_person *who)
{
    if (who->out == 0)
        who->out = truth_now(t);
    truth_contact(t, who);
}

/* Whether a text from them was on its way while bytes were lost: what is there of it is shown once
 * the wait for the rest is over. */
static bool is_damaged(const struct truth *t, const struct truth_person *from)
{
    for (size_t i = t->first_open; i < t->texts; i++)
        if (t->text[i].from == from && t->text[i].damaged && !t->text[i].received)
            return true;
    return false;
}

/* Finds a text that is on its way; one that may have been damaged only where there is no other. */
static struct truth_text *find_text(struct truth *t, const struct truth_person *from, uint64_t hash)
{
    struct truth_text *damaged = NULL;
    for (size_t i = t->first_open; i < t->texts; i++) {
        struct truth_text *m = &t->text[i];
        bool same = !m->received && m->from == from && m->hash == hash;
        if (same && !m->damaged)
            return m;
        if (same && !damaged)
            damaged = m;
    }
    return damaged;
}

void truth_received(struct truth *t, const char *number, const char *text)
{
    const struct truth_person *from = truth_find(t, number);
    struct truth_text *m = find_text(t, from, truth_hash(text));
    if (m) {
        m->received = true;
        m->from->heard = truth_now(t);
        if (m->from->owner)
            obey(t, m, text);
        while (t->first_open < t->texts && t->text[t->first_open].received)
            t->first_open++;
        if (strcmp(text, "STOP") == 0)
            truth_opts_out(t, m->from);
        if (strcmp(text, "START") == 0)
            m->from->out = 0;
        return;
    }
    if (!t->lossy && truth_now(t) > t->lossy_until && !is_damaged(t, from))
        truth_break(t, "P3", "received from %s what is not on its way: %.80s", number, text);
}
