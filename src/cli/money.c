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

int money_parse(const char *text, const char *currency, int64_t *ret_amount)
{
    int64_t whole, part = 0;
    size_t before = strcspn(text, ".,");
    const char *after = text[before] ? text + before + 1 : "";
    size_t len = strlen(after);
    int err = text_to_i64(text, before, 0, WHOLE_MAX, &whole);
    if (err)
        return err;
    if ((text[before] && len == 0) || len > (size_t)decimals(currency))
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
