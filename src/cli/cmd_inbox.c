#include "cli/alloc.h"
#include "cli/cli.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/watch.h"
#include "io/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What was said last, with what stands in the way of more. */
static char *last_words(const struct thread_row *thread)
{
    char *words = cli_format("%s%s%s", thread->opted_out ? "[opted out] " : "",
                             thread->blocked ? "[blocked] " : "",
                             thread->last_text   ? thread->last_text
                             : thread->calls > 0 ? "(call)"
                                                 : "");
    char *printable = output_printable(words, true);
    for (char *end = printable; (end = strchr(end, '\n'));)
        *end = ' ';
    free(words);
    return printable;
}

static void add_row(struct table *t, const struct output *out, const struct thread_row *thread)
{
    char name[SHOW_NAME_SIZE], waits[OUTPUT_TIME_SIZE] = "", number[OUTPUT_NUMBER_SIZE],
                               last[OUTPUT_TIME_SIZE];
    enum output_style style = thread->unread > 0 ? OUTPUT_BOLD : OUTPUT_PLAIN;
    if (thread->waiting_since.s)
        output_duration(out->now.wall.s - thread->waiting_since.s, waits);
    output_number(out, thread->number, number);
    output_time(out, thread->last, last);
    table_cellf(t, OUTPUT_DIM, "%" PRId64, thread->id);
    table_cell(t, OUTPUT_WARN, waits);
    table_cell(t, style, show_name(thread, name));
    table_cell(t, style, number);
    if (thread->unread > 0)
        table_cellf(t, OUTPUT_BOLD, "%d", thread->unread);
    else
        table_cell(t, OUTPUT_PLAIN, "");
    table_cell(t, OUTPUT_DIM, last);
    char *words = last_words(thread);
    table_cell(t, thread->last_text ? style : OUTPUT_DIM, words);
    free(words);
}

/* Prints what fits into `room` columns; returns how many it took. */
static int print_cut(const struct output *out, enum output_style style, char *text, int room)
{
    int width = output_width(out, text, strlen(text));
    bool cut = width > room;
    if (cut)
        text[output_fit(out, text, room > 0 ? room - 1 : 0, &width)] = '\0';
    output_style(out, style, text);
    if (cut)
        fputs(out->unicode ? "…" : "~", stdout);
    return width + cut;
}

/* For a telephone, in two lines:
 * "27 Ann Baker              ● 26 days"
 * "   The boiler is leaking, can you c…" */
static void print_short(const struct output *out, const struct thread_row *thread)
{
    char id[32], when[OUTPUT_TIME_SIZE], right[OUTPUT_TIME_SIZE + 8], number[OUTPUT_NUMBER_SIZE];
    char says[SHOW_NAME_SIZE];
    const char *known = show_name(thread, says);
    enum output_style style = thread->unread > 0 ? OUTPUT_BOLD : OUTPUT_PLAIN;
    const char *mark = out->unicode ? "● " : "* ";
    bool waits = thread->waiting_since.s != 0;
    output_number(out, thread->number, number);
    if (waits)
        output_duration(out->now.wall.s - thread->waiting_since.s, when);
    else
        output_time(out, thread->last, when);
    snprintf(id, sizeof(id), "%" PRId64 " ", thread->id);
    snprintf(right, sizeof(right), " %s%s", thread->unread > 0 ? mark : "", when);
    int indent = (int)strlen(id),
        room = out->width - indent - output_width(out, right, strlen(right));
    char *name = output_printable(known ? known : number, false);
    char *words = last_words(thread);
    output_style(out, OUTPUT_DIM, id);
    int width = print_cut(out, style, name, room);
    printf("%*s", width < room ? room - width : 0, "");
    output_style(out, waits ? OUTPUT_WARN : OUTPUT_DIM, right);
    printf("\n%*s", indent, "");
    (void)print_cut(out, style, words, out->width - indent);
    putchar('\n');
    free(name);
    free(words);
}

static int print_json(struct store_rows *rows)
{
    struct thread_row thread;
    struct json j;
    int err;
    output_json_begin(&j);
    json_key(&j, "threads");
    json_array(&j);
    while ((err = thread_next(rows, &thread)) > 0)
        show_thread_json(&j, &thread);
    json_array_end(&j);
    output_json_end(&j);
    return err;
}

static int print_table(struct cli *cli, struct store_rows *rows)
{
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct thread_row thread;
    bool narrow = cli->out.width > 0 && cli->out.width < NARROW;
    int err, count;
    for (count = 0; (err = thread_next(rows, &thread)) > 0; count++) {
        if (count == 0)
            output_page(&cli->out);
        if (narrow)
            print_short(&cli->out, &thread);
        else
            add_row(t, &cli->out, &thread);
    }
    if (count == 0)
        cli_note(cli, "nothing here");
    else if (!narrow)
        table_print(t, &cli->out);
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
    show_who_of(out, thread, who);
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

/* The whole screen anew, as many threads as fit. */
static int draw(struct view *v)
{
    struct thread_filter filter = *v->filter;
    struct output *out = &v->cli->out;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct store_rows *rows;
    struct thread_row thread;
    output_measure(out);
    bool narrow = out->width < NARROW;
    int most = narrow ? (out->height - 2) / 2 : out->height - 3;
    if (filter.limit > most)
        filter.limit = most > 0 ? most : 1;
    int err = thread_list(v->cli->store, &filter, &rows);
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
