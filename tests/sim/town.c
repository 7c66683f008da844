#include "run.h"
#include "store/outbox.h"
#include "store/people.h"
#include "store/progress.h"
#include "store/threads.h"
#include <stdio.h>
#include <string.h>

#define SILENCE (20 * SECOND)
#define REGULARS 20
#define NIGHT_FROM 12 /* hours after 10:00 */
#define NIGHT_TO 20
#define ROBOT_TEXT "I am out of the office."

/* xorshift64*: the same on every machine. */
int64_t run_draw(struct run *r, int64_t from, int64_t to)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    uint64_t mixed = r->random * UINT64_C(0x2545F4914F6CDD1D);
    return from + (int64_t)((mixed >> 16) % (uint64_t)(to - from + 1));
}

bool run_chance(struct run *r, int percent)
{
    return run_draw(r, 1, 100) <= percent;
}

static struct truth_person *person(struct run *r, int64_t n)
{
    char number[24];
    snprintf(number, sizeof(number), "+4477123%05d", (int)n);
    return truth_person(&r->truth, number);
}

struct truth_person *town_stranger(struct run *r)
{
    struct truth_person *who = person(r, 1000 + r->strangers++);
    if (who)
        who->robot = run_chance(r, 5);
    return who;
}

struct truth_person *town_somebody(struct run *r)
{
    return run_chance(r, 25) ? town_stranger(r) : person(r, run_draw(r, 1, REGULARS));
}

/* Who calls again when the modem has not told the end of the last call cannot be told from one who
 * goes on ringing. */
static bool rings_on(const struct run *r, const struct truth_person *who)
{
    const struct sim *sim = &r->w.sim;
    return sim->caller.silent && r->w.now.mono.ms - sim->ended_at.ms < SILENCE &&
           strcmp(sim->caller.number, who->number) == 0;
}

/* Somebody else calls while `first` is talked to: they wait, where the modem tells of it. */
static void wait_behind(struct run *r, const struct truth_person *first)
{
    struct sim_caller caller = {.rings = (int32_t)run_draw(r, 1, 12)};
    struct truth_person *who = town_somebody(r);
    world_run(&r->w, run_draw(r, SECOND, MINUTE));
    if (!who || who == first || rings_on(r, who))
        return;
    snprintf(caller.number, sizeof(caller.number), "%s", who->number);
    if (r->w.sim.call != SIM_CALL_ANSWERED ||
        sim_call(&r->w.sim, world_network_now(&r->w), &caller) != 0)
        return;
    truth_log(&r->truth, "%s calls, and waits", who->number);
    truth_rings(&r->truth, who, true);
}

void town_ring(struct run *r, struct truth_person *who)
{
    struct sim_caller caller = {.rings = (int32_t)run_draw(r, 1, 8), .silent = run_chance(r, 20)};
    bool answered = run_chance(r, 10);
    snprintf(caller.number, sizeof(caller.number), "%s", who->number);
    if (rings_on(r, who) || r->w.sim.call != SIM_CALL_NONE ||
        sim_call(&r->w.sim, world_network_now(&r->w), &caller) != 0 ||
        r->w.sim.call == SIM_CALL_NONE)
        return;
    truth_log(&r->truth, "%s calls", who->number[0] ? who->number : "withheld");
    r->caller = who;
    truth_rings(&r->truth, who, !answered);
    if (!answered)
        return;
    world_run(&r->w, run_draw(r, SECOND, 12 * SECOND));
    (void)sim_answer(&r->w.sim, world_network_now(&r->w));
    if (run_chance(r, 30))
        wait_behind(r, who);
    world_run(&r->w, run_draw(r, 20 * SECOND, 5 * MINUTE));
    (void)sim_hang_up(&r->w.sim, world_network_now(&r->w));
}

