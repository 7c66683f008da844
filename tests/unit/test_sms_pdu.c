/* tests/unit/test_sms_pdu.c - every PDU of tests/vectors, then each cut at every octet and with
 * every octet changed: an error or a message, never a crash, never invalid UTF-8. */
#include "base/octets.h"
#include "base/utf8.h"
#include "sms/pdu.h"
#include "tap.h"
#include "vectors.h"
#include <string.h>

#define DELIVER "tests/vectors/sms-deliver.jsonl"
#define STATUS_REPORT "tests/vectors/sms-status-report.jsonl"

static bool same(const char *what, bool ok)
{
    if (!ok)
        tap_diag("differs: %s", what);
    return ok;
}

static bool same_hex(const char *what, const uint8_t *octets, size_t len, const char *hex)
{
    char got[PDU_HEX_MAX + 1];
    octets_to_hex(octets, len, got);
    return same(what, strcmp(got, hex) == 0);
}

static bool same_time(const json_t *line, const char *key, const struct scts *t)
{
    char text[SCTS_RFC3339_SIZE];
    scts_rfc3339(t, text);
    return same(key, vectors_is(line, key, text));
}

static bool same_udh(const json_t *udh, const struct udh *u)
{
    if (!json_is_object(udh))
        return same("no header", !u->present);
    const json_t *concat = json_object_get(udh, "concat"), *ports = json_object_get(udh, "ports");
    const json_t *special = json_object_get(udh, "special");
    bool ok = same("header", u->present);
    ok &= same("malformed", u->malformed == json_is_true(json_object_get(udh, "malformed")));
    ok &= same("concat bits", u->concat.bits == vectors_int(concat, "bits", 0));
    ok &= same("concat ref", u->concat.ref == vectors_int(concat, "ref", 0));
    ok &= same("concat total", u->concat.total == vectors_int(concat, "total", 0));
    ok &= same("concat seq", u->concat.seq == vectors_int(concat, "seq", 0));
    ok &= same("ports bits", u->ports.bits == vectors_int(ports, "bits", 0));
    ok &= same("ports dst", u->ports.dst == vectors_int(ports, "dst", 0));
    ok &= same("ports src", u->ports.src == vectors_int(ports, "src", 0));
    ok &= same("locking", u->lang_locking == vectors_int(udh, "lang_locking", 0));
    ok &= same("single", u->lang_single == vectors_int(udh, "lang_single", 0));
    ok &= same("special", u->special_count == json_array_size(special));
    for (size_t i = 0; i < u->special_count; i++) {
        const json_t *one = json_array_get(special, i);
        ok &= same("special type", (int)u->special[i].type == vectors_int(one, "type", -1));
        ok &= same("special count", u->special[i].count == vectors_int(one, "count", -1));
    }
    return ok;
}

static bool same_waiting(const json_t *mwi, const struct dcs *d)
{
    if (!json_is_object(mwi))
        return same("no message waiting", !d->waiting);
    bool ok = same("waiting", d->waiting);
    ok &= same("store", d->waiting_store == json_is_true(json_object_get(mwi, "store")));
    ok &= same("active", d->waiting_active == json_is_true(json_object_get(mwi, "active")));
    return ok & same("type", vectors_is(mwi, "type", dcs_waiting_name(d->waiting_type)));
}

static bool same_content(const json_t *line, const struct pdu *p)
{
    const json_t *text = json_object_get(line, "text");
    bool ok = same("has text", p->has_text == json_is_string(text));
    if (p->has_text && json_is_string(text)) {
        ok &= same("text length", p->text_len == json_string_length(text));
        ok &= same("text", memcmp(p->text, json_string_value(text), p->text_len + 1) == 0);
    }
    if (json_is_string(json_object_get(line, "data_hex")))
        ok &= same_hex("data", p->data, p->data_len, vectors_text(line, "data_hex"));
    return ok;
}

