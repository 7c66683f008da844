#include "cli/alloc.h"
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void *checked(void *memory)
{
    if (memory)
        return memory;
    fputs("textback: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}

void *cli_alloc(size_t count, size_t size)
{
    assert(count > 0 && size > 0);
    return checked(calloc(count, size));
}

void *cli_grow(void *array, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return array;
    size_t more = need > SIZE_MAX / 2 ? need : need * 2;
    array = checked(reallocarray(array, more, size));
    *cap = more;
    return array;
}
