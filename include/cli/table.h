/* include/cli/table.h - rows of cells, aligned once all are known.  On a terminal that is too
 * narrow the columns that give get narrower, and what is cut ends in "…"; elsewhere nothing is cut.
 */
#pragma once
#include "cli/output.h"

#define TABLE_COLUMNS_MAX 10

struct table;

struct table_column {
    const char *title;
    bool right; /* numbers */
    int gives;  /* gets narrower, but not narrower than this; 0: never */
};

/* `columns` (at most TABLE_COLUMNS_MAX) is borrowed for the life of the table. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *t); /* takes NULL */

/* Adds the next cell, left to right, row after row: text from outside is made printable (a line end
 * becomes a blank) and copied, NULL is an empty cell. */
void table_cell(struct table *t, enum output_style style, const char *text);
void table_cellf(struct table *t, enum output_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Returns how many whole rows there are. */
size_t table_rows(const struct table *t);

void table_print(const struct table *t, const struct output *out);
