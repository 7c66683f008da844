/* tests/unit/test_sms_tpdu.c - every text of tests/vectors/sms-submit.jsonl becomes the PDUs stated
 * there and reads back; DELIVER and STATUS-REPORT read back what was written. */
#include "base/octets.h"
#include "sms/segment.h"
#include "sms/tpdu.h"
#include "tap.h"
#include "vectors.h"
#include <stdio.h>
#include <string.h>

#define SUBMIT "tests/vectors/sms-submit.jsonl"

struct cut_text {
    char *text; /* owned */
    size_t len;
    enum dcs_alphabet alphabet;
    uint8_t concat_bits;
    size_t parts;
    size_t end[SEGMENT_PARTS_MAX];
};

static enum dcs_alphabet alphabet_named(const char *name)
{
    enum dcs_alphabet a = DCS_ALPHABET_GSM7;
    while (strcmp(dcs_alphabet_name(a), name) != 0)
        a++;
    return a;
}

static void cut(const json_t *line, struct cut_text *ret)
{
    const json_t *options = json_object_get(line, "options");
    const char *text = vectors_text(line, "text");
    size_t repeat = (size_t)vectors_int(options, "repeat", 1), len = strlen(text);
    *ret = (struct cut_text){.text = malloc(repeat * len + 1), .len = repeat * len};
    for (size_t i = 0; i < repeat; i++)
        memcpy(ret->text + i * len, text, len);
    ret->alphabet = alphabet_named(vectors_text(line, "alphabet"));
    ret->concat_bits = (uint8_t)vectors_int(options, "concat_bits", 16);
    ret->parts = segment_text(ret->text, ret->len, ret->alphabet, ret->concat_bits, ret->end);
}

static struct address address_of(const char *text, const json_t *options)
{
    struct address a = {.type = ADDRESS_UNKNOWN};
    if (*text && address_parse(text, &a) == 0 && a.type == ADDRESS_UNKNOWN)
        a.type = (enum address_type)(vectors_int(options, "toa_local", 0x81) >> 4 & 7);
    return a;
}

static void fill_validity(const json_t *options, struct tpdu_submit *s)
{
    int relative = vectors_int(options, "validity_relative", -1);
    int year, month, day, hour, minute, second;
    if (relative >= 0) {
        s->validity[0] = (uint8_t)relative;
        s->validity_octets = 1;
    }
    if (sscanf(vectors_text(options, "validity_absolute"), "%d-%d-%dT%d:%d:%d+00:00", &year, &month,
               &day, &hour, &minute, &second) == 6) {
        struct civil c = {
            year, (int8_t)month, (int8_t)day, (int8_t)hour, (int8_t)minute, (int8_t)second, 0};
        scts_encode(&c, 0, s->validity);
        s->validity_octets = SCTS_OCTETS;
    }
}

static struct tpdu_submit submit_of(const json_t *line, const struct cut_text *text, size_t i)
{
    const json_t *options = json_object_get(line, "options");
    bool increments = json_is_true(json_object_get(options, "ref_increments"));
    int message_class = vectors_int(options, "class", -1);
    size_t begin = i > 0 ? text->end[i - 1] : 0;
    struct tpdu_submit s = {
        .mr = (uint8_t)(vectors_int(options, "ref", 0) + (increments ? (int)i : 0)),
        .to = address_of(vectors_text(line, "to"), options),
        .pid = (uint8_t)vectors_int(options, "pid", 0),
        .dcs = (uint8_t)(text->alphabet << 2),
        .report = json_is_true(json_object_get(options, "status_report_request")),
        .reject_duplicates = json_is_true(json_object_get(options, "reject_duplicates")),
        .user_data = {.alphabet = text->alphabet,
                      .text = text->text + begin,
                      .text_len = text->end[i] - begin},
    };
    if (message_class >= 0)
        s.dcs |= (uint8_t)(0x10 | message_class);
    if (text->parts > 1)
        s.user_data.concat =
            (struct udh_concat){text->concat_bits, (uint16_t)vectors_int(options, "concat_ref", 0),
                                (uint8_t)text->parts, (uint8_t)(i + 1)};
    fill_validity(options, &s);
    return s;
}

