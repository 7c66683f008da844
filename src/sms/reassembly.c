#include "sms/reassembly.h"
#include "base/text.h"
#include "sms/ucs2.h"
#include <assert.h>
#include <string.h>

#define TAIL_MAX 3 /* half a surrogate pair and an odd octet */

void reassembly_key(const struct pdu *p, char ret_key[REASSEMBLY_KEY_SIZE])
{
    const struct udh_concat *c = &p->udh.concat;
    struct text t;
    text_init(&t, ret_key, REASSEMBLY_KEY_SIZE);
    if (c->bits > 0)
        text_addf(&t, "%s/%u/%u/%u", p->number.text, (unsigned)c->bits, (unsigned)c->ref,
                  (unsigned)c->total);
    assert(text_ok(&t));
}

void reassembly_init(struct reassembly *r)
{
    memset(r, 0, sizeof(*r));
}

static enum reassembly_kind kind_of(const struct pdu *p)
{
    if (p->coding.compressed || p->coding.alphabet == DCS_ALPHABET_8BIT)
        return REASSEMBLY_DATA;
    return p->coding.alphabet == DCS_ALPHABET_UCS2 ? REASSEMBLY_UCS2 : REASSEMBLY_TEXT;
}

bool reassembly_add(struct reassembly *r, const struct pdu *p)
{
    bool part = p->udh.concat.bits > 0;
    size_t total = part ? p->udh.concat.total : 1;
    size_t seq = part ? p->udh.concat.seq : 1;
    assert(seq >= 1 && seq <= total);
    if (r->total > 0 && r->total != total)
        return false;
    struct reassembly_part *slot = &r->parts[seq - 1];
    if (slot->kind != REASSEMBLY_ABSENT)
        return false;
    slot->kind = kind_of(p);
    bool text = slot->kind == REASSEMBLY_TEXT;
    slot->len = (uint16_t)(text ? p->text_len : p->data_len);
    memcpy(slot->octets, text ? (const uint8_t *)p->text : p->data, slot->len);
    r->total = total;
    r->count++;
    return true;
}

static bool is_kind(const struct reassembly *r, size_t i, enum reassembly_kind kind)
{
    return i < r->total && r->parts[i].kind == kind;
}

/* Converts UCS-2 part `i` after what the part before held back in `tail`, and holds back in turn
 * what the next part completes. Returns the octets of UTF-8. */
static size_t join_ucs2(const struct reassembly *r, size_t i, uint8_t tail[TAIL_MAX],
                        size_t *tail_len, char *out)
{
    const struct reassembly_part *part = &r->parts[i];
    uint8_t octets[TAIL_MAX + PDU_UD_MAX];
    assert(part->len <= PDU_UD_MAX);
    memcpy(octets, tail, *tail_len);
    memcpy(octets + *tail_len, part->octets, part->len);
    size_t len = *tail_len + part->len;
    *tail_len = is_kind(r, i + 1, REASSEMBLY_UCS2) ? ucs2_tail(octets, len) : 0;
    len -= *tail_len;
    memcpy(tail, octets + len, *tail_len);
    return ucs2_decode(octets, len, out, PDU_TEXT_MAX);
}

static size_t join_text(const struct reassembly *r, char *out)
{
    size_t len = 0, tail_len = 0;
    uint8_t tail[TAIL_MAX];
    for (size_t i = 0; i < r->total; i++) {
        const struct reassembly_part *part = &r->parts[i];
        switch (part->kind) {
        case REASSEMBLY_ABSENT:
            if (!is_kind(r, i - 1, REASSEMBLY_ABSENT)) { /* i - 1 wraps at 0: then it is none */
                memcpy(out + len, REASSEMBLY_GAP, sizeof(REASSEMBLY_GAP) - 1);
                len += sizeof(REASSEMBLY_GAP) - 1;
            }
            break;
        case REASSEMBLY_TEXT:
            memcpy(out + len, part->octets, part->len);
            len += part->len;
            break;
        case REASSEMBLY_UCS2:
            len += join_ucs2(r, i, tail, &tail_len, out + len);
            break;
        case REASSEMBLY_DATA:
            assert(false);
            break;
        }
    }
    return len;
}

static size_t join_data(const struct reassembly *r, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < r->total; i++) {
        memcpy(out + len, r->parts[i].octets, r->parts[i].len);
        len += r->parts[i].len;
    }
    return len;
}

bool reassembly_join(const struct reassembly *r, char ret_text[REASSEMBLY_TEXT_MAX + 1],
                     size_t *ret_len)
{
    bool text = true;
    for (size_t i = 0; i < r->total; i++)
        text = text && r->parts[i].kind != REASSEMBLY_DATA;
    *ret_len = text ? join_text(r, ret_text) : join_data(r, ret_text);
    assert(*ret_len <= REASSEMBLY_TEXT_MAX);
    ret_text[*ret_len] = '\0';
    return text;
}
