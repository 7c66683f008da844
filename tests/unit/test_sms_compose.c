/* tests/unit/test_sms_compose.c - what is refused and why, what is folded, the vectors, and random
 * texts that come back from their PDUs whole. */
#include "base/utf8.h"
#include "sms/compose.h"
#include "sms/grapheme.h"
#include "sms/reassembly.h"
#include "tap.h"
#include "vectors.h"
#include <stdlib.h>
#include <string.h>

#define SUBMIT "tests/vectors/sms-submit.jsonl"
#define ANN "+447700900321"
#define ROUNDS 5000

static struct compose composed;

static const struct row {
    const char *name, *to, *text;
    enum compose_unicode unicode;
    size_t max_parts;
    enum compose_err err;
    size_t part_count; /* also of COMPOSE_ERR_PARTS */
    const char *sent;
    size_t replaced;
} rows[] = {
    {"empty", ANN, "", COMPOSE_FOLD, 1, COMPOSE_ERR_EMPTY, 0, NULL, 0},
    {"nothing left after folding", ANN, "\u200b\ufeff", COMPOSE_FOLD, 1, COMPOSE_ERR_EMPTY, 0, NULL,
     0},
    {"no UTF-8", ANN, "caf\xe9", COMPOSE_FOLD, 1, COMPOSE_ERR_UTF8, 0, NULL, 0},
    {"half a surrogate pair", ANN, "\xed\xa0\xbd", COMPOSE_ALLOW, 1, COMPOSE_ERR_UTF8, 0, NULL, 0},
    {"no number", "Ann", "hi", COMPOSE_FOLD, 1, COMPOSE_ERR_NUMBER, 0, NULL, 0},
    {"empty number", "", "hi", COMPOSE_FOLD, 1, COMPOSE_ERR_NUMBER, 0, NULL, 0},
    {"plus alone", "+", "hi", COMPOSE_FOLD, 1, COMPOSE_ERR_NUMBER, 0, NULL, 0},
    {"21 digits", "123456789012345678901", "hi", COMPOSE_FOLD, 1, COMPOSE_ERR_NUMBER, 0, NULL, 0},
    {"number with a quote", "07700\"900", "hi", COMPOSE_FOLD, 1, COMPOSE_ERR_NUMBER, 0, NULL, 0},
    {"number with a newline", "07700900321\n", "hi", COMPOSE_FOLD, 1, COMPOSE_ERR_NUMBER, 0, NULL,
     0},
    {"emoji refused", ANN, "hi 😀", COMPOSE_REFUSE, 1, COMPOSE_ERR_CHARACTER, 0, NULL, 0},
    {"two parts where one is allowed", ANN,
     "жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж", COMPOSE_FOLD, 1,
     COMPOSE_ERR_PARTS, 2, NULL, 0},
    {"plain", ANN, "hi @ 5€", COMPOSE_FOLD, 1, COMPOSE_OK, 1, "hi @ 5€", 0},
    {"short code", "60777", "STOP", COMPOSE_FOLD, 1, COMPOSE_OK, 1, "STOP", 0},
    {"folded", ANN, "“We’re closed” – back soon…", COMPOSE_FOLD, 1, COMPOSE_OK, 1,
     "\"We're closed\" - back soon...", 5},
    {"letters and marks apart", ANN, "man\u0303ana cafe\u0301 a\u0301", COMPOSE_FOLD, 1, COMPOSE_OK,
     1, "mañana café a", 3},
    {"a mark alone", ANN, "x\u0301", COMPOSE_FOLD, 1, COMPOSE_OK, 1, "x\u0301", 0},
    {"a sign in emoji style", ANN, "™️", COMPOSE_FOLD, 1, COMPOSE_OK, 1, "TM", 2},
    {"the same character is told once", ANN, "’’’", COMPOSE_FOLD, 1, COMPOSE_OK, 1, "'''", 1},
    {"folded where UCS-2 is refused", ANN, "we’re", COMPOSE_REFUSE, 1, COMPOSE_OK, 1, "we're", 1},
    {"not folded", ANN, "we’re", COMPOSE_ALLOW, 1, COMPOSE_OK, 1, "we’re", 0},
    {"not folded in vain", ANN, "we’re 😀", COMPOSE_FOLD, 1, COMPOSE_OK, 1, "we’re 😀", 0},
};

/* What follows "the text" in a message. */
static const char *const words[] = {
    [COMPOSE_OK] = "is fine",
    [COMPOSE_ERR_EMPTY] = "is empty",
    [COMPOSE_ERR_UTF8] = "is not UTF-8",
    [COMPOSE_ERR_NUMBER] = "goes to what is no number",
    [COMPOSE_ERR_CHARACTER] = "has a character that the GSM alphabet lacks",
    [COMPOSE_ERR_PARTS] = "needs more parts than allowed",
    [COMPOSE_ERR_LONG] = "is longer than any text message can be",
};

