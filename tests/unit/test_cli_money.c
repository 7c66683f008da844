#include "cli/money.h"
#include "tap.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct row {
    const char *text, *currency;
    int err;
    int64_t amount;
    const char *written;
} rows[] = {
    {"", "GBP", -EINVAL, 0, NULL},
    {".", "GBP", -EINVAL, 0, NULL},
    {"1.", "GBP", -EINVAL, 0, NULL},
    {".5", "GBP", -EINVAL, 0, NULL},
    {"1.234", "GBP", -EINVAL, 0, NULL},
    {"1.5", "JPY", -EINVAL, 0, NULL},
    {"-1", "GBP", -EINVAL, 0, NULL},
    {"1.-5", "GBP", -EINVAL, 0, NULL},
    {"1,000.50", "GBP", -EINVAL, 0, NULL},
    {"1000000000001", "GBP", -ERANGE, 0, NULL},
    {"0", "GBP", 0, 0, "GBP 0.00"},
    {"450", "GBP", 0, 45000, "GBP 450.00"},
    {"450.5", "EUR", 0, 45050, "EUR 450.50"},
    {"450,05", "EUR", 0, 45005, "EUR 450.05"},
    {"9000", "JPY", 0, 9000, "JPY 9000"},
    {"1.5", "KWD", 0, 1500, "KWD 1.500"},
    {"1000000000000", "KWD", 0, INT64_C(1000000000000000), "KWD 1000000000000.000"},
};

int main(void)
{
    tap_ok(!money_currency("") && !money_currency("eur") && !money_currency("EURO"), "no currency");
    tap_ok(money_currency("EUR"), "a currency");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        char written[MONEY_SIZE] = "";
        int64_t amount = 0;
        int err = money_parse(row->text, row->currency, &amount);
        if (err == 0)
            money_text(amount, row->currency, written);
        bool good = err == row->err && amount == row->amount &&
                    (err != 0 || strcmp(written, row->written) == 0);
        if (!tap_ok(good, "%s \"%s\"", row->currency, row->text))
            tap_diag("%d, %" PRId64 ", %s", err, amount, written);
    }
    return tap_done();
}
