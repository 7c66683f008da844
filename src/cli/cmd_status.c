#include "base/text.h"
#include "cli/cli.h"
#include "cli/show.h"
#include "io/control.h"
#include "store/people.h"
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_SHOWN 5

static const char usage[] =
    "usage: textback status [--json]\n\n"
    "One screen: the lines and their signal, what waits to be sent, today's calls, and who waits "
    "for\n"
    "an answer.  Exit status 3 where the daemon is not running.\n\n"
    "      --json         "
    "{\"v\":1,\"running\":true,\"lines\":[...],\"queue\":{...},\"today\":{...}}\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

struct status {
    int trouble;                     /* 0: the daemon runs */
    char daemon[CONTROL_ANSWER_MAX]; /* its JSON; "{}" where it does not run */
    struct outbox_counts queue;
    struct day_counts today;
    struct pause pause;
};

static int read_store(struct cli *cli, struct status *s)
{
    struct wall now = cli->out.now.wall;
    int err = outbox_counts(cli->store, now, &s->queue);
    if (err == 0)
        err = day_counts(cli->store, output_midnight(&cli->out, now, 0), &s->today);
    if (err == 0)
        err = pause_get(cli->store, now, &s->pause);
    return err ? cli_store_fail(cli, err) : CLI_DONE;
}

/* Runs `query` on the daemon's JSON (?1). The statement and its database are freed by end_query();
 * NULL where there is no memory. */
static sqlite3_stmt *begin_query(const struct status *s, const char *query)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db, query, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_text(statement, 1, s->daemon, -1, SQLITE_STATIC) != SQLITE_OK) {
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return NULL;
    }
    return statement;
}

static void end_query(sqlite3_stmt *statement)
{
    sqlite3 *db = sqlite3_db_handle(statement);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static const char *column(sqlite3_stmt *statement, int i)
{
    const char *text = (const char *)sqlite3_column_text(statement, i);
    return text ? text : "";
}

/* Returns whether the daemon's answer is JSON, and an object. */
static bool is_object(const struct status *s)
{
    sqlite3_stmt *type = begin_query(s, "SELECT json_valid(?1) AND json_type(?1) = 'object'");
    bool object = type && sqlite3_step(type) == SQLITE_ROW && sqlite3_column_int(type, 0);
    if (type)
        end_query(type);
    return object;
}

static void ask_daemon(const struct cli *cli, struct status *s)
{
    s->trouble = control_ask(cli->config->control_socket, "status", s->daemon, sizeof(s->daemon));
    if (s->trouble == 0 && !is_object(s))
        s->trouble = -EPROTO;
    if (s->trouble)
        text_copy(s->daemon, sizeof(s->daemon), "{}");
}

static void print_json(const struct status *s)
{
    sqlite3_stmt *lines = begin_query(s, "SELECT coalesce(?1 -> '$.lines', '[]')");
    struct json j;
    output_json(&j);
    json_object(&j);
    json_key_i64(&j, "v", 1);
    json_key_bool(&j, "running", s->trouble == 0);
    json_key(&j, "lines");
    json_raw(&j, lines && sqlite3_step(lines) == SQLITE_ROW ? column(lines, 0) : "[]");
    if (lines)
        end_query(lines);
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
    show_pause_json(&j, &s->pause);
    json_object_end(&j);
    putchar('\n');
}

/* "main      ready  -83 dBm  Vodafone  /dev/ttyUSB2", and under it why it is not ready. */
static void print_line(const struct output *out, sqlite3_stmt *line)
{
    bool ready = strcmp(column(line, 1), "ready") == 0;
    char *name = output_printable(column(line, 0), false);
    char *state = output_printable(column(line, 1), false);
    char *more = output_printable(column(line, 2), false);
    char *cause = output_printable(column(line, 3), false);
    printf("%-8s ", name);
    output_style(out, ready ? OUTPUT_GOOD : OUTPUT_WARN, state);
    printf("%s\n", more);
    if (cause[0])
        printf("%9s%s\n", "", cause);
    free(cause);
    free(more);
    free(state);
    free(name);
}

static void print_lines(const struct output *out, const struct status *s)
{
    sqlite3_stmt *line =
        begin_query(s, "SELECT value ->> '$.name', value ->> '$.state',"
                       " coalesce('  ' || (value ->> '$.signal_dbm') || ' dBm', '')"
                       " || coalesce('  ' || nullif(value ->> '$.operator', ''), '')"
                       " || CASE WHEN value ->> '$.roaming' THEN '  roaming' ELSE '' END"
                       " || coalesce('  ' || nullif(value ->> '$.model', ''), '')"
                       " || coalesce('  ' || (value ->> '$.device'), '')"
                       " || CASE WHEN value ->> '$.resets' > 0"
                       "    THEN '  ' || (value ->> '$.resets') || ' resets today' ELSE '' END,"
                       " value ->> '$.cause' FROM json_each(?1, '$.lines')");
    while (line && sqlite3_step(line) == SQLITE_ROW)
        print_line(out, line);
    if (line)
        end_query(line);
}

static void print_pause(const struct output *out, const struct pause *pause)
{
    char when[OUTPUT_TIME_SIZE] = "", line[96];
    if (pause->until.s == 0)
        return;
    if (pause->until.s != INT64_MAX)
        output_time(out, pause->until, when);
    snprintf(line, sizeof(line), "%s until %s", pause->hard ? "all texts" : "automatic texts",
             when[0] ? when : "`textback resume`");
    printf("%-8s ", "paused");
    output_style(out, OUTPUT_WARN, line);
    putchar('\n');
}

static int print_waiting(const struct cli *cli)
{
    const struct thread_filter filter = {.limit = WAITING_SHOWN};
    struct thread_row thread;
    struct store_rows *rows;
    char waits[OUTPUT_TIME_SIZE], who[SHOW_WHO_SIZE];
    const char *label = "waiting";
    int err = thread_list(cli->store, &filter, &rows);
    if (err)
        return err;
    while ((err = thread_next(rows, &thread)) > 0 && thread.waiting_since.s) {
        output_duration(cli->out.now.wall.s - thread.waiting_since.s, waits);
        show_who(&cli->out, thread.name, thread.number, who);
        char *printable = output_printable(who, false);
        printf("%-8s %s  %s  (thread %" PRId64 ")\n", label, printable, waits, thread.id);
        free(printable);
        label = "";
    }
    store_rows_free(rows);
    return err < 0 ? err : 0;
}

static int print_screen(const struct cli *cli, const struct status *s)
{
    const struct output *out = &cli->out;
    if (s->trouble == 0)
        print_lines(out, s);
    print_pause(out, &s->pause);
    printf("%-8s %d waiting, %d failed, %d unknown\n", "queue", s->queue.waiting, s->queue.failed,
           s->queue.unknown);
    printf("%-8s %d call%s, %d missed, %d texted, %d replied\n", "today", s->today.calls,
           s->today.calls == 1 ? "" : "s", s->today.missed, s->today.texted, s->today.replied);
    return print_waiting(cli);
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
    struct status s = {0};
    int code, err = 0;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) || (code = read_store(cli, &s)))
        return code;
    ask_daemon(cli, &s);
    if (cli->json)
        print_json(&s);
    else
        err = print_screen(cli, &s);
    if (err)
        return cli_store_fail(cli, err);
    if (s.trouble)
        return cli_fail(cli, CLI_NO_DAEMON, "%s", cli_daemon_trouble(s.trouble));
    return CLI_DONE;
}
