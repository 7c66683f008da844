#include "base/json.h"
#include "tap.h"
#include <string.h>

static const struct row {
    const char *name;
    const char *string;
    size_t len; /* 0: up to the NUL */
    const char *json;
} strings[] = {
    {"lone continuation octet", "a\x80z", 0, "\"a\xEF\xBF\xBDz\""},
    {"cut short", "\xE2\x82", 0, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"overlong slash", "\xC0\xAF", 0, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"surrogate", "\xED\xA0\x80", 0, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"escape sequence", "\x1B[31m", 0, "\"\\u001b[31m\""},
    {"C1 control", "\xC2\x9B", 0, "\"\\u009b\""},
    {"text turned round", "\xE2\x80\xAE", 0, "\"\\u202e\""},
    {"DEL", "\x7F", 0, "\"\\u007f\""},
    {"NUL inside", "a\0b", 3, "\"a\\u0000b\""},
    {"quote and backslash", "\"\\", 0, "\"\\\"\\\\\""},
    {"line ends", "a\r\n\tb\b\f", 0, "\"a\\r\\n\\tb\\b\\f\""},
    {"format and SQL are text", "%n'; DROP", 0, "\"%n'; DROP\""},
    {"letters of the escapes stay", "bfnrt/", 0, "\"bfnrt/\""},
    {"empty", "", 0, "\"\""},
    {"beyond the BMP stays as it is", "\xF0\x9F\x94\xA7", 0, "\"\xF0\x9F\x94\xA7\""},
};

static void test_strings(void)
{
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        const struct row *row = &strings[i];
        char buf[64];
        struct text t;
        struct json j;
        text_init(&t, buf, sizeof(buf));
        json_init(&j, json_put_text, &t);
        json_span(&j, row->string, row->len ? row->len : strlen(row->string));
        if (!tap_ok(text_ok(&t) && strcmp(buf, row->json) == 0, "string: %s", row->name))
            tap_diag("got %s", buf);
    }
}

/* Every kind of value, first and later, and containers inside each other. */
static void write_document(struct json *j)
{
    json_object(j);
    json_key_i64(j, "v", 1);
    json_key_string(j, "none", NULL);
    json_key(j, "list");
    json_array(j);
    json_array(j);
    json_array_end(j);
    json_object(j);
    json_object_end(j);
    json_i64(j, INT64_MIN);
    json_i64(j, INT64_MAX);
    json_bool(j, true);
    json_null(j);
    json_string(j, "x");
    json_array_end(j);
    json_key_bool(j, "b", false);
    json_key(j, "raw");
    json_raw(j, "{\"a\":[\"\xC2\x9B\x7F\xE2\x82\xAC\xFFz\xC3\"]}");
    json_key_string(j, "last \"key\"", "y");
    json_object_end(j);
}

static void test_document(void)
{
    static const char want[] =
        "{\"v\":1,\"none\":null,\"list\":[[],{},-9223372036854775808,9223372036854775807,true,null,"
        "\"x\"],\"b\":false,\"raw\":{\"a\":["
        "\"\\u009b\\u007f\xE2\x82\xAC\xEF\xBF\xBDz\xEF\xBF\xBD\"]},\"last "
        "\\\"key\\\"\":\"y\"}";
    char buf[sizeof(want)];
    struct text t;
    struct json j;
    text_init(&t, buf, sizeof(buf));
    json_init(&j, json_put_text, &t);
    write_document(&j);
    if (!tap_ok(text_ok(&t) && j.depth == 0 && strcmp(buf, want) == 0, "a document"))
        tap_diag("got %s", buf);

    text_init(&t, buf, sizeof(want) - 1);
    json_init(&j, json_put_text, &t);
    write_document(&j);
    tap_ok(!text_ok(&t), "a document one octet too long is known to be cut");
}

/* Each value of a list on a line of its own, as an export has it. */
static void test_lines(void)
{
    char buf[64];
    struct text t;
    struct json j;
    text_init(&t, buf, sizeof(buf));
    json_init(&j, json_put_text, &t);
    json_object(&j);
    json_line(&j);
    json_key_i64(&j, "v", 1);
    json_line(&j);
    json_key(&j, "list");
    json_array(&j);
    for (int64_t i = 1; i <= 2; i++) {
        json_line(&j);
        json_array(&j);
        json_i64(&j, i);
        json_i64(&j, i);
        json_array_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    if (!tap_ok(text_ok(&t) && strcmp(buf, "{\n\"v\":1,\n\"list\":[\n[1,1],\n[2,2]]}") == 0,
                "values on lines of their own, and only these"))
        tap_diag("got %s", buf);
}

int main(void)
{
    test_strings();
    test_document();
    test_lines();
    return tap_done();
}
