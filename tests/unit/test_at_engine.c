/* tests/unit/test_at_engine.c - one command, what the modem says, and the events that come of it;
 * each row whole and byte by byte. */
#include "at/engine.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

static const struct row {
    const char *name;
    enum at_expect expect;
    const char *prefix, *text, *payload;
    const char *bytes;
    const char *events; /* L response line, U URC, D end of the command; PDU in < > */
    const char *output; /* after the command line; ^Z as Z */
} rows[] = {
    {"silence", AT_EXPECT_RESULT, NULL, "AT", "", "", "Dtimeout ", ""},
    {"an answer", AT_EXPECT_RESULT, NULL, "AT", "", "\r\nOK\r\n", "Dok ", ""},
    {"echo before it", AT_EXPECT_RESULT, NULL, "AT", "", "AT\r\r\nOK\r\n", "Dok ", ""},
    {"echo with rubbish", AT_EXPECT_RESULT, NULL, "ATE0", "", "AT\xff\xe5\r\nOK\r\n", "Dok ", ""},
    {"glued echo", AT_EXPECT_RESULT, NULL, "ATE0", "", "ATE0+CPMS?\r\r\nOK\r\n", "Dok ", ""},
    {"echo in small letters", AT_EXPECT_RESULT, NULL, "at", "", "at\r\r\nOK\r\n", "Dok ", ""},
    {"URCs inside a response", AT_EXPECT_PREFIX, "+CSQ:", "AT+CSQ", "",
     "\r\n^RSSI:26\r\n\r\n+CSQ: 26,99\r\n\r\nRING\r\n\r\nOK\r\n",
     "U^RSSI:26 L+CSQ: 26,99 URING Dok ", ""},
    {"NO CARRIER ends no other command", AT_EXPECT_RESULT, NULL, "AT+CLIP=1", "",
     "NO CARRIER\r\nOK\r\n", "UNO CARRIER Dok ", ""},
    {"but AT D A O H", AT_EXPECT_RESULT, NULL, "ATA", "", "NO CARRIER\r\n", "Derror ", ""},
    {"a second result is for nobody", AT_EXPECT_RESULT, NULL, "AT", "", "OK\r\nOK\r\n", "Dok UOK ",
     ""},
    {"a line glued to a result", AT_EXPECT_RESULT, NULL, "AT+X", "", "+CME ERROR: 25+CNUM: 1\r\n",
     "Dcme U+CNUM: 1 ", ""},
    {"text without a name", AT_EXPECT_TEXT, "+CGMM:", "AT+CGMM", "",
     "RING\r\nSIM800\r\n^RSSI:1\r\nOK\r\n", "URING LSIM800 U^RSSI:1 Dok ", ""},
    {"a model that begins like a command", AT_EXPECT_TEXT, "+CGMM:", "AT+CGMM", "",
     "A7670E\r\nOK\r\n", "LA7670E Dok ", ""},
    {"a PDU line", AT_EXPECT_PDU, "+CMGR:", "AT+CMGR=1", "", "+CMGR: 0,,3\r\n00ff\r\nOK\r\n",
     "L+CMGR: 0,,3<00ff> Dok ", ""},
    {"RING between header and PDU", AT_EXPECT_PDU, "+CMGR:", "AT+CMGR=1", "",
     "+CMGR: 0,,3\r\nRING\r\n00ff\r\nOK\r\n", "URING L+CMGR: 0,,3<00ff> Dok ", ""},
    {"a header without PDU", AT_EXPECT_PDU, "+CMGR:", "AT+CMGR=1", "", "+CMGR: 0,,0\r\nOK\r\n",
     "L+CMGR: 0,,0<> Dok ", ""},
    {"two headers", AT_EXPECT_PDU, "+CMGL:", "AT+CMGL=4", "",
     "+CMGL: 1,0,,3\r\n+CMGL: 2,0,,3\r\n00\r\nOK\r\n", "L+CMGL: 1,0,,3<> L+CMGL: 2,0,,3<00> Dok ",
     ""},
    {"a header and silence", AT_EXPECT_PDU, "+CMGR:", "AT+CMGR=1", "", "+CMGR: 0,,3\r\n",
     "Dtimeout ", ""},
    {"+CMT during another command", AT_EXPECT_PREFIX, "+CSQ:", "AT+CSQ", "",
     "+CMT: ,3\r\n00ff\r\n+CSQ: 1,1\r\nOK\r\n", "U+CMT: ,3<00ff> L+CSQ: 1,1 Dok ", ""},
    {"the result inside a +CMT", AT_EXPECT_RESULT, NULL, "AT", "", "+CMT: ,3\r\nOK\r\n00ff\r\n",
     "Dok U+CMT: ,3<00ff> ", ""},
    {"prompt", AT_EXPECT_PREFIX, "+CMGS:", "AT+CMGS=3", "00112233",
     "\r\n> \r\n+CMGS: 7\r\n\r\nOK\r\n", "L+CMGS: 7 Dok ", "00112233Z"},
    {"prompt without a blank", AT_EXPECT_PREFIX, "+CMGS:", "AT+CMGS=3", "00112233",
     "AT+CMGS=3\r\r\n>\r\n\r\r\n+CMGS: 7\r\n\r\nOK\r\n", "L+CMGS: 7 Dok ", "00112233Z"},
    {"echo of the PDU", AT_EXPECT_PREFIX, "+CMGS:", "AT+CMGS=3", "00112233",
     "\r\n> 00112233\x1a\r\n+CMS ERROR: 38\r\n", "Dcms ", "00112233Z"},
    {"an error in place of the prompt", AT_EXPECT_PREFIX, "+CMGS:", "AT+CMGS=3", "00112233",
     "\r\nERROR\r\n> ", "Derror ", ""},
    {"a second prompt sends nothing", AT_EXPECT_PREFIX, "+CMGS:", "AT+CMGS=3", "00112233",
     "\r\n> \r\n> \r\n+CMGS: 7\r\nOK\r\n", "U> L+CMGS: 7 Dok ", "00112233Z"},
    {"no prompt for other commands", AT_EXPECT_RESULT, NULL, "AT", "", "> \r\nOK\r\n", "U> Dok ",
     ""},
};