/* What was written reads back. */
static bool reads_back(const uint8_t *octets, size_t len, const struct tpdu_submit *s)
{
    struct pdu p;
    size_t at = 0;
    if (pdu_decode(octets, len, true, &p, &at) != PDU_OK)
        return false;
    const char *text = p.has_text ? p.text : (const char *)p.data;
    size_t text_len = p.has_text ? p.text_len : p.data_len;
    return p.type == PDU_SUBMIT && p.mr == s->mr && p.pid == s->pid && p.dcs == s->dcs &&
           p.report == s->report && p.end == len && strcmp(p.number.text, s->to.text) == 0 &&
           p.number.type == s->to.type && text_len == s->user_data.text_len &&
           memcmp(text, s->user_data.text, text_len) == 0 &&
           p.udh.concat.seq == s->user_data.concat.seq &&
           p.udh.concat.ref == s->user_data.concat.ref;
}

/* What is read and written again is the same, octet for octet. */
static bool writes_back(const uint8_t *octets, size_t len)
{
    struct pdu p;
    uint8_t again[PDU_OCTETS_MAX];
    size_t at = 0;
    if (pdu_decode(octets, len, true, &p, &at) != PDU_OK)
        return false;
    struct tpdu_submit s = {
        .mr = p.mr,
        .to = p.number,
        .pid = p.pid,
        .dcs = p.dcs,
        .report = p.report,
        .reject_duplicates = p.reject_duplicates,
        .validity_octets = p.validity_octets,
        .user_data = {.alphabet = p.coding.alphabet,
                      .concat = p.udh.concat,
                      .text = p.has_text ? p.text : (const char *)p.data,
                      .text_len = p.has_text ? p.text_len : p.data_len},
    };
    memcpy(s.validity, p.validity, sizeof(s.validity));
    struct octets_writer w = octets_writer(again, sizeof(again));
    address_write_smsc(&w, &p.smsc);
    tpdu_submit_encode(&w, &s);
    return octets_written(&w) && w.len == len && memcmp(again, octets, len) == 0;
}

static bool test_part(const json_t *line, const struct cut_text *text, size_t i)
{
    struct tpdu_submit submit = submit_of(line, text, i);
    const json_t *options = json_object_get(line, "options");
    struct address smsc = address_of(vectors_text(options, "smsc"), options);
    uint8_t octets[PDU_OCTETS_MAX];
    char hex[PDU_HEX_MAX + 1];
    struct octets_writer w = octets_writer(octets, sizeof(octets));
    address_write_smsc(&w, &smsc);
    size_t smsc_octets = w.len;
    tpdu_submit_encode(&w, &submit);
    octets_to_hex(octets, w.len, hex);
    const char *expected = json_string_value(json_array_get(json_object_get(line, "pdus"), i));
    const json_t *tpdu_len = json_array_get(json_object_get(line, "tpdu_len"), i);
    if (octets_written(&w) && expected && strcmp(hex, expected) == 0 &&
        (json_int_t)(w.len - smsc_octets) == json_integer_value(tpdu_len) &&
        reads_back(octets, w.len, &submit) && writes_back(octets, w.len))
        return true;
    tap_diag("got %s", hex);
    return false;
}

static void test_submit(void)
{
    json_t *lines = vectors_load(SUBMIT);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        struct cut_text text;
        cut(line, &text);
        bool ok = text.parts == (size_t)vectors_int(line, "parts", -1);
        if (json_is_array(json_object_get(line, "pdus")))
            for (size_t k = 0; ok && k < text.parts; k++)
                ok = test_part(line, &text, k);
        tap_ok(ok, "%s", vectors_text(line, "name"));
        free(text.text);
    }
    tap_ok(json_array_size(lines) == 59, SUBMIT ": 59");
    json_decref(lines);
}

