/* tests/sim/test_owner.c - the owner by text, through the whole program: what a phone of the owner
 * is told, what it may ask for, and what it must not get. Each row tells all texts that the network
 * took, in order: "o" to the owner, "p" to the owner's other phone, "c" to the customer, "d" to
 * another. */
#include "policy/keyword.h"
#include "store/people.h"
#include "store/threads.h"
#include "tap.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWNER "+447700900900"
#define PARTNER "+447700900901"
#define CALLER "+447700900321"
#define STRANGER "+447700900322"
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define SENT_SIZE 8192
#define MISSED                                                                               \
    "d Hi, this is Brightwater Plumbing. Sorry we missed your call. How can we help? Reply " \
    "here. STOP to opt out."

static struct world w;
static char sent[SENT_SIZE];

/* Adds what the network took since it was asked last. */
static void take_sent(void)
{
    static char line[SIM_SAY_MAX];
    struct text t;
    while (sim_report(&w.sim, line)) {
        const char *text = strchr(line, '"');
        if (strncmp(line, "sent ", 5) != 0 || !text)
            continue;
        const char *to = line + 5;
        char who = strncmp(to, OWNER, strlen(OWNER)) == 0     ? 'o'
                   : strncmp(to, PARTNER, strlen(OWNER)) == 0 ? 'p'
                   : strncmp(to, CALLER, strlen(OWNER)) == 0  ? 'c'
                                                              : 'd';
        t = (struct text){.buf = sent, .cap = sizeof(sent), .len = strlen(sent)};
        text_addf(&t, "%s%c %.*s", t.len ? "|" : "", who, (int)strlen(text) - 2, text + 1);
    }
}

static void pass(int64_t ms)
{
    world_run(&w, ms);
    take_sent();
}

static void from(const char *number, const char *text)
{
    sim_text(&w.sim, w.now, number, text, &(struct sim_delivery){.gap_ms = 3000});
    pass(MINUTE);
}

static void urgent(void)
{
    w.policy.owner.relay = false;
    from(CALLER, "The boiler is LEAKING");
    from(CALLER, "It is a leak!");
    from(CALLER, "stop"); /* neither urgent nor anything else for the owner */
}

static void relayed(void)
{
    from(CALLER, "Hello, are you open?");
    from(OWNER, "1 Until five");
    from(CALLER, "Thanks");
}

static void relayed_urgent(void)
{
    from(CALLER, "A leak!");
}

static void two_phones(void)
{
    snprintf(w.policy.owner.numbers[w.policy.owner.number_count++], E164_MAX + 1, PARTNER);
    from(CALLER, "Hello");
    from(PARTNER, "#1 Hi");
}

static void long_text(void)
{
    from(CALLER, "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor "
                 "incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis "
                 "nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. "
                 "Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu "
                 "fugiat nulla pariatur. Excepteur sint occaecat cupidatat non proident, sunt in "
                 "culpa qui officia deserunt mollit anim id est laborum. Sed ut perspiciatis.");
}

static void order_in_parts(void)
{
    from(CALLER, "Hello");
    from(OWNER, "1 We can be there tomorrow between eight and ten in the morning, or on Thursday "
                "in the afternoon after three; tell us which of the two suits you better, and "
                "whether somebody will be at home.");
}

static void stranger(void)
{
    from(CALLER, "Hello");
    from(STRANGER, "1 I am the owner");
}

static void bad_threads(void)
{
    from(CALLER, "Hello");
    from(OWNER, "99 hello");
    from(OWNER, "2 hello"); /* the thread of this very phone */
    from(OWNER, "done 99");
}

static void opted_out(void)
{
    from(CALLER, "Hello");
    from(CALLER, "STOP");
    from(OWNER, "1 But please");
    from(CALLER, "start");
    w.store_errors += person_block(w.store, CALLER, true, w.now.wall) != 1;
    from(OWNER, "1 But please");
}

static void orders(void)
{
    from(OWNER, "who");
    from(CALLER, "Hello");
    pass(20 * MINUTE);
    from(OWNER, "Who?");
    from(OWNER, "done 2");
    from(OWNER, "Done #2!");
    from(OWNER, "who");
    from(OWNER, "help");
}

