/* tests/unit/test_store_plans.c - every statement that the store runs is served by an index: what
 * it costs does not grow with the history.  A walk through all functions collects the statements;
 * SQLite explains its plan for each. */
#include "store/follow_ups.h"
#include "store/history.h"
#include "store/keep.h"
#include "store/leads.h"
#include "store/owners.h"
#include "store/search.h"
#include "store_script.h"
#include "tap.h"

#define STATEMENTS_MAX 240

static char *statements[STATEMENTS_MAX];
static size_t statement_count;

static int collect(unsigned int event, void *context, void *stmt, void *text)
{
    (void)event, (void)context, (void)text;
    const char *sql_text = sqlite3_sql(stmt);
    for (size_t i = 0; i < statement_count; i++)
        if (strcmp(statements[i], sql_text) == 0)
            return 0;
    if (strstr(sql_text, "_words_")) /* what FTS5 does inside */
        return 0;
    assert(statement_count < STATEMENTS_MAX);
    statements[statement_count++] = strdup(sql_text);
    return 0;
}

static void list_all(struct store *s, int64_t line)
{
    struct store_rows *r = NULL;
    for (int i = 0; i < 4; i++) {
        struct call_filter calls = {.missed_only = i & 1, .thread = i & 2 ? 1 : 0, .limit = 5};
        calls_list(s, &calls, &r);
        store_rows_free(r);
        struct thread_filter threads = {.all = i & 1, .unread = i & 2, .limit = 5};
        thread_list(s, &threads, &r);
        store_rows_free(r);
    }
    calls_list_unsettled(s, line, &r);
    store_rows_free(r);
    calls_rules(s, 1, &r);
    store_rows_free(r);
    leads_rules(s, 1, &r);
    store_rows_free(r);
    inbox_part_list(s, 1, &r);
    store_rows_free(r);
    outbox_list(s, (struct wall){SCRIPT_START}, 5, &r);
    store_rows_free(r);
    optout_list(s, &r);
    store_rows_free(r);
    event_list(s, 0, 5, &r);
    store_rows_free(r);
    mute_list(s, (struct wall){SCRIPT_START}, 5, &r);
    store_rows_free(r);
    note_list(s, 1, 5, &r);
    store_rows_free(r);
    struct search_query query = {.words = "x", .limit = 5};
    search_refresh(s, 100);
    for (enum search_kind kind = SEARCH_TEXT; kind <= SEARCH_NAME; kind++) {
        search_list(s, kind, &query, &r);
        store_rows_free(r);
    }
    label_list(s, &r);
    store_rows_free(r);
    result_list(s, 1, &r);
    store_rows_free(r);
    thread_items(s, 1, 5, &r);
    store_rows_free(r);
}

/* A text with a gap: shown, repaired, and one that takes its place. */
static void receive_all(struct script *p)
{
    struct inbox_part part = {.line = p->line,
                              .sender = SCRIPT_NUMBER,
                              .pdu = "0A",
                              .body = 1,
                              .ref_bits = 8,
                              .total = 2,
                              .seq = 1,
                              .received = p->now};
    struct inbox_text text = {.line = p->line, .sender = SCRIPT_NUMBER, .text = "a", .at = p->now};
    struct inbox_place place;
    struct inbox_due due;
    struct wall next;
    int64_t id;
    inbox_part_add(p->s, &part, &place);
    inbox_next_due(p->s, &next);
    inbox_settle(p->s, p->now);
    inbox_find_due(p->s, next, &due);
    text.long_text = place.long_text;
    inbox_text_show(p->s, &text, &id);
    part.pdu = "0B";
    part.seq = 2;
    inbox_part_add(p->s, &part, &place);
    inbox_text_show(p->s, &text, &id);
    part.pdu = "1B"; /* a double of a part of a text that is whole */
    inbox_part_add(p->s, &part, &place);
    inbox_find_due(p->s, (struct wall){INT64_MAX}, &due);
    text.long_text = 0;
    text.replace_type = 1;
    part.total = part.seq = 1;
    for (int i = 0; i < 2; i++) {
        part.pdu = i ? "0D" : "0E";
        inbox_part_add(p->s, &part, &place);
        text.part = place.part;
        inbox_text_show(p->s, &text, &id);
    }
}

static void lead_all(struct script *p)
{
    struct lead_new lead = {.line = p->line, .number = SCRIPT_NUMBER, .text = "x", .at = p->now};
    struct call_rule rule = {"consent", true, NULL};
    struct lead_row row;
    int64_t id;
    leads_add(p->s, &lead, &id);
    leads_add(p->s, &lead, &id);
    leads_decide(p->s, id, "consent", 0, &rule, 1, "", "{}", p->now);
    leads_get(p->s, id, &row);
}

