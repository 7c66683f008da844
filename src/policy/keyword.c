/* src/policy/keyword.c - the message becomes plain lower-case words with one blank between; then it
 * either is one of the words or it is not. */
#include "policy/keyword.h"
#include "base/text.h"
#include "base/utf8.h"
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define PLAIN_SIZE 128 /* octets of a plain message with its NUL; a longer one is no keyword */

/* A letter with case or accent, and the same without; the table is sorted. */
struct letter {
    uint16_t code, plain;
};

#include "policy/keyword_table.h" /* generated from data/opt-out and Unicode */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Some words of a plain message. */
struct span {
    const char *s;
    size_t len;
};

enum letter_class {
    CLASS_LETTER, /* or digit */
    CLASS_MARK,   /* a loose accent or a joiner: as if it were not there */
    CLASS_BREAK,  /* blanks, punctuation, emoji, what is no UTF-8 */
};

static enum letter_class class_of(uint32_t code)
{
    static const struct {
        uint32_t from, to;
        enum letter_class class;
    } ranges[] = {
        {0x0000, 0x002f, CLASS_BREAK},    {0x003a, 0x0040, CLASS_BREAK},
        {0x005b, 0x0060, CLASS_BREAK},    {0x007b, 0x00ac, CLASS_BREAK},
        {0x00ad, 0x00ad, CLASS_MARK}, /* soft hyphen */
        {0x00ae, 0x00bf, CLASS_BREAK},    {0x00d7, 0x00d7, CLASS_BREAK},
        {0x00f7, 0x00f7, CLASS_BREAK},    {0x0300, 0x036f, CLASS_MARK},
        {0x0483, 0x0489, CLASS_MARK},     {0x060c, 0x060c, CLASS_BREAK},
        {0x061b, 0x061f, CLASS_BREAK},    {0x0964, 0x0965, CLASS_BREAK},
        {0x200b, 0x200f, CLASS_MARK}, /* zero width */
        {0x202a, 0x202e, CLASS_MARK}, /* direction */
        {0x2060, 0x2069, CLASS_MARK},     {0x2000, 0x2bff, CLASS_BREAK},
        {0x3000, 0x3004, CLASS_BREAK},    {0x3008, 0x3030, CLASS_BREAK},
        {0xfe00, 0xfe0f, CLASS_MARK}, /* variation selectors */
        {0xfe10, 0xfe6f, CLASS_BREAK},    {0xfeff, 0xfeff, CLASS_MARK},
        {0xff00, 0xff0f, CLASS_BREAK},    {0xff1a, 0xff20, CLASS_BREAK},
        {0xff3b, 0xff40, CLASS_BREAK},    {0xff5b, 0xff65, CLASS_BREAK},
        {0xfff0, 0xffff, CLASS_BREAK},    {0x1f000, 0x1faff, CLASS_BREAK},
        {0xe0000, 0x10ffff, CLASS_BREAK},
    };

    for (size_t i = 0; i < COUNT(ranges); i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return ranges[i].class;
    return CLASS_LETTER;
}

static uint32_t plain_letter(uint32_t code)
{
    size_t low = 0, high = COUNT(letters);

    if (code >= 'A' && code <= 'Z')
        return code + ('a' - 'A');
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (letters[middle].code == code)
            return letters[middle].plain;
        if (letters[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return code;
}

/* Writes the words of the message. Returns false where it is too long to be a keyword. */
static bool make_plain(const char *utf8, char buf[PLAIN_SIZE])
{
    size_t len = strlen(utf8);
    bool gap = false;
    struct text t;

    text_init(&t, buf, PLAIN_SIZE);
    while (len > 0 && text_ok(&t)) {
        char octets[UTF8_MAX];
        uint32_t code = 0;
        size_t n = utf8_decode(utf8, len, &code);
        enum letter_class class = n > 0 ? class_of(code) : CLASS_BREAK;

        if (class == CLASS_LETTER) {
            if (gap && t.len > 0)
                text_add_char(&t, ' ');
            text_add_span(&t, octets, utf8_encode(plain_letter(code), octets));
        }
        if (class != CLASS_MARK)
            gap = class == CLASS_BREAK;
        utf8 += n > 0 ? n : 1;
        len -= n > 0 ? n : 1;
    }
    return text_ok(&t);
}

static bool in_words(struct span span, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == span.len && memcmp(words[i], span.s, span.len) == 0)
            return true;
    return false;
}

static bool in_extra(struct span span, const struct keyword_list *extra)
{
    char plain[PLAIN_SIZE];

    assert(!extra || extra->count <= KEYWORD_EXTRA_MAX);
    for (size_t i = 0; extra && i < extra->count; i++)
        if (make_plain(extra->word[i], plain) && strlen(plain) == span.len &&
            memcmp(plain, span.s, span.len) == 0)
            return true;
    return false;
}

static struct span first_word(struct span span)
{
    const char *blank = memchr(span.s, ' ', span.len);
    return blank ? (struct span){span.s, (size_t)(blank - span.s)} : span;
}

static struct span last_word(struct span span)
{
    size_t start = span.len;
    while (start > 0 && span.s[start - 1] != ' ')
        start--;
    return (struct span){span.s + start, span.len - start};
}

/* Takes one courtesy word off, unless it is all there is. */
static struct span without_courtesy(struct span span)
{
    struct span first = first_word(span), last = last_word(span);

    if (first.len == span.len)
        return span;
    if (in_words(last, courtesy_words, COUNT(courtesy_words)))
        return (struct span){span.s, span.len - last.len - 1};
    if (in_words(first, courtesy_words, COUNT(courtesy_words)))
        return (struct span){span.s + first.len + 1, span.len - first.len - 1};
    return span;
}

/* Returns the first word where the span holds nothing but it: "stop stop stop". */
static struct span without_repeats(struct span span)
{
    struct span first = first_word(span);
    size_t step = first.len + 1;

    if ((span.len + 1) % step != 0)
        return span;
    for (size_t at = step; at < span.len; at += step)
        if (memcmp(span.s + at, first.s, first.len) != 0 || span.s[at - 1] != ' ')
            return span;
    return first;
}

static enum keyword match_span(struct span span, const struct keyword_list *extra)
{
    if (in_words(span, stop_words, COUNT(stop_words)))
        return KEYWORD_STOP;
    if (in_words(span, start_words, COUNT(start_words)))
        return KEYWORD_START;
    return in_extra(span, extra) ? KEYWORD_STOP : KEYWORD_NONE;
}

enum keyword keyword_match(const char *utf8, const struct keyword_list *extra)
{
    char plain[PLAIN_SIZE];

    if (!make_plain(utf8, plain) || plain[0] == '\0')
        return KEYWORD_NONE;
    struct span whole = {plain, strlen(plain)};
    enum keyword match = match_span(whole, extra);
    if (match == KEYWORD_NONE)
        match = match_span(without_repeats(without_courtesy(whole)), extra);
    return match;
}