static bool same_deliver(const json_t *line, const struct pdu *p)
{
    bool ok = same("type", p->type == PDU_DELIVER);
    ok &= same("smsc", vectors_is(line, "smsc", p->smsc.text));
    ok &= same("from", vectors_is(line, "from", p->number.text));
    ok &= same("from type", vectors_is(line, "from_type", address_type_name(p->number.type)));
    ok &= same_time(line, "scts", &p->scts);
    ok &= same("pid", p->pid == vectors_int(line, "pid", -1));
    ok &= same("dcs", p->dcs == vectors_int(line, "dcs", -1));
    ok &= same("alphabet", vectors_is(line, "alphabet", dcs_alphabet_name(p->coding.alphabet)));
    ok &= same("class", p->coding.message_class == vectors_int(line, "class", DCS_CLASS_NONE));
    ok &= same("compressed",
               p->coding.compressed == json_is_true(json_object_get(line, "compressed")));
    ok &= same("more", p->more == json_is_true(json_object_get(line, "more")));
    ok &= same("whole", !p->truncated);
    ok &= same_udh(json_object_get(line, "udh"), &p->udh);
    ok &= same_waiting(json_object_get(line, "mwi"), &p->coding);
    return ok & same_content(line, p);
}

static bool same_status_report(const json_t *line, const struct pdu *p)
{
    bool ok = same("type", p->type == PDU_STATUS_REPORT);
    ok &= same("smsc", vectors_is(line, "smsc", p->smsc.text));
    ok &= same("to", vectors_is(line, "to", p->number.text));
    ok &= same("to type", vectors_is(line, "to_type", address_type_name(p->number.type)));
    ok &= same("mr", p->mr == vectors_int(line, "tp_mr", -1));
    ok &= same_time(line, "scts", &p->scts);
    ok &= same_time(line, "discharge", &p->discharge);
    if (*vectors_text(line, "scts_local")) { /* a zone that cannot be read: the clock is there */
        struct scts t = p->scts;
        char text[SCTS_RFC3339_SIZE];
        ok &= same("local time alone", t.valid && !t.zone_valid);
        t.zone_valid = true;
        scts_rfc3339(&t, text);
        text[19] = '\0';
        ok &= same("scts_local", vectors_is(line, "scts_local", text));
    }
    ok &= same("status", p->status == vectors_int(line, "status", -1));
    ok &= same("class", vectors_is(line, "class", pdu_outcome_name(p->outcome)));
    return ok & same("final", p->final == json_is_true(json_object_get(line, "final")));
}

/* A broken PDU: an error, or, where the line allows it, what could be read. */
static bool same_broken(const json_t *line, enum pdu_type type, enum pdu_err err,
                        const struct pdu *p)
{
    if (err != PDU_OK)
        return true;
    if (vectors_is(line, "expect", "reject"))
        return same("rejected", p->type != type);
    const char *text = vectors_text(line, "degrade_text");
    return !*text || same("degraded text", strcmp(p->text, text) == 0);
}

static bool same_end(const json_t *line, const struct pdu *p, const uint8_t *octets, size_t len)
{
    const char *key = p->type == PDU_DELIVER ? "trailing_hex" : "after_status_hex";
    size_t smsc = json_is_true(json_object_get(line, "smsc_present")) ? (size_t)1 + octets[0] : 0;
    bool ok = same("tpdu_len", len - smsc == (size_t)vectors_int(line, "tpdu_len", -1));
    return ok & same_hex(key, octets + p->end, len - p->end, vectors_text(line, key));
}

static bool test_line(const json_t *line, enum pdu_type type)
{
    const char *hex = vectors_text(line, "pdu");
    if (!*hex)
        hex = vectors_text(line, "pdu_text");
    struct pdu p;
    size_t at = SIZE_MAX;
    enum pdu_err err = pdu_decode_hex(hex, strlen(hex),
                                      json_is_true(json_object_get(line, "smsc_present")), &p, &at);
    if (!json_is_true(json_object_get(line, "valid")))
        return same_broken(line, type, err, &p) && (err == PDU_OK || at <= strlen(hex) / 2);
    if (err != PDU_OK) {
        tap_diag("%s at octet %zu", pdu_err_str(err), at);
        return false;
    }
    uint8_t octets[PDU_OCTETS_MAX];
    int len = octets_from_hex(hex, strlen(hex), octets, sizeof(octets), NULL);
    bool ok = type == PDU_DELIVER ? same_deliver(line, &p) : same_status_report(line, &p);
    return ok & same_end(line, &p, octets, (size_t)len);
}

