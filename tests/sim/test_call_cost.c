/* tests/sim/test_call_cost.c - from the first RING to the delivered text, the database does the
 * same with a history as without one: as many statements, in as many transactions, none of which
 * goes through a table or sorts, and as many steps of SQLite's machine. */
#include "../../src/store/db.h"
#include "tap.h"
#include "world.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000)
#define START "1795428000" /* of the world */

/* 2,000 people, 6,000 calls, 20,000 texts: each of another moment of the 200 days before. */
#define COUNT(n) "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " n ") "
#define HISTORY                                                                                    \
    "BEGIN;" COUNT(                                                                                \
        "2000") "INSERT INTO contact (number, state, last_at, calls, messages,"                    \
                "  waiting_since, texted) SELECT '+4479' || printf('%08d', i), iif(i % 9, "        \
                "'done', 'open'),"                                                                 \
                "  " START " - 8000 * i, 3, 10, iif(i % 9, NULL, " START " - 8000 * i), " START    \
                " - 8000 * i - 8000000 FROM n;" COUNT(                                             \
                    "6000") "INSERT INTO call (line, contact, withheld, started,"                  \
                            "  ended, outcome, decision, reason) SELECT 1, 1 + i % 2000, "         \
                            "0, " START " - 2800 * i, " START                                      \
                            " - 2800 * i + 9, 'missed', 'no_text', 'cooldown' FROM n;" COUNT(      \
                                "20000") "INSERT"                                                  \
                                         "  INTO message (line, contact, direction, text, cause, " \
                                         "urgency, state, parts, created,"                         \
                                         "  changed, sent) SELECT 1, 1 + i % 2000, iif(i % 2, "    \
                                         "'in', 'out'), 'x',"                                      \
                                         "  iif(i % 2, 'received', 'manual'), 3, iif(i % 2, "      \
                                         "'received', 'delivered'), 1, " START                     \
                                         " - 800 * i, " START                                      \
                                         " - 800 * i, iif(i % 2, NULL, " START                     \
                                         " - 800 * i) FROM n;"                                     \
                                         "INSERT INTO event (at, type, contact, data) SELECT "     \
                                         "created, 'message.sent', contact,"                       \
                                         "  '{}' FROM message;"                                    \
                                         "INSERT INTO part (message, seq, line, contact, "         \
                                         "urgency, pdu, tpdu_octets, state, mr,"                   \
                                         "  sent) SELECT id, 1, 1, contact, 3, '', 1, "            \
                                         "'delivered', id % 256, sent FROM message"                \
                                         "  WHERE direction = 'out';"                              \
                                         "INSERT INTO inbound_part (line, sender, scts, pdu, "     \
                                         "body, received, seq, message)"                           \
                                         "  SELECT 1, 'x', created, '', 1, created, 1, id FROM "   \
                                         "message WHERE direction = 'in';"                         \
                                         "INSERT INTO decision (call, seq, rule, stop) SELECT "    \
                                         "id, 1, 'cooldown', 1 FROM call;"                         \
                                         "INSERT INTO opt_out (number, source, at) SELECT "        \
                                         "'+4478' || id, 'text', 1 FROM call;"                     \
                                         "COMMIT"

struct cost {
    int statements, commits;
    int64_t steps;
    char scanned[200], sorted[200]; /* a statement that did */
};

/* At the end of each statement. */
static int count(unsigned int event, void *context, void *stmt, void *ns)
{
    struct cost *cost = context;
    const char *text = sqlite3_sql(stmt);
    (void)event, (void)ns;
    cost->statements++;
    cost->commits += strcmp(text, "COMMIT") == 0;
    cost->steps += sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
    if (sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1) > 100)
        snprintf(cost->scanned, sizeof(cost->scanned), "%s", text);
    if (sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_SORT, 1) +
            sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_AUTOINDEX, 1) >
        0)
        snprintf(cost->sorted, sizeof(cost->sorted), "%s", text);
    return 0;
}

/* The second of two calls, when each statement was prepared. */
static struct cost call_once(bool history)
{
    static const struct sim_caller first = {.number = "+447700900320", .rings = 3};
    static const struct sim_caller caller = {.number = "+447700900321", .rings = 3};
    struct world *w = malloc(sizeof(*w));
    struct cost cost = {0};
    if (!w || world_init(w) != 0)
        abort();
    char *error = NULL;
    if (history && sqlite3_exec(w->store->db, HISTORY, NULL, NULL, &error) != SQLITE_OK)
        tap_diag("%s", error);
    sqlite3_free(error);
    world_run(w, MINUTE);
    sim_call(&w->sim, w->now, &first);
    world_run(w, 2 * MINUTE);
    sqlite3_trace_v2(w->store->db, SQLITE_TRACE_PROFILE, count, &cost);
    sim_call(&w->sim, w->now, &caller);
    world_run(w, 2 * MINUTE);
    sqlite3_trace_v2(w->store->db, 0, NULL, NULL);
    int64_t delivered = 0, all = 0;
    struct sql q = sql(w->store, "SELECT count(*) FROM message WHERE cause = 'missed_call'"
                                 " AND state = 'delivered'");
    sql_get_i64(&q, &delivered);
    q = sql(w->store, "SELECT count(*) FROM message");
    sql_get_i64(&q, &all);
    tap_ok(delivered == 2 && (all > 20000) == history && w->store_errors == 0,
           "two callers are texted, after %d texts", (int)all - 2);
    world_free(w);
    free(w);
    return cost;
}

int main(void)
{
    struct cost empty = call_once(false), full = call_once(true);
    tap_diag("%d statements, %d commits, %" PRId64 " steps; with a history %d, %d, %" PRId64,
             empty.statements, empty.commits, empty.steps, full.statements, full.commits,
             full.steps);
    tap_ok(empty.statements > 20 && full.statements == empty.statements, "as many statements");
    tap_ok(full.commits == empty.commits && empty.commits <= 5,
           "as many transactions, five at most");
    tap_ok(full.steps <= empty.steps + empty.steps / 10, "as many steps, or a tenth more");
    if (!tap_ok(!full.scanned[0], "none goes through a table"))
        tap_diag("%s", full.scanned);
    if (!tap_ok(!full.sorted[0], "none sorts"))
        tap_diag("%s", full.sorted);
    return tap_done();
}
