/* include/cli/figures.h - what `stats`, `roi` and `report` tell: a span of time, counted, by the
 * hours of the clocks here. */
#pragma once
#include "cli/cli.h"
#include "cli/when.h"
#include "store/stats.h"

struct figures_cell {
    int calls, missed;
};

struct figures {
    struct cli *cli;
    struct wall since, until;
    struct stats stats;
    struct figures_cell hour[7][24];      /* Monday first */
    struct figures_cell half_hour[7][48]; /* the same, finer */
};

/* Fills everything after `cli`, for the span that was asked for, else the last 30 days; wants
 * cli->store. Returns CLI_DONE, or another code after telling. */
int figures_read(struct figures *f, const struct when_span *span);

/* Prints them, for people or as JSON. Returns CLI_DONE, or another code after telling. */
int figures_print(const struct figures *f);

/* The half hours of the week in which most calls were missed, worst first. Returns how many. */
#define FIGURES_PEAKS 5
struct figures_peak {
    int day, minute; /* Monday 0; of the day */
    int calls, missed;
};
int figures_peaks(const struct figures *f, struct figures_peak ret[FIGURES_PEAKS]);

/* Returns the most calls in an hour of the week, at least 1. */
int figures_most(const struct figures *f);
