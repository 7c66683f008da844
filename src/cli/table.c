#include "cli/table.h"
#include "cli/alloc.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2 /* blanks between two columns */

struct cell {
    enum output_style style;
    char *text; /* printable, owned */
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    struct cell *cells; /* row after row */
    size_t cell_count, cell_cap;
};

struct table *table_new(const struct table_column *columns, size_t count)
{
    assert(count > 0);
    assert(count <= TABLE_COLUMNS_MAX);
    struct table *t = cli_alloc(1, sizeof(*t));
    *t = (struct table){.columns = columns, .column_count = count};
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->cell_count; i++)
        free(t->cells[i].text);
    free(t->cells);
    free(t);
}

void table_cell(struct table *t, enum output_style style, const char *text)
{
    char *printable = output_printable(text ? text : "", true);
    for (char *end = printable; (end = strchr(end, '\n'));)
        *end = ' ';
    t->cells = cli_grow(t->cells, &t->cell_cap, t->cell_count + 1, sizeof(*t->cells));
    t->cells[t->cell_count++] = (struct cell){.style = style, .text = printable};
}

void table_cellf(struct table *t, enum output_style style, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    char *text = cli_vformat(format, ap);
    va_end(ap);
    table_cell(t, style, text);
    free(text);
}

size_t table_rows(const struct table *t)
{
    return t->cell_count / t->column_count;
}

/* Takes columns from those that give, the widest first, until all fit into `room`. Returns false
 * where they do not. */
static bool narrow(const struct table *t, int *widths, int room)
{
    int sum = GAP * (int)(t->column_count - 1);
    for (size_t c = 0; c < t->column_count; c++)
        sum += widths[c];
    while (sum > room) {
        size_t widest = t->column_count;
        for (size_t c = 0; c < t->column_count; c++) {
            if (t->columns[c].gives && widths[c] > t->columns[c].gives &&
                (widest == t->column_count || widths[c] > widths[widest]))
                widest = c;
        }
        if (widest == t->column_count)
            return false;
        widths[widest]--;
        sum--;
    }
    return true;
}

static void print_cell(const struct table *t, const struct output *out, size_t column, int room,
                       enum output_style style, const char *text)
{
    bool last = column + 1 == t->column_count;
    int width = output_width(out, text, strlen(text));
    if (t->columns[column].right && width < room)
        printf("%*s", room - width, "");
    if (width <= room) {
        output_style(out, style, text);
    } else {
        char *cut = cli_copy(text);
        cut[output_fit(out, cut, room - 1, &width)] = '\0';
        output_style(out, style, cut);
        fputs(out->unicode ? "…" : "~", stdout);
        width++;
        free(cut);
    }
    if (!last)
        printf("%*s", GAP + (t->columns[column].right || width >= room ? 0 : room - width), "");
}

/* Each row as lines of its own, each with its title, for screens too narrow for columns. */
static void print_records(const struct table *t, const struct output *out)
{
    int indent = 0;
    for (size_t c = 0; c < t->column_count; c++) {
        int width = output_width(out, t->columns[c].title, strlen(t->columns[c].title));
        indent = width > indent ? width : indent;
    }
    for (size_t i = 0; i < t->cell_count; i++) {
        if (i > 0 && i % t->column_count == 0)
            putchar('\n');
        if (!t->cells[i].text[0])
            continue;
        printf("%-*s", indent + GAP, t->columns[i % t->column_count].title);
        output_paragraph(out, indent + GAP, t->cells[i].text);
    }
}

void table_print(const struct table *t, const struct output *out)
{
    int widths[TABLE_COLUMNS_MAX];
    size_t n = t->column_count;
    assert(t->cell_count % n == 0);
    for (size_t c = 0; c < n; c++)
        widths[c] = output_width(out, t->columns[c].title, strlen(t->columns[c].title));
    for (size_t i = 0; i < t->cell_count; i++) {
        int width = output_width(out, t->cells[i].text, strlen(t->cells[i].text));
        if (width > widths[i % n])
            widths[i % n] = width;
    }
    if (out->width > 0 && !narrow(t, widths, out->width)) {
        print_records(t, out);
        return;
    }
    for (size_t c = 0; c < n; c++)
        print_cell(t, out, c, widths[c], OUTPUT_DIM, t->columns[c].title);
    putchar('\n');
    for (size_t i = 0; i < t->cell_count; i++) {
        print_cell(t, out, i % n, widths[i % n], t->cells[i].style, t->cells[i].text);
        if (i % n == n - 1)
            putchar('\n');
    }
}
