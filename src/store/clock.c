#include "store/clock.h"
#include "db.h"
#include "schema.h"

#define FUTURE_S (7 * INT64_C(86400)) /* no clock that is right now wrote a time so far ahead */

/* The program that runs has written this row itself, says its id: an earlier run has written the
 * same times where the clock has gone back since. */
#define OURS(table) "id > ifnull((SELECT value FROM setting WHERE key = 'start." table "'), 0)"

/* Runs each, up to NULL, with all these values. Returns an error of the first that fails. */
static int run_each(struct store *s, const char *const *updates, const int64_t *values,
                    size_t count)
{
    int err = 0;
    for (; err >= 0 && *updates; updates++) {
        struct sql q = sql(s, *updates);
        for (size_t i = 0; i < count; i++)
            sql_i64(&q, values[i]);
        err = sql_run(&q);
    }
    return err;
}

#define MOVING " created BETWEEN ?2 AND ?3 AND " OURS("message")

/* What still waits moves along with the clock: a delay of 5 s stays 5 s. Until when a follow-up may
 * leave is no delay, but an hour of the day. */
static int move_waiting(struct store *s, struct wall since, struct wall from, int64_t delta_s)
{
    static const char *const updates[] = {
        ("UPDATE part SET next = next + ?1 WHERE next IS NOT NULL AND message IN"
         " (SELECT id FROM message WHERE " SCHEMA_UNFINISHED " AND" MOVING ")"),
        ("UPDATE message SET due = due + ?1, expires = expires + iif(cause = 'follow_up', 0, ?1)"
         " WHERE " SCHEMA_UNFINISHED " AND" MOVING),
        ("UPDATE follow_up SET due = due + ?1 WHERE due IS NOT NULL AND message IN"
         " (SELECT id FROM message WHERE" MOVING ")"),
        "UPDATE long_text SET due = due + ?1 WHERE due IS NOT NULL AND ?2 <= ?3",
        NULL,
    };
    return run_each(s, updates, (int64_t[]){delta_s, since.s, from.s}, 3);
}

/* The same of a clock that did not know the time: whatever it moved or wrote says so itself, and
 * what an earlier run left stays. */
static int move_waiting_implausible(struct store *s, int64_t delta_s)
{
    static const char *const updates[] = {
        "UPDATE part SET next = next + ?1 WHERE next < ?2",
        "UPDATE message SET due = due + ?1 WHERE " SCHEMA_UNFINISHED " AND due < ?2",
        "UPDATE message SET expires = expires + ?1 WHERE " SCHEMA_UNFINISHED " AND expires < ?2",
        "UPDATE follow_up SET due = due + ?1 WHERE due < ?2",
        "UPDATE long_text SET due = due + ?1 WHERE due < ?2",
        NULL,
    };
    return run_each(s, updates, (int64_t[]){delta_s, WALL_PLAUSIBLE_S}, 2);
}

/* Settings that hold until a time. */
#define ENDS "('paused_until', 'away_until', 'stopped_until')"

/* The same of what holds until a time, where this clock wrote that: one that was wrong wrote none
 * of a time that can be right, and one that is right none of those that it found at its start. What
 * was over does not begin again. */
static int move_ends(struct store *s, struct wall from, int64_t delta_s)
{
    static const char *const updates[] = {
        "DELETE FROM mute WHERE until <= ?2 AND ?1 < 0 AND ?2 < ?3",
        "UPDATE setting SET value = 0 WHERE key IN " ENDS " AND value <= ?2 AND ?1 < 0 AND ?2 < ?3",
        "UPDATE mute SET until = until + ?1 WHERE until > ?2 AND until < ?3",
        ("UPDATE setting SET value = value + ?1 WHERE key IN " ENDS
         " AND value > ?2 AND value < ?3 AND NOT EXISTS (SELECT 1 FROM setting o"
         "  WHERE o.key = 'start.' || setting.key AND o.value = setting.value)"),
        NULL,
    };
    return run_each(
        s, updates,
        (int64_t[]){delta_s, from.s, wall_plausible(from) ? INT64_MAX : WALL_PLAUSIBLE_S}, 3);
}

/* At a start: what is found; what a clock of 1970 wrote holds as long as it would have. */
static int settle_ends(struct store *s, int64_t delta_s)
{
    struct sql q = sql(s, "UPDATE setting SET value = value + ?1 WHERE key IN " ENDS
                          " AND value BETWEEN 1 AND ?2");
    sql_i64(&q, delta_s);
    sql_i64(&q, WALL_PLAUSIBLE_S - 1);
    int err = sql_run(&q);
    if (err < 0)
        return err;
    q = sql(s, "INSERT INTO setting (key, value) SELECT 'start.' || key, value FROM setting"
               " WHERE key IN " ENDS
               " ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value");
    return sql_run(&q);
}

