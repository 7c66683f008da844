/* tests/unit/test_sms_reassembly.c - every set of tests/vectors in every order of arrival, doubles,
 * gaps, and keys. */
#include "base/octets.h"
#include "sms/reassembly.h"
#include "tap.h"
#include "vectors.h"
#include <string.h>

#define DELIVER "tests/vectors/sms-deliver.jsonl"
#define SET_MAX 3

static struct reassembly whole;
static char joined[REASSEMBLY_TEXT_MAX + 1];
static size_t joined_len;

static struct pdu decode(const char *hex)
{
    struct pdu p = {.type = PDU_DELIVER};
    size_t at = 0;
    if (pdu_decode_hex(hex, strlen(hex), true, &p, &at) != PDU_OK)
        tap_diag("%s does not decode", hex);
    return p;
}

/* Joins the parts in one order; every part comes twice. */
static bool joins(const json_t *set, const struct pdu *parts, size_t count, size_t first, bool back)
{
    reassembly_init(&whole);
    for (size_t i = 0; i < count; i++) {
        const struct pdu *p = &parts[(back ? first + count - i : first + i) % count];
        if (reassembly_complete(&whole) || !reassembly_add(&whole, p) || reassembly_add(&whole, p))
            return false;
    }
    if (!reassembly_complete(&whole))
        return false;
    if (!reassembly_join(&whole, joined, &joined_len)) {
        char hex[2 * SET_MAX * PDU_UD_MAX + 1];
        octets_to_hex((const uint8_t *)joined, joined_len, hex);
        return vectors_is(set, "data_hex", hex);
    }
    return vectors_is(set, "text", joined);
}

static void test_set(const json_t *lines, const char *id)
{
    struct pdu parts[SET_MAX];
    char key[REASSEMBLY_KEY_SIZE], first_key[REASSEMBLY_KEY_SIZE] = "";
    const json_t *set = NULL;
    size_t count = 0;
    bool ok = true;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i), *its = json_object_get(line, "set");
        if (!vectors_is(its, "id", id))
            continue;
        set = its;
        parts[count] = decode(vectors_text(line, "pdu"));
        reassembly_key(&parts[count], key);
        if (count == 0)
            memcpy(first_key, key, sizeof(key));
        ok = ok && strcmp(key, first_key) == 0;
        count++;
    }
    for (size_t first = 0; first < count; first++)
        ok = ok && joins(set, parts, count, first, false) && joins(set, parts, count, first, true);
    tap_ok(ok && (int)count == vectors_int(set, "parts", 0), "%s", id);
}

static void test_sets(void)
{
    json_t *lines = vectors_load(DELIVER);
    const char *id = "";
    size_t sets = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *set = json_object_get(json_array_get(lines, i), "set");
        if (!set || vectors_is(set, "id", id)) /* the lines of a set stand together */
            continue;
        id = vectors_text(set, "id");
        test_set(lines, id);
        sets++;
    }
    tap_ok(sets == 11, DELIVER ": 11 sets");
    json_decref(lines);
}

/* From 123, 5-octet header: 3 parts of reference 7; then what the row adds, UDL and user data. */
#define PART(dcs, udl, seq, text) "0044039121F300" dcs "52304151906200" udl "0500030703" seq text

static const struct row {
    const char *name;
    const char *parts[3];
    bool complete, text;
    const char *whole;
} rows[] = {
    {"nothing", {NULL}, false, true, ""},
    {"a gap at the beginning",
     {PART("08", "08", "02", "0042")},
     false,
     true,
     REASSEMBLY_GAP "B" REASSEMBLY_GAP},
    {"a gap of two is one mark", {PART("08", "08", "01", "0041")}, false, true, "A" REASSEMBLY_GAP},
    {"a gap splits a character",
     {PART("08", "08", "01", "D83D"), PART("08", "08", "03", "DE00")},
     false,
     true,
     "\uFFFD" REASSEMBLY_GAP "\uFFFD"},
    {"a character over three parts",
     {PART("08", "07", "01", "D8"), PART("08", "08", "02", "3DDE"), PART("08", "07", "03", "00")},
     true,
     true,
     "😀"},
    {"half a character before a part of another alphabet",
     {PART("08", "08", "01", "D83D"), PART("00", "08", "02", "82"), PART("08", "08", "03", "0043")},
     true,
     true,
     "\uFFFD"
     "AC"},
    {"compressed text is data",
     {PART("20", "08", "01", "4142"), PART("20", "08", "02", "4344"), PART("20", "07", "03", "45")},
     true,
     false,
     "ABCDE"},
    {"a part of data makes it data",
     {PART("04", "08", "01", "4142"), PART("08", "08", "02", "0043"), PART("04", "07", "03", "44")},
     true,
     false,
     NULL},
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        reassembly_init(&whole);
        bool ok = true;
        for (size_t k = 0; k < 3 && row->parts[k]; k++) {
            struct pdu p = decode(row->parts[k]);
            ok = ok && reassembly_add(&whole, &p);
        }
        ok = ok && reassembly_complete(&whole) == row->complete;
        ok = ok && reassembly_join(&whole, joined, &joined_len) == row->text;
        if (row->whole)
            ok = ok && strcmp(joined, row->whole) == 0 && joined_len == strlen(row->whole);
        if (!tap_ok(ok, "%s", row->name))
            tap_diag("got %s", joined);
    }
}

static void test_single_and_foreign(void)
{
    struct pdu single = decode("0004039121F300005230415190620005C8329BFD06");
    struct pdu part = decode(PART("08", "08", "01", "0041"));
    char key[REASSEMBLY_KEY_SIZE];
    reassembly_init(&whole);
    reassembly_key(&single, key);
    tap_ok(key[0] == '\0' && reassembly_add(&whole, &single) && reassembly_complete(&whole) &&
               reassembly_join(&whole, joined, &joined_len) && strcmp(joined, "Hello") == 0,
           "a message of one part");
    tap_ok(!reassembly_add(&whole, &part), "a part of another total is refused");
    reassembly_key(&part, key);
    tap_ok(strcmp(key, "+123/8/7/3") == 0, "the key");
}

int main(void)
{
    test_rows();
    test_single_and_foreign();
    test_sets();
    return tap_done();
}
