#include "sms/tpdu.h"
#include "base/utf8.h"
#include "sms/gsm7.h"
#include "sms/ucs2.h"
#include <assert.h>
#include <string.h>

#define UD_OCTETS 140 /* what we write */
#define UD_SEPTETS 160

/* Bits of the first octet: 9.2.3.1 to 9.2.3.25. */
enum {
    FIRST_MTI = 0x03,
    FIRST_NO_MORE = 0x04,           /* TP-MMS, from the SMSC */
    FIRST_REJECT_DUPLICATES = 0x04, /* TP-RD, to the SMSC */
    FIRST_VALIDITY = 0x18,          /* TP-VPF */
    FIRST_VALIDITY_RELATIVE = 0x10,
    FIRST_VALIDITY_ABSOLUTE = 0x18,
    FIRST_REPORT = 0x20, /* TP-SRI, TP-SRR, TP-SRQ */
    FIRST_HEADER = 0x40, /* TP-UDHI */
};

static void decode_gsm7(struct pdu *ret, const uint8_t *ud, size_t septets, size_t header_octets)
{
    uint8_t text[PDU_UD_MAX];
    size_t header_septets = (header_octets * 8 + 6) / 7; /* the text begins on a septet border */
    size_t count = septets > header_septets ? septets - header_septets : 0;
    gsm7_unpack(ud, header_septets * 7, text, count);
    ret->has_text = true;
    ret->text_len = gsm7_decode(text, count, ret->udh.lang_locking, ret->udh.lang_single, ret->text,
                                PDU_TEXT_MAX);
}

static void decode_octets(struct pdu *ret, const uint8_t *octets, size_t len)
{
    memcpy(ret->data, octets, len);
    ret->data_len = len;
    if (ret->coding.alphabet != DCS_ALPHABET_UCS2 || ret->coding.compressed)
        return;
    bool halves = ucs2_head(octets, len) > 0 || ucs2_tail(octets, len) > 0;
    if (ret->udh.concat.bits > 0 && halves) /* a character goes on in the next part */
        return;
    ret->has_text = true;
    ret->text_len = ucs2_decode(octets, len, ret->text, PDU_TEXT_MAX);
}

/* TP-UDL counts septets for GSM 7 bit, header included, and octets otherwise (9.2.3.16). */
static enum pdu_err read_user_data(struct octets_reader *r, bool header, struct pdu *ret)
{
    ret->ud_at = r->at;
    bool septets = ret->coding.alphabet == DCS_ALPHABET_GSM7 && !ret->coding.compressed;
    size_t udl = octets_u8(r);
    if (!octets_ok(r))
        return PDU_ERR_SHORT;
    size_t octets = septets ? (udl * 7 + 7) / 8 : udl;
    ret->truncated = octets > octets_left(r);
    if (ret->truncated) {
        octets = octets_left(r);
        udl = septets ? octets * 8 / 7 : octets;
    }
    size_t begin = r->at;
    const uint8_t *ud = octets_span(r, octets);
    size_t header_octets = 0;
    if (header) {
        header_octets = octets > 0 ? (size_t)1 + ud[0] : 1;
        if (header_octets > octets) {
            r->at = begin;
            return PDU_ERR_HEADER;
        }
        udh_decode(ud + 1, header_octets - 1, &ret->udh);
    }
    if (septets)
        decode_gsm7(ret, ud, udl, header_octets);
    else
        decode_octets(ret, ud + header_octets, octets - header_octets);
    return PDU_OK;
}

static enum pdu_err read_address(struct octets_reader *r, struct pdu *ret)
{
    if (octets_left(r) > 0 && r->octets[r->at] > ADDRESS_DIGITS_MAX)
        return PDU_ERR_ADDRESS;
    address_read(r, &ret->number);
    return octets_ok(r) ? PDU_OK : PDU_ERR_SHORT;
}

static void read_coding(struct octets_reader *r, struct pdu *ret)
{
    ret->pid = octets_u8(r);
    ret->dcs = octets_u8(r);
    ret->coding = dcs_decode(ret->dcs);
}

