/* tests/differential/test_osmocom.c - random texts packed, and the fields of random SMS-DELIVER
 * PDUs read, here and by libosmogsm. */
#include "base/octets.h"
#include "base/utf8.h"
#include "differential/random_deliver.h"
#include "sms/gsm7.h"
#include "sms/tpdu.h"
#include <inttypes.h>
#include <osmocom/gsm/gsm0411_utils.h>
#include <osmocom/gsm/gsm_utils.h>
#include <osmocom/gsm/protocol/gsm_04_11.h>

#define ESCAPE 0x1B
#define SUBMIT_UDL 12 /* where TP-UDL is in a text to our number */
#define LATIN1_MAX 512
#define LACKING "\f\xA4\xA7\xBF"

/* What libosmogsm made of a PDU. */
struct sample {
    const struct deliver *d;
    const char *theirs;
};

/* What it shows for a septet where its table is another one; 0 where it is the same. Greek letters
 * have no place in Latin-1. */
static const uint8_t cells[128] = {
    [0x0C] = 0x89, [0x10] = 0xFF, [0x12] = 0xFF, [0x13] = 0xFF, [0x14] = 0x5E, [0x15] = 0xFF,
    [0x16] = 0xFF, [0x17] = 0xFF, [0x18] = 0xFF, [0x19] = 0xFF, [0x1A] = 0xFF, [0x24] = 0xFF,
    [0x40] = 0x7C, [0x5B] = 0xBB, [0x5C] = 0xAE, [0x5D] = 0xBD, [0x5E] = 0x93, [0x5F] = 0xFF,
    [0x60] = 0xFF, [0x7B] = 0xA7, [0x7C] = 0xBF, [0x7D] = 0xA8, [0x7E] = 0xBC,
};

/* The same after an escape, where the extension table has no row; 0: U+00FF. */
static const uint8_t escaped[128] = {
    [0x22] = 0x40, [0x24] = 0x01, [0x26] = 0x03, [0x45] = 0x5B, [0x46] = 0x0E, [0x47] = 0x1C,
    [0x48] = 0x09, [0x4A] = 0x1F, [0x52] = 0x5D, [0x57] = 0x5C, [0x59] = 0x0B, [0x5D] = 0x5E,
    [0x60] = 0x1E, [0x61] = 0x7F, [0x65] = 0x7B, [0x66] = 0x0F, [0x67] = 0x1D, [0x69] = 0x04,
    [0x6A] = 0x05, [0x6D] = 0x07, [0x72] = 0x7D, [0x73] = 0x08, [0x77] = 0x7C, [0x79] = 0x0C,
    [0x7A] = 0x06, [0x7D] = 0x7E,
};

static uint8_t cell_after_escape(uint8_t septet)
{
    if (memchr("\n\x14()/<=>@", septet, 9))
        return 0;
    return escaped[septet] ? escaped[septet] : 0xFF;
}

/* Returns whether they show what their tables have. */
static bool is_their_text(const struct sample *s, bool *ret_escape)
{
    const struct deliver *d = s->d;
    size_t at = (d->header * 8 + 6) / 7, count = d->octets[d->udl], len = 0;
    uint8_t septets[256];
    char text[PDU_TEXT_MAX + 1];
    *ret_escape = false;
    gsm7_unpack(d->octets + d->udl + 1, 0, septets, count);
    for (; at < count; at++) {
        uint8_t cell = cells[septets[at]];
        if (septets[at] == ESCAPE) {
            *ret_escape = true;
            at++;
            cell = at < count ? cell_after_escape(septets[at]) : 0xFF;
            if (cell == 0)
                len += gsm7_decode(septets + at - 1, 2, 0, 0, text + len, 2 * GSM7_UTF8_MAX);
        } else if (cell == 0) {
            len += gsm7_decode(septets + at, 1, 0, 0, text + len, GSM7_UTF8_MAX);
        }
        if (cell != 0)
            len += utf8_encode(cell, text + len);
    }
    text[len] = '\0';
    return strcmp(text, s->theirs) == 0;
}

static bool has_other_cells(const void *sample)
{
    bool escape;
    return is_their_text(sample, &escape) && !escape;
}

static bool has_other_escapes(const void *sample)
{
    bool escape;
    return is_their_text(sample, &escape) && escape;
}

static bool has_language(const void *sample)
{
    const struct udh *u = &((const struct sample *)sample)->d->ours.udh;
    return u->lang_locking > 0 || u->lang_single > 0;
}

