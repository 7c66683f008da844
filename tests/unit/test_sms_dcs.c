/* tests/unit/test_sms_dcs.c - one row or more for each coding group of 3GPP TS 23.038 clause 4. */
#include "sms/dcs.h"
#include "tap.h"
#include <stddef.h>
#include <string.h>

static const struct row {
    uint8_t octet;
    const char *alphabet;
    int8_t message_class;
    bool compressed;
    const char *waiting; /* NULL: not a waiting indication */
    bool active, store;
} rows[] = {
    {0x0C, "gsm7", -1, false, NULL, false, false}, /* reserved alphabet */
    {0x80, "gsm7", -1, false, NULL, false, false}, /* reserved groups */
    {0xBF, "gsm7", -1, false, NULL, false, false},
    {0x00, "gsm7", -1, false, NULL, false, false},
    {0x03, "gsm7", -1, false, NULL, false, false}, /* class bits without bit 4 */
    {0x04, "8bit", -1, false, NULL, false, false},
    {0x08, "ucs2", -1, false, NULL, false, false},
    {0x10, "gsm7", 0, false, NULL, false, false},
    {0x19, "ucs2", 1, false, NULL, false, false},
    {0x28, "ucs2", -1, true, NULL, false, false},
    {0x53, "gsm7", 3, false, NULL, false, false},
    {0x7A, "ucs2", 2, true, NULL, false, false},
    {0xC0, "gsm7", -1, false, "voicemail", false, false},
    {0xC9, "gsm7", -1, false, "fax", true, false},
    {0xDA, "gsm7", -1, false, "email", true, true},
    {0xD7, "gsm7", -1, false, "other", false, true}, /* bit 2 is reserved, not 8 bit */
    {0xE8, "ucs2", -1, false, "voicemail", true, true},
    {0xF0, "gsm7", 0, false, NULL, false, false},
    {0xF5, "8bit", 1, false, NULL, false, false},
    {0xFE, "8bit", 2, false, NULL, false, false}, /* bit 3 is reserved */
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct dcs d = dcs_decode(row->octet);
        bool ok = strcmp(dcs_alphabet_name(d.alphabet), row->alphabet) == 0 &&
                  d.message_class == row->message_class && d.compressed == row->compressed &&
                  d.waiting == (row->waiting != NULL);
        if (row->waiting)
            ok = ok && strcmp(dcs_waiting_name(d.waiting_type), row->waiting) == 0 &&
                 d.waiting_active == row->active && d.waiting_store == row->store;
        tap_ok(ok, "0x%02X", (unsigned)row->octet);
    }
    return tap_done();
}
