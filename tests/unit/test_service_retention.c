/* tests/unit/test_service_retention.c - years of calls and texts, and days of virtual time. */
#include "service/retention.h"
#include "store/search.h"
#include "store_script.h"
#include "tap.h"

#define DAY_S INT64_C(86400)
#define DAY_MS (DAY_S * 1000)

static int64_t left(struct script *p, const char *statement)
{
    int64_t count = -1;
    struct sql q = sql(p->s, statement);
    return sql_get_i64(&q, &count) == 0 ? count : -1;
}

/* `texts` of a day each, the last today, and none of them in the index of words yet. */
static void fill(struct script *p, int texts)
{
    script_open(p, ":memory:", SCRIPT_START);
    for (int i = 0; i < texts; i++) {
        struct wall at = {SCRIPT_START - (texts - 1 - i) * DAY_S};
        struct inbox_text text = {.line = p->line, .sender = SCRIPT_NUMBER, .text = "boiler"};
        struct inbox_part part = {.line = p->line, .sender = SCRIPT_NUMBER, .body = 1};
        struct inbox_place place;
        char pdu[16];
        int64_t id;
        snprintf(pdu, sizeof(pdu), "%08X", (unsigned)i);
        part.pdu = pdu;
        part.total = part.seq = 1;
        part.received = text.at = at;
        int err = store_begin(p->s);
        err = err ? err : inbox_part_add(p->s, &part, &place);
        text.part = place.part;
        err = err < 0 ? err : inbox_text_show(p->s, &text, &id);
        err = err < 0 ? err : store_commit(p->s);
        assert(err == 0);
    }
}

/* Goes from deadline to deadline, as the daemon does. Returns the most rows that one turn took. */
static int64_t run(struct script *p, struct retention *r, int64_t keep_ms, struct now *now,
                   int64_t for_ms, int *ret_turns)
{
    int64_t most = 0, end = now->mono.ms + for_ms;
    int err = 0;
    for (*ret_turns = 0; err >= 0 && r->due.ms <= end; ++*ret_turns) {
        int64_t before = left(p, "SELECT count(*) FROM message");
        now->wall.s += (r->due.ms - now->mono.ms) / 1000;
        now->mono = r->due;
        err = retention_turn(r, p->s, keep_ms, *now);
        before -= left(p, "SELECT count(*) FROM message");
        most = before > most ? before : most;
    }
    return err < 0 ? err : most;
}

static void test_what_goes(void)
{
    static const struct row {
        const char *name;
        int64_t keep_days, wall_s; /* -1 for ever; 0 the right time */
        int days, texts, left;
    } rows[] = {
        {"store.keep is off", -1, 0, 3, 5, 5},
        {"the clock has not been set", 1, 1000, 3, 5, 5},
        {"not before the program has run for an hour", 1, 0, 0, 5, 5},
        {"all is younger", 400, 0, 1, 5, 5},
        {"some are older", 3, 0, 1, 5, 4},
        {"the day after another is", 3, 0, 2, 5, 3},
        {"more than one batch", 3, 0, 1, 450, 4},
        {"exactly one batch", 3, 0, 1, 104, 4},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct script p;
        struct retention r;
        struct now now = {{5000}, {row->wall_s ? row->wall_s : SCRIPT_START - 3660}};
        int turns;
        fill(&p, row->texts);
        retention_init(&r, now);
        int64_t most = run(&p, &r, row->keep_days < 0 ? -1 : row->keep_days * DAY_MS, &now,
                           row->days ? row->days * DAY_MS : RETENTION_FIRST_MS - 1, &turns);
        int64_t got = left(&p, "SELECT count(*) FROM message");
        if (!tap_ok(got == row->left && most >= 0 && most <= RETENTION_ROWS, "%s", row->name))
            tap_diag("%" PRId64 " left, %" PRId64 " at once, %d turns", got, most, turns);
        store_free(p.s);
    }
}

static void test_pace(void)
{
    struct script p;
    struct retention r;
    struct now now = {{0}, {SCRIPT_START}};
    int turns;
    fill(&p, 250);
    retention_init(&r, now);
    run(&p, &r, DAY_MS, &now, RETENTION_FIRST_MS, &turns);
    tap_ok(turns == 1 && r.due.ms == now.mono.ms + RETENTION_PACE_MS, "the loop has turns between");
    search_refresh(p.s, 20);
    run(&p, &r, DAY_MS, &now, DAY_MS / 2, &turns);
    tap_ok(r.due.ms == now.mono.ms + RETENTION_EVERY_MS, "then it waits for a day");
    tap_ok(r.removed >= 249, "and has counted all of that day");
    search_refresh(p.s, 1000);
    tap_ok(left(&p, "SELECT count(*) FROM text_words WHERE text_words MATCH 'boiler'") ==
                   left(&p, "SELECT count(*) FROM message") &&
               left(&p, "SELECT count(*) FROM word_change") == 0,
           "the index of words has what is left");
    store_free(p.s);
}

static void test_error(void)
{
    struct script p;
    struct retention r;
    struct now now = {{RETENTION_FIRST_MS}, {SCRIPT_START}};
    fill(&p, 5);
    retention_init(&r, (struct now){{0}, {SCRIPT_START}});
    sqlite3_exec(p.s->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
    tap_ok(retention_turn(&r, p.s, DAY_MS, now) < 0 && r.due.ms == now.mono.ms + RETENTION_RETRY_MS,
           "an error, and another try");
    sqlite3_exec(p.s->db, "PRAGMA query_only = OFF", NULL, NULL, NULL);
    now.mono = r.due;
    tap_ok(retention_turn(&r, p.s, DAY_MS, now) == 1 && r.removed > 0, "which goes well");
    store_free(p.s);
}

int main(void)
{
    test_error();
    test_what_goes();
    test_pace();
    return tap_done();
}
