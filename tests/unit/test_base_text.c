/* tests/unit/test_base_text.c - text that fits, text that does not, and numbers read from text. */
#include "base/text.h"
#include "tap.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void test_add(void)
{
    char buf[6];
    struct text t;
    text_init(&t, buf, sizeof(buf));
    text_add(&t, "abc");
    text_add(&t, "def");
    tap_ok(!text_ok(&t) && strcmp(buf, "abc") == 0, "what does not fit is not added");
    text_add_char(&t, 'd');
    tap_ok(strcmp(buf, "abc") == 0, "nothing is added after that");
    text_init(&t, buf, sizeof(buf));
    text_addf(&t, "%d", 123);
    text_addf(&t, "%d", 456);
    tap_ok(!text_ok(&t) && strcmp(buf, "123") == 0 && t.len == 3, "format that does not fit");
    text_addf(&t, "%d", 4);
    tap_ok(strcmp(buf, "123") == 0, "nor is one added after that");
    text_init(&t, buf, sizeof(buf));
    text_add_span(&t, "abXX", 2);
    text_add_span(&t, NULL, 0);
    text_add_char(&t, 'c');
    text_addf(&t, "%s", "de");
    tap_ok(text_ok(&t) && strcmp(buf, "abcde") == 0 && t.len == 5, "exactly full");
    text_init(&t, buf, 1);
    text_add(&t, "");
    tap_ok(text_ok(&t), "nothing fits where nothing is");
    text_add_char(&t, 'x');
    tap_ok(!text_ok(&t) && buf[0] == '\0', "no room at all");
}

static void test_copy(void)
{
    char buf[4] = "xyz";
    tap_ok(text_copy(buf, sizeof(buf), "long") == -EMSGSIZE && buf[0] == '\0', "copy: too long");
    tap_ok(text_copy(buf, sizeof(buf), "abc") == 0 && strcmp(buf, "abc") == 0, "copy: exactly");
}

static const struct row {
    const char *text;
    int64_t min, max;
    int err;
    int64_t value;
} rows[] = {
    {"", 0, 9, -EINVAL, 0},
    {"-", -9, 9, -EINVAL, 0},
    {"+1", -9, 9, -EINVAL, 0},
    {" 1", 0, 9, -EINVAL, 0},
    {"1 ", 0, 9, -EINVAL, 0},
    {"0x1", 0, 9, -EINVAL, 0},
    {"1.0", 0, 9, -EINVAL, 0},
    {"--1", -9, 9, -EINVAL, 0},
    {"-1", 0, 9, -EINVAL, 0},
    {"99999999999999999999x", 0, 9, -EINVAL, 0},
    {"10", 0, 9, -ERANGE, 0},
    {"1", 2, 9, -ERANGE, 0},
    {"9223372036854775808", 0, INT64_MAX, -ERANGE, 0},
    {"-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE, 0},
    {"99999999999999999999999999999", 0, INT64_MAX, -ERANGE, 0},
    {"0", 0, 9, 0, 0},
    {"-0", -9, 9, 0, 0},
    {"007", 0, 9, 0, 7},
    {"9", 0, 9, 0, 9},
    {"9223372036854775807", 0, INT64_MAX, 0, INT64_MAX},
    {"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
};

static void test_numbers(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        int64_t value = 77;
        int err = text_to_i64(row->text, strlen(row->text), row->min, row->max, &value);
        bool ok = err == row->err && value == (err == 0 ? row->value : 77);
        if (!tap_ok(ok, "number \"%s\"", row->text))
            tap_diag("%d, %" PRId64, err, value);
    }
}

int main(void)
{
    test_add();
    test_copy();
    test_numbers();
    return tap_done();
}
