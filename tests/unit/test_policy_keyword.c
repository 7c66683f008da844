/* tests/unit/test_policy_keyword.c - what opts out and in, and above all what does not. */
#include "policy/keyword.h"
#include "tap.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text;
    enum keyword keyword;
} rows[] = {
    {"", KEYWORD_NONE},
    {" \n", KEYWORD_NONE},
    {"...", KEYWORD_NONE},
    {"\xf0\x9f\x91\x8d", KEYWORD_NONE},
    {"\xff\xfe", KEYWORD_NONE},
    {"please", KEYWORD_NONE},
    {"please now", KEYWORD_NONE},
    {"can you stop by at 5", KEYWORD_NONE},
    {"stop by", KEYWORD_NONE},
    {"Stop the leak please!", KEYWORD_NONE},
    {"please do not stop", KEYWORD_NONE},
    {"stop 1", KEYWORD_DOUBTFUL},
    {"don't stop", KEYWORD_NONE},
    {"nonstop", KEYWORD_NONE},
    {"stops", KEYWORD_NONE},
    {"st op", KEYWORD_NONE},
    {"stop2", KEYWORD_NONE},
    {"the end", KEYWORD_NONE},
    {"I need to cancel my appointment", KEYWORD_NONE},
    {"remove the old boiler", KEYWORD_NONE},
    {"stop please now", KEYWORD_DOUBTFUL}, /* one courtesy word, not two */
    {"opt", KEYWORD_NONE},
    {"start tomorrow", KEYWORD_NONE},
    {"yes", KEYWORD_YES},
    {"help", KEYWORD_HELP},
    {"Info please", KEYWORD_HELP},
    {"I need help with my boiler", KEYWORD_NONE},
    {"DON'T text me", KEYWORD_STOP},
    {"don\xe2\x80\x99t text me", KEYWORD_STOP},
    {"\xd0\xa1\xd0\xa2\xd0\x9e\xd0\x9f", KEYWORD_NONE}, /* Russian is not among the words */
    {"stop stop go", KEYWORD_DOUBTFUL},
    {"stop st", KEYWORD_DOUBTFUL},
    {"td tdxtd", KEYWORD_NONE},
    {"stop", KEYWORD_STOP},
    {"STOP.", KEYWORD_STOP},
    {"Stop please", KEYWORD_STOP},
    {" Stop please", KEYWORD_STOP},
    {"Please, stop!!", KEYWORD_STOP},
    {"stop all", KEYWORD_STOP},
    {"STOP NOW", KEYWORD_STOP},
    {"thanks stop", KEYWORD_STOP},
    {"\xe2\x80\x9cstop\xe2\x80\x9d", KEYWORD_STOP},
    {"'STOP'", KEYWORD_STOP},
    {"\xc2\xabStop\xc2\xbb", KEYWORD_STOP},
    {"STOP\xf0\x9f\x98\xa1\xf0\x9f\x98\xa1", KEYWORD_STOP},
    {"\xf0\x9f\x9b\x91 STOP", KEYWORD_STOP},
    {"ST\xc3\x93P", KEYWORD_STOP},
    {"sto\xcc\x81p", KEYWORD_STOP},     /* a loose accent */
    {"st\xc2\xadop", KEYWORD_STOP},     /* a soft hyphen */
    {"\xe2\x80\x8bstop", KEYWORD_STOP}, /* a zero-width blank */
    {"stop\xe2\x9d\x97\xef\xb8\x8f", KEYWORD_STOP},
    {"\xef\xbc\xb3\xef\xbc\xb4\xef\xbc\xaf\xef\xbc\xb0", KEYWORD_STOP}, /* full width */
    {"stop \xe2\x80\x8bplease", KEYWORD_STOP},
    {"stop\xff", KEYWORD_STOP},
    {"stop\r\n", KEYWORD_STOP},
    {"stop\xc2\xa0please", KEYWORD_STOP},
    {"stop stop STOP", KEYWORD_STOP},
    {"Stop. Stop please.", KEYWORD_STOP},
    {"Please, stop... texting me!", KEYWORD_STOP}, /* no sentence says it alone */
    {"STOPALL", KEYWORD_STOP},
    {"quit", KEYWORD_STOP},
    {"END", KEYWORD_STOP},
    {"Revoke", KEYWORD_STOP},
    {"opt out", KEYWORD_STOP},
    {"Opt-Out", KEYWORD_STOP},
    {"optout", KEYWORD_STOP},
    {"cancel", KEYWORD_STOP},
    {"Unsubscribe", KEYWORD_STOP},
    {"remove", KEYWORD_STOP},
    {"TD", KEYWORD_STOP},
    {"ARR\xc3\x8aT", KEYWORD_STOP},
    {"START", KEYWORD_START},
    {"Unstop please", KEYWORD_START},
};

