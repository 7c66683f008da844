#include "cli/elements.h"
#include <errno.h>

void elements_init(struct elements *e, char *buf)
{
    *e = (struct elements){.state = ELEMENTS_START, .line = 1, .buf = buf};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* An octet of an object. Returns as elements_feed() does. */
static int feed_object(struct elements *e, char c, const char **ret_why)
{
    if (e->len == ELEMENT_MAX) {
        *ret_why = "an object of a megabyte at most";
        return -EINVAL;
    }
    e->buf[e->len++] = c;
    if (e->in_string) {
        bool ends = c == '"' && !e->escaped;
        e->escaped = c == '\\' && !e->escaped;
        e->in_string = !ends;
        return 0;
    }
    if (c == '"')
        e->in_string = true;
    else if (c == '{' || c == '[')
        e->depth++;
    else if (c == '}' || c == ']')
        e->depth--;
    if (e->depth > 0)
        return 0;
    e->buf[e->len] = '\0';
    e->state = ELEMENTS_ARRAY;
    return 1;
}

static int feed_array(struct elements *e, char c, const char **ret_why)
{
    if (c == ']') {
        e->state = ELEMENTS_KEYS;
    } else if (c == '{') {
        e->state = ELEMENTS_OBJECT;
        e->begun = e->line;
        e->len = 0;
        e->depth = 0;
        return feed_object(e, c, ret_why);
    } else if (!is_blank(c) && c != ',') {
        *ret_why = "an object or the end of the list";
        return -EINVAL;
    }
    return 0;
}

static int feed_key(struct elements *e, char c, const char **ret_why)
{
    if (c == '"') {
        e->key[e->key_len] = '\0';
        e->state = ELEMENTS_COLON;
    } else if (c == '\\' || e->key_len == sizeof(e->key) - 1) {
        *ret_why = "the name of a table";
        return -EINVAL;
    } else {
        e->key[e->key_len++] = c;
    }
    return 0;
}

static int feed_value(struct elements *e, char c)
{
    if (c == '[')
        e->state = ELEMENTS_ARRAY;
    else if (!is_blank(c))
        e->state = ELEMENTS_SCALAR;
    return 0;
}

/* Between keys, and around the whole. */
static int feed_outside(struct elements *e, char c, const char **ret_why)
{
    if (is_blank(c))
        return 0;
    if (e->state == ELEMENTS_START && c == '{') {
        e->state = ELEMENTS_KEYS;
    } else if (e->state == ELEMENTS_KEYS && c == '"') {
        e->state = ELEMENTS_KEY;
        e->key_len = 0;
    } else if (e->state == ELEMENTS_KEYS && c == '}') {
        e->state = ELEMENTS_END;
    } else if (e->state == ELEMENTS_COLON && c == ':') {
        e->state = ELEMENTS_VALUE;
    } else if (e->state != ELEMENTS_KEYS || c != ',') {
        *ret_why = e->state == ELEMENTS_END     ? "nothing more"
                   : e->state == ELEMENTS_START ? "a document of textback export"
                   : e->state == ELEMENTS_COLON ? "a colon"
                                                : "the name of a table in quotes";
        return -EINVAL;
    }
    return 0;
}

int elements_feed(struct elements *e, char octet, const char **ret_why)
{
    int result = 0;
    switch (e->state) {
    case ELEMENTS_OBJECT:
        result = feed_object(e, octet, ret_why);
        break;
    case ELEMENTS_ARRAY:
        result = feed_array(e, octet, ret_why);
        break;
    case ELEMENTS_KEY:
        result = feed_key(e, octet, ret_why);
        break;
    case ELEMENTS_VALUE:
        result = feed_value(e, octet);
        break;
    case ELEMENTS_SCALAR:
        if (octet == ',' || octet == '}')
            e->state = octet == ',' ? ELEMENTS_KEYS : ELEMENTS_END;
        break;
    case ELEMENTS_START:
    case ELEMENTS_KEYS:
    case ELEMENTS_COLON:
    case ELEMENTS_END:
        result = feed_outside(e, octet, ret_why);
        break;
    }
    e->line += octet == '\n';
    return result;
}
