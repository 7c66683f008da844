/* tests/unit/test_store_calls.c - calls, their decisions, the public views and the events. */
#include "store_script.h"
#include "tap.h"

static int64_t withheld_call(struct script *p)
{
    struct call_new call = {.line = p->line, .withheld = true, .started = p->now};
    int64_t id = -1;
    return calls_start(p->s, &call, &id) == 0 ? id : -1;
}

static void test_call(void)
{
    static const struct call_rule rules[] = {
        {"answered", false, "nobody took it"},
        {"it's \"blocked\"; DROP TABLE call", true, NULL},
    };
    struct script p;
    struct call_row c;
    struct call_rule rule;
    struct store_rows *rows = NULL;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(calls_get(p.s, 1, &c) == -ENOENT, "no such call");
    tap_ok(calls_end(p.s, 1, CALL_STATE_MISSED, true, 1, p.now) == -ENOENT, "no call to end");
    tap_ok(calls_decide(p.s, 1, "x", 0, rules, 0, p.now) == -ENOENT, "no call to decide on");
    struct call_new call = {.line = 77, .number = "+1", .started = p.now};
    tap_ok(calls_start(p.s, &call, &(int64_t){0}) == -EIO &&
               thread_get(p.s, 1, &(struct thread_row){0}) == -ENOENT,
           "no such line, and no thread is left of it");
    tap_ok(withheld_call(&p) == 1 && calls_get(p.s, 1, &c) == 0 && c.withheld && !c.number &&
               c.thread == 0 && c.ended.s == 0 && c.outcome == CALL_STATE_RINGING &&
               strcmp(c.decision, "pending") == 0 && !c.reason && strcmp(c.line, "main") == 0,
           "a withheld call rings");
    tap_ok(calls_end(p.s, 1, CALL_STATE_REJECTED, false, 7, (struct wall){p.now.s + 9}) == 0 &&
               calls_get(p.s, 1, &c) == 0 && c.outcome == CALL_STATE_REJECTED && !c.certain &&
               c.rings == 7 && c.ended.s == p.now.s + 9,
           "it ends");
    tap_ok(calls_decide(p.s, 1, "withheld", 0, rules, 2, p.now) == 0 &&
               calls_get(p.s, 1, &c) == 0 && strcmp(c.decision, "no_text") == 0 &&
               strcmp(c.reason, "withheld") == 0,
           "it is decided");
    tap_ok(calls_decide(p.s, 1, "again", 0, rules, 2, p.now) == -EALREADY, "once");
    bool ok = calls_rules(p.s, 1, &rows) == 0;
    for (size_t i = 0; ok && i < 2; i++) {
        ok = calls_rule_next(rows, &rule) == 1 && strcmp(rule.name, rules[i].name) == 0 &&
             rule.stop == rules[i].stop && !rule.detail == !rules[i].detail;
    }
    tap_ok(ok && calls_rule_next(rows, &rule) == 0, "the rules, in order, to the letter");
    store_rows_free(rows);
    int err = script_run(&p, "miss");
    int64_t id = p.call;
    err = err ? err : script_run(&p, "auto");
    tap_ok(err == 0 && calls_decide(p.s, id, NULL, 1, rules, 1, p.now) == 0 &&
               calls_get(p.s, id, &c) == 0 && c.message == 1 && strcmp(c.decision, "text") == 0 &&
               strcmp(c.number, SCRIPT_NUMBER) == 0 && c.thread == 1 && !c.reason,
           "a call that is texted");
    store_free(p.s);
}

static void test_lists(void)
{
    static const struct row {
        const char *name;
        bool missed;
        int64_t thread, since, until; /* seconds after the start, 0 open */
        int limit;
        const char *ids;
    } rows[] = {
        {"all", false, 0, 0, 0, 99, "5 4 3 2 1"},
        {"missed", true, 0, 0, 0, 99, "4 2"},
        {"of one person", false, 1, 0, 0, 99, "4 3 2"},
        {"missed, of one person", true, 1, 0, 0, 99, "4 2"},
        {"the newest two", false, 0, 0, 0, 2, "5 4"},
        {"since, not before", false, 0, 100, 0, 99, "5 4 3"},
        {"until, not at", false, 0, 0, 100, 99, "2 1"},
        {"missed since", true, 0, 11, 0, 99, "4"},
        {"nothing in that time", false, 0, 5000, 6000, 99, ""},
    };
    struct script p;
    struct call_row c;
    script_open(&p, ":memory:", SCRIPT_START);
    withheld_call(&p);
    int err = script_run(&p, "+10 miss +89 answer +99 miss +100");
    withheld_call(&p);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct store_rows *list = NULL;
        struct call_filter filter = {.missed_only = r->missed,
                                     .thread = r->thread,
                                     .since = {r->since ? p.start + r->since : 0},
                                     .until = {r->until ? p.start + r->until : 0},
                                     .limit = r->limit};
        p.out[0] = '\0';
        err = err ? err : calls_list(p.s, &filter, &list);
        while (err == 0 && calls_next(list, &c) == 1) {
            char id[24];
            snprintf(id, sizeof(id), "%" PRId64, c.id);
            script_print(&p, id);
        }
        store_rows_free(list);
        if (!tap_ok(err == 0 && strcmp(p.out, r->ids) == 0, "%s", r->name))
            tap_diag("%s", p.out);
    }
    struct store_rows *list = NULL;
    struct day_counts day;
    tap_ok(calls_decide(p.s, 2, "x", 0, NULL, 0, p.now) == 0 &&
               calls_list_unsettled(p.s, p.line, &list) == 0 && calls_next(list, &c) == 1 &&
               c.id == 1 && calls_next(list, &c) == 1 && c.id == 3,
           "what a restart has to settle, oldest first");
    store_rows_free(list);
    tap_ok(day_counts(p.s, (struct wall){p.start + 1}, &day) == 0 && day.calls == 4 &&
               day.missed == 2 && day.texted == 0 && day.replied == 0,
           "the counts of a day");
    store_free(p.s);
}