static void follow_up_all(struct script *p)
{
    struct follow_up_base base = {.message = 1};
    struct follow_up_look look;
    struct follow_up_row row;
    struct store_rows *r = NULL;
    struct wall due;
    int count;
    follow_ups_base(p->s, 1, &base);
    follow_ups_plan(p->s, &base, p->now, p->now);
    follow_ups_next_due(p->s, p->line, &due);
    follow_ups_due(p->s, p->line, p->now, &look);
    follow_ups_move(p->s, 1, p->now);
    follow_ups_count(p->s, &count, &due);
    for (int64_t thread = 0; thread < 2; thread++) {
        follow_ups_list(p->s, thread, 5, &r);
        store_rows_free(r);
    }
    follow_ups_after(p->s, 1, &row);
    follow_ups_cancel(p->s, 1, "x", p->now);
    follow_ups_queued(p->s, 1, 1);
}

static void read_all(struct script *p)
{
    struct call_rule rule = {"paused", true, NULL};
    struct call_row call;
    struct message_row message;
    struct thread_row thread;
    struct person_facts facts;
    struct day_counts day;
    struct outbox_counts counts;
    uint16_t ref;
    int64_t id;
    int tries;
    calls_decide(p->s, 1, "paused", 0, &rule, 1, p->now);
    calls_decide(p->s, 1, "paused", 0, &rule, 1, p->now);
    const struct progress_result won = {true, 100, "GBP", NULL};
    struct wall next;
    progress_snooze(p->s, 1, p->now, p->now);
    progress_wake(p->s, p->now, &next);
    progress_note(p->s, 1, "x", p->now, &id);
    progress_label(p->s, 1, "x", true, p->now);
    progress_label(p->s, 1, "x", false, p->now);
    progress_result(p->s, 1, &won, p->now);
    progress_undo(p->s, 1, p->now);
    progress_done(p->s, 1, p->now);
    progress_reopen(p->s, 1, p->now);
    outbox_retry(p->s, 1, p->now);
    outbox_hold(p->s, 1, p->now);
    outbox_release(p->s, 1, p->now);
    calls_get(p->s, 1, &call);
    message_get(p->s, 1, &message);
    thread_get(p->s, 1, &thread);
    thread_find_name(p->s, "Ann", &id);
    thread_mark_read(p->s, 1);
    person_facts(p->s, SCRIPT_NUMBER, &facts);
    person_facts(p->s, "+15550000", &facts);
    sqlite3_exec(p->s->db, "INSERT INTO forgotten_salt (salt) VALUES ('$5$rounds=10000$abc')", NULL,
                 NULL, NULL);
    thread_make(p->s, "+15550001", p->now, &id);
    skip_add(p->s, SCRIPT_NUMBER, p->now);
    skip_remove(p->s, SCRIPT_NUMBER);
    optout_doubt(p->s, SCRIPT_NUMBER, p->now);
    outbox_undeliverable(p->s, 1, p->now);
    calls_keep_facts(p->s, 1, "", "{}");
    const char *config, *known;
    calls_facts(p->s, 1, &config, &known);
    day_counts(p->s, p->now, &day);
    outbox_counts(p->s, p->now, &counts);
    outbox_concat_ref(p->s, SCRIPT_NUMBER, &ref);
    outbox_tries(p->s, 1, &tries);
    outbox_cancel_automatic(p->s, SCRIPT_NUMBER, "x", p->now);
    event_add(p->s, p->now, "alarm", "{}");
    const struct store_limits limits = {.per_minute = 1,
                                        .per_hour = 1,
                                        .per_day = 1,
                                        .burst = 2,
                                        .burst_s = 9,
                                        .identical = 2,
                                        .identical_s = 9};
    struct limits_gate gate;
    struct limits_counts sent;
    struct limits_used used;
    limits_gate(p->s, p->line, &limits, p->now, &gate);
    for (int i = 0; i < 2; i++)
        limits_depart(p->s, p->line, 1, LIMITS_AUTOMATIC, &limits, p->now);
    limits_return(p->s, 1);
    limits_hear(p->s, SCRIPT_NUMBER, "a", &limits, p->now);
    limits_count(p->s, SCRIPT_NUMBER, p->now, 9, &sent);
    limits_used(p->s, "main", p->now, 9, &used);
    event_last_id(p->s, &id);
}

