#include "policy/name.h"
#include "base/utf8.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Letters of any script; what lies between the blocks of letters are signs and pictures. */
static bool is_letter(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } letters[] = {
        {'A', 'Z'},     {'a', 'z'},       {0xC0, 0xD6},     {0xD8, 0xF6},
        {0xF8, 0x1FFF}, {0x3040, 0x9FFF}, {0xA000, 0xD7A3}, {0xF900, 0xFAFF},
    };
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if (code >= letters[i].first && code <= letters[i].last)
            return !utf8_is_control(code);
    return false;
}

/* "O'Brien", "Anne-Marie", "J. Smith": between letters, or a point that ends a word. */
static bool may_stand(uint32_t code, char next)
{
    if (code == '.')
        return next == ' ' || next == '\0';
    return code == '\'' || code == 0x2019 || code == '-';
}

bool name_plain(const char *name)
{
    size_t len = strlen(name), characters = 0, words = 1, letters = 0, octets;
    uint32_t code;
    for (size_t i = 0; i < len; i += octets, characters++) {
        octets = utf8_decode(name + i, len - i, &code);
        if (octets == 0)
            return false;
        if (code == ' ')
            words++;
        else if (is_letter(code))
            letters++;
        else if (!may_stand(code, name[i + octets]))
            return false;
    }
    return letters > 0 && characters <= NAME_CHARACTERS_MAX && words <= NAME_WORDS_MAX;
}
