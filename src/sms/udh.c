#include "sms/udh.h"
#include "base/octets.h"
#include <assert.h>

/* Information element identifiers, 9.2.3.24. */
enum udh_element {
    UDH_CONCAT_8 = 0x00,
    UDH_SPECIAL_MESSAGE = 0x01,
    UDH_PORTS_8 = 0x04,
    UDH_PORTS_16 = 0x05,
    UDH_CONCAT_16 = 0x08,
    UDH_LANG_SINGLE = 0x24,
    UDH_LANG_LOCKING = 0x25,
};

static uint16_t u16(const uint8_t *octets)
{
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

static void take_concat(struct udh *u, uint8_t bits, uint16_t ref, uint8_t total, uint8_t seq)
{
    if (seq >= 1 && seq <= total) /* else the element says nothing, and the message stands alone */
        u->concat = (struct udh_concat){.bits = bits, .ref = ref, .total = total, .seq = seq};
}

static void take_special(struct udh *u, uint8_t kind, uint8_t count)
{
    if (u->special_count == UDH_SPECIAL_MAX)
        return;
    bool extended = (kind & 0x1C) != 0; /* video and what else came later */
    u->special[u->special_count++] = (struct udh_special){
        .type = extended ? DCS_WAITING_OTHER : (enum dcs_waiting)(kind & 3),
        .store = (kind & 0x80) != 0,
        .count = count,
    };
}

static void take_element(struct udh *u, uint8_t id, const uint8_t *value, size_t len)
{
    if (id == UDH_CONCAT_8 && len == 3)
        take_concat(u, 8, value[0], value[1], value[2]);
    else if (id == UDH_CONCAT_16 && len == 4)
        take_concat(u, 16, u16(value), value[2], value[3]);
    else if (id == UDH_SPECIAL_MESSAGE && len == 2)
        take_special(u, value[0], value[1]);
    else if (id == UDH_PORTS_8 && len == 2)
        u->ports = (struct udh_ports){.bits = 8, .dst = value[0], .src = value[1]};
    else if (id == UDH_PORTS_16 && len == 4)
        u->ports = (struct udh_ports){.bits = 16, .dst = u16(value), .src = u16(value + 2)};
    else if (id == UDH_LANG_SINGLE && len == 1)
        u->lang_single = value[0];
    else if (id == UDH_LANG_LOCKING && len == 1)
        u->lang_locking = value[0];
}

void udh_decode(const uint8_t *elements, size_t len, struct udh *ret)
{
    struct octets_reader r = octets_reader(elements, len);
    *ret = (struct udh){.present = true};
    while (octets_left(&r) > 0) {
        uint8_t id = octets_u8(&r);
        uint8_t value_len = octets_u8(&r);
        const uint8_t *value = octets_span(&r, value_len);
        if (!octets_ok(&r)) {
            ret->malformed = true;
            return;
        }
        take_element(ret, id, value, value_len);
    }
}

size_t udh_encode_concat(const struct udh_concat *c, uint8_t ret_octets[7])
{
    assert(c->bits == 8 || c->bits == 16);
    assert(c->seq >= 1 && c->seq <= c->total);
    struct octets_writer w = octets_writer(ret_octets, 7);
    bool wide = c->bits == 16;
    octets_put(&w, wide ? 6 : 5);
    octets_put(&w, wide ? UDH_CONCAT_16 : UDH_CONCAT_8);
    octets_put(&w, wide ? 4 : 3);
    if (wide)
        octets_put(&w, (uint8_t)(c->ref >> 8));
    octets_put(&w, (uint8_t)(c->ref & 0xFF));
    octets_put(&w, c->total);
    octets_put(&w, c->seq);
    assert(octets_written(&w));
    return w.len;
}
