#include "truth.h"
#include "store/calls.h"
#include "store/outbox.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define COOLDOWN (24 * HOUR)
#define IN_FLIGHT (5 * SECOND) /* a part that was on its way when they opted out */
#define TEXTED_WITHIN (15 * MINUTE)
#define UNKNOWN_FATE (3 * MINUTE) /* so near to a fault it may not be known whether a text left */
#define TOLD_AFTER SECOND
#define CONFIRMATION "no more texts from us"
#define MISSED "missed you"

static int64_t now_ms(const struct truth *t)
{
    return t->w->now.mono.ms;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

void truth_init(struct truth *t, struct world *w)
{
    *t = (struct truth){.w = w, .fault_at = -HOUR, .digest = UINT64_C(14695981039346656037)};
}

void truth_log(struct truth *t, const char *format, ...)
{
    char *line = t->log[t->log_count++ % TRUTH_LOG_MAX];
    size_t cap = sizeof(t->log[0]);
    int len = snprintf(line, cap, "%" PRId64 ".%03d ", now_ms(t) / 1000, (int)(now_ms(t) % 1000));
    va_list ap;
    va_start(ap, format);
    vsnprintf(line + len, cap - (size_t)len, format, ap);
    va_end(ap);
    t->digest = hash_text(t->digest, line);
}

void truth_break(struct truth *t, const char *promise, const char *format, ...)
{
    if (t->broken)
        return;
    va_list ap;
    t->broken = promise;
    va_start(ap, format);
    vsnprintf(t->why, sizeof(t->why), format, ap);
    va_end(ap);
    truth_log(t, "BROKEN %s: %s", promise, t->why);
}

static struct truth_person *find(struct truth *t, const char *number)
{
    for (size_t i = 0; i < t->people; i++)
        if (strcmp(t->person[i].number, number) == 0)
            return &t->person[i];
    return NULL;
}

struct truth_person *truth_person(struct truth *t, const char *number)
{
    struct truth_person *p = find(t, number);
    if (p || t->people == TRUTH_PEOPLE_MAX)
        return p;
    p = &t->person[t->people++];
    *p = (struct truth_person){0};
    snprintf(p->number, sizeof(p->number), "%s", number);
    return p;
}

static void unwatch(struct truth *t, const struct truth_person *who)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->watched; i++)
        if (who && t->watch[i].who != who)
            t->watch[kept++] = t->watch[i];
    t->watched = kept;
}

void truth_fault(struct truth *t, bool begins)
{
    t->fault_at = now_ms(t);
    t->faulty = begins;
    t->line_disturbed = true;
    unwatch(t, NULL);
}

void truth_contact(struct truth *t, struct truth_person *who)
{
    who->contact = true;
    unwatch(t, who);
}

void truth_rings(struct truth *t, struct truth_person *who, bool missed)
{
    bool calm = !t->faulty && now_ms(t) - t->fault_at > HOUR;
    bool first = !who->contact && who->out == 0 && who->number[0] == '+';
    truth_contact(t, who);
    who->rung++;
    t->on_line = who;
    t->line_since = now_ms(t);
    t->line_disturbed = t->faulty || now_ms(t) - t->fault_at < SECOND;
    t->line_told = false;
    if (calm && first && missed && t->watched < TRUTH_WATCHED_MAX)
        t->watch[t->watched++] = (struct truth_watched){who, now_ms(t) + TEXTED_WITHIN};
}

void truth_texts(struct truth *t, struct truth_person *who, const char *text)
{
    if (t->texts == TRUTH_TEXTS_MAX)
        return;
    truth_contact(t, who);
    t->text[t->texts++] =
        (struct truth_text){.from = who, .hash = hash_text(1, text), .excused = t->lossy};
}

void truth_opts_out(struct truth *t, struct truth_person *who)
{
    if (who->out == 0)
        who->out = now_ms(t);
    truth_contact(t, who);
}

