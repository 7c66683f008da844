#include "base/utf8.h"
#include "store/outbox.h"
#include "truth_parts.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTED_WITHIN (15 * MINUTE)
#define LOOKED_AFTER (12 * MINUTE) /* a text that the modem did not tell of is found by then, */
#define NOTICED_AFTER \
    (66 * MINUTE) /* or, after a set-up of which bytes were lost, by its hourly check */
#define SETTLED_AFTER (10 * MINUTE) /* a result that was lost on the wire is waited for */
#define RETRY (6 * SECOND)          /* of what could not be stored */
#define ALIVE (10 * SECOND)         /* a call whose end was told with its last ring */

uint64_t truth_hash(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

void truth_init(struct truth *t, struct world *w)
{
    *t = (struct truth){.w = w, .fault_at = -DAY, .clock_at = -DAY, .silent_at = -DAY, .starts = 1};
}

void truth_log(struct truth *t, const char *format, ...)
{
    int64_t now = truth_now(t);
    char *line = t->log[t->log_count++ % TRUTH_LOG_MAX];
    size_t cap = sizeof(t->log[0]);
    int len = snprintf(line, cap, "%" PRId64 ".%03d ", now / 1000, (int)(now % 1000));
    va_list ap;
    va_start(ap, format);
    vsnprintf(line + len, cap - (size_t)len, format, ap);
    va_end(ap);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '.';
    if (t->loud)
        printf("# %s\n", line);
    t->digest = (t->digest ^ truth_hash(line)) * UINT64_C(1099511628211);
}

void truth_break(struct truth *t, const char *promise, const char *format, ...)
{
    if (t->broken)
        return;
    va_list ap;
    t->broken = promise;
    t->broken_at = truth_now(t);
    va_start(ap, format);
    vsnprintf(t->why, sizeof(t->why), format, ap);
    va_end(ap);
    truth_log(t, "BROKEN %s: %s", promise, t->why);
}

struct truth_person *truth_find(struct truth *t, const char *number)
{
    for (size_t i = 0; i < t->people; i++)
        if (strcmp(t->person[i].number, number) == 0)
            return &t->person[i];
    return NULL;
}

struct truth_person *truth_person(struct truth *t, const char *number)
{
    struct truth_person *p = truth_find(t, number);
    if (p || t->people == TRUTH_PEOPLE_MAX)
        return p;
    p = &t->person[t->people++];
    *p = (struct truth_person){
        .ref = (uint16_t)(t->people % 3), .last = TRUTH_SENT_MAX, .follow = TRUTH_SENT_MAX};
    snprintf(p->number, sizeof(p->number), "%s", number);
    return p;
}

void truth_unwatch(struct truth *t, const struct truth_person *who)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->watched; i++)
        if (who && t->watch[i].who != who)
            t->watch[kept++] = t->watch[i];
    t->watched = kept;
}

bool truth_wire_bad(const struct truth *t)
{
    return t->lossy || (t->lossy_at != 0 && truth_now(t) - t->lossy_at < SETTLED_AFTER);
}

bool truth_clock_right(const struct truth *t, int64_t ms)
{
    return t->w->clock_ahead_s == 0 && truth_now(t) - t->clock_at > ms;
}

void truth_fault(struct truth *t, bool begins)
{
    t->fault_at = truth_now(t);
    t->faulty = begins;
    truth_unwatch(t, NULL);
    if (!t->on_line)
        return;
    t->on_line->split++;
    t->on_line->damaged = t->on_line->damaged || t->lossy;
}

void truth_pause(struct truth *t, bool on)
{
    t->paused = on ? truth_now(t) : 0;
    truth_unwatch(t, NULL);
}

void truth_contact(struct truth *t, struct truth_person *who)
{
    who->heard = truth_now(t);
    truth_awaits(t, who);
}

void truth_awaits(struct truth *t, struct truth_person *who)
{
    who->contact = true;
    truth_unwatch(t, who);
}