struct rig {
    struct at at;
    char events[512], output[512];
};

static void note(struct rig *r, const struct at_event *e)
{
    static const char *const kinds[] = {"ok", "error", "cme", "cms", "timeout", "lost"};
    size_t len = strlen(r->events);

    if (e->type == AT_EVENT_DONE)
        snprintf(r->events + len, sizeof(r->events) - len, "D%s ", kinds[e->error.kind]);
    else
        snprintf(r->events + len, sizeof(r->events) - len, "%c%s%s%s%s ",
                 e->type == AT_EVENT_LINE ? 'L' : 'U', e->line, e->pdu ? "<" : "",
                 e->pdu ? e->pdu : "", e->pdu ? ">" : "");
}

static void turn(struct rig *r, int64_t ms)
{
    struct at_event e;
    const uint8_t *bytes;
    size_t len;

    while (at_next(&r->at, (struct mono){ms}, &e))
        note(r, &e);
    bytes = at_output(&r->at, &len);
    for (size_t i = 0; i < len; i++)
        strncat(r->output, bytes[i] == 0x1a ? "Z" : (char[]){(char)bytes[i], '\0'}, 2);
    at_written(&r->at, len);
}

static bool check(const struct row *row, bool bytewise)
{
    struct rig r = {.events = ""};
    size_t piece = 1;
    struct at_command c = {.id = 3,
                           .expect = row->expect,
                           .prefix = row->prefix,
                           .timeout_ms = 100,
                           .payload_timeout_ms = 900};
    char output[128];

    at_init(&r.at);
    snprintf(c.text, sizeof(c.text), "%s", row->text);
    snprintf(c.payload, sizeof(c.payload), "%s", row->payload);
    snprintf(output, sizeof(output), "%s\r%s", row->text, row->output);
    at_submit(&r.at, &c);
    turn(&r, 0);
    for (const char *b = row->bytes; *b; b += piece) {
        if (!bytewise) /* no modem answers a payload before it has it */
            piece = strcspn(b, ">") + (strchr(b, '>') != NULL);
        at_feed(&r.at, (const uint8_t *)b, piece);
        turn(&r, 99);
    }
    turn(&r, 1500);
    if (strcmp(r.events, row->events) != 0 || strcmp(r.output, output) != 0)
        tap_diag("got %s, sent %s", r.events, r.output);
    return strcmp(r.events, row->events) == 0 && strcmp(r.output, output) == 0 && at_idle(&r.at);
}

static void drain(struct at *at, int64_t ms)
{
    struct at_event e;

    while (at_next(at, (struct mono){ms}, &e))
        ;
}

