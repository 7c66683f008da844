#include "cli/page.h"
#include "cli/money.h"
#include "cli/show.h"
#include <stdlib.h>

static const char head[] =
    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    ":root{--ink:#222;--dim:#5b6570;--paper:#fff;--bar:#2a6f97;--line:#e3e7ea;--none:#f1f3f5}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e6e8ea;--dim:#9aa4ad;"
    "--paper:#14181b;--bar:#5aa9d6;--line:#2c3338;--none:#20262a}}\n"
    "body{font:16px/1.45 system-ui,sans-serif;max-width:46em;margin:1.5em auto;padding:0 1em;"
    "color:var(--ink);background:var(--paper)}\n"
    "h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:2em 0 .6em}"
    "p{margin:.2em 0}p,small,.d{color:var(--dim)}\n"
    "dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5em,1fr));gap:.8em 1.5em;"
    "margin:1.4em 0 0}"
    "dt{color:var(--dim);font-size:.85em}dd{margin:0;font-size:1.6em;font-weight:600}"
    "dd small{display:block;font-size:.55em;font-weight:400}\n"
    "svg{width:100%;display:block;overflow:visible}svg text{font:13px system-ui,sans-serif;"
    "fill:var(--ink)}svg .d{fill:var(--dim)}rect{fill:var(--bar)}.e{fill:var(--none)}\n"
    "table{border-collapse:collapse;width:100%;max-width:30em}"
    "td{padding:.25em 0;border-bottom:1px solid var(--line)}"
    "td.n{text-align:right;white-space:nowrap;padding-left:1em}\n"
    "@page{size:A4;margin:18mm}@media print{body{margin:0;padding:0;max-width:none;font-size:11pt}"
    "h2{break-after:avoid}svg,table,dl{break-inside:avoid}*{print-color-adjust:exact}}\n"
    "</style>\n";

/* Text from outside: only what means something in HTML is written otherwise. */
static void print_text(FILE *to, const char *text)
{
    char *printable = output_printable(text, false);
    for (const char *c = printable; *c; c++) {
        if (*c == '<')
            fputs("&lt;", to);
        else if (*c == '>')
            fputs("&gt;", to);
        else if (*c == '&')
            fputs("&amp;", to);
        else if (*c == '"')
            fputs("&quot;", to);
        else
            putc(*c, to);
    }
    free(printable);
}

static int percent(int count, int of)
{
    return of > 0 ? (int)((int64_t)count * 100 / of) : 0;
}

/* Lengths in per cent and heights in pixels: the text of a chart has the same size on a phone. */
static void print_bar(FILE *to, int row, const char *name, int count, int of, int before)
{
    int width = of > 0 ? (int)((int64_t)count * 460 / of) : 0; /* thousandths */
    fprintf(to,
            "<text x=\"0\" y=\"%d\">%s</text>"
            "<rect x=\"34%%\" y=\"%d\" width=\"%d.%d%%\" height=\"18\" rx=\"2\"/>"
            "<text x=\"%d.%d%%\" y=\"%d\" dx=\"6\">%d",
            row * 28 + 16, name, row * 28 + 2, width / 10, width % 10, 34 + width / 10, width % 10,
            row * 28 + 16, count);
    if (before > 0)
        fprintf(to, "<tspan class=\"d\" dx=\"6\">%d %%</tspan>", percent(count, before));
    fputs("</text>\n", to);
}

static void print_funnel(FILE *to, const struct stats *s)
{
    int most = s->won > s->calls ? s->won : s->calls;
    fputs(
        "<h2>From the call to the job</h2>\n"
        "<svg height=\"168\" role=\"img\" aria-label=\"calls, missed, texted, delivered, replied, "
        "won\">\n",
        to);
    print_bar(to, 0, "Calls", s->calls, most, 0);
    print_bar(to, 1, "Missed", s->missed, most, s->calls);
    print_bar(to, 2, "Texted", s->texted, most, s->missed);
    print_bar(to, 3, "Delivered", s->delivered, most, s->texted);
    print_bar(to, 4, "Replied in 24 h", s->replied, most, s->texted);
    print_bar(to, 5, "Jobs won", s->won, most, 0);
    fputs("</svg>\n<p><small>Each share is of the step before; replies are of those "
          "texted.</small>\n",
          to);
}

static void print_square(FILE *to, const struct figures *f, int day, int hour, int most)
{
    const struct figures_cell *cell = &f->hour[day][hour];
    int shade = cell->calls ? 20 + cell->calls * 80 / most : 0;
    int x = 120 + hour * 88 * 10 / 24; /* thousandths */
    fprintf(to, "<rect x=\"%d.%d%%\" y=\"%d\" width=\"3.3%%\" height=\"20\" rx=\"2\"", x / 10,
            x % 10, 18 + day * 23);
    if (shade)
        fprintf(to, " fill-opacity=\"%d%%\"><title>%s %d:00: %d calls, %d missed</title></rect>",
                shade, output_day(day), hour, cell->calls, cell->missed);
    else
        fputs(" class=\"e\"/>", to);
}

static void print_hours(FILE *to, const struct figures *f)
{
    int most = figures_most(f);
    fputs(
        "<h2>When calls come</h2>\n<svg height=\"180\" role=\"img\" aria-label=\"calls by weekday "
        "and hour\">\n",
        to);
    for (int hour = 0; hour < 24; hour += 3) {
        int x = 120 + hour * 88 * 10 / 24;
        fprintf(to, "<text class=\"d\" x=\"%d.%d%%\" y=\"12\">%d</text>", x / 10, x % 10, hour);
    }
    for (int day = 0; day < 7; day++) {
        fprintf(to, "\n<text x=\"0\" y=\"%d\">%s</text>", 33 + day * 23, output_day(day));
        for (int hour = 0; hour < 24; hour++)
            print_square(to, f, day, hour, most);
    }
    fprintf(to, "\n</svg>\n<p><small>Hours of the week; the fullest has %d call%s.</small>\n", most,
            most == 1 ? "" : "s");
}