/* Decodes and checks what always holds. Returns whether it did. */
static bool survives(const uint8_t *octets, size_t len, bool smsc_present)
{
    struct pdu p;
    char shown[128];
    size_t at = SIZE_MAX;
    enum pdu_err err = pdu_decode(octets, len, smsc_present, &p, &at);
    if (err != PDU_OK)
        return at <= len && *pdu_err_str(err);
    pdu_describe(&p, p.data_len, shown, sizeof(shown));
    return p.end <= len && p.text_len <= PDU_TEXT_MAX && p.text[p.text_len] == '\0' &&
           utf8_valid_prefix(p.text, p.text_len) == p.text_len && p.data_len <= PDU_UD_MAX;
}

static bool test_damage(const json_t *line)
{
    static const uint8_t changes[] = {0x01, 0x04, 0x10, 0x40, 0x80, 0xFF};
    const char *hex = vectors_text(line, "pdu");
    bool smsc_present = json_is_true(json_object_get(line, "smsc_present"));
    uint8_t octets[PDU_OCTETS_MAX];
    int count = octets_from_hex(hex, strlen(hex), octets, sizeof(octets), NULL);
    if (count <= 0) /* null: no proper hex */
        return true;
    size_t len = (size_t)count;
    for (size_t cut = 0; cut <= len; cut++) {
        uint8_t exact[PDU_OCTETS_MAX];
        memcpy(exact + sizeof(exact) - cut, octets,
               cut); /* at the end: a sanitizer sees an overrun */
        if (!survives(exact + sizeof(exact) - cut, cut, smsc_present))
            return same("cut", false);
    }
    for (size_t i = 0; i < len; i++) {
        for (size_t c = 0; c < sizeof(changes); c++) {
            octets[i] ^= changes[c];
            bool ok = survives(octets, len, smsc_present) && survives(octets, len, !smsc_present);
            octets[i] ^= changes[c];
            if (!ok)
                return same("changed octet", false);
        }
    }
    return true;
}

static void test_vectors(const char *path, enum pdu_type type, size_t valid, size_t broken)
{
    json_t *lines = vectors_load(path);
    size_t count[2] = {0, 0};
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        count[json_is_true(json_object_get(line, "valid"))]++;
        tap_ok(test_line(line, type), "%s", vectors_text(line, "name"));
        if (!test_damage(line))
            tap_ok(false, "%s damaged", vectors_text(line, "name"));
    }
    tap_ok(count[0] == broken && count[1] == valid, "%s: %zu valid, %zu broken", path, valid,
           broken);
    json_decref(lines);
}

static const struct error_row {
    const char *name, *hex;
    enum pdu_err err;
    size_t at;
} error_rows[] = {
    {"nothing", "", PDU_ERR_SHORT, 0},
    {"SMSC alone", "00", PDU_ERR_SHORT, 1},
    {"no hex digit", "000g", PDU_ERR_HEX, 1},
    {"odd number of digits", "00040", PDU_ERR_ODD, 2},
    {"SMSC of 12 octets", "0C91447785016005000004", PDU_ERR_SMSC, 0},
    {"ends in the SMSC", "07914477", PDU_ERR_SHORT, 4},
    {"reserved type", "0003", PDU_ERR_TYPE, 1},
    {"21 digits", "000415914477009103200021436587F900", PDU_ERR_ADDRESS, 2},
    {"header past the user data", "004403912143000052304151906200060A0003010201", PDU_ERR_HEADER,
     16},
    {"ends in the time stamp", "0004039121430000523041", PDU_ERR_SHORT, 11},
};