/* A payload goes NONE, QUEUED with the prompt, LEFT with its last octet. */
static void check_payload(void)
{
    static struct at at;
    struct at_command c = {.expect = AT_EXPECT_PREFIX,
                           .prefix = "+CMGS:",
                           .timeout_ms = 10,
                           .payload_timeout_ms = 1000,
                           .text = "AT+CMGS=1",
                           .payload = "0011"};
    struct at_event e;
    size_t len;

    at_init(&at);
    at_submit(&at, &c);
    drain(&at, 0);
    at_feed(&at, (const uint8_t *)"\r\nERROR\r\n", 9);
    tap_ok(at_next(&at, (struct mono){0}, &e) && e.type == AT_EVENT_URC,
           "no result before the command has left");
    at_feed(&at, (const uint8_t *)"\r\n> ", 4);
    drain(&at, 1);
    tap_ok(at_payload_state(&at) == AT_PAYLOAD_NONE, "no prompt before the command has left");
    at_output(&at, &len);
    at_written(&at, len);
    at_feed(&at, (const uint8_t *)"\r\n> ", 4);
    drain(&at, 1);
    at_output(&at, &len);
    tap_ok(at_payload_state(&at) == AT_PAYLOAD_QUEUED && len == 5, "queued");
    at_written(&at, 4);
    tap_ok(at_payload_state(&at) == AT_PAYLOAD_QUEUED, "all but Ctrl-Z");
    at_written(&at, 1);
    tap_ok(at_payload_state(&at) == AT_PAYLOAD_LEFT && at_deadline(&at).ms == 1001, "left");
    tap_ok(!at_next(&at, (struct mono){1000}, &e) && at_next(&at, (struct mono){1001}, &e) &&
               e.payload == AT_PAYLOAD_LEFT && e.error.kind == AT_ERROR_TIMEOUT,
           "and then the longer wait");
    at_submit(&at, &c);
    drain(&at, 2000);
    at_output(&at, &len);
    at_written(&at, len);
    at_feed(&at, (const uint8_t *)"\r\n> ", 4);
    drain(&at, 2000);
    at_written(&at, 2);
    at_feed(&at, (const uint8_t *)"\r\nERROR\r\n", 9);
    tap_ok(at_next(&at, (struct mono){2000}, &e) && e.payload == AT_PAYLOAD_QUEUED &&
               at_output(&at, &len) && len == 0,
           "refused with the payload half written: the rest is not typed");
}

static void check_limits(void)
{
    static struct at at;
    static uint8_t many[AT_INPUT_MAX + 10];
    struct at_command c = {.expect = AT_EXPECT_RESULT, .timeout_ms = 10};
    struct at_event e;
    size_t len;

    at_init(&at);
    snprintf(c.text, sizeof(c.text), "AT\rATD999");
    tap_ok(at_submit(&at, &c) == -EINVAL, "no second command inside one");
    snprintf(c.text, sizeof(c.text), "AT\x1b");
    tap_ok(at_submit(&at, &c) == -EINVAL, "no ESC");
    snprintf(c.text, sizeof(c.text), "AT\x7f");
    tap_ok(at_submit(&at, &c) == -EINVAL, "no DEL");
    snprintf(c.text, sizeof(c.text), "AT");
    snprintf(c.payload, sizeof(c.payload), "00\x1a");
    tap_ok(at_submit(&at, &c) == -EINVAL, "no Ctrl-Z");
    memset(c.payload, '0', sizeof(c.payload));
    tap_ok(at_submit(&at, &c) == -EINVAL, "no payload of an octet too many");
    c.payload[AT_PAYLOAD_MAX] = '\0';
    memset(c.text, 'A', sizeof(c.text));
    tap_ok(at_submit(&at, &c) == -EINVAL, "no text of an octet too many");
    c.text[AT_COMMAND_MAX] = '\0';
    tap_ok(at_submit(&at, &c) == 0, "the longest of both");
    at_abort(&at);
    snprintf(c.text, sizeof(c.text), "AT");
    c.payload[0] = '\0';
    for (int i = 0; i < AT_QUEUE_MAX; i++)
        at_submit(&at, &c);
    tap_ok(at_submit(&at, &c) == -ENOBUFS, "a full queue");
    tap_ok(at_feed(&at, many, sizeof(many)) == AT_INPUT_MAX, "a full input");
    at_next(&at, (struct mono){0}, &e);
    tap_ok(at_feed(&at, many, sizeof(many)) == AT_INPUT_MAX, "room again");
    at_escape(&at);
    at_output(&at, &len);
    tap_ok(at_idle(&at) && len == 2, "ESC CR and nothing else");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tap_ok(check(&rows[i], false), "%s", rows[i].name);
        tap_ok(check(&rows[i], true), "%s, byte by byte", rows[i].name);
    }
    check_payload();
    check_limits();
    return tap_done();
}
