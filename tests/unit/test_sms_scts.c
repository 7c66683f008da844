/* tests/unit/test_sms_scts.c - time stamps that are none, zones on both sides of Greenwich, there
 * and back. */
#include "base/octets.h"
#include "sms/scts.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *name, *hex;
    bool valid, zone_valid;
    const char *text;
    int64_t wall_s;
} rows[] = {
    {"all FF", "FFFFFFFFFFFFFF", false, false, "", 0},
    {"all zero", "00000000000000", false, false, "", 0},
    {"month 13", "52318141516280", false, false, "", 0},
    {"30 February", "52200341516280", false, false, "", 0},
    {"hour 24", "52308142516280", false, false, "", 0},
    {"second 60", "52308141510680", false, false, "", 0},
    {"a nibble that is no digit", "5230814A516280", false, false, "", 0},
    {"zone that is no digit", "523081415162E1", true, false, "", 0},
    {"UTC", "52308141516200", true, true, "2025-03-18T14:15:26+00:00", 1742307326},
    {"minus zero", "52308141516208", true, true, "2025-03-18T14:15:26+00:00", 1742307326},
    {"two hours east", "52308141516280", true, true, "2025-03-18T14:15:26+02:00", 1742300126},
    {"nine and a half west", "5230814151628B", true, true, "2025-03-18T14:15:26-09:30", 1742341526},
    {"a quarter west", "99211332959518", true, true, "2099-12-31T23:59:59-00:15", 4102445699},
    {"29 February 2024", "42209200000000", true, true, "2024-02-29T00:00:00+00:00", 1709164800},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        uint8_t octets[SCTS_OCTETS], back[SCTS_OCTETS];
        char text[SCTS_RFC3339_SIZE];
        octets_from_hex(row->hex, strlen(row->hex), octets, sizeof(octets), NULL);
        struct scts t = scts_decode(octets);
        scts_rfc3339(&t, text);
        bool ok = t.valid == row->valid && t.zone_valid == row->zone_valid &&
                  strcmp(text, row->text) == 0 && t.wall.s == row->wall_s;
        if (ok && t.zone_valid) {
            scts_encode(&t.local, t.offset_min, back);
            bool minus_zero = octets[6] == 8; /* reads as zero, and is never written */
            ok = memcmp(octets, back, minus_zero ? 6 : 7) == 0;
        }
        if (!tap_ok(ok, "%s", row->name))
            tap_diag("got \"%s\"", text);
    }
    return tap_done();
}
