#include "sms/compose.h"
#include "base/octets.h"
#include "base/text.h"
#include "base/utf8.h"
#include "sms/fold.h"
#include "sms/gsm7.h"
#include "sms/segment.h"
#include "sms/tpdu.h"
#include <assert.h>
#include <string.h>

#define CONCAT_BITS 16
#define DCS_UCS2 0x08

static_assert((int)COMPOSE_PARTS_MAX == (int)SEGMENT_PARTS_MAX, "one limit");

static void note_replacement(struct compose *c, uint32_t from, const char *to)
{
    for (size_t i = 0; i < c->replaced_count; i++)
        if (c->replaced[i].from == from && strcmp(c->replaced[i].to, to) == 0)
            return;
    if (c->replaced_count < COMPOSE_REPLACED_MAX)
        c->replaced[c->replaced_count++] = (struct compose_replacement){.from = from, .to = to};
}

/* Returns what stands in for the character at `s`, with the mark after it where they are one, and
 * in `ret_used` their octets; NULL for nothing. */
static const char *find_stand_in(const char *s, size_t len, size_t *ret_used, uint32_t *ret_from)
{
    uint32_t letter, mark;
    *ret_used = utf8_decode(s, len, &letter);
    if (len > *ret_used) {
        size_t n = utf8_decode(s + *ret_used, len - *ret_used, &mark);
        const char *both = fold_find_pair(letter, mark);
        if (both) {
            *ret_used += n;
            *ret_from = mark;
            return both;
        }
    }
    *ret_from = letter;
    return fold_find(letter);
}

/* Writes the text into `c` as GSM 7 bit can say it. Returns COMPOSE_ERR_CHARACTER where it cannot.
 */
static enum compose_err write_gsm7(struct compose *c, const char *utf8, size_t len, bool fold)
{
    struct text t;
    text_init(&t, c->text, sizeof(c->text));
    for (size_t at = 0; at < len;) {
        uint32_t code, from;
        uint8_t septets[2];
        size_t n = utf8_decode(utf8 + at, len - at, &code), used = 0;
        assert(n > 0);
        const char *stand_in = fold ? find_stand_in(utf8 + at, len - at, &used, &from) : NULL;
        if (stand_in) {
            note_replacement(c, from, stand_in);
            text_add(&t, stand_in);
            at += used;
        } else if (gsm7_encode(code, septets) > 0) {
            text_add_span(&t, utf8 + at, n);
            at += n;
        } else {
            c->at = at;
            c->refused = code;
            return COMPOSE_ERR_CHARACTER;
        }
    }
    c->alphabet = DCS_ALPHABET_GSM7;
    c->text_len = t.len;
    return text_ok(&t) ? COMPOSE_OK : COMPOSE_ERR_LONG;
}

static void write_ucs2(struct compose *c, const char *utf8, size_t len)
{
    memcpy(c->text, utf8, len + 1);
    c->text_len = len;
    c->alphabet = DCS_ALPHABET_UCS2;
    c->replaced_count = 0; /* folding would not have saved anything */
}

enum compose_err compose_text(struct compose *ret, const char *utf8,
                              const struct compose_options *o)
{
    assert(o->max_parts >= 1);
    assert(o->max_parts <= COMPOSE_PARTS_MAX);
    size_t len = strlen(utf8);
    if (len == 0)
        return COMPOSE_ERR_EMPTY;
    if (len > COMPOSE_TEXT_MAX)
        return COMPOSE_ERR_LONG;
    ret->at = utf8_valid_prefix(utf8, len);
    if (ret->at < len)
        return COMPOSE_ERR_UTF8;
    if (address_parse(o->to, &ret->to) != 0)
        return COMPOSE_ERR_NUMBER;
    ret->report = o->report;
    ret->concat_ref = o->concat_ref;
    ret->replaced_count = 0;

    enum compose_err err = write_gsm7(ret, utf8, len, o->unicode != COMPOSE_ALLOW);
    if (err == COMPOSE_ERR_CHARACTER && o->unicode != COMPOSE_REFUSE) {
        write_ucs2(ret, utf8, len);
        err = COMPOSE_OK;
    }
    if (err != COMPOSE_OK)
        return err;
    if (ret->text_len == 0) /* all of it was left out */
        return COMPOSE_ERR_EMPTY;
    ret->part_count =
        segment_text(ret->text, ret->text_len, ret->alphabet, CONCAT_BITS, ret->part_end);
    if (ret->part_count == 0)
        return COMPOSE_ERR_LONG;
    return ret->part_count <= o->max_parts ? COMPOSE_OK : COMPOSE_ERR_PARTS;
}

