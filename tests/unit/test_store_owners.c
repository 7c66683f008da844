/* tests/unit/test_store_owners.c - the owner's phones have a thread that is done; who waits is told
 * once a wait; troubles are told once; and PINs that are wrong are counted. */
#include "store/owners.h"
#include "store_script.h"
#include "tap.h"

#define OTHER "+447700900999"

static const char *const phone[] = {SCRIPT_NUMBER};

static int waiting(struct script *p, int64_t before_s)
{
    struct store_rows *rows = NULL;
    struct wait_row row;
    int count = 0;
    int err = wait_list(p->s, (struct wall){before_s}, 10, &rows);
    while (err == 0 && wait_next(rows, &row) == 1)
        count++;
    store_rows_free(rows);
    return err < 0 ? err : count;
}

static void test_phone(void)
{
    struct thread_row row;
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "in miss");
    err = err ? err : thread_get(p.s, 1, &row);
    tap_ok(err == 0 && row.unread == 1 && row.waiting_since.s != 0, "a customer waits");
    err = owners_set(p.s, phone, 1);
    err = err == 1 ? thread_get(p.s, 1, &row) : -1;
    tap_ok(err == 0 && row.unread == 0 && row.waiting_since.s == 0 &&
               strcmp(row.state, "done") == 0,
           "who becomes the owner does not");
    err = script_run(&p, "+5 in miss answer man own +5 take");
    err = err ? err : thread_get(p.s, 1, &row);
    tap_ok(err == 0 && row.unread == 0 && row.waiting_since.s == 0 &&
               strcmp(row.state, "done") == 0,
           "no text and no call opens their thread");
    tap_ok(owners_set(p.s, phone, 1) == 0, "the same again changes nothing");
    err = owners_set(p.s, (const char *const[]){OTHER}, 1);
    err = err == 1 ? script_run(&p, "+5 in") : -1;
    err = err ? err : thread_get(p.s, 1, &row);
    tap_ok(err == 0 && row.waiting_since.s != 0 && strcmp(row.state, "open") == 0,
           "who is the owner no more may wait");
    int64_t id;
    err = thread_make(p.s, OTHER, p.now, &id);
    err = err ? err : thread_get(p.s, id, &row);
    tap_ok(err == 0 && strcmp(row.state, "done") == 0, "a phone without a thread gets one");
    tap_ok(owners_set(p.s, NULL, 0) == 1 && owners_set(p.s, NULL, 0) == 0, "nobody is the owner");
    store_free(p.s);
}

static void test_pending(void)
{
    struct script p;
    int count = -1;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "own own:3 man");
    tap_ok(err == 0 && owners_pending(p.s, SCRIPT_NUMBER, &count) == 0 && count == 2,
           "texts that wait for the owner are counted, not their parts");
    tap_ok(owners_waiting(p.s, &count) == 0 && count == 2, "and those of all phones");
    tap_ok(owners_pending(p.s, OTHER, &count) == 0 && count == 0, "and none for a stranger");
    store_free(p.s);
}

static void test_waits(void)
{
    struct script p;
    struct wall first = {0};
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(wait_first(p.s, &first) == 0 && first.s == INT64_MAX && waiting(&p, INT64_MAX) == 0,
           "nobody waits");
    int err = script_run(&p, "in");
    tap_ok(err == 0 && wait_first(p.s, &first) == 0 && first.s == SCRIPT_START &&
               waiting(&p, SCRIPT_START - 1) == 0 && waiting(&p, SCRIPT_START) == 1,
           "one waits");
    err = wait_told(p.s, 1);
    tap_ok(err == 0 && waiting(&p, INT64_MAX) == 0, "told");
    err = script_run(&p, "+60 in");
    tap_ok(err == 0 && waiting(&p, INT64_MAX) == 0, "the same wait is told once");
    err = script_run(&p, "step:86400 in");
    tap_ok(err == 0 && waiting(&p, INT64_MAX) == 0, "a step of the clock makes no new one");
    err = script_run(&p, "+60 man +60 in");
    tap_ok(err == 0 && waiting(&p, INT64_MAX) == 1, "after an answer it is another wait");
    err = progress_done(p.s, 1, p.now);
    tap_ok(err == 1 && waiting(&p, INT64_MAX) == 0, "who is dealt with does not wait");
    store_free(p.s);
}

