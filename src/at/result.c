#include "at/result.h"
#include "base/text.h"
#include <assert.h>
#include <string.h>

static const struct error_row {
    enum at_error_kind kind;
    int32_t first, last;
    enum at_error_class class;
    const char *meaning;
} error_rows[] = {
#include "at_errors.inc"
};

static const struct error_row *find_row(enum at_error_kind kind, int32_t code)
{
    if (code == AT_CODE_NONE)
        return NULL;
    for (size_t i = 0; i < sizeof(error_rows) / sizeof(error_rows[0]); i++) {
        const struct error_row *row = &error_rows[i];
        if (row->kind == kind && code >= row->first && code <= row->last)
            return row;
    }
    return NULL;
}

struct at_error at_error_make(enum at_error_kind kind, int32_t code)
{
    struct at_error e = {.kind = kind, .code = code, .class = AT_CLASS_TRANSIENT};
    const struct error_row *row = find_row(kind, code);

    if (row)
        e.class = row->class;
    else if (code != AT_CODE_NONE || kind == AT_ERROR_TIMEOUT || kind == AT_ERROR_LOST)
        e.class = AT_CLASS_AMBIGUOUS; /* nothing is known of it */
    return e;
}

/* Reads what follows "+CMS ERROR:": a number, words (with AT+CMEE=2), or nothing. Words that are
 * not the unknown error of 27.005 count like a refusal without a reason. */
static void parse_coded(const char *line, size_t used, enum at_error_kind kind,
                        struct at_error *ret_error, size_t *ret_used)
{
    const char *s = line + used;
    int64_t code = AT_CODE_NONE;
    size_t digits;

    while (*s == ' ')
        s++;
    digits = strspn(s, "0123456789");
    if (digits > 0 && text_to_i64(s, digits, 0, INT32_MAX, &code) == 0) {
        *ret_used = (size_t)(s - line) + digits;
    } else {
        code = AT_CODE_NONE;
        *ret_used = strlen(line);
        if (strcmp(s, "unknown error") == 0)
            code = kind == AT_ERROR_CMS ? 500 : 100;
    }
    *ret_error = at_error_make(kind, (int32_t)code);
}

bool at_result_parse(const char *line, bool dials, struct at_error *ret_error, size_t *ret_used)
{
    static const struct {
        const char *text;
        enum at_error_kind kind;
        bool dials;
    } words[] = {
        {"OK", AT_ERROR_NONE, false},
        {"ERROR", AT_ERROR_PLAIN, false},
        {"COMMAND NOT SUPPORT", AT_ERROR_PLAIN, false},
        {"NA", AT_ERROR_PLAIN, false},
        {"TOO MANY PARAMETERS", AT_ERROR_PLAIN, false},
        {"NO CARRIER", AT_ERROR_PLAIN, true},
        {"NO DIALTONE", AT_ERROR_PLAIN, true},
        {"NO ANSWER", AT_ERROR_PLAIN, true},
        {"BUSY", AT_ERROR_PLAIN, true},
    };
    static const char cme[] = "+CME ERROR:", cms[] = "+CMS ERROR:", connect[] = "CONNECT";

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if ((dials || !words[i].dials) && strcmp(line, words[i].text) == 0) {
            *ret_error = at_error_make(words[i].kind, AT_CODE_NONE);
            *ret_used = strlen(line);
            return true;
        }
    }
    if (strncmp(line, cme, sizeof(cme) - 1) == 0) {
        parse_coded(line, sizeof(cme) - 1, AT_ERROR_CME, ret_error, ret_used);
        return true;
    }
    if (strncmp(line, cms, sizeof(cms) - 1) == 0) {
        parse_coded(line, sizeof(cms) - 1, AT_ERROR_CMS, ret_error, ret_used);
        return true;
    }
    if (dials && strncmp(line, connect, sizeof(connect) - 1) == 0) {
        *ret_error = at_error_make(AT_ERROR_NONE, AT_CODE_NONE);
        *ret_used = strlen(line);
        return true;
    }
    return false;
}

const char *at_error_str(const struct at_error *e, char buf[AT_ERROR_TEXT_SIZE])
{
    const struct error_row *row = find_row(e->kind, e->code);
    const char *name = e->kind == AT_ERROR_CMS ? "+CMS ERROR" : "+CME ERROR";
    struct text t;

    text_init(&t, buf, AT_ERROR_TEXT_SIZE);
    switch (e->kind) {
    case AT_ERROR_NONE:
        text_add(&t, "no error");
        break;
    case AT_ERROR_PLAIN:
        text_add(&t, "ERROR without a reason");
        break;
    case AT_ERROR_TIMEOUT:
        text_add(&t, "no answer from the modem");
        break;
    case AT_ERROR_LOST:
        text_add(&t, "modem lost or restarted");
        break;
    case AT_ERROR_CME:
    case AT_ERROR_CMS:
        text_add(&t, name);
        if (e->code == AT_CODE_NONE)
            text_add(&t, " without a number");
        else
            text_addf(&t, " %d: %s", (int)e->code, row ? row->meaning : "unknown number");
        break;
    }
    assert(text_ok(&t));
    return buf;
}
