#include "base/utf8.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

size_t utf8_decode(const char *s, size_t len, uint32_t *ret_code)
{
    assert(len >= 1);
    static const struct {
        uint8_t mask, lead;
        uint32_t min; /* smaller ones are overlong */
    } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    uint8_t lead = (uint8_t)s[0];
    for (size_t n = 0; n < sizeof(forms) / sizeof(forms[0]); n++) {
        if ((lead & forms[n].mask) != forms[n].lead)
            continue;
        if (n + 1 > len)
            return 0;
        uint32_t code = lead & (uint8_t)~forms[n].mask;
        for (size_t i = 1; i <= n; i++) {
            if (((uint8_t)s[i] & 0xC0) != 0x80)
                return 0;
            code = code << 6 | ((uint8_t)s[i] & 0x3F);
        }
        if (code < forms[n].min || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return 0;
        *ret_code = code;
        return n + 1;
    }
    return 0;
}

size_t utf8_encode(uint32_t code, char ret_octets[UTF8_MAX])
{
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        code = UTF8_REPLACEMENT;
    if (code < 0x80) {
        ret_octets[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    uint32_t lead = len == 2 ? 0xC0 : len == 3 ? 0xE0 : 0xF0;
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        ret_octets[i] = (char)(0x80 | (code & 0x3F));
    ret_octets[0] = (char)(lead | code);
    return len;
}

size_t utf8_valid_prefix(const char *s, size_t len)
{
    size_t at = 0;
    while (at < len) {
        uint32_t code;
        size_t n = utf8_decode(s + at, len - at, &code);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

bool utf8_is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

size_t utf8_printable(const char *s, size_t len, bool keep_newlines, char *buf, size_t cap)
{
    assert(s || len == 0);
    assert(cap >= 1);
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        char shown[16];
        uint32_t code;
        size_t n = utf8_decode(s + at, len - at, &code);
        size_t size;
        if (keep_newlines && n == 1 && code == '\r' && at + 1 < len && s[at + 1] == '\n') {
            at++;
            continue;
        }
        if (n == 0)
            size = utf8_encode(UTF8_REPLACEMENT, shown);
        else if (!utf8_is_control(code) || (keep_newlines && code == '\n'))
            size = utf8_encode(code, shown);
        else
            size = (size_t)snprintf(shown, sizeof(shown), "<%02X>", (unsigned)code);
        if (size >= cap - used)
            break;
        memcpy(buf + used, shown, size);
        used += size;
        at += n > 0 ? n : 1;
    }
    buf[used] = '\0';
    return used;
}
