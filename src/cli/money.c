#include "cli/money.h"
#include "base/text.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define WHOLE_MAX INT64_C(1000000000000)

bool money_currency(const char *word)
{
    return strlen(word) == 3 && strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static int decimals(const char *currency)
{
    static const char none[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
    if (strstr(none, currency))
        return 0;
    return strstr(three, currency) ? 3 : 2;
}

static int64_t unit(const char *currency)
{
    int64_t one = 1;
    for (int i = decimals(currency); i > 0; i--)
        one *= 10;
    return one;
}

/* The length of what `text` begins with where that is `sign`; else 0. */
static size_t at_begin(const char *text, size_t len, const char *sign)
{
    size_t sign_len = strlen(sign);
    return len > sign_len && memcmp(text, sign, sign_len) == 0 ? sign_len : 0;
}

static size_t at_end(const char *text, size_t len, const char *sign)
{
    size_t sign_len = strlen(sign);
    return len > sign_len && memcmp(text + len - sign_len, sign, sign_len) == 0 ? sign_len : 0;
}

/* Passes over the sign of the currency before the amount or behind it. */
static void strip_sign(const char **text, size_t *len, const char *currency)
{
    static const struct sign {
        const char *sign, *currencies;
    } signs[] = {{"£", "GBP"},     {"€", "EUR"}, {"$", "USD AUD CAD NZD HKD SGD"},
                 {"¥", "JPY CNY"}, {"₹", "INR"}, {"kr", "DKK ISK NOK SEK"},
                 {"zł", "PLN"}};
    const char *sign = currency;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strstr(signs[i].currencies, currency) &&
            (at_begin(*text, *len, signs[i].sign) || at_end(*text, *len, signs[i].sign)))
            sign = signs[i].sign;
    }
    size_t begin = at_begin(*text, *len, sign);
    size_t end = begin ? 0 : at_end(*text, *len, sign);
    *text += begin;
    *len -= begin + end;
    for (; begin && *len > 0 && **text == ' '; (*text)++)
        (*len)--;
    while (end && *len > 0 && (*text)[*len - 1] == ' ')
        (*len)--;
}

int money_parse(const char *text, const char *currency, int64_t *ret_amount)
{
    int64_t whole, part = 0;
    size_t all = strlen(text);
    strip_sign(&text, &all, currency);
    size_t before = strcspn(text, ".,");
    before = before < all ? before : all;
    const char *after = before < all ? text + before + 1 : "";
    size_t len = before < all ? all - before - 1 : 0;
    int err = text_to_i64(text, before, 0, WHOLE_MAX, &whole);
    if (err)
        return err;
    if ((before < all && len == 0) || len > (size_t)decimals(currency))
        return -EINVAL;
    if (len > 0 && text_to_i64(after, len, 0, 999, &part))
        return -EINVAL;
    for (size_t i = len; i < (size_t)decimals(currency); i++)
        part *= 10;
    *ret_amount = whole * unit(currency) + part;
    return 0;
}

void money_text(int64_t amount, const char *currency, char ret[MONEY_SIZE])
{
    int64_t one = unit(currency);
    struct text t;
    text_init(&t, ret, MONEY_SIZE);
    text_addf(&t, "%.3s %" PRId64, currency, amount / one);
    if (one > 1)
        text_addf(&t, ".%0*d", decimals(currency), (int)(amount % one));
}