static bool zone_is_missed(const void *sample)
{
    const struct sample *s = sample;
    const struct scts *t = &s->d->ours.scts;
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, t->wall.s + INT64_C(60) * t->offset_min);
    return strcmp(text, s->theirs) == 0;
}

static bool year_is_81(const void *sample)
{
    return ((const struct sample *)sample)->d->ours.scts.local.year > 2080;
}

static bool deletes_itself(const void *sample)
{
    return ((const struct sample *)sample)->d->ours.dcs >> 6 == 1;
}

static bool is_reserved_coding(const void *sample)
{
    uint8_t dcs = ((const struct sample *)sample)->d->ours.dcs;
    return dcs < 0x80 ? (dcs & 0x0C) == 0x0C : dcs < 0xC0;
}

static bool lacks_letter(const void *sample)
{
    return strpbrk(sample, LACKING) != NULL;
}

static struct reason text_reasons[] = {
    {"octets", "no form feed, currency sign, section sign or inverted question mark",
     "23.038 6.2.1", lacks_letter, 0},
};

static struct reason pdu_reasons[] = {
    {"alphabet", "messages that delete themselves are not known", "23.038 4", deletes_itself, 0},
    {"alphabet", "reserved codings have no alphabet", "23.038 4", is_reserved_coding, 0},
    {"time", "the zone is read from the octet after it", "23.040 9.2.3.11", zone_is_missed, 0},
    {"time", "years from 81 on are 19yy", "23.040 9.2.3.11", year_is_81, 0},
    {"text", "national languages are not known", "23.038 6.2.1.2", has_language, 0},
    {"text", "23 septets are other characters", "23.038 6.2.1", has_other_cells, 0},
    {"text", "an escape without a meaning is no character", "23.038 6.2.1.1", has_other_escapes, 0},
};

static void show_value(const char *who, const char *value)
{
    char shown[4 * PDU_TEXT_MAX + 1];
    utf8_printable(value, strlen(value), false, shown, sizeof(shown));
    tap_diag("    %-8s %s", who, shown);
}

static void compare(struct differential *r, const struct deliver *d, const char *field,
                    const char *ours, const char *theirs)
{
    struct sample sample = {d, theirs};
    char hex[PDU_HEX_MAX + 1];
    if (strcmp(ours, theirs) == 0 || differential_explain(r, field, &sample))
        return;
    octets_to_hex(d->octets, d->len, hex);
    tap_diag("%s of %s", field, hex);
    show_value("here", ours);
    show_value("libosmogsm", theirs);
}

/* libosmogsm speaks Latin-1. */
static void from_latin1(const char *text, char *ret)
{
    for (; *text; text++)
        ret += utf8_encode((uint8_t)*text, ret);
    *ret = '\0';
}

static void compare_text(struct differential *r, const struct deliver *d)
{
    char decoded[LATIN1_MAX], theirs[2 * LATIN1_MAX];
    bool header = d->header > 0;
    if (d->ours.coding.alphabet != DCS_ALPHABET_GSM7 || d->ours.coding.compressed)
        return;
    gsm_7bit_decode_n_hdr(decoded, sizeof(decoded), d->octets + d->udl + 1, d->octets[d->udl],
                          header);
    from_latin1(decoded, theirs);
    compare(r, d, "text", d->ours.text, theirs);
}

static const char *alphabet_name(uint8_t dcs)
{
    switch (gsm338_get_sms_alphabet(dcs)) {
    case DCS_7BIT_DEFAULT:
        return "gsm7";
    case DCS_UCS2:
        return "ucs2";
    case DCS_8BIT_DATA:
        return "8bit";
    case DCS_NONE:
        break;
    }
    return "none";
}

/* It takes anything for a time, so only what is one is asked for. */
static void compare_time(struct differential *r, const struct deliver *d)
{
    char ours[24], theirs[24];
    uint8_t scts[SCTS_OCTETS + 1] = {0}; /* it reads one too many */
    if (!d->ours.scts.valid || !d->ours.scts.zone_valid)
        return;
    memcpy(scts, d->octets + d->scts, SCTS_OCTETS);
    snprintf(ours, sizeof(ours), "%" PRId64, d->ours.scts.wall.s);
    snprintf(theirs, sizeof(theirs), "%" PRId64, (int64_t)gsm340_scts(scts));
    compare(r, d, "time", ours, theirs);
}

