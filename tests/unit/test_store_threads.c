/* tests/unit/test_store_threads.c - who waits since when, what a thread shows, and in which order
 * the inbox is. */
#include "store_script.h"
#include "tap.h"

static void test_waiting(void)
{
    static const struct row {
        const char *name, *words;
        int64_t since; /* seconds after the start; -1 nobody waits */
    } rows[] = {
        {"a stranger whose call still rings", "ring", -1},
        {"a missed call", "+10 miss", 10},
        {"two missed calls: since the first", "+10 miss +10 miss", 10},
        {"a missed call, then a text: since the call", "miss +9 in", 0},
        {"a text, then a missed call: since the text", "in +9 miss", 0},
        {"a missed call that was texted", "miss auto +5 take sent:1", -1},
        {"a missed call whose text waits", "miss auto", -1},
        {"a missed call whose text expired", "miss auto +1801 take", 0},
        {"a missed call whose text failed", "miss auto +5 take fail", 0},
        {"a missed call whose text is unknown", "miss auto +5 take unk:99", -1},
        {"texted, rings again", "miss auto +5 take sent:1 +10 miss", 16},
        {"texted, answers", "miss auto +5 take sent:1 +10 in", 16},
        {"answers in the same second", "miss auto +5 take sent:1 in", 6},
        {"answers twice: since the first", "in +10 in", 0},
        {"we write back", "in +10 man", -1},
        {"we write back in the same second", "in man", -1},
        {"they write in the same second as we", "man in", 0},
        {"we write back, it fails", "in +10 man take fail", 0},
        {"we write back, it is undeliverable", "in +10 man take sent:3 rep:3:p", 0},
        {"we write back, then cancel it", "in +10 man cancel:2", 0},
        {"we write back, they answer", "in +10 man +10 in", 20},
        {"they write, then ring: an automatic text is no answer to a question",
         "in +9 miss auto +5 take sent:1", 0},
        {"they ring back and we take it", "in +9 answer", -1},
        {"opting out ends it", "in stop", -1},
        {"a text after opting out", "stop in", -1},
        {"opting in again", "in stop start", 0},
        {"blocked", "in block", -1},
        {"not blocked any more", "in block unblock", 0},
        {"written while the clock was wrong: moves along with it", "in step:1000", 0},
        {"written before the clock fell back to its beginning, and that came right",
         "in +100 step:-1800000000 step:1800000000", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script p;
        struct thread_row thread = {0};
        bool wrong_clock = strstr(rows[i].words, "step:1000") != NULL;
        script_open(&p, ":memory:", wrong_clock ? WALL_PLAUSIBLE_S - 100 : SCRIPT_START);
        int err = script_run(&p, rows[i].words);
        err = err ? err : thread_get(p.s, 1, &thread);
        int64_t since = thread.waiting_since.s ? thread.waiting_since.s - p.start : -1;
        if (!tap_ok(err == 0 && since == rows[i].since, "%s", rows[i].name))
            tap_diag("%" PRId64 " (%d)", since, err);
        store_free(p.s);
    }
}

static void test_rest_of_the_row(void)
{
    struct script p;
    struct thread_row t;
    int64_t id = 0;
    script_open(&p, ":memory:", SCRIPT_START);
    tap_ok(thread_get(p.s, 1, &t) == -ENOENT, "no such thread");
    tap_ok(thread_mark_read(p.s, 1) == -ENOENT, "nothing to mark read");
    tap_ok(thread_find_number(p.s, SCRIPT_NUMBER, &id) == -ENOENT, "no such number");
    int err = script_run(&p, "miss auto in +7 in man");
    tap_ok(err == 0 && thread_get(p.s, 1, &t) == 0 && strcmp(t.number, SCRIPT_NUMBER) == 0 &&
               !t.name && strcmp(t.state, "open") == 0 && t.unread == 2 && t.calls == 1 &&
               t.messages == 4 && t.last.s == p.now.s && strcmp(t.last_text, "man") == 0 &&
               !t.opted_out && !t.blocked,
           "counts, the last text and its time");
    err = script_run(&p, "cancel:4");
    tap_ok(err == 0 && thread_get(p.s, 1, &t) == 0 && strcmp(t.last_text, "in") == 0,
           "a cancelled text was not said");
    tap_ok(thread_mark_read(p.s, 1) == 0 && thread_get(p.s, 1, &t) == 0 && t.unread == 0, "read");
    err = script_run(&p, "stop block");
    tap_ok(err == 0 && thread_get(p.s, 1, &t) == 0 && t.opted_out && t.blocked, "the flags");
    store_free(p.s);
}

static int64_t person(struct script *p, const char *number, const char *name, int64_t last,
                      int64_t since)
{
    int64_t id;
    int err = thread_make(p->s, number, (struct wall){last}, &id);
    struct sql q = sql(p->s, "UPDATE contact SET name = ?, waiting_since = ? WHERE id = ?");
    sql_text(&q, name);
    sql_wall(&q, (struct wall){since});
    sql_i64(&q, id);
    return err < 0 || sql_run(&q) != 1 ? -1 : id;
}

static void test_names(void)
{
    static const struct row {
        const char *name, *asked;
        int err;
        int64_t id;
    } rows[] = {
        {"nobody", "Bob", -ENOENT, 0},
        {"part of a name", "An", -ENOENT, 0},
        {"SQL is no name", "' OR 1=1 --", -ENOENT, 0},
        {"a pattern is no name", "%", -ENOENT, 0},
        {"two of that name", "zed", -ENOTUNIQ, 0},
        {"exactly", "Ann", 0, 1},
        {"in capitals", "ANN", 0, 1},
        {"quotes, an escape and a directive", "O'Brien \"\x1b[31m%n\"", 0, 4},
    };
    struct script p;
    struct thread_row t;
    script_open(&p, ":memory:", SCRIPT_START);
    person(&p, "+441", "Ann", 1, 0);
    person(&p, "+442", "Zed", 1, 0);
    person(&p, "+443", "ZED", 1, 0);
    person(&p, "Robert'); DROP TABLE contact;--", "O'Brien \"\x1b[31m%n\"", 1, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t id = 0;
        int err = thread_find_name(p.s, rows[i].asked, &id);
        tap_ok(err == rows[i].err && id == rows[i].id, "%s", rows[i].name);
    }
    tap_ok(thread_get(p.s, 4, &t) == 0 && strcmp(t.name, rows[7].asked) == 0 &&
               strcmp(t.number, "Robert'); DROP TABLE contact;--") == 0,
           "and back exactly as it was given");
    store_free(p.s);
}

static void list_ids(struct script *p, bool all, bool unread, int limit, char *ret, size_t cap)
{
    struct thread_filter filter = {.all = all, .unread = unread, .limit = limit};
    struct store_rows *rows = NULL;
    struct thread_row t;
    ret[0] = '\0';
    if (thread_list(p->s, &filter, &rows) < 0)
        return;
    for (size_t used = 0; thread_next(rows, &t) == 1; used = strlen(ret))
        snprintf(ret + used, cap - used, "%" PRId64 " ", t.id);
    store_rows_free(rows);
}

static void test_inbox_order(void)
{
    struct script p;
    char ids[64];
    struct sql q;
    script_open(&p, ":memory:", SCRIPT_START);
    list_ids(&p, true, false, 9, ids, sizeof(ids));
    tap_ok(strcmp(ids, "") == 0, "an empty inbox");
    person(&p, "+1", "done", 500, 0);
    person(&p, "+2", "old", 100, 0);
    person(&p, "+3", "waits", 300, 290);
    person(&p, "+4", "new", 400, 0);
    person(&p, "+5", "waits longest", 310, 200);
    person(&p, "+6", "snoozed", 600, 0);
    q = sql(p.s, "UPDATE contact SET state = iif(id = 1, 'done', 'snoozed') WHERE id IN (1, 6)");
    sql_run(&q);
    q = sql(p.s, "UPDATE contact SET unread = 1 WHERE id IN (2, 3)");
    sql_run(&q);
    list_ids(&p, false, false, 9, ids, sizeof(ids));
    tap_ok(strcmp(ids, "5 3 4 2 ") == 0, "those who wait longest, then the newest");
    list_ids(&p, true, false, 9, ids, sizeof(ids));
    tap_ok(strcmp(ids, "5 3 6 1 4 2 ") == 0, "all");
    list_ids(&p, false, true, 9, ids, sizeof(ids));
    tap_ok(strcmp(ids, "3 2 ") == 0, "unread");
    list_ids(&p, false, false, 2, ids, sizeof(ids));
    tap_ok(strcmp(ids, "5 3 ") == 0, "no more than asked for");
    store_free(p.s);
}

static void test_items(void)
{
    static const struct row {
        int limit;
        const char *items;
    } rows[] = {
        {1, "out"},
        {2, "call out"},
        {4, "out in call out"},
        {5, "call out in call out"},
        {99, "call out in call out"},
    };
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    int err = script_run(&p, "miss auto +5 take sent:1 +5 in +5 answer man");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_rows *list = NULL;
        struct thread_item item;
        p.out[0] = '\0';
        err = err ? err : thread_items(p.s, 1, rows[i].limit, &list);
        while (err == 0 && thread_item_next(list, &item) == 1)
            script_print(&p, item.is_call ? "call" : item.message.incoming ? "in" : "out");
        store_rows_free(list);
        if (!tap_ok(strcmp(p.out, rows[i].items) == 0, "the newest %d items", rows[i].limit))
            tap_diag("%s", p.out);
    }
    store_free(p.s);
}

int main(void)
{
    test_waiting();
    test_rest_of_the_row();
    test_names();
    test_inbox_order();
    test_items();
    return tap_done();
}
