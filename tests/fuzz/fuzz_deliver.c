/* tests/fuzz/fuzz_deliver.c - an SMS-DELIVER TPDU (3GPP TS 23.040 9.2.2.1): the input is its
 * octets, with TP-MTI made 0 so that each input is one. */
#include "fuzz/decoded.h"

#define MTI 0x03

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t octets[PDU_OCTETS_MAX + 1];
    struct pdu p;
    size_t at = 0;
    if (size == 0 || size > sizeof(octets))
        return 0;
    memcpy(octets, data, size);
    octets[0] &= (uint8_t)~MTI;
    enum pdu_err err = pdu_decode(octets, size, false, &p, &at);
    decoded_check(err, &p, at, size);
    if (err != PDU_OK)
        return 0;
    assert(p.type == PDU_DELIVER);
    assert(p.has_text || p.text_len == 0);
    assert(p.udh.concat.bits == 0 || p.udh.concat.seq <= p.udh.concat.total);
    assert(!p.waiting || p.coding.waiting || p.udh.special_count > 0);
    assert(pdu_replace_type(&p) <= 7);
    return 0;
}