const char *compose_part_text(const struct compose *c, size_t i, size_t *ret_len)
{
    assert(i < c->part_count);
    size_t begin = i > 0 ? c->part_end[i - 1] : 0;
    *ret_len = c->part_end[i] - begin;
    return c->text + begin;
}

size_t compose_part_units(const struct compose *c, size_t i, size_t *ret_left)
{
    size_t len;
    const char *text = compose_part_text(c, i, &len);
    size_t used = segment_units(text, len, c->alphabet);
    size_t capacity = segment_capacity(c->alphabet, c->part_count > 1 ? CONCAT_BITS : 0);
    assert(used <= capacity);
    *ret_left = capacity - used;
    return used;
}

static bool is_noted(const struct compose_lack *lacks, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (lacks[i].code == code)
            return true;
    return false;
}

size_t compose_lacks(const char *utf8, size_t len, struct compose_lack *ret, size_t cap)
{
    size_t count = 0;
    uint32_t before = 0;
    for (size_t at = 0; at < len && count < cap;) {
        uint32_t code;
        uint8_t septets[2];
        size_t n = utf8_decode(utf8 + at, len - at, &code);
        assert(n > 0);
        if (gsm7_encode(code, septets) == 0 && !is_noted(ret, count, code)) {
            const char *to = fold_find(code);
            if (!to)
                to = fold_find_pair(before, code);
            ret[count++] = (struct compose_lack){.code = code, .at = at, .to = to};
        }
        before = code;
        at += n;
    }
    return count;
}

void compose_part(const struct compose *c, size_t i, char ret_hex[PDU_HEX_MAX + 1],
                  size_t *ret_tpdu_octets)
{
    struct tpdu_submit submit = {
        .to = c->to,
        .dcs = c->alphabet == DCS_ALPHABET_UCS2 ? DCS_UCS2 : 0,
        .report = c->report,
        .user_data = {.alphabet = c->alphabet},
    };
    submit.user_data.text = compose_part_text(c, i, &submit.user_data.text_len);
    if (c->part_count > 1)
        submit.user_data.concat = (struct udh_concat){.bits = CONCAT_BITS,
                                                      .ref = c->concat_ref,
                                                      .total = (uint8_t)c->part_count,
                                                      .seq = (uint8_t)(i + 1)};
    uint8_t octets[PDU_OCTETS_MAX];
    struct octets_writer w = octets_writer(octets, sizeof(octets));
    octets_put(&w, 0); /* no SMSC: the SIM's */
    tpdu_submit_encode(&w, &submit);
    assert(octets_written(&w));
    octets_to_hex(octets, w.len, ret_hex);
    *ret_tpdu_octets = w.len - 1;
}

const char *compose_err_str(enum compose_err e)
{
    switch (e) {
    case COMPOSE_OK:
        return "is fine";
    case COMPOSE_ERR_EMPTY:
        return "is empty";
    case COMPOSE_ERR_UTF8:
        return "is not UTF-8";
    case COMPOSE_ERR_NUMBER:
        return "goes to what is no number";
    case COMPOSE_ERR_CHARACTER:
        return "has a character that the GSM alphabet lacks";
    case COMPOSE_ERR_PARTS:
        return "needs more parts than allowed";
    case COMPOSE_ERR_LONG:
        return "is longer than any text message can be";
    }
    return "unknown error";
}