void town_text(struct run *r, struct truth_person *who, const char *words)
{
    struct sim_delivery how = {.reversed = run_chance(r, 20),
                               .twice = run_chance(r, 15),
                               .gap_ms = run_chance(r, 20) ? run_draw(r, 0, 20 * SECOND) : 0};
    struct world *w = &r->w;
    if (SIM_QUEUE_MAX - w->sim.queue_len < 24)
        return;
    truth_log(&r->truth, "%s texts %.100s", who->number, words);
    truth_texts(&r->truth, who, words);
    w->sim.concat_ref = who->ref++; /* of a few only: those of two people meet */
    if (sim_text(&w->sim, world_network_now(w), who->number, words, &how) != 0)
        truth_break(&r->truth, "none", "the simulated network refuses a text");
}

/* A caller id of any content. */
static struct truth_person *hostile(struct run *r)
{
    static const char *const ids[] = {
        "\x1b[2J\x07",   "'; DROP TABLE call;--", "=cmd|' /C calc'!A0", "\xff\xfe\xc3(",
        "(44771\\n2345", "%s%n$(reboot)`id`",     "\xe2\x80\xae",       "<script>1</script>",
    };
    return truth_person(&r->truth, ids[run_draw(r, 0, 7)]);
}

void town_call(struct run *r)
{
    struct truth_person *who = run_chance(r, 8)   ? truth_person(&r->truth, "")
                               : run_chance(r, 3) ? hostile(r)
                                                  : town_somebody(r);
    if (!who)
        return;
    town_ring(r, who);
    if (who->number[0] == '+' && run_chance(r, 5)) { /* and wants no answer */
        world_run(&r->w, run_draw(r, 0, 50 * SECOND));
        town_text(r, who, "STOP");
    }
    for (int again = 0; again < 3 && run_chance(r, 25); again++) {
        world_run(&r->w, run_draw(r, 5 * SECOND, 3 * MINUTE));
        town_ring(r, who);
    }
}

/* What people write by hand: short, long, odd. */
static void write_words(struct run *r, char *buf, size_t cap)
{
    static const char *const words[] = {
        "Hello, can you come today?", "\xF0\x9F\x9A\xBF leaks!",  "\"quoted\" \\ %n 'text'; DROP",
        "Price? 5 {euro} [ok] ~",     "\xE6\xB0\xB4\xE3\x82\x8C", "line one\nline two",
    };
    size_t len = (size_t)snprintf(buf, cap, "%d: ", ++r->texts);
    for (int64_t i = run_chance(r, 25) ? run_draw(r, 5, 25) : 1; i > 0; i--)
        len += (size_t)snprintf(buf + len, cap - len, "%s ", words[run_draw(r, 0, 5)]);
    buf[len - 1] = '.';
}

/* Two long texts cross each other on their way. */
static void shuffle(struct run *r, size_t from)
{
    struct sim *sim = &r->w.sim;
    for (size_t i = from; i + 1 < sim->queue_len; i++) {
        size_t other = (size_t)run_draw(r, (int64_t)i, (int64_t)sim->queue_len - 1);
        struct sim_text swap = sim->queue[i];
        memcpy(sim->queue[i].pdu, sim->queue[other].pdu, sizeof(swap.pdu));
        memcpy(sim->queue[other].pdu, swap.pdu, sizeof(swap.pdu));
    }
}

/* A word that the program obeys; some change their minds. */
static void keyword(struct run *r, struct truth_person *who)
{
    static const char *const words[] = {"STOP", "STOP", "START", "HELP"};
    town_text(r, who, words[run_draw(r, 0, 3)]);
    for (int i = 0; i < 3 && run_chance(r, 30); i++) {
        world_run(&r->w, run_draw(r, SECOND, 10 * MINUTE));
        town_text(r, who, words[run_draw(r, 1, 2)]);
    }
}

/* Two texts of several parts with one number between them. */
static void two_at_once(struct run *r, struct truth_person *one, struct truth_person *other)
{
    char buf[1200];
    size_t from = r->w.sim.queue_len;
    for (int i = 0; i < 2; i++) {
        int len = snprintf(buf, sizeof(buf), "%d: ", ++r->texts);
        for (int n = 0; n < 8; n++)
            len += snprintf(buf + len, sizeof(buf) - (size_t)len, "%d can you come today? ", n);
        buf[len - 1] = '.';
        other->ref = one->ref;
        town_text(r, i ? other : one, buf);
        one->ref = (uint16_t)(other->ref - i);
    }
    shuffle(r, from);
}

