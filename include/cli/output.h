/* include/cli/output.h - what people see: foreign text made harmless, times and numbers as they are
 * written here, colours and a pager where a terminal shows them.  Texts are folded at the
 * terminal's width; elsewhere nothing is cut, and texts are folded only where $COLUMNS says at what
 * width. */
#pragma once
#include "base/json.h"
#include "base/time.h"
#include "base/zone.h"
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct output {
    bool terminal;
    bool colour;
    bool unicode;     /* the locale has UTF-8: ticks and dots are more than ASCII */
    int width;        /* columns, 0: no limit */
    int height;       /* lines of the terminal */
    locale_t wide;    /* knows how wide characters are, whatever the user's locale; 0: unknown */
    struct now now;   /* when the command started */
    struct zone zone; /* of the configuration, else of this machine */
    char region[3];   /* "GB"; "" where not configured: numbers stay international */
    pid_t pager;      /* 0: none */
    int screen;       /* what stdout was before the pager; meaningful with one */
    int pager_exit;   /* not 0: the exit status of one that failed; 128 and more: a signal's */
};

enum output_style {
    OUTPUT_PLAIN,
    OUTPUT_BOLD,
    OUTPUT_DIM,
    OUTPUT_GOOD,
    OUTPUT_WARN,
    OUTPUT_BAD,
};

/* Looks at stdout, the locale, $COLUMNS, $NO_COLOR, the clocks and the zone of this machine. */
void output_init(struct output *out);
void output_free(struct output *out);

/* Looks at the size of the terminal again. */
void output_measure(struct output *out);

/* From here on stdout goes through $PAGER, else `less -FRX`, where it is a terminal. */
void output_page(struct output *out);

/* The command of the pager. */
const char *output_pager(void);

/* Waits until the reader has left the pager; what is printed after it goes past it. Returns whether
 * all was written, and to a pager that did not fail (one that was left early will do). */
bool output_shown(struct output *out);

/* Closes stdout and waits for the pager. Returns 0, or -errno where something was not written;
 * `out->pager_exit` says whether a pager failed. */
int output_finish(struct output *out);

/* Returns `text` from outside as it may reach a terminal, on one line unless `keep_newlines`. Freed
 * by the caller. */
char *output_printable(const char *text, bool keep_newlines);

/* Returns `text` from outside as a file of data takes it, what is no UTF-8 as U+FFFD; on a terminal
 * it is printable. Freed by the caller. */
char *output_data(const char *text);

/* Returns the columns that the first `len` octets of printable text take. */
int output_width(const struct output *out, const char *printable, size_t len);

/* Returns how many octets of printable text fit into `columns`; their width in `ret_width`. */
size_t output_fit(const struct output *out, const char *printable, int columns, int *ret_width);

/* Prints text of ours, or text from outside once it is printable. */
void output_style(const struct output *out, enum output_style style, const char *text);

/* Prints text from outside folded at the width, the first line where the cursor is (in column
 * `indent`), the others after `indent` blanks; its own line ends are kept. */
void output_paragraph(const struct output *out, int indent, const char *text);

/* The same in a style. */
void output_paragraph_style(const struct output *out, enum output_style style, int indent,
                            const char *text);

/* "Mon" .. "Sun" for 0..6, "Jan" .. "Dec" for 1..12, as struct civil has them. */
const char *output_day(int weekday);
const char *output_month(int month);

#define OUTPUT_TIME_SIZE 32
/* Writes a time as people here say it: "14:03" today, "Mon 14:03" within six days, "23 Nov 14:03"
 * within half a year, else "23 Nov 2024". "" for 0. */
void output_time(const struct output *out, struct wall t, char ret[OUTPUT_TIME_SIZE]);

/* Writes how long: "45 s", "12 min", "3 h 05 min", "4 days". */
void output_duration(int64_t seconds, char ret[OUTPUT_TIME_SIZE]);

#define OUTPUT_NUMBER_SIZE 48
/* Writes a number as it is written in the configured country; anything else as it is. */
void output_number(const struct output *out, const char *number, char ret[OUTPUT_NUMBER_SIZE]);

/* Returns the first instant of the local day `days_ago` days before `t`. */
struct wall output_midnight(const struct output *out, struct wall t, int days_ago);

/* From here on what goes to output_stream() is kept, until output_release() prints it: while a
 * transaction is open, for whoever reads it slowly would keep everybody else waiting for its end.
 * JSON and cli_say() go there; nothing else is printed meanwhile. */
void output_hold(void);
void output_release(void); /* harmless where nothing is kept */
FILE *output_stream(void); /* stdout, or what keeps */

/* JSON on stdout: the second begins a document {"v":1,...}, the third ends it. */
void output_json(struct json *j);
void output_json_begin(struct json *j);
void output_json_end(struct json *j);
void output_json_wall(struct json *j, const char *key, struct wall t); /* null for 0 */