/* Whether the program cannot know what became of the text that left at `sent`. */
static bool fate_hidden(const struct truth *t, int64_t sent)
{
    return t->faulty || t->fault_at >= sent - UNKNOWN_FATE;
}

/* Returns whether this is the one copy that a text of unknown fate may have. */
static bool is_copy(struct truth *t, struct truth_person *p, const char *text)
{
    bool copy = p->texted != 0 && strcmp(p->last, text) == 0 && !p->copied && !p->reported &&
                fate_hidden(t, p->texted);
    p->copied = p->copied || copy;
    return copy;
}

static void judge_automatic(struct truth *t, struct truth_person *p, uint8_t mr, const char *text)
{
    unwatch(t, p);
    if (is_copy(t, p, text))
        return;
    if (p->texted != 0 && now_ms(t) - p->texted < COOLDOWN - 2 * MINUTE)
        truth_break(t, "P2", "a second automatic text to %s after %" PRId64 " s%s", p->number,
                    (now_ms(t) - p->texted) / SECOND,
                    p->reported ? ", and the first was reported" : "");
    if (++p->automatic > p->rung)
        truth_break(t, "P2", "%d texts to %s for %d calls", p->automatic, p->number, p->rung);
    p->texted = now_ms(t);
    p->last_mr = mr;
    p->reported = p->copied = false;
    snprintf(p->last, sizeof(p->last), "%s", text);
}

static void judge_sent(struct truth *t, const char *number, uint8_t mr, const char *text)
{
    struct truth_person *p = find(t, number);
    bool confirmation = strstr(text, CONFIRMATION) != NULL;
    if (!p) {
        if (!t->lossy)
            truth_break(t, "P6", "a text to %s, who never called", number);
        return;
    }
    if (p->out != 0 && !confirmation && now_ms(t) > p->out + IN_FLIGHT)
        truth_break(t, "P5", "a text to %s, who opted out %" PRId64 " s ago", number,
                    (now_ms(t) - p->out) / SECOND);
    if (strstr(text, MISSED))
        judge_automatic(t, p, mr, text);
    if (!confirmation)
        return;
    if (p->answered != 0 && now_ms(t) - p->answered < 20 * HOUR && !fate_hidden(t, p->answered))
        truth_break(t, "P2", "a second confirmation to %s", number);
    p->answered = now_ms(t);
}

static void read_modem(struct truth *t)
{
    char line[SIM_SAY_MAX], number[SIM_NUMBER_MAX + 1];
    unsigned mr;
    int at = 0;
    while (sim_report(&t->w->sim, line)) {
        truth_log(t, "modem: %s", line);
        if (sscanf(line, "sent %80s mr=%u", number, &mr) == 2)
            judge_sent(t, number, (uint8_t)mr, strchr(line, '"'));
        if (sscanf(line, "report %80s mr=%u%n", number, &mr, &at) == 2) {
            struct truth_person *p = find(t, number);
            if (p && p->last_mr == mr && p->texted != 0 && t->w->sim.set.cnmi_ds == 1)
                p->reported = true;
        }
    }
}

/* Whether a text from them was on its way while bytes were lost: what is there of it is shown once
 * the wait for the rest is over. */
static bool is_damaged(const struct truth *t, const struct truth_person *from)
{
    for (size_t i = t->first_open; i < t->texts; i++)
        if (t->text[i].from == from && t->text[i].excused && !t->text[i].received)
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
        if (same && !m->excused)
            return m;
        if (same && !damaged)
            damaged = m;
    }
    return damaged;
}

static void judge_received(struct truth *t, const char *number, const char *text)
{
    const struct truth_person *from = find(t, number);
    struct truth_text *m = find_text(t, from, hash_text(1, text));
    if (m) {
        m->received = true;
        while (t->first_open < t->texts && t->text[t->first_open].received)
            t->first_open++;
        if (strcmp(text, "STOP") == 0)
            truth_opts_out(t, m->from);
        if (strcmp(text, "START") == 0)
            m->from->out = 0;
        return;
    }
    if (!t->lossy && now_ms(t) > t->lossy_until && !is_damaged(t, from))
        truth_break(t, "P3", "received from %s what is not on its way: %.80s", number, text);
}

