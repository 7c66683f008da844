/* include/policy/name.h - is this the name of a person, fit to be repeated in a text?  What a
 * stranger types into a web form as the name, beside somebody else's number, must not become a
 * message under our number: letters in a few words, no digit, no address of a page. */
#pragma once
#include <stdbool.h>

#define NAME_CHARACTERS_MAX 30
#define NAME_WORDS_MAX 4

/* `name` is UTF-8 or anything else. False for "". */
bool name_plain(const char *name);
