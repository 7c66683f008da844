/* tests/fuzz/fuzz_report.c - an SMS-STATUS-REPORT TPDU (3GPP TS 23.040 9.2.2.3): the input is its
 * octets, with TP-MTI made 2. What is read and written again reads the same. */
#include "fuzz/decoded.h"
#include "sms/tpdu.h"

#define MTI 0x03

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_time(const struct scts *a, const struct scts *b)
{
    return a->valid == b->valid && a->zone_valid == b->zone_valid && a->wall.s == b->wall.s &&
           a->offset_min == b->offset_min && a->local.second == b->local.second;
}

/* TP-ST is the octet before p->end, and the two time stamps stand before it. */
static void write_again(const struct pdu *p, const uint8_t *octets)
{
    struct tpdu_status_report t = {.mr = p->mr, .to = p->number, .status = p->status};
    const uint8_t *stamps = octets + p->end - 1 - 2 * SCTS_OCTETS;
    uint8_t again[PDU_OCTETS_MAX];
    struct pdu back;
    size_t at = 0;
    memcpy(t.scts, stamps, SCTS_OCTETS);
    memcpy(t.discharge, stamps + SCTS_OCTETS, SCTS_OCTETS);
    struct octets_writer w = octets_writer(again, sizeof(again));
    tpdu_status_report_encode(&w, &t);
    assert(octets_written(&w));
    enum pdu_err err = pdu_decode(again, w.len, false, &back, &at);
    assert(err == PDU_OK);
    assert(back.end == w.len);
    assert(back.mr == p->mr && back.status == p->status);
    assert(back.outcome == p->outcome && back.final == p->final);
    assert(same_time(&back.scts, &p->scts));
    assert(same_time(&back.discharge, &p->discharge));
    /* A name of eight letters may lose an @ that could be filling. */
    if (p->number.type != ADDRESS_ALPHANUMERIC)
        assert(strcmp(back.number.text, p->number.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t octets[PDU_OCTETS_MAX + 1];
    struct pdu p;
    size_t at = 0;
    if (size == 0 || size > sizeof(octets))
        return 0;
    memcpy(octets, data, size);
    octets[0] = (uint8_t)((octets[0] & ~MTI) | PDU_STATUS_REPORT);
    enum pdu_err err = pdu_decode(octets, size, false, &p, &at);
    decoded_check(err, &p, at, size);
    if (err != PDU_OK)
        return 0;
    assert(p.type == PDU_STATUS_REPORT);
    assert(!p.has_text);
    assert(p.final || p.outcome == PDU_TEMPORARY);
    assert((p.outcome == PDU_DELIVERED) == (p.status < 0x20));
    write_again(&p, octets);
    return 0;
}