static void read_scts(struct octets_reader *r, struct scts *ret)
{
    const uint8_t *octets = octets_span(r, SCTS_OCTETS);
    if (octets)
        *ret = scts_decode(octets);
}

/* TP-DCS tells of waiting messages, else the header does; the header alone has a count. */
static void fill_waiting(struct pdu *ret)
{
    const struct dcs *coding = &ret->coding;
    const struct udh_special *special = ret->udh.special_count > 0 ? ret->udh.special : NULL;
    ret->waiting = coding->waiting || special;
    if (coding->waiting) {
        ret->waiting_active = coding->waiting_active;
        ret->waiting_store = coding->waiting_store;
        ret->waiting_type = coding->waiting_type;
    } else if (special) {
        ret->waiting_active = special->count > 0;
        ret->waiting_store = special->store;
        ret->waiting_type = special->type;
    }
    if (special)
        ret->waiting_count = special->count;
}

static enum pdu_err decode_deliver(struct octets_reader *r, uint8_t first, struct pdu *ret)
{
    ret->more = (first & FIRST_NO_MORE) == 0;
    ret->report = (first & FIRST_REPORT) != 0;
    enum pdu_err err = read_address(r, ret);
    if (err != PDU_OK)
        return err;
    read_coding(r, ret);
    read_scts(r, &ret->scts);
    err = read_user_data(r, (first & FIRST_HEADER) != 0, ret);
    fill_waiting(ret);
    return err;
}

static enum pdu_err decode_submit(struct octets_reader *r, uint8_t first, struct pdu *ret)
{
    ret->report = (first & FIRST_REPORT) != 0;
    ret->reject_duplicates = (first & FIRST_REJECT_DUPLICATES) != 0;
    ret->mr = octets_u8(r);
    enum pdu_err err = read_address(r, ret);
    if (err != PDU_OK)
        return err;
    read_coding(r, ret);
    unsigned validity = first & FIRST_VALIDITY;
    if (validity != 0)
        ret->validity_octets = validity == FIRST_VALIDITY_RELATIVE ? 1 : SCTS_OCTETS;
    const uint8_t *octets = octets_span(r, ret->validity_octets);
    if (octets)
        memcpy(ret->validity, octets, ret->validity_octets);
    return read_user_data(r, (first & FIRST_HEADER) != 0, ret);
}

/* TP-ST, 9.2.3.15. Reserved values count as "service rejected", 0x63. */
static void decode_status(uint8_t status, struct pdu *ret)
{
    ret->status = status;
    if (status < 0x20)
        ret->outcome = PDU_DELIVERED;
    else if (status >= 0x40 && status < 0x60)
        ret->outcome = PDU_PERMANENT;
    else
        ret->outcome = PDU_TEMPORARY;
    ret->final = status < 0x20 || status >= 0x40;
}

/* What follows TP-ST is optional and says nothing to us; modems put filling there too. */
static enum pdu_err decode_status_report(struct octets_reader *r, uint8_t first, struct pdu *ret)
{
    ret->more = (first & FIRST_NO_MORE) == 0;
    ret->coding = dcs_decode(0);
    ret->mr = octets_u8(r);
    enum pdu_err err = read_address(r, ret);
    if (err != PDU_OK)
        return err;
    read_scts(r, &ret->scts);
    read_scts(r, &ret->discharge);
    decode_status(octets_u8(r), ret);
    return octets_ok(r) ? PDU_OK : PDU_ERR_SHORT;
}

enum pdu_err tpdu_decode(struct octets_reader *r, struct pdu *ret)
{
    if (octets_left(r) == 0)
        return PDU_ERR_SHORT;
    uint8_t first = r->octets[r->at];
    unsigned type = first & FIRST_MTI;
    if (type > PDU_STATUS_REPORT)
        return PDU_ERR_TYPE;
    octets_u8(r);
    ret->type = (enum pdu_type)type;
    switch (ret->type) {
    case PDU_DELIVER:
        return decode_deliver(r, first, ret);
    case PDU_SUBMIT:
        return decode_submit(r, first, ret);
    case PDU_STATUS_REPORT:
        return decode_status_report(r, first, ret);
    }
    assert(false);
    return PDU_ERR_TYPE;
}

