#include "sms/pdu.h"
#include "base/octets.h"
#include "base/text.h"
#include "sms/tpdu.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define PORT_WAP_PUSH 2948
#define MMS_TYPE "application/vnd.wap.mms-message"
#define MMS_TYPE_SHORT 0xBE /* the same as a well-known number (WAP-230 WSP, table 40) */
#define PUSH_TYPE_AT 3      /* transaction id, PDU type, length of the headers, content type */

static enum pdu_err read_smsc(struct octets_reader *r, struct pdu *ret)
{
    if (octets_left(r) == 0)
        return PDU_ERR_SHORT;
    address_read_smsc(r, &ret->smsc);
    if (octets_ok(r))
        return PDU_OK;
    r->at = 0; /* the length octet is the wrong one, whatever it made us read */
    return r->octets[0] > ADDRESS_SMSC_OCTETS_MAX ? PDU_ERR_SMSC : PDU_ERR_SHORT;
}

enum pdu_err pdu_decode(const uint8_t *octets, size_t len, bool smsc_present, struct pdu *ret,
                        size_t *ret_at)
{
    if (len > PDU_OCTETS_MAX) {
        *ret_at = PDU_OCTETS_MAX;
        return PDU_ERR_LONG;
    }
    struct octets_reader r = octets_reader(octets, len);
    struct pdu p = {.type = PDU_DELIVER};
    enum pdu_err err = smsc_present ? read_smsc(&r, &p) : PDU_OK;
    if (err == PDU_OK)
        err = tpdu_decode(&r, &p);
    if (err != PDU_OK) {
        *ret_at = err == PDU_ERR_SHORT ? len : r.at;
        return err;
    }
    assert(octets_ok(&r));
    p.end = r.at;
    *ret = p;
    return PDU_OK;
}

enum pdu_err pdu_decode_hex(const char *hex, size_t len, bool smsc_present, struct pdu *ret,
                            size_t *ret_at)
{
    uint8_t octets[PDU_OCTETS_MAX];
    size_t digit = 0;
    int count = octets_from_hex(hex, len, octets, sizeof(octets), &digit);
    if (count == -EMSGSIZE) {
        *ret_at = PDU_OCTETS_MAX;
        return PDU_ERR_LONG;
    }
    if (count < 0) {
        *ret_at = digit / 2;
        return digit == len ? PDU_ERR_ODD : PDU_ERR_HEX;
    }
    return pdu_decode(octets, (size_t)count, smsc_present, ret, ret_at);
}

const char *pdu_err_str(enum pdu_err e)
{
    switch (e) {
    case PDU_OK:
        return "no error";
    case PDU_ERR_HEX:
        return "a character that is no hex digit";
    case PDU_ERR_ODD:
        return "an odd number of hex digits";
    case PDU_ERR_LONG:
        return "longer than any PDU";
    case PDU_ERR_SHORT:
        return "ends too early";
    case PDU_ERR_SMSC:
        return "the SMSC field is longer than it can be";
    case PDU_ERR_TYPE:
        return "a reserved message type";
    case PDU_ERR_ADDRESS:
        return "a number of more than 20 digits";
    case PDU_ERR_HEADER:
        return "the user data header is longer than the user data";
    }
    return "unknown error";
}

const char *pdu_type_name(enum pdu_type t)
{
    static const char *const names[] = {"deliver", "submit", "status_report"};
    assert((size_t)t < sizeof(names) / sizeof(names[0]));
    return names[t];
}

const char *pdu_outcome_name(enum pdu_outcome o)
{
    static const char *const names[] = {"delivered", "temporary", "permanent"};
    assert((size_t)o < sizeof(names) / sizeof(names[0]));
    return names[o];
}

bool pdu_for_machine(const struct pdu *p)
{
    return p->udh.ports.bits > 0 || p->coding.alphabet == DCS_ALPHABET_8BIT ||
           p->coding.compressed || p->pid == 0x40 || (p->waiting && !p->waiting_store);
}

uint8_t pdu_replace_type(const struct pdu *p)
{
    return p->pid >= 0x41 && p->pid <= 0x47 ? p->pid & 7 : 0;
}

static bool is_picture_message(const struct pdu *p)
{
    if (p->udh.ports.dst != PORT_WAP_PUSH)
        return false;
    return memmem(p->data, p->data_len, MMS_TYPE, sizeof(MMS_TYPE) - 1) ||
           (p->data_len > PUSH_TYPE_AT && p->data[PUSH_TYPE_AT] == MMS_TYPE_SHORT);
}

/* Ports that IANA gave to what phones send each other. */
static const char *port_meaning(uint16_t port)
{
    switch (port) {
    case PORT_WAP_PUSH:
        return "WAP push message";
    case 9204:
        return "contact card";
    case 9205:
        return "calendar entry";
    default:
        return NULL;
    }
}

static void describe_data(const struct pdu *p, size_t data_octets, struct text *t)
{
    const char *meaning = port_meaning(p->udh.ports.dst);
    if (is_picture_message(p))
        text_add(t, "(picture message, not fetched)");
    else if (meaning)
        text_addf(t, "(%s, %zu octets)", meaning, data_octets);
    else if (p->udh.ports.bits > 0)
        text_addf(t, "(data for port %u, %zu octets)", (unsigned)p->udh.ports.dst, data_octets);
    else
        text_addf(t, "(data, %zu octets)", data_octets);
}

static void describe_waiting(const struct pdu *p, struct text *t)
{
    const char *kind =
        p->waiting_type == DCS_WAITING_OTHER ? "message" : dcs_waiting_name(p->waiting_type);
    if (!p->waiting_active)
        text_addf(t, "(no %s waiting)", kind);
    else if (p->waiting_count > 1)
        text_addf(t, "(%s waiting: %u)", kind, (unsigned)p->waiting_count);
    else
        text_addf(t, "(%s waiting)", kind);
}

void pdu_describe(const struct pdu *p, size_t data_octets, char *ret_text, size_t cap)
{
    struct text t;
    text_init(&t, ret_text, cap);
    if (p->text_len > 0)
        return;
    if (p->coding.compressed)
        text_addf(&t, "(compressed text, %zu octets)", data_octets);
    else if (p->coding.alphabet == DCS_ALPHABET_8BIT)
        describe_data(p, data_octets, &t);
    else if (p->waiting)
        describe_waiting(p, &t);
    else if (p->has_text)
        text_add(&t, "(empty)");
}