static void texts(struct run *r)
{
    char buf[1200];
    struct truth_person *who = town_somebody(r), *other = town_somebody(r);
    if (who && run_chance(r, 5))
        who = truth_person(&r->truth, run_chance(r, 50) ? "Parcel" : "60777");
    if (!who || !other)
        return;
    if (who->number[0] == '+' && run_chance(r, 25)) {
        keyword(r, who);
        return;
    }
    if (who != other && run_chance(r, 15)) {
        two_at_once(r, who, other);
        return;
    }
    write_words(r, buf, sizeof(buf));
    town_text(r, who, buf);
}

/* A machine answers what it was sent. */
static void robots(struct run *r)
{
    struct truth *t = &r->truth;
    for (size_t i = 0; i < t->people; i++) {
        struct truth_person *p = &t->person[i];
        if (!p->robot || p->texted == 0 || p->texted <= p->answered_at)
            continue;
        p->answered_at = p->texted;
        town_text(r, p, ROBOT_TEXT);
    }
}

/* Somebody here answers by hand; the text leaves after so long. */
static void answer_in(struct run *r, struct store *store, struct truth_person *who, int64_t ms)
{
    char words[40], hex[PDU_HEX_MAX + 1];
    size_t octets;
    int64_t id;
    if (who->out != 0 || who->shunned != 0 || who->number[0] != '+')
        return; /* the command refuses */
    snprintf(words, sizeof(words), "Owner #%d", ++r->texts);
    struct compose_options options = {
        .to = who->number, .unicode = COMPOSE_FOLD, .report = true, .max_parts = 1};
    if (compose_text(&r->compose, words, &options) != COMPOSE_OK)
        return;
    compose_part(&r->compose, 0, hex, &octets);
    struct outbox_pdu pdu = {hex, (int)octets};
    struct outbox_new new = {.number = who->number,
                             .text = words,
                             .cause = CAUSE_MANUAL,
                             .created = r->w.now.wall,
                             .due = {r->w.now.wall.s + ms / SECOND},
                             .pdus = &pdu,
                             .pdu_count = 1};
    truth_awaits(&r->truth, who);
    if (store_line(store, "main", &new.line) != 0 || outbox_add(store, &new, &id) != 0)
        return;
    truth_log(&r->truth, "by hand to %s, in %d s", who->number, (int)(ms / SECOND));
    truth_contact(&r->truth, who);
}

void town_answer(struct run *r, struct store *store, struct truth_person *who)
{
    answer_in(r, store, who, 0);
}

/* Cancels what is next in the queue. */
static void cancel(struct run *r, struct store *store)
{
    struct store_rows *rows = NULL;
    struct message_row m;
    int64_t id = 0;
    char number[STORE_NUMBER_MAX + 1] = "";
    if (outbox_list(store, r->w.now.wall, 1, &rows) == 0 && message_next(rows, &m) == 1) {
        id = m.id;
        snprintf(number, sizeof(number), "%s", m.number);
    }
    store_rows_free(rows);
    struct truth_person *who = truth_find(&r->truth, number);
    if (id == 0 || outbox_cancel(store, id, "cancelled by hand", r->w.now.wall) != 0)
        return;
    truth_log(&r->truth, "m%d to %s is cancelled", (int)id, number);
    if (who)
        truth_unwatch(&r->truth, who);
}

static void opt_out(struct run *r, struct store *store, struct truth_person *who)
{
    if (optout_add(store, who->number, "command", r->w.now.wall) < 0)
        return;
    truth_log(&r->truth, "%s opts out by a command", who->number);
    truth_opts_out(&r->truth, who);
}