static void test_trouble(void)
{
    struct script p;
    struct store_rows *rows = NULL;
    struct trouble trouble;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(trouble_begin(p.s, "line.main", "no network", p.now) == 1 &&
               trouble_begin(p.s, "line.main", "no SIM", (struct wall){p.now.s + 9}) == 0,
           "a trouble begins once");
    tap_ok(trouble_get(p.s, "line.main", &trouble) == 0 && trouble.since.s == p.now.s &&
               trouble.told.s == 0 && strcmp(trouble.what, "no network") == 0,
           "with its beginning");
    tap_ok(trouble_list(p.s, &rows) == 0 && trouble_next(rows, &trouble) == 1 &&
               trouble_next(rows, &trouble) == 0,
           "the owner does not know");
    store_rows_free(rows);
    tap_ok(trouble_count(p.s, "line.main", "x") == 0 &&
               trouble_get(p.s, "line.main", &trouble) == 0 && trouble.count == 1 &&
               strcmp(trouble.what, "x") == 0,
           "once more");
    tap_ok(trouble_tell(p.s, "line.main", p.now) == 0 && trouble_list(p.s, &rows) == 0 &&
               trouble_next(rows, &trouble) == 0 && trouble_get(p.s, "line.main", &trouble) == 0 &&
               trouble.told.s == p.now.s && trouble.count == 0,
           "told");
    store_rows_free(rows);
    const char *const lines[] = {"main", "second"};
    trouble_begin(p.s, "line.gone", "x", p.now);
    trouble_begin(p.s, "failed", "x", p.now);
    tap_ok(trouble_keep_lines(p.s, lines, 2) == 0 &&
               trouble_get(p.s, "line.gone", &trouble) == -ENOENT &&
               trouble_get(p.s, "line.main", &trouble) == 0 &&
               trouble_get(p.s, "failed", &trouble) == 0,
           "a line that is gone has no trouble");
    tap_ok(trouble_end(p.s, "line.main") == 0 && trouble_get(p.s, "line.main", &trouble) == -ENOENT,
           "over");
    store_free(p.s);
}

static void test_pin(void)
{
    struct script p;
    int wrong = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(owners_pin(p.s, SCRIPT_NUMBER, true, p.now, &wrong) == -ENOENT, "nobody's PIN");
    owners_set(p.s, phone, 1);
    for (int i = 0; i < 2; i++)
        owners_pin(p.s, SCRIPT_NUMBER, false, p.now, &wrong);
    tap_ok(wrong == 2, "two were wrong");
    owners_pin(p.s, SCRIPT_NUMBER, true, p.now, &wrong);
    owners_pin(p.s, SCRIPT_NUMBER, false, p.now, &wrong);
    tap_ok(wrong == 1, "a right one makes good for them");
    for (int i = 0; i < 5; i++)
        owners_pin(p.s, SCRIPT_NUMBER, false, p.now, &wrong);
    owners_pin(p.s, SCRIPT_NUMBER, true, p.now, &wrong);
    tap_ok(wrong == OWNERS_PIN_TRIES, "not for too many");
    p.now.s += OWNERS_PIN_S + 1;
    tap_ok(owners_pin(p.s, SCRIPT_NUMBER, true, p.now, &wrong) == 0 && wrong == 0,
           "until a day has passed");
    store_free(p.s);
}

static void test_events(void)
{
    struct script p;
    struct store_rows *rows = NULL;
    struct owner_event event;
    int64_t last = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "in man take fail man take sent:1");
    int received = 0, failed = 0, left = 0;
    err = err ? err : owner_event_list(p.s, 0, 100, &rows);
    while (err == 0 && owner_event_next(rows, &event) == 1) {
        received += event.what == OWNER_EVENT_RECEIVED && event.message == 1;
        failed += event.what == OWNER_EVENT_FAILED && event.message == 2;
        left +=
            event.what == OWNER_EVENT_LEFT && event.message == 3 && strcmp(event.line, "main") == 0;
        last = event.id;
    }
    store_rows_free(rows);
    tap_ok(err == 0 && received == 1 && failed == 1 && left == 1, "what happened, in order");
    err = owner_event_list(p.s, last, 100, &rows);
    tap_ok(err == 0 && owner_event_next(rows, &event) == 0, "and no more");
    store_rows_free(rows);
    int count = -1;
    tap_ok(owners_departed(p.s, "main", p.now, &count) == 0 && count == 1, "one text left");
    tap_ok(owners_departed(p.s, "second", p.now, &count) == 0 && count == 0, "of this line");
    store_free(p.s);
}

int main(void)
{
    test_phone();
    test_pending();
    test_waits();
    test_trouble();
    test_pin();
    test_events();
    return tap_done();
}
