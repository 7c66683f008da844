#include "cli/figures.h"
#include "cli/money.h"
#include "cli/show.h"
#include <inttypes.h>
#include <stdio.h>

static void key_seconds(struct json *j, const char *key, int64_t seconds)
{
    json_key(j, key);
    if (seconds < 0)
        json_null(j);
    else
        json_i64(j, seconds);
}

typedef int list_reasons(struct store *s, struct wall since, struct wall until,
                         struct store_rows **ret);

static int json_reasons(const struct figures *r, struct json *j, const char *key,
                        list_reasons *list)
{
    struct store_rows *rows;
    struct reason_row reason;
    int err = list(r->cli->store, r->since, r->until, &rows);
    if (err < 0)
        return err;
    json_key(j, key);
    json_object(j);
    while (stats_reason_next(rows, &reason) > 0)
        json_key_i64(j, reason.rule, reason.calls);
    json_object_end(j);
    store_rows_free(rows);
    return 0;
}

static int json_sums(const struct figures *r, struct json *j)
{
    struct store_rows *rows;
    struct won_row won;
    int err = stats_won(r->cli->store, r->since, r->until, &rows);
    if (err < 0)
        return err;
    json_key(j, "sums");
    json_array(j);
    while (stats_won_next(rows, &won) > 0) {
        json_object(j);
        json_key_string(j, "currency", won.currency);
        json_key_i64(j, "jobs", won.jobs);
        json_key_i64(j, "amount", won.amount);
        json_object_end(j);
    }
    json_array_end(j);
    store_rows_free(rows);
    return 0;
}

static int print_json(const struct figures *r)
{
    const struct stats *s = &r->stats;
    struct json j;
    output_json_begin(&j);
    output_json_wall(&j, "since", r->since);
    output_json_wall(&j, "until", r->until);
    json_key_i64(&j, "calls", s->calls);
    json_key_i64(&j, "missed", s->missed);
    json_key_i64(&j, "withheld", s->withheld);
    json_key_i64(&j, "texted", s->texted);
    json_key_i64(&j, "delivered", s->delivered);
    json_key_i64(&j, "replied", s->replied);
    json_key_i64(&j, "leads", s->leads);
    json_key_i64(&j, "leads_texted", s->leads_texted);
    json_key_i64(&j, "leads_replied", s->leads_replied);
    json_key_i64(&j, "follow_ups", s->follow_ups);
    json_key_i64(&j, "follow_ups_replied", s->follow_ups_replied);
    json_key_i64(&j, "texts_in", s->texts_in);
    json_key_i64(&j, "texts_out", s->texts_out);
    json_key_i64(&j, "won", s->won);
    json_key_i64(&j, "lost", s->lost);
    key_seconds(&j, "to_text_median_s", s->to_text_median_s);
    key_seconds(&j, "to_text_p95_s", s->to_text_p95_s);
    key_seconds(&j, "answer_median_s", s->answer_median_s);
    int err = json_reasons(r, &j, "not_texted", stats_reasons);
    err = err ? err : json_reasons(r, &j, "leads_not_texted", stats_lead_reasons);
    err = err ? err : json_sums(r, &j);
    json_key(&j, "calls_by_weekday_and_hour");
    json_array(&j);
    for (int day = 0; day < 7; day++) {
        json_array(&j);
        for (int hour = 0; hour < 24; hour++)
            json_i64(&j, r->hour[day][hour].calls);
        json_array_end(&j);
    }
    json_array_end(&j);
    output_json_end(&j);
    return err;
}

static void line(const char *name, int count, int of)
{
    if (of > 0)
        printf("%-22s %6d  %3d %%\n", name, count, (int)((int64_t)count * 100 / of));
    else
        printf("%-22s %6d\n", name, count);
}

static void line_duration(const char *name, int64_t seconds)
{
    char text[OUTPUT_TIME_SIZE];
    if (seconds < 0)
        return;
    output_duration(seconds, text);
    printf("%-22s %s\n", name, text);
}

/* Under a title that is indented by `indent`; nothing where there is none. */
static int print_reasons(const struct figures *r, int indent, const char *title, list_reasons *list)
{
    struct store_rows *rows;
    struct reason_row reason;
    int err = list(r->cli->store, r->since, r->until, &rows);
    if (err < 0)
        return err;
    while (stats_reason_next(rows, &reason) > 0) {
        char name[64];
        if (title)
            printf("%*s%s\n", indent, "", title);
        title = NULL;
        snprintf(name, sizeof(name), "%*s%s", indent + 2, "", show_reason(reason.rule));
        line(name, reason.calls, 0);
    }
    store_rows_free(rows);
    return 0;
}

