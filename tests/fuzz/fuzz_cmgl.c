/* tests/fuzz/fuzz_cmgl.c - what a modem says to AT+CMGL=4, through the engine and the decoder. It
 * means the same in one piece and octet by octet. */
#include "at/engine.h"
#include "fuzz/decoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct said {
    bool decode; /* what is said, too */
    size_t lines, pdus, urcs;
    enum at_error_kind end;
    bool ended;
    uint32_t sum; /* of all lines and PDUs, in order */
};

static void add(struct said *said, const char *text)
{
    for (; *text; text++)
        said->sum = said->sum * 31 + (uint8_t)*text;
    said->sum = said->sum * 31 + 1;
}

static void decode(const char *hex)
{
    struct pdu p;
    size_t at = 0;
    enum pdu_err err = pdu_decode_hex(hex, strlen(hex), true, &p, &at);
    decoded_check(err, &p, at, strlen(hex) / 2);
}

static void take(struct at *at, struct mono now, struct said *said)
{
    struct at_event event;
    while (at_next(at, now, &event)) {
        if (event.type == AT_EVENT_DONE) {
            assert(!said->ended);
            said->ended = true;
            said->end = event.error.kind;
            continue;
        }
        said->lines += event.type == AT_EVENT_LINE;
        said->urcs += event.type == AT_EVENT_URC;
        add(said, event.line);
        if (!event.pdu)
            continue;
        assert(strchr(event.pdu, '\r') == NULL);
        add(said, event.pdu);
        said->pdus++;
        if (said->decode)
            decode(event.pdu);
    }
}

/* Feeds `piece` octets at a time, then lets the command run out of time. */
static struct said listen(const uint8_t *data, size_t size, size_t piece, bool decode)
{
    static struct at at;
    struct at_command list = {.id = 1,
                              .expect = AT_EXPECT_PDU,
                              .prefix = "+CMGL:",
                              .timeout_ms = 180000,
                              .text = "AT+CMGL=4"};
    struct said said = {.decode = decode, .end = AT_ERROR_NONE};
    struct mono now = {1000};
    at_init(&at);
    int err = at_submit(&at, &list);
    assert(err == 0);
    take(&at, now, &said); /* which starts the command */
    for (size_t fed = 0; fed < size;) {
        size_t len = piece < size - fed ? piece : size - fed;
        fed += at_feed(&at, data + fed, len);
        take(&at, now, &said);
    }
    struct mono due = at_deadline(&at);
    assert((due.ms == MONO_NEVER.ms) == said.ended);
    if (!said.ended)
        take(&at, due, &said);
    assert(said.ended);
    assert(at_idle(&at));
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct said whole = listen(data, size, AT_INPUT_MAX, true);
    struct said split = listen(data, size, 1, false);
    assert(whole.lines == split.lines && whole.pdus == split.pdus && whole.urcs == split.urcs);
    assert(whole.end == split.end);
    assert(whole.sum == split.sum);
    return 0;
}