static enum compose_err run(const struct row *row)
{
    struct compose_options o = {row->to, row->unicode, false, 7, row->max_parts};
    return compose_text(&composed, row->text, &o);
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        enum compose_err err = run(row);
        bool ok = err == row->err;
        if (err == COMPOSE_OK || err == COMPOSE_ERR_PARTS)
            ok = ok && composed.part_count == row->part_count;
        if (err == COMPOSE_OK)
            ok = ok && strcmp(composed.text, row->sent) == 0 &&
                 composed.replaced_count == row->replaced;
        if (!tap_ok(ok, "%s", row->name))
            tap_diag("%s", compose_err_str(err));
    }
}

static void test_details(void)
{
    struct compose_options o = {ANN, COMPOSE_REFUSE, false, 7, 1};
    enum compose_err err = compose_text(&composed, "hi 😀", &o);
    tap_ok(err == COMPOSE_ERR_CHARACTER && composed.at == 3 && composed.refused == 0x1F600,
           "the refused character and its place");
    err = compose_text(&composed, "caf\xe9", &o);
    tap_ok(err == COMPOSE_ERR_UTF8 && composed.at == 3, "the place of the octet that is not UTF-8");
    err = compose_text(&composed, "we’re", &o);
    tap_ok(err == COMPOSE_OK && composed.replaced[0].from == 0x2019 &&
               strcmp(composed.replaced[0].to, "'") == 0,
           "the replacement");
    static char text[COMPOSE_TEXT_MAX + 2];
    memset(text, 'a', COMPOSE_TEXT_MAX + 1);
    o.max_parts = COMPOSE_PARTS_MAX;
    tap_ok(compose_text(&composed, text, &o) == COMPOSE_ERR_LONG, "over COMPOSE_TEXT_MAX");
    text[255 * 152 + 1] = '\0';
    tap_ok(compose_text(&composed, text, &o) == COMPOSE_ERR_LONG, "over 255 parts");
    text[255 * 152] = '\0';
    tap_ok(compose_text(&composed, text, &o) == COMPOSE_OK && composed.part_count == 255,
           "255 parts");
    for (size_t i = 0; i + 1 < COMPOSE_TEXT_MAX; i += 2)
        memcpy(text + i, "\xc2\xa9", 3); /* (C) takes an octet more */
    tap_ok(compose_text(&composed, text, &o) == COMPOSE_ERR_LONG,
           "over COMPOSE_TEXT_MAX once it is folded");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        tap_ok(strcmp(compose_err_str((enum compose_err)i), words[i]) == 0, "the text %s",
               words[i]);
}

/* More different characters than are told: all of them are replaced. */
static void test_many_replaced(void)
{
    struct compose_options o = {ANN, COMPOSE_FOLD, false, 7, COMPOSE_PARTS_MAX};
    char text[4 * (COMPOSE_REPLACED_MAX + 40) + 1];
    size_t len = 0, folded = 0;
    for (uint32_t code = 0x100; folded < COMPOSE_REPLACED_MAX + 40 && code < 0x180; code++) {
        struct compose_lack lack;
        char octets[UTF8_MAX + 1];
        size_t n = utf8_encode(code, octets);
        if (compose_lacks(octets, n, &lack, 1) == 1 && lack.to) {
            memcpy(text + len, octets, n);
            len += n;
            folded++;
        }
    }
    text[len] = '\0';
    tap_ok(folded > COMPOSE_REPLACED_MAX && compose_text(&composed, text, &o) == COMPOSE_OK &&
               composed.alphabet == DCS_ALPHABET_GSM7 &&
               composed.replaced_count == COMPOSE_REPLACED_MAX,
           "%zu characters are replaced, %d told", folded, COMPOSE_REPLACED_MAX);
}

static const struct lack_row {
    const char *name, *text;
    size_t count;
    struct compose_lack lacks[3];
} lack_rows[] = {
    {"nothing", "", 0, {{0}}},
    {"nothing lacks", "hi @ 5€", 0, {{0}}},
    {"an emoji", "hi 😀", 1, {{0x1F600, 3, NULL}}},
    {"in order, each once",
     "it’s 😀…’😀",
     3,
     {{0x2019, 2, "'"}, {0x1F600, 7, NULL}, {0x2026, 11, "..."}}},
    {"the same twice", "😀 — 😀", 2, {{0x1F600, 0, NULL}, {0x2014, 5, "-"}}},
    {"a mark with its letter", "cafe\u0301", 1, {{0x301, 4, "é"}}},
    {"no more than there is room for",
     "жьюя",
     3,
     {{0x436, 0, NULL}, {0x44C, 2, NULL}, {0x44E, 4, NULL}}},
};

