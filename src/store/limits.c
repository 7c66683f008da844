#include "store/limits.h"
#include "db.h"
#include "schema.h"
#include "store/people.h"
#include <assert.h>
#include <errno.h>

#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)
#define STEP_S DAY_S /* what left later than that from now was noted by a clock that was wrong */
#define OWNER_PART 3 /* the owner has this part of the caps */
#define UNTIL(value) "strftime('%Y-%m-%dT%H:%M:%SZ', " value ", 'unixepoch')"

/* When the `nth` last text of a line left, counted from 1; 0 where there were fewer. Of all texts
 * where `kind` is LIMITS_BY_HAND. */
static int nth_last(struct store *s, int64_t line, enum limits_kind kind, struct wall now, int nth,
                    struct wall *ret)
{
    assert(nth >= 1);
    struct sql q = kind == LIMITS_AUTOMATIC
                       ? sql(s, "SELECT at FROM departure WHERE line = ? AND at <= ? AND automatic"
                                " ORDER BY at DESC LIMIT 1 OFFSET ?")
                   : kind == LIMITS_OWNER
                       ? sql(s, "SELECT at FROM departure WHERE line = ? AND at <= ? AND owner"
                                " ORDER BY at DESC LIMIT 1 OFFSET ?")
                       : sql(s, "SELECT at FROM departure WHERE line = ? AND at <= ?"
                                " ORDER BY at DESC LIMIT 1 OFFSET ?");
    sql_i64(&q, line);
    sql_i64(&q, now.s + STEP_S);
    sql_i64(&q, nth - 1);
    ret->s = 0;
    int err = sql_get_i64(&q, &ret->s);
    return err == -ENOENT ? 0 : err;
}

/* The same for the same id, and any part of -1000..1000 as likely as another. */
static int64_t chance_permille(int64_t id)
{
    uint64_t x = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return (int64_t)((x >> 33) % 2001) - 1000;
}

/* The pace, longer or shorter by the id of the text that left last. */
static int pace_end(struct store *s, int64_t line, const struct store_limits *limits,
                    struct wall now, struct wall *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT at, message FROM departure WHERE line = ? AND at <= ?"
                          " ORDER BY at DESC, message DESC LIMIT 1");
    sql_i64(&q, line);
    sql_i64(&q, now.s + STEP_S);
    ret->s = 0;
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err == -ENOENT ? 0 : err;
    int64_t more = limits->jitter_permille * chance_permille(col_i64(row[1])) / 1000;
    int64_t gap_ms = limits->pace_ms + limits->pace_ms * more / 1000;
    ret->s = col_i64(row[0]) + (gap_ms + 999) / 1000;
    return 0;
}

static void close_until(struct limits_gate *gate, struct wall now, struct wall open,
                        const char *key)
{
    if (open.s > now.s && open.s > gate->open.s)
        *gate = (struct limits_gate){open, key};
}

/* So many in so long. */
struct cap {
    int count, window_s;
    const char *key;
};

static int close_caps(struct store *s, int64_t line, enum limits_kind kind, const struct cap *caps,
                      size_t count, struct wall now, struct limits_gate *gate)
{
    struct wall then;
    int err = 0;
    for (size_t i = 0; err == 0 && i < count; i++) {
        err = nth_last(s, line, kind, now, caps[i].count, &then);
        if (err == 0 && then.s != 0) /* + 1: times are cut to the second */
            close_until(gate, now, (struct wall){then.s + caps[i].window_s + 1}, caps[i].key);
    }
    return err;
}

int limits_gate_owner(struct store *s, int64_t line, const struct store_limits *limits,
                      struct wall now, struct limits_gate *ret)
{
    const struct cap caps[] = {
        {(limits->per_hour + OWNER_PART - 1) / OWNER_PART, HOUR_S, "limits.per_hour"},
        {(limits->per_day + OWNER_PART - 1) / OWNER_PART, DAY_S, "limits.per_day"},
    };
    struct limits_gate gate = {.open = now};
    struct wall then;
    int err = pace_end(s, line, limits, now, &then);
    if (err < 0)
        return err;
    close_until(&gate, now, then, "limits.pace");
    err = close_caps(s, line, LIMITS_OWNER, caps, sizeof(caps) / sizeof(caps[0]), now, &gate);
    if (err == 0)
        *ret = gate;
    return err;
}