static const char *const words[] = {
    [PDU_OK] = "no error",
    [PDU_ERR_HEX] = "a character that is no hex digit",
    [PDU_ERR_ODD] = "an odd number of hex digits",
    [PDU_ERR_LONG] = "longer than any PDU",
    [PDU_ERR_SHORT] = "ends too early",
    [PDU_ERR_SMSC] = "the SMSC field is longer than it can be",
    [PDU_ERR_TYPE] = "a reserved message type",
    [PDU_ERR_ADDRESS] = "a number of more than 20 digits",
    [PDU_ERR_HEADER] = "the user data header is longer than the user data",
};

static void test_errors(void)
{
    for (size_t i = 0; i < sizeof(error_rows) / sizeof(error_rows[0]); i++) {
        const struct error_row *row = &error_rows[i];
        struct pdu p = {.pid = 77};
        size_t at = SIZE_MAX;
        enum pdu_err err = pdu_decode_hex(row->hex, strlen(row->hex), true, &p, &at);
        if (!tap_ok(err == row->err && at == row->at && p.pid == 77, "error: %s", row->name))
            tap_diag("%s at %zu", pdu_err_str(err), at);
    }
    char hex[PDU_HEX_MAX + 2];
    memset(hex, '0', sizeof(hex));
    struct pdu p;
    size_t at = 0;
    tap_ok(pdu_decode_hex(hex, sizeof(hex), true, &p, &at) == PDU_ERR_LONG && at == PDU_OCTETS_MAX,
           "error: over PDU_OCTETS_MAX");
    uint8_t octets[PDU_OCTETS_MAX + 1] = {0};
    at = 0;
    tap_ok(pdu_decode(octets, sizeof(octets), true, &p, &at) == PDU_ERR_LONG &&
               at == PDU_OCTETS_MAX,
           "error: octets over PDU_OCTETS_MAX");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        tap_ok(strcmp(pdu_err_str((enum pdu_err)i), words[i]) == 0, "error: %s", words[i]);
}

/* TP-OA and what precedes TP-PID, then TP-PID, TP-DCS, TP-SCTS, TP-UDL, TP-UD. */
#define FROM(first) "00" first "039121F3"
#define WHEN "52304151906200"

static const struct describe_row {
    const char *name, *hex, *shown;
    bool for_machine;
    uint8_t replace_type;
} describe_rows[] = {
    {"text", FROM("04") "0000" WHEN "05C8329BFD06", "", false, 0},
    {"replacing text", FROM("04") "4300" WHEN "05C8329BFD06", "", false, 3},
    {"replacing text, the first type", FROM("04") "4100" WHEN "05C8329BFD06", "", false, 1},
    {"replacing text, the last type", FROM("04") "4700" WHEN "05C8329BFD06", "", false, 7},
    {"a reserved TP-PID replaces nothing", FROM("04") "4900" WHEN "05C8329BFD06", "", false, 0},
    {"silent text", FROM("04") "4000" WHEN "00", "(empty)", true, 0},
    {"empty", FROM("04") "0000" WHEN "00", "(empty)", false, 0},
    {"8-bit data", FROM("04") "0004" WHEN "03010203", "(data, 3 octets)", true, 0},
    {"compressed", FROM("04") "0028" WHEN "04CAFEBABE", "(compressed text, 4 octets)", true, 0},
    {"data for a port", FROM("44") "0004" WHEN "080605040064003201",
     "(data for port 100, 1 octets)", true, 0},
    {"text for a port", FROM("44") "0000" WHEN "0E060504006400320090D94D06", "", true, 0},
    {"picture, type by number", FROM("44") "0004" WHEN "0C0605040B8423F0010603BEAF",
     "(picture message, not fetched)", true, 0},
    {"picture, type by name",
     FROM("44") "0004" WHEN "2A0605040B8423F00106"
                "206170706C69636174696F6E2F766E642E7761702E6D6D732D"
                "6D65737361676500",
     "(picture message, not fetched)", true, 0},
    {"WAP push of something else", FROM("44") "0004" WHEN "0C0605040B8423F0010603AEAF",
     "(WAP push message, 5 octets)", true, 0},
    {"WAP push without a type", FROM("44") "0004" WHEN "080605040B8423F001",
     "(WAP push message, 1 octets)", true, 0},
    {"contact", FROM("44") "0004" WHEN "0806050423F4000001", "(contact card, 1 octets)", true, 0},
    {"calendar", FROM("44") "0004" WHEN "0806050423F5000001", "(calendar entry, 1 octets)", true,
     0},
    {"8-bit port", FROM("44") "0004" WHEN "060404028484AA", "(data for port 132, 1 octets)", true,
     0},
    {"voicemail", FROM("04") "00C8" WHEN "00", "(voicemail waiting)", true, 0},
    {"no voicemail", FROM("04") "00C0" WHEN "00", "(no voicemail waiting)", true, 0},
    {"something else waits", FROM("04") "00CB" WHEN "00", "(message waiting)", true, 0},
    {"two voicemails by header", FROM("44") "0000" WHEN "060401028002", "(voicemail waiting: 2)",
     false, 0},
    {"half a character of a part", FROM("44") "0008" WHEN "08050003070201D83D", "", false, 0},
};