/* What people wrote in web forms, and what followed texts that nobody answered; nothing where there
 * is none. */
static int print_others(const struct figures *r)
{
    const struct stats *s = &r->stats;
    int err = 0;
    if (s->leads > 0) {
        line("web forms", s->leads, 0);
        line("  texted", s->leads_texted, s->leads);
        line("  replied within 24 h", s->leads_replied, s->leads_texted);
        err = print_reasons(r, 2, "not texted", stats_lead_reasons);
    }
    if (s->follow_ups > 0) {
        line("follow-ups", s->follow_ups, 0);
        line("  replied within 24 h", s->follow_ups_replied, s->follow_ups);
    }
    return err;
}

static int print_sums(const struct figures *r)
{
    struct store_rows *rows;
    struct won_row won;
    int err = stats_won(r->cli->store, r->since, r->until, &rows);
    if (err < 0)
        return err;
    while (stats_won_next(rows, &won) > 0) {
        char sum[MONEY_SIZE];
        if (!won.currency)
            continue;
        money_text(won.amount, won.currency, sum);
        printf("  %s of %d job%s\n", sum, won.jobs, won.jobs == 1 ? "" : "s");
    }
    store_rows_free(rows);
    return 0;
}

#define GRID_WIDTH 53 /* of squares of two characters */

/* A square for each hour, darker where more calls come, half as wide on a telephone; the number
 * where a terminal has no such characters. */
static void print_grid(const struct figures *r)
{
    static const char *const shades[2][5] = {{"·", "░", "▒", "▓", "█"},
                                             {" ·", "░░", "▒▒", "▓▓", "██"}};
    const struct output *out = &r->cli->out;
    bool wide = out->width == 0 || out->width >= GRID_WIDTH;
    int most = figures_most(r), largest = wide ? 99 : 9;
    printf("\ncalls by hour, at most %d\n     ", most);
    for (int hour = 0; hour < 24; hour += 3)
        printf("%-*d", wide ? 6 : 3, hour);
    for (int day = 0; day < 7; day++) {
        printf("\n%s  ", output_day(day));
        for (int hour = 0; hour < 24; hour++) {
            int calls = r->hour[day][hour].calls;
            if (out->unicode)
                fputs(shades[wide][calls ? 1 + calls * 3 / most : 0], stdout);
            else if (calls)
                printf("%*d", wide ? 2 : 1, calls < largest ? calls : largest);
            else
                fputs(wide ? " ." : ".", stdout);
        }
    }
    putchar('\n');
}

/* The half hours of the week in which most calls were missed. */
static void print_busiest(const struct figures *r)
{
    struct figures_peak peaks[FIGURES_PEAKS];
    int count = figures_peaks(r, peaks);
    if (count > 0)
        printf("\nmost missed\n");
    for (int i = 0; i < count; i++)
        printf("  %s %02d:%02d  %d of %d\n", output_day(peaks[i].day), peaks[i].minute / 60,
               peaks[i].minute % 60, peaks[i].missed, peaks[i].calls);
}

static int print_screen(const struct figures *r)
{
    const struct stats *s = &r->stats;
    char since[OUTPUT_TIME_SIZE], until[OUTPUT_TIME_SIZE];
    output_time(&r->cli->out, r->since, since);
    output_time(&r->cli->out, r->until, until);
    output_page(&r->cli->out);
    printf("%s to %s\n\n", since, r->until.s > r->cli->out.now.wall.s ? "now" : until);
    line("calls", s->calls, 0);
    line("missed", s->missed, s->calls);
    line("texted", s->texted, s->missed);
    line("  delivered", s->delivered, s->texted);
    line("  replied within 24 h", s->replied, s->texted);
    line_duration("  text after, median", s->to_text_median_s);
    line_duration("  text after, 95 %", s->to_text_p95_s);
    int err = print_reasons(r, 0, "missed, not texted", stats_reasons);
    err = err ? err : print_others(r);
    line("texts in", s->texts_in, 0);
    line("texts out", s->texts_out, 0);
    line_duration("we answered in", s->answer_median_s);
    line("jobs won", s->won, 0);
    line("jobs lost", s->lost, 0);
    err = err ? err : print_sums(r);
    print_grid(r);
    print_busiest(r);
    return err;
}

int figures_print(const struct figures *f)
{
    int err = f->cli->json ? print_json(f) : print_screen(f);
    return err ? cli_store_fail(f->cli, err) : CLI_DONE;
}
