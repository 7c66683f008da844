#include "sms/fold.h"
#include "fold_table.h"
#include <stddef.h>

const char *fold_find(uint32_t code)
{
    size_t low = 0, high = sizeof(fold_table) / sizeof(fold_table[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fold_table[middle].code == code)
            return fold_table[middle].text;
        if (fold_table[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *fold_find_pair(uint32_t letter, uint32_t mark)
{
    for (size_t i = 0; i < sizeof(fold_pairs) / sizeof(fold_pairs[0]); i++)
        if (fold_pairs[i].letter == letter && fold_pairs[i].mark == mark)
            return fold_pairs[i].text;
    return NULL;
}