static void ring(void)
{
    static const struct sim_caller caller = {.number = STRANGER, .rings = 2};
    sim_call(&w.sim, w.now, &caller);
    pass(MINUTE);
}

static void away(void)
{
    from(OWNER, "away 2h");
    ring();
    from(OWNER, "back");
}

static void paused(void)
{
    from(OWNER, "pause 20m");
    ring();
    pass(5 * MINUTE);
    from(OWNER, "resume");
}

static void unclear(void)
{
    from(OWNER, "On my way");
    from(OWNER, "ok"); /* told once an hour */
    pass(HOUR);
    from(OWNER, "done");
}

static void relay_off(void)
{
    w.policy.owner.relay = false;
    from(CALLER, "Hello");
    from(OWNER, "1 On my way");
    from(OWNER, "pause");
    ring();
}

static void owner_stops(void)
{
    from(CALLER, "Hello");
    from(OWNER, "STOP");
    from(CALLER, "Anybody?");
    from(OWNER, "1 Yes");
    from(OWNER, "START");
    from(CALLER, "Good");
}

static void owner_rings(void)
{
    static const struct sim_caller caller = {.number = OWNER, .rings = 2};
    sim_call(&w.sim, w.now, &caller);
    pass(HOUR);
}

/* The phone answers each text of ours by itself: "I am driving". */
static void machine(void)
{
    for (int i = 0; i < 30; i++) {
        int64_t before = w.sim.sent_count;
        from(OWNER, "I am driving and will answer later");
        w.store_errors += i > 0 && w.sim.sent_count != before;
    }
}

/* The owner's number is that of another program of this kind. */
static void program(void)
{
    for (int i = 0; i < 5; i++)
        from(OWNER, OWNER_SIGN "nobody waits");
}

static void late_order(void)
{
    from(CALLER, "Hello");
    world_kill(&w, 2 * HOUR);
    sim_text(&w.sim, w.now, OWNER, "1 In a minute", &(struct sim_delivery){0});
    pass(3 * HOUR);
}

static void lock(void)
{
    snprintf(w.policy.owner.pin, sizeof(w.policy.owner.pin), "2468");
}

static void pin(void)
{
    lock();
    from(CALLER, "Hello");
    from(OWNER, "1 On my way");
    from(OWNER, "who"); /* told once a day */
    from(OWNER, "2468 1 On my way");
    sim_text(&w.sim, w.now, OWNER,
             "2468 1 We will be there with two people and a new boiler on Thursday morning at "
             "eight, if somebody can let us in, and it will take us the whole day I am afraid.",
             &(struct sim_delivery){.twice = true, .reversed = true});
    pass(MINUTE);
    sim_text(&w.sim, w.now, OWNER, "2468 who", &(struct sim_delivery){.twice = true});
    pass(MINUTE);
}

static void pin_guessed(void)
{
    lock();
    from(CALLER, "Hello");
    for (int i = 0; i < 7; i++)
        from(OWNER, "1111 pause");
    from(OWNER, "2468 1 On my way");
    pass(25 * HOUR);
    from(OWNER, "2468 1 On my way");
}

static void observing(void)
{
    w.policy.mode = POLICY_OBSERVE;
    from(CALLER, "A leak!");
    from(OWNER, "who");
    from(OWNER, "1 On my way");
}

static void waits(void)
{
    w.policy.owner.relay = false;
    from(CALLER, "Hello");
    pass(27 * MINUTE);
    from(CALLER, "Hello?"); /* the same wait */
    pass(3 * HOUR);
    from(STRANGER, "Hello");
    pass(40 * MINUTE);
}

static void open_mornings(void)
{
    struct hours_slot slot = {480, 720};
    w.policy.hours_set = true;
    for (int day = 0; day < 7; day++)
        hours_add(&w.policy.hours, day, slot);
}

static void waits_till_open(void)
{
    w.policy.owner.relay = false;
    open_mornings();
    pass(3 * HOUR);
    from(CALLER, "Hello");
    pass(18 * HOUR);
    take_sent();
    w.store_errors += sent[0] != '\0'; /* not before eight */
    pass(HOUR + 30 * MINUTE);
}

static void many_wait(void)
{
    w.policy.owner.relay = false;
    for (int i = 0; i < 6; i++) {
        char number[32];
        snprintf(number, sizeof(number), "+44770090040%d", i);
        sim_text(&w.sim, w.now, number, "Hello", &(struct sim_delivery){0});
    }
    pass(40 * MINUTE);
}

