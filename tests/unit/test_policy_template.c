/* tests/unit/test_policy_template.c - mistakes with their column, then what comes out. */
#include "policy/template.h"
#include "tap.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *template;
    size_t column;
    const char *what; /* what the message begins with */
} bad[] = {
    {"{", 1, "{ without }"},
    {"a{", 2, "{ without }"},
    {"Hi {business", 4, "{ without }"},
    {"{}", 1, "no variable's name after {"},
    {"{|x}", 1, "no variable's name after {"},
    {"{nmae}", 1, "no variable {nmae}: expected {business} {name} {callback} {time} {next_open}"},
    {"{Name}", 1, "no variable {Name}"},
    {"{ name}", 1, "no variable's name"},
    {"{n\x7fme}", 1, "no variable's name"},
    {"{name }", 1, "no variable's name"},
    {"{nam}", 1, "no variable {nam}"},
    {"{names}", 1, "no variable {names}"},
    {"{name}{x}", 7, "no variable {x}"},
    {"{{x}{x}", 5, "no variable {x}"},
    {"{{{x}", 3, "no variable {x}"},
    {"\xc3\xa9\xf0\x9f\x98\x80{x}", 3, "no variable {x}"},
    {"\xff\xfe{x}", 3, "no variable {x}"},
    {"{\x1b[31m}", 1, "no variable's name"},
    {"{\xc3\xa9}", 1, "no variable's name"},
    {"{abcdefghijklmnopqrstu}", 1, "no variable's name"},
    {"{%n%s}", 1, "no variable {%n%s}"},
};

static const struct {
    const char *template, *text;
} good[] = {
    {"", ""},
    {"plain", "plain"},
    {"{business}", "Brightwater"},
    {"{business}{name}", "BrightwaterAnn"},
    {"Hi {name|there}.", "Hi Ann."},
    {"{callback}", ""},
    {"{callback|our number}", "our number"},
    {"{callback|}", ""},
    {"{callback|a|b{c}", "a|b{c"},
    {"{{name}", "{name}"},
    {"{{{name}}", "{Ann}"},
    {"a}b", "a}b"},
    {"{time} {next_open}", "14:05 {name} %s"},
    {"\xff{name}\xfe", "\xff"
                       "Ann\xfe"},
};

static const struct template_values values = {
    .business = "Brightwater",
    .name = "Ann",
    .callback = "",
    .time = "14:05",
    .next_open = "{name} %s", /* a value is no template */
};

static const char *const names[TEMPLATE_COUNT] = {
    [TEMPLATE_FIRST] = "first",         [TEMPLATE_REPEAT] = "repeat",   [TEMPLATE_KNOWN] = "known",
    [TEMPLATE_CLOSED] = "closed",       [TEMPLATE_HOLIDAY] = "holiday", [TEMPLATE_AWAY] = "away",
    [TEMPLATE_OPT_OUT] = "opt_out",     [TEMPLATE_HELP] = "help",       [TEMPLATE_LEAD] = "lead",
    [TEMPLATE_FOLLOW_UP] = "follow_up",
};

static void test_rows(void)
{
    char buf[TEMPLATE_MAX];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct template_error e = {0};
        bool ok = template_check(bad[i].template, &e) == -EINVAL;
        ok = ok && e.column == bad[i].column &&
             strncmp(e.what, bad[i].what, strlen(bad[i].what)) == 0;
        memset(buf, 'x', sizeof(buf));
        ok = ok && template_render(bad[i].template, &values, buf, sizeof(buf)) == -EINVAL;
        if (!tap_ok(ok && buf[0] == '\0', "mistake %zu: %s", i, bad[i].what))
            tap_diag("column %zu: %s", e.column, e.what);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct template_error e;
        size_t need = strlen(good[i].text) + 1;
        bool ok = template_check(good[i].template, &e) == 0;
        int len = template_render(good[i].template, &values, buf, need);
        ok = ok && len == (int)strlen(good[i].text) && strcmp(buf, good[i].text) == 0;
        if (need > 1)
            ok = ok && template_render(good[i].template, &values, buf, need - 1) == -EMSGSIZE &&
                 buf[0] == '\0';
        tap_ok(ok, "text %zu", i);
    }
}

static void test_random(void)
{
    static const char *const bits[] = {"{", "}", "|", "name", "time", "\xff", "a", "\xc3\xa9"};
    char template[200], buf[64];
    unsigned seed = 1;
    size_t fine = 0;
    bool agree = true;

    for (int i = 0; i < 20000 && agree; i++) {
        struct template_error e;
        template[0] = '\0';
        for (int n = rand_r(&seed) % 12; n > 0; n--)
            strncat(template, bits[rand_r(&seed) % 8], 8);
        int check = template_check(template, &e);
        int len = template_render(template, &values, buf, sizeof(buf));
        agree = (check == 0) == (len != -EINVAL) && strlen(buf) == (len < 0 ? 0 : (size_t)len);
        fine += check == 0;
    }
    tap_ok(agree && fine > 1000, "checking and rendering agree (%zu random templates are fine)",
           fine);
}

int main(void)
{
    const struct template_values none = {0};
    char buf[16];

    test_rows();
    test_random();
    tap_ok(template_render("<{business}{name|you}>", &none, buf, sizeof(buf)) == 5 &&
               strcmp(buf, "<you>") == 0,
           "no value is an empty one");
    for (size_t i = 0; i < TEMPLATE_COUNT; i++)
        tap_ok(strcmp(template_name((enum template_id)i), names[i]) == 0, "the key %s", names[i]);
    return tap_done();
}
