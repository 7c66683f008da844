#include "at/line.h"
#include <assert.h>

void at_line_init(struct at_line *l)
{
    *l = (struct at_line){.len = 0};
}

/* Returns whether the octet is no part of a line at its ends. */
static bool is_margin(uint8_t octet)
{
    return octet <= ' ' || octet == 0x7f;
}

static enum at_line_kind finish(struct at_line *l)
{
    while (l->len > 0 && is_margin((uint8_t)l->text[l->len - 1]))
        l->len--;
    l->text[l->len] = '\0';
    if (l->len == 0)
        return AT_LINE_NONE;
    l->done = true;
    l->cut_lines += l->cut;
    return AT_LINE_TEXT;
}

enum at_line_kind at_line_feed(struct at_line *l, uint8_t octet, bool want_prompt)
{
    assert(l->len <= AT_LINE_MAX);
    if (l->done) {
        l->done = false;
        l->cut = false;
        l->len = 0;
    }
    if (octet == '\r' || octet == '\n')
        return finish(l);
    if (octet == '\0' || (l->len == 0 && is_margin(octet)))
        return AT_LINE_NONE;
    if (l->len == 0 && octet == '>' && want_prompt)
        return AT_LINE_PROMPT;
    if (l->len == AT_LINE_MAX) {
        l->cut = true;
        return AT_LINE_NONE;
    }
    l->text[l->len++] = (char)octet;
    return AT_LINE_NONE;
}