static void not_told(void)
{
    w.policy.owner.relay = false;
    w.policy.owner.notify = OWNER_BROKEN;
    from(CALLER, "A leak!");
    pass(2 * HOUR);
}

static void digest(void)
{
    w.policy.owner.relay = false;
    w.policy.owner.notify = 0;
    w.policy.owner.digest_min = 18 * 60;
    ring();
    from(CALLER, "Hello");
    pass(7 * HOUR + 57 * MINUTE);
    world_kill(&w, MINUTE); /* at six, and again: it is told once */
    pass(5 * MINUTE);
    world_kill(&w, 5 * SECOND);
    pass(HOUR);
    w.now.wall.s -= 2 * 3600;
    pass(5 * HOUR);
    w.store_errors += progress_done(w.store, 2, w.now.wall) != 1;
    pass(24 * HOUR); /* a day of which there is nothing to tell */
    from(CALLER, "Hello");
    pass(24 * HOUR);
}

static void line_down(void)
{
    sim_unplug(&w.sim, w.now);
    pass(9 * MINUTE);
    sim_replug(&w.sim, w.now);
    pass(5 * MINUTE); /* too short to be told */
    sim_unplug(&w.sim, w.now);
    pass(40 * MINUTE);
    world_kill(&w, 20 * MINUTE);
    pass(30 * MINUTE);
    sim_replug(&w.sim, w.now);
    pass(5 * MINUTE);
}

static void fails(void)
{
    from(CALLER, "Hello");
    w.sim.fault = SIM_FAULT_CMS;
    w.sim.fault_count = 1;
    w.sim.fault_code = 21; /* call rejected: for good */
    from(OWNER, "1 On my way");
    w.sim.fault_count = 1;
    from(OWNER, "1 On my way");
    w.sim.fault_count = 1;
    from(OWNER, "1 On my way");
    pass(2 * HOUR);
}

static void caps(void)
{
    w.policy.owner.relay = false;
    w.policy.limits.per_day = 5;
    for (int i = 0; i < 5; i++) {
        struct sim_caller caller = {.rings = 2};
        snprintf(caller.number, sizeof(caller.number), "+44770090050%d", i);
        sim_call(&w.sim, w.now, &caller);
        pass(2 * MINUTE);
    }
}

static void burst(void)
{
    w.policy.breaker.burst.count = 2;
    ring();
    static const struct sim_caller other = {.number = CALLER, .rings = 2};
    sim_call(&w.sim, w.now, &other);
    pass(2 * MINUTE);
}