static void test_day(void)
{
    struct script p;
    struct day_counts day;
    script_open(&p, ":memory:", SCRIPT_START);
    int err =
        script_run(&p, "miss auto +5 take sent:1 +5 miss auto +5 take sent:2 +5 in miss auto");
    tap_ok(err == 0 && day_counts(p.s, (struct wall){0}, &day) == 0 && day.calls == 3 &&
               day.missed == 3 && day.texted == 2 && day.replied == 2,
           "texted is what has left, replied is what was answered by a text");
    store_free(p.s);
}

static void test_events(void)
{
    static const char nasty[] = "a\"b\\c\x1b[0m'%n\xf0\x9f\x98\x80";
    static const struct outbox_pdu pdu = {"00", 1};
    struct script p;
    struct store_rows *rows = NULL;
    struct event_row e;
    struct message_row m;
    int64_t id = 0, last = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "miss auto +5 take sent:7 rep:7:d in stop");
    err = err ? err : event_list(p.s, 0, 100, &rows);
    while (err == 0 && event_next(rows, &e) == 1)
        script_print(&p, e.type);
    store_rows_free(rows);
    if (!tap_ok(strcmp(p.out, "1.1 call.ringing call.missed message.queued message.sent"
                              " message.delivered message.received opt_out") == 0,
                "each step is an event, in order"))
        tap_diag("%s", p.out);
    struct outbox_new text = {.line = p.line,
                              .number = "+4477",
                              .text = nasty,
                              .cause = CAUSE_MANUAL,
                              .created = p.now,
                              .due = p.now,
                              .pdus = &pdu,
                              .pdu_count = 1};
    tap_ok(event_last_id(p.s, &last) == 0 && outbox_add(p.s, &text, &id) == 0 &&
               message_get(p.s, id, &m) == 0 && strcmp(m.text, nasty) == 0,
           "a text is kept to the octet");
    rows = NULL;
    struct sql q =
        sql(p.s, "SELECT data ->> 'text' = ? AND data ->> 'thread' = 2 FROM event WHERE id > ?");
    int64_t same = 0;
    sql_text(&q, nasty);
    sql_i64(&q, last);
    tap_ok(sql_get_i64(&q, &same) == 0 && same == 1, "and in its event");
    tap_ok(event_list(p.s, last, 100, &rows) == 0 && event_next(rows, &e) == 1 &&
               e.id == last + 1 && event_next(rows, &e) == 0,
           "events after one");
    store_rows_free(rows);
    store_free(p.s);
}

/* The keys of the JSON are the columns of the views. */
static void test_views(void)
{
    static const char *const queries[] = {
        "SELECT id, line, number, name, withheld, started_at, ended_at, rings, outcome, decision,"
        " reason, message FROM v_calls WHERE started_at = '2027-01-15T08:00:00Z' AND outcome = "
        "'missed'",
        "SELECT id, line, thread, number, direction, text, cause, state, parts, created_at, "
        "sent_at,"
        " delivered_at, error FROM v_messages WHERE state = 'sent' AND sent_at = "
        "'2027-01-15T08:00:06Z'",
        "SELECT id, number, name, state, unread, waiting_since, opted_out, blocked, calls, "
        "messages,"
        " last_at, last_text FROM v_threads WHERE waiting_since IS NULL AND calls = 1",
    };
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "miss auto +5 take sent:7");
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        int64_t id = 0;
        struct sql q = sql(p.s, queries[i]);
        tap_ok(err == 0 && sql_get_i64(&q, &id) == 0 && id == 1, "%.30s... of view %zu", queries[i],
               i);
    }
    store_free(p.s);
}

int main(void)
{
    test_call();
    test_lists();
    test_day();
    test_events();
    test_views();
    return tap_done();
}
