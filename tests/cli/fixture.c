/* tests/cli/fixture.c - fills a new database with a few days of a business, always the same: what
 * the command tests look at.  usage: fixture PATH NOW [follow|first|past]; times count back from
 * NOW (seconds since 1970).  With "follow" one more text comes into the database that is there;
 * with "first" it is the first call of a new box; with "past" a few days of calls that were decided
 * by the rules. */
#include "base/text.h"
#include "policy/facts.h"
#include "store/inbox.h"
#include "store/outbox_fate.h"
#include "store/outbox_take.h"
#include "store/people.h"
#include "store/threads.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE 60
#define HOUR 3600

#define ANN "+447700900321"
#define HOSTILE_NUMBER "\x1B]0;%n'\"\r<b>"
#define HOSTILE_TEXT                                                \
    "\x1B[2J\x07'; DROP TABLE message;--\r\n%n%s \"\\ \xE2\x80\xAE" \
    "end"
#define FIRST_TEXT                                                                               \
    "Hi, this is Brightwater Plumbing. Sorry we missed your call. How can we help? Reply here. " \
    "STOP to opt out."

static struct store *store;
static int64_t now, line;

static void must(int err, const char *what)
{
    if (err >= 0)
        return;
    fprintf(stderr, "fixture: %s: %d %s\n", what, err, store_error(store));
    exit(EXIT_FAILURE);
}

static int64_t call(const char *number, int64_t ago, int rings, enum call_state outcome)
{
    const struct call_new start = {
        .line = line, .number = number, .withheld = !number, .started = {now - ago}};
    int64_t id;
    must(calls_start(store, &start, &id), "call");
    if (outcome != CALL_STATE_RINGING)
        must(calls_end(store, id, outcome, true, rings, (struct wall){now - ago + 5 * rings}),
             "end");
    return id;
}

static void stop(int64_t id, const char *rule, const char *detail, int64_t ago)
{
    const struct call_rule rules[] = {{"answered", strcmp(rule, "answered") == 0, "nobody took it"},
                                      {rule, true, detail}};
    size_t first = strcmp(rule, "answered") == 0;
    must(calls_decide(store, id, rule, 0, rules + first, 2 - first, (struct wall){now - ago}),
         "decide");
}

static int64_t text(const char *number, const char *body, enum message_cause cause, int64_t of_call,
                    int64_t ago)
{
    static const struct outbox_pdu pdu = {"0001000C814477009003210000", 12};
    const struct outbox_new out = {.line = line,
                                   .number = number,
                                   .text = body,
                                   .cause = cause,
                                   .call = of_call,
                                   .created = {now - ago},
                                   .due = {now - ago},
                                   .pdus = &pdu,
                                   .pdu_count = 1};
    int64_t id;
    must(outbox_add(store, &out, &id), "text");
    return id;
}

/* Sends the oldest queued text, `mr` its TP-MR, and has it delivered where `delivered`. */
static void send(const char *number, uint8_t mr, int64_t ago, bool delivered)
{
    struct outbox_part part;
    must(store_commit(store), "commit");
    must(outbox_take(store, line, NULL, (struct wall){now - ago}, &part) == 1 ? 0 : -1, "take");
    must(store_begin(store), "begin");
    must(outbox_sent(store, part.id, mr, (struct wall){now - ago}), "sent");
    if (delivered)
        must(outbox_report(store,
                           &(struct outbox_status){.line = line,
                                                   .number = number,
                                                   .mr = mr,
                                                   .outcome = REPORT_DELIVERED,
                                                   .final = true,
                                                   .at = {now - ago + 2}},
                           &part.id),
             "report");
}

static void fail(int64_t ago, const char *why)
{
    struct outbox_part part;
    must(store_commit(store), "commit");
    must(outbox_take(store, line, NULL, (struct wall){now - ago}, &part) == 1 ? 0 : -1, "take");
    must(store_begin(store), "begin");
    must(outbox_failed(store, part.id, why, (struct wall){0}, (struct wall){now - ago}), "failed");
}