static const struct {
    const char *text;
    enum keyword keyword;
} own[] = {
    {"halt now then", KEYWORD_NONE},  {"hal", KEYWORD_NONE},
    {"Halt", KEYWORD_STOP},           {"\xd1\x81\xd1\x82\xd0\xbe\xd0\xbf!", KEYWORD_STOP},
    {"No  mas please", KEYWORD_STOP}, {"start", KEYWORD_START},
};

static struct keyword_list english;

static void load(struct keyword_list *list, const char *language)
{
    size_t line = 0;
    const char *text = keyword_builtin(language);
    if (!tap_ok(text && keyword_read(list, text, &line) == 0, "the words of %s", language))
        tap_diag("line %zu", line);
}

static void test_words_only(void)
{
    struct keyword_list list = english;
    list.words_only = true;
    tap_ok(keyword_match("DON'T text me", &list) == KEYWORD_NONE &&
               keyword_match("stop stop go", &list) == KEYWORD_NONE &&
               keyword_match("stop please", &list) == KEYWORD_STOP,
           "only a word counts where the owner wants it so");
}

static void test_limits(void)
{
    static struct keyword_list list;
    char word[KEYWORD_SIZE + 1], plain[8];
    size_t count = 0;
    int err = 0;

    memset(word, 'a', sizeof(word));
    tap_ok(keyword_add(&list, KEYWORD_SECTION_STOP, word, sizeof(word)) == -EINVAL,
           "a word longer than any message that is one");
    tap_ok(keyword_add(&list, KEYWORD_SECTION_STOP, "...", 3) == -EINVAL, "a word of no letters");
    while (err == 0 && count <= KEYWORD_WORDS_MAX)
        count += (err = keyword_add(&list, KEYWORD_SECTION_STOP, "x", 1)) == 0;
    tap_ok(err == -ENOSPC && count == KEYWORD_WORDS_MAX, "as many words as there is room for");
    list = (struct keyword_list){0};
    count = 0;
    err = 0;
    while (err == 0 && count <= KEYWORD_WORDS_MAX)
        count += (err = keyword_add(&list, KEYWORD_SECTION_STOP, word, KEYWORD_SIZE - 1)) == 0;
    tap_ok(err == -ENOSPC && count == KEYWORD_POOL_SIZE / KEYWORD_SIZE, "%zu of the longest words",
           count);
    tap_ok(keyword_plain("a\0b", 3, plain, sizeof(plain)) && strcmp(plain, "a b") == 0,
           "NUL parts words");
}

static void test_random(void)
{
    static const char *const bits[] = {"stop", " ", ".", "please", "\xc3", "\x93", "\xf0\x9f"};
    char text[400];
    unsigned seed = 1;
    size_t stops = 0;

    for (int i = 0; i < 5000; i++) {
        text[0] = '\0';
        for (int n = rand_r(&seed) % 40; n > 0; n--)
            strncat(text, bits[rand_r(&seed) % 7], 8);
        stops += keyword_match(text, &english) == KEYWORD_STOP;
    }
    tap_ok(stops > 0 && stops < 5000, "%zu of 5000 random messages stop", stops);
}

int main(void)
{
    static const char *const words[] = {"HALT", "\xd0\xa1\xd0\xa2\xd0\x9e\xd0\x9f",
                                        "no m\xc3\xa1s!", "Start"};
    struct keyword_list extra;
    char text[1000];

    load(&english, "common");
    load(&english, "en");
    extra = english;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        keyword_add(&extra, KEYWORD_SECTION_STOP, words[i], strlen(words[i]));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum keyword keyword = keyword_match(rows[i].text, &english);
        if (!tap_ok(keyword == rows[i].keyword, "row %zu", i))
            tap_diag("%d", keyword);
    }
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        tap_ok(keyword_match(own[i].text, &extra) == own[i].keyword, "own words, row %zu", i);
    memset(text, 'a', sizeof(text));
    memcpy(text, "stop ", 5);
    text[sizeof(text) - 1] = '\0';
    tap_ok(keyword_match(text, &english) == KEYWORD_NONE, "a long message is no word");
    memset(text + 5, '!', sizeof(text) - 6);
    tap_ok(keyword_match(text, &english) == KEYWORD_STOP,
           "unless it is long by its punctuation only");
    test_words_only();
    test_limits();
    test_random();
    return tap_done();
}