static void read_text(struct truth *t, const char *data)
{
    const char *id = strstr(data, "\"id\":");
    struct message_row m;
    if (id && message_get(t->w->store, strtoll(id + 5, NULL, 10), &m) == 0)
        judge_received(t, m.number, m.text);
    else
        truth_break(t, "P3", "message.received of no message: %.80s", data);
}

static void read_store(struct truth *t)
{
    struct store_rows *rows = NULL;
    struct event_row row;
    char data[100][64];
    size_t count = 0;
    const struct disk *disk = t->w->disk;
    if (!t->w->store || (disk && disk->calls == t->disk_calls))
        return; /* nobody has written anything */
    t->disk_calls = disk ? disk->calls : 0;
    int got = event_list(t->w->store, t->event, 100, &rows);
    while (got == 0 && event_next(rows, &row) == 1) {
        truth_log(t, "store: %s %.150s", row.type, row.data);
        t->event = row.id;
        if (strcmp(row.type, "message.received") == 0)
            snprintf(data[count++], sizeof(data[0]), "%s", row.data);
    }
    store_rows_free(rows);
    for (size_t i = 0; i < count; i++)
        read_text(t, data[i]);
}

static void judge_line(struct truth *t)
{
    const struct sim *sim = &t->w->sim;
    if (t->on_line && !t->line_told && now_ms(t) - t->line_since >= TOLD_AFTER) {
        t->line_told = true;
        if (!t->line_disturbed && t->w->service && t->w->open && sim->rung > 0)
            t->on_line->told++;
    }
    if (t->on_line && sim->call == SIM_CALL_NONE) {
        t->on_line->split += t->line_disturbed;
        t->on_line = NULL;
    }
}

void truth_look(struct truth *t)
{
    read_store(t); /* first: what was stored in this instant counts for what is sent later */
    read_modem(t);
    judge_line(t);
    for (size_t i = 0; i < t->watched; i++)
        if (now_ms(t) > t->watch[i].by)
            truth_break(t, "P1", "%s called and was not texted", t->watch[i].who->number);
}

static void judge_row(struct truth *t, const struct call_row *row)
{
    struct truth_person *p = find(t, row->number ? row->number : "");
    bool text = strcmp(row->decision, "text") == 0;
    if (row->outcome == CALL_STATE_RINGING)
        truth_break(t, "P1", "c%" PRId64 " rings for ever", row->id);
    else if (strcmp(row->decision, "pending") == 0)
        truth_break(t, "P1", "c%" PRId64 " is never decided on", row->id);
    else if (text ? row->message == 0 : !row->reason || row->reason[0] == '\0')
        truth_break(t, "P7", "c%" PRId64 " has neither a text nor a reason", row->id);
    if (p)
        p->rows++;
}

void truth_end(struct truth *t)
{
    struct store_rows *rows = NULL;
    struct call_row row;
    truth_look(t);
    int got = calls_list(t->w->store, &(struct call_filter){.limit = 10000}, &rows);
    while (got == 0 && (got = calls_next(rows, &row)) == 1) {
        judge_row(t, &row);
        got = 0;
    }
    store_rows_free(rows);
    for (size_t i = 0; i < t->people; i++) {
        const struct truth_person *p = &t->person[i];
        if (p->rows < p->told)
            truth_break(t, "P1", "%s: %d calls were told of, %d rows", p->number, p->told, p->rows);
        if (p->rows > p->rung + p->split && t->lossy_until == 0)
            truth_break(t, "P1", "%s: %d calls, %d rows", p->number, p->rung, p->rows);
    }
    for (size_t i = 0; i < t->texts; i++)
        if (!t->text[i].received && !t->text[i].excused)
            truth_break(t, "P3", "a text from %s was never received", t->text[i].from->number);
    if (got < 0 || t->w->store_errors != 0)
        truth_break(t, "P1", "the store failed");
}