static void test_lacks(void)
{
    for (size_t i = 0; i < sizeof(lack_rows) / sizeof(lack_rows[0]); i++) {
        const struct lack_row *row = &lack_rows[i];
        struct compose_lack got[3];
        bool ok = compose_lacks(row->text, strlen(row->text), got, 3) == row->count;
        for (size_t k = 0; ok && k < row->count; k++) {
            const struct compose_lack *want = &row->lacks[k];
            ok = got[k].code == want->code && got[k].at == want->at &&
                 (want->to ? got[k].to && strcmp(got[k].to, want->to) == 0 : !got[k].to);
        }
        tap_ok(ok, "needs UCS-2: %s", row->name);
    }
}

/* What is told of a text that is being written: units used in each part, and those left. */
static const struct {
    const char *name, *unit;
    size_t count, parts;
    size_t used[3], left[3];
} unit_rows[] = {
    {"one part", "€", 3, 1, {6}, {154}},
    {"a full part", "a", 160, 1, {160}, {0}},
    {"one septet more", "a", 161, 2, {152, 9}, {0, 143}},
    {"an escape pair does not fit", "a€", 60, 2, {151, 29}, {1, 123}},
    {"UCS-2", "ж", 3, 1, {3}, {67}},
    {"a full part of UCS-2", "ж", 70, 1, {70}, {0}},
    {"one unit more", "ж", 71, 2, {66, 5}, {0, 61}},
    {"pairs do not fit", "ж😀", 45, 3, {66, 66, 3}, {0, 0, 63}},
};

static void test_units(void)
{
    struct compose_options o = {ANN, COMPOSE_ALLOW, false, 7, 3};
    char text[1024];
    for (size_t i = 0; i < sizeof(unit_rows) / sizeof(unit_rows[0]); i++) {
        size_t len = strlen(unit_rows[i].unit), left;
        for (size_t k = 0; k < unit_rows[i].count; k++)
            memcpy(text + k * len, unit_rows[i].unit, len + 1);
        bool ok = compose_text(&composed, text, &o) == COMPOSE_OK &&
                  composed.part_count == unit_rows[i].parts;
        for (size_t k = 0; ok && k < composed.part_count; k++) {
            size_t used = compose_part_units(&composed, k, &left);
            ok = used == unit_rows[i].used[k] && left == unit_rows[i].left[k];
            if (!ok)
                tap_diag("part %zu: %zu used, %zu left", k, used, left);
        }
        tap_ok(ok, "units: %s", unit_rows[i].name);
    }
}

/* Vectors whose options are those of the façade must come out the same. */
static void test_vectors(void)
{
    json_t *lines = vectors_load(SUBMIT);
    size_t checked = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i), *options = json_object_get(line, "options");
        const json_t *pdus = json_object_get(line, "pdus");
        bool plain = json_is_array(pdus) && vectors_int(options, "ref", 0) == 0;
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)options, key, value)
        {
            bool known = strcmp(key, "ref") == 0 || strcmp(key, "status_report_request") == 0 ||
                         strcmp(key, "concat_ref") == 0 || strcmp(key, "concat_bits") == 0;
            plain = plain && known;
        }
        if (json_array_size(pdus) > 1 && vectors_int(options, "concat_bits", 16) != 16)
            plain = false;
        if (!plain)
            continue;
        struct compose_options o = {vectors_text(line, "to"), COMPOSE_ALLOW,
                                    json_is_true(json_object_get(options, "status_report_request")),
                                    (uint16_t)vectors_int(options, "concat_ref", 0), 9};
        bool ok = compose_text(&composed, vectors_text(line, "text"), &o) == COMPOSE_OK &&
                  composed.part_count == json_array_size(pdus);
        for (size_t k = 0; ok && k < composed.part_count; k++) {
            char hex[PDU_HEX_MAX + 1];
            size_t octets = 0;
            compose_part(&composed, k, hex, &octets);
            ok = strcmp(hex, json_string_value(json_array_get(pdus, k))) == 0 &&
                 octets == strlen(hex) / 2 - 1;
        }
        tap_ok(ok, "%s", vectors_text(line, "name"));
        checked++;
    }
    if (!tap_ok(checked == 11, SUBMIT ": 11 of the kind that is sent"))
        tap_diag("%zu", checked);
    json_decref(lines);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return *state >> 8;
}