void truth_rings(struct truth *t, struct truth_person *who, bool missed)
{
    int64_t now = truth_now(t);
    /* A clock that is behind at a start begins again what holds until a time, and was over. */
    bool timely = t->w->clock_ahead_s == 0 || t->w->starts == t->clock_starts;
    bool calm = timely && !t->faulty && now - t->fault_at > HOUR && t->paused == 0 &&
                now > t->held_until && truth_below_caps(t, 3 + (int)t->watched);
    bool first = !who->contact && who->out == 0 && who->shunned == 0 && who->number[0] == '+' &&
                 strspn(who->number + 1, "0123456789") > 8;
    truth_awaits(t, who);
    who->rung++;
    who->called = now;
    who->rang = now;
    who->damaged = who->damaged || truth_wire_bad(t);
    t->on_line = who;
    t->line_starts = t->w->starts;
    t->line_damaged = t->w->wire.damaged;
    t->line_told = false;
    if (t->faulty || now - t->fault_at < SECOND)
        who->split++;
    if (calm && first && missed && t->watched < TRUTH_WATCHED_MAX)
        t->watch[t->watched++] = (struct truth_watched){who, now + TEXTED_WITHIN};
}

static void read_modem(struct truth *t)
{
    char line[SIM_SAY_MAX];
    while (sim_report(&t->w->sim, line)) {
        truth_log(t, "modem: %s", line);
        if (strncmp(line, "sent ", 5) == 0)
            truth_left(t, line);
        if (strncmp(line, "report ", 7) == 0)
            truth_reported(t, line);
    }
}

static void read_text(struct truth *t, const char *data)
{
    const char *id = strstr(data, "\"id\":");
    struct message_row m;
    if (id && message_get(t->w->store, strtoll(id + 5, NULL, 10), &m) == 0)
        truth_received(t, m.number, m.text);
    else
        truth_break(t, "P3", "message.received of no message: %.80s", data);
}

/* P8: what others wrote is kept as text: whole characters, and none that JSON wants escaped. DEL,
 * which octets doubled on the line may make, is escaped where it is shown (tests/cli). */
static void judge_data(struct truth *t, const char *type, const char *data)
{
    for (size_t len = strlen(data), used = 0; len > 0; data += used, len -= used) {
        uint32_t code = 0;
        used = utf8_decode(data, len, &code);
        if (used == 0 || code < ' ') {
            truth_break(t, "P8", "an event %s holds an octet %02x", type, (unsigned char)*data);
            return;
        }
    }
}

/* The row of each person's last call. */
static void read_call(struct truth *t, const char *type, const char *data)
{
    const char *id = strstr(data, "\"id\":"), *number = strstr(data, "\"number\":\"");
    char buf[24];
    if (strncmp(type, "call.", 5) != 0 || !id || !number ||
        sscanf(number + 10, "%23[^\"]", buf) != 1)
        return;
    struct truth_person *who = truth_find(t, buf);
    if (!who)
        return;
    int64_t row = strtoll(id + 5, NULL, 10);
    if (strcmp(type, "call.answered") == 0)
        who->heard = truth_now(t);
    else if (row != who->row && who->heard < who->called)
        who->heard = who->called; /* which may have been stored later */
    bool begins = strcmp(type, "call.ringing") == 0;
    if (begins && who->row != row && who->row != 0 && who->over == 0)
        who->beside = who->row; /* of two, the store could not take the first in time */
    bool other = !begins && who->beside != 0 && who->beside != row;
    who->row = other ? who->beside : row;
    who->over = begins || other ? 0 : truth_now(t);
    if (!begins)
        who->beside = 0;
}

/* What was seen in the store has to be there after a power cut. */
static void judge_start(struct truth *t)
{
    int64_t last;
    if (t->starts == t->w->starts || !t->w->store)
        return;
    t->starts = t->w->starts;
    if (event_last_id(t->w->store, &last) == 0 && last < t->event)
        truth_break(t, "P1", "the last event was %" PRId64 " and is %" PRId64 " after a restart",
                    t->event, last);
}

