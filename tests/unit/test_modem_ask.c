/* tests/unit/test_modem_ask.c - a person's command: is it a query, and the answer as it came. */
#include "modem/ask.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

static const struct query {
    const char *command;
    bool query;
} queries[] = {
    {"", false},
    {"AT+CFUN=0", false},
    {"AT+CMGD=1", false},
    {"ATD123;", false},
    {"ATD?", false},
    {"AT+CMGD=1;+CSQ?", false},
    {"AT+COPS=?", false},
    {"AT+CFUN=1,1?", false},
    {"AT+?", false},
    {"AT+CSQ=??", false},
    {"AT+CPBW=1,\"?\"", false},
    {"AT+CCFC=0,4", false},
    {"at+csq", false},
    {"AT+CSQ ", false},
    {"AT", true},
    {"ATI", true},
    {"AT+CSQ", true},
    {"AT+CREG?", true},
    {"AT+CNMI=?", true},
    {"AT^CURC?", true},
    {"AT+CCFC=0,2", true},
};

static const struct row {
    const char *name, *command;
    const char *lines[3];
    enum at_error_kind error;
    const char *urc; /* after the result, NULL: none comes */
    const char *answer;
} rows[] = {
    {"refused", "AT+X?", {NULL}, AT_ERROR_PLAIN, NULL, "ERROR without a reason\n"},
    {"out of time",
     "AT+X?",
     {"+X: 1"},
     AT_ERROR_TIMEOUT,
     NULL,
     "+X: 1\nno answer from the modem\n"},
    {"nothing but OK", "AT", {NULL}, AT_ERROR_NONE, NULL, "OK\n"},
    {"two lines",
     "AT+CLCC",
     {"+CLCC: 1", "+CLCC: 2"},
     AT_ERROR_NONE,
     NULL,
     "+CLCC: 1\n+CLCC: 2\nOK\n"},
    {"USSD without an answer",
     "AT+CUSD=1,\"*100#\",15",
     {NULL},
     AT_ERROR_NONE,
     NULL,
     "the network does not answer\n"},
    {"USSD that is refused",
     "AT+CUSD=1,\"*100#\",15",
     {NULL},
     AT_ERROR_PLAIN,
     NULL,
     "ERROR without a reason\n"},
    {"USSD",
     "AT+CUSD=1,\"*100#\",15",
     {NULL},
     AT_ERROR_NONE,
     "+CUSD: 0,\"5 GBP\",15",
     "+CUSD: 0,\"5 GBP\",15\nOK\n"},
    {"USSD, answered before OK",
     "AT+CUSD=1,\"*100#\",15",
     {"+CUSD: 0,\"5\",15"},
     AT_ERROR_NONE,
     NULL,
     "+CUSD: 0,\"5\",15\nOK\n"},
};

static const struct line {
    const char *command, *line;
    bool answer; /* else a URC as well as an answer */
} lines[] = {
    {"AT+CLIP?", "+CLIP: 1,1", true},
    {"AT+CLIP?", "+CLIP: 0", true},
    {"AT+CLIP=?", "+CLIP: (0,1)", true},
    {"AT+CLIP?", "+CLIP: \"+447700900321\",145", false},
    {"AT+CLIP?", "+CLIP: 82882601,129,,,,0", false},
    {"AT+CLIP?", "+CLIP: \"\",128", false},
    {"AT+CLIP?", "RING", false},
    {"AT+CCWA?", "+CCWA: 0", true},
    {"AT+CCWA?", "+CCWA: \"+447700900321\",145,1", false},
    {"AT+UCALLSTAT?", "+UCALLSTAT: 1", true},
    {"AT+UCALLSTAT?", "+UCALLSTAT: 1,6", false},
    {"AT+CLCC", "+CLCC: 1,1,4,0,0,\"+447700900321\",145", false},
    {"AT+CLIP=1", "+CLIP: 1,1", false},
};

static void judge(const struct line *row)
{
    struct ask a = {.phase = ASK_NONE};
    struct at_command c;
    bool before = ask_begin(&a, row->command) == 0 && !ask_answers(&a, row->line);
    ask_start(&a, 1, &c);
    tap_ok(before && ask_answers(&a, row->line) == row->answer, "%s: %s", row->command, row->line);
}

static void play(const struct row *row)
{
    struct ask a = {.phase = ASK_NONE};
    struct at_command c;
    struct mono now = {1000};
    struct at_error error = at_error_make(row->error, AT_CODE_NONE);
    bool begun = ask_begin(&a, row->command) == 0 && ask_begin(&a, "AT") == -EBUSY;
    ask_start(&a, 7, &c);
    begun = begun && c.id == 7 && strcmp(c.text, row->command) == 0;
    for (size_t i = 0; i < 3 && row->lines[i]; i++)
        ask_line(&a, row->lines[i]);
    ask_done(&a, now, &error);
    bool stranger = ask_urc(&a, "+CMTI: \"SM\",1");
    if (row->urc)
        (void)ask_urc(&a, row->urc);
    if (a.phase == ASK_WAITING) {
        ask_expire(&a, (struct mono){a.until.ms - 1});
        begun = begun && a.phase == ASK_WAITING;
        ask_expire(&a, a.until);
    }
    if (!tap_ok(begun && !stranger && a.phase == ASK_DONE && strcmp(a.answer, row->answer) == 0,
                "%s", row->name))
        tap_diag("\"%s\"", a.answer);
}

int main(void)
{
    struct ask a = {.phase = ASK_NONE};
    struct at_command c;
    char line[200];
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        tap_ok(ask_is_query(queries[i].command) == queries[i].query, "%s %s", queries[i].command,
               queries[i].query ? "asks" : "does something");
    tap_ok(ask_begin(&a, "") == -EINVAL && ask_begin(&a, "RING") == -EINVAL &&
               ask_begin(&a, "A/") == -EINVAL && ask_begin(&a, "AT\rATD1") == -EINVAL &&
               ask_begin(&a, "AT\x7f") == -EINVAL,
           "no command");
    tap_ok(ask_begin(&a, "at+cops=?") == 0 && (ask_fail(&a, ""), ask_begin(&a, "AT+COPS=?")) == 0,
           "small letters, and the next one");
    ask_start(&a, 1, &c);
    tap_ok(c.timeout_ms == 180000, "a search for networks may take minutes");
    a = (struct ask){.phase = ASK_NONE};
    memset(line, 'A', sizeof(line));
    line[sizeof(line) - 1] = '\0';
    line[1] = 'T';
    tap_ok(ask_begin(&a, line) == -EINVAL && a.phase == ASK_NONE, "a command that is too long");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        play(&rows[i]);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        judge(&lines[i]);
    tap_ok(ask_begin(&a, "ATI") == 0, "one more");
    ask_start(&a, 1, &c);
    for (int i = 0; i < 100; i++)
        ask_line(&a, line);
    ask_fail(&a, "the modem does not answer");
    ask_fail(&a, "twice");
    const char *end = strstr(a.answer, "the modem");
    tap_ok(a.phase == ASK_DONE && end && strcmp(end, "the modem does not answer\n") == 0,
           "more lines than fit, and the result");
    return tap_done();
}