static void receive(const char *sender, const char *body, int64_t ago)
{
    char pdu[32];
    snprintf(pdu, sizeof(pdu), "%012llX", (unsigned long long)(now - ago));
    const struct inbox_part part = {.line = line,
                                    .sender = sender,
                                    .scts = {now - ago},
                                    .pdu = pdu,
                                    .total = 1,
                                    .seq = 1,
                                    .received = {now - ago}};
    int64_t message;
    struct inbox_place place;
    must(inbox_part_add(store, &part, &place), "part");
    const struct inbox_text in = {
        .line = line, .sender = sender, .text = body, .part = place.part, .at = {now - ago}};
    must(inbox_text_show(store, &in, &message), "received");
}

static void fill(void)
{
    int64_t id = call(ANN, 2 * HOUR, 6, CALL_STATE_MISSED); /* c1 */
    static const struct call_rule passed[] = {{"answered", false, "nobody took it"},
                                              {"cooldown", false, "never texted"}};
    int64_t message = text(ANN, FIRST_TEXT, CAUSE_MISSED_CALL, id, 2 * HOUR - 40); /* m1 */
    must(calls_decide(store, id, NULL, message, passed, 2, (struct wall){now - 2 * HOUR + 35}),
         "decide");
    send(ANN, 1, 2 * HOUR - 45, true);
    receive(ANN, "My boiler is leaking \xF0\x9F\x94\xA7\nCan you come today?",
            100 * MINUTE); /* m2 */
    stop(call(NULL, 90 * MINUTE, 2, CALL_STATE_MISSED), "withheld", "no number", 90 * MINUTE);
    stop(call(ANN, 80 * MINUTE, 1, CALL_STATE_MISSED), "cooldown", "texted 40 min ago",
         80 * MINUTE);
    stop(call("+447700900999", 70 * MINUTE, 3, CALL_STATE_ANSWERED), "answered", "answered",
         70 * MINUTE);
    stop(call(HOSTILE_NUMBER, 60 * MINUTE, 1, CALL_STATE_MISSED), "short_code",
         "not a number: \x1B[31m", 60 * MINUTE);                       /* c5 */
    receive("EVIL\x1B[0m", HOSTILE_TEXT, 50 * MINUTE);                 /* m3 */
    text("+447700900555", "On our way", CAUSE_MANUAL, 0, 40 * MINUTE); /* m4 */
    fail(40 * MINUTE, "number not in use (cause 1)");
    text("+447700900556", "See you at 5", CAUSE_MANUAL, 0, 30 * MINUTE); /* m5, stays queued */
    must(optout_add(store, "+447700900777", "text", (struct wall){now - 20 * MINUTE}), "opt out");
    must(person_block(store, "+447700900888", true, (struct wall){now - 20 * MINUTE}), "block");
}

/* The first missed call of a new box: texted, delivered, answered. */
static void fill_first(void)
{
    static const struct call_rule passed[] = {
        {"answered", false, "nobody answered the call"}, {"withheld", false, "the number is known"},
        {"opted_out", false, "not opted out"},           {"cooldown", false, "never texted"},
        {"quiet_hours", false, "allowed at this time"},
    };
    int64_t id = call(ANN, 10 * MINUTE, 5, CALL_STATE_MISSED);
    int64_t message = text(ANN, FIRST_TEXT, CAUSE_MISSED_CALL, id, 10 * MINUTE - 30);
    must(calls_decide(store, id, NULL, message, passed, 5, (struct wall){now - 10 * MINUTE + 30}),
         "decide");
    send(ANN, 1, 10 * MINUTE - 32, true);
    receive(ANN, "Hi, my boiler is leaking. Can you come today? Ann", 7 * MINUTE);
}

static int gather(const char *number, struct wall at, struct person_facts *ret_person,
                  struct decide_facts *ret)
{
    struct limits_counts sent = {0};
    *ret = (struct decide_facts){.withheld = !number,
                                 .number = number ? number : "",
                                 .number_textable = number != NULL,
                                 .raw = number ? number : "",
                                 .wall_known = true,
                                 .now = at,
                                 .ended_at = {at.s - 2}};
    if (!number)
        return 0;
    int err = person_facts(store, number, ret_person);
    if (err == 0)
        err = limits_count(store, number, (struct wall){at.s - DECIDE_MONTH_S}, 250, &sent);
    ret->known = ret_person->name != NULL;
    ret->last_auto_text = ret_person->last_auto;
    ret->last_conversation = ret_person->last_talk;
    ret->auto_texts = sent.automatic;
    ret->people = sent.people;
    ret->texted = sent.texted;
    return err;
}