int limits_gate(struct store *s, int64_t line, const struct store_limits *limits, struct wall now,
                struct limits_gate *ret)
{
    const struct cap caps[] = {
        {limits->per_minute, MINUTE_S, "limits.per_minute"},
        {limits->per_hour, HOUR_S, "limits.per_hour"},
        {limits->per_day, DAY_S, "limits.per_day"},
    };
    struct limits_gate gate = {.open = now};
    struct pause pause;
    struct wall then;
    int err = pause_get(s, now, &pause);
    if (err == 0)
        err = pace_end(s, line, limits, now, &then);
    if (err < 0)
        return err;
    close_until(&gate, now, then, "limits.pace");
    err = close_caps(s, line, LIMITS_BY_HAND, caps, sizeof(caps) / sizeof(caps[0]), now, &gate);
    if (err < 0)
        return err;
    close_until(&gate, now, pause.stopped, "breaker.burst");
    *ret = gate;
    return 0;
}

/* All that is automatic stops until somebody resumes it, or the time is over. */
static int stop_automatic(struct store *s, int64_t line, const struct store_limits *limits,
                          struct wall now)
{
    int err = setting_set_i64(s, "stopped_until", now.s + limits->mute_s);
    if (err == 0)
        err = setting_set_i64(s, "stopped_at", now.s);
    if (err < 0)
        return err;
    struct sql q = sql(s, "INSERT INTO event (at, type, data) SELECT ?1, 'alarm', json_object("
                          "'alarm', 'burst', 'line', name, 'texts', ?2, 'until', " UNTIL(
                              "?3") ") FROM line WHERE id = ?4");
    sql_i64(&q, now.s);
    sql_i64(&q, limits->burst);
    sql_i64(&q, now.s + limits->mute_s);
    sql_i64(&q, line);
    err = sql_run(&q);
    return err < 0 ? err : 1;
}

/* A burst that was answered once, by its stop or by somebody here, is not counted again. */
static int watch_burst(struct store *s, int64_t line, const struct store_limits *limits,
                       struct wall now)
{
    struct wall first;
    int64_t stopped_at;
    if (limits->burst == 0)
        return 0;
    int err = setting_get_i64(s, "stopped_at", 0, &stopped_at);
    if (err == 0)
        err = nth_last(s, line, LIMITS_AUTOMATIC, now, limits->burst, &first);
    if (err < 0 || first.s == 0 || first.s <= stopped_at || now.s - first.s >= limits->burst_s)
        return err;
    return stop_automatic(s, line, limits, now);
}

int limits_depart(struct store *s, int64_t line, int64_t message, enum limits_kind kind,
                  const struct store_limits *limits, struct wall now)
{
    struct sql q = sql(s, "DELETE FROM departure WHERE line = ? AND at < ?");
    sql_i64(&q, line);
    sql_i64(&q, now.s - INT64_C(2) * DAY_S);
    int err = sql_run(&q);
    if (err < 0)
        return err;
    q = sql(s,
            "INSERT INTO departure (line, message, automatic, owner, at) VALUES (?, ?, ?, ?, ?)");
    sql_i64(&q, line);
    sql_i64(&q, message);
    sql_i64(&q, kind == LIMITS_AUTOMATIC);
    sql_i64(&q, kind == LIMITS_OWNER);
    sql_i64(&q, now.s);
    err = sql_run(&q);
    if (err < 0)
        return err;
    return kind == LIMITS_AUTOMATIC && limits ? watch_burst(s, line, limits, now) : 0;
}

int limits_return(struct store *s, int64_t part)
{
    struct sql q =
        sql(s, "DELETE FROM departure WHERE id = (SELECT d.id FROM part p JOIN departure d"
               " ON d.message = p.message WHERE p.id = ? AND p.seq = 1 AND p.state = 'sending'"
               " ORDER BY d.id DESC LIMIT 1)");
    sql_i64(&q, part);
    int err = sql_run(&q);
    return err < 0 ? err : 0;
}

static int count_identical(struct store *s, const char *number, const char *text,
                           const struct store_limits *limits, struct wall now, int64_t *ret)
{
    struct sql q = sql(s, "SELECT count(*) FROM (SELECT 1 FROM message WHERE contact ="
                          " (SELECT id FROM contact WHERE number = ?1) AND cause = 'received'"
                          " AND " SCHEMA_SAID " AND created > ?2 AND text = ?3 LIMIT ?4)");
    sql_text(&q, number);
    sql_i64(&q, now.s - limits->identical_s);
    sql_text(&q, text);
    sql_i64(&q, limits->identical);
    return sql_get_i64(&q, ret);
}

