/* tests/unit/test_policy_owner.c - what the owner's texts ask for, hostile ones among them; what is
 * urgent; and that a PIN is hidden. */
#include "base/utf8.h"
#include "policy/keyword.h"
#include "policy/owner.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

#define PIN "1234"
#define LONG_OCTETS 40000
#define HOUR INT64_C(3600000)

static const struct row {
    const char *text;
    enum owner_act act;
    int64_t number; /* thread, or ms */
    const char *rest;
} rows[] = {
    {"12 On my way", OWNER_REPLY, 12, "On my way"},
    {"#12 On my way", OWNER_REPLY, 12, "On my way"},
    {"#12: On my way", OWNER_REPLY, 12, "On my way"},
    {"T12, yes", OWNER_REPLY, 12, "yes"},
    {"12\r\nOn my way", OWNER_REPLY, 12, "On my way"},
    {"  12\nOn my way \n", OWNER_REPLY, 12, "On my way \n"},
    {"\xef\xbc\x83\xef\xbc\x91\xef\xbc\x92\xe3\x80\x80ok", OWNER_REPLY, 12, "ok"}, /* full width */
    {"\xd9\xa1\xd9\xa2 \xd9\x86\xd8\xb9\xd9\x85", OWNER_REPLY, 12, "\xd9\x86\xd8\xb9\xd9\x85"},
    {"\xe2\x80\x8f"
     "12 ok",
     OWNER_REPLY, 12, "ok"},
    {"\u202a12\u202c ok", OWNER_REPLY, 12, "ok"}, /* marks that phones put around numbers */
    {"\u206812\u2069 ok", OWNER_REPLY, 12, "ok"},
    {"\ufeff12\u202fok", OWNER_REPLY, 12, "ok"},
    {"12\u2010ok", OWNER_UNCLEAR, 0, NULL},
    {"12\u2030ok", OWNER_UNCLEAR, 0, NULL},
    {"12\u206aok", OWNER_UNCLEAR, 0, NULL},
    {"12 who", OWNER_REPLY, 12, "who"},
    {"12 \x1b[31mred", OWNER_REPLY, 12, "\x1b[31mred"},
    {"999999999 x", OWNER_REPLY, 999999999, "x"},
    {"12", OWNER_UNCLEAR, 0, NULL},
    {"#12 ", OWNER_UNCLEAR, 0, NULL},
    {"#12:\xc2\xa0", OWNER_UNCLEAR, 0, NULL},
    {"0 x", OWNER_UNCLEAR, 0, NULL},
    {"012 x", OWNER_UNCLEAR, 0, NULL},
    {"-12 x", OWNER_UNCLEAR, 0, NULL},
    {"12.30 works for me", OWNER_UNCLEAR, 0, NULL},
    {"12am is fine", OWNER_UNCLEAR, 0, NULL},
    {"1000000000 x", OWNER_UNCLEAR, 0, NULL},
    {"99999999999999999999999999999999999999999 x", OWNER_UNCLEAR, 0, NULL},
    {"+447700900321 hello", OWNER_UNCLEAR, 0, NULL},
    {"who", OWNER_WHO, 0, NULL},
    {" Who? ", OWNER_WHO, 0, NULL},
    {"WH\xc3\x94", OWNER_WHO, 0, NULL},
    {"who is this", OWNER_UNCLEAR, 0, NULL},
    {"whose", OWNER_UNCLEAR, 0, NULL},
    {"away", OWNER_AWAY, 0, NULL},
    {"Away 2h", OWNER_AWAY, 2 * HOUR, NULL},
    {"away 90 min.", OWNER_AWAY, HOUR + HOUR / 2, NULL},
    {"away 3 days", OWNER_AWAY, 72 * HOUR, NULL},
    {"away \xd9\xa2h", OWNER_AWAY, 2 * HOUR, NULL},
    {"away 31d", OWNER_UNCLEAR, 0, NULL},
    {"away 0h", OWNER_UNCLEAR, 0, NULL},
    {"away 2", OWNER_UNCLEAR, 0, NULL},
    {"away 2|", OWNER_UNCLEAR, 0, NULL},
    {"away 99999999999h", OWNER_UNCLEAR, 0, NULL},
    {"away 2 hoursandminutes", OWNER_UNCLEAR, 0, NULL},
    {"away until five", OWNER_UNCLEAR, 0, NULL},
    {"back", OWNER_BACK, 0, NULL},
    {"back at 5", OWNER_UNCLEAR, 0, NULL},
    {"pause", OWNER_PAUSE, 0, NULL},
    {"pause 30m", OWNER_PAUSE, HOUR / 2, NULL},
    {"resume!", OWNER_RESUME, 0, NULL},
    {"done 12", OWNER_DONE, 12, NULL},
    {"Done #12", OWNER_DONE, 12, NULL},
    {"done", OWNER_UNCLEAR, 0, NULL},
    {"done 12 13", OWNER_UNCLEAR, 0, NULL},
    {"done 0", OWNER_UNCLEAR, 0, NULL},
    {"help", OWNER_HELP, 0, NULL},
    {"", OWNER_UNCLEAR, 0, NULL},
    {" \n\t", OWNER_UNCLEAR, 0, NULL},
    {"\xf0\x9f\x91\x8d", OWNER_UNCLEAR, 0, NULL},
    {"\xff\xfe\x80", OWNER_UNCLEAR, 0, NULL},
    {"on my way", OWNER_UNCLEAR, 0, NULL},
    {OWNER_SIGN "expected who", OWNER_ECHO, 0, NULL},
};

