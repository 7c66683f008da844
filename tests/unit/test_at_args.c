/* tests/unit/test_at_args.c - fields quoted, unquoted, unbalanced; sets and ranges of test
 * commands. */
#include "at/args.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *text;
    const char *fields; /* joined with '|', quoted ones in ' ' */
} rows[] = {
    {"", ""},
    {"   ", ""},
    {",", "|"},
    {"\"", "''"},
    {"\"\"\"", "'\"'"},
    {" \"+447700900123\",145,\"\",0,\"\",0", "'+447700900123'|145|''|0|''|0"},
    {" \"+447700900123\",145,,,,0", "'+447700900123'|145||||0"},
    {"82882601,129,,,,0", "82882601|129||||0"},
    {" \"\",,\"\",,\"\",1", "''||''||''|1"},
    {" \"a,b\" , 2 ", "'a,b'|2"},
    {" 2,1,\"0B,\"0100701\",7", "2|1|'0B'|'0100701'|7"},
    {" \"SM,1", "'SM'|1"},
    {"1, 0, 67, 21", "1|0|67|21"},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16"},
};

static bool check_row(const struct row *row)
{
    char got[256] = "";
    struct at_args a;

    at_args_parse(row->text, &a);
    for (size_t i = 0; i < a.count; i++) {
        struct at_field f = at_args_get(&a, i);
        const char *quote = f.quoted ? "'" : "";
        size_t len = strlen(got);
        snprintf(got + len, sizeof(got) - len, "%s%s%.*s%s", i > 0 ? "|" : "", quote, (int)f.len,
                 f.s, quote);
    }
    if (strcmp(got, row->fields) != 0)
        tap_diag("got %s", got);
    return strcmp(got, row->fields) == 0;
}

static const struct {
    const char *text;
    size_t count, group;
    int64_t number; /* -1: the word */
    const char *word;
    bool has;
} sets[] = {
    {"", 0, 0, 0, "", false},
    {"(", 1, 0, 0, "", false},
    {"()", 1, 0, 0, "", false},
    {"(0-3),(0,1),(0,2,3),(0,2),(1)", 5, 4, 0, "", false},
    {"(0-3),(0,1),(0,2,3),(0,2),(1)", 5, 4, 1, "", true},
    {"(0-3),(0,1),(0,2,3),(0,2),(1)", 5, 0, 3, "", true},
    {"(0-3),(0,1),(0,2,3),(0,2),(1)", 5, 0, 4, "", false},
    {"(2),(0-1,3),(0,2),(0-1),(0)", 5, 1, 3, "", true},
    {"(2),(0-1,3),(0,2),(0-1),(0)", 5, 1, 2, "", false},
    {"(x-3,-1)", 1, 0, 2, "", false},
    {"(1-x,1-)", 1, 0, 1, "", false},
    {"(0, 1)", 1, 0, 1, "", true},
    {"(0),(1),(2),(3),(4),(5),(6),(7),(8)", 8, 7, 7, "", true},
    {"(\"SM\",\"ME\")", 1, 0, -1, "ME", true},
    {"(\"SM\",\"ME\")", 1, 0, -1, "M", false},
    {"((\"SM\",\"BM\",\"SR\"),(\"SM\"))", 2, 0, -1, "SR", true},
    {"((\"SM\",\"BM\",\"SR\"),(\"SM\"))", 2, 1, -1, "SM", true},
    {"(\"SM,\"ME\")", 1, 0, -1, "SM", true},
};

int main(void)
{
    struct at_groups g;
    struct at_args a;
    int64_t n = 7;
    char buf[4];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tap_ok(check_row(&rows[i]), "fields of %s", rows[i].text);
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        bool has = false;
        at_groups_parse(sets[i].text, &g);
        if (sets[i].group < g.count)
            has = sets[i].number >= 0 ? at_group_has_number(&g.group[sets[i].group], sets[i].number)
                                      : at_group_has_word(&g.group[sets[i].group], sets[i].word);
        tap_ok(g.count == sets[i].count && has == sets[i].has, "set %zu of %s", sets[i].group,
               sets[i].text);
    }
    at_args_parse("x,\"12\",300,abcd", &a);
    tap_ok(!at_args_number(&a, 0, 0, 255, &n) && !at_args_number(&a, 2, 0, 255, &n) &&
               !at_args_number(&a, 9, 0, 255, &n) && n == 7,
           "no number, one out of range, no field");
    tap_ok(at_args_number(&a, 1, 0, 255, &n) && n == 12, "a quoted number");
    tap_ok(!at_args_copy(&a, 3, buf, sizeof(buf)) && buf[0] == '\0', "a field that does not fit");
    tap_ok(at_args_copy(&a, 2, buf, sizeof(buf)) && strcmp(buf, "300") == 0, "a field that fits");
    return tap_done();
}