static void test_describe(void)
{
    for (size_t i = 0; i < sizeof(describe_rows) / sizeof(describe_rows[0]); i++) {
        const struct describe_row *row = &describe_rows[i];
        struct pdu p;
        size_t at = 0;
        char shown[64];
        enum pdu_err err = pdu_decode_hex(row->hex, strlen(row->hex), true, &p, &at);
        if (err != PDU_OK) {
            tap_ok(false, "show: %s (%s at %zu)", row->name, pdu_err_str(err), at);
            continue;
        }
        pdu_describe(&p, p.data_len, shown, sizeof(shown));
        bool ok = same("kind", strcmp(shown, row->shown) == 0);
        ok &= same("for a machine", pdu_for_machine(&p) == row->for_machine);
        ok &= same("replace type", pdu_replace_type(&p) == row->replace_type);
        if (!tap_ok(ok, "show: %s", row->name))
            tap_diag("got %s", shown);
    }
}

/* Every TP-ST: 9.2.3.15. */
static const struct status_row {
    const char *name;
    uint8_t first, last;
    enum pdu_outcome outcome;
    bool final;
} status_rows[] = {
    {"delivered", 0x00, 0x1F, PDU_DELIVERED, true},
    {"the SMSC goes on trying", 0x20, 0x3F, PDU_TEMPORARY, false},
    {"permanent error", 0x40, 0x5F, PDU_PERMANENT, true},
    {"temporary error, given up", 0x60, 0x7F, PDU_TEMPORARY, true},
    {"reserved: service rejected", 0x80, 0xFF, PDU_TEMPORARY, true},
};

static void test_status(void)
{
    for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
        const struct status_row *row = &status_rows[i];
        unsigned status = row->first;
        for (; status <= row->last; status++) {
            char hex[64];
            struct pdu p;
            size_t at = 0;
            snprintf(hex, sizeof(hex), "000607039121F3" WHEN WHEN "%02X", status);
            if (pdu_decode_hex(hex, strlen(hex), true, &p, &at) != PDU_OK || p.status != status ||
                p.outcome != row->outcome || p.final != row->final)
                break;
        }
        if (!tap_ok(status > row->last, "status 0x%02X to 0x%02X: %s", row->first, row->last,
                    row->name))
            tap_diag("not 0x%02X", status);
    }
}

static void test_names(void)
{
    tap_ok(strcmp(pdu_type_name(PDU_DELIVER), "deliver") == 0 &&
               strcmp(pdu_type_name(PDU_SUBMIT), "submit") == 0 &&
               strcmp(pdu_type_name(PDU_STATUS_REPORT), "status_report") == 0,
           "the names of the types");
}

int main(void)
{
    test_names();
    test_status();
    test_errors();
    test_describe();
    test_vectors(DELIVER, PDU_DELIVER, 152, 26);
    test_vectors(STATUS_REPORT, PDU_STATUS_REPORT, 29, 5);
    return tap_done();
}
