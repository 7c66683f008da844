#include "modem/ask.h"
#include "at/args.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define ANSWER_MS 30000 /* the network may be asked: AT+CCFC */
#define LONG_MS 180000  /* AT+COPS=? */
#define USSD_MS 60000

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_&";

bool ask_is_query(const char *command)
{
    static const char *const queries[] = {
        "AT",
        "ATI",
        "AT+CSQ",
        "AT+CGMI",
        "AT+CGMM",
        "AT+CGMR",
        "AT+CGSN",
        "AT+GSN",
        "AT+CIMI",
        "AT+CCID",
        "AT+ICCID",
        "AT^ICCID",
        "AT+QCCID",
        "AT+CLCC",
        "AT+CPAS",
        "AT+CEER",
        "AT+CNUM",
        "AT+CCFC=0,2",
        "AT+CCFC=1,2",
        "AT+CCFC=2,2",
        "AT+CCFC=3,2",
        "AT+CESQ",
        "AT&V",
        "AT+CPINR=\"SIM PIN\"",
        "AT+QPINC=\"SC\"",
        "AT+SPIC",
        "AT^SPIC=\"SC\"",
        "AT+UPINCNT",
    };
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        if (strcmp(command, queries[i]) == 0)
            return true;
    if (strncmp(command, "AT", 2) != 0 || !command[2] || !strchr("+^$*#%!", command[2]) ||
        strcmp(command, "AT+COPS=?") == 0)
        return false;
    const char *end = command + 3 + strspn(command + 3, letters);
    return end > command + 3 && (strcmp(end, "?") == 0 || strcmp(end, "=?") == 0);
}

/* The response lines of "AT+CSQ" begin "+CSQ:". */
static void make_prefix(struct ask *a)
{
    struct text t;
    size_t len = strlen(a->command) > 3 ? 1 + strspn(a->command + 3, letters) : 0;
    text_init(&t, a->prefix, sizeof(a->prefix));
    text_add_span(&t, a->command + 2, len);
    text_add_char(&t, ':');
}

int ask_begin(struct ask *a, const char *command)
{
    size_t len = strnlen(command, AT_COMMAND_MAX + 1);
    if (a->phase != ASK_NONE && a->phase != ASK_DONE)
        return -EBUSY;
    if (len < 2 || len > AT_COMMAND_MAX || (command[0] != 'A' && command[0] != 'a') ||
        (command[1] != 'T' && command[1] != 't'))
        return -EINVAL;
    for (size_t i = 0; i < len; i++)
        if (command[i] < ' ' || command[i] > '~')
            return -EINVAL;
    *a = (struct ask){.phase = ASK_TAKEN};
    memcpy(a->command, command, len + 1);
    text_init(&a->text, a->answer, sizeof(a->answer));
    make_prefix(a);
    return 0;
}

void ask_start(struct ask *a, uint16_t id, struct at_command *ret)
{
    assert(a->phase == ASK_TAKEN);
    a->phase = ASK_RUNNING;
    *ret = (struct at_command){.id = id,
                               .expect = AT_EXPECT_TEXT,
                               .prefix = a->prefix,
                               .timeout_ms =
                                   strncmp(a->command, "AT+COPS=", 8) == 0 ? LONG_MS : ANSWER_MS};
    memcpy(ret->text, a->command, strlen(a->command) + 1);
}

void ask_line(struct ask *a, const char *line)
{
    struct text whole = a->text;
    text_add(&a->text, line);
    text_add_char(&a->text, '\n');
    if (text_ok(&a->text) && a->text.len + AT_ERROR_TEXT_SIZE < sizeof(a->answer))
        return;
    a->text = whole; /* the result must fit as well */
    a->answer[whole.len] = '\0';
}

bool ask_answers(const struct ask *a, const char *line)
{
    size_t len = strlen(a->prefix), most = strcmp(a->prefix, "+CLIP:") == 0 ? 2 : 1;
    struct at_args args;
    int64_t told;
    if (a->phase != ASK_RUNNING || !ask_is_query(a->command) || !strchr(a->command, '?') ||
        strncmp(line, a->prefix, len) != 0)
        return false;
    at_args_parse(line + len, &args);
    if (args.count > 0 && args.field[0].len > 0 && args.field[0].s[0] == '(')
        return true;
    for (size_t i = 0; i < args.count; i++)
        if (i >= most || !at_args_number(&args, i, 0, 2, &told))
            return false;
    return true;
}

static void end(struct ask *a, const char *result)
{
    text_add(&a->text, result);
    text_add_char(&a->text, '\n');
    a->phase = ASK_DONE;
}

void ask_done(struct ask *a, struct mono now, const struct at_error *error)
{
    char why[AT_ERROR_TEXT_SIZE];
    if (a->phase != ASK_RUNNING)
        return;
    if (error->kind != AT_ERROR_NONE) {
        end(a, at_error_str(error, why));
    } else if (strncmp(a->command, "AT+CUSD=1", 9) == 0 && !strstr(a->answer, "+CUSD:")) {
        a->phase = ASK_WAITING;
        a->until = mono_after(now, USSD_MS);
    } else {
        end(a, "OK");
    }
}

bool ask_urc(struct ask *a, const char *line)
{
    if (a->phase != ASK_WAITING || strncmp(line, a->prefix, strlen(a->prefix)) != 0)
        return false;
    ask_line(a, line);
    end(a, "OK");
    return true;
}

void ask_expire(struct ask *a, struct mono now)
{
    if (a->phase == ASK_WAITING && now.ms >= a->until.ms)
        ask_fail(a, "the network does not answer");
}

void ask_fail(struct ask *a, const char *why)
{
    if (a->phase != ASK_NONE && a->phase != ASK_DONE)
        end(a, why);
}