static const struct scenario {
    const char *name;
    void (*play)(void);
    const char *sent;
} scenarios[] = {
    {"an urgent text is told, another is not", urgent,
     "o textback: URGENT #1 07700 900321: It is a leak!|c Brightwater Plumbing: you will get no "
     "more texts from us. Reply START to undo."},
    {"texts are forwarded, and answered from the phone", relayed,
     "o #1 07700 900321: Hello, are you open?|c Until five|o #1 07700 900321: Thanks"},
    {"an urgent one says so", relayed_urgent, "o URGENT #1 07700 900321: A leak!"},
    {"two phones", two_phones, "o #1 07700 900321: Hello|p #1 07700 900321: Hello|c Hi"},
    {"a long text is cut, and shows it", long_text,
     "o #1 07700 900321: Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod "
     "tempor incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud "
     "exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor "
     "in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur "
     "sint occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id "
     "est..."},
    {"an answer of two parts", order_in_parts,
     "o #1 07700 900321: Hello|c We can be there tomorrow between eight and ten in the morning, or "
     "on Thursday in the afternoon after three; tell us which of the two suits you better, and "
     "whether somebody will be at home."},
    {"who is not listed gives no orders", stranger,
     "o #1 07700 900321: Hello|o #3 07700 900322: 1 I am the owner"},
    {"threads that are none", bad_threads,
     "o #1 07700 900321: Hello|o textback: there is no #99|o textback: #2 is a number of your "
     "own|o "
     "textback: there is no #99"},
    {"who opted out or is blocked is not texted, and the owner knows", opted_out,
     "o #1 07700 900321: Hello|c Brightwater Plumbing: you will get no more texts from us. Reply "
     "START to undo.|o textback: not sent: #1 07700 900321 opted out|o textback: not sent: #1 "
     "07700 900321 is blocked"},
    {"who, done, help", orders,
     "o textback: nobody waits|o #2 07700 900321: Hello|o textback: waiting: #2 07700 900321 21 "
     "min|o textback: #2 07700 900321 is done|o textback: #2 07700 900321 was done already|o "
     "textback: nobody waits|o textback: 12 and a text answers #12. who: who waits. done 12. away "
     "2h, back. "
     "pause 2h, resume. STOP: no more texts to this phone."},
    {"away and back", away,
     "o textback: away until 12:01|d Hi, this is Brightwater Plumbing. We are away until 12:01 "
     "today. Tell us what you need and we will reply then. STOP to opt out.|o textback: back: "
     "callers get the usual texts"},
    {"pause and resume", paused,
     "o textback: automatic texts paused until 10:21|o textback: automatic texts are sent again"},
    {"what is no order is told once an hour", unclear,
     "o textback: 12 and your text, who, done 12, away 2h, back, pause 2h, resume or help|o "
     "textback: a number after done, such as done 12"},
    {"without owner.relay nothing is forwarded or obeyed", relay_off,
     "o textback: nothing was done with your text: owner.relay is off|d Hi, this is Brightwater "
     "Plumbing. Sorry we missed your call. How can we help? Reply here. STOP to opt out."},
    {"STOP ends all texts to that phone, START undoes it, orders are obeyed", owner_stops,
     "o #1 07700 900321: Hello|o Brightwater Plumbing: you will get no more texts from us. Reply "
     "START to undo.|c Yes|o #1 07700 900321: Good"},
    {"a call of the owner is not texted, and the owner does not wait", owner_rings, ""},
    {"a phone that answers by itself is answered once", machine,
     "o textback: 12 and your text, who, done 12, away 2h, back, pause 2h, resume or help"},
    {"another program of this kind is not answered", program, ""},
    {"an order that was long on its way is not obeyed", late_order,
     "o #1 07700 900321: Hello|o textback: waiting: #1 07700 900321 2 h|o textback: nothing was "
     "done: your text was over an hour on its way"},
    {"a PIN", pin,
     "o #1 07700 900321: Hello|o textback: expected the PIN first, then what you want|c On my "
     "way|c We will be there with two people and a new boiler on Thursday morning at eight, if "
     "somebody can let us in, and it will take us the whole day I am afraid.|o textback: nobody "
     "waits"},
    {"PINs that are guessed", pin_guessed,
     "o #1 07700 900321: Hello|o textback: that was not the PIN: nothing was done|o textback: 5 "
     "wrong PINs from +447700900900: nothing from that phone is obeyed for a day|o textback: "
     "waiting: #1 07700 900321 30 min|c On my way"},
    {"observing: only what the owner writes goes", observing, "c On my way"},
    {"who waits is told once a wait", waits,
     "o textback: waiting: #1 07700 900321 30 min|o textback: waiting: #3 07700 900322 30 min"},
    {"and while you are open", waits_till_open, "o textback: waiting: #1 07700 900321 18 h"},
    {"many in one text", many_wait,
     "o textback: waiting: #1 07700 900400 30 min, #2 07700 900401 30 min, #3 07700 900402 30 min, "
     "#4 07700 900403 30 min, and 2 more"},
    {"what the owner does not want to know", not_told, ""},
    {"the day, once, and not one without anything", digest,
     "d Hi, this is Brightwater Plumbing. Sorry we missed your call. How can we help? Reply here. "
     "STOP to opt out.|o textback: since Sun 18:01: calls 1, missed 1, texted 1, replied 0. "
     "Waiting: #2 07700 900321|o textback: since Tue 18:00: calls 0, missed 0, texted 0, replied "
     "0. Waiting: #2 07700 900321"},
    {"a line that was down", line_down,
     "o textback: line main was down from 10:15 to 11:25: unplugged"},
    {"texts that fail: the first, then how many", fails,
     "o #1 07700 900321: Hello|o textback: not sent to #1 07700 900321: +CMS ERROR 21: network or "
     "service centre refuses the message|o textback: waiting: #1 07700 900321 30 min|o textback: 2 "
     "more texts failed, the last one: not sent to #1 07700 900321: +CMS ERROR 21: network or "
     "service centre refuses the message"},
    {"caps: at 80 and at 100 percent", caps,
     MISSED
     "|" MISSED "|" MISSED "|" MISSED "|o textback: 80 % of limits.per_day: 4 of 5 texts "
     "in 24 h|o textback: 100 % of limits.per_day: 5 of 5 texts in 24 h; automatic ones wait"},
    {"a burst", burst,
     MISSED
     "|c Hi, this is Brightwater Plumbing. Sorry we missed your call. How can we help? Reply "
     "here. STOP to opt out.|o textback: a burst of texts on line main: automatic ones are "
     "stopped; text resume to go on"},
};

