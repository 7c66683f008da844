#include "cli/cli.h"
#include "cli/figures.h"
#include "cli/money.h"
#include "cli/show.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: textback report --html [--since TIME] [--until TIME] [--last DURATION] >FILE\n\n"
    "The figures of textback stats as one page with charts, for a browser, a phone or A4 paper; it "
    "needs\nno network and no script.\n\n"
    "      --html           the only form there is\n"
    "      --since TIME     not before: 7d, today, mon, 2026-11-23; else 30d\n"
    "      --until TIME     before\n"
    "      --last DURATION  the same as --since DURATION\n";

enum { OPTION_HTML = CLI_OPTION_OWN, OPTION_SINCE, OPTION_UNTIL, OPTION_LAST };

static const struct option options[] = {{"html", no_argument, NULL, OPTION_HTML},
                                        {"since", required_argument, NULL, OPTION_SINCE},
                                        {"until", required_argument, NULL, OPTION_UNTIL},
                                        {"last", required_argument, NULL, OPTION_LAST},
                                        CLI_OPTIONS_COMMON};

static const char head[] =
    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<style>\n"
    "body{font:16px/1.4 system-ui,sans-serif;max-width:60em;margin:1em auto;padding:0 1em;"
    "color:#222;background:#fff}\n"
    "h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:1.5em 0 .5em}\n"
    "svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:#222}\n"
    "table{border-collapse:collapse}td{padding:.15em 1em .15em 0}td.n{text-align:right}\n"
    "@page{size:A4;margin:15mm}@media print{body{margin:0;max-width:none}"
    "h2,svg,table{break-inside:avoid}*{print-color-adjust:exact}}\n"
    "</style>\n";

/* Text from outside: only what means something in HTML is written otherwise. */
static void print_text(const char *text)
{
    char *printable = output_printable(text, false);
    for (const char *c = printable; *c; c++) {
        if (*c == '<')
            fputs("&lt;", stdout);
        else if (*c == '>')
            fputs("&gt;", stdout);
        else if (*c == '&')
            fputs("&amp;", stdout);
        else if (*c == '"')
            fputs("&quot;", stdout);
        else
            putchar(*c);
    }
    free(printable);
}

static void print_bar(int row, const char *name, int count, int of)
{
    int width = of > 0 ? (int)((int64_t)count * 420 / of) : 0;
    printf("<text x=\"0\" y=\"%d\">%s</text>"
           "<rect x=\"130\" y=\"%d\" width=\"%d\" height=\"18\" fill=\"#2a6f97\"/>"
           "<text x=\"%d\" y=\"%d\">%d</text>\n",
           row * 26 + 16, name, row * 26 + 2, width, 136 + width, row * 26 + 16, count);
}

static void print_funnel(const struct stats *s)
{
    puts("<h2>From the call to the job</h2>\n"
         "<svg viewBox=\"0 0 620 158\" role=\"img\" aria-label=\"calls, missed, texted, delivered, "
         "replied, won\">");
    print_bar(0, "Calls", s->calls, s->calls);
    print_bar(1, "Missed", s->missed, s->calls);
    print_bar(2, "Texted", s->texted, s->calls);
    print_bar(3, "Delivered", s->delivered, s->calls);
    print_bar(4, "Replied in 24 h", s->replied, s->calls);
    print_bar(5, "Jobs won", s->won < s->calls ? s->won : s->calls, s->calls);
    puts("</svg>");
}

