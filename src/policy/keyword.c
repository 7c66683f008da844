/* src/policy/keyword.c - the message becomes plain lower-case words with one blank between; then it
 * either is one of the words or it is not. */
#include "policy/keyword.h"
#include "base/text.h"
#include "base/utf8.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define PLAIN_SIZE KEYWORD_SIZE /* a longer message is no word, a longer sentence no phrase */
#define DOUBTFUL_WORDS_MAX 6    /* of a message that begins or ends with a doubtful word */
#define AROUND_WORDS_MAX 12     /* of a sentence with a phrase in it */

/* A letter with case or accent, and the same without; the table is sorted. */
struct letter {
    uint16_t code, plain;
};

/* A file of words as it was when the program was built. */
struct builtin {
    const char *language, *text;
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
        {0x0000, 0x0026, CLASS_BREAK},    {0x0027, 0x0027, CLASS_MARK}, /* don't */
        {0x0028, 0x002f, CLASS_BREAK},    {0x003a, 0x0040, CLASS_BREAK},
        {0x005b, 0x0060, CLASS_BREAK},    {0x007b, 0x00ac, CLASS_BREAK},
        {0x00ad, 0x00ad, CLASS_MARK}, /* soft hyphen */
        {0x00ae, 0x00bf, CLASS_BREAK},    {0x00d7, 0x00d7, CLASS_BREAK},
        {0x00f7, 0x00f7, CLASS_BREAK},    {0x0300, 0x036f, CLASS_MARK},
        {0x0483, 0x0489, CLASS_MARK},     {0x060c, 0x060c, CLASS_BREAK},
        {0x061b, 0x061f, CLASS_BREAK},    {0x0964, 0x0965, CLASS_BREAK},
        {0x200b, 0x200f, CLASS_MARK},                                   /* zero width */
        {0x202a, 0x202e, CLASS_MARK},                                   /* direction */
        {0x2060, 0x2069, CLASS_MARK},     {0x2018, 0x2019, CLASS_MARK}, /* don't */
        {0x2000, 0x2bff, CLASS_BREAK},    {0x3000, 0x3004, CLASS_BREAK},
        {0x3008, 0x3030, CLASS_BREAK},    {0xfe00, 0xfe0f, CLASS_MARK}, /* variation selectors */
        {0xfe10, 0xfe6f, CLASS_BREAK},    {0xfeff, 0xfeff, CLASS_MARK},
        {0xff00, 0xff0f, CLASS_BREAK},    {0xff1a, 0xff20, CLASS_BREAK},
        {0xff3b, 0xff40, CLASS_BREAK},    {0xff5b, 0xff65, CLASS_BREAK},
        {0xfff0, 0xffff, CLASS_BREAK},    {0x1f000, 0x1faff, CLASS_BREAK},
        {0xe0000, 0x10ffff, CLASS_BREAK},
    };

    if (code >= 'a' && code <= 'z') /* nearly all there are */
        return CLASS_LETTER;
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

/* Writes the words of `text`, and the characters of `keep` as they are. Returns false where that is
 * too long. */
static bool make_plain(struct span text, const char *keep, char *buf, size_t cap)
{
    bool gap = false;
    struct text t;

    text_init(&t, buf, cap);
    while (text.len > 0 && text_ok(&t)) {
        char octets[UTF8_MAX];
        uint32_t code = 0;
        size_t n = utf8_decode(text.s, text.len, &code);
        bool kept = n == 1 && *text.s != '\0' && strchr(keep, *text.s);
        enum letter_class class = kept ? CLASS_LETTER : n > 0 ? class_of(code) : CLASS_BREAK;

        if (class == CLASS_LETTER) {
            if (gap && t.len > 0)
                text_add_char(&t, ' ');
            text_add_span(&t, octets, utf8_encode(plain_letter(code), octets));
        }
        if (class != CLASS_MARK)
            gap = class == CLASS_BREAK;
        text.s += n > 0 ? n : 1;
        text.len -= n > 0 ? n : 1;
    }
    return text_ok(&t);
}

bool keyword_plain(const char *text, size_t len, char *buf, size_t cap)
{
    return make_plain((struct span){text, len}, "", buf, cap);
}

static bool is_pattern(enum keyword_section section)
{
    return section == KEYWORD_SECTION_PHRASE || section == KEYWORD_SECTION_STATEMENT ||
           section == KEYWORD_SECTION_NEVER;
}

int keyword_add(struct keyword_list *list, enum keyword_section section, const char *word,
                size_t len)
{
    char plain[PLAIN_SIZE];
    assert(section < KEYWORD_SECTION_MAX);
    if (!make_plain((struct span){word, len}, is_pattern(section) ? "|?" : "", plain, PLAIN_SIZE) ||
        plain[0] == '\0')
        return -EINVAL;
    size_t need = strlen(plain) + 1;
    if (list->count == KEYWORD_WORDS_MAX || need > sizeof(list->pool) - list->used)
        return -ENOSPC;
    memcpy(list->pool + list->used, plain, need);
    list->word[list->count].at = (uint16_t)list->used;
    list->word[list->count++].section = (uint8_t)section;
    list->used += need;
    return 0;
}

