#include "policy/owner.h"
#include "base/text.h"
#include "base/time.h"
#include "base/utf8.h"
#include "policy/keyword.h"
#include <string.h>

#define LOOKED_AT_SIZE 4001
#define THREAD_DIGITS_MAX 9
#define DIGITS_MAX 32 /* of a run that is compared with the PIN */
#define MINUTE_MS INT64_C(60000)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char expected_any[] =
    "12 and your text, who, done 12, away 2h, back, pause 2h, resume or help";
static const char expected_text[] = "a text after the number, such as: 12 On my way";

bool owner_is(const struct owner_config *config, const char *number)
{
    for (size_t i = 0; i < config->number_count; i++)
        if (strcmp(config->numbers[i], number) == 0)
            return true;
    return false;
}

/* Returns whether the words stand in `plain` as words. */
static bool holds_words(const char *plain, const char *words)
{
    size_t len = strlen(words);
    for (const char *at = plain; (at = strstr(at, words)) != NULL; at++)
        if ((at == plain || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

bool owner_urgent(const struct owner_config *config, const char *text)
{
    char plain[LOOKED_AT_SIZE];
    if (config->word_count == 0)
        return false;
    (void)keyword_plain(text, strlen(text), plain, sizeof(plain)); /* as much as fits */
    for (size_t i = 0; i < config->word_count; i++)
        if (holds_words(plain, config->urgent_words[i]))
            return true;
    return false;
}

/* Returns the value of a decimal digit of any script that phones write numbers in, or -1. */
static int digit_of(uint32_t code)
{
    static const uint32_t zeros[] = {
        '0',    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6,
        0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810, 0xff10,
    };
    for (size_t i = 0; i < COUNT(zeros); i++)
        if (code >= zeros[i] && code <= zeros[i] + 9)
            return (int)(code - zeros[i]);
    return -1;
}

/* Returns the code point that `s` begins with, and its length; 0 and 0 at the end. */
static uint32_t next_code(const char *s, size_t *ret_len)
{
    uint32_t code = 0;
    size_t n = *s ? utf8_decode(s, strnlen(s, UTF8_MAX), &code) : 0;
    *ret_len = *s && n == 0 ? 1 : n;
    return *s && n == 0 ? UTF8_REPLACEMENT : code;
}

static bool is_blank(uint32_t code)
{
    return code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0x00a0 ||
           code == 0x3000 || (code >= 0x2000 && code <= 0x200f) || code == 0x202f ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) ||
           code == 0xfeff;
}

static const char *skip_blanks(const char *s)
{
    size_t n;
    while (is_blank(next_code(s, &n)))
        s += n;
    return s;
}

/* Reads the digits that `s` begins with as ASCII; what is over DIGITS_MAX is counted and left off.
 * Returns what follows them. */
static const char *read_digits(const char *s, char ret_digits[DIGITS_MAX + 1], size_t *ret_count)
{
    size_t n;
    int digit;
    *ret_count = 0;
    while ((digit = digit_of(next_code(s, &n))) >= 0) {
        if (*ret_count < DIGITS_MAX)
            ret_digits[*ret_count] = (char)('0' + digit);
        (*ret_count)++;
        s += n;
    }
    ret_digits[*ret_count < DIGITS_MAX ? *ret_count : DIGITS_MAX] = '\0';
    return s;
}

/* Takes off the sign that people write behind a number. */
static const char *skip_sign(const char *s)
{
    return *s && strchr(":,.;)-", *s) ? s + 1 : s;
}

/* Takes the PIN off. Returns what follows it; NULL where it is not there, with `*ret_act`. */
static const char *take_pin(const struct owner_config *config, const char *text,
                            enum owner_act *ret_act)
{
    char digits[DIGITS_MAX + 1];
    size_t count, n;
    const char *rest = skip_sign(read_digits(text, digits, &count));
    uint32_t code = next_code(rest, &n);
    bool word = code == 0 || is_blank(code);
    if (word && strcmp(digits, config->pin) == 0)
        return skip_blanks(rest);
    *ret_act = count >= 4 ? OWNER_PIN_WRONG : OWNER_PIN_MISSING;
    return NULL;
}

/* Reads "12", "#12" or "t12" and a sign behind it. Returns what follows, NULL where it is none. */
static const char *read_thread(const char *s, int64_t *ret_thread)
{
    char digits[DIGITS_MAX + 1];
    size_t count, n;
    uint32_t code = next_code(s, &n);
    if (code == '#' || code == 0xff03 || code == 't' || code == 'T')
        s = skip_blanks(s + n);
    s = read_digits(s, digits, &count);
    if (count == 0 || count > THREAD_DIGITS_MAX || digits[0] == '0' ||
        text_to_i64(digits, count, 1, INT64_MAX, ret_thread) != 0)
        return NULL;
    s = skip_sign(s);
    code = next_code(s, &n);
    return code == 0 || is_blank(code) ? skip_blanks(s) : NULL;
}

/* Reads "2h", "2 h" or "2 hours" (plain). Returns false where it is none, or out of range. */
static bool read_duration(const char *s, int64_t *ret_ms)
{
    static const struct {
        const char *words;
        int64_t ms;
    } units[] = {{"|m|min|mins|minute|minutes|", MINUTE_MS},
                 {"|h|hr|hrs|hour|hours|", 60 * MINUTE_MS},
                 {"|d|day|days|", 24 * 60 * MINUTE_MS}};
    char unit[16];
    size_t count = strspn(s, "0123456789");
    int64_t number;
    struct text t;
    if (text_to_i64(s, count, 1, 100000, &number) != 0)
        return false;
    s += count;
    s += *s == ' ';
    text_init(&t, unit, sizeof(unit));
    text_addf(&t, "|%s|", s);
    for (size_t i = 0; text_ok(&t) && i < COUNT(units); i++) {
        *ret_ms = number * units[i].ms;
        if (*s && strstr(units[i].words, unit))
            return *ret_ms <= OWNER_AWAY_MAX_MS;
    }
    return false;
}

/* Writes the plain words of an order, digits as ASCII; "" where it is too long for one. */
static void plain_order(const char *text, char plain[OWNER_WORD_SIZE])
{
    char ascii[4 * OWNER_WORD_SIZE];
    struct text t;
    size_t n;
    text_init(&t, ascii, sizeof(ascii));
    for (uint32_t code; (code = next_code(text, &n)) != 0; text += n) {
        int digit = digit_of(code);
        if (digit >= 0)
            text_add_char(&t, (char)('0' + digit));
        else
            text_add_span(&t, text, n);
    }
    if (!text_ok(&t) || !keyword_plain(ascii, t.len, plain, OWNER_WORD_SIZE))
        plain[0] = '\0';
}

/* Reads the orders that are words. Returns false where it is none of them. */
static bool read_word(const char *text, struct owner_order *ret)
{
    static const struct {
        const char *word;
        enum owner_act act;
        enum { ALONE, MAYBE_TIME, THREAD } after;
        const char *expected;
    } words[] = {
        {"who", OWNER_WHO, ALONE, "who, alone"},
        {"away", OWNER_AWAY, MAYBE_TIME, "away, or such as away 2h"},
        {"back", OWNER_BACK, ALONE, "back, alone"},
        {"pause", OWNER_PAUSE, MAYBE_TIME, "pause, or such as pause 2h"},
        {"resume", OWNER_RESUME, ALONE, "resume, alone"},
        {"done", OWNER_DONE, THREAD, "a number after done, such as done 12"},
        {"help", OWNER_HELP, ALONE, expected_any},
    };
    char plain[OWNER_WORD_SIZE];
    plain_order(text, plain);
    size_t len = strcspn(plain, " ");
    const char *rest = plain + len + (plain[len] == ' ');
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strlen(words[i].word) != len || memcmp(words[i].word, plain, len) != 0)
            continue;
        bool whole = *rest == '\0' && words[i].after != THREAD;
        if (words[i].after == MAYBE_TIME && !whole)
            whole = read_duration(rest, &ret->ms);
        if (words[i].after == THREAD) {
            const char *end = read_thread(rest, &ret->thread);
            whole = end && *end == '\0';
        }
        ret->act = whole ? words[i].act : OWNER_UNCLEAR;
        ret->expected = words[i].expected;
        return true;
    }
    return false;
}

