/* include/cli/money.h - sums of money: read, and written with the decimals of their currency
 * (ISO 4217). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define MONEY_SIZE 40

/* Reads three capital letters. */
bool money_currency(const char *word);

/* Reads "450", "450.50" or "450,5", with the sign or code of `currency` before or behind it or
 * without, in its smallest unit. Returns 0, -EINVAL, or
 * -ERANGE over 10^12. */
int money_parse(const char *text, const char *currency, int64_t *ret_amount);

/* Writes "GBP 450.50". */
void money_text(int64_t amount, const char *currency, char ret[MONEY_SIZE]);
