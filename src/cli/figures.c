#include "cli/figures.h"
#include <string.h>

#define DAY_S INT64_C(86400)

/* Sums up the local hours. */
static void sum_hours(struct figures *f)
{
    for (size_t n = 0; n < f->stats.half_hour_count; n++) {
        const struct half_hour_row *row = &f->stats.half_hours[n];
        struct civil c = zone_civil(&f->cli->out.zone, row->at);
        struct figures_cell *cells[] = {&f->hour[c.weekday][c.hour],
                                        &f->half_hour[c.weekday][c.hour * 2 + c.minute / 30]};
        for (size_t i = 0; i < 2; i++) {
            cells[i]->calls += row->calls;
            cells[i]->missed += row->missed;
        }
    }
}

int figures_read(struct figures *f, const struct when_span *span)
{
    struct cli *cli = f->cli;
    int code = when_span(cli, span, &f->since, &f->until);
    if (code)
        return code;
    if (f->until.s == 0)
        f->until.s = cli->out.now.wall.s + 1;
    if (f->since.s > cli->out.now.wall.s)
        return cli_fail(cli, CLI_USAGE, "--since: still to come: \"%s\"", span->since);
    if (!span->since && !span->last)
        f->since.s = f->until.s - 30 * DAY_S;
    int err = stats_count(cli->store, f->since, f->until, &f->stats);
    if (err < 0)
        return cli_store_fail(cli, err);
    sum_hours(f);
    stats_free(&f->stats);
    return CLI_DONE;
}

int figures_most(const struct figures *f)
{
    int most = 1;
    for (int i = 0; i < 7 * 24; i++) {
        if (f->hour[i / 24][i % 24].calls > most)
            most = f->hour[i / 24][i % 24].calls;
    }
    return most;
}

int figures_peaks(const struct figures *f, struct figures_peak ret[FIGURES_PEAKS])
{
    int count = 0;
    for (int i = 0; i < 7 * 48; i++) {
        const struct figures_cell *cell = &f->half_hour[i / 48][i % 48];
        int place = count;
        while (place > 0 && cell->missed > ret[place - 1].missed)
            place--;
        if (cell->missed == 0 || place == FIGURES_PEAKS)
            continue;
        if (count < FIGURES_PEAKS)
            count++;
        memmove(&ret[place + 1], &ret[place], (size_t)(count - 1 - place) * sizeof(ret[0]));
        ret[place] = (struct figures_peak){i / 48, i % 48 * 30, cell->calls, cell->missed};
    }
    return count;
}
