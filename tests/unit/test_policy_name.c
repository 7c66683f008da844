/* tests/unit/test_policy_name.c - names that a text may repeat, and what strangers type instead. */
#include "policy/name.h"
#include "tap.h"

static const struct row {
    const char *name;
    bool plain;
} rows[] = {
    {"Ann", true},
    {"Ann Baker", true},
    {"Sean O'Brien", true},
    {"S\xC3\xA9"
     "an O\xE2\x80\x99"
     "Brien",
     true},
    {"Anne-Marie St. John", true},
    {"J.", true},
    {"\xE5\xBC\xA0\xE4\xBC\x9F", true},
    {"\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", true},
    {"\xEA\xB9\x80\xEC\xA7\x80\xED\x9B\x88", true},
    {"Bartholomew Alexander the Fift", true}, /* 30 characters */
    {"Bartholomew Alexander the Fifth", false},
    {"one two three four", true},
    {"you won a prize today", false},
    {"", false},
    {" ", false},
    {"-", false},
    {".", false},
    {"evil.example", false},
    {"see evil.example/x", false},
    {"http://evil.example", false},
    {"a@b", false},
    {"www.evil", false},
    {"call 0900", false},
    {"Ann!", false},
    {"Ann\nBaker", false},
    {"Ann\x1B[31m", false},
    {"Ann {business}", false},
    {"\xF0\x9F\x98\x80", false}, /* a picture */
    {"Ann\xE2\x80\xAE"
     "rekaB",
     false},                /* turns the text round */
    {"Ann\xD8\x9C", false}, /* the same of Arabic */
    {"Ann\xE3\x80\x82"
     "example",
     false}, /* a full stop that browsers take */
    {"Ann\xEF\xBC\x8E"
     "example",
     false}, /* another */
    {"\xFF", false},
    {"Ann\xC3", false},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tap_ok(name_plain(rows[i].name) == rows[i].plain, "row %zu: %s", i + 1,
               rows[i].plain ? "a name" : "no name");
    return tap_done();
}