/* Every time that was read off the clock and written down: table and column, and whether the
 * program that runs may have written it. `LATER` is what is written into rows that are there: those
 * that have a time of before this program started are of an earlier run. */
#define LATER(table, column)                                                                   \
    "(" OURS(table) " OR " column " > ifnull((SELECT value FROM setting WHERE key = '" WRITTEN \
                    "'), 0))"
#define WRITTEN "start.written" /* the newest time at the start */
#define WRITTEN_TIMES(EACH)                                     \
    EACH("call", "started", OURS("call"))                       \
    EACH("call", "ended", LATER("call", "ended"))               \
    EACH("message", "created", OURS("message"))                 \
    EACH("message", "changed", LATER("message", "changed"))     \
    EACH("message", "sent", LATER("message", "sent"))           \
    EACH("message", "delivered", LATER("message", "delivered")) \
    EACH("part", "sent", LATER("part", "sent"))                 \
    EACH("part", "taken", LATER("part", "taken"))               \
    EACH("inbound_part", "received", "1")                       \
    EACH("contact", "waiting_since", "1")                       \
    EACH("contact", "last_at", "1")                             \
    EACH("contact", "texted", "1")                              \
    EACH("note", "at", OURS("note"))                            \
    EACH("result", "at", OURS("result"))                        \
    EACH("lead", "at", OURS("lead"))                            \
    EACH("opt_out", "at", "1")                                  \
    EACH("skip", "at", "1")                                     \
    EACH("doubt", "at", "1")                                    \
    EACH("forgotten", "at", "1")                                \
    EACH("owner", "wrong_at", "1")                              \
    EACH("trouble", "since", "1")                               \
    EACH("trouble", "told", "1")                                \
    EACH("contact", "wait_told", "1")                           \
    EACH("undeliverable", "at", "1")                            \
    EACH("event", "at", OURS("event"))

/* In the order of the file: an index that has a time does not lead to it, and where SQLite walks
 * one nevertheless, it fetches a million rows in the order of that. */
#define MOVE(table, column, ours)                                                 \
    "UPDATE " table " NOT INDEXED SET " column " = " column " + ?1 WHERE " column \
    " BETWEEN ?2 AND ?3 AND (?4 OR " ours ")",
#define CAP(table, column, ours) \
    "UPDATE " table " NOT INDEXED SET " column " = ?1 WHERE " column " > ?2",

/* Moves the times in first..last that the program that runs has written, or `all`. Once a step of
 * the clock, so a scan of the tables will do. */
static int move_written(struct store *s, int64_t first, int64_t last, int64_t delta_s, bool all)
{
    static const char *const updates[] = {WRITTEN_TIMES(MOVE) NULL};
    return run_each(s, updates, (int64_t[]){delta_s, first, last, all}, 4);
}

static int cap_written(struct store *s, struct wall now, int64_t last)
{
    static const char *const updates[] = {WRITTEN_TIMES(CAP) NULL};
    return run_each(s, updates, (int64_t[]){now.s, last}, 2);
}

/* The sum of the steps backward that the departures of earlier runs have gone along with. */
#define DEPARTURES_BACK "start.departures_back"

/* When texts left: those of this run go along with the clock, or all that it wrote in 1970. Those
 * of earlier runs go back with one that falls, or they would seem to have left within a day once
 * more and eat up its caps; they come forth again as far as that, and no further: a clock that
 * lagged behind from this start on is put right by a step that they have no part in. */
static int move_departures(struct store *s, bool known, int64_t delta_s)
{
    int64_t back;
    int err = setting_get_i64(s, DEPARTURES_BACK, 0, &back);
    if (err < 0)
        return err;
    int64_t now_back = back + delta_s < 0 ? back + delta_s : 0;
    struct sql q = sql(
        s, "UPDATE departure SET at = at + iif(iif(?1, " OURS("departure") ", at < ?2), ?3, ?4)");
    sql_i64(&q, known);
    sql_i64(&q, WALL_PLAUSIBLE_S);
    sql_i64(&q, delta_s);
    sql_i64(&q, now_back - back);
    err = sql_run(&q);
    return err < 0 || now_back == back ? err : setting_set_i64(s, DEPARTURES_BACK, now_back);
}

/* At a start: how far the clock has fallen back nobody knows, but no text leaves in the future, and
 * none that seems to may hold up the pace and the caps until then. The last one left before now,
 * and all others before it. */
static int settle_departures(struct store *s, struct wall now)
{
    int64_t last;
    struct sql q = sql(s, "SELECT ifnull(max(at), 0) FROM departure");
    int err = sql_get_i64(&q, &last);
    if (err < 0 || last <= now.s)
        return err;
    q = sql(s, "UPDATE departure SET at = at + ?");
    sql_i64(&q, now.s - last);
    return sql_run(&q);
}

/* The newest time before `end` of calls, texts and the events that every run of the daemon leaves:
 * each the end of an index, so that a start costs the same with any history. */
