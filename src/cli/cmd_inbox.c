#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/watch.h"
#include "io/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MINUTE_MS 60000
#define NARROW 80 /* columns that the table wants at least */

static const char usage[] =
    "usage: textback inbox [--all] [--unread] [--follow] [--limit N] [--json]\n\n"
    "Open conversations: who waits longest for an answer comes first, then the newest.\n\n"
    "      --all          the finished ones too\n"
    "      --unread       only those with a text that was not read\n"
    "      --follow       stay: on a terminal the screen is kept up to date, elsewhere each\n"
    "                     conversation that changes is a line\n"
    "      --limit N      at most N (1 to 10000, else 1000)\n"
    "      --json         {\"v\":1,\"threads\":[...]}; with --follow a thread a line\n";

enum { OPTION_ALL = CLI_OPTION_OWN, OPTION_UNREAD, OPTION_FOLLOW, OPTION_LIMIT };

static const struct option options[] = {{"all", no_argument, NULL, OPTION_ALL},
                                        {"unread", no_argument, NULL, OPTION_UNREAD},
                                        {"follow", no_argument, NULL, OPTION_FOLLOW},
                                        {"limit", required_argument, NULL, OPTION_LIMIT},
                                        CLI_OPTIONS_JSON,
                                        CLI_OPTIONS_COMMON};

static const struct table_column columns[] = {
    {"ID", true, 0},  {"WAITS", true, 0}, {"NAME", false, 8},  {"NUMBER", false, 14},
    {"NEW", true, 0}, {"LAST", false, 0}, {"TEXT", false, 16},
};

static void add_row(struct table *t, const struct output *out, const struct thread_row *thread)
{
    char waits[OUTPUT_TIME_SIZE] = "", number[OUTPUT_NUMBER_SIZE], last[OUTPUT_TIME_SIZE];
    enum output_style style = thread->unread > 0 ? OUTPUT_BOLD : OUTPUT_PLAIN;
    if (thread->waiting_since.s)
        output_duration(out->now.wall.s - thread->waiting_since.s, waits);
    output_number(out, thread->number, number);
    output_time(out, thread->last, last);
    table_cellf(t, OUTPUT_DIM, "%" PRId64, thread->id);
    table_cell(t, OUTPUT_WARN, waits);
    table_cell(t, style, thread->name);
    table_cell(t, style, number);
    if (thread->unread > 0)
        table_cellf(t, OUTPUT_BOLD, "%d", thread->unread);
    else
        table_cell(t, OUTPUT_PLAIN, "");
    table_cell(t, OUTPUT_DIM, last);
    table_cellf(t, thread->last_text ? style : OUTPUT_DIM, "%s%s%s",
                thread->opted_out ? "[opted out] " : "", thread->blocked ? "[blocked] " : "",
                thread->last_text   ? thread->last_text
                : thread->calls > 0 ? "(call)"
                                    : "");
}

static int print_json(struct store_rows *rows)
{
    struct thread_row thread;
    struct json j;
    int err;
    output_json(&j);
    json_object(&j);
    json_key_i64(&j, "v", 1);
    json_key(&j, "threads");
    json_array(&j);
    while ((err = thread_next(rows, &thread)) > 0)
        show_thread_json(&j, &thread);
    json_array_end(&j);
    json_object_end(&j);
    putchar('\n');
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct thread_row thread;
    int err;
    while ((err = thread_next(rows, &thread)) > 0)
        add_row(t, &cli->out, &thread);
    if (table_rows(t) > 0) {
        output_page(&cli->out);
        table_print(t, &cli->out);
    } else {
        cli_note(cli, "nothing here");
    }
    table_free(t);
    return err;
}

/* What was shown of a thread, to tell which one changed. */
struct seen {
    int64_t id;
    int64_t sum;
    bool listed; /* in this round */
};

struct view {
    struct cli *cli;
    const struct thread_filter *filter;
    struct seen *seen;
    size_t count, cap;
};

/* Changes with everything that a row shows. */
static int64_t checksum(const struct thread_row *t)
{
    int64_t sum = t->last.s * 31 + t->waiting_since.s;
    sum = sum * 31 + t->unread + t->calls * 7 + t->messages * 13 + t->opted_out + t->blocked * 2;
    for (const char *c = t->last_text ? t->last_text : ""; *c; c++)
        sum = (sum * 31 + *c) & INT32_MAX;
    return sum;
}

static bool is_news(struct view *v, const struct thread_row *thread)
{
    int64_t sum = checksum(thread);
    for (size_t i = 0; i < v->count; i++) {
        if (v->seen[i].id == thread->id) {
            bool news = v->seen[i].sum != sum;
            v->seen[i].sum = sum;
            v->seen[i].listed = true;
            return news;
        }
    }
    v->seen = cli_grow(v->seen, &v->cap, v->count + 1, sizeof(*v->seen));
    v->seen[v->count++] = (struct seen){thread->id, sum, true};
    return true;
}

/* What has left the inbox is news when it is back. */
static void forget_unlisted(struct view *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->count; i++) {
        if (v->seen[i].listed)
            v->seen[kept++] = (struct seen){v->seen[i].id, v->seen[i].sum, false};
    }
    v->count = kept;
}