static const struct row pin_rows[] = {
    {"1234 12 On my way", OWNER_REPLY, 12, "On my way"},
    {"1234 #12 1234", OWNER_REPLY, 12, "1234"},
    {"\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4 who", OWNER_WHO, 0, NULL},
    {"1234", OWNER_UNCLEAR, 0, NULL},
    {"12 On my way", OWNER_PIN_MISSING, 0, NULL},
    {"who", OWNER_PIN_MISSING, 0, NULL},
    {"", OWNER_PIN_MISSING, 0, NULL},
    {"1234: who", OWNER_WHO, 0, NULL},
    {"1234, 12 On my way", OWNER_REPLY, 12, "On my way"},
    {"1234. 12: On my way", OWNER_REPLY, 12, "On my way"},
    {"1234.", OWNER_UNCLEAR, 0, NULL},
    {"1234-who", OWNER_PIN_WRONG, 0, NULL},
    {"1234:: who", OWNER_PIN_WRONG, 0, NULL},
    {"1235: who", OWNER_PIN_WRONG, 0, NULL},
    {"1235 who", OWNER_PIN_WRONG, 0, NULL},
    {"12345 who", OWNER_PIN_WRONG, 0, NULL},
    {"1234who", OWNER_PIN_WRONG, 0, NULL},
    {"123412341234123412341234123412341234 who", OWNER_PIN_WRONG, 0, NULL},
    {OWNER_SIGN "1234 who", OWNER_ECHO, 0, NULL},
};

static void test_rows(const struct owner_config *config, const struct row *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &list[i];
        struct owner_order order;
        char shown[160];
        (void)utf8_printable(row->text, strlen(row->text), false, shown, sizeof(shown));
        owner_read(config, row->text, &order);
        int64_t number = order.act == OWNER_REPLY || order.act == OWNER_DONE   ? order.thread
                         : order.act == OWNER_AWAY || order.act == OWNER_PAUSE ? order.ms
                                                                               : 0;
        bool rest = !row->rest || (order.text && strcmp(order.text, row->rest) == 0);
        if (!tap_ok(order.act == row->act && number == row->number && rest &&
                        (order.act != OWNER_UNCLEAR || order.expected),
                    "%s\"%s\"", config->pin[0] ? "with a PIN: " : "", shown))
            tap_diag("act %d, number %lld", order.act, (long long)number);
    }
}

/* Each prefix of each row, and each octet of it replaced: nothing is read past its end, and no
 * order comes out of half a one that means something else. */
