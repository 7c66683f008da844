/* include/policy/keyword.h - the words that opt a person out of texts and in again, and ask for
 * help.  They are data: data/opt-out/LANGUAGE.txt tells the sections and how they are written.
 * A word counts only as the whole message: "can you stop by at 5" is no opt-out.  A phrase such as
 * "please stop texting me" counts as a whole sentence.  What may have been meant as an opt-out, and
 * may not, is doubtful. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYWORD_WORDS_MAX 600
#define KEYWORD_POOL_SIZE 10240
#define KEYWORD_SIZE 128 /* octets of a word or phrase with its NUL */

enum keyword {
    KEYWORD_NONE,
    KEYWORD_STOP,
    KEYWORD_START, /* takes an opt-out back */
    KEYWORD_YES,   /* the same, from somebody who has opted out; else an ordinary answer */
    KEYWORD_HELP,
    KEYWORD_DOUBTFUL,
};

enum keyword_section {
    KEYWORD_SECTION_STOP,
    KEYWORD_SECTION_START,
    KEYWORD_SECTION_YES,
    KEYWORD_SECTION_HELP,
    KEYWORD_SECTION_COURTESY,
    KEYWORD_SECTION_FILLER,
    KEYWORD_SECTION_PHRASE,
    KEYWORD_SECTION_STATEMENT,
    KEYWORD_SECTION_DOUBTFUL,
    KEYWORD_SECTION_NEVER,
    KEYWORD_SECTION_MAX,
};

/* Words of several languages, plain. All zero is none. */
struct keyword_list {
    struct {
        uint16_t at; /* in `pool` */
        uint8_t section;
    } word[KEYWORD_WORDS_MAX];
    size_t count, used;
    bool words_only; /* phrases, statements and doubtful words do not count */
    char pool[KEYWORD_POOL_SIZE];
};

/* Adds a word, UTF-8 in any case. Returns 0, -EINVAL (nothing but punctuation, or too long) or
 * -ENOSPC. */
int keyword_add(struct keyword_list *list, enum keyword_section section, const char *word,
                size_t len);

/* Adds all words of a file's text. Returns 0, or -EINVAL (a word before the first section, an
 * unknown section, a word too long) or -ENOSPC, and the line; words before it were added. */
int keyword_read(struct keyword_list *list, const char *text, size_t *ret_line);

/* Returns the text of the built-in file of a language ("en"; "common" is for all), NULL where there
 * is none. */
const char *keyword_builtin(const char *language);

/* Writes the words of a text, lower-case and without accents, with one blank between; punctuation,
 * quotes and emoji are no words. Returns false where only the first of them fit in `cap`. */
bool keyword_plain(const char *text, size_t len, char *buf, size_t cap);

/* Returns what the message says. A word is the whole message once case, accents, punctuation,
 * quotes, emoji and one courtesy word (please, thanks, now, all) are taken off, and a word that is
 * repeated counts once. Any bytes are safe; invalid UTF-8 counts as punctuation. */
enum keyword keyword_match(const char *utf8, const struct keyword_list *list);