static void keep_facts(int64_t id, const struct decide_facts *facts)
{
    char json[2048];
    struct text sink;
    struct json j;
    text_init(&sink, json, sizeof(json));
    json_init(&j, json_put_text, &sink);
    facts_json(&j, facts);
    must(calls_keep_facts(store, id, "0123456789abcdef", json), "facts");
}

/* A missed call, decided by the rules with everything left at its default; its text is delivered.
 */
static void decided(const char *number, int64_t ago)
{
    struct policy_config policy;
    struct person_facts person = {0};
    struct decide_facts facts;
    struct decision decision;
    struct call_rule rules[DECIDE_RULE_MAX];
    struct wall at = {now - ago + 22};
    char body[2 * TEMPLATE_MAX];
    int64_t message = 0, id = call(number, ago, 4, CALL_STATE_MISSED);
    policy_config_init(&policy);
    policy.delay_ms = 0;
    memcpy(policy.region, "GB", sizeof(policy.region));
    must(text_copy(policy.business, sizeof(policy.business), "Brightwater Plumbing"), "business");
    must(gather(number, at, &person, &facts), "facts");
    decide_call(&decision, &policy, &facts);
    for (size_t i = 0; i < DECIDE_RULE_MAX; i++)
        rules[i] = (struct call_rule){decision.rules[i].name, decision.rules[i].stop,
                                      decision.rules[i].detail};
    if (decision.text) {
        const struct template_values values = {.business = policy.business, .name = person.name};
        must(policy_text(&policy, decision.template, &values, person.last_auto.s == 0, body,
                         sizeof(body)),
             "template");
        message = text(number, body, CAUSE_MISSED_CALL, id, ago - 22);
    }
    must(calls_decide(store, id, decision.text ? NULL : decision.rules[decision.decider].name,
                      message, rules, DECIDE_RULE_MAX, at),
         "decide");
    keep_facts(id, &facts);
    if (message)
        send(number, (uint8_t)message, ago - 25, true);
}

/* From Friday morning to Monday afternoon. */
static void fill_past(void)
{
    static const struct {
        const char *number;
        int64_t ago;
    } calls[] = {
        {ANN, 76 * HOUR},             /* the first text */
        {ANN, 71 * HOUR},             /* five hours later */
        {"+353861234567", 50 * HOUR}, /* Ireland */
        {"+441212345678", 26 * HOUR}, /* a landline */
        {"+447700900444", 5 * HOUR},
        {NULL, 4 * HOUR},
        {ANN, 3 * HOUR}, /* the second text */
        {ANN, 20 * MINUTE},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        decided(calls[i].number, calls[i].ago);
}

/* Names come from an address book that no command writes yet. */
static void name_people(const char *path)
{
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "UPDATE contact SET name = 'Ann Baker' WHERE number = '" ANN "'", NULL,
                     NULL, NULL) != SQLITE_OK)
        exit(EXIT_FAILURE);
    sqlite3_close(db);
}

int main(int argc, char **argv)
{
    char error[STORE_ERROR_MAX];
    if (argc < 3 || text_to_i64(argv[2], strlen(argv[2]), 1, INT64_MAX, &now))
        return 2;
    if (store_open(argv[1], STORE_CREATE, &store, error)) {
        fprintf(stderr, "fixture: %s\n", error);
        return EXIT_FAILURE;
    }
    must(store_begin(store), "begin");
    must(store_line(store, "main", &line), "line");
    if (argc > 3 && strcmp(argv[3], "first") == 0)
        fill_first();
    else if (argc > 3 && strcmp(argv[3], "past") == 0)
        fill_past();
    else if (argc > 3)
        receive(ANN, "And bring a new valve", 0);
    else
        fill();
    must(store_commit(store), "commit");
    store_free(store);
    if (argc == 3)
        name_people(argv[1]);
    return EXIT_SUCCESS;
}
