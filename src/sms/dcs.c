#include "sms/dcs.h"
#include <assert.h>
#include <stddef.h>

/* 00xx and 01xx: general data coding, and the same with automatic deletion. */
static struct dcs decode_general(uint8_t octet)
{
    static const enum dcs_alphabet alphabets[] = {
        DCS_ALPHABET_GSM7, DCS_ALPHABET_8BIT, DCS_ALPHABET_UCS2, DCS_ALPHABET_GSM7, /* reserved */
    };
    return (struct dcs){
        .alphabet = alphabets[octet >> 2 & 3],
        .message_class = octet & 0x10 ? (int8_t)(octet & 3) : DCS_CLASS_NONE,
        .compressed = (octet & 0x20) != 0,
    };
}

/* 1100, 1101 and 1110: message waiting, discard or store. Bits 3 and 2 are no alphabet here. */
static struct dcs decode_waiting(uint8_t octet)
{
    return (struct dcs){
        .alphabet = octet >= 0xE0 ? DCS_ALPHABET_UCS2 : DCS_ALPHABET_GSM7,
        .message_class = DCS_CLASS_NONE,
        .waiting = true,
        .waiting_active = (octet & 8) != 0,
        .waiting_store = octet >= 0xD0,
        .waiting_type = (enum dcs_waiting)(octet & 3),
    };
}

struct dcs dcs_decode(uint8_t octet)
{
    if (octet < 0x80)
        return decode_general(octet);
    if (octet < 0xC0) /* reserved coding groups */
        return (struct dcs){.alphabet = DCS_ALPHABET_GSM7, .message_class = DCS_CLASS_NONE};
    if (octet < 0xF0)
        return decode_waiting(octet);
    return (struct dcs){
        .alphabet = octet & 4 ? DCS_ALPHABET_8BIT : DCS_ALPHABET_GSM7,
        .message_class = (int8_t)(octet & 3),
    };
}

const char *dcs_alphabet_name(enum dcs_alphabet a)
{
    static const char *const names[] = {"gsm7", "8bit", "ucs2"};
    assert((size_t)a < sizeof(names) / sizeof(names[0]));
    return names[a];
}

const char *dcs_waiting_name(enum dcs_waiting w)
{
    static const char *const names[] = {"voicemail", "fax", "email", "other"};
    assert((size_t)w < sizeof(names) / sizeof(names[0]));
    return names[w];
}