/* No row holds the PIN, and none that is the owner's is unread or waits. */
static bool is_clean(void)
{
    struct store_rows *rows = NULL;
    struct event_row event;
    struct thread_row thread;
    int64_t id;
    bool clean = true;
    if (event_list(w.store, 0, 10000, &rows) != 0)
        return false;
    while (event_next(rows, &event) == 1)
        clean = clean && (!w.policy.owner.pin[0] || !strstr(event.data, "2468"));
    store_rows_free(rows);
    if (thread_find_number(w.store, OWNER, &id) == 0 && thread_get(w.store, id, &thread) == 0)
        clean = clean && thread.unread == 0 && thread.waiting_since.s == 0 &&
                strcmp(thread.state, "done") == 0 &&
                (!thread.last_text || !strstr(thread.last_text, "2468"));
    return clean;
}

static int begin(void)
{
    static const char word[] = "leak";
    struct owner_config *owner = &w.policy.owner;
    int err = world_init(&w);
    if (err != 0)
        return err;
    sent[0] = '\0';
    w.policy.quiet.from_min = -1;
    snprintf(owner->numbers[owner->number_count++], E164_MAX + 1, OWNER);
    snprintf(w.policy.own[w.policy.own_count++], E164_MAX + 1, OWNER);
    (void)keyword_plain(word, strlen(word), owner->urgent_words[owner->word_count++],
                        OWNER_WORD_SIZE);
    owner->relay = true;
    pass(MINUTE);
    return 0;
}

static void test_scenarios(void)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        const struct scenario *scenario = &scenarios[i];
        if (begin() != 0)
            exit(1);
        scenario->play();
        pass(5 * MINUTE);
        if (!tap_ok(strcmp(sent, scenario->sent) == 0 && is_clean() && w.store_errors == 0, "%s",
                    scenario->name))
            tap_diag("clean %d, %d store errors, sent %s", is_clean(), w.store_errors, sent);
        world_free(&w);
    }
}

static int64_t count_sent(char who)
{
    int64_t count = 0;
    for (const char *at = sent; *at; at = strchr(at, '|') ? strchr(at, '|') + 1 : "")
        count += *at == who;
    return count;
}

/* The program dies after each exchange with the modem: what customers write is forwarded once, and
 * an order is obeyed once. A text that was handed over when it died may go out a second time. */
static void test_kills(void)
{
    int64_t last = 0, lost = 0, doubled = 0, marked = 0, bad = 0, runs = 0;
    for (int64_t step = 1; step <= last || last == 0; step++, runs++) {
        if (begin() != 0)
            exit(1);
        int64_t first = w.steps;
        w.kill_at = last ? first + step : 0;
        from(CALLER, "Hello");
        from(OWNER, "1 On my way");
        pass(10 * MINUTE);
        if (last == 0)
            last = w.steps - first < 120 ? w.steps - first : 120;
        int64_t relays = count_sent('o'), answers = count_sent('c');
        lost += relays < 1 || answers < 1;

        doubled += relays > 2 || answers > 2;
        marked += relays + answers - 2;
        bad += !is_clean() || w.store_errors != 0 || world_events(&w, "message.received") != 2 ||
               world_events(&w, "message.queued") != 2;
        world_free(&w);
    }
    if (!tap_ok(last > 20 && lost == 0 && doubled == 0 && bad == 0,
                "killed after each of %d exchanges: forwarded once, obeyed once", (int)runs))
        tap_diag("%d lost, %d doubled, %d bad", (int)lost, (int)doubled, (int)bad);
    tap_diag("%d of %d texts went out a second time, their fate unknown", (int)marked,
             (int)(2 * runs));
}

