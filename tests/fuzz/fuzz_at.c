/* tests/fuzz/fuzz_at.c - a modem that says anything: the input is what it says, with time and
 * wishes of the program in between. No bytes of a modem may stop the machine, leave a deadline that
 * has passed, end a call or a text twice, or get anything but commands out of us. */
#include "modem/modem_state.h"
#include <assert.h>
#include <string.h>

#define TIME 0xff /* and an octet: how long */
#define WISH 0xfe /* and an octet: which */
#define STEPS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct modem_config config = {.hang_up_after_ms = 2000,
                                           .delivery_reports = true,
                                           .init_count = 2,
                                           .init = {"AT^CURC=1", "AT\rATD999"}};

struct fuzz {
    struct modem modem;
    struct mono now;
    int in_flight;
    struct modem_receipt receipt;
};

static void take_output(struct fuzz *f)
{
    size_t len;
    const uint8_t *bytes = modem_output(&f->modem, &len);

    for (size_t i = 0; i < len; i++) {
        bool text = bytes[i] >= 0x20 && bytes[i] <= 0x7e;
        assert(text || bytes[i] == '\r' || bytes[i] == 0x1a || bytes[i] == 0x1b);
        assert(bytes[i] != 0x1a || f->in_flight);
    }
    modem_written(&f->modem, len);
}

static void drain(struct fuzz *f)
{
    static const char pdu[] = "0001000B914477009002F0000004C8329BFD";
    struct modem_event event;

    while (modem_next(&f->modem, f->now, &event)) {
        assert(memchr(event.pdu, '\0', sizeof(event.pdu)));
        if (event.type == MODEM_EVENT_CALL_RINGING)
            assert(event.number[0] || event.withheld);
        if (event.type == MODEM_EVENT_SEND_NOW)
            f->in_flight += modem_send(&f->modem, f->now, 7, pdu, 17) == 0;
        if (event.type == MODEM_EVENT_SEND_DONE)
            assert(f->in_flight-- == 1);
        if (event.type == MODEM_EVENT_PDU)
            f->receipt = event.receipt;
    }
    take_output(f);
}

static void wish(struct fuzz *f, uint8_t which)
{
    switch (which % 6) {
    case 0:
        modem_lost(&f->modem, f->now, "unplugged");
        drain(f);
        modem_opened(&f->modem, f->now);
        break;
    case 1:
        modem_send_ask(&f->modem, f->now);
        break;
    case 2:
        modem_ack(&f->modem, f->now, &f->receipt);
        break;
    case 3:
        modem_ask(&f->modem, f->now, "AT+CUSD=1,\"*100#\",15");
        break;
    case 4:
        modem_list(&f->modem, f->now);
        break;
    default:
        modem_written(&f->modem, 0);
        break;
    }
    drain(f);
}

/* Lets the modem act at each of its deadlines up to `now` plus `ms`. */
static void pass(struct fuzz *f, int64_t ms)
{
    struct mono end = mono_after(f->now, ms);

    for (int i = 0; i < STEPS_MAX && modem_deadline(&f->modem).ms <= end.ms; i++) {
        struct mono due = modem_deadline(&f->modem);
        assert(due.ms > f->now.ms);
        f->now = due;
        modem_expire(&f->modem, f->now);
        drain(f);
    }
    if (f->now.ms < end.ms)
        f->now = end;
    modem_expire(&f->modem, f->now);
    drain(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz f;

    f = (struct fuzz){.now = {1000}};
    modem_init(&f.modem, &config);
    modem_opened(&f.modem, f.now);
    drain(&f);
    for (size_t i = 0; i < size; i++) {
        if (data[i] == TIME && i + 1 < size) {
            i++;
            pass(&f, (int64_t)data[i] * data[i]);
        } else if (data[i] == WISH && i + 1 < size) {
            wish(&f, data[++i]);
        } else {
            size_t taken = modem_feed(&f.modem, f.now, data + i, 1);
            assert(taken == 1);
            drain(&f);
        }
    }
    pass(&f, 100000);
    modem_lost(&f.modem, f.now, "end");
    drain(&f);
    assert(f.in_flight == 0);
    assert(!call_set_ringing(&f.modem.calls));
    return 0;
}
