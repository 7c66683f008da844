#include "base/nearest.h"
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The distance of Damerau and Levenshtein, where no part is changed twice; three rows are enough.
 */
size_t nearest_distance(const char *a, const char *b)
{
    size_t len_a = strnlen(a, NEAREST_WORD_MAX + 1), len_b = strnlen(b, NEAREST_WORD_MAX + 1);
    size_t rows[3][NEAREST_WORD_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    if (len_a > NEAREST_WORD_MAX || len_b > NEAREST_WORD_MAX)
        return NEAREST_WORD_MAX;
    for (size_t j = 0; j <= len_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= len_a; i++) {
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
        row[0] = i;
        for (size_t j = 1; j <= len_b; j++) {
            row[j] = least(above[j], row[j - 1]) + 1;
            row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return row[len_b];
}

size_t nearest_limit(const char *known)
{
    size_t len = strnlen(known, NEAREST_WORD_MAX);
    return len < 6 ? 1 : len / 3;
}

const char *nearest_word(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    size_t best = NEAREST_WORD_MAX;
    for (; *words; words++) {
        size_t distance = nearest_distance(word, *words);
        if (distance <= nearest_limit(*words) && distance < best) {
            best = distance;
            nearest = *words;
        }
    }
    return nearest;
}
