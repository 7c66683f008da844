/* tests/unit/test_cli_csv.c - records of CSV with the place of each field; and what goes out is no
 * formula and comes in again as it was. */
#include "cli/csv.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOM "\xEF\xBB\xBF"

static const struct {
    const char *name, *text, *fields; /* "line:column field|..." each record, ";" between them */
    bool open;
} rows[] = {
    {"nothing", "", "", false},
    {"a byte order mark alone", BOM, "", false},
    {"one field", "a", "1:1 a", false},
    {"two", "a,bc\n", "1:1 a|1:3 bc", false},
    {"empty ones", ",,\n", "1:1 |1:2 |1:3 ", false},
    {"an empty line is a record", "a\n\nb", "1:1 a;2:1 ;3:1 b", false},
    {"CR LF", "a\r\nb\r\n", "1:1 a;2:1 b", false},
    {"CR alone", "a\rb", "1:1 a;2:1 b", false},
    {"quotes", "\"a,\"\"b\"\"\",c\n", "1:1 a,\"b\"|1:11 c", false},
    {"a line end in quotes", "\"a\nb\",c\nd", "1:1 a\nb|2:4 c;3:1 d", false},
    {"a mark before the title", BOM "number\n1", "1:1 number;2:1 1", false},
    {"a quote that is not closed", "a,\"b\nc", "1:1 a|1:3 b\nc", true},
    {"a quote inside", "a\"b,c", "1:1 a\"b|1:5 c", false},
    {"text behind a quote", "\"a\"b,c", "1:1 ab|1:6 c", false},
    {"an apostrophe before a formula goes", "'=1+1,'a,'+44 7700,''=1",
     "1:1 =1+1|1:7 'a|1:10 '+44 7700|1:20 ''=1", false},
};

static void write_records(char *text, char *ret, size_t cap, bool *ret_open)
{
    struct csv_field fields[CSV_FIELDS_MAX];
    struct csv csv;
    size_t used = 0;
    int count, records = 0;
    csv_init(&csv, text);
    ret[0] = '\0';
    for (; (count = csv_next(&csv, fields)) >= 0; records++)
        for (int i = 0; i < count; i++)
            used += (size_t)snprintf(ret + used, cap - used, "%s%d:%d %s",
                                     i > 0         ? "|"
                                     : records > 0 ? ";"
                                                   : "",
                                     fields[i].line, fields[i].column, fields[i].text);
    *ret_open = csv.open;
}

static void test_in(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = strdup(rows[i].text), got[256];
        bool open = false;
        write_records(text, got, sizeof(got), &open);
        if (!tap_ok(strcmp(got, rows[i].fields) == 0 && open == rows[i].open, "%s", rows[i].name))
            tap_diag("%s%s", got, open ? " open" : "");
        free(text);
    }
}

static void test_many(void)
{
    struct csv_field fields[CSV_FIELDS_MAX];
    struct csv csv;
    char text[4 * CSV_FIELDS_MAX];
    memset(text, ',', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    csv_init(&csv, text);
    tap_ok(csv_next(&csv, fields) == CSV_FIELDS_MAX && csv_next(&csv, fields) == -1,
           "more fields than are looked at");
}

static void test_find(void)
{
    static const char *const words[] = {"number", "phone", NULL};
    const struct csv_field fields[] = {{"Phone 2", 1, 1}, {"NUMBER of it", 1, 9}, {"", 1, 22}};
    tap_ok(csv_find(fields, 3, words) == 1, "the word that comes first in the list");
    tap_ok(csv_find(fields, 1, words) == 0, "else another");
    tap_ok(csv_find(fields, 0, words) == -1, "of none, none");
}

/* What csv_print() writes to stdout, caught in a file. */
static void print(const char *text, char *ret, size_t cap)
{
    FILE *file = tmpfile();
    fflush(stdout);
    int screen = dup(STDOUT_FILENO);
    if (!file || screen < 0 || dup2(fileno(file), STDOUT_FILENO) < 0)
        exit(EXIT_FAILURE);
    csv_print(text);
    fflush(stdout);
    dup2(screen, STDOUT_FILENO);
    close(screen);
    rewind(file);
    ret[fread(ret, 1, cap - 1, file)] = '\0';
    fclose(file);
}

static void test_out(void)
{
    static const struct {
        const char *text, *printed;
    } out[] = {
        {"", ""},
        {"plain", "plain"},
        {"a,b", "\"a,b\""},
        {"a \"b\"", "\"a \"\"b\"\"\""},
        {"two\r\nlines", "\"two\r\nlines\""},
        {"=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""},
        {"+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""},
        {"-2+3", "\"'-2+3\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"+447700900321", "+447700900321"},
        {"-3.5", "-3.5"},
        {"+", "\"'+\""},
    };
    for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
        char got[64], again[64];
        struct csv_field fields[CSV_FIELDS_MAX];
        struct csv csv;
        print(out[i].text, got, sizeof(got));
        memcpy(again, got, sizeof(got));
        csv_init(&csv, again);
        int count = csv_next(&csv, fields);
        bool same = count == 1 ? strcmp(fields[0].text, out[i].text) == 0 : !out[i].text[0];
        if (!tap_ok(strcmp(got, out[i].printed) == 0 && same, "out and in: row %zu", i + 1))
            tap_diag("%s", got);
    }
}

int main(void)
{
    test_in();
    test_many();
    test_find();
    test_out();
    return tap_done();
}