/* Returns the section of a line "[stop]", KEYWORD_SECTION_MAX where it is none. */
static enum keyword_section section_of(const char *line, size_t len)
{
    static const char *const names[KEYWORD_SECTION_MAX] = {
        [KEYWORD_SECTION_STOP] = "[stop]",         [KEYWORD_SECTION_START] = "[start]",
        [KEYWORD_SECTION_YES] = "[yes]",           [KEYWORD_SECTION_HELP] = "[help]",
        [KEYWORD_SECTION_COURTESY] = "[courtesy]", [KEYWORD_SECTION_FILLER] = "[filler]",
        [KEYWORD_SECTION_PHRASE] = "[phrase]",     [KEYWORD_SECTION_STATEMENT] = "[statement]",
        [KEYWORD_SECTION_DOUBTFUL] = "[doubtful]", [KEYWORD_SECTION_NEVER] = "[never]",
    };
    enum keyword_section section = 0;
    while (section < KEYWORD_SECTION_MAX &&
           (strlen(names[section]) != len || memcmp(names[section], line, len) != 0))
        section++;
    return section;
}

int keyword_read(struct keyword_list *list, const char *text, size_t *ret_line)
{
    enum keyword_section section = KEYWORD_SECTION_MAX;
    for (size_t line = 1; *text != '\0'; line++) {
        size_t len = strcspn(text, "\n"), used = len;
        int err = 0;
        while (used > 0 && strchr(" \t\r", text[used - 1]))
            used--;
        if (used > 0 && text[0] == '[') {
            section = section_of(text, used);
            err = section == KEYWORD_SECTION_MAX ? -EINVAL : 0;
        } else if (used > 0 && text[0] != '#') {
            err = section == KEYWORD_SECTION_MAX ? -EINVAL : keyword_add(list, section, text, used);
        }
        if (err < 0) {
            *ret_line = line;
            return err;
        }
        text += len + (text[len] == '\n');
    }
    return 0;
}

const char *keyword_builtin(const char *language)
{
    for (size_t i = 0; i < COUNT(builtins); i++)
        if (strcmp(builtins[i].language, language) == 0)
            return builtins[i].text;
    return NULL;
}

static bool is_word(const struct keyword_list *list, enum keyword_section section, struct span span)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *word = list->pool + list->word[i].at;
        if (list->word[i].section == section && strlen(word) == span.len &&
            memcmp(word, span.s, span.len) == 0)
            return true;
    }
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

static struct span without_first(struct span span)
{
    size_t len = first_word(span).len;
    len += len < span.len;
    return (struct span){span.s + len, span.len - len};
}

static struct span without_last(struct span span)
{
    size_t len = last_word(span).len;
    len += len < span.len;
    return (struct span){span.s, span.len - len};
}

static size_t word_count(struct span span)
{
    size_t count = 0;
    for (; span.len > 0; span = without_first(span))
        count++;
    return count;
}

/* Takes one courtesy word off, unless it is all there is. */
static struct span without_courtesy(const struct keyword_list *list, struct span span)
{
    if (first_word(span).len == span.len)
        return span;
    if (is_word(list, KEYWORD_SECTION_COURTESY, last_word(span)))
        return without_last(span);
    if (is_word(list, KEYWORD_SECTION_COURTESY, first_word(span)))
        return without_first(span);
    return span;
}

/* Takes off all words at both ends that say nothing of their own: "hi can you please". */
static struct span without_filler(const struct keyword_list *list, struct span span)
{
    while (span.len > 0 && (is_word(list, KEYWORD_SECTION_COURTESY, first_word(span)) ||
                            is_word(list, KEYWORD_SECTION_FILLER, first_word(span))))
        span = without_first(span);
    while (span.len > 0 && (is_word(list, KEYWORD_SECTION_COURTESY, last_word(span)) ||
                            is_word(list, KEYWORD_SECTION_FILLER, last_word(span))))
        span = without_last(span);
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

static enum keyword match_span(const struct keyword_list *list, struct span span)
{
    static const struct {
        enum keyword_section section;
        enum keyword keyword;
    } words[] = {
        {KEYWORD_SECTION_START, KEYWORD_START}, /* an extra word cannot make an opt-out of it */
        {KEYWORD_SECTION_STOP, KEYWORD_STOP},
        {KEYWORD_SECTION_YES, KEYWORD_YES},
        {KEYWORD_SECTION_HELP, KEYWORD_HELP},
    };
    for (size_t i = 0; i < COUNT(words); i++)
        if (is_word(list, words[i].section, span))
            return words[i].keyword;
    return KEYWORD_NONE;
}

static enum keyword match_word(const struct keyword_list *list, struct span message)
{
    char plain[PLAIN_SIZE];
    if (!make_plain(message, "", plain, PLAIN_SIZE) || plain[0] == '\0')
        return KEYWORD_NONE;
    struct span whole = {plain, strlen(plain)};
    enum keyword match = match_span(list, whole);
    if (match == KEYWORD_NONE)
        match = match_span(list, without_repeats(without_courtesy(list, whole)));
    return match;
}

/* Returns whether the word is one of "a|b|c" (`len` octets). */
static bool is_alternative(const char *alternatives, size_t len, struct span word)
{
    for (const char *end = alternatives + len; alternatives < end;) {
        const char *bar = memchr(alternatives, '|', (size_t)(end - alternatives));
        size_t one = (size_t)((bar ? bar : end) - alternatives);
        if (one == word.len && memcmp(alternatives, word.s, one) == 0)
            return true;
        alternatives += one + 1;
    }
    return false;
}

/* Matches "stop texting|calling me now?" with the beginning of the words, or with all of them. Each
 * step takes one word off the pattern, so this goes no deeper than it has words. */
static bool match_pattern(const char *pattern, struct span words, bool whole)
{
    size_t len = strcspn(pattern, " ");
    const char *rest = pattern + len + (pattern[len] == ' ');
    if (len == 0)
        return !whole || words.len == 0;
    bool optional = pattern[len - 1] == '?';
    if (words.len > 0 && is_alternative(pattern, len - optional, first_word(words)) &&
        match_pattern(rest, without_first(words), whole))
        return true;
    return optional && match_pattern(rest, words, whole);
}

static bool is_pattern_of(const struct keyword_list *list, enum keyword_section section,
                          struct span words, bool whole)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->word[i].section == section &&
            match_pattern(list->pool + list->word[i].at, words, whole))
            return true;
    return false;
}

