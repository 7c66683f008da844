/* tests/unit/test_sms_address.c - numbers as text, and as octets there and back. */
#include "base/octets.h"
#include "sms/address.h"
#include "tap.h"
#include <errno.h>
#include <string.h>

static const struct parse_row {
    const char *text;
    int err;
    const char *octets; /* of the TP address, hex */
} parse_rows[] = {
    {"", -EINVAL, NULL},
    {"+", -EINVAL, NULL},
    {"++44", -EINVAL, NULL},
    {"44+", -EINVAL, NULL},
    {"07700 900321", -EINVAL, NULL},
    {"07700d", -EINVAL, NULL},
    {"123456789012345678901", -EINVAL, NULL},
    {"+123456789012345678901", -EINVAL, NULL},
    {"+12345678901234567890", 0, "149121436587092143658709"},
    {"1", 0, "0181F1"},
    {"60777", 0, "05810677F7"},
    {"+447700900321", 0, "0C91447700093012"},
    {"*100#", 0, "05811A00FB"},
    {"abc", 0, "0381DCFE"},
};

static void test_parse(void)
{
    for (size_t i = 0; i < sizeof(parse_rows) / sizeof(parse_rows[0]); i++) {
        const struct parse_row *row = &parse_rows[i];
        struct address a = {.type = ADDRESS_UNKNOWN}, back;
        uint8_t octets[ADDRESS_OCTETS_MAX];
        char hex[2 * ADDRESS_OCTETS_MAX + 1] = "";
        bool ok = address_parse(row->text, &a) == row->err;
        if (ok && row->err == 0) {
            struct octets_writer w = octets_writer(octets, sizeof(octets));
            address_write(&w, &a);
            octets_to_hex(octets, w.len, hex);
            struct octets_reader r = octets_reader(octets, w.len);
            address_read(&r, &back);
            ok = octets_written(&w) && octets_ok(&r) && octets_left(&r) == 0 &&
                 strcmp(hex, row->octets) == 0 && back.type == a.type &&
                 strcmp(back.text, row->text) == 0;
        }
        if (!tap_ok(ok, "\"%s\"", row->text))
            tap_diag("got %s", hex);
    }
}

static const struct read_row {
    const char *name, *hex;
    bool smsc, ok;
    enum address_type type;
    const char *text;
} read_rows[] = {
    {"no octets", "", false, false, ADDRESS_UNKNOWN, ""},
    {"length alone", "04", false, false, ADDRESS_UNKNOWN, ""},
    {"digits missing", "049112", false, false, ADDRESS_INTERNATIONAL, ""},
    {"21 digits", "15910000000000000000000000", false, false, ADDRESS_UNKNOWN, ""},
    {"SMSC of 12 octets", "0C91000000000000000000000000", true, false, ADDRESS_UNKNOWN, ""},
    {"no SMSC", "00", true, true, ADDRESS_UNKNOWN, ""},
    {"SMSC type alone", "0191", true, true, ADDRESS_INTERNATIONAL, ""},
    {"SMSC", "0691214365F7", true, false, ADDRESS_UNKNOWN, ""},
    {"SMSC of 9 digits", "069121436587F9", true, true, ADDRESS_INTERNATIONAL, "+123456789"},
    {"no digits", "0091", false, true, ADDRESS_INTERNATIONAL, ""},
    {"filler alone is no number", "0491FFFF", false, true, ADDRESS_INTERNATIONAL, ""},
    {"filler in the middle is left out", "04912FF4", false, true, ADDRESS_INTERNATIONAL, "+24"},
    {"abbreviated", "04E12143", false, true, ADDRESS_ABBREVIATED, "1234"},
    {"reserved type", "04F12143", false, true, ADDRESS_RESERVED, "1234"},
    {"name of 7 letters told as 14 semi-octets", "0ED0C3309B0DAACF01", false, true,
     ADDRESS_ALPHANUMERIC, "Call us"},
    {"name of 7 letters told as 13", "0DD0C3309B0DAACF01", false, true, ADDRESS_ALPHANUMERIC,
     "Call us"},
    {"name that is one @", "02D000", false, true, ADDRESS_ALPHANUMERIC, "@"},
    {"name of control characters", "04D08D06", false, true, ADDRESS_ALPHANUMERIC, "\r\r"},
};

static void test_read(void)
{
    for (size_t i = 0; i < sizeof(read_rows) / sizeof(read_rows[0]); i++) {
        const struct read_row *row = &read_rows[i];
        uint8_t octets[16];
        struct address a;
        int len = octets_from_hex(row->hex, strlen(row->hex), octets, sizeof(octets), NULL);
        struct octets_reader r = octets_reader(octets, (size_t)len);
        if (row->smsc)
            address_read_smsc(&r, &a);
        else
            address_read(&r, &a);
        bool ok = octets_ok(&r) == row->ok;
        if (row->ok)
            ok =
                ok && octets_left(&r) == 0 && a.type == row->type && strcmp(a.text, row->text) == 0;
        if (!tap_ok(ok, "%s", row->name))
            tap_diag("%s \"%s\"", address_type_name(a.type), a.text);
    }
}

int main(void)
{
    test_parse();
    test_read();
    return tap_done();
}
