#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *t, char *buf, size_t cap)
{
    assert(buf);
    assert(cap >= 1);
    *t = (struct text){.buf = buf, .cap = cap};
    buf[0] = '\0';
}

void text_add_span(struct text *t, const char *s, size_t len)
{
    assert(s || len == 0);
    assert(t->len < t->cap);
    if (t->cut || len >= t->cap - t->len) {
        t->cut = true;
        return;
    }
    if (len > 0)
        memcpy(t->buf + t->len, s, len);
    t->len += len;
    t->buf[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_span(t, s, strlen(s));
}

void text_add_char(struct text *t, char c)
{
    text_add_span(t, &c, 1);
}

void text_addf(struct text *t, const char *format, ...)
{
    assert(t->len < t->cap);
    if (t->cut)
        return;
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(t->buf + t->len, t->cap - t->len, format, ap);
    va_end(ap);
    if (len < 0 || (size_t)len >= t->cap - t->len) {
        t->buf[t->len] = '\0';
        t->cut = true;
        return;
    }
    t->len += (size_t)len;
}

int text_copy(char *buf, size_t cap, const char *s)
{
    struct text t;
    text_init(&t, buf, cap);
    text_add(&t, s);
    return text_ok(&t) ? 0 : -EMSGSIZE;
}

int text_to_i64(const char *s, size_t len, int64_t min, int64_t max, int64_t *ret_value)
{
    assert(min <= max);
    bool negative = min < 0 && len > 0 && s[0] == '-';
    bool over = false;
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t sum = 0;
    size_t i = negative ? 1 : 0;
    if (i == len)
        return -EINVAL;
    for (; i < len; i++) { /* to the end even when over: letters make it no number at all */
        if (s[i] < '0' || s[i] > '9')
            return -EINVAL;
        uint64_t digit = (uint64_t)(s[i] - '0');
        if (sum > (limit - digit) / 10)
            over = true;
        else
            sum = sum * 10 + digit;
    }
    if (over)
        return -ERANGE;
    /* In halves, because INT64_MIN has no positive counterpart. */
    int64_t value = negative ? -(int64_t)(sum / 2) - (int64_t)(sum - sum / 2) : (int64_t)sum;
    if (value < min || value > max)
        return -ERANGE;
    *ret_value = value;
    return 0;
}