/* "12  Ann Baker (07700 900321)  2 new  See you at 5" */
static void print_line(const struct output *out, const struct thread_row *thread)
{
    char who[SHOW_WHO_SIZE];
    show_who(out, thread->name, thread->number, who);
    char *name = output_printable(who, false);
    char *text = output_printable(thread->last_text ? thread->last_text : "(call)", false);
    printf("%" PRId64 "  %s  %d new  %s\n", thread->id, name, thread->unread, text);
    free(name);
    free(text);
}

/* One line, or one object, for each thread that changed. */
static int print_news(struct view *v)
{
    struct store_rows *rows;
    struct thread_row thread;
    int err = thread_list(v->cli->store, v->filter, &rows);
    if (err < 0)
        return err;
    while ((err = thread_next(rows, &thread)) > 0) {
        struct json j;
        if (!is_news(v, &thread))
            continue;
        if (!v->cli->json) {
            print_line(&v->cli->out, &thread);
            continue;
        }
        output_json(&j);
        show_thread_json(&j, &thread);
        putchar('\n');
    }
    store_rows_free(rows);
    forget_unlisted(v);
    return err;
}

/* The same for a terminal too narrow for columns: one line, cut at its width. */
static void print_short(const struct output *out, const struct thread_row *thread)
{
    char waits[OUTPUT_TIME_SIZE] = "", number[OUTPUT_NUMBER_SIZE], *line;
    int width;
    output_number(out, thread->number, number);
    if (thread->waiting_since.s)
        output_duration(out->now.wall.s - thread->waiting_since.s, waits);
    if (asprintf(&line, "%" PRId64 " %s%s%s%s %s", thread->id, thread->unread ? "*" : "",
                 thread->name ? thread->name : number, waits[0] ? " " : "", waits,
                 thread->last_text ? thread->last_text : "(call)") < 0)
        return;
    char *printable = output_printable(line, false);
    printable[output_fit(out, printable, out->width, &width)] = '\0';
    output_style(out, thread->unread ? OUTPUT_BOLD : OUTPUT_PLAIN, printable);
    putchar('\n');
    free(printable);
    free(line);
}

/* The whole screen anew, as many threads as fit. */
static int draw(struct view *v)
{
    struct thread_filter filter = *v->filter;
    struct output *out = &v->cli->out;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct store_rows *rows;
    struct thread_row thread;
    output_measure(out);
    if (filter.limit > out->height - 3)
        filter.limit = out->height - 3;
    int err = thread_list(v->cli->store, &filter, &rows);
    bool narrow = out->width < NARROW;
    fputs("\033[H\033[2J", stdout);
    if (err == 0) {
        while ((err = thread_next(rows, &thread)) > 0) {
            if (narrow)
                print_short(out, &thread);
            else
                add_row(t, out, &thread);
        }
        store_rows_free(rows);
    }
    if (!narrow)
        table_print(t, out);
    table_free(t);
    return err;
}

/* When the screen changes by itself: somebody has waited a minute longer, or a snoozed thread comes
 * back. */
static struct mono next_change(const struct cli *cli, struct wall wake)
{
    struct now now = cli->out.now;
    struct mono deadline = cli->out.terminal ? mono_after(now.mono, MINUTE_MS) : MONO_NEVER;
    if (wake.s > now.wall.s)
        deadline = mono_min(deadline, mono_after(now.mono, (wake.s - now.wall.s) * 1000));
    return deadline;
}

static int follow(struct cli *cli, const struct thread_filter *filter)
{
    struct view v = {.cli = cli, .filter = filter};
    struct watch *watch;
    struct wall wake;
    enum watch_end end = WATCH_WRITTEN;
    int code = watch_new(cli, &watch);
    if (code)
        return code;
    bool screen = cli->out.terminal && !cli->json;
    int asleep = cli_wake_daemon(cli), err = screen ? watch_resizes(watch) : 0;
    if (asleep && !screen)
        cli_note(cli, "%s", cli_daemon_trouble(asleep));
    while (err >= 0 && end != WATCH_STOPPED) {
        cli->out.now = clock_now();
        err = progress_wake(cli->store, cli->out.now.wall, &wake);
        if (err >= 0)
            err = screen ? draw(&v) : print_news(&v);
        if (asleep && screen)
            printf("%s\n", cli_daemon_trouble(asleep));
        if (fflush(stdout))
            break;
        if (err >= 0)
            end = watch_wait(watch, next_change(cli, wake));
    }
    watch_free(watch);
    free(v.seen);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}

int cmd_inbox(struct cli *cli, int argc, char **argv)
{
    struct thread_filter filter = {.limit = CLI_LIST_DEFAULT};
    struct store_rows *rows;
    const char *limit = NULL;
    bool stay = false;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_ALL)
            filter.all = true;
        else if (c == OPTION_UNREAD)
            filter.unread = true;
        else if (c == OPTION_FOLLOW)
            stay = true;
        else if (c == OPTION_LIMIT)
            limit = optarg;
        else
            return cli->exit;
    }
    if ((code = cli_operands(cli, argc, argv, 0, "")) ||
        (code = cli_count(cli, "--limit", limit, CLI_LIST_MAX, &filter.limit)) ||
        (code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)))
        return code;
    if (stay)
        return follow(cli, &filter);
    int err = thread_list(cli->store, &filter, &rows);
    if (err < 0)
        return cli_store_fail(cli, err);
    err = cli->json ? print_json(rows) : print_table(cli, rows);
    store_rows_free(rows);
    return err < 0 ? cli_store_fail(cli, err) : CLI_DONE;
}
