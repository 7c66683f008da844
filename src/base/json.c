#include "base/json.h"
#include "base/utf8.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put(struct json *j, const char *s)
{
    j->put(j->sink, s, strlen(s));
}

static void before_value(struct json *j)
{
    if (j->more)
        put(j, ",");
    if (j->line)
        put(j, "\n");
    j->line = false;
    j->more = true;
}

static void open(struct json *j, const char *bracket)
{
    assert(j->depth < JSON_DEPTH_MAX);
    before_value(j);
    put(j, bracket);
    j->depth++;
    j->more = false;
}

static void close(struct json *j, const char *bracket)
{
    assert(j->depth > 0);
    put(j, bracket);
    j->depth--;
    j->more = true;
}

static void put_escaped(struct json *j, uint32_t code)
{
    static const char letters[] = "b\bf\fn\nr\rt\t\"\"\\\\";
    for (size_t i = 0; letters[i]; i += 2) {
        if (code == (unsigned char)letters[i + 1]) {
            j->put(j->sink, (const char[]){'\\', letters[i]}, 2);
            return;
        }
    }
    char hex[8];
    snprintf(hex, sizeof(hex), "\\u%04" PRIx32, code & 0xFFFF);
    put(j, hex);
}

void json_init(struct json *j, json_put *sink_put, void *sink)
{
    assert(sink_put);
    *j = (struct json){.put = sink_put, .sink = sink};
}

void json_put_text(void *text, const char *octets, size_t len)
{
    text_add_span(text, octets, len);
}

void json_line(struct json *j)
{
    j->line = true;
}

void json_object(struct json *j)
{
    open(j, "{");
}

void json_object_end(struct json *j)
{
    close(j, "}");
}

void json_array(struct json *j)
{
    open(j, "[");
}

void json_array_end(struct json *j)
{
    close(j, "]");
}

void json_key(struct json *j, const char *key)
{
    assert(j->depth > 0);
    json_string(j, key);
    put(j, ":");
    j->more = false;
}

void json_span(struct json *j, const char *s, size_t len)
{
    before_value(j);
    put(j, "\"");
    for (size_t i = 0; i < len;) {
        uint32_t code;
        size_t octets = utf8_decode(s + i, len - i, &code);
        if (octets == 0)
            put(j, UTF8_REPLACEMENT_OCTETS);
        else if (utf8_is_control(code) || code == '"' || code == '\\')
            put_escaped(j, code);
        else
            j->put(j->sink, s + i, octets);
        i += octets ? octets : 1;
    }
    put(j, "\"");
}

void json_string(struct json *j, const char *s)
{
    if (s)
        json_span(j, s, strlen(s));
    else
        json_null(j);
}

void json_i64(struct json *j, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRId64, value);
    json_raw(j, digits);
}

void json_bool(struct json *j, bool value)
{
    json_raw(j, value ? "true" : "false");
}

void json_null(struct json *j)
{
    json_raw(j, "null");
}

void json_raw(struct json *j, const char *document)
{
    before_value(j);
    size_t len = strlen(document), octets;
    for (size_t i = 0; i < len; i += octets) {
        uint32_t code;
        octets = utf8_decode(document + i, len - i, &code);
        if ((octets > 1 || code == 0x7F) &&
            utf8_is_control(code)) { /* can only be inside a string */
            put_escaped(j, code);
            continue;
        }
        if (octets == 0)
            put(j, UTF8_REPLACEMENT_OCTETS);
        else
            j->put(j->sink, document + i, octets);
        octets = octets ? octets : 1;
    }
}

void json_key_string(struct json *j, const char *key, const char *s)
{
    json_key(j, key);
    json_string(j, s);
}

void json_key_i64(struct json *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_i64(j, value);
}

void json_key_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}
