/* tests/unit/test_modem_family.c - which port of which modem is asked first. */
#include "modem/family.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *name;
    struct family_port port;
    enum family_rank rank;
} rows[] = {
    {"A7602E's port that must be left alone", {0x1e0e, 0x9011, 2, 2, 255, 0, 0}, FAMILY_NEVER},
    {"Huawei's port to dial with", {0x12d1, 0x1506, 0, 0, 255, 2, 1}, FAMILY_LAST},
    {"Huawei's port to dial with, where an older stick has its AT port",
     {0x12d1, 0x1506, 3, 1, 255, 1, 1},
     FAMILY_LAST},
    {"SIM7600's diagnostics", {0x1e0e, 0x9001, 0, 0, 255, 255, 255}, FAMILY_LAST},
    {"EG810M's first", {0x2c7c, 0x6002, 4, 0, 255, 0, 0}, FAMILY_LAST},
    {"SIM7600's second AT port", {0x1e0e, 0x9001, 3, 3, 255, 0, 0}, FAMILY_SECOND},
    {"an adapter cable", {0x0403, 0x6001, 0, 0, 255, 255, 255}, FAMILY_POSSIBLE},
    {"something unknown", {0x2341, 0x0043, 0, 0, 2, 2, 1}, FAMILY_POSSIBLE},
    {"a product of Quectel's that is not in the table",
     {0x2c7c, 0xfff0, 1, 1, 255, 0, 0},
     FAMILY_LIKELY},
    {"EC200U: nobody knows which", {0x2c7c, 0x0901, 4, 1, 255, 0, 0}, FAMILY_LIKELY},
    {"another one of Huawei's: no class of theirs", {0x12d1, 0xfff0, 0, 0, 2, 2, 1}, FAMILY_LIKELY},
    {"or no protocol", {0x12d1, 0xfff0, 0, 0, 255, 2, 0}, FAMILY_LIKELY},
    {"or another subclass", {0x12d1, 0xfff0, 0, 0, 255, 6, 2}, FAMILY_LAST},
    {"or one out of range", {0x12d1, 0xfff0, 0, 0, 255, 33, 2}, FAMILY_LAST},
    {"SIM7600, and nobody tells which port", {0x1e0e, 0x9001, -1, 2, 255, 0, 0}, FAMILY_LAST},
    {"Huawei's PCUI", {0x12d1, 0x1506, 1, 1, 255, 2, 2}, FAMILY_FIRST},
    {"Huawei's PCUI, the other subclass", {0x12d1, 0x1442, 1, 1, 255, 1, 2}, FAMILY_FIRST},
    {"E171 without classes of Huawei's", {0x12d1, 0x1506, 3, 2, 255, 255, 255}, FAMILY_FIRST},
    {"SIM7600's third", {0x1e0e, 0x9001, 2, 2, 255, 0, 0}, FAMILY_FIRST},
    {"EC25's third", {0x2c7c, 0x0125, 2, 2, 255, 0, 0}, FAMILY_FIRST},
    {"EG810M's second", {0x2c7c, 0x6002, 5, 1, 255, 0, 0}, FAMILY_FIRST},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum family_rank rank = family_rank(&rows[i].port);
        if (!tap_ok(rank == rows[i].rank, "%s", rows[i].name))
            tap_diag("rank %d", (int)rank);
    }
    tap_ok(strcmp(family_name(0x2341, 0x0043), "") == 0, "an unknown name");
    tap_ok(strcmp(family_name(0x2c7c, 0x0306), "Quectel EG06") == 0, "a known name");
    tap_ok(strcmp(family_name(0x12d1, 0x1446), "Huawei before mode switch") == 0,
           "the product counts more than the vendor");
    tap_ok(family_lack(0x12d1, 0x1506) == FAMILY_LACK_NOTHING &&
               family_lack(0x2341, 0x0043) == FAMILY_LACK_NOTHING,
           "modems with ports");
    tap_ok(family_lack(0x12d1, 0x1446) == FAMILY_LACK_SWITCH &&
               family_lack(0x12d1, 0x14fe) == FAMILY_LACK_SWITCH,
           "sticks that are still a disk");
    tap_ok(family_lack(0x12d1, 0x14dc) == FAMILY_LACK_FIRMWARE &&
               family_lack(0x12d1, 0x1f01) == FAMILY_LACK_FIRMWARE,
           "HiLink: no switch makes a port");
    return tap_done();
}