/* Any Unicode scalar value but NUL: half of them below U+0800, a quarter beyond the BMP. */
static uint32_t random_scalar(uint32_t *state)
{
    static const uint32_t ends[] = {0x80, 0x800, 0x10000, 0x110000};
    for (;;) {
        uint32_t code = next_random(state) % ends[next_random(state) % 4];
        if (code != 0 && (code < 0xD800 || code > 0xDFFF))
            return code;
    }
}

/* Text of the given length in characters: of the GSM alphabet alone, with some that need UCS-2 and
 * belong together, or of all Unicode. */
static size_t random_text(uint32_t *state, size_t characters, char *out)
{
    static const char *const plain[] = {"a", "Z", " ", "@", "é", "\n", "€", "{", "Ω", "7"};
    static const char *const wide[] = {"ж",
                                       "😀",
                                       "’",
                                       "漢",
                                       "e\u0301",
                                       "👍🏽",
                                       "🇬🇧",
                                       "कि",
                                       "1️⃣",
                                       "한",
                                       "👨‍👩‍👧",
                                       "\r\n"};
    uint32_t kind = next_random(state) % 4;
    size_t len = 0;
    for (size_t i = 0; i < characters; i++) {
        uint32_t pick = next_random(state);
        bool use_wide = kind < 3 && pick % 4 < kind;
        const char *s = use_wide ? wide[pick / 4 % 12] : plain[pick / 4 % 10];
        if (kind == 3) {
            len += utf8_encode(random_scalar(state), out + len);
            continue;
        }
        memcpy(out + len, s, strlen(s));
        len += strlen(s);
    }
    out[len] = '\0';
    return len;
}

/* No part but the first begins inside of what is seen as one character, where a part can hold that
 * whole: none here is longer. */
static bool cuts_well(void)
{
    struct grapheme g = {0};
    size_t part = 0;
    for (size_t at = 0; at < composed.text_len;) {
        uint32_t code;
        size_t n = utf8_decode(composed.text + at, composed.text_len - at, &code);
        bool border = grapheme_border(&g, code);
        if (at == composed.part_end[part]) {
            part++;
            if (!border)
                return false;
        }
        at += n;
    }
    return part + 1 == composed.part_count;
}

/* Encoded, decoded in another order and joined, a text is what it was. */
static bool round_trip(const char *text, size_t len, uint32_t *state)
{
    static struct reassembly whole;
    static char joined[REASSEMBLY_TEXT_MAX + 1];
    struct compose_options o = {ANN, COMPOSE_ALLOW, true, (uint16_t)next_random(state), 255};
    if (compose_text(&composed, text, &o) != COMPOSE_OK)
        return false;
    if (!cuts_well())
        return false;
    reassembly_init(&whole);
    size_t shift = next_random(state) % composed.part_count, shown = 0;
    for (size_t i = 0; i < composed.part_count; i++) {
        char hex[PDU_HEX_MAX + 1];
        size_t tpdu_octets, part_len, at = 0, k = (i + shift) % composed.part_count;
        struct pdu p;
        compose_part(&composed, k, hex, &tpdu_octets);
        if (pdu_decode_hex(hex, strlen(hex), true, &p, &at) != PDU_OK || !p.report || p.truncated)
            return false;
        const char *part = compose_part_text(&composed, k, &part_len);
        if (!p.has_text || p.text_len != part_len || memcmp(p.text, part, part_len) != 0)
            return false;
        shown += part_len;
        if (!reassembly_add(&whole, &p) || reassembly_add(&whole, &p))
            return false;
    }
    size_t joined_len = 0;
    return reassembly_complete(&whole) && reassembly_join(&whole, joined, &joined_len) &&
           shown == len && joined_len == len && memcmp(joined, text, len) == 0;
}

static void test_random(void)
{
    static char text[16 * 1024];
    const char *given = getenv("TEXTBACK_SEED");
    uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 10) : 20261123, state = seed;
    size_t rounds = 0;
    tap_diag("TEXTBACK_SEED=%u", (unsigned)seed);
    for (; rounds < ROUNDS; rounds++) {
        size_t len = random_text(&state, 1 + next_random(&state) % 400, text);
        if (!round_trip(text, len, &state)) {
            tap_diag("round %zu: %s", rounds, text);
            break;
        }
    }
    tap_ok(rounds == ROUNDS, "%d random texts come back whole", ROUNDS);
}

int main(void)
{
    test_rows();
    test_details();
    test_many_replaced();
    test_lacks();
    test_units();
    test_vectors();
    test_random();
    return tap_done();
}