static void owner_all(struct script *p)
{
    const char *const numbers[] = {SCRIPT_NUMBER};
    const struct store_limits limits = {.per_minute = 1, .per_hour = 1, .per_day = 1};
    struct store_rows *r = NULL;
    struct limits_gate gate;
    struct trouble trouble;
    struct wall since;
    int count;
    wait_first(p->s, &since);
    wait_list(p->s, p->now, 5, &r);
    store_rows_free(r);
    wait_told(p->s, 1);
    owners_set(p->s, numbers, 1);
    owners_set(p->s, numbers, 0);
    owners_set(p->s, numbers, 1);
    owners_pending(p->s, SCRIPT_NUMBER, &count);
    owners_waiting(p->s, &count);
    owners_pin(p->s, SCRIPT_NUMBER, false, p->now, &count);
    owners_departed(p->s, "main", p->now, &count);
    trouble_begin(p->s, "x", "x", p->now);
    trouble_get(p->s, "x", &trouble);
    trouble_count(p->s, "x", "y");
    trouble_list(p->s, &r);
    store_rows_free(r);
    trouble_tell(p->s, "x", p->now);
    trouble_end(p->s, "x");
    trouble_keep_lines(p->s, numbers, 1);
    owner_event_list(p->s, 1, 5, &r);
    store_rows_free(r);
    limits_gate_owner(p->s, p->line, &limits, p->now, &gate);
}

/* The past once more. */
static void replay_all(struct script *p)
{
    const struct history_said said = {p->now, p->now, p->now, {0}};
    struct store_rows *r = NULL;
    struct history_text text;
    struct history_person person;
    struct wall at;
    const char *why;
    history_open(p->s, p->now);
    calls_list_after(p->s, (struct wall){0}, 0, p->now, 5, &r);
    store_rows_free(r);
    r = NULL;
    history_facts(p->s, 1, &r);
    store_rows_free(r);
    history_text(p->s, 1, &text);
    history_advance(p->s, p->now);
    history_person(p->s, 1, p->now, 5, p->now, &person);
    history_say(p->s, 1, &said);
    history_cancelled(p->s, 1, p->now, p->now, p->now, &why, &at);
}

/* What the plan does row by row through a whole table, or sorts; NULL where nothing. */
static const char *complaint(sqlite3 *db, const char *statement)
{
    static char found[256];
    char explain[4096];
    sqlite3_stmt *stmt = NULL;
    snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", statement);
    found[0] = '\0';
    if (sqlite3_prepare_v2(db, explain, -1, &stmt, NULL) != SQLITE_OK)
        snprintf(found, sizeof(found), "%s", sqlite3_errmsg(db));
    while (!found[0] && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(stmt, 3);
        bool bounded = strstr(step, "CONSTANT ROW") || strstr(step, "SCAN (subquery");
        /* An index that is walked in order, up to a limit or over a queue only, is what it is for.
         */
        bool in_order = strstr(step, " USING ") && strstr(statement, "LIMIT");
        bool of_words = strstr(step, "VIRTUAL TABLE INDEX") && strstr(step, ":M");
        bool of_json = strstr(statement, "json_each(c.facts)") && strstr(step, "SCAN f VIRTUAL");
        bool of_span = strstr(step, "SCAN p") && strstr(statement, "past_span p");
        bool of_tables = strstr(step, "SCAN sqlite_sequence"); /* a row for each of a few */
        bool of_queue = strstr(step, "USING INDEX part_") || strstr(step, "INDEX message_unfin");
        if (strstr(step, "TEMP B-TREE") || strstr(step, "AUTOMATIC") ||
            (strncmp(step, "SCAN", 4) == 0 && !bounded && !in_order && !of_words && !of_queue &&
             !of_json && !of_span && !of_tables))
            snprintf(found, sizeof(found), "%s", step);
    }
    sqlite3_finalize(stmt);
    return found[0] ? found : NULL;
}

static bool plan_uses(sqlite3 *db, const char *statement, const char *index)
{
    char explain[4096];
    sqlite3_stmt *stmt = NULL;
    bool used = false;
    snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", statement);
    if (sqlite3_prepare_v2(db, explain, -1, &stmt, NULL) != SQLITE_OK)
        return false;
    while (!used && sqlite3_step(stmt) == SQLITE_ROW)
        used = strstr((const char *)sqlite3_column_text(stmt, 3), index) != NULL;
    sqlite3_finalize(stmt);
    return used;
}

