/* tests/differential/test_gammu.c - random texts packed, and random SMS-DELIVER PDUs read, here and
 * by libgammu. */
#include "base/octets.h"
#include "base/utf8.h"
#include "differential/random_deliver.h"
#include "sms/compose.h"
#include "sms/gsm7.h"
#include <gammu.h>

#define ESCAPE 0x1B
#define THEIRS_MAX (4 * GSM_MAX_SMS_LENGTH)
#define ANN "+447700900321"
#define UD_OCTETS 140
#define SUBMIT_UDL 13 /* where TP-UDL is in a text to our number */

static const struct deliver *deliver(const void *sample)
{
    return sample;
}

static bool has_letter(const char *number)
{
    return strpbrk(number, "*#abc") != NULL;
}

static bool number_has_letter(const void *sample)
{
    const struct address *a = &deliver(sample)->ours.number;
    return a->type != ADDRESS_ALPHANUMERIC && has_letter(a->text);
}

/* Whether a letter of a name has another number in ASCII. */
static bool name_is_not_ascii(const void *sample)
{
    const struct deliver *d = sample;
    uint8_t septets[16];
    size_t count = (size_t)d->octets[d->address] * 4 / 7;
    if (d->ours.number.type != ADDRESS_ALPHANUMERIC)
        return false;
    gsm7_unpack(d->octets + d->address + 2, 0, septets, count);
    for (size_t i = 0; i < count; i++) {
        char letter[GSM7_UTF8_MAX];
        size_t len = gsm7_decode(septets + i, 1, 0, 0, letter, sizeof(letter));
        if (len != 1 || letter[0] != (char)septets[i])
            return true;
    }
    return false;
}

static bool smsc_has_letter(const void *sample)
{
    return has_letter(deliver(sample)->ours.smsc.text);
}

static bool year_is_90(const void *sample)
{
    const struct scts *t = &deliver(sample)->ours.scts;
    return t->valid && t->zone_valid && t->local.year >= 2090;
}

static bool time_is_none(const void *sample)
{
    const struct scts *t = &deliver(sample)->ours.scts;
    return !t->valid || !t->zone_valid;
}

static bool deletes_itself(const void *sample)
{
    return deliver(sample)->ours.dcs >> 6 == 1;
}

static bool concat_is_second(const void *sample)
{
    const struct deliver *d = sample;
    return d->ours.udh.concat.bits > 0 && d->ours.udh.ports.bits > 0;
}

static bool concat_is_senseless(const void *sample)
{
    const struct udh *u = &deliver(sample)->ours.udh;
    return u->present && u->concat.bits == 0;
}

static bool is_compressed(const void *sample)
{
    return deliver(sample)->ours.coding.compressed;
}

static bool is_reserved_coding(const void *sample)
{
    uint8_t dcs = deliver(sample)->ours.dcs;
    if (dcs < 0x80)
        return (dcs & 0x0C) == 0x0C;
    return dcs < 0xC0 || (dcs < 0xE0 && (dcs & 4)) || dcs >= 0xF8;
}

static bool has_language(const void *sample)
{
    const struct udh *u = &deliver(sample)->ours.udh;
    return u->lang_locking > 0 || u->lang_single > 0;
}

static bool has_half_pair(const void *sample)
{
    const struct pdu *p = &deliver(sample)->ours;
    return p->coding.alphabet == DCS_ALPHABET_UCS2 && ucs2_tail(p->data, p->data_len) > 0;
}

/* Whether an escape stands before a code that the extension table lacks, or at the end. */
static bool has_bare_escape(const void *sample)
{
    const struct deliver *d = sample;
    size_t header = (d->header * 8 + 6) / 7, count = d->octets[d->udl];
    uint8_t septets[256];
    if (d->ours.coding.alphabet != DCS_ALPHABET_GSM7)
        return false;
    gsm7_unpack(d->octets + d->udl + 1, 0, septets, count);
    for (size_t i = header; i < count; i++) {
        if (septets[i] != ESCAPE)
            continue;
        if (++i == count || !memchr("\n\x14()/<=>@e", septets[i], 10))
            return true;
    }
    return false;
}