static size_t text_to_septets(const char *text, size_t len, uint8_t *ret, size_t cap)
{
    size_t count = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        uint8_t pair[2];
        size_t n = utf8_decode(text + at, len - at, &code);
        assert(n > 0);
        size_t added = gsm7_encode(code, pair);
        assert(added > 0);
        assert(added <= cap - count);
        memcpy(ret + count, pair, added);
        count += added;
        at += n;
    }
    return count;
}

static void write_ucs2(struct octets_writer *w, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t code;
        uint8_t units[4];
        size_t n = utf8_decode(text + at, len - at, &code);
        assert(n > 0);
        octets_put_span(w, units, ucs2_encode(code, units));
        at += n;
    }
}

static void write_user_data(struct octets_writer *w, const struct tpdu_user_data *u)
{
    uint8_t ud[UD_OCTETS];
    size_t header = u->concat.bits > 0 ? udh_encode_concat(&u->concat, ud) : 0;
    if (u->alphabet == DCS_ALPHABET_GSM7) {
        uint8_t septets[UD_SEPTETS];
        size_t skip = (header * 8 + 6) / 7;
        size_t count = text_to_septets(u->text, u->text_len, septets, UD_SEPTETS - skip);
        size_t octets = ((skip + count) * 7 + 7) / 8;
        memset(ud + header, 0, octets - header);
        gsm7_pack(septets, count, skip * 7, ud);
        octets_put(w, (uint8_t)(skip + count));
        octets_put_span(w, ud, octets);
        return;
    }
    struct octets_writer body = octets_writer(ud, sizeof(ud));
    body.len = header;
    if (u->alphabet == DCS_ALPHABET_UCS2)
        write_ucs2(&body, u->text, u->text_len);
    else
        octets_put_span(&body, (const uint8_t *)u->text, u->text_len);
    assert(octets_written(&body));
    octets_put(w, (uint8_t)body.len);
    octets_put_span(w, ud, body.len);
}

static void write_coding(struct octets_writer *w, uint8_t pid, uint8_t dcs,
                         enum dcs_alphabet alphabet)
{
    assert(dcs_decode(dcs).alphabet == alphabet);
    octets_put(w, pid);
    octets_put(w, dcs);
}

void tpdu_submit_encode(struct octets_writer *w, const struct tpdu_submit *t)
{
    assert(t->validity_octets <= 1 || t->validity_octets == SCTS_OCTETS);
    unsigned first = PDU_SUBMIT;
    if (t->reject_duplicates)
        first |= FIRST_REJECT_DUPLICATES;
    if (t->validity_octets > 0)
        first |= t->validity_octets == 1 ? FIRST_VALIDITY_RELATIVE : FIRST_VALIDITY_ABSOLUTE;
    if (t->report)
        first |= FIRST_REPORT;
    if (t->user_data.concat.bits > 0)
        first |= FIRST_HEADER;
    octets_put(w, (uint8_t)first);
    octets_put(w, t->mr);
    address_write(w, &t->to);
    write_coding(w, t->pid, t->dcs, t->user_data.alphabet);
    octets_put_span(w, t->validity, t->validity_octets);
    write_user_data(w, &t->user_data);
}

void tpdu_deliver_encode(struct octets_writer *w, const struct tpdu_deliver *t)
{
    unsigned first = PDU_DELIVER | FIRST_NO_MORE;
    if (t->user_data.concat.bits > 0)
        first |= FIRST_HEADER;
    octets_put(w, (uint8_t)first);
    address_write(w, &t->from);
    write_coding(w, t->pid, t->dcs, t->user_data.alphabet);
    octets_put_span(w, t->scts, SCTS_OCTETS);
    write_user_data(w, &t->user_data);
}

void tpdu_status_report_encode(struct octets_writer *w, const struct tpdu_status_report *t)
{
    octets_put(w, PDU_STATUS_REPORT | FIRST_NO_MORE);
    octets_put(w, t->mr);
    address_write(w, &t->to);
    octets_put_span(w, t->scts, SCTS_OCTETS);
    octets_put_span(w, t->discharge, SCTS_OCTETS);
    octets_put(w, t->status);
}