void owner_read(const struct owner_config *config, const char *text, struct owner_order *ret)
{
    *ret = (struct owner_order){.act = OWNER_UNCLEAR, .expected = expected_any};
    text = skip_blanks(text);
    if (strncmp(text, OWNER_SIGN, strlen(OWNER_SIGN)) == 0) {
        ret->act = OWNER_ECHO;
        return;
    }
    if (config->pin[0] && !(text = take_pin(config, text, &ret->act)))
        return;
    if (read_word(text, ret))
        return;
    const char *rest = read_thread(text, &ret->thread);
    if (!rest)
        return;
    ret->act = *rest ? OWNER_REPLY : OWNER_UNCLEAR;
    ret->text = rest;
    ret->expected = expected_text;
}

void owner_mask(const struct owner_config *config, char *text)
{
    char digits[DIGITS_MAX + 1];
    size_t count, n;
    char *from = text, *to = text;
    const char *first = skip_blanks(text);
    if (config->pin[0] == '\0')
        return;
    while (*from) {
        char *end = from + (read_digits(from, digits, &count) - from);
        bool hidden = count >= 4 &&
                      (from == first || count > DIGITS_MAX || strstr(digits, config->pin) != NULL);
        if (count == 0) {
            (void)next_code(from, &n);
            end = from + n;
        }
        size_t len = hidden ? 4 : (size_t)(end - from);
        memmove(to, hidden ? "****" : from, len); /* four digits take four octets or more */
        to += len;
        from = end;
    }
    *to = '\0';
}