static void read_store(struct truth *t)
{
    struct store_rows *rows = NULL;
    struct event_row row;
    char data[100][64];
    size_t count = 0;
    const struct disk *disk = t->w->disk;
    if (!t->w->store || disk->calls == t->disk_calls)
        return; /* nobody has written anything */
    t->disk_calls = disk->calls;
    int got = event_list(t->w->store, t->event, 100, &rows);
    while (got == 0 && event_next(rows, &row) == 1) {
        const char *reason = strstr(row.data, "\"reason\"");
        if (!reason)
            reason = strstr(row.data, "\"error\"");
        truth_log(t, "store: %s %.130s %.70s", row.type, row.data, reason ? reason : "");
        judge_data(t, row.type, row.data);
        read_call(t, row.type, row.data);
        t->event = row.id;
        if (strstr(row.data, "\"sim_changed\""))
            truth_break(t, "P1", "nobody has changed the SIM, and texts wait for a person");
        if (strcmp(row.type, "alarm") == 0) { /* a burst: automatic texts are stopped for a day */
            t->held_until = truth_now(t) + DAY + HOUR;
            truth_unwatch(t, NULL);
        }
        if (strcmp(row.type, "message.queued") == 0)
            truth_queued(t, row.data);
        if (strcmp(row.type, "message.received") == 0)
            snprintf(data[count++], sizeof(data[0]), "%s", row.data);
    }
    if (got == 0 && row.id == t->event && count == 100)
        t->disk_calls = 0; /* there are more */
    store_rows_free(rows);
    for (size_t i = 0; i < count; i++)
        read_text(t, data[i]);
}

/* P1: once a number has been seen, the call is in the store before anything else happens. */
void truth_told(struct truth *t, const char *line)
{
    struct truth_person *who = t->on_line;
    char told[48];
    if (!who || t->line_told || who->number[0] != '+' ||
        (strncmp(line, "+CLIP:", 6) != 0 && strncmp(line, "+CCWA:", 6) != 0))
        return;
    snprintf(told, sizeof(told), "\"%s\"", who->number);
    bool trouble = t->w->busy || t->w->disk->full || t->w->disk->bad_in_k > 0;
    if (!strstr(line, told) || trouble || t->line_damaged != t->w->wire.damaged ||
        truth_now(t) - t->w->trouble_at < RETRY)
        return;
    read_store(t);
    t->line_told = who->row != 0 && (who->over == 0 || truth_now(t) - who->over < ALIVE);
    if (!t->line_told)
        truth_break(t, "P1", "%s was seen, and no call is in the store", who->number);
    else if (t->tolds < TRUTH_TOLD_MAX)
        t->told[t->tolds++] = (struct truth_told){who, who->row};
}

static bool rings(const struct sim *sim, const struct truth_person *who)
{
    return (sim->call != SIM_CALL_NONE && strcmp(sim->caller.number, who->number) == 0) ||
           (sim->waits && strcmp(sim->wait_caller.number, who->number) == 0);
}

static void judge_line(struct truth *t)
{
    if (!t->on_line)
        return;
    if (t->line_starts != t->w->starts) {
        t->on_line->split++;
        t->line_starts = t->w->starts;
    }
    if (rings(&t->w->sim, t->on_line))
        t->on_line->rang = truth_now(t);
    else
        t->on_line = NULL;
}

/* P3: what lies in the modem is read, whatever became of the line that told of it. */
static void judge_memory(struct truth *t)
{
    bool used = false;
    for (size_t i = 0; i < SIM_SLOTS_MAX; i++)
        used = used || t->w->sim.slots[i].used;
    if (!used || t->faulty || t->fault_at > t->full_at)
        t->full_at = used ? truth_now(t) : 0;
    bool misheard = t->lossy_at != 0 && truth_now(t) - t->lossy_at < 2 * HOUR;
    if (t->full_at != 0 && truth_now(t) - t->full_at > (misheard ? NOTICED_AFTER : LOOKED_AFTER))
        truth_break(t, "P3", "a text lies in the modem and is not read");
}

void truth_look(struct truth *t)
{
    judge_start(t);
    read_store(t); /* first: what was stored in this instant counts for what is sent later */
    read_modem(t);
    judge_line(t);
    judge_memory(t);
    for (size_t i = 0; i < t->watched; i++) {
        struct truth_person *who = t->watch[i].who;
        if (truth_now(t) <= t->watch[i].by)
            continue;
        if (truth_below_caps(t, 0))
            truth_break(t, "P1", "%s called and was not texted", who->number);
        truth_unwatch(t, who); /* what falls due in the same hour may have used the caps up */
    }
}
