#include "base/text.h"
#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/query.h"
#include "cli/show.h"
#include "status_parts.h"
#include "store/limits.h"
#include "store/owners.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_SHOWN 5
#define FAILED_SHOWN 3
#define MUTED_SHOWN 3

static const char usage[] =
    "usage: textback status [--json]\n\n"
    "One screen: the lines and their signal, what waits to be sent, today's calls, and who waits "
    "for\n"
    "an answer.  Exit status 3 where the daemon is not running.\n\n"
    "      --json         "
    "{\"v\":1,\"running\":true,\"lines\":[...],\"queue\":{...},\"today\":{...}}\n";

static const struct option options[] = {CLI_OPTIONS_JSON, CLI_OPTIONS_COMMON};

static int read_store(struct cli *cli, struct status *s)
{
    struct wall now = cli->out.now.wall;
    int err = outbox_counts(cli->store, now, &s->queue);
    if (err == 0)
        err = day_counts(cli->store, output_midnight(&cli->out, now, 0), &s->today);
    if (err == 0)
        err = follow_ups_count(cli->store, &s->follow_ups, &s->follow_up);
    if (err == 0)
        err = waits_read(cli, &s->waits);
    return err ? cli_store_fail(cli, err) : CLI_DONE;
}

/* "main      ready  -83 dBm  Vodafone  /dev/ttyUSB2", and under it why it is not ready, and for how
 * long. */
static void print_line(const struct output *out, sqlite3_stmt *line)
{
    bool ready = strcmp(query_column(line, 1), "ready") == 0;
    char *name = output_printable(query_column(line, 0), false);
    char *state = output_printable(query_column(line, 1), false);
    char *more = output_printable(query_column(line, 2), false);
    char *cause = output_printable(query_column(line, 3), false);
    printf("%-8s ", name);
    output_style(out, ready ? OUTPUT_GOOD : OUTPUT_WARN, state);
    printf("%s\n", more);
    int64_t since = sqlite3_column_int64(line, 4);
    if (cause[0])
        printf("%9s%s", "", cause);
    if (cause[0] && !ready && since > 0) {
        char when[OUTPUT_TIME_SIZE], lasts[OUTPUT_TIME_SIZE];
        output_time(out, (struct wall){since}, when);
        output_duration(out->now.wall.s - since, lasts);
        printf("  (since %s, %s)", when, lasts);
    }
    if (cause[0])
        putchar('\n');
    free(cause);
    free(more);
    free(state);
    free(name);
}

static void print_lines(const struct output *out, const struct waits *w)
{
    sqlite3_stmt *line = query_json(
        w->daemon,
        "SELECT value ->> '$.name', value ->> '$.state',"
        " coalesce('  ' || (value ->> '$.signal_dbm') || ' dBm', '')"
        " || coalesce('  ' || nullif(value ->> '$.operator', ''), '')"
        " || CASE WHEN value ->> '$.roaming' THEN '  roaming' ELSE '' END"
        " || coalesce('  ' || nullif(value ->> '$.model', ''), '')"
        " || coalesce('  ' || (value ->> '$.device'), '')"
        " || CASE WHEN value ->> '$.resets' > 0"
        "    THEN '  ' || (value ->> '$.resets') || ' resets today' ELSE '' END,"
        " value ->> '$.cause',"
        " CAST(strftime('%s', value ->> '$.since') AS INTEGER) FROM json_each(?1, '$.lines')");
    while (line && sqlite3_step(line) == SQLITE_ROW)
        print_line(out, line);
    query_end(line);
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

#define LABELLED 9 /* "waiting  " */

/* A line of ours, with names and reasons in it that may be long. */
__attribute__((format(printf, 3, 4))) static void
print_entry(const struct output *out, const char *label, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    char *text = cli_vformat(format, ap);
    va_end(ap);
    printf("%-8s ", label);
    output_paragraph(out, LABELLED, text);
    free(text);
}

/* What the loop breaker stopped: everything automatic, and what goes to some people. */
static int print_stopped(const struct cli *cli, const struct pause *pause)
{
    struct mute_row mute;
    struct store_rows *rows;
    char when[OUTPUT_TIME_SIZE], who[SHOW_WHO_SIZE], line[96];
    const char *label = "muted";
    if (pause->stopped.s != 0) {
        output_time(&cli->out, pause->stopped, when);
        snprintf(line, sizeof(line), "automatic texts until %s: breaker.burst (textback resume)",
                 when);
        printf("%-8s ", "stopped");
        output_style(&cli->out, OUTPUT_WARN, line);
        putchar('\n');
    }
    int err = mute_list(cli->store, cli->out.now.wall, MUTED_SHOWN, &rows);
    if (err)
        return err;
    while ((err = mute_next(rows, &mute)) > 0) {
        show_who(&cli->out, mute.name, mute.number, who);
        output_time(&cli->out, mute.until, when);
        char *printable = output_printable(who, false);
        print_entry(&cli->out, label, "%s  until %s: breaker.identical", printable, when);
        free(printable);
        label = "";
    }
    store_rows_free(rows);
    return err;
}

/* The texts that failed lately: "1 failed" leads somewhere. */
static int print_failed(const struct cli *cli)
{
    struct message_row message;
    struct store_rows *rows;
    char who[SHOW_WHO_SIZE];
    const char *label = "failed";
    int err = outbox_list_failed(cli->store, cli->out.now.wall, FAILED_SHOWN, &rows);
    if (err)
        return err;
    while ((err = message_next(rows, &message)) > 0) {
        show_who(&cli->out, message.name, message.number, who);
        char *printable = output_printable(who, false);
        char *error = output_printable(message.error ? message.error : "", false);
        print_entry(&cli->out, label, "m%" PRId64 "  %s  %s", message.id, printable, error);
        free(error);
        free(printable);
        label = "";
    }
    store_rows_free(rows);
    return err;
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
        show_who_of(&cli->out, &thread, who);
        char *printable = output_printable(who, false);
        print_entry(&cli->out, label, "%s  %s  (thread %" PRId64 ")", printable, waits, thread.id);
        free(printable);
        label = "";
    }
    store_rows_free(rows);
    return err < 0 ? err : 0;
}

