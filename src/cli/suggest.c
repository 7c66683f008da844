#include "base/text.h"
#include "cli/cli.h"
#include <string.h>

#define WORD_MAX 32

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap neighbours) from `a` to `b`, both at most WORD_MAX long. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *above2 = rows[0], *above = rows[1], *row = rows[2];
    size_t len = strlen(b);
    for (size_t k = 0; k <= len; k++)
        above[k] = above2[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (size_t k = 1; k <= len; k++) {
            row[k] = min3(above[k] + 1, row[k - 1] + 1, above[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                above2[k - 2] + 1 < row[k])
                row[k] = above2[k - 2] + 1;
        }
        size_t *oldest = above2;
        above2 = above;
        above = row;
        row = oldest;
    }
    return above[len];
}

void cli_suggest(const char *word, const char *const *words, char ret[CLI_SUGGESTION_MAX])
{
    struct text text;
    const char *nearest = NULL;
    size_t len = strlen(word),
           limit = len > 5 ? 3 : 2; /* 3 edits make another word of a short one */
    text_init(&text, ret, CLI_SUGGESTION_MAX);
    for (; *words; words++) {
        if (len > WORD_MAX || strlen(*words) > WORD_MAX)
            continue;
        size_t edits = distance(word, *words);
        if (edits < limit) {
            limit = edits;
            nearest = *words;
        }
    }
    if (nearest)
        text_addf(&text, " (did you mean %s?)", nearest);
}
