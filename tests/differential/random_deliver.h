/* tests/differential/random_deliver.h - a random SMS-DELIVER (3GPP TS 23.040 9.2.2.1) with any
 * number, coding, time and header; some of the fields impossible. */
#pragma once
#include "differential/differential.h"
#include "sms/pdu.h"
#include "sms/ucs2.h"
#include <assert.h>

struct deliver {
    uint8_t octets[PDU_OCTETS_MAX]; /* begins with the SMSC */
    size_t len;
    size_t address, scts, udl; /* where these fields begin */
    size_t header;             /* octets of the header with its length, 0 for none */
    struct pdu ours;           /* as decoded here */
};

static void deliver_put(struct deliver *d, uint32_t octet)
{
    assert(d->len < sizeof(d->octets));
    d->octets[d->len++] = (uint8_t)octet;
}

static void deliver_put_digits(struct differential *r, struct deliver *d, size_t count)
{
    bool plain = differential_random(r, 8) > 0;
    for (size_t i = 0; i < count; i += 2) {
        uint32_t low = differential_random(r, plain ? 10 : 15);
        uint32_t high = i + 1 < count ? differential_random(r, plain ? 10 : 15) : 15;
        deliver_put(d, high << 4 | low);
    }
}

static void deliver_put_number(struct differential *r, struct deliver *d)
{
    static const uint8_t types[] = {0x91, 0x91, 0x91, 0x81, 0xA1, 0xB1, 0xC1, 0xE1, 0xF1};
    d->address = d->len;
    if (differential_random(r, 5) > 0) {
        uint32_t digits = differential_random(r, 21);
        deliver_put(d, digits);
        deliver_put(d, types[differential_random(r, sizeof(types))]);
        deliver_put_digits(r, d, digits);
        return;
    }
    uint32_t semi_octets = 2 * differential_random(r, 11);
    deliver_put(d, semi_octets);
    deliver_put(d, 0xD0);
    for (size_t i = 0; i < semi_octets / 2; i++)
        deliver_put(d, differential_random(r, 256));
}

static void deliver_put_scts(struct differential *r, struct deliver *d)
{
    static const uint8_t ends[] = {100, 12, 28, 24, 60, 60, 57};
    bool any = differential_random(r, 10) == 0;
    d->scts = d->len;
    for (size_t i = 0; i < SCTS_OCTETS; i++) {
        uint32_t value = (i == 1 || i == 2) + differential_random(r, ends[i]);
        uint32_t octet = value % 10 << 4 | value / 10;
        if (i == 6 && differential_random(r, 2))
            octet |= 8; /* west of Greenwich */
        deliver_put(d, any ? differential_random(r, 256) : octet);
    }
}

/* A header of `room` octets at the most. */
static void deliver_put_header(struct differential *r, struct deliver *d)
{
    static const uint8_t headers[][12] = {
        {5, 0x00, 3, 0x12, 2, 1},
        {5, 0x00, 3, 0xFF, 3, 4},
        {6, 0x08, 4, 0xAB, 0xCD, 5, 5},
        {6, 0x05, 4, 0x0B, 0x84, 0x23, 0xF0},
        {4, 0x04, 2, 0xE2, 0xE2},
        {3, 0x25, 1, 6},
        {3, 0x24, 1, 2},
        {4, 0x01, 2, 0x80, 3},
        {0},
        {2, 0x70, 0},
        {4, 0x00, 9, 1, 2},
        {11, 0x05, 4, 0x0B, 0x84, 0x0B, 0x84, 0x00, 3, 0x55, 2, 2},
    };
    const uint8_t *header = headers[differential_random(r, sizeof(headers) / sizeof(headers[0]))];
    d->header = (size_t)1 + header[0];
    for (size_t i = 0; i < d->header; i++)
        deliver_put(d, header[i]);
}

static void deliver_put_ucs2(struct differential *r, struct deliver *d, size_t end)
{
    static const uint32_t blocks[] = {0x20, 0x400, 0x5D0, 0x900, 0x4E00, 0x2010, 0x1F600};
    while (d->len + 4 <= end) {
        uint8_t units[4];
        uint32_t code = blocks[differential_random(r, 7)] + differential_random(r, 64);
        size_t n = ucs2_encode(code, units);
        for (size_t i = 0; i < n; i++)
            deliver_put(d, units[i]);
    }
    if (differential_random(r, 50) == 0) { /* half a pair */
        deliver_put(d, 0xD8);
        deliver_put(d, 0x3D);
    }
}

static void deliver_put_user_data(struct differential *r, struct deliver *d, uint8_t dcs)
{
    struct dcs coding = dcs_decode(dcs);
    size_t begin = d->len + 1, end = begin + 16 + differential_random(r, 125);
    d->udl = d->len;
    deliver_put(d, 0); /* filled in below */
    if (d->octets[1 + d->octets[0]] & 0x40)
        deliver_put_header(r, d);
    bool plain = differential_random(r, 2); /* no escapes: every other septet border is kept */
    if (coding.alphabet == DCS_ALPHABET_UCS2)
        deliver_put_ucs2(r, d, end);
    else
        while (d->len < end)
            deliver_put(d, plain ? 0x20u + differential_random(r, 2) : differential_random(r, 256));
    size_t octets = d->len - begin;
    bool septets = coding.alphabet == DCS_ALPHABET_GSM7 && !coding.compressed;
    d->octets[d->udl] = (uint8_t)(septets ? octets * 8 / 7 : octets);
}

static void deliver_make(struct differential *r, struct deliver *d)
{
    static const uint8_t codings[] = {0x00, 0x00, 0x00, 0x04, 0x08, 0x08, 0x10, 0xF1, 0x19};
    *d = (struct deliver){.len = 0};
    if (differential_random(r, 2)) {
        deliver_put(d, 7);
        deliver_put(d, 0x91);
        deliver_put_digits(r, d, 12);
    } else {
        deliver_put(d, 0);
    }
    deliver_put(d, 0x04 | (differential_random(r, 3) == 0 ? 0x40 : 0));
    deliver_put_number(r, d);
    deliver_put(d, differential_random(r, 4) > 0 ? 0 : differential_random(r, 256));
    uint8_t dcs =
        (uint8_t)(differential_random(r, 4) > 0 ? codings[differential_random(r, sizeof(codings))]
                                                : differential_random(r, 256));
    deliver_put(d, dcs);
    deliver_put_scts(r, d);
    deliver_put_user_data(r, d, dcs);
    size_t at = 0;
    enum pdu_err err = pdu_decode(d->octets, d->len, true, &d->ours, &at);
    assert(err == PDU_OK);
}