static const struct deliver_row {
    const char *name, *from;
    enum address_type type;
    enum dcs_alphabet alphabet;
    uint8_t dcs;
    const char *text;
} deliver_rows[] = {
    {"empty text", "+447700900321", ADDRESS_INTERNATIONAL, DCS_ALPHABET_GSM7, 0, ""},
    {"withheld", "", ADDRESS_UNKNOWN, DCS_ALPHABET_GSM7, 0, "x"},
    {"8-bit data", "60777", ADDRESS_UNKNOWN, DCS_ALPHABET_8BIT, 4, "\1\2\3"},
    {"plain", "+447700900321", ADDRESS_INTERNATIONAL, DCS_ALPHABET_GSM7, 0, "Yes please @ 5€"},
    {"flash", "07700900321", ADDRESS_NATIONAL, DCS_ALPHABET_GSM7, 0x10, "flash"},
    {"emoji", "+447700900321", ADDRESS_INTERNATIONAL, DCS_ALPHABET_UCS2, 8, "tap leaks 😀"},
    {"name of 11 letters", "Brightwater", ADDRESS_ALPHANUMERIC, DCS_ALPHABET_GSM7, 0, "hi"},
    {"name of 8 letters, no room to spare", "Plumbing", ADDRESS_ALPHANUMERIC, DCS_ALPHABET_GSM7, 0,
     "hi"},
    {"name of 7 letters", "Pl{ber", ADDRESS_ALPHANUMERIC, DCS_ALPHABET_GSM7, 0, "hi"},
};

static void test_deliver(void)
{
    const struct civil when = {2026, 11, 23, 14, 27, 46, 0};
    for (size_t i = 0; i < sizeof(deliver_rows) / sizeof(deliver_rows[0]); i++) {
        const struct deliver_row *row = &deliver_rows[i];
        struct tpdu_deliver d = {.from = {.type = row->type},
                                 .dcs = row->dcs,
                                 .user_data = {.alphabet = row->alphabet,
                                               .text = row->text,
                                               .text_len = strlen(row->text)}};
        memcpy(d.from.text, row->from, strlen(row->from));
        scts_encode(&when, -210, d.scts);
        uint8_t octets[PDU_OCTETS_MAX];
        struct octets_writer w = octets_writer(octets, sizeof(octets));
        tpdu_deliver_encode(&w, &d);
        struct pdu p;
        size_t at = 0;
        char stamp[SCTS_RFC3339_SIZE] = "";
        bool ok = pdu_decode(octets, w.len, false, &p, &at) == PDU_OK;
        if (ok) {
            scts_rfc3339(&p.scts, stamp);
            const char *text = p.has_text ? p.text : (const char *)p.data;
            size_t len = p.has_text ? p.text_len : p.data_len;
            ok = p.type == PDU_DELIVER && p.end == w.len && p.dcs == row->dcs &&
                 p.number.type == row->type && strcmp(p.number.text, row->from) == 0 &&
                 strcmp(stamp, "2026-11-23T14:27:46-03:30") == 0 && len == strlen(row->text) &&
                 memcmp(text, row->text, len) == 0;
        }
        tap_ok(ok, "deliver: %s", row->name);
    }
}

static void test_status_report(void)
{
    const struct civil when = {2026, 11, 23, 14, 27, 46, 0};
    struct tpdu_status_report t = {
        .mr = 200, .to = {.type = ADDRESS_INTERNATIONAL, .text = "+447700900321"}, .status = 0x41};
    scts_encode(&when, 60, t.scts);
    scts_encode(&when, 0, t.discharge);
    uint8_t octets[PDU_OCTETS_MAX];
    struct octets_writer w = octets_writer(octets, sizeof(octets));
    tpdu_status_report_encode(&w, &t);
    struct pdu p;
    size_t at = 0;
    bool ok = pdu_decode(octets, w.len, false, &p, &at) == PDU_OK;
    tap_ok(ok && p.type == PDU_STATUS_REPORT && p.mr == 200 && p.outcome == PDU_PERMANENT &&
               p.final && p.end == w.len && strcmp(p.number.text, t.to.text) == 0 &&
               p.discharge.wall.s - p.scts.wall.s == 3600,
           "status report");
}

int main(void)
{
    test_deliver();
    test_status_report();
    test_submit();
    return tap_done();
}
