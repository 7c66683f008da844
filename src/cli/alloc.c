#include "cli/alloc.h"
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    const char *what;
    int code;
} but = {NULL, EXIT_FAILURE};

void cli_no_memory_but(const char *what, int code)
{
    but.what = what;
    but.code = code;
}

void cli_no_memory(void)
{
    fprintf(stderr, "textback: out of memory%s%s\n", but.what ? "; " : "",
            but.what ? but.what : "");
    exit(but.code);
}

static void *checked(void *memory)
{
    if (!memory)
        cli_no_memory();
    return memory;
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

char *cli_copy(const char *text)
{
    return checked(strdup(text));
}

char *cli_vformat(const char *format, va_list ap)
{
    char *text;
    return checked(vasprintf(&text, format, ap) < 0 ? NULL : text);
}

char *cli_format(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    char *text = cli_vformat(format, ap);
    va_end(ap);
    return text;
}