static struct reason pdu_reasons[] = {
    {"number", "digits above 9 are left out or shown as others", "23.040 9.1.2.3",
     number_has_letter, 0},
    {"number", "names are taken for ASCII", "23.040 9.1.2.5", name_is_not_ascii, 0},
    {"smsc", "digits above 9 are left out", "23.040 9.1.2.3", smsc_has_letter, 0},
    {"time", "years from 90 on are read as 1990 + yy", "23.040 9.2.3.11", year_is_90, 0},
    {"time", "an impossible time or zone is handed on", "23.040 9.2.3.11", time_is_none, 0},
    {"class", "the class of a message that deletes itself is not read", "23.038 4", deletes_itself,
     0},
    {"concat", "a header is known by its first element only", "23.040 9.2.3.24", concat_is_second,
     0},
    {"concat", "part 4 of 3 is taken", "23.040 9.2.3.24.1", concat_is_senseless, 0},
    {"error", "compressed text is refused", "23.038 4", is_compressed, 0},
    {"error", "reserved codings are refused", "23.038 4", is_reserved_coding, 0},
    {"text", "national languages are not known", "23.038 6.2.1.2", has_language, 0},
    {"text", "half a surrogate pair is a character", "23.040 9.2.3.24.1", has_half_pair, 0},
    {"text", "an escape without a meaning is shown as a sign", "23.038 6.2.1.1", has_bare_escape,
     0},
};

/* Writes UTF-16, big end first and ended by a NUL, as UTF-8. */
static void from_utf16(const unsigned char *units, size_t count, char *ret)
{
    size_t len = ucs2_decode(units, 2 * count, ret, 3 * count);
    ret[len] = '\0';
}

static void show_value(const char *who, const char *value)
{
    char shown[4 * PDU_TEXT_MAX + 1];
    utf8_printable(value, strlen(value), false, shown, sizeof(shown));
    tap_diag("    %-8s %s", who, shown);
}

static void show(const struct deliver *d, const char *field, const char *ours, const char *theirs)
{
    char hex[PDU_HEX_MAX + 1];
    octets_to_hex(d->octets, d->len, hex);
    tap_diag("%s of %s", field, hex);
    show_value("here", ours);
    show_value("libgammu", theirs);
}

static void compare(struct differential *r, const struct deliver *d, const char *field,
                    const char *ours, const char *theirs)
{
    if (strcmp(ours, theirs) != 0 && !differential_explain(r, field, d))
        show(d, field, ours, theirs);
}

static void time_text(const GSM_DateTime *t, char ret[64])
{
    int zone = t->Timezone / 60, away = zone < 0 ? -zone : zone;
    snprintf(ret, 64, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", t->Year, t->Month, t->Day,
             t->Hour, t->Minute, t->Second, zone < 0 ? '-' : '+', away / 60, away % 60);
}

/* The user data: octets in hex, or the text. */
static void compare_user_data(struct differential *r, const struct deliver *d,
                              const GSM_SMSMessage *sms)
{
    char ours[2 * PDU_UD_MAX + 1], theirs[THEIRS_MAX];
    if (sms->Coding == SMS_Coding_8bit) {
        octets_to_hex(sms->Text, (size_t)sms->Length, theirs);
        octets_to_hex(d->ours.data, d->ours.data_len, ours);
        compare(r, d, "data", ours, theirs);
    } else {
        from_utf16(sms->Text, UnicodeLength(sms->Text), theirs);
        compare(r, d, "text", d->ours.text, theirs);
    }
}

static void compare_pdu(struct differential *r, const struct deliver *d)
{
    GSM_SMSMessage sms = {.Class = -1};
    char theirs[THEIRS_MAX], ours[64];
    size_t end = 0;
    GSM_Error err = GSM_DecodePDUFrame(GSM_GetGlobalDebug(), &sms, d->octets, d->len, &end, TRUE);
    if (err != ERR_NONE) {
        if (!differential_explain(r, "error", d))
            show(d, "error", "none", GSM_ErrorString(err));
        return;
    }
    from_utf16(sms.Number, UnicodeLength(sms.Number), theirs);
    compare(r, d, "number", d->ours.number.text, theirs);
    from_utf16(sms.SMSC.Number, UnicodeLength(sms.SMSC.Number), theirs);
    compare(r, d, "smsc", d->ours.smsc.text, theirs);
    time_text(&sms.DateTime, theirs);
    scts_rfc3339(&d->ours.scts, ours);
    compare(r, d, "time", ours, theirs);
    snprintf(ours, sizeof(ours), "%d", d->ours.coding.message_class);
    snprintf(theirs, sizeof(theirs), "%d", sms.Class);
    compare(r, d, "class", ours, theirs);
    const struct udh_concat *c = &d->ours.udh.concat;
    bool part = sms.UDH.Type != UDH_NoUDH && sms.UDH.AllParts > 0;
    snprintf(ours, sizeof(ours), "%u of %u", c->seq, c->total);
    snprintf(theirs, sizeof(theirs), "%d of %d", part ? sms.UDH.PartNumber : 0,
             part ? sms.UDH.AllParts : 0);
    compare(r, d, "concat", ours, theirs);
    compare_user_data(r, d, &sms);
}