static void test_cut(const struct owner_config *config)
{
    bool good = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].text);
        for (size_t cut = 0; cut <= len; cut++) {
            struct owner_order order;
            char *text = strndup(rows[i].text, cut);
            owner_read(config, text, &order);
            good = good && (order.act != OWNER_REPLY ||
                            (order.text && order.text[0] && order.text < text + cut));
            if (cut < len) {
                text = realloc(text, len + 1);
                memcpy(text, rows[i].text, len + 1);
                text[cut] = '\xf0';
                owner_read(config, text, &order);
                owner_mask(config, text);
            }
            free(text);
        }
    }
    tap_ok(good, "each row, cut anywhere");
}

static void test_long(const struct owner_config *config)
{
    struct owner_order order;
    char *text = malloc(LONG_OCTETS + 1);
    memset(text, '1', LONG_OCTETS);
    text[LONG_OCTETS] = '\0';
    owner_read(config, text, &order);
    tap_ok(order.act == OWNER_PIN_WRONG, "40,000 digits are no PIN");
    owner_mask(config, text);
    tap_ok(strcmp(text, "****") == 0, "and all of them are hidden");
    memset(text, 'a', LONG_OCTETS);
    memcpy(text, "1234 12 ", 8);
    text[LONG_OCTETS] = '\0';
    owner_read(config, text, &order);
    tap_ok(order.act == OWNER_REPLY && strlen(order.text) == LONG_OCTETS - 8, "a very long answer");
    owner_read(config, "1234 on my way", &order);
    const char *any = order.expected;
    owner_read(config, "1234 back at five", &order);
    bool told = strcmp(order.expected, any) != 0;
    owner_read(config,
               "1234 back at five, the boiler in Elm Road takes longer than I thought it would",
               &order);
    tap_ok(told && order.act == OWNER_UNCLEAR && strcmp(order.expected, any) == 0,
           "what is longer than any order is no order with too much behind it");
    free(text);
}

static void test_mask(const struct owner_config *config)
{
    static const struct {
        const char *text, *masked;
    } masks[] = {
        {"1234 12 ok", "**** 12 ok"},
        {"9876 12 ok", "**** 12 ok"},
        {" 1234who", " ****who"},
        {"who 1234", "who ****"},
        {"12 pin is 1234.", "12 pin is ****."},
        {"12 call 07700 900321", "12 call 07700 900321"},
        {"12 991234", "12 ****"},
        {"\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4 who", "**** who"},
        {"123 who", "123 who"},
        {"", ""},
        {"\xff 1234", "\xff ****"},
    };
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "%s", masks[i].text);
        owner_mask(config, text);
        if (!tap_ok(strcmp(text, masks[i].masked) == 0, "hidden: %s", masks[i].masked))
            tap_diag("%s", text);
    }
}

static void test_urgent(void)
{
    static const char *const words[] = {"Leak", "no water", "\u00dcberlauf"};
    static const struct {
        const char *text;
        bool urgent;
    } texts[] = {
        {"LEAK!", true},
        {"there is a l\xc3\xa9"
         "ak here",
         true},
        {"a leaky tap", false},
        {"bleak weather", false},
        {"we have no  water.", true},
        {"no hot water", false},
        {"uberlauf", true},
        {"water: no", false},
        {"", false},
        {"\xff leak", true},
    };
    struct owner_config config = {0};
    tap_ok(!owner_urgent(&config, "leak"), "nothing is urgent without words");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        (void)keyword_plain(words[i], strlen(words[i]), config.urgent_words[config.word_count++],
                            OWNER_WORD_SIZE);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        tap_ok(owner_urgent(&config, texts[i].text) == texts[i].urgent, "%surgent: %s",
               texts[i].urgent ? "" : "not ", texts[i].text);
}

int main(void)
{
    static const struct owner_config open = {.numbers = {"+447700900900"}, .number_count = 1};
    static const struct owner_config locked = {.pin = PIN};
    test_rows(&open, rows, sizeof(rows) / sizeof(rows[0]));
    test_rows(&locked, pin_rows, sizeof(pin_rows) / sizeof(pin_rows[0]));
    test_cut(&open);
    test_cut(&locked);
    test_long(&locked);
    test_mask(&locked);
    test_urgent();
    tap_ok(owner_is(&open, "+447700900900") && !owner_is(&open, "+44770090090") &&
               !owner_is(&locked, ""),
           "whose phone it is");
    return tap_done();
}
