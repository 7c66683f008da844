/* tests/fuzz/fuzz_pdu.c - a PDU as a modem prints it: hex digits or anything else, with the SMSC or
 * without. */
#include "fuzz/decoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pdu p;
    for (int smsc_present = 0; smsc_present <= 1; smsc_present++) {
        size_t at = 0;
        enum pdu_err err = pdu_decode_hex((const char *)data, size, smsc_present != 0, &p, &at);
        decoded_check(err, &p, at, size / 2);
        err = pdu_decode(data, size, smsc_present != 0, &p, &at);
        decoded_check(err, &p, at, size);
    }
    return 0;
}