/* The digits as they were read, written again. */
static void compare_number(struct differential *r, const struct deliver *d)
{
    const struct address *a = &d->ours.number;
    char ours[2 * ADDRESS_OCTETS_MAX + 1], theirs[2 * ADDRESS_OCTETS_MAX + 1] = "";
    uint8_t octets[ADDRESS_OCTETS_MAX];
    if (a->type == ADDRESS_ALPHANUMERIC)
        return;
    struct octets_writer w = octets_writer(octets, sizeof(octets));
    address_write(&w, a);
    octets_to_hex(octets, w.len, ours);
    int len =
        gsm340_gen_oa(octets, sizeof(octets), (uint8_t)a->type, 1, a->text + (a->text[0] == '+'));
    if (len > 0)
        octets_to_hex(octets, (size_t)len, theirs);
    compare(r, d, "number", ours, theirs);
}

static void compare_pdus(void)
{
    struct differential r =
        differential_start(pdu_reasons, sizeof(pdu_reasons) / sizeof(pdu_reasons[0]));
    static struct deliver d;
    for (; r.rounds < DIFFERENTIAL_ROUNDS; r.rounds++) {
        deliver_make(&r, &d);
        if (!d.ours.coding.compressed)
            compare(&r, &d, "alphabet", dcs_alphabet_name(d.ours.coding.alphabet),
                    alphabet_name(d.ours.dcs));
        compare_number(&r, &d);
        compare_time(&r, &d);
        compare_text(&r, &d);
    }
    differential_end(&r, "PDUs");
}

/* Text of what is Latin-1 in the GSM alphabet, one in ten with what libosmogsm lacks. Returns its
 * length, and the same in Latin-1. */
static size_t random_text(struct differential *r, size_t septets, char *ret, char *ret_latin1)
{
    bool any = differential_random(r, 10) == 0;
    size_t len = 0;
    while (septets > 0) {
        uint8_t pair[] = {ESCAPE, (uint8_t)differential_random(r, 128)};
        size_t plain = differential_random(r, 4) > 0 || septets < 2;
        uint32_t code;
        size_t n = gsm7_decode(pair + plain, 2 - plain, 0, 0, ret + len, 2 * GSM7_UTF8_MAX);
        if (n == 0 || utf8_decode(ret + len, n, &code) == 0 || code > 0xFF)
            continue;
        if (!any && strchr(LACKING, (int)code))
            continue;
        septets -= gsm7_encode(code, pair);
        *ret_latin1++ = (char)code;
        len += n;
    }
    *ret_latin1 = '\0';
    return len;
}

static void compare_texts(void)
{
    struct differential r =
        differential_start(text_reasons, sizeof(text_reasons) / sizeof(text_reasons[0]));
    for (; r.rounds < DIFFERENTIAL_ROUNDS; r.rounds++) {
        static const uint8_t widths[] = {0, 8, 16};
        struct tpdu_submit submit = {.to = {ADDRESS_INTERNATIONAL, "+447700900321"}};
        char text[LATIN1_MAX], latin1[LATIN1_MAX], ours[PDU_HEX_MAX + 1], theirs[PDU_HEX_MAX + 1];
        uint8_t octets[PDU_OCTETS_MAX], septets[LATIN1_MAX], header = 0;
        struct udh_concat *c = &submit.user_data.concat;
        *c = (struct udh_concat){widths[differential_random(&r, 3)], 0x7B, 3, 2};
        size_t room = c->bits == 0 ? 160 : c->bits == 8 ? 153 : 152;
        submit.user_data.text = text;
        submit.user_data.text_len =
            random_text(&r, differential_random(&r, (uint32_t)room + 1), text, latin1);
        struct octets_writer w = octets_writer(octets, sizeof(octets));
        tpdu_submit_encode(&w, &submit);
        header = c->bits == 0 ? 0 : (uint8_t)(1 + octets[SUBMIT_UDL + 1]);
        octets_to_hex(octets + SUBMIT_UDL + 1 + header, w.len - SUBMIT_UDL - 1 - header, ours);
        int count = gsm_septet_encode(septets, latin1);
        uint8_t packed[PDU_OCTETS_MAX];
        int len = gsm_septet_pack(packed, septets, (size_t)count, c->bits == 8);
        octets_to_hex(packed, (size_t)len, theirs);
        if (strcmp(ours, theirs) != 0 && !differential_explain(&r, "octets", latin1)) {
            tap_diag("octets of %s, %u bits", latin1, c->bits);
            show_value("here", ours);
            show_value("libosmogsm", theirs);
        }
    }
    differential_end(&r, "texts");
}

int main(void)
{
    if (!freopen("/dev/null", "w", stderr)) /* where it complains of each digit above 9 */
        return 1;
    compare_texts();
    compare_pdus();
    return tap_done();
}