static int find_newest(struct store *s, int64_t end, int64_t *ret)
{
    struct sql q =
        sql(s, "SELECT max(ifnull((SELECT max(started) FROM call WHERE started < ?1), 0),"
               " ifnull((SELECT max(created) FROM message WHERE created < ?1), 0),"
               " ifnull((SELECT max(at) FROM event WHERE " SCHEMA_SELDOM " AND at < ?1), 0))");
    sql_i64(&q, end);
    return sql_get_i64(&q, ret);
}

/* Among all events there may be a newer one. A scan, as what follows. */
static int move_implausible(struct store *s, struct wall now, int64_t newest)
{
    struct sql q = sql(s, "SELECT max(ifnull(max(at), 0), ?1) FROM event WHERE at < ?2");
    sql_i64(&q, newest);
    sql_i64(&q, WALL_PLAUSIBLE_S);
    int err = sql_get_i64(&q, &newest);
    if (err >= 0)
        err = move_waiting_implausible(s, now.s - newest);
    if (err >= 0)
        err = move_departures(s, false, now.s - newest);
    return err < 0 ? err : move_written(s, INT64_MIN, WALL_PLAUSIBLE_S - 1, now.s - newest, true);
}

/* What earlier runs have written ends here. */
static int mark_start(struct store *s)
{
    int64_t newest;
    int err = find_newest(s, INT64_MAX, &newest);
    struct sql q = sql(s, "INSERT INTO setting (key, value) SELECT 'start.' || name, seq"
                          " FROM sqlite_sequence UNION ALL SELECT '" WRITTEN "', ?1"
                          " UNION ALL SELECT '" DEPARTURES_BACK "', 0 WHERE true"
                          " ON CONFLICT DO UPDATE SET value = excluded.value"
                          " WHERE value <> excluded.value");
    sql_i64(&q, newest);
    return err < 0 ? err : sql_run(&q);
}

/* A clock that stood while the power was off shows an hour once more: what waits since then for
 * seconds does so, and not until that hour. What is held for longer is held until an hour of the
 * day, and a clock that was further ahead may have been wrong. */
#define AHEAD                                               \
    SCHEMA_UNFINISHED " AND created > ?1 AND created <= ?2" \
                      " AND due BETWEEN created AND created + 600"
#define AHEAD_S 7200

static int settle_waiting(struct store *s, struct wall now)
{
    static const char *const updates[] = {
        ("UPDATE part SET next = next - m.created + ?1 FROM message m"
         " WHERE m.id = part.message AND part.next IS NOT NULL AND m.id IN"
         " (SELECT id FROM message WHERE " AHEAD ")"),
        "UPDATE message SET due = due - created + ?1 WHERE " AHEAD,
        NULL,
    };
    return run_each(s, updates, (int64_t[]){now.s, now.s + AHEAD_S}, 2);
}

static int settle_times(struct store *s, struct wall now)
{
    int64_t implausible, newest, last = now.s + FUTURE_S;
    int err = find_newest(s, WALL_PLAUSIBLE_S, &implausible);
    if (err >= 0 && implausible > 0)
        err = move_implausible(s, now, implausible);
    if (err >= 0)
        err = settle_ends(s, implausible > 0 ? now.s - implausible : 0);
    if (err >= 0)
        err = settle_departures(s, now);
    if (err >= 0)
        err = settle_waiting(s, now);
    if (err >= 0)
        err = find_newest(s, INT64_MAX, &newest);
    if (err >= 0 && newest > last)
        err = cap_written(s, now, last);
    return err < 0 ? err : mark_start(s);
}

int store_clock_settle(struct store *s, struct wall now)
{
    int err = store_begin(s);
    if (err >= 0)
        err = wall_plausible(now) ? settle_times(s, now) : mark_start(s);
    if (err >= 0)
        err = store_commit(s);
    if (err < 0)
        store_rollback(s);
    return err < 0 ? err : 0;
}

int store_clock_stepped(struct store *s, struct wall since, struct wall from, int64_t delta_s)
{
    bool known = wall_plausible(from);
    int err = store_begin(s);
    if (err >= 0)
        err = known ? move_waiting(s, since, from, delta_s) : move_waiting_implausible(s, delta_s);
    if (err >= 0)
        err = move_ends(s, from, delta_s);
    /* What was written by a clock that was right stays where one that is wrong cannot say. */
    if (err >= 0 && (!known || wall_plausible((struct wall){from.s + delta_s})))
        err = move_written(s, known ? since.s : INT64_MIN, known ? from.s : WALL_PLAUSIBLE_S - 1,
                           delta_s, !known);
    if (err >= 0)
        err = move_departures(s, known, delta_s);
    if (err >= 0)
        err = store_commit(s);
    if (err < 0)
        store_rollback(s);
    return err < 0 ? err : 0;
}