/* The statements between a ring and a delivered text, and the index that each must use. */
static void test_hot_path(sqlite3 *db)
{
    static const struct row {
        const char *begin, *index;
    } rows[] = {
        {"SELECT EXISTS (SELECT 1 FROM opt_out WHERE number = ?1), c.blocked", "message_said"},
        {"SELECT p.id, p.message", "part_queue"},
        {"SELECT ifnull(min(min(", "part_queue"},
        {"SELECT id FROM part WHERE contact = ? AND line = ? AND mr = ?", "part_reference"},
        {"SELECT id, min(iif(abs(taken - ?3) <= ?4, abs(taken - ?3), ?5 - ifnull(taken, 0))) FROM "
         "part WHERE contact = ?1 AND line = ?2 AND mr IS NULL",
         "part_fate"},
        {"SELECT message FROM part WHERE contact", "part_pending"},
        {"SELECT id, stamp, missing, message", "long_text_key"},
        {"SELECT due FROM long_text", "long_text_due"},
        {"SELECT min(r.created) FROM message r", "message_said (contact=? AND cause=? AND"},
        {"SELECT at FROM departure WHERE line = ? AND at <= ? ORDER", "departure_line"},
        {"SELECT at FROM departure WHERE line = ? AND at <= ? AND automatic",
         "departure_automatic"},
        {"SELECT at FROM departure WHERE line = ? AND at <= ? AND owner", "departure_owner"},
        {"SELECT id, number, name, waiting_since", "contact_untold"},
        {"SELECT waiting_since FROM contact", "contact_untold"},
        {"SELECT at, message FROM departure", "departure_line"},
        {"DELETE FROM departure WHERE line", "departure_"},
        {"DELETE FROM departure WHERE id", "departure_message"},
        {"SELECT count(*) FROM (SELECT 1 FROM message", "message_said (contact=? AND cause=? AND"},
        {"SELECT (SELECT count(*) FROM message WHERE contact = c.id", "contact_texted"},
        {"SELECT max(ifnull((SELECT max(started) FROM call", "event_seldom (at<?)"}, /* a start */
        {"SELECT ifnull((SELECT max(created)", "message_said (contact=? AND cause=?)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool used = false;
        for (size_t k = 0; k < statement_count; k++)
            if (strncmp(statements[k], rows[i].begin, strlen(rows[i].begin)) == 0)
                used = used || plan_uses(db, statements[k], rows[i].index);
        tap_ok(used, "%s is served by %s", rows[i].begin, rows[i].index);
    }
}

int main(void)
{
    /* Scans are right here: all of a short list by its key, or the last id. */
    static const char *const exempt[] = {
        "SELECT o.number, c.name",
        "SELECT max(id) FROM",
        "UPDATE past_span",
        "SELECT ifnull(max(at), 0) FROM departure", /* of the last days */
        "SELECT id, kind, row, old",                /* word_change: the first of a short list */
        "SELECT EXISTS (SELECT 1 FROM word_change)",
        "SELECT id, salt FROM forgotten_salt ORDER BY id LIMIT ?",
        "SELECT number FROM owner",
        "SELECT count(*) FROM owner"}; /* four at most */
    struct script p;
    script_open(&p, ":memory:", SCRIPT_START);
    sqlite3_trace_v2(p.s->db, SQLITE_TRACE_STMT, collect, NULL);
    int err =
        script_run(&p, "miss auto in man:2 take retry:1 take sent:1 take unk:9 rep:1:d rep:9:d "
                       "conf restart:9 due stop start block unblock pause:9 resume cancel:1 "
                       "miss auto +5 man +5 take fail +9999 take answer");
    receive_all(&p);
    lead_all(&p);
    follow_up_all(&p);
    read_all(&p);
    list_all(p.s, p.line);
    owner_all(&p);
    replay_all(&p);
    keep_prune(p.s, (struct wall){SCRIPT_START - 1}, 5);
    store_clock_settle(p.s, p.now);
    sqlite3_trace_v2(p.s->db, 0, NULL, NULL);
    tap_ok(err == 0 && statement_count > 60, "a walk through the store");
    for (size_t i = 0; i < statement_count; i++) {
        bool skip = false;
        for (size_t k = 0; k < sizeof(exempt) / sizeof(exempt[0]); k++)
            skip = skip || strncmp(statements[i], exempt[k], strlen(exempt[k])) == 0;
        const char *why = skip ? NULL : complaint(p.s->db, statements[i]);
        if (!tap_ok(!why, "%.70s", statements[i]))
            tap_diag("%s: %s", why, statements[i]);
    }
    test_hot_path(p.s->db);
    for (size_t i = 0; i < statement_count; i++)
        free(statements[i]);
    store_free(p.s);
    return tap_done();
}
