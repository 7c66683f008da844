/* tests/unit/test_policy_corpus.c - tests/opt_out.txt: what people write, and what they mean by it.
 */
#include "policy/keyword.h"
#include "tap.h"
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [KEYWORD_NONE] = "none", [KEYWORD_STOP] = "stop", [KEYWORD_START] = "start",
    [KEYWORD_YES] = "yes",   [KEYWORD_HELP] = "help", [KEYWORD_DOUBTFUL] = "doubtful",
};

static struct keyword_list english;

static void load(const char *language)
{
    size_t line = 0;
    const char *text = keyword_builtin(language);
    if (!tap_ok(text && keyword_read(&english, text, &line) == 0, "the words of %s", language))
        tap_diag("line %zu", line);
}

static void check_line(char *line)
{
    char *text = strchr(line, ' ');
    if (!text) {
        tap_ok(false, "a line without a label: %s", line);
        return;
    }
    *text++ = '\0';
    const char *got = names[keyword_match(text, &english)];
    if (!tap_ok(strcmp(got, line) == 0, "%s: %s", line, text))
        tap_diag("read as %s", got);
}

/* Each language alone beside what all share: its words opt out, and the English corpus of what is
 * none stays none wherever they are not on. */
static void test_languages(void)
{
    static const struct {
        const char *language, *stop;
    } rows[] = {
        {"fr", "Arr\u00eater!"},
        {"de", "Aufh\u00f6ren"},
        {"es", "no m\u00e1s!"},
        {"ru", "\u0421\u0422\u041e\u041f"},
        {"zh", "\u9000\u8ba2"},
        {"ja", "\u505c\u6b62"},
        {"ko", "\uc218\uc2e0\uac70\ubd80"},
        {"el", "\u03c3\u03c4\u03bf\u03c0"},
        {"ar", "\u062a\u0648\u0642\u0641"},
        {"hi", "\u092c\u0902\u0926"},
        {"th", "\u0e22\u0e01\u0e40\u0e25\u0e34\u0e01"},
        {"vi", "HUY"},
        {"tr", "iptal"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static struct keyword_list list;
        size_t line;
        list = (struct keyword_list){0};
        bool ok = keyword_read(&list, keyword_builtin("common"), &line) == 0 &&
                  keyword_match(rows[i].stop, &list) == KEYWORD_NONE &&
                  keyword_match("Stop!", &list) == KEYWORD_STOP &&
                  keyword_read(&list, keyword_builtin(rows[i].language), &line) == 0;
        tap_ok(ok && keyword_match(rows[i].stop, &list) == KEYWORD_STOP, "words of %s",
               rows[i].language);
    }
    tap_ok(!keyword_builtin("xx"), "no words of no language");
}

static void test_files(void)
{
    static const struct {
        const char *text;
        int err;
        size_t line;
    } rows[] = {
        {"stop\n", -22, 1},
        {"# c\n\nstop", -22, 3},
        {"[stpo]\nstop\n", -22, 1},
        {"[stop]\n...\n", -22, 2},
        {"", 0, 0},
        {"# only\n", 0, 0},
        {"[stop]\nhalt\r\n", 0, 0},
        {"[stop]\nhalt", 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static struct keyword_list list;
        size_t line = 0;
        list = (struct keyword_list){0};
        int err = keyword_read(&list, rows[i].text, &line);
        tap_ok(err == rows[i].err && line == rows[i].line, "a file, row %zu", i);
    }
}

int main(void)
{
    char line[1000];
    FILE *file = fopen("tests/opt_out.txt", "r");
    if (!tap_ok(file != NULL, "the texts are there"))
        return tap_done();
    load("common");
    load("en");
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#' && line[0] != '\0')
            check_line(line);
    }
    fclose(file);
    test_languages();
    test_files();
    return tap_done();
}
