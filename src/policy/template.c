/* src/policy/template.c - a template is read piece by piece: plain text, or one variable. */
#include "policy/template.h"
#include "base/text.h"
#include "base/utf8.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define NAME_SHOWN_MAX 20 /* octets of an unknown name in a message */

static const struct variable {
    const char *name;
    size_t value; /* where in struct template_values */
} variables[] = {
    {"business", offsetof(struct template_values, business)},
    {"name", offsetof(struct template_values, name)},
    {"callback", offsetof(struct template_values, callback)},
    {"time", offsetof(struct template_values, time)},
    {"next_open", offsetof(struct template_values, next_open)},
    {"back_at", offsetof(struct template_values, back_at)},
    {"holiday", offsetof(struct template_values, holiday)},
};

/* A span of the template: text to copy, or a variable with the text that stands for an empty value.
 */
struct piece {
    const char *text;
    size_t len;
    const struct variable *variable; /* NULL: copy `text`; else `text` is the fallback */
};

const char *template_name(enum template_id id)
{
    switch (id) {
    case TEMPLATE_FIRST:
        return "first";
    case TEMPLATE_REPEAT:
        return "repeat";
    case TEMPLATE_KNOWN:
        return "known";
    case TEMPLATE_CLOSED:
        return "closed";
    case TEMPLATE_HOLIDAY:
        return "holiday";
    case TEMPLATE_AWAY:
        return "away";
    case TEMPLATE_OPT_OUT:
        return "opt_out";
    case TEMPLATE_HELP:
        return "help";
    case TEMPLATE_LEAD:
        return "lead";
    case TEMPLATE_FOLLOW_UP:
        return "follow_up";
    case TEMPLATE_COUNT:
        break;
    }
    assert(false);
    return "";
}

bool template_may_tell_stop(enum template_id id)
{
    return id == TEMPLATE_FIRST || id == TEMPLATE_KNOWN || id == TEMPLATE_CLOSED ||
           id == TEMPLATE_HOLIDAY || id == TEMPLATE_AWAY || id == TEMPLATE_LEAD ||
           id == TEMPLATE_FOLLOW_UP;
}

static const struct variable *find_variable(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        if (strlen(variables[i].name) == len && memcmp(variables[i].name, name, len) == 0)
            return &variables[i];
    return NULL;
}

/* Says that `name` is no variable; shows it where it may have been meant as one. */
static void explain_unknown(struct text *what, const char *name, size_t len)
{
    bool plain = len > 0 && len <= NAME_SHOWN_MAX;
    for (size_t i = 0; i < len && plain; i++)
        plain = name[i] > ' ' && name[i] <= '~';
    if (plain) {
        text_add(what, "no variable {");
        text_add_span(what, name, len);
        text_add(what, "}");
    } else {
        text_add(what, "no variable's name after {");
    }
    text_add(what, ": expected ");
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        text_addf(what, "%s{%s}", i > 0 ? " " : "", variables[i].name);
}

/* Reads the variable at *at, which is a '{', and moves behind it. Returns false and says why where
 * it is none. */
static bool take_variable(const char **at, struct piece *ret_piece, struct text *what)
{
    const char *name = *at + 1;
    const char *end = strchr(name, '}');

    if (!end) {
        text_add(what, "{ without } (a brace that is meant to be seen is written {{)");
        return false;
    }
    const char *bar = memchr(name, '|', (size_t)(end - name));
    size_t len = (size_t)((bar ? bar : end) - name);
    const char *fallback = bar ? bar + 1 : end;
    *ret_piece = (struct piece){
        .text = fallback,
        .len = (size_t)(end - fallback),
        .variable = find_variable(name, len),
    };
    if (!ret_piece->variable) {
        explain_unknown(what, name, len);
        return false;
    }
    *at = end + 1;
    return true;
}

/* Reads the next piece of a template that is not at its end. */
static bool take_piece(const char **at, struct piece *ret_piece, struct text *what)
{
    if (**at == '{' && (*at)[1] != '{')
        return take_variable(at, ret_piece, what);
    *ret_piece = (struct piece){.text = *at};
    if (**at == '{') {
        ret_piece->len = 1;
        *at += 2;
        return true;
    }
    ret_piece->len = strcspn(*at, "{");
    *at += ret_piece->len;
    return true;
}

/* Counts characters, not octets; of invalid UTF-8 each octet. */
static size_t column_of(const char *template, const char *at)
{
    size_t column = 1;
    while (template <at) {
        uint32_t code;
        size_t len = utf8_decode(template, (size_t)(at - template), &code);
        template += len > 0 ? len : 1;
        column++;
    }
    return column;
}

int template_check(const char *template, struct template_error *ret_error)
{
    char what[TEMPLATE_ERROR_SIZE];
    const char *at = template;
    struct piece piece;
    struct text t;

    text_init(&t, what, sizeof(what));
    while (*at != '\0') {
        if (take_piece(&at, &piece, &t))
            continue;
        assert(text_ok(&t));
        ret_error->column = column_of(template, at);
        memcpy(ret_error->what, what, sizeof(what));
        return -EINVAL;
    }
    return 0;
}

static void add_variable(struct text *t, const struct piece *piece,
                         const struct template_values *values)
{
    const char *value;
    memcpy(&value, (const char *)values + piece->variable->value, sizeof(value));
    if (value && *value != '\0')
        text_add(t, value);
    else
        text_add_span(t, piece->text, piece->len);
}

int template_render(const char *template, const struct template_values *values, char *buf,
                    size_t cap)
{
    char ignored[TEMPLATE_ERROR_SIZE];
    const char *at = template;
    struct piece piece;
    struct text t, what;
    int err = 0;

    assert(cap > 0 && cap <= INT_MAX);
    text_init(&t, buf, cap);
    text_init(&what, ignored, sizeof(ignored));
    while (*at != '\0' && err == 0) {
        if (!take_piece(&at, &piece, &what))
            err = -EINVAL;
        else if (piece.variable)
            add_variable(&t, &piece, values);
        else
            text_add_span(&t, piece.text, piece.len);
    }
    if (err == 0 && !text_ok(&t))
        err = -EMSGSIZE;
    if (err != 0)
        buf[0] = '\0';
    return err != 0 ? err : (int)t.len;
}
