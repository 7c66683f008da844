/* tests/fuzz/decoded.h - what holds for every PDU that decodes, whatever its octets: its text is
 * valid UTF-8, is shown harmlessly, joins, and composes again into PDUs that say the same. */
#pragma once
#include "base/utf8.h"
#include "sms/compose.h"
#include "sms/pdu.h"
#include "sms/reassembly.h"
#include <assert.h>
#include <string.h>

static void decoded_show(const struct pdu *p)
{
    char shown[4 * PDU_TEXT_MAX + 1], instead[64], stamp[SCTS_RFC3339_SIZE];
    size_t len = utf8_printable(p->text, p->text_len, true, shown, sizeof(shown));
    assert(strlen(shown) == len);
    assert(utf8_valid_prefix(shown, len) == len);
    pdu_describe(p, p->data_len, instead, sizeof(instead));
    assert(strlen(instead) < sizeof(instead) - 1);
    scts_rfc3339(&p->scts, stamp);
}

static void decoded_join(const struct pdu *p)
{
    static struct reassembly whole;
    static char text[REASSEMBLY_TEXT_MAX + 1];
    char key[REASSEMBLY_KEY_SIZE];
    size_t len = 0;
    reassembly_key(p, key);
    reassembly_init(&whole);
    bool added = reassembly_add(&whole, p);
    assert(added);
    if (reassembly_join(&whole, text, &len))
        assert(utf8_valid_prefix(text, len) == len);
}

static void decoded_compose(const struct pdu *p)
{
    static struct compose composed;
    struct compose_options o = {"+447700900321", COMPOSE_ALLOW, true, 1, COMPOSE_PARTS_MAX};
    if (!p->has_text || p->text_len == 0 || strlen(p->text) != p->text_len)
        return;
    enum compose_err err = compose_text(&composed, p->text, &o);
    assert(err == COMPOSE_OK);
    size_t shown = 0;
    for (size_t i = 0; i < composed.part_count; i++) {
        char hex[PDU_HEX_MAX + 1];
        size_t octets, at;
        struct pdu back;
        compose_part(&composed, i, hex, &octets);
        enum pdu_err pdu_err = pdu_decode_hex(hex, strlen(hex), true, &back, &at);
        assert(pdu_err == PDU_OK);
        assert(back.has_text);
        assert(back.text_len <= p->text_len - shown);
        assert(memcmp(back.text, p->text + shown, back.text_len) == 0);
        shown += back.text_len;
    }
    assert(shown == p->text_len);
}

/* Checks what decoding `len` octets returned. */
static void decoded_check(enum pdu_err err, const struct pdu *p, size_t at, size_t len)
{
    if (err != PDU_OK) {
        assert(at <= len);
        assert(pdu_err_str(err)[0] != '\0');
        return;
    }
    assert(p->end <= len);
    assert(p->text[p->text_len] == '\0');
    assert(utf8_valid_prefix(p->text, p->text_len) == p->text_len);
    assert(strlen(p->number.text) <= ADDRESS_TEXT_MAX);
    decoded_show(p);
    decoded_join(p);
    decoded_compose(p);
}