static void print_busiest(FILE *to, const struct figures *f)
{
    struct figures_peak peaks[FIGURES_PEAKS];
    int count = figures_peaks(f, peaks);
    if (count > 0)
        fputs("<h2>Half hours in which most are missed</h2>\n<table>\n", to);
    for (int i = 0; i < count; i++)
        fprintf(to, "<tr><td>%s %02d:%02d<td class=\"n\">%d of %d\n", output_day(peaks[i].day),
                peaks[i].minute / 60, peaks[i].minute % 60, peaks[i].missed, peaks[i].calls);
    if (count > 0)
        fputs("</table>\n", to);
}

static void print_tile(FILE *to, const char *name, int count, int of, const char *what)
{
    fprintf(to, "<div><dt>%s<dd>%d", name, count);
    if (of > 0)
        fprintf(to, " <small>%d %% %s</small>", percent(count, of), what);
    fputs("</div>\n", to);
}

static void print_tiles(FILE *to, const struct stats *s)
{
    fputs("<dl>\n", to);
    print_tile(to, "Missed calls", s->missed, s->calls, "of calls");
    print_tile(to, "Texted back", s->texted, s->missed, "of missed");
    print_tile(to, "Replied", s->replied, s->texted, "of texted");
    print_tile(to, "Jobs won", s->won, 0, "");
    fputs("</dl>\n", to);
}

static void print_row(FILE *to, const char *name, int count, int of)
{
    fprintf(to, "<tr><td>%s<td class=\"n\">%d", name, count);
    if (of > 0)
        fprintf(to, " <small>%d %%</small>", percent(count, of));
    putc('\n', to);
}

static void print_others(FILE *to, const struct stats *s)
{
    if (s->leads + s->follow_ups == 0)
        return;
    fputs("<h2>Web forms and follow-ups</h2>\n<table>\n", to);
    if (s->leads > 0) {
        print_row(to, "Web forms", s->leads, 0);
        print_row(to, "Texted back", s->leads_texted, s->leads);
        print_row(to, "Replied in 24 h", s->leads_replied, s->leads_texted);
    }
    if (s->follow_ups > 0) {
        print_row(to, "Follow-ups", s->follow_ups, 0);
        print_row(to, "Replied in 24 h", s->follow_ups_replied, s->follow_ups);
    }
    fputs("</table>\n", to);
}

static void print_duration(FILE *to, const char *name, int64_t seconds)
{
    char text[OUTPUT_TIME_SIZE];
    if (seconds < 0)
        return;
    output_duration(seconds, text);
    fprintf(to, "<tr><td>%s<td class=\"n\">%s\n", name, text);
}

/* Returns 0, or an error of the store. */
static int print_lists(FILE *to, const struct figures *f)
{
    struct store_rows *rows;
    struct reason_row reason;
    struct won_row won;
    int err = stats_reasons(f->cli->store, f->since, f->until, &rows);
    if (err < 0)
        return err;
    const char *title = "<h2>Missed and not texted, why</h2>\n<table>\n";
    while (stats_reason_next(rows, &reason) > 0) {
        fprintf(to, "%s<tr><td>", title);
        title = "";
        print_text(to, show_reason(reason.rule));
        fprintf(to, "<td class=\"n\">%d\n", reason.calls);
    }
    store_rows_free(rows);
    fprintf(to, "%s<h2>How fast, how much</h2>\n<table>\n", title[0] ? "" : "</table>\n");
    print_duration(to, "From the call to the text, median", f->stats.to_text_median_s);
    print_duration(to, "95 of 100 within", f->stats.to_text_p95_s);
    print_duration(to, "We answered in, median", f->stats.answer_median_s);
    err = stats_won(f->cli->store, f->since, f->until, &rows);
    if (err < 0)
        return err;
    while (stats_won_next(rows, &won) > 0) {
        char sum[MONEY_SIZE];
        if (!won.currency)
            continue;
        money_text(won.amount, won.currency, sum);
        fprintf(to, "<tr><td>%d job%s won<td class=\"n\">", won.jobs, won.jobs == 1 ? "" : "s");
        print_text(to, sum);
        putc('\n', to);
    }
    store_rows_free(rows);
    fputs("</table>\n", to);
    return 0;
}

static void print_day(FILE *to, const struct figures *f, struct wall t)
{
    struct civil c = zone_civil(&f->cli->out.zone, t);
    fprintf(to, "%d %s %d", c.day, output_month(c.month), c.year);
}

int page_print(FILE *to, const struct figures *f)
{
    const char *business = f->cli->config->policy.business;
    fprintf(to, "<!DOCTYPE html>\n<html lang=\"en\">\n%s<title>", head);
    print_text(to, business);
    fputs(": missed calls</title>\n<h1>", to);
    print_text(to, business);
    fputs("</h1>\n<p>Missed calls, ", to);
    print_day(to, f, f->since);
    fputs(" to ", to);
    print_day(to, f, f->until);
    fputs("</p>\n", to);
    print_tiles(to, &f->stats);
    print_funnel(to, &f->stats);
    print_hours(to, f);
    print_busiest(to, f);
    print_others(to, &f->stats);
    int err = print_lists(to, f);
    fputs("</html>\n", to);
    return err;
}