/* They say that they want no text, while one waits for its time. */
static void decline(struct run *r, struct truth_person *who)
{
    struct store *store = town_store(r);
    if (store)
        answer_in(r, store, who, run_draw(r, MINUTE, HOUR));
    r->w.poked = true;
    world_run(&r->w, run_draw(r, SECOND, 10 * MINUTE));
    store = town_store(r);
    if (!store || run_chance(r, 50))
        town_text(r, who, "STOP");
    else
        opt_out(r, store, who);
}

static void shun(struct run *r, struct store *store, struct truth_person *who)
{
    bool block = who->shunned == 0;
    if (person_block(store, who->number, block, r->w.now.wall) < 0)
        return;
    truth_log(&r->truth, "%s is %s", who->number, block ? "blocked" : "unblocked");
    who->shunned = block ? r->w.now.mono.ms : 0;
    truth_contact(&r->truth, who);
}

static void pause_or_resume(struct run *r, struct store *store)
{
    bool on = r->truth.paused == 0;
    struct wall until = {on ? INT64_MAX : 0};
    if (pause_set(store, until, false, r->w.now.wall) < 0)
        return;
    truth_log(&r->truth, on ? "paused" : "resumed");
    truth_pause(&r->truth, on);
}

static void finish(struct run *r, struct store *store, struct truth_person *who)
{
    int64_t thread;
    if (thread_find_number(store, who->number, &thread) != 0 ||
        progress_done(store, thread, r->w.now.wall) <= 0)
        return;
    truth_log(&r->truth, "%s is done", who->number);
    truth_contact(&r->truth, who);
}

struct store *town_store(struct run *r)
{
    char error[STORE_ERROR_MAX];
    if (!r->w.other)
        (void)store_open(r->path, STORE_EXISTING, &r->w.other, error);
    return r->w.other;
}

/* What a command does, in a program of its own. */
void town_command(struct run *r)
{
    struct truth_person *who = r->caller && run_chance(r, 40) ? r->caller : town_somebody(r);
    struct store *store = town_store(r);
    if (!who || who->number[0] != '+' || !store)
        return;
    int64_t what = run_draw(r, 0, 99);
    if (r->truth.paused != 0 && r->w.now.mono.ms - r->truth.paused > 2 * HOUR)
        what = 99; /* they remember */
    if (what < 60)
        town_answer(r, store, who);
    else if (what < 75)
        cancel(r, store);
    else if (what < 85)
        opt_out(r, store, who);
    else if (what < 90)
        shun(r, store, who);
    else if (what < 95)
        finish(r, store, who);
    else
        pause_or_resume(r, store);
    if (run_chance(r, 10)) { /* most commands end at once, but opening takes long, here too */
        store_free(store);
        r->w.other = NULL;
    }
    r->w.poked = run_chance(r, 50);
}

void town_event(struct run *r)
{
    int64_t what = run_draw(r, 0, 99);
    robots(r);
    struct truth_person *who = what < 78 || what >= 89 ? NULL : town_somebody(r);
    if (what < 50)
        town_call(r);
    else if (what < 78)
        texts(r);
    else if (what < 84 && who)
        town_form(r, who);
    else if (what < 86 && who)
        town_order(r, who);
    else if (what < 89 && who)
        decline(r, who);
    else
        town_command(r);
}

/* Until the next thing that happens; few are awake at night. */
static int64_t lull(struct run *r)
{
    int64_t hour = r->w.now.mono.ms / HOUR % 24; /* since 10:00 */
    if (run_draw(r, 0, 2) == 0)
        return run_draw(r, 0, MINUTE);
    return run_draw(r, 0, hour >= NIGHT_FROM && hour < NIGHT_TO ? 8 * HOUR : 100 * MINUTE);
}

void town_live(struct run *r, int64_t ms)
{
    int64_t end = r->w.now.mono.ms + ms;
    while (r->w.now.mono.ms < end && !r->truth.broken) {
        int64_t left = end - r->w.now.mono.ms;
        int64_t wait = lull(r);
        world_run(&r->w, wait < left ? wait : left);
        if (wait < left)
            town_event(r);
    }
}