static void print_hours(const struct figures *f)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int most = figures_most(f);
    puts(
        "<h2>When calls come</h2>\n<svg viewBox=\"0 0 620 190\" role=\"img\" aria-label=\"calls by "
        "weekday and hour\">");
    for (int hour = 0; hour < 24; hour += 3)
        printf("<text x=\"%d\" y=\"12\">%d</text>", 40 + hour * 24, hour);
    for (int day = 0; day < 7; day++) {
        printf("\n<text x=\"0\" y=\"%d\">%s</text>", 34 + day * 24, days[day]);
        for (int hour = 0; hour < 24; hour++) {
            const struct figures_cell *cell = &f->hour[day][hour];
            int shade = cell->calls ? 20 + cell->calls * 80 / most : 0;
            printf("<rect x=\"%d\" y=\"%d\" width=\"22\" height=\"22\" fill=\"%s\" "
                   "fill-opacity=\"%d%%\"><title>%s %d:00: %d calls, %d missed</title></rect>",
                   40 + hour * 24, 18 + day * 24, shade ? "#2a6f97" : "#888", shade ? shade : 8,
                   days[day], hour, cell->calls, cell->missed);
        }
    }
    puts("\n</svg>");
}

static void print_duration(const char *name, int64_t seconds)
{
    char text[OUTPUT_TIME_SIZE];
    if (seconds < 0)
        return;
    output_duration(seconds, text);
    printf("<tr><td>%s<td class=\"n\">%s\n", name, text);
}

/* Returns 0, or an error of the store. */
static int print_lists(const struct figures *f)
{
    struct store_rows *rows;
    struct reason_row reason;
    struct won_row won;
    int err = stats_reasons(f->cli->store, f->since, f->until, &rows);
    if (err < 0)
        return err;
    puts("<h2>Missed and not texted, why</h2>\n<table>");
    while (stats_reason_next(rows, &reason) > 0) {
        fputs("<tr><td>", stdout);
        print_text(show_reason(reason.rule));
        printf("<td class=\"n\">%d\n", reason.calls);
    }
    store_rows_free(rows);
    puts("</table>\n<h2>How fast, how much</h2>\n<table>");
    print_duration("From the call to the text, median", f->stats.to_text_median_s);
    print_duration("95 of 100 within", f->stats.to_text_p95_s);
    print_duration("We answered in, median", f->stats.answer_median_s);
    err = stats_won(f->cli->store, f->since, f->until, &rows);
    if (err < 0)
        return err;
    while (stats_won_next(rows, &won) > 0) {
        char sum[MONEY_SIZE];
        if (!won.currency)
            continue;
        money_text(won.amount, won.currency, sum);
        printf("<tr><td>%d job%s won<td class=\"n\">", won.jobs, won.jobs == 1 ? "" : "s");
        print_text(sum);
        putchar('\n');
    }
    store_rows_free(rows);
    puts("</table>");
    return 0;
}

static int print_page(const struct figures *f)
{
    char since[OUTPUT_TIME_SIZE], until[OUTPUT_TIME_SIZE];
    const char *business = f->cli->config->policy.business;
    output_time(&f->cli->out, f->since, since);
    output_time(&f->cli->out, f->until, until);
    printf("<!DOCTYPE html>\n<html lang=\"en\">\n%s<title>", head);
    print_text(business);
    fputs(": missed calls</title>\n<h1>", stdout);
    print_text(business);
    printf("</h1>\n<p>%s to %s</p>\n", since, until);
    print_funnel(&f->stats);
    print_hours(f);
    int err = print_lists(f);
    puts("</html>");
    return err;
}

int cmd_report(struct cli *cli, int argc, char **argv)
{
    struct figures f = {.cli = cli};
    struct when_span span = {0};
    bool html = false;
    int code;
    for (int c; (c = cli_option(cli, argc, argv, options, usage)) != -1;) {
        if (c == OPTION_HTML)
            html = true;
        else if (c == OPTION_SINCE)
            span.since = optarg;
        else if (c == OPTION_UNTIL)
            span.until = optarg;
        else if (c == OPTION_LAST)
            span.last = optarg;
        else
            return cli->exit;
    }
    if ((code = cli_operands(cli, argc, argv, 0, "")))
        return code;
    if (!html)
        return cli_fail(cli, CLI_USAGE, "--html is missing (for a screen: textback stats)");
    if ((code = cli_store(cli, CLI_WANT_CONFIG, STORE_EXISTING)) ||
        (code = figures_read(&f, &span)))
        return code;
    int err = print_page(&f);
    return err ? cli_store_fail(cli, err) : CLI_DONE;
}
