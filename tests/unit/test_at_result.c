/* tests/unit/test_at_result.c - what is a final result code, and what class of error. */
#include "at/result.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *line;
    bool dials, final;
    enum at_error_kind kind;
    int32_t code;
    enum at_error_class class;
    const char *rest;
} rows[] = {
    {"", false, false, AT_ERROR_NONE, 0, 0, ""},
    {"OKAY", false, false, AT_ERROR_NONE, 0, 0, ""},
    {"ok", false, false, AT_ERROR_NONE, 0, 0, ""},
    {"NO CARRIER", false, false, AT_ERROR_NONE, 0, 0, ""},
    {"BUSY", false, false, AT_ERROR_NONE, 0, 0, ""},
    {"CONNECT 9600", false, false, AT_ERROR_NONE, 0, 0, ""},
    {"+CMS ERR: 1", false, false, AT_ERROR_NONE, 0, 0, ""},
    {"NO CARRIER", true, true, AT_ERROR_PLAIN, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"RING", true, false, AT_ERROR_NONE, 0, 0, ""},
    {"CONNECT 9600", true, true, AT_ERROR_NONE, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"OK", false, true, AT_ERROR_NONE, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"ERROR", false, true, AT_ERROR_PLAIN, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"COMMAND NOT SUPPORT", false, true, AT_ERROR_PLAIN, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"NA", false, true, AT_ERROR_PLAIN, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"+CMS ERROR: 38", false, true, AT_ERROR_CMS, 38, AT_CLASS_TRANSIENT, ""},
    {"+CMS ERROR:1", false, true, AT_ERROR_CMS, 1, AT_CLASS_PERMANENT, ""},
    {"+CMS ERROR: 322", false, true, AT_ERROR_CMS, 322, AT_CLASS_MODEM, ""},
    {"+CMS ERROR: 500", false, true, AT_ERROR_CMS, 500, AT_CLASS_AMBIGUOUS, ""},
    {"+CMS ERROR: unknown error", false, true, AT_ERROR_CMS, 500, AT_CLASS_AMBIGUOUS, ""},
    {"+CMS ERROR: 230", false, true, AT_ERROR_CMS, 230, AT_CLASS_TRANSIENT, ""},
    {"+CMS ERROR: 512", false, true, AT_ERROR_CMS, 512, AT_CLASS_AMBIGUOUS, ""},
    {"+CMS ERROR: 2147483647", false, true, AT_ERROR_CMS, 2147483647, AT_CLASS_AMBIGUOUS, ""},
    {"+CMS ERROR: 400", false, true, AT_ERROR_CMS, 400, AT_CLASS_AMBIGUOUS, ""},
    {"+CMS ERROR: 99999999999", false, true, AT_ERROR_CMS, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"+CMS ERROR:", false, true, AT_ERROR_CMS, AT_CODE_NONE, AT_CLASS_TRANSIENT, ""},
    {"+CME ERROR: 14", false, true, AT_ERROR_CME, 14, AT_CLASS_TRANSIENT, ""},
    {"+CME ERROR: SIM not inserted", false, true, AT_ERROR_CME, AT_CODE_NONE, AT_CLASS_TRANSIENT,
     ""},
    {"+CME ERROR: unknown error", false, true, AT_ERROR_CME, 100, AT_CLASS_AMBIGUOUS, ""},
    {"+CME ERROR: 25+CNUM: 1", false, true, AT_ERROR_CME, 25, AT_CLASS_PERMANENT, "+CNUM: 1"},
};

static const struct {
    enum at_error_kind kind;
    int32_t code;
    const char *text;
} texts[] = {
    {AT_ERROR_NONE, AT_CODE_NONE, "no error"},
    {AT_ERROR_PLAIN, AT_CODE_NONE, "ERROR without a reason"},
    {AT_ERROR_TIMEOUT, AT_CODE_NONE, "no answer from the modem"},
    {AT_ERROR_LOST, AT_CODE_NONE, "modem lost or restarted"},
    {AT_ERROR_CMS, AT_CODE_NONE, "+CMS ERROR without a number"},
    {AT_ERROR_CMS, 38, "+CMS ERROR 38: network out of order, expected to last"},
    {AT_ERROR_CME, 10, "+CME ERROR 10: no SIM inserted"},
    {AT_ERROR_CME, 240, "+CME ERROR 240: unknown number"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct at_error e = {.code = -7};
        size_t used = 0;
        bool ok = at_result_parse(row->line, row->dials, &e, &used) == row->final;
        if (row->final)
            ok = ok && e.kind == row->kind && e.code == row->code &&
                 (e.kind == AT_ERROR_NONE || e.class == row->class) &&
                 strcmp(row->line + used, row->rest) == 0;
        tap_ok(ok, "\"%s\"%s", row->line, row->dials ? " while dialling" : "");
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct at_error e = at_error_make(texts[i].kind, texts[i].code);
        char text[AT_ERROR_TEXT_SIZE];
        tap_ok(strcmp(at_error_str(&e, text), texts[i].text) == 0, "%s", text);
    }
    for (int kind = AT_ERROR_CME; kind <= AT_ERROR_CMS; kind++) {
        bool fits = true;
        for (int32_t code = 0; code < 600; code++) {
            struct at_error e = at_error_make((enum at_error_kind)kind, code);
            char text[AT_ERROR_TEXT_SIZE];
            fits = fits && strlen(at_error_str(&e, text)) > 0;
        }
        tap_ok(fits, "every meaning fits");
    }
    return tap_done();
}