/* All of the GSM alphabet, or characters that need UCS-2. */
static void random_text(struct differential *r, char *ret)
{
    static const char *const wide[] = {"ж", "😀", "’", "漢", "e\u0301", "👍🏽", "a", " "};
    bool ucs2 = differential_random(r, 2);
    size_t characters = 1 + differential_random(r, 200);
    for (size_t i = 0; i < characters; i++) {
        if (ucs2) {
            const char *s = wide[differential_random(r, 8)];
            memcpy(ret, s, strlen(s));
            ret += strlen(s);
        } else {
            uint8_t pair[] = {ESCAPE, (uint8_t)differential_random(r, 128)};
            size_t plain = differential_random(r, 4) > 0 && pair[1] != ESCAPE;
            ret += gsm7_decode(pair + plain, 2 - plain, 0, 0, ret, 2 * GSM7_UTF8_MAX);
        }
    }
    *ret = '\0';
}

static size_t to_utf16(const char *text, size_t len, unsigned char *ret)
{
    size_t out = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        at += utf8_decode(text + at, len - at, &code);
        out += ucs2_encode(code, ret + out);
    }
    ret[out] = ret[out + 1] = 0;
    return out / 2;
}

/* The same part as libgammu has it. */
static void fill_sms(const struct compose *c, size_t i, GSM_SMSMessage *ret)
{
    size_t len;
    const char *text = compose_part_text(c, i, &len);
    GSM_SetDefaultSMSData(ret);
    EncodeUnicode(ret->Number, ANN, strlen(ANN));
    ret->PDU = SMS_Submit;
    ret->Coding = c->alphabet == DCS_ALPHABET_UCS2 ? SMS_Coding_Unicode_No_Compression
                                                   : SMS_Coding_Default_No_Compression;
    ret->Length = (int)to_utf16(text, len, ret->Text);
    if (c->part_count == 1)
        return;
    ret->UDH = (GSM_UDHHeader){.Type = UDH_ConcatenatedMessages16bit,
                               .ID8bit = -1,
                               .ID16bit = c->concat_ref,
                               .PartNumber = (int)i + 1,
                               .AllParts = (int)c->part_count};
    GSM_EncodeUDHHeader(GSM_GetGlobalDebug(), &ret->UDH);
}

/* The octets from TP-UDL on. */
static void compare_part(struct differential *r, const struct compose *c, size_t i)
{
    GSM_SMSMessage sms;
    unsigned char frame[1024] = {0};
    char ours[PDU_HEX_MAX + 1], theirs[PDU_HEX_MAX + 1] = "";
    const char *from_udl = ours + 2 * SUBMIT_UDL;
    size_t octets;
    int length = 0;
    compose_part(c, i, ours, &octets);
    fill_sms(c, i, &sms);
    GSM_Error err =
        GSM_EncodeSMSFrame(GSM_GetGlobalDebug(), &sms, frame, PHONE_SMSSubmit, &length, TRUE);
    size_t user_data = (size_t)length - PHONE_SMSSubmit.Text;
    if (err == ERR_NONE && user_data <= UD_OCTETS) {
        octets_to_hex(frame + PHONE_SMSSubmit.TPUDL, 1, theirs);
        octets_to_hex(frame + PHONE_SMSSubmit.Text, user_data, theirs + 2);
    }
    if (strcmp(from_udl, theirs) != 0 && !differential_explain(r, "octets", c)) {
        tap_diag("octets of part %zu", i + 1);
        show_value("here", from_udl);
        show_value("libgammu", theirs);
    }
}

static void compare_texts(void)
{
    struct differential r = differential_start(NULL, 0); /* they differ in nothing */
    static struct compose c;
    char text[16 * 1024];
    for (; r.rounds < DIFFERENTIAL_ROUNDS; r.rounds++) {
        struct compose_options o = {.to = ANN,
                                    .unicode = COMPOSE_ALLOW,
                                    .concat_ref = (uint16_t)differential_random(&r, 65536),
                                    .max_parts = COMPOSE_PARTS_MAX};
        random_text(&r, text);
        enum compose_err err = compose_text(&c, text, &o);
        assert(err == COMPOSE_OK);
        for (size_t i = 0; i < c.part_count; i++)
            compare_part(&r, &c, i);
    }
    differential_end(&r, "texts");
}

static void compare_pdus(void)
{
    struct differential r =
        differential_start(pdu_reasons, sizeof(pdu_reasons) / sizeof(pdu_reasons[0]));
    static struct deliver d;
    for (; r.rounds < DIFFERENTIAL_ROUNDS; r.rounds++) {
        deliver_make(&r, &d);
        compare_pdu(&r, &d);
    }
    differential_end(&r, "PDUs");
}

int main(void)
{
    GSM_InitLocales(NULL);
    compare_texts();
    compare_pdus();
    return tap_done();
}