static void print_follow_ups(const struct output *out, const struct status *s)
{
    char when[OUTPUT_TIME_SIZE];
    output_time(out, s->follow_up, when);
    if (s->follow_ups > 0)
        print_entry(out, "planned", "%d follow-up%s, the next %s", s->follow_ups,
                    s->follow_ups == 1 ? "" : "s", when);
}

/* What is to be told to the owner by text, and could not be yet. */
static int print_owner(const struct cli *cli)
{
    struct store_rows *rows = NULL;
    struct trouble trouble;
    char since[OUTPUT_TIME_SIZE];
    const char *label = "owner";
    int waiting = 0;
    int err = owners_waiting(cli->store, &waiting);
    if (err == 0 && waiting > 0) {
        print_entry(&cli->out, label, "%d text%s to you wait%s", waiting, waiting == 1 ? "" : "s",
                    waiting == 1 ? "s" : "");
        label = "";
    }
    if (err == 0)
        err = trouble_list(cli->store, &rows);
    while (err == 0 && trouble_next(rows, &trouble) > 0) {
        output_time(&cli->out, trouble.since, since);
        char *what = output_printable(trouble.what, false);
        print_entry(&cli->out, label, "not told yet: %s since %s: %s", trouble.key, since, what);
        free(what);
        label = "";
    }
    store_rows_free(rows);
    return err;
}

static int print_screen(const struct cli *cli, const struct status *s)
{
    const struct output *out = &cli->out;
    if (s->waits.trouble == 0)
        print_lines(out, &s->waits);
    print_pause(out, &s->waits.pause);
    int err = print_stopped(cli, &s->waits.pause);
    if (err)
        return err;
    print_entry(out, "queue", "%d waiting, %d failed, %d unknown", s->queue.waiting,
                s->queue.failed, s->queue.unknown);
    err = print_failed(cli);
    if (err == 0)
        err = print_owner(cli);
    if (err)
        return err;
    print_follow_ups(out, s);
    print_entry(out, "today", "%d call%s, %d missed, %d texted, %d replied", s->today.calls,
                s->today.calls == 1 ? "" : "s", s->today.missed, s->today.texted, s->today.replied);
    return print_waiting(cli);
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
    struct status s = {0};
    int code;
    if (cli_option(cli, argc, argv, options, usage) != -1)
        return cli->exit;
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) || (code = read_store(cli, &s)))
        return code;
    int err = cli->json ? status_json(cli, &s) : print_screen(cli, &s);
    if (err)
        return cli_store_fail(cli, err);
    if (s.waits.trouble)
        return cli_fail(cli, CLI_NO_DAEMON, "%s", cli_daemon_trouble(s.waits.trouble));
    return CLI_DONE;
}
