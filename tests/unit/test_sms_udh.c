/* tests/unit/test_sms_udh.c - headers, sound and not. */
#include "base/octets.h"
#include "sms/udh.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *name, *hex; /* what follows UDHL */
    struct udh udh;
} rows[] = {
    {"an element past the end", "0003070201050B84", {.malformed = true, .concat = {8, 7, 2, 1}}},
    {"an element without a length", "000307020105", {.malformed = true, .concat = {8, 7, 2, 1}}},
    {"total 0", "0003550001", {0}},
    {"part 0", "0003550200", {0}},
    {"part 2 of 1", "080400550102", {0}},
    {"concatenation of a wrong length", "00020702", {0}},
    {"ports of a wrong length", "05030B8423", {0}},
    {"unknown element", "7F03AABBCC", {0}},
    {"empty", "", {0}},
    {"8-bit reference", "0003FF0301", {.concat = {8, 255, 3, 1}}},
    {"16-bit reference", "0804BEEF0303", {.concat = {16, 0xBEEF, 3, 3}}},
    {"the last of two counts", "0003070201080400120202", {.concat = {16, 0x12, 2, 2}}},
    {"a bad one after a good one", "00030702010003070203", {.concat = {8, 7, 2, 1}}},
    {"8-bit ports", "0402F0F1", {.ports = {8, 240, 241}}},
    {"16-bit ports", "05040B8423F0", {.ports = {16, 2948, 9200}}},
    {"languages", "25010D240103", {.lang_locking = 13, .lang_single = 3}},
    {"voicemails, to be kept",
     "01028003",
     {.special_count = 1, .special = {{DCS_WAITING_VOICEMAIL, true, 3}}}},
    {"video message, profile 2",
     "01022701",
     {.special_count = 1, .special = {{DCS_WAITING_OTHER, false, 1}}}},
    {"five waiting elements",
     "01020001010201010102020101020301010200FF",
     {.special_count = 4,
      .special = {{DCS_WAITING_VOICEMAIL, false, 1},
                  {DCS_WAITING_FAX, false, 1},
                  {DCS_WAITING_EMAIL, false, 1},
                  {DCS_WAITING_OTHER, false, 1}}}},
};

static bool same(const struct udh *a, const struct udh *b)
{
    bool ok = a->malformed == b->malformed && a->concat.bits == b->concat.bits &&
              a->concat.ref == b->concat.ref && a->concat.total == b->concat.total &&
              a->concat.seq == b->concat.seq && a->ports.bits == b->ports.bits &&
              a->ports.dst == b->ports.dst && a->ports.src == b->ports.src &&
              a->lang_locking == b->lang_locking && a->lang_single == b->lang_single &&
              a->special_count == b->special_count;
    for (size_t i = 0; ok && i < a->special_count; i++)
        ok = a->special[i].type == b->special[i].type &&
             a->special[i].store == b->special[i].store &&
             a->special[i].count == b->special[i].count;
    return ok;
}

static void test_encode(uint8_t bits, uint16_t ref, const char *expected)
{
    struct udh_concat c = {bits, ref, 3, 2};
    uint8_t octets[7];
    char hex[15];
    struct udh u;
    size_t len = udh_encode_concat(&c, octets);
    octets_to_hex(octets, len, hex);
    udh_decode(octets + 1, len - 1, &u);
    tap_ok(strcmp(hex, expected) == 0 && u.concat.bits == bits && u.concat.ref == ref &&
               u.concat.total == 3 && u.concat.seq == 2,
           "written with %u bits", (unsigned)bits);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        uint8_t octets[32];
        struct udh u;
        int len = octets_from_hex(row->hex, strlen(row->hex), octets, sizeof(octets), NULL);
        udh_decode(octets, len > 0 ? (size_t)len : 0, &u);
        tap_ok(len >= 0 && u.present && same(&u, &row->udh), "%s", row->name);
    }
    test_encode(8, 0x2A, "0500032A0302");
    test_encode(16, 0x1234, "06080412340302");
    return tap_done();
}