/* Returns 1, or 0 for somebody who is muted already. */
static int mute(struct store *s, const char *number, struct wall until, struct wall now)
{
    struct sql q = sql(s, "DELETE FROM mute WHERE until <= ?");
    sql_i64(&q, now.s);
    int err = sql_run(&q);
    if (err < 0)
        return err;
    q = sql(s, "INSERT INTO mute (number, until) VALUES (?, ?) ON CONFLICT DO NOTHING");
    sql_text(&q, number);
    sql_i64(&q, until.s);
    return sql_run(&q);
}

int limits_hear(struct store *s, const char *number, const char *text,
                const struct store_limits *limits, struct wall now)
{
    int64_t same;
    struct wall until = {now.s + limits->mute_s};
    if (limits->identical == 0)
        return 0;
    int err = count_identical(s, number, text, limits, now, &same);
    if (err < 0 || same < limits->identical)
        return err;
    int muted = mute(s, number, until, now);
    if (muted <= 0)
        return muted;
    err = outbox_cancel_automatic(s, number, "the same text again and again", now);
    if (err < 0)
        return err;
    struct sql q = sql(s, "INSERT INTO event (at, type, contact, data) SELECT ?1, 'alarm', id,"
                          " json_object('alarm', 'identical', 'number', number, 'thread', id,"
                          " 'texts', ?2, 'until', " UNTIL("?3") ") FROM contact WHERE number = ?4");
    sql_i64(&q, now.s);
    sql_i64(&q, limits->identical);
    sql_i64(&q, until.s);
    sql_text(&q, number);
    err = sql_run(&q);
    return err < 0 ? err : 1;
}

int limits_used(struct store *s, const char *line, struct wall now, int day_max,
                struct limits_used *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT l.id, (SELECT count(*) FROM departure"
                          "  WHERE line = l.id AND at > ?2 - 60),"
                          " (SELECT count(*) FROM departure WHERE line = l.id AND at > ?2 - 3600),"
                          " (SELECT count(*) FROM (SELECT 1 FROM departure"
                          "  WHERE line = l.id AND at > ?2 - 86400 LIMIT ?3))"
                          " FROM line l WHERE l.name = ?1");
    sql_text(&q, line);
    sql_i64(&q, now.s);
    sql_i64(&q, day_max);
    int err = sql_keep(&q, &row);
    *ret = (struct limits_used){0};
    if (err < 0)
        return err == -ENOENT ? 0 : err;
    *ret = (struct limits_used){.line = col_i64(row[0]),
                                .minute = (int)col_i64(row[1]),
                                .hour = (int)col_i64(row[2]),
                                .day = (int)col_i64(row[3])};
    return 0;
}

int limits_count(struct store *s, const char *number, struct wall since, int people_max,
                 struct limits_counts *ret)
{
    sqlite3_value **row;
    struct sql q = sql(s, "SELECT (SELECT count(*) FROM message WHERE contact = c.id"
                          "  AND cause IN ('missed_call','lead','follow_up') AND " SCHEMA_SAID
                          " AND created > ?2),"
                          " (SELECT count(*) FROM (SELECT 1 FROM contact WHERE texted > ?2"
                          "  LIMIT ?3)), ifnull(c.texted > ?2, 0)"
                          " FROM (SELECT 1) LEFT JOIN contact c ON c.number = ?1");
    sql_text(&q, number);
    sql_i64(&q, since.s);
    sql_i64(&q, people_max);
    int err = sql_keep(&q, &row);
    if (err < 0)
        return err;
    *ret = (struct limits_counts){.automatic = (int)col_i64(row[0]),
                                  .people = (int)col_i64(row[1]),
                                  .texted = col_i64(row[2]) != 0};
    return 0;
}

int mute_list(struct store *s, struct wall now, int limit, struct store_rows **ret)
{
    struct sql q = sql(s, "SELECT u.number, c.name, u.until FROM mute u"
                          " LEFT JOIN contact c ON c.number = u.number"
                          " WHERE u.until > ? ORDER BY u.until DESC LIMIT ?");
    sql_i64(&q, now.s);
    sql_i64(&q, limit);
    return sql_rows(&q, ret);
}

int mute_next(struct store_rows *r, struct mute_row *ret)
{
    sqlite3_value **row = rows_next(r);
    if (!row)
        return 0;
    *ret = (struct mute_row){
        .number = col_text(row[0]), .name = col_text(row[1]), .until = col_wall(row[2])};
    return 1;
}