static bool holds_pattern(const struct keyword_list *list, enum keyword_section section,
                          struct span words)
{
    for (; words.len > 0; words = without_first(words))
        if (is_pattern_of(list, section, words, false))
            return true;
    return false;
}

/* What the sentences of a message say, taken together. */
struct reading {
    bool stop, word, question, never, perhaps;
    size_t words;
};

/* Reads one sentence; `question` where a question mark ends it. */
static void read_sentence(const struct keyword_list *list, struct span sentence, bool question,
                          struct reading *r)
{
    char plain[PLAIN_SIZE];
    r->question = r->question || question;
    if (!make_plain(sentence, "", plain, PLAIN_SIZE)) {
        r->words += DOUBTFUL_WORDS_MAX + 1; /* too long to be one of a few words */
        return;
    }
    struct span whole = {plain, strlen(plain)}, core = without_filler(list, whole);
    size_t words = word_count(whole);
    r->words += words;
    if (core.len == 0)
        return;
    bool statement = is_pattern_of(list, KEYWORD_SECTION_STATEMENT, core, true);
    r->stop = r->stop || is_pattern_of(list, KEYWORD_SECTION_PHRASE, core, true) ||
              (statement && !question);
    r->never = r->never || holds_pattern(list, KEYWORD_SECTION_NEVER, whole);
    r->word = r->word || is_word(list, KEYWORD_SECTION_DOUBTFUL, core);
    r->perhaps = r->perhaps || (words <= AROUND_WORDS_MAX &&
                                (holds_pattern(list, KEYWORD_SECTION_PHRASE, whole) ||
                                 holds_pattern(list, KEYWORD_SECTION_STATEMENT, whole)));
}

/* Reads the message as if it were one sentence: people leave out punctuation, or put in too much.
 * "who is this? stop", "just stop it" */
static void read_whole(const struct keyword_list *list, struct span message, struct reading *r)
{
    char plain[PLAIN_SIZE];
    if (!make_plain(message, "", plain, PLAIN_SIZE))
        return;
    struct span core = without_filler(list, (struct span){plain, strlen(plain)});
    if (core.len == 0)
        return;
    r->stop = r->stop || is_pattern_of(list, KEYWORD_SECTION_PHRASE, core, true) ||
              (message.s[message.len - 1] != '?' &&
               is_pattern_of(list, KEYWORD_SECTION_STATEMENT, core, true));
    r->perhaps = r->perhaps || (r->words <= DOUBTFUL_WORDS_MAX &&
                                (is_word(list, KEYWORD_SECTION_DOUBTFUL, first_word(core)) ||
                                 is_word(list, KEYWORD_SECTION_DOUBTFUL, last_word(core))));
}

static enum keyword match_sentences(const struct keyword_list *list, struct span message)
{
    struct reading r = {0};
    const char *end = message.s + message.len;
    for (const char *s = message.s; s < end;) {
        size_t len = strcspn(s, ".!?,;:\r\n");
        read_sentence(list, (struct span){s, len}, s[len] == '?', &r);
        s += len + (s[len] != '\0');
    }
    read_whole(list, message, &r);
    if (r.stop)
        return KEYWORD_STOP;
    bool doubtful = r.word || (r.perhaps && !r.question);
    return doubtful && !r.never ? KEYWORD_DOUBTFUL : KEYWORD_NONE;
}

enum keyword keyword_match(const char *utf8, const struct keyword_list *list)
{
    struct span message = {utf8, strlen(utf8)};
    assert(list->count <= KEYWORD_WORDS_MAX);
    enum keyword match = match_word(list, message);
    if (match == KEYWORD_NONE && !list->words_only)
        match = match_sentences(list, message);
    return match;
}