/* Whatever customers write: the owner gets a third of the line's texts at most, and the others are
 * texted all the same. */
static void test_flood(void)
{
    if (begin() != 0)
        exit(1);
    for (int i = 0; i < 60; i++) {
        char number[32];
        snprintf(number, sizeof(number), "+4477009002%02d", i);
        sim_text(&w.sim, w.now, number, "A leak!", &(struct sim_delivery){0});
        world_run(&w, 30 * SECOND);
    }
    take_sent();
    int64_t told = count_sent('o');
    ring();
    tap_ok(told == 10 && count_sent('d') == 1 && w.store_errors == 0,
           "60 urgent texts in half an hour: 10 are told, and a caller is texted");
    pass(24 * HOUR);
    tap_ok(count_sent('o') <= 34, "and 34 in a day");
    world_free(&w);
}

/* What one side says, the other hears, until both are silent. */
static void pump(struct service *s, struct sim *sim)
{
    size_t len;
    for (;;) {
        const uint8_t *bytes = service_output(s, &len);
        if (len > 0) {
            sim_feed(sim, w.now, bytes, len);
            service_written(s, len);
            continue;
        }
        bytes = sim_output(sim, &len);
        if (len == 0)
            return;
        service_feed(s, w.now, bytes, len);
        sim_written(sim, len);
    }
}

/* Two lines: the one that works tells of the other, which tells itself when it is mended. */
static void test_lines(void)
{
    static struct sim sim;
    if (begin() != 0)
        exit(1);
    struct service_config config = {.line = "second",
                                    .policy = &w.policy,
                                    .modem = &w.modem,
                                    .unicode = &w.unicode,
                                    .max_parts = &w.max_parts};
    w.second = service_new(w.store, &config, w.now);
    sim_init(&sim);
    pass(18 * MINUTE);
    if (!tap_ok(strcmp(sent, "o textback: line second cannot text since 10:00: no modem") == 0,
                "a line that cannot text is told on another, once"))
        tap_diag("%s", sent);
    sim_opened(&sim);
    service_opened(w.second, w.now);
    for (int i = 0; i < 60; i++) {
        sim_expire(&sim, w.now);
        service_turn(w.second, w.now, false);
        pump(w.second, &sim);
        pass(SECOND);
    }
    static char line[SIM_SAY_MAX];
    bool mended = false;
    while (sim_report(&sim, line))
        mended = mended ||
                 (strncmp(line, "sent " OWNER, strlen("sent " OWNER)) == 0 &&
                  strstr(line, "line second works again, was down from 10:00 to 10:19: no modem"));
    tap_ok(mended && w.store_errors == 0, "and tells itself when it can again");
    service_free(w.second);
    world_free(&w);
}

/* The disk is full for a while: told when something can be stored again. */
static void test_disk(void)
{
    static struct disk disk = {.random = 1};
    char directory[] = "/tmp/owner-XXXXXX", path[40];
    if (!mkdtemp(directory) || disk_install(&disk) != 0)
        exit(1);
    snprintf(path, sizeof(path), "%s/db", directory); /* in memory, but for its lock */
    if (world_init_at(&w, path, &disk) != 0)
        exit(1);
    sent[0] = '\0';
    snprintf(w.policy.owner.numbers[w.policy.owner.number_count++], E164_MAX + 1, OWNER);
    pass(MINUTE);
    disk.full = true;
    sim_text(&w.sim, w.now, CALLER, "Hello", &(struct sim_delivery){0});
    pass(20 * MINUTE);
    int64_t before = count_sent('o');
    disk.full = false;
    pass(5 * MINUTE);
    if (!tap_ok(before == 0 && count_sent('o') == 1 &&
                    strstr(sent, "nothing could be stored from 10:01 to 10:21"),
                "a full disk is told when there is room again"))
        tap_diag("%s", sent);
    world_free(&w);
    disk_wipe(&disk);
    (void)unlink(path);
    (void)rmdir(directory);
}

int main(void)
{
    test_disk(); /* first: a disk can only be installed before SQLite is used */
    test_scenarios();
    test_kills();
    test_flood();
    test_lines();
    return tap_done();
}
