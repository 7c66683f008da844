/* include/cli/output.h - what people see: aligned to the terminal, foreign text harmless, times and
 * numbers as they are written here.  On a terminal a line that is too wide ends in "…"; elsewhere
 * nothing is ever cut, and paragraphs are folded at 80 columns. */
#pragma once
#include "base/json.h"
#include "base/time.h"
#include "base/zone.h"
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct output {
    bool terminal;
    bool colour;
    bool unicode;     /* the locale's characters are UTF-8; else ASCII only */
    int width;        /* columns */
    locale_t wide;    /* knows how wide characters are, whatever the user's locale */
    struct now now;   /* when the command started */
    struct zone zone; /* of the configuration, else of this machine */
    char region[3];   /* "GB", "" where not configured: numbers stay international */
    pid_t pager;      /* 0: none */
};

enum output_style { OUTPUT_PLAIN, OUTPUT_BOLD, OUTPUT_DIM, OUTPUT_GOOD, OUTPUT_BAD, OUTPUT_WARN };

/* Looks at stdout, the locale, $COLUMNS, $NO_COLOR and the clocks. The zone is UTC until set. */
void output_init(struct output *out);
void output_free(struct output *out);

/* From here on stdout goes through $PAGER, else `less -FRX`, where it is a terminal. */
void output_page(struct output *out);

/* Flushes stdout, waits for the pager. Returns 0, or -errno where something was not written. */
int output_finish(struct output *out);

/* Prints `text` from outside made printable, on one line. */
void output_text(const struct output *out, enum output_style style, const char *text);

/* Prints text from outside as a paragraph folded at the width, every line after `indent` blanks,
 * its own line ends kept. */
void output_paragraph(const struct output *out, int indent, const char *text);

/* Returns the columns that `text` takes once it is printable. */
int output_width(const struct output *out, const char *text);

#define OUTPUT_TIME_SIZE 32
/* Writes the time as people here say it: "14:03" today, "Mon 14:03" within a week, "23 Nov 14:03"
 * within half a year, else "23 Nov 2024". "" for 0. */
void output_time(const struct output *out, struct wall t, char ret[OUTPUT_TIME_SIZE]);

/* Writes how long: "45 s", "12 min", "3 h 05 min", "4 days". */
void output_duration(int64_t seconds, char ret[OUTPUT_TIME_SIZE]);

#define OUTPUT_NUMBER_SIZE 64
/* Writes a number as it is written in the configured country; anything else as it is. */
void output_number(const struct output *out, const char *number, char ret[OUTPUT_NUMBER_SIZE]);

/* Tables: rows of cells, printed when all are known. */
#define TABLE_COLUMNS_MAX 10
struct table;
struct table_column {
    const char *title;
    bool right; /* numbers */
    bool gives; /* gets narrower first where the terminal is narrow */
};
/* `columns` is borrowed for the life of the table. NULL where there is no memory. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *t); /* takes NULL */
/* Adds the next cell, left to right, row after row; copied, NULL is an empty one. */
void table_cell(struct table *t, enum output_style style, const char *text);
void table_cellf(struct table *t, enum output_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void table_print(const struct table *t, const struct output *out);

/* JSON on stdout. */
void output_json(struct json *j);
void output_json_wall(struct json *j, const char *key, struct wall t); /* null for 0 */
