#include "cli/query.h"
#include "cli/show.h"
#include "policy/decide.h"
#include "service/service.h"
#include "status_parts.h"
#include "store/limits.h"
#include "store/owners.h"

/* The configured lines, where nobody can tell how they are. */
static void json_lines_stopped(struct json *j, const struct config *config)
{
    json_array(j);
    for (size_t i = 0; i < config->line_count; i++) {
        json_object(j);
        json_key_string(j, "name", config->lines[i].name);
        json_key_string(j, "state", "stopped");
        json_key_string(j, "cause", "the daemon is not running");
        json_key_string(j, "device", config->lines[i].device);
        json_key_string(j, "model", "");
        json_key_string(j, "imei", "");
        json_key_string(j, "operator", "");
        json_key_bool(j, "registered", false);
        json_key(j, "signal_dbm");
        json_null(j);
        json_key(j, "heard_ms");
        json_null(j);
        json_object_end(j);
    }
    json_array_end(j);
}

static void json_lines(struct json *j, const struct waits *w)
{
    sqlite3_stmt *lines = query_json(w->daemon, "SELECT coalesce(?1 -> '$.lines', '[]')");
    json_raw(j, lines && sqlite3_step(lines) == SQLITE_ROW ? query_column(lines, 0) : "[]");
    query_end(lines);
}

/* Those who wait for an answer, longest first. */
static int json_waiting(struct json *j, const struct cli *cli)
{
    const struct thread_filter filter = {.limit = CLI_LIST_DEFAULT};
    struct thread_row thread;
    struct store_rows *rows;
    int err = thread_list(cli->store, &filter, &rows);
    if (err)
        return err;
    json_key(j, "waiting");
    json_array(j);
    while ((err = thread_next(rows, &thread)) > 0 && thread.waiting_since.s)
        show_thread_json(j, &thread);
    json_array_end(j);
    store_rows_free(rows);
    return err < 0 ? err : 0;
}

/* What the owner was not told yet. */
static int json_owner(struct json *j, const struct cli *cli)
{
    struct store_rows *rows = NULL;
    struct trouble trouble;
    int waiting = 0;
    int err = owners_waiting(cli->store, &waiting);
    if (err == 0)
        err = trouble_list(cli->store, &rows);
    json_key(j, "owner");
    json_object(j);
    json_key_i64(j, "waiting", waiting);
    json_key(j, "troubles");
    json_array(j);
    while (err == 0 && trouble_next(rows, &trouble) > 0) {
        json_object(j);
        json_key_string(j, "trouble", trouble.key);
        json_key_string(j, "what", trouble.what);
        output_json_wall(j, "since", trouble.since);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
    store_rows_free(rows);
    return err;
}

/* Those to whom nothing automatic goes for a while. */
static int json_muted(struct json *j, const struct cli *cli)
{
    struct mute_row mute;
    struct store_rows *rows;
    int err = mute_list(cli->store, cli->out.now.wall, CLI_LIST_DEFAULT, &rows);
    if (err)
        return err;
    json_key(j, "muted");
    json_array(j);
    while ((err = mute_next(rows, &mute)) > 0) {
        json_object(j);
        json_key_string(j, "number", mute.number);
        json_key_string(j, "name", mute.name);
        output_json_wall(j, "until", mute.until);
        json_object_end(j);
    }
    json_array_end(j);
    store_rows_free(rows);
    return err;
}

static void json_cap(struct json *j, const char *key, int used, int most)
{
    json_key(j, key);
    json_object(j);
    json_key_i64(j, "used", used);
    json_key_i64(j, "most", most);
    json_object_end(j);
}

static int json_line_limits(struct json *j, const struct cli *cli, const char *line)
{
    const struct store_limits limits = service_limits(&cli->config->policy);
    struct wall now = cli->out.now.wall;
    struct limits_used used;
    struct limits_gate gate = {.open = now};
    int err = limits_used(cli->store, line, now, limits.per_day, &used);
    if (err == 0 && used.line != 0)
        err = limits_gate(cli->store, used.line, &limits, now, &gate);
    if (err)
        return err;
    json_object(j);
    json_key_string(j, "name", line);
    json_cap(j, "per_minute", used.minute, limits.per_minute);
    json_cap(j, "per_hour", used.hour, limits.per_hour);
    json_cap(j, "per_day", used.day, limits.per_day);
    output_json_wall(j, "open_at", gate.key ? gate.open : (struct wall){0});
    json_key_string(j, "waits_for", gate.key);
    json_object_end(j);
    return 0;
}

/* How much of the caps is used, and what holds the next automatic text of a line back. */
static int json_limits(struct json *j, const struct cli *cli)
{
    int most = cli->config->policy.limits.people_per_month;
    struct wall month = {cli->out.now.wall.s - DECIDE_MONTH_S};
    struct limits_counts sent;
    int err = limits_count(cli->store, "", month, most, &sent);
    if (err)
        return err;
    json_key(j, "limits");
    json_object(j);
    json_cap(j, "people_per_month", sent.people, most);
    json_key(j, "lines");
    json_array(j);
    for (size_t i = 0; err == 0 && i < cli->config->line_count; i++)
        err = json_line_limits(j, cli, cli->config->lines[i].name);
    json_array_end(j);
    json_object_end(j);
    return err;
}

int status_json(const struct cli *cli, const struct status *s)
{
    struct json j;
    output_json_begin(&j);
    json_key_bool(&j, "running", s->waits.trouble == 0);
    json_key(&j, "lines");
    if (s->waits.trouble)
        json_lines_stopped(&j, cli->config);
    else
        json_lines(&j, &s->waits);
    json_key(&j, "queue");
    json_object(&j);
    json_key_i64(&j, "waiting", s->queue.waiting);
    json_key_i64(&j, "failed", s->queue.failed);
    json_key_i64(&j, "unknown", s->queue.unknown);
    json_object_end(&j);
    json_key(&j, "today");
    json_object(&j);
    json_key_i64(&j, "calls", s->today.calls);
    json_key_i64(&j, "missed", s->today.missed);
    json_key_i64(&j, "texted", s->today.texted);
    json_key_i64(&j, "replied", s->today.replied);
    json_object_end(&j);
    show_pause_json(&j, &s->waits.pause);
    output_json_wall(&j, "stopped_until", s->waits.pause.stopped);
    int err = json_muted(&j, cli);
    if (err == 0)
        err = json_limits(&j, cli);
    if (err == 0)
        err = json_waiting(&j, cli);
    json_key(&j, "follow_ups");
    json_object(&j);
    json_key_i64(&j, "planned", s->follow_ups);
    output_json_wall(&j, "next_at", s->follow_up);
    json_object_end(&j);
    if (err == 0)
        err = json_owner(&j, cli);
    output_json_end(&j);
    return err;
}
